"""How likely a number is to be answered now, and how sure that is: pooled from the campaign to the list to the number.

A logistic model with one Gaussian effect for the campaign and for each list, line type, hour, line type at an hour, and
state of the number's history; their sum is the log-odds of an answer by a live person. An effect nothing is known of
adds nothing but its own doubt, so what is new borrows from what is above it (partial pooling). Each resolved call moves
its effects by the rank-one Laplace step of assumed-density filtering (Opper 1998, "A Bayesian approach to online
learning"), kept diagonal; between calls their variances grow back towards the prior: that is how old news is forgotten.
Effects that always come together are anticorrelated, which a diagonal cannot hold: left alone, their sum would be
doubted too much, and kept exact, each would be doubted too little; the step taken is the geometric mean of both.
Only what was known when the line was opened (``Sight``) enters: nothing of a call can leak into its own chance.
"""

from __future__ import annotations

from itertools import accumulate, pairwise
from math import erf, exp, isfinite, log, pi, sqrt
from typing import NamedTuple

RING_S = 60
"""Answers are told apart by their ring time up to so many seconds."""
_STEPS = 16  # of log-odds in which a chance is told: neighbours differ by 6 % of the odds, and can be looked up
_FURTHEST = 6 * _STEPS
_SIGMOID = [1 / (1 + exp(-step / _STEPS)) for step in range(-_FURTHEST, _FURTHEST + 1)]
_PRIOR_LINES = 60.0  # weight of the assumed ring times, in lines
_STALE_CALLS = 8  # a chance that was told is told again until so many calls have resolved
_MOST_ROWS = 50_000
_BUCKETS = (0, 1, 2, 3, 4, 5, 6, 6, 6, 6, 10)
_FIRST_GUESS = {"promised": 0.6, "abandoned": 0.6, "busy": 0.2, "switched_off": -0.6, "unreachable": -0.6, "none": 0.0}
_AFTER_A_TRY = -0.2
"""Log-odds with which a history is met for the first time, until calls with it say better: a call-back was asked for,
an abandoned person is at their telephone, a switched-off one mostly stays so."""


class History(NamedTuple):
    """What is known of a number before a dial. ``tries`` in steps (``history_of``); ``last``: how the last try ended
    ("none": there was none; "promised": a call-back is due); ``reached``: somebody has answered it before."""

    tries: int
    last: str
    reached: bool


class Sight(NamedTuple):
    """A dial as it looks beforehand. ``hour``: 0..23 on weekdays, +24 on Saturdays, +48 on Sundays, where the person
    is."""

    list_id: int | None
    line: str
    hour: int
    history: History


class Likelihood(NamedTuple):
    """``mean``: chance of a live answer, 0..1. ``weight``: as sure as a share counted over so many calls alike."""

    mean: float
    weight: float


def history_of(tries: int, last: str | None, *, reached: bool, promised: bool = False) -> History:
    """``tries`` of the number so far, counted on the person; ``last``: the outcome of the last, where there was one."""
    bucket = _BUCKETS[tries] if 0 <= tries < len(_BUCKETS) else _BUCKETS[-1]
    return History(bucket, "promised" if promised else last or "none", reached)


class _Effect:
    """One Gaussian addend of the log-odds. ``prior``: its first variance; ``drift``: what a second adds to it."""

    __slots__ = ("at", "drift", "mean", "prior", "variance")

    def __init__(self, mean: float, prior: float, drift_per_hour: float) -> None:
        self.mean, self.variance, self.prior = mean, prior, prior
        self.drift, self.at = drift_per_hour / 3600.0, 0.0


class AnswerLikelihood:
    """Learns one campaign's answers. Cold it says ``prior_rate`` with next to no weight."""

    def __init__(self, *, prior_rate: float = 0.3) -> None:
        if not 0.0 < prior_rate < 1.0:
            raise ValueError(f"The answer rate to begin with must lie between 0 and 1, not {prior_rate}.")
        self._campaign = _Effect(log(prior_rate / (1 - prior_rate)), 1.0, 0.02)
        self._known: dict[object, _Effect] = {}
        self._rows: dict[Sight, tuple[_Effect, ...]] = {}  # the effects of a sight
        self._told: dict[Sight, float] = {}  # chances of this moment: one call hardly moves them
        self._told_until = 0
        self._rings = RingTimes()
        self.resolved = 0

    def believe(self, sight: Sight, at: float) -> Likelihood:
        """The chance of an answer with its weight. ``at``: epoch seconds."""
        mean, variance = _moments(self._row(sight), at)
        p = 1 / (1 + exp(-_tempered(mean, variance)))
        return Likelihood(p, max(0.0, 1 / (p * (1 - p) * variance) - 1))

    def chance(self, sight: Sight, at: float) -> float:
        """``believe(...).mean`` in steps of a sixteenth of log-odds: what the dialer asks for every line."""
        known = self._told.get(sight)
        if known is not None:
            return known
        step = round(_STEPS * _tempered(*_moments(self._row(sight), at)))
        known = self._told[sight] = _SIGMOID[min(max(step, -_FURTHEST), _FURTHEST) + _FURTHEST]
        return known

    def learn(self, sight: Sight, *, answered: bool, at: float, ring_s: float = 0.0, taken_back: bool = False) -> None:
        """A line opened with ``sight`` stopped ringing at ``at`` after ``ring_s`` seconds.

        ``answered``: by a live person. ``taken_back``: we gave it up: it counts as much as answers come by then.
        Carrier's and own failures say nothing of the person: do not tell them. Figures that are no numbers are ignored.
        """
        if not (isfinite(at) and isfinite(ring_s)):
            return
        self._rings.add(ring_s, answered)
        row = self._row(sight)
        mean = doubt = 0.0
        for effect in row:
            if at > effect.at:
                grown = effect.variance + effect.drift * (at - effect.at)
                effect.variance = grown if grown < effect.prior else effect.prior
                effect.at = at
            mean += effect.mean
            doubt += effect.variance
        p = 1 / (1 + exp(-_tempered(mean, doubt)))
        share = 1.0
        if taken_back and not answered:  # the likelihood is 1 - p * over, not 1 - p
            over = self._rings.answered_by(ring_s)
            share = over * (1 - p) / (1 - p * over)
        curvature = share * p * (1 - p)
        scale = 1 / (1 + curvature * doubt)
        pull, keep = share * (answered - p) * scale, curvature * scale
        for effect in row:
            variance = effect.variance
            effect.mean += variance * pull
            effect.variance = variance * (1 - sqrt(variance * doubt) * keep)
        self.resolved += 1
        if self.resolved >= self._told_until:
            self._told.clear()
            self._told_until = self.resolved + 1 + min(_STALE_CALLS, self.resolved // 50)

    def _row(self, sight: Sight) -> tuple[_Effect, ...]:
        row = self._rows.get(sight)
        if row is None:
            if len(self._rows) >= _MOST_ROWS:
                self._rows.clear()
            list_id, line, hour, history = sight
            row = self._rows[sight] = (
                self._campaign,
                self._effect(("list", list_id), 0.0, 0.25, 0.02),
                self._effect(("line", line), 0.0, 0.25, 0.002),
                self._effect(("hour", hour), 0.0, 0.25, 0.002),
                self._effect((line, hour), 0.0, 0.04, 0.002),
                self._effect(history, _FIRST_GUESS.get(history.last, _AFTER_A_TRY), 0.3, 0.002),
            )
        return row

    def _effect(self, key: object, mean: float, prior: float, drift_per_hour: float) -> _Effect:
        known = self._known.get(key)
        if known is None:
            known = self._known[key] = _Effect(mean, prior, drift_per_hour)
        return known


class RingTimes:
    """How soon those answer who answer: answers over lines still ringing, second by second (Nelson 1972, so that lines
    given up do not make answers look sooner), begun from a lognormal of mean 12 s and cv 0.6 at 0.4 answers a line."""

    def __init__(self) -> None:
        spread = log(1 + 0.6**2)
        middle = log(12.0) - spread / 2
        by = [0.2 * (1 + erf((log(max(s, 1e-3)) - middle) / sqrt(2 * spread))) for s in range(RING_S + 1)]
        self._ended = [0.0] * RING_S
        self._answers = [_PRIOR_LINES * (later - sooner) for sooner, later in pairwise(by)]
        self._ringing_prior = [_PRIOR_LINES * (1 - sooner) for sooner in by[:-1]]
        self._by: list[float] = []
        self._sum()

    def add(self, ring_s: float, answered: bool) -> None:
        """A line stopped ringing after ``ring_s``."""
        second = min(max(int(ring_s), 0), RING_S - 1)
        self._ended[second] += 1
        self._answers[second] += answered
        self._new += 1
        if self._new >= 100:
            self._sum()

    def answered_by(self, ring_s: float) -> float:
        """Share of the answers that come within ``ring_s``."""
        return self._by[min(max(int(ring_s), 0), RING_S)]

    def _sum(self) -> None:
        still = [*accumulate(reversed(self._ended))][::-1]
        hazards = (a / (r + n) for a, r, n in zip(self._answers, self._ringing_prior, still, strict=True))
        over = [1 - exp(-hazard) for hazard in accumulate(hazards)]
        self._new, self._by = 0, [0.0, *(share / over[-1] for share in over)]


def _moments(row: tuple[_Effect, ...], at: float) -> tuple[float, float]:
    """Mean and variance of the log-odds."""
    mean = variance = 0.0
    for effect in row:
        mean += effect.mean
        passed = at - effect.at
        grown = effect.variance + effect.drift * passed if passed > 0 else effect.variance
        variance += grown if grown < effect.prior else effect.prior
    return mean, variance


def _tempered(mean: float, variance: float) -> float:
    """Log-odds whose share is the mean share over the doubt (MacKay 1992)."""
    return mean / sqrt(1 + pi * variance / 8)
