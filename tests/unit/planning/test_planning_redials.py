"""What is expected of redials: numbers known to live stay alive, those who answer easily are gone, the law's rest."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from callwright.model.campaign import Campaign
from callwright.model.outcome import Outcome
from callwright.planning.cells import ALIVE, BEFORE, ENDS, before_index, count
from callwright.planning.fit import fit_answers, fit_floor
from callwright.planning.forecast import Planner, make_planner
from callwright.planning.grid import make_grid
from callwright.planning.history import Record, Work
from callwright.planning.rules import Columns, Rules
from support.planning_made import DAY_S, PLACE, SHIFT, START, fresh, made_history, windows

CAMPAIGN = Campaign(id=1, name="made", hours=SHIFT)


def test_numbers_known_to_live_are_not_expected_to_be_dead() -> None:
    """One first dial in ten of this history is suspended or dead; whoever was busy or rang once is not."""
    history = made_history(1, days=1)
    dials = [d._replace(outcome="suspended" if n % 10 else "no_such_number") if d.outcome == "no_answer" and n % 5 == 0
             else d for n, d in enumerate(history.dials)]  # fmt: skip
    ends = fit_floor(replace(history, dials=dials), CAMPAIGN).ends
    shares = ends / ends.sum(1, keepdims=True)
    dead = [ENDS.index(end) for end in (Outcome.SUSPENDED, Outcome.NO_SUCH_NUMBER, Outcome.NUMBER_CHANGED)]
    for before, share in zip(BEFORE, shares[:, dead].sum(1), strict=True):
        assert share < 0.01 if before in ALIVE else share > 0.1


def test_a_switched_off_number_and_an_unreachable_one_are_told_apart() -> None:
    """The unreachable are tried again hours sooner: on a first evening they alone have been."""
    assert before_index("switched_off") != before_index("unreachable")


def test_later_tries_are_expected_to_be_harder_until_they_are_seen() -> None:
    fit = fit_answers(count(made_history(1, days=2)).cells)  # first tries only
    tries = fit.part(fit.mode, "tries")
    assert tries[0] - tries[4] == pytest.approx(4 * 0.08, abs=0.03)


def test_nobody_lost_is_dialled_again_before_the_law_lets() -> None:
    rest_s = 3 * DAY_S
    assert Rules.of(CAMPAIGN).abandoned_s == DAY_S
    assert Rules.of(CAMPAIGN, abandoned_rest_s=rest_s).abandoned_s == rest_s
    due_at = START + DAY_S
    lost = Record(kind="mobile", place=PLACE, tries=1, last_outcome="abandoned", due_at=due_at)
    work = Work(records=[lost, lost._replace(last_outcome="no_answer"), lost._replace(due_at=0.0)])
    grid = make_grid(work, start=START, shift=SHIFT, zone="UTC", windows=windows, days=5)
    assert Columns.of(work, grid, rest_s - DAY_S).due_at.tolist() == [due_at + 2 * DAY_S, due_at, 0.0]


def test_counts_of_a_day_carry_what_the_model_itself_gets_wrong(planner: Planner) -> None:
    """Records done are records, but a day's dials are uncertain even where luck and agents are the same."""
    assert np.log(planner.futures.doubt).std() == pytest.approx(0.04, abs=0.01)
    sure = make_planner(
        campaign=planner.campaign, history=planner.history, work=fresh(1200), start=START + 3 * DAY_S, windows=windows,
        shift=SHIFT, agents=8, draws=40, days=8,
    )  # fmt: skip
    sure._surfaces.update(planner._surfaces)
    sure.fit = planner.fit
    sure.futures.doubt[:] = 1.0
    step = int(np.flatnonzero(planner.grid.day == 0)[-1])
    told, plain = planner.runs(8).traces[:, step], sure.runs(8).traces[:, step]
    assert (told[:, 4:6] == plain[:, 4:6]).all()
    assert told[:, 0] == pytest.approx(plain[:, 0] * planner.futures.doubt[:, 0])
