"""A campaign's history and open work for plans, from PostgreSQL. Reads only."""

from __future__ import annotations

import json
from collections import Counter
from typing import Any

from callwright.adapters.postgres.sql import statement
from callwright.adapters.postgres.store import PostgresStore
from callwright.planning.history import Dial, History, Place, PlannedShift, Presence, Record, Work

MOST_DIALS = 200_000
"""A plan looks at so many of the campaign's last dials: more would tell it nothing new."""


async def load_history(store: PostgresStore, campaign_id: int, zone: str) -> History:
    """The campaign's last dials, and agents' time and shifts since the first of them."""
    async with store.connected() as connection:
        rows = await connection.fetch(statement("plan_dials"), campaign_id, MOST_DIALS)
        dials = [Dial(*row) for row in reversed(rows)]
        since = dials[0].at - 86_400.0 if dials else 0.0
        presences = await connection.fetch(statement("plan_presences"), campaign_id, since)
        shifts = await connection.fetch(statement("plan_shifts"), campaign_id, since)
    return History(
        zone=zone,
        dials=dials,
        presences=[Presence(*row) for row in presences],
        shifts=[PlannedShift(*row) for row in shifts],
        cut=len(dials) == MOST_DIALS,
    )


async def load_work(store: PostgresStore, campaign_id: int) -> Work:
    """The campaign's open records in the order in which they are claimed."""
    async with store.connected() as connection:
        rows = await connection.fetch(statement("plan_records"), campaign_id)
    progress = await store.progress(campaign_id)
    return Work(records=[_record(row) for row in rows], done=max(0, progress.leads - len(rows)))


def _record(row: Any) -> Record:
    told = row["outcome_tries"]
    return Record(
        kind=row["line_type"],
        place=Place(country=row["country"], region=row["region"], zones=tuple(row["zones"]), own_zone=row["time_zone"]),
        tries=row["tries"],
        last_outcome=row["last_outcome"],
        due_at=row["due_at"],
        outcome_tries=json.loads(told) if isinstance(told, str) else dict(told),
    )


def main_zone(work: Work) -> str:
    """Where most of these people live; UTC where nothing tells."""
    zones = Counter(r.place.own_zone or (r.place.zones[0] if r.place.zones else "") for r in work.records)
    zones.pop("", None)
    return min(zones, key=lambda zone: (-zones[zone], zone)) if zones else "UTC"
