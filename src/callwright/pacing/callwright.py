"""Callwright's own controller: opens a line while the risk that its answer asks for an absent agent is worth it.

What it knows beyond the ``reference``: a line that has rung its lawful time can be taken back at any moment, so only
answers before that ask for anybody; the best risk is nearly the same at every hour, so the budget moves it gently;
agents and stages of a conversation end at their own pace; callers come to the same agents; and a burst of abandons
stops it at once.
"""

from __future__ import annotations

from math import exp, isfinite, sqrt

from callwright.pacing.answering import RingTable
from callwright.pacing.budget import budget_left
from callwright.pacing.callers import Callers
from callwright.pacing.floor import Decision, Floor, HandleEnded, InboundArrived, Observation
from callwright.pacing.handling import HandlingTable, Rows
from callwright.pacing.lookahead import (
    AHEAD_S,
    HORIZON_S,
    LAG_S,
    LEAST_RING_S,
    SURE,
    Lookahead,
    risk_of_next,
    rung_enough,
    said,
)
from callwright.pacing.survival import Numbers

_KEPT = 0.7
"""Share of a late line's answers that is counted: it is kept while it can be served, and then takes an agent."""
_RISK, _RISK_BY_CHANCE = 0.2, 0.65
"""theta at the reserve, times the limit: so much, and so much more for a line that is always answered. Measured where
true models reach 3 %: 0.25 to 0.33 limits at p = .15, 0.35 to 0.57 at .3, 0.55 to 0.63 at .6, whatever the team."""
_RESERVE = 4.5
"""Abandons to keep in hand: what chance takes off the budget of a small team within its last hours."""
_GENTLY, _FIRMLY, _KNEE = 0.2, 0.9, 2.5
"""The logarithm of theta falls by so much with each abandon, and firmly below half the reserve."""
_FIRST = 0.5
"""Until the day allows half an abandon nobody is put at risk: a floor of few answers could not make it good."""
_MOST_RISK = 5.0  # times the limit
_DROP_AT, _DROP_OVER = 0.1, 4.0
"""Late ringers go where an answer in the next second finds nobody with this risk, or theta times the second."""
_BURST_MEMORY_S = 60.0


class Callwright(Lookahead):
    """Learns one campaign's floor; one object per campaign. See ``docs/pacing.md`` for the method and its figures."""

    def __init__(self, *, drop_late_ringers: bool = True) -> None:
        super().__init__(jumps=True)
        self._drops = drop_late_ringers
        self._handling = HandlingTable(horizon_s=HORIZON_S, delay_s=2.0)
        self._least_ring_s = LEAST_RING_S
        self._shape: list[float] = []
        self._ring = self._ring_table()
        self._callers = Callers()
        self._counted: tuple[float, int, int] | None = None  # when, answers, abandons of the last decision
        self._burst = (0.0, 0.0)  # answers and abandons of the last minute, fading

    def observe(self, observation: Observation) -> None:
        if isinstance(observation, InboundArrived):
            if not (isfinite(self._last_at) and observation.at > self._last_at + AHEAD_S):
                self._callers.arrived(observation.at)
        else:
            super().observe(observation)

    def _learn_handle(self, ended: HandleEnded) -> None:
        self._handling.add(ended)

    def _ring_table(self) -> RingTable:
        self._shape = self._answering.over_by
        free_after_s = self._least_ring_s if self._drops else None
        return RingTable(self._shape, horizon_s=HORIZON_S, free_after_s=free_after_s, kept=_KEPT)

    def _decide(self, floor: Floor) -> Decision:
        rows, idle, reserved = self._handling.rows(floor.agents)
        staffed = idle + reserved + len(rows)
        if not staffed:
            return Decision(lines_to_open=0, why="nobody: no agent is logged in for calls")
        self._follow(floor)
        spare = idle - len(floor.waiting_s) - len(floor.inbound_waiting_s)
        theta = self._theta(floor)
        if not (theta >= 0 and 0 <= floor.limit <= 1):
            raise ValueError(theta, floor.limit)
        margin, variance = self._coming(floor, rows, spare)
        held = self._callers.agents_held(floor, staffed)
        return self._choose(floor, staffed, spare - held, theta, margin - held, variance)

    def _follow(self, floor: Floor) -> None:
        """Keep the tables to what the floor says, and count the abandons of the last minute."""
        if floor.wait_limit_s != self._handling.delay_s:
            self._handling.look_beyond(min(max(floor.wait_limit_s, 0.0), 10.0))
        least_s = max(floor.min_ring_s, LEAST_RING_S)
        if self._shape is not self._answering.over_by or least_s != self._least_ring_s:
            if not least_s >= 0:
                raise ValueError(floor.min_ring_s)
            self._least_ring_s = least_s
            self._ring = self._ring_table()
        if self._counted is not None:
            at, answers, abandons = self._counted
            kept = exp(-max(0.0, floor.now - at) / _BURST_MEMORY_S)
            self._burst = (
                self._burst[0] * kept + max(0, floor.answers - answers),
                self._burst[1] * kept + max(0, floor.abandons - abandons),
            )
        self._counted = (floor.now, floor.answers, floor.abandons)

    def _theta(self, floor: Floor) -> float:
        """The risk to take with the next line: none in a burst of abandons, or with the limit passed by one; else it
        follows the budget in hand, less what the lines that ring will lose. Steady risk loses least agents' time, so
        it moves gently around the reserve; without a reserve it is next to nothing.
        """
        answers, abandons = self._burst
        expected = floor.limit * answers
        if abandons > expected + 1.0 + 2.0 * sqrt(expected + 0.25):
            return 0.0
        left = budget_left(floor)
        if left < -1.0 or floor.limit * floor.answers_today < _FIRST:
            return 0.0
        over = left - LAG_S * floor.limit * self._answers_per_s(floor.now) - _RESERVE
        steps = _GENTLY * over if over > -_KNEE else _FIRMLY * (over + _KNEE) - _GENTLY * _KNEE
        steady = _RISK + _RISK_BY_CHANCE * (1.0 - self._answering.next_fails())
        return floor.limit * min(_MOST_RISK, steady * exp(min(max(steps, -6.0), 3.0)))

    def _coming(self, floor: Floor, rows: Rows, spare: int) -> tuple[Numbers, Numbers]:
        """Agents over by each coming second, less half a one, and the variance."""
        free = self._handling.free_by(rows)
        due, spread = self._due(floor.ringing, self._ring)
        doubt = self._answering.recalibrate(floor.now, self._overdue)
        callers = self._callers.due(floor.now, HORIZON_S)
        margin = free[:HORIZON_S] + (spare - 0.5) - due - callers
        variance = free[HORIZON_S:] + spread + doubt * due * due + callers + SURE
        return margin, variance

    def _choose(
        self, floor: Floor, staffed: int, spare: float, theta: float, margin: Numbers, variance: Numbers
    ) -> Decision:
        whole = round(spare)  # of the agents to be kept only whole ones are
        lines, risk = self._lines_and_risk(floor, staffed, whole, theta, margin, variance)
        soon_limit = max(_DROP_AT, _DROP_OVER * theta)
        late = risk > theta and not lines and self._drops and risk_of_next(margin, variance) > soon_limit
        dropped = rung_enough(floor, self._least_ring_s) if late else ()
        return Decision(lines_to_open=lines, calls_to_drop=dropped, why=said(risk, theta))
