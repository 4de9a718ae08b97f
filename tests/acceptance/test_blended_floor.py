"""Callers and people we dial share the agents: the callers' service level stands, and dialling fills the gaps."""

from __future__ import annotations

import random
from dataclasses import dataclass, replace

import pytest

from callwright.adapters.memory.store import MemoryStore
from callwright.analytics.facts import Period, facts_from_objects
from callwright.analytics.measure import Measure
from callwright.app import simulated
from callwright.app.campaign_file import parse_campaign
from callwright.model.attempt import Mode
from callwright.pacing import CONTROLLERS
from callwright.sim.floor import FloorPlan
from callwright.sim.people import Distributions, Lognormal, RandomPeople
from callwright.sim.virtual_time import VirtualClock, run_virtual
from support.virtual_floor import MONDAY_9, a_lead, busy_share

HOURS = 2
OURS = "+351210000000"
CAMPAIGN = """
name = "blend"
country = "PT"
caller_ids = ["+351210000000"]
inbound = true
inbound_target = 0.8
inbound_within = "20s"

[hours]
time = "09:00-20:00"

[dial]
max_tries = 1
"""
PEOPLE = Distributions(answer_by_hour=(0.3,) * 24, talk=Lognormal(mean=120.0, cv=0.8), patience=Lognormal(mean=90.0))


@dataclass(frozen=True)
class Outcome:
    level: float  # callers answered in 20 s, as the floor counts
    callers: int
    busy: float
    lost: float


def blended(controller: str, *, agents: int, callers_per_hour: float, outbound: bool, seed: int = 5) -> Outcome:
    """Two hours of one floor; without ``outbound`` nobody is dialled."""
    campaign = parse_campaign(CAMPAIGN).campaign
    campaign = replace(
        campaign,
        mode=Mode.PREDICTIVE if outbound else Mode.INBOUND,
        pacing=replace(campaign.pacing, controller=controller),
    )
    store = MemoryStore()
    store.add_campaign(campaign)
    store.add_leads(a_lead(n) for n in range(1, 400 * agents))
    floor_plan = FloorPlan.of(agents)
    arrivals = random.Random(seed)

    async def main(clock: VirtualClock) -> Outcome:
        floor = await simulated.compose(
            clock=clock,
            store=store,
            campaign=campaign,
            trunks=(),
            people=RandomPeople(seed, PEOPLE),
            floor_plan=floor_plan,
            agents=floor_plan.agents(),
            seed=seed,
            flush_s=10.0,
            lease_s=3600.0,
            list_ids={},
        )

        def caller() -> None:
            floor.carrier.ring_us(f"+35192{arrivals.randrange(10**7):07d}", OURS)
            clock.call_later(arrivals.expovariate(callers_per_hour / 3600.0), caller)

        clock.call_later(600.0, caller)
        clock.call_later(HOURS * 3600.0, floor.dialer.wind_down)
        await floor.dialer.run()
        returned = floor.run.returned
        window = floor.run.window
        facts = facts_from_objects(
            campaigns=[campaign],
            attempts=store.all_attempts(),
            leads=[],
            intervals=[],
            orders=[],
            agents=[],
            period=Period(from_at=MONDAY_9, until_at=clock.now()),
        )
        counts = Measure(facts).total()
        assert (counts["callers_due"], counts["callers_in_time"]) == (returned.offered, returned.in_time)
        return Outcome(
            level=returned.in_time / returned.offered,
            callers=returned.offered,
            busy=busy_share(store.intervals),
            lost=window.abandons / max(1, window.answers),
        )

    return run_virtual(main, MONDAY_9)


@pytest.mark.parametrize("controller", [name for name in ("reference", "callwright") if name in CONTROLLERS])
def test_the_level_is_kept_and_the_gaps_are_filled(controller: str) -> None:
    alone = blended(controller, agents=12, callers_per_hour=70.0, outbound=False)
    both = blended(controller, agents=12, callers_per_hour=70.0, outbound=True)
    print(f"{controller}: alone {alone}; both {both}")
    assert alone.level > 0.95
    assert both.level >= 0.8
    assert both.busy > alone.busy + 0.25
    assert both.lost <= 0.03
