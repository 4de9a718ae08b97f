"""``callwright run``: a campaign on this installation's database and the simulated network, live on the board.

The floor runs on the same virtual clock as a rehearsal, held back to a pace one can watch; the hours in which nothing
happens pass at once. What it writes stays: the campaign goes on where an interrupted run left it.
"""

from __future__ import annotations

import asyncio
import contextlib
import signal
import sys
import threading
import time
from collections import Counter
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import replace

from rich.console import Console

from callwright.adapters.postgres import setup
from callwright.adapters.postgres.embedded import default_home
from callwright.analytics.facts import Period
from callwright.app import board, simulated
from callwright.app.board_state import BoardKeeper, BoardSnapshot, probe_of
from callwright.app.board_words import WORDS
from callwright.app.campaign_file import CampaignPlan, read_campaign
from callwright.app.database import Database, Filled, fill, open_database
from callwright.app.options import RunOptions
from callwright.app.rehearsal import FIRST_MONDAY, LoadedLists, Rehearsed, load_lists
from callwright.app.rehearsed import print_report
from callwright.app.running_words import say
from callwright.app.settings import Settings
from callwright.app.telephony_file import with_telephony
from callwright.dialer import hopper
from callwright.dialer.service import LEASE_S
from callwright.dialer.state import CampaignRun
from callwright.kit.errors import StoreUnavailable
from callwright.kit.words import LANGUAGES, Language
from callwright.sim.fates import Population
from callwright.sim.floor import FloorPlan
from callwright.sim.sample import DEFAULT_PEOPLE, write_sample
from callwright.sim.virtual_time import VirtualClock, run_virtual, stand_still
from callwright.web.server import serve_board

SAMPLE_SPEED = 180.0
SAMPLE_AGENTS = 30
FLUSH_S = 0.5
PACE_S = 0.05
"""Real seconds between two looks at the pace."""
_WEEK_S = 7 * 86400.0


def run(options: RunOptions, settings: Settings) -> None:
    """Run, show, report. Raises BadInput on a file that cannot be used, before anything runs."""
    language, speed = settings.language, options.speed or (SAMPLE_SPEED if options.campaign is None else 1.0)
    latest = Latest()
    with shown(latest, options, language):
        rehearsed, database_place, name = run_virtual(
            lambda clock: _run(clock, options, settings, speed, latest), FIRST_MONDAY
        )
    print_report(rehearsed, language)
    print(say("data", language).format(place=database_place))
    print(say("next", language).format(name=name))
    if not options.once:
        print(say("stay", language), flush=True)
        with contextlib.suppress(KeyboardInterrupt):
            signal.pause()


async def _run(
    clock: VirtualClock, options: RunOptions, settings: Settings, speed: float, latest: Latest
) -> tuple[Rehearsed, str, str]:
    loop, began = clock.loop, time.perf_counter()
    async with _outside(clock, open_database(settings)) as database:
        with loop.outside():
            start, plan = await plan_run(database, options, settings)
        loop.now = start
        loaded = load_lists(plan, start)
        leads = loaded.leads
        zone = simulated.main_zone(leads)
        floor_plan = simulated.floor_of(options, plan, zone)
        people, warnings = simulated.people_of(options, plan, leads, zone)
        with loop.outside():
            filled = await fill(database, plan, agents=floor_plan.agents(), trunks=plan.trunks, now=start)
        floor = await _compose(clock, database, filled, plan, floor_plan, people, options)
        keeper = BoardKeeper(
            campaign=filled.campaign, abandon_limit=floor.run.rule.limit, probe=probe_of(floor.run), now=clock.now
        )
        floor.dialer.listeners.append(keeper)
        pacer = asyncio.create_task(_pace(clock, floor, keeper, speed, latest), name="pace")
        try:
            await floor.dialer.run()
        finally:
            pacer.cancel()
            await asyncio.gather(pacer, return_exceptions=True)
        keeper.finished = True
        latest.take(keeper.snapshot())
        end, run_ = clock.now(), floor.run
        with loop.outside():
            rehearsed = await account(
                database, filled, plan, floor_plan, run_, seed=options.seed, start=start, end=end, loaded=loaded
            )
        rehearsed = replace(rehearsed, warnings=(*warnings, *rehearsed.warnings), wall_s=time.perf_counter() - began)
        return rehearsed, database.place, filled.campaign.name


async def account(
    database: Database,
    filled: Filled,
    plan: CampaignPlan,
    floor_plan: FloorPlan,
    run: CampaignRun,
    *,
    seed: int,
    start: float,
    end: float,
    loaded: LoadedLists,
) -> Rehearsed:
    """What a run that has ended came to, from the database."""
    await setup.add_shifts(database.store, floor_plan.presences_of(start, end), filled.agents)
    period = Period(from_at=start, until_at=max(end, start + 1.0))
    facts = await database.facts.load([filled.campaign.id], period)
    return Rehearsed(
        plan=replace(plan, campaign=filled.campaign),
        facts=facts,
        seed=seed,
        from_at=start,
        until_at=end,
        wall_s=0.0,
        attempts=run.dials,
        rule=run.rule,
        answers=run.window.answers,
        abandons=run.window.abandons,
        refusals=dict(Counter(run.refusals).most_common()),
        imports=loaded.reports,
        warnings=tuple(warning for report in loaded.reports for warning in report.warnings),
        redials=run.redials,
        open_leads=run.open_leads,
        run=run,
    )


async def _compose(
    clock: VirtualClock,
    database: Database,
    filled: Filled,
    plan: CampaignPlan,
    floor_plan: FloorPlan,
    people: Population,
    options: RunOptions,
) -> simulated.SimFloor:
    return await simulated.compose(
        clock=clock,
        store=stand_still(database.store, clock.loop),
        campaign=filled.campaign,
        trunks=plan.trunks,
        line_rules=plan.line_rules,
        people=people,
        floor_plan=floor_plan,
        agents=filled.agents,
        seed=options.seed,
        flush_s=FLUSH_S,
        lease_s=LEASE_S,
        list_ids=filled.list_ids,
    )


async def plan_run(
    database: Database,
    options: RunOptions,
    settings: Settings,
    *,
    people: int = DEFAULT_PEOPLE,
    agents: int = SAMPLE_AGENTS,
) -> tuple[float, CampaignPlan]:
    """When the simulated floor begins, and what it runs: a new week for what is new, else where it was left.

    ``people`` and ``agents`` are the sample's size.
    """
    last = await setup.last_activity(database.store)
    if options.campaign is None:
        number = await setup.count_campaigns(database.store, "sample") + 1
        directory = (settings.home or default_home()) / "samples" / f"{settings.language}-{number}"
        sample = write_sample(
            directory, language=settings.language, people=people, seed=options.seed + number - 1, agents=agents
        )
        plan = read_campaign(sample.campaign_file)
        name = f"sample {number}"
        lists = tuple(replace(part, name=f"{part.name} {number}") for part in plan.lists)
        plan = replace(plan, campaign=replace(plan.campaign, name=name, lists=(lists[0].name,)), lists=lists)
        return _new_week(last), plan
    plan = with_telephony(simulated.list_plans(options, read_campaign(options.campaign)), settings)
    simulated.rule_book().check_names(plan.campaign.packs)
    known = await database.store.campaign(plan.campaign.name)
    if known is not None and last is not None:
        return last + LEASE_S + 1.0, plan
    return plan.campaign.starts_at or _new_week(last), plan


def _new_week(last: float | None) -> float:
    """The first Monday 00:00 UTC of the simulated calendar after everything that happened before."""
    if last is None or last < FIRST_MONDAY:
        return FIRST_MONDAY
    return FIRST_MONDAY + ((last - FIRST_MONDAY) // _WEEK_S + 1) * _WEEK_S


class Latest:
    """The newest snapshot: written on the floor's thread, read by those that show it."""

    def __init__(self) -> None:
        self.snapshot: BoardSnapshot | None = None
        self.first = threading.Event()  # there is one, or there will be none

    def take(self, snapshot: BoardSnapshot) -> None:
        self.snapshot = snapshot
        self.first.set()


async def _pace(
    clock: VirtualClock, floor: simulated.SimFloor, keeper: BoardKeeper, speed: float, latest: Latest
) -> None:
    """Hold virtual time back to ``speed`` while calls are under way; refresh what the board shows."""
    shown_at, step = 0.0, PACE_S * speed
    due = time.monotonic()
    while True:
        now = time.monotonic()
        if now - shown_at >= board.REFRESH_S:
            shown_at = now
            with contextlib.suppress(StoreUnavailable):
                await hopper.look_at_progress(floor.dialer.floor, floor.run)
            latest.take(keeper.snapshot())
        if floor.dialer.floor.calls:
            due = max(due + PACE_S, now - 1.0)
            with clock.loop.outside():
                await asyncio.sleep(max(0.0, due - time.monotonic()))
        else:
            due = now
        await clock.sleep(step)


@contextmanager
def shown(latest: Latest, options: RunOptions, language: Language) -> Iterator[None]:
    """The board (and, if asked for, its page) on a thread of their own, so that the floor's time is not theirs."""
    console, ended = Console(), threading.Event()
    trouble: list[BaseException] = []

    async def display() -> None:
        await asyncio.to_thread(latest.first.wait)
        if latest.snapshot is None:
            return
        showing = asyncio.create_task(board.show(_the(latest), language, console))
        await asyncio.to_thread(ended.wait)
        showing.cancel()
        await asyncio.gather(showing, return_exceptions=True)

    async def serve() -> None:
        assert options.web_port is not None
        async with serve_board(
            lambda: latest.snapshot.as_dict() if latest.snapshot else {},
            {key: {spoken: words.say(spoken) for spoken in LANGUAGES} for key, words in WORDS.items()},
            language=language,
            port=options.web_port,
        ) as address:
            print(say("page", language).format(address=address), flush=True)
            serving.set()
            await asyncio.Event().wait()

    serving = threading.Event()

    def page() -> None:
        try:
            asyncio.run(serve())
        except BaseException as error:  # shown to the user on the main thread
            trouble.append(error)
            serving.set()

    if options.web_port is not None:
        threading.Thread(target=page, daemon=True, name="page").start()
        serving.wait()
        if trouble:
            raise trouble[0]
    screen = threading.Thread(target=lambda: asyncio.run(display()), name="board")
    screen.start()
    try:
        yield
    finally:
        ended.set()
        latest.first.set()
        screen.join()
        sys.stdout.flush()


def _the(latest: Latest) -> Callable[[], BoardSnapshot]:
    def newest() -> BoardSnapshot:
        assert latest.snapshot is not None
        return latest.snapshot

    return newest


@asynccontextmanager
async def _outside(
    clock: VirtualClock, opened: contextlib.AbstractAsyncContextManager[Database]
) -> AsyncIterator[Database]:
    """Enter and leave ``opened`` while virtual time stands still."""
    with clock.loop.outside():
        database = await opened.__aenter__()
    try:
        yield database
    finally:
        with clock.loop.outside():
            await opened.__aexit__(None, None, None)
