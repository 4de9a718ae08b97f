"""Whether agents come, and how much of their shift they are there for calls. From planned shifts and states."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from math import log

import numpy as np
from numpy.typing import NDArray

from callwright.planning.blocks import Block, BlockFit, fit_blocks
from callwright.planning.cells import WORKING, Wall, agent_hours, by_hour
from callwright.planning.history import History, PlannedShift
from callwright.planning.spans import DayLevel, fit_days

Numbers = NDArray[np.float64]
_USUAL_COMING, _USUAL_READY = 0.94, 0.88
_LEAST, _MOST = 0.02, 0.998


@dataclass(frozen=True, kw_only=True, slots=True)
class StaffFit:
    """``coming``: log-odds that a planned agent comes, with each day's own. ``ready``: log-odds of the share of their
    shift in which those who came are ready for calls or in them; ``by_hour`` what each hour adds to it.
    """

    coming: BlockFit
    ready: DayLevel
    by_hour: Numbers  # (24,)
    assumed: tuple[str, ...]

    def present(self, most: int, draws: int, days: int, rng: np.random.Generator) -> NDArray[np.bool_]:
        """Who of ``most`` agents comes, (draw, day, agent): the first n of them are a floor of n, so that plans for
        different numbers of agents share their luck."""
        level = self.coming.part(self.coming.draws(draws, rng), "level")
        odds = level + self.coming.new_levels("day", (draws, days), rng)
        return np.asarray(rng.random((draws, days, most)) < 1.0 / (1.0 + np.exp(-odds))[:, :, None])


def fit_staff(history: History) -> StaffFit:
    """Without planned shifts everybody seen on a day counts as planned there, and the usual show-up is assumed."""
    wall = Wall(history.zone)
    seen: dict[int, set[int]] = defaultdict(set)
    for presence in history.presences:
        if presence.state in WORKING:
            seen[wall.day_hour(presence.began_at)[0]].add(presence.agent)
    planned: dict[int, list[PlannedShift]] = defaultdict(list)
    for shift in history.shifts:
        if shift.ended_at > shift.began_at:
            planned[wall.day_hour(shift.began_at)[0]].append(shift)
    days = [day for day in sorted(planned) if day in seen]
    assumed = []
    if not days:
        assumed.append("coming")
    if not seen:
        assumed.append("ready")
    came = np.array([len({s.agent for s in planned[d]} & seen[d]) for d in days], dtype=np.float64)
    due = np.array([len({s.agent for s in planned[d]}) for d in days], dtype=np.float64)
    coming = fit_blocks(
        "binomial",
        came,
        due,
        (np.zeros(len(days), dtype=np.int64), np.arange(len(days))),
        (
            Block(name="level", size=1, spread=0.9, strength=None, centre=(_odds(_USUAL_COMING),)),
            Block(name="day", size=max(1, len(days)), spread=0.2, strength=3.0),
        ),
    )
    ready, hours = _ready(history, wall, planned, seen)
    return StaffFit(coming=coming, ready=ready, by_hour=hours, assumed=tuple(assumed))


def _ready(
    history: History, wall: Wall, planned: dict[int, list[PlannedShift]], seen: dict[int, set[int]]
) -> tuple[DayLevel, Numbers]:
    """The share of the shift of those who came, by day; and what single hours add on the log-odds scale."""
    work = agent_hours(history).working
    there: dict[tuple[int, int], float] = defaultdict(float)
    if planned:
        stretches = [s for day, shifts in planned.items() for s in shifts if s.agent in seen.get(day, ())]
    else:
        stretches = _logged_in(history, wall)
    last = max((p.ended_at for p in history.presences), default=0.0)
    for shift in stretches:
        for began_at, ended_at in by_hour(shift.began_at, min(shift.ended_at, last)):
            there[wall.day_hour(began_at)] += ended_at - began_at
    days = sorted({key[0] for key in there})
    shares, noise = [], []
    for day in days:
        hours = [key for key in there if key[0] == day]
        whole = sum(there[key] for key in hours)
        if whole < 3600.0:
            continue
        share = min(max(sum(min(work.get(key, 0.0), there[key]) for key in hours) / whole, _LEAST), _MOST)
        shares.append(_odds(share))
        noise.append(0.02 / max(1.0, whole / 8 / 3600.0))  # a shift's pauses fall longer or shorter
    level = fit_days(np.array(shares), np.array(noise), level=_odds(_USUAL_READY), doubt=0.7, spread=0.1)
    added = np.zeros(24)
    for hour in range(24):
        whole = sum(s for key, s in there.items() if key[1] == hour)
        worked = sum(min(work.get(key, 0.0), s) for key, s in there.items() if key[1] == hour)
        usual = 1.0 / (1.0 + np.exp(-level.level))
        share = (worked + 4 * 3600.0 * usual) / (whole + 4 * 3600.0)
        added[hour] = _odds(min(max(share, _LEAST), _MOST)) - level.level
    return level, added


def _logged_in(history: History, wall: Wall) -> list[PlannedShift]:
    """From each agent's first to last instant of a day."""
    spans: dict[tuple[int, int], tuple[float, float]] = {}
    for p in history.presences:
        key = (p.agent, wall.day_hour(p.began_at)[0])
        began, ended = spans.get(key, (p.began_at, p.ended_at))
        spans[key] = min(began, p.began_at), max(ended, p.ended_at)
    return [PlannedShift(agent, began, ended) for (agent, _), (began, ended) in spans.items()]


def _odds(share: float) -> float:
    return log(share / (1.0 - share))
