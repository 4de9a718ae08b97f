"""Which days the pacing bench runs: the main table, the trials, and how many seeds each has."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from _pacing_runs import OWN, PERSONAL, Job
from _pacing_scenarios import SCENARIOS
from callwright.pacing import CONTROLLERS

PEERS = (
    *("progressive", "fixed_ratio", "erlang_b", "binomial", "vicidial_hard", "vicidial_average", "vicidial_tapered"),
    *("webitel", "open_ratio"),
)
SIZES = (5, 10, 20, 50, 100, 300, 1000)
RATES = (0.15, 0.3, 0.6)
TRIAL_SIZES = (10, 50)
TRIAL_HOURS = 4.0
SEEDS = {  # by team size: ours (the reference's too, at p = 0.3), the reference's elsewhere, peers' at 0.3, elsewhere
    5: (20, 4, 3, 1),
    10: (20, 4, 3, 1),
    20: (20, 4, 3, 1),
    50: (20, 4, 3, 1),
    100: (8, 3, 1, 1),
    300: (3, 1, 1, 1),
    1000: (1, 1, 1, 0),
}
PERSONAL_SEEDS = 3
TRIAL_SEEDS = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice:
    """What of the bench is wanted; ``factor`` multiplies every number of seeds (1 at least where there is any)."""

    controllers: Sequence[str] = field(default_factory=lambda: (*PERSONAL, *PEERS, *own()))
    sizes: Sequence[int] = SIZES
    rates: Sequence[float] = RATES
    mixed: bool = True
    trials: Sequence[str] = tuple(name for name in SCENARIOS if name != "mixed")
    trial_sizes: Sequence[int] = TRIAL_SIZES
    factor: float = 1.0
    hours: float = 8.0


QUICK = {"sizes": (5, 20), "rates": (0.3,), "mixed": False, "factor": 0.05, "hours": 2.0, "trial_sizes": (20,)}
QUICK_TRIALS = ("plain", "untold", "jump", "amd_counted", "campaigns", "inbound")


def own() -> tuple[str, ...]:
    """The controllers of ours that there are."""
    return tuple(name for name in OWN if name in CONTROLLERS)


def judged() -> str:
    """The controller whose goals are judged: the best we have."""
    return own()[-1]


def main_jobs(choice: Choice) -> list[Job]:
    cells = [("plain", p) for p in choice.rates] + ([("mixed", 0.3)] if choice.mixed else [])
    return [
        Job(controller=name, scenario=scenario, n=n, p=p, seed=seed, hours=choice.hours)
        for name in choice.controllers
        for n in choice.sizes
        for scenario, p in cells
        for seed in range(_seeds(name, n, p == 0.3 and scenario == "plain", choice.factor))
    ]


def _seeds(name: str, n: int, first: bool, factor: float) -> int:
    ours, reference, peers, elsewhere = SEEDS.get(n, SEEDS[1000] if n > 300 else SEEDS[300])
    if name == judged():
        seeds = ours
    elif name in OWN:
        seeds = ours if first else reference
    elif name in PERSONAL:
        seeds = PERSONAL_SEEDS
    else:
        seeds = peers if first else elsewhere
    return max(1, round(seeds * factor)) if seeds else 0


def trial_jobs(choice: Choice) -> list[Job]:
    """Our controller on every trial, and what it is measured by."""
    jobs: dict[tuple[object, ...], Job] = {}
    hours = min(TRIAL_HOURS, choice.hours + 0.5)
    for name in choice.trials:
        scenario = SCENARIOS[name]
        wanted = [(name, False)]
        if scenario.against:
            wanted.append((name, True) if scenario.against == "warm" else (scenario.against, False))
        for n in choice.trial_sizes:
            for which, warm in wanted:
                for seed in range(max(2, round(TRIAL_SEEDS * choice.factor))):
                    job = Job(controller=judged(), scenario=which, n=n, p=scenario.p, seed=seed, hours=hours, warm=warm)
                    jobs[which, n, warm, scenario.p, seed] = job
    return list(jobs.values())
