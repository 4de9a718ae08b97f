"""Faxes as rows, read for people. (They are written with the journal's batch.)"""

from __future__ import annotations

from callwright.adapters.postgres.sql import statement
from callwright.adapters.postgres.store import PostgresStore
from callwright.dialer.ports import Fax


async def faxes(store: PostgresStore, since: float, until: float, *, most: int) -> list[Fax]:
    """The newest first, sent and received."""
    async with store.connected() as connection:
        return [Fax(**row) for row in await connection.fetch(statement("faxes_between"), since, until, most)]
