"""What agents and team leads do with a call they are in: hold, keys, consult, hand on, park, queue, coach, take over.

An agent who gives a call to another agent has no word to say on it: whoever has it last says the one final word. Who
hands a person on to somebody outside is the last, and wraps up at once, while the call lives on.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial

from callwright.desk.ports import CallInHand
from callwright.desk.service import Seat
from callwright.dialer.asides import coach_leaves, coaching_over, in_hand, line_id, tell_screens, third_over
from callwright.dialer.calls import Calls
from callwright.dialer.lines import NoLine
from callwright.dialer.network import Aside, Coaching, ConsultEnd, TransferTarget
from callwright.dialer.state import Call, FloorState, Third
from callwright.kit.errors import BadInput, Conflict, NotFound
from callwright.model.agent import AgentState
from callwright.model.attempt import AttemptEvent, AttemptState

KEYS = frozenset("0123456789*#ABCD")
PARKED_S = 300.0
"""So long a person may be parked; then they go back to the queue."""
NOT_AT_ONCE_S = 15.0
"""So long a person sent back to the queue is kept from the agent who sent them."""
_AWAY = frozenset({"line", "login"})  # reasons of being not ready in which an agent cannot speak yet


@dataclass(frozen=True, kw_only=True, slots=True)
class ParkedCall:
    """A person who hears music until an agent takes them up."""

    attempt_id: int
    campaign_id: int
    name: str
    number: str
    since: float
    parked_by: int | None


@dataclass(frozen=True, kw_only=True, slots=True)
class HandOnTargets:
    """To whom a call may be handed: ready agents (id, name), and the names the campaign gives to numbers."""

    agents: list[tuple[int, str]]
    names: list[str]


class Handing:
    """Everything that is done with a talk under way, on one floor."""

    def __init__(self, floor: FloorState, calls: Calls) -> None:
        self._floor = floor
        self._calls = calls

    # --- in the talk --------------------------------------------------------------------------------------------

    def hold(self, agent_id: int, on: bool) -> None:
        call = self._talk_of(agent_id)
        if call.third is not None and not call.third.with_all:
            raise Conflict("The person hears music while you consult; settle the consultation first.")
        if on == (call.held_since is not None):
            return
        self._floor.network.hold(call.attempt.id, on=on)
        if on:
            call.held_since = self._floor.clock.now()
        else:
            self._floor.end_hold(call)
        self._floor.emit("hold", attempt=call.attempt.id, agent=agent_id, on=on)
        tell_screens(self._floor, call)

    def send_keys(self, agent_id: int, keys: str) -> None:
        """What is pressed is told to nobody else: it may be somebody's card or code."""
        if not keys or not set(keys) <= KEYS:
            raise BadInput("Only the keys 0 to 9, *, # and A to D can be sent.")
        self._floor.network.send_keys(self._talk_of(agent_id).attempt.id, keys)

    def hush_recording(self, agent_id: int, on: bool) -> None:
        call = self._talk_of(agent_id)
        call.hushed = on
        self._floor.network.hush_recording(call.attempt.id, on=on)
        self._floor.emit("hush", attempt=call.attempt.id, agent=agent_id, on=on)
        tell_screens(self._floor, call)

    # --- to others ----------------------------------------------------------------------------------------------

    def transfer(self, agent_id: int, to: int | str) -> None:
        """Blind: the agent leaves at once."""
        call = self._talk_alone(agent_id)
        floor, seat = self._floor, self._seat_of(call)
        other = self._agent_meant(call, to)
        if other is not None:
            self._need_free(other)
            floor.emit("transfer", attempt=call.attempt.id, agent=agent_id, to=other.agent.name)
            self._give_to(call, other)
            return
        outside = self._outside(call, str(to))
        floor.emit("transfer", attempt=call.attempt.id, agent=agent_id, to=outside.name)
        call.third = Third(target=outside, began_at=floor.clock.now(), blind=True)
        floor.network.transfer(call.attempt.id, outside)
        self._agent_hands_on(call, seat)

    def consult(self, agent_id: int, to: int | str) -> None:
        call = self._talk_alone(agent_id)
        floor, now = self._floor, self._floor.clock.now()
        other = self._agent_meant(call, to)
        if other is not None:
            if other is call.seat:
                raise Conflict("You cannot consult yourself; choose somebody else.")
            self._need_speakable(other)
            called = TransferTarget(name=other.agent.name, agent_id=other.agent.id)
            floor.desk.step_aside(other, "internal", call.run.id, call.attempt.id)
        else:
            called = self._outside(call, str(to))
        call.third = Third(target=called, began_at=now, seat=other)
        if call.held_since is None:
            call.held_since = now
        floor.network.consult(call.attempt.id, agent_id, called)
        floor.emit("consult", attempt=call.attempt.id, agent=agent_id, to=called.name)
        tell_screens(floor, call)

    def end_consult(self, agent_id: int, how: ConsultEnd) -> None:
        call = self._talk_of(agent_id)
        third, seat, floor = call.third, self._seat_of(call), self._floor
        if third is None:
            raise Conflict("You consult nobody now.")
        if how is ConsultEnd.CONFERENCE and third.answered_at is None:
            raise Conflict(f"{third.target.name} has not answered yet; wait, or go back to the person.")
        if how is ConsultEnd.TRANSFER and third.seat is not None and third.answered_at is None:
            raise Conflict(f"{third.target.name} is not on the line yet; try again in a moment.")
        floor.network.end_consult(call.attempt.id, how)
        floor.emit("consult", attempt=call.attempt.id, agent=agent_id, to=third.target.name, end=how.value)
        if how is ConsultEnd.CONFERENCE:
            third.with_all = True
            floor.end_hold(call)
        elif how is ConsultEnd.RESUME:
            third_over(floor, call)
            floor.end_hold(call)
        elif third.seat is not None:
            self._helper_takes(call, third.seat)
            return
        else:
            third.blind = True
            self._agent_hands_on(call, seat)
            return
        tell_screens(floor, call)

    def on_aside(self, attempt_id: int, what: Aside) -> None:
        """How the third party of a call fares."""
        call = self._floor.calls.get(attempt_id)
        if call is None or call.third is None:
            return
        third, floor = call.third, self._floor
        floor.emit("aside", attempt=attempt_id, to=third.target.name, what=what.value)
        if what is Aside.RINGING:
            return
        if what is Aside.ANSWERED:
            if third.answered_at is None:
                third.answered_at = floor.clock.now()
                if third.target.number is not None:
                    floor.lines.answered(line_id(call), third.answered_at)
        else:
            blind = third.blind
            third_over(floor, call)
            if blind:
                self._back_from_outside(call)
                return
            floor.end_hold(call)
        tell_screens(floor, call)

    def _agent_hands_on(self, call: Call, seat: Seat) -> None:
        """The person is somebody else's from here on; the agent has the last word of ours to say."""
        floor = self._floor
        coaching_over(floor, call)
        floor.agent_leaves(call)
        call.attempt.advance(AttemptEvent.HAND_ON)
        floor.note(call)
        floor.desk.wrap_up(seat)
        floor.desk.screens.on_call_ended(seat.agent.id, call.attempt)

    def _back_from_outside(self, call: Call) -> None:
        """Nobody answered a blind transfer: the person goes back to the agent who is still wrapping up, or queues."""
        floor, seat = self._floor, call.seat
        if call.attempt.state is not AttemptState.HANDED_ON:
            return
        if seat is not None and seat.state is AgentState.WRAP_UP and seat.attempt_id == call.attempt.id:
            floor.desk.take_call(seat, call.run.id, call.attempt.id)
            call.joining = True
            floor.network.join(call.attempt.id, seat.agent.id)
            return
        call.seat = None
        self._calls.queue_again(call)

    def _give_to(self, call: Call, other: Seat) -> None:
        """Another agent has the call from now on; the present one is free."""
        floor, seat = self._floor, self._seat_of(call)
        coaching_over(floor, call)
        floor.agent_leaves(call)
        call.set_aside = True
        call.attempt.advance(AttemptEvent.PERSON)
        self._calls.connect(call, other)
        self._free(seat)

    def _helper_takes(self, call: Call, helper: Seat) -> None:
        """The consulted agent, who is on the line already, has the call from now on."""
        floor, seat, attempt = self._floor, self._seat_of(call), call.attempt
        coaching_over(floor, call)
        floor.close_agent_leg(call)
        floor.close_third_leg(call)
        call.third, call.seat, attempt.agent_id = None, helper, helper.agent.id
        call.joined_at = floor.clock.now()
        floor.note(call)
        floor.desk.take_call(helper, call.run.id, attempt.id)
        floor.emit("connect", attempt=attempt.id, agent=helper.agent.id)
        floor.desk.screens.on_call(helper.agent.id, attempt, call.lead)
        self._free(seat)

    def _free(self, seat: Seat) -> None:
        """The agent has nothing more to do with their call."""
        self._floor.desk.screens.on_call_changed(seat.agent.id, None)
        self._floor.desk.leave_call(seat)

    # --- parked, queued -----------------------------------------------------------------------------------------

    def park(self, agent_id: int) -> None:
        call = self._talk_alone(agent_id)
        floor, seat = self._floor, self._seat_of(call)
        floor.network.park(call.attempt.id)
        coaching_over(floor, call)
        floor.agent_leaves(call)
        call.attempt.advance(AttemptEvent.PARK)
        call.seat = None
        self.keep_parked(call)
        floor.emit("park", attempt=call.attempt.id, agent=agent_id)
        self._free(seat)

    def keep_parked(self, call: Call) -> None:
        """The person's time on the parking place runs (also after a restart)."""
        floor, now = self._floor, self._floor.clock.now()
        call.set_aside = True
        call.parked_at = call.attempt.left_at or now
        left_s = max(0.0, call.parked_at + PARKED_S - now)
        call.wait_timer = floor.clock.call_later(left_s, partial(self._parked_enough, call))
        floor.note(call)

    def _parked_enough(self, call: Call) -> None:
        if call.attempt.state is AttemptState.PARKED and not call.joining:
            self._floor.emit("requeue", attempt=call.attempt.id, agent=None)
            self._calls.queue_again(call)

    def parked(self) -> list[ParkedCall]:
        """Everybody on a parking place, longest first."""
        there = [c for c in self._floor.calls.values() if c.attempt.state is AttemptState.PARKED and not c.joining]
        return [
            ParkedCall(
                attempt_id=call.attempt.id,
                campaign_id=call.run.id,
                name=call.lead.name if call.lead is not None else "",
                number=call.attempt.number,
                since=call.parked_at or 0.0,
                parked_by=call.attempt.agent_id,
            )
            for call in sorted(there, key=lambda c: c.parked_at or 0.0)
        ]

    def retrieve(self, agent_id: int, attempt_id: int) -> None:
        call = self._floor.calls.get(attempt_id)
        if call is None or call.attempt.state is not AttemptState.PARKED or call.joining:
            raise NotFound("This person is not parked any more.")
        seat = self._floor.desk.seat(agent_id)
        self._need_speakable(seat)
        self._floor.emit("retrieve", attempt=attempt_id, agent=agent_id)
        self._calls.connect(call, seat)

    def back_to_queue(self, agent_id: int) -> None:
        """The person waits at the head of the queue for another agent; for this one too after a while."""
        call = self._talk_alone(agent_id)
        floor, seat = self._floor, self._seat_of(call)
        floor.network.park(call.attempt.id)
        coaching_over(floor, call)
        floor.agent_leaves(call)
        call.seat, call.set_aside = None, True
        call.not_for = (agent_id, floor.clock.now() + NOT_AT_ONCE_S)
        floor.emit("requeue", attempt=call.attempt.id, agent=agent_id)
        self._calls.queue_again(call)
        floor.clock.call_later(NOT_AT_ONCE_S, partial(self._for_anybody, call))
        self._free(seat)

    def _for_anybody(self, call: Call) -> None:
        call.not_for = None
        if call.attempt.state is AttemptState.WAITING and not call.joining:
            self._calls.try_again(call)

    # --- team leads ---------------------------------------------------------------------------------------------

    def coach(self, lead_id: int, agent_id: int, how: Coaching) -> None:
        floor, lead = self._floor, self._lead(lead_id)
        present = next((call for call in floor.calls.values() if lead_id in call.coaches), None)
        if how is Coaching.OFF:
            if present is not None:
                floor.emit("coach", attempt=present.attempt.id, lead=lead_id, agent=agent_id, how=how.value)
                coach_leaves(floor, present, lead_id)
                tell_screens(floor, present)
            return
        call = self._talk_of(agent_id)
        if present is not None and present is not call:
            coach_leaves(floor, present, lead_id)
        if lead_id not in call.coaches:
            self._need_speakable(lead)
            floor.desk.step_aside(lead, "coaching", call.run.id, call.attempt.id)
        call.coaches[lead_id] = how
        floor.network.coach(agent_id, lead_id, how)
        floor.emit("coach", attempt=call.attempt.id, lead=lead_id, agent=agent_id, how=how.value)
        tell_screens(floor, call)

    def take_over(self, lead_id: int, agent_id: int) -> None:
        """The team lead becomes the agent of the call, and theirs is the final word."""
        floor, lead = self._floor, self._lead(lead_id)
        call = self._talk_alone(agent_id)
        if lead_id in call.coaches:
            coach_leaves(floor, call, lead_id)
        self._need_speakable(lead)
        floor.emit("take_over", attempt=call.attempt.id, lead=lead_id, agent=agent_id)
        self._give_to(call, lead)

    def on_seat_gone(self, seat: Seat) -> None:
        """Who is OFFLINE neither helps nor coaches any more."""
        agent_id, floor = seat.agent.id, self._floor
        for call in list(floor.calls.values()):
            if agent_id in call.coaches:
                coach_leaves(floor, call, agent_id)
            if call.third is not None and call.third.seat is seat:
                floor.network.end_consult(call.attempt.id, ConsultEnd.RESUME)
                third_over(floor, call)
                floor.end_hold(call)
                tell_screens(floor, call)

    # --- what a screen asks ---------------------------------------------------------------------------------------

    def in_hand(self, agent_id: int) -> CallInHand | None:
        for call in self._floor.calls.values():
            if agent_id in call.coaches:
                return in_hand(call, "coach")
            if call.third is not None and call.third.seat is not None and call.third.seat.agent.id == agent_id:
                return in_hand(call, "helper")
        seat = self._floor.desk.seat(agent_id)
        own = self._floor.calls.get(seat.attempt_id or 0)
        return in_hand(own, "agent") if own is not None and own.seat is seat else None

    def hand_on_targets(self, agent_id: int) -> HandOnTargets:
        """To whom the agent may hand their call."""
        call = self._talk_of(agent_id)
        ready = [
            (seat.agent.id, seat.agent.name)
            for seat in self._floor.desk.seats.values()
            if seat.state is AgentState.READY and call.run.id in seat.campaigns
        ]
        return HandOnTargets(agents=ready, names=list(call.run.campaign.transfer))

    # --- who is meant ---------------------------------------------------------------------------------------------

    def _talk_of(self, agent_id: int) -> Call:
        seat = self._floor.desk.seat(agent_id)
        call = self._floor.calls.get(seat.attempt_id) if seat.attempt_id is not None else None
        if call is None or call.seat is not seat or call.attempt.state is not AttemptState.CONNECTED:
            raise Conflict(f"{seat.agent.name} talks with nobody now.")
        return call

    def _talk_alone(self, agent_id: int) -> Call:
        call = self._talk_of(agent_id)
        if call.third is not None:
            raise Conflict(f"Settle the consultation with {call.third.target.name} first.")
        return call

    @staticmethod
    def _seat_of(call: Call) -> Seat:
        assert call.seat is not None  # a talk has its agent
        return call.seat

    def _lead(self, lead_id: int) -> Seat:
        seat = self._floor.desk.seat(lead_id)
        if not seat.agent.lead:
            raise Conflict(f"{seat.agent.name} is not a team lead; only team leads listen in, coach and take over.")
        return seat

    def _agent_meant(self, call: Call, to: int | str) -> Seat | None:
        """The agent meant, by id or by name; None: a name the campaign gives to a number."""
        if isinstance(to, int):
            return self._floor.desk.seat(to)
        campaign = call.run.campaign
        if to in campaign.transfer:
            return None
        found = next((seat for seat in self._floor.desk.seats.values() if seat.agent.name == to), None)
        if found is None:
            known = ", ".join(campaign.transfer) or "none"
            raise NotFound(f'"{to}" is no agent, and no number of {campaign.name}, which names: {known}.')
        return found

    @staticmethod
    def _need_free(seat: Seat) -> None:
        if seat.state is not AgentState.READY:
            raise Conflict(f"{seat.agent.name} is not free now; park the call or send it back to the queue.")

    @staticmethod
    def _need_speakable(seat: Seat) -> None:
        """Ready or paused, with a line that stands, and not in anybody's call."""
        paused = seat.state is AgentState.NOT_READY and seat.aside_from is None and seat.reason not in _AWAY
        if seat.state is not AgentState.READY and not paused:
            raise Conflict(f"{seat.agent.name} must be ready or paused for this.")

    def _outside(self, call: Call, name: str) -> TransferTarget:
        """The number the campaign names so, with a line occupied for it."""
        number, now = call.run.campaign.transfer[name], self._floor.clock.now()
        line = self._floor.lines.take(line_id(call), number, now)
        if isinstance(line, NoLine):
            raise Conflict(f"No line is free for {name} now ({line.rule}); park the call or try again.")
        return TransferTarget(name=name, number=number, trunk=line.name, caller_id=call.attempt.caller_id or None)
