"""How long a report over many attempts takes from PostgreSQL, beside two other ways of reading them.

    python bench/report.py [--attempts 1000000] [--runs 5] [--json]

Makes a campaign of so many attempts (five per record, three in ten answered, 200 agents with their states) in a scratch
database, then measures loading the facts and building the report, the same load as CSV through polars, and the grouping
in the server that would replace it for calls alone. The requirement is 1,000,000 attempts in less than 2 s.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import shutil
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from statistics import median
from typing import Any

import asyncpg
import polars as pl

from callwright.adapters.postgres.binaries import Binaries
from callwright.adapters.postgres.embedded import EmbeddedPostgres
from callwright.adapters.postgres.facts import PostgresFacts
from callwright.adapters.postgres.migrations import migrate
from callwright.analytics.definition import Dimension
from callwright.analytics.report import build_report

FILL = (
    "insert into campaigns (id, name) overriding system value values (1, 'bench')",
    "insert into lists (id, name) overriding system value select i, 'list ' || i from generate_series(1, 4) i",
    """insert into agents (id, name, team, site, pay_per_hour) overriding system value
    select i, 'agent ' || i, 'team ' || i % 10, 'site ' || i % 3, 20 from generate_series(1, 200) i""",
    "insert into customers (id) overriding system value select i from generate_series(1, {records}) i",
    """insert into leads (id, list_id, campaign_id, customer_id, tier, status) overriding system value
    select i, 1 + i % 4, 1, i, 1 + i % 5, (array['done', 'waiting', 'exhausted', 'done', 'uncallable'])[1 + i % 5]
    from generate_series(1, {records}) i""",
    """insert into attempts (
        id, campaign_id, list_id, lead_id, customer_id, number, mode, state, tier, try_no, caller_id, trunk, agent_id,
        permit, dialed_at, rang_at, answered_at, person_at, connected_at, ended_at, sip, q850, outcome, disposition,
        wrap_s, ended_by, cost)
    select
        i, 1, 1 + l % 4, l, l, '+8613' || lpad(l::text, 9, '0'), 'predictive', 'ended', 1 + l % 5,
        1 + (i - 1) / {records}, '+86100000' || lpad((i % 50)::text, 4, '0'), 'main',
        case when talk then 1 + i % 200 end, 'china@2024-01-01', d, d + interval '1 s',
        case when a then d + interval '12 s' end, case when a then d + interval '12 s' end,
        case when talk then d + interval '12.3 s' end,
        d + case when talk then make_interval(secs => 12.3 + 25 * r) else interval '25 s' end,
        case when a then 200 else 480 end::int2, 16::int2,
        case when talk then 'talked' when a then 'abandoned' when r < 0.7 then 'no_answer' when r < 0.9 then 'busy'
            else 'switched_off' end,
        case when talk then
            (array['not_needed', 'refused', 'not_interested', 'success'])[1 + least(3, (r * r * 4)::int)]
            when a then 'abandoned' end,
        case when talk then 2 else 0 end, 'person', 0.01
    from (
        select x.*, a and r >= 0.02 as talk from (
            select
                i, 1 + (i * 7919::bigint) % {records} as l, random() < 0.3 as a, random() as r,
                timestamptz '2026-03-02 08:00+08' + (i / 200000) * interval '1 day'
                + (i % 200000) * 0.2 * interval '1 s' as d
            from generate_series(1, {attempts}) i
        ) x
    ) y""",
    """insert into agent_states (agent_id, state, began_at, ended_at, campaign_id, attempt_id)
    select agent_id, s.state, s.b, s.e, 1, id
    from attempts, lateral (values
        ('ready', dialed_at, connected_at), ('in_call', connected_at, ended_at),
        ('wrap_up', ended_at, dialed_at + interval '40 s')) s (state, b, e)
    where connected_at is not null and s.e > s.b""",
    """insert into orders (attempt_id, lead_id, campaign_id, agent_id, at, amount)
    select id, lead_id, 1, agent_id, ended_at, 100 from attempts where disposition = 'success'""",
    "vacuum analyze",
)
AS_CSV = """
select
    id, campaign_id, list_id, lead_id, agent_id, tier, try_no, redial_of is not null, mode, transfer, dialed_at,
    rang_at, answered_at, person_at, connected_at, ended_at, caller_id, outcome, disposition, hold_s, cost
from attempts where campaign_id = 1"""
GROUPED_CALLS = """
select
    list_id, tier, agent_id, caller_id, date_bin('15 min', dialed_at, 'epoch'), outcome, disposition, count(*),
    count(*) filter (where try_no > 1), count(person_at), sum(ended_at - connected_at),
    sum(ended_at - rang_at), sum(cost)
from attempts where campaign_id = 1 group by 1, 2, 3, 4, 5, 6, 7"""
GROUPED_RECORDS = """
select
    lead_id, count(*), bool_or(person_at is not null), bool_or(disposition = 'success'),
    bool_or(disposition in ('success', 'not_needed', 'not_interested'))
from attempts where campaign_id = 1 group by 1"""


@contextmanager
def scratch_server() -> Iterator[str]:
    """Debian's PostgreSQL where it is installed, else the embedded one; gone afterwards."""
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"), key=lambda p: float(p.parts[-3]))
    binaries = Binaries(directory=found[-1].parent, major=int(found[-1].parts[-3])) if found else None
    home = Path(tempfile.mkdtemp(prefix="callwright-bench-"))
    home.chmod(0o711)
    settings = {"fsync": "off", "shared_buffers": "256MB", "max_wal_size": "4GB"}
    server = EmbeddedPostgres(home / "postgres", binaries=binaries, settings=settings)
    try:
        yield server.start()
    finally:
        server.stop()
        shutil.rmtree(home, ignore_errors=True)


async def fill(url: str, attempts: int) -> None:
    await migrate(url)
    connection = await asyncpg.connect(url, server_settings={"timezone": "UTC"})
    try:
        for statement in FILL:
            await connection.execute(statement.format(attempts=attempts, records=max(1, attempts // 5)))
    finally:
        await connection.close()


async def measure(url: str, runs: int) -> dict[str, float]:
    """Medians in seconds; ``cpu`` is this program's own, all threads."""
    found: dict[str, list[float]] = {}

    def note(name: str, began: float) -> None:
        found.setdefault(name, []).append(time.perf_counter() - began)

    for _ in range(runs):
        began, cpu = time.perf_counter(), time.process_time()
        facts = await PostgresFacts(url).load([1])
        note("load", began)
        half = time.perf_counter()
        build_report(facts, by=(Dimension.AGENT,), tz="Asia/Shanghai")
        note("compute", half)
        note("report", began)
        found.setdefault("cpu", []).append(time.process_time() - cpu)
    found["by_day_hour_agent"] = []
    began = time.perf_counter()
    build_report(facts, by=(Dimension.DAY, Dimension.HOUR, Dimension.AGENT), tz="Asia/Shanghai")
    note("by_day_hour_agent", began)
    connection = await asyncpg.connect(url, server_settings={"timezone": "UTC", "jit": "off"})
    try:
        for _ in range(min(runs, 3)):
            await other_ways(connection, note)
    finally:
        await connection.close()
    return {name: round(median(times), 3) for name, times in found.items()}


async def other_ways(connection: Any, note: Any) -> None:
    chunks: list[bytes] = []

    async def take(data: bytes) -> None:
        chunks.append(data)

    began = time.perf_counter()
    await connection.copy_from_query(AS_CSV, output=take, format="csv")
    pl.read_csv(b"".join(chunks), has_header=False, infer_schema_length=1000)
    note("calls_as_csv", began)
    for name, query in (("calls_grouped_in_server", GROUPED_CALLS), ("records_grouped_in_server", GROUPED_RECORDS)):
        began = time.perf_counter()
        await connection.copy_from_query(query, output=take, format="binary")
        note(name, began)


def main() -> None:
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    arguments.add_argument("--attempts", type=int, nargs="+", default=[100_000, 1_000_000])
    arguments.add_argument("--runs", type=int, default=5)
    arguments.add_argument("--json", action="store_true")
    given = arguments.parse_args()
    results = []
    for attempts in given.attempts:
        with scratch_server() as url:
            asyncio.run(fill(url, attempts))
            load_before = os.getloadavg()[0]
            results.append({"attempts": attempts, "load_average": load_before, **asyncio.run(measure(url, given.runs))})
    if given.json:
        print(json.dumps(results))
        return
    for name in results[0]:
        print(f"{name:28}" + "".join(f"{r[name]:>14,.3f}" for r in results))


if __name__ == "__main__":
    main()
