"""The rules and the records of a plan as arrays, for ``deplete``."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from callwright.model.campaign import Campaign
from callwright.model.outcome import NOT_COUNTED, NUMBER_DEAD, Outcome
from callwright.planning.cells import ENDS, before_index, kind_index
from callwright.planning.grid import Grid
from callwright.planning.history import Record, Work

Numbers = NDArray[np.float64]
Ids = NDArray[np.int64]
NEVER = -1.0


@dataclass(frozen=True, kw_only=True, slots=True)
class Caps:
    """At most ``most`` tries of a record in ``window_s``, counted from the first of them."""

    most: int
    window_s: float


@dataclass(frozen=True, kw_only=True, slots=True)
class Rules:
    """The campaign's rules of redialling as arrays by ``ENDS``: ``delay_s`` (``NEVER``: the record is done), ``most``
    (0: no own maximum), ``counted`` (whether it is a try)."""

    delay_s: Numbers
    most: NDArray[np.int64]
    counted: NDArray[np.bool_]
    before: Ids
    max_tries: int
    gap_s: float
    abandoned_s: float
    calls_per_s: float
    max_lines: int
    caps: Caps | None = None

    @staticmethod
    def of(campaign: Campaign, caps: Caps | None = None, abandoned_rest_s: float = 0.0) -> Rules:
        retry = campaign.dial.retry
        rules = [None if end in NUMBER_DEAD else retry.get(end) for end in ENDS]
        abandoned = retry.get(Outcome.ABANDONED)
        return Rules(
            delay_s=np.array([NEVER if rule is None else rule.delay_s for rule in rules]),
            most=np.array([0 if rule is None or rule.most is None else rule.most for rule in rules]),
            counted=np.array([end not in NOT_COUNTED for end in ENDS]),
            before=np.array([before_index(end.value) for end in ENDS]),
            max_tries=campaign.dial.max_tries,
            gap_s=campaign.dial.min_gap_s,
            abandoned_s=max(abandoned.delay_s, abandoned_rest_s) if abandoned is not None else NEVER,
            calls_per_s=campaign.pacing.max_calls_per_s,
            max_lines=campaign.pacing.max_lines,
            caps=caps,
        )


@dataclass(frozen=True, kw_only=True, slots=True)
class Columns:
    """The work as arrays, in the order of the hopper."""

    kind: Ids
    calendar: Ids
    tries: Ids
    before: Ids
    due_at: Numbers
    end_tries: Ids  # (len(ENDS), records)

    @staticmethod
    def of(work: Work, grid: Grid, abandoned_more_s: float = 0.0) -> Columns:
        """``abandoned_more_s``: by how much the law's rest after an abandoned call is longer than the campaign's, by
        which alone records wait."""
        records = work.records
        return Columns(
            kind=np.array([kind_index(r.kind) for r in records], dtype=np.int64),
            calendar=np.array([grid.calendar_of[r.place] for r in records], dtype=np.int64),
            tries=np.array([r.tries for r in records], dtype=np.int64),
            before=np.array([before_index(r.last_outcome) for r in records], dtype=np.int64),
            due_at=np.array([_due_at(r, abandoned_more_s) for r in records]),
            end_tries=_end_tries(records),
        )


def _due_at(record: Record, abandoned_more_s: float) -> float:
    lost = record.due_at > 0 and record.last_outcome == Outcome.ABANDONED
    return record.due_at + abandoned_more_s if lost else record.due_at


def _end_tries(records: Sequence[Record]) -> Ids:
    tries = np.zeros((len(ENDS), len(records)), dtype=np.int64)
    for place, end in enumerate(ENDS):
        tries[place] = [r.outcome_tries.get(end.value, 0) for r in records]
    return tries
