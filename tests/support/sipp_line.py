"""A real telephone for tests: one Asterisk of ours, and SIPp as the carrier with the people called and the agents.

Started once, used by many: each user brings a network of its own (``connected``) and leaves nothing behind.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import secrets
import socket
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path
from typing import Any

from callwright.adapters.asterisk.ari import AriAddress
from callwright.adapters.asterisk.media import MediaServer
from callwright.adapters.asterisk.network import AsteriskNetwork
from callwright.adapters.asterisk.plan import AgentLine, SipTrunk, TelephonePlan
from callwright.adapters.asterisk.process import AsteriskProcess
from callwright.adapters.asterisk.prompts import Prompts
from callwright.adapters.asterisk.root import find_root
from callwright.adapters.postgres.embedded import default_home
from callwright.adapters.sipp.agents import SippAgents
from callwright.adapters.sipp.behaviour import Behaviour
from callwright.adapters.sipp.people import SippPeople
from callwright.adapters.sipp.process import free_port
from callwright.adapters.sipp.sounds import SOUNDS, SoundShop, make
from callwright.dialer.network import NetworkSink
from callwright.dialer.ports import Trunk
from callwright.kit.loop_clock import LoopClock
from callwright.model.outcome import Media
from callwright.robot.announcements import AnnouncementBook, teach
from callwright.robot.hearing import Hearing
from callwright.robot.sound import pcm_of_ulaw

CARRIER, AGENTS = "127.0.0.41", "127.0.0.42"
TAUGHT = {
    "switched_off": Media.ANNOUNCED_SWITCHED_OFF,
    "unreachable": Media.ANNOUNCED_UNREACHABLE,
    "suspended": Media.ANNOUNCED_SUSPENDED,
    "no_such_number": Media.ANNOUNCED_NO_SUCH_NUMBER,
    "screening": Media.SCREENING,
}
"""What each announcement means, as an operator teaches it."""
OFFER = "We have an offer for you. Press one if you like it, or nine if you never want to hear of it again."


class Recordings:
    """A sink that notes what is recorded."""

    def __init__(self) -> None:
        self.events: list[tuple[Any, ...]] = []

    def on_recording(self, attempt_id: int, side: str, name: str, at: float) -> None:
        self.events.append((attempt_id, "recording", side))

    def on_recorded(self, attempt_id: int, side: str, name: str, seconds: float, at: float) -> None:
        self.events.append((attempt_id, "recorded", side, seconds))

    def on_recording_failed(self, attempt_id: int, side: str, why: str) -> None:
        self.events.append((attempt_id, "failed", side, why))


class SippLine:
    """Asterisk with trunks to SIPp. Raises NotFound where either is not on this machine."""

    def __init__(
        self,
        people: Mapping[str, Sequence[Behaviour]],
        trunks: Sequence[Trunk],
        *,
        agent_ids: Sequence[int],
        cache: Path,
    ) -> None:
        self.root = find_root(default_home())
        self.trunks = trunks
        self.sounds = make(cache, SoundShop(self.root), SOUNDS)
        self.people = SippPeople(CARRIER, people, self.sounds)
        self.agents = SippAgents(AGENTS, self.sounds["agent"])
        self._media_port = _free_tcp_port()
        self.plan = TelephonePlan(
            trunks=tuple(
                SipTrunk(name=trunk.name, host=CARRIER, port=self.people.port, session_expires_s=0) for trunk in trunks
            ),
            agents=tuple(AgentLine(agent_id=id, contact=self.agents.contact(id)) for id in agent_ids),
            sip_port=free_port("127.0.0.1"),
            rtp_ports=(20000 + os.getpid() % 20 * 1000, 20998 + os.getpid() % 20 * 1000),
            http_port=_free_tcp_port(),
            ari_secret=secrets.token_urlsafe(16),
            media_url=f"ws://127.0.0.1:{self._media_port}/media",
        )
        self.asterisk = AsteriskProcess(self.root, f"sipp-line-{os.getpid()}")
        self.book = AnnouncementBook(
            teach(pcm_of_ulaw(self.sounds[name].read_bytes()), name=name, media=media) for name, media in TAUGHT.items()
        )

    def start(self) -> None:
        self.people.start()
        self.agents.start()
        self.asterisk.configure(self.plan)
        self.prompts = Prompts(self.root, self.asterisk.sounds)
        self.prompts.prepare({"offer": OFFER, "notice": "Please wait."})
        self.asterisk.start()

    def stop(self) -> None:
        with contextlib.ExitStack() as stack:
            for end in (self.asterisk.remove, self.agents.stop, self.people.stop):
                stack.callback(end)

    @asynccontextmanager
    async def connected(self, sink: NetworkSink) -> AsyncIterator[AsteriskNetwork]:
        """A network that reports to ``sink``. Afterwards no channel is left."""
        plan = self.plan
        media = MediaServer(user=plan.ari_user, secret=plan.ari_secret, port=self._media_port)
        await media.start()
        network = AsteriskNetwork(
            address=AriAddress(port=plan.http_port, user=plan.ari_user, secret=plan.ari_secret),
            plan=plan,
            trunks=self.trunks,
            clock=LoopClock(asyncio.get_running_loop()),
            prompts=self.prompts,
            media=media,
            make_hearing=lambda: Hearing(announcements=self.book),
            recordings=Recordings(),
        )
        network.listen(sink)
        left: list[str] = []
        async with AsyncExitStack() as stack:
            stack.push_async_callback(media.close)
            stack.push_async_callback(network.close)
            await network.start()
            try:
                yield network
            finally:
                self.people.stop_callers()
                for line in list(network.switch.lines):
                    network.release_agent(line)
                left = await self._clear(network)
        assert not left, f"channels were left behind: {left}"

    async def _clear(self, network: AsteriskNetwork) -> list[str]:
        """Hang everything up; what is still there after a while."""
        left: list[str] = []
        for step in range(60):
            left = [str(channel["id"]) for channel in await network.switch.client.get("/channels")]
            if not left:
                return left
            if step % 10 == 0:
                for name in left:
                    await network.switch.client.ask("DELETE", f"/channels/{name}")
            await asyncio.sleep(0.05)
        return left


def _free_tcp_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
