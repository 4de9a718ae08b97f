"""Who takes part in a call beside its agent: a third party, team leads; and what all their screens are told.

The deeds are in ``handing``; here is how a part in a call ends, which the end of the call itself needs as well.
"""

from __future__ import annotations

from callwright.desk.ports import CallInHand
from callwright.dialer.network import Coaching
from callwright.dialer.state import Call, FloorState


def third_over(floor: FloorState, call: Call) -> None:
    """The third party leaves: their stretch is noted, their line is free, a helping agent is what they were before."""
    third = call.third
    if third is None:
        return
    floor.close_third_leg(call)
    call.third = None
    target, now = third.target, floor.clock.now()
    if target.number is not None:
        if third.answered_at is not None:
            call.more_cost += floor.lines.cost(target.trunk, target.number, now - third.answered_at)
        floor.lines.over(line_id(call), now, None)
    if third.seat is not None and third.seat.attempt_id == call.attempt.id:
        floor.desk.screens.on_call_changed(third.seat.agent.id, None)
        floor.desk.come_back(third.seat)


def coaching_over(floor: FloorState, call: Call) -> None:
    """The agent's part in the call ends, and with it what team leads do there."""
    for lead_id in list(call.coaches):
        coach_leaves(floor, call, lead_id)


def coach_leaves(floor: FloorState, call: Call, lead_id: int) -> None:
    del call.coaches[lead_id]
    if call.attempt.agent_id is not None:
        floor.network.coach(call.attempt.agent_id, lead_id, Coaching.OFF)
    seat = floor.desk.seat(lead_id)
    floor.desk.screens.on_call_changed(lead_id, None)
    floor.desk.come_back(seat)


def line_id(call: Call) -> int:
    """Under what id a third party outside occupies its line; attempts' own ids are above zero."""
    return -call.attempt.id


def tell_screens(floor: FloorState, call: Call) -> None:
    """How the call stands now, to everybody in it."""
    if call.seat is not None and call.seat.attempt_id == call.attempt.id:
        floor.desk.screens.on_call_changed(call.seat.agent.id, in_hand(call, "agent"))
    if call.third is not None and call.third.seat is not None:
        floor.desk.screens.on_call_changed(call.third.seat.agent.id, in_hand(call, "helper"))
    for lead_id in call.coaches:
        floor.desk.screens.on_call_changed(lead_id, in_hand(call, "coach"))


def in_hand(call: Call, role: str) -> CallInHand:
    third, aside = call.third, None
    if third is not None:
        aside = "conference" if third.with_all else "talking" if third.answered_at is not None else "ringing"
    whom = "" if third is None else third.target.name
    if third is not None and role == "helper":
        whom = call.seat.agent.name if call.seat is not None else ""
    return CallInHand(
        attempt_id=call.attempt.id,
        role=role,
        number=call.attempt.number,
        name=call.lead.name if call.lead is not None else "",
        on_hold=call.held_since is not None,
        hushed=call.hushed,
        aside=aside,
        with_whom=whom,
    )
