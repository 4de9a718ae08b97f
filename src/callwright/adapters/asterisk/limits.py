"""What a trunk takes, held once more at the edge: whatever is ordered, no more than this reaches the carrier."""

from __future__ import annotations

from collections.abc import Sequence

from callwright.dialer.ports import Trunk
from callwright.kit.clock import Clock

SPREAD = 2.0
"""Calls leave one by one, at no more than this multiple of what the trunk takes in a second."""


class TrunkLimits:
    """Channels and calls per second of each trunk."""

    def __init__(self, trunks: Sequence[Trunk], clock: Clock) -> None:
        now = clock.now()
        self._clock = clock
        self._trunks = {trunk.name: trunk for trunk in trunks}
        self._busy = dict.fromkeys(self._trunks, 0)
        self._next_at: dict[str, float] = {}
        self._tokens = {trunk.name: (max(1.0, trunk.calls_per_s), now) for trunk in trunks}

    def may_dial(self, name: str, number: str) -> bool:
        trunk = self._trunks.get(name)
        return trunk is not None and number.startswith(trunk.prefixes)

    def take(self, name: str) -> bool:
        """Occupy a channel; False where the trunk takes no further call now."""
        trunk, now = self._trunks[name], self._clock.now()
        tokens, since = self._tokens[name]
        tokens = min(max(1.0, trunk.calls_per_s), tokens + (now - since) * trunk.calls_per_s)
        if self._busy[name] >= trunk.channels or tokens < 1.0 - 1e-6:
            self._tokens[name] = (tokens, now)
            return False
        self._tokens[name] = (tokens - 1.0, now)
        self._busy[name] += 1
        return True

    def wait_s(self, name: str) -> float:
        """How long the call just taken waits before it leaves: a turn's dials come at once, and the calls under way
        would feel it."""
        now = self._clock.now()
        at = max(now, self._next_at.get(name, now))
        self._next_at[name] = at + 1.0 / (SPREAD * self._trunks[name].calls_per_s)
        return at - now

    def give_back(self, name: str) -> None:
        if name in self._busy:
            self._busy[name] -= 1
