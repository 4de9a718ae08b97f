"""Ranges instead of single figures: the middle and the span that holds the truth in eight of ten cases."""

from __future__ import annotations

from dataclasses import dataclass
from math import isfinite

import numpy as np
from numpy.typing import ArrayLike, NDArray

LOW, HIGH = 0.1, 0.9
LEVEL = HIGH - LOW
"""Share of truths that a range is to hold."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Range:
    """10, 50 and 90 % quantiles; None: beyond what was looked at (never, or after the horizon)."""

    low: float | None
    middle: float | None
    high: float | None

    def holds(self, value: float) -> bool:
        """Whether the truth lies inside; open ends hold everything on their side."""
        return (self.low is None or self.low <= value) and (self.high is None or value <= self.high)

    def as_dict(self) -> dict[str, float | None]:
        return {"low": self.low, "middle": self.middle, "high": self.high}


def range_of(values: ArrayLike) -> Range:
    """The range of drawn values; infinities stand for "not within what was looked at"."""
    array = np.sort(np.asarray(values, dtype=np.float64))
    if not len(array):
        return Range(low=None, middle=None, high=None)
    # Quantiles of the drawn values themselves: between a value and infinity there is no middle.
    return Range(**{name: _at(array, q) for name, q in (("low", LOW), ("middle", 0.5), ("high", HIGH))})


def _at(array: NDArray[np.float64], share: float) -> float | None:
    place = share * (len(array) - 1)
    below, above = float(array[int(np.floor(place))]), float(array[int(np.ceil(place))])
    if not isfinite(above):
        return None
    return below + (place - int(place)) * (above - below)
