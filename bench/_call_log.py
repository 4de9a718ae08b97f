"""The AnonymousBank call log (Technion; research use with credit) as hourly counts and lengths."""

from __future__ import annotations

import csv
import gzip
from collections import defaultdict
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from callwright.planning.backtest import Prediction
from callwright.planning.ranges import range_of
from callwright.planning.volume import HOURS, HourlyCounts, fit_lengths, fit_volume

Numbers = NDArray[np.float64]
LOG = Path(__file__).parents[2] / "shared" / "data" / "callcentre" / "anonymousbank-1999-02-days01-21.tsv.gz"


@dataclass(frozen=True, kw_only=True, slots=True)
class CallLog:
    """By day and hour: calls for agents, calls served with their lengths, agents who served."""

    weekdays: list[int]
    calls: Numbers
    served: Numbers
    agents: Numbers
    seconds: list[list[Numbers]]


def read_call_log(path: Path = LOG) -> CallLog:
    days: dict[date, list[list[dict[str, str]]]] = defaultdict(lambda: [[] for _ in range(HOURS)])
    with gzip.open(path, "rt", encoding="latin-1", newline="") as lines:
        for row in csv.DictReader(lines, delimiter="\t"):
            text = row["date"]
            day = date(1900 + int(text[:2]), int(text[2:4]), int(text[4:]))
            days[day][int(row["vru_entry"].split(":")[0]) % HOURS].append(row)
    order = sorted(days)
    calls, served, agents = (np.zeros((len(order), HOURS)) for _ in range(3))
    seconds: list[list[Numbers]] = []
    for place, day in enumerate(order):
        lengths = []
        for hour, rows in enumerate(days[day]):
            wanted = [r for r in rows if r["outcome"] != "PHANTOM"]
            talked = [r for r in wanted if r["outcome"] == "AGENT" and float(r["ser_time"]) > 0]
            calls[place, hour], served[place, hour] = len(wanted), len(talked)
            agents[place, hour] = len({r["server"] for r in talked if r["server"] != "NO_SERVER"})
            lengths.append(np.array([float(r["ser_time"]) for r in talked]))
        seconds.append(lengths)
    return CallLog(
        weekdays=[day.weekday() for day in order], calls=calls, served=served, agents=agents, seconds=seconds
    )


def predict(log: CallLog, known: int, ahead: int, *, draws: int = 400, seed: int = 1) -> list[Prediction]:
    """Learn from the first ``known`` days, predict the ``ahead`` days after them: hours with calls, and whole days."""
    rng = np.random.default_rng(seed)
    first, then = slice(0, known), slice(known, known + ahead)
    weekdays = log.weekdays[then]
    drawn = {
        name: fit_volume(HourlyCounts(weekdays=log.weekdays[first], counts=counts[first])).draws(weekdays, draws, rng)
        for name, counts in (("calls", log.calls), ("served", log.served), ("agents at work", log.agents))
    }
    length = fit_lengths(log.seconds[first]).draws(np.maximum(drawn["served"], 1.0), rng)
    real_n = np.broadcast_to(log.served[then], drawn["served"].shape)
    length_given_n = fit_lengths(log.seconds[first]).draws(np.maximum(real_n, 1.0), rng)
    work_s = drawn["served"] * length
    came_s = np.array([[hour.sum() for hour in day] for day in log.seconds[then]])
    found: list[Prediction] = []
    for day in range(len(weekdays)):
        when = f"day {known + day + 1}"
        for hour in np.flatnonzero(log.calls[:known].sum(0) >= 1):
            at = f"{when} {hour}h"
            for what, values, actual in (
                ("calls in an hour", drawn["calls"], log.calls[then]),
                ("agents' work in an hour", work_s, came_s),
                ("agents at work in an hour", drawn["agents at work"], log.agents[then]),
            ):
                if values[:, day, hour].max() > 0 or actual[day, hour] > 0:
                    found.append(_of(what, at, values[:, day, hour], actual[day, hour]))
            if log.served[then][day, hour] >= 5:
                mean = float(log.seconds[known + day][hour].mean())
                found.append(_of("mean talk in an hour", at, length_given_n[:, day, hour], mean))
        found.append(_of("calls in a day", when, drawn["calls"][:, day].sum(1), log.calls[then][day].sum()))
        found.append(_of("agents' work in a day", when, work_s[:, day].sum(1), came_s[day].sum()))
    return found


def _of(what: str, when: str, values: Numbers, actual: float) -> Prediction:
    return Prediction(what=what, when=when, range=range_of(values), actual=float(actual))
