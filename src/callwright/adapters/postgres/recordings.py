"""``PostgresRecordings``: the rows of recordings, the list of hashes and the holds (``adapters.recordings.ports``).

Every method is one transaction and may be repeated when its answer was lost. What adds to the list does so under one
lock, in the transaction of the change itself: a recording is kept, or purged, exactly when the list says so.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import fields, replace
from typing import Any

from callwright.adapters.postgres.connection import Connection, Doubts, connected, open_pool, transaction
from callwright.adapters.postgres.sql import statement
from callwright.adapters.recordings.chain import GENESIS, Deed, Entry, linked
from callwright.adapters.recordings.memory import hold_entry, no_hold
from callwright.adapters.recordings.ports import OVER, Hold, HoldScope, Note, Recording, Sealed, State, Wanted
from callwright.kit.errors import NotFound

_CONNECTIONS = 3
_IN_COLUMNS = frozenset({"recording_id", "key_id", "wrapped_key"})
_IN_JSON = tuple(field.name for field in fields(Sealed) if field.name not in _IN_COLUMNS)


class PostgresRecordings:
    """Made by ``await PostgresRecordings.connect(url)``; ``close`` when done."""

    def __init__(self, pool: Any) -> None:
        self._pool = pool
        self._doubts = Doubts()  # nothing is ever in doubt here: see above

    @classmethod
    async def connect(cls, url: str) -> PostgresRecordings:
        return cls(await open_pool(url, durable=True, most=_CONNECTIONS))

    async def close(self) -> None:
        await self._pool.close()

    async def note(self, note: Note) -> None:
        async with transaction(self._pool, self._doubts) as going:
            await _note(going.connection, note)

    async def keep(self, sealed: Sealed, note: Note, now: float) -> Recording:
        async with transaction(self._pool, self._doubts) as going:
            connection = going.connection
            await connection.execute(statement("lock_recording_list"))
            if await _note(connection, note) not in OVER:
                await connection.execute(
                    statement("keep_recording"),
                    *(sealed.recording_id, _sealed_json(sealed), sealed.key_id, sealed.wrapped_key, now),
                )
                await _append(connection, _entry_of(sealed, Deed.KEPT, now))
            return (await _told(connection, [sealed.recording_id]))[0]

    async def lose(self, recording_id: int, why: str, now: float) -> bool:
        async with transaction(self._pool, self._doubts) as going:
            connection = going.connection
            await connection.execute(statement("lock_recording_list"))
            state = await _note(connection, Note(recording_id=recording_id))
            if state in OVER or state is State.LOST:
                return False
            await connection.execute(statement("lose_recording"), recording_id, why)
            await _append(connection, Entry(deed=Deed.LOST, at=now, recording_id=recording_id, why=why))
            return True

    async def find(self, recording_id: int) -> Recording | None:
        async with connected(self._pool, self._doubts) as connection:
            return next(iter(await _told(connection, [recording_id])), None)

    async def search(self, wanted: Wanted) -> list[Recording]:
        async with connected(self._pool, self._doubts) as connection:
            rows = await connection.fetch(
                statement("recordings_wanted"),
                *(wanted.campaign, wanted.agent, wanted.from_at, wanted.until_at, wanted.most),
            )
            return await _told(connection, [row["attempt_id"] for row in rows])

    async def page(self, states: Sequence[State], *, after_id: int, most: int) -> list[Recording]:
        async with connected(self._pool, self._doubts) as connection:
            words = [state.value for state in states]
            rows = await connection.fetch(statement("recordings_page"), words, after_id, most)
            return await _told(connection, [row["attempt_id"] for row in rows])

    async def unerased(self) -> list[tuple[int, str]]:
        async with connected(self._pool, self._doubts) as connection:
            return [
                (row["attempt_id"], row["file"]) for row in await connection.fetch(statement("unerased_recordings"))
            ]

    async def erased(self, recording_ids: Sequence[int]) -> None:
        async with connected(self._pool, self._doubts) as connection:
            await connection.execute(statement("recordings_erased"), list(recording_ids))

    async def purge(self, recording_id: int, *, who: str, why: str, now: float) -> bool:
        async with transaction(self._pool, self._doubts) as going:
            connection = going.connection
            await connection.execute(statement("lock_recording_list"))
            row = next(iter(await _told(connection, [recording_id])), None)
            if row is None or row.state is not State.KEPT or row.sealed is None or row.held:
                return False
            await connection.execute(statement("purge_recording"), recording_id, why, now)
            await _append(connection, replace(_entry_of(row.sealed, Deed.PURGED, now), who=who, why=why))
            return True

    async def rewrap(self, recording_id: int, before: bytes, key_id: str, wrapped: bytes) -> bool:
        async with connected(self._pool, self._doubts) as connection:
            return bool(await connection.fetchval(statement("rewrap_recording"), recording_id, before, key_id, wrapped))

    async def hold(self, hold: Hold) -> Hold:
        async with transaction(self._pool, self._doubts) as going:
            connection = going.connection
            await connection.execute(statement("lock_recording_list"))
            if not await connection.fetchval(statement("recording_hold_target"), hold.scope.value, hold.target_id):
                raise NotFound(f"There is no {hold.scope.value} {hold.target_id}: look its number up, and hold that.")
            hold_id = await connection.fetchval(
                statement("add_recording_hold"), hold.scope.value, hold.target_id, hold.who, hold.why, hold.at
            )
            placed = replace(hold, id=hold_id)
            await _append(connection, hold_entry(placed, Deed.HELD))
            return placed

    async def release(self, hold_id: int, *, who: str, why: str, now: float) -> Hold:
        async with transaction(self._pool, self._doubts) as going:
            connection = going.connection
            await connection.execute(statement("lock_recording_list"))
            row = await connection.fetchrow(statement("release_recording_hold"), hold_id, now, who, why)
            if row is None:
                raise no_hold(hold_id)
            freed = replace(_hold(row, hold_id), released_at=now, released_by=who, released_why=why)
            await _append(connection, hold_entry(freed, Deed.RELEASED))
            return freed

    async def holds(self) -> list[Hold]:
        async with connected(self._pool, self._doubts) as connection:
            return [_hold(row, row["id"]) for row in await connection.fetch(statement("recording_holds_in_force"))]

    async def log(self, entry: Entry) -> Entry:
        async with transaction(self._pool, self._doubts) as going:
            await going.connection.execute(statement("lock_recording_list"))
            return await _append(going.connection, entry)

    async def entries(self, *, after: int, most: int) -> list[Entry]:
        async with connected(self._pool, self._doubts) as connection:
            rows = await connection.fetch(statement("recording_entries"), after, most)
        return [Entry(**{**row, "deed": Deed(row["deed"])}) for row in rows]


async def _note(connection: Connection, note: Note) -> State:
    """Merge the note into its row, made where there is none; the state the row is in now."""
    await connection.execute(statement("add_recording"), note.recording_id, note.campaign_id)
    row = await connection.fetchrow(statement("lock_recording"), note.recording_id)
    state = State(row["state"])
    if state in OVER:
        return state
    merged = _note_from(row, note.recording_id).merged(note)
    if state is not State.LOST:
        state = State.FAILED if merged.failed and merged.began_at is None else State.RECORDING
    await connection.execute(
        statement("note_recording"),
        *(note.recording_id, state.value, merged.campaign_id, merged.person_began_at, merged.agent_began_at),
        *(merged.ended_at, [list(mark) for mark in merged.hushes], merged.failed or row["why"]),
    )
    return state


async def _append(connection: Connection, entry: Entry) -> Entry:
    """Only under the list's lock."""
    last = await connection.fetchrow(statement("last_recording_entry"))
    seq, previous = (last["seq"] + 1, last["link"]) if last is not None else (1, GENESIS)
    placed = linked(entry, seq=seq, previous=previous)
    await connection.execute(
        statement("add_recording_entry"),
        *(placed.seq, placed.at, placed.deed.value, placed.recording_id, placed.wav_sha256, placed.file_sha256),
        *(placed.file_bytes, placed.who, placed.why, placed.previous, placed.link),
    )
    return placed


async def _told(connection: Connection, ids: Sequence[int]) -> list[Recording]:
    """In the order of ``ids``."""
    if not ids:
        return []
    rows = {row["attempt_id"]: row for row in await connection.fetch(statement("recordings_told"), list(ids))}
    return [_recording(rows[recording_id]) for recording_id in ids if recording_id in rows]


def _recording(row: Any) -> Recording:
    names = ("why", "customer_id", "campaign", "agent", "country", "region", "held", "taken_at", "purged_at")
    return Recording(
        note=_note_from(row, row["attempt_id"]),
        state=State(row["state"]),
        sealed=_sealed(row) if row["sealed"] is not None else None,
        **{name: row[name] for name in names},
    )


def _note_from(row: Any, recording_id: int) -> Note:
    return Note(
        recording_id=recording_id,
        campaign_id=row["campaign_id"],
        person_began_at=row["person_began_at"],
        agent_began_at=row["agent_began_at"],
        ended_at=row["ended_at"],
        hushes=tuple((float(at), bool(on)) for at, on in row["hushes"]),
        failed=row["why"] or None if row["state"] in (State.RECORDING, State.FAILED) else None,
    )


def _sealed_json(sealed: Sealed) -> dict[str, Any]:
    return {name: getattr(sealed, name) for name in _IN_JSON}


def _sealed(row: Any) -> Sealed:
    said = {name: value for name, value in row["sealed"].items() if name in _IN_JSON}
    said["pauses_s"] = tuple((begin, end) for begin, end in said["pauses_s"])
    said["notes"] = tuple(said["notes"])
    wrapped = row["wrapped_key"] or b""
    return Sealed(recording_id=row["attempt_id"], key_id=row["key_id"] or "", wrapped_key=bytes(wrapped), **said)


def _entry_of(sealed: Sealed, deed: Deed, now: float) -> Entry:
    return Entry(
        deed=deed,
        at=now,
        recording_id=sealed.recording_id,
        wav_sha256=sealed.wav_sha256,
        file_sha256=sealed.file_sha256,
        file_bytes=sealed.file_bytes,
    )


def _hold(row: Any, hold_id: int) -> Hold:
    return Hold(
        id=hold_id,
        scope=HoldScope(row["scope"]),
        target_id=row["target_id"],
        who=row["who"],
        why=row["why"],
        at=row["at"],
    )
