"""The hopper at size: how fast leads are claimed and resolved, and how long one claim of 100 takes.

    python bench/hopper.py [--leads 1000000] [--seconds 20] [--workers 1] [--url URL] [--json]

The requirement at 10,000,000 leads: at least 5,000 leads/s claimed and resolved, a claim of 100 within 50 ms at p99.
Priorities and times are scattered over the table, so every claim reaches into another part of it. Without ``--url`` a
server of its own is started from the wheel, in a temporary directory, with the settings the program uses.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from statistics import quantiles
from time import perf_counter
from typing import Any

from callwright.adapters.postgres import setup
from callwright.adapters.postgres.embedded import EmbeddedPostgres
from callwright.adapters.postgres.migrations import migrate
from callwright.adapters.postgres.store import PostgresStore
from callwright.dialer.ports import Batch
from callwright.model.campaign import Campaign
from callwright.model.people import LeadStatus

CLAIM = 100
NOW = 1_772_438_400.0
STEP = 500_000

FILL = {
    "customers": "insert into customers (id, name, facts) overriding system value"
    " select id, 'Person ' || id, '{\"city\": \"Paris\"}' from generate_series($1::bigint, $2::bigint) id",
    "phones": "insert into phones (id, customer_id, number, country, line_type, zones) overriding system value"
    " select id, id, '+1' || (2000000000 + id), 'US', 'mobile', '{America/New_York}'"
    " from generate_series($1::bigint, $2::bigint) id",
    "leads": "insert into leads (id, list_id, campaign_id, customer_id, tier, priority, next_at)"
    " overriding system value select id, $3, $4, id, 1 + id % 5, hashint8(id) & 7,"
    " to_timestamp(1.77e9 + (hashint8(id * 31) & 1048575)) from generate_series($1::bigint, $2::bigint) id",
}
INDEXES = (
    "select indexdef, indexname from pg_indexes where tablename in ('customers', 'phones', 'leads')"
    " and indexname like 'ix_%'"
)


@contextmanager
def database(url: str | None) -> Iterator[str]:
    """The given server, or one of our own for the time of the bench."""
    if url is not None:
        yield url
        return
    home = Path(tempfile.mkdtemp(prefix="callwright-bench-"))
    home.chmod(0o711)
    server = EmbeddedPostgres(home / "postgres")
    try:
        yield server.start()
    finally:
        server.stop()
        shutil.rmtree(home, ignore_errors=True)


async def fill(store: PostgresStore, leads: int) -> int:
    """Load the leads with the indexes off and no trigger firing, as a bulk load may; the campaign's id."""
    campaign = await setup.add_campaign(store, Campaign(id=0, name="bench"))
    list_id = await setup.add_list(store, "bench")
    async with store.connected() as connection:
        await connection.execute("set session_replication_role = replica")
        indexes = await connection.fetch(INDEXES)
        for index in indexes:
            await connection.execute(f"drop index {index['indexname']}")
        for table, statement in FILL.items():
            for first in range(1, leads + 1, STEP):
                more = (list_id, campaign.id) if table == "leads" else ()
                await connection.execute(statement, first, min(first + STEP - 1, leads), *more, timeout=600)
        for index in indexes:
            await connection.execute(index["indexdef"], timeout=1800)
        await connection.execute(
            "insert into lead_counts (campaign_id, leads, open) values ($1, $2, $2)", campaign.id, leads
        )
        await connection.execute("vacuum analyze customers", timeout=1800)
        await connection.execute("vacuum analyze phones", timeout=1800)
        await connection.execute("vacuum analyze leads", timeout=1800)
        await connection.execute("checkpoint", timeout=600)
        await connection.execute("reset session_replication_role")
    return campaign.id


async def work(store: PostgresStore, campaign_id: int, owner: str, until: float) -> tuple[list[float], list[float]]:
    """Claim 100 and resolve them (a third is done, the rest waits for another try) until the time is over."""
    claims, resolutions = [], []
    while (began := perf_counter()) < until:
        leads = await store.claim_leads(campaign_id, owner=owner, now=NOW, limit=CLAIM)
        claims.append(perf_counter() - began)
        for nth, lead in enumerate(leads):
            lead.status = LeadStatus.DONE if nth % 3 == 0 else LeadStatus.WAITING
            lead.next_at, lead.tries, lead.outcome_tries = NOW + 14_400, 1, {"no_answer": 1}
        began = perf_counter()
        await store.save(Batch(leads={lead.id: lead for lead in leads}))
        resolutions.append(perf_counter() - began)
        if len(leads) < CLAIM:
            break
    return claims, resolutions


async def measure(arguments: argparse.Namespace) -> dict[str, Any]:
    with database(arguments.url) as url:
        await migrate(url)
        store = await PostgresStore.connect(url, most_connections=arguments.workers + 1)
        try:
            began = perf_counter()
            campaign_id = await fill(store, arguments.leads)
            filled = perf_counter()
            until = filled + arguments.seconds
            done = await asyncio.gather(*(work(store, campaign_id, f"w{n}", until) for n in range(arguments.workers)))
            took = perf_counter() - filled
            began_count = perf_counter()
            progress = await store.progress(campaign_id)
            counted = perf_counter() - began_count
        finally:
            await store.close()
    claims = [seconds for worker, _ in done for seconds in worker]
    resolutions = [seconds for _, worker in done for seconds in worker]
    return {
        "leads": arguments.leads,
        "workers": arguments.workers,
        "fill_s": round(filled - began, 1),
        "leads_per_s": round(len(claims) * CLAIM / took),
        **_percentiles("claim", claims),
        **_percentiles("resolve", resolutions),
        "progress_ms": round(counted * 1000, 2),
        "open_after": progress.open,
    }


def _percentiles(name: str, seconds: list[float]) -> dict[str, float]:
    cuts = quantiles(seconds, n=100)
    return {
        f"{name}_p50_ms": round(cuts[49] * 1000, 2),
        f"{name}_p99_ms": round(cuts[98] * 1000, 2),
        f"{name}_max_ms": round(max(seconds) * 1000, 2),
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--leads", type=int, default=1_000_000)
    parser.add_argument("--seconds", type=float, default=20.0)
    parser.add_argument("--workers", type=int, default=1)
    parser.add_argument("--url", help="an empty database to use instead of a server of our own")
    parser.add_argument("--json", action="store_true")
    figures = asyncio.run(measure(parser.parse_args()))
    if parser.parse_args().json:
        print(json.dumps(figures))
        return
    for name, value in figures.items():
        print(f"{name:>16}  {value:,}" if not isinstance(value, str) else f"{name:>16}  {value}")


if __name__ == "__main__":
    main()
