"""Chances of answers: calibrated on histories whose truth is known, and as sure as what was seen allows."""

from __future__ import annotations

import csv
import gzip
import math
import random
from collections.abc import Iterable
from pathlib import Path

import numpy as np
import pytest

from callwright.pacing.likelihood import AnswerLikelihood, History, Sight, history_of

BANK = Path(__file__).parents[4] / "shared" / "data" / "bank" / "bank-additional-first33000.csv.gz"
FRESH = history_of(0, None, reached=False)
T0 = 1_780_000_000.0
Told = list[tuple[float, bool]]


def losses(told: Told) -> tuple[float, float]:
    """(Brier score, log loss)."""
    p, y = (np.array(column, dtype=float) for column in zip(*told, strict=True))
    return float(np.mean((p - y) ** 2)), float(-np.mean(np.log(np.where(y > 0, p, 1 - p))))


def calibration(told: Told) -> tuple[float, float]:
    """(intercept, slope) of the logistic regression of the answers on the told log-odds; (0, 1) is perfect."""
    p, y = (np.array(column, dtype=float) for column in zip(*told, strict=True))
    x = np.stack([np.ones_like(p), np.log(p / (1 - p))])
    beta = np.array([0.0, 1.0])
    for _ in range(20):
        fit = 1 / (1 + np.exp(-beta @ x))
        beta += np.linalg.solve((x * fit * (1 - fit)) @ x.T, x @ (y - fit))
    return float(beta[0]), float(beta[1])


def by_mean(told: Told) -> Told:
    """What somebody says who knows the campaign's whole mean, in hindsight."""
    mean = sum(y for _, y in told) / len(told)
    return [(mean, y) for _, y in told]


def share(odds: float) -> float:
    return 1 / (1 + math.exp(-odds))


def truth(sight: Sight) -> float:
    lists = {1: 0.0, 2: 0.8, 3: -0.7}
    hours = (-1.0, -0.5, 0.0, 0.3, 0.2, -0.4, 0.4, 0.8)
    line = 0.4 if sight.line == "mobile" else -0.4
    return share(-1.0 + lists[sight.list_id or 0] + line + hours[sight.hour - 9] - 0.35 * sight.history.tries)


def days(seed: int, calls: int) -> Iterable[tuple[Sight, float, bool, random.Random]]:
    rng = random.Random(seed)
    for n in range(calls):
        tries = rng.choice((0, 0, 0, 1, 1, 2, 3))
        history = history_of(tries, "no_answer" if tries else None, reached=False)
        sight = Sight(rng.choice((1, 2, 3)), rng.choice(("mobile", "landline")), 9 + n // 500 % 8, history)
        yield sight, T0 + 7.2 * n, rng.random() < truth(sight), rng


def test_a_campaigns_days_are_told_better_than_by_its_mean_and_calibrated() -> None:
    model = AnswerLikelihood()
    told: Told = []
    ideal: Told = []
    for sight, at, answered, _ in days(3, 8000):
        told.append((model.chance(sight, at), answered))
        ideal.append((truth(sight), answered))
        model.learn(sight, answered=answered, at=at, ring_s=9.0)
    mean, best, ours = losses(by_mean(told)), losses(ideal), losses(told)
    for kind in (0, 1):  # nine tenths of what can be known at all
        assert ours[kind] < mean[kind] - 0.9 * (mean[kind] - best[kind])
    intercept, slope = calibration(told)
    assert abs(intercept) < 0.1
    assert 0.9 < slope < 1.1


def test_it_is_as_sure_as_it_may_be() -> None:
    """80 % intervals from the weights hold the truth in about so many cases, from the first calls on."""
    inside = cases = 0
    for seed in range(30):
        model = AnswerLikelihood()
        for n, (sight, at, answered, rng) in enumerate(days(seed, 700)):
            if n in (20, 100, 300, 699):
                belief = model.believe(sight, at)
                wide = 1.2816 * math.sqrt(belief.mean * (1 - belief.mean) / (belief.weight + 1))
                inside += abs(truth(sight) - belief.mean) <= wide
                cases += 1
            model.learn(sight, answered=answered, at=at, ring_s=rng.uniform(3, 20))
    assert 0.7 < inside / cases < 0.97


def test_cold_it_says_little_and_what_is_new_borrows_from_above() -> None:
    model = AnswerLikelihood(prior_rate=0.3)
    sight = Sight(1, "mobile", 10, FRESH)
    cold = model.believe(sight, T0)
    assert cold.mean == pytest.approx(0.3, abs=0.06)
    assert cold.weight < 3
    for n in range(400):
        model.learn(sight, answered=n % 10 < 6, at=T0 + n)
    known = model.believe(sight, T0 + 400)
    assert known.mean == pytest.approx(0.6, abs=0.04)
    assert known.weight > 100
    new_list = model.believe(sight._replace(list_id=2), T0 + 400)
    new_number = model.believe(sight._replace(history=history_of(2, "busy", reached=False)), T0 + 400)
    for new in (new_list, new_number):
        assert 0.45 < new.mean < 0.62
        assert cold.weight < new.weight < known.weight / 3


def test_a_list_change_and_a_change_of_times_are_followed() -> None:
    rng = random.Random(5)
    model = AnswerLikelihood()
    at = T0
    for _ in range(3000):
        model.learn(Sight(1, "mobile", 10, FRESH), answered=rng.random() < 0.2, at=(at := at + 3))
    for _ in range(120):  # another list, answered three times as often
        model.learn(Sight(2, "mobile", 10, FRESH), answered=rng.random() < 0.6, at=(at := at + 3))
    assert model.chance(Sight(2, "mobile", 10, FRESH), at) > 0.48
    assert model.chance(Sight(1, "mobile", 10, FRESH), at) < 0.3  # the old one is not dragged along
    for _ in range(600):  # the old list a day later, and people are at home
        model.learn(Sight(1, "mobile", 10, FRESH), answered=rng.random() < 0.5, at=(at := at + 3))
    assert model.chance(Sight(1, "mobile", 10, FRESH), at) == pytest.approx(0.5, abs=0.06)


def test_calls_we_took_back_count_only_as_long_as_they_rang() -> None:
    rng = random.Random(11)
    model = AnswerLikelihood()
    sight = Sight(1, "mobile", 10, FRESH)
    for n in range(4000):
        rings, answers = rng.lognormvariate(2.33, 0.55), rng.random() < 0.4
        patience = rng.choice((6.0, 12.0, 99.0))  # two thirds are given up early
        over = min(rings, 25.0) if answers else 25.0
        if over > patience:
            model.learn(sight, answered=False, at=T0 + n, ring_s=patience, taken_back=True)
        else:
            model.learn(sight, answered=answers and rings <= 25.0, at=T0 + n, ring_s=over)
    # of the 40 % who answer 5 % would do so after 25 s; 26 % is what dials alone say, taken back or not
    assert model.chance(sight, T0 + 4000) == pytest.approx(0.38, abs=0.045)


def test_the_grid_is_fine_and_non_numbers_teach_nothing() -> None:
    model = AnswerLikelihood()
    sight = Sight(None, "mobile", 10, FRESH)
    for n in range(50):
        model.learn(sight, answered=n % 3 == 0, at=T0 + n)
    exact = model.believe(sight, T0 + 60)
    for at, ring_s in ((math.nan, 5.0), (T0, math.inf), (math.inf, 5.0)):
        model.learn(sight, answered=True, at=at, ring_s=ring_s)
    assert model.believe(sight, T0 + 60) == exact
    told = AnswerLikelihood(prior_rate=0.01).chance(sight, T0)
    assert 0.0 < told < 0.1
    assert (
        abs(math.log(exact.mean / (1 - exact.mean)) - math.log(p / (1 - p))) <= 1 / 32 + 1e-9
        if (p := model.chance(sight, T0 + 60))
        else False
    )
    for wrong in (0.0, 1.0, math.nan):
        with pytest.raises(ValueError, match="between 0 and 1"):
            AnswerLikelihood(prior_rate=wrong)


@pytest.mark.parametrize("tries", range(40))
def test_histories_have_steps(tries: int) -> None:
    history = history_of(tries, "no_answer", reached=True)
    assert history == History(min(tries, 6) if tries < 10 else 10, "no_answer", True)


def test_a_banks_telephone_campaign() -> None:
    """33,000 people in their order; each is called until the attempt the file names. Not one is known beforehand."""
    if not BANK.exists():
        pytest.skip(f"the UCI file is not at {BANK}")
    with gzip.open(BANK, "rt", encoding="utf-8") as file:
        people = [(row["contact"], int(row["campaign"])) for row in csv.DictReader(file, delimiter=";")][:12_000]
    dials = sorted((n + 600 * (k - 1), n, k) for n, (_, tries) in enumerate(people) for k in range(1, tries + 1))
    model = AnswerLikelihood()
    told: Told = []
    for place, n, k in dials:
        contact, tries = people[n]
        sight = Sight(1, contact, 10, history_of(k - 1, "no_answer" if k > 1 else None, reached=False))
        at = T0 + 2.0 * place
        told.append((model.chance(sight, at), k == tries))
        model.learn(sight, answered=k == tries, at=at, ring_s=10.0)
    ours, mean = losses(told), losses(by_mean(told))
    print(f"{len(told)} dials: Brier {ours[0]:.4f} against {mean[0]:.4f}, log loss {ours[1]:.4f} against {mean[1]:.4f}")
    assert ours[0] < 0.98 * mean[0]
    assert ours[1] < 0.98 * mean[1]
    intercept, slope = calibration(told)
    assert abs(intercept) < 0.1
    assert 0.85 < slope < 1.15
