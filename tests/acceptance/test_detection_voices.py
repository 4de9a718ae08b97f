"""Who answered, on recorded voices the shipped model has never heard (bench/_calls.py makes the calls).

The bounds are wide on purpose: ``bench/detection.py`` measures on more calls, this notices a broken detection.
"""

from __future__ import annotations

import importlib
import sys
from collections import Counter
from pathlib import Path
from types import ModuleType

import pytest

from callwright.model.outcome import Media
from callwright.robot import AnnouncementBook, Heard, HeardKind, Hearing, frames_of, teach
from conftest import missing

_BENCH = Path(__file__).resolve().parents[2] / "bench"


@pytest.fixture(scope="module")
def calls() -> ModuleType:
    sys.path.insert(0, str(_BENCH))
    try:
        module = importlib.import_module("_calls")
    finally:
        sys.path.remove(str(_BENCH))
    if not set(module.TEST_VOICES[:3]) <= set(module.recorded_speakers()):
        missing("there are no recorded voices: run scripts/fetch-sounds")
    return module


def _hear(pcm: bytes, *, hearing: Hearing | None = None, answered: bool = True) -> list[Heard]:
    hearing = hearing or Hearing()
    heard = [each for frame in frames_of(pcm) for each in hearing.feed(frame, answered=answered)]
    return heard + hearing.end()


def test_people_are_not_lost_and_machines_caught(calls: ModuleType) -> None:
    speakers = [calls.recorded_speakers()[name] for name in calls.TEST_VOICES[:3]]
    confusion: Counter[tuple[str, str]] = Counter()
    people_s: list[float] = []
    beeps = beeps_found = 0
    for clip in calls.make_calls(speakers, per_speaker=14, seed=5):
        heard = _hear(clip.pcm)
        verdict = next((each for each in heard if each.kind is HeardKind.VERDICT), None)
        confusion[clip.truth, str(verdict.media) if verdict else "none"] += 1
        if clip.truth == "human" and verdict is not None and verdict.since_answer_s is not None:
            people_s.append(verdict.since_answer_s)
        if clip.beep_end_s and clip.beep_end_s < 7.5:
            beeps += 1
            beeps_found += any(
                each.kind is HeardKind.BEEP and abs((each.since_answer_s or 0.0) - clip.beep_end_s) < 0.3
                for each in heard
            )
    assert confusion["human", "machine"] <= 2, confusion
    assert confusion["machine", "human"] <= 7, confusion
    assert sorted(people_s)[len(people_s) // 2] < 2.8
    assert beeps > 10
    assert beeps_found >= 0.9 * beeps


def test_real_announcements_are_known_and_others_are_not(calls: ModuleType) -> None:
    speaker = calls.recorded_speakers()["en-allison"]
    names = ["cannot-complete-as-dialed", "all-circuits-busy-now", "vm-nobodyavail"]
    pcm = {name: (speaker.prompts[name] * 32767).astype("<i2") for name in speaker.prompts}
    book = AnnouncementBook([teach(pcm[n].tobytes(), name=n, media=Media.ANNOUNCED_UNREACHABLE) for n in names])
    for name in names:
        bent = calls.companded(pcm[name][77:] // 3)
        heard = _hear(bytes(4000) + bent.tobytes() + bytes(8000), hearing=Hearing(announcements=book), answered=False)
        assert f"book:{name}" in [each.why for each in heard]
    for name in sorted(speaker.between(2.0, 8.0))[:25]:
        if name not in names:
            heard = _hear(pcm[name].tobytes(), hearing=Hearing(announcements=book), answered=False)
            assert [each for each in heard if each.kind is HeardKind.ANNOUNCEMENT] == [], name
