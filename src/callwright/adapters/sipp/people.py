"""SIPp as the people called, and as people who call us."""

from __future__ import annotations

import socket
from collections.abc import Iterable, Mapping, Sequence
from contextlib import ExitStack
from itertools import count
from pathlib import Path

from callwright.adapters.sipp import caller, scenario
from callwright.adapters.sipp.behaviour import Behaviour, lines, row
from callwright.adapters.sipp.process import Sipp
from callwright.adapters.sipp.sounds import write_keys


class SippPeople(Sipp):
    """The people behind numbers. ``sounds``: mu-law files by name, every one a behaviour names."""

    def __init__(
        self,
        host: str,
        people: Mapping[str, Sequence[Behaviour]],
        sounds: Mapping[str, Path],
        *,
        keys: Iterable[str] = (),
        port: int = 0,
    ) -> None:
        """``keys``: rows of keys pressed in behaviours that are told later (``tell``)."""
        super().__init__(host, port=port)
        self._sounds = sounds
        pressed = {b.keys for behaviours in people.values() for b in behaviours if b.keys} | set(keys)
        files = {}
        for place, each in enumerate(sorted(pressed)):
            files[each] = self.directory / f"keys{place}.pcap"
            write_keys(files[each], each)
        xml, self._places = scenario.people(sounds, files)
        numbers, fates = lines(people, self._places)
        (self.directory / "people.xml").write_text(xml)
        (self.directory / "people.csv").write_text("SEQUENTIAL\n" + "\n".join(numbers or ["0"]) + "\n")
        (self.directory / "fates.csv").write_text("SEQUENTIAL\n" + "\n".join(fates or ["0"]) + "\n")
        self._socket: socket.socket | None = None
        self._ids = count(1)
        self._callers: list[Caller] = []

    def start(self) -> None:
        self.run(
            *("-sf", "people.xml", "-inf", "people.csv", "-inf", "fates.csv", "-infindex", "people.csv", "0"),
        )
        self._socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self._socket.bind((self.host, 0))
        self._socket.connect((self.host, self.port))
        self._socket.setblocking(False)

    def tell(self, number: str, behaviour: Behaviour) -> None:
        """What the number does from its next call on. It is in effect for any call ordered after this returned."""
        assert self._socket is not None
        host, port = self._socket.getsockname()
        user, place = number.lstrip("+"), next(self._ids)
        self._socket.send(
            (
                f"MESSAGE sip:{user}@{self.host}:{self.port} SIP/2.0\r\n"
                f"Via: SIP/2.0/UDP {host}:{port};branch=z9hG4bK-tell-{place}\r\n"
                f"From: <sip:truth@{host}:{port}>;tag=t{place}\r\nTo: <sip:{user}@{self.host}:{self.port}>\r\n"
                f"Call-ID: tell-{place}@{host}\r\nCSeq: 1 MESSAGE\r\nMax-Forwards: 70\r\n"
                f"X-Row: {row(behaviour, self._places)}\r\nContent-Length: 0\r\n\r\n"
            ).encode()
        )
        self._drain()

    def _drain(self) -> None:
        """Read the answers, so that none fills the socket."""
        assert self._socket is not None
        try:
            while True:
                self._socket.recv(2048)
        except (BlockingIOError, ConnectionError):
            return

    def ring(
        self, number: str, called: str, to: tuple[str, int], *, stay_s: float, patience_s: float, sound: str | None
    ) -> Caller:
        """This person calls one of our numbers (``to``: Asterisk's SIP address)."""
        self._callers = [each for each in self._callers if each.pid is not None or each.forget()]
        file = self._sounds[sound] if sound is not None else None
        calling = Caller(self.host, number, called, to, stay_s=stay_s, patience_s=patience_s, sound=file)
        self._callers.append(calling)
        calling.start()
        return calling

    def stop_callers(self) -> None:
        """Whoever calls us now is cut off."""
        for each in self._callers:
            each.stop()
        self._callers.clear()

    def stop(self) -> None:
        with ExitStack() as stack:
            stack.callback(super().stop)
            if self._socket is not None:
                stack.callback(self._socket.close)
            stack.callback(self.stop_callers)


class Caller(Sipp):
    """One person who calls us, once."""

    def __init__(
        self,
        host: str,
        number: str,
        called: str,
        to: tuple[str, int],
        *,
        stay_s: float,
        patience_s: float,
        sound: Path | None,
    ) -> None:
        super().__init__(host)
        self._to = to
        text = caller.scenario(number, called, stay_s=stay_s, patience_s=patience_s, sound=sound)
        (self.directory / "caller.xml").write_text(text)

    def start(self) -> None:
        to = f"{self._to[0]}:{self._to[1]}"
        self.run("-sf", "caller.xml", "-m", "1", "-l", "1", "-r", "100", to)

    def _await_up(self) -> None:
        return  # it may be over before anybody looked

    def forget(self) -> bool:
        """Its directory goes; False, for a filter."""
        self.stop()
        return False
