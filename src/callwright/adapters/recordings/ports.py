"""What the vault keeps of a recording, and what it needs of a database (``RecordingRows``).

Two keep rows: PostgreSQL (``adapters.postgres.recordings``) and memory (``memory``), for tests.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from enum import StrEnum
from typing import Literal, Protocol

from callwright.adapters.recordings.chain import Entry

SideName = Literal["person", "agent"]
Mark = tuple[float, bool]


class State(StrEnum):
    RECORDING = "recording"  # the switch says that it records: the proof
    FAILED = "failed"  # the switch says that it could not
    KEPT = "kept"  # encrypted, hashed, in the list
    LOST = "lost"  # it was recording, and no audio was found
    PURGED = "purged"  # its time was over; hashes and reason stay in the list


OVER = frozenset({State.KEPT, State.PURGED})


class HoldScope(StrEnum):
    ATTEMPT = "attempt"
    CUSTOMER = "customer"
    CAMPAIGN = "campaign"


@dataclass(frozen=True, kw_only=True, slots=True)
class Note:
    """What the switch's events say of a recording before its audio is taken in. The recording's id is the attempt's.

    ``hushes`` are the instants at which the recording was told to be silent (True) and to go on (False).
    """

    recording_id: int
    campaign_id: int | None = None
    person_began_at: float | None = None
    agent_began_at: float | None = None
    ended_at: float | None = None
    hushes: tuple[Mark, ...] = ()
    failed: str | None = None

    def merged(self, newer: Note) -> Note:
        """Both in one, in whichever order they come: the first beginning, the last end, every hush."""
        return replace(
            self,
            campaign_id=self.campaign_id if self.campaign_id is not None else newer.campaign_id,
            person_began_at=_either(min, self.person_began_at, newer.person_began_at),
            agent_began_at=_either(min, self.agent_began_at, newer.agent_began_at),
            ended_at=_either(max, self.ended_at, newer.ended_at),
            hushes=tuple(sorted({*self.hushes, *newer.hushes})),
            failed=newer.failed or self.failed,
        )

    @property
    def began_at(self) -> float | None:
        return _either(min, self.person_began_at, self.agent_began_at)


def _either(choose: Callable[[list[float]], float], a: float | None, b: float | None) -> float | None:
    there = [value for value in (a, b) if value is not None]
    return choose(there) if there else None


@dataclass(frozen=True, kw_only=True, slots=True)
class Sealed:
    """A recording taken in: the encrypted file, its hashes, its wrapped key, and the hashes of what it was made of."""

    recording_id: int
    file: str  # below the vault's directory
    file_bytes: int
    file_sha256: str
    wav_bytes: int
    wav_sha256: str
    seconds: float
    key_id: str
    wrapped_key: bytes = field(repr=False)
    sources: Mapping[str, str]
    pauses_s: tuple[tuple[float, float], ...] = ()  # silenced for a card number: seconds of the recording
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True, slots=True)
class Recording:
    """A row. ``sealed`` is None until the audio is kept; of a purged one the wrapped key is empty: nothing opens it."""

    note: Note
    state: State
    sealed: Sealed | None = None
    why: str = ""
    customer_id: int | None = None
    campaign: str = ""
    agent: str = ""
    country: str = ""
    region: str = ""
    held: bool = False
    taken_at: float | None = None
    purged_at: float | None = None

    @property
    def id(self) -> int:
        return self.note.recording_id

    @property
    def over_at(self) -> float | None:
        """The instant from which its time is counted."""
        if self.note.ended_at is not None:
            return self.note.ended_at
        begun = self.note.began_at
        return self.taken_at if begun is None or self.sealed is None else begun + self.sealed.seconds


def pauses_within(note: Note, seconds: float) -> tuple[tuple[float, float], ...]:
    """The hushes as spans of seconds of a recording this long; one that was never ended lasts until the end."""
    spans: list[tuple[float, float]] = []
    origin, begin = note.began_at, None
    for at, on in note.hushes:
        if on and begin is None:
            begin = at
        elif not on and begin is not None:
            spans.append((begin, at))
            begin = None
    if begin is not None:
        spans.append((begin, float("inf")))
    if origin is None:  # when they were nobody knows: all of it
        return ((0.0, seconds),) if spans else ()
    cut = [(max(0.0, begin - origin), min(end - origin, seconds)) for begin, end in spans]
    return tuple((round(begin, 3), round(end, 3)) for begin, end in cut if begin < end)


@dataclass(frozen=True, kw_only=True, slots=True)
class Hold:
    """Nothing it concerns is purged: one attempt, a customer's or a campaign's calls, those to come included."""

    scope: HoldScope
    target_id: int
    who: str
    why: str
    at: float
    id: int = 0
    released_at: float | None = None
    released_by: str = ""
    released_why: str = ""


@dataclass(frozen=True, kw_only=True, slots=True)
class Wanted:
    """Which recordings to list, newest first."""

    campaign: str | None = None
    agent: str | None = None
    from_at: float | None = None
    until_at: float | None = None
    most: int = 1000


class RecordingRows(Protocol):
    """The rows of recordings, the list of hashes and the holds. Raises StoreUnavailable while it cannot be reached.

    Whatever adds to the list does so under one lock, in the transaction of the change itself.
    """

    async def note(self, note: Note) -> None:
        """Merge into what is known; nothing changes a recording that is kept or purged."""
        ...

    async def keep(self, sealed: Sealed, note: Note, now: float) -> Recording:
        """Make it kept and list it, unless it is already; the row as it now stands. Calling it again does no harm."""
        ...

    async def lose(self, recording_id: int, why: str, now: float) -> bool:
        """Its audio was not found; False where it is kept (or was purged, or is lost already)."""
        ...

    async def find(self, recording_id: int) -> Recording | None: ...
    async def search(self, wanted: Wanted) -> list[Recording]: ...
    async def page(self, states: Sequence[State], *, after_id: int, most: int) -> list[Recording]:
        """By ascending id."""
        ...

    async def unerased(self) -> list[tuple[int, str]]:
        """Purged recordings whose file is not known to be gone: id and file."""
        ...

    async def erased(self, recording_ids: Sequence[int]) -> None: ...
    async def purge(self, recording_id: int, *, who: str, why: str, now: float) -> bool:
        """Drop its key and list its end; False where it is held or no longer kept."""
        ...

    async def rewrap(self, recording_id: int, before: bytes, key_id: str, wrapped: bytes) -> bool:
        """Put the newly wrapped key in the place of ``before``; False where that is not it any more."""
        ...

    async def hold(self, hold: Hold) -> Hold:
        """Raises NotFound where there is no such attempt, customer or campaign."""
        ...

    async def release(self, hold_id: int, *, who: str, why: str, now: float) -> Hold: ...
    async def holds(self) -> list[Hold]:
        """Those in force."""
        ...

    async def log(self, entry: Entry) -> Entry: ...
    async def entries(self, *, after: int, most: int) -> list[Entry]:
        """The list, by ascending number."""
        ...
