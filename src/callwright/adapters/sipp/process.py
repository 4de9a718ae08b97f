"""One SIPp process, on a loopback address of its own; it belongs to whoever starts it."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import time
from pathlib import Path
from tempfile import mkdtemp

from callwright.kit.errors import CallwrightError, NotFound

START_S = 10.0
_MEDIA_STEP = 2
_DIES_WITH_US = ("setpriv", "--pdeathsig", "KILL") if shutil.which("setpriv") else ()
"""A program that is killed leaves no SIPp behind."""


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
        self.apart = False  # Ctrl-C is for whoever started it, who ends it

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
                    *_DIES_WITH_US,
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
                start_new_session=self.apart,
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
