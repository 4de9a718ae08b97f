"""The figures' raw material from PostgreSQL: ``PostgresFacts`` is the ``FactSource`` of the real store.

Calls, records and agent states are copied out row by row (see ``sql/facts.sql``, ``fixed_copy``) and counted by
``analytics``: that keeps one definition per figure, and measured as fast as grouping in the server. Two connections
share the work. They see the store a few milliseconds apart, which only matters for a campaign that is being dialled.
"""

from __future__ import annotations

import asyncio
import itertools
import json
from collections.abc import Callable, Coroutine, Sequence
from typing import Any

import asyncpg
import polars as pl

from callwright.adapters.postgres.campaign_json import campaign_from_json
from callwright.adapters.postgres.errors import translated
from callwright.adapters.postgres.fixed_copy import copy_fixed
from callwright.adapters.postgres.sql import statement
from callwright.analytics.facts import (
    AGENTS,
    ATTEMPTS,
    CAMPAIGNS,
    COMPLAINTS,
    DISPOSITIONS,
    LEADS,
    LISTS,
    SHIFTS,
    WHOLE,
    Facts,
    Period,
    Schema,
    cut_to_period,
    disposition_names,
    disposition_rows,
    intervals_within,
)
from callwright.model.campaign import Campaign

_CONNECTIONS = 2
_SLICES = 4  # of the attempts' time, so that the connections finish together
_SETTINGS = {
    "application_name": "callwright-figures",
    "timezone": "UTC",
    "jit": "off",
    "random_page_cost": "1.1",  # a slice of time lies together on the disk
    "max_parallel_workers_per_gather": "0",
}
_ATTEMPTS = {
    "attempt_id": "i8",
    "campaign_id": "i8",
    "list_id": "i8",
    "lead_id": "i8",
    "agent_id": "i8",
    "marks": "i4",
    "dialed_at": "at",
    "rang_at": "at",
    "answered_at": "at",
    "greeting_ended_at": "at",
    "connected_at": "at",
    "left_at": "at",
    "ended_at": "at",
    "caller_id": "i8",
    "outcome": "i8",
    "disposition": "i8",
    "hold_s": "f8",
    "alone_s": "f8",
    "cost": "f8",
}
_MARKS = {"redial": 8, "inbound": 16, "person": 32, "offered": 64, "picked_up": 128}  # bits, see the statement
_LEADS = {"lead_id": "i8", "campaign_id": "i8", "list_id": "i8", "tier": "i2", "status": "i8", "last_outcome": "i8"}
_INTERVALS = {
    "interval_id": "i8",
    "agent_id": "i8",
    "campaign_id": "i8",
    "began_at": "at",
    "ended_at": "at",
    "state": "i8",
    "reason": "i8",
}
_FOREVER_S = 1e11  # beyond any instant of a store

Job = Callable[[Any], Coroutine[Any, Any, pl.DataFrame]]


class PostgresFacts:
    """Loads facts from the database at ``url``. Every load opens its own connections and closes them."""

    def __init__(self, url: str) -> None:
        self._url = url

    async def load(self, campaign_ids: Sequence[int], period: Period = WHOLE) -> Facts:
        """Facts of these campaigns (none given: all). Raises StoreUnavailable when the database does not answer."""
        async with translated():
            connections = await asyncio.gather(*(self._connect() for _ in range(_CONNECTIONS)))
            try:
                return await _load(connections, list(campaign_ids), period)
            finally:
                await asyncio.gather(*(c.close() for c in connections))

    async def _connect(self) -> Any:
        return await asyncpg.connect(self._url, server_settings=_SETTINGS)


async def _load(connections: Sequence[Any], campaign_ids: list[int], period: Period) -> Facts:
    first = connections[0]
    campaigns = [_campaign(row) for row in await first.fetch(statement("fact_campaigns"), campaign_ids)]
    ids = [c.id for c in campaigns]
    begin = -_FOREVER_S if period.from_at is None else period.from_at
    end = _FOREVER_S if period.until_at is None else period.until_at
    span = (ids, begin, end)
    jobs: list[Job] = [lambda c: _intervals(c, span)]
    slices = await _slices(first, span)
    jobs += [lambda c, s=s: _attempts(c, (ids, *s)) for s in slices]  # type: ignore[misc]  # mypy cannot infer a default
    jobs += [lambda c: _leads(c, span, campaigns, period)]
    jobs += [
        lambda c: copy_fixed(c, statement("fact_orders"), (ids,), {"attempt_id": "i8", "amount": "f8"}),
        lambda c: _rows(c, "fact_complaints", (ids,), COMPLAINTS),
        lambda c: _rows(c, "fact_shifts", span, SHIFTS),
        lambda c: _rows(c, "fact_agents", (), AGENTS),
        lambda c: _rows(c, "fact_lists", (), LISTS),
    ]
    intervals, *others = await _share_out(connections, jobs)
    calls, (leads, orders, complaints, shifts, agents, lists) = others[: len(slices)], others[len(slices) :]
    attempts = pl.concat(calls) if calls else pl.DataFrame(schema=ATTEMPTS)
    return Facts(
        attempts=attempts,
        leads=leads,
        dispositions=_frame(
            DISPOSITIONS, [r for c in campaigns for r in disposition_rows(c.id, c.purpose, c.dispositions)]
        ),
        campaigns=_frame(CAMPAIGNS, [(c.id, c.name, c.target_completed) for c in campaigns]),
        intervals=intervals_within(intervals, period),
        orders=orders if period == WHOLE else orders.join(attempts, on="attempt_id", how="semi"),
        complaints=complaints if period == WHOLE else complaints.join(attempts, on="attempt_id", how="semi"),
        shifts=cut_to_period(shifts, period),
        agents=agents,
        lists=lists,
        period=period,
        names=disposition_names(campaigns),
    )


async def _share_out(connections: Sequence[Any], jobs: Sequence[Job]) -> list[pl.DataFrame]:
    """Run the jobs, each connection taking the next one when it is free; results in the order of the jobs."""
    waiting = list(enumerate(jobs))
    waiting.reverse()
    done: dict[int, pl.DataFrame] = {}

    async def work(connection: Any) -> None:
        while waiting:
            place, job = waiting.pop()
            done[place] = await job(connection)

    async with asyncio.TaskGroup() as group:
        for connection in connections:
            group.create_task(work(connection))
    return [done[i] for i in range(len(jobs))]


def _campaign(row: Any) -> Campaign:
    config = json.loads(row["config"]) if isinstance(row["config"], str) else dict(row["config"])
    return campaign_from_json({**config, "name": row["name"]}, campaign_id=row["id"])


async def _slices(connection: Any, span: tuple[list[int], float, float]) -> list[tuple[float, float]]:
    """The attempts' time in slices, none where there are no attempts."""
    row = await connection.fetchrow(statement("fact_attempt_span"), *span)
    if row["first_at"] is None:
        return []
    begin, end = row["first_at"] - 1.0, min(row["last_at"] + 1.0, span[2])
    edges = [begin + (end - begin) * i / _SLICES for i in range(_SLICES)] + [end]
    edges[0] = max(begin, span[1])
    return [(a, b) for a, b in itertools.pairwise(edges) if b > a]


async def _attempts(connection: Any, arguments: tuple[object, ...]) -> pl.DataFrame:
    raw = await copy_fixed(connection, statement("fact_attempts"), arguments, _ATTEMPTS)
    words = ("caller_id", "outcome", "disposition")
    raw = await _with_words(connection, raw, "attempt_id", words, "fact_attempt_words")
    talk = pl.coalesce("left_at", "ended_at") - pl.col("connected_at") - pl.col("alone_s")
    ring = pl.coalesce("answered_at", "ended_at") - pl.col("rang_at")
    return raw.with_columns(
        _without_absent("list_id", "lead_id", "agent_id"),
        *((pl.col("marks") & bit != 0).alias(name) for name, bit in _MARKS.items()),
        tier=(pl.col("marks") & 7).cast(pl.Int8),
        try_no=pl.col("marks") // 256,
        joined=pl.col("connected_at").is_not_null(),
        talk_s=talk.fill_null(0.0),
        ring_s=ring.fill_null(0.0),
        connect_s=pl.col("connected_at") - pl.col("answered_at"),
        wait_s=pl.coalesce("connected_at", "ended_at") - pl.col("answered_at"),
        connect_from_greeting_s=pl.col("connected_at") - pl.col("greeting_ended_at"),
    ).select(list(ATTEMPTS))


async def _leads(
    connection: Any, span: tuple[list[int], float, float], campaigns: Sequence[Campaign], period: Period
) -> pl.DataFrame:
    raw = await copy_fixed(connection, statement("fact_leads"), (span[0],), _LEADS)
    raw = await _with_words(connection, raw, "lead_id", ("status", "last_outcome"), "fact_lead_words")
    outside: list[int] = []
    if period != WHOLE:
        pairs = [(c.id, code) for c in campaigns for code, d in c.dispositions.items() if d.reached]
        reaching = [p[0] for p in pairs], [p[1] for p in pairs]
        rows = await connection.fetch(statement("fact_leads_reached_outside"), *span, *reaching)
        outside = [row["lead_id"] for row in rows]
    return raw.with_columns(
        _without_absent("campaign_id"),
        pl.col("tier").cast(pl.Int8),
        reached_outside=pl.col("lead_id").is_in(pl.Series(outside, dtype=pl.Int64).implode()),
    ).select(list(LEADS))


async def _intervals(connection: Any, span: tuple[list[int], float, float]) -> pl.DataFrame:
    raw = await copy_fixed(connection, statement("fact_intervals"), span, _INTERVALS)
    raw = await _with_words(connection, raw, "interval_id", ("state", "reason"), "fact_interval_words")
    return raw.with_columns(_without_absent("campaign_id"))


async def _with_words(
    connection: Any, frame: pl.DataFrame, id_column: str, columns: Sequence[str], lookup: str
) -> pl.DataFrame:
    """The frame with hashes replaced by the words they stand for, looked up in one row of each hash."""
    firsts = {c: frame.group_by(c).agg(pl.col(id_column).first()).filter(pl.col(c) != 0) for c in columns}
    ids = list({int(i) for first in firsts.values() for i in first[id_column]})
    rows = {row["id"]: row for row in await connection.fetch(statement(lookup), ids)} if ids else {}
    for column, first in firsts.items():
        pairs = [(h, rows[i][column]) for h, i in first.iter_rows() if i in rows]
        known = pl.DataFrame(pairs, schema={column: pl.Int64, "_word": pl.Categorical}, orient="row")
        frame = frame.join(known, on=column, how="left", maintain_order="left").drop(column).rename({"_word": column})
    return frame


def _without_absent(*columns: str) -> pl.Expr:
    return pl.when(pl.col(*columns) != -1).then(pl.col(*columns)).name.keep()


async def _rows(connection: Any, name: str, arguments: tuple[object, ...], schema: Schema) -> pl.DataFrame:
    return _frame(schema, [tuple(row) for row in await connection.fetch(statement(name), *arguments)])


def _frame(schema: Schema, rows: Sequence[Sequence[object]]) -> pl.DataFrame:
    return pl.DataFrame(rows, schema=schema, orient="row") if rows else pl.DataFrame(schema=schema)
