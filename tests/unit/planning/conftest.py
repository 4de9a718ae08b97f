"""A planner that the tests of forecasts share: its pace is played once."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from callwright.model.campaign import Campaign
from callwright.planning import surface
from callwright.planning.forecast import Planner, make_planner
from support.planning_made import DAY_S, SHIFT, START, fresh, made_history, windows


@pytest.fixture(scope="session")
def planner() -> Iterator[Planner]:
    """Eight agents, 1,200 records, learned from three days."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(surface, "_AGENT_HOURS", 3.0)  # short stretches: rough, and good enough to compare
        yield make_planner(
            campaign=Campaign(id=1, name="made", hours=SHIFT),
            history=made_history(1),
            work=fresh(1200),
            start=START + 3 * DAY_S,
            windows=windows,
            shift=SHIFT,
            agents=8,
            draws=40,
            days=8,
        )
