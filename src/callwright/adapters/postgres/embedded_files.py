"""The embedded server's own files: locks, password, settings, the place of its socket.

They lie in a directory that is ours, not the account's, and are never written where the account could have put a link.
"""

from __future__ import annotations

import fcntl
import hashlib
import os
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path

from callwright.adapters.postgres.account import Account
from callwright.kit.errors import Conflict

_SOCKET_PORT = 5432  # only names the socket file
_LONGEST_SOCKET_DIR = 85  # a socket's path holds 107 bytes


def open_lock(path: Path) -> int:
    return os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)


def take(lock: int, kind: int) -> bool:
    """Try to take the lock, shared or exclusive; True when it was got."""
    try:
        fcntl.flock(lock, kind | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def write_readable(path: Path, text: str) -> None:
    path.write_text(text)
    path.chmod(0o644)


def write_private(path: Path, text: str) -> None:
    """Written beside and renamed: never half, and never readable by others."""
    part = path.with_suffix(".part")
    part.unlink(missing_ok=True)
    with os.fdopen(os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
        file.write(text)
    part.rename(path)


def server_settings(sockets: Path, access: Path, *, port: int | None, own: Mapping[str, str]) -> str:
    """The text of postgresql.conf. ``port`` None: no network at all, only the socket. ``own`` beats ours."""
    settings = {
        "unix_socket_directories": str(sockets),
        "hba_file": str(access),
        "unix_socket_permissions": "0700",
        "listen_addresses": "127.0.0.1" if port else "",
        "port": str(port or _SOCKET_PORT),
        "max_connections": "60",
        "shared_buffers": "512MB",
        "wal_buffers": "64MB",
        "max_wal_size": "8GB",
        "checkpoint_timeout": "15min",
        "random_page_cost": "1.1",
        "jit": "off",
        "timezone": "UTC",
        "log_timezone": "UTC",
        "log_line_prefix": "%m [%p] ",
        "lc_messages": "C",
        **own,
    }
    lines = [f"{name} = '{value.replace(chr(39), chr(39) * 2)}'" for name, value in settings.items()]
    return "# Written by Callwright at every start.\n" + "\n".join(lines) + "\n"


def socket_dir(run: Path, account: Account) -> Path:
    """``run``, or a short private directory where the path would be too long for a socket."""
    if len(os.fsencode(run)) <= _LONGEST_SOCKET_DIR:
        return run
    short = Path("/tmp") / f"callwright-{hashlib.sha256(os.fsencode(run)).hexdigest()[:16]}"
    with suppress(FileExistsError):
        short.mkdir(mode=0o700)
        account.own(short)
    owner = account.uid if account.uid is not None else os.geteuid()
    state = short.lstat()
    if short.is_symlink() or state.st_uid != owner or state.st_mode & 0o077:
        raise Conflict(f"{short} belongs to somebody else: remove it, or choose a shorter CALLWRIGHT_HOME.")
    return short
