"""The vault on memory and on PostgreSQL: what goes in comes out, whatever fails in between is done later."""

from __future__ import annotations

import asyncio
import errno
import os
import signal
import subprocess
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from callwright.adapters.postgres.embedded import EmbeddedPostgres
from callwright.adapters.postgres.migrations import migrate
from callwright.adapters.postgres.postmaster import find_postmaster
from callwright.adapters.postgres.recordings import PostgresRecordings
from callwright.adapters.recordings import taking
from callwright.adapters.recordings.chain import Deed
from callwright.adapters.recordings.errors import RecordingGone
from callwright.adapters.recordings.keys import KeyRing
from callwright.adapters.recordings.memory import MemoryRows
from callwright.adapters.recordings.ports import Note, Recording, RecordingRows, Sealed, State, Wanted
from callwright.adapters.recordings.vault import Vault
from callwright.kit.errors import StoreUnavailable
from conftest import missing
from support.tones import RATE, channels, onset_s, tone, wav, write


async def test_a_call_goes_in_and_comes_out(place: Any) -> None:
    vault = place.vault()
    kept = await place.keep(vault, 7, seconds=1.0)
    assert (kept.state, kept.campaign, kept.customer_id) == (State.KEPT, "spring", 107)
    assert kept.sealed.seconds == pytest.approx(1.3, abs=0.001)
    assert kept.sealed.notes[:1] == ("person: the header said 0 bytes of audio, the file holds 15999",)
    assert list(place.spool.iterdir()) == [], "the plain files are gone"
    (file,) = place.files()
    assert file.stat().st_mode & 0o777 == 0o600
    content = await vault.read(7)
    left, right = channels(content)
    assert onset_s(left, 447) == pytest.approx(0.0, abs=0.003)
    assert onset_s(right, 1007) == pytest.approx(0.3, abs=0.003)
    assert left[:400].tobytes() not in file.read_bytes()
    assert await vault.size(7) == len(content)
    assert await vault.read(7, 100, 50) == content[100:150]
    assert b"".join([piece async for piece in vault.stream(7, 44)]) == content[44:]


async def test_the_proof_is_the_event(place: Any) -> None:
    vault = place.vault()
    assert await vault.started(7, 1, 1000.0, side="person")
    row = await place.rows.find(7)
    assert (row.state, row.note.person_began_at, row.note.agent_began_at) == (State.RECORDING, 1000.0, None)
    with pytest.raises(RecordingGone, match="not taken in yet"):
        await vault.read(7)
    assert await vault.failed(8, "the switch has no room")
    assert ((await place.rows.find(8)).state, (await place.rows.find(8)).why) == (
        State.FAILED,
        "the switch has no room",
    )
    with pytest.raises(RecordingGone, match="the switch has no room"):
        await vault.read(8)
    with pytest.raises(RecordingGone, match="no recording 9"):
        await vault.read(9)


async def test_pauses_are_silent_in_the_file_and_stand_in_the_row(place: Any) -> None:
    vault = place.vault()
    for side, at in (("person", 1000.0), ("agent", 1000.0)):
        await vault.started(7, 1, at, side=side)
    await vault.hushed(7, 1001.0, on=True)
    await vault.hushed(7, 1002.0, on=False)
    await place.vault().hushed(7, 1003.5, on=True)  # a dialer started anew meanwhile; nobody ends this one
    kept = await vault.finished(7, *place.record(7, seconds=4.0), ended_at=1004.0)
    assert kept.sealed.pauses_s == ((1.0, 2.0), (3.5, pytest.approx(4.0, abs=0.001)))
    for channel in channels(await vault.read(7)):
        assert not channel[RATE : 2 * RATE].any()
        assert not channel[round(3.5 * RATE) :].any()
        assert channel[round(2.2 * RATE) : round(3.3 * RATE)].any()
    leaks = [note for note in kept.sealed.notes if "in a pause were not silent" in note]
    assert [leak.partition(":")[0] for leak in leaks] == ["person", "agent"], (
        "the tones ran on: the switch did not obey"
    )


async def test_told_twice_and_by_two_at_once_there_is_one(place: Any) -> None:
    vault, other = place.vault(), place.vault()
    person, agent = place.record(7)
    results = await asyncio.gather(
        *(each.finished(7, person, agent, ended_at=1000.0) for each in (vault, other, vault, other)),
        return_exceptions=True,
    )
    assert [result for result in results if isinstance(result, Exception)] == []
    assert len(place.files()) == 1
    assert list(place.spool.iterdir()) == []
    entries = await place.rows.entries(after=0, most=100)
    assert [entry.deed for entry in entries if entry.recording_id == 7 and entry.deed is Deed.KEPT] == [Deed.KEPT]
    assert (await vault.verify()).faults == []


async def test_one_side_missing_empty_or_no_wav_does_not_cost_the_other(place: Any) -> None:
    vault = place.vault()
    person, _ = place.record(1)
    kept = await vault.finished(1, person, None, ended_at=1000.0)
    assert kept.sealed.notes[-1] == "agent: no file"
    person, agent = place.record(2)
    agent.write_bytes(b"")
    kept = await vault.finished(2, person, agent, ended_at=1000.0)
    assert "agent: the file is empty: nothing was recorded on this side" in kept.sealed.notes
    assert not agent.exists()
    person, agent = place.record(3)
    agent.write_bytes(b"OggS" + bytes(100))
    kept = await vault.finished(3, person, agent, ended_at=1000.0)
    assert any("Ogg" in note for note in kept.sealed.notes)
    assert agent.exists(), "what we cannot read is not ours to throw away"
    left, right = channels(await vault.read(3))
    assert onset_s(left, 443) == pytest.approx(0.0, abs=0.003)
    assert not right.any()


async def test_nothing_on_both_sides_is_lost_and_listed(place: Any) -> None:
    vault = place.vault()
    assert await vault.finished(7, None, write(place.spool / "7-agent.wav", b""), ended_at=1000.0) is None
    row = await place.rows.find(7)
    assert row.state is State.LOST
    empty = "the file is empty: nothing was recorded on this side"
    assert row.why == f"Nothing was recorded of attempt 7: person: no file; agent: {empty}."
    assert [entry.deed for entry in await place.rows.entries(after=0, most=10)] == [Deed.LOST]
    assert await vault.finished(7, *place.record(7), ended_at=1000.0) is not None, "the files came late"


async def test_the_loop_is_not_blocked_and_memory_stays_small(place: Any) -> None:
    vault = place.vault()
    await place.keep(vault, 2)  # everything is loaded
    place.spool.joinpath("x").mkdir()
    samples = tone(440, 600.0)
    person = write(place.spool / "1-person.wav", wav(samples))
    agent = write(place.spool / "1-agent.wav", wav(samples))
    gaps, running = list[float](), True

    async def beat() -> None:
        while running:
            before = time.perf_counter()
            await asyncio.sleep(0.002)
            gaps.append(time.perf_counter() - before)

    beating = asyncio.create_task(beat())
    kept = await vault.finished(1, person, agent, ended_at=1000.0)
    running = False
    await beating
    assert kept.sealed.seconds == 600.0
    assert sorted(gaps)[len(gaps) // 2] < 0.02, "half of the beats, on a machine that others use too"


class Failing:
    """Rows that fail when told to: before the database heard, or after it committed (the answer is lost)."""

    def __init__(self, rows: RecordingRows) -> None:
        self._rows = rows
        self.down = False
        self.lose_answers = 0

    def __getattr__(self, name: str) -> Any:
        deed = getattr(self._rows, name)

        async def call(*arguments: Any, **more: Any) -> Any:
            if self.down:
                raise StoreUnavailable("The database does not answer.")
            result = await deed(*arguments, **more)
            if name == "keep" and self.lose_answers:
                self.lose_answers -= 1
                raise StoreUnavailable("The answer was lost.")
            return result

        return call


async def test_without_the_database_nothing_is_lost(place: Any) -> None:
    rows = Failing(place.rows)
    vault = place.vault(rows)
    rows.down = True
    assert not await vault.started(7, 1, 1000.0, side="person")
    assert not await vault.started(7, 1, 1000.3, side="agent")
    assert not await vault.hushed(7, 1000.4, on=True)
    assert await vault.finished(7, *place.record(7, seconds=1.0), ended_at=1001.0) is None
    assert len(list(place.spool.iterdir())) == 2
    assert await vault.catch_up() == 1
    assert place.told
    again = place.vault(rows)  # the program died; what the events said is on the disk
    rows.down = False
    assert await again.catch_up() == 0
    row = await place.rows.find(7)
    assert (row.state, row.note.agent_began_at, row.note.ended_at) == (State.RECORDING, 1000.3, 1001.0)
    recovered = await again.recover(place.spool, live=(), quiet_s=0)
    assert (recovered.kept, recovered.lost, recovered.left) == ([7], {}, {})
    assert (await place.rows.find(7)).sealed.pauses_s == ((0.4, pytest.approx(1.3, abs=0.001)),)
    assert list((place.directory / "waiting").iterdir()) == []
    assert await vault.catch_up() == 0, "the first one, still alive after all, finds it kept"
    assert (await again.verify()).faults == []
    assert len(place.files()) == 1


async def test_a_lost_answer_to_the_commit_makes_no_second_one(place: Any) -> None:
    rows = Failing(place.rows)
    vault = place.vault(rows)
    rows.lose_answers = 2
    assert await vault.finished(7, *place.record(7), ended_at=1000.0) is None
    assert await vault.catch_up() == 1
    assert len(list(place.spool.iterdir())) == 2, "removed only when the commit is known"
    assert channels(await vault.read(7))[0].any(), "committed, so it can be read already"
    assert await vault.catch_up() == 0
    assert list(place.spool.iterdir()) == []
    assert (await vault.verify()).faults == []
    entries = await place.rows.entries(after=0, most=100)
    assert [entry.deed for entry in entries] == [Deed.KEPT]


async def test_keeping_up_does_it_by_itself(place: Any) -> None:
    rows = Failing(place.rows)
    vault = place.vault(rows)
    rows.down = True
    await vault.finished(7, *place.record(7), ended_at=1000.0)
    task = asyncio.create_task(vault.keep_up(every_s=0.01))
    await asyncio.sleep(0.1)
    rows.down = False
    for _ in range(300):
        await asyncio.sleep(0.01)
        if not list(place.spool.iterdir()):
            break
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)
    assert (await place.rows.find(7)).state is State.KEPT


async def test_a_full_disk_loses_nothing_and_leaves_nothing_half(place: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    vault = place.vault()
    synced = os.fsync

    def full(handle: int) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(taking.os, "fsync", full)
    assert await vault.finished(7, *place.record(7), ended_at=1000.0) is None
    assert place.files() == []
    assert len([file for file in place.spool.iterdir() if file.suffix == ".wav"]) == 2
    assert "No space left" in place.told[-1]
    monkeypatch.setattr(taking.os, "fsync", synced)
    assert await vault.catch_up() == 0
    assert (await vault.verify()).faults == []
    assert len(place.files()) == 1


async def test_a_file_that_grew_or_is_another_is_left_for_a_human(place: Any) -> None:
    vault = place.vault()
    person, agent = place.record(7)
    assert await vault.finished(7, person, agent, ended_at=1000.0) is not None
    place.record(7, seconds=0.9)  # an attempt's number used anew, by a database that was put back
    recovered = await vault.recover(place.spool, quiet_s=0)
    assert recovered.known == [7]
    assert sorted(recovered.left) == ["7-agent.wav", "7-person.wav"]
    assert sorted(file.name for file in place.spool.iterdir()) == ["7-agent.wav", "7-person.wav"]


async def test_a_file_that_grows_while_it_is_committed_is_not_thrown_away(place: Any) -> None:
    vault = place.vault()
    person, agent = place.record(7)
    keep = place.rows.keep

    async def keep_slowly(*arguments: Any) -> Recording:
        with person.open("ab") as file:
            file.write(bytes(3200))
        return await keep(*arguments)  # type: ignore[no-any-return]

    place.rows.keep = keep_slowly
    assert await vault.finished(7, person, agent, ended_at=1000.0) is not None
    assert (person.exists(), agent.exists()) == (True, False)
    assert "grew after it was taken in" in place.told[-1]


async def test_recover_takes_in_the_spool_and_says_what_was_lost(place: Any) -> None:
    vault = place.vault()
    for attempt_id in (1, 2, 3, 4):
        await vault.started(attempt_id, 1, 1000.0, side="person")
        await vault.started(attempt_id, 1, 1000.25, side="agent")
    place.record(1)
    place.record(3)
    place.record(5)  # no event of it ever came
    write(place.spool / "6-person.wav", b"")
    write(place.spool / "note.txt", b"not ours")
    write(place.spool / "8-person.wav", b"%PDF, and longer than a header, so that it is clearly something else")
    recovered = await vault.recover(place.spool, live={3}, quiet_s=0)
    assert recovered.kept == [1, 5]
    assert sorted(recovered.lost) == [2, 4, 6, 8]
    assert list(recovered.left) == ["8-person.wav"]
    assert sorted(file.name for file in place.spool.iterdir()) == [
        "3-agent.wav", "3-person.wav", "8-person.wav", "note.txt",
    ]  # fmt: skip
    left, right = channels(await vault.read(1))
    assert onset_s(right, 1001) - onset_s(left, 441) == pytest.approx(0.25, abs=0.004), "aligned by the events"
    assert (await vault.read(5))[:4] == b"RIFF"
    again = await vault.recover(place.spool, quiet_s=0)
    assert again.kept == [3], "without word of what is live, all that lies there is taken in, and nothing given up"
    assert (await vault.verify()).faults == []


async def test_recover_leaves_alone_what_is_still_being_written(place: Any) -> None:
    vault = place.vault()
    person, _ = place.record(7)
    place.record(8)

    async def record_on() -> None:
        while True:
            with person.open("ab") as file:
                file.write(bytes(1600))
            await asyncio.sleep(0.05)

    recording = asyncio.create_task(record_on())
    await asyncio.sleep(0)
    recovered = await vault.recover(place.spool, live=(), quiet_s=0.3)
    assert (recovered.kept, sorted(recovered.left)) == ([8], ["7-agent.wav", "7-person.wav"])
    recording.cancel()
    await asyncio.gather(recording, return_exceptions=True)
    assert (await vault.recover(place.spool, quiet_s=0.3)).kept == [7], "it is quiet now"


async def test_what_began_this_moment_is_not_given_up(place: Any) -> None:
    vault = place.vault()
    await vault.started(1, 1, place.now - 1.0, side="person")
    await vault.started(2, 1, place.now - 60.0, side="person")
    assert list((await vault.recover(place.spool, live=())).lost) == [2]
    place.now += 60.0
    assert list((await vault.recover(place.spool, live=())).lost) == [1]


def _until_dead(server: EmbeddedPostgres) -> None:
    while server.is_alive():
        time.sleep(0.01)


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    if os.geteuid() != 0:
        missing("only root can mount a small disk")
    disk = tmp_path / "small"
    disk.mkdir()
    if subprocess.run(["mount", "-t", "tmpfs", "-o", "size=1m", "tmpfs", disk], check=False).returncode != 0:
        missing("a small disk cannot be mounted here")
    yield disk
    subprocess.run(["umount", "-l", disk], check=True)


async def test_a_disk_that_is_really_full_loses_nothing(tmp_path: Path, small_disk: Path) -> None:
    told: list[str] = []
    keys = KeyRing.open(tmp_path / "key", make=True)
    vault = Vault(small_disk / "recordings", keys, MemoryRows(), tell=told.append)
    filler = small_disk / "filler"
    filler.write_bytes(bytes(600_000))
    files = [write(tmp_path / f"7-{side}.wav", wav(tone(440, 20.0))) for side in ("person", "agent")]
    assert await vault.finished(7, *files, ended_at=1000.0) is None
    assert "No space left" in told[0]
    assert all(file.exists() for file in files)
    assert await vault.catch_up() == 1
    filler.unlink()
    assert await vault.catch_up() == 0
    assert not any(file.exists() for file in files)
    assert len(channels(await vault.read(7))[0]) == 20 * RATE
    vault.close()


async def test_a_database_that_is_killed_meanwhile(new_server: Callable[[], EmbeddedPostgres], tmp_path: Path) -> None:
    server = new_server()
    url = await asyncio.to_thread(server.start)
    await migrate(url)
    rows = await PostgresRecordings.connect(url)
    vault = Vault(tmp_path / "recordings", KeyRing.open(tmp_path / "key", make=True), rows)
    assert await vault.started(7, None, 1000.0, side="person")
    found = find_postmaster(server.pgdata)
    assert found is not None
    os.kill(found.pid, signal.SIGKILL)
    await asyncio.to_thread(_until_dead, server)
    assert not await vault.started(7, None, 1000.5, side="agent")
    files = [write(tmp_path / f"7-{side}.wav", wav(tone(440, 1.0))) for side in ("person", "agent")]
    assert await vault.finished(7, *files, ended_at=1002.0) is None
    assert await asyncio.to_thread(server.start) == url
    for _ in range(100):
        if await vault.catch_up() == 0:
            break
        await asyncio.sleep(0.1)
    left, right = channels(await vault.read(7))
    assert onset_s(right, 440) - onset_s(left, 440) == pytest.approx(0.5, abs=0.003)
    assert (await vault.verify()).faults == []
    vault.close()
    await rows.close()


async def test_parts_of_the_living_are_left_and_of_the_dead_settled(place: Any) -> None:
    vault, other = place.vault(), place.vault()
    note = Note(recording_id=7, person_began_at=1000.0)
    taken = taking.take_in(place.directory, vault.keys, note, *place.record(7))
    await other.recover(place.home / "spool", live={7}, quiet_s=0)
    assert taken.part.exists(), "somebody is at it"
    taken.let_go()
    await other.recover(place.home / "spool", live={7}, quiet_s=0)
    assert not taken.part.exists(), "never committed; the sources are there"
    taken = taking.take_in(
        place.directory, vault.keys, note, *(place.spool / f"7-{s}.wav" for s in ("person", "agent"))
    )
    await place.rows.keep(taken.sealed, note, 2000.0)
    taken.let_go()  # killed between the commit and the name
    assert channels(await other.read(7))[0].any()
    assert (await other.verify()).faults == []
    await other.recover(place.spool, live=(), quiet_s=0)
    assert [file.suffix for file in place.files()] == [".cwr"]
    assert list(place.spool.iterdir()) == [], "its sources were what it is made of"


async def test_rows_are_found_by_what_people_ask(place: Any) -> None:
    vault = place.vault()
    for attempt_id in (1, 2, 3):
        await place.keep(vault, attempt_id, at=1000.0 + 10 * attempt_id)

    async def ids(**wanted: Any) -> list[int]:
        return [row.id for row in await place.rows.search(Wanted(**wanted))]

    assert await ids() == [3, 2, 1]
    assert await ids(campaign="spring") == [3, 1]
    assert await ids(from_at=1020.0) == [3, 2]
    assert await ids(from_at=1020.0, until_at=1030.0) == [2]
    assert await ids(campaign="none") == []
    assert await ids(most=1) == [3]


async def test_notes_merge_alike_in_any_order(place: Any) -> None:
    notes = [
        Note(recording_id=7, campaign_id=1, person_began_at=1000.0),
        Note(recording_id=7, agent_began_at=1000.5),
        Note(recording_id=7, hushes=((1010.0, True),)),
        Note(recording_id=7, hushes=((1012.0, False),), ended_at=1100.0),
    ]
    for note in [*reversed(notes), *notes]:
        await place.rows.note(note)
    row: Recording = await place.rows.find(7)
    assert row.note == Note(
        recording_id=7,
        campaign_id=1,
        person_began_at=1000.0,
        agent_began_at=1000.5,
        ended_at=1100.0,
        hushes=((1010.0, True), (1012.0, False)),
    )
    sealed = Sealed(
        recording_id=7, file="f", file_bytes=1, file_sha256="a", wav_bytes=1, wav_sha256="b", seconds=1.0,
        key_id="k", wrapped_key=b"w", sources={"x": "y"}, pauses_s=((1.0, 2.0),), notes=("n",),
    )  # fmt: skip
    assert (await place.rows.keep(sealed, row.note, 2000.0)).sealed == sealed
    await place.rows.note(Note(recording_id=7, hushes=((1020.0, True),)))
    assert (await place.rows.find(7)).note.hushes == row.note.hushes, "a kept one does not change"
    assert not await place.rows.lose(7, "why", 3000.0)


def test_the_standard_library_reads_what_is_written(tmp_path: Path) -> None:
    import wave

    with wave.open(str(write(tmp_path / "x.wav", wav(tone(440, 1.0))))) as read:
        assert (read.getnframes(), read.getframerate(), read.getnchannels()) == (8000, 8000, 1)
