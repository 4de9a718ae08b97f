"""When will a busy agent be free? Talk and wrap-up learned from ended conversations, as a table over elapsed time.

Knows spans, not calls. Each span is learned as a smoothed histogram over a fitted lognormal that starts from a prior,
so that the first conversations of a campaign are paced sensibly and any later shape is followed.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from math import erf, exp, log, sqrt

import numpy as np
from numpy.typing import NDArray

from callwright.pacing.floor import HandleEnded

Numbers = NDArray[np.float64]

_LONGEST_S = 7200.0
_EDGES: Numbers = np.concatenate([np.arange(0.0, 121.0), np.geomspace(120.0, _LONGEST_S, 101)[1:]])
"""Bins of the histograms: seconds up to two minutes, then 4 % wide. Two hours and longer are one."""
_ELAPSED_S: Numbers = np.concatenate([np.arange(0.5, 120.0), np.geomspace(120.5, _LONGEST_S, 100)])
"""Middles of the table's rows."""
ROWS = len(_ELAPSED_S)
TALKING_ROW: list[int] = [int(np.abs(_ELAPSED_S - second - 0.5).argmin()) for second in range(int(_LONGEST_S))]
"""The row of an agent who has talked for so many whole seconds."""
WRAPPING_ROW: list[int] = [row + ROWS for row in TALKING_ROW]


@cache
def _kernel(smooth: float) -> Numbers:
    """Spreads a bin's count over its neighbours, ``smooth`` times as far as the bin is long."""
    middles = (_EDGES[1:] + _EDGES[:-1]) / 2
    distance = (middles[:, None] - middles[None, :]) / (smooth * middles[None, :] + 0.3)
    kernel = np.exp(-0.5 * np.minimum(distance**2, 80.0)) * np.diff(_EDGES)[:, None]
    spread: Numbers = kernel / kernel.sum(axis=0)
    return spread


class SpanModel:
    """The distribution of one kind of span. The prior holds until there is something to learn."""

    def __init__(self, *, prior_mean_s: float, prior_cv: float, smooth: float) -> None:
        self._log_variance = log(1 + prior_cv**2)
        self._log_mean = log(prior_mean_s) - self._log_variance / 2
        self._prior_n, self._shape_n = 4.0, 40.0
        self._n = self._sum = self._squares = 0.0
        self._counts = np.zeros(len(_EDGES) - 1)
        self._kernel = _kernel(smooth)

    def add(self, span_s: float) -> None:
        """Learn one span; the weight of old ones halves about every 1,400."""
        span_s = min(max(span_s, 0.0), _LONGEST_S - 1)
        logarithm = log(max(span_s, 0.2))
        self._n = self._n * 0.9995 + 1
        self._sum = self._sum * 0.9995 + logarithm
        self._squares = self._squares * 0.9995 + logarithm * logarithm
        self._counts[int(np.searchsorted(_EDGES, span_s, side="right")) - 1] += 1

    def share_over_by(self, at_s: Numbers) -> Numbers:
        """Share of spans that are over at each of these ages."""
        weight = self._prior_n + self._n
        mean = (self._prior_n * self._log_mean + self._sum) / weight
        prior_squares = self._prior_n * (self._log_variance + self._log_mean**2)
        variance = max((prior_squares + self._squares) / weight - mean * mean, 1e-4)
        fitted = np.array([0.5 + 0.5 * erf((log(max(e, 1e-3)) - mean) / sqrt(2 * variance)) for e in _EDGES])
        seen = self._counts.sum()
        learned = np.concatenate([[0.0], np.cumsum(self._kernel @ self._counts)])
        together = (self._shape_n * fitted + learned) / (self._shape_n + seen)
        shares: Numbers = np.interp(at_s, _EDGES, together / together[-1])
        return shares

    def left_over(self, ahead_s: Numbers, *, pace: float = 1.0) -> Numbers:
        """Chance per row of elapsed time that a span not over yet is over ``ahead_s`` from now.

        ``pace``: for whom takes so many times as long as everybody.
        """
        elapsed_s, ahead_s = _ELAPSED_S / pace, ahead_s / pace
        over = self.share_over_by(elapsed_s)
        later = self.share_over_by((elapsed_s[:, None] + ahead_s[None, :]).ravel()).reshape(ROWS, len(ahead_s))
        left = 1.0 - over
        chances = (later - over[:, None]) / np.maximum(left, 1e-9)[:, None]
        worn = left < 1e-4  # older than anything seen: over within a minute, say
        chances[worn] = 1 - np.exp(-ahead_s / 60.0)
        result: Numbers = np.clip(chances, 0.0, 1.0)
        return result

    @property
    def typical_s(self) -> float:
        """The median span."""
        return exp((self._prior_n * self._log_mean + self._sum) / (self._prior_n + self._n))


class FreeingTable:
    """Chances that a busy agent is free some seconds from now, and their variances, one row per elapsed time.

    Rows are found by ``TALKING_ROW`` and ``WRAPPING_ROW``. The first half of the columns is the chance to be free
    ``delay_s + 1 .. delay_s + horizon_s`` from now, the second its variance.
    """

    def __init__(self, *, horizon_s: int, delay_s: float) -> None:
        self._talk = SpanModel(prior_mean_s=120.0, prior_cv=1.0, smooth=0.12)
        self._wrap = SpanModel(prior_mean_s=20.0, prior_cv=0.6, smooth=0.02)
        self._horizon_s, self.delay_s = horizon_s, delay_s
        self._handles = 0
        self._rebuild_after = 10
        self.table = self._build()

    def add(self, ended: HandleEnded) -> None:
        """Learn one conversation; the table follows after every twentieth part more of them."""
        if not (0 <= ended.talk_s < 1e6 and 0 <= ended.wrap_s < 1e6):
            return
        self._talk.add(ended.talk_s)
        self._wrap.add(ended.wrap_s)
        self._handles += 1
        if self._handles >= self._rebuild_after:
            self._rebuild_after = self._handles + 10 + self._handles // 20
            self.table = self._build()

    def look_beyond(self, delay_s: float) -> None:
        """From now on look this many seconds beyond each second of the horizon (the wait limit)."""
        if not 0 <= delay_s < 60:
            raise ValueError(delay_s)
        if delay_s != self.delay_s:
            self.delay_s = delay_s
            self.table = self._build()

    def _build(self) -> Numbers:
        steps: Numbers = np.arange(1, self._horizon_s + 1, dtype=np.float64) + self.delay_s
        talking = free_after_talk(self._talk.left_over, self._wrap, steps)
        return with_variances(np.concatenate([talking, self._wrap.left_over(steps)]))


def free_after_talk(talk_left: Callable[[Numbers], Numbers], wrap: SpanModel, steps_s: Numbers) -> Numbers:
    """Chance to be free at each step, a row per elapsed time, for whom ``talk_left`` gives the end of the talk."""
    grid = np.arange(0.0, np.ceil(steps_s[-1]) + 2.0)  # seconds from now, for the sum of talk and wrap-up
    lag = grid[None, :] - grid[:, None] + 0.5  # wrap-up that fits between a talk's end and an instant
    wrap_over = np.where(lag > 0, wrap.share_over_by(np.maximum(lag, 0.0)), 0.0)
    free = np.diff(talk_left(grid), axis=1, prepend=0.0) @ wrap_over
    index = np.minimum(np.floor(steps_s).astype(np.int64), len(grid) - 2)
    part = steps_s - index
    result: Numbers = free[:, index] * (1 - part) + free[:, index + 1] * part
    return result


def with_variances(chances: Numbers) -> Numbers:
    """The table's rows: chances, then their variances."""
    chances = np.clip(chances, 0.0, 1.0)
    return np.ascontiguousarray(np.hstack([chances, chances * (1 - chances)]))
