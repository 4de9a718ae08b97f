"""Leads and pacing for scenarios that are played by hand."""

from __future__ import annotations

from typing import Any

from callwright.model.campaign import PacingRules
from callwright.model.people import Lead, LineType, Phone

FIXED = PacingRules(controller="fixed_ratio", fixed_ratio=2.0)


def a_lead(n: int, phones: int = 1, **facts: Any) -> Lead:
    return Lead(
        id=n,
        campaign_id=1,
        list_id=1,
        customer_id=n,
        tier=5,
        phones=tuple(
            Phone(
                id=n * 10 + k,
                number=f"+35191{n:05d}{k:02d}",
                country="PT",
                line_type=LineType.MOBILE,
                zones=("Europe/Lisbon",),
                position=k,
            )
            for k in range(phones)
        ),
        **facts,
    )
