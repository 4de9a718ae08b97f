"""SIPp at work: the people called, people who call us, and agents' ordinary telephones. Processes of whoever starts them."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import time
from collections.abc import Iterable, Mapping, Sequence
from contextlib import ExitStack
from itertools import count
from pathlib import Path
from tempfile import mkdtemp

from callwright.adapters.sipp import agents as agents_scenario
from callwright.adapters.sipp import caller, scenario
from callwright.adapters.sipp.behaviour import Behaviour, lines, row
from callwright.adapters.sipp.sounds import write_keys
from callwright.kit.errors import CallwrightError, NotFound

START_S = 10.0
_MEDIA_STEP = 2


class SippFailed(CallwrightError):
    """SIPp did not start, or has ended; the text holds its last words."""


def find_sipp() -> str:
    found = shutil.which("sipp")
    if found is None:
        raise NotFound("SIPp is missing: apt-get install sip-tester.")
    return found


class Sipp:
    """One SIPp process on a loopback address, with a directory of its own that goes with it."""

    def __init__(self, host: str, *, port: int = 0) -> None:
        self.program = find_sipp()
        self.host = host
        self.port = port or free_port(host)
        self.directory = Path(mkdtemp(prefix="callwright-sipp-"))
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def pid(self) -> int | None:
        return self._process.pid if self._process is not None and self._process.poll() is None else None

    def run(self, *arguments: str) -> None:
        """Start it. Raises SippFailed where it ends at once."""
        media = free_media_port(self.host)
        out = (self.directory / "out.log").open("ab")
        with out:
            self._process = subprocess.Popen(
                [
                    self.program,
                    *("-i", self.host, "-p", str(self.port), "-mi", self.host, "-mp", str(media)),
                    *("-nostdin", "-nd", "-default_behaviors", "none", "-deadcall_wait", "10000"),
                    *("-max_recv_loops", "2000", "-max_sched_loops", "2000", "-rtp_threadtasks", "200"),
                    *arguments,
                ],
                cwd=self.directory,
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=out,
                env={"PATH": os.environ.get("PATH", "/usr/bin:/bin"), "TERM": "dumb"},
            )
        self._await_up()

    def _await_up(self) -> None:
        assert self._process is not None
        limit = time.monotonic() + START_S
        while time.monotonic() < limit:
            if self._process.poll() is not None:
                raise SippFailed(f"SIPp ended at once: {self.last_words()}")
            if not _is_free(self.host, self.port):
                return
            time.sleep(0.02)
        self.stop()
        raise SippFailed(f"SIPp was not up after {START_S:.0f} s.")

    def last_words(self) -> str:
        text = (self.directory / "out.log").read_text(errors="replace").strip()
        return " | ".join(text.splitlines()[-4:]) or "it said nothing"

    def stop(self) -> None:
        """End it; who is on the line is cut off."""
        if self._process is not None and self._process.poll() is None:
            self._process.kill()
            self._process.wait()
        shutil.rmtree(self.directory, ignore_errors=True)


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
        (self.directory / "people.csv").write_text("SEQUENTIAL\n" + "\n".join(numbers or ["0;0"]) + "\n")
        (self.directory / "fates.csv").write_text("SEQUENTIAL\n" + "\n".join(fates or ["0"]) + "\n")
        self._fates = max(1, len(fates))
        self._told: dict[Behaviour, int] = {}
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
        line, fresh = self._told.get(behaviour), ""
        if line is None:
            line = self._told[behaviour] = self._fates
            self._fates += 1
            fresh = f"X-Row: {row(behaviour, self._places, line)}\r\n"
        host, port = self._socket.getsockname()
        user, place = number.lstrip("+"), next(self._ids)
        self._socket.send(
            (
                f"MESSAGE sip:{user}@{self.host}:{self.port} SIP/2.0\r\n"
                f"Via: SIP/2.0/UDP {host}:{port};branch=z9hG4bK-tell-{place}\r\n"
                f"From: <sip:truth@{host}:{port}>;tag=t{place}\r\nTo: <sip:{user}@{self.host}:{self.port}>\r\n"
                f"Call-ID: tell-{place}@{host}\r\nCSeq: 1 MESSAGE\r\nMax-Forwards: 70\r\n"
                f"X-Fate: {line}\r\n{fresh}Content-Length: 0\r\n\r\n"
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

    def stop(self) -> None:
        with ExitStack() as stack:
            stack.callback(super().stop)
            if self._socket is not None:
                stack.callback(self._socket.close)
            for each in self._callers:
                stack.callback(each.stop)


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
        self.run("-sf", "caller.xml", "-m", "1", "-l", "1", "-r", "1", to)

    def _await_up(self) -> None:
        return  # it may be over before anybody looked

    def forget(self) -> bool:
        """Its directory goes; False, for a filter."""
        self.stop()
        return False


class SippAgents(Sipp):
    """Ordinary telephones of agents: they pick up at once and speak on and on. ``contact`` is what Asterisk is told."""

    def __init__(self, host: str, sound: Path | None, *, port: int = 0) -> None:
        super().__init__(host, port=port)
        (self.directory / "agents.xml").write_text(agents_scenario.scenario(sound))

    def start(self) -> None:
        self.run("-sf", "agents.xml")

    def contact(self, agent_id: int) -> str:
        return f"sip:agent{agent_id}@{self.host}:{self.port}"


def free_port(host: str) -> int:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        probe.bind((host, 0))
        return int(probe.getsockname()[1])


def free_media_port(host: str) -> int:
    """The first of three free ports in a row: sound, and what SIPp opens beside it."""
    while True:
        port = free_port(host) & ~1
        if port < 65000 and all(_is_free(host, port + step) for step in range(_MEDIA_STEP + 1)):
            return port


def _is_free(host: str, port: int) -> bool:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        try:
            probe.bind((host, port))
        except OSError:
            return False
        return True
