"""The desk: every agent's seat, its state, and the intervals that the figures are made of.

State moves only through ``_go`` and its transition table. A pause or log-out asked for during a call is pending until
the disposition is given; a wrap-up never ends by time alone.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping

from callwright.desk.ports import Screens
from callwright.desk.routing import choose_agent
from callwright.kit.clock import Clock
from callwright.kit.errors import Conflict, NotFound
from callwright.model.agent import Agent, AgentState, StateInterval, check_agent_step

PRESENT = frozenset(AgentState) - {AgentState.OFFLINE}
AT_WORK = frozenset({AgentState.READY, AgentState.RESERVED, AgentState.PREVIEW, AgentState.IN_CALL, AgentState.WRAP_UP})


class Seat:
    """One agent's place on the floor: state, since when, and what they are on."""

    __slots__ = ("agent", "aside_from", "attempt_id", "campaign_id", "campaigns", "pending", "reason", "since", "state")

    def __init__(self, agent: Agent) -> None:
        self.agent = agent
        self.state = AgentState.OFFLINE
        self.since = 0.0
        self.reason: str | None = None
        self.campaigns: tuple[int, ...] = ()
        self.campaign_id: int | None = None  # the one the present state belongs to
        self.attempt_id: int | None = None
        self.pending: tuple[AgentState, str | None] | None = None
        self.aside_from: tuple[AgentState, str | None] | None = None  # where they go back to from helping or coaching


class Desk:
    """Seats of one floor. ``record`` gets every finished state interval; ``changed`` is called after each change."""

    def __init__(
        self,
        *,
        clock: Clock,
        screens: Screens,
        record: Callable[[StateInterval], None],
        changed: Callable[[Seat], None],
    ) -> None:
        self._clock = clock
        self.screens = screens
        self._record = record
        self._changed = changed
        self.seats: dict[int, Seat] = {}
        self._free: dict[int, Seat] = {}  # READY seats, longest waiting first

    # --- who is there -------------------------------------------------------------------------------------------

    def add(self, agents: Iterable[Agent]) -> None:
        """Give agents a seat (known ones keep theirs and get the new facts)."""
        for agent in agents:
            seat = self.seats.get(agent.id)
            if seat is None:
                self.seats[agent.id] = Seat(agent)
            else:
                seat.agent = agent

    def seat(self, agent_id: int) -> Seat:
        try:
            return self.seats[agent_id]
        except KeyError:
            raise NotFound(f"There is no agent {agent_id}; add the agent first.") from None

    def free(self, campaign_id: int) -> list[Seat]:
        """READY seats that serve the campaign, longest waiting first."""
        return [seat for seat in self._free.values() if campaign_id in seat.campaigns]

    def at_work(self, campaign_id: int) -> list[Seat]:
        """Seats that serve the campaign and are ready, reserved, reading, talking or wrapping up, and will stay."""
        return [
            s for s in self.seats.values() if s.state in AT_WORK and s.pending is None and campaign_id in s.campaigns
        ]

    def pick(
        self,
        campaign_id: int,
        *,
        skills: Mapping[str, int],
        tier: int | None,
        inbound: bool = False,
        without: int | None = None,
    ) -> Seat | None:
        """The free seat that should take a call, or None. ``without``: the id of an agent who should not."""
        if not self._free:
            return None
        chosen = choose_agent(
            (seat.agent for seat in self._free.values() if campaign_id in seat.campaigns and seat.agent.id != without),
            skills=skills,
            tier=tier,
            inbound=inbound,
        )
        return None if chosen is None else self.seats[chosen.id]

    # --- the agent's own wishes ---------------------------------------------------------------------------------

    def log_in(self, agent_id: int, campaign_ids: Iterable[int]) -> None:
        """OFFLINE -> NOT_READY("login"); the agent then says ready.

        An agent found in a call after a restart keeps it.
        """
        seat = self.seat(agent_id)
        if seat.state is AgentState.IN_CALL:
            seat.campaigns = tuple(campaign_ids)
            return
        if seat.state is not AgentState.OFFLINE:
            raise Conflict(f"Agent {seat.agent.name} is logged in already.")
        seat.campaigns = tuple(campaign_ids)
        seat.pending = seat.aside_from = None
        seat.since = self._clock.now()
        self._go(seat, AgentState.NOT_READY, reason="login")

    def ready(self, agent_id: int) -> None:
        """Ready for calls; in a call or wrap-up it only takes back a pending pause, in helping it is for afterwards."""
        seat = self.seat(agent_id)
        if seat.aside_from is not None:
            seat.aside_from = (AgentState.READY, None)
        elif seat.state is AgentState.NOT_READY:
            self._go(seat, AgentState.READY)
        elif seat.pending is not None:
            seat.pending = None
            self._changed(seat)

    def pause(self, agent_id: int, reason: str) -> None:
        """NOT_READY with a reason, now, or after the call and its disposition."""
        self._when_free(agent_id, AgentState.NOT_READY, reason)

    def log_out(self, agent_id: int) -> None:
        """OFFLINE now, or after the call and its disposition."""
        self._when_free(agent_id, AgentState.OFFLINE, None)

    def _when_free(self, agent_id: int, state: AgentState, reason: str | None) -> None:
        seat = self.seat(agent_id)
        if seat.aside_from is not None:
            seat.aside_from = (state, reason)
        elif seat.state in (AgentState.IN_CALL, AgentState.WRAP_UP):
            seat.pending = (state, reason)
            self._changed(seat)
        elif seat.state is not AgentState.OFFLINE:
            if seat.state is AgentState.NOT_READY and state is AgentState.NOT_READY:
                self._change(seat, state, reason)  # another reason code
            else:
                self._go(seat, state, reason=reason)

    # --- what the dialer does with seats ------------------------------------------------------------------------

    def reserve(self, seat: Seat, campaign_id: int) -> None:
        self._go(seat, AgentState.RESERVED, campaign_id=campaign_id)

    def release(self, seat: Seat) -> None:
        """A reserved or reading agent is free again."""
        if seat.state in (AgentState.RESERVED, AgentState.PREVIEW):
            self._go(seat, AgentState.READY)

    def preview(self, seat: Seat, campaign_id: int) -> None:
        self._go(seat, AgentState.PREVIEW, campaign_id=campaign_id)

    def take_call(self, seat: Seat, campaign_id: int, attempt_id: int) -> None:
        """Into a call, from wherever they were free; who was paused is paused again after it."""
        back, seat.aside_from = seat.aside_from, None
        if back is None and seat.state is AgentState.NOT_READY:
            back = (seat.state, seat.reason)
        if back is not None and back[0] is not AgentState.READY:
            seat.pending = back
        self._go(seat, AgentState.IN_CALL, campaign_id=campaign_id, attempt_id=attempt_id)

    def resume_call(self, seat: Seat, campaigns: tuple[int, ...], attempt_id: int) -> None:
        """After a restart: the agent is found in a call that went on without us."""
        seat.campaigns = campaigns
        seat.since = self._clock.now()
        self._change(seat, AgentState.IN_CALL, None, campaigns[0], attempt_id)

    def wrap_up(self, seat: Seat) -> None:
        self._go(seat, AgentState.WRAP_UP, campaign_id=seat.campaign_id, attempt_id=seat.attempt_id)

    def leave_call(self, seat: Seat) -> None:
        """Wrap-up is done, or the person left before a word was said: the pending wish, or ready."""
        state, reason = seat.pending or (AgentState.READY, None)
        seat.pending = None
        self._go(seat, state, reason=reason)

    def step_aside(self, seat: Seat, reason: str, campaign_id: int, attempt_id: int) -> None:
        """A ready or paused agent helps in another's call, or coaches: NOT_READY for this until ``come_back``."""
        seat.aside_from = (seat.state, seat.reason)
        if seat.state is AgentState.NOT_READY:
            self._change(seat, AgentState.NOT_READY, reason, campaign_id, attempt_id)
        else:
            self._go(seat, AgentState.NOT_READY, reason=reason, campaign_id=campaign_id, attempt_id=attempt_id)

    def come_back(self, seat: Seat) -> None:
        """Helping or coaching is over: what they were before, or have wished for since."""
        back, seat.aside_from = seat.aside_from, None
        if back is None:
            return
        if back[0] is AgentState.NOT_READY:
            self._change(seat, AgentState.NOT_READY, back[1])
        else:
            self._go(seat, back[0], reason=back[1])

    def lose(self, agent_id: int) -> None:
        """The agent's screen and audio are gone: OFFLINE from any state."""
        seat = self.seat(agent_id)
        if seat.state is not AgentState.OFFLINE:
            seat.pending = seat.aside_from = None
            self._go(seat, AgentState.OFFLINE, reason="lost")

    # --- one way to change ----------------------------------------------------------------------------------------

    def _go(
        self,
        seat: Seat,
        state: AgentState,
        *,
        reason: str | None = None,
        campaign_id: int | None = None,
        attempt_id: int | None = None,
    ) -> None:
        check_agent_step(seat.state, state)
        self._change(seat, state, reason, campaign_id, attempt_id)

    def _change(
        self,
        seat: Seat,
        state: AgentState,
        reason: str | None,
        campaign_id: int | None = None,
        attempt_id: int | None = None,
    ) -> None:
        now = self._clock.now()
        old = seat.state
        self._close_interval(seat, now)
        seat.state, seat.since, seat.reason = state, now, reason
        seat.campaign_id, seat.attempt_id = campaign_id, attempt_id
        if state is AgentState.READY:
            self._free[seat.agent.id] = seat
        elif old is AgentState.READY:
            del self._free[seat.agent.id]
        self.screens.on_state(seat.agent.id, state, reason)
        self._changed(seat)

    def checkpoint(self) -> None:
        """Record everybody's present state up to now; it goes on as a new interval."""
        now = self._clock.now()
        for seat in self.seats.values():
            self._close_interval(seat, now)
            seat.since = now

    def _close_interval(self, seat: Seat, now: float) -> None:
        if seat.state is AgentState.OFFLINE or now <= seat.since:
            return
        campaign_id = seat.campaign_id
        if campaign_id is None and len(seat.campaigns) == 1:
            campaign_id = seat.campaigns[0]
        self._record(
            StateInterval(
                agent_id=seat.agent.id,
                state=seat.state,
                reason=seat.reason,
                began_at=seat.since,
                ended_at=now,
                campaign_id=campaign_id,
                attempt_id=seat.attempt_id,
            )
        )
