"""Whether a database has the newest schema: one cheap question, so that Alembic is loaded only where there is work."""

from __future__ import annotations

from pathlib import Path

import asyncpg

from callwright.adapters.postgres.errors import translated
from callwright.kit.errors import Conflict

_VERSIONS = Path(__file__).parent / "migrations" / "versions"


def known_versions() -> list[str]:
    """The schema versions this program knows, oldest first: the numbers that begin the migrations' file names."""
    return sorted(file.name.partition("_")[0] for file in _VERSIONS.glob("[0-9]*_*.py"))


async def is_current(url: str) -> bool:
    """Raises Conflict where the database was made by a newer program."""
    async with translated():
        connection = await asyncpg.connect(url)
        try:
            if await connection.fetchval("select to_regclass('alembic_version')") is None:
                return False
            found = await connection.fetchval("select version_num from alembic_version")
        finally:
            await connection.close()
    known = known_versions()
    if found is not None and found not in known:
        raise Conflict(f"The database has the schema {found} of a newer Callwright: update this program first.")
    return bool(found == known[-1])
