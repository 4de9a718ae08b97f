"""Rehearsals: attempts per second in memory and against PostgreSQL, a 50-agent day, and how both grow with size.

    python bench/rehearsal.py [--runs N] [--home DIRECTORY]

Prints a table and one JSON line. A day is 09:00-17:00 with a list that lasts; the answer probability is the default
population's (about 0.3). ``wall`` is a whole ``rehearse`` call: reading the list, running, and gathering the facts.
"""

from __future__ import annotations

import argparse
import csv
import json
import statistics
import tempfile
from pathlib import Path

from callwright.app.options import RehearsalOptions, StoreKind
from callwright.app.rehearsal import FIRST_MONDAY, Rehearsed, rehearse
from callwright.app.settings import Settings

CAMPAIGN = """
name = "bench"
mode = "predictive"
country = "GB"
[hours]
time = "09:00-17:00"
[[list]]
name = "bench"
country = "GB"
"""
CASES: tuple[tuple[str, StoreKind, int, int], ...] = (  # name, store, agents, people on the list
    ("10 agents, memory", "memory", 10, 16_000),
    ("50 agents, memory", "memory", 50, 60_000),
    ("200 agents, memory", "memory", 200, 240_000),
    ("50 agents, PostgreSQL", "postgres", 50, 60_000),
)


def write_case(directory: Path, people: int) -> tuple[Path, Path]:
    """A campaign and a list of ``people`` invented British mobile numbers."""
    campaign, numbers = directory / "campaign.toml", directory / f"list-{people}.csv"
    campaign.write_text(CAMPAIGN, encoding="utf-8")
    with numbers.open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file)
        writer.writerow(["phone_number", "name"])
        writer.writerows((f"+447400{n:06d}", f"person {n}") for n in range(people))
    return campaign, numbers


def one_day(directory: Path, home: Path, store: StoreKind, agents: int, people: int) -> Rehearsed:
    campaign, numbers = write_case(directory, people)
    options = RehearsalOptions(
        campaign=campaign, list_file=numbers, agents=agents, store=store, until_at=FIRST_MONDAY + 86400.0
    )
    return rehearse(options, Settings(home=home))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--home", type=Path)
    parser.add_argument("--quick", action="store_true", help="without the 200 agents and PostgreSQL")
    given = parser.parse_args()
    rows = []
    with tempfile.TemporaryDirectory() as scratch:
        home = given.home or Path(scratch) / "home"
        for name, store, agents, people in CASES[:2] if given.quick else CASES:
            done = [one_day(Path(scratch), home, store, agents, people) for _ in range(given.runs)]
            wall = statistics.median(r.wall_s for r in done)
            rows.append(
                {
                    "case": name,
                    "attempts": done[0].attempts,
                    "wall_s": round(wall, 2),
                    "fastest_s": round(min(r.wall_s for r in done), 2),
                    "attempts_per_s": round(done[0].attempts / wall),
                    "abandon_rate": round(done[0].abandons / max(1, done[0].answers), 4),
                }
            )
            print(
                "{case:24} {attempts:8,} attempts {wall_s:7.2f} s {attempts_per_s:7,}/s".format(**rows[-1]), flush=True
            )
    print(json.dumps({"bench": "rehearsal", "runs": given.runs, "cases": rows}))


if __name__ == "__main__":
    main()
