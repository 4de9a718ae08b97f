"""The reference controller: opens a line while the risk that its answer would find nobody is worth it.

Re-implements the reference of the field notes this house started from, so that ``callwright`` has something to beat.
Every decision looks at the coming seconds: agents idle now, plus those who will be free (``survival``), less the
people waiting, less the answers of lines that ring (``answering``). The risk it takes follows the abandon budget.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from callwright.pacing.answering import RingTable
from callwright.pacing.budget import budget_left
from callwright.pacing.floor import AgentView, Decision, Floor, HandleEnded
from callwright.pacing.lookahead import (
    HORIZON_S,
    LAG_S,
    LEAST_RING_S,
    SURE,
    Lookahead,
    risk_of_next,
    rung_enough,
    said,
)
from callwright.pacing.survival import TALKING_ROW, WRAPPING_ROW, FreeingTable, Numbers

_DROP_AT = 4.0
"""A late ringer is given up where its answer would find nobody with this many times the risk a fresh line may have."""
_LEAST_RISK, _MOST_RISK = 0.08, 5.0  # times the limit: theta with a budget of one abandon, and its cap
_RISK_PER_ABANDON = 0.5  # times the limit: how much theta grows with each further abandon in the budget


class Reference(Lookahead):
    """Learns one campaign's floor; one object per campaign. See ``docs/pacing.md`` for the method and its figures."""

    def __init__(self, *, drop_late_ringers: bool = True) -> None:
        super().__init__()
        self._drops = drop_late_ringers
        self._freeing = FreeingTable(horizon_s=HORIZON_S, delay_s=2.0)
        self._ring = RingTable(self._answering.over_by, horizon_s=HORIZON_S)
        self._shape = self._answering.over_by

    def _learn_handle(self, ended: HandleEnded) -> None:
        self._freeing.add(ended)

    def _decide(self, floor: Floor) -> Decision:
        rows, idle, reserved = _busy_rows(floor.agents)
        staffed = idle + reserved + len(rows)
        if not staffed:
            return Decision(lines_to_open=0, why="nobody: no agent is logged in for calls")
        theta = self._theta(floor)
        if not (theta >= 0 and 0 <= floor.limit <= 1):
            raise ValueError(theta, floor.limit)
        if floor.wait_limit_s != self._freeing.delay_s:
            self._freeing.look_beyond(min(max(floor.wait_limit_s, 0.0), 10.0))
        free = self._free(rows, idle - len(floor.waiting_s))
        doubt = self._answering.recalibrate(floor.now)
        if self._shape is not self._answering.over_by:
            self._shape = self._answering.over_by
            self._ring = RingTable(self._shape, horizon_s=HORIZON_S)
        due, spread = self._due(floor.ringing, self._ring)
        margin = free[:HORIZON_S] - due - 0.5
        variance = free[HORIZON_S:] + spread + doubt * due * due + SURE
        return self._choose(floor, staffed, idle, theta, margin, variance)

    def _theta(self, floor: Floor) -> float:
        """The risk to take with the next line: none, then next to none, while one more abandon would break the limit;
        then it grows with the budget up to a cap, so that no long lull can be spent at once.
        """
        on_their_way = LAG_S * floor.limit * self._answers_per_s(floor.now)
        left = budget_left(floor)
        spare = left - 1.0 - on_their_way
        if spare < 0:
            share = left / (1.0 + on_their_way)
            return floor.limit * _LEAST_RISK * max(0.0, 2 * share - 1)
        return floor.limit * min(_MOST_RISK, _LEAST_RISK + _RISK_PER_ABANDON * spare / (1.0 + on_their_way / 2))

    def _free(self, rows: list[int], spare: int) -> Numbers:
        table = self._freeing.table
        if not rows:
            free: Numbers = np.zeros(2 * HORIZON_S)
        else:
            free = np.add.reduce(table.take(rows, 0), 0)
        free[:HORIZON_S] += spare
        return free

    def _choose(
        self, floor: Floor, staffed: int, idle: int, theta: float, margin: Numbers, variance: Numbers
    ) -> Decision:
        spare = idle - len(floor.waiting_s)
        lines, risk = self._lines_and_risk(floor, staffed, spare, theta, margin, variance)
        late = self._drops and risk > theta and risk_of_next(margin, variance) > _DROP_AT * max(theta, floor.limit)
        dropped = rung_enough(floor, max(floor.min_ring_s, LEAST_RING_S)) if late else ()
        return Decision(lines_to_open=lines, calls_to_drop=dropped, why=said(risk, theta))


def _busy_rows(agents: Sequence[AgentView]) -> tuple[list[int], int, int]:
    """Rows of the freeing table for who talks or wraps up; how many are idle; how many are reserved."""
    talking, wrapping, most = TALKING_ROW, WRAPPING_ROW, len(TALKING_ROW)
    rows: list[int] = []
    idle = reserved = 0
    for agent in agents:
        state = agent.state
        if state == "talking":
            second = int(agent.elapsed_s)
            rows.append(talking[second if second < most else -1])
        elif state == "idle":
            idle += 1
        elif state == "wrapping":
            second = int(agent.elapsed_s)
            rows.append(wrapping[second if second < most else -1])
        elif state == "reserved":
            reserved += 1
    return rows, idle, reserved
