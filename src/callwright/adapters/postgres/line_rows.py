"""Trunks and caller IDs in the database: set up, withdrawn and given back, and what they have done."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from callwright.adapters.postgres.connection import Connection
from callwright.adapters.postgres.sql import statement
from callwright.dialer.answer_watch import Counts
from callwright.dialer.ports import CallerId, LineChange, LineUse, Trunk
from callwright.dialer.trunk_health import Health

if TYPE_CHECKING:
    from callwright.adapters.postgres.store import PostgresStore


async def read_trunks(connection: Connection) -> list[Trunk]:
    rows = await connection.fetch(statement("trunks"))
    lists = ("prefixes", "denied_prefixes")
    return [Trunk(**{**row, **{name: tuple(row[name]) for name in lists}}) for row in rows]


async def read_caller_ids(connection: Connection) -> list[CallerId]:
    return [CallerId(**row) for row in await connection.fetch(statement("caller_ids"))]


async def read_use(connection: Connection, hour_from: float, day_from: float, prefixes: Sequence[str]) -> LineUse:
    """See ``Store.line_use``."""
    spent = await connection.fetch(statement("spent_by_minute"), hour_from)
    today = await connection.fetch(statement("spent_by_trunk"), day_from)
    shown = await connection.fetch(statement("shown_by_caller_id"), day_from, hour_from)
    low = await connection.fetch(statement("answered_low"))
    dialed: list[Any] = []
    if prefixes:
        dialed = await connection.fetch(statement("dialed_by_prefix"), hour_from, list(prefixes))
    return LineUse(
        spent={(row["trunk"], row["minute"]): row["cost"] for row in spent},
        spent_today={row["trunk"]: row["cost"] for row in today},
        dialed={prefix: [] for prefix in prefixes} | {row["prefix"]: list(row["instants"]) for row in dialed},
        shown_today={row["caller_id"]: (row["dials"], row["last_at"]) for row in shown},
        answered_low={row["name"] for row in low},
    )


def change_columns(changes: Sequence[LineChange]) -> list[list[Any]]:
    return [
        [change.at for change in changes],
        [change.kind for change in changes],
        [change.name for change in changes],
        [change.state for change in changes],
        [change.until for change in changes],
        [json.dumps(dict(change.detail)) for change in changes],
    ]


async def add_trunks(store: PostgresStore, trunks: Iterable[Trunk]) -> None:
    """Store the trunks by name, in their order of preference; known ones are updated."""
    async with store.transaction() as going:
        for position, trunk in enumerate(trunks):
            await going.connection.execute(
                statement("add_trunk"),
                *(trunk.name, trunk.channels, trunk.calls_per_s, list(trunk.prefixes), trunk.cost_per_minute),
                *(list(trunk.denied_prefixes), json.dumps(dict(trunk.rates)), trunk.most_per_hour, trunk.most_per_day),
                position,
            )


async def add_caller_ids(store: PostgresStore, caller_ids: Iterable[CallerId]) -> None:
    """Store what is said of our numbers; whether one is withdrawn is an operator's word and stays."""
    async with store.transaction() as going:
        for each in caller_ids:
            await going.connection.execute(
                statement("add_caller_id"), each.number, each.daily_cap, each.rest_s, each.region
            )


async def withdraw(store: PostgresStore, number: str, at: float, why: str) -> None:
    async with store.connected() as connection:
        await connection.execute(statement("withdraw_caller_id"), number, at, why)


async def give_back(store: PostgresStore, number: str) -> bool:
    """Whether the number was withdrawn."""
    async with store.connected() as connection:
        done = await connection.execute(statement("give_caller_id_back"), number)
        return int(done.rsplit(" ", 1)[-1]) > 0


# --- for operators ------------------------------------------------------------------------------------------------


@dataclass(frozen=True, kw_only=True, slots=True)
class TrunkFigures:
    """A trunk between two instants: how it fared, and calls on it that are not over."""

    health: Health
    live: int


async def trunk_figures(store: PostgresStore, since: float, until: float) -> dict[str, TrunkFigures]:
    async with store.connected() as connection:
        rows = await connection.fetch(statement("trunk_figures"), since, until)
    return {
        row["trunk"]: TrunkFigures(
            health=Health(
                dials=row["dials"], answered=row["answered"], failed=row["failed"], post_dial_s=row["post_dial_s"]
            ),
            live=row["live"],
        )
        for row in rows
    }


async def answered_now(store: PostgresStore) -> list[tuple[str, str, float]]:
    """Talks under way: (trunk, number, answered at)."""
    async with store.connected() as connection:
        rows = await connection.fetch(statement("answered_now"))
    return [(row["trunk"], row["number"], row["answered_at"]) for row in rows]


async def refusals(store: PostgresStore, since: float, until: float) -> list[Mapping[str, Any]]:
    """Calls that were not made for want of a trunk or a caller ID: rule, times, last_at, example."""
    async with store.connected() as connection:
        return [dict(row) for row in await connection.fetch(statement("line_refusals"), since, until)]


async def changes(store: PostgresStore, since: float, until: float) -> list[LineChange]:
    """The newest first."""
    async with store.connected() as connection:
        return [LineChange(**row) for row in await connection.fetch(statement("line_changes_since"), since, until)]


async def answers(store: PostgresStore, since: float, until: float) -> dict[str, Counts]:
    """Calls and answers of each caller ID by stratum (see ``answer_watch``)."""
    found: dict[str, Counts] = {}
    async with store.connected() as connection:
        for row in await connection.fetch(statement("answers_by_caller_id"), since, until):
            stratum = (row["campaign_id"], row["try"], row["beginning"])
            found.setdefault(row["caller_id"], {})[stratum] = [row["calls"], row["answered"]]
    return found


async def withdrawn(store: PostgresStore) -> dict[str, tuple[float, str]]:
    """When and why each withdrawn number was."""
    async with store.connected() as connection:
        rows = await connection.fetch(statement("caller_id_details"))
    return {row["number"]: (row["withdrawn_at"], row["withdrawn_why"]) for row in rows}
