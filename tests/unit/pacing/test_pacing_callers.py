"""Callers who share the agents: their rate, and who is held for them."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from callwright.pacing import AgentView, CallResolved, Floor, HandleEnded, InboundArrived, make_controller
from callwright.pacing.callers import Callers

NOW = 1_780_000_000.0
HOUR = 3600.0


def called(per_hour: float, hours: float, *, start: float = NOW) -> Callers:
    callers = Callers()
    for n in range(int(per_hour * hours)):
        callers.arrived(start + n * HOUR / per_hour)
    return callers


def blend(**more: Any) -> Floor:
    usual: dict[str, Any] = {"now": NOW + HOUR, "inbound_target": 0.8, "inbound_offered": 50, "inbound_in_time": 50}
    return Floor(**(usual | more))


def test_the_callers_rate_is_learned_and_forgotten() -> None:
    callers = called(120.0, 1.5)
    end = NOW + 1.5 * HOUR
    assert callers.per_s(end) == pytest.approx(120 / HOUR, rel=0.05)
    due = callers.due(end, 21)
    assert np.allclose(due, callers.per_s(end) * np.arange(1, 22))
    assert callers.per_s(end + HOUR) < 0.02 * callers.per_s(end)
    assert callers.per_s(end + 24 * HOUR) < 1e-9
    assert callers.due(end + 24 * HOUR, 21) == 0.0


def test_nobody_who_calls_is_nobody_due() -> None:
    callers = Callers()
    assert callers.due(NOW, 21) == 0.0
    assert callers.agents_held(Floor(now=NOW, inbound_target=0.9), 20) == 0.0


@pytest.mark.parametrize("wrong", [math.nan, math.inf, -math.inf])
def test_an_instant_that_is_none_brings_no_caller(wrong: float) -> None:
    callers, untouched = called(60.0, 1.0), called(60.0, 1.0)
    callers.arrived(wrong)
    assert callers.per_s(NOW + HOUR) == untouched.per_s(NOW + HOUR)


def test_a_clock_that_runs_backwards_brings_no_more_than_its_callers() -> None:
    callers = called(60.0, 1.0)
    before = callers.per_s(NOW + HOUR)
    callers.arrived(NOW)
    assert before < callers.per_s(NOW + HOUR) <= before + 1 / 900


def test_without_a_promise_and_while_it_is_kept_nobody_is_held() -> None:
    callers = called(60.0, 1.0)
    assert callers.agents_held(blend(inbound_target=0.0, inbound_in_time=0), 20) == 0.0
    assert callers.agents_held(blend(), 20) == 0.0
    assert callers.agents_held(blend(inbound_in_time=39), 20) > 0.0  # 78 %


def test_the_more_the_level_lacks_the_more_agents_are_held() -> None:
    callers = called(60.0, 1.0)
    held = [callers.agents_held(blend(inbound_in_time=kept), 20) for kept in range(50, -1, -1)]
    assert held == sorted(held)
    assert held[-1] == 20.0  # and never more than there are
    assert callers.agents_held(blend(inbound_in_time=0), 3) == 3.0


def test_who_has_waited_too_long_already_counts_as_late() -> None:
    callers = called(60.0, 1.0)
    patient, late = (
        callers.agents_held(blend(inbound_in_time=41, inbound_waiting_s=[waited] * 3), 20) for waited in (19.0, 21.0)
    )
    assert late > patient


@given(
    target=st.floats(0, 1),
    offered=st.integers(0, 500),
    kept=st.floats(0, 1),
    waiting=st.lists(st.floats(0, 300), max_size=5),
    staffed=st.integers(0, 50),
)
def test_held_agents_are_never_fewer_than_none_nor_more_than_all(
    target: float, offered: int, kept: float, waiting: list[float], staffed: int
) -> None:
    floor = blend(
        inbound_target=target,
        inbound_offered=offered,
        inbound_in_time=int(kept * offered),
        inbound_waiting_s=waiting,
    )
    assert 0.0 <= called(60.0, 0.5).agents_held(floor, staffed) <= staffed


def lines(*, arrivals: int = 0, **more: Any) -> int:
    """Lines a warm controller opens for ten idle agents, after so many callers within the last minutes."""
    controller = make_controller("callwright")
    for n in range(400):
        at = NOW - 400 + n
        controller.observe(CallResolved(kind="", ring_s=10.0, answered=n % 4 == 0, answer_probability=None, at=at))
        controller.observe(HandleEnded(agent_id=n % 10, talk_s=60.0 + n % 90, wrap_s=10.0, at=at))
    for n in range(arrivals):
        controller.observe(InboundArrived(at=NOW - 300 + 300 * n / arrivals))
    agents = [AgentView(state="idle", elapsed_s=1.0, agent_id=n) for n in range(10)]
    usual: dict[str, Any] = {"now": NOW, "agents": agents, "answers": 2000, "answers_today": 500, "abandons": 50}
    return controller.decide(Floor(**(usual | more))).lines_to_open


def test_callers_who_wait_take_agents_first() -> None:
    opened = [lines(inbound_waiting_s=[1.0] * waiting) for waiting in (0, 2, 5, 10)]
    assert opened[0] > 10
    assert opened == sorted(set(opened), reverse=True)  # each fewer
    assert opened[-1] == 0


def test_callers_who_are_due_leave_fewer_lines() -> None:
    assert lines(arrivals=150) < lines(arrivals=0)


def test_a_missed_service_level_holds_agents_back() -> None:
    told = {"inbound_target": 0.8, "inbound_offered": 50}
    kept, missed, lost = (lines(arrivals=20, inbound_in_time=n, **told) for n in (50, 36, 10))
    assert kept > missed > lost
    assert lost == 0


def test_a_caller_from_far_ahead_is_a_clocks_error() -> None:
    lost, untouched = make_controller("callwright"), make_controller("callwright")
    agents = [AgentView(state="idle", elapsed_s=1.0, agent_id=n) for n in range(10)]
    lines: list[int] = []
    for controller, callers in ((lost, 2000), (untouched, 0)):
        controller.decide(Floor(now=NOW, agents=agents))
        for _ in range(callers):
            controller.observe(InboundArrived(at=NOW + 30 * 24 * HOUR))
        for n in range(200):
            at = NOW + n
            controller.observe(CallResolved(kind="", ring_s=25.0, answered=False, answer_probability=0.1, at=at))
        floor = Floor(now=NOW + 3 * HOUR, agents=agents, answers=2000, answers_today=2000)
        lines.append(controller.decide(floor).lines_to_open)
    assert lines[1] > 10
    assert lines[0] == lines[1]
