"""Single cells of the pacing bench, for trying things: some controllers on one kind of floor.

    python bench/pacing_floor.py --agents 5 10 20 50 --p 0.3 --controllers reference progressive --seeds 4 --hours 8
    python bench/pacing_floor.py --scenario jump --agents 10 50        (--scenario list: names them all)

The floor is this folder's own and independent of the program's engines, so that it can judge them. A call answers with
probability p after a lognormal ring (mean 12 s), else rings 25 s; talk lognormal (mean 120 s, cv 1), wrap-up 20 s; an
answered person without an agent for 2 s is abandoned. Utilisation is the share of agents' time in talk and wrap-up.
The whole table is ``make bench-pacing``.
"""

from __future__ import annotations

import argparse

from _pacing_day import run_day
from _pacing_runs import Job, play
from _pacing_scenarios import SCENARIOS
from _pacing_table import MAIN, as_text, main_line, percent, settled_after, summed
from _pacing_world import Day, World

__all__ = ["Day", "World", "run_day"]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--agents", type=int, nargs="+", default=[5, 10, 20, 50, 100, 300])
    parser.add_argument("--p", type=float, nargs="+", help="answer rates (default: the scenario's own, mostly 0.3)")
    parser.add_argument("--controllers", nargs="+", default=["reference"])
    parser.add_argument("--scenario", default="plain", help="a name, or list")
    parser.add_argument("--seeds", type=int, default=3)
    parser.add_argument("--first-seed", type=int, default=0)
    parser.add_argument("--hours", type=float, default=8.0)
    parser.add_argument("--warm", action="store_true", help="the controller has had a day of the floor before")
    options = parser.parse_args()
    if options.scenario not in SCENARIOS:
        for name, scenario in SCENARIOS.items():
            print(f"{name:<20}{scenario.about}")
        return
    scenario = SCENARIOS[options.scenario]
    print(f"{options.scenario}: {scenario.about}")
    for name in options.controllers:
        for p in options.p or [scenario.p]:
            for agents in options.agents:
                seeds = range(options.first_seed, options.first_seed + options.seeds)
                days = [
                    play(
                        Job(
                            controller=name,
                            scenario=options.scenario,
                            n=agents,
                            p=p,
                            seed=seed,
                            hours=options.hours,
                            warm=options.warm,
                        )
                    )
                    for seed in seeds
                ]
                row = summed(days)
                text = as_text(MAIN, [main_line(row, None)]).splitlines()
                print("\n".join(text), flush=True)
                if scenario.jump_at is not None:
                    settled, trailing = settled_after(days, scenario.jump_at)
                    shares = ", ".join(f"{second} s {percent(share)} %" for second, share in trailing.items())
                    print(f"  abandons of the trailing minute: {shares}; within 3 % from second {settled}")
                if row["service_level"] is not None:
                    print(f"  callers in time {percent(row['service_level'])} %, outbound {percent(row['outbound'])} %")
                if scenario.controllers > 1:
                    print("  answers and abandons by campaign:", *(day["per_campaign"] for day in days))


if __name__ == "__main__":
    main()
