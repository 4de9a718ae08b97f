"""The wall clock, and the same clock run faster."""

from __future__ import annotations

import asyncio
import time

import pytest

from callwright.kit.loop_clock import LoopClock


async def test_without_a_start_it_is_the_computers_clock() -> None:
    clock = LoopClock(asyncio.get_running_loop())
    assert abs(clock.now() - time.time()) < 1.0


async def test_a_faster_clock_passes_more_seconds_and_its_timers_come_sooner() -> None:
    clock = LoopClock(asyncio.get_running_loop(), speed=1000.0, start_at=5000.0)
    rang = asyncio.Event()
    clock.call_later(20.0, rang.set)
    cancelled = clock.call_later(10.0, lambda: pytest.fail("a cancelled timer rang"))
    cancelled.cancel()
    await clock.sleep(40.0)  # 40 ms of ours
    assert rang.is_set()
    assert clock.now() >= 5040.0


async def test_an_impossible_speed_is_refused() -> None:
    for speed in (0.0, -1.0, float("inf"), float("nan")):
        with pytest.raises(ValueError, match="speed"):
            LoopClock(asyncio.get_running_loop(), speed=speed)
