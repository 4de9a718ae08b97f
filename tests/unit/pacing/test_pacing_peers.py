"""The peers' formulas against cases worked out by hand."""

from __future__ import annotations

from dataclasses import replace

import pytest

from callwright.pacing import Abandoned, AgentView, CallResolved, Floor, HandleEnded, RingingCall, ThresholdPolicy
from callwright.pacing.budget import AbandonBudget
from callwright.pacing.floor import AgentPhase
from callwright.pacing.peers import OpenRatio, Vicidial, VicidialMethod, Webitel
from callwright.pacing.plain import FixedRatio, Progressive
from callwright.pacing.textbook import (
    Binomial,
    ErlangB,
    RunningShare,
    binomial_lines,
    binomial_tail,
    erlang_b,
    erlang_b_load,
)

NOW = 1_780_000_000.0  # 20:26:40 UTC


def team(idle: int = 0, talking: int = 0, wrapping: int = 0, reserved: int = 0) -> list[AgentView]:
    phases: list[tuple[AgentPhase, int]] = [
        ("idle", idle),
        ("talking", talking),
        ("wrapping", wrapping),
        ("reserved", reserved),
    ]
    return [AgentView(state=phase, elapsed_s=10.0) for phase, count in phases for _ in range(count)]


def rings(count: int) -> list[RingingCall]:
    return [RingingCall(id=n, elapsed_s=5.0) for n in range(count)]


def test_progressive_leaves_reserved_agents_their_lines() -> None:
    floor = Floor(now=NOW, agents=team(idle=2, reserved=3), ringing=rings(6))
    assert Progressive(lines_per_agent=2).decide(floor).lines_to_open == 4  # the six belong to the three reserved
    assert Progressive().decide(Floor(now=NOW, agents=team(idle=3), ringing=rings(1))).lines_to_open == 2
    assert Progressive().decide(Floor(now=NOW, agents=team(idle=3), waiting_s=[0.1] * 3)).lines_to_open == 0


def test_fixed_ratio_counts_lines_per_idle_agent() -> None:
    floor = Floor(now=NOW, agents=team(idle=5, talking=10), ringing=rings(3))
    assert FixedRatio(ratio=2.5).decide(floor).lines_to_open == 10  # round(12.5) = 13 less three


def test_the_binomial_quantile() -> None:
    assert binomial_tail(3, 0.5, 1) == pytest.approx(0.5)  # two or three of three: 4 of 8
    assert binomial_tail(2, 0.3, 1) == pytest.approx(0.09)
    assert binomial_lines(0.1, 1, 0.03) == 3  # more than one of 3: 0.028; of 4: 0.0523
    assert binomial_lines(0.3, 1, 0.03) == 1
    assert binomial_tail(1300, 0.3, 390) == pytest.approx(0.4863222, abs=1e-6)  # scipy.stats.binom.sf
    assert binomial_lines(0.3, 1000, 0.03) == 3172
    floor = Floor(now=NOW, agents=team(idle=1), ringing=rings(1))
    assert Binomial(answered=RunningShare(prior=0.1)).decide(floor).lines_to_open == 2


def test_erlangs_loss_formula() -> None:
    assert erlang_b(1, 1.0) == pytest.approx(0.5)
    assert erlang_b(2, 1.0) == pytest.approx(0.2)
    assert erlang_b(5, 3.0) == pytest.approx(0.110054, abs=1e-6)  # published tables
    assert erlang_b_load(1, 0.5) == pytest.approx(1.0)


def test_erlang_dials_at_the_steady_rate() -> None:
    erlang = ErlangB(answered=RunningShare(prior=0.5), handle_s=100.0)
    opened = sum(
        erlang.decide(Floor(now=NOW + n / 2, agents=team(talking=1), limit=0.5)).lines_to_open for n in range(2001)
    )
    assert opened == pytest.approx(20, abs=1)  # one Erlang / (100 s x 0.5) = one call in 50 s, over 1,000 s


def vicidial_after_15_samples(method: VicidialMethod = "average", **floor: float) -> Vicidial:
    vicidial = Vicidial(method=method, level=2.0)
    for n in range(15):
        vicidial.decide(Floor(now=NOW + n, agents=team(idle=2, talking=8), **floor))  # type: ignore[arg-type]  # counts
    return vicidial


def test_vicidials_level_grows_by_the_share_of_ready_agents() -> None:
    assert vicidial_after_15_samples().level == pytest.approx(2.0 * 1.2)  # two of ten are ready


def test_vicidials_goal_is_level_times_agents_less_all_lines() -> None:
    floor = Floor(now=NOW, agents=team(idle=2, talking=8, wrapping=5), ringing=rings(4), waiting_s=[0.1])
    assert Vicidial(level=2.0).decide(floor).lines_to_open == 20 - 4 - 1 - 8


def test_vicidial_dials_every_two_and_a_half_seconds() -> None:
    vicidial = Vicidial(level=2.0)
    opened = [vicidial.decide(Floor(now=NOW + n / 2, agents=team(idle=2))).lines_to_open for n in range(6)]
    assert opened == [4, 0, 0, 0, 0, 4]


@pytest.mark.parametrize(("method", "level"), [("hard", 1.0), ("average", 1.2), ("tapered", 2.4 * 74 / 1000)])
def test_vicidials_brakes_beyond_the_limit(method: VicidialMethod, level: float) -> None:
    vicidial = vicidial_after_15_samples(method, answers_today=100, abandons_today=4)
    assert vicidial.level == pytest.approx(max(1.0, level))  # 20:26 is 74 "hhmm" before 21:00


def test_vicidial_halves_when_half_of_the_last_minute_was_dropped() -> None:
    vicidial = Vicidial(level=2.0)
    for n in range(30):
        vicidial.observe(CallResolved(kind="", ring_s=5.0, answered=n < 10, answer_probability=None, at=NOW))
    for _ in range(6):
        vicidial.observe(Abandoned(at=NOW))
    for n in range(15):
        vicidial.decide(Floor(now=NOW + n, agents=team(idle=2, talking=8)))
    assert vicidial.level == pytest.approx(1.2)


def test_webitels_formula() -> None:
    webitel = Webitel()
    assert webitel.lines_per_idle_agent(0.25, 1.0, 3.0) == pytest.approx(4 * 1.2)
    assert webitel.lines_per_idle_agent(0.25, 3.0, 3.0) == 1.0
    for n in range(190):
        webitel.observe(CallResolved(kind="", ring_s=5.0, answered=n % 2 == 0, answer_probability=None, at=NOW))
    floor = Floor(now=NOW, agents=team(idle=4), ringing=rings(1), answers_today=100, abandons_today=1)
    assert webitel.decide(floor).lines_to_open == 8  # (95 + 4) / 200 answer; 4 x 1.2 / 0.495 = 9.7, less the one


def test_webitel_between_its_target_and_its_limit() -> None:
    webitel = Webitel(target_share=0.5)
    assert webitel.lines_per_idle_agent(0.25, 1.0, 3.0) == pytest.approx(4 * 1.05)
    assert webitel.lines_per_idle_agent(0.25, 2.0, 3.0) == pytest.approx(4 * (1 / 3) * 1.1)


@pytest.mark.parametrize(
    ("percent", "adjustment"), [(0.0, 1.15), (1.5, 1.0), (3.0, 1.0), (4.0, 0.8), (4.999, 0.6002), (5.0, 0.5)]
)
def test_open_ratios_adjustment(percent: float, adjustment: float) -> None:
    assert OpenRatio.adjustment(percent) == pytest.approx(adjustment)


def test_open_ratio_counts_half_of_the_wrap_ups() -> None:
    ratio = OpenRatio(answered=RunningShare(prior=0.425))
    floor = Floor(now=NOW, agents=team(idle=3, talking=9, wrapping=2), ringing=rings(1), waiting_s=[0.5])
    assert ratio.decide(replace(floor, answers_today=100, abandons_today=2)).lines_to_open == 6  # 4 x 2.0 - 2
    assert ratio.decide(replace(floor, answers_today=100, abandons_today=6)).lines_to_open == 2  # 4 x 1 - 2
    assert OpenRatio(answered=RunningShare(prior=0.05)).decide(floor).lines_to_open == 10  # never more than three


def test_the_threshold_policy() -> None:
    policy = ThresholdPolicy(least_free=4, ratio=2.0)
    assert policy.calls_to_dial(free_all=3, free_blend=3) == 0
    assert policy.calls_to_dial(free_all=4, free_blend=1) == 2
    floor = Floor(now=NOW, agents=team(idle=5))
    assert policy.decide(floor).lines_to_open == 0  # no service has ended
    policy.observe(HandleEnded(agent_id=1, talk_s=60.0, wrap_s=0.0, at=NOW))
    assert policy.decide(floor).lines_to_open == 10
    assert policy.decide(floor).lines_to_open == 0


def test_the_budget_is_the_tighter_of_window_and_day() -> None:
    budget = AbandonBudget(limit=0.03, answers=1000, abandons=20, answers_today=100, abandons_today=1)
    assert budget.left == pytest.approx(2.0)
    assert budget.rate == 0.02
    assert budget.bears_one_more()
    overrun = AbandonBudget(limit=0.03, answers=1000, abandons=35, answers_today=100, abandons_today=0)
    assert overrun.left == pytest.approx(-5.0)
    assert not overrun.bears_one_more()
