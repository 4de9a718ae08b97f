"""What the floor tells its trunks and caller IDs of each call, and what it does when one of them says no.

Also the way up: changes an operator should know of become events, and rows for ``callwright trunk status``.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

from callwright.compliance import Refusal
from callwright.compliance.ledger import LedgerEntry
from callwright.dialer.caller_ids import NoCallerId
from callwright.dialer.hopper import put_back, put_last
from callwright.dialer.line_words import refusal_words
from callwright.dialer.lines import NoLine
from callwright.dialer.ports import LineChange
from callwright.dialer.recycle import after_refusal
from callwright.dialer.state import Call, CampaignRun, FloorState
from callwright.model.attempt import Mode
from callwright.model.outcome import Outcome, outcome_of_failure
from callwright.model.people import OPEN_STATUSES, Lead, LeadStatus, Phone

NO_TRUNK = "no_trunk"
"""The last outcome of a record that no trunk may dial; ``lists reset`` lets it be called again."""
LOOK_AT_CALLER_IDS_S = 30.0
_WITHDRAWN_AGAIN_S = 300.0


def tell_changes(floor: FloorState) -> Callable[[LineChange], None]:
    """What trunks and caller IDs are given to speak through."""

    def tell(change: LineChange) -> None:
        detail: Mapping[str, object] = change.detail
        floor.journal.batch.line_changes.append(change)
        floor.emit(change.kind, name=change.name, state=change.state, until=change.until, **detail)

    return tell


def line_over(floor: FloorState, call: Call) -> None:
    """A dialled call is over for the network: its channel, its cost, and what it tells of trunk and caller ID."""
    attempt, now = call.attempt, floor.clock.now()
    if attempt.mode is Mode.INBOUND:
        return
    unanswered = attempt.answered_at is None
    failed: bool | None = None
    if unanswered and call.end_as is None and attempt.ended_by != "network":
        outcome = outcome_of_failure(sip=attempt.sip, q850=attempt.q850, early=call.early, by=attempt.ended_by)
        failed = outcome is Outcome.CARRIER_FAILURE
        silent = attempt.rang_at is None and call.early is None
        if silent and not failed and (attempt.ended_by == "us" or attempt.sip == 408):
            failed = None  # given up without a word from the far end: who knows whether it is alive
    floor.lines.over(attempt.id, now, failed)
    if attempt.caller_id is not None and (not unanswered or failed is False):
        floor.callers.result(attempt, attempt.person_at is not None, now)


def no_line(floor: FloorState, run: CampaignRun, lead: Lead, phone: Phone, why: NoLine) -> None:
    """No trunk carries the call: the record is asked again at once, waits, or is beyond every trunk's reach."""
    if why.rule == "no_room":
        # where several trunks are in use others may have room for the next record
        (put_last if floor.lines.several else put_back)(run, lead)
        return
    tried, was_open = run.tried.pop(lead.id, None), lead.status in OPEN_STATUSES
    now, until = floor.clock.now(), why.until
    if until is not None and tried is not None:  # it has just failed over another trunk
        rule = run.campaign.dial.retry.get(Outcome.CARRIER_FAILURE)
        until = max(until, now + (rule.delay_s if rule is not None else 0.0))
    _refuse(floor, run, lead, phone, f"trunk:{why.rule}", until, why.about)
    if was_open and lead.status is LeadStatus.UNCALLABLE:
        lead.last_outcome = NO_TRUNK


def no_caller_id(floor: FloorState, run: CampaignRun, lead: Lead, phone: Phone, why: NoCallerId) -> None:
    """No caller ID may be shown: the record waits, and nobody is dialled without one."""
    until = why.until if why.until is not None else floor.clock.now() + _WITHDRAWN_AGAIN_S
    _refuse(floor, run, lead, phone, why.rule, until, "")


def _refuse(
    floor: FloorState, run: CampaignRun, lead: Lead, phone: Phone, rule: str, until: float | None, about: str
) -> None:
    now = floor.clock.now()
    run.hand_back(lead)
    run.refusals[rule] = run.refusals.get(rule, 0) + 1
    after_refusal(lead, phone, until=until, for_number=True)
    batch = floor.journal.batch
    batch.leads[lead.id] = lead
    run.note_next_step(lead)
    refusal = Refusal(
        rule=rule,
        words=refusal_words(rule, about),
        until=until,
        at=now,
        number=phone.number,
        lead_id=lead.id,
        customer_id=lead.customer_id,
        campaign_id=run.id,
    )
    batch.ledger.append(LedgerEntry.of(refusal))
    floor.emit("refuse", lead=lead.id, campaign=run.id, number=phone.number, rule=rule, until=until, about=about)


def note_shown(floor: FloorState, lead: Lead, caller_id: str) -> None:
    """From now on this number is the customer's own."""
    lead.shown_as = caller_id
    if lead.customer_id:
        floor.journal.batch.shown[lead.customer_id] = caller_id


async def look_at_caller_ids(floor: FloorState, now: float) -> None:
    """See now and then what an operator has withdrawn or given back."""
    floor.caller_ids_seen_at = now
    if any(run.campaign.caller_ids for run in floor.runs.values()):
        floor.callers.know(await floor.store.caller_ids(), now)


async def read_use_back(floor: FloorState) -> None:
    """After a start: what trunks and caller IDs have done already counts against their caps."""
    now = floor.clock.now()
    hour_from, day_from, prefixes = floor.lines.windows(now)
    used = await floor.store.line_use(hour_from=hour_from, day_from=day_from, prefixes=prefixes)
    floor.lines.read_back(used)
    floor.callers.know(await floor.store.caller_ids(), now)
    floor.callers.read_back(used)
    floor.caller_ids_seen_at = now
