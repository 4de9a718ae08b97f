"""The clock of a floor whose telephone is real: faster than life, in order, and able to leave empty hours out."""

from __future__ import annotations

import asyncio
import time

import pytest

from callwright.kit.scaled_clock import ScaledClock

START = 1_772_445_600.0


def _run(main) -> None:  # type: ignore[no-untyped-def]
    asyncio.run(main())


def test_it_runs_as_much_faster_as_it_is_told() -> None:
    async def main() -> None:
        clock = ScaledClock(asyncio.get_running_loop(), 50.0, START)
        began, real = clock.now(), time.monotonic()
        await clock.sleep(5.0)
        assert clock.now() - began >= 5.0
        assert 0.1 <= time.monotonic() - real < 1.0

    _run(main)


def test_timers_come_in_the_order_of_their_instants_and_may_be_taken_back() -> None:
    async def main() -> None:
        clock, told = ScaledClock(asyncio.get_running_loop(), 100.0, START), []
        clock.call_later(3.0, lambda: told.append("third"))
        clock.call_later(1.0, lambda: told.append("first"))
        taken_back = clock.call_later(1.5, lambda: told.append("never"))
        clock.call_later(2.0, lambda: told.append("second"))
        taken_back.cancel()
        await clock.sleep(4.0)
        assert told == ["first", "second", "third"]

    _run(main)


def test_a_skip_is_at_the_next_timer_at_once_and_never_goes_back() -> None:
    async def main() -> None:
        clock, told = ScaledClock(asyncio.get_running_loop(), 10.0, START), []
        cancelled = clock.call_later(10.0, lambda: told.append("cancelled"))
        clock.call_later(3600.0, lambda: told.append(clock.now()))
        clock.call_later(86_400.0, lambda: told.append(clock.now()))
        cancelled.cancel()
        real, before = time.monotonic(), clock.now()
        assert clock.skip()
        assert clock.skip()
        assert not clock.skip()
        assert time.monotonic() - real < 1.0
        assert told[0] == pytest.approx(START + 3600.0, abs=1.0)
        assert told[1] == pytest.approx(START + 86_400.0, abs=1.0)
        assert clock.now() >= told[1] > before
        assert clock.skipped_s == pytest.approx(86_400.0, abs=2.0)

    _run(main)


def test_a_timer_asked_for_by_a_timer_comes_in_its_turn() -> None:
    async def main() -> None:
        clock, told = ScaledClock(asyncio.get_running_loop(), 100.0, START), []

        def first() -> None:
            told.append("first")
            clock.call_later(0.0, lambda: told.append("at once"))

        clock.call_later(1.0, first)
        clock.call_later(1.5, lambda: told.append("later"))
        await clock.sleep(3.0)
        assert told == ["first", "at once", "later"]

    _run(main)


def test_a_deed_that_fails_is_told_and_the_others_go_on() -> None:
    async def main() -> None:
        loop, told, trouble = asyncio.get_running_loop(), [], []
        loop.set_exception_handler(lambda _, context: trouble.append(context["exception"]))
        clock = ScaledClock(loop, 100.0, START)
        clock.call_later(1.0, lambda: 1 / 0)  # type: ignore[arg-type,return-value]
        clock.call_later(1.0, lambda: told.append("second"))
        await clock.sleep(2.0)
        assert told == ["second"]
        assert isinstance(trouble[0], ZeroDivisionError)

    _run(main)


@pytest.mark.parametrize("speed", [0.0, -1.0, float("inf")])
def test_a_speed_that_is_none_is_refused(speed: float) -> None:
    loop = asyncio.new_event_loop()
    with pytest.raises(ValueError, match="above 0"):
        ScaledClock(loop, speed, START)
    loop.close()
