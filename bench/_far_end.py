"""The other party where sound is measured: a process that answers SIP calls, sends each a tone and notes all it hears.

Packets bear the kernel's own time of arrival, so what is measured is the network's and Asterisk's doing and not how
busy this process is. One socket serves all calls: Asterisk sends each call's sound from a port of its own.

    with FarEnd() as far: ...; far.heard(number) -> Heard
"""

from __future__ import annotations

import multiprocessing
import re
import selectors
import socket
import struct
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from multiprocessing.connection import Connection
from types import TracebackType
from typing import Any

import numpy as np
from numpy.typing import NDArray

from _telephone import CARRIER, free_port

_SO_TIMESTAMPNS = 35
FRAME_S = 0.02
SLOTS = 10
"""Parties begin their frames at so many moments of 20 ms: real telephones do not send all at one instant."""
SILENT = 200
"""Samples below this (of 32767) are silence: mu-law's own noise is far below, a tone far above."""


@dataclass(kw_only=True)
class Heard:
    """What one call's party got: arrival (computer's clock) and samples of each packet, in order."""

    at: list[float] = field(default_factory=list)
    payload: list[bytes] = field(default_factory=list)

    def loud(self) -> NDArray[np.bool_]:
        """Which packets can be heard."""
        return np.array([np.abs(ulaw_to_linear(p)).max() > SILENT for p in self.payload], dtype=bool)

    def gaps(self) -> list[float]:
        return [b - a for a, b in zip(self.at, self.at[1:], strict=False)]

    def tone(self, seconds: float = 1.0) -> float:
        """The strongest frequency of the last ``seconds``."""
        return strongest(np.concatenate([ulaw_to_linear(p) for p in self.payload[-round(seconds / FRAME_S) :]]))


def strongest(samples: NDArray[Any]) -> float:
    spectrum = np.abs(np.fft.rfft(samples * np.hanning(len(samples))))
    return float(np.argmax(spectrum[1:]) + 1) * 8000 / len(samples)


_CODES = np.arange(256, dtype=np.int32) ^ 0xFF
_MAGNITUDE = ((((_CODES & 15) << 3) + 132) << ((_CODES >> 4) & 7)) - 132
_LINEAR = np.where(_CODES & 0x80, -_MAGNITUDE, _MAGNITUDE)


def ulaw_to_linear(payload: bytes) -> NDArray[np.int32]:
    return np.asarray(_LINEAR[np.frombuffer(payload, dtype=np.uint8)], dtype=np.int32)


def linear_to_ulaw(samples: NDArray[Any]) -> bytes:
    """By the nearest code: slow, for tones made once."""
    order = np.argsort(_LINEAR)
    at = np.clip(np.searchsorted(_LINEAR[order], samples), 1, 255)
    left, right = _LINEAR[order][at - 1], _LINEAR[order][at]
    return bytes(np.where(samples - left < right - samples, order[at - 1], order[at]).astype(np.uint8))


def tone_samples(hz: float, seconds: float, level: int = 8000) -> NDArray[np.int16]:
    return (level * np.sin(2 * np.pi * hz * np.arange(round(8000 * seconds)) / 8000)).astype(np.int16)


# --- the process ------------------------------------------------------------------------------------------------------


class FarEnd:
    """Runs the far end. ``tones``: number called -> frequency its party sends (others are silent)."""

    def __init__(self, tones: Mapping[str, int] | None = None) -> None:
        self.port = free_port(CARRIER, socket.SOCK_DGRAM)
        context = multiprocessing.get_context("spawn")
        self._ours, theirs = context.Pipe()
        self.process = context.Process(target=_run, args=(self.port, dict(tones or {}), theirs), daemon=True)

    def __enter__(self) -> FarEnd:
        self.process.start()
        assert self._ours.recv() == "ready"
        return self

    def heard(self) -> dict[str, Heard]:
        """Everything that has been heard so far, by the number called; heard anew from now on."""
        self._ours.send("heard")
        found: dict[str, Heard] = self._ours.recv()
        return found

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self._ours.send("end")
        self.process.join(5.0)
        if self.process.is_alive():
            self.process.kill()


@dataclass(kw_only=True)
class _Party:
    number: str
    rtp: tuple[str, int]
    answer: bytes
    tone: list[bytes]
    sequence: int = 0
    sends: bool = False


class _Far:
    def __init__(self, port: int, tones: Mapping[str, int]) -> None:
        self.sip, self.rtp = (socket.socket(socket.AF_INET, socket.SOCK_DGRAM) for _ in range(2))
        self.sip.bind((CARRIER, port))
        self.rtp.bind((CARRIER, 0))
        self.rtp.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 8 * 1024 * 1024)
        self.rtp.setsockopt(socket.SOL_SOCKET, _SO_TIMESTAMPNS, 1)
        for each in (self.sip, self.rtp):
            each.setblocking(False)
        self.port, self.rtp_port = port, self.rtp.getsockname()[1]
        self.tones = tones
        self.parties: dict[str, _Party] = {}
        self.by_source: dict[int, str] = {}
        self.heard: dict[str, Heard] = {}

    def serve(self, told: Connection) -> None:
        choose = selectors.DefaultSelector()
        for each in (self.sip, self.rtp, told):
            choose.register(each, selectors.EVENT_READ)
        told.send("ready")
        tick, slot = time.monotonic(), 0
        while True:
            for key, _ in choose.select(max(0.0, tick - time.monotonic())):
                if key.fileobj is self.sip:
                    self._take_sip()
                elif key.fileobj is self.rtp:
                    self._take_rtp()
                elif told.recv() == "heard":
                    found, self.heard = self.heard, {}
                    told.send(found)
                else:
                    return
            if time.monotonic() >= tick:
                tick += FRAME_S / SLOTS
                slot = (slot + 1) % SLOTS
                self._send_tones(slot)

    def _take_rtp(self) -> None:
        for _ in range(20):  # few, so that sending is not late for reading
            try:
                packet, more, _, source = self.rtp.recvmsg(2048, 128)
            except BlockingIOError:
                return
            number = self.by_source.get(source[1])
            if number is None or len(packet) <= 12 or packet[1] & 0x7F:
                continue
            seconds, nanoseconds = struct.unpack("qq", more[0][2])
            heard = self.heard.get(number)
            if heard is None:
                heard = self.heard[number] = Heard()
            heard.at.append(seconds + nanoseconds / 1e9)
            heard.payload.append(packet[12:])

    def _send_tones(self, slot: int) -> None:
        for place, party in enumerate(self.parties.values()):
            if place % SLOTS == slot and party.sends and party.tone:
                n = party.sequence = party.sequence + 1
                head = struct.pack("!BBHII", 0x80, 0, n & 0xFFFF, n * 160 & 0xFFFFFFFF, party.rtp[1])
                self.rtp.sendto(head + party.tone[n % len(party.tone)], party.rtp)

    def _take_sip(self) -> None:
        while True:
            try:
                data, source = self.sip.recvfrom(65536)
            except BlockingIOError:
                return
            text = data.decode(errors="replace")
            method = text.split(" ", 1)[0]
            if method.startswith("SIP/"):
                continue
            call_id = _header(text, "Call-ID")
            if method == "INVITE":
                party = self.parties.get(call_id) or self._new(call_id, text)
                self.sip.sendto(party.answer, source)
            elif method == "ACK":
                if call_id in self.parties:
                    self.parties[call_id].sends = True
            else:
                if method == "BYE":
                    self.parties.pop(call_id, None)
                self.sip.sendto(_reply(text, ""), source)

    def _new(self, call_id: str, text: str) -> _Party:
        found = re.search(r"INVITE sips?:\+?([0-9a-z]+)@", text)
        number = found.group(1) if found else ""
        host = re.search(r"^c=IN IP4 (\S+)", text, re.MULTILINE)
        port = re.search(r"^m=audio ([0-9]+)", text, re.MULTILINE)
        assert host is not None
        assert port is not None
        body = (
            f"v=0\r\no=- 1 1 IN IP4 {CARRIER}\r\ns=-\r\nc=IN IP4 {CARRIER}\r\nt=0 0\r\n"
            f"m=audio {self.rtp_port} RTP/AVP 0\r\na=rtpmap:0 PCMU/8000\r\na=ptime:20\r\n"
        )
        contact = f"Contact: <sip:{CARRIER}:{self.port}>\r\nContent-Type: application/sdp\r\n"
        tone = []
        if number in self.tones:
            sound = linear_to_ulaw(tone_samples(self.tones[number], 1.0))  # whole hertz: a second joins to the next
            tone = [sound[at : at + 160] for at in range(0, 8000, 160)]
        party = _Party(
            number=number,
            rtp=(host.group(1), int(port.group(1))),
            answer=_reply(text, body, contact, tag=f"far{len(self.parties)}"),
            tone=tone,
        )
        self.parties[call_id] = party
        self.by_source[party.rtp[1]] = number
        return party


def _header(text: str, name: str) -> str:
    found = re.search(rf"^{name}:\s*(.*?)\r?$", text, re.MULTILINE | re.IGNORECASE)
    return found.group(1) if found else ""


def _reply(request: str, body: str, more: str = "", tag: str = "far") -> bytes:
    vias = "".join(f"{via}\r\n" for via in re.findall(r"^Via:.*?(?=\r?$)", request, re.MULTILINE))
    to = _header(request, "To")
    if "tag=" not in to:
        to += f";tag={tag}"
    return (
        f"SIP/2.0 200 OK\r\n{vias}From: {_header(request, 'From')}\r\nTo: {to}\r\n"
        f"Call-ID: {_header(request, 'Call-ID')}\r\nCSeq: {_header(request, 'CSeq')}\r\n{more}"
        f"Content-Length: {len(body)}\r\n\r\n{body}"
    ).encode()


def _run(port: int, tones: Mapping[str, int], told: Connection) -> None:
    _Far(port, tones).serve(told)
