"""The loop that never waits: order, jumps, standing still for the world outside, and clear ends."""

from __future__ import annotations

import asyncio
import socket
import threading
import time
from collections.abc import Callable, Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st

from callwright.sim.virtual_time import VirtualClock, VirtualTimeStuck, run_virtual, stand_still

START = 1_772_445_600.0


def test_a_day_passes_in_no_time() -> None:
    async def main(clock: VirtualClock) -> tuple[float, float]:
        await clock.sleep(86_400.0)
        return clock.now(), asyncio.get_running_loop().time()

    began = time.perf_counter()
    assert run_virtual(main, START) == (START + 86_400.0, START + 86_400.0)
    assert time.perf_counter() - began < 5.0


def test_a_coroutine_runs_as_well_as_a_function_of_the_clock() -> None:
    async def main() -> float:
        clock = VirtualClock()
        await clock.sleep(1.5)
        return clock.now()

    assert run_virtual(main(), 10.0) == 11.5


@given(st.lists(st.tuples(st.integers(0, 20), st.booleans()), max_size=40))
def test_timers_run_by_instant_and_then_in_the_order_of_asking(wishes: list[tuple[int, bool]]) -> None:
    ran: list[tuple[int, int]] = []

    async def main(clock: VirtualClock) -> None:
        loop = asyncio.get_running_loop()
        for i, (delay, by_asyncio) in enumerate(wishes):
            deed = _note(ran, (delay, i))
            if by_asyncio:
                loop.call_later(delay, deed)
            else:
                clock.call_later(delay, deed)
        await clock.sleep(21.0)

    run_virtual(main, START)
    assert ran == sorted((delay, i) for i, (delay, _) in enumerate(wishes))


def _note(into: list[tuple[int, int]], what: tuple[int, int]) -> Callable[[], None]:
    return lambda: into.append(what)


def test_what_a_timer_caused_runs_before_the_next_timer() -> None:
    async def main(clock: VirtualClock) -> list[str]:
        log: list[str] = []
        event = asyncio.Event()

        async def woken() -> None:
            await event.wait()
            log.append("woken")

        task = asyncio.create_task(woken())
        await clock.sleep(0)
        clock.call_later(1.0, event.set)
        clock.call_later(1.0, lambda: log.append("next"))
        await clock.sleep(2.0)
        await task
        return log

    assert run_virtual(main, START) == ["woken", "next"]


def test_a_cancelled_timer_does_nothing_even_at_its_own_instant() -> None:
    async def main(clock: VirtualClock) -> list[str]:
        log: list[str] = []
        second = clock.call_later(1.0, lambda: log.append("second"))
        clock.call_later(0.5, second.cancel)
        third = clock.call_later(2.0, lambda: log.append("third"))
        clock.call_later(1.9999, lambda: third.cancel())
        await clock.sleep(3.0)
        second.cancel()
        return log

    assert run_virtual(main, START) == []


def test_time_never_goes_back_and_impossible_delays_are_refused() -> None:
    async def main(clock: VirtualClock) -> None:
        fired = []
        clock.call_later(-5.0, lambda: fired.append(clock.now()))
        await clock.sleep(1.0)
        assert fired == [START]
        for delay in (float("nan"), float("inf")):
            with pytest.raises(ValueError, match="finite"):
                clock.call_later(delay, lambda: None)

    run_virtual(main, START)


def test_tasks_that_nothing_can_wake_are_told_by_name() -> None:
    async def never() -> None:
        await asyncio.Event().wait()

    async def main(clock: VirtualClock) -> None:
        task = asyncio.create_task(never(), name="the waiting one")
        await task

    with pytest.raises(VirtualTimeStuck, match="the waiting one"):
        run_virtual(main, START)


def test_an_error_in_a_timer_ends_the_run() -> None:
    def broken() -> None:
        raise ZeroDivisionError("in a timer")

    async def main(clock: VirtualClock) -> None:
        clock.call_later(1.0, broken)
        await clock.sleep(2.0)

    with pytest.raises(ZeroDivisionError, match="in a timer"):
        run_virtual(main, START)


def test_asyncio_timeouts_are_virtual() -> None:
    async def main(clock: VirtualClock) -> float:
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(3600.0):
                await asyncio.Event().wait()
        return clock.now()

    assert run_virtual(main, START) == START + 3600.0


# --- the world outside ----------------------------------------------------------------------------------------------


@pytest.fixture
def slow_echo() -> Iterator[int]:
    """A server on loopback that takes 30 ms to answer; its port."""
    server = socket.create_server(("127.0.0.1", 0))

    def serve() -> None:
        while True:
            try:
                connection, _ = server.accept()
            except OSError:
                return
            with connection:
                while data := connection.recv(100):
                    time.sleep(0.03)
                    connection.sendall(data)

    thread = threading.Thread(target=serve)
    thread.start()
    yield server.getsockname()[1]
    server.shutdown(socket.SHUT_RDWR)
    server.close()
    thread.join()


class EchoStore:
    """A store behind a real socket."""

    def __init__(self, port: int) -> None:
        self.port = port
        self.under_way = self.most_under_way = 0

    async def ask(self, word: str) -> str:
        self.under_way += 1
        self.most_under_way = max(self.most_under_way, self.under_way)
        reader, writer = await asyncio.open_connection("127.0.0.1", self.port)
        writer.write(word.encode())
        answer = await reader.read(100)
        writer.close()
        await writer.wait_closed()
        self.under_way -= 1
        return answer.decode()

    async def retry_and_fail(self) -> None:
        await asyncio.sleep(0.01)
        raise ConnectionError("gone")

    def plain(self) -> str:
        return "plain"


def test_time_stands_still_while_the_store_works_and_calls_take_turns(slow_echo: int) -> None:
    async def main(clock: VirtualClock) -> None:
        inner = EchoStore(slow_echo)
        store = stand_still(inner, clock.loop)
        log: list[tuple[str, float]] = []

        async def ask(word: str) -> None:
            log.append((await store.ask(word), clock.now()))

        clock.call_later(0.001, lambda: log.append(("timer", clock.now())))
        await asyncio.gather(ask("one"), ask("two"), ask("three"))
        assert log == [("one", START), ("two", START), ("three", START)]
        assert inner.most_under_way == 1
        await clock.sleep(1.0)
        assert log[3] == ("timer", START + 0.001)
        assert store.plain() == "plain"

    run_virtual(main, START)


def test_a_retry_inside_the_store_waits_in_real_time_and_errors_pass(slow_echo: int) -> None:
    async def main(clock: VirtualClock) -> None:
        store = stand_still(EchoStore(slow_echo), clock.loop)
        began = time.monotonic()
        with pytest.raises(ConnectionError, match="gone"):
            await store.retry_and_fail()
        assert time.monotonic() - began >= 0.009
        assert clock.now() == START
        await clock.sleep(1.0)
        assert clock.now() == START + 1.0

    run_virtual(main, START)


def test_work_in_a_thread_is_outside_too() -> None:
    async def main(clock: VirtualClock) -> float:
        fired = []
        clock.call_later(0.5, lambda: fired.append(1))
        await asyncio.to_thread(time.sleep, 0.02)
        assert not fired
        return clock.now()

    assert run_virtual(main, START) == START


def test_everything_else_is_at_rest_when_a_call_outside_ends(slow_echo: int) -> None:
    """However long the store takes, what was ready runs first: the order does not depend on the database's speed."""

    async def main(clock: VirtualClock) -> list[str]:
        store = stand_still(EchoStore(slow_echo), clock.loop)
        log: list[str] = []

        async def busy() -> None:
            for i in range(200):
                log.append(f"busy {i}")
                await asyncio.sleep(0)

        async def ask() -> None:
            log.append(await store.ask("answer"))

        await asyncio.gather(ask(), busy())
        return log

    assert run_virtual(main, START)[-1] == "answer"
