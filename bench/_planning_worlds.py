"""Rehearsed campaigns with a known truth for the plan's backtest: run whole, looked at from the evening of any day."""

from __future__ import annotations

import math
import random
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from functools import partial

from callwright.adapters.memory.store import MemoryStore
from callwright.app import simulated
from callwright.app.plan_sources import kinds_of, lawful
from callwright.model.agent import StateInterval
from callwright.model.attempt import Attempt
from callwright.model.campaign import Campaign, Hours, PacingRules
from callwright.model.people import Lead, LineType, Phone
from callwright.planning.forecast import Law, Planner, make_planner
from callwright.planning.history import History, Work, history_of, work_of
from callwright.sim.fates import Fate
from callwright.sim.floor import FloorPlan, Pause, Shift, Team
from callwright.sim.people import Distributions, Lognormal, RandomPeople
from callwright.sim.virtual_time import VirtualClock, run_virtual

START = datetime(2026, 3, 2, tzinfo=UTC).timestamp()
DAY_S = 86400.0
DAYS = 5


class ChangingDays:
    """``RandomPeople`` whose readiness to answer differs from day to day by ``spread`` (sd of log-odds)."""

    def __init__(self, seed: int, base: Distributions, spread: float, types: dict[str, LineType]) -> None:
        luck = random.Random(seed * 7919 + 1)
        self._days = []
        for _ in range(40):
            factor = math.exp(luck.gauss(0.0, spread))
            hours = tuple(p * factor / (1 - p + p * factor) for p in base.answer_by_hour)
            self._days.append(
                RandomPeople(
                    seed, replace(base, answer_by_hour=hours), line_type_of=lambda n: types.get(n, LineType.UNKNOWN)
                )
            )

    def _of(self, at: float) -> RandomPeople:
        return self._days[min(39, max(0, int((at - START) // DAY_S)))]

    def on_dial(self, number: str, at: float, rng: random.Random) -> Fate:
        return self._of(at).on_dial(number, at, rng)

    def on_end(self, number: str, fate: Fate, *, came_true: bool) -> None:
        return

    def on_call_us(self, number: str, at: float, rng: random.Random) -> Fate | None:
        return self._of(at).on_call_us(number, at, rng)


TALK = Lognormal(mean=120.0, cv=1.0)
WRAP = Lognormal(mean=25.0, cv=0.5)


@dataclass(frozen=True, kw_only=True, slots=True)
class Scenario:
    """What is true. ``spread``: of days' readiness to answer; ``readiness``: of single people's."""

    name: str
    records: int = 3000
    agents: int = 8
    answers: float = 1.0  # factor on the odds of an answer
    spread: float = 0.15
    readiness: float = 0.0
    talk: Lognormal = TALK
    wrap: Lognormal = WRAP
    attendance: float = 0.9
    controller: str = PacingRules().controller


SCENARIOS = (
    Scenario(name="plain"),
    Scenario(name="few agents, ready people", records=1500, agents=4, answers=1.6, readiness=0.7),
    Scenario(name="long talks", records=2500, agents=14, talk=Lognormal(mean=240.0, cv=0.8), attendance=0.85),
    Scenario(name="hard list, uneven days", records=3500, agents=8, answers=0.55, spread=0.3),
)


@dataclass(frozen=True, kw_only=True, slots=True)
class Lived:
    """A campaign that was run to its end: what was known on each evening, and what came."""

    scenario: Scenario
    seed: int
    campaign: Campaign
    history: History
    evenings: dict[int, Work]  # days passed -> what was open then
    total: int
    progress: list[tuple[float, int]]  # instants, and records done by then
    ended_at: float

    def planner(self, days: int, *, draws: int = 100, hindsight: bool = False) -> Planner:
        """The plan one would have made after ``days`` days, knowing nothing of what followed (``hindsight``: all)."""
        now = START + days * DAY_S
        rule = simulated.rule_book().abandon_rule(
            self.campaign.packs, self.campaign.country, now, campaign_target=self.campaign.pacing.abandon_target
        )
        return make_planner(
            campaign=self.campaign,
            history=self.history if hindsight else self.history.before(now),
            work=self.evenings[days],
            start=now,
            windows=partial(lawful, simulated.rule_book(), self.campaign),
            law=Law(
                limit=rule.limit,
                wait_limit_s=rule.wait_limit_s,
                min_ring_s=rule.min_ring_s,
                abandoned_rest_s=rule.redial_cool_down_s,
            ),
            agents=self.scenario.agents,
            draws=draws,
            days=14,
            seed=self.seed,
        )


def live(scenario: Scenario, seed: int, *, evenings: Sequence[int] = (0, 1, 2)) -> Lived:
    """Run it on the engines, in virtual time, from Monday to Friday."""
    campaign = Campaign(
        id=1, name=scenario.name, country="GB", packs=("uk",), hours=Hours(from_minute=540, to_minute=1080)
    )
    campaign = replace(campaign, pacing=replace(campaign.pacing, controller=scenario.controller))
    leads = [_lead(n) for n in range(1, scenario.records + 1)]
    types = {lead.phones[0].number: lead.phones[0].line_type for lead in leads}
    usual = Distributions(time_zone="Europe/London", talk=scenario.talk, readiness_spread=scenario.readiness)
    hours = tuple(p * scenario.answers / (1 - p + p * scenario.answers) for p in usual.answer_by_hour)
    people = ChangingDays(seed, replace(usual, answer_by_hour=hours), scenario.spread, types)
    team = Team(
        agents=scenario.agents,
        attendance=scenario.attendance,
        wrap_up=scenario.wrap,
        login_s=60.0,
        shifts=(Shift(from_minute=540, to_minute=1080),),
        pauses=(
            Pause(reason="meal", length_s=1800.0, at_minute=750, spread_s=3600.0),
            Pause(reason="rest", length_s=600.0, every_s=7200.0, spread_s=1200.0),
        ),
    )
    floor_plan = FloorPlan(teams=(team,), time_zone="Europe/London")
    store = MemoryStore()
    agents = floor_plan.agents()
    store.add_campaign(campaign)
    store.add_agents(agents)
    store.add_leads(leads)
    seen: dict[int, Work] = {}
    progress: list[tuple[float, int]] = []

    async def main(clock: VirtualClock) -> tuple[list[Attempt], list[StateInterval], float]:
        floor = await simulated.compose(
            clock=clock,
            store=store,
            campaign=campaign,
            trunks=(),
            people=people,
            floor_plan=floor_plan,
            agents=agents,
            seed=seed,
            flush_s=10.0,
            lease_s=3600.0,
            list_ids={},
        )
        for days in evenings:
            clock.call_later(days * DAY_S, lambda d=days: seen.__setitem__(d, work_of(store.all_leads())))
        for hour in range(DAYS * 24):
            clock.call_later(
                hour * 3600.0, lambda: progress.append((clock.now(), floor.run.total_leads - floor.run.open_leads))
            )
        clock.call_later(DAYS * DAY_S, floor.dialer.wind_down)
        await floor.dialer.run()
        return store.all_attempts(), list(store.intervals), clock.now()

    attempts, intervals, ended_at = run_virtual(main, START)
    history = history_of(
        zone="Europe/London",
        attempts=attempts,
        kind_of=kinds_of(leads),
        intervals=intervals,
        shifts=floor_plan.presences_of(START, START + DAYS * DAY_S),
    )
    return Lived(
        scenario=scenario,
        seed=seed,
        campaign=campaign,
        history=history,
        evenings=seen,
        total=len(leads),
        progress=progress,
        ended_at=ended_at,
    )


def _lead(n: int) -> Lead:
    line = LineType.MOBILE if n % 3 else LineType.LANDLINE
    number = f"+44{7400 if n % 3 else 2080}{n:06d}"
    phone = Phone(id=n, number=number, country="GB", line_type=line, zones=("Europe/London",))
    return Lead(
        id=n, campaign_id=1, list_id=1, customer_id=n, tier=5, phones=(phone,), time_zone="Europe/London", priority=0
    )
