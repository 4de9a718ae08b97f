"""What every controller promises, whatever the floor looks like."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any, get_args

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from callwright.kit.errors import BadInput
from callwright.model.campaign import PacingRules
from callwright.pacing import (
    CONTROLLERS,
    Abandoned,
    AgentView,
    CallResolved,
    Decision,
    Floor,
    HandleEnded,
    RingingCall,
    make_controller,
)
from callwright.pacing.floor import AgentPhase

NOW = 1_780_000_000.0
AHEAD = ("reference", "callwright")
"""Who looks ahead; their promises are the same."""
spans = st.floats(0, 5000)
agents = st.lists(
    st.builds(AgentView, state=st.sampled_from(get_args(AgentPhase)), elapsed_s=spans, agent_id=st.integers(1, 99)),
    max_size=30,
)
shares = st.one_of(st.none(), st.floats(0, 1))
ringing = st.lists(
    st.builds(
        RingingCall, id=st.integers(1, 9999), elapsed_s=st.floats(0, 90), answer_probability=shares, kind=st.just("m")
    ),
    max_size=30,
    unique_by=lambda call: call.id,
)
floors = st.builds(
    Floor,
    now=st.just(NOW),
    agents=agents,
    ringing=ringing,
    waiting_s=st.lists(st.floats(0, 5), max_size=4),
    answers=st.integers(1000, 2000),
    abandons=st.integers(0, 80),
    answers_today=st.integers(0, 900),
    abandons_today=st.integers(0, 40),
    limit=st.floats(0, 0.2),
    min_ring_s=st.floats(15, 30),
    wait_limit_s=st.sampled_from([0.0, 1.0, 2.0, 3.5]),
    lines_allowed=st.integers(-3, 40),
    rate_allowed=st.integers(-3, 40),
    next_answer_probabilities=st.one_of(st.none(), st.lists(st.floats(0, 1), max_size=5)),
)


def idle(count: int) -> list[AgentView]:
    return [AgentView(state="idle", elapsed_s=1.0, agent_id=n) for n in range(count)]


@pytest.mark.parametrize("name", CONTROLLERS)
@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(floor=floors)
def test_no_controller_leaves_its_room(name: str, floor: Floor) -> None:
    controller = make_controller(name)
    controller.observe(HandleEnded(agent_id=1, talk_s=60.0, wrap_s=5.0, at=NOW - 1))
    decision = controller.decide(floor)
    assert 0 <= decision.lines_to_open <= max(0, min(floor.lines_allowed, floor.rate_allowed))
    elapsed = {call.id: call.elapsed_s for call in floor.ringing}
    assert all(elapsed[call] >= floor.min_ring_s for call in decision.calls_to_drop)
    if all(agent.state == "away" for agent in floor.agents):
        assert decision.lines_to_open == 0
    assert decision.why


@pytest.mark.parametrize("name", CONTROLLERS)
def test_an_empty_floor_opens_nothing(name: str) -> None:
    assert make_controller(name).decide(Floor(now=NOW)).lines_to_open == 0


@pytest.mark.parametrize("name", CONTROLLERS)
def test_an_idle_agent_gets_a_line_in_the_end(name: str) -> None:
    controller = make_controller(name)
    opened = 0
    for step in range(240):
        if step % 20 == 0:
            controller.observe(HandleEnded(agent_id=1, talk_s=60.0, wrap_s=5.0, at=NOW + step / 2))
        floor = Floor(now=NOW + step / 2, agents=idle(5), answers=5000, answers_today=500)
        opened += controller.decide(floor).lines_to_open
    assert opened >= 5


def broken(**change: Any) -> Floor:
    usual: dict[str, Any] = {
        "now": NOW,
        "agents": [*idle(3), AgentView(state="talking", elapsed_s=50.0)],
        "ringing": [RingingCall(id=7, elapsed_s=18.0, answer_probability=0.4)],
        "answers": 5000,
        "answers_today": 500,
    }
    return Floor(**(usual | change))


def view(elapsed_s: float) -> Sequence[AgentView]:
    return [*idle(3), AgentView(state="talking", elapsed_s=elapsed_s)]


@pytest.mark.parametrize("name", AHEAD)
@pytest.mark.parametrize(
    "floor",
    [
        broken(now=math.nan),
        broken(now=math.inf),
        broken(agents=view(math.nan)),
        broken(agents=view(math.inf)),
        broken(ringing=[RingingCall(id=7, elapsed_s=math.nan)]),
        broken(ringing=[RingingCall(id=7, elapsed_s=math.inf)]),
        broken(ringing=[RingingCall(id=7, elapsed_s=3.0, answer_probability=math.nan)]),
        broken(ringing=[RingingCall(id=7, elapsed_s=3.0, answer_probability=1.5)]),
        broken(ringing=[RingingCall(id=7, elapsed_s=3.0, answer_probability=-0.1)]),
        broken(limit=math.nan),
        broken(limit=math.inf),
        broken(limit=-0.03),
        broken(wait_limit_s=math.nan),
        broken(false_alarms=math.nan),
        broken(false_alarms=1.0),
        broken(false_alarms=-0.01),
    ],
)
def test_a_non_number_means_progressive(name: str, floor: Floor) -> None:
    decision = make_controller(name).decide(floor)
    assert decision.why.startswith("fallback: progressive")
    assert decision == Decision(lines_to_open=2, why=decision.why)  # three idle, one line rings


COUNTS = ("answers", "abandons", "answers_today", "abandons_today")


@pytest.mark.parametrize("name", AHEAD)
@pytest.mark.parametrize("count", COUNTS)
def test_a_count_that_is_no_number_is_no_budget(name: str, count: str) -> None:
    assert make_controller(name).decide(broken(**{count: math.nan})).why.startswith("fallback: progressive")


@pytest.mark.parametrize("name", AHEAD)
def test_a_wait_limit_without_a_number_is_forgotten_again(name: str) -> None:
    controller = make_controller(name)
    controller.decide(broken(wait_limit_s=math.nan))
    for n in range(30):
        controller.observe(HandleEnded(agent_id=1, talk_s=60.0, wrap_s=5.0, at=NOW + n))
    assert not controller.decide(broken(now=NOW + 30)).why.startswith("fallback")


@pytest.mark.parametrize("name", AHEAD)
def test_a_next_lead_without_a_number_means_progressive_too(name: str) -> None:
    controller = make_controller(name)
    for n in range(200):
        controller.observe(CallResolved(kind="", ring_s=9.0, answered=n % 4 == 0, answer_probability=None, at=NOW - 1))
    assert controller.decide(broken(next_answer_probabilities=[0.1] * 9)).lines_to_open > 2
    decision = controller.decide(broken(next_answer_probabilities=[math.nan] * 9))
    assert decision.why.startswith("fallback: progressive")
    assert decision.lines_to_open == 2


@pytest.mark.parametrize("name", AHEAD)
def test_a_stale_clock_means_progressive_until_it_runs_again(name: str) -> None:
    controller = make_controller(name)
    assert not controller.decide(broken()).why.startswith("fallback")
    assert controller.decide(broken(now=NOW - 1)).why.startswith("fallback")
    assert not controller.decide(broken(now=NOW + 1)).why.startswith("fallback")
    standing = [controller.decide(broken(now=NOW + 2)).why.startswith("fallback") for _ in range(60)]
    assert not standing[0]
    assert standing[-1]
    assert not controller.decide(broken(now=NOW + 3)).why.startswith("fallback")


@pytest.mark.parametrize("name", AHEAD)
@pytest.mark.parametrize("wrong", [math.nan, math.inf, -1.0])
def test_nothing_is_learned_from_a_non_number(name: str, wrong: float) -> None:
    controller, untouched = make_controller(name), make_controller(name)
    for _ in range(200):
        controller.observe(CallResolved(kind="", ring_s=wrong, answered=True, answer_probability=0.3, at=NOW))
        controller.observe(CallResolved(kind="", ring_s=9.0, answered=True, answer_probability=wrong, at=NOW))
        controller.observe(HandleEnded(agent_id=1, talk_s=wrong, wrap_s=1.0, at=NOW))
        controller.observe(Abandoned(at=wrong))
    assert controller.decide(broken()) == untouched.decide(broken())


@pytest.mark.parametrize("name", AHEAD)
def test_no_late_ringer_is_dropped_before_the_lawful_time_or_at_all_when_that_is_off(name: str) -> None:
    busy = [AgentView(state="talking", elapsed_s=5.0, agent_id=n) for n in range(4)]
    rings = [RingingCall(id=n, elapsed_s=float(n), answer_probability=0.5) for n in range(1, 26)]
    floor = Floor(now=NOW, agents=busy, ringing=rings, answers=900, answers_today=900, min_ring_s=18.0)
    dropped = make_controller(name).decide(floor).calls_to_drop
    assert dropped
    assert set(dropped) <= set(range(18, 26))
    assert make_controller(name, drop_late_ringers=False).decide(floor).calls_to_drop == ()


@pytest.mark.parametrize("name", AHEAD)
def test_who_knows_nothing_yet_opens_no_more_lines_than_agents_are_idle(name: str) -> None:
    floor = Floor(now=NOW, agents=idle(100), answers=10_000, answers_today=10_000)
    assert make_controller(name).decide(floor).lines_to_open == 100


@pytest.mark.parametrize("name", AHEAD)
def test_a_spent_budget_means_progressive(name: str) -> None:
    floor = broken(abandons=200, ringing=[RingingCall(id=7, elapsed_s=3.0, answer_probability=0.1)])
    controller = make_controller(name)
    for n in range(500):
        controller.observe(CallResolved(kind="", ring_s=20.0, answered=False, answer_probability=0.1, at=NOW - 500 + n))
    assert controller.decide(floor).lines_to_open == 2


def test_an_unknown_name_is_answered_with_the_nearest_right_one() -> None:
    with pytest.raises(BadInput, match="'vicidial_average'"):
        make_controller("vicidial_averge")


def test_single_settings_go_before_the_campaigns_rules() -> None:
    rules = PacingRules(fixed_ratio=2.0, lines_per_agent=3)
    floor = Floor(now=NOW, agents=idle(4))
    assert make_controller("fixed_ratio", rules=rules).decide(floor).lines_to_open == 8
    assert make_controller("fixed_ratio", rules=rules, fixed_ratio=1.0).decide(floor).lines_to_open == 4
    assert make_controller("progressive", rules=rules).decide(floor).lines_to_open == 12
