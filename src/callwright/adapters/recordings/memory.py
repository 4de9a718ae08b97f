"""``RecordingRows`` without a database: what tests of the vault run on. The same decisions as PostgreSQL's."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace

from callwright.adapters.recordings.chain import GENESIS, Deed, Entry, linked
from callwright.adapters.recordings.ports import OVER, Hold, HoldScope, Note, Recording, Sealed, State, Wanted
from callwright.kit.errors import NotFound


class MemoryRows:
    """``campaigns``: names by id; ``customers``: by attempt; what the database knows from other tables."""

    def __init__(self, campaigns: dict[int, str] | None = None, customers: dict[int, int] | None = None) -> None:
        self.rows: dict[int, Recording] = {}
        self.list: list[Entry] = []
        self._campaigns = campaigns or {}
        self._customers = customers or {}
        self._holds: list[Hold] = []
        self._erased: set[int] = set()

    async def note(self, note: Note) -> None:
        row = self.rows.get(note.recording_id)
        if row is None:
            row = Recording(note=note, state=State.RECORDING)
        if row.state in OVER:
            return
        merged = row.note.merged(note)
        state = row.state
        if state is not State.LOST:
            state = State.FAILED if merged.failed and merged.began_at is None else State.RECORDING
        self.rows[row.id] = self._filled(replace(row, note=merged, state=state, why=merged.failed or row.why))

    async def keep(self, sealed: Sealed, note: Note, now: float) -> Recording:
        await self.note(note)
        row = self.rows[sealed.recording_id]
        if row.state not in OVER:
            row = replace(row, state=State.KEPT, sealed=sealed, taken_at=now)
            self.rows[row.id] = row
            self._append(
                Entry(
                    deed=Deed.KEPT,
                    at=now,
                    recording_id=row.id,
                    wav_sha256=sealed.wav_sha256,
                    file_sha256=sealed.file_sha256,
                    file_bytes=sealed.file_bytes,
                )
            )
        return self._filled(row)

    async def lose(self, recording_id: int, why: str, now: float) -> bool:
        row = self.rows.get(recording_id) or Recording(note=Note(recording_id=recording_id), state=State.RECORDING)
        if row.state in OVER or row.state is State.LOST:
            return False
        self.rows[recording_id] = replace(row, state=State.LOST, why=why)
        self._append(Entry(deed=Deed.LOST, at=now, recording_id=recording_id, why=why))
        return True

    async def find(self, recording_id: int) -> Recording | None:
        row = self.rows.get(recording_id)
        return None if row is None else self._filled(row)

    async def search(self, wanted: Wanted) -> list[Recording]:
        rows = [self._filled(row) for row in self.rows.values()]
        found = [
            row
            for row in rows
            if (wanted.campaign is None or row.campaign == wanted.campaign)
            and (wanted.agent is None or row.agent == wanted.agent)
            and (wanted.from_at is None or (row.note.began_at or 0.0) >= wanted.from_at)
            and (wanted.until_at is None or (row.note.began_at or 0.0) < wanted.until_at)
        ]
        return sorted(found, key=lambda row: (row.note.began_at or 0.0, row.id), reverse=True)[: wanted.most]

    async def page(self, states: Sequence[State], *, after_id: int, most: int) -> list[Recording]:
        found = (row for key, row in sorted(self.rows.items()) if key > after_id and row.state in states)
        return [self._filled(row) for row in found][:most]

    async def unerased(self) -> list[tuple[int, str]]:
        return [
            (row.id, row.sealed.file)
            for row in self.rows.values()
            if row.state is State.PURGED and row.sealed is not None and row.id not in self._erased
        ]

    async def erased(self, recording_ids: Sequence[int]) -> None:
        self._erased.update(recording_ids)

    async def purge(self, recording_id: int, *, who: str, why: str, now: float) -> bool:
        row = await self.find(recording_id)
        if row is None or row.state is not State.KEPT or row.sealed is None or row.held:
            return False
        sealed = replace(row.sealed, wrapped_key=b"")
        self.rows[recording_id] = replace(row, state=State.PURGED, why=why, purged_at=now, sealed=sealed)
        self._append(
            Entry(
                deed=Deed.PURGED,
                at=now,
                recording_id=recording_id,
                wav_sha256=sealed.wav_sha256,
                file_sha256=sealed.file_sha256,
                file_bytes=sealed.file_bytes,
                who=who,
                why=why,
            )
        )
        return True

    async def rewrap(self, recording_id: int, before: bytes, key_id: str, wrapped: bytes) -> bool:
        row = self.rows.get(recording_id)
        if row is None or row.sealed is None or row.sealed.wrapped_key != before or not before:
            return False
        self.rows[recording_id] = replace(row, sealed=replace(row.sealed, key_id=key_id, wrapped_key=wrapped))
        return True

    async def hold(self, hold: Hold) -> Hold:
        placed = replace(hold, id=len(self._holds) + 1)
        self._holds.append(placed)
        self._append(hold_entry(placed, Deed.HELD))
        return placed

    async def release(self, hold_id: int, *, who: str, why: str, now: float) -> Hold:
        hold = next((each for each in await self.holds() if each.id == hold_id), None)
        if hold is None:
            raise no_hold(hold_id)
        freed = replace(hold, released_at=now, released_by=who, released_why=why)
        self._holds[self._holds.index(hold)] = freed
        self._append(hold_entry(freed, Deed.RELEASED))
        return freed

    async def holds(self) -> list[Hold]:
        return [hold for hold in self._holds if hold.released_at is None]

    async def log(self, entry: Entry) -> Entry:
        return self._append(entry)

    async def entries(self, *, after: int, most: int) -> list[Entry]:
        return [entry for entry in self.list if entry.seq > after][:most]

    def _append(self, entry: Entry) -> Entry:
        last = self.list[-1] if self.list else None
        placed = linked(entry, seq=last.seq + 1 if last else 1, previous=last.link if last else GENESIS)
        self.list.append(placed)
        return placed

    def _filled(self, row: Recording) -> Recording:
        customer_id = self._customers.get(row.id)
        targets = {HoldScope.ATTEMPT: row.id, HoldScope.CUSTOMER: customer_id, HoldScope.CAMPAIGN: row.note.campaign_id}
        held = any(targets[hold.scope] == hold.target_id for hold in self._in_force())
        name = self._campaigns.get(row.note.campaign_id or 0, "")
        return replace(row, customer_id=customer_id, held=held, campaign=name)

    def _in_force(self) -> Iterable[Hold]:
        return (hold for hold in self._holds if hold.released_at is None)


def hold_entry(hold: Hold, deed: Deed) -> Entry:
    """A hold set or released, as the list tells it."""
    released = deed is Deed.RELEASED
    return Entry(
        deed=deed,
        at=hold.released_at if released and hold.released_at is not None else hold.at,
        recording_id=hold.target_id if hold.scope is HoldScope.ATTEMPT else None,
        who=hold.released_by if released else hold.who,
        why=f"hold {hold.id} on {hold.scope} {hold.target_id}: {hold.released_why if released else hold.why}",
    )


def no_hold(hold_id: int) -> NotFound:
    return NotFound(f"There is no hold {hold_id} in force; `callwright recordings holds` lists them.")
