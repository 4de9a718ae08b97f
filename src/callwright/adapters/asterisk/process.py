"""One running Asterisk of ours: its directories, its files, start, console, stop.

The process belongs to whoever starts it; with ``detached`` it outlives us on purpose (a crash of the program must not
take calls with it), and ``adopt`` finds it again.
"""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import time
from collections.abc import Mapping
from pathlib import Path, PurePosixPath

from callwright.adapters.asterisk.config import MODULES, OPTIONAL, Places, configuration
from callwright.adapters.asterisk.fax_box import RECEIVED, FaxBox
from callwright.adapters.asterisk.plan import TelephonePlan
from callwright.adapters.asterisk.root import AsteriskRoot
from callwright.kit.errors import CallwrightError, Conflict

START_S = 20.0
_LOOK_S = 0.05


class AsteriskFailed(CallwrightError):
    """Asterisk did not start; the text holds the last lines of its log."""


class AsteriskProcess:
    """An Asterisk with directories of its own under ``/srv/callwright/<name>`` of its root."""

    def __init__(self, root: AsteriskRoot, name: str, *, account: str | None = "asterisk") -> None:
        self.root = root
        self.name = name
        base = PurePosixPath("/srv/callwright") / name
        self.places = Places(
            etc=base / "etc",
            run=base / "run",
            spool=base / "spool",
            log=base / "log",
            database=base / "lib",
            modules=root.modules,
            data=PurePosixPath("/usr/share/asterisk"),
            account=account if os.geteuid() == 0 else None,
        )
        self._base = root.inside(base)
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def recordings(self) -> Path:
        """Where ARI recordings appear, as we see it."""
        return self.root.inside(self.places.spool) / "recording"

    @property
    def faxes(self) -> FaxBox:
        """Where documents to be sent lie, and what was received."""
        inside = self.places.spool / "fax"
        return FaxBox(self.root.inside(inside), inside)

    @property
    def sounds(self) -> Path:
        """Where the house's prompts must lie to be found as sound:callwright/NAME, as we see it."""
        return self.root.inside(self.places.data) / "sounds" / "callwright"

    def configure(self, plan: TelephonePlan, *, others: Mapping[str, str] | None = None) -> None:
        """Write all files, readable by Asterisk's account only. ``others``: files to stand in the place of ours."""
        for place in (self.places.etc, self.places.run, self.places.spool, self.places.log, self.places.database):
            self.root.inside(place).mkdir(parents=True, exist_ok=True)
        self.recordings.mkdir(exist_ok=True)
        (self.faxes.directory / RECEIVED).mkdir(parents=True, exist_ok=True)
        etc = self.root.inside(self.places.etc)
        for name, text in {**configuration(plan, self.places), **(others or {})}.items():
            file = etc / name
            file.write_text(text, encoding="utf-8")
            file.chmod(0o640)
        (self.root.inside(self.places.database) / "keys").mkdir(exist_ok=True)
        moh = self.root.inside(self.places.database) / "moh"
        if not moh.is_symlink() and self.root.inside(self.places.data / "moh").exists():
            moh.symlink_to(str(self.places.data / "moh"))
        if self.places.account is not None:
            self._give_away()

    def _give_away(self) -> None:
        """Everything under the instance belongs to Asterisk's account."""
        users = (line.split(":") for line in self.root.inside("/etc/passwd").read_text().splitlines())
        uid, gid = next((int(u[2]), int(u[3])) for u in users if u[0] == self.places.account)
        for directory, _, files in os.walk(self._base):
            os.chown(directory, uid, gid)
            for file in files:
                os.chown(Path(directory) / file, uid, gid, follow_symlinks=False)

    def start(self, *, detached: bool = False) -> None:
        """Start and wait until it is fully booted. Raises AsteriskFailed with the log's last words."""
        if self.pid() is not None:
            raise Conflict(f"The Asterisk {self.name} is running already.")
        log = (self.root.inside(self.places.log) / "console.log").open("ab")
        with log:
            self._process = subprocess.Popen(
                self.root.command("-f", "-C", str(self.places.etc / "asterisk.conf")),
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=detached,
                env={
                    "PATH": os.environ.get("PATH", "/usr/sbin:/usr/bin:/sbin:/bin"),
                    "TERM": "dumb",
                    "LANG": "C.UTF-8",
                },
            )
        limit = time.monotonic() + START_S
        while time.monotonic() < limit:
            if self._process.poll() is not None:
                raise AsteriskFailed(f"The Asterisk {self.name} ended at once: {self.last_words()}")
            if "System uptime" in self.console("core show uptime"):
                self.console("core waitfullybooted")
                return
            time.sleep(_LOOK_S)
        self.stop()
        raise AsteriskFailed(f"The Asterisk {self.name} was not up after {START_S:.0f} s: {self.last_words()}")

    def console(self, command: str) -> str:
        """The console's answer to a command; empty where nobody answers."""
        said = subprocess.run(
            self.root.command("-r", "-C", str(self.places.etc / "asterisk.conf"), "-x", command),
            capture_output=True,
            text=True,
            check=False,
            timeout=30,
        )
        return said.stdout if said.returncode == 0 else ""

    def pid(self) -> int | None:
        """The running process, ours or one that was started before us."""
        if self._process is not None and self._process.poll() is None:
            return self._process.pid
        file = self.root.inside(self.places.run) / "asterisk.pid"
        try:
            pid = int(file.read_text())
            command = Path(f"/proc/{pid}/cmdline").read_bytes()
        except (OSError, ValueError):
            return None
        return pid if str(self.places.etc).encode() in command else None

    def kill(self, how: signal.Signals = signal.SIGKILL) -> None:
        """End it as a crash would."""
        pid = self.pid()
        if pid is not None:
            os.kill(pid, how)
            self._await_end()

    def stop(self) -> None:
        """End it; calls are hung up."""
        pid = self.pid()
        if pid is None:
            return
        self.console("core stop now")
        if not self._await_end(5.0):
            self.kill()

    def _await_end(self, within_s: float = 10.0) -> bool:
        limit = time.monotonic() + within_s
        while time.monotonic() < limit:
            if self._process is not None:
                self._process.poll()
            if self.pid() is None:
                return True
            time.sleep(_LOOK_S)
        return False

    def remove(self) -> None:
        """Stop it and take its directories away."""
        self.stop()
        shutil.rmtree(self._base, ignore_errors=True)

    def missing_modules(self) -> list[str]:
        """Modules of ours that this Asterisk could not load."""
        loaded = self.console("module show")
        return [name for name in MODULES if name not in OPTIONAL and f"{name}.so" not in loaded]

    def last_words(self, lines: int = 6) -> str:
        """The last lines of its log, for an error."""
        for name in ("messages.log", "console.log"):
            try:
                text = (self.root.inside(self.places.log) / name).read_text(errors="replace").strip()
            except OSError:
                continue
            if text:
                return " | ".join(text.splitlines()[-lines:])
        return "its log is empty"
