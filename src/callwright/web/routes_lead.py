"""What team leads do: see the floor, listen, whisper, join in, take over."""

from __future__ import annotations

from typing import Any, Literal

from fastapi import APIRouter

from callwright.dialer.network import Coaching
from callwright.model.agent import AgentState
from callwright.web.desk_parts import DeskParts, LeadSession, Parts
from callwright.web.routes_session import Body

routes = APIRouter(prefix="/api/floor")
SUPERVISING = "supervising"


class Coach(Body):
    agent: int
    how: Literal["listen", "whisper", "barge", "off"]


class OfAgent(Body):
    agent: int


@routes.get("")
async def see(session: LeadSession, parts: Parts) -> dict[str, Any]:
    """Every agent with state and the instant it began."""
    return {"now": parts.now(), "agents": [parts.view.channel.view[key] for key in sorted(parts.view.channel.view)]}


@routes.post("/coach")
async def coach(body: Coach, session: LeadSession, parts: Parts) -> dict[str, Any]:
    _at_their_desk(parts, session.agent_id)
    parts.floor.coach(session.agent_id, body.agent, Coaching(body.how))
    return {}


@routes.post("/take-over")
async def take_over(body: OfAgent, session: LeadSession, parts: Parts) -> dict[str, Any]:
    _at_their_desk(parts, session.agent_id)
    parts.floor.take_over(session.agent_id, body.agent)
    return {}


def _at_their_desk(parts: DeskParts, lead_id: int) -> None:
    """A lead who has only signed in says by the first click on the floor that they are there."""
    seat = parts.sight.seats().get(lead_id)
    if seat is not None and seat.state is AgentState.NOT_READY and seat.reason == "login":
        parts.floor.pause(lead_id, SUPERVISING)
