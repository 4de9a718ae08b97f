"""How a trunk fares: answer-seizure ratio, failures and post-dial delay of the last minutes, and a breaker.

The breaker is a cumulative sum (Page's test) of evidence between a trunk that fails ``HEALTHY`` of its dials and one
that fails ``DEAD`` of them. By Lorden's bound it opens on a trunk as bad as ``HEALTHY`` (or better) on average at most
once in ``FALSE_ALARM_EVERY`` dials, and on a dead one after six. While it is open nothing is dialled; then one trial
call at a time, and a trial that fails doubles the pause.
"""

from __future__ import annotations

import math
from collections import deque
from dataclasses import dataclass
from enum import StrEnum

WINDOW_S = 300.0
_SLOT_S = 10.0
HEALTHY = 0.10
DEAD = 0.70
FALSE_ALARM_EVERY = 100_000
OPEN_AT = math.log(FALSE_ALARM_EVERY)
_FAILED = math.log(DEAD / HEALTHY)
_WENT = math.log((1.0 - DEAD) / (1.0 - HEALTHY))
PAUSE_S, LONGEST_PAUSE_S = 30.0, 900.0
SILENT_S = 15.0
"""A dial without any sign of life for so long is evidence against the trunk, before it ends by itself."""


class BreakerState(StrEnum):
    CLOSED = "closed"  # dialled over as usual
    OPEN = "open"  # nothing is dialled
    HALF_OPEN = "half_open"  # one trial call at a time


class Breaker:
    """Takes one piece of evidence per dial. ``until`` means something only while it is open."""

    __slots__ = ("_evidence", "_pause_s", "state", "trial", "until")

    def __init__(self) -> None:
        self.state = BreakerState.CLOSED
        self.until = 0.0
        self.trial: int | None = None  # the attempt on trial
        self._evidence = 0.0
        self._pause_s = PAUSE_S

    def allows(self, now: float) -> bool:
        """Whether a call may be dialled now; a pause that is over half-opens."""
        if self.state is BreakerState.CLOSED:
            return True
        if self.state is BreakerState.OPEN:
            if now < self.until:
                return False
            self.state, self.trial = BreakerState.HALF_OPEN, None
        return self.trial is None

    def dialed(self, attempt_id: int) -> None:
        if self.state is BreakerState.HALF_OPEN:
            self.trial = attempt_id

    def undecided(self, attempt_id: int) -> None:
        """The dial ended without telling anything: another trial may be made."""
        if self.trial == attempt_id:
            self.trial = None

    def note(self, attempt_id: int, failed: bool, now: float) -> None:
        """The evidence of one dial."""
        if self.state is BreakerState.CLOSED:
            self._evidence = max(0.0, self._evidence + (_FAILED if failed else _WENT))
            if self._evidence == 0.0:
                self._pause_s = PAUSE_S
            elif self._evidence >= OPEN_AT:
                self._open(now)
        elif self.state is BreakerState.HALF_OPEN and self.trial == attempt_id:
            if failed:
                self._pause_s = min(LONGEST_PAUSE_S, 2.0 * self._pause_s)
                self._open(now)
            else:  # closed, but not yet trusted: three more failures open it again
                self.state, self.trial, self._evidence = BreakerState.CLOSED, None, OPEN_AT / 2

    def _open(self, now: float) -> None:
        self.state, self.until, self.trial = BreakerState.OPEN, now + self._pause_s, None


@dataclass(frozen=True, kw_only=True, slots=True)
class Health:
    """The figures of the last ``WINDOW_S`` seconds. Shares are None where there was nothing to count."""

    dials: int  # that were answered or came to an end unanswered
    answered: int
    failed: int
    post_dial_s: float | None  # mean time from the dial to the first sign of life

    @property
    def answer_seizure_ratio(self) -> float | None:
        return self.answered / self.dials if self.dials else None

    @property
    def failure_share(self) -> float | None:
        return self.failed / self.dials if self.dials else None


class HealthWindow:
    """Counts in slots of ten seconds that fall out of the window as a whole."""

    __slots__ = ("_slots",)

    def __init__(self) -> None:
        self._slots: deque[list[float]] = deque()  # [slot, dials, answered, failed, signs, sum of delays]

    def resolved(self, now: float, *, answered: bool, failed: bool) -> None:
        slot = self._slot(now)
        slot[1] += 1
        slot[2] += answered
        slot[3] += failed

    def sign(self, now: float, delay_s: float) -> None:
        slot = self._slot(now)
        slot[4] += 1
        slot[5] += delay_s

    def read(self, now: float) -> Health:
        edge = math.floor((now - WINDOW_S) / _SLOT_S)
        dials, answered, failed, signs, delays = (
            sum(slot[place] for slot in self._slots if slot[0] > edge) for place in range(1, 6)
        )
        return Health(
            dials=int(dials),
            answered=int(answered),
            failed=int(failed),
            post_dial_s=delays / signs if signs else None,
        )

    def _slot(self, now: float) -> list[float]:
        number, slots = now // _SLOT_S, self._slots
        if slots and slots[-1][0] == number:
            return slots[-1]
        edge = math.floor((now - WINDOW_S) / _SLOT_S)
        while slots and slots[0][0] <= edge:
            slots.popleft()
        slots.append([number, 0.0, 0.0, 0.0, 0.0, 0.0])
        return slots[-1]
