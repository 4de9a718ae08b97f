"""Spans, hours and weekdays as people write them, there and back."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from callwright.app.spans import parse_hours, parse_span, parse_weekdays, say_hours, say_span, say_weekdays


@pytest.mark.parametrize(
    ("text", "seconds"), [("90s", 90), ("10m", 600), ("1h30m", 5400), ("2d", 172800), ("1.5 h", 5400), ("250ms", 0.25)]
)
def test_a_span_is_read(text: str, seconds: float) -> None:
    assert parse_span(text) == seconds


@pytest.mark.parametrize("text", ["", "10", "m", "10 minutes", "-5m", "5m!", "1h,30m"])
def test_what_is_no_span_is_refused(text: str) -> None:
    with pytest.raises(ValueError):
        parse_span(text)


@given(st.integers(min_value=0, max_value=366 * 86400))
def test_a_span_said_reads_back(seconds: int) -> None:
    said = say_span(float(seconds))
    assert isinstance(said, str)
    assert parse_span(said) == seconds


@given(st.integers(0, 1439), st.integers(1, 1440))
def test_hours_said_read_back(begin: int, end: int) -> None:
    if begin < end:
        assert parse_hours(say_hours(begin, end)) == (begin, end)
    else:
        with pytest.raises(ValueError):
            parse_hours(say_hours(begin, end))


@given(st.frozensets(st.integers(0, 6), min_size=1))
def test_weekdays_said_read_back(days: frozenset[int]) -> None:
    assert parse_weekdays(say_weekdays(days)) == days


def test_weekdays_wrap_round_the_week() -> None:
    assert parse_weekdays("fri-mon") == {4, 5, 6, 0}
    assert parse_weekdays("daily") == set(range(7))
