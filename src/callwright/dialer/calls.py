"""The life of a call from the first ring to its final word: what the network reports, and what we do about it.

``Calls`` is the network's sink. Every step is a transition of the attempt's table; whatever arrives for a call that is
already over is dropped silently here, because networks repeat themselves.
"""

from __future__ import annotations

from functools import partial

from callwright.desk.service import Seat
from callwright.dialer.asides import coaching_over, third_over
from callwright.dialer.faxing import send_fax
from callwright.dialer.finishing import Finishing
from callwright.dialer.line_keeping import line_over
from callwright.dialer.state import Call, CampaignRun, FloorState
from callwright.model.agent import AgentState
from callwright.model.attempt import AttemptEvent, AttemptState, Mode
from callwright.model.outcome import Media, Outcome, outcome_of_failure
from callwright.pacing import Abandoned, CallResolved

_NOT_A_PERSON: dict[Media, Outcome] = {
    Media.MACHINE: Outcome.MACHINE,
    Media.FAX: Outcome.FAX,
    Media.SCREENING: Outcome.SCREENING,
}
SAFE_HARBOUR_S = 8.0
"""Length of the identification message a person hears when nobody is free."""
QUEUE_S = 120.0
"""So long a person who was parked or sent back to the queue waits for an agent, with music."""


class Calls:
    """Carries every call of one floor through its states."""

    def __init__(self, floor: FloorState, finishing: Finishing) -> None:
        self._floor = floor
        self._finishing = finishing

    # --- before the answer --------------------------------------------------------------------------------------

    def on_ringing(self, attempt_id: int) -> None:
        call = self._floor.calls.get(attempt_id)
        if call is None or call.attempt.state is not AttemptState.DIALING:
            return
        call.attempt.advance(AttemptEvent.RING)
        call.attempt.rang_at = self._floor.clock.now()
        self._floor.lines.rings(attempt_id, call.attempt.rang_at)
        self._floor.emit("ring", attempt=attempt_id)

    def on_early_media(self, attempt_id: int, media: Media) -> None:
        call = self._floor.calls.get(attempt_id)
        if call is not None and call.ringing:
            call.early = call.attempt.media = media
            self._floor.lines.rings(attempt_id, self._floor.clock.now())

    def on_answered(self, attempt_id: int) -> None:
        call = self._floor.calls.get(attempt_id)
        if call is None or not call.ringing:
            return
        now = self._floor.clock.now()
        call.attempt.answered_at = now
        self._floor.lines.answered(attempt_id, now)
        self._floor.note(call)
        self._floor.emit("answer", attempt=attempt_id)
        if call.end_as is not None:  # we are taking it back already: they answered, and nobody is there
            call.attempt.advance(AttemptEvent.ANSWER)
            self._resolved(call, answered=True)
            call.end_as = Outcome.ABANDONED
            call.run.window.answered(now)
            call.counted = True
            self._count_abandon(call)
            self._floor.emit("abandon", attempt=attempt_id, campaign=call.run.id)
            return
        if call.run.campaign.sends_fax:
            self._resolved(call, answered=True)
            send_fax(self._floor, call)
        elif call.run.campaign.detect_machines == "sync":
            call.attempt.advance(AttemptEvent.ANSWER)
        else:
            self._person(call)

    # --- after the answer ---------------------------------------------------------------------------------------

    def on_verdict(self, attempt_id: int, media: Media, greeting_ended_at: float | None = None) -> None:
        call = self._floor.calls.get(attempt_id)
        if call is None:
            return
        if greeting_ended_at is not None:
            call.attempt.greeting_ended_at = greeting_ended_at
        outcome = self._not_wanted(call, media)
        if call.attempt.state is AttemptState.DETECTING and call.end_as is None:
            call.attempt.media = media
            if outcome is None:
                self._person(call)
            elif outcome is Outcome.SCREENING and call.run.campaign.machine.screening == "say_name":
                self._say_name(call)
            else:
                self._resolved(call, answered=False, outcome=outcome)
                self._end_machine(call, outcome)
        elif outcome is not None and call.attempt.state is AttemptState.WAITING and not call.joining:
            # Asynchronous detection came before an agent did.
            call.attempt.media = media
            self._finishing.not_counted(call)
            self._leave_waiting(call)
            self._end_machine(call, outcome)
        elif outcome is not None and call.attempt.state is AttemptState.CONNECTED:
            call.attempt.media = media  # the agent hears it and disposes; the verdict stands beside
            self._floor.emit("verdict", attempt=attempt_id, media=media.value)
            if media is Media.MACHINE and call.run.campaign.machine.free_agent and call.third is None:
                self._free_agent(call)

    @staticmethod
    def _not_wanted(call: Call, media: Media) -> Outcome | None:
        """What the call ends as; None: an agent takes it, by what was heard or by the campaign's wish."""
        rules = call.run.campaign.machine
        wish = {Media.MACHINE: rules.machine, Media.SCREENING: rules.screening}.get(media)
        if wish == "connect":
            return None
        if media is Media.SILENCE and rules.silence == "hang_up":
            return Outcome.MACHINE
        return _NOT_A_PERSON.get(media)

    def _end_machine(self, call: Call, outcome: Outcome) -> None:
        call.end_as = outcome
        if call.run.campaign.leaves_message and call.attempt.media is Media.MACHINE:
            call.attempt.advance(AttemptEvent.PLAY)
            self._leave_message(call)
        else:
            self._floor.network.hang_up(call.attempt.id)

    def _leave_message(self, call: Call) -> None:
        rules = call.run.campaign.message
        self._floor.network.play(call.attempt.id, rules.message, rules.length_s, after_beep=True)

    def _say_name(self, call: Call) -> None:
        """A phone's assistant asks who calls: it is told, and whoever comes then gets an agent."""
        rules = call.run.campaign.machine
        call.tells_name = True
        call.attempt.advance(AttemptEvent.PLAY)
        self._floor.network.play(call.attempt.id, rules.name_message, rules.name_length_s)
        self._floor.emit("play", attempt=call.attempt.id, message=rules.name_message)

    def _free_agent(self, call: Call) -> None:
        """Detection came late and says machine: the agent is free at once, the system has the final word."""
        floor, seat = self._floor, call.seat
        coaching_over(floor, call)
        floor.agent_leaves(call)
        call.seat, call.end_as = None, Outcome.MACHINE
        self._finishing.not_counted(call)
        call.attempt.advance(AttemptEvent.PLAY)
        floor.note(call)
        if call.run.campaign.leaves_message:
            self._leave_message(call)
        else:
            floor.network.hang_up(call.attempt.id)
        if seat is not None and seat.attempt_id == call.attempt.id:
            floor.desk.screens.on_call_changed(seat.agent.id, None)
            floor.desk.leave_call(seat)

    def _person(self, call: Call) -> None:
        """A person is on the line: the agent held for them, any free agent, the message, or a short wait."""
        floor, run, attempt = self._floor, call.run, call.attempt
        now = floor.clock.now()
        attempt.advance(AttemptEvent.PERSON)
        attempt.person_at = now
        if attempt.media is None or attempt.media is Media.HUMAN:
            attempt.media = Media.HUMAN
        self._resolved(call, answered=True)
        run.window.answered(now)
        call.counted = True
        floor.note(call)
        floor.emit("person", attempt=attempt.id)
        if attempt.mode is Mode.MESSAGE:
            attempt.advance(AttemptEvent.PLAY)
            floor.network.play(attempt.id, run.campaign.message.message, run.campaign.message.length_s)
            floor.emit("play", attempt=attempt.id, message=run.campaign.message.message)
            return
        self._drop_siblings(call)
        seat = call.seat if call.seat is not None and call.seat.state is AgentState.RESERVED else None
        if seat is None:
            seat = self.seat_for(run, call)
        if seat is not None:
            self.connect(call, seat)
            return
        run.waiting[attempt.id] = call
        start = attempt.answered_at if run.rule.clock == "connect" and attempt.answered_at is not None else now
        left = max(0.0, start + run.rule.wait_limit_s - now)
        call.wait_timer = floor.clock.call_later(left, partial(self._waited_enough, call))

    def seat_for(self, run: CampaignRun, call: Call, *, inbound: bool = False) -> Seat | None:
        campaign = run.campaign
        tier = call.attempt.tier if campaign.tier_agents else None
        kept_from = call.not_for[0] if call.not_for is not None else None
        return self._floor.desk.pick(run.id, skills=campaign.skills, tier=tier, inbound=inbound, without=kept_from)

    def connect(self, call: Call, seat: Seat) -> None:
        """Join an answered person with an agent; both are taken from whatever they were in."""
        floor = self._floor
        self._leave_waiting(call)
        call.run.reserved_calls.pop(seat.agent.id, None)
        call.seat, call.joining = seat, True
        call.attempt.agent_id = seat.agent.id
        floor.desk.take_call(seat, call.run.id, call.attempt.id)
        named = call.run.campaign.whisper_name and call.lead is not None and call.lead.name
        floor.network.join(call.attempt.id, seat.agent.id, whisper=named or None)

    def on_joined(self, attempt_id: int, agent_id: int) -> None:
        call = self._floor.calls.get(attempt_id)
        if call is None or not call.joining or call.seat is None or call.seat.agent.id != agent_id:
            return
        now, attempt = self._floor.clock.now(), call.attempt
        if attempt.mode is Mode.INBOUND and attempt.connected_at is None:
            call.run.returned.served(now - attempt.dialed_at, now)
        call.joining, call.parked_at = False, None
        call.joined_at = now
        attempt.advance(AttemptEvent.CONNECT)
        if attempt.connected_at is None:
            attempt.connected_at = now
        elif attempt.left_at is not None:
            attempt.alone_s += now - attempt.left_at
        attempt.left_at = None
        self._floor.note(call)
        self._floor.emit("connect", attempt=attempt_id, agent=agent_id)
        self._floor.desk.screens.on_call(agent_id, call.attempt, call.lead)

    def on_seat_free(self, seat: Seat) -> None:
        """An agent became ready: whoever of their campaigns' people waits and comes first, if somebody is there."""
        runs = [self._floor.runs[c] for c in seat.campaigns if c in self._floor.runs]
        waiting = [call for run in runs for call in run.waiting.values() if not call.joining]
        for call in sorted(waiting, key=_turn) if len(waiting) > 1 else waiting:
            if self.seat_for(call.run, call, inbound=call.attempt.mode is Mode.INBOUND) is seat:
                self.connect(call, seat)
                return

    def on_agent_lost(self, seat: Seat, attempt_id: int) -> None:
        """The agent's screen and sound are gone in a call: the person is given to another agent, or told."""
        call = self._floor.calls.get(attempt_id)
        if call is None or call.seat is not seat:
            return
        if call.attempt.state is AttemptState.WRAPPING:
            self._finishing.dispose_by_system(call)
            return
        if call.attempt.state is AttemptState.HANDED_ON:
            call.seat = None  # the system has the word when the call is over
            return
        since = call.line_lost_at
        coaching_over(self._floor, call)
        third_over(self._floor, call)
        self._floor.agent_leaves(call)
        call.seat, call.joining = None, False
        self.seek_agent(call, since)

    def seek_agent(self, call: Call, since: float | None = None) -> None:
        """A person who is answered (or was talking) and has no agent now: the next free one, or a short wait, with
        music. ``since``: when they were left alone, where that was before now."""
        if call.attempt.state is not AttemptState.WAITING:
            call.attempt.advance(AttemptEvent.PERSON)
        seat = self.seat_for(call.run, call)
        if seat is not None:
            self.connect(call, seat)
            return
        floor = self._floor
        floor.network.park(call.attempt.id)
        call.run.waiting[call.attempt.id] = call
        if call.attempt.mode is Mode.INBOUND:
            return  # they called us: they wait as long as they like
        left_s = call.run.rule.wait_limit_s - (0.0 if since is None else floor.clock.now() - since)
        call.wait_timer = floor.clock.call_later(max(0.0, left_s), partial(self._waited_enough, call))

    def queue_again(self, call: Call) -> None:
        """A person who has talked, and hears music, waits before all others for a free agent."""
        run = call.run
        call.attempt.advance(AttemptEvent.PERSON)
        call.parked_at, call.set_aside = None, True
        if call.wait_timer is not None:
            call.wait_timer.cancel()
        self._floor.note(call)
        if self.try_again(call):
            return
        run.waiting = {call.attempt.id: call, **run.waiting}
        call.wait_timer = self._floor.clock.call_later(QUEUE_S, partial(self._waited_enough, call))

    def try_again(self, call: Call) -> bool:
        """Give a waiting person to a free agent, if there is one."""
        seat = self.seat_for(call.run, call)
        if seat is None:
            return False
        self.connect(call, seat)
        return True

    def on_seat_left(self, seat: Seat) -> None:
        """An agent went away: the lines dialled for them alone are taken back before anybody answers."""
        for campaign_id in seat.campaigns:
            run = self._floor.runs.get(campaign_id)
            if run is None or seat.agent.id not in run.reserved_calls:
                continue
            del run.reserved_calls[seat.agent.id]
            for call in list(run.calls.values()):
                if call.seat is seat and call.ringing and call.end_as is None:
                    self.drop(call)

    def _drop_siblings(self, winner: Call) -> None:
        """First answer wins: the other lines dialled for the same agent are dropped before they are answered."""
        if winner.seat is None:
            return
        for other in list(winner.run.calls.values()):
            if other is not winner and other.seat is winner.seat and other.ringing and other.end_as is None:
                self.drop(other)

    def drop(self, call: Call) -> None:
        """Take a call back before its answer. One that rang for its lawful time is a plain no answer."""
        call.end_as = Outcome.NO_ANSWER if self.rang_enough(call) else Outcome.DROPPED
        self._floor.network.hang_up(call.attempt.id)

    def rang_enough(self, call: Call) -> bool:
        """Whether the call has rung as long as the law wants before anybody gives up."""
        rang_at = call.attempt.rang_at
        return rang_at is not None and self._floor.clock.now() - rang_at >= call.run.rule.min_ring_s

    # --- nobody came ----------------------------------------------------------------------------------------------

    def _waited_enough(self, call: Call) -> None:
        """The limit is over: the person hears who called and that it was in error; the attempt is abandoned."""
        if call.attempt.state is not AttemptState.WAITING or call.joining:
            return
        floor, run = self._floor, call.run
        self._leave_waiting(call)
        call.attempt.advance(AttemptEvent.PLAY)
        if call.attempt.connected_at is not None:  # they have talked; their agent was lost
            call.end_as = Outcome.TALKED
        else:
            call.end_as = Outcome.ABANDONED
            self._count_abandon(call)
            floor.emit("abandon", attempt=call.attempt.id, campaign=run.id)
        floor.network.play(call.attempt.id, "safe_harbour", SAFE_HARBOUR_S)

    def _count_abandon(self, call: Call) -> None:
        now = self._floor.clock.now()
        call.run.window.abandoned(now)
        call.run.controller(call.attempt.tier).observe(Abandoned(at=now))

    def _leave_waiting(self, call: Call) -> None:
        call.run.waiting.pop(call.attempt.id, None)
        if call.wait_timer is not None:
            call.wait_timer.cancel()
            call.wait_timer = None

    def on_play_ended(self, attempt_id: int) -> None:
        call = self._floor.calls.get(attempt_id)
        if call is not None and call.attempt.state is AttemptState.PLAYING:
            if call.tells_name:
                call.tells_name = False
                self._person(call)
                return
            call.played_out = True
            self._floor.network.hang_up(attempt_id)

    def on_key(self, attempt_id: int, key: str) -> None:
        call = self._floor.calls.get(attempt_id)
        if call is None or call.attempt.state not in (AttemptState.PLAYING, AttemptState.CONNECTED):
            return
        call.attempt.keys += key
        self._floor.emit("key", attempt=attempt_id, key=key)

    # --- the end ----------------------------------------------------------------------------------------------------

    def on_lost(self, attempt_id: int) -> None:
        """The switch lost the call. A talk ends as any other, by the network; the rest as recovery would close it."""
        call = self._floor.calls.get(attempt_id)
        if call is None or call.attempt.state is AttemptState.WRAPPING:
            return
        floor, attempt = self._floor, call.attempt
        floor.emit("lost", attempt=attempt_id, campaign=call.run.id, state=attempt.state.value)
        message = attempt.state is AttemptState.PLAYING and call.end_as is None  # its keys are the person's word
        if attempt.state in (AttemptState.CONNECTED, AttemptState.HANDED_ON) or message:
            self.on_ended(attempt_id, sip=None, q850=None, by="network")
            return
        attempt.ended_at, attempt.ended_by = floor.clock.now(), "network"
        self._end_legs(call)
        self._resolved(call, answered=attempt.answered_at is not None)
        self._leave_waiting(call)
        self._free_joining(call)
        self._finishing.lost(call)
        if attempt.outcome is Outcome.ABANDONED and call.end_as is not Outcome.ABANDONED:
            self._count_abandon(call)

    def on_ended(self, attempt_id: int, *, sip: int | None, q850: int | None, by: str) -> None:
        call = self._floor.calls.get(attempt_id)
        if call is None:
            return
        floor, attempt, state = self._floor, call.attempt, call.attempt.state
        if state is AttemptState.WRAPPING:
            return
        attempt.ended_at, attempt.sip, attempt.q850, attempt.ended_by = floor.clock.now(), sip, q850, by
        self._end_legs(call)
        if call.ringing:
            outcome = call.end_as or outcome_of_failure(sip=sip, q850=q850, early=call.early, by=by)
            self._resolved(call, answered=False, outcome=outcome)
            self._finishing.unanswered(call, outcome)
        elif state is AttemptState.CONNECTED:
            self._finishing.talked(call)
        elif state is AttemptState.HANDED_ON:
            self._finishing.handed_on_over(call)
        elif state in (AttemptState.WAITING, AttemptState.PARKED):
            self._leave_waiting(call)
            self._free_joining(call)
            talked = attempt.connected_at is not None  # with an agent who has left
            if not talked:
                self._finishing.not_counted(call)
                if attempt.mode is Mode.INBOUND:
                    call.run.returned.gave_up(floor.clock.now() - attempt.dialed_at, floor.clock.now())
            self._finishing.without_agent(call, Outcome.TALKED if talked else Outcome.HUNG_UP_WAITING)
        elif call.tells_name:
            self._resolved(call, answered=False, outcome=Outcome.SCREENING)
            self._finishing.without_agent(call, Outcome.SCREENING)
        elif state is AttemptState.DETECTING:
            self._resolved(call, answered=True)  # by somebody who left before the verdict
            self._finishing.without_agent(call, call.end_as or Outcome.HUNG_UP_WAITING)
        else:
            self._finishing.played(call)

    def _free_joining(self, call: Call) -> None:
        """The person left in the instant of the join: the agent is free again."""
        if not call.joining or call.seat is None:
            return
        call.joining = False
        seat, call.seat = call.seat, None
        if call.attempt.connected_at is None:
            call.attempt.agent_id = None
        self._floor.desk.leave_call(seat)

    def _end_legs(self, call: Call) -> None:
        """The lines are free again, what they cost is known, and the stretches of those who took part are noted."""
        floor, attempt = self._floor, call.attempt
        if call.coaches:
            coaching_over(floor, call)
        third_over(floor, call)
        if attempt.answered_at is not None and attempt.ended_at is not None:
            attempt.cost = call.more_cost + floor.lines.cost(
                attempt.trunk, attempt.number, attempt.ended_at - attempt.answered_at
            )
        line_over(floor, call)
        floor.close_agent_leg(call)
        floor.close_customer_leg(call)

    def _resolved(self, call: Call, *, answered: bool, outcome: Outcome | None = None) -> None:
        """Tell pacing that a line stopped ringing (once); ``outcome`` where nobody answered, as far as it is known."""
        if call.view is None:
            return
        view, call.view = call.view, None
        call.run.stirred = True
        call.run.ringing.pop(call.attempt.id, None)
        now = self._floor.clock.now()
        ring_s = now - call.attempt.dialed_at
        if call.sight is not None:
            by_us = call.end_as is not None
            call.run.beliefs.learn(call.sight, answered=answered, outcome=outcome, ring_s=ring_s, by_us=by_us, at=now)
        call.run.controller(call.attempt.tier).observe(
            CallResolved(
                kind=view.kind,
                ring_s=ring_s,
                answered=answered,
                answer_probability=view.answer_probability,
                at=now,
            )
        )
        self._finishing.stopped_ringing(call)


def _turn(call: Call) -> tuple[int, float]:
    """Who is served before whom: people who have talked and wait for their next agent, callers, people we dialled; of
    each the longest waiting."""
    attempt = call.attempt
    if call.set_aside or attempt.connected_at is not None:
        return 0, attempt.left_at or attempt.connected_at or 0.0
    return (1, attempt.dialed_at) if attempt.mode is Mode.INBOUND else (2, attempt.person_at or 0.0)
