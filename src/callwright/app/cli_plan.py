"""The command on plans: how long, how many agents, what if."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from callwright.app.cli_values import parse_instant, print_json
from callwright.app.settings import Settings


def add_commands(app: typer.Typer) -> None:
    app.command()(plan)


def plan(
    context: typer.Context,
    campaign: Annotated[str, typer.Argument(help="the campaign's name, or a campaign file with its lists")],
    agents: Annotated[int, typer.Option(min=1, max=300, help="so many agents are planned")] = 12,
    finish_by: Annotated[
        str | None, typer.Option(metavar="WHEN", help='"Fri 18:00", or 2026-03-06T18:00, on the list\'s wall clock')
    ] = None,
    done: Annotated[str, typer.Option(metavar="SHARE", help="share of the records to be done")] = "90%",
    abandon_limit: Annotated[
        str | None, typer.Option(metavar="SHARE", help="what if the abandon limit were this, such as 1%")
    ] = None,
    records: Annotated[
        int | None, typer.Option(min=1, max=1_000_000, help="plan so many fresh records instead of the open ones")
    ] = None,
    list_file: Annotated[Path | None, typer.Option("--list", help="with a campaign file: the list to call")] = None,
    history: Annotated[
        Path | None, typer.Option(help="learn from this file (callwright rehearse ... --history FILE)")
    ] = None,
    hours: Annotated[str | None, typer.Option(help="when agents work, 09:00-18:00; standard: the campaign's")] = None,
    days: Annotated[str, typer.Option(help="on which days, with --hours")] = "mon-fri",
    zone: Annotated[str | None, typer.Option(help="time zone of hours; standard: where most of the list live")] = None,
    from_at: Annotated[
        str | None, typer.Option("--from", metavar="INSTANT", help="the beginning; standard: now")
    ] = None,
    png: Annotated[Path | None, typer.Option(metavar="FILE", help="draw the answer into this file")] = None,
    seed: Annotated[int, typer.Option(min=0, help="chance; the same seed gives the same answer")] = 1,
    as_json: Annotated[bool, typer.Option("--json", help="print one JSON object instead of the tables")] = False,
) -> None:
    """Say how long a list will take, how many agents a deadline needs, and what if; with ranges. Nobody is called."""
    settings: Settings = context.obj

    from callwright.app.plan_when import parse_hours
    from callwright.app.planning import PlanOptions, make_plan

    options = PlanOptions(
        campaign=campaign,
        agents=agents,
        share=parse_share(done),
        finish_by=finish_by,
        abandon_limit=parse_share(abandon_limit) if abandon_limit else None,
        records=records,
        list_file=list_file,
        history=history,
        shift=parse_hours(hours, days) if hours else None,
        zone=zone,
        from_at=parse_instant(from_at) if from_at else None,
        seed=seed,
    )
    answer = make_plan(options, settings)
    if png is not None:
        from callwright.app.plan_picture import write_picture

        write_picture(answer, png, settings.language)
    if as_json:
        print_json(answer)
        return
    from callwright.app.plan_table import print_plan

    print_plan(answer, settings.language)


def parse_share(text: str) -> float:
    """ "90%" or 0.9; a wrong one is wrong use."""
    packed = text.strip().removesuffix("%").strip()
    try:
        value = float(packed) / (100.0 if text.strip().endswith("%") else 1.0)
    except ValueError:
        value = -1.0
    if not 0.0 < value <= 1.0:
        raise typer.BadParameter(f"{text!r} is no share: write 90% or 0.9.")
    return value
