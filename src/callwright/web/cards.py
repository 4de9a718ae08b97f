"""People and calls as an agent's page shows them: plain values, nothing that the page does not need."""

from __future__ import annotations

from typing import Any

from callwright.kit.words import LANGUAGES
from callwright.model.attempt import Attempt
from callwright.model.campaign import Campaign
from callwright.model.outcome import Disposition
from callwright.model.people import Lead, Phone
from callwright.web.ports import InHand


def lead_card(lead: Lead, number: str | None = None) -> dict[str, Any]:
    """The person's card. ``number``: the one that is dialled; None: the next one to dial."""
    phone = _phone(lead, number)
    return {
        "lead": lead.id,
        "name": lead.name,
        "number": number or (phone.number if phone is not None else ""),
        "zone": lead_zone(lead, phone),
        "language": lead.language,
        "tier": lead.tier,
        "tries": lead.tries,
        "last_outcome": lead.last_outcome,
        "last_at": lead.last_attempt_at,
        "callback": lead.callback,
        "facts": dict(lead.facts),
    }


def lead_zone(lead: Lead, phone: Phone | None) -> str:
    """The zone whose clock the page shows: the person's own where known, else the number's first."""
    if lead.time_zone:
        return lead.time_zone
    return phone.zones[0] if phone is not None and phone.zones else ""


def _phone(lead: Lead, number: str | None) -> Phone | None:
    if number is not None:
        return next((phone for phone in lead.phones if phone.number == number), None)
    wanted = next((phone for phone in lead.phones if phone.id == lead.next_phone_id), None)
    return wanted or next((phone for phone in lead.phones if phone.dead is None), None)


def call_card(attempt: Attempt, lead: Lead | None) -> dict[str, Any]:
    """A call with its person; an unknown caller has a number and nothing else."""
    person = (
        lead_card(lead, attempt.number) if lead is not None else {"lead": None, "name": "", "number": attempt.number}
    )
    return {
        "attempt": attempt.id,
        "campaign": attempt.campaign_id,
        "mode": attempt.mode.value,
        "connected_at": attempt.connected_at,
        "ended_at": attempt.ended_at,
        "person": person,
    }


def campaign_card(campaign: Campaign) -> dict[str, Any]:
    """What the page must know of a campaign: its dispositions in their order, and the rules of wrap-up and preview."""
    return {
        "id": campaign.id,
        "name": campaign.name,
        "mode": campaign.mode.value,
        "wrap_up_s": campaign.wrap_up_s,
        "on_expiry": campaign.preview.on_expiry,
        "dispositions": [_disposition(d) for d in campaign.dispositions.values() if not d.by_system],
    }


def _disposition(disposition: Disposition) -> dict[str, Any]:
    return {
        "code": disposition.code,
        "words": {language: disposition.words.say(language) for language in LANGUAGES},
        "callback": disposition.callback,
        "order": disposition.success,
        "stops": disposition.ban.value != "none",
    }


def hand_card(hand: InHand) -> dict[str, Any]:
    """What can be done with the call now: who the agent is in it, hold, recording, third party."""
    return {
        "attempt": hand.attempt_id,
        "role": hand.role,
        "name": hand.name,
        "number": hand.number,
        "on_hold": hand.on_hold,
        "hushed": hand.hushed,
        "aside": hand.aside,
        "with_whom": hand.with_whom,
    }
