"""When agents will be free: who is quick and who is slow, and what the stage of the conversation says."""

from __future__ import annotations

import math
import random
from typing import Any

import numpy as np
import pytest

from callwright.pacing import AgentView, HandleEnded
from callwright.pacing.floor import AgentPhase
from callwright.pacing.handling import HandlingTable, _Paces
from callwright.pacing.survival import ROWS, Numbers

HORIZON_S = 21


def table_of() -> HandlingTable:
    return HandlingTable(horizon_s=HORIZON_S, delay_s=2.0)


def talk(
    table: HandlingTable, rng: random.Random, means: dict[int, float], calls: int, *, wrap_s: float = 20.0
) -> None:
    """Each agent's conversations: lognormal, cv 1, with the agent's own mean."""
    sigma = math.sqrt(math.log(2))
    for n in range(calls):
        for agent, mean in means.items():
            span = rng.lognormvariate(math.log(mean) - sigma**2 / 2, sigma)
            table.add(HandleEnded(agent_id=agent, talk_s=span, wrap_s=20.0, at=1000.0 + n))


def free(table: HandlingTable, **agent: Any) -> Numbers:
    """This agent's chances to be free by each coming second."""
    usual: dict[str, Any] = {"state": "talking", "elapsed_s": 60.0}
    view = AgentView(**(usual | agent))
    (row,), _, _ = table.rows([view])
    chances: Numbers = table.table[row, :HORIZON_S]
    return chances


def apart(table: HandlingTable, agents: int) -> bool:
    rows, _, _ = table.rows([AgentView(state="talking", elapsed_s=60.0, agent_id=n) for n in range(agents)])
    return len(set(rows)) > 1


@pytest.mark.parametrize("seed", range(3))
def test_a_quick_agent_and_a_slow_one_are_told_apart_after_enough_calls_and_not_before(seed: int) -> None:
    rng, table = random.Random(seed), table_of()
    means = {0: 60.0, 1: 240.0} | dict.fromkeys(range(2, 10), 120.0)
    talk(table, rng, means, 4)
    assert not apart(table, 10)
    talk(table, rng, means, 56)
    quick, usual, slow = (free(table, agent_id=n)[-1] for n in (0, 2, 1))
    assert quick > 1.25 * usual
    assert usual > 1.2 * slow
    assert free(table, agent_id=99)[-1] == free(table, agent_id=None)[-1]  # a new agent is like the campaign


def test_slow_wrap_up_is_told_apart_from_slow_talk() -> None:
    rng, table = random.Random(1), table_of()
    for n in range(80):
        for agent in range(6):
            wrap_s = rng.lognormvariate(math.log(45.0 if agent == 0 else 15.0), 0.3)
            talk_s = rng.lognormvariate(4.5, 0.8)
            table.add(HandleEnded(agent_id=agent, talk_s=talk_s, wrap_s=wrap_s, at=1000.0 + n))
    slow, usual = (free(table, state="wrapping", elapsed_s=5.0, agent_id=agent)[10] for agent in (0, 1))
    assert slow < 0.3
    assert usual > 0.6
    assert not apart(table, 6)  # nobody talks longer


@pytest.mark.parametrize(("calls", "split_at_most", "moved_at_most"), [(10, 0.2, 0.06), (60, 0.05, 0.01)])
def test_equal_agents_are_seldom_told_apart(calls: int, split_at_most: float, moved_at_most: float) -> None:
    split = moved = 0
    for seed in range(200):
        rng, paces = random.Random(seed), _Paces()
        for _ in range(calls):
            for agent in range(8):
                paces.add(agent, rng.lognormvariate(4.5, 0.83))
        paces.settle()
        split += bool(paces.steps)
        moved += len(paces.steps)
    assert split <= split_at_most * 200
    assert moved <= moved_at_most * 200 * 8


def test_learned_paces_are_nearer_the_truth_than_none() -> None:
    off = nothing = 0.0
    for seed in range(40):
        rng, paces = random.Random(seed), _Paces()
        means = [rng.gauss(0.0, 0.3) for _ in range(8)]
        for _ in range(15):
            for agent, mean in enumerate(means):
                paces.add(agent, rng.lognormvariate(4.5 + mean, 0.83))
        paces.settle()
        middle = sum(means) / 8
        off += sum((mean - middle - 0.25 * paces.steps.get(n, 0)) ** 2 for n, mean in enumerate(means))
        nothing += sum((mean - middle) ** 2 for mean in means)
    assert off < 0.7 * nothing


def test_two_agents_are_too_few_to_be_compared() -> None:
    table = table_of()
    talk(table, random.Random(1), {0: 40.0, 1: 400.0}, 60)
    assert not apart(table, 2)


def staged(calls: int) -> HandlingTable:
    rng, table = random.Random(2), table_of()
    for n in range(calls):
        offer = rng.uniform(10.0, 30.0)
        closing = offer + rng.lognormvariate(math.log(150.0), 0.5)
        stages = (("greeting", 0.0), ("offer", offer), ("closing", closing))
        table.add(
            HandleEnded(agent_id=1, talk_s=closing + rng.uniform(5.0, 15.0), wrap_s=3.0, at=1.0 + n, stages=stages)
        )
    return table


def test_the_stage_says_more_than_the_length_of_the_talk() -> None:
    table = staged(300)
    closing, offer, untold = (
        free(table, elapsed_s=100.0, stage=stage, stage_s=2.0)[-1] for stage in ("closing", "offer", "")
    )
    assert closing > 0.9
    assert offer < 0.1
    assert offer < untold < closing


@pytest.mark.parametrize("stage", ["", "unheard of"])
def test_a_stage_nobody_knows_is_no_stage(stage: str) -> None:
    table = staged(300)
    assert np.array_equal(free(table, elapsed_s=100.0, stage=stage, stage_s=2.0), free(table, elapsed_s=100.0))


def test_a_stage_seen_seldom_is_not_trusted_yet() -> None:
    young, grown = staged(20), staged(60)
    for table, trusted in ((young, False), (grown, True)):
        told = free(table, elapsed_s=100.0, stage="closing", stage_s=2.0)
        assert np.array_equal(told, free(table, elapsed_s=100.0)) is not trusted


def test_many_stages_do_not_grow_the_table_without_end() -> None:
    table = table_of()
    for n in range(4000):
        table.add(HandleEnded(agent_id=None, talk_s=60.0, wrap_s=5.0, at=1.0 + n, stages=((f"stage {n % 100}", 5.0),)))
    assert len(table.table) <= (2 + 24 + 12) * ROWS


@pytest.mark.parametrize("wrong", [math.nan, math.inf, -math.inf, -1.0, 1e9])
def test_a_span_that_is_none_is_not_learned(wrong: float) -> None:
    table, untouched = table_of(), table_of()
    for n in range(60):
        table.add(HandleEnded(agent_id=n % 4, talk_s=wrong, wrap_s=5.0, at=1.0))
        table.add(HandleEnded(agent_id=n % 4, talk_s=60.0, wrap_s=wrong, at=1.0))
    assert np.array_equal(table.table, untouched.table)


@pytest.mark.parametrize("wrong", [math.nan, math.inf, -1.0, 61.0])
def test_a_stage_entered_at_no_time_of_the_talk_is_not_learned(wrong: float) -> None:
    table, bare = table_of(), table_of()
    for n in range(60):
        for one, stages in ((table, (("offer", wrong),)), (bare, ())):
            one.add(HandleEnded(agent_id=1, talk_s=60.0, wrap_s=5.0, at=1.0 + n, stages=stages))
    assert np.array_equal(table.table, bare.table)


@pytest.mark.parametrize("delay_s", [0.0, 2.0, 3.5])
def test_every_chance_is_a_share_and_only_grows_with_time(delay_s: float) -> None:
    rng, table = random.Random(5), staged(120)
    talk(table, rng, {0: 40.0, 1: 300.0, 2: 120.0, 3: 110.0}, 60)
    table.look_beyond(delay_s)
    chances, variances = table.table[:, :HORIZON_S], table.table[:, HORIZON_S:]
    assert len(chances) > 4 * ROWS  # paces and stages are in it
    assert chances.min() >= 0
    assert chances.max() <= 1
    assert np.diff(chances, axis=1).min() > -1e-9
    assert np.allclose(variances, chances * (1 - chances))


def test_who_looks_further_ahead_sees_more_agents_free() -> None:
    table = staged(60)
    table.look_beyond(3.0)
    near = table.table[:, :HORIZON_S].copy()
    table.look_beyond(7.0)
    later = table.table[:, :HORIZON_S]
    assert np.allclose(near[:, 4:], later[:, :-4])
    assert later.sum() > near.sum()


def test_rows_count_the_idle_and_the_reserved_and_pass_over_who_is_away() -> None:
    states: tuple[AgentPhase, ...] = ("idle", "reserved", "away", "talking", "wrapping", "idle")
    agents = [AgentView(state=state, elapsed_s=1.0) for state in states]
    rows, idle, reserved = table_of().rows(agents)
    assert (len(rows), idle, reserved) == (2, 2, 1)
