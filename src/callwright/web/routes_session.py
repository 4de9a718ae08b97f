"""Signing in and out, who I am, tickets for sockets, and the telephone of this session."""

from __future__ import annotations

from typing import Any

from fastapi import APIRouter, Request, Response
from pydantic import BaseModel, ConfigDict, Field

from callwright.web.access import SESSION_S
from callwright.web.cards import campaign_card
from callwright.web.desk_parts import COOKIE, AgentSession, Parts

routes = APIRouter(prefix="/api")


class Body(BaseModel):
    """A request's body: only what is named, strictly typed."""

    model_config = ConfigDict(extra="forbid", strict=True)


class SignIn(Body):
    name: str = Field(min_length=1, max_length=200)
    password: str = Field(min_length=1, max_length=256)


@routes.post("/login")
async def sign_in(body: SignIn, request: Request, response: Response, parts: Parts) -> dict[str, Any]:
    """Open to everybody; wrong guesses are counted."""
    place = request.client.host if request.client is not None else ""
    token, session = await parts.access.sign_in(body.name, body.password, place)
    response.set_cookie(
        COOKIE, token, max_age=int(SESSION_S), path="/", httponly=True, samesite="strict", secure=parts.secure
    )
    return {"agent": session.agent_id, "name": session.name, "lead": session.lead}


@routes.post("/logout")
async def sign_out(response: Response, session: AgentSession, parts: Parts) -> dict[str, Any]:
    await parts.access.sign_out(session)
    response.delete_cookie(COOKIE, path="/", httponly=True, samesite="strict", secure=parts.secure)
    return {}


@routes.get("/me")
async def who_am_i(session: AgentSession, parts: Parts) -> dict[str, Any]:
    return {
        "agent": session.agent_id,
        "name": session.name,
        "lead": session.lead,
        "now": parts.now(),
        "campaigns": [campaign_card(campaign) for campaign in parts.sight.campaigns()],
    }


@routes.post("/ticket")
async def ticket(session: AgentSession, parts: Parts) -> dict[str, Any]:
    """A word that lets one socket in within seconds."""
    return {"ticket": parts.access.give_ticket(session)}


@routes.get("/phone")
async def phone(session: AgentSession, parts: Parts) -> dict[str, Any]:
    """How this browser registers as the agent's telephone, with a secret of this session."""
    line = await parts.phones.line(session.agent_id)
    return {"line": None if line is None else line.as_dict()}
