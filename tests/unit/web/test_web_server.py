"""The live page: what it serves, what it refuses, and that it ends with its block."""

from __future__ import annotations

import asyncio
import contextlib
import json
from collections.abc import AsyncIterator
from urllib.parse import urlsplit

import pytest

from callwright.kit.errors import Conflict
from callwright.kit.words import LANGUAGES, Language
from callwright.web.server import serve_board

WORDS: dict[str, dict[Language, str]] = {
    "agents": {"en": "Agents", "zh": "坐席", "ru": "Операторы"},
    "trick": {"en": "</script><b>", "zh": "x", "ru": "x"},
}
SHOWN = {"campaign": "</script>", "dials": 3}


@pytest.fixture
async def address() -> AsyncIterator[str]:
    async with serve_board(lambda: SHOWN, WORDS, language="ru", port=0, every_s=0.01) as served:
        yield served


async def _ask(address: str, request: str, *, host: str | None = None, read: int | None = None) -> str:
    place = urlsplit(address)
    reader, writer = await asyncio.open_connection(place.hostname, place.port)
    writer.write(f"{request} HTTP/1.1\r\nHost: {host or place.netloc}\r\n\r\n".encode())
    await writer.drain()
    data = await (reader.read() if read is None else reader.readexactly(read))
    await _close(writer)
    return data.decode()


async def _close(writer: asyncio.StreamWriter) -> None:
    writer.close()
    with contextlib.suppress(ConnectionError):
        await writer.wait_closed()


async def test_the_page_speaks_the_language_asked_for(address: str) -> None:
    assert '<html lang="ru">' in await _ask(address, "GET /")
    for language in LANGUAGES:
        said = await _ask(address, f"GET /?lang={language}")
        assert f'<html lang="{language}">' in said
        assert WORDS["agents"][language] in said
    assert '<html lang="ru">' in await _ask(address, "GET /?lang=xx")


async def test_no_word_can_end_the_script_and_nothing_comes_from_elsewhere(address: str) -> None:
    said = await _ask(address, "GET /?lang=en")
    body = said.partition("\r\n\r\n")[2]
    assert body.count("</script>") == 1
    assert "https://" not in body
    assert "http://" not in body
    assert "default-src 'none'" in said


async def test_figures_come_as_json_and_as_events(address: str) -> None:
    body = (await _ask(address, "GET /board.json")).partition("\r\n\r\n")[2]
    assert json.loads(body) == SHOWN
    stream = await _ask(address, "GET /events", read=700)
    assert "text/event-stream" in stream
    events = [line for line in stream.split("\n") if line.startswith("data: ")]
    assert json.loads(events[0][6:]) == SHOWN
    assert len(events) > 1


@pytest.mark.parametrize(
    ("request_line", "host", "status"),
    [
        ("GET /", "evil.example:80", "403"),
        ("GET /", "127.0.0.1.evil.example:80", "403"),
        ("POST /", None, "405"),
        ("GET /../../etc/passwd", None, "404"),
        ("GET", None, "404"),
    ],
)
async def test_what_it_refuses(address: str, request_line: str, host: str | None, status: str) -> None:
    assert (await _ask(address, request_line, host=host)).startswith(f"HTTP/1.1 {status}")


async def test_an_endless_request_is_cut_off(address: str) -> None:
    place = urlsplit(address)
    reader, writer = await asyncio.open_connection(place.hostname, place.port)
    writer.write(b"GET / HTTP/1.1\r\n" + b"X: y\r\n" * 10_000)
    try:
        await writer.drain()
        assert await reader.read() == b""
    except ConnectionError:
        pass  # the server closed while we were still writing: the same answer
    await _close(writer)


async def test_a_taken_port_is_told_or_passed_over() -> None:
    async with serve_board(lambda: SHOWN, WORDS, language="en", port=0) as first:
        port = urlsplit(first).port
        assert port is not None
        with pytest.raises(Conflict, match=f"port {port} on this machine is taken"):
            async with serve_board(lambda: SHOWN, WORDS, language="en", port=port):
                pass
        async with serve_board(lambda: SHOWN, WORDS, language="en", port=port, try_next=20) as second:
            assert urlsplit(second).port != port


async def test_listeners_end_with_the_server() -> None:
    async with serve_board(lambda: SHOWN, WORDS, language="en", port=0, every_s=0.01) as address:
        place = urlsplit(address)
        reader, writer = await asyncio.open_connection(place.hostname, place.port)
        writer.write(f"GET /events HTTP/1.1\r\nHost: {place.netloc}\r\n\r\n".encode())
        await reader.readuntil(b"data: ")
    await asyncio.wait_for(reader.read(), 5)
    await _close(writer)
