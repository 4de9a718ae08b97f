"""How fast a floor of N agents works under the campaign's own controller: a small floor of its own, played second by
second with the fitted times. Whole days are made of its figures (``surface``), not of itself: that would take minutes.

Independent of the engines: no database, no lists, no people; a dial answers with a fixed probability.
"""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass
from heapq import heappop, heappush
from itertools import count

import numpy as np
from numpy.typing import NDArray

from callwright.model.attempt import Mode
from callwright.model.campaign import PacingRules
from callwright.pacing import Abandoned, AgentView, CallResolved, Floor, HandleEnded, RingingCall, make_controller

Numbers = NDArray[np.float64]
EPOCH = 1_700_000_000.0
TICK_S = 3.0
"""Coarser than the dialer's half second, and measured as good: within a point of busy share (docs/planning.md)."""
_WARM_UP_S = 900.0


@dataclass(frozen=True, kw_only=True, slots=True)
class PaceWorld:
    """The floor to play. ``handle_s`` pairs of talk and wrap-up to draw from; the law's limit and clock."""

    mode: Mode
    rules: PacingRules
    talk_s: Numbers
    wrap_s: Numbers
    answer_after_s: Numbers
    over_after_s: Numbers
    limit: float = 0.03
    wait_limit_s: float = 2.0
    min_ring_s: float = 15.0
    preview_s: float = 25.0


@dataclass(frozen=True, kw_only=True, slots=True)
class Stretch:
    """What came of a stretch of play: ``busy`` share of agents' time in talk and wrap-up; ``lines`` the most in use
    (ringing, waiting and talking) in all but one in a thousand seconds."""

    agents: int
    answer_rate: float
    busy: float
    answers: int
    abandons: int
    dials: int
    dropped: int
    lines: float
    hours: float


class _Play:
    """One stretch. Times are seconds since its begin; a call is its number."""

    def __init__(self, world: PaceWorld, agents: int, answer_rate: float, seed: int) -> None:
        self.world, self.p = world, answer_rate
        self.rng = np.random.default_rng((seed, agents))
        progressive = world.mode is not Mode.PREDICTIVE
        name = "progressive" if progressive else world.rules.controller
        self.controller = make_controller(name, rules=world.rules)
        self.read_s = world.preview_s if world.mode in (Mode.PREVIEW, Mode.MANUAL) else 0.0
        self.views = [AgentView(state="idle", elapsed_s=0.0, agent_id=n) for n in range(agents)]
        self.since = [0.0] * agents
        self.idle = deque(range(agents))
        self.ringing: dict[int, tuple[RingingCall, float]] = {}
        self.waiting: deque[int] = deque()
        self.waits: dict[int, float] = {}
        self.heap: list[tuple[float, int, str, int]] = []
        self.numbers = count(1)
        self.talks: dict[int, tuple[float, float]] = {}
        self.answers = self.abandons = self.dials = self.dropped = 0
        self.busy_s = 0.0
        self.measured_from = self.ends = _WARM_UP_S
        self.in_use: list[int] = []

    def run(self, hours: float) -> Stretch:
        end = self.ends = self.measured_from + hours * 3600.0
        at, tick = 0.0, 0.0
        counts = (0, 0, 0, 0)
        warm = False
        while tick < end:
            while self.heap and self.heap[0][0] <= tick:
                at, _, what, who = heappop(self.heap)
                getattr(self, what)(who, at)
            if not warm and tick >= self.measured_from:
                warm, counts = True, (self.answers, self.abandons, self.dials, self.dropped)
            self.decide(tick)
            if warm:
                self.in_use.append(len(self.ringing) + len(self.waits) + sum(v.state == "talking" for v in self.views))
            tick += TICK_S
        answers, abandons, dials, dropped = counts
        return Stretch(
            agents=len(self.views),
            answer_rate=self.p,
            busy=self.busy_s / (len(self.views) * hours * 3600.0),
            answers=self.answers - answers,
            abandons=self.abandons - abandons,
            dials=self.dials - dials,
            dropped=self.dropped - dropped,
            lines=float(np.quantile(self.in_use, 0.999)) if self.in_use else 0.0,
            hours=hours,
        )

    def decide(self, at: float) -> None:
        for n, view in enumerate(self.views):
            view.elapsed_s = at - self.since[n]
        for call, began in self.ringing.values():
            call.elapsed_s = at - began
        rules = self.world.rules
        in_use = len(self.ringing) + len(self.waits) + len(self.talks)
        decision = self.controller.decide(
            Floor(
                now=EPOCH + at,
                agents=self.views,
                ringing=[call for call, _ in self.ringing.values()],
                waiting_s=[at - since for since in self.waits.values()],
                answers=self.answers,
                abandons=self.abandons,
                answers_today=self.answers,
                abandons_today=self.abandons,
                limit=self.world.limit,
                wait_limit_s=self.world.wait_limit_s,
                min_ring_s=self.world.min_ring_s,
                lines_allowed=max(0, rules.max_lines - in_use),
                rate_allowed=max(1, int(rules.max_calls_per_s * TICK_S)),
            )
        )
        for call_id in decision.calls_to_drop:
            if call_id in self.ringing:
                self.dropped += 1
                self.resolve(call_id, at, answered=False)
        for _ in range(decision.lines_to_open):
            self.dial(at)

    def dial(self, at: float) -> None:
        number = next(self.numbers)
        self.dials += 1
        self.ringing[number] = (RingingCall(id=number, elapsed_s=0.0, answer_probability=self.p), at)
        answered = self.rng.random() < self.p
        after = self.draw(self.world.answer_after_s if answered else self.world.over_after_s)
        heappush(self.heap, (at + after + self.read_s, 2, "answer" if answered else "silence", number))

    def draw(self, sample: Numbers) -> float:
        return float(sample[int(self.rng.random() * len(sample))])

    def resolve(self, number: int, at: float, *, answered: bool) -> None:
        _, began = self.ringing.pop(number)
        self.controller.observe(
            CallResolved(kind="", ring_s=at - began, answered=answered, answer_probability=self.p, at=EPOCH + at)
        )

    def answer(self, number: int, at: float) -> None:
        if number not in self.ringing:
            return
        self.resolve(number, at, answered=True)
        self.answers += 1
        if self.idle:
            self.talk(self.idle.popleft(), at)
            self.drop_spare(at)
        else:
            self.waiting.append(number)
            self.waits[number] = at
            heappush(self.heap, (at + self.world.wait_limit_s, 3, "lose", number))

    def drop_spare(self, at: float) -> None:
        """Several lines for one reserved agent: the first answer wins, the agent's other lines are taken back."""
        if self.world.mode is Mode.PREDICTIVE:
            return
        most = self.world.rules.lines_per_agent * len(self.idle)
        for number in list(self.ringing)[most:]:
            self.dropped += 1
            self.resolve(number, at, answered=False)

    def silence(self, number: int, at: float) -> None:
        if number in self.ringing:
            self.resolve(number, at, answered=False)

    def lose(self, number: int, at: float) -> None:
        if self.waits.pop(number, None) is not None:
            self.abandons += 1
            self.controller.observe(Abandoned(at=EPOCH + at))

    def talk(self, agent: int, at: float) -> None:
        talk, wrap = self.draw(self.world.talk_s), self.draw(self.world.wrap_s)
        self.views[agent].state, self.since[agent] = "talking", at
        self.talks[agent] = talk, wrap
        heappush(self.heap, (at + talk, 1, "wrap", agent))
        self.busy_s += self.measured(at, at + talk + wrap)

    def measured(self, began: float, ended: float) -> float:
        return max(0.0, min(ended, self.ends) - max(began, self.measured_from))

    def wrap(self, agent: int, at: float) -> None:
        self.views[agent].state, self.since[agent] = "wrapping", at
        heappush(self.heap, (at + self.talks[agent][1], 1, "free", agent))

    def free(self, agent: int, at: float) -> None:
        talk, wrap = self.talks.pop(agent)
        self.controller.observe(HandleEnded(agent_id=agent, talk_s=talk, wrap_s=wrap, at=EPOCH + at))
        while self.waiting:
            number = self.waiting.popleft()
            if self.waits.pop(number, None) is not None:
                self.talk(agent, at)
                return
        self.views[agent].state, self.since[agent] = "idle", at
        self.idle.append(agent)


def play(world: PaceWorld, *, agents: int, answer_rate: float, hours: float, seed: int = 1) -> Stretch:
    """Play ``hours`` of a floor after a warm-up of a quarter of an hour; the same seed gives the same stretch."""
    stretch = _Play(world, agents, answer_rate, seed)
    return stretch.run(hours)
