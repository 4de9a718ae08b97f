"""Plans for managers: how long, with how many agents, what if. Team leads ask; the work is done elsewhere."""

from __future__ import annotations

from typing import Any

from fastapi import APIRouter
from pydantic import Field

from callwright.kit.errors import NotFound
from callwright.kit.words import Language
from callwright.planning.tell import tell
from callwright.web.desk_parts import LeadSession, Parts
from callwright.web.routes_session import Body

routes = APIRouter(prefix="/api")


class Ask(Body):
    """``finish_by``: an instant on the wall clock of the list. ``share`` and ``limit``: shares, 0..1."""

    campaign: int
    agents: int = Field(ge=1, le=300)
    share: float = Field(gt=0, le=1)
    finish_by: str | None = Field(default=None, max_length=40)
    limit: float | None = Field(default=None, gt=0, le=0.2)
    language: Language = "en"


@routes.post("/plan")
async def ask(body: Ask, session: LeadSession, parts: Parts) -> dict[str, Any]:
    """The answer, and the same in words."""
    name = next((each.name for each in parts.sight.campaigns() if each.id == body.campaign), None)
    if name is None:
        raise NotFound("That campaign does not run here.")
    answer = await parts.plans.ask(
        name, agents=body.agents, share=body.share, finish_by=body.finish_by, limit=body.limit
    )
    return {"answer": answer, "told": tell(answer, body.language).as_dict()}
