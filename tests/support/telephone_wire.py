"""The wire itself, watched from outside: every packet our Asterisk sends to people and agents, on the loopback.

It tells who is heard where, how long nothing came, and whom our side called or hung up on. Nothing it says depends on
what Asterisk or Callwright believe. Needs root (a packet socket), as the Asterisk under test does.
"""

from __future__ import annotations

import ctypes
import re
import socket
import struct
import threading
from dataclasses import dataclass, field

from support.telephone_parties import SIP_PORT, VOICES

_SO_ATTACH_FILTER, _SO_RCVBUFFORCE, _SO_TIMESTAMPNS, _IPV4 = 26, 33, 35, 0x0800
_WHO = {byte: voice for voice, byte in VOICES.items()}


@dataclass(slots=True)
class Flow:
    """What arrives at one party from one port of our Asterisk: SIPp's calls of one kind share theirs."""

    host: int  # the last part of the party's address
    last_at: float
    heard: str  # whose voice the last packet carried
    since: float  # when that began
    packets: int = 0
    worst_gap_s: float = 0.0  # since the last ``mark``
    turns: list[tuple[float, str]] = field(default_factory=list)  # (when, who is heard from then on)


@dataclass(frozen=True, slots=True)
class Request:
    """A SIP request our side sent."""

    at: float
    host: int
    method: str
    number: str
    call_id: str
    new: bool  # the first of its call


class Wire:
    """Watches the packets to the hosts 1-15 of a /24 of the loopback."""

    def __init__(self, net: str) -> None:
        """``net``: the first three parts of the address, "127.50.1"."""
        self.flows: dict[tuple[int, int], Flow] = {}
        self.requests: list[Request] = []
        self._known: set[tuple[str, str]] = set()
        self._socket = socket.socket(socket.AF_PACKET, socket.SOCK_DGRAM, socket.htons(_IPV4))
        self._socket.setsockopt(socket.SOL_SOCKET, _SO_RCVBUFFORCE, 16 * 1024 * 1024)
        self._socket.setsockopt(socket.SOL_SOCKET, _SO_TIMESTAMPNS, 1)
        _only_to(self._socket, net)
        self._socket.bind(("lo", _IPV4))
        self._socket.settimeout(0.2)
        self._closing = False
        self._thread = threading.Thread(target=self._watch, daemon=True, name="wire")
        self._thread.start()

    def close(self) -> None:
        self._closing = True
        self._thread.join()
        self._socket.close()

    def mark(self) -> None:
        """Measure gaps from now on."""
        for flow in list(self.flows.values()):
            flow.worst_gap_s = 0.0

    def hearing(self, host: int, voice: str, now: float, within_s: float = 0.3) -> dict[tuple[int, int], Flow]:
        """The parties at ``host`` that hear ``voice`` at this moment."""
        return {
            key: flow
            for key, flow in list(self.flows.items())
            if flow.host == host and flow.heard == voice and now - flow.last_at <= within_s
        }

    def called(self, since: float, until: float = float("inf")) -> list[Request]:
        """The people called: first INVITEs."""
        return [r for r in list(self.requests) if r.method == "INVITE" and r.new and since <= r.at < until]

    # --- packets --------------------------------------------------------------------------------------------------

    def _watch(self) -> None:
        receive, flows, who = self._socket.recvmsg, self.flows, _WHO
        while not self._closing:
            try:
                packet, ancillary, _, _ = receive(65536, 64)
            except TimeoutError:
                continue
            seconds, nanoseconds = struct.unpack("qq", ancillary[0][2])
            at = seconds + nanoseconds * 1e-9
            if packet[22] << 8 | packet[23] == SIP_PORT:
                self._read(packet[28:], packet[19], at)
                continue
            if len(packet) < 61 or packet[29] & 0x7F >= 72:  # RTCP
                continue
            voice = who.get(packet[60], "speech")
            key = (packet[19], packet[20] << 8 | packet[21])
            flow = flows.get(key)
            if flow is None or at - flow.last_at > 5.0:  # another call on this port
                flow = flows[key] = Flow(packet[19], at, voice, at)
                flow.turns.append((at, voice))
            gap = at - flow.last_at
            if gap > flow.worst_gap_s:
                flow.worst_gap_s = gap
            flow.last_at = at
            flow.packets += 1
            if voice != flow.heard:
                flow.heard, flow.since = voice, at
                flow.turns.append((at, voice))

    def _read(self, text: bytes, host: int, at: float) -> None:
        if text.startswith(b"SIP/2.0") or len(text) < 20:
            return
        method = text.split(b" ", 1)[0].decode(errors="replace")
        if method == "OPTIONS":
            return
        number = re.match(rb"\w+ sips?:([^@;> ]*)", text)
        call_id = re.search(rb"\r\nCall-ID: ([^\r]+)", text)
        name = call_id.group(1).decode(errors="replace") if call_id else ""
        self.requests.append(
            Request(
                at,
                host,
                method,
                number.group(1).decode(errors="replace") if number else "",
                name,
                new=(method, name) not in self._known,
            )
        )
        self._known.add((method, name))


def _only_to(watching: socket.socket, net: str) -> None:
    """Let the kernel drop all but UDP to the hosts below 16, and the second copy the loopback makes of each packet."""
    hosts = struct.unpack("!I", socket.inet_aton(f"{net}.0"))[0]
    steps = [
        (0x20, 0, 0, 0xFFFFF004),  # the packet's type
        (0x15, 0, 6, 0),  # arriving, not leaving
        (0x30, 0, 0, 9),  # protocol
        (0x15, 0, 4, 17),  # UDP
        (0x20, 0, 0, 16),  # destination
        (0x54, 0, 0, 0xFFFFFFF0),
        (0x15, 0, 1, hosts),
        (0x06, 0, 0, 0xFFFF),
        (0x06, 0, 0, 0),
    ]
    code = ctypes.create_string_buffer(b"".join(struct.pack("HBBI", *step) for step in steps))
    program = struct.pack("HL", len(steps), ctypes.addressof(code))
    watching.setsockopt(socket.SOL_SOCKET, _SO_ATTACH_FILTER, program)
