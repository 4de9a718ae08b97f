"""What every request passes before any route: the right host, no foreign page behind it, a size, and safe headers.

Plain ASGI, by kind of request and never by path: who may do what is decided by the routes' own dependencies.
"""

from __future__ import annotations

from collections.abc import Sequence
from urllib.parse import urlsplit

from starlette.datastructures import Headers, MutableHeaders
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

OWN_HEADER = "x-callwright"
"""A page of another site cannot send it without asking, and nobody answers that question."""
MOST_BODY = 16_384
_READING = ("GET", "HEAD")


class Guard:
    """Wraps the application. ``names``: host names and addresses (without port) it answers to."""

    def __init__(self, app: ASGIApp, *, names: Sequence[str], sockets: Sequence[str] = ()) -> None:
        self._app = app
        self._names = frozenset(name.lower() for name in names)
        self._headers = _headers(sockets)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] not in ("http", "websocket"):
            await self._app(scope, receive, send)
            return
        headers = Headers(scope=scope)
        fault = self._fault(scope, headers)
        if scope["type"] == "websocket":
            if fault is None:
                await self._app(scope, receive, send)
            else:
                await receive()
                await send({"type": "websocket.close", "code": 1008})
            return

        async def send_safely(message: Message) -> None:
            if message["type"] == "http.response.start":
                MutableHeaders(raw=message.setdefault("headers", [])).update(self._headers)
            await send(message)

        if fault is not None:
            status, text = fault
            await PlainTextResponse(text, status)(scope, receive, send_safely)
            return
        await self._app(scope, _limited(receive), send_safely)

    def _fault(self, scope: Scope, headers: Headers) -> tuple[int, str] | None:
        host = headers.get("host", "")
        if _name_of(host) not in self._names:
            return 403, "This server does not answer to that name.\n"
        origin = headers.get("origin")
        if scope["type"] == "websocket":
            return None if origin is not None and urlsplit(origin).netloc == host else (403, "")
        if scope["method"] in _READING:
            return None
        if origin is not None and urlsplit(origin).netloc != host:
            return 403, "A page of another site cannot do this.\n"
        if OWN_HEADER not in headers:
            return 403, f"The header {OWN_HEADER} is missing.\n"
        length = headers.get("content-length", "0")
        if not length.isdigit() or int(length) > MOST_BODY:
            return 413, "That is too long.\n"
        return None


def _name_of(host: str) -> str:
    """The host without its port; of an IPv6 address in brackets too."""
    name, _, port = host.rpartition(":")
    return (name if name and port.isdigit() else host).lower()


def _limited(receive: Receive) -> Receive:
    """Cut a body that goes on past its limit: the application then sees the client gone."""
    taken = 0

    async def receive_some() -> Message:
        nonlocal taken
        message = await receive()
        if message["type"] == "http.request":
            taken += len(message.get("body", b""))
            if taken > MOST_BODY:
                return {"type": "http.disconnect"}
        return message

    return receive_some


def _headers(sockets: Sequence[str]) -> dict[str, str]:
    connect = " ".join(("'self'", *sockets))
    return {
        "content-security-policy": (
            "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; worker-src 'self';"
            f" media-src 'self' blob:; connect-src {connect}; base-uri 'none'; form-action 'none';"
            " frame-ancestors 'none'"
        ),
        "x-content-type-options": "nosniff",
        "x-frame-options": "DENY",
        "referrer-policy": "no-referrer",
        "cross-origin-opener-policy": "same-origin",
        "cross-origin-resource-policy": "same-origin",
        "permissions-policy": "microphone=(self), camera=(), geolocation=()",
        "cache-control": "no-store",
    }
