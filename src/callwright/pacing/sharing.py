"""Whose turn it is among those who dial for the same agents: campaigns, or the tiers of one.

Each keeps an abandon budget of its own, so the one with most to spend would take every line that is worth a risk, and
one without a budget yet would never earn any. So they take turns by the answers they may expect of the lines they
opened, each in proportion to its agents: start-time fair queueing (Goyal, Vin, Cheng 1996) with lines for packets.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Sequence
from math import inf
from typing import Generic, TypeVar

K = TypeVar("K", bound=Hashable)
_AHEAD = 2.0
"""Expected answers by which one may be ahead before it waits."""
_LEAST = 0.1
"""A line counts for so much at least: a list that hardly answers would be behind for ever."""
_HUNGRY_S = 5.0
"""One that could have opened more so long ago still counts."""


class FairShares(Generic[K]):
    """One for all who may share agents. Keys are the caller's own."""

    def __init__(self) -> None:
        self._served: dict[K, float] = {}
        self._hungry_at: dict[K, float] = {}

    def before(self, key: K, rivals: Iterable[K], now: float, weight: float) -> list[K]:
        """Those of ``rivals`` who are to open lines first. ``weight``: agents that are ours, shared ones by parts."""
        own = self._served.get(key, 0.0) - _AHEAD / max(weight, 1e-9)
        return [rival for rival in rivals if self.is_hungry(rival, now) and self._served[rival] < own]

    def opened(self, key: K, rivals: Iterable[K], now: float, chances: Sequence[float], weight: float) -> None:
        """Lines with these chances to be answered were opened (perhaps none), and more could be.

        Who was not hungry before starts level with who has been served least: nothing is owed for a time without leads.
        """
        served = self._served.get(key, 0.0)
        if not self.is_hungry(key, now):
            others = [self._served[rival] for rival in rivals if self.is_hungry(rival, now)]
            served = max(served, min(others, default=served))
        self._served[key] = served + sum(max(chance, _LEAST) for chance in chances) / max(weight, 1e-9)
        self._hungry_at[key] = now

    def full(self, key: K) -> None:
        """It has no leads, or no more lines: nobody waits for it."""
        self._hungry_at.pop(key, None)

    def is_hungry(self, key: K, now: float) -> bool:
        """Whether it could have opened more a moment ago."""
        return 0.0 <= now - self._hungry_at.get(key, -inf) <= _HUNGRY_S
