"""``Vault``: what the telephone adapter tells of recordings, and what comes of it.

The switch's event that it records is the proof, and is written down as it comes. When a recording ends its two files
are taken in (``taking``), committed, and only then removed from the spool. What cannot be done now (the disk is full,
the database is gone) is done later by ``catch_up``; what a crash interrupted, by ``recover``. Nothing here blocks the
loop: audio is worked on by two threads.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Callable, Collection
from contextlib import asynccontextmanager
from functools import partial
from pathlib import Path

from callwright.adapters.recordings.archive import Archive, quiet
from callwright.adapters.recordings.keys import KeyRing
from callwright.adapters.recordings.ports import OVER, Note, Recording, RecordingRows, SideName
from callwright.adapters.recordings.recovering import Recovered, recover_spool
from callwright.adapters.recordings.taking import (
    NothingRecorded,
    Taken,
    source_hash,
    take_in,
)
from callwright.adapters.recordings.waiting import Waiting
from callwright.kit.errors import CallwrightError

Paths = tuple[Path | None, Path | None]


class Vault(Archive):
    """The recordings of an installation, in one directory. Recordings bear the ids of their attempts."""

    def __init__(
        self,
        directory: Path,
        keys: KeyRing,
        rows: RecordingRows,
        *,
        now: Callable[[], float] = time.time,
        tell: Callable[[str], None] = quiet,
    ) -> None:
        """``tell`` hears one sentence of everything that went wrong and is put off."""
        super().__init__(directory, keys, rows, now=now, tell=tell)
        self._waiting = Waiting(directory / "waiting")
        self._spooled: dict[int, Paths] = {}  # ended, and not taken in yet
        self._taken: dict[int, Taken] = {}  # taken in, and not known to be committed
        self._writing = asyncio.Lock()
        self._taking = asyncio.Semaphore(1)  # one at a time: the loop and whoever listens keep their share
        self._alone: dict[int, tuple[asyncio.Lock, int]] = {}  # whoever works on a recording, and how many wait

    def close(self) -> None:
        """Let the threads and files go. What is put off stays in the spool, for ``recover``."""
        for taken in self._taken.values():
            taken.let_go()
        super().close()

    # --- what the switch tells ----------------------------------------------------------------------------------

    async def started(self, attempt_id: int, campaign_id: int | None, at: float, *, side: SideName) -> bool:
        """The switch has said that it records this side: the proof. True when it is committed, False: later."""
        note = Note(
            recording_id=attempt_id,
            campaign_id=campaign_id,
            person_began_at=at if side == "person" else None,
            agent_began_at=at if side == "agent" else None,
        )
        return await self._write_down(note)

    async def hushed(self, attempt_id: int, at: float, *, on: bool) -> bool:
        """From ``at`` on the recording has to be silent (a card number is being said), or may be heard again."""
        return await self._write_down(Note(recording_id=attempt_id, hushes=((at, on),)))

    async def failed(self, attempt_id: int, why: str) -> bool:
        """The switch has said that it could not record."""
        return await self._write_down(Note(recording_id=attempt_id, failed=why))

    async def finished(
        self,
        attempt_id: int,
        person_wav: Path | None,
        agent_wav: Path | None,
        *,
        began_at_person: float | None = None,
        began_at_agent: float | None = None,
        ended_at: float | None = None,
    ) -> Recording | None:
        """Both files are complete: take them in. None when that is put off, or nothing was recorded."""
        note = Note(
            recording_id=attempt_id,
            person_began_at=began_at_person,
            agent_began_at=began_at_agent,
            ended_at=ended_at,
        )
        async with self._one_at_a_time(attempt_id):
            self._waiting.put(note)
            self._spooled[attempt_id] = (person_wav, agent_wav)
            return await self._finish(attempt_id)

    # --- later --------------------------------------------------------------------------------------------------

    async def catch_up(self) -> int:
        """Do what was put off; how much is still to be done."""
        for note in self._waiting.all():
            if note.recording_id not in self._spooled and not await self._commit(note):
                break
        for attempt_id in list(self._spooled):
            async with self._one_at_a_time(attempt_id):
                if attempt_id in self._spooled:
                    await self._finish(attempt_id)
        return len({note.recording_id for note in self._waiting.all()} | self._spooled.keys())

    async def keep_up(self, *, every_s: float = 5.0) -> None:
        """``catch_up`` again and again, until cancelled; a task of the owner's."""
        while True:
            await asyncio.sleep(every_s)
            if self._spooled or len(self._waiting):
                try:
                    await self.catch_up()
                except Exception as error:  # the edge of a loop: the next round tries again
                    self._tell(f"Recordings that were put off wait on ({type(error).__name__}: {error}).")

    def waits(self, attempt_id: int) -> bool:
        """Whether its files are still to be taken in by us."""
        return attempt_id in self._spooled

    async def recover(self, spool: Path, *, live: Collection[int] | None = None, quiet_s: float = 3.0) -> Recovered:
        """After a crash: finish what was interrupted and take in what lies in the spool.

        ``live``: the attempts the switch still records; these are left alone, and whatever else was recording and has
        no file is lost, and said to be. Without it nothing is given up. Files that were written to within
        ``quiet_s`` are watched for so long, and left alone if they grow: the switch flushes every two seconds.
        """
        return await recover_spool(self, spool, live=live, quiet_s=quiet_s, now=self._now())

    # --- taking in ----------------------------------------------------------------------------------------------

    async def _finish(self, attempt_id: int) -> Recording | None:
        try:
            row = await self._take(attempt_id)
        except CallwrightError as error:
            if not error.retryable:
                self._forget(attempt_id)
                raise
            await self._put_off(attempt_id, error)
            return None
        except OSError as error:
            await self._put_off(attempt_id, error)
            return None
        self._forget(attempt_id)
        await self.copy_list()
        return row

    @asynccontextmanager
    async def _one_at_a_time(self, attempt_id: int) -> AsyncIterator[None]:
        lock, users = self._alone.get(attempt_id, (asyncio.Lock(), 0))
        self._alone[attempt_id] = (lock, users + 1)
        try:
            async with lock:
                yield
        finally:
            lock, users = self._alone.pop(attempt_id)
            if users > 1:
                self._alone[attempt_id] = (lock, users - 1)

    async def _take(self, attempt_id: int) -> Recording | None:
        row = await self.rows.find(attempt_id)
        if row is not None and row.state in OVER and attempt_id not in self._taken:
            return await self._remove_known(row)
        note = self._known_note(attempt_id, row)
        taken = self._taken.get(attempt_id)
        if taken is None:
            try:
                paths = self._spooled[attempt_id]
                async with self._taking:
                    taken = await self.off_loop(take_in, self.directory, self.keys, note, *paths)
            except NothingRecorded as none:
                return await self._nothing(note, none)
            self._taken[attempt_id] = taken
        kept = await self.rows.keep(taken.sealed, note, self._now())
        return await self._settle(taken, kept)

    async def _nothing(self, note: Note, none: NothingRecorded) -> Recording | None:
        """No file holds audio: lost, unless another program has just taken the files in."""
        await self.rows.note(note)
        if not await self.rows.lose(note.recording_id, str(none), self._now()):
            row = await self.rows.find(note.recording_id)
            if row is not None and row.state in OVER:
                return row
        self._tell(str(none))
        for source in none.sources:
            await self.off_loop(source.remove)
        return None

    async def _settle(self, taken: Taken, kept: Recording) -> Recording | None:
        """The row is committed: ours, or that of another who took the same files in."""
        if kept.sealed is None or kept.sealed.file != taken.sealed.file:
            await self.off_loop(taken.discard)
            return await self._remove_known(kept)
        await self.off_loop(taken.settle)
        for source in taken.sources:
            if not await self.off_loop(source.remove):
                self._tell(f"{source.path} grew after it was taken in: look at it, and remove it.")
        return kept

    async def _remove_known(self, row: Recording) -> Recording:
        """The files of a recording that is kept already: removed if they are what it was made of, else left."""
        for path in self._spooled[row.id]:
            if path is not None and row.sealed is not None and await self.off_loop(path.exists):
                if row.sealed.sources.get(path.name) == await self.off_loop(source_hash, path):
                    await self.off_loop(partial(path.unlink, missing_ok=True))
                else:
                    self._tell(f"{path} is not what recording {row.id} was made of: look at it, and remove it.")
        return row

    def _known_note(self, attempt_id: int, row: Recording | None) -> Note:
        note = row.note if row is not None else Note(recording_id=attempt_id)
        waiting = self._waiting.get(attempt_id)
        return note if waiting is None else note.merged(waiting)

    async def _put_off(self, attempt_id: int, why: Exception) -> None:
        await self._write_waiting(attempt_id)
        self._tell(f"The recording of attempt {attempt_id} waits in the spool ({why}); it is taken in later.")

    def _forget(self, attempt_id: int) -> None:
        self._spooled.pop(attempt_id, None)
        self._taken.pop(attempt_id, None)
        note = self._waiting.get(attempt_id)
        if note is not None:
            self._waiting.done(note)

    async def _write_down(self, note: Note) -> bool:
        if await self._commit(note):
            return True
        self._waiting.put(note)
        await self._write_waiting(note.recording_id)
        return False

    async def _write_waiting(self, attempt_id: int) -> None:
        async with self._writing:
            await self.off_loop(self._waiting.write, attempt_id)

    async def _commit(self, note: Note) -> bool:
        try:
            await self.rows.note(note)
        except CallwrightError as error:
            if not error.retryable:
                raise
            self._tell(f"The recording of attempt {note.recording_id} is noted later ({error}).")
            return False
        self._waiting.done(note)
        return True
