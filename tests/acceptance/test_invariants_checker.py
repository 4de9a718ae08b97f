"""The checker of the invariants can fail: each kind of damage to good records is complained of."""

from __future__ import annotations

from collections.abc import Callable
from copy import copy
from dataclasses import replace

import pytest

from callwright.compliance import BanEntry
from callwright.model.attempt import Attempt, AttemptState, Mode
from callwright.model.outcome import Outcome
from callwright.model.people import LeadStatus
from support.records import Records, complaints
from support.rough_day import Day, live

MONDAY_10 = 1_772_445_600.0


@pytest.fixture(scope="module")
def good() -> Records:
    day = Day(
        mode=Mode.PREDICTIVE,
        start_at=MONDAY_10,
        leads=tuple(("PT", 0, (n, n + 100)) for n in range(30)),
        controller="fixed_ratio",
        seed=4,
    )
    _, records = live(day)
    assert complaints(records) == []
    return records


def _twin(records: Records, *, after_s: float, **changes: object) -> Records:
    """A second attempt like the last one."""
    last = max(records.dials, key=lambda a: a.dialed_at)
    twin = copy(last)
    twin.id, twin.dialed_at = 9999, last.dialed_at + after_s
    for name, value in changes.items():
        setattr(twin, name, value)
    return replace(records, attempts=[*records.attempts, twin])


def _changed(records: Records, which: Callable[[Attempt], bool], **changes: object) -> Records:
    found = next(attempt for attempt in records.attempts if which(attempt))
    twin = copy(found)
    for name, value in changes.items():
        setattr(twin, name, value)
    return replace(records, attempts=[twin if a is found else a for a in records.attempts])


def _talked(attempt: Attempt) -> bool:
    return attempt.outcome is Outcome.TALKED


def _claimed(records: Records) -> Records:
    lead = copy(records.leads[0])
    lead.status = LeadStatus.CLAIMED
    return replace(records, leads=[lead, *records.leads[1:]])


def _banned(records: Records) -> Records:
    first = records.dials[0]
    return replace(records, bans=[(first.dialed_at - 5.0, BanEntry(number=first.number, at=0.0))])


def _dead(records: Records) -> Records:
    lead = copy(records.leads[0])
    lead.phones = tuple(replace(phone, dead="talked") for phone in lead.phones)
    return replace(records, leads=[lead, *records.leads[1:]])


DAMAGE: dict[str, Callable[[Records], Records]] = {
    "one_call_at_a_time": lambda r: _twin(r, after_s=0.5),
    "minimum_gap": lambda r: _twin(r, after_s=500.0),
    "bans_hold": _banned,
    "lawful_hours": lambda r: _twin(r, after_s=14 * 3600.0),
    "one_word_per_answer": lambda r: _changed(r, _talked, disposition=None),
    "unknown_fate_rests": lambda r: _changed(
        r, lambda a: a.try_no == 1 and r.leads[(a.lead_id or 1) - 1].tries > 1, state=AttemptState.UNKNOWN
    ),
    "nothing_left_open": _claimed,
    "tries_add_up": lambda r: _twin(r, after_s=4000.0),
    "agents_are_in_one_place": lambda r: replace(
        r, intervals=[*r.intervals, replace(r.intervals[3], began_at=r.intervals[3].began_at + 0.1)]
    ),
    "every_decision_in_the_ledger": lambda r: replace(r, ledger=r.ledger[1:]),
    "orders": lambda r: replace(r, orders=[*r.orders, *r.orders]),
    "dead_numbers": _dead,
}


@pytest.mark.parametrize("rule", sorted(DAMAGE))
def test_each_damage_is_complained_of(good: Records, rule: str) -> None:
    assert any(text.startswith(f"{rule}: ") for text in complaints(DAMAGE[rule](good)))
