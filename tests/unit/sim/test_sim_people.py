"""Populations: shares and means are those of the distributions, and a number keeps its nature whatever the order."""

from __future__ import annotations

import random
import statistics
from collections import Counter
from dataclasses import replace
from datetime import UTC, datetime

import pytest

from callwright.kit.errors import BadInput
from callwright.model.people import LineType
from callwright.sim.fates import ANSWERING, Fate, FateKind
from callwright.sim.people import Distributions, Lognormal, RandomPeople

NOON = datetime(2026, 3, 2, 12, 0, tzinfo=UTC).timestamp()
NUMBERS = [f"+1202{i:07d}" for i in range(20_000)]
ALWAYS = Distributions(answer_by_hour=(1.0,) * 24, dead={})


def dial_all(people: RandomPeople, *, at: float = NOON, seed: int = 3) -> list[Fate]:
    rng = random.Random(seed)
    return [people.on_dial(number, at, rng) for number in NUMBERS]


def test_shares_are_those_asked_for() -> None:
    asked = Distributions(
        answer_by_hour=(0.3,) * 24,
        dead={"no_such_number": 0.05, "suspended": 0.02},
        behind={"machine": 0.2},
        unanswered={"no_answer": 3.0, "busy": 1.0},
    )
    kinds = Counter(fate.kind for fate in dial_all(RandomPeople(1, asked)))
    share = {kind: n / len(NUMBERS) for kind, n in kinds.items()}
    alive = 1.0 - 0.07
    assert share[FateKind.NO_SUCH_NUMBER] == pytest.approx(0.05, abs=0.006)
    assert share[FateKind.SUSPENDED] == pytest.approx(0.02, abs=0.004)
    assert share[FateKind.MACHINE] == pytest.approx(alive * 0.3 * 0.2, abs=0.008)
    assert share[FateKind.PERSON] == pytest.approx(alive * 0.3 * 0.8, abs=0.012)
    assert share[FateKind.NO_ANSWER] == pytest.approx(alive * 0.7 * 0.75, abs=0.014)
    assert set(share) == {
        FateKind.NO_SUCH_NUMBER,
        FateKind.SUSPENDED,
        FateKind.MACHINE,
        FateKind.PERSON,
        FateKind.NO_ANSWER,
        FateKind.BUSY,
    }


def test_times_have_their_means() -> None:
    fates = dial_all(RandomPeople(1, replace(ALWAYS, talk_factor={})))
    assert statistics.fmean(f.ring_s for f in fates) == pytest.approx(12.0, rel=0.03)
    talks = [f.talk_s for f in fates]
    assert statistics.fmean(talks) == pytest.approx(120.0, rel=0.05)
    assert statistics.stdev(talks) / statistics.fmean(talks) == pytest.approx(1.0, abs=0.15)
    assert all(f.order_amount is not None for f in fates if f.disposition == "success")
    assert all(f.callback_in_s is not None for f in fates if f.disposition == "callback")


def test_a_constant_is_a_lognormal_without_spread() -> None:
    sampler = Lognormal(mean=20.0, cv=0.0).sampler()
    assert {sampler(random.Random(i)) for i in range(5)} == {20.0}


def test_answers_follow_the_local_hour_and_the_line() -> None:
    hours = [0.0] * 24
    hours[7] = 0.5  # noon UTC is 7 in New York in winter
    asked = Distributions(answer_by_hour=tuple(hours), dead={}, time_zone="America/New_York")
    landlines = RandomPeople(1, asked, line_type_of=lambda number: LineType.LANDLINE)
    assert sum(f.kind in ANSWERING for f in dial_all(RandomPeople(1, asked))) / len(NUMBERS) == pytest.approx(
        0.5, abs=0.02
    )
    odds = 0.8
    assert landlines.answer_probability(NUMBERS[0], NOON) == pytest.approx(odds / (1 + odds))
    assert not any(f.kind in ANSWERING for f in dial_all(RandomPeople(1, asked), at=NOON + 3600.0))


def test_a_dead_number_is_dead_in_any_order_of_dialling_and_for_good() -> None:
    asked = Distributions(dead={"no_such_number": 0.3})
    people, again = RandomPeople(5, asked), RandomPeople(5, asked)
    first = {n: f.kind for n, f in zip(NUMBERS, dial_all(people), strict=True)}
    rng = random.Random(99)
    for number in reversed(NUMBERS):
        dead = again.on_dial(number, NOON, rng).kind is FateKind.NO_SUCH_NUMBER
        assert dead == (first[number] is FateKind.NO_SUCH_NUMBER)
        assert dead == (again.answer_probability(number, NOON) == 0.0)
    other = {n: f.kind for n, f in zip(NUMBERS, dial_all(RandomPeople(6, asked)), strict=True)}
    assert other != first


def test_readiness_differs_between_numbers_and_stays() -> None:
    people = RandomPeople(1, replace(ALWAYS, answer_by_hour=(0.3,) * 24, readiness_spread=1.0))
    own = [people.answer_probability(number, NOON) for number in NUMBERS[:2000]]
    assert statistics.stdev(own) > 0.1
    assert own == [people.answer_probability(number, NOON) for number in NUMBERS[:2000]]
    answered = [f.kind in ANSWERING for f in dial_all(people)]
    assert sum(answered) / len(answered) == pytest.approx(
        statistics.fmean(people.answer_probability(n, NOON) for n in NUMBERS), abs=0.01
    )


def test_a_certain_answer_is_certain() -> None:
    assert all(f.kind is FateKind.PERSON for f in dial_all(RandomPeople(1, ALWAYS)))


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"answer_by_hour": (0.3,) * 23}, "24 probabilities"),
        ({"answer_by_hour": (1.3,) * 24}, "24 probabilities"),
        ({"dead": {"nobody": 0.1}}, "known are"),
        ({"dead": {"no_such_number": 0.7, "suspended": 0.5}}, "at most 1"),
        ({"unanswered": {"busy": 0.0}}, "at least one above 0"),
        ({"dispositions": {"success": -1.0, "refused": 2.0}}, "from 0 up"),
    ],
)
def test_impossible_distributions_are_refused(wrong: dict[str, object], said: str) -> None:
    with pytest.raises(BadInput, match=said):
        RandomPeople(1, replace(Distributions(), **wrong))  # type: ignore[arg-type]  # that is the point
