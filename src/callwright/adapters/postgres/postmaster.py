"""The running server process seen from outside: its pid file, whether it lives, and what a dead one left behind.

``postmaster.pid`` is not believed by itself: after a crash its pid may belong to a stranger. A process is the server,
or a remnant of it, when its working directory is the data directory.
"""

from __future__ import annotations

import os
import signal
import time
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

_POLL_S = 0.02


@dataclass(frozen=True, kw_only=True, slots=True)
class Postmaster:
    pid: int
    port: int
    socket_dir: str
    status: str  # "starting", "ready", "stopping", ...


def find_postmaster(pgdata: Path) -> Postmaster | None:
    """The live server on this data directory, None where there is none (whatever the pid file says)."""
    try:
        lines = (pgdata / "postmaster.pid").read_text().splitlines()
        pid = int(lines[0])
    except (OSError, ValueError, IndexError):
        return None
    if not _works_in(pid, pgdata):
        return None
    lines += [""] * (8 - len(lines))
    return Postmaster(pid=pid, port=int(lines[3] or 0), socket_dir=lines[4], status=lines[7].strip())


def wait_until_ready(pgdata: Path, *, patience_s: float) -> Postmaster | None:
    """The server once it takes connections; None when it died, stopped or did not get ready in time."""
    deadline = time.monotonic() + patience_s
    while (found := find_postmaster(pgdata)) is not None and time.monotonic() < deadline:
        if found.status == "ready":
            return found
        time.sleep(_POLL_S)
    return None


def clear_remnants(pgdata: Path, socket_dir: Path, *, patience_s: float = 5.0) -> None:
    """After the server's death: see its orphaned processes off, and drop lock files that would keep it from starting.

    PostgreSQL takes over the lock files of a dead process by itself. It does not where the pid lives again as another
    process's, or where the dead one is a zombie that nobody waits for (a container without an init).
    """
    if find_postmaster(pgdata) is not None:
        return
    for sign in (signal.SIGQUIT, signal.SIGKILL):
        for orphan in _wait_for_end(pgdata, patience_s):
            _send(orphan, sign)
    if _wait_for_end(pgdata, patience_s):
        return  # PostgreSQL itself will refuse, rightly
    for lock in (pgdata / "postmaster.pid", *socket_dir.glob(".s.PGSQL.*.lock")):
        pid = _first_number(lock)
        if pid is not None and Path(f"/proc/{pid}").exists():
            lock.unlink(missing_ok=True)


def _first_number(path: Path) -> int | None:
    try:
        return int(path.read_text().split("\n", 1)[0])
    except (OSError, ValueError):
        return None


def _wait_for_end(pgdata: Path, patience_s: float) -> list[int]:
    deadline = time.monotonic() + patience_s
    while (orphans := _working_in(pgdata)) and time.monotonic() < deadline:
        time.sleep(_POLL_S)
    return orphans


def _working_in(pgdata: Path) -> list[int]:
    return [
        int(entry.name) for entry in Path("/proc").iterdir() if entry.name.isdigit() and _works_in(entry.name, pgdata)
    ]


def _works_in(pid: int | str, pgdata: Path) -> bool:
    try:
        here = Path(f"/proc/{pid}/cwd").stat()
        there = pgdata.stat()
        name = Path(f"/proc/{pid}/comm").read_text().strip()
    except OSError:
        return False
    return (here.st_dev, here.st_ino) == (there.st_dev, there.st_ino) and name.startswith("postgres")


def _send(pid: int, sign: signal.Signals) -> None:
    with suppress(ProcessLookupError):
        os.kill(pid, sign)
