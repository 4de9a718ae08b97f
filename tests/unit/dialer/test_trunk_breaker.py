"""The breaker in figures: how often it is wrong about a healthy trunk, how soon it is right about a dead one."""

from __future__ import annotations

import random

from hypothesis import given, settings
from hypothesis import strategies as st

from callwright.dialer.trunk_health import (
    FALSE_ALARM_EVERY,
    HEALTHY,
    LONGEST_PAUSE_S,
    PAUSE_S,
    WINDOW_S,
    Breaker,
    BreakerState,
    HealthWindow,
)


def dials_until_open(share: float, rng: random.Random, most: int) -> int:
    breaker = Breaker()
    for dial in range(1, most + 1):
        breaker.note(dial, rng.random() < share, 0.0)
        if breaker.state is BreakerState.OPEN:
            return dial
    return most


def test_a_healthy_trunk_opens_it_less_often_than_stated() -> None:
    """Two million dials that fail as often as is still called healthy: at most twenty openings may be expected."""
    rng, opened = random.Random(7), 0
    breaker = Breaker()
    dials = 20 * FALSE_ALARM_EVERY
    for dial in range(dials):
        breaker.note(dial, rng.random() < HEALTHY, 0.0)
        if breaker.state is BreakerState.OPEN:
            opened += 1
            breaker = Breaker()
    assert opened <= dials / FALSE_ALARM_EVERY


def test_it_opens_soon_on_a_dead_trunk_and_never_by_busy_and_unanswered_calls() -> None:
    rng = random.Random(3)
    assert dials_until_open(1.0, rng, 100) == 6
    assert sum(dials_until_open(0.8, rng, 10_000) for _ in range(500)) / 500 < 10
    assert sum(dials_until_open(0.5, rng, 10_000) for _ in range(500)) / 500 < 45
    assert dials_until_open(0.0, rng, 100_000) == 100_000


@settings(max_examples=200, deadline=None)
@given(st.lists(st.booleans(), max_size=200), st.lists(st.floats(0.1, 2000.0), min_size=200, max_size=200))
def test_open_means_nothing_is_dialled_and_half_open_one_at_a_time(failures: list[bool], waits: list[float]) -> None:
    breaker, now, paused = Breaker(), 0.0, PAUSE_S
    for dial, (failed, wait_s) in enumerate(zip(failures, waits, strict=False)):
        now += wait_s
        before, until = breaker.state, breaker.until
        if not breaker.allows(now):
            assert before is BreakerState.OPEN
            assert now < until
            continue
        assert before is not BreakerState.OPEN or now >= until
        breaker.dialed(dial)
        if breaker.state is BreakerState.HALF_OPEN:
            assert not breaker.allows(now), "the trial is under way"
        breaker.note(dial, failed, now)
        if breaker.state is BreakerState.OPEN:
            paused = breaker.until - now
            assert PAUSE_S <= paused <= LONGEST_PAUSE_S
        elif before is not BreakerState.CLOSED:
            assert not failed


def test_a_trial_that_tells_nothing_is_made_again() -> None:
    breaker = Breaker()
    for dial in range(6):
        breaker.note(dial, True, 0.0)
    assert not breaker.allows(PAUSE_S - 0.1)
    assert breaker.allows(PAUSE_S)
    breaker.dialed(10)
    breaker.note(9, False, PAUSE_S)
    assert breaker.state is BreakerState.HALF_OPEN, "an older call's fate is not the trial's"
    breaker.undecided(10)
    assert breaker.allows(PAUSE_S + 1.0)
    breaker.dialed(11)
    breaker.note(11, False, PAUSE_S + 2.0)
    assert breaker.state is BreakerState.CLOSED
    for dial in (12, 13):
        breaker.note(dial, True, PAUSE_S + 3.0)
    assert breaker.state is BreakerState.CLOSED
    breaker.note(14, True, PAUSE_S + 3.0)
    assert breaker.state is BreakerState.OPEN, "not trusted yet"


@settings(max_examples=100, deadline=None)
@given(st.lists(st.tuples(st.floats(0.0, 100.0), st.booleans(), st.booleans()), max_size=200))
def test_the_window_counts_what_it_should(results: list[tuple[float, bool, bool]]) -> None:
    window, now, noted = HealthWindow(), 1000.0, list[tuple[float, bool, bool]]()
    for wait_s, answered, failed in results:
        now += wait_s
        window.resolved(now, answered=answered, failed=failed)
        noted.append((now, answered, failed))
        seen = window.read(now)
        surely = [each for each in noted if each[0] > now - WINDOW_S + 10.0]
        perhaps = [each for each in noted if each[0] > now - WINDOW_S - 10.0]
        assert len(surely) <= seen.dials <= len(perhaps)
        assert sum(a for _, a, _ in surely) <= seen.answered <= sum(a for _, a, _ in perhaps)
        assert sum(f for *_, f in surely) <= seen.failed <= sum(f for *_, f in perhaps)
