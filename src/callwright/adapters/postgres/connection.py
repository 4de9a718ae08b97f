"""The pool of connections to the truth, and what to do when a commit's answer was lost.

A commit whose answer never came may have happened. Before anything else is done on the next connection, ``Doubts``
finds out and repairs what the caller had to believe undone. (The transaction's own id would not tell: after a crash of
the server another transaction may bear it.)
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Any

import asyncpg

from callwright.adapters.postgres.errors import translated

Connection = Any  # asyncpg has no types
Repair = Callable[[Connection], Awaitable[None]]

_COMMAND_TIMEOUT_S = 30.0
_SETTINGS = {
    "application_name": "callwright",
    "timezone": "UTC",
    "jit": "off",
}
_HOT_PATH = {
    # every statement of the hot path is led by an index, however little the planner knows of a new table
    "enable_seqscan": "off",
    "plan_cache_mode": "force_generic_plan",
}


async def open_pool(url: str, *, durable: bool, most: int, hot_path: bool = False) -> Any:
    """A pool to the database at ``url``. Not ``durable``: commits do not wait for the disk (rehearsals).

    ``hot_path``: for the store's many small statements; bulk work and reports want the planner's own judgement.
    """
    extra = _HOT_PATH if hot_path else {}
    async with translated():
        pool = await asyncpg.create_pool(
            url,
            min_size=0,
            max_size=most,
            command_timeout=_COMMAND_TIMEOUT_S,
            max_inactive_connection_lifetime=0,
            server_settings={**_SETTINGS, **extra, "synchronous_commit": "on" if durable else "off"},
            init=_prepare,
            reset=_leave_clean,
        )
        try:
            async with pool.acquire():  # whoever cannot be reached is told of now
                return pool
        except BaseException:
            pool.terminate()
            raise


async def _prepare(connection: Connection) -> None:
    await connection.set_type_codec("jsonb", schema="pg_catalog", encoder=json.dumps, decoder=json.loads)


async def _leave_clean(connection: Connection) -> None:
    """Instead of asyncpg's reset, which costs a round trip each time: we only ever leave a transaction behind."""
    if connection.is_in_transaction():
        await connection.execute("rollback")


class Doubts:
    """The transactions whose fate is not known yet, each with the repair that finds out and acts."""

    def __init__(self) -> None:
        self._open: list[Repair] = []
        self._settling = asyncio.Lock()

    def add(self, repair: Repair) -> None:
        self._open.append(repair)

    async def settle(self, connection: Connection) -> None:
        """Run the repairs; one that fails is run again before the next thing is done."""
        if self._open:
            async with self._settling:
                while self._open:
                    await self._open[0](connection)
                    self._open.pop(0)


class Transaction:
    """One transaction. ``doubtful`` is said before what the caller could otherwise do twice, or believe undone."""

    def __init__(self, connection: Connection) -> None:
        self.connection = connection
        self.repair: Repair | None = None

    def doubtful(self, repair: Repair) -> None:
        """``repair`` runs if the commit is not known to have happened. It must do no harm if it did not happen, and
        wait for a transaction that is still under way.
        """
        self.repair = repair


@asynccontextmanager
async def connected(pool: Any, doubts: Doubts) -> AsyncIterator[Connection]:
    """A connection with no doubt left behind it; errors come out translated."""
    async with translated(), pool.acquire() as connection:
        try:
            await doubts.settle(connection)
            yield connection
        except asyncpg.InternalClientError:  # the driver lost its thread when the server died
            connection.terminate()
            raise


@asynccontextmanager
async def transaction(pool: Any, doubts: Doubts) -> AsyncIterator[Transaction]:
    """A transaction that commits at the end; a failure rolls back, and leaves its doubt where it had one."""
    async with connected(pool, doubts) as connection:
        going = Transaction(connection)
        await connection.execute("begin")
        try:
            yield going
            await connection.execute("commit")
        except BaseException:
            if going.repair is not None:
                doubts.add(going.repair)
            raise
