"""The command on faxes sent and received: fax list."""

from __future__ import annotations

from typing import Annotated

import typer

from callwright.app.cli_values import parse_instant

fax_app = typer.Typer(help="Faxes sent and received.", no_args_is_help=True)


def add_commands(app: typer.Typer) -> None:
    app.add_typer(fax_app, name="fax")


@fax_app.command("list")
def list_faxes(
    context: typer.Context,
    days: Annotated[int, typer.Option(min=1, max=366, help="of so many days")] = 7,
    at: Annotated[str | None, typer.Option("--at", metavar="INSTANT", help="before then; without it until now")] = None,
    most: Annotated[int, typer.Option(min=1, max=100_000, help="at most so many, the newest first")] = 100,
    as_json: Annotated[bool, typer.Option("--json", help="print one JSON object")] = False,
) -> None:
    """List faxes, the newest first: how many pages went through, and where not, why."""
    from callwright.app.faxes import show_faxes

    show_faxes(context.obj, days=days, at=parse_instant(at) if at else None, most=most, as_json=as_json)
