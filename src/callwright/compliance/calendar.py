"""Lawful hours as instants: wall-clock windows by day, holidays, and every zone a person may be in.

An instant is lawful when the wall clock of *each* zone shows a time inside the day's windows. Zones are laid out as
stretches of constant offset, so gaps and folds of summer time come out exactly, and the answer for a moment is a
search in a short list that is computed once per week and combination.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable, Sequence
from datetime import UTC, date, datetime, tzinfo
from enum import Enum
from typing import Protocol
from zoneinfo import ZoneInfo

DAY_S = 86400
_EPOCH_ORDINAL = date(1970, 1, 1).toordinal()
_STRETCH_STEP_S = DAY_S // 2
_LINE_CHUNK_S = 64 * DAY_S
_CHUNK_S = 8 * DAY_S
_CHUNKS_AHEAD = 15

Interval = tuple[float, float]
Windows = tuple[tuple[int, int], ...]
"""Minutes after midnight, ``[from, to)``, ascending and disjoint. Empty: closed."""


class DayKind(Enum):
    PLAIN = "plain"
    HOLIDAY = "holiday"
    SWAPPED_WORKDAY = "swapped_workday"  # a weekend day the government has made a working day


class HolidayCalendar(Protocol):
    """Public holidays. The real one stands in ``adapters.holidays_calendar``."""

    def day_kind(self, country: str, region: str, day: date) -> DayKind: ...


class NoHolidays:
    """Every day is plain: for tests and for places whose packs observe no holidays."""

    def day_kind(self, country: str, region: str, day: date) -> DayKind:
        return DayKind.PLAIN


def day_of(wall_s: float) -> int:
    """The day a wall-clock second falls on, counted from 1970-01-01."""
    return int(wall_s // DAY_S)


def weekday_of(day: int) -> int:
    """Monday 0."""
    return (day + 3) % 7


def date_of(day: int) -> date:
    return date.fromordinal(day + _EPOCH_ORDINAL)


def meet(one: Sequence[tuple[int, int]], other: Sequence[tuple[int, int]]) -> Windows:
    """The minutes that lie in both."""
    return tuple((max(a, c), min(b, d)) for a, b in one for c, d in other if max(a, c) < min(b, d))


def overlap(one: list[Interval], other: list[Interval]) -> list[Interval]:
    """The instants that lie in both; both ascending and disjoint."""
    out: list[Interval] = []
    i = j = 0
    while i < len(one) and j < len(other):
        a, b = one[i]
        c, d = other[j]
        if max(a, c) < min(b, d):
            out.append((max(a, c), min(b, d)))
        if b < d:
            i += 1
        else:
            j += 1
    return out


class ZoneLine:
    """A time zone as stretches of constant offset, laid out around the instants it is asked about."""

    __slots__ = ("_from", "_hi", "_lo", "_off", "_offsets", "_starts", "_to", "_zone", "name")

    def __init__(self, name: str) -> None:
        """Raises what ``ZoneInfo`` raises for a name it does not know."""
        self.name = name
        self._zone: tzinfo = ZoneInfo(name)
        self._starts: list[float] = []
        self._offsets: list[int] = []
        self._lo = self._hi = 0
        self._from, self._to, self._off = 1.0, 0.0, 0

    def offset_at(self, at: float) -> int:
        """Seconds east of UTC at this instant."""
        if self._from <= at < self._to:
            return self._off
        self._cover(at, at)
        i = bisect_right(self._starts, at) - 1
        self._off = self._offsets[i]
        self._from = self._starts[i]
        self._to = self._starts[i + 1] if i + 1 < len(self._starts) else float(self._hi)
        return self._off

    def spans(self, from_wall_s: float, to_wall_s: float) -> list[Interval]:
        """The instants at which the wall clock shows ``[from_wall_s, to_wall_s)``: one stretch as a rule, none inside
        a gap, two around a fold."""
        self._cover(from_wall_s - DAY_S, to_wall_s + DAY_S)
        starts, out = self._starts, list[Interval]()
        first = max(bisect_right(starts, from_wall_s - DAY_S) - 1, 0)
        for i in range(first, len(starts)):
            if starts[i] > to_wall_s + DAY_S:
                break
            end = starts[i + 1] if i + 1 < len(starts) else float(self._hi)
            a, b = max(starts[i], from_wall_s - self._offsets[i]), min(end, to_wall_s - self._offsets[i])
            if a < b:
                if out and out[-1][1] == a:
                    out[-1] = (out[-1][0], b)
                else:
                    out.append((a, b))
        return out

    def _cover(self, from_at: float, to_at: float) -> None:
        if self._starts and self._lo <= from_at and to_at < self._hi:
            return
        lo = int(from_at // _LINE_CHUNK_S) * _LINE_CHUNK_S
        hi = (int(to_at // _LINE_CHUNK_S) + 1) * _LINE_CHUNK_S
        if self._starts:  # keep one line without holes
            lo, hi = min(lo, self._lo), max(hi, self._hi)
        self._lo, self._hi = lo, hi
        self._starts, self._offsets = [float(lo)], [self._ask(lo)]
        for at in range(lo, hi, _STRETCH_STEP_S):
            ahead = self._ask(at + _STRETCH_STEP_S)
            if ahead != self._offsets[-1]:
                self._starts.append(float(self._change(at, at + _STRETCH_STEP_S)))
                self._offsets.append(ahead)
        self._from, self._to = 1.0, 0.0

    def _change(self, before: int, after: int) -> int:
        """The first second of the new offset, between two instants of different offset."""
        old = self._ask(before)
        while after - before > 1:
            middle = (before + after) // 2
            if self._ask(middle) == old:
                before = middle
            else:
                after = middle
        return after

    def _ask(self, at: int) -> int:
        offset = datetime.fromtimestamp(at, UTC).astimezone(self._zone).utcoffset()
        return int(offset.total_seconds()) if offset is not None else 0


class Openings:
    """When calls are lawful for one combination of rules and zones: asked often, computed by the week."""

    __slots__ = ("_chunks", "_lines", "_state", "_windows_of", "from_at", "to_at")

    def __init__(self, lines: Sequence[ZoneLine], windows_of: Callable[[int], Windows]) -> None:
        self._lines = lines
        self._windows_of = windows_of
        self._chunks: dict[int, list[Interval]] = {}
        self._state = False
        self.from_at, self.to_at = 1.0, 0.0  # the stretch the last answer was about

    def is_open(self, at: float) -> bool:
        """Whether calls are lawful; ``to_at`` then says until when at least this answer holds."""
        if self.from_at <= at < self.to_at:
            return self._state
        chunk = int(at // _CHUNK_S)
        self.from_at, self.to_at, self._state = float(chunk * _CHUNK_S), float((chunk + 1) * _CHUNK_S), False
        for opens, closes in self._chunk(chunk):
            if at < opens:
                self.to_at = opens
                break
            if at < closes:
                self.from_at, self.to_at, self._state = opens, closes, True
                break
            self.from_at = closes
        return self._state

    def next_open(self, at: float) -> float | None:
        """The first lawful instant at or after ``at``; None where there is none for months."""
        if self.is_open(at):
            return at
        first = int(at // _CHUNK_S)
        for chunk in range(first, first + _CHUNKS_AHEAD):
            for opens, _ in self._chunk(chunk):
                if opens >= at:
                    return opens
        return None

    def _chunk(self, chunk: int) -> list[Interval]:
        known = self._chunks.get(chunk)
        if known is None:
            if len(self._chunks) > 64:
                self._chunks.clear()
            known = self._chunks[chunk] = self._lay_out(float(chunk * _CHUNK_S), float((chunk + 1) * _CHUNK_S))
        return known

    def _lay_out(self, from_at: float, to_at: float) -> list[Interval]:
        lawful: list[Interval] = [(from_at, to_at)]
        for line in self._lines:
            here: list[Interval] = []
            first, last = day_of(from_at + line.offset_at(from_at)), day_of(to_at + line.offset_at(to_at))
            for day in range(first - 1, last + 2):
                for a, b in self._windows_of(day):
                    here += line.spans(float(day * DAY_S + a * 60), float(day * DAY_S + b * 60))
            lawful = overlap(lawful, _joined(here))
        return lawful


def _joined(intervals: list[Interval]) -> list[Interval]:
    """Ascending and disjoint, touching ones made one."""
    out: list[Interval] = []
    for a, b in sorted(intervals):
        if out and a <= out[-1][1]:
            out[-1] = (out[-1][0], max(out[-1][1], b))
        else:
            out.append((a, b))
    return out
