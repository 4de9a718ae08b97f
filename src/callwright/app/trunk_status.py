"""``callwright trunk list`` and ``trunk status``: what trunks may do, how they fare, what they cost and refuse.

Read from the database, whoever dials: figures of the last minutes from attempts, the breaker's and the caps' words from
what the dialer noted, refusals from the ledger.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Sequence
from dataclasses import asdict
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from rich.console import Console
from rich.table import Table

from callwright.adapters.postgres import line_rows
from callwright.adapters.postgres.store import PostgresStore
from callwright.app.cli_values import print_json
from callwright.app.database import open_database
from callwright.app.settings import Settings
from callwright.app.telephony_file import TelephonyFile, read_telephony
from callwright.app.trunk_words import COLUMNS, HEADINGS, SAID
from callwright.dialer.line_words import change_words, refusal_words
from callwright.dialer.lines import Lines, next_midnight
from callwright.dialer.ports import LineChange, Trunk
from callwright.dialer.trunk_health import WINDOW_S
from callwright.kit.clock import iso
from callwright.kit.words import Language

_HOUR_S, _DAY_S = 3600.0, 86400.0
_BREAKER = ("open", "half_open", "closed")
_TOLD_DAYS = 7
_MOST_TOLD = 20


def show_trunks(settings: Settings, *, as_json: bool) -> None:
    trunks, rules = asyncio.run(_trunks(settings))
    if as_json:
        print_json({"trunks": [asdict(trunk) for trunk in trunks], "rules": asdict(rules.rules)})
        return
    say = settings.language
    columns = ["name", "channels", "calls_per_s", "prefixes", "denied", "cost_per_minute"]
    columns += ["most_per_hour", "most_per_day"]
    rows = [
        [
            trunk.name,
            f"{trunk.channels}",
            f"{trunk.calls_per_s:g}",
            " ".join(trunk.prefixes),
            " ".join((*trunk.denied_prefixes, *rules.rules.denied_prefixes)) or "-",
            _rates(trunk),
            _money(trunk.most_per_hour),
            _money(trunk.most_per_day),
        ]
        for trunk in trunks
    ]
    print_table(columns, rows, say)


def show_status(settings: Settings, *, at: float | None, as_json: bool) -> None:
    answer = asyncio.run(_status(settings, time.time() if at is None else at))
    if as_json:
        print_json(answer)
    else:
        _print_status(answer, settings.language)


async def _trunks(settings: Settings) -> tuple[Sequence[Trunk], TelephonyFile]:
    """The operator's file where one is set, else what the database knows."""
    if settings.telephony is not None:
        file = read_telephony(settings.telephony, secrets=False)
        return file.trunks, file
    async with open_database(settings) as database:
        return await database.store.trunks(), TelephonyFile()


async def _status(settings: Settings, now: float) -> dict[str, Any]:
    file = read_telephony(settings.telephony, secrets=False) if settings.telephony is not None else TelephonyFile()
    midnight = next_midnight(next_midnight(now, file.rules.time_zone) - 1.5 * _DAY_S, file.rules.time_zone)
    async with open_database(settings) as database:
        store = database.store
        trunks = file.trunks or await store.trunks()
        lately = await line_rows.trunk_figures(store, now - WINDOW_S, now)
        day = await line_rows.trunk_figures(store, now - _DAY_S, now)
        hour_cost, day_cost = await _spent(store, trunks, now, midnight)
        refused = await line_rows.refusals(store, now - _DAY_S, now)
        changes = await line_rows.changes(store, now - _TOLD_DAYS * _DAY_S, now)
    limits = {trunk.name: trunk for trunk in trunks}
    names = list(dict.fromkeys([*limits, *lately, *day]))
    return {
        "at": iso(now),
        "trunks": [
            {
                "name": name,
                "breaker": _latest(changes, name, _BREAKER) or "closed",
                "live": day[name].live if name in day else 0,
                "channels": limits[name].channels if name in limits else None,
                "last_minutes": _figures(lately.get(name)),
                "last_day": _figures(day.get(name)),
                "spent_hour": round(hour_cost.get(name, 0.0), 4),
                "most_per_hour": limits[name].most_per_hour if name in limits else None,
                "spent_day": round(day_cost.get(name, 0.0), 4),
                "most_per_day": limits[name].most_per_day if name in limits else None,
            }
            for name in names
        ],
        "refused": [
            {
                "rule": row["rule"],
                "times": row["times"],
                "last_at": iso(row["last_at"]),
                "example": row["example"],
                "words": refusal_words(row["rule"], "…").say(settings.language),
            }
            for row in refused
        ],
        "told": [
            {
                "at": iso(change.at),
                "kind": change.kind,
                "name": change.name,
                "state": change.state,
                "words": said(change, settings.language, file.rules.time_zone),
            }
            for change in changes
            if change.kind != "caller_id"
        ][:_MOST_TOLD],
    }


async def _spent(
    store: PostgresStore, trunks: Sequence[Trunk], now: float, midnight: float
) -> tuple[dict[str, float], dict[str, float]]:
    """Money by trunk, of the last hour and of the day: of calls that are over, and of those that are not, up to now."""
    used = await store.line_use(hour_from=now - _HOUR_S, day_from=midnight)
    hour: dict[str, float] = {}
    day = dict(used.spent_today)
    for (trunk, _), cost in used.spent.items():
        hour[trunk] = hour.get(trunk, 0.0) + cost
    lines = Lines(trunks, now)
    for trunk, number, answered_at in await line_rows.answered_now(store):
        cost = lines.cost(trunk, number, now - answered_at)
        hour[trunk] = hour.get(trunk, 0.0) + cost
        day[trunk] = day.get(trunk, 0.0) + cost
    return hour, day


def _figures(found: line_rows.TrunkFigures | None) -> dict[str, Any]:
    if found is None:
        return {"dials": 0, "answered": 0, "failed": 0, "asr": None, "failure_share": None, "post_dial_s": None}
    health = found.health
    return {
        "dials": health.dials,
        "answered": health.answered,
        "failed": health.failed,
        "asr": _rounded(health.answer_seizure_ratio),
        "failure_share": _rounded(health.failure_share),
        "post_dial_s": _rounded(health.post_dial_s),
    }


def _rounded(value: float | None) -> float | None:
    return None if value is None else round(value, 4)


def _latest(changes: Sequence[LineChange], name: str, states: Sequence[str]) -> str | None:
    """The newest of these states of a trunk; ``changes`` begin with the newest."""
    return next((c.state for c in changes if c.kind == "trunk" and c.name == name and c.state in states), None)


def said(change: LineChange, language: Language, zone: str) -> str:
    """A change in words, with its instants on the operator's clock."""

    def when(at: float) -> str:
        return datetime.fromtimestamp(at, ZoneInfo(zone)).strftime("%H:%M:%S")

    return change_words(change, when).say(language)


# --- on the terminal ----------------------------------------------------------------------------------------------


def _print_status(answer: dict[str, Any], language: Language) -> None:
    columns = ("name", "breaker", "live", "dials", "asr", "failed", "post_dial", "spent_hour", "spent_day")
    rows = []
    for trunk in answer["trunks"]:
        lately = trunk["last_minutes"]
        channels = "" if trunk["channels"] is None else f" / {trunk['channels']}"
        rows.append(
            [
                trunk["name"],
                SAID[trunk["breaker"]].say(language),
                f"{trunk['live']}{channels}",
                f"{lately['dials']}",
                _share(lately["asr"]),
                _share(lately["failure_share"]),
                "-" if lately["post_dial_s"] is None else f"{lately['post_dial_s']:.1f} s",
                _of(trunk["spent_hour"], trunk["most_per_hour"]),
                _of(trunk["spent_day"], trunk["most_per_day"]),
            ]
        )
    print_table(columns, rows, language)
    if answer["refused"]:
        print(f"\n{HEADINGS['refused'].say(language)}")
        for row in answer["refused"]:
            print(f"  {row['times']:>7,} {row['words']} ({row['example']}, {row['last_at'][:19]}Z)")
    if answer["told"]:
        print(f"\n{HEADINGS['told'].say(language)}")
        for row in answer["told"]:
            print(f"  {row['at'][:19]}Z {row['words']}")


def print_table(columns: Sequence[str], rows: Sequence[Sequence[str]], language: Language) -> None:
    table = Table(box=None, pad_edge=False)
    for column in columns:
        table.add_column(COLUMNS[column].say(language), overflow="fold")
    for row in rows:
        table.add_row(*row)
    Console().print(table if rows else HEADINGS["none"].say(language))


def _rates(trunk: Trunk) -> str:
    own = [f"{prefix} {rate:g}" for prefix, rate in sorted(trunk.rates.items())]
    return ", ".join([f"{trunk.cost_per_minute:g}", *own])


def _money(value: float | None) -> str:
    return "-" if value is None else f"{value:,.2f}"


def _of(spent: float, most: float | None) -> str:
    return f"{spent:,.2f}" if most is None else f"{spent:,.2f} / {most:,.2f}"


def _share(value: float | None) -> str:
    return "-" if value is None else f"{value:.1%}"
