"""Reads a rule pack from its TOML text and checks it word by word: a typo is an error that names the right word.

Each version says from which day it holds and only what it changes against the one before (whole tables).
"""

from __future__ import annotations

import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import fields
from datetime import date, datetime
from difflib import get_close_matches
from typing import Any, Literal, cast
from zoneinfo import ZoneInfo

from callwright.compliance.calendar import DAY_S, Windows
from callwright.compliance.facts import PastKind
from callwright.compliance.packs import (
    CLOCKS,
    AbandonClock,
    AbandonNumbers,
    CallerIdRule,
    Cap,
    ConsentRule,
    CoolDown,
    DutyNumbers,
    HolidayRule,
    PackVersion,
    Per,
    RulePack,
)
from callwright.kit.errors import BadInput

_WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")


def read_pack(text: str, *, file: str) -> RulePack:
    """Parse and check one pack file. Raises BadInput that names the file, the place and, for a typo, the right word."""
    try:
        raw = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise BadInput(f"{file} is not valid TOML: {error}.") from None
    reader = _Reader(file)
    words = {"name", "country", "territories", "region", "zone", "purposes", "version"}
    head = reader.table(raw, "", words, {"name", "version"})
    name, country, region = head["name"], head.get("country", ""), head.get("region", "")
    versions: list[PackVersion] = []
    zone = reader.zone(head.get("zone", "UTC"))
    said: dict[str, Any] = {}
    for table in head["version"]:
        said = {**said, **reader.table(table, "version", _VERSION_WORDS, {"from"})}
        day = reader.day(said["from"])
        at = datetime(day.year, day.month, day.day, tzinfo=zone).timestamp()
        if versions and at <= versions[-1].from_at:
            raise BadInput(f"{file}: put the versions in ascending order of 'from'.")
        versions.append(reader.version(said, name, country, region, day, at))
    if not versions:
        raise BadInput(f"{file}: give at least one [[version]].")
    return RulePack(
        name=name,
        country=country,
        region=region,
        purposes=reader.words(head, "purposes"),
        versions=tuple(versions),
        territories=reader.territories(head),
    )


_VERSION_WORDS = {
    "from", "hours", "holidays", "zones", "abandon", "cap", "cool_down", "consent", "caller_id", "duties",
}  # fmt: skip
_AFTER: Mapping[str, frozenset[PastKind]] = {
    "conversation": frozenset({PastKind.CONVERSATION, PastKind.REFUSAL}),
    "refusal": frozenset({PastKind.REFUSAL}),
    "abandoned": frozenset({PastKind.ABANDONED}),
}


class _Reader:
    """Checks tables of one file; every complaint names the file."""

    def __init__(self, file: str) -> None:
        self.file = file

    def fail(self, what: str) -> BadInput:
        return BadInput(f"{self.file}: {what}")

    def table(self, raw: Any, place: str, known: Iterable[str], needed: Iterable[str] = ()) -> dict[str, Any]:
        if not isinstance(raw, dict):
            raise self.fail(f"[{place}] has to be a table.")
        known = set(known)
        for key in raw:
            if key not in known:
                near = get_close_matches(key, known, n=1, cutoff=0.0)
                raise self.fail(f"unknown key '{key}' in [{place}]; did you mean '{near[0]}'?")
        for key in needed:
            if key not in raw:
                raise self.fail(f"[{place}] needs the key '{key}'.")
        return dict(raw)

    def words(self, table: dict[str, Any], key: str) -> frozenset[str]:
        value = table.get(key, [])
        if not isinstance(value, list) or not all(isinstance(word, str) for word in value):
            raise self.fail(f"'{key}' has to be a list of words, not {value!r}.")
        return frozenset(value)

    def territories(self, head: dict[str, Any]) -> frozenset[str]:
        codes = self.words(head, "territories")
        for code in codes:
            if not (len(code) == 2 and code.isascii() and code.isalpha() and code.isupper()):
                raise self.fail(f"'territories' holds {code!r}; write codes of two capital letters, such as PR.")
        if codes and (head.get("region") or not head.get("country")):
            raise self.fail("'territories' are a whole country's: give 'country', and no 'region'.")
        return codes

    def zone(self, name: str) -> ZoneInfo:
        try:
            return ZoneInfo(name)
        except (ValueError, OSError, KeyError):
            raise self.fail(f"'{name}' is no time zone; write one such as Europe/Paris.") from None

    def day(self, value: Any) -> date:
        if not isinstance(value, date):
            raise self.fail(f"'from' has to be a date such as 2024-02-08, not {value!r}.")
        return value

    def word(self, table: Mapping[str, Any], key: str, place: str, allowed: Iterable[str], default: str) -> str:
        value = table.get(key, default)
        allowed = tuple(allowed)
        if value not in allowed:
            raise self.fail(f"'{key}' in [{place}] is {value!r}; it has to be one of {', '.join(allowed)}.")
        return cast(str, value)

    def span(self, table: Mapping[str, Any], place: str) -> float:
        days, hours = table.get("days"), table.get("hours")
        if (days is None) == (hours is None) or not float(days or hours or 0) > 0:
            raise self.fail(f"[{place}] needs either 'days' or 'hours', above zero.")
        return float(days) * DAY_S if days is not None else float(cast(float, hours)) * 3600

    def windows(self, texts: Iterable[str], place: str) -> Windows:
        out: list[tuple[int, int]] = []
        for text in texts:
            try:
                a, b = (int(part[:2]) * 60 + int(part[3:]) for part in text.split("-"))
            except ValueError:
                a = b = -1
            if not 0 <= a < b <= 24 * 60 or (out and a < out[-1][1]):
                raise self.fail(f"{text!r} in [{place}] is no window; write ascending ones such as '08:00-21:00'.")
            out.append((a, b))
        return tuple(out)

    def days_of_week(self, text: str) -> range:
        first, _, last = text.partition("-")
        if first not in _WEEKDAYS or (last or first) not in _WEEKDAYS:
            raise self.fail(f"{text!r} names no days; write 'mon-fri' or 'sun'.")
        days = range(_WEEKDAYS.index(first), _WEEKDAYS.index(last or first) + 1)
        if not days:
            raise self.fail(f"{text!r} runs backwards; write two entries.")
        return days

    def version(self, said: dict[str, Any], pack: str, country: str, region: str, day: date, at: float) -> PackVersion:
        zones = self.word(said, "zones", "version", ("person", "both"), "person")
        return PackVersion(
            pack=pack,
            country=country,
            region=region,
            day=day,
            from_at=at,
            both_zones=zones == "both",
            hours=self.hours(said["hours"]) if "hours" in said else None,
            hours_source="; ".join(dict.fromkeys(entry.get("source", "") for entry in said.get("hours", ()))),
            holidays=self.holidays(said["holidays"]) if "holidays" in said else None,
            abandon=self.abandon(said["abandon"]) if "abandon" in said else None,
            caps=tuple(self.cap(entry, pack) for entry in said.get("cap", ())),
            cool_downs=tuple(self.cool_down(entry, pack) for entry in said.get("cool_down", ())),
            consents=tuple(self.consent(entry) for entry in said.get("consent", ())),
            caller_id=self.caller_id(said["caller_id"]) if "caller_id" in said else None,
            duties=self.duties(said.get("duties", {"source": ""})),
        )

    def hours(self, raw: list[Any]) -> tuple[Windows, ...]:
        week: list[Windows] = [()] * 7
        for entry in raw:
            table = self.table(entry, "version.hours", {"days", "open", "source"}, {"days", "open", "source"})
            for weekday in self.days_of_week(table["days"]):
                week[weekday] = self.windows(table["open"], "version.hours")
        return tuple(week)

    def holidays(self, raw: Any) -> HolidayRule:
        table = self.table(raw, "version.holidays", {"open", "swapped_days", "source"}, {"open", "source"})
        return HolidayRule(
            windows=self.windows(table["open"], "version.holidays"),
            swapped_days=bool(table.get("swapped_days", False)),
            source=table["source"],
        )

    def abandon(self, raw: Any) -> AbandonNumbers:
        known = {f.name for f in fields(AbandonNumbers)} - {"window_s"} | {"days", "hours"}
        table = self.table(raw, "version.abandon", known, {"limit", "source"})
        clock = self.word(table, "clock", "version.abandon", CLOCKS, "connect")
        if not 0 < float(table["limit"]) < 1:
            raise self.fail("'limit' in [version.abandon] is a share between 0 and 1, e.g. 0.03.")
        return AbandonNumbers(
            limit=float(table["limit"]),
            window_s=self.span(table, "version.abandon"),
            clock=cast(AbandonClock, clock),
            wait_limit_s=float(table.get("wait_limit_s", 2.0)),
            min_ring_s=float(table.get("min_ring_s", 15.0)),
            identification_message=bool(table.get("identification_message", False)),
            false_machines_count=bool(table.get("false_machines_count", False)),
            source=table["source"],
        )

    def cap(self, raw: Any, pack: str) -> Cap:
        table = self.table(raw, "version.cap", {"most", "days", "hours", "per", "source"}, {"most", "source"})
        span, most = self.span(table, "version.cap"), int(table["most"])
        if most < 1:
            raise self.fail("'most' in [version.cap] has to be at least 1.")
        text = f"{span / DAY_S:g}-days" if span >= 2 * DAY_S else f"{span / 3600:g}-hours"
        per = cast(Per, self.word(table, "per", "version.cap", ("person", "number", "subject"), "person"))
        return Cap(most=most, window_s=span, per=per, source=table["source"], code=f"cap:{pack}:{most}-in-{text}")

    def cool_down(self, raw: Any, pack: str) -> CoolDown:
        known = {"after", "days", "hours", "per", "unless", "source"}
        table = self.table(raw, "version.cool_down", known, {"after", "source"})
        after = self.word(table, "after", "version.cool_down", _AFTER, "")
        per = cast(Per, self.word(table, "per", "version.cool_down", ("person", "number", "subject"), "person"))
        unless = self.word(table, "unless", "version.cool_down", ("nothing", "agent_guaranteed"), "nothing")
        return CoolDown(
            after=after,
            kinds=_AFTER[after],
            span_s=self.span(table, "version.cool_down"),
            per=per,
            unless_agent=unless == "agent_guaranteed",
            source=table["source"],
            code=f"cool_down:{pack}:{after}",
        )

    def consent(self, raw: Any) -> ConsentRule:
        table = self.table(raw, "version.consent", {"kind", "when", "except_purposes", "source"}, {"kind", "source"})
        when = self.word(table, "when", "version.consent", ("always", "artificial_voice"), "always")
        return ConsentRule(
            kind=table["kind"],
            when=cast(Literal["always", "artificial_voice"], when),
            except_purposes=self.words(table, "except_purposes"),
            source=table["source"],
        )

    def caller_id(self, raw: Any) -> CallerIdRule:
        known = {"forbidden_prefixes", "required_prefixes", "source"}
        table = self.table(raw, "version.caller_id", known, {"source"})
        return CallerIdRule(
            forbidden_prefixes=tuple(table.get("forbidden_prefixes", ())),
            required_prefixes=tuple(table.get("required_prefixes", ())),
            source=table["source"],
        )

    def duties(self, raw: Any) -> DutyNumbers:
        spans = [f.name for f in fields(DutyNumbers) if f.name.endswith("_s")]
        others = {f.name for f in fields(DutyNumbers)} - set(spans)
        known = {name[:-2] + "_days" for name in spans} | others
        table = self.table(raw, "version.duties", known, {"source"})
        kept = {name: table[name] for name in others if name in table}
        for name in spans:
            if (days := table.get(name[:-2] + "_days")) is not None:
                kept[name] = float(days) * DAY_S
        return DutyNumbers(**kept)
