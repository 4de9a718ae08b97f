"""What every store decides alike: what an attempt counts as in a person's history, and the second live attempt.

Own and carrier failures are no attempt on the person; a call we took back counts once it rang for a second (it did
disturb); an attempt still under way counts. The rules that read the history live in ``compliance``.
"""

from __future__ import annotations

from callwright.compliance import PastKind, Refusal
from callwright.kit.words import Words
from callwright.model.campaign import Campaign
from callwright.model.outcome import NOT_COUNTED, Ban, Outcome

HISTORY_S = 60 * 86400.0
"""How far back a person's history is read: the longest window a rule pack has (France, 60 days after a refusal)."""

DISTURBED_AFTER_S = 1.0
"""A dropped call that rang this long counts as an attempt."""

_REFUSALS = frozenset({"refused", "not_interested", "not_needed", "complaint"})
_SPOKE = frozenset({Outcome.TALKED, Outcome.MESSAGE_PLAYED})


def past_kind(
    *,
    outcome: str | None,
    disposition: str | None,
    rang_at: float | None,
    ended_at: float | None,
    campaign: Campaign | None,
) -> PastKind | None:
    """How the history shows an attempt, None where it does not. ``campaign`` knows its own dispositions."""
    if outcome is None:
        return PastKind.ATTEMPT
    if outcome in _SPOKE:
        return PastKind.REFUSAL if _refused(disposition, campaign) else PastKind.CONVERSATION
    if outcome == Outcome.ABANDONED:
        return PastKind.ABANDONED
    if outcome == Outcome.UNKNOWN:
        return PastKind.UNKNOWN_FATE
    if outcome in NOT_COUNTED:
        rang = outcome == Outcome.DROPPED and rang_at is not None and ended_at is not None
        disturbed = rang and (ended_at or 0.0) - (rang_at or 0.0) >= DISTURBED_AFTER_S
        return PastKind.ATTEMPT if disturbed else None
    return PastKind.ATTEMPT


def live_attempt_refusal() -> Refusal:
    """A call to this number or for this lead is under way."""
    return Refusal(
        rule="live_attempt",
        pack=None,
        until=None,
        words=Words(
            en="A call to this number or for this lead is under way.",
            zh="该号码或该线索正在呼叫中。",
            ru="По этому номеру или этой записи уже идёт вызов.",
        ),
    )


def _refused(code: str | None, campaign: Campaign | None) -> bool:
    if code is None:
        return False
    own = campaign.dispositions.get(code) if campaign is not None else None
    return code in _REFUSALS or (own is not None and own.ban is not Ban.NONE)
