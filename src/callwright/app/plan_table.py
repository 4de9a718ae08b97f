"""A plan on the terminal: the answer in a sentence, the ranges, the coming days."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from rich.console import Console
from rich.table import Table

from callwright.kit.words import Language
from callwright.planning.tell import tell
from callwright.planning.words import say


def print_plan(answer: Mapping[str, Any], language: Language) -> None:
    told, console = tell(answer, language), Console()
    for sentence in told.head:
        console.print(sentence, highlight=False, markup=False, style="bold")
    ranges = Table(title=f"{answer['campaign']}: {say('plan_agents', language)}: {answer['agents']}")
    ranges.add_column(say("plan_question", language))
    for key in ("plan_low", "plan_middle", "plan_high"):
        ranges.add_column(say(key, language), justify="right")
    for row in told.rows:
        ranges.add_row(row.label, row.low, row.middle, row.high)
    console.print(ranges)
    heading, *rows = told.days
    days = Table()
    for number, name in enumerate(heading):
        days.add_column(name, justify="right" if number else "left")
    for row_of_day in rows:
        days.add_row(*row_of_day)
    console.print(days)
    for note in told.notes:
        console.print(note, highlight=False, markup=False)
