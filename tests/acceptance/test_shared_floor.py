"""Campaigns, and tiers of one, dial for the same agents: each gets its turns, and stays inside its own limit."""

from __future__ import annotations

import asyncio
import random
from collections import Counter
from dataclasses import dataclass, replace

from callwright.adapters.memory.store import MemoryStore
from callwright.app.campaign_file import parse_campaign
from callwright.app.simulated import DEFAULT_TRUNK, rule_book
from callwright.dialer.ports import Trunk
from callwright.dialer.service import Dialer
from callwright.model.attempt import Mode
from callwright.model.campaign import Campaign
from callwright.model.people import Lead
from callwright.sim.agents import SimAgents
from callwright.sim.carrier import SimCarrier
from callwright.sim.floor import FloorPlan, Team
from callwright.sim.people import Distributions, Lognormal, RandomPeople
from callwright.sim.virtual_time import VirtualClock, run_virtual
from support.virtual_floor import MONDAY_9, a_lead, busy_share

CAMPAIGN = """
name = "shared"
country = "PT"
caller_ids = ["+351210000000"]
[hours]
time = "09:00-20:00"
[dial]
max_tries = 1
"""
PEOPLE = Distributions(answer_by_hour=(0.3,) * 24, talk=Lognormal(mean=120.0, cv=0.8))


@dataclass(frozen=True)
class Outcome:
    answers: dict[str, int]  # since the last campaign is there; by tier where there is only one campaign
    lost: dict[str, float]
    busy: float


def a_campaign(number: int, *, priority: int = 0, mode: Mode = Mode.PREDICTIVE, tier_agents: bool = False) -> Campaign:
    base = parse_campaign(CAMPAIGN).campaign
    return replace(base, id=number, name=f"c{number}", priority=priority, mode=mode, tier_agents=tier_agents)


def lived(
    campaigns: list[Campaign],
    leads: list[Lead],
    teams: tuple[Team, ...],
    *,
    hours: float,
    joins_s: float = 0.0,
    trunks: tuple[Trunk, ...] = (DEFAULT_TRUNK,),
) -> Outcome:
    """Some hours of a floor; the last campaign joins ``joins_s`` after the others."""
    store = MemoryStore()
    for campaign in campaigns:
        store.add_campaign(campaign)
    store.add_leads(leads)
    plan = FloorPlan(teams=teams)
    rng = random.Random(11)

    async def main(clock: VirtualClock) -> Outcome:
        carrier = SimCarrier(clock, rng, RandomPeople(11, PEOPLE), trunks)
        staff = SimAgents(clock, rng, carrier, plan)
        dialer = Dialer(
            clock=clock,
            store=store,
            network=carrier,
            screens=staff,
            book=rule_book(),
            trunks=trunks,
            owner="shared",
            flush_s=10.0,
            lease_s=12 * 3600.0,
        )
        dialer.add_agents(plan.agents())
        for campaign in campaigns[:-1]:
            await dialer.add_campaign(campaign)

        staff.start(dialer, {campaign.name: campaign.id for campaign in campaigns})
        clock.call_later(hours * 3600.0, dialer.wind_down)
        dialer.keep_running = True
        running = asyncio.create_task(dialer.run())
        await clock.sleep(joins_s)
        begun = {run.campaign.name: run.window.answers for run in dialer.floor.runs.values()}
        await dialer.add_campaign(campaigns[-1])
        await running
        runs = dialer.floor.runs
        answers = {run.campaign.name: run.window.answers - begun.get(run.campaign.name, 0) for run in runs.values()}
        if len(campaigns) == 1:
            answers = dict(Counter(f"tier {a.tier}" for a in store.all_attempts() if a.person_at is not None))
        return Outcome(
            answers=answers,
            lost={run.campaign.name: run.window.abandons / max(1, run.window.answers) for run in runs.values()},
            busy=busy_share(store.intervals),
        )

    return run_virtual(main, MONDAY_9)


def within_limit(outcome: Outcome) -> bool:
    """No campaign lost more than 3 %, one call more or less."""
    return all(lost <= 0.03 + 1 / 200 for lost in outcome.lost.values())


def halves(outcome: Outcome) -> float:
    """The smaller share of the answers."""
    return min(outcome.answers.values()) / sum(outcome.answers.values())


def test_two_campaigns_that_begin_together_share_the_answers() -> None:
    leads = [a_lead(n, 1 + n % 2) for n in range(1, 12_000)]
    seen = lived([a_campaign(1), a_campaign(2)], leads, (Team(agents=12),), hours=2)
    print(seen)
    assert len(seen.answers) == 2
    assert halves(seen) > 0.4
    assert within_limit(seen)
    assert seen.busy > 0.75


def test_one_that_joins_later_is_owed_nothing_and_gets_its_half_from_then_on() -> None:
    leads = [a_lead(n, 1 + n % 2) for n in range(1, 12_000)]
    seen = lived([a_campaign(1), a_campaign(2)], leads, (Team(agents=12),), hours=2.5, joins_s=3600.0)
    print(seen)
    assert len(seen.answers) == 2
    assert halves(seen) > 0.4
    assert within_limit(seen)


def test_of_two_the_larger_priority_goes_first() -> None:
    leads = [a_lead(n, 1 + n % 2) for n in range(1, 12_000)]
    seen = lived([a_campaign(1), a_campaign(2, priority=1)], leads, (Team(agents=12),), hours=1.5)
    print(seen)
    assert seen.answers["c2"] > 5 * seen.answers["c1"]
    assert within_limit(seen)


def test_the_smaller_priority_has_all_the_time_that_the_larger_leaves() -> None:
    leads = [*(a_lead(n, 1) for n in range(1, 6_000)), *(a_lead(n, 2) for n in range(6_000, 6_300))]
    seen = lived([a_campaign(1), a_campaign(2, priority=1)], leads, (Team(agents=12),), hours=1.5)
    print(seen)
    assert seen.answers["c1"] > 3 * seen.answers["c2"] > 150
    assert seen.busy > 0.75


def test_nobody_waits_for_a_campaign_whose_own_trunk_is_full() -> None:
    trunks = (
        Trunk(name="one", channels=1, calls_per_s=20.0, prefixes=("+35191",)),
        Trunk(name="two", channels=200, calls_per_s=20.0, prefixes=("+35196",)),
    )
    leads = [a_lead(n, 1 + n % 2, prefix="+35196" if n % 2 else "+35191") for n in range(1, 12_000)]
    for priority in (0, 1):
        campaigns = [a_campaign(1, priority=priority), a_campaign(2)]
        seen = lived(campaigns, leads, (Team(agents=12),), hours=1, trunks=trunks)
        print(seen)
        assert seen.answers["c2"] > 150
        assert seen.busy > 0.6


def test_one_with_agents_of_its_own_goes_on_dialling_for_them_while_it_waits() -> None:
    leads = [a_lead(n, 1 + n % 2) for n in range(1, 12_000)]
    teams = (Team(agents=8), Team(agents=4, campaigns=("c1",)))
    seen = lived([a_campaign(1), a_campaign(2, priority=1)], leads, teams, hours=2)
    print(seen)
    assert halves(seen) > 0.3
    assert seen.busy > 0.7
    assert within_limit(seen)


def test_progressive_leaves_the_agents_for_whom_predictive_lines_ring() -> None:
    leads = [a_lead(n, 1 + n % 2) for n in range(1, 12_000)]
    for other in (Mode.PROGRESSIVE, Mode.PREVIEW):
        seen = lived([a_campaign(1), a_campaign(2, mode=other)], leads, (Team(agents=12),), hours=1)
        print(other, seen)
        assert within_limit(seen)
        assert halves(seen) > 0.2


def test_tiers_of_one_campaign_take_turns_on_the_agents_they_share() -> None:
    leads = [a_lead(n, 1, tier=1 + n % 2) for n in range(1, 12_000)]
    teams = (Team(agents=6, tiers=frozenset({1})), Team(agents=6, tiers=frozenset({1, 2})))
    seen = lived([a_campaign(1, tier_agents=True)], leads, teams, hours=2)
    print(seen)
    assert seen.answers["tier 2"] > 0.25 * seen.answers["tier 1"]
    assert within_limit(seen)
