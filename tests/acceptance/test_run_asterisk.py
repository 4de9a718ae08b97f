"""The sample campaign over a real Asterisk and SIPp: what was heard on the wire is what the truth file says."""

from __future__ import annotations

import asyncio
import os
import time
from pathlib import Path
from typing import Any

import asyncpg
import pytest
from tests.conftest import missing

from callwright.adapters.asterisk.root import default_directory, find_root
from callwright.adapters.postgres.embedded import default_home
from callwright.adapters.sipp.process import find_sipp
from callwright.analytics.report import build_report
from callwright.app.options import RunOptions
from callwright.app.settings import Settings
from callwright.app.telephone_sample import OnTheWire, run_floor
from callwright.kit.errors import CallwrightError
from callwright.sim.fates import ANSWERING, Fate
from callwright.sim.truth import TruthPeople

PEOPLE, AGENTS, SPEED = 36, 8, 15.0


@pytest.fixture
def home(tmp_path: Path) -> Path:
    """A directory of the program's own, in which the machine's Asterisk is found."""
    try:
        find_sipp()
        root = find_root(default_home())
    except CallwrightError as error:
        missing(str(error))
    if root.directory is not None:
        default_directory(tmp_path).symlink_to(root.directory)
    return tmp_path


def test_the_sample_over_asterisk_and_sipp_comes_to_what_the_truth_says(home: Path, embedded_database_url: str) -> None:
    settings = Settings(home=home, database_url=embedded_database_url)
    rehearsed, wire, _, name = asyncio.run(
        run_floor(RunOptions(once=True), settings, speed=SPEED, people=PEOPLE, agents=AGENTS)
    )
    assert rehearsed.open_leads == 0, "records were left open"
    attempts = asyncio.run(_last_attempts(embedded_database_url, name))
    truth = TruthPeople.read(home / "samples" / "en-1" / "sample-truth.csv")
    fates = {number: truth._results[number][0] for number in truth.numbers}
    assert set(attempts) == set(fates)
    wrong = {
        number: (fates[number].kind, row["outcome"], row["disposition"])
        for number, row in attempts.items()
        if not _as_told(fates[number], row)
    }
    assert not wrong

    assert wire.talks == sum(fate.kind in ANSWERING for fate in fates.values())
    assert wire.switch_calls >= wire.answers + AGENTS  # by Asterisk's own count
    _talks_are_as_long_as_people_stayed(fates, attempts)
    _connected_at_once(wire)
    assert not build_report(rehearsed.facts, language="en").findings
    _nothing_is_left(home)


def _as_told(fate: Fate, row: Any) -> bool:
    if fate.kind in ANSWERING:
        return bool(row["outcome"] == "talked" and row["disposition"] == fate.disposition)
    return bool(row["outcome"] == fate.kind.value)


def _talks_are_as_long_as_people_stayed(fates: dict[str, Fate], attempts: dict[str, Any]) -> None:
    """The person hangs up over SIP; what we and the machine are late by counts ``SPEED`` times as much."""
    for number, row in attempts.items():
        fate = fates[number]
        if fate.kind in ANSWERING and fate.ended_by == "person":
            stayed_s = (row["ended_at"] - row["answered_at"]).total_seconds()
            assert fate.talk_s - SPEED * 0.1 <= stayed_s <= max(0.25, fate.talk_s) + SPEED * 0.8, number


def _connected_at_once(wire: OnTheWire) -> None:
    median_ms, _ = wire.join_ms
    assert 0.0 < median_ms < 200.0  # real milliseconds, on a busy machine


def _nothing_is_left(home: Path) -> None:
    name = f"sample-{os.getpid()}"
    limit = time.monotonic() + 5.0
    while time.monotonic() < limit and _commands_with(name):
        time.sleep(0.1)
    assert _commands_with(name) == []
    assert not list((default_directory(home) / "srv/callwright").glob(name))
    assert _commands_with(f"callwright-sipp-{os.getpid()}") == []


def _commands_with(text: str) -> list[str]:
    found = []
    for place in Path("/proc").glob("[0-9]*/cmdline"):
        try:
            command = place.read_bytes().replace(b"\0", b" ").decode(errors="replace")
        except OSError:
            continue
        if text in command:
            found.append(command)
    return found


async def _last_attempts(url: str, campaign: str) -> dict[str, Any]:
    """The last attempt of each number, by plain SQL."""
    connection = await asyncpg.connect(url)
    try:
        rows = await connection.fetch(
            """
            select distinct on (a.number) a.number, a.outcome, a.disposition, a.answered_at, a.ended_at
            from attempts as a join campaigns as c on c.id = a.campaign_id
            where c.name = $1 order by a.number, a.id desc
            """,
            campaign,
        )
    finally:
        await connection.close()
    return {row["number"]: row for row in rows}
