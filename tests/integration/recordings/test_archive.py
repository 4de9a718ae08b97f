"""Kept recordings: every kind of damage is found and named, holds stand before purges, keys change under the audio."""

from __future__ import annotations

import asyncio
import shutil
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import asyncpg
import pytest

from callwright.adapters.recordings import sealed as sealed_module
from callwright.adapters.recordings.chain import Deed
from callwright.adapters.recordings.errors import Altered, KeyMissing, RecordingGone, Truncated
from callwright.adapters.recordings.keys import KeyRing
from callwright.adapters.recordings.memory import MemoryRows
from callwright.adapters.recordings.ports import HoldScope, Recording, State
from callwright.adapters.recordings.retention import Keep
from callwright.adapters.recordings.verifying import Flaw
from callwright.kit.errors import BadInput, NotFound
from support.tones import channels, onset_s

DAY = 86_400.0
Flip = Callable[[Path, int], None]


@pytest.fixture(autouse=True)
def small_chunks(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sealed_module, "CHUNK_BYTES", 4096)


async def flaws(vault: Any) -> list[tuple[Flaw, int | None]]:
    return [(fault.flaw, fault.recording_id) for fault in (await vault.verify()).faults]


def file_of(place: Any, recording_id: int) -> Path:
    (found,) = [file for file in place.files() if file.name.startswith(f"{recording_id}-")]
    return Path(found)


async def test_every_damage_to_a_file_is_named(place: Any, flip: Flip) -> None:
    vault = place.vault()
    for attempt_id in range(1, 8):
        await place.keep(vault, attempt_id)
    checked = await vault.verify()
    assert (checked.faults, checked.recordings, checked.entries) == ([], 7, 7)
    flip(file_of(place, 1), 10)  # its header
    flip(file_of(place, 2), 6000)  # in the second chunk
    shutil.move(file_of(place, 3), place.home / "away")
    whole = file_of(place, 4).read_bytes()
    file_of(place, 4).write_bytes(whole[: 32 + 2 * (4096 + 16)])  # a clean cut between chunks
    file_of(place, 5).write_bytes(whole + b"more")
    five, six = file_of(place, 6).read_bytes(), file_of(place, 7).read_bytes()
    file_of(place, 6).write_bytes(six)
    file_of(place, 7).write_bytes(five)
    faults = (await vault.verify()).faults
    assert [(fault.recording_id, fault.flaw) for fault in faults] == [
        (1, Flaw.ALTERED), (2, Flaw.ALTERED), (3, Flaw.MISSING), (4, Flaw.TRUNCATED), (5, Flaw.ALTERED),
        (6, Flaw.ALTERED), (7, Flaw.ALTERED),
    ]  # fmt: skip
    assert "chunk 1 of" in faults[1].detail
    assert all(fault.file.startswith("audio/0/") for fault in faults)
    for recording_id, error in ((1, Altered), (2, Altered), (3, RecordingGone), (4, Truncated), (6, Altered)):
        with pytest.raises(error):
            await vault.read(recording_id)
    assert "that of recording 7" in faults[5].detail, "it says whose file it is"


async def test_any_cut_and_any_flipped_byte_of_one_file(place: Any, flip: Flip) -> None:
    vault = place.vault()
    await place.keep(vault, 1, seconds=0.05)
    file = file_of(place, 1)
    whole = file.read_bytes()
    for length in [*range(60), *range(60, len(whole), 97), len(whole) - 1]:
        file.write_bytes(whole[:length])
        with pytest.raises(Altered):
            await vault.read(1)
    for at in [*range(60), *range(60, len(whole), 97), len(whole) - 1]:
        file.write_bytes(whole)
        flip(file, at)
        with pytest.raises(Altered):
            await vault.read(1)
    file.write_bytes(whole)
    assert await flaws(vault) == []


async def test_a_removed_or_rewritten_row_is_found(rows_url: str | None, place: Any) -> None:
    if rows_url is None:
        rows: MemoryRows = place.rows
    vault = place.vault()
    for attempt_id in (1, 2, 3):
        await place.keep(vault, attempt_id)
    head = (await vault.verify()).head
    if rows_url is None:
        del rows.rows[1]
        rows.rows[2] = replace(rows.rows[2], sealed=replace(rows.rows[2].sealed, wav_sha256="0" * 64))  # type: ignore[type-var]
        rows.rows[3] = replace(rows.rows[3], sealed=replace(rows.rows[3].sealed, wrapped_key=b"x" * 60))  # type: ignore[type-var]
    else:
        connection = await asyncpg.connect(rows_url)
        await connection.execute("delete from recordings where attempt_id = 1")
        await connection.execute(
            "update recordings set sealed = jsonb_set(sealed, '{wav_sha256}', '\"00\"') where attempt_id = 2"
        )
        await connection.execute("update recordings set wrapped_key = '\\x00' where attempt_id = 3")
        with pytest.raises(asyncpg.RaiseError, match="only grows"):
            await connection.execute("delete from recording_list where seq = 3")
        with pytest.raises(asyncpg.RaiseError, match="only grows"):
            await connection.execute("update recording_list set who = 'me'")
        await connection.close()
    found = await flaws(vault)
    assert sorted(found, key=str) == sorted(
        [(Flaw.ROW_ALTERED, 2), (Flaw.NO_KEY, 3), (Flaw.ROW_GONE, 1), (Flaw.STRANGER, 1)], key=str
    )
    assert (await vault.verify(expect=head)).faults == (await vault.verify()).faults
    assert (await vault.verify(expect="f" * 64)).faults[0].flaw is Flaw.CHAIN_BROKEN


async def test_a_list_cut_short_or_forged_is_found_by_its_copy(rows_url: str | None, place: Any) -> None:
    vault = place.vault()
    for attempt_id in (1, 2, 3):
        await place.keep(vault, attempt_id)
    head = (await vault.verify()).head
    if rows_url is None:
        place.rows.list.pop()
    else:  # somebody with all rights, who knows what to switch off
        connection = await asyncpg.connect(rows_url)
        await connection.execute("set session_replication_role = replica")
        await connection.execute("delete from recording_list where seq = 3")
        await connection.close()
    found = await vault.verify(expect=head)
    assert {fault.flaw for fault in found.faults} == {Flaw.CHAIN_BROKEN, Flaw.COPY_DIFFERS, Flaw.UNLISTED}
    assert any("line 3 of hashes.jsonl: the database's list ends before it" in each.detail for each in found.faults)


async def test_a_hole_in_the_list_is_found_at_its_place(rows_url: str | None, place: Any) -> None:
    vault = place.vault()
    for attempt_id in (1, 2, 3):
        await place.keep(vault, attempt_id)
    if rows_url is None:
        del place.rows.list[1]
    else:
        connection = await asyncpg.connect(rows_url)
        await connection.execute("set session_replication_role = replica")
        await connection.execute("delete from recording_list where seq = 2")
        await connection.close()
    faults = (await vault.verify()).faults
    assert "entry 2 is missing; entries up to 1 are sound" in [fault.detail for fault in faults]


def keep_days(days: float) -> Callable[[Recording], Keep]:
    return lambda _: Keep(asked_s=days * DAY)


async def test_purging_takes_key_file_and_leaves_a_tombstone(place: Any) -> None:
    vault = place.vault()
    for attempt_id, at in ((1, 1000.0), (2, 1000.0 + 5 * DAY), (3, 1000.0)):
        await place.keep(vault, attempt_id, at=at)
    dry = await vault.purge(1001.0 + 10 * DAY, keep_days(10), who="cron", dry_run=True)
    assert [row.id for row, _ in dry.purged] == [1, 3]
    assert len(place.files()) == 3
    done = await vault.purge(1001.0 + 10 * DAY, keep_days(10), who="cron")
    assert [row.id for row, _ in done.purged] == [1, 3]
    assert [file.name.partition("-")[0] for file in place.files()] == ["2"]
    row = await place.rows.find(1)
    assert (row.state, row.why, row.sealed.wrapped_key) == (State.PURGED, "kept 10 days, as the campaign asks", b"")
    with pytest.raises(RecordingGone, match="was purged"):
        await vault.read(1)
    last = (await place.rows.entries(after=3, most=10))[0]
    assert (last.deed, last.recording_id, last.who, last.why) == (Deed.PURGED, 1, "cron", row.why)
    assert len(last.wav_sha256) == 64
    assert await flaws(vault) == []
    assert (await vault.purge(1001.0 + 10 * DAY, keep_days(10), who="cron")).purged == ()
    place.record(1)
    assert (await vault.recover(place.spool, quiet_s=0)).known == [1], "what was purged is not taken in again"
    assert list(place.spool.iterdir()) == []


async def test_a_purge_that_died_before_the_file_went_is_ended_by_the_next(place: Any) -> None:
    vault = place.vault()
    await place.keep(vault, 1)
    assert await place.rows.purge(1, who="cron", why="over", now=2000.0)
    assert await flaws(vault) == [(Flaw.NOT_ERASED, 1)]
    await vault.purge(2000.0, keep_days(99), who="cron")
    assert place.files() == []
    assert await flaws(vault) == []


@pytest.mark.parametrize(("scope", "target"), [("attempt", 1), ("customer", 101), ("campaign", 1)])
async def test_what_is_held_is_never_purged(place: Any, scope: str, target: int) -> None:
    vault = place.vault()
    await place.keep(vault, 1)
    await place.keep(vault, 2)
    hold = await vault.hold(HoldScope(scope), target, who="counsel", why="case 12")
    assert (await place.rows.find(1)).held
    assert not (await place.rows.find(2)).held
    far = 1000.0 + 9999 * DAY
    dry = await vault.purge(far, keep_days(1), who="cron", dry_run=True)
    assert ([row.id for row, _ in dry.purged], [row.id for row in dry.held]) == ([2], [1])
    assert not await place.rows.purge(1, who="cron", why="by force", now=far), "the database itself refuses"
    done = await vault.purge(far, keep_days(1), who="cron")
    assert ([row.id for row, _ in done.purged], [row.id for row in done.held]) == ([2], [1])
    assert channels(await vault.read(1))[0].any()
    assert [each.why for each in await place.rows.holds()] == ["case 12"]
    freed = await vault.unhold(hold.id, who="counsel", why="settled")
    assert freed.released_by == "counsel"
    with pytest.raises(NotFound, match="recordings holds"):
        await vault.unhold(hold.id, who="counsel", why="settled")
    assert [row.id for row, _ in (await vault.purge(far, keep_days(1), who="cron")).purged] == [1]
    told = [(entry.deed, entry.why) for entry in await place.rows.entries(after=2, most=10)]
    assert (Deed.HELD, f"hold {hold.id} on {scope} {target}: case 12") in told
    assert (Deed.RELEASED, f"hold {hold.id} on {scope} {target}: settled") in told
    assert await flaws(vault) == []


async def test_a_hold_set_while_a_purge_runs_wins_or_comes_too_late_but_never_half(place: Any) -> None:
    vault, counsel = place.vault(), place.vault()
    for attempt_id in range(1, 21):
        await place.keep(vault, attempt_id, seconds=0.02)
    far = 1000.0 + 9999 * DAY
    purge = asyncio.create_task(vault.purge(far, keep_days(1), who="cron"))
    await asyncio.sleep(0.01)
    await counsel.hold(HoldScope.CAMPAIGN, 2, who="counsel", why="case 12")
    purged_before = {e.recording_id for e in await place.rows.entries(after=0, most=999) if e.deed is Deed.PURGED}
    done = {row.id for row, _ in (await purge).purged}
    after = {n for n in done if n % 2 == 0} - purged_before
    assert after == set(), "nothing held is purged once the hold is set"
    assert {int(file.name.partition("-")[0]) for file in place.files()} == set(range(1, 21)) - done


async def test_a_hold_needs_a_name_a_reason_and_something_to_hold(rows_url: str | None, place: Any) -> None:
    vault = place.vault()
    for who, why in (("", "case"), ("counsel", " ")):
        with pytest.raises(BadInput, match="a name and a reason"):
            await vault.hold(HoldScope.CAMPAIGN, 1, who=who, why=why)
    if rows_url is not None:
        for scope in HoldScope:
            with pytest.raises(NotFound, match=f"no {scope.value} 999"):
                await vault.hold(scope, 999, who="counsel", why="case")


async def test_a_new_key_rewraps_without_touching_audio(place: Any) -> None:
    vault, running = place.vault(), place.vault()
    for attempt_id in (1, 2, 3):
        await place.keep(vault, attempt_id)
    before = {file: (file.read_bytes(), file.stat().st_mtime_ns) for file in place.files()}
    first = vault.keys.current
    assert await vault.rotate_key(who="ops") == 3
    assert {file: (file.read_bytes(), file.stat().st_mtime_ns) for file in place.files()} == before
    for recording_id in (1, 2, 3):
        row = await place.rows.find(recording_id)
        assert row.sealed.key_id == vault.keys.current != first
        assert onset_s(channels(await vault.read(recording_id))[0], 440 + recording_id) < 0.003
    assert channels(await running.read(1))[0].any(), "a program that runs meanwhile reads the new key"
    assert await vault.rotate_key(who="ops", make=False) == 0
    assert await flaws(vault) == []
    lines = [line for line in place.key_file.read_text().splitlines() if not line.startswith(first)]
    place.key_file.write_text("\n".join(lines) + "\n")
    assert channels(await place.vault().read(2))[0].any(), "the old key is needed no more"


async def test_a_rotation_broken_off_is_ended_by_the_next(place: Any) -> None:
    vault = place.vault()
    for attempt_id in (1, 2):
        await place.keep(vault, attempt_id)
    vault.keys = vault.keys.with_new_key()
    row = await place.rows.find(1)
    key_id, wrapped = vault.keys.wrap(1, vault.data_key(row.sealed))
    assert await place.rows.rewrap(1, row.sealed.wrapped_key, key_id, wrapped)
    assert not await place.rows.rewrap(1, row.sealed.wrapped_key, key_id, wrapped), "it is not what it was"
    again = place.vault()
    assert channels(await again.read(1))[0].any()
    assert channels(await again.read(2))[0].any()
    assert await again.rotate_key(who="ops", make=False) == 1


async def test_a_lost_master_key_is_named(place: Any) -> None:
    vault = place.vault()
    await place.keep(vault, 1)
    lost = vault.keys.current
    place.key_file.unlink()
    other = place.vault()
    assert other.keys.current != lost
    with pytest.raises(KeyMissing, match=lost):
        await other.read(1)
    (fault,) = (await other.verify()).faults
    assert (fault.flaw, fault.recording_id) == (Flaw.NO_KEY, 1)
    assert lost in fault.detail


async def test_an_export_is_listed_before_it_exists(place: Any) -> None:
    vault = place.vault()
    await place.keep(vault, 1)
    to = place.home / "out.wav"
    size = await vault.export(1, to, who="Li", why="the customer asked")
    assert to.read_bytes() == await vault.read(1)
    assert to.stat().st_size == size
    assert to.stat().st_mode & 0o777 == 0o600
    entry = (await place.rows.entries(after=1, most=5))[0]
    assert (entry.deed, entry.recording_id, entry.who, entry.why) == (Deed.EXPORTED, 1, "Li", "the customer asked")
    with pytest.raises(BadInput, match="exists already"):
        await vault.export(1, to, who="Li")
    file = file_of(place, 1)
    file.write_bytes(file.read_bytes()[:-1])
    with pytest.raises(Altered):
        await vault.export(1, place.home / "half.wav", who="Li")
    assert not (place.home / "half.wav").exists(), "no half of a recording is given out"
    await vault.note_access(1, who="Wang", why="quality")
    assert (await place.rows.entries(after=2, most=5))[-1].deed is Deed.HEARD
    assert KeyRing.open(place.key_file, make=False).current == vault.keys.current
