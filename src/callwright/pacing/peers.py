"""Open dialers' paces, re-implemented from their described behaviour for the bench: VICIdial, Webitel, and a ratio
to answers and abandons that several recent ones use.

For comparison and for people who come from them; their flaws are kept. Neither is advised: see ``docs/pacing.md``.
"""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, field
from typing import Literal

from callwright.kit.clock import utc
from callwright.pacing.floor import Abandoned, CallResolved, Decision, Floor, Observation, allowed, count_phase
from callwright.pacing.textbook import RunningShare

VicidialMethod = Literal["hard", "average", "tapered"]


@dataclass(slots=True, kw_only=True)
class Vicidial:
    """Re-implements VICIdial's adaptive level: lines per agent, dialled every 2.5 s, adapted every 15 s.

    Agents are those ready or in a call (wrap-up counts as paused) and ``difference_target``; the goal is ``level``
    times them, plus lines that talk where ``available_only`` leaves those out. The level grows by the share of ready
    agents, less people waiting, weighed by ``intensity`` (per cent), within 1 and ``max_level``. Brakes: halved when
    over 20 calls of the last minute lost more than half of their answers; and when today's abandons pass the limit
    after 50 calls, 1 (``hard``), halved (``average``) or cut by the time left to ``latest_hhmm`` UTC (``tapered``).
    """

    method: VicidialMethod = "average"
    intensity: float = 0.0
    difference_target: float = 0.0
    max_level: float = 3.0
    available_only: bool = False
    latest_hhmm: int = 2100
    level: float = 1.0
    _ready: list[int] = field(default_factory=list)
    _waiting: list[int] = field(default_factory=list)
    _agents: list[int] = field(default_factory=list)
    _next_sample_at: float | None = None
    _next_dial_at: float = 0.0
    _resolved_at: deque[float] = field(default_factory=deque)
    _answered_at: deque[float] = field(default_factory=deque)
    _abandoned_at: deque[float] = field(default_factory=deque)
    _calls: int = 0

    def decide(self, floor: Floor) -> Decision:
        ready, in_call = count_phase(floor, "idle"), count_phase(floor, "talking")
        self._sample(floor, ready, in_call)
        if floor.now < self._next_dial_at or not ready + in_call:
            return Decision(lines_to_open=0, why="vicidial: dials every 2.5 s")
        self._next_dial_at = floor.now + 2.5
        agents = (ready if self.available_only else ready + in_call) + self.difference_target
        goal = int(self.level * agents + 0.5) + (in_call if self.available_only else 0)
        lines = goal - len(floor.ringing) - len(floor.waiting_s) - in_call
        return Decision(lines_to_open=allowed(floor, lines), why=f"vicidial: level {self.level:.2f}, goal {goal} lines")

    def observe(self, observation: Observation) -> None:
        if isinstance(observation, CallResolved):
            self._calls += 1
            self._resolved_at.append(observation.at)
            if observation.answered:
                self._answered_at.append(observation.at)
        elif isinstance(observation, Abandoned):
            self._abandoned_at.append(observation.at)

    def _sample(self, floor: Floor, ready: int, in_call: int) -> None:
        if self._next_sample_at is None:
            self._next_sample_at = floor.now
        if floor.now < self._next_sample_at:
            return
        self._next_sample_at = floor.now + 1.0
        self._ready.append(ready)
        self._waiting.append(len(floor.waiting_s))
        self._agents.append(ready + in_call)
        if len(self._ready) >= 15:
            self._adapt(floor)

    def _adapt(self, floor: Floor) -> None:
        ready, waiting, agents = (sum(samples) / 15 for samples in (self._ready, self._waiting, self._agents))
        for samples in (self._ready, self._waiting, self._agents):
            samples.clear()
        if not agents:
            return
        more = (ready - waiting + self.difference_target) / agents
        more *= 1 + self.intensity / 100 if more >= 0 else abs(self.intensity / 100 - 1)
        self.level = max(1.0, min(self.max_level, self.level * (1 + more)))
        self._brake(floor)

    def _brake(self, floor: Floor) -> None:
        for instants in (self._resolved_at, self._answered_at, self._abandoned_at):
            while instants and instants[0] < floor.now - 60:
                instants.popleft()
        level = self.level
        if len(self._resolved_at) > 20 and len(self._abandoned_at) > 0.5 * len(self._answered_at):
            level /= 2
        over = floor.answers_today and floor.abandons_today / floor.answers_today > floor.limit
        if over and max(self._calls, floor.answers_today) > 50:
            if self.method == "hard":
                level = 1.0
            elif self.method == "average":
                level /= 2
            else:
                moment = utc(floor.now)
                level *= min(1.0, max(0, self.latest_hhmm - moment.hour * 100 - moment.minute) / 1000)
        self.level = max(1.0, level)


@dataclass(slots=True, kw_only=True)
class Webitel:
    """Re-implements Webitel's formula: one over the last hour's connect rate, corrected by the distance of the day's
    abandons from their target and taken as lines per idle agent. Target and maximum are both the limit by default;
    ``target_share`` puts the target at that share of it.
    """

    step: float = 10.0  # q, per cent
    target_share: float = 1.0
    connect_window_s: float = 3600.0
    _resolved: deque[tuple[float, bool]] = field(default_factory=deque)
    _answered: int = 0

    def lines_per_idle_agent(self, connect_rate: float, abandon_percent: float, limit_percent: float) -> float:
        """The formula alone."""
        if abandon_percent >= limit_percent:
            return 1.0
        distance = self.target_share * limit_percent - abandon_percent
        over = 1.0 / connect_rate
        if distance > 0:
            return max(1.0, over * (1 + distance * self.step / 100))
        return max(1.0, over * (limit_percent - abandon_percent) * (100 + self.step) / limit_percent / 100)

    def decide(self, floor: Floor) -> Decision:
        while self._resolved and self._resolved[0][0] < floor.now - self.connect_window_s:
            self._answered -= self._resolved.popleft()[1]
        idle = count_phase(floor, "idle") - len(floor.waiting_s)
        share = RunningShare(yes=self._answered, seen=len(self._resolved)).value
        over = self.lines_per_idle_agent(share, _abandon_percent(floor), floor.limit * 100)
        lines = int(over * idle) - len(floor.ringing) if idle > 0 else 0
        return Decision(lines_to_open=allowed(floor, lines), why=f"webitel: {over:.2f} lines per idle agent")

    def observe(self, observation: Observation) -> None:
        if isinstance(observation, CallResolved):
            self._resolved.append((observation.at, observation.answered))
            self._answered += observation.answered


@dataclass(slots=True, kw_only=True)
class OpenRatio:
    """Re-implements the ratio of several recent open dialers: 0.85 over the answer rate, within 1 and 3, adjusted by
    the day's abandons, times idle agents and half of those in wrap-up, less the lines in progress.
    """

    answered: RunningShare = field(default_factory=RunningShare)

    @staticmethod
    def adjustment(abandon_percent: float) -> float:
        """1.15 below 1.5 % abandons, 1 up to 3 %, from there falling by 0.4 up to 5 %, then 0.5."""
        if abandon_percent >= 5.0:
            return 0.5
        if abandon_percent > 3.0:
            return 1.0 - 0.4 * (abandon_percent - 3.0) / 2.0
        return 1.15 if abandon_percent < 1.5 else 1.0

    def decide(self, floor: Floor) -> Decision:
        adjusted = 0.85 * self.adjustment(_abandon_percent(floor)) / self.answered.value
        ratio = max(1.0, min(3.0, adjusted))
        agents = count_phase(floor, "idle") + 0.5 * count_phase(floor, "wrapping")
        lines = int(agents * ratio - len(floor.ringing) - len(floor.waiting_s))
        return Decision(lines_to_open=allowed(floor, lines), why=f"open_ratio: {ratio:.2f} lines per agent")

    def observe(self, observation: Observation) -> None:
        if isinstance(observation, CallResolved):
            self.answered.add(observation.answered)


def _abandon_percent(floor: Floor) -> float:
    """Today's abandons, in per cent of the answers."""
    return 100 * floor.abandons_today / floor.answers_today if floor.answers_today else 0.0
