"""A rehearsal: tomorrow's campaign today, in virtual time, on the engines that will run it, and its figures.

The same campaign, list, truth, floor, seed and kind of store give the same event log, byte for byte.
"""

from __future__ import annotations

import gc
import time
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, asynccontextmanager, contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import TextIO

from callwright.adapters.memory.store import MemoryStore
from callwright.analytics.facts import Facts, Period, Shift, facts_from_objects
from callwright.app import simulated
from callwright.app.campaign_file import CampaignPlan, read_campaign
from callwright.app.options import RehearsalOptions
from callwright.app.plan_sources import kinds_of
from callwright.app.progress import Tell
from callwright.app.settings import Settings
from callwright.app.telephony_file import with_telephony
from callwright.compliance import AbandonRule, ConsentEntry
from callwright.dialer.events import Event
from callwright.dialer.ports import Store
from callwright.dialer.state import CampaignRun
from callwright.kit.errors import BadInput
from callwright.lists.mapping import load_profile
from callwright.lists.memory import load_leads
from callwright.lists.report import ImportReport
from callwright.model.agent import Agent
from callwright.model.campaign import Campaign
from callwright.model.people import Lead
from callwright.planning.history import History
from callwright.planning.history import history_of as planning_history
from callwright.sim.floor import FloorPlan
from callwright.sim.virtual_time import VirtualClock, run_virtual, stand_still

FIRST_MONDAY = datetime(2026, 3, 2, tzinfo=UTC).timestamp()
"""Where a rehearsal begins that says nothing of its time: a fixed day, so that runs repeat."""
LEASE_S = 3600.0
"""Nobody else can rehearse in the same store: the lease is renewed once an hour."""
LONGEST_S = 400 * 86400.0
"""A rehearsal without an end stops here whatever is left."""
_PROGRESS_EVERY_S = 600.0
FLUSH_S = 10.0
"""Virtual seconds that changes may wait for their common commit."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Rehearsed:
    """What a rehearsal came to. ``facts`` is what every figure is computed from."""

    plan: CampaignPlan
    facts: Facts
    seed: int
    from_at: float
    until_at: float
    wall_s: float
    attempts: int
    rule: AbandonRule
    answers: int  # inside the rule pack's window at the end
    abandons: int
    refusals: dict[str, int]
    imports: tuple[ImportReport, ...]
    warnings: tuple[str, ...]
    redials: int = 0  # dials that made good an abandoned call
    open_leads: int = 0  # records not done at the end
    run: CampaignRun | None = field(default=None, repr=False)

    @property
    def virtual_s(self) -> float:
        return self.until_at - self.from_at


def rehearse(options: RehearsalOptions, settings: Settings, on_progress: Tell | None = None) -> Rehearsed:
    """Run the campaign of ``options``; ``on_progress`` hears now and then how many records are done.

    Raises BadInput on a file that cannot be used, before anything runs.
    """
    began = time.perf_counter()
    plan = with_telephony(simulated.list_plans(options, read_campaign(options.campaign)), settings)
    start = options.from_at if options.from_at is not None else (plan.campaign.starts_at or FIRST_MONDAY)
    if options.until_at is not None and options.until_at <= start:
        raise BadInput("The rehearsal ends before it begins; put --until after the campaign's start or --from.")
    simulated.rule_book().check_names(plan.campaign.packs)
    loaded = load_lists(plan, start)
    leads = loaded.leads
    zone = simulated.main_zone(leads)
    floor_plan = simulated.floor_of(options, plan, zone)
    people, warnings = simulated.people_of(options, plan, leads, zone)

    async def main(clock: VirtualClock) -> Rehearsed:
        with ExitStack() as files:
            log = _event_log(options.events, files)
            async with _stage(options, settings, plan, loaded, floor_plan, clock) as stage:
                floor = await simulated.compose(
                    clock=clock,
                    store=stage.store,
                    campaign=stage.campaign,
                    trunks=plan.trunks,
                    line_rules=plan.line_rules,
                    people=people,
                    floor_plan=floor_plan,
                    agents=stage.agents,
                    seed=options.seed,
                    flush_s=FLUSH_S,
                    lease_s=LEASE_S,
                    list_ids=stage.list_ids,
                    listeners=log,
                )
                until = options.until_at or start + LONGEST_S
                clock.call_later(until - start, floor.dialer.wind_down)
                if on_progress is not None:
                    _tell_progress(clock, floor.run, until, on_progress)
                await floor.dialer.run()
                run, end = floor.run, clock.now()
                facts = await stage.facts_of(Period(from_at=start, until_at=max(end, start + 1.0)))
                if options.history is not None:
                    (await stage.history_of(zone, start, end)).write(options.history)
        return Rehearsed(
            plan=plan,
            facts=facts,
            seed=options.seed,
            from_at=start,
            until_at=end,
            wall_s=time.perf_counter() - began,
            attempts=run.dials,
            rule=run.rule,
            answers=run.window.answers,
            abandons=run.window.abandons,
            refusals=dict(Counter(run.refusals).most_common()),
            imports=loaded.reports,
            warnings=(*warnings, *(w for report in loaded.reports for w in report.warnings)),
            redials=run.redials,
            open_leads=run.open_leads,
            run=run,
        )

    with _few_collections():
        return run_virtual(main, start)


@contextmanager
def _few_collections() -> Iterator[None]:
    """The leads stay to the end and the calls make no cycles: looking for garbage there costs a fifth of the time."""
    before = gc.get_threshold()
    gc.collect()
    gc.freeze()
    gc.set_threshold(100_000, 50, 100)
    try:
        yield
    finally:
        gc.set_threshold(*before)
        gc.unfreeze()


@dataclass(frozen=True, kw_only=True, slots=True)
class LoadedLists:
    """The lists of a plan, as an import would make them; ``list_ids`` by name."""

    leads: list[Lead]
    consents: list[ConsentEntry]
    reports: tuple[ImportReport, ...]
    list_ids: dict[str, int]


def _tell_progress(clock: VirtualClock, run: CampaignRun, until: float, tell: Tell) -> None:
    """Tell it every few virtual minutes; nothing of the floor is touched, so the event log stays the same."""

    def again() -> None:
        tell(run.total_leads - run.open_leads, run.total_leads)
        if clock.now() < until:
            clock.call_later(_PROGRESS_EVERY_S, again)

    again()


def load_lists(plan: CampaignPlan, now: float) -> LoadedLists:
    """Read every list of the plan. Raises BadInput where one names no file, or nobody can be called."""
    leads: list[Lead] = []
    consents: list[ConsentEntry] = []
    reports: list[ImportReport] = []
    list_ids: dict[str, int] = {}
    for number, part in enumerate(plan.lists, start=1):
        list_ids[part.name] = number
        if part.file is None:
            raise BadInput(f'The list "{part.name}" names no file; a rehearsal loads its lists from files.')
        loaded = load_leads(
            part.file,
            country=part.country or plan.campaign.country or None,
            campaign_id=plan.campaign.id,
            list_id=number,
            list_name=part.name,
            profile=load_profile(Path(part.mapping)) if part.mapping else None,
            select=part.select or plan.select or None,
            tiers=tuple(f"tier {tier}: {rule}" for tier, rule in part.tiers or plan.tiers),
            now=now,
            first_id=1 + sum(len(lead.phones) for lead in leads),
        )
        leads.extend(loaded.leads)
        consents.extend(loaded.consents)
        reports.append(loaded.report)
    if not leads:
        raise BadInput("No row of the list can be called; look at the reasons with callwright import --dry-run.")
    return LoadedLists(leads=leads, consents=consents, reports=tuple(reports), list_ids=list_ids)


@dataclass(frozen=True, kw_only=True, slots=True)
class _Stage:
    """A filled store, and how its facts are read afterwards."""

    store: Store
    campaign: Campaign
    agents: Sequence[Agent]
    list_ids: Mapping[str, int]
    facts_of: Callable[[Period], Awaitable[Facts]]
    history_of: Callable[[str, float, float], Awaitable[History]]  # of a zone, from one instant to another


@asynccontextmanager
async def _stage(
    options: RehearsalOptions,
    settings: Settings,
    plan: CampaignPlan,
    loaded: LoadedLists,
    floor_plan: FloorPlan,
    clock: VirtualClock,
) -> AsyncIterator[_Stage]:
    """The store of a rehearsal: memory, or a PostgreSQL database of its own during whose work time stands still."""
    if options.store == "memory":
        yield _in_memory(plan, loaded, floor_plan)
        return
    from callwright.adapters.postgres import planning, setup  # in memory nobody waits for a database's packages to load
    from callwright.app.database import fill, scratch_database

    start, loop = clock.now(), clock.loop
    opened = scratch_database(settings)
    with loop.outside():
        database = await opened.__aenter__()
    try:
        with loop.outside():
            filled = await fill(database, plan, agents=floor_plan.agents(), trunks=plan.trunks, now=start)

        async def facts_of(period: Period) -> Facts:
            with loop.outside():
                planned = floor_plan.presences_of(start, period.until_at or start)
                await setup.add_shifts(database.store, planned, filled.agents)
                return await database.facts.load([filled.campaign.id], period)

        async def history_of(zone: str, _began: float, _ended: float) -> History:
            with loop.outside():
                return await planning.load_history(database.store, filled.campaign.id, zone)

        yield _Stage(
            history_of=history_of,
            store=stand_still(database.store, loop),
            campaign=filled.campaign,
            agents=filled.agents,
            list_ids=filled.list_ids,
            facts_of=facts_of,
        )
    finally:
        with loop.outside():
            await opened.__aexit__(None, None, None)


def _in_memory(plan: CampaignPlan, loaded: LoadedLists, floor_plan: FloorPlan) -> _Stage:
    store, agents = MemoryStore(), floor_plan.agents()
    store.add_campaign(plan.campaign)
    store.add_agents(agents)
    store.add_caller_ids(plan.caller_ids)
    store.add_leads(loaded.leads)
    for consent in loaded.consents:
        store.add_consent(consent)

    async def facts_of(period: Period) -> Facts:
        planned = floor_plan.presences_of(period.from_at or 0.0, period.until_at or 0.0)
        return facts_from_objects(
            campaigns=[plan.campaign],
            attempts=store.all_attempts(),
            leads=store.all_leads(),
            intervals=store.intervals,
            orders=store.orders,
            agents=agents,
            lists={number: name for name, number in loaded.list_ids.items()},
            shifts=[Shift(agent_id=agent, began_at=begin, ended_at=end) for agent, begin, end in planned],
            period=period,
        )

    async def history_of(zone: str, began: float, ended: float) -> History:
        return planning_history(
            zone=zone,
            attempts=store.all_attempts(),
            kind_of=kinds_of(loaded.leads),
            intervals=store.intervals,
            shifts=floor_plan.presences_of(began, ended),
        )

    return _Stage(
        store=store,
        campaign=plan.campaign,
        agents=agents,
        list_ids=loaded.list_ids,
        facts_of=facts_of,
        history_of=history_of,
    )


def _event_log(path: Path | None, files: ExitStack) -> list[Callable[[Event], None]]:
    """A listener that writes each event as a line, if a file is asked for."""
    if path is None:
        return []
    try:
        log: TextIO = files.enter_context(path.open("w", encoding="utf-8", newline="\n"))
    except OSError as error:
        raise BadInput(f"The event log {path} cannot be written: {error.strerror}.") from None
    return [lambda event: print(event.line(), file=log)]
