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

import fcntl
import hashlib
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
from callwright.adapters.postgres.postmaster import clear_remnants, find_postmaster, wait_until_ready
from callwright.adapters.postgres.startup_errors import failed_program, told_plainly
from callwright.kit.errors import BadInput, Conflict, StoreUnavailable

_USER = _DATABASE = "callwright"
_SOCKET_PORT = 5432  # only names the socket file
_LONGEST_SOCKET_DIR = 85  # a socket's path holds 107 bytes
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
                    self._users_lock = _open_lock(self.data_dir / "users.lock")
                    fcntl.flock(self._users_lock, fcntl.LOCK_SH)
                return self._url()

    def stop(self) -> bool:
        """Leave; the last one stops the server. True when it was stopped."""
        if self._users_lock is None:
            return False
        with self._start_lock():
            held, self._users_lock = self._users_lock, None
            last = _take(held, fcntl.LOCK_EX)
            os.close(held)
            return last and self._stop_server()

    def is_alive(self) -> bool:
        return find_postmaster(self.pgdata) is not None

    def __enter__(self) -> str:
        return self.start()

    def __exit__(self, *_: object) -> None:
        self.stop()

    # --- within, under the start lock ---------------------------------------------------------------------------

    def _make_directories(self, account: Account) -> None:
        for path in (*reversed(self.data_dir.parents), self.data_dir):
            if not path.exists():
                path.mkdir()
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
        clear_remnants(self.pgdata, self._socket_dir(account))
        if not self.pgdata.exists():
            self._initialise(account, binaries)
        self._check_version(binaries)
        self._launch(account, binaries)

    def _initialise(self, account: Account, binaries: Binaries) -> None:
        """Make the data beside their place and move them there when whole: a killed start leaves nothing half."""
        making = self.data_dir / "run" / "pgdata.new"
        shutil.rmtree(making, ignore_errors=True)
        locale = ["--locale=C"]
        if binaries.major >= 17:
            locale += ["--locale-provider=builtin", "--builtin-locale=C.UTF-8"]
        options = ["--username", _USER, "--encoding=UTF8", "--auth=reject"]  # our own pg_hba.conf counts
        if self._own_settings.get("fsync") == "off":
            options.append("--no-sync")
        made = account.run([binaries.program("initdb"), "--pgdata", making, *options, *locale])
        self._check_run(made, "PostgreSQL could not make its data directory")
        password = secrets.token_hex(24)
        first = f"alter role {_USER} password '{password}';\ncreate database {_DATABASE};\n"
        made = account.run([binaries.program("postgres"), "--single", "-D", making, "postgres"], stdin=first)
        self._check_run(made, "PostgreSQL could not make its database")
        _write_private(self.data_dir / "password", password)
        making.rename(self.pgdata)

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
        _write_readable(access, "local all all scram-sha-256\nhost all all 127.0.0.1/32 scram-sha-256\n")
        _write_readable(settings, self._settings(account, access))
        log_from = self.log_file.stat().st_size if self.log_file.exists() else 0
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

    def _check_run(self, done: subprocess.CompletedProcess[str], what: str, *, failed: bool = False) -> None:
        if failed or done.returncode != 0:
            raise failed_program(self.data_dir, what, done.stdout)

    def _settings(self, account: Account, access: Path) -> str:
        listen = "127.0.0.1" if self._port else ""
        settings = {
            "unix_socket_directories": str(self._socket_dir(account)),
            "hba_file": str(access),
            "unix_socket_permissions": "0700",
            "listen_addresses": listen,
            "port": str(self._port or _SOCKET_PORT),
            "max_connections": "60",
            "shared_buffers": "256MB",
            "max_wal_size": "4GB",
            "checkpoint_timeout": "15min",
            "random_page_cost": "1.1",
            "jit": "off",
            "timezone": "UTC",
            "log_timezone": "UTC",
            "log_line_prefix": "%m [%p] ",
            "lc_messages": "C",
            **self._own_settings,
        }
        lines = [f"{name} = '{value.replace(chr(39), chr(39) * 2)}'" for name, value in settings.items()]
        return "# Written by Callwright at every start.\n" + "\n".join(lines) + "\n"

    def _socket_dir(self, account: Account) -> Path:
        """``run``, or a short private directory where the path would be too long for a socket."""
        run = self.data_dir / "run"
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

    def _stop_server(self) -> bool:
        account = server_account(self.pgdata)
        found = find_postmaster(self.pgdata)
        if found is None:
            return False
        binaries = self._given_binaries or wheel_binaries(account, self.data_dir)
        options = ["--mode=fast", "--silent", "--wait", "--timeout=60"]
        stopped = account.run([binaries.program("pg_ctl"), "stop", "-D", self.pgdata, *options], timeout_s=90)
        return stopped.returncode == 0

    @contextmanager
    def _start_lock(self) -> Iterator[None]:
        lock = _open_lock(self.data_dir / "start.lock")
        try:
            deadline = time.monotonic() + _START_PATIENCE_S
            while not _take(lock, fcntl.LOCK_EX):
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


def _open_lock(path: Path) -> int:
    return os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)


def _take(lock: int, kind: int) -> bool:
    try:
        fcntl.flock(lock, kind | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def _write_readable(path: Path, text: str) -> None:
    path.write_text(text)
    path.chmod(0o644)


def _write_private(path: Path, text: str) -> None:
    part = path.with_suffix(".part")
    part.unlink(missing_ok=True)
    with os.fdopen(os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
        file.write(text)
    part.rename(path)
