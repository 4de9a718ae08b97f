"""The same seed gives the same event log, byte for byte, in processes that share nothing; another seed another log."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

CAMPAIGN = """
name = "spring"
purpose = "service"
mode = "{mode}"
country = "PT"
caller_ids = ["+351210000001", "+351220000001"]
inbound = true
detect_machines = "async"
{message}
[hours]
time = "09:00-20:00"
weekdays = "mon-sat"

[dial]
max_tries = 4
min_gap = "10m"
"""
MESSAGE = '[message]\nmessage = "news"\nlength = 15\nkeys = {"1" = "success", "9" = "never_call"}\n'


def _files(directory: Path, people: int, mode: str) -> Path:
    rows = [f"{351910000000 + n * 7919 % 10_000_000:+d},{351211000000 + n:+d}" for n in range(people)]
    (directory / "people.csv").write_text("phone,phone2\n" + "\n".join(rows) + "\n", encoding="utf-8")
    campaign = directory / f"{mode}.toml"
    text = CAMPAIGN.format(mode=mode, message="")
    campaign.write_text(text + (MESSAGE if mode == "message" else ""), encoding="utf-8")
    return campaign


def _log(directory: Path, campaign: Path, name: str, *, hash_seed: int, seed: int = 5, database: str = "") -> bytes:
    """The event log of a rehearsal in a process of its own."""
    events = directory / name
    more = ["--store", "postgres"] if database else []
    environment = {**os.environ, "PYTHONHASHSEED": str(hash_seed), "TZ": ("UTC", "Asia/Shanghai")[hash_seed % 2]}
    if database:
        environment["CALLWRIGHT_DATABASE_URL"] = database
    program = Path(sys.executable).with_name("callwright")
    command: list[str | Path] = [program, "rehearse", campaign, "--list", directory / "people.csv"]
    command += ["--agents", "6", "--until", "2026-03-03", "--seed", str(seed), "--events", events, "--json", *more]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return events.read_bytes()


@pytest.mark.parametrize("mode", ["predictive", "progressive", "preview", "message"])
def test_two_processes_one_log(tmp_path: Path, mode: str) -> None:
    campaign = _files(tmp_path, 150, mode)
    first = _log(tmp_path, campaign, "first.jsonl", hash_seed=1)
    assert first.count(b"\n") > 700
    assert _log(tmp_path, campaign, "second.jsonl", hash_seed=2) == first
    if mode == "predictive":
        assert _log(tmp_path, campaign, "other.jsonl", hash_seed=1, seed=6) != first


def test_the_speed_of_the_database_changes_nothing(tmp_path: Path, embedded_database_url: str) -> None:
    campaign = _files(tmp_path, 60, "predictive")
    first = _log(tmp_path, campaign, "first.jsonl", hash_seed=1, database=embedded_database_url)
    assert first.count(b"\n") > 200
    assert _log(tmp_path, campaign, "second.jsonl", hash_seed=2, database=embedded_database_url) == first
