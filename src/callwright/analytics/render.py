"""A report as text for people and programs: a table on the terminal, JSON, CSV. XLSX is in ``workbook``.

Values stay as they are computed; only here they get per cent signs, and only for people.
"""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict
from datetime import date
from typing import Any

from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from callwright.analytics.breakdown import OUTCOME_WORDS
from callwright.analytics.catalogue import COUNT_BY_ID, RATE_BY_ID
from callwright.analytics.definition import DIMENSION_WORDS, Unit
from callwright.analytics.report import Report, Row, why_no_data
from callwright.kit.clock import iso
from callwright.kit.words import Language, Words

NO_DATA = Words(en="no data", zh="无数据", ru="нет данных")
HEADINGS = {
    "summary": Words(en="Summary", zh="概要", ru="Сводка"),
    "counts": Words(en="Base counts", zh="基础计数", ru="Исходные числа"),
    "figures": Words(en="Figures", zh="指标", ru="Показатели"),
    "groups": Words(en="Groups", zh="分组", ru="Группы"),
    "funnel": Words(en="Sales funnel", zh="电话销售漏斗", ru="Воронка продаж"),
    "outcomes": Words(en="Outcomes", zh="结果构成", ru="Итоги"),
    "not_connected": Words(en="Calls without a talk", zh="未接通构成", ru="Звонки без разговора"),
    "connected": Words(en="Talks", zh="接通构成", ru="Разговоры"),
    "agents": Words(en="Agents", zh="坐席", ru="Операторы"),
    "tiers": Words(en="Tiers", zh="数据等级", ru="Уровни"),
    "abandon": Words(en="Abandoned calls", zh="呼损", ru="Потерянные вызовы"),
    "last": Words(en="latest", zh="最近", ru="последнее"),
    "worst": Words(en="worst", zh="最差", ru="худшее"),
    "limit": Words(en="limit", zh="上限", ru="предел"),
    "findings": Words(en="Figures that cannot all be true", zh="互相矛盾的数据", ru="Противоречия в данных"),
    "formula": Words(en="Formula", zh="公式", ru="Формула"),
    "value": Words(en="Value", zh="数值", ru="Значение"),
    "count": Words(en="Count", zh="数量", ru="Число"),
    "share": Words(en="Share", zh="占比", ru="Доля"),
    "step": Words(en="Of the step before", zh="较上一步", ru="От прошлого шага"),
    "target": Words(en="Target", zh="目标", ru="Цель"),
    "remarks": Words(en="Remarks", zh="说明", ru="Замечания"),
    "unknown": Words(en="(none)", zh="（无）", ru="(нет)"),
    "campaign": Words(en="Campaign", zh="项目", ru="Кампания"),
    "period": Words(en="Period", zh="统计期", ru="Период"),
}
_OF_THE_ROBOT = frozenset({"transfer_rate", "transfer_rate_dialled"})  # shown where a robot transferred anything
SHOWN_IN_GROUPS = (
    "calls_made",
    "answered",
    "connected",
    "reached",
    "successful",
    "actual_contact_rate",
    "success_rate",
    "avg_talk_time",
    "abandon_rate",
    "occupancy",
)
"""What the terminal shows of each group; files hold everything."""


def show_value(value: float | None, unit: Unit, language: Language) -> str:
    """A figure for people: per cent, seconds, hours, or a plain number."""
    if value is None:
        return NO_DATA.say(language)
    match unit:
        case Unit.SHARE:
            return f"{value:.2%}"
        case Unit.COUNT:
            return f"{value:,.0f}"
        case Unit.SECONDS:
            return f"{value:,.1f} s"
        case Unit.HOURS:
            return f"{value:,.2f} h"
        case Unit.PER_HOUR:
            return f"{value:,.2f} /h"
        case _:
            return f"{value:,.2f}"


def show_key(part: str | int | date | None, language: Language) -> str:
    if part is None or part == "":
        return HEADINGS["unknown"].say(language)
    return part.isoformat() if isinstance(part, date) else str(part)


def say_code(code: str, language: Language, names: Mapping[str, Words]) -> str:
    """An outcome's or disposition's name; ``names`` are the campaign's own. The code where nobody named it."""
    if code in OUTCOME_WORDS:
        return OUTCOME_WORDS[code].say(language)
    known = names.get(code)
    return known.say(language) if known else code


# --- the terminal -------------------------------------------------------------------------------------------------


def as_table(report: Report, *, all_figures: bool = False) -> RenderableType:
    """The report for a terminal. Figures without data are left out unless ``all_figures``."""
    say = report.language
    parts: list[RenderableType] = [_figure_table(report, all_figures), _funnel_table(report), _outcome_tables(report)]
    if report.rows:
        parts.append(_group_table(report))
    parts += [_remark_table(report), _tier_table(report)]
    parts += [Text(line) for line in abandon_lines(report)]
    if report.findings:
        parts.append(Text(HEADINGS["findings"].say(say), style="bold red"))
        parts += [Text(f"  {f.words.say(say)}", style="red") for f in report.findings]
    return Group(*parts)


def abandon_lines(report: Report) -> list[str]:
    """Each campaign's abandon rate in the rule pack's window: the latest, the worst, the limit."""
    say = report.language
    lines = []
    for last, worst in zip(report.abandon, report.worst_abandon, strict=True):
        shown = [show_value(w.rate, Unit.SHARE, say) for w in (last, worst)]
        hours = report.abandon_limit.window_s / 3600
        lines.append(
            f"{HEADINGS['abandon'].say(say)}, {hours:,.0f} h: {HEADINGS['last'].say(say)} {shown[0]}, "
            f"{HEADINGS['worst'].say(say)} {shown[1]}, {HEADINGS['limit'].say(say)} {report.abandon_limit.limit:.2%} "
            f"{'✓' if last.kept and worst.kept else '✗'}"
        )
    return lines


def _figure_table(report: Report, all_figures: bool) -> Table:
    say = report.language
    table = Table(title=", ".join(report.campaigns), title_justify="left")
    table.add_column(HEADINGS["figures"].say(say))
    table.add_column(HEADINGS["value"].say(say), justify="right")
    table.add_column(HEADINGS["formula"].say(say), style="dim")
    for id, count in COUNT_BY_ID.items():
        value = report.total.counts[id]
        if value or (all_figures and value is not None):
            table.add_row(count.words.say(say), show_value(value, count.unit, say), id)
    table.add_section()
    for id, rate in RATE_BY_ID.items():
        value = report.total.figures.get(id)
        idle_robot = id in _OF_THE_ROBOT and not report.total.counts["offered"]
        if rate.unit is not Unit.STRUCTURE and (all_figures or (value is not None and not idle_robot)):
            table.add_row(rate.words.say(say), show_value(value, rate.unit, say), rate.formula)
    return table


def _funnel_table(report: Report) -> Table:
    say = report.language
    table = Table(title=HEADINGS["funnel"].say(say), title_justify="left")
    for name, justify in (("funnel", "left"), ("count", "right"), ("step", "right"), ("share", "right")):
        table.add_column(HEADINGS[name].say(say), justify=justify)  # type: ignore[arg-type]  # a literal of rich's
    for step in report.funnel:
        of_before = "" if step.step_rate is None else f"{step.step_rate:.2%}"
        table.add_row(step.words.say(say), f"{step.count:,}", of_before, show_value(step.overall_rate, Unit.SHARE, say))
    return table


def _outcome_tables(report: Report) -> RenderableType:
    say = report.language
    tables: list[RenderableType] = []
    for heading, shares in (("not_connected", report.not_connected), ("connected", report.connected)):
        table = Table(title=HEADINGS[heading].say(say), title_justify="left")
        table.add_column(HEADINGS["outcomes"].say(say))
        table.add_column(HEADINGS["count"].say(say), justify="right")
        table.add_column(HEADINGS["share"].say(say), justify="right")
        for s in shares:
            table.add_row(say_code(s.code, say, report.names), f"{s.count:,}", f"{s.share:.2%}")
        tables.append(table)
    return Group(*tables)


def _group_table(report: Report) -> Table:
    say = report.language
    table = Table(title=HEADINGS["groups"].say(say), title_justify="left")
    for d in report.by:
        table.add_column(DIMENSION_WORDS[d].say(say))
    for id in SHOWN_IN_GROUPS:
        table.add_column((COUNT_BY_ID.get(id) or RATE_BY_ID[id]).words.say(say), justify="right")
    for row in report.rows:
        values = [
            show_value(_value(row, id), (COUNT_BY_ID.get(id) or RATE_BY_ID[id]).unit, say) for id in SHOWN_IN_GROUPS
        ]
        table.add_row(*(show_key(k, say) for k in row.key), *values)
    return table


def _remark_table(report: Report) -> RenderableType:
    say = report.language
    found = [
        (picture.combination.words.say(say), row.agent, remark.say(say))
        for picture in report.pictures
        for row in picture.rows
        for remark in row.remarks
    ]
    if not found:
        return Text("")
    table = Table(title=HEADINGS["agents"].say(say), title_justify="left")
    for heading in ("figures", "agents", "remarks"):
        table.add_column(HEADINGS[heading].say(say))
    for line in found:
        table.add_row(*line)
    return table


def _tier_table(report: Report) -> RenderableType:
    say = report.language
    if len(report.tiers) < 2:
        return Text("")
    table = Table(title=HEADINGS["tiers"].say(say), title_justify="left")
    for heading in ("tiers", "count", "share", "target"):
        table.add_column(HEADINGS[heading].say(say), justify="right")
    for t in report.tiers:
        table.add_row(str(t.tier), f"{t.dialled:,}", show_value(t.rate, Unit.SHARE, say), f"{t.target:.0%}")
    return table


def _value(row: Row, id: str) -> float | None:
    return row.counts[id] if id in row.counts else row.figures[id]


# --- JSON and CSV -------------------------------------------------------------------------------------------------


def as_json(report: Report) -> str:
    """The whole report as one JSON object; figures without data are null, with the reason under ``no_data``."""
    return json.dumps(as_values(report), ensure_ascii=False, indent=2)


def as_values(report: Report) -> dict[str, Any]:
    say = report.language
    dimensions = [d.value for d in report.by]
    return {
        "campaigns": list(report.campaigns),
        "period": {
            "from": None if report.period.from_at is None else iso(report.period.from_at),
            "until": None if report.period.until_at is None else iso(report.period.until_at),
            "zone": report.tz,
        },
        "by": dimensions,
        "base": dict(report.total.counts),
        "figures": {
            **report.total.figures,
            "funnel": {
                s.code: {"count": s.count, "step_rate": s.step_rate, "overall_rate": s.overall_rate}
                for s in report.funnel
            },
            "counters": dict(report.counters),
            "calls_per_hour_cv": report.calls_per_hour_cv,
        },
        "no_data": {
            id: why_no_data(RATE_BY_ID[id], report.total.counts).say(say)
            for id, value in report.total.figures.items()
            if value is None
        },
        "groups": [
            {
                **{d: k.isoformat() if isinstance(k, date) else k for d, k in zip(dimensions, row.key, strict=True)},
                "base": dict(row.counts),
                "figures": dict(row.figures),
            }
            for row in report.rows
        ],
        "not_connected": [asdict(s) for s in report.not_connected],
        "connected": [asdict(s) for s in report.connected],
        "not_ready_s": dict(report.not_ready),
        "abandon": {
            "limit": report.abandon_limit.limit,
            "window": report.abandon_limit.window_s,
            "windows": [asdict(w) for w in report.abandon],
            "worst": [asdict(w) for w in report.worst_abandon],
        },
        "tiers": [asdict(t) for t in report.tiers],
        "combinations": {
            p.combination.id: [
                {"agent": r.agent, **r.values, "z": dict(r.z), "remarks": [w.say(say) for w in r.remarks]}
                for r in p.rows
            ]
            for p in report.pictures
        },
        "findings": [{"code": f.code, "figures": list(f.figures), "text": f.words.say(say)} for f in report.findings],
    }


def as_csv(report: Report) -> str:
    """One line per group (or one for the whole): keys, base counts, figures by their ids; nothing where no data."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\r\n")
    counts, figures = list(report.total.counts), list(report.total.figures)
    writer.writerow([*(d.value for d in report.by), *counts, *figures])
    for row in report.rows if report.by else (report.total,):
        values = [row.counts[c] for c in counts] + [row.figures[f] for f in figures]
        keys = [safe_cell(k.isoformat() if isinstance(k, date) else k) for k in row.key]
        writer.writerow([*keys, *("" if v is None else v for v in values)])
    return out.getvalue()


def safe_cell(value: str | int | None) -> str | int:
    """Text that a spreadsheet would run as a formula gets an apostrophe before it; validated numbers stay."""
    if not isinstance(value, str):
        return "" if value is None else value
    is_number = value[:1] == "+" and value[1:].isdigit() and value.isascii()
    return f"'{value}" if value[:1] in _STARTS_FORMULA and not is_number else value


_STARTS_FORMULA = frozenset({"=", "+", "-", "@", "\t", "\r", "\n"})


def figure_lines(report: Report) -> Iterable[Sequence[str | float | None]]:
    """Name, id, value, formula of every count and figure, for the workbook and other lists."""
    say = report.language
    for id, count in COUNT_BY_ID.items():
        yield count.words.say(say), id, report.total.counts[id], count.meaning.say(say)
    for id, rate in RATE_BY_ID.items():
        if rate.unit is not Unit.STRUCTURE:
            yield rate.words.say(say), id, report.total.figures[id], rate.formula
