"""The service level of callers: how many of those who ring us back are answered in time, today."""

from __future__ import annotations

from dataclasses import dataclass

from callwright.dialer.lines import next_midnight


@dataclass(slots=True, kw_only=True, eq=False)
class ServiceLevel:
    """Callers of the present day of ``zone`` whose wait is over. Who hangs up in time counts on neither side."""

    within_s: float = 20.0
    zone: str = "UTC"
    offered: int = 0
    in_time: int = 0
    _day_ends: float = 0.0

    def move(self, now: float) -> None:
        if now >= self._day_ends:
            self._day_ends, self.offered, self.in_time = next_midnight(now, self.zone), 0, 0

    def day_begins(self, now: float) -> float:
        self.move(now)
        return next_midnight(self._day_ends - 36 * 3600.0, self.zone)

    def served(self, waited_s: float, now: float) -> None:
        """An agent took the caller after ``waited_s``."""
        self.move(now)
        self.offered += 1
        self.in_time += waited_s <= self.within_s

    def gave_up(self, waited_s: float, now: float) -> None:
        """The caller hung up after ``waited_s``, served by nobody."""
        self.move(now)
        self.offered += waited_s > self.within_s
