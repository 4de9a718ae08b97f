"""Plans held against what came: predicted, actual, and how often the 80 % ranges held the truth.

Two kinds of past: campaigns rehearsed with a known truth (uneven days, agents who do not come, people who answer or
never do), planned on each of the first evenings from what was known then; and the AnonymousBank call log (Technion),
of which the first days are learned and the following ones predicted, hour by hour.

    python bench/planning_backtest.py --seeds 11 12 --json backtest.json
    python bench/planning_backtest.py --seeds 1 21 --model-error
"""

from __future__ import annotations

import argparse
import json
import pickle
import sys
from pathlib import Path
from time import perf_counter
from typing import Any

sys.path.insert(0, str(Path(__file__).parent))

from _call_log import LOG, predict, read_call_log
from _planning_error import left_over, root_mean_square
from _planning_worlds import SCENARIOS, Lived, Scenario, live
from callwright.planning.backtest import Prediction, coverage, day_by_day, finish_predictions, table

EVENINGS = (0, 1, 2)
KNOWN_DAYS = ((7, 3), (10, 3), (14, 3), (17, 4))
"""Days of the call log that are learned, and days after them that are predicted."""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--seeds", type=int, nargs="+", default=[1], help="seeds of the campaigns rehearsed")
    parser.add_argument("--model-error", action="store_true", help="only what plans get wrong by themselves")
    parser.add_argument("--draws", type=int, default=80)
    parser.add_argument("--json", type=Path, help="write every prediction here")
    parser.add_argument("--keep", type=Path, help="a directory that keeps rehearsed campaigns for the next run")
    parser.add_argument("--only-kept", action="store_true", help="rehearse nothing that is not kept there")
    options = parser.parse_args()
    if options.model_error:
        model_error(options)
        return
    told: list[dict[str, Any]] = [*rehearsed(options), *call_log()]
    if options.json is not None:
        options.json.write_text(json.dumps(told), encoding="utf-8")


def rehearsed(options: argparse.Namespace) -> list[dict[str, Any]]:
    found: list[tuple[str, int, int, Prediction]] = []
    for seed in options.seeds:
        for place, scenario in enumerate(SCENARIOS):
            lived = _lived(scenario, seed, place, options)
            if lived is None:
                continue
            for days in EVENINGS:
                began = perf_counter()
                planner = lived.planner(days, draws=options.draws)
                runs = planner.runs(scenario.agents)
                predictions = day_by_day(planner, runs, lived.history, days=3)
                predictions += finish_predictions(planner, runs, lived.progress, total=lived.total)
                found.extend((scenario.name, seed, days, p) for p in predictions)
                held = sum(p.held for p in predictions)
                print(
                    f"{scenario.name}, seed {seed}, after {days} days: {held} of {len(predictions)} held"
                    f" ({perf_counter() - began:.0f} s)",
                    file=sys.stderr,
                    flush=True,
                )
    if not found:
        return []
    for days in EVENINGS:
        some = [p for _, _, d, p in found if d == days]
        print(f"\nRehearsed campaigns, planned after {days} days of them\n\n{table(coverage(some))}")
    return [{"source": name, "seed": seed, "known_days": d, **p.as_dict()} for name, seed, d, p in found]


def model_error(options: argparse.Namespace) -> None:
    """Plans with hindsight against what came: real over planned dials."""
    every: list[float] = []
    for seed in options.seeds:
        for place, scenario in enumerate(SCENARIOS):
            lived = _lived(scenario, seed, place, options)
            found = [] if lived is None else [left_over(lived, days) for days in (1, 2)]
            every.extend(value for values in found for value in values)
            print(f"{scenario.name}, seed {seed}:", [[f"{value:+.1%}" for value in values] for values in found])
    print(f"{len(every)} days, root mean square {root_mean_square(every):.1%}")


def _lived(scenario: Scenario, seed: int, place: int, options: argparse.Namespace) -> Lived | None:
    file = options.keep / f"lived_{place}_{seed}.pkl" if options.keep is not None else None
    if file is not None and file.exists():
        kept: Lived = pickle.loads(file.read_bytes())
        return kept
    if options.only_kept:
        return None
    lived = live(scenario, seed, evenings=EVENINGS)
    if file is not None:
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(pickle.dumps(lived))
    return lived


def call_log() -> list[dict[str, Any]]:
    if not LOG.exists():
        print(f"\nThe call log {LOG} is not here: left out.")
        return []
    log = read_call_log()
    found = [(known, p) for known, ahead in KNOWN_DAYS for p in predict(log, known, ahead)]
    print(f"\nCall log, {len(KNOWN_DAYS)} beginnings (first 7, 10, 14, 17 days known), the next days predicted\n")
    print(table(coverage([p for _, p in found])))
    return [{"source": "call log", "known_days": known, **p.as_dict()} for known, p in found]


if __name__ == "__main__":
    main()
