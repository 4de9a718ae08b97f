"""From a lead to a dialling line: request, permit, commit, originate. The only place that orders the network to dial.

The order of things is the safety: the attempt is committed together with the ledger's yes, under the number's lock,
before the network hears of it; a refusal is noted with the lead's next step.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from callwright.compliance import DialFacts, DialPermit, Refusal, next_permitted_at, permit_dial
from callwright.compliance.ledger import LedgerEntry
from callwright.desk.service import Seat
from callwright.dialer.caller_ids import NoCallerId
from callwright.dialer.hopper import put_back
from callwright.dialer.line_keeping import no_caller_id, no_line, note_shown
from callwright.dialer.lines import NoLine
from callwright.dialer.network import Originate
from callwright.dialer.ports import DialRequest, PersonRecord
from callwright.dialer.recycle import after_refusal, phone_to_dial
from callwright.dialer.state import Call, CampaignRun, FloorState
from callwright.kit.errors import StoreUnavailable
from callwright.model.attempt import Attempt, Mode
from callwright.model.outcome import NUMBER_DEAD
from callwright.model.people import OPEN_STATUSES, Lead, LeadStatus
from callwright.pacing import RingingCall
from callwright.pacing.likelihood import Sight

_FOR_NUMBER = frozenset({"dead_number", "premium_number", "invalid_number", "unknown_zone", "unknown_country"})
"""Refusals that concern one number of the person, not the person."""

_LOOK_AHEAD_DAYS = 60
MAX_CALL_GRACE_S = 60.0
"""We end an overlong talk ourselves; so much later the network does, where we are not there any more."""
_OURS_AGAIN_S = 60.0
"""After a refusal that is about ourselves (clock, caller ID) the lead is asked for again after this."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Wish:
    """A lead to dial now; ``seat``: the agent it is dialled for (None: whoever is free at the answer)."""

    lead: Lead
    seat: Seat | None = None
    mode: Mode | None = None


class Opening:
    """Opens attempts for one floor."""

    def __init__(self, floor: FloorState) -> None:
        self._floor = floor
        self._ids: list[int] = []
        self._sights: dict[int, Sight] = {}

    async def open(self, run: CampaignRun, wishes: Sequence[Wish]) -> list[Call]:
        """Dial what may be dialled; returns the calls that were opened.

        Leads without a usable number and refused ones get their next step. Raises StoreUnavailable with every lead
        given back to the hopper when nothing was committed.
        """
        floor, now = self._floor, self._floor.clock.now()
        if not floor.network_up:  # it went while the turn was under way
            for wish in reversed(wishes):
                put_back(run, wish.lead)
            return []
        run.in_hand.update(wish.lead.id for wish in wishes)
        if len(self._ids) < len(wishes):
            try:
                more = await floor.store.reserve_attempt_ids(max(500, len(wishes)))
            except StoreUnavailable:
                for wish in reversed(wishes):
                    put_back(run, wish.lead)
                raise
            self._ids = [*reversed(more), *self._ids]
        requests: list[DialRequest] = []
        seats: dict[int, Seat | None] = {}
        for wish in wishes:
            request = self._request(run, wish, now)
            if request is not None:
                requests.append(request)
                seats[request.attempt.id] = wish.seat
        if not requests:
            return []
        facts: dict[int, DialFacts] = {}

        def decide(request: DialRequest, person: PersonRecord) -> DialPermit | Refusal:
            held = seats.get(request.attempt.id) is not None  # an agent is there for it: it cannot be abandoned
            asked = dial_facts(run, request, person, now, guaranteed=held)
            facts[request.attempt.id] = asked
            return permit_dial(asked, floor.book)

        try:
            answers = await floor.store.open_attempts(requests, decide, now)
        except StoreUnavailable:
            for request in reversed(requests):
                self._not_dialed(request)
                put_back(run, request.lead)
            raise
        opened = []
        for request, answer in zip(requests, answers, strict=True):
            if isinstance(answer, Refusal):
                self._refused(run, request, answer, facts.get(request.attempt.id))
            else:
                opened.append(self._dial(run, request, answer, seats[request.attempt.id]))
        return opened

    def _request(self, run: CampaignRun, wish: Wish, now: float) -> DialRequest | None:
        floor, lead, campaign = self._floor, wish.lead, run.campaign
        if campaign.quotas and run.quota_full(lead):
            self._close_lead(run, lead, "quota_full")
            return None
        phone = phone_to_dial(lead, campaign)
        if phone is None:
            self._close_lead(run, lead, "no_usable_number")
            return None
        shown = floor.callers.choose(
            campaign.caller_ids,
            phone.number,
            now,
            region=phone.region,
            customer_id=lead.customer_id,
            before=lead.shown_as,
            promised=lead.callback,
        )
        if isinstance(shown, NoCallerId):
            no_caller_id(floor, run, lead, phone, shown)
            return None
        trunk = floor.lines.take(self._ids[-1], phone.number, now, without=run.tried.get(lead.id, ()))
        if isinstance(trunk, NoLine):
            no_line(floor, run, lead, phone, trunk)
            return None
        floor.callers.take(self._ids[-1], shown, now)
        sight = self._sights[self._ids[-1]] = run.beliefs.sight(lead, phone, now)
        told = floor.answer_probability(lead, phone, now) if floor.answer_probability is not None else None
        attempt = Attempt(
            id=self._ids.pop(),
            campaign_id=run.id,
            list_id=lead.list_id,
            lead_id=lead.id,
            customer_id=lead.customer_id,
            phone_id=phone.id,
            number=phone.number,
            mode=wish.mode or campaign.mode,
            dialed_at=now,
            tier=lead.tier,
            try_no=lead.tries + 1,
            number_try_no=lead.phone_tries.get(phone.id, 0) + 1,
            redial_of=lead.redial_of,
            caller_id=shown,
            trunk=trunk.name,
            agent_id=None,
            answer_probability=run.beliefs.chance(sight, now) if told is None else told,
        )
        return DialRequest(attempt=attempt, lead=lead, phone=phone)

    def _close_lead(self, run: CampaignRun, lead: Lead, rule: str) -> None:
        """The lead is not dialled any more, by a rule of the campaign itself."""
        run.hand_back(lead)
        if lead.status in OPEN_STATUSES:
            lead.status = LeadStatus.EXHAUSTED if rule == "quota_full" else LeadStatus.UNCALLABLE
        self._floor.journal.batch.leads[lead.id] = lead
        self._count_refusal(run, rule)
        self._floor.emit("refuse", lead=lead.id, campaign=run.id, rule=rule)

    def _dial(self, run: CampaignRun, request: DialRequest, permit: DialPermit, seat: Seat | None) -> Call:
        floor, attempt, campaign = self._floor, request.attempt, run.campaign
        call = Call(attempt=attempt, run=run, lead=request.lead, seat=seat, permit=permit)
        call.sight = self._sights.pop(attempt.id)
        if attempt.caller_id is not None:
            floor.callers.dialed(attempt.id)
            known = request.lead.shown_as
            if attempt.caller_id != known and not floor.callers.keeps(campaign.caller_ids, known):
                note_shown(floor, request.lead, attempt.caller_id)
        call.view = RingingCall(
            id=attempt.id,
            elapsed_s=0.0,
            answer_probability=attempt.answer_probability,
            kind=request.phone.line_type.value,
        )
        run.calls[attempt.id] = floor.calls[attempt.id] = call
        if seat is None:
            run.ringing[attempt.id] = call
        run.dials += 1
        if attempt.redial_of is not None:
            run.redials += 1
        if seat is not None:
            run.reserved_calls[seat.agent.id] = run.reserved_calls.get(seat.agent.id, 0) + 1
        floor.emit(
            "dial",
            attempt=attempt.id,
            campaign=run.id,
            lead=attempt.lead_id,
            number=attempt.number,
            trunk=attempt.trunk,
            try_no=attempt.try_no,
            redial_of=attempt.redial_of,
        )
        floor.network.originate(
            Originate(
                attempt_id=attempt.id,
                permit=permit,
                trunk=attempt.trunk or "",
                caller_id=attempt.caller_id,
                ring_timeout_s=max(campaign.dial.ring_timeout_s, run.rule.min_ring_s),
                detect_machine=campaign.detect_machines != "off" and not campaign.sends_fax,
                max_call_s=campaign.max_call_s + MAX_CALL_GRACE_S,
                record=campaign.record,
            )
        )
        return call

    def _refused(self, run: CampaignRun, request: DialRequest, refusal: Refusal, facts: DialFacts | None) -> None:
        floor, lead, now = self._floor, request.lead, self._floor.clock.now()
        run.hand_back(lead)
        self._not_dialed(request)
        self._count_refusal(run, refusal.rule)
        until = refusal.until
        if until is not None and facts is not None:
            until = next_permitted_at(facts, floor.book, _LOOK_AHEAD_DAYS)
        if until is not None:
            until = max(until, now + 1.0)
        if refusal.ours:
            until = now + _OURS_AGAIN_S
        after_refusal(lead, request.phone, until=until, for_number=refusal.family in _FOR_NUMBER)
        floor.journal.batch.leads[lead.id] = lead
        run.note_next_step(lead)
        floor.journal.batch.ledger.append(LedgerEntry.of(refusal))
        floor.emit("refuse", lead=lead.id, campaign=run.id, number=request.phone.number, rule=refusal.rule, until=until)

    def _not_dialed(self, request: DialRequest) -> None:
        self._sights.pop(request.attempt.id, None)
        self._floor.lines.untake(request.attempt.id)
        self._floor.callers.untake(request.attempt.id)

    @staticmethod
    def _count_refusal(run: CampaignRun, rule: str) -> None:
        run.refusals[rule] = run.refusals.get(rule, 0) + 1


def dial_facts(
    run: CampaignRun, request: DialRequest, person: PersonRecord, now: float, *, guaranteed: bool
) -> DialFacts:
    """Everything the rules ask, for one number of one lead at one instant."""
    lead, phone = request.lead, request.phone
    campaign = run.campaign
    return DialFacts(
        now=now,
        campaign_id=campaign.id,
        purpose=campaign.purpose,
        mode=request.attempt.mode,
        packs=campaign.packs,
        campaign_hours=campaign.hours,
        consent_needed=campaign.consent_needed,
        min_gap_s=campaign.dial.min_gap_s,
        next_number_at_once=_at_once(run, lead),
        quota=campaign.dial.quota,
        lead_id=lead.id,
        customer_id=lead.customer_id,
        phone=phone,
        person_zone=lead.time_zone,
        bans=person.bans,
        freezes=person.freezes,
        consents=person.consents,
        history=person.history,
        live_on_number=person.live_on_number,
        live_on_lead=person.live_on_lead,
        caller_id=request.attempt.caller_id,
        clock_offset_s=0.0,
        agent_guaranteed=guaranteed,
        ai_voice=False,
        callback_promised=lead.callback,
    )


def _at_once(run: CampaignRun, lead: Lead) -> bool:
    """Whether the lead's last number proved dead and its next one may be dialled without delay."""
    return run.campaign.dial.next_number_at_once and lead.last_outcome in NUMBER_DEAD
