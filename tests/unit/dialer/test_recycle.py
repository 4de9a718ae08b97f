"""Recycling: what an outcome or a disposition makes of the lead."""

from __future__ import annotations

from dataclasses import replace

import pytest

from callwright.dialer.recycle import (
    CALLBACK_PRIORITY,
    after_disposition,
    after_outcome,
    after_refusal,
    phone_to_dial,
    promise_callback,
)
from callwright.model.attempt import Attempt, Mode
from callwright.model.campaign import Campaign, DialRules
from callwright.model.outcome import STANDARD_DISPOSITIONS, Outcome
from callwright.model.people import Lead, LeadStatus, Phone

CAMPAIGN = Campaign(id=1, name="c", dial=DialRules(max_tries=3, min_gap_s=60.0))
NOW = 1_000_000.0


def a_lead(phones: int = 1) -> Lead:
    numbers = tuple(
        Phone(id=k, number=f"+1212555010{k}", country="US", zones=("America/New_York",), position=k)
        for k in range(phones)
    )
    return Lead(id=7, campaign_id=1, list_id=1, customer_id=7, tier=1, phones=numbers, status=LeadStatus.CLAIMED)


def tried(lead: Lead, outcome: Outcome, phone_id: int = 0) -> Attempt:
    return Attempt(
        id=1,
        campaign_id=1,
        list_id=1,
        lead_id=lead.id,
        customer_id=7,
        phone_id=phone_id,
        number=lead.phones[phone_id].number,
        mode=Mode.PREDICTIVE,
        dialed_at=NOW,
        outcome=outcome,
    )


@pytest.mark.parametrize(
    ("outcome", "status", "delay"),
    [
        (Outcome.BUSY, LeadStatus.WAITING, 600.0),
        (Outcome.NO_ANSWER, LeadStatus.WAITING, 4 * 3600.0),
        (Outcome.SWITCHED_OFF, LeadStatus.WAITING, 86400.0),
        (Outcome.CARRIER_FAILURE, LeadStatus.WAITING, 300.0),
        (Outcome.NO_SUCH_NUMBER, LeadStatus.UNCALLABLE, None),
        (Outcome.REJECTED_FOREVER, LeadStatus.UNCALLABLE, None),
        (Outcome.UNKNOWN, LeadStatus.HELD, None),
    ],
)
def test_an_outcome_sets_the_next_step(outcome: Outcome, status: LeadStatus, delay: float | None) -> None:
    lead = a_lead()
    after_outcome(lead, tried(lead, outcome), CAMPAIGN, NOW)
    assert lead.status is status
    if delay is not None:
        assert lead.next_at == NOW + delay


def test_our_own_failures_cost_no_try() -> None:
    lead = a_lead()
    for outcome in (Outcome.CARRIER_FAILURE, Outcome.OUR_FAILURE, Outcome.DROPPED):
        after_outcome(lead, tried(lead, outcome), CAMPAIGN, NOW)
    assert (lead.tries, lead.status) == (0, LeadStatus.WAITING)


def test_tries_are_used_up_but_an_abandoned_call_is_still_made_good() -> None:
    lead = a_lead()
    for _ in range(3):
        after_outcome(lead, tried(lead, Outcome.NO_ANSWER), CAMPAIGN, NOW)
    assert lead.status is LeadStatus.EXHAUSTED
    lead = a_lead()
    for _ in range(2):
        after_outcome(lead, tried(lead, Outcome.NO_ANSWER), CAMPAIGN, NOW)
    after_outcome(lead, tried(lead, Outcome.ABANDONED), CAMPAIGN, NOW)
    assert (lead.status, lead.redial_of, lead.tries) == (LeadStatus.WAITING, 1, 3)


def test_the_maximum_of_one_outcome_ends_the_record_before_the_total() -> None:
    lead = a_lead()
    wide = replace(CAMPAIGN, dial=DialRules(max_tries=50))
    for _ in range(3):
        after_outcome(lead, tried(lead, Outcome.REJECTED), wide, NOW)
    assert lead.status is LeadStatus.EXHAUSTED


def test_numbers_take_turns_and_dead_ones_drop_out() -> None:
    lead = a_lead(phones=3)
    after_outcome(lead, tried(lead, Outcome.NO_ANSWER, 0), CAMPAIGN, NOW)
    assert phone_to_dial(lead, CAMPAIGN).id == 1  # type: ignore[union-attr]  # three usable numbers
    after_outcome(lead, tried(lead, Outcome.NO_SUCH_NUMBER, 1), CAMPAIGN, NOW)
    assert lead.phones[1].dead == "no_such_number"
    assert phone_to_dial(lead, CAMPAIGN).id == 2  # type: ignore[union-attr]


def test_dispositions_close_wait_or_ban() -> None:
    words = STANDARD_DISPOSITIONS
    for code, status in [
        ("success", LeadStatus.DONE),
        ("never_call", LeadStatus.UNCALLABLE),
        ("wrong_number", LeadStatus.UNCALLABLE),
        ("not_convenient", LeadStatus.WAITING),
    ]:
        lead = a_lead()
        after_disposition(lead, tried(lead, Outcome.TALKED), words[code], CAMPAIGN, NOW)
        assert lead.status is status, code


def test_a_promise_goes_before_every_list_and_is_kept_once() -> None:
    lead = a_lead()
    promise_callback(lead, due_at=NOW + 5, agent_id=4)
    assert (lead.priority, lead.callback_agent_id) == (CALLBACK_PRIORITY, 4)
    after_outcome(lead, tried(lead, Outcome.NO_ANSWER), CAMPAIGN, NOW)
    assert (lead.priority, lead.callback, lead.callback_agent_id) == (0, False, None)


def test_a_refused_number_gives_way_to_the_next_and_a_person_does_not() -> None:
    lead = a_lead(phones=2)
    after_refusal(lead, lead.phones[0], until=None, for_number=True)
    assert (lead.status, lead.next_phone_id) == (LeadStatus.DUE, 1)
    after_refusal(lead, lead.phones[1], until=None, for_number=False)
    assert lead.status is LeadStatus.UNCALLABLE
    lead.status = LeadStatus.CLAIMED
    after_refusal(lead, lead.phones[1], until=NOW + 9, for_number=False)
    assert (lead.status, lead.next_at) == (LeadStatus.WAITING, NOW + 9)
