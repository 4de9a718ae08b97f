"""Two real Asterisks on loopback: ours, commanded by the adapter, and the far side whose people speak in tones."""

from __future__ import annotations

import asyncio
import secrets
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from callwright.adapters.asterisk.ari import AriAddress
from callwright.adapters.asterisk.network import AsteriskNetwork
from callwright.adapters.asterisk.plan import SipTrunk, TelephonePlan
from callwright.adapters.asterisk.process import AsteriskProcess
from callwright.adapters.asterisk.prompts import Prompts
from callwright.adapters.asterisk.root import AsteriskRoot
from callwright.dialer.ports import Trunk
from callwright.kit.loop_clock import LoopClock
from callwright.web.phones import SwitchPhones
from support.tones import tone, wav, write

HOME = Path("/var/lib/callwright")
TRUNK = Trunk(name="far", channels=50, calls_per_s=50.0)
OURS, FAR = "127.0.0.1", "127.0.0.2"


RATE = 8000
TONES = (440, 620, 820)
_PEOPLE = """[general]
static=yes
[globals]
[callwright-from-trunk]
; +1FFF7......: answers, sends FFF Hz, writes down what it hears
exten => _+1XXX7.,1,Ringing()
 same => n,Wait(0.2)
 same => n,Answer()
 same => n,MixMonitor(HEARD/${EXTEN:1}-both.wav,r(HEARD/${EXTEN:1}.wav))
 same => n,Playback(HEARD/tone-${EXTEN:2:3})
 same => n,Hangup()
"""


class FarPeople:
    """An Asterisk of people who each send a tone, and write down what they hear: ``+1 440 7000001`` sends 440 Hz."""

    def __init__(self, root: AsteriskRoot, name: str) -> None:
        self.port = free_port(socket.SOCK_DGRAM, FAR)
        self.process = AsteriskProcess(root, name)
        inside = self.process.places.spool / "heard"
        self._heard = root.inside(inside)
        self._dialplan = _PEOPLE.replace("HEARD", str(inside))

    def start(self) -> None:
        plan = TelephonePlan(
            trunks=(SipTrunk(name="callwright", host=OURS, match=(OURS,), session_expires_s=0, rtp_timeout_s=0),),
            sip_bind=FAR,
            sip_port=self.port,
            media_address=FAR,
            http_bind=FAR,
            http_port=free_port(host=FAR),
            ari_secret=secrets.token_urlsafe(16),
        )
        self._heard.mkdir(parents=True, exist_ok=True)
        for hertz in TONES:
            write(self._heard / f"tone-{hertz}.wav", wav(tone(hertz, 120.0)))
        self.process.configure(plan, others={"extensions.conf": self._dialplan})
        self.process.start()

    def sound(self, party: str) -> np.ndarray:
        """All that a party has heard, as far as it has reached the disk (that is some seconds late)."""
        file = self._heard / f"{party.lstrip('+')}.wav"
        raw = file.read_bytes()[44:] if file.exists() else b""
        return np.frombuffer(raw[: len(raw) // 2 * 2], dtype="<i2").astype(float)


def tone_share(samples: np.ndarray, hertz: float) -> float:
    """Which share of a sound's energy is at ``hertz`` (+- 15 Hz); 0 for silence."""
    if len(samples) < RATE // 10 or float(np.sqrt(np.mean(samples**2))) < 30.0:
        return 0.0
    spectrum = np.abs(np.fft.rfft(samples * np.hanning(len(samples)))) ** 2
    at = np.fft.rfftfreq(len(samples), 1 / RATE)
    return float(spectrum[np.abs(at - hertz) < 15.0].sum() / spectrum.sum())


def free_port(kind: int = socket.SOCK_STREAM, host: str = "127.0.0.1") -> int:
    with socket.socket(socket.AF_INET, kind) as probe:
        probe.bind((host, 0))
        return int(probe.getsockname()[1])


@dataclass
class Telephone:
    network: AsteriskNetwork
    phones: SwitchPhones
    process: AsteriskProcess
    far: FarPeople


@asynccontextmanager
async def telephone(root: AsteriskRoot) -> AsyncIterator[Telephone]:
    """Start both, connect the adapter; end them afterwards."""
    mark = secrets.token_hex(4)
    far = FarPeople(root, f"people-{mark}")
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
        await asyncio.gather(asyncio.to_thread(process.start), asyncio.to_thread(far.start))
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
            yield Telephone(network, phones, process, far)
        finally:
            await network.close()
    finally:
        await asyncio.to_thread(process.remove)
        await asyncio.to_thread(far.process.remove)


def _own_addresses() -> list[str]:
    """The addresses of this machine that Asterisk would offer browsers, but that sandboxed browsers do not reach."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        try:
            probe.connect(("192.0.2.1", 9))  # nothing is sent
        except OSError:
            return []
        return [str(probe.getsockname()[0])]
