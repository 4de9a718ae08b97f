"""A synthetic campaign with a known truth, cheap enough for unit tests: no engine, only its facts."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime

import numpy as np

from callwright.model.campaign import Hours
from callwright.planning.history import Dial, History, Place, PlannedShift, Presence, Record, Work

START = datetime(2026, 3, 2, tzinfo=UTC).timestamp()
DAY_S = 86_400.0
PLACE = Place(country="GB", zones=("UTC",), own_zone="UTC")
SHIFT = Hours(from_minute=540, to_minute=1080, weekdays=frozenset(range(7)))


def windows(_: Place, from_at: float, until_at: float) -> Sequence[tuple[float, float]]:
    days = np.arange(START, until_at, DAY_S)
    return [(at + 9 * 3600, at + 18 * 3600) for at in days.tolist() if at + DAY_S > from_at]


def made_history(
    seed: int, *, days: int = 3, dials: int = 1500, p: float = 0.3, day_spread: float = 0.0, talk_s: float = 100.0
) -> History:
    """``days`` days of fresh dials with this answer rate, mean talk, and ten planned agents of whom nine come."""
    rng = np.random.default_rng(seed)
    rows, presences, shifts = [], [], []
    lead = 0
    for day in range(days):
        began = START + day * DAY_S + 9 * 3600
        odds = np.log(p / (1 - p)) + rng.normal(0, day_spread)
        for at in np.sort(rng.uniform(began, began + 9 * 3600, dials)).tolist():
            lead += 1
            answered = rng.random() < 1 / (1 + np.exp(-odds))
            rows.append(
                Dial(
                    lead=lead,
                    at=at,
                    kind="mobile",
                    outcome="talked" if answered else "no_answer",
                    disposition="success" if answered and rng.random() < 0.1 else "not_needed" if answered else "",
                    over_s=12.0 if answered else 25.0,
                    talk_s=float(rng.gamma(1.0, talk_s)) if answered else 0.0,
                    agent=1 if answered else 0,
                    inbound=False,
                )
            )
        for agent in range(1, 11):
            shifts.append(PlannedShift(agent, began, began + 9 * 3600))
            if agent == 10 - day % 2:
                continue
            for hour in range(9):
                at = began + hour * 3600
                presences += [
                    Presence(agent, "in_call", at, at + 2400),
                    Presence(agent, "wrap_up", at + 2400, at + 2420),
                    Presence(agent, "ready", at + 2420, at + 3240),
                    Presence(agent, "not_ready", at + 3240, at + 3600),
                ]
    return History(zone="UTC", dials=rows, presences=presences, shifts=shifts)


def fresh(records: int) -> Work:
    return Work(records=[Record(kind="mobile" if n % 3 else "landline", place=PLACE) for n in range(records)])
