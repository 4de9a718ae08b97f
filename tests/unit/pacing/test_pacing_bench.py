"""The judge of the pacing benches: it tells controllers what they may know, counts by law, and sums up rightly."""

from __future__ import annotations

import importlib
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from callwright.pacing import (
    Abandoned,
    AgentView,
    CallResolved,
    Decision,
    Floor,
    HandleEnded,
    InboundArrived,
    make_controller,
)

sys.path.insert(0, str(Path(__file__).parents[3] / "bench"))
world = importlib.import_module("_pacing_world")
day = importlib.import_module("_pacing_day")
scenarios = importlib.import_module("_pacing_scenarios")
personal = importlib.import_module("_pacing_personal")
table = importlib.import_module("_pacing_table")
claims = importlib.import_module("pacing_claims")


class Watcher:
    """Decides as it is told and keeps what it saw."""

    def __init__(self, lines: Callable[[Floor], int], drops: Callable[[Floor], tuple[int, ...]] = lambda f: ()) -> None:
        self.lines, self.drops = lines, drops
        self.floors: list[Floor] = []
        self.seen: list[Any] = []

    def decide(self, floor: Floor) -> Decision:
        self.floors.append(replace(floor, agents=tuple(as_it_was(a) for a in floor.agents)))
        return Decision(lines_to_open=self.lines(floor), calls_to_drop=self.drops(floor))

    def observe(self, observation: Any) -> None:
        self.seen.append(observation)

    def of(self, kind: type) -> list[Any]:
        return [o for o in self.seen if isinstance(o, kind)]


def as_it_was(agent: AgentView) -> AgentView:
    return AgentView(state=agent.state, elapsed_s=agent.elapsed_s, stage=agent.stage)


def one_by_one(floor: Floor) -> int:
    idle = sum(agent.state == "idle" for agent in floor.agents)
    return max(0, idle - len(floor.ringing))


def three_each(floor: Floor) -> int:
    return max(0, 3 * sum(agent.state == "idle" for agent in floor.agents) - len(floor.ringing))


def run(controller: Watcher, seed: int = 1, name: str = "plain", agents: int = 5, **more: Any) -> Any:
    made = scenarios.SCENARIOS[name].make(agents, more.pop("p", 0.3))
    made = replace(made, **{"hours": 0.5} | more)
    return day.run_day(made, controller, seed)


def test_a_call_that_rang_less_than_15_s_may_not_be_given_up() -> None:
    with pytest.raises(day.Foul):
        run(Watcher(one_by_one, lambda floor: tuple(c.id for c in floor.ringing if c.elapsed_s >= 14.0)))
    lawful = run(Watcher(one_by_one, lambda floor: tuple(c.id for c in floor.ringing if c.elapsed_s >= 15.0)))
    assert lawful.dropped > 0


def test_the_dialers_counts_are_the_judges_where_nothing_is_hidden() -> None:
    watcher = Watcher(three_each)
    done = run(watcher)
    assert done.abandons == len(watcher.of(Abandoned)) > 0
    assert done.answers == sum(call.answered for call in watcher.of(CallResolved))
    assert abs(watcher.floors[-1].answers_today - done.answers) <= 1
    assert done.per_campaign == [(done.answers, done.abandons)]
    served = len(watcher.of(HandleEnded))
    assert 0 <= done.answers - done.abandons - served <= 5 + len(watcher.floors[-1].waiting_s)


def test_busy_time_is_talk_and_wrap_up() -> None:
    watcher = Watcher(one_by_one)
    done = run(watcher)
    ended = sum(h.talk_s + h.wrap_s for h in watcher.of(HandleEnded))
    assert ended <= done.busy_s <= ended + 5 * 1800
    assert done.staffed_s == 5 * 1800
    busy_seen = sum(agent.state in ("talking", "wrapping") for f in watcher.floors for agent in f.agents) / 5
    assert busy_seen / len(watcher.floors) == pytest.approx(done.utilisation, abs=0.01)


@pytest.mark.parametrize(("told", "counted"), [("share", False), ("counted", True)])
def test_false_alarms_are_abandons_by_law_whoever_sees_them(told: str, counted: bool) -> None:
    watcher = Watcher(one_by_one)
    done = run(watcher, name=f"amd_2.5_{told}", false_alarm=0.2)
    assert done.abandons > 5  # one line an agent loses nobody else
    assert len(watcher.of(Abandoned)) == (done.abandons if counted else 0)
    assert watcher.floors[-1].false_alarms == (0.0 if counted else 0.2)
    assert any(handle.talk_s == day.MACHINE_TALK_S for handle in watcher.of(HandleEnded))


def test_leads_are_dialled_in_the_order_told() -> None:
    watcher = Watcher(lambda floor: int(not floor.ringing))
    run(watcher, name="mixed")
    ahead = watcher.floors[0].next_answer_probabilities
    assert ahead is not None
    assert len(set(ahead[:20])) == 20
    dialled = [call.answer_probability for call in watcher.of(CallResolved)]
    first = list(watcher.floors[0].next_answer_probabilities or ())  # the list is the judge's own and has moved on
    assert dialled
    assert all(0.0 <= p <= 1.0 for p in [*first, *dialled])


def test_leads_told_ahead_are_the_leads_taken() -> None:
    made = scenarios.SCENARIOS["mixed_noise"].make(5, 0.3)
    leads = world.Leads(made, world.Random(3))
    leads.look_ahead(0.0)
    told = list(leads.told)
    taken = leads.take(50, 0.0)
    assert [p for _, p in taken] == told[:50]
    assert leads.told[: len(told) - 50] == told[50:]
    many = world.Leads(scenarios.SCENARIOS["mixed"].make(5, 0.3), world.Random(3)).take(5000, 0.0)
    assert sum(real for real, _ in many) / 5000 == pytest.approx(0.3, abs=0.02)
    assert all(real == pytest.approx(p) for real, p in many)


def test_a_jump_is_not_told_and_a_list_change_is() -> None:
    leads = world.Leads(scenarios.SCENARIOS["jump"].make(5, 0.2), world.Random(1))
    assert leads.take(1, 0.0) == [(0.2, 0.2)]
    assert leads.take(1, scenarios.JUMP_AT) == [(pytest.approx(0.6), 0.2)]
    leads = world.Leads(scenarios.SCENARIOS["list_change"].make(5, 0.3), world.Random(1))
    assert leads.take(1, 0.0) == [(0.15, 0.15)]
    assert leads.take(1, scenarios.JUMP_AT) == [(0.45, 0.45)]


def test_agents_come_go_and_are_paid_for_what_they_are_there() -> None:
    watcher = Watcher(one_by_one)
    done = run(watcher, name="shift_start", hours=0.25)
    staff = [len(floor.agents) for floor in watcher.floors]
    assert staff == sorted(staff)
    assert staff[0] < 5
    assert staff[-1] == 5
    assert done.staffed_s < 5 * 900
    watcher = Watcher(one_by_one)
    done = run(watcher, away=lambda n, rng: (300.0, 900.0) if n == 0 else None)
    away = sum(any(agent.state == "away" for agent in floor.agents) for floor in watcher.floors) / 2
    assert 300 < away <= 600
    assert done.staffed_s == pytest.approx(5 * 1800 - away, abs=2)


def test_callers_are_served_first_and_told_of() -> None:
    watcher = Watcher(three_each)
    done = run(watcher, name="inbound", callers=world.Callers(per_hour=60))
    assert done.callers == len(watcher.of(InboundArrived)) > 10
    assert any(handle.inbound for handle in watcher.of(HandleEnded))
    assert watcher.floors[-1].inbound_in_time <= watcher.floors[-1].inbound_offered <= done.callers
    assert 0 < done.outbound_s < done.busy_s


def test_two_campaigns_see_each_others_lines_and_count_apart() -> None:
    watchers = [Watcher(one_by_one), Watcher(one_by_one)]
    made = scenarios.SCENARIOS["campaigns"].make(5, 0.3)
    done = day.run_day(replace(made, hours=0.5), watchers, 1)
    assert all(answers > 0 for answers, _ in done.per_campaign)
    assert done.abandons == 0  # each leaves the agents whom the other's lines may need
    assert sum(answers for answers, _ in done.per_campaign) == done.answers


def test_only_seniors_have_the_second_tier() -> None:
    watchers = [Watcher(lambda floor: 0), Watcher(one_by_one)]
    made = scenarios.SCENARIOS["tiers"].make(6, 0.6)
    day.run_day(replace(made, hours=0.5), watchers, 1)
    assert len(watchers[1].floors[0].agents) == 3
    assert all(handle.agent_id % 2 for handle in watchers[1].of(HandleEnded))


@pytest.mark.parametrize("name", scenarios.SCENARIOS)
def test_every_floor_runs(name: str) -> None:
    scenario = scenarios.SCENARIOS[name]
    made = replace(scenario.make(5, scenario.p), hours=0.1)
    own = [make_controller("progressive") for _ in range(scenario.controllers)]
    assert day.run_day(made, own, 1).dials > 0
    assert scenario.against in ("", "warm", *scenarios.SCENARIOS)


def test_preview_and_manual_take_what_arithmetic_says() -> None:
    made = scenarios.floor(50, 0.3)
    ring = 12.0 + (1 / 0.3 - 1) * 25.0
    for by_hand, review in ((False, 25.0), (True, 47.0)):
        used = personal.run_personal_day(made, by_hand, 1).utilisation
        assert used == pytest.approx(140 / (140 + ring + review / 0.3), abs=0.012)


def test_wilsons_interval() -> None:
    assert table.wilson(0, 20) == pytest.approx((0.0, 0.1611), abs=1e-4)
    assert table.wilson(5, 20) == pytest.approx((0.1119, 0.4687), abs=1e-4)


def test_when_the_trailing_minute_has_settled() -> None:
    days = [{"answered_at": list(range(400)), "abandoned_at": [10.0, 20.0, 30.0, 31.0]}]
    settled, trailing = table.settled_after(days, 0.0)
    assert settled == 90.0  # until 85 s two of the last sixty were lost, 3.3 %; then one
    assert trailing[60] == pytest.approx(4 / 60)
    assert trailing[120] == 0.0


def test_where_a_claim_holds() -> None:
    falling = [4.0 - 0.3 * n for n in range(len(claims.RATES))]
    assert claims.rate_where(1.0, falling) == "more everywhere"
    assert claims.rate_where(5.0, falling) == "less everywhere"
    assert claims.rate_where(3.85, falling) == "8 %"  # half of the way from 5 to 10 %
