"""Two real Asterisks on loopback: ours, commanded by the adapter, and the far side whose people speak in tones."""

from __future__ import annotations

import asyncio
import secrets
import socket
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from picows import WSListener, WSUpgradeRequest

from callwright.adapters.asterisk.ari import AriAddress
from callwright.adapters.asterisk.media import MediaSession
from callwright.adapters.asterisk.network import AsteriskNetwork
from callwright.adapters.asterisk.plan import SipTrunk, TelephonePlan
from callwright.adapters.asterisk.process import AsteriskProcess
from callwright.adapters.asterisk.prompts import Prompts
from callwright.adapters.asterisk.root import AsteriskRoot
from callwright.dialer.ports import Trunk
from callwright.kit.loop_clock import LoopClock
from callwright.web.phones import SwitchPhones
from support.far_asterisk import RATE, FarAsterisk, Parties, Party, free_port, tone_share

HOME = Path("/var/lib/callwright")
TRUNK = Trunk(name="far", channels=50, calls_per_s=50.0)
OURS, FAR = "127.0.0.1", "127.0.0.2"


_PIECE_S = 8.0
"""So much tone is sent at once; the switch takes eighteen seconds ahead at most."""


class Talker(Party):
    """A person who sends their tone as long as the call lasts."""

    def on_media_start(self, session: MediaSession) -> None:
        self.session = session
        self._go_on()

    def _go_on(self) -> None:
        if self.session is None:
            return
        at = np.arange(round(RATE * _PIECE_S)) / RATE
        self.session.send((np.sin(2 * np.pi * self._hertz * at) * 8000).astype("<i2").tobytes())
        asyncio.get_running_loop().call_later(_PIECE_S - 0.5, self._go_on)


class Talkers(Parties):
    """Everybody on the far side; what they hear is known at once, with the instant of each frame."""

    def _accept(self, request: WSUpgradeRequest) -> WSListener | None:
        session = super()._accept(request)
        party = getattr(session, "party", None)
        if party is not None:
            session.party = self.by_name[party.name] = Talker(party.name)
        return session

    def sound(self, party: str, seconds: float = 1.0) -> np.ndarray:
        """What a party has heard in the last ``seconds``."""
        known = self.by_name.get(party.lstrip("+"))
        now = time.time()
        return known.sound(now - seconds, now) if known is not None else np.zeros(0)


@dataclass
class Telephone:
    network: AsteriskNetwork
    phones: SwitchPhones
    process: AsteriskProcess
    far: Talkers


@asynccontextmanager
async def telephone(root: AsteriskRoot) -> AsyncIterator[Telephone]:
    """Start both, connect the adapter; end them afterwards."""
    mark = secrets.token_hex(4)
    far = FarAsterisk(root, f"people-{mark}", host=FAR)
    media_port = free_port(host=FAR)
    talkers = Talkers(FAR, media_port)
    secret, http_port = secrets.token_urlsafe(16), free_port()
    first = 20000 + int(mark[:2], 16) * 32
    plan = TelephonePlan(
        trunks=(SipTrunk(name="far", host=FAR, port=far.port, match=(FAR,)),),
        sip_port=free_port(socket.SOCK_DGRAM),
        http_port=http_port,
        rtp_ports=(first, first + 200),
        ari_secret=secret,
        ice_host=dict.fromkeys(_own_addresses(), OURS),
    )
    process = AsteriskProcess(root, f"desk-{mark}")
    process.configure(plan)
    try:
        await talkers.start()
        await asyncio.gather(
            asyncio.to_thread(process.start), asyncio.to_thread(far.start, caller=OURS, media_port=media_port)
        )
        network = AsteriskNetwork(
            address=AriAddress(port=http_port, secret=secret),
            plan=plan,
            trunks=[TRUNK],
            clock=LoopClock(asyncio.get_running_loop()),
            prompts=Prompts(root, process.sounds),
        )
        await network.start()
        try:
            phones = SwitchPhones(network.agent_lines.provide_phone, url=f"ws://{OURS}:{http_port}/ws")
            yield Telephone(network, phones, process, talkers)
        finally:
            await network.close()
    finally:
        await asyncio.to_thread(process.remove)
        await talkers.close()
        await asyncio.to_thread(far.stop)


def _own_addresses() -> list[str]:
    """The addresses of this machine that Asterisk would offer browsers, but that sandboxed browsers do not reach."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        try:
            probe.connect(("192.0.2.1", 9))  # nothing is sent
        except OSError:
            return []
        return [str(probe.getsockname()[0])]


__all__ = ["HOME", "TRUNK", "Telephone", "telephone", "tone_share"]
