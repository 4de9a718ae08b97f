"""What is learned: known truths are found again, ranges hold as often as they say, few data make wide ranges."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray

from callwright.kit.errors import BadInput
from callwright.model.campaign import Campaign
from callwright.planning.blocks import Block, fit_blocks
from callwright.planning.cells import count
from callwright.planning.fit import FloorFit, fit_answers, fit_floor
from callwright.planning.history import History
from callwright.planning.ranges import range_of
from callwright.planning.spans import fit_days
from callwright.planning.volume import HourlyCounts, fit_lengths, fit_volume
from support.planning_made import made_history


def _rate(fit: FloorFit, draws: int = 400) -> NDArray[np.float64]:
    rng = np.random.default_rng(0)
    effects = fit.answers.draws(draws, rng)
    odds = fit.answers.part(effects, "level")[:, 0] + fit.answers.part(effects, "kind")[:, 0]
    odds = odds + fit.answers.part(effects, "hour")[:, 12] + fit.answers.part(effects, "tries")[:, 0]
    odds = odds + fit.answers.part(effects, "before")[:, 0]
    return 1 / (1 + np.exp(-odds))


def test_a_known_floor_is_found_again() -> None:
    fit = fit_floor(made_history(1), Campaign(id=1, name="made"))
    told = range_of(_rate(fit))
    assert told.holds(0.3)
    assert told.low is not None
    assert told.high is not None
    assert told.high - told.low < 0.08
    assert np.exp(fit.talk.level) == pytest.approx(100.0, rel=0.08)
    assert np.exp(fit.wrap.level) == pytest.approx(20.0, rel=0.05)
    assert 1 / (1 + np.exp(-fit.staff.ready.level)) == pytest.approx(0.9, abs=0.03)
    present = fit.staff.present(10, 300, 1, np.random.default_rng(0)).sum(-1)
    assert present.mean() == pytest.approx(9.0, abs=0.4)
    assert fit.assumed == ()


def test_no_history_is_said_and_wide_and_little_history_is_narrower() -> None:
    campaign = Campaign(id=1, name="made")
    widths = []
    for history in (History(zone="UTC"), made_history(2, days=1, dials=60), made_history(2, days=3)):
        fit = fit_floor(history, campaign)
        told = range_of(_rate(fit))
        assert told.low is not None
        assert told.high is not None
        widths.append(told.high - told.low)
    assert widths[0] > 1.5 * widths[1] > 3 * widths[2]
    assert set(fit_floor(History(zone="UTC"), campaign).assumed) == {"answers", "talk", "coming", "ready"}


def test_ranges_of_the_answer_rate_hold_the_truth_as_often_as_they_say() -> None:
    """Tomorrow's rate of 30 made campaigns with uneven days: 80 % ranges hold between 60 and 97 %."""
    rng, held = np.random.default_rng(5), 0
    for seed in range(30):
        history = made_history(100 + seed, days=4, dials=300, day_spread=0.25)
        fit = fit_answers(count(history).cells)
        effects = fit.draws(300, rng)
        names = (("level", 0), ("kind", 0), ("hour", 12), ("tries", 0), ("before", 0))
        odds = sum(fit.part(effects, name)[:, place] for name, place in names)
        odds = odds + fit.new_levels("day", (300, 1), rng)[:, 0]
        truth = np.log(0.3 / 0.7) + rng.normal(0, 0.25)
        held += range_of(odds).holds(float(truth))
    assert 18 <= held <= 29


def test_blocks_learn_how_much_levels_differ_and_refuse_what_does_not_fit() -> None:
    rng = np.random.default_rng(1)
    groups = np.repeat(np.arange(30), 4)
    for spread in (0.05, 0.8):
        odds = -1.0 + rng.normal(0, spread, 30)[groups]
        hits = rng.binomial(200, 1 / (1 + np.exp(-odds))).astype(float)
        blocks = (Block(name="level", size=1, spread=2.0, strength=None), Block(name="group", size=30, spread=0.3))
        fit = fit_blocks("binomial", hits, np.full(120, 200.0), (np.zeros(120, dtype=np.int64), groups), blocks)
        assert fit.mode[0] == pytest.approx(-1.0, abs=0.35)
        assert 0.5 * spread < fit.spreads["group"] < 0.15 + 1.4 * spread
    with pytest.raises(BadInput, match="one column of levels"):
        fit_blocks("binomial", hits, np.full(120, 200.0), (groups,), blocks)


def test_days_level_goes_from_prior_to_data() -> None:
    nothing = fit_days(np.zeros(0), np.zeros(0), level=4.0, doubt=0.5, spread=0.1)
    assert (nothing.level, nothing.error, nothing.spread) == (4.0, 0.5, pytest.approx(0.1))
    rng = np.random.default_rng(2)
    much = fit_days(5.0 + rng.normal(0, 0.2, 40), np.full(40, 0.001), level=4.0, doubt=0.5, spread=0.1)
    assert much.level == pytest.approx(5.0, abs=0.1)
    assert much.spread == pytest.approx(0.2, abs=0.06)


def test_volumes_and_lengths_by_hour_hold_a_made_week() -> None:
    rng = np.random.default_rng(3)
    weekdays = [day % 7 for day in range(15)]
    mean = 40.0 + 25.0 * np.sin(np.arange(24) / 24 * 2 * np.pi)
    counts = rng.poisson(mean, (15, 24)).astype(float)
    volume = fit_volume(HourlyCounts(weekdays=weekdays[:14], counts=counts[:14]))
    assert volume.scatter == pytest.approx(1.0, abs=0.4)
    drawn = volume.draws(weekdays[14:], 300, rng)
    held = sum(range_of(drawn[:, 0, hour]).holds(counts[14, hour]) for hour in range(24))
    assert 15 <= held <= 24
    seconds = [[rng.exponential(120.0, int(n)) for n in day] for day in counts]
    told = range_of(fit_lengths(seconds[:14]).draws(counts[None, 14:].repeat(300, 0), rng).mean(2).ravel())
    assert told.holds(float(np.mean([hour.mean() for hour in seconds[14]])))
