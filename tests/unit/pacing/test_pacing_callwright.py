"""Callwright's own controller: its budget, what late ringers count, bursts of abandons, and no more risk for less."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import replace
from functools import cache
from math import sqrt
from typing import get_args

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from callwright.pacing import AgentView, CallResolved, Floor, HandleEnded, RingingCall, make_controller
from callwright.pacing.answering import RING_S, AnswerModel, RingTable
from callwright.pacing.budget import AbandonBudget, budget_left
from callwright.pacing.callwright import Callwright
from callwright.pacing.floor import AgentPhase
from callwright.pacing.plain import progressive_lines
from callwright.pacing.survival import Numbers

NOW = 1_780_000_000.0


def warm(*, p: int = 4, drops: bool = True) -> Callwright:
    """A controller that has seen 400 lines, of which every ``p``-th was answered, and 200 conversations."""
    controller = Callwright(drop_late_ringers=drops)
    for n in range(400):
        at = NOW - 400 + n
        answered = n % p == 0
        rang_s = 4.0 + n % 17 if answered else 25.0
        controller.observe(CallResolved(kind="", ring_s=rang_s, answered=answered, answer_probability=None, at=at))
        if n % 2:
            controller.observe(HandleEnded(agent_id=n % 10, talk_s=30.0 + n % 190, wrap_s=10.0, at=at))
    return controller


def idle(count: int) -> list[AgentView]:
    return [AgentView(state="idle", elapsed_s=1.0, agent_id=n) for n in range(count)]


# --- the budget -------------------------------------------------------------------------------------------------------


@given(
    limit=st.floats(0.001, 0.2),
    answers=st.integers(0, 50_000),
    today=st.integers(0, 2_000),
    abandons=st.integers(0, 500),
    share=st.floats(0.001, 0.2),
)
def test_false_alarms_are_taken_off_window_and_day(
    limit: float, answers: int, today: int, abandons: int, share: float
) -> None:
    floor = Floor(
        now=NOW, limit=limit, answers=answers + today, answers_today=today, abandons=abandons, abandons_today=abandons
    )
    assert budget_left(floor) == AbandonBudget.of(floor).left
    # by law: the lost ones are answers too, and every one of them an abandon
    window_lost, today_lost = (share / (1 - share) * seen for seen in (answers + today, today))
    window = limit * (answers + today + window_lost) - abandons - window_lost
    day = limit * (today + today_lost) - abandons - today_lost - 2 * sqrt(today_lost)
    told = budget_left(replace(floor, false_alarms=share))
    assert told == pytest.approx(min(window, day), abs=1e-6)
    assert told <= budget_left(floor)


def test_false_alarms_leave_fewer_lines() -> None:
    floor = Floor(now=NOW, agents=idle(20), answers=20_000, abandons=400, answers_today=4_000, abandons_today=80)
    without, few, many = (
        warm().decide(replace(floor, false_alarms=share)).lines_to_open for share in (0.0, 0.005, 0.02)
    )
    assert without > few > many


def test_false_alarms_alone_can_spend_the_whole_budget() -> None:
    floor = Floor(now=NOW, agents=idle(20), answers=20_000, answers_today=4_000, false_alarms=0.04)
    assert budget_left(floor) < -100
    assert warm().decide(floor).lines_to_open == 20


@pytest.mark.parametrize("share", [1.0, 1.5, -0.01, math.nan, math.inf])
def test_a_share_of_false_alarms_that_is_none_raises(share: float) -> None:
    floor = Floor(now=NOW, answers=100, answers_today=100, false_alarms=share)
    with pytest.raises(ValueError, match=str(share)):
        budget_left(floor)
    assert warm().decide(replace(floor, agents=idle(3))).why.startswith("fallback: progressive")


# --- late ringers -----------------------------------------------------------------------------------------------------


def rings(free_after_s: float | None, kept: float) -> RingTable:
    return RingTable(AnswerModel().over_by, horizon_s=21, free_after_s=free_after_s, kept=kept)


def test_late_answers_count_as_much_as_is_kept_of_them() -> None:
    plain, half, none = rings(None, 1.0), rings(15.0, 0.5), rings(15.0, 0.0)
    late = range(15, RING_S)
    assert np.allclose(half.by[late], 0.5 * plain.by[late])
    assert not none.by[late].any()
    early: Numbers = none.by[10]  # five more seconds bind, as each second's middle is 10.5 + 0.5 and so on
    assert np.allclose(early[:4], plain.by[10][:4])
    assert np.allclose(early[5:], early[4])
    assert (none.by <= half.by + 1e-12).all()
    assert (half.by <= plain.by + 1e-12).all()
    assert np.allclose(half.by_squared, half.by**2)


def test_a_carrier_that_fails_every_line_at_once_leaves_the_ring_times_as_they_were() -> None:
    model = AnswerModel(jumps=True)
    for n in range(400):
        model.add(CallResolved(kind="", ring_s=0.1, answered=False, answer_probability=0.3, at=float(n)))
    assert all(0.0 <= before <= after <= 1.0 for before, after in zip(model.over_by, model.over_by[1:], strict=False))
    assert model.over_by[12] > 0.2


def test_a_table_that_keeps_all_is_the_plain_one() -> None:
    plain, whole = rings(None, 1.0), rings(15.0, 1.0)
    assert np.allclose(whole.by, plain.by)
    assert np.allclose(whole.fresh_by, plain.fresh_by)
    assert np.array_equal(whole.left, plain.left)
    assert whole.fresh_weights[:15] == plain.fresh_weights[:15]  # the risk of a fresh line is its early answers' alone
    assert not any(whole.fresh_weights[15:])
    assert any(plain.fresh_weights[15:])


def test_fresh_lines_count_late_answers_likewise() -> None:
    plain, kept = rings(None, 1.0), rings(15.0, 0.7)
    assert np.allclose(kept.fresh_by[:15], plain.fresh_by[:15])
    late = np.diff(plain.fresh_by)[15:]
    assert np.allclose(np.diff(kept.fresh_by)[15:], 0.7 * late)


def test_who_takes_no_line_back_opens_fewer() -> None:
    floor = Floor(now=NOW, agents=idle(20), answers=2_000, abandons=45, answers_today=400, abandons_today=8)
    assert warm(drops=False).decide(floor).lines_to_open < warm().decide(floor).lines_to_open


# --- bursts -----------------------------------------------------------------------------------------------------------


def burst(controller: Callwright, floor: Floor, *, answers: int, abandons: int) -> Floor:
    """The same floor half a second later, after so many answers and abandons; the controller has seen both."""
    controller.decide(floor)
    return replace(
        floor,
        now=floor.now + 0.5,
        answers=floor.answers + answers,
        abandons=floor.abandons + abandons,
        answers_today=floor.answers_today + answers,
        abandons_today=floor.abandons_today + abandons,
    )


RICH = Floor(now=NOW, agents=idle(10), answers=50_000, abandons=100, answers_today=4_000, abandons_today=20)


def burst_lasts_s(abandons: int) -> float:
    controller = warm()
    assert controller.decide(RICH).lines_to_open > progressive_lines(RICH) + 5
    floor = burst(controller, replace(RICH, now=NOW + 0.5), answers=10, abandons=abandons)
    decision = controller.decide(floor)
    assert budget_left(floor) > 50  # not for want of budget
    assert decision.lines_to_open == progressive_lines(floor)
    assert "allowed 0.0 %" in decision.why
    for second in range(1, 3600):
        if controller.decide(replace(floor, now=floor.now + second)).lines_to_open > progressive_lines(floor):
            return second
    return math.inf


def test_a_burst_of_abandons_means_progressive_for_some_minutes() -> None:
    small, great = burst_lasts_s(6), burst_lasts_s(40)
    assert 30 < small < 120
    assert small < great < 300


def test_abandons_that_the_limit_explains_are_no_burst() -> None:
    controller = warm()
    floor = burst(controller, RICH, answers=200, abandons=8)
    assert controller.decide(floor).lines_to_open > progressive_lines(floor) + 5


def test_abandons_of_before_the_first_decision_are_no_burst() -> None:
    """After a restart the window's counts come at once."""
    floor = replace(RICH, abandons=900)
    assert warm().decide(floor).lines_to_open > progressive_lines(floor) + 5


def test_a_window_that_loses_a_day_is_no_burst() -> None:
    controller = warm()
    controller.decide(RICH)
    rolled = replace(RICH, now=NOW + 0.5, answers=40_000, abandons=60)
    assert controller.decide(rolled).lines_to_open > progressive_lines(rolled) + 5


# --- more budget, more lines ------------------------------------------------------------------------------------------

spans = st.floats(0, 300)
busy = st.builds(AgentView, state=st.sampled_from(get_args(AgentPhase)), elapsed_s=spans, agent_id=st.integers(0, 9))
open_lines = st.builds(RingingCall, id=st.integers(1, 9999), elapsed_s=st.floats(0, 40))
any_floor = st.builds(
    Floor,
    now=st.just(NOW),
    agents=st.lists(busy, min_size=1, max_size=25),
    ringing=st.lists(open_lines, max_size=20, unique_by=lambda call: call.id),
    waiting_s=st.lists(st.floats(0, 2), max_size=2),
)


@cache
def seasoned() -> Callwright:
    """One for all examples: at one instant a decision changes nothing it learned, but fifty make the clock a stale one,
    so ``at_budget`` moves on."""
    return warm()


def at_budget(floor: Floor, left: float) -> int:
    """Lines opened with so many abandons in hand, at a limit of 3 %."""
    controller = Callwright()
    controller.__dict__.update(seasoned().__dict__)  # its own last decision; what was learned is shared
    answers = round((left + 300) / 0.03)
    given_up = replace(floor, answers=answers, answers_today=answers, abandons=300, abandons_today=300)
    return controller.decide(given_up).lines_to_open


@settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(floor=any_floor)
def test_more_budget_never_opens_fewer_lines(floor: Floor) -> None:
    opened = [at_budget(floor, left) for left in (-20, -5, 0, 1, 2, 3, 5, 8, 15, 40)]
    assert opened == sorted(opened)


@settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(floor=any_floor)
def test_without_budget_it_is_progressive(floor: Floor) -> None:
    assert at_budget(floor, -20) == progressive_lines(floor)


def test_a_little_budget_is_spent_with_care() -> None:
    floor = Floor(now=NOW, agents=idle(10))
    opened: Sequence[int] = [at_budget(floor, left) for left in (-20, 0, 4, 20)]
    assert opened == sorted(set(opened))  # each more
    assert opened[0] == 10


def test_the_window_of_the_days_before_holds_the_day_back() -> None:
    day = Floor(now=NOW, agents=idle(10), answers_today=1_000, abandons_today=10)
    saved = replace(day, answers=11_000, abandons=110)
    spent = replace(day, answers=11_000, abandons=332)
    assert warm().decide(saved).lines_to_open > warm().decide(spent).lines_to_open == 10


def test_a_controller_by_its_name_is_this_one() -> None:
    assert isinstance(make_controller("callwright"), Callwright)
