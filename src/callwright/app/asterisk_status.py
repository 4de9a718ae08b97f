"""``callwright asterisk status``: what the telephone system is doing, asked over ARI, which every Asterisk has."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from rich.console import Console
from rich.table import Table

from callwright.adapters.asterisk.ari import AriClient
from callwright.adapters.asterisk.switch import agent_of_line, attempt_of
from callwright.app.asterisk_service import find_service
from callwright.app.settings import Settings
from callwright.kit.words import Language, Words

_WITHIN_S = 4.0
WORDS: Mapping[str, Words] = {
    "running": Words(
        en="Asterisk {version} has been up since {since}; calls {calls}, agents' lines {lines}.",
        zh="Asterisk {version} 自 {since} 起运行；通话 {calls}，座席线路 {lines}。",
        ru="Asterisk {version} работает с {since}; звонков {calls}, линий операторов {lines}.",
    ),
    "down": Words(
        en="Asterisk does not answer on {host}:{port}. Start it: callwright asterisk run",
        zh="Asterisk 在 {host}:{port} 无应答。启动：callwright asterisk run",
        ru="Asterisk не отвечает на {host}:{port}. Запуск: callwright asterisk run",
    ),
    "trunk": Words(en="Trunk", zh="线路", ru="Транк"),
    "state": Words(en="State", zh="状态", ru="Состояние"),
    "channels": Words(en="Channels", zh="通道", ru="Каналы"),
}


async def look(settings: Settings) -> dict[str, Any]:
    """What ARI says, as JSON holds it; ``running`` False where nobody answers."""
    service = find_service(settings)
    address = replace(service.address, app="callwright-status")
    found: dict[str, Any] = {"running": False, "host": address.host, "port": address.port}
    up = asyncio.Event()
    client = AriClient(address, on_event=lambda event: None, on_up=up.set, on_down=lambda: None, request_connections=1)
    client.start()
    try:
        async with asyncio.timeout(_WITHIN_S):
            await up.wait()
            _, info = await client.ask("GET", "/asterisk/info")
            channels = await client.get("/channels")
            endpoints = await client.get("/endpoints/PJSIP")
    except TimeoutError:
        return found
    finally:
        await client.close()
    trunks = {str(e["resource"]): e for e in endpoints}
    return found | {
        "running": True,
        "version": info["system"]["version"].partition("+")[0],
        "since": info["status"]["startup_time"],
        "calls": sum(attempt_of(channel) is not None for channel in channels),
        "lines": sum(agent_of_line(str(channel["id"])) is not None for channel in channels),
        "channels": len(channels),
        "trunks": [
            {
                "name": trunk.name,
                "state": trunks.get(f"trunk-{trunk.name}", {}).get("state", "missing"),
                "channels": sum(
                    len(endpoint.get("channel_ids", ()))
                    for name, endpoint in trunks.items()
                    if name.partition(".")[0] == f"trunk-{trunk.name}"
                ),
            }
            for trunk in service.plan.trunks
        ],
    }


def print_status(found: Mapping[str, Any], language: Language) -> None:
    """The same for people."""
    if not found["running"]:
        print(WORDS["down"].say(language).format(**found))
        return
    print(WORDS["running"].say(language).format(**found))
    table = Table(*(WORDS[column].say(language) for column in ("trunk", "state", "channels")))
    for trunk in found["trunks"]:
        table.add_row(trunk["name"], trunk["state"], str(trunk["channels"]))
    Console().print(table)
