"""Possible futures: what a fitted floor may turn out to be, drawn from its posterior. One draw is one consistent world.

Parameters are drawn once per world, days once per day: so a range holds what is not known, what changes from day to
day, and (in ``deplete``) the chance of single calls.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from callwright.planning.cells import BEFORE, ENDS, KINDS, TRIES
from callwright.planning.fit import FloorFit
from callwright.planning.spans import draw_shares

Numbers = NDArray[np.float64]
MODEL_ERROR = 0.04
"""By how much a day's counts differ from the model's even where its days, people and agents are known: root mean square
of the logarithm over the rehearsals docs/planning.md names, none of which it is judged on."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Futures:
    """``count`` worlds of ``days`` days. Log-odds unless said otherwise.

    answers: ``base`` (world, kind, tries, before), ``hour`` (world, 24), ``day`` (world, day). ``ends`` cumulated
    shares (world, before, end); ``talk_ends`` (world, talk end). ``handle_s`` seconds (world, day). ``ready`` (world,
    day, hour), a share. ``drag`` (world, day) on the busy share. ``present`` (world, day, agent). ``doubt`` (world,
    day): a factor on a day's counts for what the model itself gets wrong.
    """

    count: int
    base: Numbers
    hour: Numbers
    day: Numbers
    ends: Numbers
    talk_ends: Numbers
    handle_s: Numbers
    ready: Numbers
    drag: Numbers
    present: NDArray[np.bool_]
    doubt: Numbers
    seed: int


def draw_futures(fit: FloorFit, *, count: int, days: int, most_agents: int, surface_error: float, seed: int) -> Futures:
    """Draw ``count`` worlds with up to ``most_agents`` agents."""
    rng = np.random.default_rng(seed)
    answers = fit.answers
    effects = answers.draws(count, rng)
    level = answers.part(effects, "level")[:, 0]
    base = (
        level[:, None, None, None]
        + answers.part(effects, "kind")[:, :, None, None]
        + answers.part(effects, "tries")[:, None, :, None]
        + answers.part(effects, "before")[:, None, None, :]
    )
    assert base.shape[1:] == (len(KINDS), TRIES, len(BEFORE))
    ends = draw_shares(fit.ends, count, rng).cumsum(-1)
    assert ends.shape[-1] == len(ENDS)
    talk = np.exp(fit.talk.draws(count, days, rng))
    wrap = np.exp(fit.wrap.draws(count, days, rng))
    ready = fit.staff.ready.draws(count, days, rng)[:, :, None] + fit.staff.by_hour
    drag = fit.drag.draws(count, days, rng) + surface_error * rng.standard_normal((count, 1))
    return Futures(
        count=count,
        base=base,
        hour=answers.part(effects, "hour"),
        day=answers.new_levels("day", (count, days), rng),
        ends=ends,
        talk_ends=draw_shares(fit.talk_counts, count, rng).cumsum(-1),
        handle_s=talk + wrap,
        ready=1.0 / (1.0 + np.exp(-ready)),
        drag=drag,
        present=fit.staff.present(most_agents, count, days, rng),
        doubt=np.exp(MODEL_ERROR * np.random.default_rng((seed, 1)).standard_normal((count, days))),
        seed=seed,
    )
