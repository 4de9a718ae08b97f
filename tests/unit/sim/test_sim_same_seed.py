"""The same seed gives the same event log, byte for byte, whatever the hash seed; and the shares of the sample."""

from __future__ import annotations

import hashlib
import os
import random
import subprocess
import sys
from collections import Counter
from pathlib import Path

import pytest

from callwright.kit.errors import BadInput
from callwright.sim.fates import FateKind
from callwright.sim.sample import CONNECTED, NOT_CONNECTED, TALKS, apportion, sample_results, write_sample
from callwright.sim.truth import TruthPeople

REHEARSE = """
import sys
from pathlib import Path
from callwright.app.options import RehearsalOptions
from callwright.app.rehearsal import rehearse
from callwright.app.settings import read_settings
campaign, directory, *seeds = map(Path, sys.argv[1:])
for seed in seeds:
    options = RehearsalOptions(campaign=campaign, seed=int(str(seed)), events=directory / f"{seed}.jsonl")
    print(rehearse(options, read_settings({})).attempts)
"""


def event_logs(campaign: Path, seeds: list[int], hash_seed: int, directory: Path) -> list[str]:
    """The digests of the event logs of rehearsals in a process of their own."""
    directory.mkdir()
    done = subprocess.run(
        [sys.executable, "-c", REHEARSE, str(campaign), str(directory), *map(str, seeds)],
        env={**os.environ, "PYTHONHASHSEED": str(hash_seed)},
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )
    assert done.returncode == 0, done.stderr
    assert all(int(attempts) >= 150 for attempts in done.stdout.split())
    return [hashlib.sha256((directory / f"{seed}.jsonl").read_bytes()).hexdigest() for seed in seeds]


def test_the_same_seed_gives_the_same_event_log(tmp_path: Path) -> None:
    sample = write_sample(tmp_path, people=150, agents=5)
    first, other = event_logs(sample.campaign_file, [1, 2], 0, tmp_path / "one")
    assert event_logs(sample.campaign_file, [1], 4242, tmp_path / "two") == [first]
    assert other != first


@pytest.mark.parametrize("language", ["en", "zh", "ru"])
def test_the_sample_is_repeatable_and_in_itself_consistent(tmp_path: Path, language: str) -> None:
    one = write_sample(tmp_path / "one", language=language, people=500)  # type: ignore[arg-type]  # a Language
    two = write_sample(tmp_path / "two", language=language, people=500)  # type: ignore[arg-type]  # a Language
    for a, b in (
        (one.list_file, two.list_file),
        (one.truth_file, two.truth_file),
        (one.campaign_file, two.campaign_file),
    ):
        assert a.read_bytes() == b.read_bytes()
    people = TruthPeople.read(one.truth_file)
    listed = [line.split(",")[0] for line in one.list_file.read_text(encoding="utf-8").splitlines()[1:]]
    assert len(set(listed)) == 500
    assert people.check(listed) == []


def test_the_sample_has_the_published_shares() -> None:
    results = sample_results(15_000, random.Random(1))
    kinds = Counter(text.partition("@")[0] for text in results)
    assert {kind: n for kind, n in kinds.items() if kind != "answer"} == NOT_CONNECTED
    assert kinds["answer"] == CONNECTED
    codes = Counter(text.split(":")[2] for text in results if text.startswith("answer"))
    assert codes["success"] == 10
    codes["not_needed"] += codes.pop("success")
    for code, (percent, _) in TALKS.items():
        assert 100.0 * codes[code] / CONNECTED == pytest.approx(percent, abs=0.02)


def test_every_word_of_the_sample_is_a_fate() -> None:
    assert {FateKind(word) for word in NOT_CONNECTED} < set(FateKind)


def test_apportioning_loses_nothing() -> None:
    assert apportion(10, [1.0, 1.0, 1.0]) == [4, 3, 3]
    assert sum(apportion(2999, [percent for percent, _ in TALKS.values()])) == 2999


def test_a_sample_of_nobody_is_refused(tmp_path: Path) -> None:
    for people in (0, 10**6):
        with pytest.raises(BadInput, match="people"):
            write_sample(tmp_path, people=people)
