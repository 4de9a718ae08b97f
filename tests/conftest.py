"""Databases for tests. Two servers, each started once: the embedded one and an installed one (Debian's PostgreSQL).

``database_url`` gives a test an empty migrated database of its own, once on each server; ``embedded_database_url`` only
on the embedded one. The installed server is CALLWRIGHT_TEST_DATABASE_URL (its user must be allowed to create databases)
or one started from /usr/lib/postgresql. Where there is none, the tests on it are skipped with the reason; with
CALLWRIGHT_REQUIRE_ALL=1 they fail.
"""

from __future__ import annotations

import asyncio
import os
import re
import shutil
import subprocess
import tempfile
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit

import asyncpg
import pytest

from callwright.adapters.postgres.binaries import Binaries
from callwright.adapters.postgres.embedded import EmbeddedPostgres
from callwright.adapters.postgres.migrations import migrate

_SETTINGS = {
    "track_commit_timestamp": "on",  # the ban races look at the order of commits
    "fsync": "off",  # the machine does not lose power in a test; a killed server loses nothing by it
    "full_page_writes": "off",
}


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Long runs only where they are asked for by name (``-m soak``)."""
    if "soak" not in config.option.markexpr:
        long = [item for item in items if item.get_closest_marker("soak")]
        config.hook.pytest_deselected(items=long)
        items[:] = [item for item in items if item not in long]


@dataclass
class DatabaseServer:
    """A running server with one migrated database for the tests, emptied before each."""

    url: str
    _database: str = ""

    def empty_database(self) -> str:
        if not self._database:
            self._database = f"callwright_test_{os.getpid()}"
            asyncio.run(_execute(self.url, f"create database {self._database}"))
            asyncio.run(migrate(self.database_url))
        asyncio.run(_execute(self.database_url, _EMPTY))
        return self.database_url

    @property
    def database_url(self) -> str:
        return urlunsplit(urlsplit(self.url)._replace(path=f"/{self._database}"))

    def close(self) -> None:
        if self._database:
            asyncio.run(_execute(self.url, f"drop database {self._database} with (force)"))


_EMPTY = """
do $$
declare name text; filled bool;
begin
    perform setval('attempt_ids', 1, false);
    for name in select tablename from pg_tables where schemaname = 'public' and tablename <> 'alembic_version' loop
        execute format('select exists (select from %I)', name) into filled;
        if filled then execute format('truncate %I restart identity cascade', name); end if;
    end loop;
end $$
"""


async def _execute(url: str, statement: str) -> None:
    connection = await asyncpg.connect(url)
    try:
        await connection.execute(statement)
    finally:
        await connection.close()


@contextmanager
def temporary_server(binaries: Binaries | None = None) -> Iterator[EmbeddedPostgres]:
    """A server in a directory of its own, gone afterwards. Not in pytest's: that is closed to the server's account."""
    home = Path(tempfile.mkdtemp(prefix="callwright-test-"))
    home.chmod(0o711)
    server = EmbeddedPostgres(home / "postgres", binaries=binaries, settings=_SETTINGS)
    try:
        yield server
    finally:
        server.stop()
        shutil.rmtree(home, ignore_errors=True)


@pytest.fixture(scope="session")
def embedded_server() -> Iterator[DatabaseServer]:
    with temporary_server() as embedded:
        yield DatabaseServer(embedded.start())


@pytest.fixture(scope="session")
def installed_server() -> Iterator[DatabaseServer]:
    given = os.environ.get("CALLWRIGHT_TEST_DATABASE_URL")
    if given:
        server = DatabaseServer(given)
        yield server
        server.close()
        return
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"), key=lambda p: float(p.parts[-3]))
    if not found:
        missing("no PostgreSQL under /usr/lib/postgresql and no CALLWRIGHT_TEST_DATABASE_URL: install postgresql")
    directory = found[-1].parent
    major = int(re.match(r"\d+", directory.parent.name).group())  # type: ignore[union-attr]  # Debian names it so
    with temporary_server(Binaries(directory=directory, major=major)) as installed:
        yield DatabaseServer(installed.start())


def missing(reason: str) -> None:
    """Skip the test, or fail it where everything is required."""
    if os.environ.get("CALLWRIGHT_REQUIRE_ALL") == "1":
        pytest.fail(f"CALLWRIGHT_REQUIRE_ALL=1, but {reason}")
    pytest.skip(reason)


@pytest.fixture(params=["embedded", "installed"])
def database_url(request: pytest.FixtureRequest) -> str:
    return request.getfixturevalue(f"{request.param}_database_url")


@pytest.fixture
def embedded_database_url(embedded_server: DatabaseServer) -> str:
    return embedded_server.empty_database()


@pytest.fixture
def installed_database_url(installed_server: DatabaseServer) -> str:
    return installed_server.empty_database()


@pytest.fixture(scope="session")
def prepared_data() -> Iterator[Path]:
    """A data directory that was started once, to be copied: cheaper than making one for every test."""
    with temporary_server() as server:
        server.start()
        server.stop()
        yield server.data_dir


@pytest.fixture
def new_server(request: pytest.FixtureRequest) -> Iterator[Callable[..., EmbeddedPostgres]]:
    """Servers of a test's own, to be killed and broken. ``fresh``: without data, as on the first start ever."""

    def make(*, fresh: bool = False) -> EmbeddedPostgres:
        server = stack.enter_context(temporary_server())
        if not fresh:
            subprocess.run(["cp", "-a", request.getfixturevalue("prepared_data"), server.data_dir], check=True)
        return server

    with ExitStack() as stack:
        yield make
