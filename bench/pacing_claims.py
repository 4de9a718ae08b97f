"""What vendors claim of dialling modes, and at which answer rates it is so.

    python bench/pacing_claims.py [--agents 10 50] [--seeds 2] [--json] [--plot docs/pictures/dialling-modes.png]

Claims: progressive keeps agents busy 7.5 % more than preview, predictive 16.5 % more than progressive; elsewhere twice
and four times as much. Measured on the floor of ``pacing_floor.py`` over answer rates from 5 to 80 %: the share of
agents' time in talk and wrap-up in each mode, and the ratios. Preview reviews a card for 20 to 30 s; manual dialling
takes 15 to 29 s more. Predictive is the best controller we have, within 3 % abandoned.
"""

from __future__ import annotations

import argparse
import json
import os
from collections.abc import Mapping, Sequence
from pathlib import Path

from _pacing_plan import judged
from _pacing_runs import Job, run_all
from _pacing_table import as_text, cells, percent

RATES = (0.05, 0.1, 0.15, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8)
MODES = ("manual", "preview", "progressive", "predictive")
RATIOS = (("progressive", "preview"), ("predictive", "progressive"), ("predictive", "manual"))
CLAIMS = ((1.075, "+7.5 %"), (1.165, "+16.5 %"), (2.0, "x 2"), (4.0, "x 4"))

Curves = Mapping[tuple[str, int], Sequence[float]]
"""Utilisation by mode and number of agents, one per answer rate."""


def measure(agents: Sequence[int], seeds: int, hours: float, workers: int, kept: Path | None) -> Curves:
    names = dict(zip(MODES, ("manual", "preview", "progressive", judged()), strict=True))
    jobs = [
        Job(controller=name, scenario="plain", n=n, p=p, seed=seed, hours=hours)
        for name in names.values()
        for n in agents
        for p in RATES
        for seed in range(seeds)
    ]
    by = cells(run_all(jobs, kept, workers))
    return {
        (mode, n): [by[name, "plain", n, p, False]["utilisation"] for p in RATES]
        for mode, name in names.items()
        for n in agents
    }


def rate_where(claim: float, ratios: Sequence[float]) -> str:
    """The answer rate at which a curve of ratios comes down to a claim; between measured ones by a straight line."""
    above = [ratio >= claim for ratio in ratios]
    if all(above):
        return "more everywhere"
    if not any(above):
        return "less everywhere"
    last = max(n for n, more in enumerate(above) if more)
    if last == len(RATES) - 1:
        return f"{100 * RATES[last]:.0f} %"
    part = (ratios[last] - claim) / (ratios[last] - ratios[last + 1])
    return f"{100 * (RATES[last] + part * (RATES[last + 1] - RATES[last])):.0f} %"


def plot(curves: Curves, agents: Sequence[int], path: Path) -> None:
    import matplotlib as mpl  # only for this

    mpl.use("Agg")
    from matplotlib import pyplot as plt
    from matplotlib.ticker import PercentFormatter

    figure, (left, right) = plt.subplots(1, 2, figsize=(11, 4.6), layout="constrained")
    styles = dict(zip(agents, ("--", "-", ":", "-."), strict=False))
    for colour, mode in zip(("tab:gray", "tab:olive", "tab:blue", "tab:red"), MODES, strict=True):
        for n in agents:
            left.plot(RATES, curves[mode, n], styles[n], color=colour, label=f"{mode}, {n} agents")
    left.set(xlabel="answer rate", ylabel="agents' time in talk and wrap-up", ylim=(0, 1), title="How busy agents are")
    for colour, (mode, over) in zip(("tab:olive", "tab:red", "tab:gray"), RATIOS, strict=True):
        for n in agents:
            ratios = [a / b for a, b in zip(curves[mode, n], curves[over, n], strict=True)]
            right.plot(RATES, ratios, styles[n], color=colour, label=f"{mode} over {over}, {n} agents")
    for claim, name in CLAIMS:
        right.axhline(claim, color="black", linewidth=0.7, alpha=0.6)
        right.text(1.01, claim, name, va="center", fontsize=8, transform=right.get_yaxis_transform())
    right.set(xlabel="answer rate", ylabel="ratio", yscale="log", title="What a mode gains, and the claims")
    ticks = (1, 1.5, 2, 3, 4, 6, 8)
    right.set_yticks(ticks, [f"x {tick:g}" for tick in ticks])
    right.minorticks_off()
    for axes in (left, right):
        axes.xaxis.set_major_formatter(PercentFormatter(1.0, decimals=0))
        axes.grid(alpha=0.25)
        axes.legend(fontsize=7)
    left.yaxis.set_major_formatter(PercentFormatter(1.0, decimals=0))
    path.parent.mkdir(parents=True, exist_ok=True)
    figure.savefig(path, dpi=110)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--agents", type=int, nargs="+", default=[10, 50])
    parser.add_argument("--seeds", type=int, default=2)
    parser.add_argument("--hours", type=float, default=4.0)
    parser.add_argument("--workers", type=int, default=os.cpu_count() or 1)
    parser.add_argument("--keep", type=Path, help="file of the days run, used again")
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--plot", type=Path, help="draw it (PNG); needs matplotlib")
    options = parser.parse_args()
    curves = measure(options.agents, options.seeds, options.hours, options.workers, options.keep)
    ratios = {
        (mode, over, n): [a / b for a, b in zip(curves[mode, n], curves[over, n], strict=True)]
        for mode, over in RATIOS
        for n in options.agents
    }
    if options.plot:
        plot(curves, options.agents, options.plot)
    if options.json:
        named = {f"{mode} {n}": used for (mode, n), used in curves.items()}
        print(json.dumps({"bench": "pacing_claims", "rates": RATES, "utilisation": named, "predictive": judged()}))
        return
    head = ["busy %", "N", *(f"{100 * p:.0f} %" for p in RATES)]
    print(as_text(head, [[mode, str(n), *map(percent, used)] for (mode, n), used in curves.items()]))
    print()
    head[0] = "ratio"
    print(as_text(head, [[f"{a} / {b}", str(n), *(f"{r:.2f}" for r in of)] for (a, b, n), of in ratios.items()]))
    print()
    head = ["answer rate where the claim holds", "N", *(name for _, name in CLAIMS)]
    lines = [
        [f"{a} / {b}", str(n), *(rate_where(claim, of) for claim, _ in CLAIMS)] for (a, b, n), of in ratios.items()
    ]
    print(as_text(head, lines))


if __name__ == "__main__":
    main()
