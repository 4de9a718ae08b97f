"""FLOOR.toml: the simulated floor of a rehearsal as a file, into ``sim.floor.FloorPlan``.

Every key is described in ``docs/floor.md``; how a value is checked is in ``toml_check``.
"""

from __future__ import annotations

from pathlib import Path
from zoneinfo import available_timezones

from callwright.app.spans import parse_minute
from callwright.app.toml_check import Document, Table, nearest, parse_document, read_document
from callwright.sim.floor import FloorPlan, Pause, PreviewHabit, Shift, Team
from callwright.sim.people import Lognormal

_HOURS_OF_A_SHIFT = 'must be hours such as "09:00-18:00", or over midnight "22:00-06:00"'


def read_floor(path: Path) -> FloorPlan:
    """The plan in a floor file. Raises BadInput naming key, line and the nearest right key."""
    return _read(read_document(path))


def parse_floor(text: str, *, name: str = "floor") -> FloorPlan:
    """The same from text in memory."""
    return _read(parse_document(text, name))


def _read(document: Document) -> FloorPlan:
    top = document.top()
    zone = top.text("time_zone", "UTC")
    if zone not in available_timezones():
        near = nearest(zone, available_timezones())
        hint = f"did you mean `{near}`?" if near else "write an IANA zone such as Europe/Lisbon"
        top.fault("time_zone", f'cannot be "{zone}"; {hint}')
    teams = tuple(_team(table) for table in top.each_table("team"))
    if not teams:
        top.need("team")
    names = [team.name for team in teams]
    for again in sorted({name for name in names if names.count(name) > 1}):
        top.fault("team", f'has two teams "{again}": give each its own name')
    document.finish()
    return FloorPlan(teams=teams, time_zone=zone)


def _team(table: Table) -> Team:
    table.need("name")
    table.need("agents")
    standard = Team()
    wrap_up = table.table("wrap_up")
    return Team(
        name=table.text("name", standard.name),
        agents=table.whole("agents", 1, least=1, most=10_000),
        site=table.text("site"),
        tiers=_tiers(table, standard.tiers),
        seniority=table.whole("seniority", 0, least=0, most=100),
        skills=_skills(table.table("skills")),
        inbound=table.flag("inbound", standard.inbound),
        pay_per_hour=table.number("pay_per_hour", 0.0, least=0.0),
        campaigns=table.texts("campaigns"),
        shifts=tuple(_shift(each) for each in table.each_table("shift")),
        pauses=tuple(_pause(each) for each in table.each_table("pause")),
        wrap_up=Lognormal(
            mean=wrap_up.span("mean", standard.wrap_up.mean, most=3600.0),
            cv=wrap_up.number("cv", standard.wrap_up.cv, least=0.0, most=5.0),
        ),
        preview=_preview(table.table("preview")),
        attendance=table.share("attendance", standard.attendance),
        login_s=table.span("login", standard.login_s, most=3600.0),
    )


def _tiers(table: Table, default: frozenset[int]) -> frozenset[int]:
    value = table.raw("tiers")
    if value is None:
        return default
    if not isinstance(value, list) or not value or not all(type(t) is int and 1 <= t <= 5 for t in value):
        table.fault("tiers", "must be a list of tiers from 1 (best) to 5, such as [3, 4]")
        return default
    return frozenset(value)


def _skills(table: Table) -> dict[str, int]:
    return {skill: table.whole(skill, 1, least=1, most=10) for skill in table.open_keys()}


def _shift(table: Table) -> Shift:
    standard = Shift()
    table.need("hours")
    from_minute, to_minute = standard.from_minute, standard.to_minute
    text = table.text("hours")
    if text:
        begin, _, end = text.replace("\u2013", "-").partition("-")
        try:
            from_minute, to_minute = parse_minute(begin), parse_minute(end)
        except ValueError:
            table.fault("hours", f'{_HOURS_OF_A_SHIFT}, not "{text}"')
    return Shift(
        weekdays=table.weekdays("days", standard.weekdays),
        from_minute=from_minute,
        to_minute=to_minute,
    )


def _pause(table: Table) -> Pause:
    table.need("reason")
    table.need("length")
    at_minute = None
    if "at" in table:
        text = table.text("at")
        try:
            at_minute = parse_minute(text)
        except ValueError:
            table.fault("at", f'must be a time of day such as "12:30", not "{text}"')
    else:
        table.raw("at")
    every_s = table.span("every", None, least=60.0)
    if at_minute is None and every_s is None and "at" not in table and "every" not in table:
        table.fault("reason", 'says no time: add at = "12:30" or every = "2h"')
    if "at" in table and "every" in table:
        table.fault("every", "stands beside `at`: a pause has one or the other")
    return Pause(
        reason=table.text("reason", "rest"),
        length_s=table.span("length", 600.0, most=86400.0),
        at_minute=at_minute,
        every_s=every_s,
        spread_s=table.span("spread", 0.0, most=43200.0),
    )


def _preview(table: Table) -> PreviewHabit:
    standard = PreviewHabit()
    from_s = table.span("from", standard.from_s, most=3600.0)
    to_s = table.span("to", max(standard.to_s, from_s), most=3600.0)
    if to_s < from_s:
        table.fault("to", "must not be shorter than `from`")
    reasons = table.texts("reasons", standard.reasons)
    if not reasons:
        table.fault("reasons", "must name at least one reason")
        reasons = standard.reasons
    return PreviewHabit(from_s=from_s, to_s=to_s, decline=table.share("decline", standard.decline), reasons=reasons)
