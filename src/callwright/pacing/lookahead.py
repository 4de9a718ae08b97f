"""What every controller that looks ahead shares: its guard against bad clocks and figures, and the coming seconds.

The coming seconds are ``t = 1..HORIZON_S`` from the decision. Which agents will be free comes from ``survival`` or
``handling``, which lines will be answered from ``answering``; what to make of it is the controller's own.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence
from math import exp, isfinite, log

import numpy as np

from callwright.pacing.answering import RING_S, AnswerModel, RingTable
from callwright.pacing.floor import CallResolved, Decision, Floor, HandleEnded, Observation, RingingCall
from callwright.pacing.plain import progressive_lines
from callwright.pacing.survival import Numbers

HORIZON_S = 21
LAG_S = 25.0
"""From opening a line to the abandon it may cause."""
_RATE_MEMORY_S = 60.0
AHEAD_S = 3600.0  # an observation so far after the last decision is a clock's error, and would be remembered for ever
_STUCK_DECISIONS = 50  # decisions at one and the same instant that make the clock a stale one


class Lookahead(ABC):
    """A guarded controller: on anything that is no number, and on a bad clock, it is progressive."""

    def __init__(self, *, jumps: bool = False) -> None:
        """``jumps``: see ``AnswerModel``."""
        self._answering = AnswerModel(jumps=jumps)
        self._last_at = float("-inf")
        self._stuck = 0
        self._overdue = 0.0  # answers that were due by now of the lines that still ring
        self._answer_rate = 0.0  # per second, of the last minutes
        self._rate_at = 0.0

    @abstractmethod
    def _decide(self, floor: Floor) -> Decision:
        """The decision on a sound clock; may raise on figures that are no numbers."""

    def observe(self, observation: Observation) -> None:
        if observation.at > self._last_at + AHEAD_S and isfinite(self._last_at):
            return
        if isinstance(observation, CallResolved):
            try:
                self._answering.add(observation)
            except ValueError:
                return
            if observation.answered:
                passed = max(0.0, observation.at - self._rate_at)
                self._answer_rate = self._answer_rate * exp(-passed / _RATE_MEMORY_S) + 1 / _RATE_MEMORY_S
                self._rate_at = max(self._rate_at, observation.at)
        elif isinstance(observation, HandleEnded):
            self._learn_handle(observation)

    @abstractmethod
    def _learn_handle(self, ended: HandleEnded) -> None:
        """A conversation is over."""

    def decide(self, floor: Floor) -> Decision:
        try:
            if self._clock_is_stale(floor.now):
                return fallback(floor, "the clock stands still or runs backwards")
            return self._decide(floor)
        except (ValueError, OverflowError, ZeroDivisionError, TypeError, IndexError):
            return fallback(floor, "a figure of the floor is no number")

    def _clock_is_stale(self, now: float) -> bool:
        if not isfinite(now):
            return True
        passed, self._last_at = now - self._last_at, now
        self._stuck = self._stuck + 1 if passed == 0 else 0
        return passed < 0 or self._stuck > _STUCK_DECISIONS

    def _answers_per_s(self, now: float) -> float:
        """Live answers a second, of the last minute or so."""
        return self._answer_rate * exp(-max(0.0, now - self._rate_at) / _RATE_MEMORY_S)

    def _due(self, ringing: Sequence[RingingCall], ring: RingTable) -> tuple[Numbers | float, Numbers | float]:
        """Expected answers of the lines that ring, by each coming second, and the variance."""
        self._overdue = 0.0
        if not ringing:
            return 0.0, 0.0
        known, left = self._answering.known_fails, ring.left
        chances: list[float] = []
        silent = 1.0
        seconds: list[int] = []
        for call in ringing:
            second = int(call.elapsed_s)
            if second >= RING_S:
                second = RING_S - 1
            told = call.answer_probability
            fails = known.get(call.kind if told is None else told)
            if fails is None:
                fails = self._answering.fails(call.kind, told)
            still_open = (1.0 - fails) * left[second]
            open_or_dead = still_open + fails
            chances.append(still_open / open_or_dead)
            silent *= open_or_dead
            if silent < 1e-200:
                self._overdue, silent = self._overdue - log(silent), 1.0
            seconds.append(second)
        self._overdue -= log(silent)
        chance = np.array(chances)
        due = chance.dot(ring.by.take(seconds, 0))
        return due, due - (chance * chance).dot(ring.by_squared.take(seconds, 0))


def fallback(floor: Floor, why: str) -> Decision:
    """What a controller does that cannot trust its figures."""
    return Decision(lines_to_open=progressive_lines(floor), why=f"fallback: progressive, because {why}")
