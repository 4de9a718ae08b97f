"""Where plans get their facts: from the database, from a rehearsal's store, and the lawful hours from the rules."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence

from callwright.compliance import RuleBook
from callwright.model.attempt import Attempt
from callwright.model.campaign import Campaign
from callwright.model.people import Lead, LineType, Phone
from callwright.planning.history import Place
from callwright.web.callbacks import lawful_windows

Windows = Sequence[tuple[float, float]]


def kinds_of(leads: Iterable[Lead]) -> Callable[[Attempt], str]:
    """Line types by telephone, as a function of the attempt."""
    kinds = {phone.id: phone.line_type.value for lead in leads for phone in lead.phones}
    return lambda attempt: kinds.get(attempt.phone_id or 0, LineType.UNKNOWN.value)


def lawful(book: RuleBook, campaign: Campaign, place: Place, from_at: float, until_at: float) -> Windows:
    """When the rules and the campaign let people of this place be called."""
    phone = Phone(id=0, number="", country=place.country, region=place.region, zones=place.zones)
    lead = Lead(
        id=0, campaign_id=campaign.id, list_id=0, customer_id=0, tier=5, phones=(phone,), time_zone=place.own_zone
    )
    until_at = min(until_at, campaign.ends_at) if campaign.ends_at is not None else until_at
    from_at = max(from_at, campaign.starts_at) if campaign.starts_at is not None else from_at
    windows: list[tuple[float, float]] = []
    while from_at < until_at:  # in pieces: the rules list no more than some two hundred windows at once
        piece = min(until_at, from_at + 30 * 86400.0)
        windows.extend(lawful_windows(book, campaign, lead, phone, from_at, piece))
        from_at = piece
    return windows
