"""When a person may lawfully be called back, for the page's picker. The rules themselves are ``compliance``'s."""

from __future__ import annotations

from callwright.compliance import RuleBook
from callwright.model.campaign import Campaign
from callwright.model.people import Lead, Phone

_MOST = 200


def lawful_windows(
    book: RuleBook, campaign: Campaign, lead: Lead, phone: Phone, from_at: float, until_at: float
) -> list[tuple[float, float]]:
    """The stretches between two instants in which the hours of law and campaign allow a call to this number."""
    windows: list[tuple[float, float]] = []
    at = from_at
    while at < until_at and len(windows) < _MOST:
        rules = book.rules_for(campaign.packs, phone.country, phone.region, "", campaign.purpose, at)
        end = min(until_at, rules.until_at)
        openings = rules.openings(rules.zones_for(phone, lead.time_zone), campaign.hours)
        opens = openings.next_open(at) if openings is not None else None
        if openings is None or opens is None or opens >= end:
            at = end
            continue
        openings.is_open(opens)
        closes = min(openings.to_at, end)
        if windows and windows[-1][1] == opens:
            windows[-1] = (windows[-1][0], closes)
        else:
            windows.append((opens, closes))
        at = closes
    return windows
