"""Under whom the embedded server runs. PostgreSQL refuses root: root hands it to an unprivileged system account.

Not root: the server runs as ourselves. No directory's mode is ever changed to let the account in; what it cannot reach
is copied or reported.
"""

from __future__ import annotations

import os
import pwd
import shutil
import subprocess
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

NAME = "callwright"
_FALLBACK = "nobody"


@dataclass(frozen=True, kw_only=True, slots=True)
class Account:
    """``uid`` None: ourselves."""

    name: str
    uid: int | None = None
    gid: int | None = None

    def own(self, path: Path) -> None:
        """Hand the directory (ours, already made) to the account."""
        if self.uid is not None and self.gid is not None:
            os.chown(path, self.uid, self.gid)

    def run(
        self, command: Sequence[str | Path], *, stdin: str = "", timeout_s: float = 120.0
    ) -> subprocess.CompletedProcess[str]:
        """Run to the end as this account; text out and err together in ``stdout``."""
        drop: dict[str, Any] = {}
        if self.uid is not None:
            drop = {"user": self.uid, "group": self.gid, "extra_groups": ()}
        environment = {key: value for key, value in os.environ.items() if not key.startswith("PG")}
        environment["LC_ALL"] = "C"  # messages we can read
        return subprocess.run(
            [str(word) for word in command],
            input=stdin,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            errors="replace",
            timeout=timeout_s,
            check=False,
            cwd="/",
            umask=0o077,
            env=environment,
            **drop,
        )

    def may(self, what: str, path: Path) -> bool:
        """Whether the account may write (``w``), read (``r``) or enter / execute (``x``) the path."""
        if self.uid is None:
            return os.access(path, {"w": os.W_OK, "r": os.R_OK, "x": os.X_OK}[what])
        return self.run(["/bin/sh", "-c", f'test -{what} "$1"', "sh", path], timeout_s=10).returncode == 0


def server_account(pgdata: Path) -> Account:
    """Ourselves; as root the owner of the data, or the system account ``callwright`` (made on first use), or ``nobody``
    where none can be made.
    """
    if os.geteuid() != 0:
        return Account(name=pwd.getpwuid(os.geteuid()).pw_name)
    with suppress(FileNotFoundError, KeyError):
        owner = pwd.getpwuid(pgdata.stat().st_uid)
        if owner.pw_uid != 0:
            return Account(name=owner.pw_name, uid=owner.pw_uid, gid=owner.pw_gid)
    entry = _find(NAME)
    if entry is None and (useradd := shutil.which("useradd")):
        subprocess.run(
            [useradd, "--system", "--user-group", "--no-create-home", "--shell", "/usr/sbin/nologin", NAME],
            capture_output=True,
            check=False,
            timeout=30,
        )
        entry = _find(NAME)
    entry = entry or pwd.getpwnam(_FALLBACK)
    return Account(name=entry.pw_name, uid=entry.pw_uid, gid=entry.pw_gid)


def _find(name: str) -> pwd.struct_passwd | None:
    try:
        return pwd.getpwnam(name)
    except KeyError:
        return None
