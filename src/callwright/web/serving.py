"""A port for an ASGI application, in this process and on this event loop: Granian, embedded (decision 0009)."""

from __future__ import annotations

import asyncio
import contextlib
import errno
import logging
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from granian.constants import Interfaces
from granian.http import HTTP1Settings
from granian.server.embed import Server
from starlette.types import ASGIApp

from callwright.kit.errors import CallwrightError, Conflict

LOOPBACK = "127.0.0.1"
_START_S = 5.0
_STOP_S = 5.0
_LOOK_S = 0.01
_HEAD_S = 10.0


class NotServing(CallwrightError):
    code = "not_serving"


@asynccontextmanager
async def serving(app: ASGIApp, *, port: int, host: str = LOOPBACK, option: str = "--desk") -> AsyncIterator[str]:
    """Serve while the block runs; yields the address. Port 0: any free one. A taken port is a Conflict."""
    bound = _free_port(host, port, option)
    logging.getLogger("_granian").setLevel(logging.CRITICAL)
    server = Server(
        app,
        address=host,
        port=bound,
        interface=Interfaces.ASGINL,
        log_enabled=False,
        http1_settings=HTTP1Settings(header_read_timeout=int(_HEAD_S * 1000)),
    )
    running = asyncio.create_task(server.serve(), name="web server")
    try:
        await _until_up(host, bound, running)
        yield f"http://{f'[{host}]' if ':' in host else host}:{bound}/"
    finally:
        server.stop()  # type: ignore[no-untyped-call]  # Granian's embedded server is not typed
        done, _ = await asyncio.wait([running], timeout=_STOP_S)
        if not done:
            running.cancel()
        with contextlib.suppress(asyncio.CancelledError, Exception):
            await running


def _free_port(host: str, port: int, option: str) -> int:
    """The port, if nobody has it. (Granian shares ports, so that it would not complain itself.)"""
    with socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
            probe.listen(1)
        except OSError as error:
            if error.errno in (errno.EADDRINUSE, errno.EACCES):
                raise Conflict(
                    f"The port {port} on this machine is taken: choose another one with {option},"
                    f" or {option} 0 for any."
                ) from None
            if error.errno == errno.EADDRNOTAVAIL:
                raise Conflict(f"This machine has no address {host}: name one of its own.") from None
            raise
        return int(probe.getsockname()[1])


async def _until_up(host: str, port: int, running: asyncio.Task[Any]) -> None:
    limit = asyncio.get_running_loop().time() + _START_S
    while not running.done() and asyncio.get_running_loop().time() < limit:
        with contextlib.suppress(OSError):
            _, writer = await asyncio.open_connection(host, port)
            writer.close()
            with contextlib.suppress(OSError):
                await writer.wait_closed()
            return
        await asyncio.sleep(_LOOK_S)
    if running.done() and running.exception() is not None:
        text = str(running.exception()).splitlines()[0]
        raise NotServing(f"The web server did not start on {host}:{port}: {text}.")
    raise NotServing(f"The web server did not start on {host}:{port} within {_START_S:.0f} s.")
