"""Abandon budget, beliefs and service level outlive the process: a floor works, stops, and another goes on."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from callwright.app import simulated
from callwright.app.campaign_file import CampaignPlan, parse_campaign
from callwright.app.database import Database, Filled, fill, open_database
from callwright.app.settings import Settings
from callwright.pacing.likelihood import Sight, history_of
from callwright.sim.carrier import CarrierHabits
from callwright.sim.floor import FloorPlan
from callwright.sim.people import Distributions, Lognormal, RandomPeople
from callwright.sim.virtual_time import VirtualClock, run_virtual, stand_still

MONDAY_10 = 1_772_445_600.0
CAMPAIGN = """
name = "again"
country = "PT"
caller_ids = ["+351210000000"]
inbound = true
detect_machines = "async"

[hours]
time = "09:00-20:00"

[pacing]
controller = "fixed_ratio"
fixed_ratio = 3

[[list]]
name = "people"
file = "{file}"
country = "PT"
"""
PEOPLE = Distributions(answer_by_hour=(0.45,) * 24, talk=Lognormal(mean=40.0, cv=0.5), behind={"machine": 0.2})
HABITS = CarrierHabits(return_after_missed=0.2, return_mean_s=200.0)


@dataclass
class Stage:
    clock: VirtualClock
    database: Database
    plan: CampaignPlan
    floor_plan: FloorPlan
    filled: Filled

    async def floor(self, seed: int) -> simulated.SimFloor:
        return await simulated.compose(
            clock=self.clock,
            store=stand_still(self.database.store, self.clock.loop),
            campaign=self.filled.campaign,
            trunks=(),
            people=RandomPeople(3, PEOPLE),
            floor_plan=self.floor_plan,
            agents=self.filled.agents,
            seed=seed,
            flush_s=0.5,
            lease_s=1.0,
            list_ids=self.filled.list_ids,
            habits=HABITS,
        )


def test_the_next_process_knows_what_the_last_one_knew(embedded_database_url: str, tmp_path: Path) -> None:
    people = tmp_path / "people.csv"
    people.write_text("phone\n" + "".join(f"+35191{n * 7919:07d}\n" for n in range(1, 500)), encoding="utf-8")
    plan = parse_campaign(CAMPAIGN.format(file=people))
    floor_plan = FloorPlan.of(3)

    async def main(clock: VirtualClock) -> None:
        opened = open_database(Settings(database_url=embedded_database_url))
        with clock.loop.outside():
            database = await opened.__aenter__()
            filled = await fill(database, plan, agents=floor_plan.agents(), trunks=(), now=MONDAY_10)
        try:
            await _go_on(Stage(clock, database, plan, floor_plan, filled))
        finally:
            with clock.loop.outside():
                await opened.__aexit__(None, None, None)

    run_virtual(main, MONDAY_10)


async def _go_on(stage: Stage) -> None:
    clock = stage.clock
    first = await stage.floor(seed=1)
    assert (first.run.window.answers, first.run.beliefs.resolved) == (0, 0)
    clock.call_later(1500.0, first.dialer.wind_down)
    await first.dialer.run()
    first.run.window.move(clock.now())
    assert _budget(first.run)[0] > 40
    assert _budget(first.run)[1] > 3
    await clock.sleep(5.0)

    second = await stage.floor(seed=2)
    assert _budget(second.run) == _budget(first.run)
    assert second.run.rule == first.run.rule
    assert (second.run.returned.offered, second.run.returned.in_time) == (
        first.run.returned.offered,
        first.run.returned.in_time,
    )
    assert first.run.returned.offered > 5
    assert second.run.beliefs.resolved == first.run.beliefs.resolved > 150
    hour = first.run.beliefs.hour("Europe/Lisbon", clock.now())
    fresh = Sight(next(iter(stage.filled.list_ids.values())), "mobile", hour, history_of(0, None, reached=False))
    chances = [run.beliefs.chance(fresh, clock.now()) for run in (first.run, second.run)]
    assert abs(chances[0] - chances[1]) < 0.03
    await clock.sleep(86_400.0)

    third = await stage.floor(seed=3)  # a day later: 24 h, the window of this law, have gone by
    assert third.run.rule.window_s == 86_400.0
    assert _budget(third.run) == (0, 0, 0, 0)


def _budget(run: Any) -> tuple[int, int, int, int]:
    window = run.window
    return window.answers, window.abandons, window.answers_today, window.abandons_today
