"""A small client of Asterisk's REST interface: requests and events over WebSockets, and nothing else.

One connection, under the application's own name, gets the calls and is subscribed to all channels and bridges (not to
endpoints: with every call Asterisk would write down all channels of its trunk). REST requests over one socket are
served in series, so further connections under other names only carry requests. Requests that bear the same key go over
the same connection: they are carried out in the order in which they were given.

No events are replayed: after every (re)connection the owner reconciles (``on_up``).
"""

from __future__ import annotations

import asyncio
import base64
import contextlib
import json
import logging
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from itertools import count
from typing import Any
from urllib.parse import quote, urlencode

from picows import WSError, WSFrame, WSListener, WSMsgType, WSTransport, ws_connect

from callwright.kit.errors import CallwrightError

log = logging.getLogger("callwright.asterisk")
Then = Callable[[int, Any], None]
"""Told what became of a request: HTTP status (0: the connection broke before the answer) and the decoded body."""
EVENTS = (
    *("StasisStart", "ChannelStateChange", "ChannelDestroyed", "Dial", "ChannelDtmfReceived", "ChannelEnteredBridge"),
    *("PlaybackFinished", "RecordingStarted", "RecordingFinished", "RecordingFailed", "ApplicationReplaced"),
)
"""What somebody of ours acts on: each event more is two or three a call, made, sent and read for nothing."""
_FIRST_PAUSE_S, _LONGEST_PAUSE_S = 0.1, 1.0
_HANDSHAKE_S = 3.0
_LIST_S = 10.0
_LONGEST_LIST = 256 * 1024 * 1024
_PING_IDLE_S, _PING_REPLY_S = 3.0, 3.0


class AriRefused(CallwrightError):
    """Asterisk answered a request with an error."""

    def __init__(self, status: int, text: str) -> None:
        super().__init__(text)
        self.status = status


@dataclass(frozen=True, kw_only=True, slots=True)
class AriAddress:
    """Where Asterisk's HTTP server is, and who we are there. The secret goes in a header, never into a URL."""

    host: str = "127.0.0.1"
    port: int = 8088
    user: str = "callwright"
    secret: str = ""
    app: str = "callwright"
    tls: bool = False


class _Socket(WSListener):
    """One connection: sends requests, hands on answers and events."""

    def __init__(self, owner: AriClient, index: int) -> None:
        self.owner = owner
        self.index = index
        self.transport: Any = None
        self.waiting: dict[str, tuple[Then, bool]] = {}  # request -> who waits, and whether for the body
        self._parts: list[bytes] = []

    def on_ws_connected(self, transport: WSTransport) -> None:
        self.transport = transport

    def on_ws_frame(self, transport: WSTransport, frame: WSFrame) -> None:
        kind = frame.msg_type
        if kind == WSMsgType.CLOSE:
            transport.send_close()
            transport.disconnect()
            return
        if kind not in (WSMsgType.TEXT, WSMsgType.CONTINUATION, WSMsgType.BINARY):
            return
        if not frame.fin or len(self._parts):
            self._parts.append(frame.get_payload_as_bytes())
            if not frame.fin:
                return
            payload, self._parts = b"".join(self._parts), []
        else:
            payload = frame.get_payload_as_bytes()
        try:
            message = json.loads(payload.decode())
        except ValueError:
            log.warning("Asterisk sent something that is no JSON; it is left out.")
            return
        self.owner.take(self, message)

    def on_ws_disconnected(self, transport: WSTransport) -> None:
        self.transport = None
        waiting, self.waiting = self.waiting, {}
        for then, _ in waiting.values():
            then(0, None)
        self.owner.lost(self)


class AriClient:
    """The connections to one Asterisk. ``await start()`` keeps them up until ``close()``.

    ``on_event`` gets every event of EVENTS in order; ``on_up`` is told when all connections stand anew (reconcile, then
    go on) and ``on_down`` as soon as one is lost.
    """

    def __init__(
        self,
        address: AriAddress,
        *,
        on_event: Callable[[Mapping[str, Any]], None],
        on_up: Callable[[], None],
        on_down: Callable[[], None],
        request_connections: int = 3,
    ) -> None:
        self.address = address
        self._on_event, self._on_up, self._on_down = on_event, on_up, on_down
        self._sockets: list[_Socket | None] = [None] * (1 + request_connections)
        self._request_ids = count(1)
        self._keeper: asyncio.Task[None] | None = None
        self._broken = asyncio.Event()
        self._closing = False
        self.up = False
        self.replaced = False  # another program took our application's name
        self.requests = 0

    # --- connections ----------------------------------------------------------------------------------------------

    def start(self) -> None:
        """Begin to connect; ``on_up`` tells when it stands."""
        self._keeper = asyncio.create_task(self._keep_up(), name="ari")

    async def close(self) -> None:
        """Leave; calls stay with Asterisk."""
        self._closing = True
        if self._keeper is not None:
            self._keeper.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._keeper
        self._drop_all()
        self.up = False

    async def _keep_up(self) -> None:
        pause = _FIRST_PAUSE_S
        while True:
            self._broken.clear()
            try:
                await self._connect_all()
            except (OSError, TimeoutError, WSError) as error:
                log.info("Asterisk cannot be reached: %s", error or type(error).__name__)
                self._drop_all()
                await asyncio.sleep(pause)
                pause = min(_LONGEST_PAUSE_S, pause * 1.5)
                continue
            pause = _FIRST_PAUSE_S
            self.up = True
            self._on_up()
            await self._broken.wait()
            self.up = False
            self._drop_all()
            self._on_down()

    async def _connect_all(self) -> None:
        for index in range(len(self._sockets)):
            self._sockets[index] = await self._connect(index)
        status, _ = await self.ask("GET", "/asterisk/ping")
        if status != 200:
            raise ConnectionError("Asterisk does not answer requests over its WebSocket.")
        await self.ask(
            "PUT",
            f"/applications/{quote(self.address.app)}/eventFilter",
            body={"allowed": [{"type": kind} for kind in EVENTS]},
        )
        status, said = await self.ask(
            "POST",
            f"/applications/{quote(self.address.app)}/subscription",
            query={"eventSource": "channel:,bridge:"},
        )
        if status != 200:
            raise ConnectionError(f"Asterisk does not let us hear of all channels and bridges: {status} {said}")

    async def _connect(self, index: int) -> _Socket:
        address = self.address
        name = address.app if index == 0 else f"{address.app}-requests-{index}"
        query = urlencode({"app": name, "subscribeAll": "false"})
        scheme = "wss" if address.tls else "ws"
        socket = _Socket(self, index)
        await ws_connect(
            lambda: socket,
            f"{scheme}://{address.host}:{address.port}/ari/events?{query}",
            websocket_handshake_timeout=_HANDSHAKE_S,
            extra_headers={"Authorization": self._authorization()},
            enable_auto_ping=True,
            auto_ping_idle_timeout=_PING_IDLE_S,
            auto_ping_reply_timeout=_PING_REPLY_S,
            enable_auto_pong=True,
            max_frame_size=64 * 1024 * 1024,
            proxy=None,
        )
        return socket

    def lost(self, socket: _Socket) -> None:
        """A connection is gone (called by it)."""
        if self._sockets[socket.index] is socket:
            self._sockets[socket.index] = None
            self._broken.set()

    def _drop_all(self) -> None:
        for index, socket in enumerate(self._sockets):
            self._sockets[index] = None
            if socket is not None and socket.transport is not None:
                socket.transport.disconnect()

    def take(self, socket: _Socket, message: Mapping[str, Any]) -> None:
        """An answer or an event has arrived (called by a connection)."""
        kind = message.get("type")
        if kind == "RESTResponse":
            waiting = socket.waiting.pop(str(message.get("request_id")), None)
            if waiting is not None:
                (then, reads), status = waiting, int(message.get("status_code", 0))
                then(status, _decoded(message.get("message_body")) if reads or status >= 300 else None)
        elif kind == "ApplicationReplaced":
            self.replaced = True
            log.error("Another program has taken the name %s at Asterisk: two of us are running.", self.address.app)
        elif socket.index == 0:
            try:
                self._on_event(message)
            except Exception:
                log.exception("An event could not be dealt with: %s", kind)

    # --- requests -------------------------------------------------------------------------------------------------

    def order(
        self,
        method: str,
        path: str,
        *,
        key: int = 0,
        query: Mapping[str, Any] | None = None,
        body: Mapping[str, Any] | None = None,
        then: Then | None = None,
        reads: bool = False,
    ) -> bool:
        """Send a request and go on; False (and ``then`` is told 0) where there is no connection.

        ``then`` is given the body of an error, of a GET, and where it ``reads`` it: a dialled channel is described at
        length in the answer, twice encoded, and nobody looks.
        """
        socket = self._sockets[1 + key % (len(self._sockets) - 1)] if len(self._sockets) > 1 else self._sockets[0]
        if socket is None or socket.transport is None:
            if then is not None:
                then(0, None)
            return False
        request_id = str(next(self._request_ids))
        message: dict[str, Any] = {
            "type": "RESTRequest",
            "request_id": request_id,
            "method": method,
            "uri": path.lstrip("/") + (f"?{_encoded(query)}" if query else ""),
        }
        if body is not None:
            message["content_type"] = "application/json"
            message["message_body"] = json.dumps(body)
        socket.waiting[request_id] = (then or partial_log(method, path), reads or method == "GET")
        self.requests += 1
        socket.transport.send(WSMsgType.TEXT, json.dumps(message).encode())
        return True

    async def ask(
        self,
        method: str,
        path: str,
        *,
        key: int = 0,
        query: Mapping[str, Any] | None = None,
        body: Mapping[str, Any] | None = None,
    ) -> tuple[int, Any]:
        """Send a request and wait for (status, body); status 0 where the connection broke."""
        answer: asyncio.Future[tuple[int, Any]] = asyncio.get_running_loop().create_future()

        def then(status: int, found: Any) -> None:
            if not answer.done():
                answer.set_result((status, found))

        self.order(method, path, key=key, query=query, body=body, then=then, reads=True)
        return await answer

    async def get(self, path: str) -> Sequence[Mapping[str, Any]]:
        """A list that Asterisk keeps. Raises AriRefused.

        Asked for over plain HTTP: Asterisk puts a whole WebSocket message on its stack, and dies of one of half a
        megabyte, which is what some seven hundred channels take.
        """
        try:
            async with asyncio.timeout(_LIST_S):
                status, found = await self._fetch(path)
        except (OSError, TimeoutError, ValueError, asyncio.IncompleteReadError) as error:
            raise AriRefused(0, f"Asterisk did not answer GET {path}: {error or type(error).__name__}") from None
        if status != 200 or not isinstance(found, list):
            raise AriRefused(status, f"Asterisk did not answer GET {path} (status {status}).")
        return found

    async def _fetch(self, path: str) -> tuple[int, Any]:
        address = self.address
        reader, writer = await asyncio.open_connection(
            address.host, address.port, ssl=address.tls or None, limit=_LONGEST_LIST
        )
        try:
            writer.write(
                f"GET /ari/{path.lstrip('/')} HTTP/1.1\r\nHost: {address.host}:{address.port}\r\n"
                f"Authorization: {self._authorization()}\r\nConnection: close\r\n\r\n".encode()
            )
            head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1").split("\r\n")
            fields = {name.lower(): value.strip() for name, _, value in (line.partition(":") for line in head[1:])}
            length = int(fields["content-length"]) if "content-length" in fields else None
            body = await (reader.read() if length is None else reader.readexactly(length))
            return int(head[0].split(" ")[1]), json.loads(body or b"null")
        finally:
            writer.close()

    def _authorization(self) -> str:
        return "Basic " + base64.b64encode(f"{self.address.user}:{self.address.secret}".encode()).decode()


def partial_log(method: str, path: str) -> Then:
    """What looks at the answer of an order nobody waits for: an error is logged, a thing already gone is not one."""

    def look(status: int, found: Any) -> None:
        if status >= 400 and status != 404:
            said = found.get("message") if isinstance(found, dict) else found
            log.warning("Asterisk refused %s %s: %s %s", method, path, status, said)

    return look


_ESCAPES = {code: f"%{code:02X}" for code in range(128) if not re.match(r"[A-Za-z0-9_.~-]", chr(code))}


def _encoded(query: Mapping[str, Any]) -> str:
    """What ``urlencode`` makes of it (a space as %20) in a third of the time."""
    return "&".join(
        f"{name}={text.translate(_ESCAPES) if (text := str(value)).isascii() else quote(text, safe='')}"
        for name, value in query.items()
    )


def _decoded(body: Any) -> Any:
    if not isinstance(body, str) or not body:
        return body
    try:
        return json.loads(body)
    except ValueError:
        return body
