"""A permit is made in one place, cannot be forged, and every answer has its ledger row."""

from __future__ import annotations

import copy
import dataclasses
import pickle
import re
from pathlib import Path

import pytest

import callwright
from callwright.compliance import (
    DialPermit,
    ForgedPermit,
    LedgerEntry,
    PastCall,
    PastKind,
    Refusal,
    RuleBook,
    permit_dial,
    refuse_live,
)

from .conftest import Ask, instant


@pytest.fixture
def permit(book: RuleBook, ask: Ask) -> DialPermit:
    answer = permit_dial(ask("fl", "2026-03-02 10:00"), book)
    assert isinstance(answer, DialPermit)
    return answer


def test_a_permit_carries_whom_when_and_under_what(permit: DialPermit) -> None:
    assert (permit.number, permit.lead_id, permit.customer_id, permit.campaign_id) == ("+13055550100", 3, 7, 1)
    assert permit.packs == "us-federal@2024-02-08;us-fl@2021-07-01"
    assert permit.valid_until_s == permit.at + 5
    assert re.fullmatch("[0-9a-f]{32}", permit.digest)


def test_a_permit_never_outlives_the_lawful_hours(book: RuleBook, ask: Ask) -> None:
    late = permit_dial(
        dataclasses.replace(ask("fl", "2026-03-02 19:59"), now=instant("2026-03-02 19:59:58", "America/New_York")), book
    )
    assert isinstance(late, DialPermit)
    assert late.valid_until_s == instant("2026-03-02 20:00", "America/New_York")
    assert late.is_valid_at(late.at)
    assert not late.is_valid_at(late.valid_until_s + 0.001)
    assert not late.is_valid_at(late.at - 0.001)


def test_a_permit_cannot_be_forged(permit: DialPermit) -> None:
    plain = {f.name: getattr(permit, f.name) for f in dataclasses.fields(permit)}
    with pytest.raises(ForgedPermit):
        DialPermit(**plain)
    with pytest.raises(ForgedPermit):
        DialPermit(**plain, seal=object())
    with pytest.raises((ForgedPermit, ValueError, TypeError)):
        dataclasses.replace(permit, number="+13055550101")
    with pytest.raises(dataclasses.FrozenInstanceError):
        permit.number = "+13055550101"  # type: ignore[misc]  # the point of the test
    with pytest.raises(ForgedPermit):
        copy.copy(permit)
    with pytest.raises(ForgedPermit):
        copy.deepcopy(permit)
    with pytest.raises(ForgedPermit):
        pickle.dumps(permit)
    with pytest.raises(ForgedPermit):
        type("Forged", (DialPermit,), {})


def test_nobody_else_seals_permits() -> None:
    root = Path(callwright.__file__).parent
    sealing = [
        path.relative_to(root).as_posix()
        for path in root.rglob("*.py")
        if re.search(r"seal_permit|_SEAL\b", path.read_text(encoding="utf-8"))
    ]
    assert sorted(sealing) == ["compliance/decide.py", "compliance/permit.py"]


def test_the_digest_tells_every_difference_of_the_facts(book: RuleBook, ask: Ask) -> None:
    base = ask("fl", "2026-03-02 10:00")
    call = PastCall(base.now - 90_000, "+13055550100", PastKind.ATTEMPT, 1, "sales")
    variants = [
        base,
        dataclasses.replace(base, now=base.now + 1),
        dataclasses.replace(base, lead_id=4),
        dataclasses.replace(base, purpose="survey"),
        dataclasses.replace(base, min_gap_s=1.0),
        dataclasses.replace(base, agent_guaranteed=True),
        dataclasses.replace(base, history=(call,)),
        dataclasses.replace(base, history=(call._replace(kind=PastKind.CONVERSATION),)),
        dataclasses.replace(base, history=(call._replace(at=call.at - 1),)),
    ]
    digests = [permit_dial(facts, book).digest for facts in variants]
    assert len(set(digests)) == len(variants)
    assert permit_dial(dataclasses.replace(base), book).digest == digests[0]


def test_yes_and_no_each_get_a_ledger_row(book: RuleBook, ask: Ask, permit: DialPermit) -> None:
    yes = LedgerEntry.of(permit, attempt_id=99)
    assert (yes.decision, yes.rule, yes.attempt_id, yes.until) == ("permit", "", 99, None)
    assert (yes.packs, yes.digest, yes.number, yes.lead_id) == (permit.packs, permit.digest, permit.number, 3)
    refusal = permit_dial(ask("fl", "2026-03-02 21:00"), book)
    assert isinstance(refusal, Refusal)
    no = LedgerEntry.of(refusal)
    assert (no.decision, no.rule, no.number, no.customer_id) == ("refuse", "outside_hours", "+13055550100", 7)
    assert no.packs == "us-federal@2024-02-08;us-fl@2021-07-01"
    assert no.until == instant("2026-03-03 08:00", "America/New_York")
    assert no.at == refusal.at


def test_a_store_turns_a_permit_into_a_refusal_when_a_call_runs(permit: DialPermit) -> None:
    refusal = refuse_live(permit)
    assert (refusal.rule, refusal.number, refusal.until) == ("live_attempt", permit.number, permit.at + 60)
