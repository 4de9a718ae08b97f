"""Rough days in virtual time: whatever goes wrong, what must hold holds. Days are drawn (and shrunk) by hypothesis."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from callwright.model.attempt import Mode
from support.records import complaints, uncovered_logins
from support.rough_day import COUNTRY_ZONES, DISTURBANCES, Day, Disturbance, live

ROUGH = settings(
    max_examples=60,
    deadline=None,
    derandomize=True,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)


def _at(*parts: int) -> float:
    return datetime(*parts, tzinfo=UTC).timestamp()  # type: ignore[arg-type, misc]  # year, month, day, hour


STARTS = (
    _at(2026, 3, 2, 9),
    _at(2026, 3, 7, 13),  # the night to the American summer time
    _at(2026, 3, 28, 18),  # to the European one
    _at(2026, 10, 24, 17),
    _at(2026, 10, 31, 19),
    _at(2026, 3, 2, 19, 55),  # minutes before the law closes
)
people = st.lists(
    st.tuples(
        st.sampled_from(sorted(COUNTRY_ZONES)),
        st.integers(0, 2),
        st.lists(st.integers(0, 60), min_size=1, max_size=3).map(tuple),
    ),
    min_size=1,
    max_size=30,
).map(tuple)
disturbances = st.lists(
    st.builds(
        Disturbance,
        after_s=st.floats(0.0, 3000.0),
        kind=st.sampled_from(DISTURBANCES),
        which=st.integers(0, 40),
        lasts_s=st.floats(0.1, 60.0),
    ),
    max_size=12,
).map(tuple)
long_and_flush = st.sampled_from([(3600.0, 0.1), (4 * 3600.0, 1.0), (4 * 3600.0, 5.0), (30 * 3600.0, 20.0)])
days = st.builds(
    lambda span, **facts: Day(lasts_s=span[0], flush_s=span[1], **facts),
    span=long_and_flush,
    mode=st.sampled_from([Mode.PREDICTIVE, Mode.PROGRESSIVE, Mode.PREVIEW, Mode.MESSAGE, Mode.MANUAL]),
    start_at=st.sampled_from(STARTS),
    leads=people,
    lines_per_agent=st.integers(1, 3),
    detect=st.sampled_from(["off", "sync", "async"]),
    agents=st.integers(1, 5),
    channels=st.integers(1, 12),
    calls_per_s=st.sampled_from([0.5, 2.0, 20.0]),
    controller=st.sampled_from(["reference", "fixed_ratio"]),
    fixed_ratio=st.sampled_from([1.0, 3.0]),
    min_gap_s=st.sampled_from([0.0, 60.0, 900.0]),
    max_tries=st.integers(1, 5),
    next_number_at_once=st.booleans(),
    countdown_s=st.sampled_from([None, 3.0]),
    on_expiry=st.sampled_from(["accept", "release"]),
    inbound=st.booleans(),
    latency_s=st.sampled_from([0.0, 0.05, 2.0]),
    failure=st.sampled_from([0.0, 0.3]),
    join_s=st.sampled_from([0.0, 0.7]),
    returns=st.sampled_from([0.0, 0.8]),
    answers=st.sampled_from([0.2, 0.8]),
    seed=st.integers(0, 2**16),
    disturbances=disturbances,
)


def _check(day: Day) -> None:
    lived, records = live(day)
    assert complaints(records) == []
    assert {what: count for what, count in lived.left.items() if count} == {}
    if not lived.crashes:
        assert list(uncovered_logins(records, eps_s=0.01 + 10 * day.latency_s)) == []


@ROUGH
@given(day=days)
def test_rough_days(day: Day) -> None:
    _check(day)


@pytest.mark.soak
@settings(ROUGH, max_examples=5000, derandomize=False)
@given(day=days)
def test_many_rough_days(day: Day) -> None:
    _check(day)
