"""The cleaned list: what calls prove about a number, and cells no spreadsheet runs."""

from __future__ import annotations

import csv
from collections.abc import AsyncIterator
from pathlib import Path

import fastexcel
import pytest

from callwright.kit.errors import BadInput
from callwright.lists.clean_export import write_clean_list
from callwright.lists.clean_state import Evidence, NumberHistory, judge_number
from callwright.lists.safe_cells import safe_cell
from callwright.model.outcome import Outcome


def _call(n: int, outcome: Outcome | None, disposition: str | None = None, **said: bool) -> Evidence:
    return Evidence(attempt_id=n, at=1000.0 * n, outcome=outcome, disposition=disposition, **said)


def _history(*calls: Evidence, banned: bool = False, dead: str | None = None, name: str = "Li") -> NumberHistory:
    return NumberHistory(
        customer_id=1,
        external_id="E1",
        name=name,
        number="+8613800138000",
        position=0,
        country="CN",
        line_type="mobile",
        carrier="China Mobile",
        tier=2,
        lead_status="done",
        facts={"city": "=cmd()"},
        banned=banned,
        calls=calls,
        dead=dead,
    )


@pytest.mark.parametrize(
    ("history", "state", "proof"),
    [
        (_history(), "unverified", None),
        (_history(_call(1, Outcome.NO_ANSWER), _call(2, Outcome.BUSY)), "unverified", 2),
        (_history(_call(1, Outcome.NO_SUCH_NUMBER)), "dead", 1),
        (_history(_call(1, Outcome.NUMBER_CHANGED), _call(2, Outcome.CARRIER_FAILURE)), "dead", 1),
        (_history(_call(1, Outcome.SWITCHED_OFF), _call(2, Outcome.NO_ANSWER)), "switched_off", 1),
        (_history(_call(1, Outcome.SWITCHED_OFF), _call(2, Outcome.SUSPENDED)), "suspended", 2),
        (_history(_call(1, Outcome.SWITCHED_OFF), _call(2, Outcome.TALKED, "success")), "verified", 2),
        (_history(_call(1, Outcome.TALKED, "success"), _call(2, Outcome.SWITCHED_OFF)), "switched_off", 2),
        (_history(_call(1, Outcome.TALKED, "wrong_number")), "wrong_owner", 1),
        (_history(_call(1, Outcome.FAX, "fax")), "dead", 1),
        (_history(_call(1, Outcome.TALKED, "not_target")), "unverified", 1),
        (_history(_call(1, Outcome.TALKED, "own_code", reached=True)), "verified", 1),
        (_history(_call(1, Outcome.TALKED, "own_code", dead=True)), "wrong_owner", 1),
        (_history(_call(1, Outcome.TALKED, "never_call"), banned=True), "do_not_call", 1),
        (_history(banned=True), "do_not_call", None),
        (_history(dead="no_such_number"), "dead", None),
        (_history(dead="wrong_number"), "wrong_owner", None),
    ],
)
def test_what_the_calls_prove(history: NumberHistory, state: str, proof: int | None) -> None:
    finding = judge_number(history)
    assert finding.state == state
    assert (finding.evidence.attempt_id if finding.evidence else None) == proof


@pytest.mark.parametrize(
    ("cell", "safe"),
    [
        ("=1+1", "'=1+1"),
        ("+1-2", "'+1-2"),
        ("-2+3", "'-2+3"),
        ("@SUM(A1)", "'@SUM(A1)"),
        ("\t=1", "'\t=1"),
        ("  =1", "'  =1"),
        ("＝1", "'＝1"),
        ("+8613800138000", "+8613800138000"),
        ("+86138001380000000", "'+86138001380000000"),
        ("-12.5", "-12.5"),
        ("a=b", "a=b"),
        ("", ""),
    ],
)
def test_no_cell_runs(cell: str, safe: str) -> None:
    assert safe_cell(cell) == safe


def _names_in(directory: Path) -> list[str]:
    return [path.name for path in directory.iterdir()]


async def _stream(*histories: NumberHistory) -> AsyncIterator[NumberHistory]:
    for history in histories:
        yield history


async def test_the_cleaned_list_as_csv(tmp_path: Path) -> None:
    target = tmp_path / "clean.csv"
    report = await write_clean_list(
        _stream(_history(_call(7, Outcome.TALKED, "success"), name="=x"), _history()), target, language="zh"
    )
    assert (report.numbers, report.people, report.states) == (2, 1, {"verified": 1, "unverified": 1})
    with target.open(encoding="utf-8-sig", newline="") as file:
        heading, first, second = list(csv.reader(file))
    assert heading[:3] == ["客户编号", "姓名", "电话号码"]
    assert first[:9] == [
        "E1", "'=x", "+8613800138000", "verified", "已核实", "talked", "success", "7", "1970-01-01T01:56:40.000Z",
    ]  # fmt: skip
    assert second[3] == "unverified"
    assert _names_in(tmp_path) == ["clean.csv"]


async def test_the_cleaned_list_as_a_spreadsheet(tmp_path: Path) -> None:
    target = tmp_path / "clean.xlsx"
    await write_clean_list(_stream(_history(name="=x")), target)
    sheet = fastexcel.read_excel(target).load_sheet(0, header_row=None, dtypes="string").to_polars()
    assert sheet.row(1)[:4] == ("E1", "'=x", "+8613800138000", "unverified")


async def test_a_place_that_cannot_be_written(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(BadInput, match="cannot be written"):
        await write_clean_list(_stream(), tmp_path / "file" / "clean.csv")


async def test_a_list_that_breaks_off_leaves_no_file(tmp_path: Path) -> None:
    async def broken() -> AsyncIterator[NumberHistory]:
        yield _history()
        raise ConnectionError

    with pytest.raises(ConnectionError):
        await write_clean_list(broken(), tmp_path / "clean.csv")
    assert _names_in(tmp_path) == []
