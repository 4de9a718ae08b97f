"""The best any pacing can do where that can be computed: an exact optimum of a Markov model of the floor.

    python bench/markov_optimum.py --agents 5 10 20 50 --p 0.3 [--ring answered|mixed] [--json]

The model. N agents; a conversation with its wrap-up is exponential (mean 140 s). A line is over after an exponential
ring whatever comes of it, and is then answered with probability p: all that is known of a line is that it rings. The
mean ring is 12 s, as that of answered lines (``answered``: an unanswered line is over as soon as an answered one), or
that of all lines, 12 p + 25 (1 - p) (``mixed``). Who answers and finds no agent is lost at once (no patience), and at
most 3 % of answers may be. Whoever decides knows b busy agents and r ringing lines, and may open lines at any instant,
but not hang up. A floor whose spans are not exponential tells more (how long each line has rung, each agent has
talked), and people who wait 2 s find agents more often: a good controller may pass this optimum there.

The method. Reward is the share of busy agents less ``price`` times (lost answers - limit x answers), per second; for
one price the best policy comes of policy iteration (each policy solved exactly as sparse linear equations). The optimum
under the limit is the least of these best values over all prices (duality of constrained decision processes: the value
is convex in the price, its slope the limit's slack), reached by mixing the two policies that are best at that price.
"""

from __future__ import annotations

import argparse
import json
import time
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csc_matrix
from scipy.sparse.linalg import splu

HANDLE_S = 140.0
Numbers = NDArray[np.float64]
Policy = NDArray[np.int64]


@dataclass(frozen=True, slots=True, kw_only=True)
class Model:
    """``agents``, ``most_ringing`` lines at once, answer probability ``p``, mean ``ring_s`` and ``handle_s``."""

    agents: int
    p: float
    ring_s: float
    most_ringing: int
    handle_s: float = HANDLE_S
    limit: float = 0.03


@dataclass(frozen=True, slots=True, kw_only=True)
class Optimum:
    """Utilisation under the limit, and what a second of busy agents is worth in lost answers (``price``)."""

    utilisation: float
    price: float
    solved: int


def mean_ring_s(p: float, ring: str = "answered") -> float:
    return 12.0 * p + 25.0 * (1 - p) if ring == "mixed" else 12.0


def model(agents: int, p: float, ring: str = "answered", limit: float = 0.03) -> Model:
    """The model with so many lines that more would not help: twice what keeps all agents busy, and some."""
    ring_s = mean_ring_s(p, ring)
    lines = agents / HANDLE_S * ring_s / p
    return Model(agents=agents, p=p, ring_s=ring_s, most_ringing=int(2.0 * lines + 6 * lines**0.5 + 8), limit=limit)


class Solver:
    """States (b, r): b busy agents, r lines that ring once the decision is taken; the decision raises r."""

    def __init__(self, of: Model) -> None:
        self.of = of
        self.b, self.r = np.meshgrid(np.arange(of.agents + 1), np.arange(of.most_ringing + 1), indexing="ij")
        self.width = of.most_ringing + 1
        self.states = self.b.size
        ends, over = self.b / of.handle_s, self.r / of.ring_s
        self.pace = ends + over  # events per second
        pace = np.where(self.pace > 0, self.pace, 1.0)
        self.dwell = 1.0 / pace
        self.chance_end = ends / pace
        self.chance_answer, self.chance_silence = of.p * over / pace, (1 - of.p) * over / pace
        answers = of.p * over
        self.slack = of.limit * answers - np.where(self.b == of.agents, answers, 0.0)  # per second
        self.used = self.b / of.agents
        self.policy: Policy = np.maximum(self.r, np.where(self.b < of.agents, 1, 0))

    def evaluate(self, policy: Policy, reward: Numbers) -> tuple[float, Numbers]:
        """Mean reward per second of a policy, and the bias of each (b, r) before the decision (0 in the first)."""
        b, target = self.b.ravel(), policy.ravel()
        after = b * self.width + target
        number = np.arange(self.states)
        rows, columns, values = [number], [number], [np.ones(self.states)]
        moves = (
            (np.maximum(b - 1, 0), target, self.chance_end),
            (np.minimum(b + 1, self.of.agents), np.maximum(target - 1, 0), self.chance_answer),
            (b, np.maximum(target - 1, 0), self.chance_silence),
        )
        for busy, rings, chance in moves:
            rows.append(number)
            columns.append(busy * self.width + rings)
            values.append(-chance.ravel()[after])
        # The bias of state 0 is 0: its column carries the gain instead.
        row, column, value = np.concatenate(rows), np.concatenate(columns), np.concatenate(values)
        keep = column != 0
        dwell = self.dwell.ravel()[after]
        matrix = csc_matrix(
            (
                np.concatenate([value[keep], dwell]),
                (np.concatenate([row[keep], number]), np.concatenate([column[keep], np.zeros(self.states, np.int64)])),
            ),
            shape=(self.states, self.states),
        )
        found = splu(matrix).solve((reward.ravel()[after]) * dwell)
        gain, found[0] = float(found[0]), 0.0
        return gain, found.reshape(self.b.shape)

    def improve(self, bias: Numbers, gain: float, reward: Numbers, policy: Policy) -> tuple[Policy, bool]:
        """Raise each state's lines to where the future is best; the old choice stays unless clearly worse."""
        less = np.maximum(self.r - 1, 0)
        value = (
            (reward - gain) * self.dwell
            + self.chance_end * bias[np.maximum(self.b - 1, 0), self.r]
            + self.chance_answer * bias[np.minimum(self.b + 1, self.of.agents), less]
            + self.chance_silence * bias[self.b, less]
        )
        value[0, 0] = -np.inf  # nobody busy, nothing rings: for ever
        best = np.empty_like(policy)
        best[:, -1] = self.width - 1
        for r in range(self.width - 2, -1, -1):
            here = value[:, r] >= np.take_along_axis(value, best[:, r + 1][:, None], 1)[:, 0]
            best[:, r] = np.where(here, r, best[:, r + 1])
        old = np.take_along_axis(value, policy, 1)
        better = np.take_along_axis(value, best, 1) > old + 1e-9
        return np.where(better, best, policy), bool(better.any())

    def best(self, price: float) -> tuple[float, float, int]:
        """(mean of utilisation plus ``price`` x slack, mean slack, policies solved) of the best policy at a price."""
        reward = self.used + price * self.slack
        for solved in range(1, 200):
            gain, bias = self.evaluate(self.policy, reward)
            self.policy, changed = self.improve(bias, gain, reward, self.policy)
            if not changed:
                slack, _ = self.evaluate(self.policy, self.slack)
                return gain, slack, solved
        raise RuntimeError(f"no policy is best at price {price}")


def optimum(of: Model, tolerance: float = 2e-5) -> Optimum:
    """The least best value over all prices, by halving between a price where the limit is kept and one where not."""
    solver, low, high, solved = Solver(of), 0.0, 4.0 * HANDLE_S / of.agents, 0
    least = 1.0
    value, slack, _ = solver.best(high)
    while slack < 0:
        low, high = high, 2 * high
        value, slack, _ = solver.best(high)
    while True:
        middle = (low + high) / 2
        value, slack, count = solver.best(middle)
        solved += count
        least = min(least, value)
        if abs(slack) * (high - low) < tolerance or high - low < 1e-9:
            return Optimum(utilisation=least, price=middle, solved=solved)
        low, high = (middle, high) if slack < 0 else (low, middle)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--agents", type=int, nargs="+", default=[5, 10, 20, 50])
    parser.add_argument("--p", type=float, nargs="+", default=[0.3])
    parser.add_argument("--ring", choices=("answered", "mixed"), default="answered")
    parser.add_argument("--limit", type=float, default=0.03)
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args()
    if not options.json:
        print(f"{'N':>5}{'p':>6}{'optimum %':>11}{'states':>8}{'policies':>10}{'s':>7}")
    for p in options.p:
        for agents in options.agents:
            of, began = model(agents, p, options.ring, options.limit), time.perf_counter()
            found = optimum(of)
            wall_s = time.perf_counter() - began
            states = (agents + 1) * (of.most_ringing + 1)
            if options.json:
                print(json.dumps({"n": agents, "p": p, "utilisation": found.utilisation, "wall_s": wall_s}))
                continue
            print(f"{agents:>5}{p:>6.2f}{100 * found.utilisation:>11.2f}{states:>8}{found.solved:>10}{wall_s:>7.1f}")


if __name__ == "__main__":
    main()
