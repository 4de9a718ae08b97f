"""Time comes in through a ``Clock``; no engine reads the standard library's clocks.

An instant is ``float`` seconds since 1970-01-01 UTC everywhere inside (``at`` or ``*_at``); a span is ``*_s``.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Protocol


class Timer(Protocol):
    """A scheduled call that can be taken back (``asyncio.TimerHandle`` is one)."""

    def cancel(self) -> None: ...


class Clock(Protocol):
    """Time and timers of one program. The same engines run on the wall clock and on a virtual one."""

    def now(self) -> float:
        """The present instant, seconds since the epoch (UTC)."""
        ...

    def call_later(self, delay_s: float, deed: Callable[[], None]) -> Timer:
        """Run ``deed`` after ``delay_s`` seconds of this clock."""
        ...

    async def sleep(self, delay_s: float) -> None: ...


def utc(at: float) -> datetime:
    """The instant ``at`` as an aware datetime."""
    return datetime.fromtimestamp(at, UTC)


def iso(at: float) -> str:
    """The instant ``at`` as ISO 8601 in UTC with milliseconds, e.g. ``2026-03-02T08:00:00.000Z``."""
    return datetime.fromtimestamp(at, UTC).strftime("%Y-%m-%dT%H:%M:%S.") + f"{int(at % 1 * 1000):03d}Z"
