"""The report and its faces: groups, files that cannot run formulas, explanations, the handbook page."""

from __future__ import annotations

import csv
import io
import json
import random
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import fastexcel
import pytest
from rich.console import Console

from callwright.analytics.catalogue import COUNT_BY_ID, RATE_BY_ID, definition_of
from callwright.analytics.definition import Dimension, Unit
from callwright.analytics.explain import explain
from callwright.analytics.facts import Facts, facts_from_objects
from callwright.analytics.handbook import figures_page
from callwright.analytics.rehearsal import rehearsal_json
from callwright.analytics.render import as_csv, as_json, as_table, safe_cell
from callwright.analytics.report import build_report, figures_of, read_dimensions
from callwright.analytics.workbook import write_xlsx
from callwright.kit.errors import BadInput
from callwright.kit.words import LANGUAGES, Language
from callwright.model.agent import Agent
from callwright.model.campaign import Campaign

ROOT = Path(__file__).parents[3]


@pytest.fixture
def facts(generate_floor: Callable[[int, int], Any]) -> Facts:
    floor = generate_floor(3, 300)
    floor.agents[0] = Agent(id=floor.agents[0].id, name="=cmd|' /C calc'!A0", team="@team")
    return facts_from_objects(**floor.as_facts_arguments())


def shown(report: Any, width: int) -> str:
    console = Console(width=width, record=True, file=io.StringIO())
    console.print(as_table(report))
    return console.export_text()


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("width", [40, 200])
def test_the_table_speaks_every_language_on_any_terminal(facts: Facts, language: Language, width: int) -> None:
    report = build_report(facts, by=(Dimension.AGENT,), tz="Asia/Shanghai", language=language)
    text = shown(report, width)
    assert text
    if width > 100:
        assert RATE_BY_ID["abandon_rate"].words.say(language) in text
        assert COUNT_BY_ID["calls_made"].words.say(language) in text


def test_an_empty_campaign_has_a_report() -> None:
    report = build_report(
        facts_from_objects(campaigns=[Campaign(id=1, name="new")]), by=(Dimension.AGENT, Dimension.HOUR)
    )
    assert report.findings == ()
    assert report.rows == ()
    assert {v for v in report.total.figures.values() if v} == set()
    assert "new" in shown(report, 120)
    assert json.loads(as_json(report))["no_data"]["abandon_rate"] == "no data: nothing to divide by"
    assert rehearsal_json(facts_from_objects(campaigns=[Campaign(id=1, name="new")]))["abandon"]["rate"] is None


def test_json_holds_every_figure_and_says_why_there_is_no_data(facts: Facts) -> None:
    found = json.loads(as_json(build_report(facts, by=(Dimension.CAMPAIGN, Dimension.HOUR))))
    assert set(found["base"]) == set(COUNT_BY_ID)
    assert set(found["figures"]) >= set(RATE_BY_ID)
    assert found["no_data"]["satisfaction_rate"].startswith("no data: the survey")
    assert {g["campaign"] for g in found["groups"]} <= {"sale", "survey", None}
    assert sum(g["base"]["calls_made"] for g in found["groups"]) == found["base"]["calls_made"]
    assert all(g["base"]["accounts"] is None for g in found["groups"])  # no record belongs to an hour
    json.loads(json.dumps(rehearsal_json(facts)), parse_constant=lambda c: pytest.fail(c))


def test_csv_and_xlsx_run_no_formula(facts: Facts, tmp_path: Path) -> None:
    report = build_report(facts, by=(Dimension.AGENT,))
    rows = list(csv.DictReader(io.StringIO(as_csv(report))))
    assert len(rows) == len(report.rows)
    assert "'=cmd|' /C calc'!A0" in {r["agent"] for r in rows}
    assert float(rows[-1]["calls_made"]) == report.rows[-1].counts["calls_made"]
    path = tmp_path / "report.xlsx"
    write_xlsx(report, path)
    with zipfile.ZipFile(path) as book:
        sheets = [book.read(n).decode() for n in book.namelist() if n.startswith("xl/worksheets/sheet")]
    assert len(sheets) >= 6
    assert not any("<f>" in sheet for sheet in sheets)
    names = fastexcel.read_excel(path).sheet_names
    assert names[:4] == ["Summary", "Sales funnel", "Outcomes", "Agents"]
    figures = fastexcel.read_excel(path).load_sheet("Figures").to_polars()
    assert set(figures["id"]) == set(COUNT_BY_ID) | {r for r, d in RATE_BY_ID.items() if d.unit is not Unit.STRUCTURE}


def test_a_workbook_that_cannot_be_written(facts: Facts, tmp_path: Path) -> None:
    with pytest.raises(BadInput, match="cannot be written"):
        write_xlsx(build_report(facts), tmp_path / "missing" / "report.xlsx")


@pytest.mark.parametrize(
    ("cell", "safe"),
    [
        ("=1+1", "'=1+1"),
        ("+1", "+1"),
        ("+8613800138000", "+8613800138000"),
        ("+1-cmd", "'+1-cmd"),
        ("-2", "'-2"),
        ("@x", "'@x"),
        ("\t=1", "'\t=1"),
        ("plain", "plain"),
        (7, 7),
        (None, ""),
    ],
)
def test_cells_are_escaped(cell: str | int | None, safe: str | int) -> None:
    assert safe_cell(cell) == safe


@pytest.mark.parametrize("figure", [*RATE_BY_ID, *COUNT_BY_ID])
def test_every_figure_can_be_explained(facts: Facts, figure: str) -> None:
    found = explain(figure, facts)
    for language in LANGUAGES:
        assert found.lines(language)[0].endswith(f"({figure})")


def test_the_calls_behind_a_figure_are_the_calls(facts: Facts) -> None:
    found = explain("abandon_rate", facts)
    report = build_report(facts)
    abandoned, put_through = found.bottom
    assert found.value == report.total.figures["abandon_rate"]
    assert len(found.top[0].attempt_ids) == report.total.counts["abandoned"] == len(abandoned.attempt_ids)
    assert len(put_through.attempt_ids) == report.total.counts["put_through"]
    assert not set(abandoned.attempt_ids) & set(put_through.attempt_ids)
    reached = explain("reached", facts).top[0]
    assert len(reached.lead_ids) == report.total.counts["reached"]
    idle = explain("idle_rate", facts).top[0]
    assert sum((idle.seconds_by_agent or {}).values()) == pytest.approx(report.total.counts["idle_s"])


def test_unknown_names_are_answered_with_the_nearest() -> None:
    with pytest.raises(BadInput, match="abandon_rate"):
        definition_of("abandonrate")
    with pytest.raises(BadInput, match="choose from campaign"):
        read_dimensions("agent,colour")
    with pytest.raises(BadInput, match="no time zone"):
        build_report(facts_from_objects(campaigns=[Campaign(id=1, name="c")]), tz="Mars/Olympus")
    assert read_dimensions("agent, caller-id") == (Dimension.AGENT, Dimension.CALLER_ID)


def test_rates_are_pure_and_survive_any_counts() -> None:
    """Zeros, unknowns and odd numbers give a number or None, never an error."""
    rng = random.Random(1)
    for _ in range(300):
        counts = {c: rng.choice([None, 0, 0.0, 1, 5, 1e9]) for c in COUNT_BY_ID}
        assert figures_of(counts) == figures_of(dict(counts))


def test_the_handbook_page_is_the_catalogue() -> None:
    assert (ROOT / "docs" / "figures.md").read_text(encoding="utf-8") == figures_page(), (
        "run: python -m callwright.analytics.handbook docs/figures.md"
    )
