"""From a stored attempt to a call of a person's history, alike in every store. What counts is ``compliance``'s word."""

from __future__ import annotations

from callwright.compliance import PastKind, past_kind
from callwright.model.campaign import Campaign
from callwright.model.outcome import STANDARD_DISPOSITIONS, Outcome

HISTORY_S = 60 * 86400.0
"""How far back a history is read: the longest window of any rule pack (France, 60 days after a refusal)."""

DISTURBED_AFTER_S = 1.0
"""A call we took back counts as an attempt on the person once it rang this long."""


def kind_of(
    *,
    outcome: Outcome | None,
    disposition: str | None,
    rang_at: float | None,
    ended_at: float | None,
    campaign: Campaign | None,
) -> PastKind | None:
    """How the history shows the attempt, None where it does not. ``campaign`` knows its own dispositions."""
    final = None
    if disposition is not None:
        final = (campaign.dispositions if campaign is not None else STANDARD_DISPOSITIONS).get(disposition)
        final = final or STANDARD_DISPOSITIONS.get(disposition)
    rang = rang_at is not None and ended_at is not None and ended_at - rang_at >= DISTURBED_AFTER_S
    return past_kind(outcome, final, rang=rang)
