"""What a trunk has cost, this hour and this day, calls under way included: the meter behind its spend caps.

Counted on the careful side: a call under way counts with one minute more than it has cost, and what it cost belongs to
the minute of its end. So a cap is passed only by calls that talk on for more than a minute after the last was opened.
"""

from __future__ import annotations

import math
from collections import deque
from collections.abc import Mapping

RESERVE_S = 60.0
"""Every call under way counts with so much more than it has cost."""


class SpendMeter:
    """Costs of one trunk. ``rate`` is the cost of a second; instants are the clock's."""

    def __init__(self, most_per_hour: float | None, most_per_day: float | None) -> None:
        self.most_per_hour, self.most_per_day = most_per_hour, most_per_day
        self.capped = most_per_hour is not None or most_per_day is not None
        self._minutes: deque[list[float]] = deque()  # [minute, cost], the last hour's
        self._hour = 0.0
        self._day = 0.0
        self._live = 0
        self._reserved_rate = 0.0  # of all calls under way
        self._running_rate = 0.0  # of the answered ones
        self._running_from = 0.0  # sum of rate x instant of answer

    def opened(self, rate: float) -> None:
        self._live += 1
        self._reserved_rate += rate

    def answered(self, rate: float, at: float) -> None:
        self._running_rate += rate
        self._running_from += rate * at

    def over(self, rate: float, answered_at: float | None, at: float) -> None:
        """A call is over; ``answered_at`` None: it was never answered, and costs nothing."""
        self._live -= 1
        self._reserved_rate -= rate
        if answered_at is not None:
            self._running_rate -= rate
            self._running_from -= rate * answered_at
            self.spent(max(0.0, at - answered_at) * rate, at)
        if self._live <= 0:  # no rounding error outlives the calls it came from
            self._reserved_rate = self._running_rate = self._running_from = 0.0

    def spent(self, cost: float, at: float) -> None:
        minute = math.floor(at / 60.0)
        if self._minutes and self._minutes[-1][0] >= minute:
            self._minutes[-1][1] += cost
        else:
            self._minutes.append([minute, cost])
        self._hour += cost
        self._day += cost

    def read_back(self, minutes: Mapping[int, float], today: float) -> None:
        """What the database knows of the time before us."""
        self._minutes = deque([minute, cost] for minute, cost in sorted(minutes.items()))
        self._hour, self._day = sum(minutes.values()), today

    def new_day(self) -> None:
        self._day = 0.0

    def under_way(self, now: float) -> float:
        """What the calls under way have cost, each with its reserve."""
        return max(0.0, self._running_rate * now - self._running_from) + self._reserved_rate * RESERVE_S

    def hour(self, now: float) -> float:
        """Counted against the hour's cap: the last 60 to 61 minutes."""
        edge = math.floor(now / 60.0) - 60
        while self._minutes and self._minutes[0][0] < edge:
            self._hour -= self._minutes.popleft()[1]
        if not self._minutes:
            self._hour = 0.0
        return self._hour + self.under_way(now)

    def day(self, now: float) -> float:
        """Counted against the day's cap."""
        return self._day + self.under_way(now)

    def blocked(self, now: float, rate: float, day_ends: float) -> tuple[str, float] | None:
        """Which cap forbids one more call at this rate ("spend_hour", "spend_day"), and until when at least."""
        more = rate * RESERVE_S
        if self.most_per_day is not None and self.day(now) + more > self.most_per_day:
            return "spend_day", day_ends
        if self.most_per_hour is not None and self.hour(now) + more > self.most_per_hour:
            oldest = self._minutes[0][0] if self._minutes else math.floor(now / 60.0)
            return "spend_hour", max(now + 1.0, (oldest + 61.0) * 60.0)
        return None
