"""One turn of a campaign in each mode: whom to dial now, and for which agent.

A turn is short and runs twice a second. It changes agents' states and opens lines; everything else happens by event.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from functools import partial

from callwright.desk.routing import suits
from callwright.desk.service import Seat
from callwright.dialer import hopper
from callwright.dialer.calls import Calls
from callwright.dialer.opening import Opening, Wish
from callwright.dialer.pacing_view import PacingView, lead_chance
from callwright.dialer.state import Call, CampaignRun, FloorState
from callwright.dialer.turn_taking import TurnTaking
from callwright.model.agent import AgentState
from callwright.model.attempt import Mode
from callwright.model.people import Lead, LeadStatus

_ROUNDS = 8
"""Rounds of claiming and asking in one turn, so that a batch of refused leads does not cost a turn each."""
AT_ONCE = 25
"""Lines opened in one transaction; between two of them those who answer are served."""
DECLINED_AGAIN_S = 3600.0
UNSTIRRED_S = 2.0
"""Longest pause between two decisions while nothing happens on the floor; otherwise each turn decides."""


class Modes:
    """The turns of one floor's campaigns."""

    def __init__(self, floor: FloorState, opening: Opening, calls: Calls) -> None:
        self._floor = floor
        self._opening = opening
        self._calls = calls
        self._view = PacingView(floor)
        self._turns = TurnTaking()
        self.accepted: list[tuple[CampaignRun, int]] = []  # cards whose countdown accepted them, to be dialled

    async def turn(self, run: CampaignRun) -> None:
        """One turn of the campaign by its mode. Raises StoreUnavailable when the store could not be asked."""
        mode = run.campaign.mode
        while self.accepted:
            accepted_run, agent_id = self.accepted.pop(0)
            await self.dial_preview(accepted_run, agent_id)
        if mode is not Mode.MESSAGE:
            await self._personal(run)
        match mode:
            case Mode.PREDICTIVE:
                await self._predictive(run)
            case Mode.PROGRESSIVE:
                await self._progressive(run)
            case Mode.PREVIEW:
                await self._preview(run)
            case Mode.MESSAGE:
                await self._message(run)
            case Mode.MANUAL | Mode.INBOUND:
                return

    # --- predictive ---------------------------------------------------------------------------------------------

    async def _predictive(self, run: CampaignRun) -> None:
        now = self._floor.clock.now()
        if run.views is not None and not run.stirred and now - run.decided_at < UNSTIRRED_S:
            return
        seats = self._view.seats(run)
        if not seats:
            self.drop_ringing(run)
            return
        await hopper.refill(self._floor, run, 1)
        if not run.hopper and not (run.campaign.pacing.drop_late_ringers and run.ringing):
            return  # nothing to open and nothing to take back
        run.decided_at, run.stirred = now, False
        if not run.campaign.tier_agents:
            await self._pace(run, seats, None)
            return
        at_hand = {lead.tier for lead in run.hopper}
        if any(seat.state is AgentState.READY and not seat.agent.tiers & at_hand for seat in seats):
            await hopper.refill_wider(self._floor, run)
        for tier in sorted({lead.tier for lead in run.hopper}):
            able = [seat for seat in seats if tier in seat.agent.tiers]
            if able:
                await self._pace(run, able, tier)

    async def _pace(self, run: CampaignRun, seats: list[Seat], tier: int | None) -> None:
        """One decision for the agents ``seats``, and its execution; ``tier``: of leads of this tier only."""
        now, shared = self._floor.clock.now(), tier is not None or len(self._floor.runs) > 1
        controller, free = run.controller(tier or 0), self._turns.seats_for(run, tier, seats, now) if shared else seats
        decision = controller.decide(self._view.floor_of(run, seats, tier))
        wanted = decision.lines_to_open
        if len(free) < len(seats):
            wanted = controller.decide(self._view.floor_of(run, free, tier, some=True)).lines_to_open if free else 0
        for attempt_id in decision.calls_to_drop:
            call = run.calls.get(attempt_id)
            ours = call is not None and (tier is None or call.attempt.tier == tier)
            if call is not None and ours and call.ringing and call.end_as is None and self._calls.rang_enough(call):
                self._calls.drop(call)
        own_room, calls = self._view.own_room(run, now) if shared else 0.0, list[Call]()
        if wanted > 0:
            calls = await self._open_any(run, wanted, tier)
        if wanted > 0 or len(free) < len(seats):
            run.stirred = True
        if shared:
            left = 0 < wanted <= len(calls) or any(tier is None or lead.tier == tier for lead in run.hopper)
            self._dialled(run, tier, calls, wanted=wanted, more=left and own_room > len(calls), now=now)

    def _dialled(
        self, run: CampaignRun, tier: int | None, calls: list[Call], *, wanted: int, more: bool, now: float
    ) -> None:
        chances = [call.attempt.answer_probability for call in calls]
        known = [1.0 if chance is None else chance for chance in chances]
        self._turns.dialled(run, tier, known, wanted=wanted, more=more, now=now)

    def drop_ringing(self, run: CampaignRun) -> None:
        """Nobody is left to talk, or the floor closes: what still rings is taken back at once."""
        for call in list(run.calls.values()):
            if call.ringing and call.end_as is None:
                self._calls.drop(call)

    # --- progressive ----------------------------------------------------------------------------------------------

    async def _progressive(self, run: CampaignRun) -> None:
        """Hold each free agent and dial for them until somebody answers."""
        floor, per_agent = self._floor, max(1, run.campaign.pacing.lines_per_agent)
        idle_held = [
            floor.desk.seats[agent_id]
            for agent_id, lines in run.reserved_calls.items()
            if lines <= 0 and floor.desk.seats[agent_id].state is AgentState.RESERVED
        ]
        for seat in idle_held:
            del run.reserved_calls[seat.agent.id]
        shared, calls = len(floor.runs) > 1, list[Call]()
        own_room = self._view.own_room(run, floor.clock.now()) if shared else 0.0
        seats = [*idle_held, *await self._to_hold(run)]
        for seat in seats:
            calls += await self._dial_for_held(run, seat, per_agent)
        if shared:
            more = bool(run.hopper) and own_room > len(calls)
            self._dialled(run, None, calls, wanted=len(seats), more=more, now=floor.clock.now())

    async def _to_hold(self, run: CampaignRun) -> list[Seat]:
        """Free agents whom the campaign may keep for itself: it is its turn, and nobody's lines ring for them."""
        floor, now = self._floor, self._floor.clock.now()
        free = [seat for seat in floor.desk.free(run.id) if suits(seat.agent, skills=run.campaign.skills, tier=None)]
        if len(floor.runs) == 1:
            return free
        await hopper.refill(floor, run, 1)  # does it have anybody to dial, if it came to it?
        ours = {seat.agent.id for seat in self._turns.seats_for(run, None, self._view.seats(run), now)}
        predictive = [r for r in floor.runs.values() if r is not run and r.campaign.mode is Mode.PREDICTIVE]
        spare = {r.id: len(floor.desk.free(r.id)) - len(r.ringing) - len(r.waiting) for r in predictive}
        kept: list[Seat] = []
        for seat in free:
            needing = [number for number in seat.campaigns if number in spare]
            if seat.agent.id in ours and all(spare[number] > 0 for number in needing):
                kept.append(seat)
                for number in needing:
                    spare[number] -= 1
        return kept

    async def _dial_for_held(self, run: CampaignRun, seat: Seat, wanted: int) -> list[Call]:
        """Hold the agent once there is somebody to dial for them, and open up to ``wanted`` lines; those opened."""
        desk, opened = self._floor.desk, list[Call]()
        held_since = seat.since if seat.state is AgentState.RESERVED else None
        try:
            for _ in range(_ROUNDS):
                lines, rate = self._view.room(run, self._floor.clock.now())
                leads = await self._leads(run, min(wanted - len(opened), lines, rate), for_seat=seat)
                if leads and held_since is None and seat.state is AgentState.READY:
                    desk.reserve(seat, run.id)
                    held_since = seat.since
                if not leads or seat.state is not AgentState.RESERVED or seat.since != held_since:
                    run.hopper.extendleft(reversed(leads))
                    break
                opened += await self._opening.open(run, [Wish(lead=lead, seat=seat) for lead in leads])
                if len(opened) >= wanted:
                    break
        finally:
            if not opened and seat.since == held_since:
                desk.release(seat)
        return opened

    async def dial_one(self, run: CampaignRun, seat: Seat, lead: Lead, mode: Mode | None = None) -> Call | None:
        """Dial one record for a reserved agent, who is free again where the call was not opened (None)."""
        held_since, opened = seat.since, list[Call]()
        try:
            opened = await self._opening.open(run, [Wish(lead=lead, seat=seat, mode=mode)])
        finally:
            if not opened and seat.since == held_since:
                self._floor.desk.release(seat)
        return opened[0] if opened else None

    # --- preview ----------------------------------------------------------------------------------------------------

    async def _preview(self, run: CampaignRun) -> None:
        """Show each free agent the next card."""
        floor, seats, chances = self._floor, await self._to_hold(run), list[float]()
        for seat in seats:
            leads = await self._leads(run, 1, for_seat=seat)
            if not leads:
                break
            if seat.state is not AgentState.READY:
                run.hopper.extendleft(leads)
                continue
            chances.append(lead_chance(floor, run, leads[0], floor.clock.now()))
            self.show(run, seat, leads[0])
        if len(floor.runs) > 1:
            self._turns.dialled(run, None, chances, wanted=len(seats), more=bool(run.hopper), now=floor.clock.now())

    def show(self, run: CampaignRun, seat: Seat, lead: Lead) -> None:
        """Put a card before an agent and start its countdown."""
        rules, timer = run.campaign.preview, None
        if rules.countdown_s is not None:
            timer = self._floor.clock.call_later(rules.countdown_s, partial(self._countdown_over, run, seat, lead))
        run.previews[seat.agent.id] = (lead, timer)
        self._floor.desk.preview(seat, run.id)
        self._floor.emit("preview", agent=seat.agent.id, lead=lead.id, campaign=run.id)
        self._floor.desk.screens.on_preview(seat.agent.id, lead, rules.countdown_s)

    def _countdown_over(self, run: CampaignRun, seat: Seat, lead: Lead) -> None:
        shown = run.previews.get(seat.agent.id)
        if shown is None or shown[0] is not lead:
            return
        if run.campaign.preview.on_expiry == "accept":
            self.accepted.append((run, seat.agent.id))
            self._floor.wake()
        else:
            self.close_preview(run, seat)
            run.hopper.append(lead)
            self._floor.desk.release(seat)

    def close_preview(self, run: CampaignRun, seat: Seat) -> Lead | None:
        """Take the card away; the lead that was on it."""
        lead, timer = run.previews.pop(seat.agent.id, (None, None))
        if timer is not None:
            timer.cancel()
        return lead

    def take_cards_away(self, run: CampaignRun) -> None:
        """Nobody further is dialled: the cards before agents go back to the hopper."""
        for agent_id in list(run.previews):
            seat = self._floor.desk.seat(agent_id)
            lead = self.close_preview(run, seat)
            if lead is not None:
                hopper.put_back(run, lead)
            self._floor.desk.release(seat)

    async def dial_preview(self, run: CampaignRun, agent_id: int) -> None:
        """The agent accepted (or the countdown did): dial the card's number for them."""
        seat = self._floor.desk.seat(agent_id)
        lead = self.close_preview(run, seat)
        if lead is None or seat.state is not AgentState.PREVIEW:
            return
        self._floor.desk.reserve(seat, run.id)
        await self.dial_one(run, seat, lead)

    def decline_preview(self, run: CampaignRun, agent_id: int, reason: str) -> None:
        """The agent will not call this one now: it comes back later, for somebody."""
        floor, seat = self._floor, self._floor.desk.seat(agent_id)
        lead = self.close_preview(run, seat)
        if lead is None:
            return
        lead.status = LeadStatus.WAITING
        lead.next_at = floor.clock.now() + DECLINED_AGAIN_S
        lead.last_outcome = f"declined: {reason}"
        floor.journal.batch.leads[lead.id] = lead
        run.note_next_step(lead)
        floor.emit("decline", agent=agent_id, lead=lead.id, reason=reason)
        floor.desk.release(seat)

    def on_seat_left(self, seat: Seat) -> None:
        """An agent went away while reading a card: the lead is free for the next."""
        for campaign_id in seat.campaigns:
            run = self._floor.runs.get(campaign_id)
            lead = self.close_preview(run, seat) if run is not None else None
            if run is not None and lead is not None:
                run.hopper.appendleft(lead)

    # --- message ----------------------------------------------------------------------------------------------------

    async def _message(self, run: CampaignRun) -> None:
        """As many lines as there are: the message needs no agent."""
        lines, rate = self._view.room(run, self._floor.clock.now())
        await self._open_any(run, min(lines, rate))

    # --- leads ------------------------------------------------------------------------------------------------------

    async def _personal(self, run: CampaignRun) -> None:
        """Dial owned leads and personal call-backs for their agent as soon as that agent is free."""
        await hopper.refill_personal(self._floor, run)
        for agent_id in list(run.personal):
            queue, seat = run.personal[agent_id], self._floor.desk.seat(agent_id)
            if seat.state is not AgentState.READY or run.id not in seat.campaigns:
                continue
            lead = queue.popleft()
            if not queue:
                del run.personal[agent_id]
            if run.campaign.mode is Mode.PREVIEW:
                self.show(run, seat, lead)
                continue
            self._floor.desk.reserve(seat, run.id)
            await self.dial_one(run, seat, lead, Mode.PREVIEW)

    async def _open_any(self, run: CampaignRun, wanted: int, tier: int | None = None) -> list[Call]:
        """Open ``wanted`` lines for whoever is free at the answer, to leads of ``tier`` or of any; those opened."""
        calls: list[Call] = []
        if wanted > AT_ONCE:
            await hopper.refill(self._floor, run, wanted)
        for _ in range(_ROUNDS * math.ceil(wanted / AT_ONCE)):
            if len(calls) >= wanted:
                break
            leads = await self._leads(run, min(wanted - len(calls), AT_ONCE), tier=tier)
            if not leads:
                break
            calls += await self._opening.open(run, [Wish(lead=lead) for lead in leads])
        return calls

    async def _leads(
        self, run: CampaignRun, count: int, *, for_seat: Seat | None = None, tier: int | None = None
    ) -> list[Lead]:
        """Up to ``count`` leads out of the hopper: of ``tier``, or those the agent may call where tiers route."""
        if count <= 0:
            return []
        suits_lead: Callable[[Lead], bool] | None = None
        if tier is not None:
            suits_lead = partial(_of_tier, tier)
        elif for_seat is not None and run.campaign.tier_agents:
            suits_lead = partial(_for_agent, for_seat)
        taken: list[Lead] = []
        await hopper.refill(self._floor, run, count)
        for wider in (False, True):
            if wider and (suits_lead is None or not await hopper.refill_wider(self._floor, run)):
                break
            while len(taken) < count:
                lead = hopper.take(run, suits_lead)
                if lead is None:
                    break
                taken.append(lead)
            if len(taken) >= count:
                break
        return taken


def _of_tier(tier: int, lead: Lead) -> bool:
    return lead.tier == tier


def _for_agent(seat: Seat, lead: Lead) -> bool:
    return lead.tier in seat.agent.tiers
