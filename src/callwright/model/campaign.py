"""What a manager decides: a campaign with its mode, rules of dialling, quotas and schedule."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from callwright.model.attempt import Mode
from callwright.model.outcome import STANDARD_DISPOSITIONS, Disposition, Outcome

_MINUTE, _HOUR, _DAY = 60.0, 3600.0, 86400.0


@dataclass(frozen=True, kw_only=True, slots=True)
class RetryRule:
    """When an outcome may be redialled: after ``delay_s``, at most ``most`` times per record (None: no own limit)."""

    delay_s: float
    most: int | None = None


STANDARD_RETRY: Mapping[Outcome, RetryRule | None] = {
    Outcome.BUSY: RetryRule(delay_s=10 * _MINUTE, most=8),
    Outcome.NO_ANSWER: RetryRule(delay_s=4 * _HOUR),
    Outcome.REJECTED: RetryRule(delay_s=2 * _DAY, most=2),
    Outcome.SWITCHED_OFF: RetryRule(delay_s=1 * _DAY),
    Outcome.UNREACHABLE: RetryRule(delay_s=6 * _HOUR),
    Outcome.SUSPENDED: RetryRule(delay_s=7 * _DAY, most=2),
    Outcome.ABANDONED: RetryRule(delay_s=1 * _DAY),
    Outcome.HUNG_UP_WAITING: RetryRule(delay_s=4 * _HOUR, most=2),
    Outcome.MACHINE: RetryRule(delay_s=4 * _HOUR),
    Outcome.SCREENING: RetryRule(delay_s=1 * _DAY, most=2),
    Outcome.CARRIER_FAILURE: RetryRule(delay_s=5 * _MINUTE),
    Outcome.OUR_FAILURE: RetryRule(delay_s=1 * _MINUTE),
    Outcome.DROPPED: RetryRule(delay_s=30 * _MINUTE),
    Outcome.NO_SUCH_NUMBER: None,
    Outcome.NUMBER_CHANGED: None,
    Outcome.REJECTED_FOREVER: None,
    Outcome.FAX: None,
    Outcome.FAX_FAILED: RetryRule(delay_s=1 * _HOUR, most=3),
}
"""None: this number never again (the record's other numbers stay)."""


@dataclass(frozen=True, kw_only=True, slots=True)
class DayPart:
    """A named stretch of the customer's local day, minutes after midnight, ``[from_minute, to_minute)``."""

    name: str
    from_minute: int
    to_minute: int
    weekdays: frozenset[int] = frozenset(range(7))  # Monday 0


@dataclass(frozen=True, kw_only=True, slots=True)
class CallQuota:
    """As in "6 attempts in 2 days, one in each part": most tries in a part of the day, and most in so many days."""

    parts: tuple[DayPart, ...] = ()
    most_per_part: int | None = None
    most: int | None = None
    days: int = 1


@dataclass(frozen=True, kw_only=True, slots=True)
class DialRules:
    """How often and how long a record is tried."""

    max_tries: int = 6
    max_tries_per_number: int | None = None
    min_gap_s: float = 10 * _MINUTE  # between two dials of one number, and of one lead
    ring_timeout_s: float = 25.0
    retry: Mapping[Outcome, RetryRule | None] = field(default_factory=lambda: dict(STANDARD_RETRY))
    quota: CallQuota | None = None
    next_number_at_once: bool = False  # a dead number's successor may be dialled without delay


@dataclass(frozen=True, kw_only=True, slots=True)
class Hours:
    """The campaign's own calling hours in the customer's local time; the rule packs narrow them further."""

    from_minute: int = 9 * 60
    to_minute: int = 20 * 60
    weekdays: frozenset[int] = frozenset({0, 1, 2, 3, 4})


@dataclass(frozen=True, kw_only=True, slots=True)
class PacingRules:
    """The dialler's own room within the law. ``abandon_target`` may only be below the pack's limit (shares, 0..1)."""

    controller: str = "callwright"
    abandon_target: float | None = None
    max_lines: int = 1000
    max_calls_per_s: float = 50.0
    lines_per_agent: int = 1  # progressive: numbers dialled at once for one reserved agent
    fixed_ratio: float = 1.5
    drop_late_ringers: bool = True


@dataclass(frozen=True, kw_only=True, slots=True)
class PreviewRules:
    countdown_s: float | None = None  # None: no automatic acceptance
    on_expiry: str = "accept"  # or "release"


@dataclass(frozen=True, kw_only=True, slots=True)
class MessageRules:
    """A message campaign. ``keys``: pressed digit -> disposition code ("1" -> "success", "9" -> "never_call").

    ``fax``: the document that is sent instead of the message played, to whatever answers.
    """

    message: str = "message"
    length_s: float = 20.0
    keys: Mapping[str, str] = field(default_factory=dict)
    leave_on_machine: bool = False
    fax: str = ""


@dataclass(frozen=True, kw_only=True, slots=True)
class MachineRules:
    """What is done with whatever else than a person answers, where detection is asked for.

    ``machine`` "hang_up", "leave_message" (after its beep) or "connect"; ``screening`` "hang_up", "connect" or
    "say_name" (``name_message`` is played to the assistant, then an agent is connected); ``fax`` "number_dead" or
    "hang_up" (the number stays); ``silence`` "person" or "hang_up". ``free_agent``: detection that says machine after
    an agent was connected takes the agent out at once. ``false_alarms``: share of live persons whom the detection takes
    for machines, 0..1; the standard is what ``docs/detection.md`` measured on made calls: measure your own.
    """

    machine: str = "hang_up"
    screening: str = "hang_up"
    fax: str = "number_dead"
    silence: str = "person"
    name_message: str = "our_name"
    name_length_s: float = 5.0
    free_agent: bool = False
    false_alarms: float = 0.008


@dataclass(frozen=True, kw_only=True, slots=True)
class Campaign:
    """One campaign as configured. ``purpose`` drives consent and packs: sales, survey, service, debt, notice, ...

    ``packs`` are rule-pack names ("us-federal", "uk", ...), besides those of the number's country and region.
    ``detect_machines``: "off", "sync" (wait for the verdict) or "async" (connect, correct later).
    """

    id: int
    name: str
    purpose: str = "sales"
    mode: Mode = Mode.PREDICTIVE
    language: str = "en"
    lists: tuple[str, ...] = ()
    list_mix: Mapping[str, float] = field(default_factory=dict)  # list name -> weight; empty: by priority only
    packs: tuple[str, ...] = ()
    country: str = ""
    hours: Hours = field(default_factory=Hours)
    starts_at: float | None = None
    ends_at: float | None = None
    priority: int = 0
    dial: DialRules = field(default_factory=DialRules)
    pacing: PacingRules = field(default_factory=PacingRules)
    preview: PreviewRules = field(default_factory=PreviewRules)
    message: MessageRules = field(default_factory=MessageRules)
    dispositions: Mapping[str, Disposition] = field(default_factory=lambda: dict(STANDARD_DISPOSITIONS))
    detect_machines: str = "off"
    machine: MachineRules = field(default_factory=MachineRules)
    whisper_name: bool = False  # the agent hears the person's name before they are connected
    transfer: Mapping[str, str] = field(default_factory=dict)  # name -> E.164 number a call may be handed on to
    wrap_up_s: float = 60.0  # after it the agent is nudged; the disposition is never skipped
    max_call_s: float = 3600.0
    skills: Mapping[str, int] = field(default_factory=dict)  # skill -> least level an agent needs
    tier_agents: bool = False  # only agents whose tiers include the lead's
    caller_ids: tuple[str, ...] = ()
    target_completed: int | None = None  # questionnaire quota
    quotas: Mapping[str, Mapping[str, int]] = field(default_factory=dict)  # fact -> value -> most completed
    order_value: float = 0.0
    cost_per_call_s: float = 0.0
    inbound: bool = False  # people returning our calls are taken by this campaign's agents
    inbound_target: float = 0.8  # share of them to be answered within ``inbound_within_s``
    inbound_within_s: float = 20.0
    consent_needed: str | None = None  # a consent kind the customer must have given
    record: bool = True  # both sides, from the moment an agent is on the line
    keep_recordings_s: float | None = None  # None: as the rule packs say; where they say nothing, until somebody does

    @property
    def leaves_message(self) -> bool:
        """Whether a machine is left the campaign's message."""
        return self.message.leave_on_machine or self.machine.machine == "leave_message"

    @property
    def sends_fax(self) -> bool:
        """Whether calls that are answered are sent a document. Who answers does not matter: only a fax takes it."""
        return self.mode is Mode.MESSAGE and bool(self.message.fax)
