"""Two real Asterisks on loopback: ours, commanded by the adapter, and the far side whose people speak in tones."""

from __future__ import annotations

import asyncio
import secrets
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

from callwright.adapters.asterisk.ari import AriAddress
from callwright.adapters.asterisk.network import AsteriskNetwork
from callwright.adapters.asterisk.plan import SipTrunk, TelephonePlan
from callwright.adapters.asterisk.process import AsteriskProcess
from callwright.adapters.asterisk.prompts import Prompts
from callwright.adapters.asterisk.root import AsteriskRoot
from callwright.dialer.ports import Trunk
from callwright.kit.loop_clock import LoopClock
from callwright.web.phones import SwitchPhones
from support.far_asterisk import FarAsterisk, free_port

HOME = Path("/var/lib/callwright")
TRUNK = Trunk(name="far", channels=50, calls_per_s=50.0)
OURS, FAR = "127.0.0.1", "127.0.0.2"


@dataclass
class Telephone:
    network: AsteriskNetwork
    phones: SwitchPhones
    process: AsteriskProcess
    far: FarAsterisk


@asynccontextmanager
async def telephone(root: AsteriskRoot) -> AsyncIterator[Telephone]:
    """Start both, connect the adapter; end them afterwards."""
    mark = secrets.token_hex(4)
    far = FarAsterisk(root, f"far-{mark}", host=FAR)
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
        await asyncio.gather(asyncio.to_thread(process.start), asyncio.to_thread(far.start, caller=OURS))
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
        await asyncio.to_thread(far.stop)


def _own_addresses() -> list[str]:
    """The addresses of this machine that Asterisk would offer browsers, but that sandboxed browsers do not reach."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        try:
            probe.connect(("192.0.2.1", 9))  # nothing is sent
        except OSError:
            return []
        return [str(probe.getsockname()[0])]
