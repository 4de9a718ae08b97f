"""A clock that runs some times faster than the computer's, on a real asyncio loop, and can skip to its next timer.

For a floor whose telephone is real (sockets, voices) and whose days should not be: calls happen in real seconds divided
by the speed, the hours in which nothing happens are left out.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from heapq import heappop, heappush
from itertools import count


class ScaledTimer:
    """A deed to come; ``cancel`` only forgets the deed."""

    __slots__ = ("deed",)

    def __init__(self, deed: Callable[[], None]) -> None:
        self.deed: Callable[[], None] | None = deed

    def cancel(self) -> None:
        self.deed = None


class ScaledClock:
    """``kit.clock.Clock``: ``speed`` seconds in one real second, from ``start_at`` on."""

    def __init__(self, loop: asyncio.AbstractEventLoop, speed: float, start_at: float) -> None:
        if not 0.0 < speed < float("inf"):
            raise ValueError(f"A clock cannot run at speed {speed}; give a number above 0.")
        self._loop = loop
        self.speed = speed
        self._from_at, self._from_real = start_at, time.monotonic()
        self._timers: list[tuple[float, int, ScaledTimer]] = []
        self._order = count()
        self._handle: asyncio.TimerHandle | None = None
        self._armed_for = float("inf")
        self.skipped_s = 0.0

    def now(self) -> float:
        return self._from_at + (time.monotonic() - self._from_real) * self.speed

    def call_later(self, delay_s: float, deed: Callable[[], None]) -> ScaledTimer:
        timer = ScaledTimer(deed)
        heappush(self._timers, (self.now() + max(0.0, delay_s), next(self._order), timer))
        self._arm()
        return timer

    async def sleep(self, delay_s: float) -> None:
        woken = asyncio.Event()
        timer = self.call_later(delay_s, woken.set)
        try:
            await woken.wait()
        finally:
            timer.cancel()

    def skip(self) -> bool:
        """Be at the next timer's instant now, and run it; False where there is none."""
        while self._timers and self._timers[0][2].deed is None:
            heappop(self._timers)
        if not self._timers:
            return False
        ahead_s = self._timers[0][0] - self.now()
        if ahead_s > 0.0:
            self._from_at += ahead_s
            self.skipped_s += ahead_s
        self._run_due()
        return True

    def close(self) -> None:
        """No timer runs any more."""
        self._timers.clear()
        if self._handle is not None:
            self._handle.cancel()

    def _arm(self) -> None:
        """Ask the loop for the first timer; one that was asked for sooner is let come, and asks anew."""
        if not self._timers:
            return
        first = self._timers[0][0]
        if first >= self._armed_for:
            return
        if self._handle is not None:
            self._handle.cancel()
        self._armed_for = first
        self._handle = self._loop.call_later(max(0.0, (first - self.now()) / self.speed), self._run_due)

    def _run_due(self) -> None:
        if self._handle is not None:
            self._handle.cancel()
        self._handle, self._armed_for = None, float("inf")
        now = self.now() + 1e-9
        while self._timers and self._timers[0][0] <= now:
            deed = heappop(self._timers)[2].deed
            if deed is not None:
                try:
                    deed()
                except Exception as error:
                    self._loop.call_exception_handler({"message": "A timer's deed failed", "exception": error})
        self._arm()
