"""The commands on campaigns: rehearse, run, report, campaigns."""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path
from typing import Annotated, Literal

import typer

from callwright.app.cli_values import parse_instant, print_json
from callwright.app.options import RehearsalOptions, RunOptions, StoreKind, Telephony
from callwright.app.settings import Settings

CampaignFile = Annotated[Path, typer.Argument(help="the campaign file (docs/campaign.md)", metavar="CAMPAIGN.toml")]
ListFile = Annotated[Path | None, typer.Option("--list", help="the list to call, CSV or XLSX")]
TruthFile = Annotated[Path | None, typer.Option(help="what happens at each number (docs/rehearsal.md)")]
Agents = Annotated[int | None, typer.Option(min=1, max=5000, help="so many agents, all day")]
FloorFile = Annotated[Path | None, typer.Option(help="agents with shifts, tiers and skills (docs/floor.md)")]
Seed = Annotated[int, typer.Option(min=0, help="chance; the same seed gives the same event log")]
From = Annotated[
    str | None, typer.Option("--from", metavar="INSTANT", help="2026-03-02T09:00+08:00; without offset UTC")
]
Until = Annotated[str | None, typer.Option("--until", metavar="INSTANT", help="the end, likewise")]


def add_commands(app: typer.Typer) -> None:
    app.command()(rehearse)
    app.command()(run)
    app.command()(report)
    app.command()(campaigns)


def rehearse(
    context: typer.Context,
    campaign: CampaignFile,
    list_file: ListFile = None,
    truth: TruthFile = None,
    agents: Agents = None,
    floor: FloorFile = None,
    from_at: From = None,
    until_at: Until = None,
    seed: Seed = 1,
    store: Annotated[StoreKind, typer.Option(help="where the records live meanwhile")] = "memory",
    events: Annotated[Path | None, typer.Option(help="write the event log here, one JSON object in a line")] = None,
    history: Annotated[
        Path | None, typer.Option(metavar="FILE", help="write what happened here, for callwright plan --history")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="print one JSON object instead of the report")] = False,
) -> None:
    """Run a campaign in virtual time on the simulated network, and print its report. Nobody is called."""
    if agents is not None and floor is not None:
        raise typer.BadParameter("Give --agents or --floor, not both.")
    settings: Settings = context.obj
    options = RehearsalOptions(
        campaign=campaign,
        list_file=list_file,
        truth=truth,
        agents=agents,
        floor=floor,
        from_at=parse_instant(from_at) if from_at else None,
        until_at=parse_instant(until_at) if until_at else None,
        seed=seed,
        store=store,
        events=events,
        history=history,
    )
    if options.from_at is not None and options.until_at is not None and options.until_at <= options.from_at:
        raise typer.BadParameter("--until must come after --from.")

    from callwright.app.progress import progress_bar
    from callwright.app.rehearsal import rehearse as carry_out
    from callwright.app.rehearsed import as_dict, print_report

    with progress_bar(campaign.name) as tell:
        rehearsed = carry_out(options, settings, tell)
    if as_json:
        print_json(as_dict(rehearsed))
    else:
        print_report(rehearsed, settings.language)


def run(
    context: typer.Context,
    campaign: Annotated[
        Path | None, typer.Argument(help="the campaign file; without it the sample", metavar="[CAMPAIGN.toml]")
    ] = None,
    list_file: ListFile = None,
    truth: TruthFile = None,
    agents: Agents = None,
    floor: FloorFile = None,
    sample: Annotated[
        bool, typer.Option("--sample", help="the sample campaign: some thousand invented people")
    ] = False,
    once: Annotated[bool, typer.Option("--once", help="end with the report when the campaign is done")] = False,
    speed: Annotated[float | None, typer.Option(min=0.1, max=10_000, help="simulated seconds in a real one")] = None,
    seed: Seed = 1,
    web: Annotated[int | None, typer.Option(min=0, max=65535, help="port of the live page on this machine")] = None,
    desk: Annotated[
        int | None, typer.Option(min=0, max=65535, help="port of the agents' page; the agents are people then")
    ] = None,
    telephony: Annotated[
        Telephony, typer.Option(help="asterisk: real calls over your trunks; the sample over SIPp on this machine")
    ] = "simulated",
) -> None:
    """Run a campaign visibly, with a live board, and end with its report; on the simulated network or a real one."""
    if sample and campaign is not None:
        raise typer.BadParameter("Give a campaign file or --sample, not both.")
    if agents is not None and floor is not None:
        raise typer.BadParameter("Give --agents or --floor, not both.")

    carry_out: Callable[[RunOptions, Settings], None]
    if telephony == "asterisk":
        from callwright.app.telephone_run import run_telephone as carry_out
    elif desk is not None:
        from callwright.app.desk_run import run_desk as carry_out
    else:
        from callwright.app.running import run as carry_out

    carry_out(
        RunOptions(
            campaign=campaign,
            list_file=list_file,
            truth=truth,
            agents=agents,
            floor=floor,
            once=once or not sys.stdout.isatty(),
            speed=speed,
            seed=seed,
            web_port=web,
            telephony=telephony,
            desk_port=desk,
        ),
        context.obj,
    )


def report(
    context: typer.Context,
    campaign: Annotated[str, typer.Argument(help="the campaign's name")],
    by: Annotated[
        list[str] | None, typer.Option(help="list, tier, agent, team, site, caller_id, hour, day; repeatable")
    ] = None,
    from_at: From = None,
    until_at: Until = None,
    zone: Annotated[str, typer.Option("--zone", help="time zone of hours and days")] = "UTC",
    form: Annotated[
        Literal["table", "json", "csv", "xlsx"], typer.Option("--format", help="how it is shown")
    ] = "table",
    output: Annotated[Path | None, typer.Option("--output", "-o", help="write to this file (xlsx needs one)")] = None,
    explain: Annotated[
        str | None, typer.Option(metavar="FIGURE", help="a figure's definition and the calls behind it")
    ] = None,
) -> None:
    """Print a campaign's figures, from the database."""
    if form == "xlsx" and output is None:
        raise typer.BadParameter("--format xlsx needs --output FILE.")

    from callwright.app.reporting import ReportOptions, make_report

    make_report(
        ReportOptions(
            campaign=campaign,
            by=tuple(part for each in by or () for part in each.split(",") if part),
            from_at=parse_instant(from_at) if from_at else None,
            until_at=parse_instant(until_at) if until_at else None,
            zone=zone,
            form=form,
            output=output,
            explain=explain,
        ),
        context.obj,
    )


def campaigns(context: typer.Context, as_json: Annotated[bool, typer.Option("--json")] = False) -> None:
    """List the campaigns in the database, with how far they are."""
    from callwright.app.reporting import show_campaigns

    show_campaigns(context.obj, as_json=as_json)
