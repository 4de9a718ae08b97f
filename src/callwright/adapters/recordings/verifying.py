"""Checks the whole vault: the list of hashes, its text copy, every row and every file. Says exactly what is wrong."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO

from callwright.adapters.recordings.chain import ChainWalk, Deed, Entry
from callwright.adapters.recordings.errors import Altered, Truncated
from callwright.adapters.recordings.ports import Recording, State
from callwright.adapters.recordings.sealed import SealedReader
from callwright.adapters.recordings.taking import PART, SUFFIX
from callwright.kit.errors import CallwrightError

if TYPE_CHECKING:
    from callwright.adapters.recordings.archive import Archive

Progress = Callable[[int, int], None]
_PAGE = 500
_ADVICE = re.compile(r"[:;] bring")


class Flaw(StrEnum):
    MISSING = "missing"
    TRUNCATED = "truncated"
    ALTERED = "altered"
    NO_KEY = "no_key"
    ROW_ALTERED = "row_altered"  # the row says otherwise than the list
    ROW_GONE = "row_gone"  # listed as kept, and the row is away
    UNLISTED = "unlisted"  # kept by its row, and not in the list
    NOT_ERASED = "not_erased"  # purged, and the file is still there
    STRANGER = "stranger"  # a file that no row knows
    CHAIN_BROKEN = "chain_broken"
    COPY_DIFFERS = "copy_differs"


@dataclass(frozen=True, kw_only=True, slots=True)
class Fault:
    """One thing that is wrong; ``file`` where it is about a file."""

    flaw: Flaw
    detail: str
    recording_id: int | None = None
    file: str = ""


@dataclass(kw_only=True, slots=True)
class Checked:
    """``head``: the link of the list's last entry; noted elsewhere, it proves later that nothing before was changed."""

    recordings: int = 0
    entries: int = 0
    head: str = ""
    faults: list[Fault] = field(default_factory=list)

    def add(self, flaw: Flaw, detail: str, *, recording_id: int | None = None, file: str = "") -> None:
        self.faults.append(Fault(flaw=flaw, detail=detail, recording_id=recording_id, file=file))


async def verify_all(archive: Archive, *, expect: str | None, on_progress: Progress | None) -> Checked:
    checked = Checked()
    kept, links = await _follow_list(archive, checked)
    if expect is not None and expect not in links:
        checked.add(Flaw.CHAIN_BROKEN, f"the link {expect} is not in the list any more")
    await archive.off_loop(_compare_copy, archive, links, checked)
    known = await _check_rows(archive, kept, checked, on_progress)
    await archive.off_loop(_find_strangers, archive.directory, known, checked)
    return checked


async def _follow_list(archive: Archive, checked: Checked) -> tuple[dict[int, Entry], list[str]]:
    """The kept entries by recording, without the purged ones, and every link in order."""
    walk, kept, links, after = ChainWalk(), dict[int, Entry](), list[str](), 0
    while entries := await archive.rows.entries(after=after, most=_PAGE):
        after = entries[-1].seq
        walk.follow(entries)
        for entry in entries:
            links.append(entry.link)
            if entry.recording_id is not None and entry.deed is Deed.KEPT:
                kept[entry.recording_id] = entry
            elif entry.recording_id is not None and entry.deed is Deed.PURGED:
                kept.pop(entry.recording_id, None)
    if walk.fault is not None:
        checked.add(Flaw.CHAIN_BROKEN, f"{walk.fault}; entries up to {walk.seq} are sound")
    checked.entries, checked.head = len(links), links[-1] if links else ""
    return kept, links


def _compare_copy(archive: Archive, links: list[str], checked: Checked) -> None:
    """The text copy must be the beginning of the list, and the list at least as long."""
    for number, said in archive.list_file.lines():
        if said is None:
            checked.add(Flaw.COPY_DIFFERS, f"line {number} of {archive.list_file.path.name} cannot be read")
            return
        seq, link = said
        if seq != number or seq > len(links) or links[seq - 1] != link:
            where = "the database's list ends before it" if seq > len(links) else "the database's list says otherwise"
            checked.add(Flaw.COPY_DIFFERS, f"line {number} of {archive.list_file.path.name}: {where}")
            return


async def _check_rows(
    archive: Archive, kept: dict[int, Entry], checked: Checked, on_progress: Progress | None
) -> dict[str, State]:
    """Every row of a kept or purged recording against list and disk; the files the rows know."""
    known: dict[str, State] = {}
    total, missing, after = len(kept), dict(kept), 0
    while page := await archive.rows.page((State.KEPT, State.PURGED), after_id=after, most=_PAGE):
        after = page[-1].id
        for row in page:
            entry = missing.pop(row.id, None)
            if row.sealed is not None:
                known[row.sealed.file] = row.state
            if row.state is State.KEPT:
                await _check_one(archive, row, entry, checked)
                checked.recordings += 1
                if on_progress is not None:
                    on_progress(checked.recordings, max(total, checked.recordings))
            elif entry is not None and not await _purged_in_list(archive, row.id, checked):
                detail = "its row says purged, and the list does not"
                checked.add(Flaw.ROW_ALTERED, detail, recording_id=row.id)
    for recording_id in missing:
        row_now = await archive.rows.find(recording_id)
        if row_now is None or row_now.state not in (State.KEPT, State.PURGED):
            checked.add(Flaw.ROW_GONE, "the list has it, and its row is gone", recording_id=recording_id)
    return known


async def _purged_in_list(archive: Archive, recording_id: int, checked: Checked) -> bool:
    """Whether it was purged after the list was read."""
    entries = await archive.rows.entries(after=checked.entries, most=10 * _PAGE)
    return any(entry.deed is Deed.PURGED and entry.recording_id == recording_id for entry in entries)


async def _check_one(archive: Archive, row: Recording, entry: Entry | None, checked: Checked) -> None:
    sealed = row.sealed
    if sealed is None:
        checked.add(Flaw.ROW_ALTERED, "its row has no file", recording_id=row.id)
        return
    if entry is None:
        if not await _kept_in_list(archive, row.id, checked):
            checked.add(Flaw.UNLISTED, "its row is not in the list", recording_id=row.id, file=sealed.file)
        return  # taken in while we looked: the next check has it
    listed = (entry.file_sha256, entry.wav_sha256, entry.file_bytes)
    if listed != (sealed.file_sha256, sealed.wav_sha256, sealed.file_bytes):
        detail = "its row says otherwise than the list"
        checked.add(Flaw.ROW_ALTERED, detail, recording_id=row.id, file=sealed.file)
    try:
        data_key = archive.data_key(sealed)
    except CallwrightError as error:
        checked.add(Flaw.NO_KEY, str(error), recording_id=row.id, file=sealed.file)
        data_key = None
    found = await archive.off_loop(_check_file, archive.directory, row.id, sealed.file, entry, data_key)
    if found is not None:
        now = await archive.rows.find(row.id)
        if now is not None and now.state is State.KEPT:  # else it was purged while we looked
            checked.add(found[0], found[1], recording_id=row.id, file=sealed.file)


async def _kept_in_list(archive: Archive, recording_id: int, checked: Checked) -> bool:
    entries = await archive.rows.entries(after=checked.entries, most=10 * _PAGE)
    return any(entry.deed is Deed.KEPT and entry.recording_id == recording_id for entry in entries)


def _check_file(
    directory: Path, recording_id: int, name: str, entry: Entry, data_key: bytes | None
) -> tuple[Flaw, str] | None:
    """The file against the list: its hash, then, where there is a key, what it holds."""
    path = directory / name
    if not path.exists():
        path = path.with_name(path.name + PART)
    try:
        file = path.open("rb")
    except FileNotFoundError:
        return Flaw.MISSING, "the file is gone"
    with file:
        digest, size = hashlib.sha256(), 0
        while block := file.read(1 << 18):
            digest.update(block)
            size += len(block)
        if digest.hexdigest() == entry.file_sha256:
            return None if data_key is None else _check_audio(file, recording_id, entry, data_key)
        if size < entry.file_bytes:
            return Flaw.TRUNCATED, f"{size} of {entry.file_bytes} bytes are there"
        where = "" if data_key is None else _where(file, recording_id, data_key)
        longer = f", {size - entry.file_bytes} bytes too long" if size > entry.file_bytes else ""
        return Flaw.ALTERED, f"its hash is not the listed one{longer}{where}"


def _check_audio(file: BinaryIO, recording_id: int, entry: Entry, data_key: bytes) -> tuple[Flaw, str] | None:
    wav = hashlib.sha256()
    try:
        for piece in SealedReader(file, data_key=data_key, recording_id=recording_id).stream():
            wav.update(piece)
    except Altered as error:
        return Flaw.NO_KEY, f"the file is as listed, and its key does not open it ({error})"
    if wav.hexdigest() != entry.wav_sha256:
        return Flaw.ALTERED, "the audio's hash is not the listed one"
    return None


def _where(file: BinaryIO, recording_id: int, data_key: bytes) -> str:
    """Which part does not open, for people."""
    try:
        for _ in SealedReader(file, data_key=data_key, recording_id=recording_id).stream():
            pass
    except Truncated:
        return "; its end is not its end"
    except Altered as error:
        return f"; {_ADVICE.split(str(error))[0]}"
    return ""


def _find_strangers(directory: Path, known: dict[str, State], checked: Checked) -> None:
    for file in sorted(directory.glob(f"audio/*/*{SUFFIX}")):
        name = str(file.relative_to(directory))
        recording_id = int(file.name.partition("-")[0]) if file.name.partition("-")[0].isdigit() else None
        if name not in known:
            checked.add(Flaw.STRANGER, "no row knows this file", recording_id=recording_id, file=name)
        elif known[name] is State.PURGED:
            detail = "purged, and the file is still there; `callwright recordings purge` removes it"
            checked.add(Flaw.NOT_ERASED, detail, recording_id=recording_id, file=name)
