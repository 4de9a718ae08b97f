"""Every pace side by side on the judge's floor, and ours on the floors that hurt: ``make bench-pacing``.

    python bench/pacing.py                     all of it: about three hours on two cores; goes on where it was stopped
    python bench/pacing.py --quick             a slice of two minutes, for a look
    python bench/pacing.py --controllers callwright webitel --agents 10 50 --p 0.3 --no-trials

The first table has utilisation (agents' time in talk and wrap-up; +- is a standard error), the abandon rate of all days
together and of the worst, how many days passed the limit and Wilson's upper bound (95 %) of their share, dials per
connect, share of dials given up, CPU microseconds per decision (median of days' medians, and of their 99th
percentiles), utilisation over the exact optimum of ``markov_optimum.py`` (exponential spans; more than 1 is possible,
see there), and wall seconds per day. The second has the trials: utilisation against the same floor without the trouble,
or with a controller that has had a day of it before. ``--json FILE`` writes both. Days are kept in
build/bench-pacing.jsonl and used again while the code they were made with is the same.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
from functools import cache
from pathlib import Path
from typing import Any

from _pacing_plan import QUICK, QUICK_TRIALS, RATES, SIZES, Choice, judged, main_jobs, trial_jobs
from _pacing_runs import Job, run_all
from _pacing_scenarios import SCENARIOS
from _pacing_table import MAIN, as_text, cells, main_line, percent, settled_after
from markov_optimum import model, optimum

KEPT = Path(__file__).parent.parent / "build" / "bench-pacing.jsonl"
OPTIMUM_UP_TO = 100
WITHIN = 0.02
"""Utilisation that an error of x2 in a model may cost."""

LEAST_SHARE = 0.05
"""Share of the answers that each of several campaigns on the same agents must have."""


@cache
def best(n: int, p: float) -> float | None:
    return optimum(model(n, p)).utilisation if n <= OPTIMUM_UP_TO else None


def settle_s(n: int) -> float:
    """Seconds after a jump by which the trailing minute must be within the limit."""
    return 120.0 if n >= 50 else 240.0


def collect(jobs: list[Job], kept: Path | None, workers: int) -> list[dict[str, Any]]:
    days = []
    for row in run_all(jobs, kept, workers):
        days.append(row)
        if sys.stderr.isatty() and len(days) % 5 == 0:
            print(f"\r{len(days)} of {len(jobs)} days", end="", file=sys.stderr, flush=True)
    return days


def main_rows(days: list[dict[str, Any]]) -> list[dict[str, Any]]:
    rows = sorted(cells(days).values(), key=lambda row: (row["scenario"] == "mixed", row["p"], row["n"]))
    for row in rows:
        optimal = best(row["n"], row["p"]) if row["scenario"] == "plain" else None
        row["optimum"] = optimal
        row["of_optimum"] = row["utilisation"] / optimal if optimal else None
    return rows


def trial_rows(days: list[dict[str, Any]], names: tuple[str, ...]) -> list[dict[str, Any]]:
    by, rows = cells(days), []
    for name in names:
        scenario = SCENARIOS[name]
        for key in sorted(key for key in by if key[1] == name and key[3] == scenario.p and not key[4]):
            row, n = by[key], key[2]
            row["about"] = scenario.about
            if scenario.against:
                other = (key[0], name, n, key[3], True)
                other = other if scenario.against == "warm" else (key[0], scenario.against, n, key[3], False)
                row["cost"] = by[other]["utilisation"] - row["utilisation"]
            if scenario.jump_at is not None:
                of = [d for d in days if (d["scenario"], d["n"], d["warm"]) == (name, n, False)]
                row["settled_s"], row["trailing"] = settled_after(of, scenario.jump_at)
            row["kept"] = _kept(row)
            rows.append(row)
    return rows


def _kept(row: dict[str, Any]) -> str:
    """Which of the goals the row misses, in words; empty: none."""
    missed = []
    if row["days_over"]:
        missed.append("days over")
    if row.get("cost", 0.0) > WITHIN:
        missed.append("cost")
    if "settled_s" in row and (row["settled_s"] is None or row["settled_s"] > settle_s(row["n"])):
        missed.append("slow")
    if min(row["campaign_shares"]) < LEAST_SHARE:
        missed.append("starved")
    if row["service_level"] is not None and row["service_level"] < 0.8:
        missed.append("callers")
    return ", ".join(missed)


TRIALS = ("trial", "N", "days", "util %", "cost", "abandon %", "worst", "over", "settled s", "callers %", "missed")


def trial_line(row: dict[str, Any]) -> list[str]:
    return [
        row["scenario"],
        str(row["n"]),
        str(row["days"]),
        percent(row["utilisation"]),
        percent(row["cost"]) if "cost" in row else "",
        percent(row["abandon_rate"], 2),
        percent(row["worst_day"], 2),
        str(row["days_over"]),
        ("never" if row["settled_s"] is None else f"{row['settled_s']:.0f}") if "settled_s" in row else "",
        "" if row["service_level"] is None else percent(row["service_level"]),
        row["kept"],
    ]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--quick", action="store_true")
    parser.add_argument("--controllers", nargs="+")
    parser.add_argument("--agents", type=int, nargs="+", default=SIZES)
    parser.add_argument("--p", type=float, nargs="*", default=RATES)
    parser.add_argument("--no-mixed", action="store_true")
    parser.add_argument("--no-trials", action="store_true")
    parser.add_argument("--only-trials", action="store_true")
    parser.add_argument("--trials", nargs="+", choices=[name for name in SCENARIOS if name != "mixed"])
    parser.add_argument("--seeds-factor", type=float, default=1.0, help="multiplies every number of seeds")
    parser.add_argument("--workers", type=int, default=os.cpu_count() or 1)
    parser.add_argument("--json", type=Path, help="write both tables here")
    parser.add_argument("--fresh", action="store_true", help="forget the days kept")
    options = parser.parse_args()
    chosen: dict[str, Any] = {"sizes": options.agents, "rates": options.p, "mixed": not options.no_mixed}
    chosen["factor"] = options.seeds_factor
    if options.quick:
        chosen |= QUICK | {"trials": QUICK_TRIALS}
    if options.controllers:
        chosen["controllers"] = options.controllers
    if options.trials:
        chosen["trials"] = options.trials
    choice = Choice(**chosen)
    if options.fresh:
        KEPT.unlink(missing_ok=True)
    out: dict[str, Any] = {"bench": "pacing", "hours": choice.hours}
    if not options.only_trials:
        rows = main_rows(collect(main_jobs(choice), KEPT, options.workers))
        print(as_text(MAIN, [main_line(row, row["optimum"]) for row in rows]))
        out["table"] = rows
    if not options.no_trials:
        trials = trial_rows(collect(trial_jobs(choice), KEPT, options.workers), tuple(choice.trials))
        print(f"\n{judged()} on the floors that hurt (cost: points of utilisation, 2 at most):")
        print(as_text(TRIALS, [trial_line(row) for row in trials]))
        print(*(f"  {name}: {SCENARIOS[name].about}" for name in choice.trials), sep="\n")
        out["trials"] = trials
    if options.json:
        options.json.parent.mkdir(parents=True, exist_ok=True)
        options.json.write_text(json.dumps(out, indent=1) + "\n")


if __name__ == "__main__":
    main()
