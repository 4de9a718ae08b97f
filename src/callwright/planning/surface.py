"""From a dozen played stretches to the pace of any number of agents at any answer rate: ``Surface``.

The log-odds of agents' busy share are nearly linear in the logarithms of agents and of the answer rate's odds; so are
the logarithms of the lines in use. Least squares smooth the chance of single stretches; what they leave over is kept as
the surface's own error.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from callwright.model.attempt import Mode
from callwright.planning.pace import PaceWorld, Stretch, play

Numbers = NDArray[np.float64]
_LEAST_BUSY, _MOST_BUSY = 0.02, 0.995
_AGENT_HOURS = 16.0
"""Each stretch plays about so many agents' hours: long with few agents, short with many, alike in error."""
_RIDGE = np.diag([1e-6, 1e-6, 0.05, 1e-6, 0.05])


@dataclass(frozen=True, kw_only=True, slots=True)
class Surface:
    """``busy``: log-odds; ``lines``: logarithm; both by ``_features``. ``abandons``: share of answers."""

    busy: Numbers
    lines: Numbers
    abandons: float
    error: float  # of the log-odds of a busy share read off here
    stretches: tuple[Stretch, ...] = ()

    def busy_odds(self, agents: Numbers, answer_rate: Numbers) -> Numbers:
        """Log-odds of the share of their ready time that agents talk and wrap up."""
        return np.asarray(_features(agents, answer_rate) @ self.busy)

    def lines_needed(self, agents: Numbers, answer_rate: Numbers) -> Numbers:
        """Lines in use at most, but for one second in a thousand."""
        return np.asarray(np.exp(_features(agents, answer_rate) @ self.lines))


def make_surface(world: PaceWorld, *, agents: Sequence[int], answer_rates: Sequence[float], seed: int = 1) -> Surface:
    """Play every combination and fit. Progressive and slower modes lose nobody and scale with the agents."""
    alike = world.mode is not Mode.PREDICTIVE
    counts = sorted({max(1, n) for n in ((agents[len(agents) // 2],) if alike else agents)})
    hours = {n: min(4.0, max(0.5, _AGENT_HOURS / n)) for n in counts}
    stretches = [
        play(world, agents=n, answer_rate=p, hours=hours[n], seed=seed)
        for n in counts
        for p in sorted(set(answer_rates))
    ]
    rows = np.array([_features(np.float64(s.agents), np.float64(s.answer_rate)) for s in stretches])
    if alike:
        rows[:, 1:3] = 0.0
    busy = np.array([_odds(min(max(s.busy, _LEAST_BUSY), _MOST_BUSY)) for s in stretches])
    lines = np.log([max(1.0, s.lines) for s in stretches])
    if alike:  # lines are the agents' own
        lines = lines - np.log([s.agents for s in stretches])
    fitted = _least_squares(rows, busy)
    fitted_lines = _least_squares(rows, lines)
    if alike:
        fitted_lines[1] = 1.0
    left = busy - rows @ fitted
    answers = sum(s.answers for s in stretches)
    return Surface(
        busy=fitted,
        lines=fitted_lines,
        abandons=sum(s.abandons for s in stretches) / answers if answers else 0.0,
        error=float(np.sqrt((left @ left + 0.02) / max(1, len(left) - 2))),
        stretches=tuple(stretches),
    )


def _features(agents: Numbers | np.float64, answer_rate: Numbers | np.float64) -> Numbers:
    n = np.log(np.maximum(agents, 0.5))
    p = np.log(answer_rate / (1 - answer_rate))
    return np.stack(np.broadcast_arrays(np.ones_like(n), n, n * n / 4, p, p * n / 4), axis=-1)


def _least_squares(rows: Numbers, values: Numbers) -> Numbers:
    return np.asarray(np.linalg.solve(rows.T @ rows + _RIDGE, rows.T @ values))


def _odds(share: float) -> float:
    return float(np.log(share / (1.0 - share)))
