"""Sound in Python: a server to which Asterisk brings a call's media as frames, both ways, over WebSockets.

8 kHz 16-bit PCM in frames of 20 ms. What is sent is queued by Asterisk and played in real time; ``flush`` silences the
far end within a frame (barge-in); ``mark`` tells when what was sent before it has been heard.
"""

from __future__ import annotations

import asyncio
import base64
import hmac
import json
import logging
from collections.abc import Mapping
from itertools import count
from typing import Any, Protocol

from picows import WSFrame, WSListener, WSMsgType, WSTransport, WSUpgradeRequest, ws_create_server

log = logging.getLogger("callwright.asterisk")
FRAME = 320
"""Bytes of 20 ms."""
_CLOSING_TURNS = 100
QUEUE_FRAMES = 800
"""Most frames that may wait at Asterisk: it drops silently above 900."""


class MediaListener(Protocol):
    """Who wants a call's sound."""

    def on_media_start(self, session: MediaSession) -> None: ...
    def on_frame(self, frame: bytes) -> None:
        """20 ms of sound (320 bytes)."""
        ...

    def on_media_mark(self, mark: str) -> None: ...
    def on_media_end(self) -> None: ...


class MediaSession(WSListener):
    """One channel's sound."""

    def __init__(self, server: MediaServer) -> None:
        self._server = server
        self._transport: Any = None
        self._listener: MediaListener | None = None
        self._rest = b""
        self._unsent: list[bytes] = []
        self._stopped = False  # Asterisk asked us to wait
        self._marks = count(1)
        self.channel = ""

    # --- what Asterisk sends --------------------------------------------------------------------------------------

    def on_ws_connected(self, transport: WSTransport) -> None:
        self._transport = transport
        self._server.sessions.add(self)

    def on_ws_frame(self, transport: WSTransport, frame: WSFrame) -> None:
        kind = frame.msg_type
        if kind == WSMsgType.BINARY:
            if self._listener is not None:
                self._hear(frame.get_payload_as_bytes())
        elif kind == WSMsgType.TEXT:
            self._take(frame.get_payload_as_utf8_text())
        elif kind == WSMsgType.CLOSE:
            transport.send_close()
            transport.disconnect()

    def _hear(self, sound: bytes) -> None:
        if self._rest or len(sound) != FRAME:
            sound = self._rest + sound
            whole = len(sound) - len(sound) % FRAME
            self._rest = sound[whole:]
            for at in range(0, whole, FRAME):
                self._listener.on_frame(sound[at : at + FRAME])  # type: ignore[union-attr]  # checked by the caller
            return
        self._listener.on_frame(sound)  # type: ignore[union-attr]

    def _take(self, text: str) -> None:
        try:
            event: Mapping[str, Any] = json.loads(text)
            kind = event.get("event")
        except (ValueError, AttributeError):
            log.warning("A media socket sent something that is no message; it is left out.")
            return
        match kind:
            case "MEDIA_START":
                self.channel = str(event.get("channel_id", ""))
                self._listener = self._server.claim(self.channel, self)
                if self._listener is None:
                    log.warning("Media came for a channel nobody listens to: %s", self.channel)
                    self.close()
                else:
                    self._listener.on_media_start(self)
            case "MEDIA_XOFF":
                self._stopped = True
            case "MEDIA_XON":
                self._stopped = False
                self._send_rest()
            case "MEDIA_MARK_PROCESSED":
                if self._listener is not None:
                    self._listener.on_media_mark(str(event.get("correlation_id", "")))

    def on_ws_disconnected(self, transport: WSTransport) -> None:
        self._transport = None
        self._server.sessions.discard(self)
        listener, self._listener = self._listener, None
        if listener is not None:
            listener.on_media_end()

    # --- what we send ---------------------------------------------------------------------------------------------

    def send(self, sound: bytes) -> None:
        """Play ``sound`` (any length; the last frame is filled with silence) after what was sent before."""
        if len(sound) % FRAME:
            sound += bytes(FRAME - len(sound) % FRAME)
        self._unsent.extend(sound[at : at + FRAME] for at in range(0, len(sound), FRAME))
        self._send_rest()

    def _send_rest(self) -> None:
        transport = self._transport
        if transport is None or self._stopped:
            return
        batch, self._unsent = self._unsent[:QUEUE_FRAMES], self._unsent[QUEUE_FRAMES:]
        for frame in batch:
            transport.send(WSMsgType.BINARY, frame)

    def flush(self) -> None:
        """Stop what is being played, now."""
        self._unsent.clear()
        self._stopped = False
        self._command("FLUSH_MEDIA")

    def mark(self) -> str:
        """A name that ``on_media_mark`` is told when all that was sent before has been played."""
        name = f"m{next(self._marks)}"
        self._command("MARK_MEDIA", correlation_id=name)
        return name

    def close(self) -> None:
        if self._transport is not None:
            self._transport.disconnect()

    def _command(self, command: str, **facts: str) -> None:
        if self._transport is not None:
            self._transport.send(WSMsgType.TEXT, json.dumps({"command": command, **facts}).encode())


class MediaServer:
    """Accepts Asterisk's media sockets. ``expect(channel, listener)`` before the channel is made."""

    def __init__(self, *, user: str, secret: str, host: str = "127.0.0.1", port: int = 0) -> None:
        self._host, self._port = host, port
        self._token = "Basic " + base64.b64encode(f"{user}:{secret}".encode()).decode()
        self._expected: dict[str, MediaListener] = {}
        self._server: Any = None
        self.sessions: set[MediaSession] = set()
        self.refused = 0

    async def start(self) -> int:
        """Listen; returns the port."""
        self._server = await ws_create_server(
            self._accept, self._host, self._port, websocket_handshake_timeout=3.0, max_frame_size=1024 * 1024
        )
        self._port = self._server.sockets[0].getsockname()[1]
        return self._port

    async def close(self) -> None:
        """Stop, and let every call's sound go."""
        for session in list(self.sessions):
            session.close()
        if self._server is not None:
            self._server.close()
            await self._server.wait_closed()
        for _ in range(_CLOSING_TURNS):  # their goodbyes are dealt with by the loop
            if not self.sessions:
                break
            await asyncio.sleep(0)

    @property
    def port(self) -> int:
        return self._port

    def expect(self, channel: str, listener: MediaListener) -> None:
        self._expected[channel] = listener

    def forget(self, channel: str) -> None:
        self._expected.pop(channel, None)

    def claim(self, channel: str, session: MediaSession) -> MediaListener | None:
        """The listener of a channel whose media has come (called by its session)."""
        return self._expected.pop(channel, None)

    def _accept(self, request: WSUpgradeRequest) -> WSListener | None:
        """None refuses: only Asterisk knows the secret."""
        given = request.headers.get("Authorization", "")
        if not hmac.compare_digest(given.encode(), self._token.encode()):
            self.refused += 1
            return None
        return MediaSession(self)
