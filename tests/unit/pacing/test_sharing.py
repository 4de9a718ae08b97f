"""Turns among those who dial for the same agents, by hand."""

from __future__ import annotations

import random

from callwright.pacing import FairShares


def test_who_is_ahead_waits_for_the_one_behind() -> None:
    shares = FairShares[str]()
    shares.opened("b", ["a"], 0.0, [], 5.0)
    shares.opened("a", ["b"], 0.0, [1.0], 5.0)
    assert shares.before("a", ["b"], 0.0, 5.0) == []  # one answer ahead, two are allowed
    shares.opened("a", ["b"], 0.5, [0.8, 0.7], 5.0)
    assert shares.before("a", ["b"], 0.5, 5.0) == ["b"]
    assert shares.before("b", ["a"], 0.5, 5.0) == []
    shares.opened("b", ["a"], 0.5, [1.0] * 3, 5.0)
    assert shares.before("a", ["b"], 1.0, 5.0) == []


def test_nobody_waits_for_one_without_leads_or_lines_or_that_is_gone() -> None:
    shares = FairShares[str]()
    shares.opened("b", ["a"], 0.0, [], 5.0)
    shares.opened("a", ["b"], 0.0, [1.0] * 9, 5.0)
    assert shares.before("a", ["b"], 5.0, 5.0) == ["b"]
    assert shares.before("a", ["b"], 5.1, 5.0) == []
    shares.opened("b", ["a"], 6.0, [], 5.0)
    shares.full("b")
    assert shares.before("a", ["b"], 6.0, 5.0) == []
    assert shares.before("a", ["never seen"], 6.0, 5.0) == []


def test_nothing_is_owed_for_a_time_without_leads() -> None:
    shares = FairShares[str]()
    for second in range(100):
        shares.opened("a", ["b"], float(second), [1.0] * 3, 5.0)
    shares.opened("b", ["a"], 99.5, [], 5.0)
    assert shares.before("a", ["b"], 99.5, 5.0) == []
    shares.opened("a", ["b"], 100.0, [1.0] * 3, 5.0)
    assert shares.before("a", ["b"], 100.0, 5.0) == ["b"]


def test_answers_are_shared_in_proportion_to_the_agents() -> None:
    rng, shares = random.Random(3), FairShares[str]()
    agents = {"a": 15.0, "b": 5.0, "c": 10.0}
    got = dict.fromkeys(agents, 0.0)
    for turn in range(6000):
        for key, weight in agents.items():
            rivals = [other for other in agents if other != key]
            first = shares.before(key, rivals, 0.5 * turn, weight)
            chances = [] if first else [rng.uniform(0.1, 1.0)]
            got[key] += sum(chances)
            shares.opened(key, rivals, 0.5 * turn, chances, weight)
    total = sum(got.values())
    assert all(abs(got[key] / total - weight / 30.0) < 0.01 for key, weight in agents.items()), got


def test_a_list_that_hardly_answers_is_not_behind_for_ever() -> None:
    shares = FairShares[str]()
    shares.opened("dead", ["b"], 0.0, [], 5.0)
    shares.opened("b", ["dead"], 0.0, [0.3] * 10, 5.0)
    assert shares.before("b", ["dead"], 0.0, 5.0) == ["dead"]
    shares.opened("dead", ["b"], 0.5, [0.003] * 40, 5.0)
    assert shares.before("b", ["dead"], 0.5, 5.0) == []
