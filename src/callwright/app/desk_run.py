"""``callwright run --desk PORT``: a floor whose agents are people at the agents' page, in real time.

The dialer, the network and the web server share one event loop. Without telephones (the simulated network) the page
does everything but sound.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import random
import signal
import socket
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager, AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from typing import Any

from callwright.adapters.postgres import accounts
from callwright.app import simulated
from callwright.app.board_state import BoardKeeper, probe_of
from callwright.app.board_words import WORDS
from callwright.app.campaign_file import CampaignPlan, read_campaign
from callwright.app.database import Database, Filled, fill, open_database
from callwright.app.desk_sight import DeskSight
from callwright.app.options import RunOptions
from callwright.app.plan_process import PlanProcess
from callwright.app.rehearsal import load_lists
from callwright.app.running_words import say
from callwright.app.settings import Settings
from callwright.app.sole_owner import sole_owner
from callwright.app.telephony_file import with_telephony
from callwright.dialer.network import Network
from callwright.dialer.ports import LineRules, Trunk
from callwright.dialer.service import LEASE_S, Dialer
from callwright.dialer.state import CampaignRun
from callwright.kit.clock import Clock
from callwright.kit.errors import BadInput, Conflict
from callwright.kit.loop_clock import LoopClock
from callwright.kit.words import LANGUAGES
from callwright.model.agent import Agent
from callwright.sim.carrier import SimCarrier
from callwright.web import presence
from callwright.web.access import Access
from callwright.web.desk_app import LOOPBACK, guarded, make_app
from callwright.web.desk_parts import DeskParts
from callwright.web.floor_view import FloorView
from callwright.web.ports import NoPhones, Phones
from callwright.web.screens import AgentScreens
from callwright.web.server import serve_board
from callwright.web.serving import serving


@dataclass(kw_only=True, slots=True, eq=False)
class Telephone:
    """The network of a floor and its browsers' telephones. ``real``: the agents' lines carry sound."""

    network: Network
    trunks: Sequence[Trunk]
    phones: Phones
    real: bool = True


MakeTelephone = Callable[[Clock, RunOptions, Settings, CampaignPlan], AbstractAsyncContextManager[Telephone]]


def run_desk(options: RunOptions, settings: Settings, telephone: MakeTelephone | None = None) -> None:
    """Serve the agents' page and run the campaign until it is done (``--once``) or Ctrl-C.

    ``telephone`` opens the network to dial over; None: the simulated one.
    """
    if options.campaign is None:
        raise BadInput("The agents' page needs a campaign of yours: callwright run CAMPAIGN.toml --desk PORT.")
    if options.agents is not None or options.floor is not None or options.speed not in (None, 1.0):
        raise BadInput("With --desk the agents are people in real time: leave out --agents, --floor and --speed.")
    asyncio.run(_run(options, settings, telephone or simulated_telephone))


async def _run(options: RunOptions, settings: Settings, make_telephone: MakeTelephone) -> None:
    assert options.campaign is not None
    clock = LoopClock(asyncio.get_running_loop())
    plan = with_telephony(simulated.list_plans(options, read_campaign(options.campaign)), settings)
    simulated.rule_book().check_names(plan.campaign.packs)
    async with AsyncExitStack() as opened:
        owner = opened.enter_context(sole_owner(settings, plan.campaign.name))
        database = await opened.enter_async_context(open_database(settings))
        people = await staff(database) if options.desk_port is not None else []
        filled = await fill(database, plan, agents=(), trunks=plan.trunks, now=clock.now())
        telephone = await opened.enter_async_context(make_telephone(clock, options, settings, plan))
        screens = AgentScreens(clock.now)
        dialer = compose(clock, database, telephone, screens, people, plan.line_rules, owner)
        dialer.keep_running = not options.once
        run = await _start(dialer, filled, clock)
        if options.desk_port is not None:
            address = await opened.enter_async_context(
                serve_desk(dialer, screens, database, telephone, settings=settings, port=options.desk_port)
            )
            print(say("desk", settings.language).format(address=address), flush=True)
        if options.web_port is not None:
            page = await opened.enter_async_context(
                serve_board(
                    _board(dialer, run, clock), _board_words(), language=settings.language, port=options.web_port
                )
            )
            print(say("page", settings.language).format(address=page), flush=True)
        with ends_on_signals(dialer):
            await dialer.run()
        print(say("data", settings.language).format(place=database.place))
        print(say("next", settings.language).format(name=filled.campaign.name))


async def staff(database: Database) -> list[Agent]:
    """The agents who can sign in. Raises BadInput where there is none."""
    allowed = {row.id for row in await accounts.list_accounts(database.store) if row.signs_in}
    people = [agent for agent in await database.store.agents() if agent.id in allowed]
    if not people:
        raise BadInput(
            'Nobody can sign in yet: callwright agent add "NAME", callwright agent password "NAME", and run it again.'
        )
    return people


@asynccontextmanager
async def simulated_telephone(
    clock: Clock, options: RunOptions, settings: Settings, plan: CampaignPlan
) -> AsyncIterator[Telephone]:
    """The simulated carrier with the people of the truth file, or random ones."""
    leads = load_lists(plan, clock.now()).leads
    people, _ = simulated.people_of(options, plan, leads, simulated.main_zone(leads))
    trunks = tuple(plan.trunks) or (simulated.DEFAULT_TRUNK,)
    carrier = SimCarrier(clock, random.Random(options.seed), people, trunks)
    yield Telephone(network=carrier, trunks=trunks, phones=NoPhones(), real=False)


def compose(
    clock: Clock,
    database: Database,
    telephone: Telephone,
    screens: AgentScreens,
    people: Sequence[Agent],
    line_rules: LineRules | None = None,
    owner: str = "",
) -> Dialer:
    """The dialer of this floor, with its agents at their (empty) seats. ``owner``: see ``sole_owner``."""
    dialer = Dialer(
        clock=clock,
        store=database.store,
        network=telephone.network,
        screens=screens,
        book=simulated.rule_book(),
        trunks=telephone.trunks,
        line_rules=line_rules,
        owner=owner or f"desk {socket.gethostname()} {os.getpid()}",
    )
    dialer.listeners.append(screens)
    dialer.add_agents(people)
    return dialer


async def _start(dialer: Dialer, filled: Filled, clock: Clock) -> CampaignRun:
    """Start the campaign; the lease of a run that was killed is waited for."""
    patience = clock.now() + LEASE_S + 1.0
    while True:
        try:
            return await dialer.add_campaign(filled.campaign, list_ids=dict(filled.list_ids))
        except Conflict:
            if clock.now() > patience:
                raise
            await clock.sleep(0.5)


@asynccontextmanager
async def serve_desk(
    dialer: Dialer,
    screens: AgentScreens,
    database: Database,
    telephone: Telephone,
    *,
    settings: Settings,
    port: int,
) -> AsyncIterator[str]:
    """Serve the agents' and the leads' pages of a running floor; yields their address."""
    sight, now = DeskSight(dialer, telephones=telephone.real), dialer.floor.clock.now
    view = FloorView(sight, screens, now)
    parts = DeskParts(
        floor=dialer,
        sight=sight,
        screens=screens,
        view=view,
        access=Access(accounts.PostgresAccounts(database.store), now),
        phones=telephone.phones,
        plans=PlanProcess(settings),
        language=settings.language,
        secure=settings.desk_tls,
        now=now,
    )
    watching = asyncio.create_task(presence.watch(parts, now), name="presence")
    try:
        app = guarded(make_app(parts), names=(*LOOPBACK, *settings.desk_names))
        async with serving(app, port=port, host=settings.desk_host) as address:
            try:
                yield address
            finally:
                await parts.close()
    finally:
        watching.cancel()
        await asyncio.gather(watching, return_exceptions=True)


def _board(dialer: Dialer, run: CampaignRun, clock: Clock) -> Callable[[], Mapping[str, Any]]:
    keeper = BoardKeeper(campaign=run.campaign, abandon_limit=run.rule.limit, probe=probe_of(run), now=clock.now)
    dialer.listeners.append(keeper)
    return lambda: keeper.snapshot().as_dict()


def _board_words() -> Mapping[str, Mapping[Any, str]]:
    return {key: {spoken: words.say(spoken) for spoken in LANGUAGES} for key, words in WORDS.items()}


@contextlib.contextmanager
def ends_on_signals(dialer: Dialer) -> Any:
    """The first Ctrl-C (or SIGTERM) dials nobody further and lets talks end; the second ends at once."""
    loop, asked = asyncio.get_running_loop(), 0

    def asked_to_end() -> None:
        nonlocal asked
        asked += 1
        dialer.keep_running = False
        if asked == 1 and dialer.floor.calls:
            dialer.wind_down()
        else:
            dialer.stop()

    for each in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(each, asked_to_end)
    try:
        yield
    finally:
        for each in (signal.SIGINT, signal.SIGTERM):
            loop.remove_signal_handler(each)
