"""How many more live answers may be lost: the arithmetic of the abandon limit, without any controller."""

from __future__ import annotations

from dataclasses import dataclass
from math import inf, sqrt

from callwright.pacing.floor import Floor


@dataclass(frozen=True, slots=True, kw_only=True)
class AbandonBudget:
    """Abandons still allowed, in calls, over the rule pack's window and over today alone.

    Law counts the window; the campaign keeps every day inside the limit too, so that a bad week cannot hide in a good
    month and a restart cannot spend what the window saved.
    """

    limit: float
    answers: int
    abandons: int
    answers_today: int
    abandons_today: int

    @classmethod
    def of(cls, floor: Floor) -> AbandonBudget:
        return cls(
            limit=floor.limit,
            answers=floor.answers,
            abandons=floor.abandons,
            answers_today=floor.answers_today,
            abandons_today=floor.abandons_today,
        )

    @property
    def left(self) -> float:
        """Abandons that may still happen before the window or the day passes the limit; negative: past it."""
        window = self.limit * self.answers - self.abandons
        return min(window, self.limit * self.answers_today - self.abandons_today)

    @property
    def rate(self) -> float:
        """Share of live answers abandoned inside the window, 0 before the first answer."""
        return self.abandons / self.answers if self.answers else 0.0

    def bears_one_more(self) -> bool:
        """Whether one more abandon, right now, would leave window and day within the limit."""
        return self.left >= 1.0


def budget_left(floor: Floor) -> float:
    """``AbandonBudget.of(floor).left``, without the value: asked at every decision.

    Live persons whom machine detection hung up on are nobody's answers: of ``n`` answers seen they are q n / (1 - q)
    more, all lost. Today's number of them is only known by its mean, so two standard deviations are kept back.
    """
    limit, lost = floor.limit, floor.false_alarms
    window = limit * floor.answers - floor.abandons
    today = limit * floor.answers_today - floor.abandons_today
    if lost:
        if not 0 <= lost < 1:
            raise ValueError(lost)
        odds = lost / (1 - lost)
        window -= (1 - limit) * odds * floor.answers
        hidden = odds * floor.answers_today
        today -= (1 - limit) * hidden + 2.0 * sqrt(hidden)
    if not abs(window) + abs(today) < inf:
        raise ValueError(window, today)
    return today if today < window else window
