"""A numbered stream of events for one screen: what it shows now, what changed since, and who listens.

A screen that comes back says the last number it saw and gets what it missed; where that is too long ago, or the server
is another one, it gets the whole picture instead. A slow listener is cut off and comes back by itself.
"""

from __future__ import annotations

import asyncio
import secrets
from collections import deque
from collections.abc import Callable, Mapping
from contextlib import suppress
from typing import Any

KEPT = 256
"""Events kept for screens that come back."""
_WAITING = 512
"""Events a listener may lag behind before it is cut off."""

Event = Mapping[str, Any]


class Listener:
    """One socket's place in the stream."""

    def __init__(self) -> None:
        self._queue: asyncio.Queue[Event | None] = asyncio.Queue(_WAITING)

    def tell(self, event: Event) -> bool:
        try:
            self._queue.put_nowait(event)
        except asyncio.QueueFull:
            self.close()
            return False
        return True

    def close(self) -> None:
        """Nothing more comes; what waits is dropped where there is no room for the end."""
        if self._queue.full():
            with suppress(asyncio.QueueEmpty):
                self._queue.get_nowait()
        self._queue.put_nowait(None)

    async def next(self) -> Event | None:
        """The next event; None: this listener is cut off."""
        return await self._queue.get()


class Channel:
    """``view`` is the whole picture as plain values; ``change`` replaces parts of it and tells the listeners."""

    def __init__(self, now: Callable[[], float], view: dict[str, Any]) -> None:
        self._now = now
        self.view = view
        self.stream = secrets.token_hex(8)  # another one after a restart: old numbers mean nothing then
        self.number = 0
        self._kept: deque[Event] = deque(maxlen=KEPT)
        self.listeners: set[Listener] = set()

    def change(self, kind: str, **parts: Any) -> None:
        """``kind`` says what happened; ``parts`` are the top-level parts of the picture that are new."""
        self.view.update(parts)
        self.number += 1
        event = {"n": self.number, "at": self._now(), "kind": kind, "view": parts}
        self._kept.append(event)
        for listener in list(self.listeners):
            if not listener.tell(event):
                self.listeners.discard(listener)

    def listen(self, stream: str, last: int) -> tuple[Listener, dict[str, Any]]:
        """A listener that has already been told what it missed, and the greeting to send before."""
        listener = Listener()
        hello: dict[str, Any] = {"stream": self.stream, "now": self._now(), "n": self.number}
        oldest = self.number - len(self._kept)
        if stream == self.stream and oldest <= last <= self.number:
            hello["resumed"] = True
            for event in self._kept:
                if event["n"] > last:
                    listener.tell(event)
        else:
            hello["view"] = dict(self.view)
        self.listeners.add(listener)
        return listener, hello

    def forget(self, listener: Listener) -> None:
        self.listeners.discard(listener)

    def close(self) -> None:
        for listener in self.listeners:
            listener.close()
        self.listeners.clear()
