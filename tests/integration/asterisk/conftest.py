"""A real Asterisk under test, a second one as the people and the agents' telephones, and an ear for what happens."""

from __future__ import annotations

import asyncio
import contextlib
import itertools
import os
import socket
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from tests.support.far_asterisk import FarAsterisk, Parties, free_port, loudness, tone_share

from callwright.adapters.asterisk.ari import AriAddress
from callwright.adapters.asterisk.media import MediaServer
from callwright.adapters.asterisk.network import AsteriskNetwork
from callwright.adapters.asterisk.plan import AgentLine, SipTrunk, TelephonePlan
from callwright.adapters.asterisk.process import AsteriskProcess
from callwright.adapters.asterisk.prompts import Prompts
from callwright.adapters.asterisk.root import AsteriskRoot, find_root
from callwright.adapters.postgres.embedded import default_home
from callwright.compliance.permit import _SEAL, DialPermit
from callwright.dialer.network import Originate
from callwright.dialer.ports import Trunk
from callwright.kit.errors import CallwrightError
from callwright.kit.loop_clock import LoopClock

OURS, THEIRS = "127.0.0.1", "127.0.0.21"
SECRET = "only for this test run"
OUR_FAX = "+12025550199"
_instances = itertools.count(1)  # other modules that take these fixtures get processes of their own
_STRETCH_S = 0.5
TONES = {7: 880, 8: 660, 9: 1200}
"""The tone each agent's telephone sends, in Hz."""


@pytest.fixture(scope="session")
def asterisk_root() -> AsteriskRoot:
    from tests.conftest import missing

    try:
        return find_root(Path(os.environ.get("CALLWRIGHT_HOME") or default_home()))
    except CallwrightError as error:
        missing(str(error))
        raise


@pytest.fixture(scope="session")
def far(asterisk_root: AsteriskRoot) -> Iterator[FarAsterisk]:
    other = FarAsterisk(asterisk_root, f"far-{os.getpid()}-{next(_instances)}", host=THEIRS)
    other.media_port = free_port(host=THEIRS)
    other.start(caller=OURS, media_port=other.media_port)
    yield other
    other.stop()


@dataclass
class Telephone:
    """Our Asterisk and how to reach it."""

    process: AsteriskProcess
    plan: TelephonePlan
    media_port: int

    @property
    def address(self) -> AriAddress:
        return AriAddress(host=OURS, port=self.plan.http_port, secret=SECRET)


@pytest.fixture(scope="session")
def telephone(asterisk_root: AsteriskRoot, far: FarAsterisk) -> Iterator[Telephone]:
    media_port = free_port()
    plan = TelephonePlan(
        trunks=(
            SipTrunk(name="main", host=THEIRS, port=far.port, session_expires_s=0, rtp_timeout_s=0, match=(THEIRS,)),
        ),
        agents=tuple(
            AgentLine(agent_id=agent_id, contact=f"sip:agent{hertz:04d}@{THEIRS}:{far.port}")
            for agent_id, hertz in TONES.items()
        ),
        sip_bind=OURS,
        sip_port=free_port(socket.SOCK_DGRAM),
        rtp_ports=(20000, 21999),
        http_port=free_port(),
        ari_secret=SECRET,
        media_url=f"ws://{OURS}:{media_port}/media",
        fax_numbers=(OUR_FAX,),
        fax_header="Callwright Test",
    )
    process = AsteriskProcess(asterisk_root, f"test-{os.getpid()}-{next(_instances)}")
    process.configure(plan)
    process.start()
    yield Telephone(process, plan, media_port)
    process.remove()


@dataclass
class Ear:
    """A sink that notes everything; ``await until(name, ...)`` waits for an event with these first facts."""

    events: list[tuple[Any, ...]] = field(default_factory=list)
    at: list[float] = field(default_factory=list)

    def __getattr__(self, name: str) -> Callable[..., None]:
        if not name.startswith("on_"):
            raise AttributeError(name)

        def note(*facts: Any, **named: Any) -> None:
            self.events.append((name, *facts, *named.values()))
            self.at.append(time.time())

        return note

    async def until(self, name: str, *facts: Any, within_s: float = 10.0) -> tuple[Any, ...]:
        limit = time.monotonic() + within_s
        while True:
            for event in self.events:
                if event[: 1 + len(facts)] == (name, *facts):
                    return event
            assert time.monotonic() < limit, f"no {name} {facts} within {within_s} s: {self.events}"
            await asyncio.sleep(0.01)

    def when(self, *first: Any) -> float:
        """The last time such an event came."""
        return max(at for event, at in zip(self.events, self.at, strict=True) if event[: len(first)] == first)

    def count(self, name: str, *facts: Any) -> int:
        return sum(event[: 1 + len(facts)] == (name, *facts) for event in self.events)


class Recordings:
    """A recording sink that notes."""

    def __init__(self) -> None:
        self.begun: list[tuple[int, str, str]] = []
        self.done: list[tuple[int, str, str, float]] = []
        self.failed: list[tuple[int, str, str]] = []
        self._changed = asyncio.Event()

    def on_recording(self, attempt_id: int, side: str, name: str, at: float) -> None:
        self.begun.append((attempt_id, side, name))

    def on_recorded(self, attempt_id: int, side: str, name: str, seconds: float, at: float) -> None:
        self.done.append((attempt_id, side, name, seconds))
        self._changed.set()

    async def until_done(self, count: int, within_s: float = 5.0) -> None:
        async with asyncio.timeout(within_s):
            while len(self.done) < count:
                self._changed.clear()
                await self._changed.wait()

    def on_recording_failed(self, attempt_id: int, side: str, why: str) -> None:
        self.failed.append((attempt_id, side, why))


@dataclass
class Floor:
    """A network on the telephone, what it reports, and the other side."""

    network: AsteriskNetwork
    ear: Ear
    far: FarAsterisk
    telephone: Telephone
    recordings: Recordings
    next_id: int
    parties: Parties

    def dial(self, number: str, **order: Any) -> int:
        self.next_id += 1
        now = time.time()
        permit = DialPermit(
            number=number,
            lead_id=None,
            customer_id=None,
            campaign_id=1,
            at=now,
            valid_until_s=now + 5.0,
            packs="",
            digest="",
            seal=_SEAL,  # the network is under test here, not the rules
        )
        facts = {"trunk": "main", "caller_id": "+12025550100", "ring_timeout_s": 20.0, **order}
        self.network.originate(Originate(attempt_id=self.next_id, permit=permit, **facts))
        return self.next_id

    async def talk(self, number: str, agent_id: int = 7, **order: Any) -> int:
        """A person called and joined with an agent."""
        attempt_id = self.dial(number, **order)
        await self.ear.until("on_answered", attempt_id)
        self.network.join(attempt_id, agent_id)
        await self.ear.until("on_joined", attempt_id, agent_id)
        return attempt_id

    async def lines(self, *agents: int) -> None:
        for agent_id in agents:
            self.network.call_agent(agent_id)
        for agent_id in agents:
            await self.ear.until("on_agent_line", agent_id, True)

    async def hears(
        self,
        party: str,
        *tones: int,
        share: float = 0.9,
        never: Sequence[int] = (),
        loud: bool | None = None,
        within_s: float = 8.0,
    ) -> None:
        """Wait until a party hears these tones, each with so large a share of the sound's energy, those of ``never``
        not at all, and (``loud``) any sound or none, all through the last half second."""
        limit, said = time.monotonic() + within_s, "nothing yet"
        since = time.time()
        while True:
            await asyncio.sleep(0.1)
            now = time.time()
            if now - since > _STRETCH_S:
                heard = self.parties.by_name[party.lstrip("+")].sound(now - _STRETCH_S, now)
                shares = {hertz: round(tone_share(heard, hertz), 3) for hertz in (*tones, *never)}
                said = f"{party}: {shares}, loudness {loudness(heard):.0f}, {len(heard) / 8000:.2f} s"
                if (
                    (loud is False or len(heard) >= _STRETCH_S * 8000 * 0.7)  # silence need not be sent
                    and all(shares[hertz] > share for hertz in tones)
                    and all(shares[hertz] < 0.05 for hertz in never)
                    and (loud is None or (loudness(heard) > 40.0) == loud)
                ):
                    return
            assert time.monotonic() < limit, said


Scenario = Callable[[Floor], Awaitable[None]]
_ids = iter(range(1_000, 10_000_000, 1_000))


@pytest.fixture
def on_floor(telephone: Telephone, far: FarAsterisk) -> Callable[..., None]:
    """``on_floor(scenario)`` runs an async scenario against the real telephone; nothing may be left afterwards."""

    def run(scenario: Scenario, **options: Any) -> None:
        async def main() -> None:
            async with _floor(telephone, far, **options) as floor:
                await scenario(floor)

        asyncio.run(main())

    return run


@contextlib.asynccontextmanager
async def _floor(telephone: Telephone, far: FarAsterisk, **options: Any) -> AsyncIterator[Floor]:
    media = MediaServer(user="callwright", secret=SECRET, port=telephone.media_port)
    await media.start()
    parties = Parties(far.host, far.media_port)
    await parties.start()
    prompts = Prompts(telephone.process.root, telephone.process.sounds)
    await asyncio.to_thread(prompts.prepare, {"offer": "This is a short message for you."})
    recordings = Recordings()
    network = AsteriskNetwork(
        address=telephone.address,
        plan=telephone.plan,
        trunks=[Trunk(name="main", channels=100, calls_per_s=100.0)],
        clock=LoopClock(asyncio.get_running_loop()),
        prompts=prompts,
        media=media,
        recordings=recordings,
        faxes=telephone.process.faxes,
        **options,
    )
    ear = Ear()
    network.listen(ear)  # type: ignore[arg-type]  # it notes whatever it is told
    await network.start()
    floor = Floor(network, ear, far, telephone, recordings, next(_ids), parties)
    try:
        yield floor
        await _cleared(floor)
    finally:
        await floor.network.close()
        await media.close()
        await parties.close()


async def _cleared(floor: Floor) -> None:
    """End everything and see that Asterisk holds nothing any more."""
    for live in await floor.network.live_calls():
        floor.network.hang_up(live.attempt_id)
    for agent_id in TONES:
        floor.network.release_agent(agent_id)
    limit = time.monotonic() + 8.0
    while True:
        channels = await floor.network.switch.client.get("/channels")
        bridges = await floor.network.switch.client.get("/bridges")
        if not channels and not bridges:
            return
        assert time.monotonic() < limit, f"left over: {[c['id'] for c in channels]} {[b['id'] for b in bridges]}"
        await asyncio.sleep(0.05)
