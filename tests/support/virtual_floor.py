"""What the floors in virtual time of the acceptance tests share: records, and how busy agents were."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable

from callwright.model.agent import AgentState, StateInterval
from callwright.model.people import Lead, LineType, Phone

MONDAY_9 = 1_772_442_000.0


def a_lead(number: int, campaign: int = 1, tier: int = 5, prefix: str = "+35191") -> Lead:
    """A record with a mobile of its own."""
    phone = Phone(
        id=number,
        number=f"{prefix}{number * 7919 % 10**7:07d}",
        country="PT",
        line_type=LineType.MOBILE,
        zones=("Europe/Lisbon",),
    )
    return Lead(id=number, campaign_id=campaign, list_id=1, customer_id=number, tier=tier, phones=(phone,))


def busy_share(intervals: Iterable[StateInterval]) -> float:
    """Agents' time in talk and wrap-up, of that in which they could have talked."""
    at_work = Counter[AgentState]()
    for stretch in intervals:
        at_work[stretch.state] += stretch.ended_at - stretch.began_at
    busy_s = at_work[AgentState.IN_CALL] + at_work[AgentState.WRAP_UP]
    return busy_s / (busy_s + at_work[AgentState.READY] + at_work[AgentState.RESERVED])
