"""The sockets of the screens: one per screen, let in by a single-use ticket, events numbered.

The browser sends a beat every few seconds and gets one back. A late beat ends nothing: whether an agent who talks is
still there is told by their line's sound (``presence``).
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Callable
from typing import Any

from fastapi import APIRouter, WebSocket, WebSocketDisconnect

from callwright.web.channel import Channel, Listener
from callwright.web.desk_parts import DeskParts, LeadTicketHolder, Parts, TicketHolder

routes = APIRouter(prefix="/api")
_CUT_OFF = 1013


@routes.websocket("/screen")
async def agent_screen(
    socket: WebSocket, session: TicketHolder, parts: Parts, stream: str = "", last: int = -1
) -> None:
    """The agent's own screen."""
    parts.last_beats[session.agent_id] = parts.now()

    def beat() -> None:
        parts.last_beats[session.agent_id] = parts.now()

    seat = parts.sight.seats().get(session.agent_id)
    if seat is not None:
        parts.screens.catch_up(seat, parts.sight.call_of(session.agent_id))
    await _serve(socket, parts, parts.screens.channel(session.agent_id), stream, last, beat)


@routes.websocket("/floor/screen")
async def lead_screen(
    socket: WebSocket, session: LeadTicketHolder, parts: Parts, stream: str = "", last: int = -1
) -> None:
    """The whole floor, for team leads."""
    await _serve(socket, parts, parts.view.channel, stream, last, lambda: None)


async def _serve(
    socket: WebSocket, parts: DeskParts, channel: Channel, stream: str, last: int, beat: Callable[[], None]
) -> None:
    task = asyncio.current_task()
    assert task is not None
    parts.sockets.add(task)
    listener, hello = channel.listen(stream, last)
    hearing: asyncio.Task[None] | None = None
    try:
        await socket.accept()
        hearing = asyncio.create_task(_hear(socket, listener, beat, parts.now), name="screen")
        await socket.send_json({"hello": hello})
        while (event := await listener.next()) is not None:
            await socket.send_json(event)
        with contextlib.suppress(RuntimeError):
            await socket.close(_CUT_OFF)
    except (WebSocketDisconnect, RuntimeError, ConnectionError):
        pass  # the browser is gone; it comes back with its last number
    finally:
        channel.forget(listener)
        parts.sockets.discard(task)
        if hearing is not None:
            hearing.cancel()
            await asyncio.gather(hearing, return_exceptions=True)


async def _hear(socket: WebSocket, listener: Listener, beat: Callable[[], None], now: Callable[[], float]) -> None:
    """Take beats and answer them, until the browser goes; then let the sender end."""
    try:
        while True:
            said: Any = await socket.receive_json()
            if isinstance(said, dict) and isinstance(said.get("beat"), int):
                beat()
                listener.tell({"beat": said["beat"], "now": now()})
    except (WebSocketDisconnect, RuntimeError, ValueError, KeyError, ConnectionError):
        listener.close()
