"""Returned calls: a person calls one of our caller IDs and finds the campaign, its agents and their own record.

Caller ID is never authentication: the number only proposes a record to the agent.
"""

from __future__ import annotations

from callwright.dialer.calls import Calls
from callwright.dialer.hopper import read_for_number, take_aside
from callwright.dialer.state import Call, CampaignRun, FloorState
from callwright.kit.errors import Conflict
from callwright.model.attempt import Attempt, AttemptEvent, Mode
from callwright.model.people import Lead
from callwright.pacing import InboundArrived


def campaign_called(floor: FloorState, called: str) -> CampaignRun | None:
    """The running campaign that shows ``called`` as its caller ID and takes returned calls."""
    for run in floor.runs.values():
        if run.campaign.inbound and called in run.campaign.caller_ids:
            return run
    return None


async def take_returned_call(floor: FloorState, calls: Calls, call_id: int, number: str, called: str) -> None:
    """Answer a returned call and give it to a free agent, or let it wait at the head of the queue."""
    run = campaign_called(floor, called)
    if run is None:
        floor.network.refuse_inbound(call_id)
        floor.emit("inbound", number=number, called=called, taken=False)
        return
    lead = await _record(floor, run, number)
    (attempt_id,) = await floor.store.reserve_attempt_ids(1)
    now = floor.clock.now()
    own = take_aside(floor, run, lead) if lead is not None else None
    attempt = Attempt(
        id=attempt_id,
        campaign_id=run.id,
        list_id=lead.list_id if lead else None,
        lead_id=lead.id if lead else None,
        customer_id=lead.customer_id if lead else None,
        phone_id=next((p.id for p in lead.phones if p.number == number), None) if lead else None,
        number=number,
        mode=Mode.INBOUND,
        dialed_at=now,
        tier=lead.tier if lead else 5,
        caller_id=called,
    )
    attempt.answered_at = attempt.person_at = now
    attempt.advance(AttemptEvent.PERSON)
    call = Call(attempt=attempt, run=run, lead=own)
    run.calls[attempt_id] = floor.calls[attempt_id] = call
    floor.note(call)
    floor.network.accept_inbound(call_id, attempt_id, record=run.campaign.record)
    floor.emit("inbound", attempt=attempt_id, campaign=run.id, number=number, called=called, taken=True)
    _tell_pacing(floor, run, now)
    seat = calls.seat_for(run, call, inbound=True)
    if seat is not None:
        calls.connect(call, seat)
    else:
        run.waiting[attempt_id] = call


def _tell_pacing(floor: FloorState, run: CampaignRun, now: float) -> None:
    """Every campaign that dials for agents who may be given this caller learns how often callers come."""
    for other in floor.runs.values():
        if other is run or any(run.id in seat.campaigns for seat in floor.desk.at_work(other.id)):
            other.stirred = True
            for controller in list(other.controllers.values()) or [other.controller(0)]:
                controller.observe(InboundArrived(at=now))


async def _record(floor: FloorState, run: CampaignRun, number: str) -> Lead | None:
    try:
        return await read_for_number(floor, run, number)
    except Conflict:
        return None  # the person is served without it
