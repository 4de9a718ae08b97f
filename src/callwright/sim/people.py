"""The people called: ``RandomPeople`` from a seed and distributions. (``truth.TruthPeople`` does as a file says.)

Permanent facts of a number (dead, a machine behind it, how ready its owner is to answer) come from a hash of the seed
and the number, so they do not depend on the order of dialling; what changes from dial to dial comes from the rng.
"""

from __future__ import annotations

import math
import random
from bisect import bisect_right
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from hashlib import blake2b
from itertools import accumulate
from typing import Generic, TypeVar
from zoneinfo import ZoneInfo

from callwright.kit.errors import BadInput
from callwright.model.people import LineType
from callwright.sim.fates import AGENT_HEARS_MACHINE, ANSWERING, Fate, FateKind, Population
from callwright.sim.truth import TruthPeople

__all__ = ["ANSWERING", "Distributions", "Fate", "FateKind", "Population", "RandomPeople", "TruthPeople"]

T = TypeVar("T")
K = FateKind

_BY_HOUR = (
    *(0.02, 0.01, 0.01, 0.01, 0.01, 0.03, 0.08, 0.15),
    *(0.22, 0.27, 0.30, 0.31, 0.28, 0.27, 0.28, 0.29),
    *(0.31, 0.34, 0.37, 0.38, 0.34, 0.26, 0.14, 0.06),
)


@dataclass(frozen=True, kw_only=True, slots=True)
class Lognormal:
    """A positive quantity by its mean and coefficient of variation."""

    mean: float
    cv: float = 1.0

    def sampler(self) -> Callable[[random.Random], float]:
        if self.mean <= 0.0:
            return lambda rng: 0.0
        if self.cv <= 0.0:
            return lambda rng: self.mean
        sigma = math.sqrt(math.log1p(self.cv * self.cv))
        mu = math.log(self.mean) - sigma * sigma / 2.0
        return lambda rng: math.exp(mu + sigma * rng.gauss(0.0, 1.0))


@dataclass(frozen=True, kw_only=True, slots=True)
class Distributions:
    """How a population behaves. Probabilities 0..1, weights any positive numbers, times in seconds."""

    answer_by_hour: tuple[float, ...] = _BY_HOUR  # of a mobile in working order, by local hour
    answer_by_line: Mapping[str, float] = field(  # factor on the odds of an answer, by line type
        default_factory=lambda: {"mobile": 1.0, "landline": 0.8, "voip": 0.7, "unknown": 0.8}
    )
    time_zone: str = "UTC"  # whose hours ``answer_by_hour`` are
    readiness_spread: float = 0.0  # sigma of each number's own log-odds; 0: all alike
    dead: Mapping[str, float] = field(  # shares of all numbers, for good
        default_factory=lambda: {"no_such_number": 0.011, "suspended": 0.035, "number_changed": 0.002}
    )
    behind: Mapping[str, float] = field(  # shares of the numbers that answer with something else than a person
        default_factory=lambda: {"machine": 0.0, "fax": 0.0, "screening": 0.0}
    )
    unanswered: Mapping[str, float] = field(  # weights among unanswered dials of numbers in working order
        default_factory=lambda: {
            "no_answer": 0.60,
            "rejected": 0.15,
            "switched_off": 0.12,
            "busy": 0.08,
            "unreachable": 0.045,
            "rejected_forever": 0.005,
        }
    )
    announced: float = 0.7  # share of dead, switched-off and suspended numbers told by announcement
    ring: Lognormal = field(default_factory=lambda: Lognormal(mean=12.0, cv=0.6))
    ring_busy_s: float = 1.5
    announcement_s: float = 6.0
    talk: Lognormal = field(default_factory=lambda: Lognormal(mean=120.0, cv=1.0))
    patience: Lognormal = field(default_factory=lambda: Lognormal(mean=8.0, cv=0.5))
    dispositions: Mapping[str, float] = field(
        default_factory=lambda: {
            "not_needed": 0.62,
            "not_interested": 0.14,
            "refused": 0.08,
            "not_convenient": 0.05,
            "callback": 0.03,
            "interested": 0.03,
            "success": 0.03,
            "not_target": 0.01,
            "wrong_number": 0.005,
            "never_call": 0.005,
        }
    )
    talk_factor: Mapping[str, float] = field(  # how much longer or shorter a talk with this end is
        default_factory=lambda: {"success": 2.2, "interested": 1.5, "refused": 0.2, "wrong_number": 0.2}
    )
    order: Lognormal = field(default_factory=lambda: Lognormal(mean=200.0, cv=0.5))
    callback_in: Lognormal = field(default_factory=lambda: Lognormal(mean=7200.0, cv=0.7))
    ended_by_agent: float = 0.3  # share of talks the agent ends
    machine_talk_s: float = 8.0  # an agent given a machine needs so long to notice
    keys: Mapping[str, float] = field(default_factory=dict)  # pressed during a message -> weight ("" for none)
    hears_out: float = 1.0  # share of persons who hear a message to its end
    listens: Lognormal = field(default_factory=lambda: Lognormal(mean=6.0, cv=0.7))  # the others


class _Weighted(Generic[T]):
    """Draws one of several values by weight."""

    __slots__ = ("_last", "_sums", "_values")

    def __init__(self, weights: Mapping[T, float], what: str) -> None:
        values = [(value, weight) for value, weight in weights.items() if weight > 0.0]
        if not values or any(not 0.0 <= weight < math.inf for weight in weights.values()):
            raise BadInput(f"The weights of {what} must be numbers from 0 up, at least one above 0.")
        sums = list(accumulate(weight for _, weight in values))
        self._values = [value for value, _ in values]
        self._sums = [s / sums[-1] for s in sums]
        self._last = len(values) - 1

    def draw(self, u: float) -> T:
        """The value at ``u`` of [0, 1)."""
        return self._values[min(bisect_right(self._sums, u), self._last)]


def _kinds(weights: Mapping[str, float], what: str) -> dict[FateKind, float]:
    try:
        return {FateKind(word): weight for word, weight in weights.items()}
    except ValueError as error:
        known = ", ".join(kind.value for kind in FateKind)
        raise BadInput(f"{what}: {error}; known are {known}.") from None


class RandomPeople:
    """A population from a seed and distributions. ``line_type_of`` tells a number's line type (default: mobile)."""

    def __init__(
        self,
        seed: int,
        distributions: Distributions | None = None,
        *,
        line_type_of: Callable[[str], LineType] | None = None,
    ) -> None:
        d = self._d = distributions or Distributions()
        if len(d.answer_by_hour) != 24 or any(not 0.0 <= p <= 1.0 for p in d.answer_by_hour):
            raise BadInput("answer_by_hour needs 24 probabilities from 0 to 1, one for each local hour.")
        self._key = blake2b(str(seed).encode(), digest_size=16).digest()
        self._line_type_of = line_type_of
        self._zone = ZoneInfo(d.time_zone)
        self._quarter, self._odds = -1, 0.0
        self._dead = _shares(_kinds(d.dead, "dead"))
        self._behind = _shares(_kinds(d.behind, "behind"))
        self._unanswered = _Weighted(_kinds(d.unanswered, "unanswered"), "unanswered")
        self._codes = _Weighted(d.dispositions, "dispositions")
        self._keys = _Weighted(d.keys, "keys") if d.keys else None
        self._ring, self._talk, self._patience = d.ring.sampler(), d.talk.sampler(), d.patience.sampler()
        self._order, self._callback, self._listens = d.order.sampler(), d.callback_in.sampler(), d.listens.sampler()

    def answer_probability(self, number: str, at: float) -> float:
        """The true probability that a dial of ``number`` at ``at`` is answered (a clairvoyant's yardstick)."""
        dead, _, own = self._facts(number)
        if _share_at(self._dead, dead) is not None:
            return 0.0
        return self._answers(number, at, own)

    def on_dial(self, number: str, at: float, rng: random.Random) -> Fate:
        d = self._d
        dead, behind, own = self._facts(number)
        kind = _share_at(self._dead, dead)
        if kind is None:
            if rng.random() < self._answers(number, at, own):
                other = _share_at(self._behind, behind)
                return self._person(rng) if other is None else self._device(other, rng)
            kind = self._unanswered.draw(rng.random())
        if kind is K.NO_ANSWER:
            return _NO_ANSWER
        if kind is K.BUSY or kind is K.CARRIER_FAILURE:
            return Fate(kind=kind, ring_s=d.ring_busy_s if kind is K.BUSY else 0.0)
        if kind is K.REJECTED or kind is K.REJECTED_FOREVER:
            return Fate(kind=kind, ring_s=self._ring(rng) * 0.5)
        announced = rng.random() < d.announced
        return Fate(kind=kind, ring_s=d.announcement_s if announced else 0.0, announced=announced)

    def on_end(self, number: str, fate: Fate, *, came_true: bool) -> None:
        return

    def on_call_us(self, number: str, at: float, rng: random.Random) -> Fate | None:
        return self._person(rng)

    def _person(self, rng: random.Random) -> Fate:
        d = self._d
        code = self._codes.draw(rng.random())
        return Fate(
            kind=K.PERSON,
            ring_s=self._ring(rng),
            talk_s=self._talk(rng) * d.talk_factor.get(code, 1.0),
            patience_s=self._patience(rng),
            disposition=code,
            order_amount=round(self._order(rng), 2) if code == "success" else None,
            callback_in_s=max(60.0, self._callback(rng)) if code == "callback" else None,
            keys="" if self._keys is None else self._keys.draw(rng.random()),
            listens_s=None if d.hears_out >= 1.0 or rng.random() < d.hears_out else self._listens(rng),
            ended_by="agent" if rng.random() < d.ended_by_agent else "person",
        )

    def _device(self, kind: FateKind, rng: random.Random) -> Fate:
        return Fate(
            kind=kind,
            ring_s=self._ring(rng),
            talk_s=self._d.machine_talk_s,
            disposition=AGENT_HEARS_MACHINE,
            ended_by="agent",
        )

    def _facts(self, number: str) -> tuple[float, float, float]:
        """Three uniform numbers that belong to the telephone number: dead?, what is behind it?, readiness."""
        digest = blake2b(number.encode(), digest_size=12, key=self._key).digest()
        whole = int.from_bytes(digest, "big")
        return (whole >> 64) / 2**32, (whole >> 32 & 0xFFFFFFFF) / 2**32, (whole & 0xFFFFFFFF) / 2**32

    def _answers(self, number: str, at: float, own: float) -> float:
        quarter = int(at // 900.0)
        if quarter != self._quarter:
            self._quarter = quarter
            p = self._d.answer_by_hour[datetime.fromtimestamp(at, self._zone).hour]
            self._odds = p / (1.0 - p) if p < 1.0 else math.inf
        odds = self._odds
        if self._line_type_of is not None:
            odds *= self._d.answer_by_line.get(self._line_type_of(number).value, 1.0)
        if self._d.readiness_spread > 0.0:
            odds *= math.exp(self._d.readiness_spread * _normal(own))
        return odds / (1.0 + odds) if odds < math.inf else 1.0


_NO_ANSWER = Fate(kind=K.NO_ANSWER)


def _shares(shares: Mapping[FateKind, float]) -> tuple[tuple[float, FateKind], ...]:
    sums = accumulate(shares.values())
    steps = tuple(zip(sums, shares, strict=True))
    if any(share < 0.0 for share in shares.values()) or (steps and steps[-1][0] > 1.0 + 1e-9):
        raise BadInput("Shares must be from 0 to 1 and together at most 1.")
    return steps


def _share_at(steps: tuple[tuple[float, FateKind], ...], u: float) -> FateKind | None:
    for top, kind in steps:
        if u < top:
            return kind
    return None


def _normal(u: float) -> float:
    """The standard normal quantile, good to 0.005 (Tukey's lambda): the shape of readiness is not an exact science."""
    u = min(max(u, 1e-9), 1.0 - 1e-9)
    return float((u**0.1349 - (1.0 - u) ** 0.1349) / 0.1975)
