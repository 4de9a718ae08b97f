"""The commands on lists: import, and lists with undo, clean, reset."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

AsJson = Annotated[bool, typer.Option("--json", help="print one JSON object")]
ListName = Annotated[str, typer.Argument(metavar="LIST", help="the list's name")]

lists = typer.Typer(help="Show the lists in the database; undo an import, get a list back cleaned, reset one.")


def add_commands(app: typer.Typer) -> None:
    app.command(name="import")(import_file)
    app.add_typer(lists, name="lists", invoke_without_command=True)


def import_file(
    context: typer.Context,
    file: Annotated[Path, typer.Argument(help="CSV or XLSX")],
    list_name: Annotated[str, typer.Option("--list", metavar="NAME", help="the list it goes to; made if new")],
    profile: Annotated[
        str | None, typer.Option("--map", metavar="PROFILE", help="a stored column mapping, or a file with one")
    ] = None,
    country: Annotated[str, typer.Option(help="two letters: how numbers without country code are read")] = "",
    select: Annotated[str, typer.Option(metavar="RULE", help="import only people for whom this holds")] = "",
    campaign: Annotated[
        Path | None, typer.Option(help="take country, mapping, selection and tiers from this campaign file")
    ] = None,
    save_as: Annotated[
        str | None, typer.Option("--save-map", metavar="PROFILE", help="store the column mapping used under this name")
    ] = None,
    errors: Annotated[Path | None, typer.Option(help="where rejected rows go, each with its reason")] = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="check everything, store nothing")] = False,
    as_json: AsJson = False,
) -> None:
    """Load a list of people. Rejected rows go to an error file, each with its reason; nothing is lost."""
    from callwright.app.importing import ImportOptions, import_list

    options = ImportOptions(
        file=file,
        list_name=list_name,
        profile=profile,
        save_as=save_as,
        country=country.upper(),
        select=select,
        campaign=campaign,
        errors=errors,
        dry_run=dry_run,
        as_json=as_json,
    )
    import_list(options, context.obj)


@lists.callback()
def show(context: typer.Context, as_json: AsJson = False) -> None:
    if context.invoked_subcommand is None:
        from callwright.app.importing import show_lists

        show_lists(context.obj, as_json=as_json)


@lists.command()
def undo(
    context: typer.Context, batch: Annotated[int, typer.Argument(help="the number that the import printed", min=1)]
) -> None:
    """Take an import back: its people leave the base, except those already called."""
    from callwright.app.importing import undo_import

    undo_import(batch, context.obj)


@lists.command()
def clean(
    context: typer.Context,
    name: ListName,
    output: Annotated[Path, typer.Option("--output", "-o", help="file to write, .csv or .xlsx")],
) -> None:
    """Write the list as the calls left it: which numbers are dead, wrong, verified, and the evidence."""
    if output.suffix.lower() not in (".csv", ".xlsx"):
        raise typer.BadParameter(f"{output} must end with .csv or .xlsx.")

    from callwright.app.importing import write_clean_list

    write_clean_list(name, output, context.obj)


@lists.command()
def reset(context: typer.Context, name: ListName) -> None:
    """Make the list's open people due at once, as if not called since; caps, bans and finished ones stay."""
    from callwright.app.importing import reset_list

    reset_list(name, context.obj)
