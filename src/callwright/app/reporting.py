"""The commands on figures carried out: a campaign's report, the calls behind a figure, the campaigns there are."""

from __future__ import annotations

import asyncio
import sys
import time
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Literal

from rich.console import Console

from callwright.adapters.postgres import overview
from callwright.analytics.explain import explain
from callwright.analytics.facts import Facts, Period
from callwright.analytics.render import as_csv, as_json, as_table
from callwright.analytics.report import AbandonLimit, Report, build_report, check_zone, read_dimensions
from callwright.analytics.workbook import write_xlsx
from callwright.app.cli_values import print_json
from callwright.app.database import open_database
from callwright.app.rehearsed import abandon_limit
from callwright.app.settings import Settings
from callwright.app.simulated import rule_book
from callwright.kit.errors import BadInput
from callwright.model.campaign import Campaign

Form = Literal["table", "json", "csv", "xlsx"]


@dataclass(frozen=True, kw_only=True, slots=True)
class ReportOptions:
    """``callwright report``."""

    campaign: str
    by: tuple[str, ...] = ()
    from_at: float | None = None
    until_at: float | None = None
    zone: str = "UTC"
    form: Form = "table"
    output: Path | None = None
    explain: str | None = None


def make_report(options: ReportOptions, settings: Settings) -> None:
    by = read_dimensions(",".join(options.by))
    check_zone(options.zone)
    facts, campaign = asyncio.run(_load(options, settings))
    if options.explain is not None:
        _explain(options, facts, settings)
        return
    report = build_report(facts, by=by, tz=options.zone, language=settings.language, abandon_limit=_limit(campaign))
    match options.form:
        case "xlsx":
            assert options.output is not None  # the command line checks it
            write_xlsx(report, options.output)
            print(f"Written: {options.output}", file=sys.stderr)
        case "json":
            _write(as_json(report), options.output)
        case "csv":
            _write(as_csv(report), options.output)
        case "table":
            _write_table(report, options.output)


async def _load(options: ReportOptions, settings: Settings) -> tuple[Facts, Campaign]:
    async with open_database(settings) as database:
        campaign_id = await overview.campaign_id(database.store, options.campaign)
        campaign = await database.store.campaign(options.campaign)
        assert campaign is not None  # its id was just found
        period = Period(from_at=options.from_at, until_at=options.until_at)
        return await database.facts.load([campaign_id], period), campaign


def _limit(campaign: Campaign) -> AbandonLimit:
    target = campaign.pacing.abandon_target
    return abandon_limit(
        rule_book().abandon_rule(campaign.packs, campaign.country, time.time(), campaign_target=target)
    )


def _explain(options: ReportOptions, facts: Facts, settings: Settings) -> None:
    assert options.explain is not None
    told = explain(options.explain, facts, tz=options.zone)
    if options.form == "json":
        print_json(asdict(told))
    else:
        _write("\n".join(told.lines(settings.language)) + "\n", options.output)


def _write(text: str, output: Path | None) -> None:
    if output is None:
        sys.stdout.write(text if text.endswith("\n") else f"{text}\n")
        return
    try:
        output.write_text(text, encoding="utf-8", newline="")
    except OSError as error:
        raise BadInput(f"{output} cannot be written ({error.strerror}): choose another --output.") from None


def _write_table(report: Report, output: Path | None) -> None:
    if output is None:
        Console().print(as_table(report))
        return
    console = Console(width=120, record=True, file=sys.stderr, quiet=True)
    console.print(as_table(report))
    _write(console.export_text(), output)


def show_campaigns(settings: Settings, *, as_json: bool) -> None:
    async def deed() -> None:
        async with open_database(settings) as database:
            found = await overview.campaigns(database.store)
        if as_json:
            print_json({"campaigns": found})
            return
        for row in found:
            done = row["records"] - row["open"]
            lists = ", ".join(row["lists"]) or "-"
            print(f"{row['name']}: {row['mode']}, {done:,} of {row['records']:,} records done, lists {lists}")
        if not found:
            print("There is no campaign yet: callwright run makes one.")

    asyncio.run(deed())
