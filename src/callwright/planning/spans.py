"""A quantity that has a level, varies from day to day, and was seen on few days: its level and its days,
uncertain both.

Used for mean talk and wrap-up times (as logarithms), the share of a shift in which agents are ready for calls, and by
how much a floor differs from the model's (both as log-odds). A normal random-effects model; with few days the draws
have the tails of Student's t.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Numbers = NDArray[np.float64]
_ROUNDS = 60


@dataclass(frozen=True, kw_only=True, slots=True)
class DayLevel:
    """``level`` with its standard error; ``spread`` of days around it, known with ``freedom`` degrees of freedom.

    ``days``: how many were seen; with none, ``error`` is the prior's and needs no tails.
    """

    level: float
    error: float
    spread: float
    freedom: float
    days: int = 0

    def draws(self, count: int, days: int, rng: np.random.Generator) -> Numbers:
        """What (draw, day) will be: the level as believed, and each day's own deviation."""
        loose = np.sqrt(self.freedom / rng.chisquare(self.freedom, count))
        level = self.level + self.error * (loose if self.days else 1.0) * rng.standard_normal(count)
        return np.asarray(level[:, None] + (self.spread * loose)[:, None] * rng.standard_normal((count, days)))


def fit_days(
    values: Numbers,
    noise: Numbers,
    *,
    level: float,
    doubt: float,
    spread: float,
    strength: float = 3.0,
) -> DayLevel:
    """Fit to one value per day, each measured with variance ``noise``; prior level ± ``doubt``, prior ``spread``.

    ``strength``: how many days' evidence the prior spread is worth. No values: the prior as it is.
    """
    own, mean, error = spread, level, doubt
    for _ in range(_ROUNDS):
        weight = 1.0 / (noise + own**2)
        precision = weight.sum() + 1.0 / doubt**2
        mean = float((weight @ values + level / doubt**2) / precision)
        error = float(precision**-0.5)
        # EM: every day's deviation as believed now, and how sure that is.
        pull = own**2 * weight
        found = (pull * (values - mean)) ** 2 + own**2 * (1.0 - pull)
        before, own = own, float(np.sqrt((strength * spread**2 + found.sum()) / (strength + len(values))))
        if abs(own - before) < 1e-4 * before:
            break
    return DayLevel(level=mean, error=error, spread=own, freedom=strength + len(values), days=len(values))


def draw_shares(counts: Numbers, draws: int, rng: np.random.Generator) -> Numbers:
    """Shares of classes from their counts (a Dirichlet, prior included in the counts): (draws, *counts.shape)."""
    grown = rng.gamma(np.maximum(counts, 1e-9), size=(draws, *counts.shape))
    return np.asarray(grown / np.maximum(grown.sum(-1, keepdims=True), 1e-300))
