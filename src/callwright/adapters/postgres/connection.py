"""The pool of connections to the truth, and what to do when a commit's answer was lost.

A commit whose answer never came may have happened. The transaction's own id tells afterwards: before anything else is
done on a new connection, ``Doubts.settle`` asks PostgreSQL and repairs what the caller had to believe undone.
"""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

import asyncpg

from callwright.adapters.postgres.errors import translated
from callwright.adapters.postgres.sql import statement
from callwright.kit.errors import StoreUnavailable

Connection = Any  # asyncpg has no types
Repair = Callable[[Connection], Awaitable[None]]

_COMMAND_TIMEOUT_S = 30.0
_SETTINGS = {
    "application_name": "callwright",
    "timezone": "UTC",
    "jit": "off",
    # every statement of the hot path is led by an index, however little the planner knows of a new table
    "enable_seqscan": "off",
    "plan_cache_mode": "force_generic_plan",
}


async def open_pool(url: str, *, durable: bool, most: int) -> Any:
    """A pool to the database at ``url``. Not ``durable``: commits do not wait for the disk (rehearsals)."""
    async with translated():
        return await asyncpg.create_pool(
            url,
            min_size=1,
            max_size=most,
            command_timeout=_COMMAND_TIMEOUT_S,
            max_inactive_connection_lifetime=0,
            server_settings={**_SETTINGS, "synchronous_commit": "on" if durable else "off"},
            init=_prepare,
            reset=_leave_clean,
        )


async def _prepare(connection: Connection) -> None:
    await connection.set_type_codec("jsonb", schema="pg_catalog", encoder=json.dumps, decoder=json.loads)


async def _leave_clean(connection: Connection) -> None:
    """Instead of asyncpg's reset, which costs a round trip each time: we only ever leave a transaction behind."""
    if connection.is_in_transaction():
        await connection.execute("rollback")


@dataclass(frozen=True, kw_only=True, slots=True)
class Doubt:
    """A transaction that may have committed; ``repair`` runs if it did."""

    xid: str
    repair: Repair


class Doubts:
    """The transactions whose fate is not known yet."""

    def __init__(self) -> None:
        self._open: list[Doubt] = []

    def add(self, xid: str, repair: Repair) -> None:
        self._open.append(Doubt(xid=xid, repair=repair))

    async def settle(self, connection: Connection) -> None:
        while self._open:
            doubt = self._open[0]
            fate = await connection.fetchval(statement("xact_status"), doubt.xid)
            if fate == "in progress":
                raise StoreUnavailable("The database has not finished an earlier commit yet; dialling waits for it.")
            if fate == "committed":
                await doubt.repair(connection)
            self._open.pop(0)


class Transaction:
    """One transaction; ``doubtful`` names it once it has written what the caller could otherwise do twice."""

    def __init__(self, connection: Connection, doubts: Doubts) -> None:
        self.connection = connection
        self._doubts = doubts
        self._doubtful: tuple[str, Repair] | None = None

    def doubtful(self, xid: str, repair: Repair) -> None:
        self._doubtful = (xid, repair)

    async def begin(self) -> None:
        await self.connection.execute("begin")

    async def commit(self) -> None:
        await self.connection.execute("commit")

    def lost(self) -> None:
        if self._doubtful is not None:
            self._doubts.add(*self._doubtful)


@asynccontextmanager
async def connected(pool: Any, doubts: Doubts) -> AsyncIterator[Connection]:
    """A connection with no doubt left behind it; errors come out translated."""
    async with translated(), pool.acquire() as connection:
        await doubts.settle(connection)
        yield connection


@asynccontextmanager
async def transaction(pool: Any, doubts: Doubts) -> AsyncIterator[Transaction]:
    """A transaction that commits at the end; a failure rolls back, a lost one is remembered as a doubt."""
    async with connected(pool, doubts) as connection:
        going = Transaction(connection, doubts)
        await going.begin()
        try:
            yield going
            await going.commit()
        except BaseException:
            going.lost()
            raise
