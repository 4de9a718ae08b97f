"""One ledger row for every yes and every no. The row is made here; writing it is the store's part."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from callwright.compliance.permit import DialPermit, Refusal


@dataclass(frozen=True, kw_only=True, slots=True)
class LedgerEntry:
    """A decision as kept for evidence. ``packs`` are the versions in force; ``digest`` fingerprints the facts."""

    at: float
    decision: Literal["permit", "refuse"]
    rule: str
    packs: str
    number: str
    customer_id: int | None
    lead_id: int | None
    campaign_id: int | None
    digest: str
    until: float | None = None
    attempt_id: int | None = None

    @classmethod
    def of(cls, answer: DialPermit | Refusal, *, attempt_id: int | None = None) -> LedgerEntry:
        """The row for this answer; ``attempt_id`` names the attempt that a permit opened."""
        refused = isinstance(answer, Refusal)
        return cls(
            at=answer.at,
            decision="refuse" if refused else "permit",
            rule=answer.rule if isinstance(answer, Refusal) else "",
            packs=answer.packs,
            number=answer.number,
            customer_id=answer.customer_id,
            lead_id=answer.lead_id,
            campaign_id=answer.campaign_id,
            digest=answer.digest,
            until=answer.until if isinstance(answer, Refusal) else None,
            attempt_id=attempt_id,
        )
