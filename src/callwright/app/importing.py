"""The commands on lists carried out: import, show, undo, clean, reset."""

from __future__ import annotations

import asyncio
import time
from dataclasses import dataclass
from pathlib import Path

from callwright.adapters.postgres import overview, setup
from callwright.app.campaign_file import read_campaign
from callwright.app.cli_values import print_json
from callwright.app.database import open_database
from callwright.app.progress import progress_bar
from callwright.app.settings import Settings
from callwright.kit.clock import iso
from callwright.kit.words import Language, Words
from callwright.lists import importer
from callwright.lists.clean_export import CleanReport
from callwright.lists.clean_export import write_clean_list as write_file
from callwright.lists.importer import find_profile, import_file
from callwright.lists.mapping import Profile
from callwright.lists.ports import UndoReport
from callwright.lists.report import ImportReport


@dataclass(frozen=True, kw_only=True, slots=True)
class ImportOptions:
    """``callwright import``. ``campaign``: a campaign file whose country, mapping, selection and tiers hold."""

    file: Path
    list_name: str
    profile: str | None = None
    save_as: str | None = None
    country: str = ""
    select: str = ""
    campaign: Path | None = None
    errors: Path | None = None
    dry_run: bool = False
    as_json: bool = False


_DONE = Words(
    en="{stored:,} of {read:,} rows stored in the list {list} (batch {batch}); {rejected:,} rejected.",
    zh="{read:,} 行中 {stored:,} 行已存入名单 {list}（批次 {batch}），{rejected:,} 行被拒绝。",
    ru="Из {read:,} строк {stored:,} сохранены в список {list} (партия {batch}); отклонено {rejected:,}.",
)
_CHECKED = Words(
    en="{stored:,} of {read:,} rows would be stored in {list}; {rejected:,} would be rejected. Nothing was stored.",
    zh="{read:,} 行中 {stored:,} 行可存入名单 {list}，{rejected:,} 行将被拒绝。未存储任何内容。",
    ru="Из {read:,} строк подошли бы {stored:,} (список {list}), отклонено бы {rejected:,}. Ничего не сохранено.",
)
_READ_AS = Words(en="Read as", zh="读取方式", ru="Прочитано как")
_COLUMNS = Words(en="Columns", zh="列", ru="Столбцы")
_ERRORS = Words(
    en="The rejected rows and their reasons are in {file}.",
    zh="被拒绝的行及原因见 {file}。",
    ru="Отклонённые строки и причины — в {file}.",
)
_UNDONE = Words(
    en="{removed:,} records and {people:,} people of batch {batch} are gone; {kept:,} were already called and stay.",
    zh="批次 {batch}：已移除 {removed:,} 条名单、{people:,} 位客户；{kept:,} 条已拨打，予以保留。",
    ru="Партия {batch}: убрано записей {removed:,}, людей {people:,}; уже набранные {kept:,} остались.",
)
_UNDO = Words(
    en="To take it back: callwright lists undo {batch}",
    zh="撤销导入：callwright lists undo {batch}",
    ru="Отменить: callwright lists undo {batch}",
)


def import_list(options: ImportOptions, settings: Settings) -> None:
    report = asyncio.run(_import(options, settings))
    if options.as_json:
        print_json(report.as_dict())
    else:
        print("\n".join(_told(report, settings.language)))


async def _import(options: ImportOptions, settings: Settings) -> ImportReport:
    country, mapping, select, tiers = _from_campaign(options)
    async with open_database(settings) as database:
        profile = await find_profile(mapping, database.lists) if mapping else None
        with progress_bar(options.file.name) as tell:
            report = await import_file(
                options.file,
                list_name=options.list_name,
                store=database.lists,
                now=time.time(),
                options=importer.ImportOptions(
                    country=country or None,
                    profile=profile,
                    select=select or None,
                    tiers=tuple(f"tier {tier}: {rule}" for tier, rule in tiers),
                    error_file=options.errors,
                    language=settings.language,
                    dry_run=options.dry_run,
                ),
                on_progress=tell,
            )
        if options.save_as and not options.dry_run:
            await database.lists.save_profile(options.save_as, _profile_of(report, options.save_as, country).as_dict())
        return report


def _from_campaign(options: ImportOptions) -> tuple[str, str | None, str, tuple[tuple[int, str], ...]]:
    """Country, mapping, selection and tiers: as said at the command line, else as the campaign file has them."""
    if options.campaign is None:
        return options.country, options.profile, options.select, ()
    plan = read_campaign(options.campaign)
    part = next((each for each in plan.lists if each.name == options.list_name), None)
    return (
        options.country or (part.country if part else "") or plan.campaign.country,
        options.profile or (part.mapping if part else None),
        options.select or (part.select if part else "") or plan.select,
        (part.tiers if part else ()) or plan.tiers,
    )


def _profile_of(report: ImportReport, name: str, country: str) -> Profile:
    """The mapping this import used, for files of the same kind."""
    return Profile(
        name=name,
        columns=report.mapping,
        country=country or None,
        encoding=report.encoding if report.format != "xlsx" else None,
        delimiter=report.delimiter or None,
    )


def _told(report: ImportReport, language: Language) -> list[str]:
    words = _CHECKED if report.dry_run else _DONE
    lines = [
        words.say(language).format(
            stored=report.stored,
            read=report.read,
            list=report.list_name,
            rejected=report.rejected,
            batch=report.batch_id,
        ),
        f"{_READ_AS.say(language)}: {report.format}, {report.encoding}, {report.delimiter!r}",
        f"{_COLUMNS.say(language)}: " + ", ".join(f"{heading} → {fills}" for heading, fills in report.mapping.items()),
    ]
    lines += [f"  {reason}: {count:,}" for reason, count in {**report.reasons, **report.notes}.items()]
    lines += list(report.warnings)
    if report.error_file:
        lines.append(_ERRORS.say(language).format(file=report.error_file))
    if report.batch_id is not None and not report.dry_run:
        lines.append(_UNDO.say(language).format(batch=report.batch_id))
    return lines


def show_lists(settings: Settings, *, as_json: bool) -> None:
    async def deed() -> None:
        async with open_database(settings) as database:
            found = await overview.lists(database.store)
        if as_json:
            print_json({"lists": found})
            return
        for row in found:
            print(f"{row['name']}: {row['leads']:,} records, campaign {row['campaign'] or '-'}")
            for batch in row["batches"]:
                undone = f", undone {iso(batch['undone_at'])}" if batch["undone_at"] is not None else ""
                print(
                    f"  batch {batch['id']}: {batch['file']}, {batch['rows_stored']:,} of {batch['rows_read']:,} rows,"
                    f" {iso(batch['created_at'])}{undone}"
                )
        if not found:
            print("There is no list yet: callwright import FILE --list NAME makes one.")

    asyncio.run(deed())


def undo_import(batch: int, settings: Settings) -> None:
    async def deed() -> UndoReport:
        async with open_database(settings) as database:
            return await database.lists.undo_batch(batch, time.time())

    undone = asyncio.run(deed())
    removed, people, kept = undone.removed_leads, undone.removed_customers, undone.kept_leads
    print(_UNDONE.say(settings.language).format(batch=batch, removed=removed, people=people, kept=kept))


def write_clean_list(name: str, output: Path, settings: Settings) -> None:
    async def deed() -> CleanReport:
        async with open_database(settings) as database:
            await overview.list_id(database.store, name)
            histories = database.lists.number_histories(name, time.time())
            return await write_file(histories, output, language=settings.language)

    report = asyncio.run(deed())
    states = ", ".join(f"{state} {count:,}" for state, count in sorted(report.states.items()))
    print(f"{report.file}: {report.people:,} people, {report.numbers:,} numbers: {states}")


def reset_list(name: str, settings: Settings) -> None:
    async def deed() -> int:
        async with open_database(settings) as database:
            return await setup.reset_list(database.store, await overview.list_id(database.store, name), time.time())

    print(f"{asyncio.run(deed()):,} records of {name} are due again.")
