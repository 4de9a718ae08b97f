"""What the rules ask about a person, a number and a moment. Values only; who reads them from where is not known here.

``PastCall`` is a call as the rules see it: its instant, number and kind. Calls that failed by our own or the carrier's
doing are not in a history at all; ``past_kind`` says which is which.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from hashlib import blake2b
from typing import NamedTuple

from callwright.model.attempt import Mode
from callwright.model.campaign import CallQuota, Hours
from callwright.model.outcome import Ban, Disposition, Outcome
from callwright.model.people import Phone


class PastKind(StrEnum):
    ATTEMPT = "attempt"  # unanswered, a machine or a message heard: it counts
    CONVERSATION = "conversation"  # somebody spoke with the person
    REFUSAL = "refusal"  # a conversation that ended in a refusal
    ABANDONED = "abandoned"  # the person answered and nobody was there
    UNKNOWN_FATE = "unknown_fate"  # nobody knows how it ended: it counts, and is not redialled by itself


class PastCall(NamedTuple):
    """A call already made, to any number of the person."""

    at: float
    number: str
    kind: PastKind
    campaign_id: int
    purpose: str


def past_kind(outcome: Outcome | None, disposition: Disposition | None = None, *, rang: bool = True) -> PastKind | None:
    """How a call with this outcome counts; None: not at all. An outcome not known yet (a live call) is an attempt.

    A call we took back counts once it rang: the person was disturbed. A person who was reached and neither agreed,
    nor was interested, nor asked to be called back has refused; a key pressed to forbid calls is a refusal too.
    """
    match outcome:
        case Outcome.CARRIER_FAILURE | Outcome.OUR_FAILURE:
            return None
        case Outcome.DROPPED:
            return PastKind.ATTEMPT if rang else None
        case Outcome.UNKNOWN:
            return PastKind.UNKNOWN_FATE
        case Outcome.ABANDONED:
            return PastKind.ABANDONED
        case Outcome.TALKED | Outcome.MESSAGE_PLAYED:
            if disposition is not None and _refused(disposition):
                return PastKind.REFUSAL
            return PastKind.CONVERSATION if outcome is Outcome.TALKED else PastKind.ATTEMPT
        case _:
            return PastKind.ATTEMPT


def _refused(disposition: Disposition) -> bool:
    if disposition.ban is not Ban.NONE:
        return True
    agreed = disposition.success or disposition.interested or disposition.callback
    return disposition.reached and not agreed and not disposition.by_system


@dataclass(frozen=True, kw_only=True, slots=True)
class BanEntry:
    """Do not call. ``scope``: "everywhere", "campaign" (``campaign_id`` says which) or "prefix" (``number`` is the
    beginning of the numbers meant, e.g. "+8821"). An unknown scope counts as everywhere. ``until`` None: for ever.
    """

    number: str | None = None
    customer_id: int | None = None
    scope: str = "everywhere"
    campaign_id: int | None = None
    at: float = 0.0
    source: str = ""
    reason: str = ""
    until: float | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class FreezeEntry:
    """A stop for a time, or until lifted. Without ``confirmed_by`` it is a candidate a human still has to judge."""

    number: str | None = None
    customer_id: int | None = None
    from_at: float = 0.0
    until_at: float | None = None
    confirmed_by: str | None = None
    reason: str = ""


@dataclass(frozen=True, kw_only=True, slots=True)
class ConsentEntry:
    """A consent and its proof. Kinds the packs ask for: "call" (to be called), "artificial_voice"."""

    customer_id: int
    kind: str
    granted_at: float
    expires_at: float | None = None
    revoked_at: float | None = None
    proof: str = ""

    def ends_at(self) -> float:
        """The instant from which this consent no longer holds (infinity: open)."""
        ends = float("inf") if self.expires_at is None else self.expires_at
        return ends if self.revoked_at is None else min(ends, self.revoked_at)


@dataclass(frozen=True, kw_only=True, slots=True)
class DialFacts:
    """Everything a permit is decided on. ``history`` holds every call to any number of the person and to this number,
    newest first, at least as far back as ``RuleBook.history_window_s`` says.

    ``callback_promised``: the person asked to be called at this time; cool-downs after a conversation and the
    campaign's quota by part of day do not apply then, everything else does. ``next_number_at_once``: the person's last
    number proved dead and this one follows without delay; the minimum gap is between calls to this number only.
    ``agent_guaranteed``: an agent is held for this very call. ``screen_label``: the text shown on the person's screen,
    where a pack limits it (None: not ours).
    """

    now: float
    campaign_id: int
    phone: Phone
    purpose: str = "sales"
    mode: Mode = Mode.PREDICTIVE
    packs: tuple[str, ...] = ()
    campaign_hours: Hours = field(default_factory=Hours)
    consent_needed: str | None = None
    min_gap_s: float = 0.0
    quota: CallQuota | None = None
    lead_id: int | None = None
    customer_id: int | None = None
    person_zone: str | None = None
    person_region: str = ""
    bans: tuple[BanEntry, ...] = ()
    freezes: tuple[FreezeEntry, ...] = ()
    consents: tuple[ConsentEntry, ...] = ()
    history: Sequence[PastCall] = ()
    live_on_number: bool = False
    live_on_lead: bool = False
    caller_id: str | None = None
    clock_offset_s: float = 0.0
    agent_guaranteed: bool = False
    ai_voice: bool = False
    callback_promised: bool = False
    next_number_at_once: bool = False
    screen_label: str | None = None


def digest_of(facts: DialFacts, packs: str) -> str:
    """A fingerprint of all facts and pack versions, kept in the ledger: the same facts give the same 32 characters."""
    phone = facts.phone
    flags = (
        facts.live_on_number,
        facts.live_on_lead,
        facts.agent_guaranteed,
        facts.ai_voice,
        facts.callback_promised,
        facts.next_number_at_once,
    )
    parts = [
        f"{facts.now!r}|{facts.campaign_id}|{facts.lead_id}|{facts.customer_id}|{phone.number}|{phone.country}|"
        f"{phone.region}|{phone.line_type}|{phone.zones}|{phone.dead}|{facts.person_zone}|{facts.person_region}|"
        f"{facts.purpose}|{facts.mode}|{packs}|{_hours_text(facts.campaign_hours)}|{facts.consent_needed}|"
        f"{facts.min_gap_s!r}|{facts.quota}|{facts.caller_id}|{facts.clock_offset_s!r}|{flags}|{facts.screen_label}"
    ]
    if facts.bans or facts.freezes or facts.consents:
        parts.append(f"{facts.bans}{facts.freezes}{facts.consents}")
    parts += [f"{at!r},{number},{kind},{campaign},{purpose}" for at, number, kind, campaign, purpose in facts.history]
    return blake2b("\n".join(parts).encode(), digest_size=16).hexdigest()


def _hours_text(hours: Hours) -> str:
    return f"{hours.from_minute}-{hours.to_minute}{sorted(hours.weekdays)}"
