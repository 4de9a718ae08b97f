"""By how much this floor's agents are busier or idler than the model's: learned where the list was not
the bottleneck.

What the model leaves out (skills, tiers, the telephone, breaks in the list) shows here, and widens the ranges by as
much as it varies from day to day.
"""

from __future__ import annotations

from collections import defaultdict

import numpy as np

from callwright.model.outcome import ANSWERED_BY_PERSON
from callwright.planning.cells import Wall, agent_hours
from callwright.planning.fit import FloorFit
from callwright.planning.history import History
from callwright.planning.spans import DayLevel, fit_days
from callwright.planning.surface import Surface

_PERSON = frozenset(o.value for o in ANSWERED_BY_PERSON)
_LEAST_AGENT_S = 1800.0
_DOUBT, _SPREAD = 0.3, 0.1


def fit_drag(history: History, fit: FloorFit, surface: Surface) -> DayLevel:
    """On the log-odds of the busy share. Hours count in which fresh records were dialled, and later ones too: there
    was always somebody to call."""
    wall = Wall(history.zone)
    work = agent_hours(history)
    fresh: dict[tuple[int, int], int] = defaultdict(int)
    dials: dict[tuple[int, int], int] = defaultdict(int)
    answers: dict[tuple[int, int], int] = defaultdict(int)
    known: set[int] = set()
    last_fresh = (0, 0)
    for dial in sorted(history.dials, key=lambda d: d.at):
        if dial.inbound or not dial.lead:
            continue
        key = wall.day_hour(dial.at)
        dials[key] += 1
        answers[key] += dial.outcome in _PERSON
        if dial.lead not in known:
            known.add(dial.lead)
            fresh[key] += 1
            last_fresh = max(last_fresh, key)
    days: dict[int, list[tuple[float, float]]] = defaultdict(list)
    for key, working_s in work.working.items():
        if working_s < _LEAST_AGENT_S or fresh[key] < 5 or key >= last_fresh:
            continue
        rate = min(max(answers[key] / dials[key], 0.01), 0.95)
        busy = min(max(work.busy.get(key, 0.0) / working_s, 0.03), 0.99)
        # Agents of a part of the hour are a smaller floor for the whole of it; near enough.
        agents = np.asarray(working_s / 3600.0)
        modelled = float(surface.busy_odds(agents, np.asarray(rate)))
        days[key[0]].append((float(np.log(busy / (1 - busy))) - modelled, working_s))
    means, noise = [], []
    for found in days.values():
        values, weights = np.array(found).T
        mean = float(np.average(values, weights=weights))
        means.append(mean)
        # Hours of one day differ by the chance of single talks; at least two hours' worth of doubt for one hour.
        scatter = float(np.average((values - mean) ** 2, weights=weights)) if len(values) > 2 else 0.15
        noise.append((scatter + 0.02) / len(values))
    return fit_days(np.array(means), np.array(noise), level=0.0, doubt=_DOUBT, spread=_SPREAD)
