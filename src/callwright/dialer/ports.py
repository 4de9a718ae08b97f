"""What the dialer needs of a store that commits: its rows, batches and questions. (``network`` is its counterpart.)

Two exist: memory and PostgreSQL. One contract suite in ``tests/contract/store`` runs over both.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

from callwright.compliance import BanEntry, ConsentEntry, DialPermit, FreezeEntry, PastCall, Refusal
from callwright.compliance.ledger import LedgerEntry
from callwright.model.agent import Agent, StateInterval
from callwright.model.attempt import Attempt, Mode
from callwright.model.campaign import Campaign
from callwright.model.outcome import Outcome
from callwright.model.people import Lead, Phone


@dataclass(frozen=True, kw_only=True, slots=True)
class Trunk:
    """A line to a carrier: how much it takes, what it may dial, what it costs. Money in the trunk's currency.

    ``rates``: what a minute costs to numbers with a beginning of its own, the longest beginning counts; others cost
    ``cost_per_minute``. Risky beginnings (``toll_fraud``) are dialled only where ``prefixes`` names them itself. The
    spend caps hold for any hour and for each day; calls under way count.
    """

    name: str
    channels: int
    calls_per_s: float
    prefixes: tuple[str, ...] = ("+",)  # E.164 beginnings it may dial
    denied_prefixes: tuple[str, ...] = ()
    cost_per_minute: float = 0.0
    rates: Mapping[str, float] = field(default_factory=dict)  # beginning -> cost of a minute
    most_per_hour: float | None = None
    most_per_day: float | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class CallerId:
    """A number of ours that is shown to people, and how hard it may be worked. ``region``: where it counts as local
    ("US-NY"; empty: as its digits say)."""

    number: str
    daily_cap: int | None = None  # dials a day
    rest_s: float = 0.0  # between two dials
    region: str = ""
    withdrawn: bool = False  # by an operator: shown no more until given back


@dataclass(frozen=True, kw_only=True, slots=True)
class LineRules:
    """What holds for all trunks of an installation together. ``calls_per_hour``: most dials in an hour to numbers with
    a beginning; ``time_zone``: whose midnight begins a day of the daily caps."""

    denied_prefixes: tuple[str, ...] = ()
    calls_per_hour: Mapping[str, int] = field(default_factory=dict)
    least_cost: bool = False  # the cheapest trunk for the number first, instead of the longest prefix
    time_zone: str = "UTC"


@dataclass(frozen=True, kw_only=True, slots=True)
class LineChange:
    """Something an operator should know of a trunk or a caller ID, kept by the store. ``line_words`` says it in words.

    ``kind`` "trunk", "prefix" or "caller_id"; ``state`` what it is now: open, half_open, closed (the breaker),
    spend_hour, spend_day, spend_free, calls_per_hour, answers_low, answers_fine, withdrawn, given_back.
    """

    at: float
    kind: str
    name: str
    state: str
    until: float | None = None
    detail: Mapping[str, Any] = field(default_factory=dict)


@dataclass(kw_only=True, slots=True)
class LineUse:
    """What trunks and caller IDs have done lately, as the caps need it after a restart; finished calls only where money
    is meant."""

    spent: dict[tuple[str, int], float] = field(default_factory=dict)  # (trunk, minute of its end) -> cost, last hour
    spent_today: dict[str, float] = field(default_factory=dict)
    dialed: dict[str, list[float]] = field(default_factory=dict)  # asked-for beginning -> instants, last hour
    shown_today: dict[str, tuple[int, float]] = field(default_factory=dict)  # caller ID -> dials, the last instant
    answered_low: set[str] = field(default_factory=set)  # caller IDs under the early warning


# --- the store ---------------------------------------------------------------------------------------------------


@dataclass(frozen=True, kw_only=True, slots=True)
class PersonRecord:
    """All that the rules ask about a person, read under the number lock."""

    bans: tuple[BanEntry, ...] = ()
    freezes: tuple[FreezeEntry, ...] = ()
    consents: tuple[ConsentEntry, ...] = ()
    history: Sequence[PastCall] = ()  # newest first, calls to any number of the person and to this number
    live_on_number: bool = False
    live_on_lead: bool = False


@dataclass(frozen=True, kw_only=True, slots=True)
class DialRequest:
    """A wish to dial: the attempt as it will be stored if the rules permit it, and its lead and number."""

    attempt: Attempt
    lead: Lead
    phone: Phone


Decide = Callable[[DialRequest, PersonRecord], DialPermit | Refusal]
"""Called by the store once per request, under the number lock, with the person's record as committed."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Order:
    """Something sold in a call."""

    attempt_id: int
    lead_id: int | None
    customer_id: int | None
    campaign_id: int
    agent_id: int | None
    at: float
    amount: float


@dataclass(frozen=True, kw_only=True, slots=True)
class Leg:
    """One party's stretch in an answered call: ``kind`` "customer", "agent" (a call passed on has several agents'), or
    "transfer": a third party's, outside or a helping agent."""

    attempt_id: int
    kind: str
    agent_id: int | None
    began_at: float  # dialled, or joined
    answered_at: float
    ended_at: float


@dataclass(frozen=True, kw_only=True, slots=True)
class Callback:
    """A promised call-back. ``agent_id`` None: anybody may make it. ``due_at`` lies inside the legal window."""

    lead_id: int
    campaign_id: int
    agent_id: int | None
    due_at: float
    made_by_attempt_id: int | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class Fax:
    """A fax sent (``attempt_id``, ``document``) or received (``file``), or not: ``whole`` False, and ``why``."""

    at: float
    number: str  # of the other side
    ours: str  # the number of ours that was shown, or called
    pages: int
    whole: bool
    why: str = ""
    attempt_id: int | None = None
    document: str = ""
    file: str = ""
    station: str = ""  # what the sending machine calls itself


@dataclass(kw_only=True, slots=True)
class Batch:
    """What has changed since the last save, committed in one transaction; nothing of it is accepted before that.

    Attempts and leads are written as they are at the moment of the save (the latest state wins); an attempt the store
    does not know yet (a returned call) is inserted. Bans take the number's lock like any do-not-call write.
    """

    attempts: dict[int, Attempt] = field(default_factory=dict)
    leads: dict[int, Lead] = field(default_factory=dict)
    dead_phones: dict[int, str] = field(default_factory=dict)  # phone id -> why
    intervals: list[StateInterval] = field(default_factory=list)
    ledger: list[LedgerEntry] = field(default_factory=list)
    legs: list[Leg] = field(default_factory=list)
    orders: list[Order] = field(default_factory=list)
    callbacks: list[Callback] = field(default_factory=list)
    bans: list[BanEntry] = field(default_factory=list)
    freezes: list[FreezeEntry] = field(default_factory=list)  # candidates: confirmed_by None
    outbox: list[tuple[str, Mapping[str, Any]]] = field(default_factory=list)  # (topic, payload)
    shown: dict[int, str] = field(default_factory=dict)  # customer id -> the number they are shown
    line_changes: list[LineChange] = field(default_factory=list)
    faxes: list[Fax] = field(default_factory=list)  # a received one with a file that is known is left out

    def __bool__(self) -> bool:
        return bool(
            self.attempts
            or self.leads
            or self.dead_phones
            or self.intervals
            or self.ledger
            or self.legs
            or self.orders
            or self.callbacks
            or self.bans
            or self.freezes
            or self.outbox
            or self.shown
            or self.line_changes
            or self.faxes
        )


@dataclass(frozen=True, kw_only=True, slots=True)
class Progress:
    """Where a campaign's records stand, from counters (never a count over the leads)."""

    leads: int
    open: int  # due, waiting or claimed
    next_due_at: float | None  # earliest waiting lead; now or before: some are due


@dataclass(kw_only=True, slots=True)
class Completed:
    """Completed records (questionnaire or presentation finished): in all, and by fact and value (for quotas)."""

    total: int = 0
    by: dict[str, dict[str, int]] = field(default_factory=dict)

    def add(self, facts: Mapping[str, str], names: Sequence[str]) -> None:
        """Count one more record with these customer facts."""
        self.total += 1
        for name in names:
            values = self.by.setdefault(name, {})
            value = facts.get(name, "")
            values[value] = values.get(value, 0) + 1


@dataclass(frozen=True, kw_only=True, slots=True)
class Answers:
    """Live answers about an instant: those put through to somebody or abandoned, and the abandoned among them."""

    at: float
    answered: int
    abandoned: int


@dataclass(frozen=True, kw_only=True, slots=True)
class PastDial:
    """A call that was answered or is over, with what was known before it. ``tries`` of the number and ``last_outcome``,
    ``last_disposition`` of the record before this call; ``reached``: a person of the record had answered before."""

    id: int
    mode: Mode
    list_id: int | None
    tier: int
    agent_id: int | None
    line_type: str
    zone: str  # IANA, where the person is; "" unknown
    tries: int
    last_outcome: str | None
    last_disposition: str | None
    reached: bool
    answer_probability: float | None  # as told when it was dialled
    dialed_at: float
    answered_at: float | None
    person_at: float | None
    connected_at: float | None
    ended_at: float | None
    disposed_at: float | None
    talk_s: float
    wrap_s: float
    outcome: Outcome | None
    ended_by: str | None


class Store(Protocol):
    """Commits. Every method is one transaction and raises StoreUnavailable (kit.errors) when it did not commit."""

    async def reserve_attempt_ids(self, count: int) -> range:
        """``count`` attempt ids never given out before and never again."""
        ...

    async def lease_campaign(self, campaign_id: int, owner: str, now: float, lease_s: float) -> bool:
        """Take or renew the right to dial this campaign; False while another owner's lease runs."""
        ...

    async def promote_due(self, campaign_id: int, now: float) -> int:
        """Turn waiting leads whose time has come into due ones; how many."""
        ...

    async def claim_leads(
        self,
        campaign_id: int,
        *,
        owner: str,
        now: float,
        limit: int,
        list_id: int | None = None,
        agent_ids: Sequence[int] = (),
    ) -> list[Lead]:
        """Claim up to ``limit`` due leads by descending priority, then next_at, then id; nobody else gets them.

        With ``agent_ids``: only leads owned by, or with a personal call-back for, one of these agents; without: only
        leads that belong to nobody. Returned leads carry their customer's phones (dead ones included).
        """
        ...

    async def free_missed_callbacks(self, campaign_id: int, before: float) -> int:
        """Personal call-backs that were due before ``before`` and still are become anybody's; how many."""
        ...

    async def release_leads(self, leads: Sequence[Lead]) -> None:
        """Give claimed leads back as due, unchanged."""
        ...

    async def open_attempts(
        self, requests: Sequence[DialRequest], decide: Decide, now: float
    ) -> list[DialPermit | Refusal]:
        """For each request, in one transaction: lock its number (the lock a do-not-call write takes), read the
        person's record, ask ``decide``; on a permit store the attempt (``dialing``) and the ledger's yes.

        The answers are in the order of the requests. A second live attempt on a number or lead is refused with the
        rule "live_attempt" whatever ``decide`` said. Refusals are not stored here: the caller saves their ledger rows
        with the lead's next state.
        """
        ...

    async def save(self, batch: Batch) -> None: ...

    async def live_attempts(self, campaign_id: int) -> list[Attempt]:
        """Attempts not yet ENDED or UNKNOWN (for recovery)."""
        ...

    async def claimed_leads(self, campaign_id: int) -> list[Lead]:
        """Leads in status CLAIMED (for recovery)."""
        ...

    async def leads(self, lead_ids: Sequence[int]) -> list[Lead]: ...

    async def lead_for_number(self, campaign_id: int, number: str) -> Lead | None:
        """The campaign's lead that has this number (manual dialling, returned calls)."""
        ...

    async def answers_since(self, campaign_id: int, since: float) -> list[Answers]:
        """Our calls answered at or after ``since`` and put through or abandoned, by the minute, oldest first; calls
        under way count as answered once a person was recognised."""
        ...

    async def past_dials(self, campaign_id: int, since: float, most: int) -> list[PastDial]:
        """The newest ``most`` calls dialled (or come) at or after ``since`` and answered by a person or over, oldest
        first. (Without the answered ones that go on, a busy minute would look as if nobody had answered.)"""
        ...

    async def completed(self, campaign_id: int, facts: Sequence[str]) -> Completed:
        """The campaign's completed records, in all and by the values of the customer facts named."""
        ...

    async def progress(self, campaign_id: int) -> Progress: ...

    async def campaign(self, name: str) -> Campaign | None: ...
    async def agents(self) -> list[Agent]: ...
    async def trunks(self) -> list[Trunk]: ...

    async def caller_ids(self) -> list[CallerId]:
        """The numbers we may show, withdrawn ones included, in the order in which they were given."""
        ...

    async def line_use(self, *, hour_from: float, day_from: float, prefixes: Sequence[str] = ()) -> LineUse:
        """What the caps count: money and dials since ``hour_from``, dials by caller ID and money since ``day_from``."""
        ...
