"""After a crash: the network's live calls against the store's unfinished attempts, and each gets its true end.

In the network and in the store: adopted. In the network only: hung up (it cannot be, the commit comes first, but a
stranger is not left on the line). In the store only: closed where the truth is known, else UNKNOWN and its lead HELD,
so that nobody is redialled blindly. Claims of a dead dialer go back.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

from callwright.dialer.calls import SAFE_HARBOUR_S, Calls
from callwright.dialer.closing import close_gone, meant_by
from callwright.dialer.network import ConsultEnd, LiveCall, TransferTarget
from callwright.dialer.state import Call, CampaignRun, FloorState, Third
from callwright.model.attempt import Attempt, AttemptEvent, AttemptState, Mode
from callwright.model.outcome import Media, Outcome
from callwright.model.people import Lead
from callwright.pacing import RingingCall


@dataclass(kw_only=True, slots=True)
class Recovered:
    """What a recovery found: attempts adopted, closed with a known end, of unknown fate; claims given back."""

    adopted: int = 0
    closed: int = 0
    unknown: int = 0
    released: int = 0
    strangers: int = 0


async def recover(floor: FloorState, calls: Calls, run: CampaignRun, keep_parked: Callable[[Call], None]) -> Recovered:
    """Reconcile one campaign before its first turn."""
    found = Recovered()
    unfinished = await floor.store.live_attempts(run.id)
    claimed = {lead.id: lead for lead in await floor.store.claimed_leads(run.id)}
    missing = [a.lead_id for a in unfinished if a.lead_id is not None and a.lead_id not in claimed]
    leads: dict[int, Lead] = {**claimed, **{lead.id: lead for lead in await floor.store.leads(missing)}}
    # The network is asked last: what happens to a call before it is adopted is told to nobody.
    in_network = {live.attempt_id: live for live in await floor.network.live_calls()}
    for attempt in unfinished:
        if attempt.id in floor.calls:
            continue  # a person has rung us since; that call is in good hands
        lead = leads.get(attempt.lead_id) if attempt.lead_id is not None else None
        claimed.pop(attempt.lead_id or 0, None)
        live = in_network.pop(attempt.id, None)
        if live is not None:
            _adopt(floor, calls, run, attempt, lead, live, keep_parked)
            found.adopted += 1
        elif close_gone(floor, run, attempt, lead):
            found.closed += 1
            if attempt.outcome is Outcome.ABANDONED:
                run.window.abandoned(floor.clock.now())
        else:
            found.unknown += 1
    await _end_the_gone(floor, calls, run)
    await floor.journal.drain()
    claimed = {lead_id: lead for lead_id, lead in claimed.items() if lead_id not in run.in_hand}
    if claimed:
        await floor.store.release_leads(list(claimed.values()))
        found.released = len(claimed)
    floor.emit(
        "campaign",
        campaign=run.id,
        what="recovered",
        adopted=found.adopted,
        closed=found.closed,
        unknown=found.unknown,
        released=found.released,
    )
    return found


async def _end_the_gone(floor: FloorState, calls: Calls, run: CampaignRun) -> None:
    """End the adopted calls that were over before we listened for their end."""
    adopted = list(run.calls)
    if adopted:
        alive = {live.attempt_id for live in await floor.network.live_calls()}
        for attempt_id in adopted:
            if attempt_id not in alive:
                calls.on_ended(attempt_id, sip=None, q850=None, by="carrier")


async def hang_up_strangers(floor: FloorState) -> int:
    """End the network's calls that no attempt of any running campaign knows."""
    strangers = [live for live in await floor.network.live_calls() if live.attempt_id not in floor.calls]
    for live in strangers:
        floor.network.hang_up(live.attempt_id)
    return len(strangers)


def _adopt(
    floor: FloorState,
    calls: Calls,
    run: CampaignRun,
    attempt: Attempt,
    lead: Lead | None,
    live: LiveCall,
    keep_parked: Callable[[Call], None],
) -> None:
    """Take a living call over again: a talk goes on, a ringing one rings on, a waiting person is served or told."""
    call = Call(attempt=attempt, run=run, lead=lead, end_as=meant_by(attempt, run.campaign))
    run.calls[attempt.id] = floor.calls[attempt.id] = call
    call.counted = attempt.person_at is not None and attempt.mode is not Mode.INBOUND
    if call.end_as is Outcome.ABANDONED:
        run.window.abandoned(floor.clock.now())  # they hear why already; the count died with the dialer that made it
    if lead is not None:
        run.in_hand.add(lead.id)
    floor.lines.adopt(attempt, floor.clock.now())
    if live.agent_id is not None:
        seat = floor.desk.seats.get(live.agent_id)
        floor.network.end_consult(attempt.id, ConsultEnd.RESUME)  # whom they consulted, nobody knows any more
        if attempt.state is not AttemptState.CONNECTED:
            if attempt.state in (AttemptState.DIALING, AttemptState.RINGING, AttemptState.DETECTING):
                attempt.advance(AttemptEvent.PERSON)
            attempt.advance(AttemptEvent.CONNECT)
        attempt.agent_id = live.agent_id
        now = floor.clock.now()
        attempt.answered_at = attempt.answered_at or now
        attempt.person_at = attempt.person_at or attempt.answered_at
        call.joined_at = attempt.connected_at = attempt.connected_at or now
        if attempt.left_at is not None:
            attempt.alone_s += now - attempt.left_at
            attempt.left_at = None
        if seat is not None:
            floor.desk.resume_call(seat, (run.id,), attempt.id)
            call.seat = seat
            floor.network.call_agent(live.agent_id)  # does the line stand?
    elif live.answered and attempt.state in (AttemptState.DIALING, AttemptState.RINGING):
        calls.on_answered(attempt.id)
    elif attempt.state in (AttemptState.DIALING, AttemptState.RINGING):
        _goes_on_ringing(call)
        if live.ringing:
            calls.on_ringing(attempt.id)
    elif attempt.state is AttemptState.DETECTING and call.end_as is None:
        calls.on_verdict(attempt.id, Media.HUMAN)  # the verdict may have come while nobody listened
    elif call.end_as is Outcome.FAX_FAILED:
        floor.network.send_fax(attempt.id, run.campaign.message.fax)  # how did it go?
    elif attempt.state is AttemptState.CONNECTED:
        floor.agent_leaves(call)
        calls.seek_agent(call)
    elif attempt.state is AttemptState.WAITING:
        calls.seek_agent(call)
    elif attempt.state is AttemptState.PARKED:
        keep_parked(call)
    elif attempt.state is AttemptState.HANDED_ON:
        outside = TransferTarget(name="somebody outside")
        call.third = Third(target=outside, began_at=floor.clock.now(), blind=True)
    elif attempt.state is AttemptState.PLAYING:
        # its end may have come while nobody listened: by then the message has certainly been played
        floor.clock.call_later(_longest_message_s(call), partial(calls.on_play_ended, attempt.id))
    floor.note(call)


def _goes_on_ringing(call: Call) -> None:
    """Pacing sees the line again: it rings for whoever is free."""
    attempt, lead = call.attempt, call.lead
    phone = next((p for p in lead.phones if p.id == attempt.phone_id), None) if lead is not None else None
    call.view = RingingCall(
        id=attempt.id,
        elapsed_s=0.0,
        answer_probability=attempt.answer_probability,
        kind=phone.line_type.value if phone is not None else "",
    )
    call.run.ringing[attempt.id] = call


def _longest_message_s(call: Call) -> float:
    rules = call.run.campaign
    return max(rules.message.length_s, rules.machine.name_length_s, SAFE_HARBOUR_S)
