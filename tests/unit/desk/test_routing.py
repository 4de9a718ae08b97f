"""Who gets the call: skills, tiers, seniority, longest waiting."""

from callwright.desk.routing import choose_agent, suits
from callwright.model.agent import Agent

NEW = Agent(id=1, name="new", tiers=frozenset({4, 5}), seniority=0, skills={"ru": 3})
OLD = Agent(id=2, name="old", tiers=frozenset({1, 2, 3}), seniority=9, skills={"ru": 8, "zh": 5})
MID = Agent(id=3, name="mid", tiers=frozenset({2, 3, 4}), seniority=4, inbound=False)


def test_without_tier_the_longest_waiting_takes_it() -> None:
    assert choose_agent([MID, OLD, NEW], skills={}, tier=None) is MID


def test_skill_levels_decide_who_may() -> None:
    assert choose_agent([MID, NEW, OLD], skills={"ru": 5}, tier=None) is OLD
    assert choose_agent([MID, NEW], skills={"ru": 5}, tier=None) is None


def test_good_lists_go_to_the_senior_and_poor_ones_to_the_new() -> None:
    assert choose_agent([NEW, MID, OLD], skills={}, tier=2) is OLD
    assert choose_agent([MID, NEW], skills={}, tier=4) is NEW
    assert choose_agent([MID, NEW], skills={}, tier=1) is None


def test_who_does_not_blend_gets_no_inbound() -> None:
    assert not suits(MID, skills={}, tier=None, inbound=True)
    assert suits(MID, skills={}, tier=None)
