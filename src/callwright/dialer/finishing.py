"""How an attempt ends: its outcome, exactly one disposition if it was answered, and the lead's next step.

Everything here runs at the very end of an attempt or at an agent's disposition; what happens in between is ``calls``.
"""

from __future__ import annotations

from collections.abc import Callable

from callwright.compliance import BanEntry, FreezeEntry
from callwright.desk.service import Seat
from callwright.dialer.closing import close_gone
from callwright.dialer.line_keeping import note_shown
from callwright.dialer.ports import Callback, Order
from callwright.dialer.recycle import after_disposition, after_outcome, count_attempt, promise_callback
from callwright.dialer.state import Call, CampaignRun, FloorState
from callwright.kit.errors import BadInput, Conflict, NotFound
from callwright.model.agent import AgentState
from callwright.model.attempt import AttemptEvent, AttemptState, Mode
from callwright.model.outcome import ANSWERED, Ban, Disposition, Media, Outcome
from callwright.model.people import LeadStatus
from callwright.pacing import HandleEnded

_SYSTEM_WORD: dict[Outcome, str] = {
    Outcome.TALKED: "lost",  # they talked, then we lost the agent and found no other
    Outcome.ABANDONED: "abandoned",
    Outcome.HUNG_UP_WAITING: "hung_up_waiting",
    Outcome.MACHINE: "machine",
    Outcome.FAX: "fax",
    Outcome.SCREENING: "screening",
    Outcome.FAX_SENT: "fax_sent",
    Outcome.FAX_FAILED: "fax_failed",
}


class Finishing:
    """Ends attempts of one floor and takes the agents' dispositions."""

    def __init__(self, floor: FloorState) -> None:
        self._floor = floor
        self.fail_over: Callable[[Call, Outcome], bool] = lambda call, outcome: False

    def unanswered(self, call: Call, outcome: Outcome) -> None:
        """Nobody answered, or the carrier or we failed."""
        if outcome is Outcome.CARRIER_FAILURE and self.fail_over(call, outcome):
            return
        self.unreserve(call)
        call.attempt.advance(AttemptEvent.END)
        self._close(call, outcome)

    def without_agent(self, call: Call, outcome: Outcome) -> None:
        """Answered, but no agent took part."""
        self.unreserve(call)
        call.attempt.advance(AttemptEvent.END)
        self._close(call, outcome)

    def played(self, call: Call) -> None:
        """A message was played: safe harbour, a voicemail drop, or the campaign's own message."""
        attempt, run = call.attempt, call.run
        attempt.advance(AttemptEvent.END)
        if call.end_as is not None:
            self._close(call, call.end_as)
            return
        heard = "message_played" if call.played_out else "message_cut"
        code = run.campaign.message.keys.get(attempt.keys[-1:], heard)
        self._close_with(call, Outcome.MESSAGE_PLAYED, run.campaign.dispositions[code])

    def talked(self, call: Call) -> None:
        """Agent and person talked; the disposition is due."""
        attempt, seat = call.attempt, call.seat
        attempt.advance(AttemptEvent.HANG_UP)
        attempt.outcome = Outcome.TALKED
        call.run.wrapping += 1
        call.run.waiting.pop(attempt.id, None)
        self._floor.note(call)
        self._floor.emit(
            "end",
            attempt=attempt.id,
            outcome=Outcome.TALKED.value,
            talk_s=round(attempt.talk_s, 3),
            by=attempt.ended_by,
        )
        if seat is not None and seat.attempt_id == attempt.id and seat.state is AgentState.IN_CALL:
            self._floor.desk.wrap_up(seat)
            self._floor.desk.screens.on_call_ended(seat.agent.id, attempt)
        elif seat is None or seat.attempt_id != attempt.id or seat.state is not AgentState.WRAP_UP:
            self.dispose_by_system(call)

    def handed_on_over(self, call: Call) -> None:
        """A call our agent handed on to somebody outside is over; the agent's word is given, or still due."""
        attempt = call.attempt
        if attempt.disposition is None:
            self.talked(call)
            return
        attempt.advance(AttemptEvent.END)
        self._forget(call)
        self._floor.emit(
            "end",
            attempt=attempt.id,
            campaign=call.run.id,
            outcome=attempt.outcome,
            talk_s=round(attempt.talk_s, 3),
            by=attempt.ended_by,
        )

    def lost(self, call: Call) -> None:
        """The network lost the call before an agent took it; what became of it is told by its state alone."""
        self.unreserve(call)
        close_gone(self._floor, call.run, call.attempt, call.lead)
        self._forget(call)
        outcome, disposition = call.attempt.outcome, call.attempt.disposition
        said = {} if disposition is None else {"disposition": disposition}
        self._floor.emit(
            "end", attempt=call.attempt.id, campaign=call.run.id, outcome=outcome, by=call.attempt.ended_by, **said
        )

    # --- the agent's word -------------------------------------------------------------------------------------------

    def dispose(
        self,
        agent_id: int,
        attempt_id: int,
        code: str,
        *,
        order_amount: float | None = None,
        callback_at: float | None = None,
        callback_mine: bool = False,
    ) -> None:
        """The agent's final word on a call, once. Ends the wrap-up.

        Raises NotFound (no such open call), Conflict (another agent's call, still talking, or disposed already) and
        BadInput (unknown code, a system code, a call-back without its time).
        """
        call = self._floor.calls.get(attempt_id)
        if call is None:
            raise NotFound(f"Call {attempt_id} has its disposition already, or never was.")
        if call.attempt.agent_id != agent_id or not self._word_due(call):
            raise Conflict(f"Call {attempt_id} is not in wrap-up with agent {agent_id}.")
        if call.third is not None and call.third.answered_at is None:
            raise Conflict(f"{call.third.target.name} has not answered yet; say how call {attempt_id} went after that.")
        disposition = call.run.campaign.dispositions.get(code)
        if disposition is None or disposition.by_system:
            raise BadInput(f'"{code}" is not a disposition an agent of {call.run.campaign.name} can choose.')
        if disposition.callback and callback_at is None:
            raise BadInput(f'The disposition "{code}" needs the time of the call-back.')
        now = self._floor.clock.now()
        if order_amount is not None:
            self._floor.journal.batch.orders.append(
                Order(
                    attempt_id=attempt_id,
                    lead_id=call.attempt.lead_id,
                    customer_id=call.attempt.customer_id,
                    campaign_id=call.run.id,
                    agent_id=agent_id,
                    at=now,
                    amount=order_amount,
                )
            )
        self._disposed(call, disposition, callback_at=callback_at, callback_agent=agent_id if callback_mine else None)

    @staticmethod
    def _word_due(call: Call) -> bool:
        """Whether the agent's word on the call is due: it is over, or lives on with somebody outside."""
        if call.attempt.state is AttemptState.HANDED_ON:
            return call.attempt.disposition is None and call.seat is not None
        return call.attempt.state is AttemptState.WRAPPING

    def dispose_by_system(self, call: Call) -> None:
        """The agent is gone for good without a word: the call still gets its one disposition."""
        self._disposed(call, call.run.campaign.dispositions["no_disposition"])

    def _disposed(
        self,
        call: Call,
        disposition: Disposition,
        *,
        callback_at: float | None = None,
        callback_agent: int | None = None,
    ) -> None:
        floor, run, attempt, now = self._floor, call.run, call.attempt, self._floor.clock.now()
        lives_on = attempt.state is AttemptState.HANDED_ON
        if lives_on:
            attempt.outcome = Outcome.TALKED
        else:
            attempt.advance(AttemptEvent.DISPOSE)
            run.wrapping -= 1
        attempt.disposed_at, attempt.disposition = now, disposition.code
        left_at = attempt.left_at if attempt.left_at is not None else attempt.ended_at
        attempt.wrap_s = now - left_at if left_at is not None and call.seat is not None else 0.0
        if disposition.machine:
            attempt.outcome, attempt.media = Outcome.MACHINE, Media.MACHINE
            self.not_counted(call)
        self._effects(call, disposition)
        if call.lead is not None:
            after_disposition(call.lead, attempt, disposition, run.campaign, now)
            if disposition.callback and callback_at is not None and call.lead.status is not LeadStatus.UNCALLABLE:
                self._promise(call, callback_at, callback_agent)
        run.controller(attempt.tier).observe(
            HandleEnded(
                agent_id=attempt.agent_id,
                talk_s=attempt.talk_s,
                wrap_s=attempt.wrap_s,
                at=now,
                stages=tuple(call.stages),
                inbound=attempt.mode is Mode.INBOUND,
            )
        )
        if lives_on:
            self._note_both(call)
        else:
            self._forget(call)
        floor.emit(
            "dispose",
            attempt=attempt.id,
            campaign=run.id,
            agent=attempt.agent_id,
            disposition=disposition.code,
            talk_s=round(attempt.talk_s, 3),
        )
        seat = call.seat
        if seat is not None and seat.state is AgentState.WRAP_UP and seat.attempt_id == attempt.id:
            call.seat = None
            floor.desk.leave_call(seat)

    def _promise(self, call: Call, due_at: float, agent_id: int | None) -> None:
        assert call.lead is not None
        promise_callback(call.lead, due_at=due_at, agent_id=agent_id)
        if call.attempt.caller_id is not None and call.attempt.caller_id != call.lead.shown_as:
            note_shown(self._floor, call.lead, call.attempt.caller_id)  # they know this number, and wait for it
        self._floor.journal.batch.callbacks.append(
            Callback(
                lead_id=call.lead.id,
                campaign_id=call.run.id,
                agent_id=agent_id,
                due_at=due_at,
                made_by_attempt_id=call.attempt.id,
            )
        )
        self._floor.emit("callback", lead=call.lead.id, due_at=due_at, agent=agent_id)

    def not_counted(self, call: Call) -> None:
        """The abandon window has the call among the live answers, and it is none of them."""
        if call.counted:
            call.counted = False
            call.run.window.taken_back(self._floor.clock.now())

    # --- common ------------------------------------------------------------------------------------------------------

    def _close(self, call: Call, outcome: Outcome) -> None:
        """End an attempt by outcome alone; an answered one gets the system's disposition."""
        if outcome in ANSWERED:
            code = _SYSTEM_WORD[outcome]
            if outcome is Outcome.TALKED and call.set_aside and call.attempt.ended_by == "person":
                code = "no_disposition"  # they would not wait for the next agent
            self._close_with(call, outcome, call.run.campaign.dispositions[code])
            return
        call.attempt.outcome = outcome
        if call.lead is not None:
            now = self._floor.clock.now()
            after_outcome(call.lead, call.attempt, call.run.campaign, now)
            self._bury_if_dead(call)
        self._forget(call)
        self._floor.emit(
            "end", attempt=call.attempt.id, campaign=call.run.id, outcome=outcome.value, by=call.attempt.ended_by
        )

    def _close_with(self, call: Call, outcome: Outcome, disposition: Disposition) -> None:
        """End an answered attempt no agent took part in."""
        attempt, run, now = call.attempt, call.run, self._floor.clock.now()
        attempt.outcome = outcome
        attempt.disposition, attempt.disposed_at = disposition.code, now
        self._effects(call, disposition)
        if call.lead is not None:
            if outcome in (Outcome.MESSAGE_PLAYED, Outcome.TALKED, Outcome.FAX_SENT):
                after_disposition(call.lead, attempt, disposition, run.campaign, now)
            else:
                after_outcome(call.lead, attempt, run.campaign, now)
                self._bury_if_dead(call)
        self._forget(call)
        self._floor.emit(
            "end",
            attempt=attempt.id,
            campaign=run.id,
            outcome=outcome.value,
            disposition=disposition.code,
            by=attempt.ended_by,
        )

    def _effects(self, call: Call, disposition: Disposition) -> None:
        """Ban, freeze candidate and dead number of a disposition; a ban is heard by others through the outbox."""
        if disposition.completed:
            call.run.completed.add(call.lead.facts if call.lead is not None else {}, tuple(call.run.campaign.quotas))
        attempt, batch, now = call.attempt, self._floor.journal.batch, self._floor.clock.now()
        if disposition.ban is not Ban.NONE:
            entry = BanEntry(
                number=attempt.number,
                customer_id=attempt.customer_id,
                scope=disposition.ban.value,
                campaign_id=call.run.id if disposition.ban is Ban.CAMPAIGN else None,
                at=now,
                source=f"attempt {attempt.id}",
                reason=disposition.code,
            )
            batch.bans.append(entry)
            batch.outbox.append(("ban", {"number": attempt.number, "scope": disposition.ban.value, "at": now}))
            self._floor.emit("ban", number=attempt.number, scope=disposition.ban.value, attempt=attempt.id)
        if disposition.freeze:
            batch.freezes.append(
                FreezeEntry(
                    number=attempt.number,
                    customer_id=attempt.customer_id,
                    from_at=now,
                    until_at=None,
                    confirmed_by=None,
                    reason=disposition.code,
                )
            )
            self._floor.emit("freeze", number=attempt.number, attempt=attempt.id)
        stays = attempt.outcome is Outcome.FAX and call.run.campaign.machine.fax == "hang_up"
        if disposition.number_dead and attempt.phone_id is not None and not stays:
            batch.dead_phones[attempt.phone_id] = disposition.code

    def _bury_if_dead(self, call: Call) -> None:
        attempt = call.attempt
        if call.lead is None or attempt.phone_id is None:
            return
        dead = next((p.dead for p in call.lead.phones if p.id == attempt.phone_id), None)
        if dead is not None:
            self._floor.journal.batch.dead_phones[attempt.phone_id] = dead

    def passed_on(self, call: Call, outcome: Outcome) -> None:
        """The attempt is over, but not the deed: its record goes on to another trunk at once, and stays in hand."""
        attempt, lead = call.attempt, call.lead
        attempt.advance(AttemptEvent.END)
        attempt.outcome = outcome
        if lead is not None:
            count_attempt(lead, attempt)
        self._forget(call, keep_lead=True)
        self._floor.emit(
            "end", attempt=attempt.id, campaign=call.run.id, outcome=outcome.value, by=attempt.ended_by, again=True
        )

    def _note_both(self, call: Call) -> None:
        """The attempt and its lead are saved with their next step, while the call lives on."""
        self._floor.note(call)
        if call.lead is not None and call.lead.id:
            self._floor.journal.batch.leads[call.lead.id] = call.lead

    def _forget(self, call: Call, *, keep_lead: bool = False) -> None:
        floor, run, attempt = self._floor, call.run, call.attempt
        outcome, disposition = attempt.outcome, attempt.disposition
        if outcome is not None:
            run.outcomes[outcome.value] = run.outcomes.get(outcome.value, 0) + 1
        if disposition is not None:
            run.dispositions[disposition] = run.dispositions.get(disposition, 0) + 1
        floor.journal.batch.attempts[attempt.id] = attempt
        if call.lead is not None and call.lead.id:
            floor.journal.batch.leads[call.lead.id] = call.lead
            if not keep_lead:
                run.tried.pop(call.lead.id, None)
                run.note_next_step(call.lead)
                run.hand_back(call.lead)
        floor.calls.pop(attempt.id, None)
        run.calls.pop(attempt.id, None)

    def stopped_ringing(self, call: Call) -> None:
        """One line fewer rings for the agent it is held for."""
        seat, run = call.seat, call.run
        if seat is not None and seat.agent.id in run.reserved_calls:
            run.reserved_calls[seat.agent.id] -= 1

    def unreserve(self, call: Call) -> None:
        """The call came to nothing. When it was the last line dialled for its agent, the agent is free again, except
        on a progressive campaign, which dials the next number for them at its next turn."""
        seat, run, call.seat = call.seat, call.run, None
        if seat is not None:
            self.free_seat(run, seat, call.attempt.mode)

    def free_seat(self, run: CampaignRun, seat: Seat, mode: Mode) -> None:
        if run.reserved_calls.get(seat.agent.id, 1) > 0:
            return
        if mode is Mode.PROGRESSIVE and run.campaign.mode is Mode.PROGRESSIVE:
            self._floor.wake()
            return
        del run.reserved_calls[seat.agent.id]
        self._floor.desk.release(seat)
