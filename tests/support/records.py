"""What must be true of a floor's records, however rough the day was: checked from the records alone.

``Records`` is what a store holds afterwards (``of_memory``; ``postgres_records`` reads the same from a database);
``complaints`` goes through it with rules typed in a second time, and knows nothing of how the engine works.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from itertools import pairwise
from typing import Any
from zoneinfo import ZoneInfo

from callwright.adapters.memory.store import MemoryStore
from callwright.compliance import BanEntry
from callwright.compliance.ledger import LedgerEntry
from callwright.dialer.ports import Order
from callwright.model.agent import StateInterval
from callwright.model.attempt import Attempt, AttemptState, Mode
from callwright.model.campaign import Campaign
from callwright.model.outcome import ANSWERED, ANSWERED_BY_PERSON, NOT_COUNTED, NUMBER_DEAD, Outcome
from callwright.model.people import Lead, LeadStatus

NEVER = float("inf")
EPS_S = 1e-3  # databases keep microseconds
HOURS_OF = {"US": (range(7), 8 * 60, 21 * 60)}  # the law of the place: weekdays, from, to; elsewhere the cautious ones
CAUTIOUS = (range(6), 9 * 60, 20 * 60)
CAP_OF = {"PT": 3}  # calls to a person in 24 hours, where the place has a cap
OURS = frozenset({Outcome.CARRIER_FAILURE, Outcome.OUR_FAILURE})


@dataclass(kw_only=True, slots=True)
class Records:
    """Everything a store holds after a run. ``banned_at``: when each ban was committed, where that is known better."""

    campaign: Campaign
    attempts: Sequence[Attempt]
    leads: Sequence[Lead]
    intervals: Sequence[StateInterval] = ()
    ledger: Sequence[LedgerEntry] = ()
    bans: Sequence[tuple[float, BanEntry]] = ()
    orders: Sequence[Order] = ()
    promised: Sequence[int] = ()  # the lead of each call-back promised
    events: Sequence[Mapping[str, Any]] = ()  # kind, at and data of the log
    crashed: bool = False  # a dialer died: what it had not committed is gone
    finished: bool = True  # the floor was closed in order
    closed_at: float = 0.0
    phones: dict[int, tuple[str, tuple[str, ...]]] = field(default_factory=dict)  # id -> country, zones

    def __post_init__(self) -> None:
        for lead in self.leads:
            for phone in lead.phones:
                self.phones[phone.id] = (phone.country, phone.zones)

    @property
    def dials(self) -> list[Attempt]:
        return sorted((a for a in self.attempts if a.mode is not Mode.INBOUND), key=lambda a: (a.dialed_at, a.id))


def of_memory(store: MemoryStore, campaign: Campaign, **more: Any) -> Records:
    return Records(
        campaign=campaign,
        attempts=store.all_attempts(),
        leads=store.all_leads(),
        intervals=store.intervals,
        ledger=store.ledger,
        orders=store.orders,
        promised=[callback.lead_id for callback in store.callbacks],
        **{"bans": [(ban.at, ban) for ban in store.bans], **more},
    )


def complaints(records: Records) -> list[str]:
    """Everything that is not as it must be; empty is good."""
    found: list[str] = []
    for rule in (
        _one_call_at_a_time,
        _minimum_gap,
        _bans_hold,
        _lawful_hours,
        _caps,
        _one_word_per_answer,
        _unknown_fate_rests,
        _nothing_left_open,
        _tries_add_up,
        _agents_are_in_one_place,
        _every_decision_in_the_ledger,
        _orders,
        _dead_numbers,
    ):
        found.extend(f"{rule.__name__[1:]}: {text}" for text in rule(records))
    return found


# --- whom and when ------------------------------------------------------------------------------------------------


def _by(attempts: Iterable[Attempt], key: str) -> Iterator[tuple[Any, list[Attempt]]]:
    groups: dict[Any, list[Attempt]] = defaultdict(list)
    for attempt in attempts:
        value = getattr(attempt, key)
        if value is not None:
            groups[value].append(attempt)
    yield from groups.items()


def _one_call_at_a_time(records: Records) -> Iterator[str]:
    for key in ("lead_id", "number"):
        for value, calls in _by(records.dials, key):
            for one, two in pairwise(calls):
                if two.dialed_at < (NEVER if one.ended_at is None else one.ended_at) - EPS_S:
                    yield f"{key} {value}: attempt {two.id} began while {one.id} was under way"


def _disturbed(attempt: Attempt) -> bool:
    """Whether the dial counts on the person at all."""
    if attempt.outcome in OURS:
        return False
    if attempt.outcome is not Outcome.DROPPED:
        return True
    return attempt.rang_at is not None and (attempt.ended_at or NEVER) - attempt.rang_at >= 1.0


def _minimum_gap(records: Records) -> Iterator[str]:
    dial = records.campaign.dial
    for key in ("lead_id", "customer_id", "number"):
        for value, calls in _by(filter(_disturbed, records.dials), key):
            for one, two in pairwise(calls):
                if dial.next_number_at_once and one.outcome in NUMBER_DEAD and one.number != two.number:
                    continue
                if two.dialed_at - one.dialed_at < dial.min_gap_s - EPS_S:
                    yield f"{key} {value}: {two.dialed_at - one.dialed_at:.1f} s from {one.id} to {two.id}"


def _bans_hold(records: Records) -> Iterator[str]:
    for committed_at, ban in records.bans:
        if ban.scope == "campaign" and ban.campaign_id != records.campaign.id:
            continue
        for attempt in records.dials:
            concerned = attempt.number == ban.number or (
                ban.customer_id is not None and attempt.customer_id == ban.customer_id
            )
            if concerned and attempt.dialed_at > committed_at + EPS_S:
                yield f"{attempt.number} dialled {attempt.dialed_at - committed_at:.3f} s after its ban"


def _lawful_hours(records: Records) -> Iterator[str]:
    own = records.campaign.hours
    for attempt in records.dials:
        if attempt.phone_id not in records.phones:
            continue
        country, zones = records.phones[attempt.phone_id]
        if not zones:
            yield f"attempt {attempt.id} to a number of unknown zone"
        weekdays, begin, end = HOURS_OF.get(country, CAUTIOUS)
        for zone in zones:
            wall = datetime.fromtimestamp(attempt.dialed_at, ZoneInfo(zone))
            minute = wall.hour * 60 + wall.minute
            lawful = wall.weekday() in weekdays and begin <= minute < end
            wanted = wall.weekday() in own.weekdays and own.from_minute <= minute < own.to_minute
            if not (lawful and wanted):
                yield f"attempt {attempt.id} at {wall:%a %H:%M} in {zone} ({country})"


def _caps(records: Records) -> Iterator[str]:
    for value, calls in _by(filter(_disturbed, records.dials), "customer_id"):
        for place, call in enumerate(calls):
            most = CAP_OF.get(records.phones.get(call.phone_id or 0, ("", ()))[0])
            before = [c for c in calls[:place] if c.dialed_at > call.dialed_at - 86400.0 + EPS_S]
            if most is not None and len(before) >= most:
                yield f"customer {value}: attempt {call.id} is the {len(before) + 1}th in 24 hours"


# --- how it ended -------------------------------------------------------------------------------------------------


def _one_word_per_answer(records: Records) -> Iterator[str]:
    for attempt in records.attempts:
        if attempt.state is not AttemptState.ENDED:
            continue
        if attempt.outcome is None or attempt.ended_at is None:
            yield f"attempt {attempt.id} ended without outcome or end"
        if attempt.answered_at is not None:
            if attempt.disposition is None or attempt.disposed_at is None:
                yield f"attempt {attempt.id} was answered ({attempt.outcome}) and has no disposition"
            elif attempt.disposition not in records.campaign.dispositions:
                yield f"attempt {attempt.id} has the unknown disposition {attempt.disposition}"
            if attempt.outcome not in ANSWERED:
                yield f"attempt {attempt.id} was answered, and its outcome is {attempt.outcome}"
        elif attempt.disposition is not None:
            yield f"attempt {attempt.id} was not answered and has the disposition {attempt.disposition}"
        if (attempt.connected_at is not None) and attempt.outcome not in (Outcome.TALKED, Outcome.MACHINE):
            yield f"attempt {attempt.id} was put through, and its outcome is {attempt.outcome}"
    words = Counter(
        event["attempt"] for event in records.events if event["kind"] in ("dispose", "end") and event.get("disposition")
    )
    yield from (f"attempt {id} got {count} dispositions" for id, count in words.items() if count > 1)


def _unknown_fate_rests(records: Records) -> Iterator[str]:
    leads = {lead.id: lead for lead in records.leads}
    lost = [a for a in records.attempts if a.state is AttemptState.UNKNOWN]
    for attempt in lost:
        if attempt.outcome is not Outcome.UNKNOWN or attempt.disposition is not None:
            yield f"attempt {attempt.id} is of unknown fate, yet {attempt.outcome} {attempt.disposition}"
        lead = leads.get(attempt.lead_id or 0)
        if lead is not None and lead.last_attempt_id == attempt.id and lead.status is not LeadStatus.HELD:
            yield f"lead {lead.id} is {lead.status} after attempt {attempt.id} of unknown fate"
        for later in records.dials:
            if later.mode is Mode.MANUAL or later.dialed_at <= attempt.dialed_at or later is attempt:
                continue
            if later.number == attempt.number or later.lead_id == attempt.lead_id:
                yield f"attempt {later.id} redials {attempt.id} of unknown fate"


def _nothing_left_open(records: Records) -> Iterator[str]:
    if not records.finished:
        return
    for attempt in records.attempts:
        if attempt.state not in (AttemptState.ENDED, AttemptState.UNKNOWN):
            yield f"attempt {attempt.id} is {attempt.state} after the floor was closed"
    for lead in records.leads:
        if lead.status is LeadStatus.CLAIMED:
            yield f"lead {lead.id} is claimed after the floor was closed"


def _tries_add_up(records: Records) -> Iterator[str]:
    counted = Counter(
        a.lead_id
        for a in records.dials
        if a.state in (AttemptState.ENDED, AttemptState.UNKNOWN) and a.outcome not in NOT_COUNTED
    )
    inbound = {a.lead_id for a in records.attempts if a.mode is Mode.INBOUND}
    redials = Counter(a.lead_id for a in records.dials if a.redial_of is not None)
    for lead in records.leads:
        if lead.id in inbound:
            continue
        if lead.tries != counted[lead.id]:
            yield f"lead {lead.id} counts {lead.tries} tries, the attempts say {counted[lead.id]}"
        by_hand = sum(a.lead_id == lead.id and a.mode is Mode.MANUAL for a in records.dials)
        allowed = records.campaign.dial.max_tries + redials[lead.id] + by_hand + records.promised.count(lead.id)
        if counted[lead.id] > allowed:
            yield f"lead {lead.id} was tried {counted[lead.id]} times"


# --- who took part ------------------------------------------------------------------------------------------------


def _agents_are_in_one_place(records: Records) -> Iterator[str]:
    for agent_id, stretches in _by(records.intervals, "agent_id"):  # type: ignore[arg-type]  # any record with the key
        stretches.sort(key=lambda s: s.began_at)  # type: ignore[attr-defined]
        for one, two in pairwise(stretches):
            if two.began_at < one.ended_at - EPS_S:  # type: ignore[attr-defined, operator]
                yield f"agent {agent_id} is in {one.state} and {two.state} at once"
    talks = [a for a in records.attempts if a.connected_at is not None and a.agent_id is not None]
    talks.sort(key=lambda a: a.connected_at or 0.0)
    for agent_id, calls in _by(talks, "agent_id"):
        for one, two in pairwise(calls):
            # a call handed on after its agent was lost bears the second agent from the first one's beginning on
            handed_on = not _own_talk(records, one) or not _own_talk(records, two)
            over_at = one.left_at if one.left_at is not None else one.ended_at
            if not handed_on and (two.connected_at or 0.0) < (over_at or NEVER) - EPS_S:
                yield f"agent {agent_id} talks in {one.id} and {two.id} at once"


def _own_talk(records: Records, attempt: Attempt) -> bool:
    """Whether its agent was there from its beginning to its end, or to where they handed it on."""
    joins = {e["agent"] for e in records.events if e["kind"] == "connect" and e["attempt"] == attempt.id}
    return len(joins) <= 1 and not attempt.alone_s and attempt.disposition != "lost"


def uncovered_logins(records: Records, eps_s: float = EPS_S) -> Iterator[str]:
    """Every instant between log-in and log-out lies in an interval. Only for days without a crash."""
    present: dict[int, float] = {}
    spans: dict[int, float] = defaultdict(float)
    for event in records.events:
        if event["kind"] != "agent":
            continue
        agent, away = event["agent"], event["state"] == "offline"
        if away and agent in present:
            spans[agent] += event["at"] - present.pop(agent)
        elif not away:
            present.setdefault(agent, event["at"])
    for agent, since in present.items():
        spans[agent] += records.closed_at - since
    covered: dict[int, float] = defaultdict(float)
    for interval in records.intervals:
        covered[interval.agent_id] += interval.ended_at - interval.began_at
    for agent, span_s in spans.items():
        if abs(span_s - covered[agent]) > eps_s + 1e-6 * span_s:
            yield f"agent {agent} was there for {span_s:.3f} s, and the intervals cover {covered[agent]:.3f} s"


def _every_decision_in_the_ledger(records: Records) -> Iterator[str]:
    yes = Counter(row.attempt_id for row in records.ledger if row.decision == "permit")
    for attempt in records.dials:
        if yes.pop(attempt.id, 0) != 1:
            yield f"attempt {attempt.id} has not one permit in the ledger"
    yield from (f"the permit of attempt {id} opened nothing" for id in yes)
    if records.crashed:
        return
    own = ("no_usable_number", "quota_full")  # the campaign's own bookkeeping, no rule refused
    told = sum(e["kind"] == "refuse" and e["rule"] not in own for e in records.events)
    refusals = sum(row.decision == "refuse" for row in records.ledger)
    if records.events and told != refusals:
        yield f"{told} refusals, {refusals} rows of them in the ledger"


def _orders(records: Records) -> Iterator[str]:
    per_attempt = Counter(order.attempt_id for order in records.orders)
    yield from (f"attempt {id} has {count} orders" for id, count in per_attempt.items() if count > 1)


def _dead_numbers(records: Records) -> Iterator[str]:
    """A number is dead by what it is, never by how a talk went."""
    by_outcome = {*NUMBER_DEAD, Outcome.FAX, Outcome.REJECTED_FOREVER}
    by_word = {word.code for word in records.campaign.dispositions.values() if word.number_dead}
    for lead in records.leads:
        for phone in lead.phones:
            if phone.dead is not None and phone.dead not in by_outcome | by_word:
                yield f"{phone.number} is dead because of {phone.dead}"


def abandon_rate(records: Records) -> tuple[int, float]:
    """(persons who answered our calls, the share of them we let down)."""
    answers = [a for a in records.dials if a.outcome in ANSWERED_BY_PERSON]
    lost = sum(a.outcome is Outcome.ABANDONED for a in answers)
    return len(answers), lost / len(answers) if answers else 0.0
