"""``callwright run --sample --telephony asterisk``: the sample campaign over a real Asterisk, with SIPp as the carrier.

Real SIP and RTP on loopback addresses; the dialer, the rules, the database and the report are those of every run. Real
calls take real seconds, so the floor's clock runs faster than life, and the people live as much faster: what that
changes is said in the output, and in docs/telephone.md.
"""

from __future__ import annotations

import asyncio
import contextlib
import inspect
import os
import random
import secrets
import socket
import statistics
import time
from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, cast

from callwright.adapters.asterisk.ari import AriAddress
from callwright.adapters.asterisk.media import MediaServer
from callwright.adapters.asterisk.network import AsteriskNetwork
from callwright.adapters.asterisk.plan import AgentLine, SipTrunk, TelephonePlan
from callwright.adapters.asterisk.process import AsteriskProcess
from callwright.adapters.asterisk.prompts import Prompts
from callwright.adapters.asterisk.root import AsteriskRoot, find_root
from callwright.adapters.sipp.agents import SippAgents
from callwright.adapters.sipp.people import SippPeople
from callwright.adapters.sipp.process import free_port
from callwright.adapters.sipp.sounds import SOUNDS, SoundShop, make
from callwright.app import board, simulated
from callwright.app.asterisk_service import home_of
from callwright.app.board_state import BoardKeeper, probe_of
from callwright.app.database import Filled, fill, open_database
from callwright.app.desk_run import ends_on_signals
from callwright.app.options import RunOptions
from callwright.app.rehearsal import Rehearsed, load_lists
from callwright.app.rehearsed import print_report
from callwright.app.running import Latest, account, plan_run, shown
from callwright.app.running_words import say
from callwright.app.settings import Settings
from callwright.app.telephone_people import TelephonePeople
from callwright.dialer import hopper
from callwright.dialer.network import Network
from callwright.dialer.ports import Trunk
from callwright.dialer.service import LEASE_S, Dialer
from callwright.dialer.state import CampaignRun
from callwright.kit.errors import StoreUnavailable
from callwright.kit.scaled_clock import ScaledClock
from callwright.model.outcome import Media
from callwright.robot import AnnouncementBook, Hearing, teach
from callwright.robot.sound import pcm_of_ulaw
from callwright.sim.agents import SimAgents
from callwright.sim.fates import Population
from callwright.sim.floor import FloorPlan

SPEED = 10.0
PEOPLE, AGENTS = 200, 15
CARRIER, TELEPHONES = "127.0.0.51", "127.0.0.52"
FLUSH_S = 2.0
"""Of the floor's seconds: the journal is committed several times in each real second."""
_BRIEF = "sample_brief"
_LOOK_S = 0.005
_PREFIX = "sample-"
TAUGHT = {
    "switched_off": Media.ANNOUNCED_SWITCHED_OFF,
    "unreachable": Media.ANNOUNCED_UNREACHABLE,
    "suspended": Media.ANNOUNCED_SUSPENDED,
    "no_such_number": Media.ANNOUNCED_NO_SUCH_NUMBER,
}
"""What the carrier's announcements mean, as an operator would teach it (callwright detection teach)."""


@dataclass(frozen=True, kw_only=True, slots=True)
class OnTheWire:
    """What was real about a run: as the switch and the wire counted it."""

    asterisk: str
    speed: float
    dials: int
    answers: int
    talks: int
    switch_calls: int  # as Asterisk counts them, agents' lines included
    joins_s: Sequence[float]
    real_s: float
    skipped_s: float

    @property
    def join_ms(self) -> tuple[float, float]:
        """Median and 95th percentile from the answer to agent and person together, in real milliseconds."""
        if len(self.joins_s) < 2:
            return (0.0, 0.0)
        cuts = statistics.quantiles(self.joins_s, n=20, method="inclusive")
        return (cuts[9] * 1000.0, cuts[18] * 1000.0)


def run_sample(options: RunOptions, settings: Settings) -> None:
    """Run, show, report."""
    language, latest = settings.language, Latest()
    speed = options.speed or SPEED
    print(say("telephone_begin", language).format(speed=speed), flush=True)
    with shown(latest, options, language):
        rehearsed, wire, place, name = asyncio.run(run_floor(options, settings, latest=latest, speed=speed))
    print_report(rehearsed, language)
    median, high = wire.join_ms
    print(
        say("telephone_end", language).format(
            asterisk=wire.asterisk,
            speed=wire.speed,
            dials=wire.dials,
            answers=wire.answers,
            talks=wire.talks,
            calls=wire.switch_calls,
            median=median,
            high=high,
            real=wire.real_s,
            skipped=wire.skipped_s / 3600.0,
        )
    )
    print(say("data", language).format(place=place))
    print(say("next", language).format(name=name))


async def run_floor(
    options: RunOptions,
    settings: Settings,
    *,
    latest: Latest | None = None,
    speed: float = SPEED,
    people: int = PEOPLE,
    agents: int = AGENTS,
) -> tuple[Rehearsed, OnTheWire, str, str]:
    """The run itself: (its account, what was on the wire, the database's place, the campaign's name)."""
    began = time.perf_counter()
    async with AsyncExitStack() as opened:
        database = await opened.enter_async_context(open_database(settings))
        start, plan = await plan_run(database, options, settings, people=people, agents=agents)
        loaded = load_lists(plan, start)
        zone = simulated.main_zone(loaded.leads)
        floor_plan = simulated.floor_of(options, plan, zone)
        population, warnings = simulated.people_of(options, plan, loaded.leads, zone)
        filled = await fill(database, plan, agents=floor_plan.agents(), trunks=plan.trunks, now=start)
        clock = ScaledClock(asyncio.get_running_loop(), speed, start)
        opened.callback(clock.close)
        telephone = await opened.enter_async_context(
            _telephone(settings, clock, filled, plan.trunks, population, options.seed)
        )
        store = Quiet(database.store)
        dialer, run = await _compose(clock, store, filled, plan.trunks, floor_plan, telephone.people, options)
        keeper = BoardKeeper(campaign=filled.campaign, abandon_limit=run.rule.limit, probe=probe_of(run), now=clock.now)
        dialer.listeners.append(keeper)
        helpers = [asyncio.create_task(_hurry(clock, dialer, store), name="hurry")]
        if latest is not None:
            helpers.append(asyncio.create_task(_show(dialer, run, keeper, latest), name="show"))
        try:
            with ends_on_signals(dialer):
                await dialer.run()
        finally:
            for helper in helpers:
                helper.cancel()
            await asyncio.gather(*helpers, return_exceptions=True)
        keeper.finished = True
        if latest is not None:
            latest.take(keeper.snapshot())
        end = clock.now()
        rehearsed = await account(
            database, filled, plan, floor_plan, run, seed=options.seed, start=start, end=end, loaded=loaded
        )
        real_s = time.perf_counter() - began
        rehearsed = replace(rehearsed, warnings=(*warnings, *rehearsed.warnings), wall_s=real_s)
        return rehearsed, await telephone.on_the_wire(clock, real_s), database.place, filled.campaign.name


async def _compose(
    clock: ScaledClock,
    store: Quiet,
    filled: Filled,
    trunks: Sequence[Trunk],
    floor_plan: FloorPlan,
    people: TelephonePeople,
    options: RunOptions,
) -> tuple[Dialer, CampaignRun]:
    staff = SimAgents(clock, random.Random(options.seed), people, floor_plan, agents=filled.agents)
    dialer = Dialer(
        clock=clock,
        store=cast(Any, store),
        network=cast(Network, people),
        screens=staff,
        book=simulated.rule_book(),
        trunks=trunks,
        owner=f"sample {os.getpid()}",
        flush_s=FLUSH_S,
        lease_s=LEASE_S * clock.speed,
    )
    dialer.add_agents(filled.agents)
    run = await dialer.add_campaign(filled.campaign, list_ids=dict(filled.list_ids))
    staff.start(dialer, {filled.campaign.name: filled.campaign.id})
    return dialer, run


# --- time ---------------------------------------------------------------------------------------------------------


class Quiet:
    """The store, which says whether it is at work: time must not jump while it is."""

    def __init__(self, inner: Any) -> None:
        self._inner = inner
        self.at_work = 0

    def __getattr__(self, name: str) -> Any:
        attribute = getattr(self._inner, name)
        if not inspect.iscoroutinefunction(attribute):
            return attribute

        async def counted(*args: Any, **kwargs: Any) -> Any:
            self.at_work += 1
            try:
                return await attribute(*args, **kwargs)
            finally:
                self.at_work -= 1

        setattr(self, name, counted)
        return counted


async def _hurry(clock: ScaledClock, dialer: Dialer, store: Quiet) -> None:
    """Leave out the time in which no call is under way."""
    while True:
        if dialer.floor.calls or store.at_work:
            await asyncio.sleep(_LOOK_S)
            continue
        for _ in range(4):  # whatever the last timer has begun comes so far as to be seen
            await asyncio.sleep(0)
        if not (dialer.floor.calls or store.at_work):
            clock.skip()


async def _show(dialer: Dialer, run: CampaignRun, keeper: BoardKeeper, latest: Latest) -> None:
    while True:
        with contextlib.suppress(StoreUnavailable):
            await hopper.look_at_progress(dialer.floor, run)
        latest.take(keeper.snapshot())
        await asyncio.sleep(board.REFRESH_S)


# --- the telephone ------------------------------------------------------------------------------------------------


@dataclass(kw_only=True, slots=True, eq=False)
class _Telephone:
    people: TelephonePeople
    asterisk: AsteriskProcess

    async def on_the_wire(self, clock: ScaledClock, real_s: float) -> OnTheWire:
        said = await asyncio.to_thread(self.asterisk.console, "core show channels count")
        processed = next((line.split()[0] for line in said.splitlines() if "processed" in line), "0")
        counts = self.people.counts
        return OnTheWire(
            asterisk=".".join(map(str, self.asterisk.root.version)),
            speed=clock.speed,
            dials=counts["dials"],
            answers=counts["answers"],
            talks=counts["talks"],
            switch_calls=int(processed),
            joins_s=tuple(self.people.joins_s),
            real_s=real_s,
            skipped_s=clock.skipped_s,
        )


@asynccontextmanager
async def _telephone(
    settings: Settings,
    clock: ScaledClock,
    filled: Filled,
    trunks: Sequence[Trunk],
    population: Population,
    seed: int,
) -> AsyncIterator[_Telephone]:
    """Asterisk and SIPp of this run, started and ended with it."""
    root = await asyncio.to_thread(find_root, home_of(settings))
    async with AsyncExitStack() as opened:
        directory = Path(opened.enter_context(TemporaryDirectory(prefix="callwright-sounds-")))
        sounds = await asyncio.to_thread(make, directory, SoundShop(root), SOUNDS)
        sipp = SippPeople(CARRIER, {}, sounds)
        opened.callback(sipp.stop)
        telephones = SippAgents(TELEPHONES, sounds["agent"])
        opened.callback(telephones.stop)
        secret = secrets.token_urlsafe(16)
        media = MediaServer(user="callwright", secret=secret)
        media_port = await media.start()
        opened.push_async_callback(media.close)
        plan = TelephonePlan(
            trunks=tuple(
                SipTrunk(name=trunk.name, host=CARRIER, port=sipp.port, session_expires_s=0) for trunk in trunks
            ),
            agents=tuple(AgentLine(agent_id=a.id, contact=telephones.contact(a.id)) for a in filled.agents),
            sip_port=free_port("127.0.0.1"),
            rtp_ports=(30000, 39998),
            http_port=_free_tcp_port(),
            ari_secret=secret,
            media_url=f"ws://127.0.0.1:{media_port}/media",
        )
        _clear_away(root)
        asterisk = AsteriskProcess(root, f"{_PREFIX}{os.getpid()}")
        opened.callback(asterisk.remove)
        prompts = Prompts(root, asterisk.sounds)
        await asyncio.to_thread(_start, sipp, telephones, asterisk, plan, prompts)
        book = AnnouncementBook(
            teach(pcm_of_ulaw(sounds[name].read_bytes()), name=name, media=meaning) for name, meaning in TAUGHT.items()
        )
        network = AsteriskNetwork(
            address=AriAddress(port=plan.http_port, user=plan.ari_user, secret=secret),
            plan=plan,
            trunks=trunks,
            clock=clock,
            prompts=prompts,
            media=media,
            make_hearing=lambda: Hearing(announcements=book),
        )
        people = TelephonePeople(network, sipp, population, clock, speed=clock.speed, seed=seed, brief=_BRIEF)
        await network.start()
        opened.push_async_callback(network.close)
        yield _Telephone(people=people, asterisk=asterisk)


def _start(
    sipp: SippPeople, telephones: SippAgents, asterisk: AsteriskProcess, plan: TelephonePlan, prompts: Prompts
) -> None:
    for each in (sipp, telephones):
        each.apart = True
        each.start()
    asterisk.configure(plan)
    prompts.prepare({_BRIEF: "Sorry."})
    asterisk.start(detached=True)  # Ctrl-C is for us; we end it


def _clear_away(root: AsteriskRoot) -> None:
    """What runs that were killed have left running."""
    for place in root.inside("/srv/callwright").glob(f"{_PREFIX}*"):
        owner = place.name.removeprefix(_PREFIX)
        if owner.isdigit() and not Path(f"/proc/{owner}").exists():
            AsteriskProcess(root, place.name).remove()


def _free_tcp_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
