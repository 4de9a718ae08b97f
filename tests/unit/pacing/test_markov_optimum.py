"""The solver of the Markov optimum against every policy of tiny floors, and against published figures."""

from __future__ import annotations

import importlib.util
import sys
from itertools import product
from pathlib import Path
from types import ModuleType

import numpy as np
import pytest


def _load() -> ModuleType:
    path = Path(__file__).parents[3] / "bench" / "markov_optimum.py"
    spec = importlib.util.spec_from_file_location("markov_optimum_bench", path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    return module


bench = _load()


def run_for_ever(
    targets: dict[tuple[int, int], int], n: int, most: int, p: float, ring_s: float, handle_s: float
) -> tuple[float, float, float]:
    """(share of busy agents, answers per second, lost answers per second) of one policy, by its stationary law."""
    states = [(b, r) for b in range(n + 1) for r in range(most + 1)]
    number = {state: k for k, state in enumerate(states)}
    rates = np.zeros((len(states), len(states)))
    for b, r in states:
        for busy, rings, rate in (
            (b - 1, r, b / handle_s),
            (min(n, b + 1), r - 1, p * r / ring_s),
            (b, r - 1, (1 - p) * r / ring_s),
        ):
            if rate:
                rates[number[b, r], number[busy, targets[busy, rings]]] += rate
    np.fill_diagonal(rates, rates.diagonal() - rates.sum(axis=1))
    law = np.linalg.matrix_power(np.eye(len(states)) + rates / 10.0, 1 << 16)[number[0, targets[0, 0]]]
    used = sum(share * b for share, (b, _) in zip(law, states, strict=True)) / n
    answers = sum(share * p * r / ring_s for share, (_, r) in zip(law, states, strict=True))
    lost = sum(share * p * r / ring_s for share, (b, r) in zip(law, states, strict=True) if b == n)
    return used, answers, lost


def best_by_trying_all(n: int, most: int, p: float, ring_s: float, handle_s: float, limit: float) -> float:
    """The best mix of two policies that keeps the limit, out of every policy there is."""
    states = [(b, r) for b in range(n + 1) for r in range(most + 1)]
    points = []
    for choice in product(*(range(max(r, 1 if b == 0 else 0), most + 1) for b, r in states)):
        used, answers, lost = run_for_ever(dict(zip(states, choice, strict=True)), n, most, p, ring_s, handle_s)
        points.append((used, limit * answers - lost))
    keeps = [point for point in points if point[1] >= 0]
    breaks = [point for point in points if point[1] < 0]
    best = max(used for used, _ in keeps)
    for (used, slack), (more, over) in product(keeps, breaks):
        if slack - over > 0:
            best = max(best, (used * -over + more * slack) / (slack - over))
    return best


@pytest.mark.parametrize(
    ("n", "most", "p", "ring_s", "limit"), [(1, 2, 0.3, 25.0, 0.03), (1, 2, 0.6, 40.0, 0.1), (2, 2, 0.4, 60.0, 0.05)]
)
def test_no_policy_of_a_tiny_floor_is_better(n: int, most: int, p: float, ring_s: float, limit: float) -> None:
    model = bench.Model(agents=n, p=p, ring_s=ring_s, most_ringing=most, handle_s=100.0, limit=limit)
    expected = best_by_trying_all(n, most, p, ring_s, 100.0, limit)
    assert bench.optimum(model).utilisation == pytest.approx(expected, abs=1e-4)


@pytest.mark.parametrize(("agents", "percent"), [(5, 82.9), (10, 85.9), (20, 89.6)])
def test_the_figures_known_of_this_model(agents: int, percent: float) -> None:
    assert 100 * bench.optimum(bench.model(agents, 0.3)).utilisation == pytest.approx(percent, abs=0.06)


def test_more_lines_at_once_would_not_help() -> None:
    model = bench.model(10, 0.3)
    wider = bench.Model(agents=10, p=0.3, ring_s=model.ring_s, most_ringing=2 * model.most_ringing)
    assert bench.optimum(wider).utilisation == pytest.approx(bench.optimum(model).utilisation, abs=1e-4)


def test_a_tighter_limit_costs_agents_time() -> None:
    used = [bench.optimum(bench.model(10, 0.3, limit=limit)).utilisation for limit in (0.003, 0.01, 0.03)]
    assert used == sorted(used)
    assert used[2] - used[0] > 0.03
