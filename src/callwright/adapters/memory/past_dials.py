"""Calls answered or over, with what was known of each before it, as PostgreSQL's ``past_dials`` tells them."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import islice

from callwright.dialer.ports import PastDial
from callwright.model.attempt import Attempt, AttemptState
from callwright.model.outcome import ANSWERED_BY_PERSON, Outcome
from callwright.model.people import Lead


def past_dials_of(
    attempts: dict[int, Attempt], leads: Mapping[int, Lead], campaign_id: int, since: float, most: int
) -> list[PastDial]:
    """The newest ``most`` that were dialled at or after ``since``, oldest first."""
    over = (
        attempt
        for attempt in reversed(attempts.values())
        if attempt.campaign_id == campaign_id
        and attempt.dialed_at >= since
        and (attempt.person_at is not None or (attempt.state is AttemptState.ENDED and attempt.outcome is not None))
    )
    newest = sorted(islice(over, most), key=lambda attempt: (attempt.dialed_at, attempt.id))
    before: dict[int | None, tuple[Outcome | None, str | None, bool]] = {}
    told: list[PastDial] = []
    for attempt in newest:
        told.append(_past_dial(attempt, leads, *before.get(attempt.lead_id, (None, None, False))))
        reached = told[-1].reached or attempt.outcome in ANSWERED_BY_PERSON
        before[attempt.lead_id] = (attempt.outcome, attempt.disposition, reached)
    return told


def _past_dial(
    attempt: Attempt, leads: Mapping[int, Lead], last: Outcome | None, said: str | None, reached: bool
) -> PastDial:
    lead = leads.get(attempt.lead_id or 0)
    phone = next((p for p in lead.phones if p.id == attempt.phone_id), None) if lead is not None else None
    zone = (lead.time_zone if lead is not None else None) or (phone.zones[0] if phone and phone.zones else "")
    return PastDial(
        id=attempt.id,
        mode=attempt.mode,
        list_id=attempt.list_id,
        tier=attempt.tier,
        agent_id=attempt.agent_id,
        line_type=phone.line_type.value if phone is not None else "",
        zone=zone,
        tries=attempt.number_try_no - 1,
        last_outcome=last,
        last_disposition=said,
        reached=reached,
        answer_probability=attempt.answer_probability,
        dialed_at=attempt.dialed_at,
        answered_at=attempt.answered_at,
        person_at=attempt.person_at,
        connected_at=attempt.connected_at,
        ended_at=attempt.ended_at,
        disposed_at=attempt.disposed_at,
        talk_s=attempt.talk_s,
        wrap_s=attempt.wrap_s,
        outcome=attempt.outcome,
        ended_by=attempt.ended_by,
    )
