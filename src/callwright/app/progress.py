"""A progress bar on standard error for what takes over a second; nothing where there is no terminal."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

Tell = Callable[[int, int], None]
"""Called with (done, in all)."""


@contextmanager
def progress_bar(title: str) -> Iterator[Tell | None]:
    """A bar while the block runs, and what moves it; None where there is no terminal."""
    if not sys.stderr.isatty():
        yield None
        return
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with Progress(*columns, console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task(title, total=None)

        def move(done: int, total: int) -> None:
            bar.update(task, completed=done, total=total or None)

        yield move


@contextmanager
def told_lines(title: str) -> Iterator[Callable[[str], None]]:
    """Show the latest line of a long deed beside a spinner, where there is a terminal."""
    console = Console(stderr=True)
    if not sys.stderr.isatty():
        yield lambda line: None
        return
    with console.status(title) as spinner:
        yield lambda line: spinner.update(f"{title}: {line[:80]}")
