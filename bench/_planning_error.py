"""What a plan gets wrong by itself: its day given the real people, agents and times of that day, against what came.

Answers, ends and times are learned from the whole campaign, and each coming day gets its own real answering and
attendance; what is left between the plan's dials and the real ones is the model's own error and the chance of dials.
``callwright.planning.draws.MODEL_ERROR`` is this figure, from campaigns that the backtest is not judged on.
"""

from __future__ import annotations

import math

import numpy as np

from _planning_worlds import DAY_S, START, Lived
from callwright.planning.cells import WORKING, Wall, agent_hours
from callwright.planning.deplete import COLUMNS


def left_over(lived: Lived, days: int, *, ahead: int = 3, draws: int = 24) -> list[float]:
    """Logarithms of real over planned dials of the next ``ahead`` days, planned with hindsight after ``days`` days."""
    planner = lived.planner(days, draws=draws, hindsight=True)
    futures, fit = planner.futures, planner.fit
    futures.doubt[:] = 1.0
    own_days = fit.answers.part(fit.answers.mode, "day")
    wall, work = Wall(lived.history.zone), agent_hours(lived.history).working
    for ahead_day in range(min(ahead, len(own_days) - days)):
        began = START + (days + ahead_day) * DAY_S
        came = {p.agent for p in lived.history.presences if p.state in WORKING and began <= p.began_at < began + DAY_S}
        futures.day[:, ahead_day] = own_days[days + ahead_day]
        futures.present[:, ahead_day] = np.arange(futures.present.shape[2]) < len(came)
        date, _ = wall.day_hour(began + DAY_S / 2)
        for hour in range(24):
            futures.ready[:, ahead_day, hour] = min(1.0, work.get((date, hour), 0.0) / 3600.0 / max(1, len(came)))
    traces = planner.runs(lived.scenario.agents).traces[:, :, COLUMNS.index("dials")]
    found, before = [], 0.0
    for ahead_day, (began, ended) in enumerate(planner.grid.instants_of_days()[:ahead]):
        until = float(np.median(traces[:, np.flatnonzero(planner.grid.day == ahead_day)[-1]]))
        real = sum(1 for d in lived.history.dials if began <= d.at < ended + 3600 and not d.inbound)
        if real >= 100 and until > before:
            found.append(math.log(real / (until - before)))
        before = until
    return found


def root_mean_square(values: list[float]) -> float:
    return math.sqrt(sum(v * v for v in values) / len(values)) if values else 0.0
