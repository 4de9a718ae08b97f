"""The schema's history, applied by Alembic over the same asyncpg driver as everything else.

``migrate(url)`` brings a database to the newest version; a test checks that the result equals ``schema.metadata``.
What autogeneration does not see (functions, triggers) is written by hand in the version that brings it.
"""

from __future__ import annotations

from pathlib import Path

import asyncpg
from alembic import command
from alembic.config import Config
from sqlalchemy import Connection, text
from sqlalchemy.ext.asyncio import create_async_engine
from sqlalchemy.pool import NullPool

from callwright.adapters.postgres.errors import translated

_LOCK = 7_301_100_427
"""Two programs that start at once migrate one after the other."""


async def migrate(url: str) -> None:
    """Bring the database at ``url`` to the newest schema; does nothing where it is there already."""
    async with translated():
        engine = create_async_engine(
            "postgresql+asyncpg://", async_creator=lambda: asyncpg.connect(url), poolclass=NullPool
        )
        try:
            async with engine.begin() as connection:
                await connection.run_sync(_upgrade)
        finally:
            await engine.dispose()


def _upgrade(connection: Connection) -> None:
    connection.execute(text("select pg_advisory_xact_lock(:key)"), {"key": _LOCK})
    command.upgrade(alembic_config(connection), "head")


def alembic_config(connection: Connection) -> Config:
    """Alembic's settings, bound to an open connection."""
    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent))
    config.set_main_option("path_separator", "os")
    config.attributes["connection"] = connection
    return config
