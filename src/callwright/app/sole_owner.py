"""Under which name this installation holds a campaign: the same after a crash, and one program at a time.

A campaign's lease keeps a second dialer out for some seconds. A program that was killed and started again must not wait
for its own lease, so its name does not change; that two of them never use it at once is seen to by a lock of the
system's, which dies with its holder.
"""

from __future__ import annotations

import fcntl
import hashlib
import os
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from callwright.adapters.postgres.embedded import default_home
from callwright.app.settings import Settings
from callwright.kit.errors import Conflict


@contextmanager
def sole_owner(settings: Settings, campaign: str) -> Iterator[str]:
    """The owner's name for the campaign's lease, while nobody else here has it. Raises Conflict."""
    home = settings.home or default_home()
    locks = home / "locks"
    locks.mkdir(parents=True, exist_ok=True)
    file = _file(locks, campaign)
    lock = os.open(file, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise Conflict(f"Campaign {campaign} is being run from {home} already; stop that program first.") from None
        yield f"{socket.gethostname()} {home}"
    finally:
        os.close(lock)


def _file(locks: Path, campaign: str) -> Path:
    return locks / f"{hashlib.sha256(campaign.encode()).hexdigest()[:16]}.lock"
