"""The list of hashes: whatever is altered, left out, put in or moved is found at its place; and how long to keep."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from callwright.adapters.recordings.chain import GENESIS, ChainWalk, Deed, Entry, as_line, linked, seq_and_link
from callwright.adapters.recordings.list_file import ListFile
from callwright.adapters.recordings.ports import Note, Recording, State
from callwright.adapters.recordings.retention import Keep, due

DAY = 86_400.0


def chain(length: int) -> list[Entry]:
    entries: list[Entry] = []
    for nth in range(1, length + 1):
        entry = Entry(
            deed=Deed.KEPT, at=1000.0 + nth, recording_id=nth, wav_sha256=f"{nth:064x}", why="为什么", who="я"
        )
        entries.append(linked(entry, seq=nth, previous=entries[-1].link if entries else GENESIS))
    return entries


def fault(entries: list[Entry]) -> str | None:
    walk = ChainWalk()
    for entry in entries:  # piece by piece, as pages come
        walk.follow([entry])
    return walk.fault


def test_a_sound_list_is_sound() -> None:
    assert fault(chain(5)) is None
    assert fault([]) is None


@pytest.mark.parametrize(
    "change",
    [
        {"at": 1.0},
        {"deed": Deed.LOST},
        {"recording_id": 99},
        {"recording_id": None},
        {"wav_sha256": "0" * 64},
        {"file_sha256": "1"},
        {"file_bytes": 1},
        {"who": "another"},
        {"why": ""},
    ],
)
def test_any_change_to_an_entry_is_found_at_its_place(change: dict[str, object]) -> None:
    entries = chain(5)
    entries[2] = replace(entries[2], **change)  # type: ignore[arg-type]
    assert fault(entries) == "entry 3 was altered"
    forged = linked(entries[2], seq=3, previous=entries[1].link)  # its own hash made to fit
    assert fault([*entries[:2], forged, *entries[3:]]) == "entry 4 does not follow entry 3: one of them was replaced"


def test_entries_left_out_moved_or_put_in_are_found() -> None:
    a, b, c, d = chain(4)
    assert fault([a, c, d]) == "entry 2 is missing"
    assert fault([b, c, d]) == "entry 1 is missing"
    assert fault([a, c, b, d]) == "entry 2 is missing"
    assert fault([a, b, b, c, d]) == "entry 3 is missing"


def test_the_copy_grows_catches_up_and_mends_a_torn_line(tmp_path: Path) -> None:
    copy, entries = ListFile(tmp_path / "hashes.jsonl"), chain(6)
    assert copy.last_seq() == 0
    copy.append(entries[:2])
    copy.append(entries[:4])
    assert copy.last_seq() == 4
    with copy.path.open("ab") as file:
        file.write(as_line(entries[4]).encode()[:30])  # a crash in the middle of a line
    assert copy.last_seq() == 4
    copy.append(entries[4:])
    assert [said for _, said in copy.lines()] == [(entry.seq, entry.link) for entry in entries]
    assert copy.path.stat().st_mode & 0o777 == 0o600
    assert seq_and_link("{torn") is None


def recording(**said: object) -> Recording:
    return Recording(note=Note(recording_id=1, ended_at=1000.0), state=State.KEPT, **said)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("keep", "days", "why"),
    [
        (Keep(asked_s=90 * DAY), 90, "as the campaign asks"),
        (Keep(asked_s=90 * DAY, at_least_s=30 * DAY), 90, "as the campaign asks"),
        (Keep(asked_s=90 * DAY, at_least_s=180 * DAY), 180, "the least the rule packs demand"),
        (Keep(asked_s=90 * DAY, at_most_s=60 * DAY), 60, "the most the rule packs allow"),
        (Keep(at_most_s=60 * DAY), 60, "the most the rule packs allow"),
        (Keep(asked_s=9 * DAY, at_most_s=60 * DAY, at_least_s=70 * DAY), 70, "the least the rule packs demand"),
        (Keep(asked_s=0.0), 0, "as the campaign asks"),
    ],
)
def test_the_least_comes_before_the_most_before_the_campaigns_word(keep: Keep, days: float, why: str) -> None:
    found = due(recording(), keep)
    assert found is not None
    assert (found.at, found.why) == (1000.0 + days * DAY, f"kept {days:g} days, {why}")


def test_without_a_word_nothing_is_ever_due() -> None:
    assert due(recording(), Keep(at_least_s=30 * DAY)) is None
    assert due(recording(), Keep()) is None
    assert due(Recording(note=Note(recording_id=1), state=State.KEPT), Keep(asked_s=1.0)) is None
