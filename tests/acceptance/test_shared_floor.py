"""Campaigns, and tiers of one, dial for the same agents: each gets its turns, and stays inside its own limit."""

from __future__ import annotations

import asyncio
import random
from collections import Counter
from dataclasses import dataclass, replace

from callwright.adapters.memory.store import MemoryStore
from callwright.app.campaign_file import parse_campaign
from callwright.app.simulated import DEFAULT_TRUNK, rule_book
from callwright.dialer.service import Dialer
from callwright.model.agent import AgentState
from callwright.model.campaign import Campaign
from callwright.model.people import Lead, LineType, Phone
from callwright.sim.agents import SimAgents
from callwright.sim.carrier import SimCarrier
from callwright.sim.floor import FloorPlan, Team
from callwright.sim.people import Distributions, Lognormal, RandomPeople
from callwright.sim.virtual_time import VirtualClock, run_virtual

MONDAY_9 = 1_772_442_000.0
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


def a_campaign(number: int, **fields: object) -> Campaign:
    return replace(parse_campaign(CAMPAIGN).campaign, id=number, name=f"c{number}", **fields)  # type: ignore[arg-type]  # fields of the test's own


def a_lead(number: int, campaign: int, tier: int = 5) -> Lead:
    """A record with a mobile of its own."""
    phone = Phone(
        id=number,
        number=f"+35191{number * 7919 % 10**7:07d}",
        country="PT",
        line_type=LineType.MOBILE,
        zones=("Europe/Lisbon",),
    )
    return Lead(id=number, campaign_id=campaign, list_id=1, customer_id=number, tier=tier, phones=(phone,))


def lived(
    campaigns: list[Campaign], leads: list[Lead], teams: tuple[Team, ...], *, hours: float, joins_s: float = 0.0
) -> Outcome:
    """Some hours of a floor; the last campaign joins ``joins_s`` after the others."""
    store = MemoryStore()
    for campaign in campaigns:
        store.add_campaign(campaign)
    store.add_leads(leads)
    plan = FloorPlan(teams=teams)
    rng = random.Random(11)

    async def main(clock: VirtualClock) -> Outcome:
        carrier = SimCarrier(clock, rng, RandomPeople(11, PEOPLE), (DEFAULT_TRUNK,))
        staff = SimAgents(clock, rng, carrier, plan)
        dialer = Dialer(
            clock=clock,
            store=store,
            network=carrier,
            screens=staff,
            book=rule_book(),
            trunks=(DEFAULT_TRUNK,),
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
        at_work = Counter[AgentState]()
        for stretch in store.intervals:
            at_work[stretch.state] += stretch.ended_at - stretch.began_at
        busy_s = at_work[AgentState.IN_CALL] + at_work[AgentState.WRAP_UP]
        runs = dialer.floor.runs
        answers = {run.campaign.name: run.window.answers - begun.get(run.campaign.name, 0) for run in runs.values()}
        if len(campaigns) == 1:
            answers = dict(Counter(f"tier {a.tier}" for a in store.all_attempts() if a.person_at is not None))
        return Outcome(
            answers=answers,
            lost={run.campaign.name: run.window.abandons / max(1, run.window.answers) for run in runs.values()},
            busy=busy_s / (busy_s + at_work[AgentState.READY] + at_work[AgentState.RESERVED]),
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
    seen = lived([a_campaign(1), a_campaign(2)], leads, (Team(agents=12),), hours=3)
    print(seen)
    assert len(seen.answers) == 2
    assert halves(seen) > 0.4
    assert within_limit(seen)
    assert seen.busy > 0.75


def test_one_that_joins_later_is_owed_nothing_and_gets_its_half_from_then_on() -> None:
    leads = [a_lead(n, 1 + n % 2) for n in range(1, 12_000)]
    seen = lived([a_campaign(1), a_campaign(2)], leads, (Team(agents=12),), hours=3.5, joins_s=1.5 * 3600)
    print(seen)
    assert len(seen.answers) == 2
    assert halves(seen) > 0.4
    assert within_limit(seen)


def test_of_two_the_larger_priority_goes_first_until_it_has_nobody_to_dial() -> None:
    leads = [*(a_lead(n, 1) for n in range(1, 6_000)), *(a_lead(n, 2) for n in range(6_000, 6_600))]
    seen = lived([a_campaign(1), a_campaign(2, priority=1)], leads, (Team(agents=12),), hours=2.5)
    print(seen)
    assert seen.answers["c2"] > 0.25 * 600  # its whole list
    assert seen.answers["c1"] > seen.answers["c2"]  # all the time that was left


def test_tiers_of_one_campaign_take_turns_on_the_agents_they_share() -> None:
    leads = [a_lead(n, 1, tier=1 + n % 2) for n in range(1, 12_000)]
    teams = (Team(agents=6, tiers=frozenset({1})), Team(agents=6, tiers=frozenset({1, 2})))
    seen = lived([a_campaign(1, tier_agents=True)], leads, teams, hours=3)
    print(seen)
    assert seen.answers["tier 2"] > 0.1 * seen.answers["tier 1"]
    assert within_limit(seen)
