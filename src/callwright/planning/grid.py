"""The coming time in steps, as the wall clock, the law and the roster see it: ``make_grid``.

Only steps in which agents are at work and somebody may be called are kept; everything else takes no time.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import numpy as np
from numpy.typing import NDArray

from callwright.kit.errors import BadInput
from callwright.model.campaign import Hours
from callwright.planning.history import Place, Work

Windows = Callable[[Place, float, float], Sequence[tuple[float, float]]]
"""When the law and the campaign let this place be called, between two instants."""
STEPS_S = (900.0, 1800.0, 3600.0)
MOST_STEPS = 200
MOST_DAYS = 90


@dataclass(frozen=True, kw_only=True, slots=True)
class Grid:
    """Kept steps in order: their begin, local day (0: the first), hour. ``open_at`` (calendar, step).

    ``next_open`` (calendar, raw step): the first kept step, at or after a raw step, in which a calendar is open;
    ``len(at)`` where there is none. Raw steps count from ``start`` without gaps.
    """

    start: float
    step_s: float
    zone: str
    at: NDArray[np.float64]
    day: NDArray[np.int64]
    hour: NDArray[np.int64]
    open_at: NDArray[np.bool_]
    next_open: NDArray[np.int64]
    calendar_of: dict[Place, int]

    @property
    def days(self) -> int:
        return int(self.day[-1]) + 1 if len(self.day) else 0

    def instants_of_days(self) -> list[tuple[float, float]]:
        """Begin of the first and end of the last step of each day that has any, in order."""
        found = []
        for day in np.unique(self.day):
            steps = self.at[self.day == day]
            found.append((float(steps[0]), float(steps[-1] + self.step_s)))
        return found


def make_grid(
    work: Work, *, start: float, shift: Hours, zone: str, windows: Windows, step_s: float = 900.0, days: int = 30
) -> Grid:
    """``shift``: when agents work, in ``zone``. Raises BadInput where nobody can be called while they do."""
    start = (start // step_s) * step_s
    end = start + min(days, MOST_DAYS) * 86400.0
    raw = np.arange(start, end, step_s)
    places = list(dict.fromkeys(record.place for record in work.records))
    signatures: dict[bytes, int] = {}
    rows: list[NDArray[np.bool_]] = []
    calendar_of: dict[Place, int] = {}
    for place in places:
        row = np.zeros(len(raw), dtype=bool)
        for began, ended in windows(place, start, end):
            row |= (raw >= began - step_s / 2) & (raw < ended - step_s / 2)
        key = row.tobytes()
        if key not in signatures:
            signatures[key] = len(rows)
            rows.append(row)
        calendar_of[place] = signatures[key]
    tz = ZoneInfo(zone)
    local = [datetime.fromtimestamp(at, tz) for at in raw.tolist()]
    minute = np.array([t.hour * 60 + t.minute for t in local])
    weekday = np.array([t.weekday() for t in local])
    ordinal = np.array([t.toordinal() for t in local])
    if shift.from_minute < shift.to_minute:
        at_work = (minute >= shift.from_minute) & (minute < shift.to_minute) & np.isin(weekday, list(shift.weekdays))
    else:
        late = (minute >= shift.from_minute) & np.isin(weekday, list(shift.weekdays))
        early = (minute < shift.to_minute) & np.isin((weekday - 1) % 7, list(shift.weekdays))
        at_work = late | early
    open_raw = np.array(rows) if rows else np.zeros((0, len(raw)), dtype=bool)
    kept = np.flatnonzero(at_work & open_raw.any(0)) if rows else np.zeros(0, dtype=np.int64)
    if not len(kept):
        raise BadInput(
            "Nobody of the list may lawfully be called while agents are at work: look at the campaign's hours, its "
            "end, and --hours."
        )
    next_open = np.full((len(rows), len(raw) + 1), len(kept), dtype=np.int64)
    for calendar, row in enumerate(rows):
        following = len(kept)
        position = {int(step): place for place, step in enumerate(kept)}
        for step in range(len(raw) - 1, -1, -1):
            if row[step] and step in position:
                following = position[step]
            next_open[calendar, step] = following
    _, day = np.unique(ordinal[kept], return_inverse=True)
    return Grid(
        start=start,
        step_s=step_s,
        zone=zone,
        at=raw[kept],
        day=day.astype(np.int64),
        hour=np.array([local[step].hour for step in kept]),
        open_at=open_raw[:, kept],
        next_open=next_open,
        calendar_of=calendar_of,
    )


def next_weekday(after: float, weekday: int, minute: int, zone: str) -> float:
    """The first instant after ``after`` at which the wall clock shows this weekday (Monday 0) and minute."""
    tz = ZoneInfo(zone)
    local = datetime.fromtimestamp(after, tz)
    day = local.replace(hour=minute // 60, minute=minute % 60, second=0, microsecond=0)
    day += timedelta(days=(weekday - day.weekday()) % 7)
    if day.timestamp() <= after:
        day += timedelta(days=7)
    return day.timestamp()
