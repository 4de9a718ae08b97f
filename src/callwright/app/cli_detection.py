"""The commands on hearing who answered: replay, teach, list, forget."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

AsJson = Annotated[bool, typer.Option("--json", help="print one JSON object")]

detection = typer.Typer(help="Who answered: replay recordings to the detection, teach it announcements.")


def add_commands(app: typer.Typer) -> None:
    app.add_typer(detection, name="detection")


@detection.command()
def replay(
    context: typer.Context,
    files: Annotated[list[Path], typer.Argument(metavar="FILE.wav...", help="8 kHz, 16 bits; stereo: the left side")],
    expect: Annotated[str | None, typer.Option(help="human, machine, fax, screening, silence, announced_...")] = None,
    answered_at: Annotated[float, typer.Option(min=0, help="the second of the answer; before it is early sound")] = 0.0,
    as_json: AsJson = False,
) -> None:
    """Say what is heard in recordings, and when."""
    from callwright.app.detection import replay as deed

    deed(context.obj, files, expect=expect, answered_at_s=answered_at, as_json=as_json)


@detection.command()
def teach(
    context: typer.Context,
    file: Annotated[Path, typer.Argument(metavar="FILE.wav", help="the announcement alone, 8 kHz, 16 bits")],
    means: Annotated[
        str, typer.Option(help="no_such_number, switched_off, suspended, unreachable, machine or screening")
    ],
    name: Annotated[str, typer.Option(help="its name in reports; an old one of this name is replaced")],
    language: Annotated[str, typer.Option(help="for your own order")] = "",
) -> None:
    """Learn an announcement by its sound, so that it is recognised in calls."""
    from callwright.app.detection import teach_announcement

    teach_announcement(context.obj, file, means=means, name=name, language=language)


@detection.command(name="list")
def list_(context: typer.Context, as_json: AsJson = False) -> None:
    """Show the taught announcements."""
    from callwright.app.detection import list_announcements

    list_announcements(context.obj, as_json=as_json)


@detection.command()
def forget(context: typer.Context, name: Annotated[str, typer.Argument(help="as list shows it")]) -> None:
    """Take an announcement out of the book."""
    from callwright.app.detection import forget_announcement

    forget_announcement(context.obj, name)
