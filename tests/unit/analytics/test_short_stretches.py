"""Real time is finer than a millisecond: stretches of agents' time keep their order however short they are."""

from __future__ import annotations

import polars as pl

from callwright.analytics.prepare import _in_order


def test_stretches_within_a_millisecond_stay_in_order() -> None:
    at = 1_772_445_600.1234
    began = [at + step * 1e-5 for step in range(90)]
    frame = pl.DataFrame({"agent_id": [2] * 90 + [1] * 90, "began_at": began + began[::-1]}).sample(
        fraction=1.0, shuffle=True, seed=3
    )
    ordered = frame.sort(_in_order())
    assert ordered["agent_id"].to_list() == [1] * 90 + [2] * 90
    assert ordered["began_at"].to_list() == began * 2
