"""Counts of answered and abandoned calls since an instant, kept sorted so that asking costs a binary search."""

from __future__ import annotations

from bisect import bisect_left, insort

from callwright.dialer.ports import Answers
from callwright.model.attempt import Attempt, Mode
from callwright.model.outcome import ANSWERED_BY_PERSON, Outcome

_COUNTED = ANSWERED_BY_PERSON - {Outcome.HUNG_UP_WAITING}


class AnswerCounts:
    """The answered calls of one campaign. An attempt may change its mind: a person at first, a machine in the end."""

    def __init__(self) -> None:
        self._by_person: list[float] = []
        self._abandoned: list[float] = []
        self._noted: dict[int, tuple[bool, bool]] = {}

    def note(self, attempt: Attempt) -> None:
        at, outcome = attempt.answered_at, attempt.outcome
        if at is None or attempt.mode is Mode.INBOUND:
            return
        by_person = attempt.person_at is not None if outcome is None else outcome in _COUNTED
        new = (by_person, outcome is Outcome.ABANDONED)
        old = self._noted.get(attempt.id, (False, False))
        if new == old:
            return
        self._noted[attempt.id] = new
        for times, was, becomes in zip((self._by_person, self._abandoned), old, new, strict=True):
            if becomes and not was:
                insort(times, at)
            elif was and not becomes:
                del times[bisect_left(times, at)]

    def since(self, since: float) -> list[Answers]:
        """Those put through or abandoned among the calls answered at or after ``since``, by the minute."""
        minutes: dict[int, list[int]] = {}
        for place, times in enumerate((self._by_person, self._abandoned)):
            for at in times[bisect_left(times, since) :]:
                minutes.setdefault(int(at // 60), [0, 0])[place] += 1
        return [
            Answers(at=max(since, 60.0 * m), answered=n, abandoned=lost) for m, (n, lost) in sorted(minutes.items())
        ]
