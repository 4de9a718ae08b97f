"""Counts of answered and abandoned calls since an instant, kept sorted so that asking costs a binary search."""

from __future__ import annotations

from bisect import bisect_left, insort

from callwright.model.attempt import Attempt
from callwright.model.outcome import ANSWERED_BY_PERSON, Outcome


class AnswerCounts:
    """The answered calls of one campaign. An attempt may change its mind: a person at first, a machine in the end."""

    def __init__(self) -> None:
        self._by_person: list[float] = []
        self._abandoned: list[float] = []
        self._noted: dict[int, tuple[bool, bool]] = {}

    def note(self, attempt: Attempt) -> None:
        at, outcome = attempt.answered_at, attempt.outcome
        if at is None:
            return
        by_person = attempt.person_at is not None if outcome is None else outcome in ANSWERED_BY_PERSON
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

    def since(self, since: float) -> tuple[int, int]:
        """(answered by a person, abandoned) among calls answered at or after ``since``."""
        by_person, abandoned = self._by_person, self._abandoned
        return len(by_person) - bisect_left(by_person, since), len(abandoned) - bisect_left(abandoned, since)
