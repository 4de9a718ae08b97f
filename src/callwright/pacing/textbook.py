"""Two textbook paces, kept for the bench: the binomial quantile and Erlang's loss formula.

Both re-implement what call-centre primers teach, at the abandon limit; neither looks at elapsed times.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import islice
from math import exp, log, log1p

from callwright.pacing.floor import CallResolved, Decision, Floor, HandleEnded, Observation, allowed, count_phase


@dataclass(slots=True)
class RunningShare:
    """A share learned from yes and no, starting from ``prior`` with the weight of ``weight`` observations."""

    prior: float = 0.4
    weight: float = 10.0
    yes: float = 0.0
    seen: float = 0.0

    def add(self, happened: bool) -> None:
        self.yes += happened
        self.seen += 1

    @property
    def value(self) -> float:
        return (self.yes + self.prior * self.weight) / (self.seen + self.weight)


def binomial_tail(lines: int, p: float, idle: int) -> float:
    """Probability that more than ``idle`` of ``lines`` are answered."""
    for n, tail in enumerate(_tails(p, idle), start=idle):
        if n >= lines:
            return tail
    return 0.0


def binomial_lines(p: float, idle: int, limit: float) -> int:
    """The most lines of which more than ``idle`` are answered with probability at most ``limit``."""
    lines = idle
    for tail in islice(_tails(p, idle), 1, 11 * idle + 1):
        if tail > limit:
            break
        lines += 1
    return lines


def _tails(p: float, idle: int) -> Iterator[float]:
    """The tails of ``idle``, ``idle`` + 1, ... lines, each from the one before: one more line passes ``idle`` when it
    is answered and just ``idle`` of the others are. In logarithms, for teams of a thousand.
    """
    tail, exactly, lines = 0.0, idle * log(p), idle
    while True:
        yield min(1.0, tail)
        tail += p * exp(exactly)
        lines += 1
        exactly += log(lines / (lines - idle)) + log1p(-p)


def erlang_b(servers: int, load: float) -> float:
    """Share of calls that find all ``servers`` busy at an offered ``load`` in Erlang (no queue)."""
    blocked = 1.0
    for n in range(1, servers + 1):
        blocked = load * blocked / (n + load * blocked)
    return blocked


def erlang_b_load(servers: int, limit: float) -> float:
    """The greatest offered load in Erlang whose blocking stays at ``limit``."""
    low, high = 0.0, 2.0 * servers + 1.0
    for _ in range(40):
        middle = (low + high) / 2
        low, high = (middle, high) if erlang_b(servers, middle) <= limit else (low, middle)
    return low


@dataclass(slots=True, kw_only=True)
class Binomial:
    """Re-implements the binomial quantile: all lines that ring are drawn again at once; at most ``limit`` is the
    chance of more answers than idle agents.
    """

    answered: RunningShare = field(default_factory=RunningShare)
    _known: dict[tuple[int, int, float], int] = field(default_factory=dict)

    def decide(self, floor: Floor) -> Decision:
        idle = count_phase(floor, "idle") - len(floor.waiting_s)
        if idle <= 0:
            return Decision(lines_to_open=0, why="binomial: nobody is idle")
        percent = max(1, min(99, int(self.answered.value * 100 + 0.999)))
        key = (idle, percent, floor.limit)
        if key not in self._known:
            self._known[key] = binomial_lines(percent / 100, idle, floor.limit)
        lines = self._known[key] - len(floor.ringing)
        return Decision(lines_to_open=allowed(floor, lines), why=f"binomial: {idle} idle, answer rate {percent} %")

    def observe(self, observation: Observation) -> None:
        if isinstance(observation, CallResolved):
            self.answered.add(observation.answered)


@dataclass(slots=True, kw_only=True)
class ErlangB:
    """Re-implements Erlang B: dials at the rate whose answers would offer the load that blocks ``limit`` of them."""

    answered: RunningShare = field(default_factory=RunningShare)
    handle_s: float = 140.0
    _handles: float = 10.0
    _credit: float = 0.0
    _last_at: float | None = None
    _known: dict[tuple[int, float], float] = field(default_factory=dict)

    def decide(self, floor: Floor) -> Decision:
        staffed = sum(1 for agent in floor.agents if agent.state != "away")
        key = (staffed, floor.limit)
        if key not in self._known:
            self._known[key] = erlang_b_load(*key) if staffed else 0.0
        rate = self._known[key] / (self.handle_s * self.answered.value)
        passed = 0.0 if self._last_at is None else min(5.0, max(0.0, floor.now - self._last_at))
        self._last_at = floor.now
        self._credit = min(self._credit + rate * passed, 1.0 + 5.0 * rate) if staffed else 0.0
        lines = allowed(floor, int(self._credit))
        self._credit -= lines
        return Decision(lines_to_open=lines, why=f"erlang_b: {rate:.2f} calls per second for {staffed} agents")

    def observe(self, observation: Observation) -> None:
        if isinstance(observation, CallResolved):
            self.answered.add(observation.answered)
        elif isinstance(observation, HandleEnded):
            self._handles += 1
            self.handle_s += (observation.talk_s + observation.wrap_s - self.handle_s) / self._handles
