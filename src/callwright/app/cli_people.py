"""The commands on people: why, ban, freeze, held."""

from __future__ import annotations

from typing import Annotated

import typer

from callwright.app.cli_values import parse_instant

Number = Annotated[str, typer.Argument(help="a telephone number, best with its country code: +442079460001")]
Country = Annotated[str, typer.Option(help="two letters: how a number without country code is read")]
Reason = Annotated[str, typer.Option(help="why, for the record")]


def add_commands(app: typer.Typer) -> None:
    app.command()(why)
    app.command()(ban)
    app.command()(freeze)
    app.command()(held)


def why(
    context: typer.Context,
    who: Annotated[str, typer.Argument(metavar="NUMBER|LEAD", help="a telephone number, or the number of a record")],
    campaign: Annotated[str | None, typer.Option(help="ask for this campaign only")] = None,
    country: Country = "",
    as_json: Annotated[bool, typer.Option("--json", help="print one JSON object")] = False,
) -> None:
    """Say why a person was or was not called, and when they may be called next."""
    from callwright.app.why import explain_person

    explain_person(who, context.obj, campaign=campaign, country=country, as_json=as_json)


def ban(
    context: typer.Context,
    number: Number,
    reason: Reason = "",
    campaign: Annotated[str | None, typer.Option(help="only for this campaign; without it everywhere")] = None,
    until: Annotated[str | None, typer.Option(metavar="INSTANT", help="the end; without it for ever")] = None,
    country: Country = "",
) -> None:
    """Put a number on the do-not-call list. Dialling it stops at once; no later outcome takes it off."""
    from callwright.app.why import ban_number

    until_at = parse_instant(until) if until else None
    ban_number(number, context.obj, reason=reason, campaign=campaign, until_at=until_at, country=country)


def freeze(
    context: typer.Context,
    number: Number,
    by: Annotated[str, typer.Option(help="who confirms it: a freeze needs a human")],
    reason: Reason = "",
    until: Annotated[str | None, typer.Option(metavar="INSTANT", help="the end; without it until lifted")] = None,
    lift: Annotated[bool, typer.Option("--lift", help="end the number's freezes instead")] = False,
    country: Country = "",
) -> None:
    """Freeze a number: nobody dials it until the freeze ends or is lifted."""
    from callwright.app.why import freeze_number, lift_freeze

    if lift:
        lift_freeze(number, context.obj, country=country)
    else:
        until_at = parse_instant(until) if until else None
        freeze_number(number, context.obj, by=by, reason=reason, until_at=until_at, country=country)


def held(
    context: typer.Context,
    release: Annotated[
        list[int] | None, typer.Option(metavar="LEAD", help="let this record be dialled again; may be repeated")
    ] = None,
    release_all: Annotated[bool, typer.Option("--release-all", help="let all that are shown be dialled again")] = False,
    by: Annotated[str, typer.Option(help="who decides it: a release needs a human")] = "",
    campaign: Annotated[str | None, typer.Option(help="those of this campaign only")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="print one JSON object")] = False,
) -> None:
    """Show the records whose last call has an unknown fate; nobody dials them until a human releases them."""
    from callwright.app.held import release_records, show_held

    if release or release_all:
        release_records(tuple(release or ()), context.obj, every=release_all, by=by, campaign=campaign, as_json=as_json)
    else:
        show_held(context.obj, campaign=campaign, as_json=as_json)
