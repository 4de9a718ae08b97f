"""kill -9 in the middle of taking in, at random instants: each recording is there exactly once, and plays."""

from __future__ import annotations

import asyncio
import random
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest

from callwright.adapters.recordings.chain import Deed
from callwright.adapters.recordings.ports import Note, Wanted
from support.tones import channels, onset_s

PROGRAM = Path(__file__).with_name("take_in_program.py")
RECORDINGS = 40


@pytest.fixture
def rows_url(embedded_database_url: str) -> str:
    return embedded_database_url


def start(url: str, home: Path) -> subprocess.Popen[str]:
    process = subprocess.Popen([sys.executable, str(PROGRAM), url, str(home)], stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    assert process.stdout.readline() == "ready\n"
    return process


def kill_after(process: subprocess.Popen[str], delay_s: float) -> bool:
    """True where it was still at work."""
    time.sleep(delay_s)
    process.kill()
    said = process.communicate(timeout=30)[0]
    return "done" not in said


@pytest.mark.parametrize("kills", [12, pytest.param(200, marks=pytest.mark.soak)])
async def test_each_recording_is_there_once_and_plays(place: Any, rows_url: str, kills: int) -> None:
    chance, everything = random.Random(3), range(1, RECORDINGS + 1)
    for attempt_id in everything:
        await place.rows.note(Note(recording_id=attempt_id, person_began_at=1000.0, agent_began_at=1000.2))
        place.record(attempt_id, seconds=30.0)
    hits = parts = 0
    for nth in range(kills):
        process = await asyncio.to_thread(start, rows_url, place.home)
        hits += await asyncio.to_thread(kill_after, process, chance.uniform(0.0, 0.08))
        parts += sum(file.suffix == ".part" for file in place.files())
        if nth % 3 == 2:  # now and then somebody recovers, and leaves what lies in the spool to the next
            vault = place.vault()
            recovered = await vault.recover(place.spool, live=everything, quiet_s=0)
            assert recovered.lost == {}
            vault.close()
    assert hits > kills // 2, "most kills came after the work was done"
    assert parts > 0, "no kill hit a file that was being written"
    vault = place.vault()
    await vault.recover(place.spool, live=(), quiet_s=0)
    assert list(place.spool.iterdir()) == []
    rows = await place.rows.search(Wanted())
    assert sorted(row.id for row in rows) == list(everything)
    kept = [e.recording_id for e in await place.rows.entries(after=0, most=999) if e.deed is Deed.KEPT]
    assert sorted(kept) == list(everything)
    assert len(place.files()) == RECORDINGS, "no half-written file is left, and none twice"
    assert (await vault.verify()).faults == []
    for row in rows:
        left, right = channels(await vault.read(row.id))
        assert onset_s(left, 440 + row.id) == pytest.approx(0.0, abs=0.003)
        assert onset_s(right, 1000 + row.id) == pytest.approx(0.2, abs=0.003)
