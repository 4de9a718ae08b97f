"""The managers' questions answered: ``Planner`` holds a fitted floor, the open work and the coming time.

How long with N agents; how many agents by a deadline; what one more agent adds; what another abandon limit costs; how
many lines. All answers rest on the same drawn futures, so they agree with each other: the agents needed by a deadline
are those whose own duration meets it.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace

import numpy as np
from numpy.typing import NDArray

from callwright.kit.errors import BadInput
from callwright.model.attempt import Mode
from callwright.model.campaign import Campaign, Hours
from callwright.planning.calibrate import fit_drag
from callwright.planning.deplete import COLUMNS, deplete
from callwright.planning.draws import Futures, draw_futures
from callwright.planning.fit import FloorFit, fit_floor
from callwright.planning.grid import MOST_STEPS, STEPS_S, Grid, Windows, make_grid
from callwright.planning.history import History, Work
from callwright.planning.pace import PaceWorld
from callwright.planning.rules import Caps, Columns, Rules
from callwright.planning.surface import Surface, make_surface

Numbers = NDArray[np.float64]
MOST_AGENTS = 300
DRAWS = 80
SEARCH_DRAWS = 32
SURE = 0.8
"""How sure a deadline is to be met with the agents said to be needed."""
_DIALS, _TALKS, _ABANDONS, _SUCCESSES, _DONE, _FIRST, _BUSY = range(len(COLUMNS))


@dataclass(frozen=True, kw_only=True, slots=True)
class Law:
    """The abandon rule in force (``compliance.AbandonRule``'s figures) and the tightest cap on tries.

    ``abandoned_rest_s``: how long nobody is dialled again after an abandoned call.
    """

    limit: float = 0.03
    wait_limit_s: float = 2.0
    min_ring_s: float = 15.0
    abandoned_rest_s: float = 0.0
    caps: Caps | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class Runs:
    """One number of agents in all futures: ``traces`` (world, step, COLUMNS)."""

    agents: int
    limit: float
    traces: Numbers
    total: int
    done_before: int

    def share_done(self) -> Numbers:
        """(world, step): share of all records done by the end of each step."""
        return np.asarray((self.traces[:, :, _DONE] + self.done_before) / self.total)


@dataclass(kw_only=True, slots=True, eq=False)
class Planner:
    """Made by ``make_planner``. Plays the pace of a floor when it is first needed, and keeps it."""

    campaign: Campaign
    work: Work
    fit: FloorFit
    grid: Grid
    law: Law
    history: History
    seed: int
    draws: int = DRAWS
    most_agents: int = MOST_AGENTS
    shift: Hours = field(default_factory=Hours)
    _surfaces: dict[float, Surface] = field(default_factory=dict)
    _futures: Futures | None = None
    _runs: dict[tuple[int, float], Runs] = field(default_factory=dict)
    _by_deadline: dict[tuple[int, float], Numbers] = field(default_factory=dict)
    _columns: Columns | None = None
    around: int = 12

    def surface(self, limit: float | None = None) -> Surface:
        """The pace under an abandon limit (None: the law's)."""
        limit = self.law.limit if limit is None else limit
        found = self._surfaces.get(limit)
        if found is None:
            first = not self._surfaces
            grid = (0.4, 1.0, 3.0) if first else (1.0,)
            agents = sorted({max(2, round(self.around * factor)) for factor in grid})
            found = make_surface(self._world(limit), agents=agents, answer_rates=self._rates(), seed=self.seed)
            if first:
                self.fit = replace(self.fit, drag=fit_drag(self.history, self.fit, found))
            else:
                found = _beside(found, self._surfaces[self.law.limit])
            self._surfaces[limit] = found
        return found

    def _world(self, limit: float) -> PaceWorld:
        fit = self.fit
        return PaceWorld(
            mode=self.campaign.mode,
            rules=self.campaign.pacing,
            talk_s=fit.talk_sample * np.exp(fit.talk.level),
            wrap_s=fit.wrap_sample * np.exp(fit.wrap.level),
            answer_after_s=fit.answer_after,
            over_after_s=fit.over_after,
            limit=limit,
            wait_limit_s=self.law.wait_limit_s,
            min_ring_s=self.law.min_ring_s,
        )

    def _rates(self) -> tuple[float, float]:
        """Two answer rates around what the hours of the shift bring."""
        answers = self.fit.answers
        hours = np.unique(self.grid.hour)
        odds = answers.part(answers.mode, "level")[0] + answers.part(answers.mode, "hour")[hours]
        odds = odds + answers.part(answers.mode, "kind").mean()
        low, high = float(odds.min()) - 0.35, float(odds.max()) + 0.2
        return 1 / (1 + float(np.exp(-low))), 1 / (1 + float(np.exp(-high)))

    @property
    def futures(self) -> Futures:
        if self._futures is None:
            surface = self.surface()
            self._futures = draw_futures(
                self.fit,
                count=self.draws,
                days=self.grid.days,
                most_agents=self.most_agents,
                surface_error=surface.error,
                seed=self.seed,
            )
        return self._futures

    def runs(self, agents: int, limit: float | None = None, *, draws: int | None = None) -> Runs:
        """Work the list off with so many agents in every future (or the first ``draws`` of them)."""
        if not 1 <= agents <= self.most_agents:
            raise BadInput(f"A plan is for 1 to {self.most_agents} agents, not {agents}.")
        limit = self.law.limit if limit is None else limit
        wanted = self.draws if draws is None else min(draws, self.draws)
        known = self._runs.get((agents, limit))
        have = 0 if known is None else len(known.traces)
        if known is None or have < wanted:
            more = self._deplete(agents, self.surface(limit), range(have, wanted))
            traces = more if known is None else np.concatenate([known.traces, more])
            known = Runs(agents=agents, limit=limit, traces=traces, total=self.work.total, done_before=self.work.done)
            self._runs[agents, limit] = known
        return known

    def _deplete(self, agents: int, surface: Surface, worlds: range, *, until: int | None = None) -> Numbers:
        futures = self.futures
        rest_s = self.law.abandoned_rest_s
        if self._columns is None:
            own_s = Rules.of(self.campaign).abandoned_s
            self._columns = Columns.of(self.work, self.grid, max(0.0, rest_s - own_s) if own_s >= 0 else 0.0)
        return deplete(
            self._columns,
            self.grid,
            Rules.of(self.campaign, self.law.caps, rest_s),
            futures,
            surface,
            self.fit.talk_ends,
            agents=agents,
            worlds=worlds,
            talk_cv=self.fit.talk_cv * float(np.exp(self.fit.talk.level)) / self.fit.handle_s,
            until=until,
        )

    @property
    def useful_agents(self) -> int:
        """More agents than these would be through with every due record within two hours."""
        odds = self.fit.answers.part(self.fit.answers.mode, "level")[0]
        answers = len(self.work.records) / (1.0 + float(np.exp(-odds)))
        most = int(np.ceil(answers * self.fit.handle_s / (7200.0 * 0.8))) + 4
        return int(min(self.most_agents, max(most, self.around + 1)))

    def tried(self, deadline: float) -> set[int]:
        """Numbers of agents for which the chance of a deadline is worked out."""
        whole = {agents for agents, limit in self._runs if limit == self.law.limit}
        return whole | {agents for agents, at in self._by_deadline if at == deadline}

    def times_until(self, runs: Runs, reached: Numbers, goal: float) -> Numbers:
        """The instants at which ``reached`` (world, step) comes to ``goal``; infinite where it does not."""
        hit = reached >= goal - 1e-12
        step = hit.argmax(1)
        at = self.grid.at[step] + self.grid.step_s
        before = np.where(step > 0, reached[np.arange(len(step)), step - 1], 0.0)
        now = reached[np.arange(len(step)), step]
        part = np.clip((goal - before) / np.maximum(now - before, 1e-12), 0.0, 1.0)
        at = at - self.grid.step_s * (1.0 - part)
        return np.asarray(np.where(hit.any(1), at, np.inf))

    def finishes(self, agents: int, share: float, limit: float | None = None, *, draws: int | None = None) -> Numbers:
        """When this share of the records is done, in each future."""
        runs = self.runs(agents, limit, draws=draws)
        return self.times_until(runs, runs.share_done(), share)

    def shares_by(self, agents: int, deadline: float, *, draws: int | None = None) -> Numbers:
        """What share of the records is done by the deadline, in each future. Looks no further than the deadline."""
        wanted = self.draws if draws is None else min(draws, self.draws)
        step = int(np.searchsorted(self.grid.at + self.grid.step_s, deadline + 1.0)) - 1
        if step < 0:
            return np.full(wanted, self.work.done / self.work.total)
        known = self._runs.get((agents, self.law.limit))
        if known is not None and len(known.traces) >= wanted:
            return np.asarray(known.share_done()[:wanted, step])
        found = self._by_deadline.get((agents, deadline))
        if found is None or len(found) < wanted:
            traces = self._deplete(agents, self.surface(), range(wanted), until=step + 1)
            found = (traces[:, step, _DONE] + self.work.done) / self.work.total
            self._by_deadline[agents, deadline] = found
        return found[:wanted]

    def chance_by(self, agents: int, share: float, deadline: float, *, draws: int | None = None) -> float:
        """How likely this share is done by the deadline."""
        return float((self.shares_by(agents, deadline, draws=draws) >= share - 1e-12).mean())


def make_planner(
    *,
    campaign: Campaign,
    history: History,
    work: Work,
    start: float,
    windows: Windows,
    shift: Hours | None = None,
    law: Law | None = None,
    agents: int = 12,
    draws: int = DRAWS,
    days: int | None = None,
    seed: int = 1,
) -> Planner:
    """Fit the floor and lay out the coming time. Raises BadInput where there is nothing to plan."""
    if campaign.mode is Mode.MESSAGE:
        raise BadInput("A message campaign needs lines, not agents; rehearse it to see how long it takes.")
    if not work.records:
        raise BadInput("No record is open: there is nothing left to plan. Import a list, or give --records N.")
    fit = fit_floor(history, campaign)
    shift = shift or campaign.hours
    step_s, horizon = _scale(fit, campaign, work, agents, shift)
    grid = make_grid(
        work,
        start=start,
        shift=shift,
        zone=history.zone,
        windows=windows,
        step_s=step_s,
        days=days if days is not None else horizon,
    )
    return Planner(
        campaign=campaign,
        work=work,
        fit=fit,
        grid=grid,
        law=law or Law(),
        history=history,
        seed=seed,
        draws=draws,
        shift=shift,
        around=agents,
    )


def _scale(fit: FloorFit, campaign: Campaign, work: Work, agents: int, shift: Hours) -> tuple[float, int]:
    """Step and horizon for about this much work: fine steps for days, hours for months."""
    rate = 1.0 / (1.0 + float(np.exp(-fit.answers.part(fit.answers.mode, "level")[0])))
    tries = (1.0 - (1.0 - rate) ** campaign.dial.max_tries) / max(rate, 0.01)
    answers = len(work.records) * min(1.0, rate * tries)
    day_s = ((shift.to_minute - shift.from_minute) % 1440 or 1440) * 60.0
    days = answers * fit.handle_s / (agents * 0.7 * day_s)
    horizon = int(min(90.0, max(14.0, 10.0 + 3.0 * days * 7 / max(1, len(shift.weekdays)))))
    for step_s in STEPS_S:
        if max(5.0, 2.0 * days) * day_s / step_s <= MOST_STEPS:
            return step_s, horizon
    return STEPS_S[-1], horizon


def _beside(other: Surface, main: Surface) -> Surface:
    """Another limit's pace as the main surface moved by what its own few stretches show: their slopes are chance."""
    agents = np.array([float(s.agents) for s in other.stretches])
    rates = np.array([s.answer_rate for s in other.stretches])
    moved = float(np.mean(other.busy_odds(agents, rates) - main.busy_odds(agents, rates)))
    fewer = float(np.mean(np.log(other.lines_needed(agents, rates)) - np.log(main.lines_needed(agents, rates))))
    first = np.array([1.0, 0.0, 0.0, 0.0, 0.0])
    return replace(other, busy=main.busy + moved * first, lines=main.lines + fewer * first)


def needed_agents(
    planner: Planner, *, share: float, deadline: float, sure: float = SURE, draws: int = SEARCH_DRAWS
) -> int | None:
    """The fewest agents with whom the share is done by the deadline in ``sure`` of the futures; None: no number is
    enough (the rules of redialling, or the lawful hours, take longer)."""
    most = planner.useful_agents
    if planner.chance_by(most, share, deadline, draws=draws) < sure:
        return None
    low, high = 0, min(planner.around, most)
    while high < most and planner.chance_by(high, share, deadline, draws=draws) < sure:
        low, high = high, min(most, high * 2)
    while high - low > 1:
        middle = (low + high) // 2
        if planner.chance_by(middle, share, deadline, draws=draws) >= sure:
            high = middle
        else:
            low = middle
    return high
