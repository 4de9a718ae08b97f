"""The command line: ``callwright COMMAND``. docs/cli.md is its contract; the commands are in the ``cli_*`` modules.

Modules that take long to load are imported inside the commands, so that ``callwright --help`` answers at once.
"""

from __future__ import annotations

import os
import sys
from typing import Annotated

import typer

from callwright.app import (
    cli_agents,
    cli_asterisk,
    cli_campaign,
    cli_detection,
    cli_faxes,
    cli_lists,
    cli_people,
    cli_plan,
    cli_recordings,
    cli_trunks,
)
from callwright.app.errors_cli import run_edge
from callwright.app.settings import Settings, read_settings

app = typer.Typer(
    name="callwright",
    help="A self-hosted outbound contact centre: list in, calls out, figures back.",
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
    context_settings={"help_option_names": ["-h", "--help"]},
)
cli_lists.add_commands(app)
cli_campaign.add_commands(app)
cli_people.add_commands(app)
cli_plan.add_commands(app)
cli_recordings.add_commands(app)
cli_agents.add_commands(app)
cli_trunks.add_commands(app)
cli_faxes.add_commands(app)
cli_asterisk.add_commands(app)
cli_detection.add_commands(app)


def _say_version(asked: bool) -> None:
    if asked:
        from importlib.metadata import version as installed_version

        print(f"callwright {installed_version('callwright')}")
        raise typer.Exit


@app.callback()
def _start(
    version: Annotated[
        bool, typer.Option("--version", help="Print the version.", callback=_say_version, is_eager=True)
    ] = False,
) -> None:
    pass


@app.command()
def version() -> None:
    """Print the version."""
    _say_version(True)


@app.command()
def migrate(context: typer.Context) -> None:
    """Make or update the database: the embedded one, or the one that CALLWRIGHT_DATABASE_URL names."""
    import asyncio

    from callwright.app.database import open_database

    settings: Settings = context.obj

    async def deed() -> str:
        async with open_database(settings) as database:
            return str(database.data_dir or "the server that CALLWRIGHT_DATABASE_URL names")

    print(f"The database is up to date: {asyncio.run(deed())}.")


def main(arguments: list[str] | None = None) -> None:
    """The program's entry point; leaves with the exit status."""
    given = sys.argv[1:] if arguments is None else arguments
    sys.exit(run_edge(lambda: _run(given or ["--help"]), debug=os.environ.get("CALLWRIGHT_DEBUG", "") not in ("", "0")))


def _run(arguments: list[str]) -> object:
    settings = read_settings(os.environ)
    for warning in settings.warnings:
        print(warning, file=sys.stderr)
    return app(args=arguments, standalone_mode=False, obj=settings, prog_name="callwright")
