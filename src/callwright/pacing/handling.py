"""When will this agent be free? The campaign's talk and wrap-up, told apart by agent and by stage of the conversation.

One table as in ``survival``, in blocks: agents who take longer or shorter than everybody have blocks of their own pace,
stages that were seen often enough have one each. What is not known yet falls back to the campaign.
"""

from __future__ import annotations

from collections.abc import Sequence
from math import exp, log

import numpy as np
from numpy.typing import NDArray

from callwright.pacing.floor import AgentView, HandleEnded
from callwright.pacing.survival import (
    ROWS,
    TALKING_ROW,
    Numbers,
    SpanModel,
    free_after_talk,
    with_variances,
)

Rows = list[int] | NDArray[np.int64]
_ROW_OF_SECOND: NDArray[np.int64] = np.array(TALKING_ROW, dtype=np.int64)
_MANY = 150
_STEP = 0.25  # of the logarithm of an agent's pace, between two blocks
_MOST_STEPS = 3  # blocks on either side: a pace of 0.47 to 2.1
_STAGE_CALLS = 30  # ends of a stage before it is trusted
_MOST_STAGES = 24


class _Paces:
    """How long each agent takes in comparison with all: means of logarithms, shrunk towards 0 by what chance explains.

    Empirical Bayes: the spread between agents is the variance of their means less what their numbers of calls explain.
    """

    def __init__(self) -> None:
        self._sums: dict[int, tuple[float, float]] = {}  # agent -> calls, sum of logarithms; both fade
        self._n = self._sum = self._squares = 0.0
        self.steps: dict[int, int] = {}

    def add(self, agent_id: int, span_s: float) -> None:
        logarithm = log(max(span_s, 0.5))
        calls, total = self._sums.get(agent_id, (0.0, 0.0))
        self._sums[agent_id] = (calls * 0.995 + 1, total * 0.995 + logarithm)
        self._n, self._sum = self._n * 0.9995 + 1, self._sum * 0.9995 + logarithm
        self._squares = self._squares * 0.9995 + logarithm * logarithm

    def settle(self) -> None:
        """Work out everybody's block anew."""
        known = [(calls, total / calls) for calls, total in self._sums.values() if calls >= 5]
        self.steps = {}
        if len(known) < 3:
            return
        mean = self._sum / self._n
        within = max(self._squares / self._n - mean * mean, 1e-4)
        between = sum((own - mean) ** 2 - within / calls for calls, own in known) / len(known)
        if between <= 0.01:
            return
        for agent_id, (calls, total) in self._sums.items():
            shrunk = (total / calls - mean) * calls / (calls + within / between)
            step = round(shrunk / _STEP)
            if step:
                self.steps[agent_id] = min(_MOST_STEPS, max(-_MOST_STEPS, step))


def _rows_of(blocks: list[int], spans_s: list[float]) -> Rows:
    """A row per span within its block. Arrays are slower for a few agents and faster for many."""
    last = len(TALKING_ROW) - 1
    if len(spans_s) < _MANY:
        rows = TALKING_ROW
        return [
            block + rows[second if 0 <= (second := int(span)) <= last else -(second > 0)]
            for block, span in zip(blocks, spans_s, strict=True)
        ]
    spans = np.array(spans_s, dtype=np.float64)
    if not np.isfinite(spans).all():
        raise ValueError(spans_s)
    seconds = np.maximum(np.minimum(spans, last), 0.0).astype(np.int64)
    found: NDArray[np.int64] = _ROW_OF_SECOND.take(seconds) + np.array(blocks)
    return found


class HandlingTable:
    """Chances that each busy agent is free some seconds from now; ``delay_s`` as in ``survival.FreeingTable``."""

    def __init__(self, *, horizon_s: int, delay_s: float) -> None:
        self._talk = SpanModel(prior_mean_s=120.0, prior_cv=1.0, smooth=0.12)
        self._wrap = SpanModel(prior_mean_s=20.0, prior_cv=0.6, smooth=0.02)
        self._talk_paces, self._wrap_paces = _Paces(), _Paces()
        self._stages: dict[str, tuple[int, SpanModel]] = {}
        self._horizon_s, self.delay_s = horizon_s, delay_s
        self._handles = 0
        self._rebuild_after = 10
        self._talk_rows: dict[int | None, int] = {}  # agents known by number only; None has no row of its own
        self._wrap_rows: dict[int | None, int] = {}
        self._stage_rows: dict[str, int] = {}
        self._build()

    def add(self, ended: HandleEnded) -> None:
        """Learn one conversation; the table follows after every twentieth part more of them."""
        if not (0 <= ended.talk_s < 1e6 and 0 <= ended.wrap_s < 1e6):
            return
        talk_pace = wrap_pace = 1.0
        if ended.agent_id is not None:
            self._talk_paces.add(ended.agent_id, ended.talk_s)
            self._wrap_paces.add(ended.agent_id, ended.wrap_s)
            talk_pace = exp(_STEP * self._talk_paces.steps.get(ended.agent_id, 0))
            wrap_pace = exp(_STEP * self._wrap_paces.steps.get(ended.agent_id, 0))
        self._talk.add(ended.talk_s / talk_pace)
        self._wrap.add(ended.wrap_s / wrap_pace)
        for stage, entered_s in ended.stages:
            if stage and 0 <= entered_s <= ended.talk_s:
                self._learn_stage(stage, ended.talk_s - entered_s)
        self._handles += 1
        if self._handles >= self._rebuild_after:
            self._rebuild_after = self._handles + 10 + self._handles // 20
            self._talk_paces.settle()
            self._wrap_paces.settle()
            self._build()

    def _learn_stage(self, stage: str, left_s: float) -> None:
        calls, model = self._stages.get(stage, (0, None))
        if model is None:
            if len(self._stages) >= _MOST_STAGES:
                return
            model = SpanModel(prior_mean_s=60.0, prior_cv=1.0, smooth=0.12)
        model.add(left_s)
        self._stages[stage] = (calls + 1, model)

    def look_beyond(self, delay_s: float) -> None:
        """From now on look this many seconds beyond each second of the horizon (the wait limit)."""
        if not 0 <= delay_s < 60:
            raise ValueError(delay_s)
        if delay_s != self.delay_s:
            self.delay_s = delay_s
            self._build()

    def rows(self, agents: Sequence[AgentView]) -> tuple[Rows, int, int]:
        """Rows of ``table`` for who talks or wraps up; how many are idle; how many are reserved."""
        talk_row, wrap_row, stage_rows = self._talk_rows.get, self._wrap_rows.get, self._stage_rows
        blocks: list[int] = []
        spans_s: list[float] = []
        idle = reserved = 0
        for agent in agents:
            state = agent.state
            if state == "talking":
                if stage_rows and agent.stage in stage_rows:
                    blocks.append(stage_rows[agent.stage])
                    spans_s.append(agent.stage_s)
                else:
                    blocks.append(talk_row(agent.agent_id, 0))
                    spans_s.append(agent.elapsed_s)
            elif state == "wrapping":
                blocks.append(wrap_row(agent.agent_id, ROWS))
                spans_s.append(agent.elapsed_s)
            elif state == "idle":
                idle += 1
            elif state == "reserved":
                reserved += 1
        return _rows_of(blocks, spans_s), idle, reserved

    def free_by(self, rows: Rows) -> Numbers:
        """How many of them are free by each coming second, and the variances behind."""
        if not len(rows):
            return np.zeros(2 * self._horizon_s)
        free: Numbers
        if len(rows) < _MANY:
            free = np.add.reduce(self.table.take(rows, 0), 0)
        else:
            free = np.bincount(rows, minlength=len(self.table)).dot(self.table)
        return free

    def _build(self) -> None:
        steps: Numbers = np.arange(1, self._horizon_s + 1, dtype=np.float64) + self.delay_s
        blocks = [free_after_talk(self._talk.left_over, self._wrap, steps), self._wrap.left_over(steps)]

        def place(block: Numbers) -> int:
            blocks.append(block)
            return (len(blocks) - 1) * ROWS

        def at_pace(step: int) -> Numbers:
            return free_after_talk(lambda ahead: self._talk.left_over(ahead, pace=exp(_STEP * step)), self._wrap, steps)

        talk = {step: place(at_pace(step)) for step in sorted(set(self._talk_paces.steps.values()))}
        wrap = {
            step: place(self._wrap.left_over(steps, pace=exp(_STEP * step)))
            for step in sorted(set(self._wrap_paces.steps.values()))
        }
        self._talk_rows = {agent: talk[step] for agent, step in self._talk_paces.steps.items()}
        self._wrap_rows = {agent: wrap[step] for agent, step in self._wrap_paces.steps.items()}
        self._stage_rows = {
            stage: place(free_after_talk(model.left_over, self._wrap, steps))
            for stage, (calls, model) in self._stages.items()
            if calls >= _STAGE_CALLS
        }
        self.table = with_variances(np.concatenate(blocks))
