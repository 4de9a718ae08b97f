"""What becomes of a lead after an attempt: again (when, which number), or never. Pure; changes only the lead.

Four things stay apart: which outcomes may be redialled (``retry`` has a rule), the delay and the maximum per outcome,
called-since-reset, and the list reset itself (the store's). Our own and the carrier's failures cost the person no try.
"""

from __future__ import annotations

from callwright.model.attempt import Attempt
from callwright.model.campaign import Campaign, RetryRule
from callwright.model.outcome import NOT_COUNTED, NUMBER_DEAD, Ban, Disposition, Outcome
from callwright.model.people import OPEN_STATUSES, Lead, LeadStatus, Phone

FAX_AGAIN_S = 86_400.0
"""When a number behind which a fax was heard is tried again, where the campaign does not take it for dead."""
CALLBACK_PRIORITY = 1_000_000
"""Added to a lead's priority while a call-back is promised: a promise comes before every list."""


def usable_phones(lead: Lead, campaign: Campaign) -> list[Phone]:
    """The lead's numbers that may still be tried, in their order."""
    most = campaign.dial.max_tries_per_number
    return [p for p in lead.phones if p.dead is None and (most is None or lead.phone_tries.get(p.id, 0) < most)]


def phone_to_dial(lead: Lead, campaign: Campaign) -> Phone | None:
    """The number whose turn it is: the one set by the last outcome, else the first usable one."""
    phones = usable_phones(lead, campaign)
    for phone in phones:
        if phone.id == lead.next_phone_id:
            return phone
    return phones[0] if phones else None


def bury_phone(lead: Lead, phone_id: int | None, why: str) -> None:
    """Mark one of the lead's numbers dead (in this copy; the store keeps it through ``Batch.dead_phones``)."""
    lead.phones = tuple(
        Phone(
            id=p.id,
            number=p.number,
            country=p.country,
            region=p.region,
            line_type=p.line_type,
            carrier=p.carrier,
            zones=p.zones,
            position=p.position,
            dead=why,
        )
        if p.id == phone_id
        else p
        for p in lead.phones
    )


def count_attempt(lead: Lead, attempt: Attempt) -> None:
    """Note a finished attempt on its lead; tries only where the outcome counts on the person."""
    assert attempt.outcome is not None
    lead.last_outcome = attempt.outcome
    lead.last_attempt_id = attempt.id
    lead.last_attempt_at = attempt.dialed_at
    lead.called_since_reset = True
    if attempt.outcome in NOT_COUNTED:
        key = attempt.outcome.value
        lead.outcome_tries[key] = lead.outcome_tries.get(key, 0) + 1
        return
    lead.tries += 1
    key = attempt.outcome.value
    lead.outcome_tries[key] = lead.outcome_tries.get(key, 0) + 1
    if attempt.phone_id is not None:
        lead.phone_tries[attempt.phone_id] = lead.phone_tries.get(attempt.phone_id, 0) + 1


def after_outcome(lead: Lead, attempt: Attempt, campaign: Campaign, now: float) -> None:
    """The lead's next step after an attempt that no agent disposed of (unanswered, machine, abandoned, failed)."""
    outcome = attempt.outcome
    assert outcome is not None
    count_attempt(lead, attempt)
    if outcome is Outcome.UNKNOWN:
        lead.status = LeadStatus.HELD
        return
    if lead.status not in OPEN_STATUSES:
        return  # closed before: an agent dialled it by hand, or the person called us; it stays closed
    if outcome is Outcome.ABANDONED:
        lead.redial_of = attempt.id
    elif outcome not in NOT_COUNTED:
        _end_promise(lead)
    rule = campaign.dial.retry.get(outcome)
    if outcome is Outcome.FAX and rule is None and campaign.machine.fax == "hang_up":
        rule = RetryRule(delay_s=FAX_AGAIN_S)
    if outcome in NUMBER_DEAD or rule is None:
        bury_phone(lead, attempt.phone_id, outcome)
        _go_on(lead, attempt, campaign, now, RetryRule(delay_s=campaign.dial.min_gap_s))
        if lead.status is LeadStatus.WAITING and campaign.dial.next_number_at_once:
            lead.next_at = now
        return
    if rule.most is not None and lead.outcome_tries.get(outcome.value, 0) > rule.most:
        lead.status = LeadStatus.EXHAUSTED
        return
    _go_on(lead, attempt, campaign, now, rule)


def after_disposition(lead: Lead, attempt: Attempt, disposition: Disposition, campaign: Campaign, now: float) -> None:
    """The lead's next step after the final word on an answered call.

    A ban closes the lead; the ban itself is stored by the caller and is what forbids the number everywhere else.
    """
    count_attempt(lead, attempt)
    lead.redial_of = None
    _end_promise(lead)
    if disposition.ban is not Ban.NONE:
        lead.status = LeadStatus.UNCALLABLE
    elif disposition.number_dead:
        bury_phone(lead, attempt.phone_id, disposition.code)
        _go_on(lead, attempt, campaign, now, RetryRule(delay_s=campaign.dial.min_gap_s))
    elif disposition.redial_s is not None:
        _go_on(lead, attempt, campaign, now, RetryRule(delay_s=disposition.redial_s))
    else:
        lead.status = LeadStatus.DONE


def promise_callback(lead: Lead, *, due_at: float, agent_id: int | None) -> None:
    """The lead waits for a promised call-back; ``agent_id`` None: anybody may make it."""
    lead.status = LeadStatus.WAITING
    lead.next_at = due_at
    lead.priority += CALLBACK_PRIORITY
    lead.callback = True
    lead.callback_agent_id = agent_id


def _end_promise(lead: Lead) -> None:
    if lead.callback:
        lead.priority -= CALLBACK_PRIORITY
    lead.callback = False
    lead.callback_agent_id = None


def after_refusal(lead: Lead, phone: Phone | None, *, until: float | None, for_number: bool) -> None:
    """The rules said no. ``until`` None: never by itself. ``for_number``: the no concerns this number only."""
    if lead.status not in OPEN_STATUSES:
        return
    if until is not None:
        lead.status = LeadStatus.WAITING
        lead.next_at = until
        return
    others = [p for p in lead.phones if phone is not None and _may_follow(p, phone, lead)]
    if for_number and others and phone is not None:
        bury_phone(lead, phone.id, "refused")
        lead.status = LeadStatus.DUE
        lead.next_phone_id = others[0].id
        return
    lead.status = LeadStatus.UNCALLABLE


def _may_follow(other: Phone, refused: Phone, lead: Lead) -> bool:
    """Whether ``other`` is worth asking for after a refused number: a later one, or one that was dialled before. (The
    refusal is not stored, so two numbers that may never be dialled would otherwise give way to each other for ever.)"""
    later = other.position > refused.position or lead.phone_tries.get(other.id, 0) > 0
    return later and other.dead is None and other.id != refused.id


def _go_on(lead: Lead, attempt: Attempt, campaign: Campaign, now: float, rule: RetryRule) -> None:
    """Wait for the next try by ``rule``, on the next usable number; or the lead is at its end."""
    phones = usable_phones(lead, campaign)
    if not phones:
        all_dead = all(p.dead is not None for p in lead.phones)
        lead.status = LeadStatus.UNCALLABLE if all_dead else LeadStatus.EXHAUSTED
        return
    # A call we abandoned is made good whatever the count says; the rules still decide when.
    if lead.tries >= campaign.dial.max_tries and lead.redial_of is None:
        lead.status = LeadStatus.EXHAUSTED
        return
    lead.status = LeadStatus.WAITING
    lead.next_at = now + max(rule.delay_s, campaign.dial.min_gap_s)
    later = [p for p in phones if p.id != attempt.phone_id and p.position > _position(lead, attempt.phone_id)]
    # After an abandoned call the same number is made good; otherwise numbers take turns.
    if lead.redial_of is not None and any(p.id == attempt.phone_id for p in phones):
        lead.next_phone_id = attempt.phone_id
    else:
        lead.next_phone_id = (later or phones)[0].id


def _position(lead: Lead, phone_id: int | None) -> int:
    return next((p.position for p in lead.phones if p.id == phone_id), -1)
