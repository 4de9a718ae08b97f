"""Counts and shares explained by what they belong to (hour, class, day, ...), with honest uncertainty.

One small engine for every rate of a plan: a generalised linear model whose effects come in blocks, each block pulled
towards its neighbours or towards its prior by a spread that is learned (empirical Bayes: Newton steps for the mode,
Laplace's normal for the posterior, EM for the spreads). Few data give wide posteriors, and effects that were never
seen keep their prior's width. Knows nothing of telephones.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from callwright.kit.errors import BadInput

Numbers = NDArray[np.float64]
Levels = NDArray[np.int64]
Family = Literal["binomial", "poisson"]
_ROUNDS, _STEPS = 12, 40
_MOST_ETA = 30.0


@dataclass(frozen=True, kw_only=True, slots=True)
class Block:
    """Effects of one kind on the log-odds (binomial) or log (poisson) scale.

    ``spread``: the prior's standard deviation, of neighbours' differences where they ``walk``, else around
    ``centre``. ``strength``: how many effects' worth of evidence the prior spread is; None: it is not learned.
    """

    name: str
    size: int
    spread: float
    strength: float | None = 4.0
    walk: bool = False
    centre: tuple[float, ...] = ()

    def structure(self) -> Numbers:
        """The precision matrix for a spread of 1."""
        if not self.walk or self.size == 1:
            return np.eye(self.size)
        steps = np.diff(np.eye(self.size), axis=0)
        # The level of a walk is the intercept's; a weak tie keeps the matrix invertible.
        return np.asarray(steps.T @ steps + np.eye(self.size) * 0.05)


@dataclass(frozen=True, kw_only=True, slots=True)
class BlockFit:
    """The posterior: ``mode`` and a root of its covariance; ``spreads`` and ``freedom`` by block; ``taken``: how many
    free numbers the effects amount to, pulled together as they are."""

    blocks: tuple[Block, ...]
    starts: dict[str, int]
    mode: Numbers
    root: Numbers  # mode + root @ standard normals is a draw
    spreads: dict[str, float]
    freedom: dict[str, float]
    taken: float

    def part(self, values: Numbers, name: str) -> Numbers:
        """The effects of one block out of a vector (or a matrix whose rows are draws) of all of them."""
        block = next(b for b in self.blocks if b.name == name)
        start = self.starts[name]
        return values[..., start : start + block.size]

    def draws(self, count: int, rng: np.random.Generator) -> Numbers:
        """``count`` rows drawn from the posterior."""
        return np.asarray(self.mode + rng.standard_normal((count, len(self.mode))) @ self.root.T)

    def new_levels(self, name: str, shape: tuple[int, int], rng: np.random.Generator) -> Numbers:
        """Effects of levels yet unseen (tomorrow's day): (draws, levels). The spread is uncertain too."""
        freedom = self.freedom[name]
        spread = self.spreads[name] * np.sqrt(freedom / rng.chisquare(freedom, shape[0]))
        return np.asarray(rng.standard_normal(shape) * spread[:, None])


def fit_blocks(
    family: Family, hits: Numbers, trials: Numbers, levels: Sequence[Levels], blocks: Sequence[Block]
) -> BlockFit:
    """Fit. ``hits`` of ``trials`` per row (poisson: counts, and their exposure); ``levels`` one column per block.

    A level of -1: the row has no effect of that block. The first block is usually a single intercept. Raises BadInput
    where the columns do not belong together.
    """
    if len(levels) != len(blocks) or any(len(column) != len(hits) for column in levels):
        raise BadInput("A model needs one column of levels per block, and as many rows as there are counts.")
    starts, size = {}, 0
    for block in blocks:
        starts[block.name] = size
        size += block.size
    centre = np.zeros(size)
    for block in blocks:
        if block.centre:
            centre[starts[block.name] : starts[block.name] + block.size] = block.centre
    columns = [np.where(column >= 0, column + starts[b.name], size) for column, b in zip(levels, blocks, strict=True)]
    spreads = {b.name: b.spread for b in blocks}
    effects, cover = centre.copy(), np.zeros((size, size))
    prior = cover
    for _ in range(_ROUNDS):
        prior = _prior(blocks, starts, spreads, size)
        effects, cover = _mode(family, hits, trials, columns, prior, centre, effects)
        moved = _learn_spreads(blocks, starts, spreads, effects - centre, cover)
        if moved < 0.02:
            break
    root: Numbers = np.linalg.cholesky(cover + np.eye(size) * 1e-10).astype(np.float64)
    freedom = {b.name: (b.strength or 50.0) + _seen(column) for b, column in zip(blocks, levels, strict=True)}
    return BlockFit(
        blocks=tuple(blocks),
        starts=starts,
        mode=effects,
        root=root,
        spreads=spreads,
        freedom=freedom,
        taken=size - float(np.trace(cover @ prior)),
    )


def _seen(column: Levels) -> float:
    return float(len(np.unique(column[column >= 0])))


def _prior(blocks: Sequence[Block], starts: dict[str, int], spreads: dict[str, float], size: int) -> Numbers:
    prior = np.zeros((size, size))
    for block in blocks:
        place = slice(starts[block.name], starts[block.name] + block.size)
        prior[place, place] = block.structure() / spreads[block.name] ** 2
    return prior


def _mode(
    family: Family,
    hits: Numbers,
    trials: Numbers,
    columns: Sequence[Levels],
    prior: Numbers,
    centre: Numbers,
    effects: Numbers,
) -> tuple[Numbers, Numbers]:
    """Newton's method to the posterior's mode, halving steps that make it worse; the mode and its covariance."""
    size = len(effects)
    best = _height(family, hits, trials, columns, prior, centre, effects)
    for _ in range(_STEPS):
        eta = _eta(columns, effects)
        mean, weight = _moments(family, eta, trials)
        slope = sum(np.bincount(c, hits - mean, size + 1)[:size] for c in columns) - prior @ (effects - centre)
        curve = prior + _crossed(columns, weight, size)
        step = np.linalg.solve(curve, slope)
        share = 1.0
        while share > 1e-4:
            height = _height(family, hits, trials, columns, prior, centre, effects + share * step)
            if height >= best - 1e-9:
                break
            share /= 2
        effects = effects + share * step
        gained, best = height - best, height
        if gained < 1e-4:
            break
    _, weight = _moments(family, _eta(columns, effects), trials)
    cover: Numbers = np.linalg.inv(prior + _crossed(columns, weight, size)).astype(np.float64)
    return effects, cover


def _eta(columns: Sequence[Levels], effects: Numbers) -> Numbers:
    padded = np.append(effects, 0.0)
    return np.asarray(np.clip(np.sum([padded[c] for c in columns], axis=0), -_MOST_ETA, _MOST_ETA))


def _moments(family: Family, eta: Numbers, trials: Numbers) -> tuple[Numbers, Numbers]:
    if family == "binomial":
        share = 1.0 / (1.0 + np.exp(-eta))
        return trials * share, trials * share * (1.0 - share)
    mean = trials * np.exp(eta)
    return mean, mean


def _height(
    family: Family,
    hits: Numbers,
    trials: Numbers,
    columns: Sequence[Levels],
    prior: Numbers,
    centre: Numbers,
    effects: Numbers,
) -> float:
    """The logarithm of the posterior, up to a constant."""
    eta = _eta(columns, effects)
    spent = trials * (np.logaddexp(0.0, eta) if family == "binomial" else np.exp(eta))
    away = effects - centre
    return float(hits @ eta - spent.sum() - 0.5 * away @ prior @ away)


def _crossed(columns: Sequence[Levels], weight: Numbers, size: int) -> Numbers:
    """X'WX of the one-hot design, by counting pairs of levels."""
    wide = size + 1
    stack = np.stack(columns)
    pairs = (stack[:, None, :] * wide + stack[None, :, :]).ravel()
    total = np.bincount(pairs, np.tile(weight, len(columns) ** 2), wide * wide)
    return np.asarray(total.reshape(wide, wide)[:size, :size])


def _learn_spreads(
    blocks: Sequence[Block], starts: dict[str, int], spreads: dict[str, float], away: Numbers, cover: Numbers
) -> float:
    """One EM step for every block that learns; the largest relative change."""
    moved = 0.0
    for block in blocks:
        if block.strength is None:
            continue
        place = slice(starts[block.name], starts[block.name] + block.size)
        structure = block.structure()
        found = away[place] @ structure @ away[place] + np.trace(structure @ cover[place, place])
        spread = float(np.sqrt((block.strength * block.spread**2 + found) / (block.strength + block.size)))
        moved = max(moved, abs(spread / spreads[block.name] - 1.0))
        spreads[block.name] = spread
    return moved
