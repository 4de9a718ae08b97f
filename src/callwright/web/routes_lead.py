"""What team leads do: see the floor, listen, whisper, join in, take over."""

from __future__ import annotations

from typing import Any, Literal

from fastapi import APIRouter

from callwright.dialer.network import Coaching
from callwright.web.desk_parts import LeadSession, Parts
from callwright.web.routes_session import Body

routes = APIRouter(prefix="/api/floor")


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
    parts.floor.coach(session.agent_id, body.agent, Coaching(body.how))
    return {}


@routes.post("/take-over")
async def take_over(body: OfAgent, session: LeadSession, parts: Parts) -> dict[str, Any]:
    parts.floor.take_over(session.agent_id, body.agent)
    return {}
