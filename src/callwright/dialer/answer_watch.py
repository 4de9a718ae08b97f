"""An early warning when people stop answering a caller ID: its answer rate against its peers', like with like.

Calls are compared within strata (campaign, number of the try, country dialled), for first calls are answered more often
than fourth ones; the strata are put together as Cochran, Mantel and Haenszel did. One test, one-sided, per block of
``BLOCK`` calls of a number, each block used once: a number as good as its peers is accused in at most ``FALSE_ALARM``
of its blocks. A warning is taken back by a later block that does not look worse than its peers (z above ``FINE_Z``).
"""

from __future__ import annotations

import math
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import NamedTuple

BLOCK = 300
"""Calls of one number, with peers to compare them to, that make one test."""
FALSE_ALARM = 0.001
LOW_Z = -3.09  # the one-sided quantile of FALSE_ALARM
FINE_Z = -1.0
OLDEST_S = 14 * 86400.0
"""A block that is not full after so long begins anew: its calls tell nothing of today."""

Stratum = tuple[int, int, str]  # campaign, try (3: third or later), beginning of the number dialled
Counts = dict[Stratum, list[int]]  # [calls, answered by a person]


@dataclass(frozen=True, kw_only=True, slots=True)
class Comparison:
    """A number against its peers, over calls that had peers. ``expected``: the rate it would have as one of them."""

    calls: int
    rate: float
    expected: float
    z: float


def compare(own: Mapping[Stratum, list[int]], everybody: Mapping[Stratum, list[int]]) -> Comparison | None:
    """``own`` is part of ``everybody``. None where there is nobody to compare with, or nothing that varies."""
    calls = answered = 0
    expected = variance = 0.0
    for stratum, (n, a) in own.items():
        all_n, all_a = everybody[stratum]
        if all_n <= n or n == 0:
            continue
        calls += n
        answered += a
        expected += n * all_a / all_n
        variance += n * (all_n - n) * all_a * (all_n - all_a) / (all_n * all_n * (all_n - 1))
    if variance <= 0.0:
        return None
    correction = math.copysign(min(0.5, abs(answered - expected)), expected - answered)
    z = (answered - expected + correction) / math.sqrt(variance)
    return Comparison(calls=calls, rate=answered / calls, expected=expected / calls, z=z)


class Verdict(NamedTuple):
    """What a full block said, and whether the number's standing changed by it."""

    low: bool
    changed: bool
    comparison: Comparison


class _Block:
    __slots__ = ("base", "began_at", "calls", "low", "own")

    def __init__(self) -> None:
        self.low = False
        self.calls = 0
        self.began_at = 0.0
        self.own: Counts = {}
        self.base: dict[Stratum, tuple[int, int]] = {}  # everybody's counts when the stratum came into the block


class AnswerWatch:
    """Results in, one at a time; a verdict whenever a number's block is full."""

    def __init__(self) -> None:
        self._everybody: Counts = {}
        self._blocks: dict[str, _Block] = {}

    def result(self, caller_id: str, stratum: Stratum, answered: bool, now: float) -> Verdict | None:
        block = self._blocks.get(caller_id)
        if block is None:
            block = self._blocks[caller_id] = _Block()
        everybody = self._everybody.get(stratum)
        if everybody is None:
            everybody = self._everybody[stratum] = [0, 0]
        own = block.own.get(stratum)
        if own is None:
            if not block.calls or now - block.began_at > OLDEST_S:
                self._begin(block, now)
            own = block.own[stratum] = [0, 0]
            block.base[stratum] = (everybody[0], everybody[1])
        own[0] += 1
        own[1] += answered
        everybody[0] += 1
        everybody[1] += answered
        block.calls += 1
        return self._judge(block, now) if block.calls % BLOCK == 0 else None

    def believe_low(self, caller_ids: Collection[str]) -> None:
        """These were under the warning before a restart."""
        for number in caller_ids:
            self._blocks.setdefault(number, _Block()).low = True

    @staticmethod
    def _begin(block: _Block, now: float) -> None:
        block.began_at, block.calls = now, 0
        block.own, block.base = {}, {}

    def _judge(self, block: _Block, now: float) -> Verdict | None:
        since = {}
        for stratum, (n, a) in block.base.items():
            all_n, all_a = self._everybody[stratum]
            since[stratum] = [all_n - n, all_a - a]
        found = compare(block.own, since)
        if found is None or found.calls < BLOCK // 2:
            if now - block.began_at > OLDEST_S:
                self._begin(block, now)
            return None  # too few peers yet: the block goes on
        self._begin(block, now)
        before, block.low = block.low, found.z < (FINE_Z if block.low else LOW_Z)
        return Verdict(block.low, block.low is not before, found)
