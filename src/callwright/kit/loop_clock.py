"""The wall clock, or any multiple of it, as a ``Clock`` on an ordinary asyncio loop."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable

from callwright.kit.clock import Timer


class LoopClock:
    """Time of an asyncio loop: ``speed`` seconds of it pass in one real second, counted from ``start_at``.

    With speed 1 and no ``start_at`` it is the computer's own clock, corrections included.
    """

    def __init__(self, loop: asyncio.AbstractEventLoop, speed: float = 1.0, start_at: float | None = None) -> None:
        if not 0.0 < speed < float("inf"):
            raise ValueError(f"A clock cannot run at speed {speed}; give a number above 0.")
        self._loop = loop
        self.speed = speed
        self._wall = speed == 1.0 and start_at is None
        self._start_at = time.time() if start_at is None else start_at
        self._zero = time.monotonic()

    def now(self) -> float:
        if self._wall:
            return time.time()
        return self._start_at + (time.monotonic() - self._zero) * self.speed

    def call_later(self, delay_s: float, deed: Callable[[], None]) -> Timer:
        return self._loop.call_later(delay_s / self.speed, deed)

    async def sleep(self, delay_s: float) -> None:
        await asyncio.sleep(delay_s / self.speed)
