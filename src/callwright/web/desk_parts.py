"""What the routes share, and the dependencies that say who may call them. Every route states its own."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Annotated, Any

from fastapi import Depends, HTTPException, Request, WebSocketException
from starlette.requests import HTTPConnection

from callwright.desk.accounts import Session
from callwright.kit.words import Language
from callwright.web.access import Access
from callwright.web.floor_view import FloorView
from callwright.web.ports import FloorControl, FloorSight, NoPlans, Phones, Plans
from callwright.web.screens import AgentScreens

COOKIE = "callwright_session"
POLICY_VIOLATION = 1008
CLOSE_S = 2.0


@dataclass(kw_only=True, slots=True, eq=False)
class DeskParts:
    """Everything the routes work with. ``secure``: the browser reaches us over TLS, so cookies say so."""

    floor: FloorControl
    sight: FloorSight
    screens: AgentScreens
    view: FloorView
    access: Access
    phones: Phones
    plans: Plans = field(default_factory=NoPlans)
    language: Language = "en"
    secure: bool = False
    now: Callable[[], float] = time.time
    last_beats: dict[int, float] = field(default_factory=dict)  # agent id -> when their screen was last heard of
    sockets: set[asyncio.Task[Any]] = field(default_factory=set)  # those open now

    async def close(self) -> None:
        """Let every screen go, politely: browsers come back by themselves. Before the server ends."""
        self.screens.close()
        self.view.close()
        if self.sockets:
            await asyncio.wait(self.sockets, timeout=CLOSE_S)


def parts_of(connection: HTTPConnection) -> DeskParts:
    parts: DeskParts = connection.app.state.parts
    return parts


Parts = Annotated[DeskParts, Depends(parts_of)]


async def somebody(request: Request, parts: Parts) -> Session:
    """Whoever has signed in."""
    token = request.cookies.get(COOKIE, "")
    session = await parts.access.session(token) if token else None
    if session is None:
        raise HTTPException(401, {"code": "signed_out", "message": "Sign in first."})
    return session


AgentSession = Annotated[Session, Depends(somebody)]


async def some_lead(session: AgentSession) -> Session:
    """A team lead."""
    if not session.lead:
        raise HTTPException(403, {"code": "leads_only", "message": "Only team leads may do this."})
    return session


LeadSession = Annotated[Session, Depends(some_lead)]


def ticket_holder(parts: Parts, ticket: str = "") -> Session:
    """Whoever's ticket it is; it lets one socket in, once."""
    session = parts.access.take_ticket(ticket)
    if session is None:
        raise WebSocketException(POLICY_VIOLATION, "This ticket lets nobody in.")
    return session


TicketHolder = Annotated[Session, Depends(ticket_holder)]


def lead_ticket_holder(session: TicketHolder) -> Session:
    if not session.lead:
        raise WebSocketException(POLICY_VIOLATION, "Only team leads may see this.")
    return session


LeadTicketHolder = Annotated[Session, Depends(lead_ticket_holder)]
