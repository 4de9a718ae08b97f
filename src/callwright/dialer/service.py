"""The dialer: the loop over running campaigns, and everything agents and operators may ask of it.

One ``Dialer`` runs one floor. It is the composition of the parts of this room and holds no rule of its own.
"""

from __future__ import annotations

import asyncio
import contextlib
import math
from collections.abc import Callable, Coroutine, Mapping, Sequence
from functools import partial
from typing import Any

from callwright.compliance import RuleBook
from callwright.desk.ports import Screens
from callwright.desk.service import Desk, Seat
from callwright.dialer import hopper
from callwright.dialer.abandon_window import AbandonWindow
from callwright.dialer.agent_lines import AgentLines
from callwright.dialer.caller_ids import CallerIds
from callwright.dialer.calls import Calls
from callwright.dialer.deeds import Deeds
from callwright.dialer.events import Event
from callwright.dialer.fail_over import FailOver
from callwright.dialer.finishing import Finishing
from callwright.dialer.handing import Handing
from callwright.dialer.hearing import Hearing
from callwright.dialer.journal import Journal
from callwright.dialer.line_keeping import LOOK_AT_CALLER_IDS_S, look_at_caller_ids, read_use_back, tell_changes
from callwright.dialer.lines import Lines
from callwright.dialer.modes import Modes
from callwright.dialer.network import Network
from callwright.dialer.opening import Opening
from callwright.dialer.ports import LineRules, Store, Trunk
from callwright.dialer.recovery import hang_up_strangers, recover
from callwright.dialer.remembering import remember
from callwright.dialer.service_level import ServiceLevel
from callwright.dialer.state import AnswerProbability, Call, CampaignRun, FloorState
from callwright.kit.clock import Clock
from callwright.kit.errors import Conflict, NotFound, StoreUnavailable
from callwright.model.agent import Agent, AgentState
from callwright.model.attempt import Mode
from callwright.model.campaign import Campaign
from callwright.pacing import make_controller

TURN_S = 0.5
"""Seconds between two turns of a busy campaign."""
LARGE_TURN_S = 1.0
BREATH_S = 0.05
"""Shortest pause between turns, however long they take."""
LARGE = 20
"""With so many agents at work one agent's wait is a small share of the floor's: predictive turns once a second."""
QUIET_S = 60.0
"""Longest sleep of a floor on which nothing can happen by itself."""
OVERLONG_EVERY_S = 5.0
LINE_GRACE_S = 3.0
LEASE_S = 10.0
"""How long a campaign stays ours without renewal; another dialer may take it after that."""


class Dialer(Deeds, Hearing):
    """Runs campaigns on one floor: give it campaigns, ``run()`` it, and let agents log in.

    ``flush_s``: how long changes may wait for their common commit. ``answer_probability``: what is believed of a lead,
    in place of what each campaign learns (``answer_beliefs``).
    ``line_grace_s``: how long an agent's line may be gone (a reloaded page) before the agent is taken for lost.
    """

    def __init__(
        self,
        *,
        clock: Clock,
        store: Store,
        network: Network,
        screens: Screens,
        book: RuleBook,
        trunks: Sequence[Trunk],
        line_rules: LineRules | None = None,
        owner: str,
        flush_s: float = 0.05,
        lease_s: float = LEASE_S,
        line_grace_s: float = LINE_GRACE_S,
        answer_probability: AnswerProbability | None = None,
    ) -> None:
        journal = Journal(store, clock, flush_s=flush_s)
        desk = Desk(
            clock=clock,
            screens=screens,
            record=lambda interval: journal.batch.intervals.append(interval),
            changed=self._seat_changed,
        )
        self.floor = FloorState(
            clock=clock,
            store=store,
            network=network,
            book=book,
            desk=desk,
            journal=journal,
            lines=Lines(trunks, clock.now(), line_rules),
            callers=CallerIds(clock.now(), (line_rules or LineRules()).time_zone),
            owner=owner,
            answer_probability=answer_probability,
            wake=self._wake,
        )
        self.floor.lines.tell = self.floor.callers.tell = tell_changes(self.floor)
        self._lease_s = lease_s
        self._finishing = Finishing(self.floor)
        self._calls = Calls(self.floor, self._finishing)
        self._handing = Handing(self.floor, self._calls)
        self._lines = AgentLines(self.floor, self.agent_lost, line_grace_s)
        self._opening = Opening(self.floor)
        self._modes = Modes(self.floor, self._opening, self._calls)
        self._fail_over = FailOver(
            self.floor, self._opening, self._finishing, spawn=self._spawn, may_dial=self._may_dial_again
        )
        self._awake = asyncio.Event()
        self._stopping = False
        self._closing = False
        self._tasks: set[asyncio.Task[None]] = set()
        self.keep_running = False  # True: run() goes on when all campaigns are done (a server)
        journal.on_store = self._store_changed
        network.listen(self)

    @property
    def listeners(self) -> list[Callable[[Event], None]]:
        """Called with every event of the floor, in order."""
        return self.floor.listeners

    # --- campaigns --------------------------------------------------------------------------------------------------

    async def add_campaign(self, campaign: Campaign, *, list_ids: dict[str, int] | None = None) -> CampaignRun:
        """Start running a campaign: lease it, reconcile what an earlier run left, read its abandon window.

        Raises Conflict while another dialer runs it, BadInput where its rules name an unknown pack.
        """
        floor, now = self.floor, self.floor.clock.now()
        rule = floor.book.abandon_rule(
            campaign.packs, campaign.country, now, campaign_target=campaign.pacing.abandon_target
        )
        if not await floor.store.lease_campaign(campaign.id, floor.owner, now, self._lease_s):
            raise Conflict(f"Campaign {campaign.name} is being run by another dialer; stop that one first.")
        pacing = campaign.pacing
        run = CampaignRun(
            campaign=campaign,
            rule=rule,
            make_controller=partial(
                make_controller,
                pacing.controller,
                fixed_ratio=pacing.fixed_ratio,
                lines_per_agent=pacing.lines_per_agent,
                drop_late_ringers=pacing.drop_late_ringers,
            ),
            window=AbandonWindow(window_s=rule.window_s, zone=floor.lines.rules.time_zone),
            returned=ServiceLevel(within_s=campaign.inbound_within_s, zone=floor.lines.rules.time_zone),
            list_ids=dict(list_ids or {}),
            leased_until=now + self._lease_s,
        )
        await remember(floor, run, now)
        run.personal_seen = await floor.store.free_missed_callbacks(campaign.id, now - hopper.MISSED_AFTER_S) > 0
        run.completed = await floor.store.completed(campaign.id, tuple(campaign.quotas))
        if not floor.runs:
            await read_use_back(floor)
        floor.runs[campaign.id] = run
        await recover(floor, self._calls, run, self._handing.keep_parked)
        for call in run.calls.values():
            if call.seat is not None:
                self._lines.expect(call.seat.agent.id)
        await hopper.look_at_progress(floor, run)
        floor.emit("campaign", campaign=campaign.id, what="started", name=campaign.name, open=run.open_leads)
        self._wake()
        return run

    async def run(self) -> None:
        """Turn all campaigns until they are done (see ``keep_running``) or ``stop()`` was called; then give back
        what is claimed and commit the rest."""
        await hang_up_strangers(self.floor)
        saving = asyncio.create_task(self.floor.journal.run(), name="journal")
        try:
            while not self._stopping:
                began = self.floor.clock.now()
                pause = await self._turn_all()
                if pause is None:
                    break
                self._awake.clear()
                took = self.floor.clock.now() - began
                await self._sleep(max(min(pause, BREATH_S), pause - took))  # a trunk's rate is kept, not the pauses
        finally:
            # A dial under way is finished: cut off between commit and network its fate would be unknown.
            await asyncio.gather(*self._tasks, return_exceptions=True)
            await self.floor.journal.stop(saving)
            with contextlib.suppress(asyncio.CancelledError):
                await saving
            await self._close()

    def wind_down(self) -> None:
        """Open nothing more, take back what rings, let talks end and be disposed of; then ``run()`` ends."""
        self._closing = True
        self._wake()

    def stop(self) -> None:
        """End ``run()`` soon; live calls stay with the network."""
        self._stopping = True
        self._wake()

    async def committed(self) -> None:
        """Return when all that was said before is committed."""
        await self.floor.journal.drain()

    async def _turn_all(self) -> float | None:
        """One turn of every campaign by priority; seconds until the next, None when all are done."""
        now = self.floor.clock.now()
        pause = QUIET_S
        if now - self.floor.caller_ids_seen_at >= LOOK_AT_CALLER_IDS_S:
            try:
                await look_at_caller_ids(self.floor, now)
            except StoreUnavailable:
                self.floor.journal.lost_store()
        for run in sorted(self.floor.runs.values(), key=lambda r: -r.campaign.priority):
            if run.done:
                continue
            try:
                pause = min(pause, await self._turn(run, now))
            except StoreUnavailable:
                self.floor.journal.lost_store()
                pause = min(pause, TURN_S)
        if self._closing and not self.floor.calls and not self._tasks:
            return None
        if not self.keep_running and self.floor.runs and all(run.done for run in self.floor.runs.values()):
            return None
        return pause

    async def _turn(self, run: CampaignRun, now: float) -> float:
        """One turn of one campaign; seconds until its next."""
        campaign, floor = run.campaign, self.floor
        if floor.journal.store_down:
            await floor.journal.drain()  # raises while the store is gone: nothing is opened
        if now > run.leased_until - self._lease_s / 2:
            if not await floor.store.lease_campaign(run.id, floor.owner, now, self._lease_s):
                self._lost_lease(run)
                return QUIET_S
            run.leased_until = now + self._lease_s
        if self._closing:
            await self._call_off(run)
            return TURN_S
        if campaign.starts_at is not None and now < campaign.starts_at:
            return campaign.starts_at - now
        if (campaign.ends_at is not None and now >= campaign.ends_at) or run.target_reached():
            await self._call_off(run)
            run.done = not run.calls
            return TURN_S
        self._end_overlong(run, now)
        if not floor.network_up:
            return TURN_S  # what rings and who talks is left alone
        await self._modes.turn(run)
        if run.calls:
            large = campaign.mode is Mode.PREDICTIVE and run.views is not None and len(run.views) >= LARGE
            return LARGE_TURN_S if large else TURN_S
        if not self._can_dial(run):
            await hopper.give_back(floor, run)
        elif run.hopper:
            return TURN_S
        return await self._quiet(run, now)

    async def _call_off(self, run: CampaignRun) -> None:
        """Nobody further is dialled: what rings, what agents read and what is claimed is taken back."""
        self._modes.drop_ringing(run)
        self._modes.take_cards_away(run)
        await hopper.give_back(self.floor, run)

    async def _quiet(self, run: CampaignRun, now: float) -> float:
        """Nothing is under way: is the campaign done, or when can it go on?"""
        await self.floor.journal.drain()
        await hopper.look_at_progress(self.floor, run)
        if run.open_leads == 0 and not run.calls and not run.previews:
            run.done = True
            self.floor.emit("campaign", campaign=run.id, what="done")
            return 0.0
        if run.next_due_at is None:
            return QUIET_S  # what is open is claimed elsewhere, or waits for an agent
        if run.next_due_at > now:
            return min(run.next_due_at - now, QUIET_S)
        run.nothing_due_until = run.looked_at = -math.inf
        return QUIET_S if not self._can_dial(run) else TURN_S

    def _can_dial(self, run: CampaignRun) -> bool:
        return run.campaign.mode is Mode.MESSAGE or bool(self.floor.desk.at_work(run.id))

    def _may_dial_again(self, run: CampaignRun) -> bool:
        """Whether a dial that a carrier failed may go over another trunk now."""
        now, ends_at = self.floor.clock.now(), run.campaign.ends_at
        return not (
            self._closing
            or self._stopping
            or run.done
            or not self.floor.network_up
            or self.floor.journal.store_down
            or (ends_at is not None and now >= ends_at)
            or run.target_reached()
        )

    def _end_overlong(self, run: CampaignRun, now: float) -> None:
        """The hard limit of a talk's length, looked at every few seconds."""
        if now - run.lengths_checked_at < OVERLONG_EVERY_S:
            return
        run.lengths_checked_at = now
        for call in list(run.calls.values()):
            began = call.attempt.connected_at
            if began is not None and call.attempt.ended_at is None and now - began > run.campaign.max_call_s:
                self.floor.network.hang_up(call.attempt.id)

    def _lost_lease(self, run: CampaignRun) -> None:
        """Another dialer has the campaign: open nothing more; calls under way stay ours to the end."""
        run.done = not run.calls
        run.hopper.clear()
        self.floor.emit("campaign", campaign=run.id, what="lease lost")

    async def _close(self) -> None:
        with contextlib.suppress(StoreUnavailable):
            for run in self.floor.runs.values():
                self._modes.take_cards_away(run)
                await hopper.give_back(self.floor, run)
            self.floor.desk.checkpoint()
            await self.floor.journal.drain()

    def _wake(self) -> None:
        self._awake.set()

    async def _sleep(self, pause: float) -> None:
        """Until ``pause`` is over or somebody wakes the floor."""
        timer = self.floor.clock.call_later(pause, self._awake.set)
        await self._awake.wait()
        timer.cancel()

    def _store_changed(self, down: bool) -> None:
        self.floor.emit("store", down=down)

    def _spawn(self, work: Coroutine[Any, Any, None]) -> None:
        """Run ``work`` beside the loop; ``run()`` owns and ends it."""

        async def guarded() -> None:
            try:
                await work
            except StoreUnavailable:
                self.floor.journal.lost_store()

        task = asyncio.create_task(guarded())
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    # --- agents -----------------------------------------------------------------------------------------------------

    def add_agents(self, agents: Sequence[Agent]) -> None:
        self.floor.desk.add(agents)

    def log_in(self, agent_id: int, campaign_ids: Sequence[int]) -> None:
        """Present, and being called: the agent can be ready once their line stands."""
        if self.floor.desk.seat(agent_id).state in (AgentState.OFFLINE, AgentState.IN_CALL):
            self._lines.call(agent_id)
        self.floor.desk.log_in(agent_id, campaign_ids)

    def log_out(self, agent_id: int) -> None:
        self.floor.desk.log_out(agent_id)

    def ready(self, agent_id: int) -> None:
        """Ready for calls, as soon as the agent's line stands."""
        seat = self.floor.desk.seat(agent_id)
        if seat.state is AgentState.NOT_READY and seat.aside_from is None and not self._lines.stands(agent_id):
            self._lines.wait_for(seat)
        else:
            self.floor.desk.ready(agent_id)

    def pause(self, agent_id: int, reason: str) -> None:
        self.floor.desk.pause(agent_id, reason)

    def agent_lost(self, agent_id: int) -> None:
        """The agent's screen and sound are gone: the seat is emptied, the person on the line is looked after."""
        seat = self.floor.desk.seat(agent_id)
        attempt_id, in_call = seat.attempt_id, seat.state in (AgentState.IN_CALL, AgentState.WRAP_UP)
        self.floor.desk.lose(agent_id)
        if in_call and attempt_id is not None:
            self._calls.on_agent_lost(seat, attempt_id)

    def accept_preview(self, agent_id: int) -> None:
        run = self._previewing(agent_id)
        self._need_network()
        self._spawn(self._modes.dial_preview(run, agent_id))

    def decline_preview(self, agent_id: int, reason: str) -> None:
        self._modes.decline_preview(self._previewing(agent_id), agent_id, reason)

    def _previewing(self, agent_id: int) -> CampaignRun:
        for run in self.floor.runs.values():
            if agent_id in run.previews:
                return run
        raise Conflict(f"Agent {agent_id} has no card to accept or decline.")

    async def dial_manual(self, agent_id: int, campaign_id: int, number: str) -> Call | None:
        """The agent dials a number of the campaign; all rules apply. None: refused (see the ledger).

        Raises NotFound for a number of no lead, Conflict where the agent is not ready or the record is in other hands.
        """
        floor, run, seat = self.floor, self._run(campaign_id), self.floor.desk.seat(agent_id)
        if self._closing:
            raise Conflict("The floor is closing; nobody further is dialled.")
        self._need_network()
        if seat.state is not AgentState.READY or campaign_id not in seat.campaigns:
            raise Conflict(f"Agent {agent_id} must be ready in campaign {campaign_id} to dial.")
        lead = await hopper.read_for_number(floor, run, number)
        if lead is None:
            raise NotFound(f"{number} is in no list of campaign {run.campaign.name}; import it first.")
        if seat.state is not AgentState.READY:
            raise Conflict(f"Agent {agent_id} got a call meanwhile; dial {number} after it.")
        lead = hopper.take_aside(floor, run, lead)
        if lead is None:
            raise Conflict(f"The record of {number} is in a call or before an agent; dial it later.")
        lead.next_phone_id = next(p.id for p in lead.phones if p.number == number)
        floor.desk.reserve(seat, campaign_id)
        return await self._modes.dial_one(run, seat, lead, Mode.MANUAL)

    def _need_network(self) -> None:
        if not self.floor.network_up:
            raise Conflict("The telephone network takes no calls now; try again when it is back.")

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
        """The agent's final word; see ``Finishing.dispose``. Accepted once ``committed()`` returned."""
        self._finishing.dispose(
            agent_id,
            attempt_id,
            code,
            order_amount=order_amount,
            callback_at=callback_at,
            callback_mine=callback_mine,
        )

    def seats(self) -> Mapping[int, Seat]:
        return self.floor.desk.seats

    def campaigns(self) -> list[Campaign]:
        """Those that run here."""
        return [run.campaign for run in self.floor.runs.values()]

    def line_up(self, agent_id: int) -> bool:
        """Whether the agent's line stands."""
        return self._lines.stands(agent_id)

    def hang_up(self, agent_id: int) -> None:
        """The agent ends the call they are in."""
        seat = self.floor.desk.seat(agent_id)
        if seat.state is AgentState.IN_CALL and seat.attempt_id is not None:
            self.floor.network.hang_up(seat.attempt_id, by="agent")

    def _run(self, campaign_id: int) -> CampaignRun:
        try:
            return self.floor.runs[campaign_id]
        except KeyError:
            raise NotFound(f"Campaign {campaign_id} is not running.") from None

    def _seat_changed(self, seat: Seat) -> None:
        """After every change of an agent's state: serve who waits, drop what rings for nobody, wake the loop."""
        for campaign_id in seat.campaigns:
            run = self.floor.runs.get(campaign_id)
            if run is not None:
                run.see(seat)
        if seat.state is not AgentState.IN_CALL:
            self.floor.stages.pop(seat.agent.id, None)
        pending = None if seat.pending is None else seat.pending[0].value
        self.floor.emit("agent", agent=seat.agent.id, state=seat.state.value, reason=seat.reason, pending=pending)
        if seat.state is AgentState.OFFLINE:
            self._lines.release(seat.agent.id)
            self._handing.on_seat_gone(seat)
        if seat.state is AgentState.READY and not self._lines.stands(seat.agent.id):
            self._lines.wait_for(seat)
        elif seat.state is AgentState.READY:
            self._calls.on_seat_free(seat)
            self._wake_if_held_mode(seat)
        elif seat.pending is not None:
            self._wake()
        elif seat.state in (AgentState.NOT_READY, AgentState.OFFLINE):
            self._calls.on_seat_left(seat)
            self._modes.on_seat_left(seat)
            self._wake()

    def _wake_if_held_mode(self, seat: Seat) -> None:
        """Modes that dial for one agent need not wait for the next turn; predictive turns when it turns."""
        if seat.state is AgentState.READY:
            runs = self.floor.runs
            if any(c in runs and runs[c].campaign.mode is not Mode.PREDICTIVE for c in seat.campaigns) or not any(
                runs[c].calls for c in seat.campaigns if c in runs
            ):
                self._wake()
