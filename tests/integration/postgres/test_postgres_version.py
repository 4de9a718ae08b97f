"""The cheap question whether a database is current."""

from __future__ import annotations

import asyncpg
import pytest
from alembic.script import ScriptDirectory

from callwright.adapters.postgres import version
from callwright.kit.errors import Conflict


def test_the_file_names_tell_the_versions_alembic_knows() -> None:
    script = ScriptDirectory(str(version._VERSIONS.parent))
    assert version.known_versions() == sorted(revision.revision for revision in script.walk_revisions())
    assert version.known_versions()[-1] == script.get_current_head()


async def test_a_database_is_current_older_or_newer(embedded_database_url: str) -> None:
    assert await version.is_current(embedded_database_url)
    connection = await asyncpg.connect(embedded_database_url)
    try:
        head = await connection.fetchval("select version_num from alembic_version")
        await connection.execute("update alembic_version set version_num = '0001'")
        assert not await version.is_current(embedded_database_url)
        await connection.execute("update alembic_version set version_num = '9999'")
        with pytest.raises(Conflict, match="update this program first"):
            await version.is_current(embedded_database_url)
    finally:
        await connection.execute("update alembic_version set version_num = $1", head)
        await connection.close()
