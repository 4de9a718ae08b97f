"""Virtual time: an asyncio loop that never waits, and the ``Clock`` on it.

When nothing is ready the loop jumps to its next timer, so a day of a floor takes seconds. Timers run one at a time in
the order (instant, order of asking), and everything a timer caused runs before the next one: the same program with the
same seeds does the same things in the same order.

Operations on the world outside (a database behind a socket) take real time: while one is under way virtual time stands
still (``VirtualLoop.outside``). ``stand_still`` wraps every async method of a store so, one after the other, begun and
finished only when the loop has nothing else to do, so that the speed of the database changes nothing in the order.
"""

from __future__ import annotations

import asyncio
import inspect
import time
from collections import deque
from collections.abc import Awaitable, Callable, Coroutine, Iterator
from contextlib import contextmanager
from contextvars import Context, ContextVar
from heapq import heappop, heappush
from itertools import count
from selectors import BaseSelector
from typing import Any, TypeVar, cast

from callwright.kit.errors import CallwrightError

T = TypeVar("T")

_POLL_EVERY = 256  # iterations between two looks at the sockets while nothing outside is under way
_LONGEST_DELAY_S = 1e10  # beyond it (or not a number) a delay is a defect
_OUTSIDE: ContextVar[bool] = ContextVar("callwright_outside", default=False)


class VirtualTimeStuck(CallwrightError):
    """Tasks wait, but nothing is scheduled that could ever wake them."""

    code = "virtual_time_stuck"


class VirtualTimer:
    """A scheduled deed; ``cancel`` only forgets the deed, the heap drops the empty timer when its time comes."""

    __slots__ = ("deed",)

    def __init__(self, deed: Callable[[], None]) -> None:
        self.deed: Callable[[], None] | None = deed

    def cancel(self) -> None:
        self.deed = None


class VirtualLoop(asyncio.SelectorEventLoop):
    """An event loop whose ``time()`` is virtual epoch seconds, beginning at ``start_at``."""

    # of asyncio.BaseEventLoop, unchanged since Python 3.4
    _ready: deque[asyncio.Handle]
    _selector: BaseSelector
    _stopping: bool
    _process_events: Callable[[Any], None]
    _check_closed: Callable[[], None]

    def __init__(self, start_at: float = 0.0) -> None:
        self.now = float(start_at)
        self.timers: list[tuple[float, int, VirtualTimer | asyncio.TimerHandle]] = []
        self.order: Iterator[int] = count()
        self._real_timers: list[tuple[float, int, asyncio.TimerHandle]] = []
        self._outside = 0
        self._quiet: deque[asyncio.Future[None]] = deque()
        self._until_poll = _POLL_EVERY
        super().__init__()
        self._turn = asyncio.Lock()

    def time(self) -> float:
        return self.now

    # --- timers ---------------------------------------------------------------------------------------------------

    def call_at(  # type: ignore[override]  # typeshed ties *args to the callback by a TypeVarTuple; we pass both on
        self, when: float, callback: Callable[..., object], *args: Any, context: Context | None = None
    ) -> asyncio.TimerHandle:
        """As asyncio's. Asked for inside an outside operation (a retry's pause, a time-out), it runs on real time."""
        self._check_closed()
        timer = asyncio.TimerHandle(when, callback, args, self, context)
        if _OUTSIDE.get():
            heappush(self._real_timers, (time.monotonic() + when - self.now, next(self.order), timer))
        else:
            heappush(self.timers, (when, next(self.order), timer))
        return timer

    # --- the world outside ------------------------------------------------------------------------------------------

    @contextmanager
    def outside(self) -> Iterator[None]:
        """Virtual time stands still inside; timers asked for inside run on real time."""
        self._outside += 1
        token = _OUTSIDE.set(True)
        try:
            yield
        finally:
            _OUTSIDE.reset(token)
            self._outside -= 1

    async def in_turn(self, deed: Callable[[], Awaitable[T]]) -> T:
        """Do ``deed`` outside, after all that were asked for before, beginning and ending at a quiet moment."""
        with self.outside():
            async with self._turn:
                await self._quiet_moment()
                try:
                    return await deed()
                finally:
                    await self._quiet_moment()

    async def _quiet_moment(self) -> None:
        waiter: asyncio.Future[None] = self.create_future()
        self._quiet.append(waiter)
        await waiter

    def run_in_executor(  # type: ignore[override]  # as call_at
        self, executor: Any, func: Callable[..., Any], *args: Any
    ) -> asyncio.Future[Any]:
        """Work in a thread is outside too."""
        future = super().run_in_executor(executor, func, *args)
        self._outside += 1
        future.add_done_callback(self._thread_done)
        return future

    def _thread_done(self, _: asyncio.Future[Any]) -> None:
        self._outside -= 1

    async def shutdown_default_executor(self, *args: Any) -> None:
        with self.outside():
            await super().shutdown_default_executor(*args)

    # --- one turn of the loop -----------------------------------------------------------------------------------------

    def _run_once(self) -> None:
        """Replaces asyncio's: look outside, or release a quiet waiter, or jump; then run what is ready."""
        ready = self._ready
        if ready or self._stopping:
            self._until_poll -= 1
            if self._outside or self._until_poll <= 0:
                self._until_poll = _POLL_EVERY
                self._look_outside(0.0)
        elif self._quiet:
            self._look_outside(0.0)
            if not ready:
                waiter = self._quiet.popleft()
                if not waiter.done():
                    waiter.set_result(None)
        elif self._outside:
            self._look_outside(None)
        else:
            self._jump()
        for _ in range(len(ready)):
            handle = ready.popleft()
            if not handle._cancelled:
                handle._run()
        handle = None  # type: ignore[assignment]  # breaks reference cycles through exceptions, as asyncio does

    def _look_outside(self, timeout: float | None) -> None:
        real = self._real_timers
        if timeout is None and real:
            timeout = max(0.0, real[0][0] - time.monotonic())
        self._process_events(self._selector.select(timeout))
        while real and real[0][0] <= time.monotonic():
            self._ready.append(heappop(real)[2])

    def _jump(self) -> None:
        """Run timers, each at its instant, until one of them has made something ready."""
        timers, ready = self.timers, self._ready
        while timers:
            when, _, timer = heappop(timers)
            if isinstance(timer, VirtualTimer):
                deed = timer.deed
                if deed is None:
                    continue
                timer.deed = None
                if when > self.now:
                    self.now = when
                deed()
            elif not timer.cancelled():
                if when > self.now:
                    self.now = when
                timer._run()
            if ready or self._outside or self._stopping:
                return
        if self._real_timers:
            self._look_outside(None)
        else:
            raise VirtualTimeStuck(self._waiting())

    def _waiting(self) -> str:
        names = sorted(f"{task.get_name()} ({task.get_coro().__qualname__})" for task in asyncio.all_tasks(self))  # type: ignore[union-attr]  # every coroutine has a name
        return (
            f"Nothing is scheduled any more at {self.now:.3f}, yet {len(names)} task(s) wait: {', '.join(names[:5])}. "
            "Schedule what they wait for, or wrap real input and output in VirtualLoop.outside()."
        )

    def close(self) -> None:
        self.timers.clear()
        self._real_timers.clear()
        super().close()


class VirtualClock:
    """``kit.clock.Clock`` on a virtual loop."""

    __slots__ = ("_heap", "_loop", "_order")

    def __init__(self, loop: VirtualLoop | None = None) -> None:
        if loop is None:
            loop = cast(VirtualLoop, asyncio.get_running_loop())
        self._loop = loop
        self._heap = loop.timers
        self._order = loop.order

    @property
    def loop(self) -> VirtualLoop:
        return self._loop

    def now(self) -> float:
        return self._loop.now

    def call_later(self, delay_s: float, deed: Callable[[], None]) -> VirtualTimer:
        timer = VirtualTimer(deed)
        if not 0.0 <= delay_s < _LONGEST_DELAY_S:
            if not delay_s < 0.0:
                raise ValueError(f"A delay of {delay_s} s cannot be scheduled; give a finite number of seconds.")
            delay_s = 0.0
        heappush(self._heap, (self._loop.now + delay_s, next(self._order), timer))
        return timer

    async def sleep(self, delay_s: float) -> None:
        await asyncio.sleep(delay_s)


def run_virtual(main: Coroutine[Any, Any, T] | Callable[[VirtualClock], Coroutine[Any, Any, T]], start_at: float) -> T:
    """Run ``main`` (a coroutine, or a function of the clock that gives one) on a new virtual loop; its result.

    An exception in a timer's deed ends the run and is raised here.
    """
    with asyncio.Runner(loop_factory=lambda: VirtualLoop(start_at)) as runner:
        loop = cast(VirtualLoop, runner.get_loop())
        return runner.run(main(VirtualClock(loop)) if callable(main) else main)


class _StandingStill:
    """Every async method of the inner object becomes one deed outside virtual time."""

    def __init__(self, inner: object, loop: VirtualLoop) -> None:
        self._inner = inner
        self._loop = loop

    def __getattr__(self, name: str) -> Any:
        attribute = getattr(self._inner, name)
        if not inspect.iscoroutinefunction(attribute):
            return attribute

        async def standing_still(*args: Any, **kwargs: Any) -> Any:
            return await self._loop.in_turn(lambda: attribute(*args, **kwargs))

        setattr(self, name, standing_still)
        return standing_still


def stand_still(store: T, loop: VirtualLoop) -> T:
    """``store`` with virtual time standing still, and one call at a time, in each of its async methods."""
    return cast(T, _StandingStill(store, loop))
