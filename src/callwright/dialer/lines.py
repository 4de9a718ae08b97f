"""Lines: which trunk carries a call, how many more may be opened, and the number we show.

Channels and calls per second are limits of each trunk; the campaign's own limits come on top of them.
"""

from __future__ import annotations

from collections.abc import Sequence

from callwright.dialer.ports import Trunk


class _Use:
    __slots__ = ("busy", "refilled_at", "tokens", "trunk")

    def __init__(self, trunk: Trunk, now: float) -> None:
        self.trunk = trunk
        self.busy = 0
        self.tokens = max(1.0, trunk.calls_per_s)
        self.refilled_at = now


class Lines:
    """The trunks of one floor in order of preference: the first that may dial the number and has room takes it."""

    def __init__(self, trunks: Sequence[Trunk], now: float) -> None:
        self._use = [_Use(trunk, now) for trunk in trunks]
        self._by_name = {use.trunk.name: use for use in self._use}

    def room(self, now: float) -> tuple[int, int]:
        """(free channels, calls that may be opened at this instant) over all trunks."""
        free = rate = 0
        for use in self._use:
            self._refill(use, now)
            room = use.trunk.channels - use.busy
            free += room
            rate += min(room, int(use.tokens))
        return free, rate

    def take(self, number: str, now: float) -> Trunk | None:
        """Occupy a channel for ``number`` (E.164); None where no trunk may dial it or has room now."""
        for use in self._use:
            if not number.startswith(use.trunk.prefixes):
                continue
            self._refill(use, now)
            if use.busy < use.trunk.channels and use.tokens >= 1.0:
                use.busy += 1
                use.tokens -= 1.0
                return use.trunk
        return None

    def adopt(self, trunk: str | None) -> None:
        """A call found alive after a restart occupies its channel."""
        if trunk in self._by_name:
            self._by_name[trunk].busy += 1

    def give_back(self, trunk: str | None) -> None:
        if trunk in self._by_name:
            self._by_name[trunk].busy -= 1

    def cost(self, trunk: str | None, seconds: float) -> float:
        """What ``seconds`` from the answer on cost on the trunk."""
        if trunk not in self._by_name or seconds <= 0:
            return 0.0
        return self._by_name[trunk].trunk.cost_per_minute * seconds / 60.0

    @staticmethod
    def _refill(use: _Use, now: float) -> None:
        rate = use.trunk.calls_per_s
        use.tokens = min(max(1.0, rate), use.tokens + (now - use.refilled_at) * rate)
        use.refilled_at = now


def caller_id_for(pool: Sequence[str], number: str, customer_id: int | None) -> str | None:
    """The number we show: the pool's numbers nearest to ``number`` (longest common prefix), and of these always the
    same one for the same customer, so that a person sees one caller and a returned call finds its campaign."""
    if not pool:
        return None
    if len(pool) == 1:
        return pool[0]
    best = max(_common(own, number) for own in pool)
    near = [own for own in pool if _common(own, number) == best]
    return near[(customer_id or 0) % len(near)]


def _common(a: str, b: str) -> int:
    n = 0
    for x, y in zip(a, b, strict=False):
        if x != y:
            break
        n += 1
    return n
