"""The embedded PostgreSQL: started from a Python wheel, in a directory of our own, shared by programs that need it.

    server = EmbeddedPostgres(data_dir); url = server.start(); ...; server.stop()

The directory holds ``pgdata`` and ``run`` (the account's, 0700: data, socket, log) and, ours alone, the password, the
server's settings and two lock files. ``start.lock`` is held while somebody starts or stops the server. ``users.lock``
is held shared by every program that uses it; the system drops a dead program's lock, so the last one to leave knows
that it is the last, and stops the server. A server whose owners all died runs on; the next program finds and uses it.
It listens on a unix socket in ``run`` and, where a port is asked for, on loopback; always with a random password.

What does not live here: migrations (``migrations``), the store (``store``).
"""

from __future__ import annotations

import asyncio
import fcntl
import os
import secrets
import shlex
import shutil
import subprocess
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from urllib.parse import quote, urlencode

from callwright.adapters.postgres.account import Account, server_account
from callwright.adapters.postgres.binaries import Binaries, wheel_binaries
from callwright.adapters.postgres.embedded_files import (
    open_lock,
    server_settings,
    socket_dir,
    take,
    write_private,
    write_readable,
)
from callwright.adapters.postgres.postmaster import clear_remnants, find_postmaster, wait_until_ready
from callwright.adapters.postgres.startup_errors import failed_program, told_plainly
from callwright.kit.errors import BadInput, CallwrightError, Conflict, StoreUnavailable

_USER = _DATABASE = "callwright"
_LONGEST_LOG = 10_000_000
_START_PATIENCE_S = 120.0


def default_home() -> Path:
    """``$CALLWRIGHT_HOME``; else /var/lib/callwright for root, ~/.local/share/callwright for others."""
    given = os.environ.get("CALLWRIGHT_HOME")
    if given:
        return Path(given).expanduser().absolute()
    if os.geteuid() == 0:
        return Path("/var/lib/callwright")
    return Path.home() / ".local" / "share" / "callwright"


class EmbeddedPostgres:
    """One program's use of the server in ``data_dir``. Blocking; starting takes about a second the first time."""

    def __init__(
        self,
        data_dir: Path | None = None,
        *,
        port: int | None = None,
        binaries: Binaries | None = None,
        settings: Mapping[str, str] | None = None,
    ) -> None:
        """``port``: listen on loopback too; ``settings``: the caller's own server settings, such as shared_buffers."""
        self.data_dir = (data_dir or default_home() / "postgres").absolute()
        self._port = port
        self._given_binaries = binaries
        self._own_settings = dict(settings or {})
        self._users_lock: int | None = None

    @property
    def pgdata(self) -> Path:
        return self.data_dir / "pgdata"

    @property
    def log_file(self) -> Path:
        return self.data_dir / "run" / "postgres.log"

    def start(self) -> str:
        """Start the server or join the one that runs; the URL to connect to. Calling it again restarts a dead one."""
        account = server_account(self.pgdata)
        with told_plainly(self.data_dir):
            self._make_directories(account)
            with self._start_lock():
                self._make_ready(account)
                if self._users_lock is None:
                    self._users_lock = open_lock(self.data_dir / "users.lock")
                    fcntl.flock(self._users_lock, fcntl.LOCK_SH)
                return self._url()

    def stop(self) -> bool:
        """Leave; the last one stops the server. True when it was stopped."""
        if self._users_lock is None:
            return False
        with self._start_lock():
            held, self._users_lock = self._users_lock, None
            last = take(held, fcntl.LOCK_EX)
            os.close(held)
            return last and self._stop_server()

    def is_alive(self) -> bool:
        return find_postmaster(self.pgdata) is not None

    async def keep_alive(self, *, every_s: float = 0.5) -> None:
        """Restart the server whenever it is found dead; runs until cancelled. For programs on the wall clock."""
        while True:
            await asyncio.sleep(every_s)
            if not self.is_alive():
                with suppress(CallwrightError):  # a full disk, say: tried again
                    await asyncio.to_thread(self.start)

    def __enter__(self) -> str:
        return self.start()

    def __exit__(self, *_: object) -> None:
        self.stop()

    # --- within, under the start lock ---------------------------------------------------------------------------

    def _make_directories(self, account: Account) -> None:
        for path in (*reversed(self.data_dir.parents), self.data_dir):
            if not path.exists():
                path.mkdir()
                if account.uid is not None:
                    path.chmod(0o711)  # made by us; the account must be able to pass
        if account.uid is not None and not account.may("x", self.data_dir):
            self.data_dir.chmod(self.data_dir.stat().st_mode | 0o011)
        run = self.data_dir / "run"
        run.mkdir(mode=0o700, exist_ok=True)
        account.own(run)
        if not os.access(self.data_dir, os.W_OK) or not account.may("w", run):
            raise BadInput(
                f"The account {account.name}, under which PostgreSQL runs, cannot write to {self.data_dir}:"
                " set CALLWRIGHT_HOME to a directory it can reach, such as /var/lib/callwright."
            )

    def _make_ready(self, account: Account) -> None:
        found = find_postmaster(self.pgdata)
        if found is not None and wait_until_ready(self.pgdata, patience_s=_START_PATIENCE_S):
            return
        binaries = self._given_binaries or wheel_binaries(account, self.data_dir)
        clear_remnants(self.pgdata, socket_dir(self.data_dir / "run", account))
        if not self.pgdata.exists():
            self._initialise(account, binaries)
        self._check_version(binaries)
        if not (self.data_dir / "password").exists():
            self._set_password(account, binaries)
        self._launch(account, binaries)

    def _initialise(self, account: Account, binaries: Binaries) -> None:
        """Make the data beside their place and move them there when whole: a killed start leaves nothing half."""
        making = self.data_dir / "run" / "pgdata.new"
        shutil.rmtree(making, ignore_errors=True)
        locale = ["--locale=C"]
        if binaries.major >= 17:
            locale += ["--locale-provider=builtin", "--builtin-locale=C.UTF-8"]
        options = ["--username", _USER, "--encoding=UTF8", "--auth=reject"]  # our own pg_hba.conf counts
        options += ["--no-sync"] if self._own_settings.get("fsync") == "off" else []
        made = account.run([binaries.program("initdb"), "--pgdata", making, *options, *locale])
        self._check_run(made, "PostgreSQL could not make its data directory")
        self._tell(account, binaries, making, f"create database {_DATABASE};\n")
        making.rename(self.pgdata)

    def _set_password(self, account: Account, binaries: Binaries) -> None:
        password = secrets.token_hex(24)
        self._tell(account, binaries, self.pgdata, f"alter role {_USER} password '{password}';\n")
        write_private(self.data_dir / "password", password)

    def _tell(self, account: Account, binaries: Binaries, pgdata: Path, words: str) -> None:
        """Speak to the data directly, while no server runs."""
        done = account.run([binaries.program("postgres"), "--single", "-D", pgdata, "postgres"], stdin=words)
        self._check_run(done, "PostgreSQL could not prepare its database")

    def _check_version(self, binaries: Binaries) -> None:
        try:
            version = (self.pgdata / "PG_VERSION").read_text().strip()
        except FileNotFoundError:
            raise BadInput(
                f"{self.pgdata} is not a PostgreSQL data directory: move it away, or choose another CALLWRIGHT_HOME."
            ) from None
        if version != str(binaries.major):
            raise Conflict(
                f"The data in {self.pgdata} were written by PostgreSQL {version} and this program brings"
                f" {binaries.major}: dump them with version {version}, move the directory away and load the dump."
            )

    def _launch(self, account: Account, binaries: Binaries) -> None:
        settings = self.data_dir / "postgresql.conf"
        access = self.data_dir / "pg_hba.conf"
        write_readable(access, "local all all scram-sha-256\nhost all all 127.0.0.1/32 scram-sha-256\n")
        sockets = socket_dir(self.data_dir / "run", account)
        write_readable(settings, server_settings(sockets, access, port=self._port, own=self._own_settings))
        log_from = self._shorten_log()
        options = ["--silent", "--wait", "--timeout", str(int(_START_PATIENCE_S))]
        own_settings = f"-c config_file={shlex.quote(str(settings))}"
        started = account.run(
            [binaries.program("pg_ctl"), "start", "-D", self.pgdata, "-l", self.log_file, "-o", own_settings, *options],
            timeout_s=_START_PATIENCE_S + 30,
        )
        if started.returncode != 0 or find_postmaster(self.pgdata) is None:
            with suppress(OSError), self.log_file.open("rb") as log:
                log.seek(log_from)
                started.stdout += log.read(100_000).decode(errors="replace")
            self._check_run(started, "PostgreSQL did not start", failed=True)

    def _shorten_log(self) -> int:
        """Begin the log anew where it has grown long; its length now."""
        try:
            length = self.log_file.lstat().st_size
        except FileNotFoundError:
            return 0
        if length > _LONGEST_LOG:
            self.log_file.unlink()
            return 0
        return length

    def _check_run(self, done: subprocess.CompletedProcess[str], what: str, *, failed: bool = False) -> None:
        if failed or done.returncode != 0:
            raise failed_program(self.data_dir, what, done.stdout)

    def _stop_server(self) -> bool:
        account = server_account(self.pgdata)
        found = find_postmaster(self.pgdata)
        if found is None:
            return False
        binaries = self._given_binaries or wheel_binaries(account, self.data_dir)
        options = ["--mode=fast", "--silent", "--wait", "--timeout=60"]
        stopped = account.run([binaries.program("pg_ctl"), "stop", "-D", self.pgdata, *options], timeout_s=90)
        if found.socket_dir != str(self.data_dir / "run"):
            with suppress(OSError):
                Path(found.socket_dir).rmdir()
        return stopped.returncode == 0

    @contextmanager
    def _start_lock(self) -> Iterator[None]:
        lock = open_lock(self.data_dir / "start.lock")
        try:
            deadline = time.monotonic() + _START_PATIENCE_S
            while not take(lock, fcntl.LOCK_EX):
                if time.monotonic() > deadline:
                    raise StoreUnavailable(
                        f"Another program has been starting or stopping PostgreSQL in {self.data_dir} for"
                        f" {_START_PATIENCE_S:.0f} seconds: end it, or wait for it, and try again."
                    )
                time.sleep(0.02)
            yield
        finally:
            os.close(lock)

    def _url(self) -> str:
        found = find_postmaster(self.pgdata)
        if found is None:
            raise StoreUnavailable(f"PostgreSQL stopped right after its start: see {self.log_file}.")
        password = (self.data_dir / "password").read_text().strip()
        where = urlencode({"host": found.socket_dir, "port": found.port})
        return f"postgresql://{_USER}:{quote(password)}@/{_DATABASE}?{where}"
