"""Who will answer, and when: answer rate by class, its recalibration of the last minutes, the ring hazard.

A line's chance is modelled as a hazard over ring time, so that lines we dropped or that are still ringing count for as
long as they rang, and so that a recalibration never leaves 0..1.
"""

from __future__ import annotations

from math import erf, exp, log, log1p, sqrt

import numpy as np

from callwright.pacing.floor import CallResolved
from callwright.pacing.survival import Numbers

RING_S = 60
"""Longest ring that is told apart, in seconds."""
_PRIOR_CALLS = 60.0  # weight of the prior ring times, in calls
_MEMORY_S = 150.0
_SLOW_MEMORY_S = 900.0
_TRUST = 10.0  # expected answers' worth of trust in what was told, against the long run
_PULL = 12.0  # the same in the long run, against the last minutes
_JUMP, _SURE_OF_JUMP = 2.0, 5.0
"""Whether the answer rate rose by so much is watched; taken for true at so much evidence (log-likelihood). A fall costs
agents a minute, not people their peace, and is left to the fading means."""
_TRUST_IN_JUMP = 3.0  # times its own weight: the time before says nothing any more
_LIKELY = 0.985  # no lead is surer than that


class _Fading:
    """Answers seen and answers expected, both fading with time, from ``weight`` answers as expected."""

    __slots__ = ("_at", "_memory_s", "expected", "seen")

    def __init__(self, memory_s: float) -> None:
        self._memory_s, self._at = memory_s, 0.0
        self.seen = self.expected = 0.0

    def fade_to(self, at: float) -> None:
        passed = at - self._at
        if passed > 0:
            kept = exp(-passed / self._memory_s) if self._at else 0.0
            self.seen *= kept
            self.expected *= kept
            self._at = at

    def add(self, at: float, seen: float, expected: float) -> None:
        self.fade_to(at)
        self.seen += seen
        self.expected += expected

    def begin_anew(self, seen: float, expected: float) -> None:
        """Forget all but this, and trust it."""
        self.seen, self.expected = _TRUST_IN_JUMP * seen, _TRUST_IN_JUMP * expected


class _JumpWatch:
    """Page's cumulative sum: has the answer rate become ``factor`` times what it was? Knows since when.

    Per line the evidence is ``seen ln(factor) - expected (factor - 1)``, the log-likelihood ratio of Poisson counts.
    """

    __slots__ = ("_factor", "_sum", "expected", "seen")

    def __init__(self, factor: float) -> None:
        self._factor, self._sum = factor, 0.0
        self.seen = self.expected = 0.0

    def add(self, seen: float, expected: float, predicted: float) -> None:
        """One line more; ``seen`` and ``expected`` are kept since the evidence began."""
        if self._sum <= 0.0:
            self._sum = self.seen = self.expected = 0.0
        self._sum += seen * log(self._factor) - predicted * (self._factor - 1.0)
        self.seen += seen
        self.expected += expected

    def is_sure(self, ringing: float) -> bool:
        """Whether the evidence suffices, less what was predicted of lines that ``ringing`` without an answer so far."""
        if self._sum - ringing * (self._factor - 1.0) < _SURE_OF_JUMP:
            return False
        self._sum = 0.0
        return True


class AnswerModel:
    """Learned answer chances. ``over_by[k]``: share of the answers that come within ``k`` seconds of ringing."""

    def __init__(
        self, *, prior_rate: float = 0.4, prior_ring_s: float = 12.0, prior_ring_cv: float = 0.6, jumps: bool = False
    ) -> None:
        """``jumps``: whether a sudden rise of the answer rate is looked for, and the time before it forgotten."""
        self._base = -log1p(-prior_rate)  # cumulative hazard of a line of unknown class that rings to its end
        variance = log(1 + prior_ring_cv**2)
        mean = log(prior_ring_s) - variance / 2
        seconds = [max(k, 1e-3) for k in range(RING_S + 1)]
        prior = np.array([0.5 + 0.5 * erf((log(k) - mean) / sqrt(2 * variance)) for k in seconds])
        hazard = -np.diff(np.log1p(-prior_rate * prior / prior[-1]))
        survived = np.exp(-np.concatenate([[0.0], np.cumsum(hazard)[:-1]]))
        self._at_risk_prior = _PRIOR_CALLS * survived
        self._answers_prior = self._at_risk_prior * (1 - np.exp(-hazard))
        self._ended = np.zeros(RING_S)
        self._answers = np.zeros(RING_S)
        self._all: tuple[float, float] = (0.0, 0.0)  # answers seen and due of the lines of which nothing was told
        self._kinds: dict[str, tuple[float, float]] = {}
        self._typical = prior_rate
        self._fast, self._slow = _Fading(_MEMORY_S), _Fading(_SLOW_MEMORY_S)
        self._watch = _JumpWatch(_JUMP) if jumps else None
        self.resolved = 0
        self._rebuild_after = 20
        self._factor = 1.0
        self.known_fails: dict[str | float, float] = {}
        """``fails`` by what was told, or else by class; right until the factor moves by a hundredth, then emptied."""
        self.over_by: list[float] = []
        self._build()

    def add(self, call: CallResolved) -> None:
        """Learn one line's end. Raises ValueError, and learns nothing, where a figure is no number."""
        if not 0 <= call.ring_s < 1e6 or not abs(call.at) < 1e12:
            raise ValueError(call.ring_s, call.at)
        hazard = -log1p(-self.base(call.kind, call.answer_probability))
        second = min(RING_S - 1, int(call.ring_s))
        self._ended[second] += 1
        self._answers[second] += call.answered
        over = self.over_by[second] if call.ring_s < RING_S else 1.0
        over += (self.over_by[second + 1] - over) * min(call.ring_s - second, 1.0)
        expected = -log1p(-(1 - exp(-hazard)) * min(over, 1.0))
        self._fast.add(call.at, call.answered, expected)
        self._slow.add(call.at, call.answered, expected)
        if self._watch is not None:
            self._watch.add(call.answered, expected, expected * self._factor)
        if call.answer_probability is None:
            self._learn_kind(call.kind, float(call.answered), expected * self._base / hazard)
        self.resolved += 1
        self._typical += (1 - exp(-hazard) - self._typical) / min(self.resolved, 100)
        if self.resolved >= self._rebuild_after:
            self._rebuild_after = self.resolved + 20 + self.resolved // 20
            self._build()

    def _learn_kind(self, kind: str, answered: float, due: float) -> None:
        """``due``: what the prior rate would have made of that line."""
        self._all = (self._all[0] * 0.999 + answered, self._all[1] * 0.999 + due)
        seen, expected = self._kinds.get(kind, (0.0, 0.0))
        self._kinds[kind] = (seen * 0.999 + answered, expected * 0.999 + due)
        self.known_fails.pop(kind, None)

    def base(self, kind: str, told: float | None) -> float:
        """A fresh line's chance before the recalibration: what the caller was told, else its class's own."""
        if told is not None:
            if not 0.0 <= told <= 1.0:
                raise ValueError(told)
            return min(_LIKELY, max(0.005, told))
        pooled = (self._all[0] + 4.0) / (self._all[1] + 4.0)
        seen, due = self._kinds.get(kind, (0.0, 0.0))
        return min(_LIKELY, 1 - exp(-self._base * (seen + 6.0 * pooled) / (due + 6.0)))

    def fails(self, kind: str, told: float | None) -> float:
        """Chance that a fresh line is not answered, recalibrated; kept in ``known_fails``."""
        if len(self.known_fails) > 4096:
            self.known_fails.clear()
        fails: float = (1.0 - self.base(kind, told)) ** self._factor
        self.known_fails[kind if told is None else told] = fails
        return fails

    def next_fails(self) -> float:
        """The same for a line yet to be dialled of which nothing is known: like the last hundred."""
        fails: float = (1.0 - self._typical) ** self._factor
        return fails

    def recalibrate(self, now: float, ringing: float = 0.0) -> float:
        """Fit the factor on every hazard to the last minutes; returns the squared relative error left in it.

        ``ringing``: answers that were due by now of the lines that still ring. Who answers does so before the others'
        time is over; without this a batch of fresh lines would look like a better list.
        """
        fast, slow = self._fast, self._slow
        fast.fade_to(now)
        slow.fade_to(now)
        unseen = ringing / self._factor
        if self._watch is not None and self._watch.is_sure(ringing):
            fast.begin_anew(self._watch.seen, self._watch.expected + unseen)
            slow.begin_anew(self._watch.seen, self._watch.expected + unseen)
        long_run = (slow.seen + _TRUST) / (slow.expected + unseen + _TRUST)
        factor = (fast.seen + _PULL * long_run) / (fast.expected + unseen + _PULL)
        if abs(factor - self._factor) > 0.01 * self._factor:
            self._factor = factor
            self.known_fails.clear()
        return 1.0 / (fast.seen + min(_PULL, 4.0 + slow.seen))

    def _build(self) -> None:
        at_risk = self._at_risk_prior + np.cumsum(self._ended[::-1])[::-1]
        hazard = (self._answers_prior + self._answers) / at_risk
        if self.resolved >= _PRIOR_CALLS:  # nobody rings longer than lines are let ring
            ended = np.cumsum(self._ended)
            silent = ended >= 0.998 * ended[-1]
            if not silent.all():  # all lines fail at once: that says nothing of how long people are let ring
                hazard[silent] = 0.0
        share = 1 - np.cumprod(1 - np.minimum(hazard, 0.98))
        over: Numbers = np.concatenate([[0.0], share / share[-1]])
        self.over_by = [*over.tolist(), 1.0]


class RingTable:
    """For lines that ring: the chance still to be answered, and when, one row per second of elapsed ringing.

    ``free_after_s``: a line that rang so long may be taken back at any moment, so that its answer binds nobody: it
    counts ``kept`` of what it would. None: no line is ever taken back.
    """

    def __init__(
        self, over_by: list[float], *, horizon_s: int, free_after_s: float | None = None, kept: float = 1.0
    ) -> None:
        over = np.array(over_by[: RING_S + 1])
        rows = np.arange(RING_S) + 0.5
        seconds = np.arange(len(over))
        ahead = np.arange(1, horizon_s + 1)
        start = np.interp(rows, seconds, over)
        later = np.interp(rows[:, None] + ahead[None, :], seconds, over)
        left = np.maximum(1 - start, 1e-6)
        chances = np.clip((later - start[:, None]) / left[:, None], 0.0, 1.0)
        self.left: Numbers = left
        fresh: Numbers = np.interp(np.arange(horizon_s + 1), seconds, over)
        arrivals = np.diff(fresh) / max(fresh[-1], 1e-6)
        if free_after_s is not None:
            bound = np.where(rows[:, None] + ahead[None, :] - 0.5 < free_after_s, 1.0, kept)
            chances = np.cumsum(np.diff(chances, axis=1, prepend=0.0) * bound, axis=1)
        self.by = np.ascontiguousarray(chances)
        self.by_squared = np.ascontiguousarray(chances**2)
        fresh_bound = 1.0 if free_after_s is None else np.where(ahead - 0.5 < free_after_s, 1.0, kept)
        self.fresh_by: Numbers = np.cumsum(arrivals * fresh_bound)
        if free_after_s is not None:
            arrivals = np.where(ahead - 0.5 < free_after_s, arrivals, 0.0)
        self.fresh_weights: list[float] = arrivals.tolist()
