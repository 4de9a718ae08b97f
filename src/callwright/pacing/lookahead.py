"""What every controller that looks ahead shares: its guard against bad clocks and figures, and the coming seconds.

The coming seconds are ``t = 1..HORIZON_S`` from the decision. Which agents will be free comes from ``survival`` or
``handling``, which lines will be answered from ``answering``; what to make of it is the controller's own.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence
from math import erfc, exp, isfinite, sqrt
from operator import mul

import numpy as np

from callwright.pacing.answering import RING_S, AnswerModel, RingTable
from callwright.pacing.floor import CallResolved, Decision, Floor, HandleEnded, Observation, RingingCall, allowed
from callwright.pacing.plain import progressive_lines
from callwright.pacing.survival import Numbers

HORIZON_S = 21
LEAST_RING_S = 15.0
"""No line is taken back earlier, whatever the floor says."""
SURE = 1e-3
"""Added to every variance, so that no risk is a division by zero."""
LAG_S = 25.0
"""From opening a line to the abandon it may cause."""
_RATE_MEMORY_S = 60.0
AHEAD_S = 3600.0  # an observation so far after the last decision is a clock's error, and would be remembered for ever
_STUCK_DECISIONS = 50  # decisions at one and the same instant that make the clock a stale one


class Lookahead(ABC):
    """A guarded controller: on anything that is no number, and on a bad clock, it is progressive."""

    _ring: RingTable
    """Of the lines' chances and times, kept to what was learned by the controller."""

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
        answering = self._answering
        known = answering.known_fails
        told = [call.kind if call.answer_probability is None else call.answer_probability for call in ringing]
        fails = list(map(known.get, told))
        if None in fails:
            anew = {
                one: answering.fails(c.kind, c.answer_probability)
                for one, c in dict(zip(told, ringing, strict=True)).items()
            }
            fails = [anew[one] for one in told]
        elapsed_s = np.array([call.elapsed_s for call in ringing], dtype=np.float64)
        if not np.isfinite(elapsed_s).all():
            raise ValueError(elapsed_s)
        seconds = np.maximum(np.minimum(elapsed_s, RING_S - 1.0), 0.0).astype(np.int64)
        dead = np.array(fails, dtype=np.float64)
        still_open = (1.0 - dead) * ring.left.take(seconds)
        open_or_dead = still_open + dead
        chance = still_open / open_or_dead
        self._overdue = -float(np.add.reduce(np.log(open_or_dead)))
        by_second = np.bincount(seconds, chance, RING_S)
        due = by_second.dot(ring.by)
        return due, due - np.bincount(seconds, chance * chance, RING_S).dot(ring.by_squared)

    def _lines_and_risk(
        self, floor: Floor, staffed: int, spare: int, theta: float, margin: Numbers, variance: Numbers
    ) -> tuple[int, float]:
        """Lines to open while the risk is at most ``theta``, never fewer than progressive; and the risk of the first.

        ``margin`` and ``variance``: agents over by each coming second, less half a one. Cold, lines in flight are at
        most the spare agents plus half the calls resolved so far. Raises ValueError where the risk is no number.
        """
        plain = max(0, spare - len(floor.ringing))
        cold = spare + self._answering.resolved // 2
        most = allowed(floor, max(plain, min(cold, 4 + 10 * staffed) - len(floor.ringing)))
        risk = self._risk(margin, variance, 0.0, 0.0)
        if not isfinite(risk):
            raise ValueError(risk)
        lines = min(plain, most)
        if risk <= theta and lines < most:
            lines = max(lines, self._most_lines(floor, theta, margin, variance, most))
        return lines, risk

    def _most_lines(self, floor: Floor, theta: float, margin: Numbers, variance: Numbers, most: int) -> int:
        """The n-th line sees n - 1 fresh lines before it; n grows, by an eighth from 8 on, until its risk passes theta.

        Risk grows with n, so that steps may be skipped and looked at only where it has passed.
        """
        told = floor.next_answer_probabilities or ()
        known, unknown = self._answering.known_fails, 1.0 - self._answering.next_fails()
        counts, expected = [0], [(0.0, 0.0)]  # lines by step, and their answers (and squares of the chances)

        def passed(step: int) -> bool:
            while len(counts) <= step:
                lines, (answers, squares) = counts[-1], expected[-1]
                more = lines + min(most - lines, max(1, lines // 8))
                for n in range(lines, more):
                    p = unknown
                    if n < len(told):
                        chance = told[n]  # once: the dialer works it out when it is asked for
                        fails = known.get(chance)
                        p = 1.0 - (self._answering.fails("", chance) if fails is None else fails)
                    answers += p
                    squares += p * p
                counts.append(more)
                expected.append((answers, squares))
            return counts[step] >= most or self._risk(margin, variance, *expected[step]) > theta

        low, high = 0, 1
        while not passed(high):
            low, high = high, 2 * high
        while high - low > 1:
            middle = (low + high) // 2
            if passed(middle):
                high = middle
            else:
                low = middle
        return counts[high]

    def _risk(self, margin: Numbers, variance: Numbers, answers: float, squares: float) -> float:
        """Chance that a fresh line's answer binds an agent who is not there, besides fresh lines worth ``answers``."""
        ring = self._ring
        if answers:
            due = answers * ring.fresh_by
            margin = margin - due
            variance = variance + due - squares * ring.fresh_by**2
        distance = margin / np.sqrt(2.0 * variance)
        chances: list[float] = list(map(mul, ring.fresh_weights, map(erfc, distance.tolist())))
        return 0.5 * sum(chances)


def fallback(floor: Floor, why: str) -> Decision:
    """What a controller does that cannot trust its figures."""
    return Decision(lines_to_open=progressive_lines(floor), why=f"fallback: progressive, because {why}")


def risk_of_next(margin: Numbers, variance: Numbers) -> float:
    """Chance that an answer within the next second finds nobody."""
    return 0.5 * erfc(float(margin[0]) / sqrt(2.0 * float(variance[0])))


def rung_enough(floor: Floor, least_s: float) -> tuple[int, ...]:
    """Lines that may be taken back: those that rang ``least_s`` or longer."""
    return tuple(call.id for call in floor.ringing if call.elapsed_s >= least_s)


def said(risk: float, theta: float) -> str:
    """The decision's reason."""
    return f"risk: the next answer finds nobody in {100 * risk:.1f} %, allowed {100 * theta:.1f} %"
