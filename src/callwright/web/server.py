"""A very small HTTP server for the live board: the page, and its figures as server-sent events. Loopback only.

It reads nothing but a request's first lines and changes nothing. Requests under a foreign host name are refused, so
that no page from elsewhere can read the board through the browser.
"""

from __future__ import annotations

import asyncio
import errno
import json
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from typing import Any
from urllib.parse import parse_qs, urlsplit

from callwright.kit.errors import Conflict
from callwright.kit.words import LANGUAGES, Language
from callwright.web.page import page

HOST = "127.0.0.1"
_PATIENCE_S = 10.0
_MOST_LISTENERS = 50
_HEADERS = "".join(
    f"{line}\r\n"
    for line in (
        "Cache-Control: no-store",
        "X-Content-Type-Options: nosniff",
        "X-Frame-Options: DENY",
        "Referrer-Policy: no-referrer",
        "Content-Security-Policy: default-src 'none'; script-src 'unsafe-inline'; style-src 'unsafe-inline';"
        " connect-src 'self'",
    )
)
Snapshot = Callable[[], Mapping[str, Any]]


@asynccontextmanager
async def serve_board(
    snapshot: Snapshot,
    words: Mapping[str, Mapping[Language, str]],
    *,
    language: Language,
    port: int,
    try_next: int = 0,
    every_s: float = 0.5,
) -> AsyncIterator[str]:
    """Serve the board while the block runs; yields its address. A taken port is a Conflict, unless one of the
    ``try_next`` following ones is free."""
    board = _BoardPage(snapshot, words, language, every_s)
    server = await _listen(board, port, try_next)
    try:
        bound = server.sockets[0].getsockname()[1]
        yield f"http://{HOST}:{bound}/"
    finally:
        server.close()
        await board.close()
        await server.wait_closed()


async def _listen(board: _BoardPage, port: int, try_next: int) -> asyncio.Server:
    for offset in range(try_next + 1):
        try:
            return await asyncio.start_server(board.answer, HOST, port + offset if port else 0, limit=16_384)
        except OSError as error:
            if error.errno not in (errno.EADDRINUSE, errno.EACCES):
                raise
    raise Conflict(f"The port {port} on this machine is taken: choose another one with --web, or --web 0 for any.")


class _BoardPage:
    """Answers requests; keeps the connections that listen, to end them with the server."""

    def __init__(
        self, snapshot: Snapshot, words: Mapping[str, Mapping[Language, str]], language: Language, every_s: float
    ) -> None:
        self._snapshot, self._words, self._language, self._every_s = snapshot, words, language, every_s
        self._listening: set[asyncio.Task[None]] = set()

    async def answer(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._listening.add(task)
        try:
            await self._answer(reader, writer)
        except (ConnectionError, TimeoutError, asyncio.IncompleteReadError, asyncio.LimitOverrunError):
            pass  # the browser went away, or it never was one
        except asyncio.CancelledError:
            pass  # the server closes; nobody waits for this task's word
        finally:
            self._listening.discard(task)
            writer.close()

    async def close(self) -> None:
        for task in list(self._listening):
            task.cancel()
        await asyncio.gather(*self._listening, return_exceptions=True)

    async def _answer(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        async with asyncio.timeout(_PATIENCE_S):
            head = await reader.readuntil(b"\r\n\r\n")
        lines = head.decode("latin-1").split("\r\n")
        method, _, rest = lines[0].partition(" ")
        target = urlsplit(rest.rpartition(" ")[0])
        host = next((line[5:].strip() for line in lines if line.lower().startswith("host:")), "")
        if host.rpartition(":")[0] not in (HOST, "localhost"):
            return await _send(writer, "403 Forbidden", "text/plain", "Only for this machine.\n")
        if method not in ("GET", "HEAD"):
            return await _send(writer, "405 Method Not Allowed", "text/plain", "The board is read-only.\n")
        asked = parse_qs(target.query).get("lang", [self._language])[0]
        language = next((each for each in LANGUAGES if each == asked), self._language)
        match target.path:
            case "/":
                text = page(self._words, language)
                return await _send(writer, "200 OK", "text/html", "" if method == "HEAD" else text)
            case "/board.json":
                return await _send(writer, "200 OK", "application/json", self._json())
            case "/events" if len(self._listening) <= _MOST_LISTENERS:
                return await self._stream(writer)
            case "/events":
                return await _send(writer, "503 Service Unavailable", "text/plain", "Too many boards are open.\n")
        return await _send(writer, "404 Not Found", "text/plain", "The board is at /.\n")

    async def _stream(self, writer: asyncio.StreamWriter) -> None:
        writer.write(
            f"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\n{_HEADERS}Connection: close\r\n\r\n".encode()
        )
        while not writer.is_closing():
            writer.write(f"data: {self._json()}\n\n".encode())
            async with asyncio.timeout(_PATIENCE_S):
                await writer.drain()
            await asyncio.sleep(self._every_s)

    def _json(self) -> str:
        return json.dumps(dict(self._snapshot()), ensure_ascii=False, default=str)


async def _send(writer: asyncio.StreamWriter, status: str, kind: str, text: str) -> None:
    body = text.encode()
    head = f"HTTP/1.1 {status}\r\nContent-Type: {kind}; charset=utf-8\r\nContent-Length: {len(body)}\r\n"
    writer.write(f"{head}{_HEADERS}Connection: close\r\n\r\n".encode() + body)
    async with asyncio.timeout(_PATIENCE_S):
        await writer.drain()
