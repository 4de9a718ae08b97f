"""The real server on a real port: sockets let in by ticket, resumed by number, and ended with their block."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any
from urllib.parse import urlsplit

import httpx
import pytest
from picows import WSError, WSFrame, WSListener, WSMsgType, WSTransport, ws_connect

from callwright.kit.errors import Conflict
from callwright.web.serving import serving

from .conftest import OWN, PASSWORD, DeskKit


class Heard(WSListener):  # type: ignore[misc]
    def __init__(self) -> None:
        self.messages: asyncio.Queue[Any] = asyncio.Queue()
        self.over = asyncio.Event()

    def on_ws_frame(self, transport: WSTransport, frame: WSFrame) -> None:
        if frame.msg_type == WSMsgType.TEXT:
            self.messages.put_nowait(json.loads(frame.get_payload_as_utf8_text()))
        elif frame.msg_type == WSMsgType.CLOSE:
            transport.disconnect()

    def on_ws_disconnected(self, transport: WSTransport) -> None:
        self.over.set()

    async def next(self) -> Any:
        return await asyncio.wait_for(self.messages.get(), 5)


@pytest.fixture
async def address(desk: DeskKit) -> AsyncIterator[str]:
    async with serving(desk.served, port=0) as served:
        yield served


@asynccontextmanager
async def signed_in(address: str, name: str = "Anna") -> AsyncIterator[httpx.AsyncClient]:
    async with httpx.AsyncClient(base_url=address, headers=OWN, timeout=30) as client:
        assert (await client.post("/api/login", json={"name": name, "password": PASSWORD})).status_code == 200
        yield client


async def ticket(client: httpx.AsyncClient) -> str:
    return str((await client.post("/api/ticket")).json()["ticket"])


async def connect(address: str, path: str, *, origin: str | None = None) -> tuple[WSTransport, Heard]:
    place = urlsplit(address)
    transport, listener = await ws_connect(
        Heard, f"ws://{place.netloc}{path}", extra_headers={"Origin": origin or f"http://{place.netloc}"}
    )
    return transport, listener


async def test_a_ticket_opens_one_socket_and_numbers_go_on(desk: DeskKit, address: str) -> None:
    async with signed_in(address) as client:
        word = await ticket(client)
        transport, heard = await connect(address, f"/api/screen?ticket={word}")
        hello = (await heard.next())["hello"]
        assert hello["view"]["state"] == "offline"
        desk.in_call(attempt_id=5)
        numbers, kinds = [], []
        while "call" not in kinds:
            event = await heard.next()
            numbers.append(event["n"])
            kinds.append(event["kind"])
        assert numbers == sorted(set(numbers))
        transport.send(WSMsgType.TEXT, json.dumps({"beat": 7}).encode())
        assert (await heard.next())["beat"] == 7
        transport.disconnect()
        await asyncio.wait_for(heard.over.wait(), 5)
        with pytest.raises(WSError):
            await connect(address, f"/api/screen?ticket={word}")
        again, heard = await connect(
            address, f"/api/screen?ticket={await ticket(client)}&stream={hello['stream']}&last={numbers[-2]}"
        )
        assert (await heard.next())["hello"]["resumed"] is True
        assert (await heard.next())["n"] == numbers[-1]
        again.disconnect()


@pytest.mark.parametrize(
    ("path", "name", "origin"),
    [
        ("/api/screen", "Anna", None),
        ("/api/screen?ticket=", "Anna", None),
        ("/api/screen?ticket=made-up", "Anna", None),
        ("/api/floor/screen?ticket={}", "Anna", None),  # agents do not see the floor
        ("/api/screen?ticket={}", "Anna", "http://evil.example"),
    ],
)
async def test_sockets_that_are_refused(address: str, path: str, name: str, origin: str | None) -> None:
    async with signed_in(address, name) as client:
        with pytest.raises(WSError):
            await connect(address, path.format(await ticket(client)), origin=origin)


async def test_leads_see_the_floor(desk: DeskKit, address: str) -> None:
    async with signed_in(address, "Lena") as client:
        transport, heard = await connect(address, f"/api/floor/screen?ticket={await ticket(client)}")
        assert set((await heard.next())["hello"]["view"]) == {"agent-1", "agent-2", "agent-9"}
        desk.floor.desk.log_in(1, [1])
        assert (await heard.next())["view"]["agent-1"]["state"] == "not_ready"
        transport.disconnect()


async def test_a_taken_port_is_told_even_where_another_of_us_has_it(desk: DeskKit, address: str) -> None:
    port = urlsplit(address).port
    assert port is not None
    with pytest.raises(Conflict, match=f"port {port} on this machine is taken"):
        async with serving(desk.served, port=port):
            pass


async def test_sockets_and_server_end_with_the_block(desk: DeskKit) -> None:
    async with serving(desk.served, port=0) as address:
        async with signed_in(address) as client:
            _, heard = await connect(address, f"/api/screen?ticket={await ticket(client)}")
        await heard.next()
        await desk.parts.close()
    await asyncio.wait_for(heard.over.wait(), 5)
    with pytest.raises(OSError):
        await asyncio.open_connection("127.0.0.1", urlsplit(address).port)


async def test_a_flood_of_a_body_is_refused(address: str) -> None:
    async with httpx.AsyncClient(base_url=address, headers=OWN, timeout=30) as client:

        async def endless() -> AsyncIterator[bytes]:
            for _ in range(100):
                yield b"x" * 10_000

        try:
            answer = await client.post("/api/login", content=endless())
        except httpx.HTTPError:
            return  # cut off
        assert answer.status_code in (400, 413, 422, 500)
