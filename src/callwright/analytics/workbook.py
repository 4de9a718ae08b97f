"""A report as an XLSX workbook. Text is always written as text: no cell can run as a formula or become a link."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import xlsxwriter

from callwright.analytics.catalogue import COUNT_BY_ID, RATE_BY_ID
from callwright.analytics.definition import DIMENSION_WORDS, Count, Rate, Unit
from callwright.analytics.render import HEADINGS, NO_DATA, figure_lines, say_code, show_key
from callwright.analytics.report import Report, why_no_data
from callwright.kit.clock import iso
from callwright.kit.errors import BadInput

_OPTIONS = {"strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False}
_FORMATS = {
    Unit.SHARE: "0.00%",
    Unit.COUNT: "#,##0",
    Unit.SECONDS: "#,##0.0",
    Unit.HOURS: "#,##0.00",
    Unit.PER_HOUR: "#,##0.00",
    Unit.MONEY: "#,##0.00",
    Unit.RATIO: "#,##0.000",
    Unit.STRUCTURE: "General",
}
_SUMMARY = (
    "accounts",
    "accounts_called",
    "calls_made",
    "answered",
    "connected",
    "reached",
    "completed",
    "successful",
    "abandon_rate",
    "actual_contact_rate",
    "reachable_rate",
    "success_rate",
    "avg_talk_time",
    "occupancy",
    "cost_per_success",
)


def write_xlsx(report: Report, path: Path) -> None:
    """Write the report: summary, funnel, outcomes, agents, groups, figures with their formulas, contradictions.

    Raises BadInput where the file cannot be written.
    """
    book = xlsxwriter.Workbook(str(path), _OPTIONS)
    writer = _Writer(book, report)
    writer.summary()
    writer.funnel()
    writer.outcomes()
    writer.agents()
    if report.rows:
        writer.groups()
    writer.figures()
    if report.findings:
        writer.findings()
    try:
        book.close()
    except (OSError, xlsxwriter.exceptions.FileCreateError) as fault:
        raise BadInput(f"The workbook {path} cannot be written ({fault}); choose another place.") from fault


class _Writer:
    """One report on its way into one workbook."""

    def __init__(self, book: Any, report: Report) -> None:
        self._book = book
        self._report = report
        self._say = report.language
        self._bold = book.add_format({"bold": True, "bottom": 1})
        self._grey = book.add_format({"font_color": "#888888"})
        self._formats = {unit: book.add_format({"num_format": text}) for unit, text in _FORMATS.items()}

    def _sheet(self, name: str, *titles: str) -> Any:
        sheet = self._book.add_worksheet(HEADINGS[name].say(self._say)[:31])
        for column, title in enumerate(titles):
            sheet.write_string(0, column, title, self._bold)
            sheet.set_column(column, column, max(12, min(60, len(title) + 4)))
        sheet.freeze_panes(1, 0)
        return sheet

    def _title(self, *names: str) -> tuple[str, ...]:
        return tuple(HEADINGS[n].say(self._say) for n in names)

    def _number(self, sheet: Any, row: int, column: int, value: float | None, unit: Unit) -> None:
        if value is None:
            sheet.write_string(row, column, NO_DATA.say(self._say), self._grey)
        else:
            sheet.write_number(row, column, value, self._formats[unit])

    def summary(self) -> None:
        report, sheet = self._report, self._sheet("summary", *self._title("summary", "value"))
        ends = [("" if at is None else iso(at)) for at in (report.period.from_at, report.period.until_at)]
        lines = [("campaign", ", ".join(report.campaigns)), ("period", f"{ends[0]} .. {ends[1]} ({report.tz})")]
        for row, (heading, text) in enumerate(lines, start=1):
            sheet.write_string(row, 0, HEADINGS[heading].say(self._say))
            sheet.write_string(row, 1, text)
        for row, id in enumerate(_SUMMARY, start=len(lines) + 1):
            known = COUNT_BY_ID.get(id) or RATE_BY_ID[id]
            value = report.total.counts[id] if id in COUNT_BY_ID else report.total.figures[id]
            sheet.write_string(row, 0, known.words.say(self._say))
            self._number(sheet, row, 1, value, known.unit)
        sheet.set_column(0, 1, 34)

    def funnel(self) -> None:
        sheet = self._sheet("funnel", *self._title("funnel", "count", "step", "share"))
        for row, step in enumerate(self._report.funnel, start=1):
            sheet.write_string(row, 0, step.words.say(self._say))
            self._number(sheet, row, 1, step.count, Unit.COUNT)
            if row > 1:
                self._number(sheet, row, 2, step.step_rate, Unit.SHARE)
            self._number(sheet, row, 3, step.overall_rate, Unit.SHARE)

    def outcomes(self) -> None:
        sheet = self._sheet("outcomes", *self._title("outcomes", "count", "share"))
        row = 1
        for heading in ("not_connected", "connected"):
            sheet.write_string(row, 0, HEADINGS[heading].say(self._say), self._bold)
            for share in self._report.not_connected if heading == "not_connected" else self._report.connected:
                row += 1
                sheet.write_string(row, 0, say_code(share.code, self._say, self._report.names))
                self._number(sheet, row, 1, share.count, Unit.COUNT)
                self._number(sheet, row, 2, share.share, Unit.SHARE)
            row += 2

    def agents(self) -> None:
        pictures = self._report.pictures
        figures = [f for p in pictures for f in p.combination.figures]
        known = [COUNT_BY_ID.get(f) or RATE_BY_ID[f] for f in figures]
        names = [k.words.say(self._say) for k in known]
        sheet = self._sheet("agents", *self._title("agents"), *names, *self._title("remarks"))
        for row, together in enumerate(zip(*(p.rows for p in pictures), strict=True), start=1):
            sheet.write_string(row, 0, together[0].agent)
            values = [v for agent in together for v in agent.values.values()]
            for column, (value, definition) in enumerate(zip(values, known, strict=True), start=1):
                self._number(sheet, row, column, value, definition.unit)
            remarks = "; ".join(w.say(self._say) for agent in together for w in agent.remarks)
            sheet.write_string(row, len(figures) + 1, remarks)

    def groups(self) -> None:
        report = self._report
        known: list[Count | Rate] = [
            *COUNT_BY_ID.values(),
            *(r for r in RATE_BY_ID.values() if r.unit is not Unit.STRUCTURE),
        ]
        titles = [DIMENSION_WORDS[d].say(self._say) for d in report.by] + [k.words.say(self._say) for k in known]
        sheet = self._sheet("groups", *titles)
        for line, row in enumerate(report.rows, start=1):
            for column, part in enumerate(row.key):
                if isinstance(part, int):
                    sheet.write_number(line, column, part)
                else:
                    sheet.write_string(line, column, show_key(part, self._say))
            for column, definition in enumerate(known, start=len(row.key)):
                value = row.counts[definition.id] if definition.id in row.counts else row.figures[definition.id]
                self._number(sheet, line, column, value, definition.unit)

    def figures(self) -> None:
        sheet = self._sheet("figures", *self._title("figures"), "id", *self._title("value", "formula", "remarks"))
        for row, (name, id, value, formula) in enumerate(figure_lines(self._report), start=1):
            unit = (COUNT_BY_ID.get(str(id)) or RATE_BY_ID[str(id)]).unit
            for column, text in ((0, name), (1, id), (3, formula)):
                sheet.write_string(row, column, str(text))
            self._number(sheet, row, 2, value if isinstance(value, float | int) else None, unit)
            if value is None and str(id) in RATE_BY_ID:
                reason = why_no_data(RATE_BY_ID[str(id)], self._report.total.counts)
                sheet.write_string(row, 4, reason.say(self._say))
        sheet.set_column(0, 4, 30)

    def findings(self) -> None:
        sheet = self._sheet("findings", *self._title("findings"))
        for row, finding in enumerate(self._report.findings, start=1):
            sheet.write_string(row, 0, finding.words.say(self._say))
