"""The keys of a ``[[trunk]]`` that say how much it takes, what it may dial and what it costs; numbers and beginnings.

Alike in a campaign file (for rehearsals) and in ``telephony.toml``.
"""

from __future__ import annotations

import re
from typing import Any

from callwright.app.toml_check import Table
from callwright.dialer.ports import Trunk

_PREFIX = re.compile(r"\+(?:[1-9][0-9]{0,14})?\Z")
_NUMBER = re.compile(r"\+[1-9][0-9]{6,14}\Z")
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,39}\Z")


def read_trunk(table: Table) -> Trunk:
    """A trunk as the dialer sees it."""
    table.need("name")
    rates = table.table("rates")
    for prefix in rates.open_keys():
        check_prefix(rates, prefix, prefix)
    return Trunk(
        name=table.text("name"),
        channels=table.whole("channels", 1000, least=1, most=100_000),
        calls_per_s=table.number("calls_per_s", 50.0, least=0.01),
        prefixes=prefixes(table, "prefixes", ("+",)),
        denied_prefixes=prefixes(table, "denied_prefixes"),
        cost_per_minute=table.number("cost_per_minute", 0.0, least=0),
        rates={prefix: rates.number(prefix, 0.0, least=0) for prefix in rates.open_keys()},
        most_per_hour=_money(table, "most_per_hour"),
        most_per_day=_money(table, "most_per_day"),
    )


def trunk_as_dict(trunk: Trunk) -> dict[str, Any]:
    """The way back; what says nothing is left out."""
    more = {
        "denied_prefixes": list(trunk.denied_prefixes),
        "rates": dict(trunk.rates),
        "most_per_hour": trunk.most_per_hour,
        "most_per_day": trunk.most_per_day,
    }
    return {
        "name": trunk.name,
        "channels": trunk.channels,
        "calls_per_s": trunk.calls_per_s,
        "prefixes": list(trunk.prefixes),
        "cost_per_minute": trunk.cost_per_minute,
    } | {key: value for key, value in more.items() if value not in (None, [], {})}


def prefixes(table: Table, key: str, default: tuple[str, ...] = ()) -> tuple[str, ...]:
    """Beginnings of numbers in E.164: "+" for all, "+44", "+1212"."""
    read = table.texts(key, default)
    for prefix in read:
        check_prefix(table, key, prefix)
    return read


def check_prefix(table: Table, key: str, prefix: str) -> None:
    if not _PREFIX.match(prefix):
        table.fault(key, f'holds "{prefix}", which is no beginning of a number such as "+", "+44" or "+1212"')


def number(table: Table, key: str) -> str:
    """A whole number in E.164."""
    read = table.text(key)
    if key in table and not _NUMBER.match(read):
        table.fault(key, f'must be a number with its country code such as "+442079460001", not "{read}"')
    return read


def plain_name(table: Table, key: str) -> str:
    """A name that may stand in another program's configuration."""
    read = table.text(key)
    if key in table and not _NAME.match(read):
        table.fault(key, f'must be made of letters, digits, "-" and "_", not "{read}"')
    return read


def _money(table: Table, key: str) -> float | None:
    return table.number(key, 0.0, least=0) if key in table else None
