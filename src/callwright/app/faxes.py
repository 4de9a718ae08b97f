"""``callwright fax list``: what was sent and received, read from the database, whoever carries the calls."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Mapping, Sequence
from dataclasses import asdict

from rich.console import Console
from rich.table import Table

from callwright.adapters.postgres.fax_rows import faxes
from callwright.app.cli_values import print_json
from callwright.app.database import open_database
from callwright.app.settings import Settings
from callwright.dialer.ports import Fax
from callwright.kit.clock import iso
from callwright.kit.words import Words

_DAY_S = 86400.0


def _w(en: str, zh: str, ru: str) -> Words:
    return Words(en=en, zh=zh, ru=ru)


COLUMNS: Mapping[str, Words] = {
    "at": _w("When", "时间", "Когда"),
    "way": _w("Way", "方向", "Куда"),
    "number": _w("Other side", "对方号码", "Другая сторона"),
    "ours": _w("Our number", "我方号码", "Наш номер"),
    "pages": _w("Pages", "页数", "Страниц"),
    "state": _w("Result", "结果", "Итог"),
    "what": _w("Document or file", "文件", "Документ или файл"),
}
SAID: Mapping[str, Words] = {
    "sent": _w("sent", "发送", "отправлен"),
    "received": _w("received", "接收", "принят"),
    "whole": _w("complete", "完整", "полностью"),
    "failed": _w("failed", "失败", "не удалось"),
    "none": _w("No fax in that time.", "该时段没有传真。", "За это время факсов нет."),
}


def show_faxes(settings: Settings, *, days: int, at: float | None, most: int, as_json: bool) -> None:
    until = time.time() if at is None else at
    found = asyncio.run(_read(settings, until - days * _DAY_S, until, most))
    if as_json:
        print_json({"faxes": [{**asdict(fax), "at": iso(fax.at), "way": _way(fax)} for fax in found]})
        return
    say = settings.language
    if not found:
        print(SAID["none"].say(say))
        return
    table = Table(box=None, pad_edge=False)
    for words in COLUMNS.values():
        table.add_column(words.say(say), overflow="fold")
    for fax in found:
        state = SAID["whole"].say(say) if fax.whole else f"{SAID['failed'].say(say)}: {fax.why}"
        what = fax.document or fax.file
        table.add_row(iso(fax.at), SAID[_way(fax)].say(say), fax.number, fax.ours, f"{fax.pages}", state, what)
    Console().print(table)


def _way(fax: Fax) -> str:
    return "received" if fax.attempt_id is None else "sent"


async def _read(settings: Settings, since: float, until: float, most: int) -> Sequence[Fax]:
    async with open_database(settings) as database:
        return await faxes(database.store, since, until, most=most)
