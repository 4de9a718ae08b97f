"""Takes two WAV files in: repaired, put together, encrypted, hashed, on the disk. Blocking: it runs on a thread.

The file is written as ``NAME.part`` under a lock. The vault commits its row, then takes the suffix off. So whoever
finds a ``.part`` that nobody holds knows: where a row names it, only the renaming was missed; where none does, it was
never committed and its sources still lie in the spool.
"""

from __future__ import annotations

import fcntl
import hashlib
import os
import secrets
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from callwright.adapters.recordings.compose import Side, Stereo, shifts
from callwright.adapters.recordings.errors import NoAudio, NotAWav
from callwright.adapters.recordings.keys import KeyRing
from callwright.adapters.recordings.ports import Note, Sealed, SideName, pauses_within
from callwright.adapters.recordings.sealed import DATA_KEY_BYTES, SealedWriter
from callwright.adapters.recordings.wav import HEAD_BYTES, WavFacts, claimed_end, read_wav
from callwright.kit.errors import CallwrightError

PART = ".part"
SUFFIX = ".cwr"
SIDES: tuple[SideName, SideName] = ("person", "agent")
_TAIL_BYTES = 64 * 1024
_PER_DIRECTORY = 10_000


@dataclass(frozen=True, kw_only=True, slots=True)
class Source:
    """A WAV file as it was when it was taken in."""

    path: Path
    size: int
    sha256: str

    def remove(self) -> bool:
        """Gone now; False where it is no longer what was taken in, which must not be thrown away."""
        with suppress(FileNotFoundError):
            if self.path.stat().st_size != self.size:
                return False
            self.path.unlink()
        return True


class NothingRecorded(CallwrightError):
    """Neither side holds any audio. ``sources``: files that are empty, and of no use to anybody."""

    code = "nothing_recorded"

    def __init__(self, text: str, sources: tuple[Source, ...]) -> None:
        super().__init__(text)
        self.sources = sources


@dataclass(kw_only=True, slots=True)
class Taken:
    """A recording taken in and not yet committed. ``discard`` or ``settle`` ends it."""

    sealed: Sealed
    sources: tuple[Source, ...]
    directory: Path
    lock: int | None

    @property
    def part(self) -> Path:
        return self.directory / (self.sealed.file + PART)

    def settle(self) -> None:
        """The row is committed: the file gets its name."""
        self.part.rename(self.directory / self.sealed.file)
        sync_directory(self.part.parent)
        self.let_go()

    def discard(self) -> None:
        self.part.unlink(missing_ok=True)
        self.let_go()

    def let_go(self) -> None:
        """Leave it as it is, to whoever recovers."""
        if self.lock is not None:
            os.close(self.lock)
            self.lock = None


def take_in(directory: Path, keys: KeyRing, note: Note, person: Path | None, agent: Path | None) -> Taken:
    """Raises NothingRecorded where no side has audio, OSError where the disk is full."""
    with ExitStack() as stack:
        notes: list[str] = []
        sources: list[Source] = []
        found: list[tuple[BinaryIO, WavFacts] | None] = []
        for name, path in zip(SIDES, (person, agent), strict=True):
            found.append(_open(stack, name, path, sources, notes))
        if not any(found):
            said = f"Nothing was recorded of attempt {note.recording_id}: {'; '.join(notes)}."
            raise NothingRecorded(said, tuple(sources))
        stereo = _stereo(found, note, notes)
        return _seal(directory, keys, note, stereo, tuple(sources), notes)


def _open(
    stack: ExitStack, name: SideName, path: Path | None, sources: list[Source], notes: list[str]
) -> tuple[BinaryIO, WavFacts] | None:
    """One side's file and where its audio lies; None, with a note, where there is none."""
    if path is None or not path.exists():
        notes.append(f"{name}: no file")
        return None
    file = stack.enter_context(path.open("rb"))
    size = os.fstat(file.fileno()).st_size
    try:
        facts = facts_of(file, size)
    except NoAudio as none:
        notes.append(f"{name}: {_clause(none)}")
        sources.append(Source(path=path, size=size, sha256=_sha256(file, size)))
        return None
    except NotAWav as other:  # left where it is: it may be something, only not ours to read
        notes.append(f"{name}: {_clause(other)}")
        return None
    notes += [f"{name}: {repair}" for repair in facts.repairs]
    sources.append(Source(path=path, size=size, sha256=_sha256(file, size)))
    return file, facts


def facts_of(file: BinaryIO, size: int) -> WavFacts:
    """Where the audio of an open file lies."""
    file.seek(0)
    head = file.read(min(HEAD_BYTES, size))
    tail, end = b"", claimed_end(head, size)
    if end is not None and size - end <= _TAIL_BYTES:
        file.seek(end)
        tail = file.read(size - end)
    return read_wav(head, size, tail)


def source_hash(path: Path) -> str:
    with path.open("rb") as file:
        return _sha256(file, os.fstat(file.fileno()).st_size)


def _stereo(found: list[tuple[BinaryIO, WavFacts] | None], note: Note, notes: list[str]) -> Stereo:
    person_s, agent_s, believed = shifts(note.person_began_at, note.agent_began_at)
    if not believed:
        notes.append("the two beginnings lie hours apart; both sides begin together")
    sides = [
        None if each is None else Side(file=each[0], facts=each[1], starts_s=starts_s)
        for each, starts_s in zip(found, (person_s, agent_s), strict=True)
    ]
    rates = {side.facts.rate for side in sides if side is not None}
    if len(rates) > 1:
        raise NotAWav(f"The sides of attempt {note.recording_id} have different sample rates; record both alike.")
    longest = max(side.end_frame / side.facts.rate for side in sides if side is not None)
    return Stereo(sides[0], sides[1], pauses_within(note, longest))


def _seal(
    directory: Path, keys: KeyRing, note: Note, stereo: Stereo, sources: tuple[Source, ...], notes: list[str]
) -> Taken:
    name = f"audio/{note.recording_id // _PER_DIRECTORY}/{note.recording_id}-{secrets.token_hex(4)}{SUFFIX}"
    part = directory / (name + PART)
    if not part.parent.exists():
        part.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        sync_directory(directory / "audio")
        sync_directory(directory)
    handle = _begin(directory, part)
    try:
        data_key = os.urandom(DATA_KEY_BYTES)
        wav, cipher = hashlib.sha256(), hashlib.sha256()
        with os.fdopen(handle, "wb", closefd=False) as out:

            def put(sealed: bytes) -> None:
                cipher.update(sealed)
                out.write(sealed)

            writer = SealedWriter(put, data_key=data_key, recording_id=note.recording_id)
            for block in stereo.blocks():
                wav.update(block)
                writer.write(block)
            writer.close()
            out.flush()
            os.fsync(handle)
            file_bytes = out.tell()
        sync_directory(part.parent)
    except BaseException:
        with suppress(OSError):
            part.unlink()
        os.close(handle)
        raise
    for side, leak_s in zip(SIDES, stereo.leak_s, strict=True):
        if leak_s > 0:
            notes.append(f"{side}: {leak_s:.2f} s in a pause were not silent at the switch; overwritten")
    key_id, wrapped = keys.wrap(note.recording_id, data_key)
    sealed = Sealed(
        recording_id=note.recording_id,
        file=name,
        file_bytes=file_bytes,
        file_sha256=cipher.hexdigest(),
        wav_bytes=stereo.wav_bytes,
        wav_sha256=wav.hexdigest(),
        seconds=stereo.seconds,
        key_id=key_id,
        wrapped_key=wrapped,
        sources={source.path.name: source.sha256 for source in sources},
        pauses_s=stereo.pauses,
        notes=tuple(notes),
    )
    return Taken(sealed=sealed, sources=sources, directory=directory, lock=handle)


def _begin(directory: Path, part: Path) -> int:
    """A new file that is locked before anybody who looks for left-over ones can see it."""
    with _looking(directory, fcntl.LOCK_SH):
        handle = os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        fcntl.flock(handle, fcntl.LOCK_EX)
        return handle


def left_parts(directory: Path) -> list[Path]:
    """The ``.part`` files that no living program writes or is about to name."""
    with _looking(directory, fcntl.LOCK_EX):
        return [part for part in sorted(directory.glob(f"audio/*/*{SUFFIX}{PART}")) if not _is_held(part)]


@contextmanager
def _looking(directory: Path, how: int) -> Iterator[None]:
    handle = os.open(directory / ".lock", os.O_RDWR | os.O_CREAT, 0o600)
    try:
        fcntl.flock(handle, how)
        yield
    finally:
        os.close(handle)


def _is_held(part: Path) -> bool:
    try:
        handle = os.open(part, os.O_RDONLY)
    except FileNotFoundError:
        return True  # it got its name this moment
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    else:
        return False
    finally:
        os.close(handle)


def sync_directory(directory: Path) -> None:
    handle = os.open(directory, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def _sha256(file: BinaryIO, size: int) -> str:
    file.seek(0)
    digest, left = hashlib.sha256(), size
    while left > 0 and (block := file.read(min(left, 1 << 18))):
        digest.update(block)
        left -= len(block)
    return digest.hexdigest()


def _clause(error: Exception) -> str:
    text = str(error).rstrip(".")
    return text[0].lower() + text[1:]
