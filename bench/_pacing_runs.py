"""Runs days of the pacing benches on several processes and keeps each in a file, so that a long bench can be resumed.

A row is one day: ``controller``, ``scenario``, ``n``, ``p``, ``seed``, and what came of it. Rows made by other source
than today's (``source``, a hash) are not used again.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Iterator
from concurrent.futures import ProcessPoolExecutor, as_completed
from dataclasses import asdict, dataclass, replace
from functools import cache
from pathlib import Path
from time import perf_counter
from typing import Any

from _pacing_day import run_day
from _pacing_personal import run_personal_day
from _pacing_scenarios import SCENARIOS
from _pacing_world import EPOCH, Day
from callwright.pacing import make_controller

PERSONAL = {"manual": True, "preview": False}
"""Modes without a controller: whether dialled by hand."""
TUNED = "fixed_ratio:"
"""``fixed_ratio:2.5`` is the fixed ratio with that many lines per idle agent."""
BENCH = Path(__file__).parent
PACING = BENCH.parent / "src" / "callwright" / "pacing"
_JUDGE = ("_pacing_world.py", "_pacing_parts.py", "_pacing_day.py", "_pacing_personal.py", "_pacing_scenarios.py")
_PEERS = ("floor.py", "plain.py", "peers.py", "textbook.py")
OWN = ("reference", "callwright")
"""Ours, the best last."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Job:
    """One day to be run. ``warm``: the same controller has had a day of the same floor before."""

    controller: str
    scenario: str
    n: int
    p: float
    seed: int
    hours: float = 8.0
    warm: bool = False


@cache
def source(controller: str) -> str:
    """A hash of the code a row depends on: the judge's, and the controller's room."""
    own = sorted(PACING.glob("*.py")) if controller.startswith(OWN) else [PACING / name for name in _PEERS]
    digest = hashlib.sha256()
    for path in [*(BENCH / name for name in _JUDGE), *own]:
        digest.update(path.read_bytes())
    return digest.hexdigest()[:12]


def controllers_for(name: str, count: int) -> list[Any]:
    if name.startswith(TUNED):
        return [make_controller("fixed_ratio", fixed_ratio=float(name.removeprefix(TUNED))) for _ in range(count)]
    return [make_controller(name) for _ in range(count)]


def play(job: Job) -> dict[str, Any]:
    """Run the day; returns its row."""
    scenario, began = SCENARIOS[job.scenario], perf_counter()
    world = replace(scenario.make(job.n, job.p), hours=job.hours)
    if job.controller in PERSONAL:
        day = run_personal_day(world, PERSONAL[job.controller], job.seed)
    else:
        own = controllers_for(job.controller, scenario.controllers)
        if job.warm:
            run_day(world, own, job.seed + 1_000_000, start=EPOCH - 86400.0)
        day = run_day(world, own, job.seed, timed=True)
    row = asdict(job) | _figures(day, world.limit, world.carried) | {"source": source(job.controller)}
    if scenario.jump_at is not None:
        span = (scenario.jump_at - 60.0, scenario.jump_at + 420.0)
        row["answered_at"] = [round(at, 1) for at in day.answered_at if span[0] < at < span[1]]
        row["abandoned_at"] = [round(at, 1) for at in day.abandoned_at if span[0] < at < span[1]]
    return row | {"wall_s": perf_counter() - began}


def _figures(day: Day, limit: float, carried: tuple[int, int]) -> dict[str, Any]:
    spent = sorted(day.decision_s)
    window = (day.abandons + carried[1]) / max(1, day.answers + carried[0])
    return {
        "utilisation": day.utilisation,
        "answers": day.answers,
        "abandons": day.abandons,
        "worst_rate": day.worst_rate,
        "window_rate": window,
        "over": day.worst_rate > limit + 1e-12,
        "limit": limit,
        "dials": day.dials,
        "dropped": day.dropped,
        "us_median": 1e6 * spent[len(spent) // 2] if spent else None,
        "us_p99": 1e6 * spent[len(spent) * 99 // 100] if spent else None,
        "outbound": day.outbound_s / day.staffed_s if day.staffed_s else 0.0,
        "callers": day.callers,
        "callers_in_time": day.callers_in_time,
        "per_campaign": day.per_campaign,
    }


def run_all(jobs: Iterable[Job], kept: Path | None, workers: int) -> Iterator[dict[str, Any]]:
    """Rows of all jobs as they come; those already in the file ``kept`` are read, new ones are added to it."""
    wanted = {tuple(asdict(job).values()): job for job in jobs}
    if kept is not None and kept.exists():
        for line in kept.read_text().splitlines():
            row = json.loads(line)
            key = tuple(row[name] for name in Job.__slots__)
            if key in wanted and row["source"] == source(row["controller"]):
                del wanted[key]
                yield row
    if not wanted:
        return
    if kept is not None:
        kept.parent.mkdir(parents=True, exist_ok=True)
    longest_first = sorted(wanted.values(), key=lambda job: -job.n * job.hours)
    with ProcessPoolExecutor(max_workers=workers) as pool:
        for done in as_completed([pool.submit(play, job) for job in longest_first]):
            row = done.result()
            if kept is not None:
                with kept.open("a") as file:
                    file.write(json.dumps(row) + "\n")
            yield row
