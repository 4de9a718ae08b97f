"""The live board on the terminal: agents and lines by state, answers, abandons against the limit, funnel, progress.

``render`` draws a snapshot and does nothing else; ``show`` keeps it fresh. Without a terminal a line comes every few
seconds instead. What is shown is gathered in ``board_state``.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable, Mapping
from typing import Any

from rich import box
from rich.console import Console, ConsoleOptions, Group, RenderResult
from rich.live import Live
from rich.panel import Panel
from rich.progress_bar import ProgressBar
from rich.table import Table
from rich.text import Text

from callwright.app.board_state import BoardSnapshot, clock_face
from callwright.app.board_words import say, say_duration, say_rate
from callwright.kit.words import Language

REFRESH_S = 0.25
LINE_EVERY_S = 5.0
_WIDE = 84
"""From this width on the panels stand side by side."""


def render(snapshot: BoardSnapshot, language: Language) -> Board:
    """The board of this instant, for any width."""
    return Board(snapshot, language)


class Board:
    """A snapshot as rich draws it; it arranges itself by the width it is given."""

    def __init__(self, snapshot: BoardSnapshot, language: Language) -> None:
        self._snapshot, self._language = snapshot, language

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        shown, language = self._snapshot, self._language
        panels = [
            _panel("agents", _counts(shown.agents, language), language),
            _panel("lines", _counts(shown.lines, language), language),
            _panel("calls", _figures(shown, language), language),
            _panel("funnel", _funnel(shown, language), language),
        ]
        yield _head(shown, language)
        if options.max_width >= _WIDE:
            grid = Table.grid(expand=True)
            for _ in panels:
                grid.add_column(ratio=1)
            grid.add_row(*panels)
            yield grid
        else:
            yield Group(*panels)
        yield _panel("outcomes", Text(_outcomes(shown, language), overflow="fold"), language)
        yield _panel("events", _events(shown, language), language)


def _head(shown: BoardSnapshot, language: Language) -> Group:
    title = Text(no_wrap=True, overflow="ellipsis")
    title.append(shown.campaign, style="bold").append(f"  {shown.mode}  {clock_face(shown.at)} UTC", style="dim")
    if shown.finished:
        title.append(f"  {say('finished', language)}", style="bold green")
    progress = Table.grid(padding=(0, 1), expand=True)
    progress.add_column(no_wrap=True)
    progress.add_column(ratio=1)
    progress.add_row(
        f"{say('records', language)} {shown.done:,}/{shown.records:,}",
        ProgressBar(total=max(1, shown.records), completed=shown.done),
    )
    return Group(title, progress)


def _panel(title: str, content: Any, language: Language) -> Panel:
    return Panel(content, title=say(title, language), title_align="left", box=box.ROUNDED, padding=(0, 1))


def _pairs(rows: Iterable[tuple[str, str | Text]]) -> Table:
    table = Table.grid(padding=(0, 1), expand=True)
    table.add_column(ratio=1, overflow="ellipsis", no_wrap=True)
    table.add_column(justify="right", no_wrap=True)
    for name, value in rows:
        table.add_row(name, value)
    return table


def _counts(counts: Mapping[str, int], language: Language) -> Table:
    return _pairs(
        (say(state, language), Text(str(count), style="bold" if count else "dim")) for state, count in counts.items()
    )


def _figures(shown: BoardSnapshot, language: Language) -> Table:
    rate = shown.abandon_rate
    within = rate is None or rate <= shown.abandon_limit
    return _pairs(
        [
            (say("dials", language), f"{shown.dials:,}"),
            (say("answers", language), f"{shown.answers:,}"),
            (say("abandons", language), f"{shown.abandons:,}"),
            (say("abandon_rate", language), Text(say_rate(rate), style="green" if within else "bold red")),
            (say("limit", language), f"{shown.abandon_limit * 100:g} %"),
            (say("talk", language), say_duration(shown.talk_s)),
            (say("orders", language), f"{shown.orders:,}"),
        ]
    )


def _funnel(shown: BoardSnapshot, language: Language) -> Table:
    rows = []
    before: int | None = None
    for stage, count in shown.funnel.items():
        step = f" {count / before * 100:5.1f} %" if before else ""
        rows.append((say(stage, language), f"{count:,}{step}"))
        before = count
    return _pairs(rows)


def _outcomes(shown: BoardSnapshot, language: Language) -> str:
    ordered = sorted(shown.outcomes.items(), key=lambda item: (-item[1], item[0]))
    said = ", ".join(f"{say(outcome, language)} {count:,}" for outcome, count in ordered)
    refused = sum(shown.refusals.values())
    if refused:
        said += f"; {say('refusals', language)} {refused:,}"
    return said or say("nothing", language)


def _events(shown: BoardSnapshot, language: Language) -> Text:
    text = Text(no_wrap=True, overflow="ellipsis")
    for at, kind, data in shown.events:
        details = " ".join(f"{key} {value}" for key, value in data.items() if value is not None and key != "campaign")
        text.append(f"{clock_face(at)[11:]} ", style="dim").append(f"{say(kind, language)}  {details}\n")
    text.rstrip()
    return text if shown.events else Text(say("nothing", language))


def plain_line(snapshot: BoardSnapshot, language: Language) -> str:
    """The board in one line, where there is no terminal."""
    parts = [
        f"{clock_face(snapshot.at)} UTC",
        f"{say('records', language)} {snapshot.done}/{snapshot.records}",
        f"{say('dials', language)} {snapshot.dials}",
        f"{say('answers', language)} {snapshot.answers}",
        f"{say('abandon_rate', language)} {say_rate(snapshot.abandon_rate)}"
        f" ({say('limit', language)} {snapshot.abandon_limit * 100:g} %)",
        f"{say('in_call', language)} {snapshot.agents['in_call']}",
        f"{say('ready', language)} {snapshot.agents['ready']}",
        f"{say('orders', language)} {snapshot.orders}",
    ]
    return " | ".join(parts)


async def show(newest: Callable[[], BoardSnapshot], language: Language, console: Console | None = None) -> None:
    """Keep the board on the screen until cancelled; its last state stays there."""
    console = console or Console()
    if not console.is_terminal:
        while True:
            print(plain_line(newest(), language), flush=True)
            await asyncio.sleep(LINE_EVERY_S)
    with Live(render(newest(), language), console=console, auto_refresh=False) as live:
        try:
            while True:
                await asyncio.sleep(REFRESH_S)
                live.update(render(newest(), language), refresh=True)
        finally:
            live.update(render(newest(), language), refresh=True)
