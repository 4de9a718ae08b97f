"""The commands on lines to carriers and on the numbers we show: trunk list, trunk status, caller-id ..."""

from __future__ import annotations

from typing import Annotated

import typer

from callwright.app.cli_values import parse_instant

AsJson = Annotated[bool, typer.Option("--json", help="print one JSON object")]
At = Annotated[str | None, typer.Option("--at", metavar="INSTANT", help="as of then; without it now")]
Number = Annotated[str, typer.Argument(help="one of our numbers, with its country code: +442079460001")]

trunk_app = typer.Typer(help="Lines to carriers: what they may do and how they fare.", no_args_is_help=True)
caller_id_app = typer.Typer(help="The numbers we show: how they are worked and answered.", no_args_is_help=True)


def add_commands(app: typer.Typer) -> None:
    app.add_typer(trunk_app, name="trunk")
    app.add_typer(caller_id_app, name="caller-id")


@trunk_app.command("list")
def list_trunks(context: typer.Context, as_json: AsJson = False) -> None:
    """List the trunks of telephony.toml, or where there is none those in the database."""
    from callwright.app.trunk_status import show_trunks

    show_trunks(context.obj, as_json=as_json)


@trunk_app.command("status")
def status(context: typer.Context, at: At = None, as_json: AsJson = False) -> None:
    """Say how each trunk fares, what it has cost, and which calls were not made for want of one."""
    from callwright.app.trunk_status import show_status

    show_status(context.obj, at=parse_instant(at) if at else None, as_json=as_json)


@trunk_app.command("test")
def try_out(
    context: typer.Context,
    trunk: Annotated[str, typer.Argument(help="the trunk's name in telephony.toml")],
    number: Annotated[str, typer.Argument(help="a telephone of YOUR OWN, with its country code: +442079460001")],
    ring: Annotated[float, typer.Option(min=5, max=120, help="let it ring so many seconds")] = 30.0,
    listen: Annotated[float, typer.Option(min=2, max=60, help="stay on the line so many seconds")] = 10.0,
    as_json: AsJson = False,
) -> None:
    """Call a telephone of your own over a trunk and say in words what happened."""
    from callwright.app.trunk_test import try_trunk

    if not try_trunk(context.obj, trunk, number, ring_s=ring, listen_s=listen, as_json=as_json):
        raise typer.Exit(1)


@caller_id_app.command("list")
def list_caller_ids(context: typer.Context, as_json: AsJson = False) -> None:
    """List the caller IDs with their caps and rest."""
    from callwright.app.caller_id_status import show_caller_ids

    show_caller_ids(context.obj, as_json=as_json)


@caller_id_app.command("status")
def caller_id_status(
    context: typer.Context,
    at: At = None,
    days: Annotated[int, typer.Option(min=1, max=366, help="of so many days")] = 7,
    as_json: AsJson = False,
) -> None:
    """Say how often each number was shown and answered, compared with its peers."""
    from callwright.app.caller_id_status import show_answers

    show_answers(context.obj, at=parse_instant(at) if at else None, days=days, as_json=as_json)


@caller_id_app.command()
def withdraw(
    context: typer.Context, number: Number, reason: Annotated[str, typer.Option(help="why, for the record")] = ""
) -> None:
    """Show a number no more; running campaigns stop within half a minute."""
    from callwright.app.caller_id_status import withdraw_number

    withdraw_number(number, context.obj, reason=reason)


@caller_id_app.command("give-back")
def give_back(context: typer.Context, number: Number) -> None:
    """Show a withdrawn number again."""
    from callwright.app.caller_id_status import give_number_back

    give_number_back(number, context.obj)
