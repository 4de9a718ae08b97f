"""A vault on memory and on PostgreSQL, fed with files as Asterisk leaves them."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field
from pathlib import Path

import asyncpg
import pytest

from callwright.adapters.postgres.recordings import PostgresRecordings
from callwright.adapters.recordings.keys import KeyRing
from callwright.adapters.recordings.memory import MemoryRows
from callwright.adapters.recordings.ports import Recording, RecordingRows
from callwright.adapters.recordings.vault import Vault
from support.tones import killed_wav, tone, write

CAMPAIGNS = {1: "spring", 2: "autumn"}
ATTEMPTS = 40
"""Attempts 1..40; odd ones belong to the campaign 1, even ones to 2; attempt n is with the customer 100 + n."""


@dataclass
class Place:
    """A vault's directory, its spool and its keys, and how to open it anew."""

    home: Path
    rows: RecordingRows
    told: list[str] = field(default_factory=list)
    now: float = 5_000.0
    _open: list[Vault] = field(default_factory=list)

    @property
    def spool(self) -> Path:
        return self.home / "spool"

    @property
    def directory(self) -> Path:
        return self.home / "recordings"

    @property
    def key_file(self) -> Path:
        return self.home / "keys" / "recordings.key"

    def vault(self, rows: RecordingRows | None = None) -> Vault:
        self.spool.mkdir(exist_ok=True)
        keys = KeyRing.open(self.key_file, make=True)
        opened = Vault(self.directory, keys, rows or self.rows, now=lambda: self.now, tell=self.told.append)
        self._open.append(opened)
        return opened

    def record(self, attempt_id: int, *, seconds: float = 0.5) -> tuple[Path, Path]:
        """What the switch leaves of a call: the person at 440 + id Hz, the agent at 1000 + id Hz."""
        self.spool.mkdir(exist_ok=True)
        person = write(self.spool / f"{attempt_id}-person.wav", killed_wav(tone(440 + attempt_id, seconds)))
        agent = write(self.spool / f"{attempt_id}-agent.wav", killed_wav(tone(1000 + attempt_id, seconds)))
        return person, agent

    async def keep(self, vault: Vault, attempt_id: int, *, at: float = 1000.0, seconds: float = 0.5) -> Recording:
        await vault.started(attempt_id, 2 - attempt_id % 2, at, side="person")
        await vault.started(attempt_id, 2 - attempt_id % 2, at + 0.3, side="agent")
        kept = await vault.finished(attempt_id, *self.record(attempt_id, seconds=seconds), ended_at=at + seconds)
        assert kept is not None
        return kept

    def files(self) -> list[Path]:
        return sorted(file for file in (self.directory / "audio").rglob("*") if file.is_file())

    def close(self) -> None:
        for vault in self._open:
            vault.close()


@pytest.fixture(params=["memory", "postgres"])
def rows_url(request: pytest.FixtureRequest) -> str | None:
    """The database of the rows; None: in memory."""
    return None if request.param == "memory" else request.getfixturevalue("embedded_database_url")


@pytest.fixture
async def rows(rows_url: str | None) -> AsyncIterator[RecordingRows]:
    if rows_url is None:
        yield MemoryRows(CAMPAIGNS, {nth: 100 + nth for nth in range(1, ATTEMPTS + 1)})
        return
    await fill(rows_url)
    opened = await PostgresRecordings.connect(rows_url)
    yield opened
    await opened.close()


async def fill(url: str) -> None:
    connection = await asyncpg.connect(url)
    try:
        await connection.execute("insert into campaigns (name) values ('spring'), ('autumn')")
        await connection.execute("insert into agents (name) values ('Li')")
        await connection.execute(
            "insert into customers (id, name) overriding system value select 100 + n, 'x' from generate_series(1, 40) n"
        )
        await connection.execute(
            "insert into phones (customer_id, number, country, region) "
            "select 100 + n, '+1202555' || n, 'US', 'DC' from generate_series(1, 40) n"
        )
        await connection.execute(
            "insert into attempts (id, campaign_id, customer_id, phone_id, number, mode, state, agent_id, dialed_at) "
            "select n, 2 - n % 2, 100 + n, n, '+1202555' || n, 'predictive', 'ended', 1, now() "
            "from generate_series(1, 40) n"
        )
    finally:
        await connection.close()


@pytest.fixture
def place(tmp_path: Path, rows: RecordingRows) -> object:
    made = Place(home=tmp_path, rows=rows)
    yield made
    made.close()


@pytest.fixture
def flip() -> Callable[[Path, int], None]:
    def change(file: Path, at: int) -> None:
        content = bytearray(file.read_bytes())
        content[at] ^= 1
        file.write_bytes(content)

    return change
