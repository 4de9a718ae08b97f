"""Spans, times of day and weekdays as people write them in files: "10m", "09:00-20:00", "mon-fri"; and back."""

from __future__ import annotations

import re

WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
_UNITS = {"ms": 0.001, "s": 1.0, "m": 60.0, "h": 3600.0, "d": 86400.0, "w": 604800.0}
_SPAN = re.compile(r"(\d+(?:\.\d+)?)(ms|[smhdw])")
_TIME = re.compile(r"(\d{1,2}):(\d{2})$")
_WORDS = {
    "daily": range(7),
    "every day": range(7),
    "all": range(7),
    "weekdays": range(5),
    "workdays": range(5),
    "weekend": range(5, 7),
}


def parse_span(text: str) -> float:
    """ "90s", "10m", "1h30m", "2d" in seconds. Raises ValueError."""
    packed = "".join(text.split()).lower()
    parts = list(_SPAN.finditer(packed))
    if not parts or "".join(part[0] for part in parts) != packed:
        raise ValueError(text)
    return sum(float(part[1]) * _UNITS[part[2]] for part in parts)


def say_span(span_s: float) -> str | float:
    """The shortest way to write a span; plain seconds where no unit divides it."""
    for unit in ("d", "h", "m"):
        if span_s and span_s % _UNITS[unit] == 0:
            return f"{int(span_s // _UNITS[unit])}{unit}"
    return f"{int(span_s)}s" if span_s == int(span_s) else span_s


def parse_minute(text: str) -> int:
    """ "09:30" as minutes after midnight; "24:00" is the end of the day. Raises ValueError."""
    found = _TIME.match(text.strip())
    if not found:
        raise ValueError(text)
    minute = int(found[1]) * 60 + int(found[2])
    if int(found[2]) > 59 or minute > 24 * 60:
        raise ValueError(text)
    return minute


def parse_hours(text: str) -> tuple[int, int]:
    """ "09:00-20:00" as two minutes after midnight, the first before the second. Raises ValueError."""
    begin, dash, end = text.replace("\u2013", "-").partition("-")
    if not dash:
        raise ValueError(text)
    from_minute, to_minute = parse_minute(begin), parse_minute(end)
    if from_minute >= to_minute:
        raise ValueError(text)
    return from_minute, to_minute


def say_minute(minute: int) -> str:
    return f"{minute // 60:02d}:{minute % 60:02d}"


def say_hours(from_minute: int, to_minute: int) -> str:
    return f"{say_minute(from_minute)}-{say_minute(to_minute)}"


def parse_weekdays(text: str) -> frozenset[int]:
    """ "mon-fri", "mon, wed, sat", "daily", "weekdays"; Monday is 0. Raises ValueError."""
    days: set[int] = set()
    for part in re.split(r"[,;]", text.strip().lower()):
        part = part.strip()
        if part in _WORDS:
            days.update(_WORDS[part])
            continue
        first, dash, last = part.partition("-")
        begin = _weekday(first)
        end = _weekday(last) if dash else begin
        days.update(day % 7 for day in range(begin, end + 1 if end >= begin else end + 8))
    return frozenset(days)


def _weekday(text: str) -> int:
    return WEEKDAYS.index(text.strip()[:3])


def say_weekdays(days: frozenset[int]) -> str:
    ordered = sorted(days)
    if len(ordered) > 2 and ordered == list(range(ordered[0], ordered[-1] + 1)):
        return f"{WEEKDAYS[ordered[0]]}-{WEEKDAYS[ordered[-1]]}"
    return ", ".join(WEEKDAYS[day] for day in ordered)
