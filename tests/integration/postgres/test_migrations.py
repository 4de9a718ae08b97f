"""The migrated database is what the schema declares, on both servers; migrating is repeatable and safe at once."""

from __future__ import annotations

import asyncio

import asyncpg
import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import Connection
from sqlalchemy.ext.asyncio import create_async_engine

from callwright.adapters.postgres.migrations import migrate
from callwright.adapters.postgres.schema import metadata
from callwright.adapters.postgres.store import PostgresStore
from callwright.kit.errors import BadInput, Conflict, StoreUnavailable


async def test_the_migrated_database_is_the_declared_schema(database_url: str) -> None:
    def differences(connection: Connection) -> list[object]:
        options = {"compare_type": True, "compare_server_default": True}
        return list(compare_metadata(MigrationContext.configure(connection, opts=options), metadata))

    engine = create_async_engine("postgresql+asyncpg://", async_creator=lambda: asyncpg.connect(database_url))
    try:
        async with engine.begin() as connection:
            assert await connection.run_sync(differences) == []
    finally:
        await engine.dispose()


async def test_migrating_again_and_twice_at_once_changes_nothing(database_url: str) -> None:
    await asyncio.gather(migrate(database_url), migrate(database_url))


async def test_a_database_without_the_schema_says_what_to_run(embedded_database_url: str) -> None:
    elsewhere = embedded_database_url.replace("/callwright_test", "/postgres?", 1).split("?", 1)
    url = f"{elsewhere[0]}?{elsewhere[1].split('?', 1)[1]}"
    with pytest.raises(Conflict, match="run `callwright migrate`"):
        await PostgresStore.connect(url)


async def test_no_server_and_a_wrong_password_are_told_apart(embedded_database_url: str) -> None:
    with pytest.raises(StoreUnavailable, match="does not answer"):
        await PostgresStore.connect("postgresql://callwright@127.0.0.1:9/none")
    user, rest = embedded_database_url.split("@", 1)
    with pytest.raises(BadInput, match="check the user and password"):
        await PostgresStore.connect(user.rsplit(":", 1)[0] + ":wrong@" + rest)
