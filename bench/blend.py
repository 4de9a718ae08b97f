"""The published blend centre beside ours: ``python bench/blend.py [--days 1000] [--seed 1] [--json]``."""

from __future__ import annotations

import argparse
import json
import time
from dataclasses import asdict
from pathlib import Path

import yaml

from callwright.sim.blend import simulate_blend

SOURCE = Path(__file__).resolve().parents[2] / "shared" / "data" / "sim" / "blend.yaml"
ROWS = (
    ("arrived", "inbound"),
    ("arrived", "outbound"),
    ("served", "inbound"),
    ("served", "outbound"),
    ("abandoned", "inbound"),
    ("abandoned", "outbound"),
    ("occupancy_percent", "inbound_only"),
    ("occupancy_percent", "blend"),
    ("occupancy_percent", "all"),
    ("mean_queue", "inbound"),
    ("mean_queue", "outbound"),
)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--days", type=int, default=1000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args()
    began = time.perf_counter()
    ours = asdict(simulate_blend(options.days, options.seed))
    wall_s = time.perf_counter() - began
    theirs = yaml.safe_load(SOURCE.read_text())["results"] if SOURCE.exists() else None
    rows = []
    if theirs is not None:
        half = 1.96 * theirs["dials_tried"]["sd"] / 1000**0.5
        mean = theirs["dials_tried"]["mean"]
        rows.append(("dials tried", ours["dials_tried"], mean - half, mean + half))
        for table, row in ROWS:
            name = f"{table.removesuffix('_percent')}_{row}"
            figure = ours[{"mean_queue": f"mean_queue_{row}"}.get(table, name)]
            rows.append((name.replace("_", " "), figure, *theirs[table][row]))
    if options.json:
        inside = {name: low <= figure <= high for name, figure, low, high in rows}
        print(json.dumps({"bench": "blend", "seed": options.seed, "wall_s": wall_s, "ours": ours, "inside": inside}))
        return
    print(f"{options.days} days, seed {options.seed}: {wall_s:.1f} s\n")
    print(f"{'mean over days':28} {'ours':>10} {'published 95 %':>24}")
    for name, figure, low, high in rows:
        print(
            f"{name:28} {figure:10.4f} {low:11.4f} .. {high:9.4f}  {'inside' if low <= figure <= high else 'OUTSIDE'}"
        )
    if theirs is not None:
        print(f"{'service level %':28} {ours['service_level']:10.3f} {theirs['service_level_percent']:24.3f}")
    else:
        print(f"(the published figures are not at {SOURCE})", *ours.items(), sep="\n")


if __name__ == "__main__":
    main()
