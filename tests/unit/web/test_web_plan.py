"""Plans are for team leads, one at a time, of campaigns that run here; what cannot be read is asked of nobody."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest

from callwright.kit.errors import BadInput, Conflict
from callwright.planning.answers import Question, answer
from callwright.planning.forecast import make_planner
from callwright.planning.history import History
from callwright.planning.pace import Stretch
from callwright.planning.surface import Surface
from support.planning_made import DAY_S, SHIFT, START, fresh, windows

from .conftest import DeskKit

ASK: dict[str, Any] = {"campaign": 1, "agents": 5, "share": 0.7, "finish_by": "2026-03-06T18:00", "limit": 0.01}


class Answering:
    """Notes what it is asked."""

    def __init__(self, answer: Mapping[str, Any] | Exception) -> None:
        self.answer, self.asked = answer, list[tuple[Any, ...]]()

    async def ask(self, campaign: str, **asked: Any) -> Mapping[str, Any]:
        self.asked.append((campaign, asked))
        if isinstance(self.answer, Exception):
            raise self.answer
        return self.answer


@pytest.fixture(scope="module")
def answered() -> Mapping[str, Any]:
    """A real answer, on a pace that need not be played."""
    from callwright.model.campaign import Campaign

    planner = make_planner(
        campaign=Campaign(id=1, name="spring", hours=SHIFT),
        history=History(zone="UTC"),
        work=fresh(200),
        start=START,
        windows=windows,
        agents=5,
        draws=20,
        days=4,
    )
    import numpy as np

    played = Stretch(
        agents=5, answer_rate=0.3, busy=0.8, answers=99, abandons=2, dials=300, dropped=0, lines=12, hours=1
    )
    flat = Surface(
        busy=np.array([1.4, 0.0, 0.0, 0.0, 0.0]),
        lines=np.array([2.5, 0.0, 0.0, 0.0, 0.0]),
        abandons=0.02,
        error=0.1,
        stretches=(played,),
    )
    planner._surfaces.update({planner.law.limit: flat, 0.01: flat})
    return answer(planner, Question(agents=5, share=0.7, deadline=START + 2 * DAY_S, limit=0.01))


async def test_only_leads_may_ask(desk: DeskKit, answered: Mapping[str, Any]) -> None:
    desk.parts.plans = plans = Answering(answered)
    async with desk.client(headers={"x-callwright": "1"}) as nobody:
        assert (await nobody.post("/api/plan", json=ASK)).status_code == 401
    async with desk.signed_in("Anna") as agent:
        assert (await agent.post("/api/plan", json=ASK)).status_code == 403
    assert plans.asked == []
    async with desk.signed_in("Lena") as lead:
        told = await lead.post("/api/plan", json={**ASK, "language": "ru"})
    assert told.status_code == 200, told.text
    assert plans.asked == [("spring", {"agents": 5, "share": 0.7, "finish_by": "2026-03-06T18:00", "limit": 0.01})]
    assert told.json()["answer"]["agents"] == 5
    assert any("Нужно операторов" in row[0] for row in told.json()["told"]["rows"])


@pytest.mark.parametrize(
    ("wrong", "status"),
    [
        ({"agents": 0}, 422),
        ({"agents": "5"}, 422),
        ({"share": 0}, 422),
        ({"share": 1.5}, 422),
        ({"limit": 0.5}, 422),
        ({"finish_by": "x" * 50}, 422),
        ({"surprise": 1}, 422),
        ({"campaign": 7}, 404),
    ],
)
async def test_senseless_questions_are_refused(desk: DeskKit, wrong: dict[str, Any], status: int) -> None:
    desk.parts.plans = plans = Answering({})
    async with desk.signed_in("Lena") as lead:
        assert (await lead.post("/api/plan", json={**ASK, **wrong})).status_code == status
    assert plans.asked == []


@pytest.mark.parametrize(("error", "status"), [(Conflict("one at a time"), 409), (BadInput("no record"), 422)])
async def test_refusals_of_the_planner_are_told(desk: DeskKit, error: Exception, status: int) -> None:
    desk.parts.plans = Answering(error)
    async with desk.signed_in("Lena") as lead:
        told = await lead.post("/api/plan", json=ASK)
    assert told.status_code == status
    assert str(error) in told.json()["message"]
