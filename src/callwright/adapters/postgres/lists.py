"""The list store over PostgreSQL: COPY for what is new, set-based statements for what is known already."""

from __future__ import annotations

import io
import json
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from typing import Any

import asyncpg
import polars as pl

from callwright.adapters.postgres.errors import translated
from callwright.adapters.postgres.sql import statement
from callwright.kit.clock import utc
from callwright.kit.errors import Conflict, NotFound
from callwright.lists.clean_state import Evidence, NumberHistory
from callwright.lists.ports import BatchStart, BatchWriter, UndoReport
from callwright.model.outcome import Outcome

_KNOWN_SCHEMA = {"number": pl.String, "customer_id": pl.Int64, "in_list": pl.Boolean}
_MUCH = 10_000
"""From so many rows on the planner's statistics are refreshed before the commit: the hopper claims right after it."""
_PHONE_COLUMNS = ["customer_id", "number", "country", "region", "line_type", "carrier", "zones", "position"]


class PostgresListStore:
    """Implements ``lists.ports.ListStore`` over an asyncpg pool."""

    def __init__(self, pool: asyncpg.Pool) -> None:
        self._pool = pool

    @asynccontextmanager
    async def batch(self, start: BatchStart) -> AsyncIterator[BatchWriter]:
        async with translated(), self._pool.acquire() as connection, connection.transaction():
            if not start.dry_run:
                await connection.execute(statement("lock_imports"))
            writer = PostgresBatch(connection, start)
            await writer.begin()
            yield writer

    async def profile(self, name: str) -> Mapping[str, Any] | None:
        async with translated():
            found = await self._pool.fetchval(statement("find_profile"), name)
        return None if found is None else dict(json.loads(found))

    async def save_profile(self, name: str, mapping: Mapping[str, Any]) -> None:
        async with translated():
            await self._pool.execute(statement("save_profile"), name, json.dumps(dict(mapping), ensure_ascii=False))

    async def undo_batch(self, batch_id: int, now: float) -> UndoReport:
        async with translated(), self._pool.acquire() as connection, connection.transaction():
            batch = await connection.fetchrow(statement("lock_batch"), batch_id)
            if batch is None:
                raise NotFound(f"There is no import batch {batch_id}; `callwright lists` shows them.")
            if batch["undone"]:
                raise Conflict(f"Import batch {batch_id} was undone before.")
            leads = [r["id"] for r in await connection.fetch(statement("lock_undoable_leads"), batch_id)]
            customers = await connection.fetchval(statement("delete_leads"), leads) or []
            gone = await connection.execute(statement("delete_customers"), customers, batch["created_at"])
            kept = await connection.fetchval(statement("count_batch_leads"), batch_id)
            await connection.execute(statement("count_list"), batch["list_id"], -len(leads))
            if kept == 0:
                await connection.execute(statement("mark_undone"), batch_id, utc(now))
            return UndoReport(
                batch_id=batch_id,
                removed_leads=len(leads),
                kept_leads=int(kept),
                removed_customers=int(gone.rsplit(" ", 1)[-1]),
            )

    async def number_histories(self, list_name: str, now: float) -> AsyncIterator[NumberHistory]:
        async with translated(), self._pool.acquire() as connection, connection.transaction(readonly=True):
            found = await connection.fetchrow(statement("find_list"), list_name)
            if found is None:
                raise NotFound(f"There is no list {list_name!r}; `callwright lists` shows them.")
            rows: list[asyncpg.Record] = []
            async for row in connection.cursor(statement("number_histories"), found["id"], utc(now), prefetch=5000):
                if rows and row["phone_id"] != rows[0]["phone_id"]:
                    yield _history(rows)
                    rows = []
                rows.append(row)
            if rows:
                yield _history(rows)


def _history(rows: list[asyncpg.Record]) -> NumberHistory:
    first = rows[0]
    calls = [
        Evidence(
            attempt_id=r["attempt_id"],
            at=r["at"],
            outcome=None if r["outcome"] is None else Outcome(r["outcome"]),
            disposition=r["disposition"],
            reached=r["reached"],
            dead=None if r["effects"] is None else bool(json.loads(r["effects"]).get("number_dead", False)),
        )
        for r in rows
        if r["attempt_id"] is not None
    ]
    return NumberHistory(
        customer_id=first["customer_id"],
        external_id=first["external_id"],
        name=first["name"],
        number=first["number"],
        position=first["position"],
        country=first["country"],
        line_type=first["line_type"],
        carrier=first["carrier"],
        tier=first["tier"],
        lead_status=first["status"],
        facts=json.loads(first["facts"]),
        banned=first["banned"],
        calls=calls,
        dead=first["dead"],
    )


class PostgresBatch:
    """One import's transaction, open on ``connection``."""

    def __init__(self, connection: Any, start: BatchStart) -> None:
        self._connection = connection
        self._start = start
        self._base_is_empty = False
        self._skips_checks = False
        self._campaign_id: int | None = None
        self.list_id: int | None = None
        self.batch_id: int | None = None
        self.same_file_before: int | None = None

    async def begin(self) -> None:
        start, connection = self._start, self._connection
        if not start.dry_run:
            provenance = json.dumps(dict(start.provenance), ensure_ascii=False)
            await connection.execute(statement("make_list"), start.list_name, start.file, provenance, utc(start.now))
        found = await connection.fetchrow(statement("find_list" if start.dry_run else "lock_list"), start.list_name)
        if found is not None:
            self.list_id, self._campaign_id = found["id"], found["campaign_id"]
            self.same_file_before = await connection.fetchval(statement("same_file_before"), self.list_id, start.sha256)
        if not start.dry_run:
            self.batch_id = await connection.fetchval(
                statement("make_batch"), self.list_id, start.file, start.sha256, start.profile, utc(start.now)
            )
        if not start.dry_run and await connection.fetchval(statement("may_skip_checks")):
            # Two thirds of the work would be per-row checks of references that hold by construction: customers are
            # made or locked, the list is locked, the batch is our own. The lead counts are then written in finish().
            await connection.execute(statement("skip_checks"))
            self._skips_checks = True
        self._base_is_empty = not await connection.fetchval(statement("any_phone"))
        await connection.execute(statement("make_import_tables"))

    async def owners(self) -> Mapping[str, int]:
        return {r["name"]: r["id"] for r in await self._connection.fetch(statement("agents_by_name"))}

    async def known(self, numbers: pl.DataFrame) -> pl.DataFrame:
        if self._base_is_empty or numbers.is_empty():
            return pl.DataFrame(schema=_KNOWN_SCHEMA)
        await self._connection.execute(statement("empty_import_tables"))
        await self._copy("import_numbers", numbers.select("number"))
        await self._connection.execute("analyze import_numbers")
        rows = await self._connection.fetch(statement("known_numbers"), self.list_id)
        return pl.DataFrame([tuple(r) for r in rows], schema=_KNOWN_SCHEMA, orient="row").unique(
            "number", keep="first", maintain_order=True
        )

    async def new_customer_ids(self, count: int) -> pl.Series:
        if self._start.dry_run:
            return pl.int_range(-count, 0, dtype=pl.Int64, eager=True)
        return await self._reserve("customers", count)

    async def _reserve(self, table: str, count: int) -> pl.Series:
        """Ids of our own from the table's sequence; drawing them one by one would cost more than the rows."""
        last = int(await self._connection.fetchval(statement("reserve_ids"), table, count))
        return pl.int_range(last - count + 1, last + 1, dtype=pl.Int64, eager=True).alias("id")

    async def write(self, people: pl.DataFrame, phones: pl.DataFrame, emails: pl.DataFrame) -> None:
        if self._start.dry_run or people.is_empty():
            return
        phones = phones.with_columns(
            zones="{" + pl.col("zones") + "}",
            position=pl.col("position").rank("ordinal").over("customer_id").cast(pl.Int16) - 1,
        ).select(*_PHONE_COLUMNS, "known")
        await self._write_new(people.filter(~pl.col("known")), phones, emails)
        await self._write_known(people.filter("known"), phones, emails)
        at = pl.lit(utc(self._start.now).isoformat())
        leads = people.select(
            await self._reserve("leads", people.height),
            pl.lit(self.list_id).alias("list_id"),
            pl.lit(self._campaign_id, pl.Int64).alias("campaign_id"),
            "customer_id",
            pl.lit(self.batch_id).alias("batch_id"),
            "tier",
            "priority",
            at.alias("next_at"),
            "owner_agent_id",
        )
        await self._copy("leads", leads)
        consents = people.filter(pl.col("consent_kind").is_not_null()).select(
            "customer_id",
            pl.col("consent_kind").alias("kind"),
            pl.from_epoch((pl.col("consent_at") * 1e6).cast(pl.Int64), time_unit="us")
            .dt.strftime("%Y-%m-%dT%H:%M:%S%.6fZ")
            .alias("granted_at"),
            pl.col("consent_proof").alias("proof"),
        )
        await self._copy("consents", consents)

    async def _write_new(self, people: pl.DataFrame, phones: pl.DataFrame, emails: pl.DataFrame) -> None:
        customers = people.select(
            pl.col("customer_id").alias("id"), "external_id", "name", "language", "time_zone", "facts",
            pl.lit(utc(self._start.now).isoformat()).alias("created_at"),
        )  # fmt: skip
        await self._copy("customers", customers)
        numbers = phones.filter(~pl.col("known")).drop("known")
        await self._copy("phones", numbers.with_columns(await self._reserve("phones", numbers.height)).sort("number"))
        await self._copy("emails", emails.filter(~pl.col("known")).select("customer_id", "email"))

    async def _write_known(self, people: pl.DataFrame, phones: pl.DataFrame, emails: pl.DataFrame) -> None:
        if people.is_empty():
            return
        columns = ("customer_id", "external_id", "name", "language", "time_zone", "facts")
        await self._copy("import_known", people.select(columns))
        await self._copy("import_known_phones", phones.filter("known").drop("known"))
        await self._copy("import_known_emails", emails.filter("known").select("customer_id", "email"))
        updated = await self._connection.execute(statement("update_known_people"))
        if updated != f"UPDATE {people.height}":
            raise Conflict("People of this list were removed from the base during the import; import it again.")
        for name in ("add_known_phones", "add_known_emails"):
            await self._connection.execute(statement(name))

    async def _copy(self, table: str, frame: pl.DataFrame) -> None:
        if frame.is_empty():
            return
        text = io.BytesIO()
        frame.write_csv(text, include_header=False, quote_style="necessary")
        text.seek(0)
        await self._connection.copy_to_table(table, source=text, columns=frame.columns, format="csv")

    async def finish(self, *, read: int, stored: int, rejected: int) -> None:
        if self._start.dry_run:
            return
        await self._connection.execute(statement("finish_batch"), self.batch_id, read, stored, rejected)
        await self._connection.execute(statement("count_list"), self.list_id, stored)
        if stored >= _MUCH:
            await self._connection.execute(statement("refresh_statistics"))
        if self._skips_checks and self._campaign_id is not None and stored:
            await self._connection.execute(statement("count_leads"), self._campaign_id, stored)
