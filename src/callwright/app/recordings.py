"""The recordings of this installation: where they and their keys lie, how long they are kept, and the commands on them.

``open_vault`` is what a dialer with a real telephone uses as well.
"""

from __future__ import annotations

import asyncio
import getpass
import sys
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, TypeVar

from callwright.adapters.postgres import overview
from callwright.adapters.postgres.embedded import default_home
from callwright.adapters.postgres.recordings import PostgresRecordings
from callwright.adapters.recordings.keys import KeyRing
from callwright.adapters.recordings.ports import Hold, HoldScope, Recording, Wanted
from callwright.adapters.recordings.retention import Keep
from callwright.adapters.recordings.vault import Vault
from callwright.adapters.recordings.verifying import Checked
from callwright.app import recording_words as words
from callwright.app.cli_values import print_json
from callwright.app.database import Database, open_database
from callwright.app.progress import progress_bar
from callwright.app.settings import Settings
from callwright.app.simulated import rule_book
from callwright.kit.clock import iso
from callwright.kit.errors import BadInput, NotFound
from callwright.kit.words import Language

T = TypeVar("T")


@asynccontextmanager
async def open_vault(
    settings: Settings, url: str, *, tell: Callable[[str], None] | None = None
) -> AsyncIterator[Vault]:
    """The vault in ``CALLWRIGHT_HOME`` with its rows in the database at ``url``.

    A key file is made at the first use only: where recordings exist a missing one is an error.
    """
    home = settings.home or default_home()
    directory = home / "recordings"
    key_file = settings.recording_key_file or home / "keys" / "recordings.key"
    first = next(directory.glob("audio/*/*"), None) is None
    keys = await asyncio.to_thread(KeyRing.open, key_file, make=first)
    rows = await PostgresRecordings.connect(url)
    vault = Vault(directory, keys, rows, tell=tell or _tell)
    try:
        yield vault
    finally:
        vault.close()
        await rows.close()


async def keep_rule(database: Database, now: float) -> Callable[[Recording], Keep]:
    """How long each recording is kept by its campaign and by the rule packs of its number, as they are at ``now``."""
    names = [row["name"] for row in await overview.campaigns(database.store)]
    found = [await database.store.campaign(name) for name in names]
    campaigns = {campaign.id: campaign for campaign in found if campaign is not None}
    book = rule_book()

    def rule(recording: Recording) -> Keep:
        campaign = campaigns.get(recording.note.campaign_id or 0)
        packs, purpose, country = (campaign.packs, campaign.purpose, campaign.country) if campaign else ((), "", "")
        duties = book.duties(packs, recording.country or country, now, region=recording.region, purpose=purpose)
        return Keep(
            at_least_s=duties.keep_records_s,
            at_most_s=duties.erase_recordings_s,
            asked_s=campaign.keep_recordings_s if campaign else None,
        )

    return rule


def _tell(text: str) -> None:
    print(text, file=sys.stderr)


def _with_vault(settings: Settings, deed: Callable[[Vault, Database], Awaitable[T]]) -> T:
    async def whole() -> T:
        async with open_database(settings) as database, open_vault(settings, database.url) as vault:
            return await deed(vault, database)

    return asyncio.run(whole())


def by_whom(given: str | None) -> str:
    """Who does it, for the list: the name given, else the user of this computer."""
    return given or getpass.getuser()


# --- the commands ---------------------------------------------------------------------------------------------------


def show_recordings(settings: Settings, wanted: Wanted, *, as_json: bool) -> None:
    async def deed(vault: Vault, database: Database) -> list[Recording]:
        if wanted.campaign is not None:
            await overview.campaign_id(database.store, wanted.campaign)
        return await vault.rows.search(wanted)

    found = _with_vault(settings, deed)
    if as_json:
        print_json({"recordings": [_as_dict(row) for row in found]})
    elif not found:
        print(words.NONE_YET.say(settings.language))
    else:
        _print_table(found, settings.language)


def export_recording(settings: Settings, recording_id: int, to: Path, *, who: str, why: str) -> None:
    size = _with_vault(settings, lambda vault, _: vault.export(recording_id, to, who=who, why=why))
    print(words.EXPORTED.say(settings.language).format(file=to, size=size, who=who))


def verify_recordings(settings: Settings, *, expect: str | None, as_json: bool) -> bool:
    """True where all is sound."""
    with progress_bar("recordings") as tell:
        checked = _with_vault(settings, lambda vault, _: vault.verify(on_progress=tell, expect=expect))
    if as_json:
        print_json(_checked_as_dict(checked))
        return not checked.faults
    for fault in checked.faults:
        whose = f" {fault.recording_id}" if fault.recording_id is not None else ""
        place = f" [{fault.file}]" if fault.file else ""
        print(f"{words.FLAWS[fault.flaw].say(settings.language)}:{whose}{place} {fault.detail}")
    text = words.FAULTY if checked.faults else words.SOUND
    print(
        text.say(settings.language).format(
            recordings=checked.recordings, entries=checked.entries, head=checked.head, faults=len(checked.faults)
        )
    )
    return not checked.faults


def hold_recordings(
    settings: Settings, *, attempt: int | None, customer: int | None, campaign: str | None, who: str, why: str
) -> None:
    async def deed(vault: Vault, database: Database) -> Hold:
        if attempt is not None:
            return await vault.hold(HoldScope.ATTEMPT, attempt, who=who, why=why)
        if customer is not None:
            return await vault.hold(HoldScope.CUSTOMER, customer, who=who, why=why)
        campaign_id = await overview.campaign_id(database.store, campaign or "")
        return await vault.hold(HoldScope.CAMPAIGN, campaign_id, who=who, why=why)

    hold = _with_vault(settings, deed)
    scope = words.SCOPES[hold.scope].say(settings.language)
    print(words.HOLD_SET.say(settings.language).format(id=hold.id, scope=scope, target=campaign or hold.target_id))


def release_hold(settings: Settings, hold_id: int, *, who: str, why: str) -> None:
    _with_vault(settings, lambda vault, _: vault.unhold(hold_id, who=who, why=why))
    print(words.HOLD_RELEASED.say(settings.language).format(id=hold_id))


def show_holds(settings: Settings, *, as_json: bool) -> None:
    holds = _with_vault(settings, lambda vault, _: vault.rows.holds())
    if as_json:
        names = ("id", "target_id", "who", "why")
        told = [{"scope": h.scope.value, "at": iso(h.at), **{n: getattr(h, n) for n in names}} for h in holds]
        print_json({"holds": told})
        return
    for hold in holds:
        scope = words.SCOPES[hold.scope].say(settings.language)
        print(f"{hold.id}: {scope} {hold.target_id}, {hold.who}, {iso(hold.at)}: {hold.why}")
    if not holds:
        print(words.NO_HOLDS.say(settings.language))


def purge_recordings(settings: Settings, *, who: str, dry_run: bool, as_json: bool) -> None:
    async def deed(vault: Vault, database: Database) -> Any:
        now = time.time()
        return await vault.purge(now, await keep_rule(database, now), who=who, dry_run=dry_run)

    done = _with_vault(settings, deed)
    if as_json:
        purged = [{**_as_dict(row), "because": due.why} for row, due in done.purged]
        print_json({"dry_run": dry_run, "purged": purged, "held": [_as_dict(row) for row in done.held]})
        return
    for row, due in done.purged:
        print(f"{row.id} ({row.campaign}): {due.why}")
    text = words.WOULD_PURGE if dry_run else words.PURGED
    print(text.say(settings.language).format(count=len(done.purged)))
    if done.held:
        print(words.STAY_HELD.say(settings.language).format(count=len(done.held)))


def recover_recordings(settings: Settings, spool: Path, *, quiet_s: float, as_json: bool) -> bool:
    """True where nothing was lost or left."""
    if not spool.is_dir():
        raise NotFound(f"There is no directory {spool}: give the one the switch records into.")
    done = _with_vault(settings, lambda vault, _: vault.recover(spool, quiet_s=quiet_s))
    if as_json:
        lost = {str(recording_id): why for recording_id, why in done.lost.items()}
        print_json({"kept": done.kept, "known": done.known, "put_off": done.put_off, "lost": lost, "left": done.left})
    else:
        for recording_id, why in done.lost.items():
            print(f"{recording_id}: {why}")
        for name, why in done.left.items():
            print(f"{name}: {why}")
        counts = {name: len(getattr(done, name)) for name in ("kept", "known", "put_off", "lost", "left")}
        print(words.RECOVERED.say(settings.language).format(**counts))
    return not (done.lost or done.left or done.put_off)


def rotate_key(settings: Settings, *, who: str, make: bool) -> None:
    async def deed(vault: Vault, _: Database) -> tuple[int, str, Path | None]:
        try:
            count = await vault.rotate_key(who=who, make=make)
        except OSError as error:
            raise BadInput(
                f"The key file cannot be written ({error.strerror}): add a line to it where it is kept, then run "
                "rotate-key --no-new-key."
            ) from None
        return count, vault.keys.current, vault.keys.file

    count, key, file = _with_vault(settings, deed)
    print(words.ROTATED.say(settings.language).format(count=count, key=key, file=file))


# --- told -----------------------------------------------------------------------------------------------------------


def _as_dict(row: Recording) -> dict[str, Any]:
    sealed = row.sealed
    began_at = row.note.began_at
    return {
        "attempt": row.id,
        "campaign": row.campaign,
        "agent": row.agent,
        "customer": row.customer_id,
        "state": row.state.value,
        "began_at": iso(began_at) if began_at is not None else None,
        "ended_at": iso(row.note.ended_at) if row.note.ended_at is not None else None,
        "seconds": round(sealed.seconds, 3) if sealed else None,
        "pauses": [list(span) for span in sealed.pauses_s] if sealed else [],
        "held": row.held,
        "file": sealed.file if sealed else None,
        "bytes": sealed.file_bytes if sealed else None,
        "wav_sha256": sealed.wav_sha256 if sealed else None,
        "key": sealed.key_id if sealed else None,
        "notes": list(sealed.notes) if sealed else [],
        "why": row.why,
    }


def _checked_as_dict(checked: Checked) -> dict[str, Any]:
    faults = [
        {"flaw": fault.flaw.value, "attempt": fault.recording_id, "file": fault.file, "detail": fault.detail}
        for fault in checked.faults
    ]
    return {"recordings": checked.recordings, "entries": checked.entries, "head": checked.head, "faults": faults}


def _print_table(found: list[Recording], language: Language) -> None:
    lines = [tuple(heading.say(language) for heading in words.HEADINGS)]
    for row in found:
        seconds = row.sealed.seconds if row.sealed else None
        remarks = [words.HELD.say(language)] if row.held else []
        if row.sealed and row.sealed.pauses_s:
            remarks.append(words.PAUSES.say(language).format(count=len(row.sealed.pauses_s)))
        remarks += [row.why] if row.why else []
        began_at = row.note.began_at
        lines.append(
            (
                str(row.id),
                iso(began_at)[:19].replace("T", " ") if began_at is not None else "-",
                f"{int(seconds // 60)}:{int(seconds % 60):02d}" if seconds is not None else "-",
                row.campaign or "-",
                row.agent or "-",
                words.STATES[row.state].say(language),
                "; ".join(remarks),
            )
        )
    widths = [max(len(line[column]) for line in lines) for column in range(len(words.HEADINGS))]
    for line in lines:
        print("  ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)).rstrip())
