"""``Archive``: what is done with recordings once they are kept: read, exported, checked, held, purged, rewrapped."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import BinaryIO, TypeVar

from callwright.adapters.recordings.chain import Deed, Entry
from callwright.adapters.recordings.errors import KeyMissing, RecordingGone
from callwright.adapters.recordings.keys import KeyRing
from callwright.adapters.recordings.list_file import ListFile
from callwright.adapters.recordings.ports import Hold, HoldScope, Recording, RecordingRows, Sealed, State
from callwright.adapters.recordings.retention import Due, Keep, due
from callwright.adapters.recordings.sealed import SealedReader
from callwright.adapters.recordings.taking import PART
from callwright.adapters.recordings.verifying import Checked, Progress, verify_all
from callwright.kit.errors import BadInput, CallwrightError

PIECE_BYTES = 1 << 20
_THREADS = 2  # one takes in, one gives out
_PAGE = 500
T = TypeVar("T")


def quiet(_: str) -> None:
    return None


@dataclass(frozen=True, kw_only=True, slots=True)
class Purge:
    """What a purge did, or would do: the recordings with the reason, and those past their time that a hold keeps."""

    purged: tuple[tuple[Recording, Due], ...]
    held: tuple[Recording, ...]


class Archive:
    def __init__(
        self,
        directory: Path,
        keys: KeyRing,
        rows: RecordingRows,
        *,
        now: Callable[[], float] = time.time,
        tell: Callable[[str], None] = quiet,
    ) -> None:
        directory.mkdir(parents=True, exist_ok=True, mode=0o700)
        self.directory, self.keys, self.rows = directory, keys, rows
        self.list_file = ListFile(directory / "hashes.jsonl")
        self._now, self._tell = now, tell
        self._threads = ThreadPoolExecutor(_THREADS, thread_name_prefix="recordings")

    def close(self) -> None:
        self._threads.shutdown(wait=True)

    # --- audio --------------------------------------------------------------------------------------------------

    async def size(self, recording_id: int) -> int:
        """Bytes of the WAV file."""
        async with self._opened(recording_id) as reader:
            return reader.plain_bytes

    async def read(self, recording_id: int, start: int = 0, length: int | None = None) -> bytes:
        """The bytes ``[start, start + length)`` of the stereo WAV: all of it, or what a player asks for.

        Raises RecordingGone, KeyMissing, and Truncated or Altered where the file is not what was stored.
        """
        return b"".join([piece async for piece in self.stream(recording_id, start, length)])

    async def stream(self, recording_id: int, start: int = 0, length: int | None = None) -> AsyncIterator[bytes]:
        """The same in pieces of at most a megabyte."""
        async with self._opened(recording_id) as reader:
            end = reader.plain_bytes if length is None else min(reader.plain_bytes, start + length)
            while start < end:
                piece = await self.off_loop(reader.read, start, min(PIECE_BYTES, end - start))
                yield piece
                start += len(piece)

    async def note_access(self, recording_id: int, *, who: str, why: str = "", heard: bool = True) -> None:
        """List that somebody heard the recording, or took a copy of it. Committed before it is given out."""
        deed = Deed.HEARD if heard else Deed.EXPORTED
        await self.rows.log(Entry(deed=deed, at=self._now(), recording_id=recording_id, who=who, why=why))
        await self.copy_list()

    async def export(self, recording_id: int, to: Path, *, who: str, why: str = "") -> int:
        """Write the plain WAV to a new file; its bytes. Who did it stands in the list before the file is there."""
        if await self.off_loop(to.exists):
            raise BadInput(f"{to} exists already: give another name.")
        async with self._opened(recording_id) as reader:
            await self.note_access(recording_id, who=who, why=why or f"to {to.name}", heard=False)
            await self.off_loop(_write_plain, reader, to)
            return reader.plain_bytes

    @asynccontextmanager
    async def _opened(self, recording_id: int) -> AsyncIterator[SealedReader]:
        row = await self.rows.find(recording_id)
        if row is None or row.sealed is None or row.state is not State.KEPT:
            raise _gone(recording_id, row)
        data_key = self.data_key(row.sealed)
        file = await self.off_loop(_open_file, self.directory, row.sealed)
        try:
            yield await self.off_loop(partial(SealedReader, file, data_key=data_key, recording_id=recording_id))
        finally:
            file.close()

    def data_key(self, sealed: Sealed) -> bytes:
        try:
            return self.keys.unwrap(sealed.recording_id, sealed.key_id, sealed.wrapped_key)
        except KeyMissing:
            if self.keys.file is None:
                raise
            self.keys = KeyRing.open(self.keys.file, make=False)  # another program has added a key meanwhile
            return self.keys.unwrap(sealed.recording_id, sealed.key_id, sealed.wrapped_key)

    # --- the list -----------------------------------------------------------------------------------------------

    async def verify(self, *, on_progress: Progress | None = None, expect: str | None = None) -> Checked:
        """Check the list, its copy and every file. ``expect``: a link noted earlier that the list must contain."""
        return await verify_all(self, expect=expect, on_progress=on_progress)

    async def copy_list(self) -> None:
        """Bring the text copy of the list up to the database; what cannot be done now is done next time."""
        try:
            last = await self.off_loop(self.list_file.last_seq)
            while entries := await self.rows.entries(after=last, most=_PAGE):
                if entries[0].seq != last + 1:
                    return  # the database's list has a hole: `verify` says which
                await self.off_loop(self.list_file.append, entries)
                last = entries[-1].seq
        except (OSError, CallwrightError) as error:
            self._tell(f"The copy of the list of recordings is brought up to date later ({error}).")

    # --- how long -----------------------------------------------------------------------------------------------

    async def hold(self, scope: HoldScope, target_id: int, *, who: str, why: str) -> Hold:
        """Nothing that it concerns is purged until it is released; calls to come are held as well."""
        _need(who, why)
        held = await self.rows.hold(Hold(scope=scope, target_id=target_id, who=who, why=why, at=self._now()))
        await self.copy_list()
        return held

    async def unhold(self, hold_id: int, *, who: str, why: str) -> Hold:
        _need(who, why)
        freed = await self.rows.release(hold_id, who=who, why=why, now=self._now())
        await self.copy_list()
        return freed

    async def purge(self, now: float, keep: Callable[[Recording], Keep], *, who: str, dry_run: bool = False) -> Purge:
        """Remove what is past its time and not held. First the key goes and the list says why, then the file."""
        purged: list[tuple[Recording, Due]] = []
        held: list[Recording] = []
        after = 0
        while page := await self.rows.page((State.KEPT,), after_id=after, most=_PAGE):
            after = page[-1].id
            for row in page:
                past = due(row, keep(row))
                if past is None or past.at > now:
                    continue
                # the database decides about holds: one may have been set this moment
                if row.held or not (dry_run or await self.rows.purge(row.id, who=who, why=past.why, now=now)):
                    held.append(row)
                else:
                    purged.append((row, past))
            if not dry_run:
                await self.erase_purged()
        if not dry_run:
            await self.erase_purged()  # what a crash left
            await self.copy_list()
        return Purge(purged=tuple(purged), held=tuple(held))

    async def erase_purged(self) -> int:
        """Remove the files of purged recordings. Their keys are gone already: nobody can open them."""
        gone = await self.rows.unerased()
        for _, name in gone:
            await self.off_loop(_erase, self.directory / name)
        if gone:
            await self.rows.erased([recording_id for recording_id, _ in gone])
        return len(gone)

    # --- keys ---------------------------------------------------------------------------------------------------

    async def rotate_key(self, *, who: str, make: bool = True) -> int:
        """A new master key (or, without ``make``, the last one of the file) wraps every recording's key anew.

        No audio is touched. May be broken off and begun again at any time: both keys open. How many were rewrapped.
        """
        if make:
            self.keys = await self.off_loop(self.keys.with_new_key)
        done, after = 0, 0
        while page := await self.rows.page((State.KEPT,), after_id=after, most=_PAGE):
            after = page[-1].id
            done += await self._rewrap(page)
        why = f"{done} recordings under {self.keys.current}"
        await self.rows.log(Entry(deed=Deed.REWRAPPED, at=self._now(), who=who, why=why))
        await self.copy_list()
        return done

    async def _rewrap(self, page: Sequence[Recording]) -> int:
        done = 0
        for row in page:
            if row.sealed is not None and row.sealed.key_id != self.keys.current:
                key_id, wrapped = self.keys.wrap(row.id, self.data_key(row.sealed))
                done += await self.rows.rewrap(row.id, row.sealed.wrapped_key, key_id, wrapped)
        return done

    async def off_loop(self, deed: Callable[..., T], *arguments: object) -> T:
        return await asyncio.get_running_loop().run_in_executor(self._threads, partial(deed, *arguments))


def _open_file(directory: Path, sealed: Sealed) -> BinaryIO:
    for name in (sealed.file, sealed.file + PART):  # committed this moment, and not named yet
        try:
            return (directory / name).open("rb")
        except FileNotFoundError:
            continue
    raise RecordingGone(
        f"The file {sealed.file} of recording {sealed.recording_id} is missing: bring it back from a backup."
    )


def _write_plain(reader: SealedReader, to: Path) -> None:
    try:
        with to.open("xb") as out:
            to.chmod(0o600)
            for piece in reader.stream():
                out.write(piece)
    except (CallwrightError, OSError):
        to.unlink(missing_ok=True)
        raise


def _erase(file: Path) -> None:
    for each in (file, file.with_name(file.name + PART)):
        each.unlink(missing_ok=True)


def _gone(recording_id: int, row: Recording | None) -> RecordingGone:
    if row is None:
        return RecordingGone(f"There is no recording {recording_id}: `callwright recordings list` shows them all.")
    if row.state is State.PURGED:
        return RecordingGone(f"Recording {recording_id} was purged ({row.why}); nothing can bring it back.")
    if row.state is State.RECORDING:
        return RecordingGone(f"Recording {recording_id} is not taken in yet: wait for the call's end.")
    return RecordingGone(f"There is no audio of recording {recording_id} ({row.why}).")


def _need(who: str, why: str) -> None:
    if not who.strip() or not why.strip():
        raise BadInput("A legal hold needs a name and a reason: say who sets or lifts it, and why.")
