"""A small backtest on the public call log, where it is there; and the arithmetic of coverage."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from callwright.planning.backtest import Prediction, coverage, table
from callwright.planning.ranges import Range, range_of

BENCH = Path(__file__).parents[3] / "bench"


def test_the_call_log_is_held_as_often_as_meant() -> None:
    """Of some 280 ranges of the last four days' hours 70 to 96 % hold."""
    sys.path.insert(0, str(BENCH))
    try:
        from _call_log import LOG, predict, read_call_log
    finally:
        sys.path.remove(str(BENCH))
    if not LOG.exists():
        pytest.skip(f"the call log {LOG} is not here")
    everything = coverage(predict(read_call_log(), 17, 4, draws=150))[-1]
    assert everything.count > 200
    assert 0.7 < everything.share < 0.96
    assert everything.off is not None
    assert everything.off < 0.3


def test_coverage_counts_what_held() -> None:
    inside = Prediction(what="talks", when="day 1", range=Range(low=1.0, middle=2.0, high=3.0), actual=2.5)
    outside = Prediction(what="talks", when="day 2", range=Range(low=1.0, middle=2.0, high=3.0), actual=4.0)
    open_end = Prediction(what="finish", when="90 %", range=Range(low=1.0, middle=None, high=None), actual=9.0)
    rows = coverage([inside, outside, open_end])
    assert [(row.what, row.count, row.held) for row in rows] == [("talks", 2, 1), ("finish", 1, 1), ("all", 3, 2)]
    assert "| talks | 2 | 50% |" in table(rows)
    assert range_of([float("inf"), 1.0, 2.0]).high is None
