"""A manager's question and its answer as one object that prints, plots and travels: ``Question`` in, ``answer`` out."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from callwright.kit.errors import BadInput
from callwright.planning.deplete import COLUMNS
from callwright.planning.forecast import SEARCH_DRAWS, SURE, Planner, Runs, needed_agents
from callwright.planning.ranges import Range, range_of

Numbers = NDArray[np.float64]
STANDARD_SHARE = 0.9
_MOST_POINTS = 160


@dataclass(frozen=True, kw_only=True, slots=True)
class Question:
    """``share``: of the records that is to be done. ``deadline``: an instant; ``limit``: another abandon limit."""

    agents: int
    share: float = STANDARD_SHARE
    deadline: float | None = None
    limit: float | None = None

    def check(self, planner: Planner) -> None:
        """Raises BadInput on a question without sense."""
        if not 1 <= self.agents <= planner.most_agents:
            raise BadInput(f"Plan with 1 to {planner.most_agents} agents, not {self.agents}.")
        if not 0 < self.share <= 1:
            raise BadInput("The share of records to be done must be above 0 and at most 100 %.")
        if self.limit is not None and not 0 < self.limit <= 0.2:
            raise BadInput("An abandon limit must be above 0 and at most 20 %.")
        if self.deadline is not None and self.deadline <= planner.grid.at[0]:
            raise BadInput("The deadline lies before the first hour in which agents work and people may be called.")


def answer(planner: Planner, question: Question) -> dict[str, Any]:
    """Everything docs/planning.md lists, ready for JSON: instants as epoch seconds, shares 0..1, ranges of 80 %."""
    question.check(planner)
    runs = planner.runs(question.agents)
    finish = planner.finishes(question.agents, question.share)
    pace = _Pace(planner, question.agents)
    return {
        "campaign": planner.campaign.name,
        "zone": planner.grid.zone,
        "start": float(planner.grid.at[0]),
        "horizon": float(planner.grid.at[-1] + planner.grid.step_s),
        "agents": question.agents,
        "share": question.share,
        "limit": planner.law.limit,
        "level": 0.8,
        "records": planner.work.total,
        "open": len(planner.work.records),
        "history": {
            "dials": planner.fit.dials,
            "answers": planner.fit.seen_answers,
            "days": planner.fit.days,
            "assumed": list(planner.fit.assumed),
            "cut": planner.history.cut,
        },
        "duration": {
            "first_pass": _first_pass(planner, runs).as_dict(),
            "half": range_of(planner.finishes(question.agents, 0.5)).as_dict(),
            "finish": range_of(finish).as_dict(),
            "all": range_of(planner.finishes(question.agents, 1.0)).as_dict(),
        },
        "pace": pace.as_dict(),
        "days": _days(planner, runs),
        "one_more": _one_more(planner, question, finish, pace),
        "lines": _lines(pace),
        "deadline": None if question.deadline is None else _deadline(planner, question, question.deadline),
        "other_limit": None
        if question.limit is None
        else _other_limit(planner, question, question.limit, finish, pace),
        "curve": _curve(planner, runs),
    }


def _first_pass(planner: Planner, runs: Runs) -> Range:
    """When every record that was never dialled has been."""
    fresh = sum(1 for record in planner.work.records if not record.tries)
    column = COLUMNS.index("first")
    if not fresh:
        return Range(low=None, middle=None, high=None)
    return range_of(planner.times_until(runs, runs.traces[:, :, column], float(fresh)))


class _Pace:
    """A floor that is never short of records, hour by hour of an average day, in every future."""

    def __init__(self, planner: Planner, agents: int, limit: float | None = None) -> None:
        self.planner, self.agents = planner, agents
        self.surface, futures = planner.surface(limit), planner.futures
        self.futures = futures
        hours = np.unique(planner.grid.hour)
        mix = np.bincount([record.tries > 0 for record in planner.work.records], minlength=2) / len(
            planner.work.records
        )
        fresh = futures.base[:, :, 0, 0].mean(1)
        later = futures.base[:, :, 1, 1].mean(1)
        odds = (mix[0] * fresh + mix[1] * later)[:, None] + futures.hour[:, hours] + futures.day[:, :1]
        self.rate = 1.0 / (1.0 + np.exp(-odds))  # (world, hour)
        self.ready = futures.ready[:, 0][:, hours]
        self.coming = futures.present.mean((1, 2))

    def busy(self, agents: Numbers) -> Numbers:
        odds = self.surface.busy_odds(np.maximum(agents, 0.3), self.rate) + self.futures.drag[:, :1]
        return np.asarray(1.0 / (1.0 + np.exp(-odds)))

    def talks_an_hour(self, more: float = 0.0) -> Numbers:
        """Of the whole floor, mean over the hours of the shift, (world,); ``more`` agents than planned."""
        there = (self.agents + more) * self.coming[:, None] * self.ready
        return np.asarray((there * self.busy(there) * 3600.0 / self.futures.handle_s[:, :1]).mean(1))

    def as_dict(self) -> dict[str, Any]:
        there = self.agents * self.coming[:, None] * self.ready
        talks = self.talks_an_hour()
        return {
            "talks_an_hour": range_of(talks).as_dict(),
            "talks_an_agent_hour": range_of(talks / np.maximum(there.mean(1), 0.1)).as_dict(),
            "busy": range_of(self.busy(there).mean(1)).as_dict(),
            "answer_rate": range_of(self.rate.mean(1)).as_dict(),
            "ready": range_of((self.coming[:, None] * self.ready).mean(1)).as_dict(),
            "handle_s": range_of(self.futures.handle_s[:, 0]).as_dict(),
            "abandons": self.surface.abandons,
        }


def _days(planner: Planner, runs: Runs) -> list[dict[str, Any]]:
    """The coming working days until the work is as good as done."""
    spans = planner.grid.instants_of_days()
    ends = np.searchsorted(planner.grid.at, [ended for _, ended in spans]) - 1
    rows: list[dict[str, Any]] = []
    before = np.zeros((len(runs.traces), len(COLUMNS)))
    for (began, _), end in zip(spans, ends, strict=True):
        last = runs.traces[:, end]
        gained = dict(zip(COLUMNS, (last - before).T, strict=True))
        rows.append(
            {
                "at": began,
                **{name: range_of(gained[name]).as_dict() for name in ("dials", "talks", "successes", "abandons")},
                "done": range_of((last[:, COLUMNS.index("done")] + runs.done_before) / runs.total).as_dict(),
            }
        )
        before = last
        if len(rows) >= 10 or np.median(gained["dials"]) < 1:
            break
    return rows


def _one_more(planner: Planner, question: Question, finish: Numbers, pace: _Pace) -> dict[str, Any] | None:
    if question.agents >= planner.most_agents:
        return None
    then = planner.finishes(question.agents + 1, question.share)
    both = np.isfinite(finish) & np.isfinite(then)
    rates = planner.futures
    success = np.diff(rates.talk_ends, axis=1, prepend=0.0)[:, [e.success for e in planner.fit.talk_ends]].sum(1)
    added = pace.talks_an_hour(1.0) - pace.talks_an_hour()
    return {
        "talks_an_hour": range_of(added).as_dict(),
        "successes_a_day": range_of(added * success * _day_hours(planner)).as_dict(),
        "earlier_s": range_of((finish - then)[both]).as_dict(),
        "finish": range_of(then).as_dict(),
    }


def _day_hours(planner: Planner) -> float:
    return len(planner.grid.at) * planner.grid.step_s / 3600.0 / planner.grid.days


def _lines(pace: _Pace) -> dict[str, Any]:
    """Lines in the hour that needs most, if everybody planned comes: an unlucky day must not fail for want of lines."""
    there = pace.agents * np.maximum(pace.coming[:, None], pace.futures.present[:, 0, : pace.agents].mean(1)[:, None])
    needed = pace.surface.lines_needed(np.maximum(there, 1.0), pace.rate).max(1)
    return {"needed": range_of(np.ceil(needed)).as_dict(), "enough": int(np.ceil(np.quantile(needed, 0.95)))}


def _deadline(planner: Planner, question: Question, deadline: float) -> dict[str, Any]:
    def needed(sure: float) -> int | None:
        return needed_agents(planner, share=question.share, deadline=deadline, sure=sure)

    result: dict[str, Any] = {
        "at": deadline,
        "chance": planner.chance_by(question.agents, question.share, deadline),
        "share": range_of(planner.shares_by(question.agents, deadline)).as_dict(),
        "needed": {"low": needed(0.1), "middle": needed(0.5), "high": needed(0.9)},
        "recommended": needed(SURE),
        "sure": SURE,
        "best_share": range_of(planner.shares_by(planner.useful_agents, deadline, draws=SEARCH_DRAWS)).as_dict(),
        "best_agents": planner.useful_agents,
    }
    ladder = {max(1, round(question.agents * factor)) for factor in (0.5, 0.75, 1.0, 1.5, 2.0)}
    tried = {n for n in planner.tried(deadline) | ladder if n <= planner.useful_agents}
    result["by_agents"] = [
        {
            "agents": n,
            "chance": planner.chance_by(n, question.share, deadline, draws=SEARCH_DRAWS),
            **range_of(planner.shares_by(n, deadline, draws=SEARCH_DRAWS)).as_dict(),
        }
        for n in sorted(tried)
    ]
    return result


def _other_limit(planner: Planner, question: Question, limit: float, finish: Numbers, pace: _Pace) -> dict[str, Any]:
    then = planner.finishes(question.agents, question.share, limit)
    both = np.isfinite(finish) & np.isfinite(then)
    other = _Pace(planner, question.agents, limit)
    return {
        "limit": limit,
        "finish": range_of(then).as_dict(),
        "later_s": range_of((then - finish)[both]).as_dict(),
        "talks_an_hour": range_of(other.talks_an_hour()).as_dict(),
        "lost_talks_an_hour": range_of(pace.talks_an_hour() - other.talks_an_hour()).as_dict(),
        "busy": other.as_dict()["busy"],
        "abandons": other.surface.abandons,
    }


def _curve(planner: Planner, runs: Runs) -> list[dict[str, Any]]:
    """Share of records done by an instant: the ends of steps, thinned, and the begins of days; until nothing moves."""
    grid, shares = planner.grid, runs.share_done()
    middle = np.median(shares, axis=0)
    steps = min(int(np.searchsorted(middle, middle[-1] - 0.003)) + 2, len(middle))
    thin = max(1, steps // _MOST_POINTS)
    now = range_of(np.full(1, planner.work.done / runs.total)).as_dict()
    rows: list[dict[str, Any]] = []
    for step in range(steps):
        if step == 0 or grid.day[step] != grid.day[step - 1]:
            rows.append({"at": float(grid.at[step]), **now})
        last_of_day = step + 1 == len(grid.at) or grid.day[step + 1] != grid.day[step]
        now = range_of(shares[:, step]).as_dict()
        if last_of_day or (step + 1) % thin == 0:
            rows.append({"at": float(grid.at[step] + grid.step_s), **now})
    return rows
