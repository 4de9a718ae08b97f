"""The commands on recordings: list, export, verify, hold, release, holds, purge, recover, rotate-key."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from callwright.app.cli_values import parse_instant

AsJson = Annotated[bool, typer.Option("--json", help="print one JSON object")]
By = Annotated[str | None, typer.Option(metavar="NAME", help="who does it, for the list; standard: your user name")]
Attempt = Annotated[int, typer.Argument(metavar="ID", help="the recording's number, which is its call's", min=1)]

recordings = typer.Typer(help="Recordings: find, take out, check, hold and purge them; repair after a crash.")


def add_commands(app: typer.Typer) -> None:
    app.add_typer(recordings, name="recordings")


@recordings.command(name="list")
def list_(
    context: typer.Context,
    campaign: Annotated[str | None, typer.Option(help="only of this campaign")] = None,
    agent: Annotated[str | None, typer.Option(help="only of this agent")] = None,
    from_at: Annotated[str | None, typer.Option("--from", metavar="INSTANT", help="begun from then on")] = None,
    until_at: Annotated[str | None, typer.Option("--until", metavar="INSTANT", help="begun before then")] = None,
    most: Annotated[int, typer.Option(min=1, help="at most so many, the newest")] = 1000,
    as_json: AsJson = False,
) -> None:
    """Show recordings, the newest first."""
    from callwright.adapters.recordings.ports import Wanted
    from callwright.app.recordings import show_recordings

    wanted = Wanted(
        campaign=campaign,
        agent=agent,
        from_at=parse_instant(from_at) if from_at else None,
        until_at=parse_instant(until_at) if until_at else None,
        most=most,
    )
    show_recordings(context.obj, wanted, as_json=as_json)


@recordings.command()
def export(
    context: typer.Context,
    recording: Attempt,
    file: Annotated[Path, typer.Argument(metavar="FILE.wav", help="a new file: left the person, right the agent")],
    by: By = None,
    why: Annotated[str, typer.Option(help="why, for the list")] = "",
) -> None:
    """Write a recording as a plain stereo WAV. Who took it, when and why stands in the list of recordings."""
    from callwright.app.recordings import by_whom, export_recording

    export_recording(context.obj, recording, file, who=by_whom(by), why=why)


@recordings.command()
def verify(
    context: typer.Context,
    expect: Annotated[
        str | None, typer.Option(metavar="LINK", help="a head noted earlier: the list must still contain it")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Check every recording and the list of hashes; says exactly what is altered, missing or cut off. Status 1 then."""
    from callwright.app.recordings import verify_recordings

    if not verify_recordings(context.obj, expect=expect, as_json=as_json):
        raise typer.Exit(1)


@recordings.command()
def hold(
    context: typer.Context,
    why: Annotated[str, typer.Option(help="the reason, such as the case's number")],
    attempt: Annotated[int | None, typer.Option(help="this call's recording", min=1)] = None,
    customer: Annotated[int | None, typer.Option(help="everything of this customer", min=1)] = None,
    campaign: Annotated[str | None, typer.Option(help="everything of this campaign")] = None,
    by: By = None,
) -> None:
    """Set a legal hold: what it concerns, calls to come included, is not purged until it is released."""
    from callwright.app.recordings import by_whom, hold_recordings

    if sum(each is not None for each in (attempt, customer, campaign)) != 1:
        raise typer.BadParameter("Give one of --attempt, --customer and --campaign.")
    hold_recordings(context.obj, attempt=attempt, customer=customer, campaign=campaign, who=by_whom(by), why=why)


@recordings.command()
def release(
    context: typer.Context,
    hold_id: Annotated[int, typer.Argument(metavar="HOLD", help="the hold's number", min=1)],
    why: Annotated[str, typer.Option(help="the reason")],
    by: By = None,
) -> None:
    """End a legal hold."""
    from callwright.app.recordings import by_whom, release_hold

    release_hold(context.obj, hold_id, who=by_whom(by), why=why)


@recordings.command()
def holds(context: typer.Context, as_json: AsJson = False) -> None:
    """Show the legal holds in force."""
    from callwright.app.recordings import show_holds

    show_holds(context.obj, as_json=as_json)


@recordings.command()
def purge(
    context: typer.Context,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="only say what would go")] = False,
    by: By = None,
    as_json: AsJson = False,
) -> None:
    """Remove recordings past their time: the campaign's, within what the rule packs demand. Held ones stay."""
    from callwright.app.recordings import by_whom, purge_recordings

    purge_recordings(context.obj, who=by_whom(by), dry_run=dry_run, as_json=as_json)


@recordings.command()
def recover(
    context: typer.Context,
    directory: Annotated[Path, typer.Argument(metavar="DIR", help="where the switch records into")],
    quiet: Annotated[
        float, typer.Option(metavar="SECONDS", min=0, help="watch files written to lately; leave those that grow")
    ] = 5.0,
    as_json: AsJson = False,
) -> None:
    """Take in what a crash left behind, with headers repaired. Status 1 where something was lost or left."""
    from callwright.app.recordings import recover_recordings

    if not recover_recordings(context.obj, directory, quiet_s=quiet, as_json=as_json):
        raise typer.Exit(1)


@recordings.command(name="rotate-key")
def rotate(
    context: typer.Context,
    new_key: Annotated[
        bool, typer.Option("--new-key/--no-new-key", help="make a key, or use the last one of the key file")
    ] = True,
    by: By = None,
) -> None:
    """Wrap every recording's key by a new master key. No audio is touched; a rotation broken off can be run again."""
    from callwright.app.recordings import by_whom, rotate_key

    rotate_key(context.obj, who=by_whom(by), make=new_key)
