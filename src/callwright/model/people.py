"""Whom we call: a customer with several numbers, and a lead, the customer's place in a list."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum


class LineType(StrEnum):
    MOBILE = "mobile"
    LANDLINE = "landline"
    VOIP = "voip"
    TOLL_FREE = "toll_free"
    PREMIUM = "premium"  # never dialled
    UNKNOWN = "unknown"


@dataclass(frozen=True, kw_only=True, slots=True)
class Phone:
    """A number of a customer. ``zones``: every IANA zone the person may be in; empty means unknown (do not dial)."""

    id: int
    number: str  # E.164 with "+"
    country: str  # ISO 3166 alpha-2, "" unknown
    region: str = ""  # subdivision where the number tells (US state code), else ""
    line_type: LineType = LineType.UNKNOWN
    carrier: str = ""
    zones: tuple[str, ...] = ()
    position: int = 0  # 0 first
    dead: str | None = None  # the outcome or disposition that ended this number, None: usable


class LeadStatus(StrEnum):
    DUE = "due"  # may be claimed now
    WAITING = "waiting"  # due at next_at
    CLAIMED = "claimed"  # in a hopper or in a call
    DONE = "done"  # reached a final disposition
    EXHAUSTED = "exhausted"  # attempts used up
    UNCALLABLE = "uncallable"  # no usable number, do-not-call, frozen
    HELD = "held"  # fate of an attempt unknown: a human decides


OPEN_STATUSES = frozenset({LeadStatus.DUE, LeadStatus.WAITING, LeadStatus.CLAIMED})


@dataclass(kw_only=True, slots=True, eq=False)
class Lead:
    """A customer drawn for a campaign from a list; the engines' working copy of the row.

    ``tries`` counts attempts that count on the person; ``outcome_tries`` the same by outcome (for per-outcome maxima);
    ``day_parts`` tries by part of day (quotas). ``owner_agent_id``: only this agent may be given the lead.
    """

    id: int
    campaign_id: int
    list_id: int
    customer_id: int
    tier: int
    phones: tuple[Phone, ...]
    priority: int = 0
    status: LeadStatus = LeadStatus.DUE
    next_at: float = 0.0
    next_phone_id: int | None = None
    tries: int = 0
    outcome_tries: dict[str, int] = field(default_factory=dict)
    phone_tries: dict[int, int] = field(default_factory=dict)
    last_outcome: str | None = None
    last_attempt_id: int | None = None
    last_attempt_at: float | None = None
    redial_of: int | None = None  # an abandoned attempt still to be made good
    callback_agent_id: int | None = None  # a personal call-back
    callback: bool = False
    owner_agent_id: int | None = None
    called_since_reset: bool = False
    shown_as: str | None = None  # the caller ID this customer knows us by
    name: str = ""
    language: str = ""
    time_zone: str | None = None  # the person's own zone where known; beats the number's
    facts: Mapping[str, str] = field(default_factory=dict)
