"""Volumes by hour that nobody steers: calls that come in, their length, agents' work and how many agents are there.

The same parts as a campaign's fit (``blocks``, ``spans``), for a service that is called. Used where inbound calls share
the agents, and to hold the method against a public call log (``bench/planning_backtest.py``).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from callwright.planning.blocks import Block, BlockFit, fit_blocks
from callwright.planning.spans import DayLevel, fit_days

Numbers = NDArray[np.float64]
Whole = NDArray[np.int64]
HOURS = 24


@dataclass(frozen=True, kw_only=True, slots=True)
class HourlyCounts:
    """``counts`` (day, hour) of consecutive or chosen days, with each day's weekday (Monday 0)."""

    weekdays: Sequence[int]
    counts: Numbers


@dataclass(frozen=True, kw_only=True, slots=True)
class VolumeFit:
    """A model of hours with weekday and day. ``scatter``: variance over mean of an hour's count around its own mean (1:
    a Poisson's; less where somebody plans the counts, such as a roster; more where callers come in waves)."""

    model: BlockFit
    scatter: float

    def draws(self, weekdays: Sequence[int], count: int, rng: np.random.Generator) -> Numbers:
        """Counts of coming days, (draw, day, hour)."""
        effects = self.model.draws(count, rng)
        patterns = np.stack([self.model.part(effects, f"hours_{day}") for day in weekdays], axis=1)
        eta = (
            self.model.part(effects, "level")[:, :, None]
            + self.model.part(effects, "hour")[:, None, :]
            + self.model.part(effects, "weekday")[:, list(weekdays), None]
            + patterns
            + self.model.new_levels("day", (count, len(weekdays)), rng)[:, :, None]
        )
        mean = np.exp(np.clip(eta, -20.0, 12.0))
        if self.scatter > 1.0:
            return np.asarray(rng.poisson(rng.gamma(mean / (self.scatter - 1.0)) * (self.scatter - 1.0)), dtype=float)
        return np.asarray(np.maximum(0.0, np.rint(mean + np.sqrt(self.scatter) * (rng.poisson(mean) - mean))))


def fit_volume(seen: HourlyCounts) -> VolumeFit:
    """Learn from days of 24 hourly counts: quasi-likelihood, fitted twice so that the scatter weighs the evidence."""
    days = len(seen.weekdays)
    hour = np.tile(np.arange(HOURS), days)
    weekday = np.repeat(np.asarray(seen.weekdays, dtype=np.int64), HOURS)
    hits = seen.counts.ravel().astype(np.float64)
    usual = float(np.log(max(hits.mean(), 0.01)))
    blocks = (
        Block(name="level", size=1, spread=2.0, strength=None, centre=(usual,)),
        Block(name="hour", size=HOURS, spread=0.8, walk=True),
        Block(name="weekday", size=7, spread=0.5),
        Block(name="day", size=days, spread=0.1, strength=3.0),
        *(Block(name=f"hours_{day}", size=HOURS, spread=0.2) for day in range(7)),
    )
    columns = (
        np.zeros(days * HOURS, dtype=np.int64),
        hour,
        weekday,
        np.repeat(np.arange(days), HOURS),
        *(np.where(weekday == day, hour, -1) for day in range(7)),
    )
    scatter, model = 1.0, None
    for _ in range(2):
        model = fit_blocks("poisson", hits / scatter, np.full(days * HOURS, 1.0 / scatter), columns, blocks)
        scatter = _scatter(model, hits, columns, blocks)
    assert model is not None
    return VolumeFit(model=model, scatter=scatter)


def _scatter(model: BlockFit, hits: Numbers, columns: Sequence[Whole], blocks: Sequence[Block]) -> float:
    """Pearson's estimate over hours with a mean above 1, for what the effects have taken up of the freedom."""
    padded = np.append(model.mode, 0.0)
    eta = sum(padded[np.where(c >= 0, c + model.starts[b.name], -1)] for c, b in zip(columns, blocks, strict=True))
    mean = np.exp(np.asarray(eta))
    full = mean > 1.0
    if full.sum() < 10:
        return 1.0
    freedom = max(0.25 * full.sum(), full.sum() - model.taken)
    return float(min(10.0, max(0.1, ((hits - mean) ** 2 / mean)[full].sum() / freedom)))


@dataclass(frozen=True, kw_only=True, slots=True)
class LengthFit:
    """Mean length by hour: days' luck (``level``, a logarithm), what an hour adds, and how calls vary (``cv``)."""

    level: DayLevel
    by_hour: Numbers
    hour_spread: float
    cv: float

    def draws(self, calls: Numbers, rng: np.random.Generator) -> Numbers:
        """The mean length in seconds of so many calls, (draw, day, hour)."""
        count, days, hours = calls.shape
        level = self.level.draws(count, days, rng)[:, :, None] + self.by_hour[:hours]
        level = level + self.hour_spread * rng.standard_normal(calls.shape)
        number = np.maximum(calls, 1.0)
        # The mean of n skewed calls is itself skewed; a gamma has the right mean, variance and sign.
        shape = number / self.cv**2
        return np.asarray(np.exp(level) * rng.gamma(shape) / shape)


def fit_lengths(seconds: Sequence[Sequence[Numbers]]) -> LengthFit:
    """``seconds``: by day, by hour, the lengths of its calls."""
    pooled = np.concatenate([hour for day in seconds for hour in day] or [np.array([120.0, 60.0])])
    cv = float(pooled.std() / pooled.mean())
    days = [np.concatenate(list(day)) for day in seconds]
    kept = [day for day in days if len(day)]
    level = fit_days(
        np.array([np.log(day.mean()) for day in kept]),
        np.array([cv**2 / len(day) for day in kept]),
        level=float(np.log(pooled.mean())),
        doubt=0.5,
        spread=0.05,
    )
    by_hour, left = np.zeros(HOURS), []
    for hour in range(HOURS):
        calls = [(np.log(day[hour].mean()) - np.log(whole.mean()), len(day[hour]))
                 for day, whole in zip(seconds, days, strict=True) if len(day[hour]) >= 3]  # fmt: skip
        if not calls:
            continue
        away, numbers = np.array(calls).T
        weight = 1.0 / (cv**2 / numbers + 0.02)
        by_hour[hour] = float((weight * away).sum() / (weight.sum() + 1 / 0.15**2))
        left.extend(((away - by_hour[hour]) ** 2 - cv**2 / numbers).tolist())
    own = float(np.sqrt(max(0.0, np.mean(left)))) if left else 0.1
    return LengthFit(level=level, by_hour=by_hour, hour_spread=own, cv=cv)
