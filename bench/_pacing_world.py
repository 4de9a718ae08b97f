"""What a floor of the pacing benches is made of (``World``), and what came of one of its days (``Day``).

Spans in seconds, shares 0..1, instants in seconds since the shift began. Written from the description of such floors,
not from the program: nothing of its engines is used.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from math import log, sqrt
from random import Random

EPOCH = 1_700_038_800.0
"""The shift's start as the controllers are told it: 09:00 UTC on a Wednesday (VICIdial tapers by the clock)."""
MIN_RING_S = 15.0
AHEAD = 64
"""Leads whose chances a controller is told in advance."""


def lognormal(mean: float, cv: float) -> tuple[float, float]:
    """mu and sigma of the lognormal with this mean and coefficient of variation."""
    variance = log(1 + cv * cv)
    return log(mean) - variance / 2, sqrt(variance)


@dataclass(frozen=True, slots=True, kw_only=True)
class Callers:
    """People who call in and are served by the same agents before anybody who was dialled."""

    per_hour: float
    talk_mean_s: float = 120.0
    patience_s: float = 120.0  # exponential; who hangs up in the queue was not answered in time
    target: float = 0.8
    within_s: float = 20.0


@dataclass(frozen=True, slots=True, kw_only=True)
class World:
    """One campaign and its agents. ``p_at`` is the mean answer rate at an instant; ``told`` what the controller hears.

    ``spread``: leads' chances are Beta with the mean ``p_at`` and this concentration a + b; 0: all leads alike.
    ``noise``: what is told is off by exp(noise z), z standard normal. ``told`` gets the real chance (with the noise).
    ``lossy``: share of dials that fail within 1 to 3 s. ``machines``: share of dials a machine answers, of which
    ``passed`` are taken for persons and cost an agent 6 s. ``false_alarm``: share of persons taken for machines and
    hung up on, an abandon by law; the controller is told the share (``alarms_told="share"``), or each as an abandon
    (``"counted"``), or nothing (``"no"``).
    ``also``: further campaigns on the same agents (their own leads, controller and limit; ``agents`` of theirs is
    unused); ``serves`` gives the campaigns an agent works for, by numbers; all where it is None.
    ``away``: (first second, last second) of a pause of agent ``n``, None: none; ``login``: when agent ``n`` comes.
    ``stages``: talks go through greeting, talk and closing, which the script tells.
    """

    agents: int
    p_at: Callable[[float], float]
    hours: float = 8.0
    talk_mean_s: float = 120.0
    talk_cv: float = 1.0
    short_talks: float = 0.0  # share of talks that end after 5 to 20 s
    stages: bool = False
    wrap_s: float = 20.0
    wrap_cv: float = 0.0
    ring_mean_s: float = 12.0
    ring_cv: float = 0.5
    ring_mean_at: Callable[[float], float] | None = None
    silence_s: float = 25.0  # so long a line rings that nobody answers; who does, answers a tenth of a second earlier
    limit: float = 0.03
    wait_limit_s: float = 2.0
    told: Callable[[float], float | None] = lambda p: p
    spread: float = 0.0
    noise: float = 0.0
    kind_at: Callable[[float], str] = lambda at: ""
    lossy: float = 0.0
    machines: float = 0.0
    passed: float = 0.0
    false_alarm: float = 0.0
    alarms_told: str = "no"
    carried: tuple[int, int] = (0, 0)  # answers and abandons of the window before today
    also: tuple[World, ...] = ()
    serves: Callable[[int], tuple[int, ...]] | None = None
    away: Callable[[int, Random], tuple[float, float] | None] | None = None
    login: Callable[[int, Random], float] | None = None
    callers: Callers | None = None


@dataclass(slots=True, kw_only=True)
class Day:
    """What came of one day, by law and by the judge's own count: whoever was hung up on for a machine is in it.

    ``per_campaign``: (answers, abandons) of each. ``busy_s``: agents' time in talk and wrap-up, ``staffed_s``: logged
    in and not away.
    """

    answers: int = 0
    abandons: int = 0
    dials: int = 0
    dropped: int = 0
    busy_s: float = 0.0
    outbound_s: float = 0.0
    staffed_s: float = 0.0
    decision_s: list[float] = field(default_factory=list)
    abandoned_at: list[float] = field(default_factory=list)
    answered_at: list[float] = field(default_factory=list)
    per_campaign: list[tuple[int, int]] = field(default_factory=list)
    callers: int = 0
    callers_in_time: int = 0

    @property
    def utilisation(self) -> float:
        return self.busy_s / self.staffed_s if self.staffed_s else 0.0

    @property
    def abandon_rate(self) -> float:
        return self.abandons / self.answers if self.answers else 0.0

    @property
    def worst_rate(self) -> float:
        """The abandon rate of the campaign that fares worst."""
        return max((lost / answers for answers, lost in self.per_campaign if answers), default=0.0)


class Talks:
    """How long conversations last: draws of one campaign."""

    __slots__ = ("_mu", "_rng", "_short", "_sigma", "_stages", "_wrap", "_wrap_s")

    def __init__(self, world: World, rng: Random) -> None:
        self._rng = rng
        self._mu, self._sigma = lognormal(world.talk_mean_s, world.talk_cv)
        self._short, self._stages = world.short_talks, world.stages
        self._wrap_s = world.wrap_s
        self._wrap = lognormal(world.wrap_s, world.wrap_cv) if world.wrap_cv and world.wrap_s else None

    def draw(self) -> tuple[float, float, tuple[tuple[str, float], ...]]:
        """Talk and wrap-up, and the stages with the seconds after which they begin."""
        rng = self._rng
        wrap = self._wrap_s if self._wrap is None else rng.lognormvariate(*self._wrap)
        if self._stages:
            greeting = rng.lognormvariate(*lognormal(20.0, 0.6))
            if rng.random() < 0.35:  # not interested
                return greeting, wrap, (("greeting", 0.0),)
            closing = greeting + rng.lognormvariate(*lognormal(115.0, 0.8))
            end = closing + rng.lognormvariate(*lognormal(30.0, 0.4))
            return end, wrap, (("greeting", 0.0), ("offer", greeting), ("closing", closing))
        if self._short and rng.random() < self._short:
            return 5.0 + 15.0 * rng.random(), wrap, ()
        return rng.lognormvariate(self._mu, self._sigma), wrap, ()


class Leads:
    """One campaign's list, in dialling order: each lead's real chance and the one told, ``AHEAD`` of them known."""

    __slots__ = ("_made_for", "_rng", "_shapes", "_world", "told")

    def __init__(self, world: World, rng: Random) -> None:
        self._world, self._rng = world, rng
        self._shapes: list[float] = []  # real chance over the mean
        self.told: list[float] | None = []
        self._made_for = -1.0

    def look_ahead(self, at: float) -> float:
        """Fill ``told`` (None where nothing is told); returns the mean chance at this instant."""
        mean = self._world.p_at(at)
        if mean != self._made_for:
            self._made_for = mean
            self.told = [] if self._world.told(mean) is not None else None
        shapes, told = self._shapes, self.told
        if len(shapes) < AHEAD:
            shapes.extend(self._shape(mean) for _ in range(2 * AHEAD - len(shapes)))
        if told is not None and len(told) < AHEAD:
            told.extend(self._tell(mean * shape) for shape in shapes[len(told) :])
        return mean

    def take(self, count: int, at: float) -> list[tuple[float, float | None]]:
        """The next leads as (real chance, told chance)."""
        taken: list[tuple[float, float | None]] = []
        while len(taken) < count:
            mean = self.look_ahead(at)
            size = min(AHEAD, count - len(taken))
            told = self.told
            for n, shape in enumerate(self._shapes[:size]):
                taken.append((min(0.985, mean * shape), None if told is None else told[n]))
            del self._shapes[:size]
            if told is not None:
                del told[:size]
        return taken

    def _shape(self, mean: float) -> float:
        if not self._world.spread:
            return 1.0
        a = mean * self._world.spread
        return self._rng.betavariate(a, self._world.spread - a) / mean

    def _tell(self, real: float) -> float:
        real = min(0.985, real)
        if self._world.noise:
            real = min(0.985, max(0.005, real * 2.718281828459045 ** (self._world.noise * self._rng.gauss(0.0, 1.0))))
        told = self._world.told(real)
        return 0.0 if told is None else told
