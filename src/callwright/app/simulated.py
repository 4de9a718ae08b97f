"""The composition of a simulated floor: people, carrier, agents and dialer, on any clock and any store.

Rehearsals (virtual time) and runs (real time, or a multiple of it) are this one thing; what differs is who makes the
clock and the store.
"""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache

from callwright.adapters.holidays_calendar import PackageHolidays
from callwright.app.campaign_file import CampaignPlan
from callwright.app.options import RehearsalOptions, RunOptions
from callwright.compliance import RuleBook
from callwright.dialer.events import Event
from callwright.dialer.ports import LineRules, Store, Trunk
from callwright.dialer.service import Dialer
from callwright.dialer.state import CampaignRun
from callwright.kit.clock import Clock
from callwright.kit.errors import BadInput
from callwright.model.agent import Agent
from callwright.model.campaign import Campaign
from callwright.model.people import Lead, LineType
from callwright.sim.agents import SimAgents
from callwright.sim.carrier import CarrierHabits, SimCarrier
from callwright.sim.fates import Population
from callwright.sim.floor import FloorPlan, Shift, Team
from callwright.sim.people import Distributions, RandomPeople
from callwright.sim.truth import TruthPeople

DEFAULT_TRUNK = Trunk(name="sim", channels=1000, calls_per_s=100.0)
DEFAULT_AGENTS = 10


@dataclass(kw_only=True, slots=True, eq=False)
class SimFloor:
    """A floor ready to run: ``await floor.dialer.run()``."""

    dialer: Dialer
    run: CampaignRun
    carrier: SimCarrier
    staff: SimAgents


@lru_cache(maxsize=1)
def rule_book() -> RuleBook:
    """The house's rule packs with public holidays."""
    return RuleBook.load(holidays=PackageHolidays())


async def compose(
    *,
    clock: Clock,
    store: Store,
    campaign: Campaign,
    trunks: Sequence[Trunk],
    people: Population,
    floor_plan: FloorPlan,
    agents: Sequence[Agent],
    seed: int,
    flush_s: float,
    lease_s: float,
    list_ids: Mapping[str, int],
    listeners: Sequence[Callable[[Event], None]] = (),
    line_rules: LineRules | None = None,
    habits: CarrierHabits | None = None,
) -> SimFloor:
    """Build the floor and start the campaign on it; ``agents`` are the plan's, as stored, and come by their shifts."""
    rng = random.Random(seed)
    lines = tuple(trunks) or (DEFAULT_TRUNK,)
    carrier = SimCarrier(clock, rng, people, lines, habits=habits)
    staff = SimAgents(clock, rng, carrier, floor_plan, agents=agents)
    dialer = Dialer(
        clock=clock,
        store=store,
        network=carrier,
        screens=staff,
        book=rule_book(),
        trunks=lines,
        line_rules=line_rules,
        owner=f"rehearsal {seed}",
        flush_s=flush_s,
        lease_s=lease_s,
    )
    dialer.listeners.extend(listeners)
    dialer.add_agents(agents)
    run = await dialer.add_campaign(campaign, list_ids=dict(list_ids))
    staff.start(dialer, {campaign.name: campaign.id})
    return SimFloor(dialer=dialer, run=run, carrier=carrier, staff=staff)


def main_zone(leads: Sequence[Lead]) -> str:
    """The zone most people of the list live in (the first of each person's candidates); UTC for an empty list."""
    zones = Counter(_zone_of(lead) for lead in leads)
    zones.pop("", None)
    return min(zones, key=lambda zone: (-zones[zone], zone)) if zones else "UTC"


def _zone_of(lead: Lead) -> str:
    if lead.time_zone:
        return lead.time_zone
    return next((phone.zones[0] for phone in lead.phones if phone.zones), "")


def floor_of(options: RehearsalOptions | RunOptions, plan: CampaignPlan, zone: str) -> FloorPlan:
    """The floor a rehearsal is asked for: a floor file, or so many agents alike, at work in the campaign's hours."""
    file = options.floor or (plan.floor if options.agents is None else None)
    if file is not None:
        from callwright.app.floor_file import read_floor

        return read_floor(file)
    count = options.agents if options.agents is not None else (plan.agents or DEFAULT_AGENTS)
    hours = plan.campaign.hours
    shift = Shift(weekdays=hours.weekdays, from_minute=hours.from_minute, to_minute=hours.to_minute)
    return FloorPlan(teams=(Team(agents=count, shifts=(shift,)),), time_zone=zone)


def people_of(
    options: RehearsalOptions | RunOptions, plan: CampaignPlan, leads: Sequence[Lead], zone: str
) -> tuple[Population, list[str]]:
    """Who is behind the numbers: the truth file, or a random population from the seed; and warnings."""
    truth = options.truth or plan.truth
    if truth is not None:
        people = TruthPeople.read(truth)
        extra = people.check(phone.number for lead in leads for phone in lead.phones)
        people.check_dispositions([d.code for d in plan.campaign.dispositions.values() if not d.by_system])
        warnings = []
        if extra:
            warnings.append(f"{truth.name} speaks of {len(extra)} numbers that are in no list (first: {extra[0]}).")
        return people, warnings
    types = {phone.number: phone.line_type for lead in leads for phone in lead.phones}
    spread = replace(Distributions(), time_zone=zone)
    return RandomPeople(options.seed, spread, line_type_of=lambda n: types.get(n, LineType.UNKNOWN)), []


def list_plans(options: RehearsalOptions | RunOptions, plan: CampaignPlan) -> CampaignPlan:
    """The plan with its lists: ``--list`` takes the place of the file of the campaign's (first) list."""
    from callwright.app.campaign_file import ListPlan

    if options.list_file is not None:
        first = plan.lists[0] if plan.lists else ListPlan(name=options.list_file.stem)
        return replace(plan, lists=(replace(first, file=options.list_file),))
    if not any(part.file for part in plan.lists):
        raise BadInput("No list to call: give --list FILE, or name one with its file in the campaign file.")
    return plan
