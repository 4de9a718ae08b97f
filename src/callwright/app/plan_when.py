"""Deadlines and hours as managers write them: "Fri 18:00", an instant, "09:00-18:00", "mon-fri"."""

from __future__ import annotations

from datetime import datetime
from zoneinfo import ZoneInfo, available_timezones

from callwright.app.spans import WEEKDAYS, parse_minute, parse_weekdays
from callwright.kit.errors import BadInput
from callwright.model.campaign import Hours
from callwright.planning.grid import next_weekday


def parse_deadline(text: str, after: float, zone: str) -> float:
    """ "Fri 18:00" (the next one after ``after``) or an instant, both on the wall clock of ``zone``; epoch seconds."""
    words = text.lower().split()
    if len(words) == 2 and words[0][:3] in WEEKDAYS:
        try:
            return next_weekday(after, WEEKDAYS.index(words[0][:3]), parse_minute(words[1]), zone)
        except ValueError:
            pass
    try:
        read = datetime.fromisoformat(text.strip())
    except ValueError:
        raise BadInput(f'"{text}" is no deadline: write "Fri 18:00", or 2026-03-06T18:00.') from None
    return (read if read.tzinfo else read.replace(tzinfo=ZoneInfo(zone))).timestamp()


def parse_hours(hours: str, days: str) -> Hours:
    """ "09:00-18:00" and "mon-fri" or "mon, wed". Raises BadInput."""
    begin, _, end = hours.partition("-")
    try:
        from_minute, to_minute = parse_minute(begin.strip()), parse_minute(end.strip())
    except ValueError:
        raise BadInput(f'"{hours}" are no hours: write them as 09:00-18:00.') from None
    try:
        weekdays = parse_weekdays(days)
    except ValueError:
        raise BadInput(f'"{days}" are no weekdays: write mon-fri, or mon, wed, sat.') from None
    return Hours(from_minute=from_minute, to_minute=to_minute, weekdays=weekdays)


def say_zone(zone: str) -> str:
    """The zone itself. Raises BadInput where there is none of this name."""
    if zone not in available_timezones():
        raise BadInput(f'There is no time zone "{zone}"; write an IANA zone such as Europe/Lisbon.')
    return zone
