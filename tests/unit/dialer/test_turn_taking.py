"""Whose turn it is on a floor, by hand: priorities, part of the agents, campaigns that cannot dial or are gone."""

from __future__ import annotations

from dataclasses import dataclass, field
from types import SimpleNamespace
from typing import Any

from callwright.dialer.turn_taking import TurnTaking


def a_run(number: int, priority: int = 0) -> Any:
    return SimpleNamespace(id=number, campaign=SimpleNamespace(priority=priority))


def agents(*numbers: int) -> Any:
    return [SimpleNamespace(agent=SimpleNamespace(id=number)) for number in numbers]


@dataclass
class Floor:
    """Two runs on some agents; each ``turn`` asks and dials what it is told."""

    turns: TurnTaking = field(default_factory=TurnTaking)

    def turn(
        self, run: Any, seats: Any, now: float, chances: tuple[float, ...] = (), wanted: int = 0, more: bool = True
    ) -> list[int]:
        free = self.turns.seats_for(run, None, seats, now)
        self.turns.dialled(run, None, chances, wanted=max(wanted, len(chances)), more=more, now=now)
        return [seat.agent.id for seat in free]


def test_the_larger_priority_goes_first_and_the_other_keeps_its_own_agents() -> None:
    floor, small, large = Floor(), a_run(1), a_run(2, priority=1)
    assert floor.turn(large, agents(1, 2), 0.0) == [1, 2]
    assert floor.turn(small, agents(1, 2, 3), 0.0) == [3]
    assert floor.turn(large, agents(1, 2), 1.0, more=False) == [1, 2]
    assert floor.turn(small, agents(1, 2, 3), 1.0) == [1, 2, 3]


def test_nobody_waits_for_one_whose_attempts_come_to_nothing_until_it_dials_again() -> None:
    floor, small, large = Floor(), a_run(1), a_run(2, priority=1)
    floor.turn(large, agents(1, 2), 0.0, wanted=3)
    assert floor.turn(small, agents(1, 2), 0.0) == [1, 2]
    floor.turn(large, agents(1, 2), 0.5)  # it wants nothing just now
    assert floor.turn(small, agents(1, 2), 0.5) == [1, 2]
    floor.turn(large, agents(1, 2), 1.0, chances=(0.3,))
    assert floor.turn(small, agents(1, 2), 1.0) == []


def test_one_that_is_over_has_no_share_of_the_agents_any_more() -> None:
    floor, a, b, gone = Floor(), a_run(1), a_run(2), a_run(3)
    floor.turn(gone, agents(1, 2), 0.0)
    for second in range(10, 20):
        floor.turn(a, agents(1, 2), float(second), chances=(0.5,) * 2)
        floor.turn(b, agents(1, 2), float(second), chances=(0.5,) * 2)
        assert floor.turns._weight == 1.0  # two agents, each shared by two


def test_equals_take_turns() -> None:
    floor, a, b = Floor(), a_run(1), a_run(2)
    floor.turn(a, agents(1, 2), 0.0)
    floor.turn(b, agents(1, 2), 0.0, chances=(0.5,) * 6)
    assert floor.turn(b, agents(1, 2), 0.5) == []
    assert floor.turn(a, agents(1, 2), 0.5, chances=(0.5,) * 4) == [1, 2]
    assert floor.turn(b, agents(1, 2), 1.0) == [1, 2]
