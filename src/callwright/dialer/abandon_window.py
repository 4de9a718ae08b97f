"""The abandon budget's book: live answers and abandons inside the rule pack's window, and of the present day.

Counted as the figures count them (``analytics``: abandoned over abandoned and put through): who hangs up within the
limit and what turns out to be no person is taken out again, returned calls never come in.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable
from dataclasses import dataclass, field

from callwright.dialer.lines import next_midnight
from callwright.dialer.ports import Answers


@dataclass(slots=True, kw_only=True, eq=False)
class AbandonWindow:
    """Live answers and abandons of the last ``window_s`` seconds, and of the present day of ``zone``."""

    window_s: float
    zone: str = "UTC"
    answers: int = 0
    abandons: int = 0
    answers_today: int = 0
    abandons_today: int = 0
    _day_ends: float = 0.0
    _inside: deque[tuple[float, int, int]] = field(default_factory=deque)

    def answered(self, at: float) -> None:
        self._add(at, 1, 0)

    def abandoned(self, at: float) -> None:
        """One of the answers noted before turned into an abandon."""
        self._add(at, 0, 1)

    def taken_back(self, at: float) -> None:
        """One of the answers noted before does not count: they hung up within the limit, or were no person."""
        self._add(at, -1, 0)

    def move(self, now: float) -> None:
        """Forget what has left the window; a new day begins at the zone's midnight."""
        if now >= self._day_ends:
            self._day_ends, self.answers_today, self.abandons_today = next_midnight(now, self.zone), 0, 0
        inside, edge = self._inside, now - self.window_s
        while inside and inside[0][0] < edge:
            _, answers, abandons = inside.popleft()
            self.answers -= answers
            self.abandons -= abandons

    def read_back(self, counts: Iterable[Answers], now: float) -> None:
        """Take up what the window holds from before a restart, oldest first; each count leaves when its time comes."""
        self.move(now)
        day_begins = next_midnight(self._day_ends - 36 * 3600.0, self.zone)
        for each in counts:
            self.answers += each.answered
            self.abandons += each.abandoned
            self._inside.append((each.at, each.answered, each.abandoned))
            if each.at >= day_begins:
                self.answers_today += each.answered
                self.abandons_today += each.abandoned

    def _add(self, at: float, answers: int, abandons: int) -> None:
        self.move(at)
        self.answers += answers
        self.abandons += abandons
        self.answers_today = max(0, self.answers_today + answers)
        self.abandons_today += abandons
        self._inside.append((at, answers, abandons))
