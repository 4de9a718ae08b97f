"""kill -9 of ``callwright run`` and of its PostgreSQL in the middle of a campaign: what was accepted is there, once.

What was accepted is known from outside: ``support/told_run.py`` writes a line after each commit the store reported.
"""

from __future__ import annotations

import asyncio
import json
import os
import random
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psutil
import pytest

from callwright.adapters.postgres.embedded import EmbeddedPostgres
from callwright.adapters.postgres.postmaster import find_postmaster
from callwright.adapters.postgres.store import PostgresStore
from callwright.model.attempt import AttemptState
from support.postgres_records import read_records
from support.records import Records, complaints

TOLD_RUN = Path(__file__).parents[1] / "support" / "told_run.py"
SPEED = 600
CAMPAIGN = """
name = "killed"
purpose = "service"
mode = "predictive"
country = "PT"
caller_ids = ["+351210000001"]

[hours]
time = "09:00-20:00"
weekdays = "mon-sat"

[dial]
max_tries = 4
min_gap = "5m"

[dial.retry]
no_answer = "20m"
machine = "20m"
switched_off = "30m"
unreachable = "30m"
dropped = "10m"
"""


class Installation:
    """A throw-away home with a campaign in it, and the processes that run there."""

    def __init__(self, home: Path, people: int) -> None:
        self.home = home
        self.accepted = home / "accepted.jsonl"
        self.list_file = home / "people.csv"
        self.campaign_file = home / "campaign.toml"
        rows = [f"+35191{n * 7919 % 10_000_000:07d},+35121{n:07d}" for n in range(people)]
        self.list_file.write_text("phone,phone2\n" + "\n".join(rows) + "\n", encoding="utf-8")
        self.campaign_file.write_text(CAMPAIGN, encoding="utf-8")
        self.accepted.touch()
        self.process: subprocess.Popen[bytes] | None = None
        self.postmasters: set[int] = set()

    @property
    def pgdata(self) -> Path:
        return self.home / "postgres" / "pgdata"

    def start(self, name: str, speed: int = SPEED) -> subprocess.Popen[bytes]:
        environment = {**os.environ, "CALLWRIGHT_HOME": str(self.home)}
        environment.pop("CALLWRIGHT_DATABASE_URL", None)
        command: list[str | Path] = [sys.executable, TOLD_RUN, self.accepted, "run", self.campaign_file]
        command += ["--list", self.list_file, "--agents", "5", "--once", "--speed", str(speed)]
        with (self.home / f"{name}.log").open("wb") as log:
            self.process = subprocess.Popen(command, env=environment, stdout=log, stderr=subprocess.STDOUT)
        return self.process

    def lines(self) -> int:
        return self.accepted.read_bytes().count(b"\n")

    def wait_for_lines(self, count: int, process: subprocess.Popen[bytes]) -> bool:
        """Wait until so many commits were told of; False where the process ended before."""
        patience = time.monotonic() + 60.0
        while self.lines() < count:
            if process.poll() is not None:
                return False
            assert time.monotonic() < patience, f"{self.lines()} commits in a minute, {count} were awaited"
            time.sleep(0.02)
        return True

    def postmaster(self) -> int | None:
        found = find_postmaster(self.pgdata)
        if found is None:
            return None
        self.postmasters.add(found.pid)
        return found.pid

    def told(self) -> list[dict[str, Any]]:
        whole = self.accepted.read_text(encoding="utf-8")
        return [json.loads(line) for line in whole.splitlines() if line.endswith("}")]

    def output(self) -> str:
        return "\n".join(f"{p.name}:\n{p.read_text(errors='replace')}" for p in sorted(self.home.glob("*.log")))

    def close(self) -> None:
        if self.process is not None and self.process.poll() is None:
            self.process.kill()
            self.process.wait()
        server = EmbeddedPostgres(self.home / "postgres")
        if find_postmaster(self.pgdata) is not None:
            server.start()
            server.stop()


@pytest.fixture
def installation() -> Iterator[Installation]:
    home = Path(tempfile.mkdtemp(prefix="callwright-kill-"))
    home.chmod(0o711)
    made = Installation(home, people=60)
    yield made
    made.close()
    shutil.rmtree(home, ignore_errors=True)


def _kill_and_start_again(place: Installation, kills: int, chance: random.Random) -> None:
    """Kill the program and the database in turn, so many times, and then let the campaign come to its end."""
    for nth in range(kills):
        process = place.start(f"run-{nth}")
        if not place.wait_for_lines(place.lines() + chance.randint(2, 25), process):
            assert process.returncode == 0, place.output()
            return  # the campaign is done: there is nothing left to kill
        postmaster = place.postmaster()
        if nth % 2 == 0:
            process.send_signal(signal.SIGKILL)
            process.wait()
        elif postmaster is not None:
            os.kill(postmaster, signal.SIGKILL)
            lines = place.lines()
            place.wait_for_lines(lines + 3, process)  # it goes on by itself on a server started again
            place.postmaster()
            process.send_signal(signal.SIGKILL)
            process.wait()
    last = place.start("run-last", speed=10_000)
    assert last.wait(timeout=400) == 0, place.output()


async def _records(place: Installation) -> Records:
    server = EmbeddedPostgres(place.home / "postgres")
    url = await asyncio.to_thread(server.start)
    try:
        store = await PostgresStore.connect(url)
        try:
            campaign = await store.campaign("killed")
        finally:
            await store.close()
        assert campaign is not None
        return await read_records(url, campaign, crashed=True)
    finally:
        await asyncio.to_thread(server.stop)


def _lost(records: Records, told: list[dict[str, Any]]) -> list[str]:
    """What was accepted and is not in the database, or is there twice."""
    attempts = {attempt.id: attempt for attempt in records.attempts}
    lost = []
    for line in told:
        lost += [f"opened {id}" for id in line.get("opened", ()) if id not in attempts]
        for id, state, outcome, disposition in line.get("attempts", ()):
            stored = attempts.get(id)
            final = state in (AttemptState.ENDED, AttemptState.UNKNOWN)
            if stored is None or (final and (stored.outcome, stored.disposition) != (outcome, disposition)):
                lost.append(f"attempt {id}: accepted {state} {outcome} {disposition}, stored {stored}")
    refusals = Counter((row.lead_id, row.at) for row in records.ledger if row.decision == "refuse")
    for what, accepted, kept in (
        ("order", _all(told, "orders"), Counter(order.attempt_id for order in records.orders)),
        ("ban", _all(told, "bans"), Counter(ban.number for _, ban in records.bans)),
        ("refusal", _all(told, "refusals"), refusals),
    ):
        lost += [f"{what} {key}: {n} accepted, {kept[key]} stored" for key, n in accepted.items() if kept[key] != n]
    return lost


def _all(told: list[dict[str, Any]], name: str) -> Counter[Any]:
    return Counter(tuple(x) if isinstance(x, list) else x for line in told for x in line.get(name, ()))


def _left_running(home: Path) -> list[str]:
    left = []
    for process in psutil.process_iter(["pid", "cmdline"]):
        command = " ".join(process.info["cmdline"] or ())
        if str(home) in command and process.pid != os.getpid():
            left.append(f"{process.pid} {command}")
    return left


def _check(place: Installation) -> None:
    records, told = asyncio.run(_records(place)), place.told()
    assert len(records.attempts) > 30
    assert _lost(records, told) == []
    assert complaints(records) == []
    assert [found for found in map(_running_postgres, place.postmasters) if found] == []
    assert _left_running(place.home) == []


def _running_postgres(pid: int) -> str:
    """What runs under this id, if it is a PostgreSQL that has not ended."""
    try:
        process = psutil.Process(pid)
        dead = process.status() == psutil.STATUS_ZOMBIE
        return "" if dead or "postgres" not in process.name() else f"{pid} {process.status()} {process.cmdline()}"
    except psutil.Error:
        return ""


@pytest.mark.timeout(600)
def test_nothing_accepted_is_lost_over_kills(installation: Installation) -> None:
    _kill_and_start_again(installation, 5, random.Random(20260302))
    _check(installation)


@pytest.mark.soak
@pytest.mark.timeout(3600)
def test_nothing_accepted_is_lost_over_fifty_kills() -> None:
    kills = 0
    chance = random.Random()
    while kills < 50:
        home = Path(tempfile.mkdtemp(prefix="callwright-kill-"))
        home.chmod(0o711)
        place = Installation(home, people=200)
        try:
            _kill_and_start_again(place, 10, chance)
            _check(place)
        finally:
            place.close()
            shutil.rmtree(home, ignore_errors=True)
        kills += 10
