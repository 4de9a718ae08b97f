"""Records whose last attempt has an unknown fate (a crash, a lost network): shown, and released by a human."""

from __future__ import annotations

import asyncio
import time
from dataclasses import asdict
from typing import Any

from callwright.adapters.postgres import overview
from callwright.adapters.postgres.overview import HeldRecord
from callwright.app.cli_values import print_json
from callwright.app.database import Database, open_database
from callwright.app.settings import Settings
from callwright.kit.clock import iso
from callwright.kit.errors import BadInput, NotFound
from callwright.kit.words import Words

_NONE = Words(en="No record is held.", zh="没有被暂扣的客户。", ru="Удержанных записей нет.")
_LINE = Words(
    en="{lead} {name}, {place}: {number}, called {at}",
    zh="{lead} {name}，{place}：{number}，拨打于 {at}",
    ru="{lead} {name}, {place}: {number}, звонок {at}",
)
_HOW = Words(
    en="Nobody knows what became of these calls. Once you do: callwright held --release LEAD --by NAME",
    zh="这些呼叫的结果未知。确认后执行：callwright held --release LEAD --by NAME",
    ru="Чем кончились эти звонки, неизвестно. Когда узнаете: callwright held --release LEAD --by NAME",
)
_RELEASED = Words(
    en="Released by {by}: {leads}. They are due now, and dialled when the rules allow.",
    zh="{by} 已放行：{leads}。现已到期，在规则允许时拨打。",
    ru="Разрешил {by}: {leads}. Они на очереди и будут набраны, когда позволят правила.",
)


def show_held(settings: Settings, *, campaign: str | None, as_json: bool) -> None:
    """Print them, the longest held first."""

    async def look() -> list[HeldRecord]:
        async with open_database(settings) as database:
            return await _held(database, campaign)

    records = asyncio.run(look())
    if as_json:
        print_json({"held": [_as_json(record) for record in records]})
        return
    for record in records:
        line = _LINE.say(settings.language).format(
            lead=record.lead,
            name=record.name or "-",
            place=f"{record.campaign or '-'} / {record.list}",
            number=record.number or "-",
            at=iso(record.at) if record.at is not None else "-",
        )
        print(line)
    print((_HOW if records else _NONE).say(settings.language))


def release_records(
    leads: tuple[int, ...], settings: Settings, *, every: bool, by: str, campaign: str | None, as_json: bool
) -> None:
    """Release these, or every one (of the campaign). Raises NotFound, and releases nothing, where one is not held."""
    if not by.strip():
        raise BadInput("A release needs a human who decides it: give --by NAME.")

    async def deed() -> list[int]:
        async with open_database(settings) as database:
            held = {record.lead for record in await _held(database, campaign)}
            strange = [lead for lead in leads if lead not in held]
            if strange:
                raise NotFound(f"Not held{f' in {campaign}' if campaign else ''}: {', '.join(map(str, strange))}.")
            wanted = sorted(held if every else leads)
            return await overview.release_held(database.store, wanted, by=by.strip(), now=time.time())

    released = sorted(asyncio.run(deed()))
    if as_json:
        print_json({"released": released, "by": by.strip()})
    elif released:
        print(_RELEASED.say(settings.language).format(by=by.strip(), leads=", ".join(map(str, released))))
    else:
        print(_NONE.say(settings.language))


async def _held(database: Database, campaign: str | None) -> list[HeldRecord]:
    campaign_id = await overview.campaign_id(database.store, campaign) if campaign is not None else None
    return await overview.held_records(database.store, campaign_id)


def _as_json(record: HeldRecord) -> dict[str, Any]:
    return {**asdict(record), "at": iso(record.at) if record.at is not None else None}
