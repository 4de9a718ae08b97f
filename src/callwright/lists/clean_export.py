"""The list as the calls left it, as a file: every number with its state and the call that proves it.

CSV or XLSX by the file's ending. No cell can run as a formula. The file is put in place in one step.
"""

from __future__ import annotations

import csv
import json
from collections import Counter
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from callwright.kit.clock import iso
from callwright.kit.errors import BadInput
from callwright.kit.words import Language, Words
from callwright.lists.clean_state import STATE_WORDS, Finding, NumberHistory, judge_number
from callwright.lists.safe_cells import safe_cell

_COLUMNS: dict[str, Words] = {
    "external_id": Words(en="customer id", zh="客户编号", ru="код клиента"),
    "name": Words(en="name", zh="姓名", ru="имя"),
    "phone_number": Words(en="phone number", zh="电话号码", ru="номер телефона"),
    "state": Words(en="state", zh="状态", ru="состояние"),
    "state_text": Words(en="state in words", zh="状态说明", ru="состояние словами"),
    "outcome": Words(en="outcome", zh="呼叫结果", ru="результат вызова"),
    "disposition": Words(en="disposition", zh="处理结果", ru="итог разговора"),
    "attempt": Words(en="attempt", zh="呼叫编号", ru="вызов"),
    "at": Words(en="at (UTC)", zh="时间 (UTC)", ru="время (UTC)"),
    "calls": Words(en="calls", zh="呼叫次数", ru="вызовов"),
    "country": Words(en="country", zh="国家", ru="страна"),
    "line_type": Words(en="line type", zh="号码类型", ru="тип линии"),
    "carrier": Words(en="carrier", zh="运营商", ru="оператор связи"),
    "tier": Words(en="tier", zh="等级", ru="уровень"),
    "lead_status": Words(en="lead status", zh="名单状态", ru="статус записи"),
    "facts": Words(en="facts (JSON)", zh="其他信息 (JSON)", ru="данные (JSON)"),
}
_SHEET_ROWS = 1_048_575


@dataclass(frozen=True, kw_only=True, slots=True)
class CleanReport:
    """How many numbers stand in the file, by state."""

    file: str
    numbers: int
    people: int
    states: dict[str, int]


async def write_clean_list(
    histories: AsyncIterator[NumberHistory], target: Path, *, language: Language = "en"
) -> CleanReport:
    """Write the cleaned list to ``target`` (.csv or .xlsx). Raises BadInput where the file cannot be written."""
    part = target.with_name(f".{target.name}.part")
    states: Counter[str] = Counter()
    people: set[int] = set()
    with _removed_on_failure(part) as opened:
        with _said_of(target):
            write, close = _sheet(part) if target.suffix.lower() == ".xlsx" else _text(part)
            opened.append(close)
            write([words.say(language) for words in _COLUMNS.values()])
        async for history in histories:
            finding = judge_number(history)
            states[finding.state] += 1
            people.add(history.customer_id)
            if states.total() == _SHEET_ROWS and target.suffix.lower() == ".xlsx":
                raise BadInput(f"A sheet holds {_SHEET_ROWS} rows and the list has more; write a .csv instead.")
            with _said_of(target):
                write([safe_cell(cell) for cell in _cells(history, finding, language)])
        with _said_of(target):
            close()
            part.replace(target)
    return CleanReport(
        file=str(target), numbers=states.total(), people=len(people), states={str(k): n for k, n in states.items()}
    )


def _cells(history: NumberHistory, finding: Finding, language: Language) -> list[str]:
    call = finding.evidence
    return [
        history.external_id or "",
        history.name,
        history.number,
        str(finding.state),
        STATE_WORDS[finding.state].say(language),
        str(call.outcome or "") if call else "",
        (call.disposition or "") if call else "",
        str(call.attempt_id) if call else "",
        iso(call.at) if call else "",
        str(len(history.calls)),
        history.country,
        history.line_type,
        history.carrier,
        str(history.tier),
        history.lead_status,
        json.dumps(dict(history.facts), ensure_ascii=False),
    ]


_Write = Callable[[list[str]], object]
_Close = Callable[[], object]


def _text(path: Path) -> tuple[_Write, _Close]:
    path.parent.mkdir(parents=True, exist_ok=True)
    file = path.open("w", encoding="utf-8-sig", newline="")
    return csv.writer(file).writerow, file.close


def _sheet(path: Path) -> tuple[_Write, _Close]:
    import xlsxwriter
    from xlsxwriter.exceptions import FileCreateError

    path.parent.mkdir(parents=True, exist_ok=True)
    path.touch()
    options = {"constant_memory": True, "strings_to_formulas": False, "strings_to_numbers": False}
    book: Any = xlsxwriter.Workbook(str(path), options | {"strings_to_urls": False})
    sheet = book.add_worksheet("list")
    row = 0

    def write(cells: list[str]) -> None:
        nonlocal row
        for column, cell in enumerate(cells):
            sheet.write_string(row, column, cell)
        row += 1

    def close() -> None:
        try:
            book.close()
        except FileCreateError as error:
            raise OSError(str(error)) from error

    return write, close


@contextmanager
def _said_of(target: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise BadInput(f"{target} cannot be written ({error.strerror or error}).") from None


@contextmanager
def _removed_on_failure(part: Path) -> Iterator[list[_Close]]:
    opened: list[_Close] = []
    try:
        yield opened
    except BaseException:
        for close in opened:
            with suppress(OSError):
                close()
        with suppress(OSError):
            part.unlink()
        raise
