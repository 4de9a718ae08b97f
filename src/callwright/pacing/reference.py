"""The reference controller: opens a line while the risk that its answer would find nobody is worth it.

Every decision looks at the coming seconds: agents idle now, plus those who will be free (``survival``), less the
people waiting, less the answers of lines that ring (``answering``). The risk it takes follows the abandon budget. On
anything that is no number, and on a clock that stands still or runs backwards, it is progressive.
"""

from __future__ import annotations

from collections.abc import Sequence
from math import erfc, exp, isfinite
from operator import mul

import numpy as np

from callwright.pacing.answering import RING_S, AnswerModel, RingTable
from callwright.pacing.budget import AbandonBudget
from callwright.pacing.floor import CallResolved, Decision, Floor, HandleEnded, Observation, RingingCall, allowed
from callwright.pacing.plain import progressive_lines
from callwright.pacing.survival import ROW_OF_SECOND, ROWS, FreeingTable, Numbers

HORIZON_S = 21
_SURE = 1e-3  # added to every variance, so that no risk is a division by zero
_MOST_RISK = 5.0  # times the limit: the cap on theta
_STEADY_ABANDONS = 2.0  # abandons in reserve at which theta is the limit itself
_STUCK_DECISIONS = 50  # decisions at one and the same instant that make the clock a stale one


class Reference:
    """Learns one campaign's floor; one object per campaign. See ``docs/pacing.md`` for the method and its figures."""

    def __init__(self, *, drop_late_ringers: bool = True) -> None:
        self._drops = drop_late_ringers
        self._freeing = FreeingTable(horizon_s=HORIZON_S, delay_s=2.0)
        self._answering = AnswerModel()
        self._ring = RingTable(self._answering.over_by, horizon_s=HORIZON_S)
        self._shape = self._answering.over_by
        self._last_at = float("-inf")
        self._stuck = 0
        self._answer_rate = 0.0  # per second, of the last minutes
        self._rate_at = 0.0

    def observe(self, observation: Observation) -> None:
        if isinstance(observation, CallResolved):
            try:
                self._answering.add(observation)
            except ValueError:
                return
            if observation.answered:
                passed = max(0.0, observation.at - self._rate_at)
                self._answer_rate = self._answer_rate * exp(-passed / 60.0) + 1 / 60.0
                self._rate_at = max(self._rate_at, observation.at)
        elif isinstance(observation, HandleEnded):
            self._freeing.add(observation)

    def decide(self, floor: Floor) -> Decision:
        try:
            if self._clock_is_stale(floor.now):
                return _fallback(floor, "the clock stands still or runs backwards")
            return self._decide(floor)
        except (ValueError, OverflowError, ZeroDivisionError, TypeError, IndexError):
            return _fallback(floor, "a figure of the floor is no number")

    def _clock_is_stale(self, now: float) -> bool:
        if not isfinite(now):
            return True
        passed, self._last_at = now - self._last_at, now
        self._stuck = self._stuck + 1 if passed == 0 else 0
        return passed < 0 or self._stuck > _STUCK_DECISIONS

    def _decide(self, floor: Floor) -> Decision:
        idle = staffed = 0
        rows: list[int] = []
        for agent in floor.agents:
            state = agent.state
            if state == "talking":
                rows.append(ROW_OF_SECOND[min(int(agent.elapsed_s), 7199)])
            elif state == "idle":
                idle += 1
            elif state == "wrapping":
                rows.append(ROWS + ROW_OF_SECOND[min(int(agent.elapsed_s), 7199)])
            elif state == "reserved":
                staffed += 1
        staffed += idle + len(rows)
        if not staffed:
            return Decision(lines_to_open=0, why="nobody: no agent is logged in for calls")
        theta = self._theta(floor)
        if not (theta >= 0 and 0 <= floor.limit <= 1):
            raise ValueError(theta, floor.limit)
        if floor.wait_limit_s != 2.0:
            self._freeing.delay(min(max(floor.wait_limit_s, 0.0), 10.0))
        free = self._free(rows, idle - len(floor.waiting_s))
        factor, doubt = self._answering.recalibrate(floor.now)
        due, spread = self._due(floor.ringing, factor)
        margin = free[:HORIZON_S] - due - 0.5
        variance = free[HORIZON_S:] + spread + doubt * due * due + _SURE
        return self._choose(floor, staffed, idle, theta, factor, margin, variance)

    def _theta(self, floor: Floor) -> float:
        """The risk to take with the next line. It grows with the budget, is nothing without one, and is capped."""
        left = AbandonBudget.of(floor).left
        if left < 1.0:
            return 0.1 * floor.limit * max(0.0, left)
        passed = max(0.0, floor.now - self._rate_at)
        lagging = 25.0 * floor.limit * self._answer_rate * exp(-passed / 60.0)  # abandons already on their way
        return floor.limit * min(_MOST_RISK, (left - 0.9) / (_STEADY_ABANDONS + lagging) * 1.5)

    def _free(self, rows: list[int], spare: int) -> Numbers:
        table = self._freeing.table
        if not rows:
            free: Numbers = np.zeros(2 * HORIZON_S)
        elif len(rows) < 400:
            free = np.add.reduce(table.take(rows, 0), 0)
        else:
            free = np.bincount(rows, minlength=2 * ROWS).astype(np.float64) @ table
        free[:HORIZON_S] += spare
        return free

    def _due(self, ringing: Sequence[RingingCall], factor: float) -> tuple[Numbers | float, Numbers | float]:
        """Expected answers of the lines that ring, by each coming second, and the variance."""
        if not ringing:
            return 0.0, 0.0
        if self._shape is not self._answering.over_by:
            self._shape = self._answering.over_by
            self._ring = RingTable(self._shape, horizon_s=HORIZON_S)
        ring, base = self._ring, self._answering.base
        left, chances, seconds = ring.left, [], []
        for call in ringing:
            second = int(call.elapsed_s)
            if second >= RING_S:
                second = RING_S - 1
            told = call.answer_probability
            fails = (1.0 - base(call.kind, told)) ** factor
            open_answers = (1.0 - fails) * left[second]
            chances.append(open_answers / (open_answers + fails))
            seconds.append(second)
        chance = np.array(chances)
        due = chance.dot(ring.by.take(seconds, 0))
        return due, due - (chance * chance).dot(ring.by_squared.take(seconds, 0))

    def _choose(
        self, floor: Floor, staffed: int, idle: int, theta: float, factor: float, margin: Numbers, variance: Numbers
    ) -> Decision:
        plain = max(0, idle - len(floor.ringing) - len(floor.waiting_s))
        cold = idle - len(floor.waiting_s) + self._answering.resolved // 2
        most = min(cold, 4 + 10 * staffed) - len(floor.ringing)
        most = allowed(floor, max(most, plain))
        plain = min(plain, most)
        risk = self._risk(margin, variance, 0.0, 0.0)
        if not isfinite(risk):
            raise ValueError(risk)
        lines = 0
        if risk <= theta or plain:
            lines = max(plain, self._most_lines(floor, theta, factor, margin, variance, most))
        why = f"risk: the next answer finds nobody in {100 * risk:.1f} %, allowed {100 * theta:.1f} %"
        if risk > theta and self._drops:
            return Decision(lines_to_open=lines, calls_to_drop=self._late(floor), why=why)
        return Decision(lines_to_open=lines, why=why)

    def _most_lines(
        self, floor: Floor, theta: float, factor: float, margin: Numbers, variance: Numbers, most: int
    ) -> int:
        """The n-th line sees n - 1 fresh lines before it; n grows until its risk passes theta."""
        told = floor.next_answer_probabilities
        unknown = 1.0 - (1.0 - self._answering.base("", None)) ** factor
        lines, answers, squares = 0, 0.0, 0.0
        while lines < most:
            if self._risk(margin, variance, answers, squares) > theta:
                break
            step = 1 if lines < 8 else lines // 8
            for n in range(lines, min(most, lines + step)):
                p = unknown
                if told is not None and n < len(told):
                    p = 1.0 - (1.0 - self._answering.base("", told[n])) ** factor
                answers += p
                squares += p * p
            lines += step
        return min(lines, most)

    def _risk(self, margin: Numbers, variance: Numbers, answers: float, squares: float) -> float:
        """Chance that an answer of a fresh line finds nobody, besides fresh lines worth ``answers``."""
        ring = self._ring
        if answers:
            due = answers * ring.fresh_by
            margin = margin - due
            variance = variance + due - squares * ring.fresh_by**2
        distance = margin / np.sqrt(2.0 * variance)
        chances: list[float] = list(map(mul, ring.fresh_weights, map(erfc, distance.tolist())))
        return 0.5 * sum(chances)

    def _late(self, floor: Floor) -> tuple[int, ...]:
        """Lines that rang their lawful time while no agent is in sight for them."""
        least_s = max(floor.min_ring_s, 15.0)
        return tuple(call.id for call in floor.ringing if call.elapsed_s >= least_s)


def _fallback(floor: Floor, why: str) -> Decision:
    return Decision(lines_to_open=progressive_lines(floor), why=f"fallback: progressive, because {why}")
