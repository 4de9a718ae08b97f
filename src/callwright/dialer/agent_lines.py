"""The agents' always-on lines: who may become ready, and what happens when a line is gone.

A line that is back within the grace (a reloaded page) goes on where it was; after it the agent is lost, and the person
who talked with them is looked after at once. While the network itself is gone nobody is lost: agents are still there.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from callwright.desk.service import Seat
from callwright.dialer.state import FloorState
from callwright.kit.clock import Timer
from callwright.model.agent import AgentState

NO_LINE = "line"
"""Why an agent is not ready whose line does not stand."""
SILENT_GRACE_S = 0.8
"""The grace of a line that has been silent for up to four seconds before: the person must not wait longer than five."""
SILENT_S = 2.0
"""For at least so long a silent line has been silent: so long, too, its person has heard nobody."""
_WAITING_FOR_WORK = frozenset({AgentState.READY, AgentState.RESERVED, AgentState.PREVIEW})


class AgentLines:
    """Which lines of one floor stand. ``lost`` is called with the agent whose line did not come back."""

    def __init__(self, floor: FloorState, lost: Callable[[int], None], grace_s: float) -> None:
        self._floor = floor
        self._lost = lost
        self._grace_s = grace_s
        self._up: set[int] = set()
        self._graces: dict[int, Timer] = {}

    def stands(self, agent_id: int) -> bool:
        return agent_id in self._up

    def call(self, agent_id: int) -> None:
        """Ask for the agent's line."""
        self._floor.network.call_agent(agent_id)

    def release(self, agent_id: int) -> None:
        """The agent is gone."""
        self._up.discard(agent_id)
        self._end_grace(agent_id)
        self._floor.network.release_agent(agent_id)

    def wait_for(self, seat: Seat) -> None:
        """The agent would be ready, but for the line."""
        if seat.state is not AgentState.NOT_READY or seat.reason != NO_LINE:
            self._floor.desk.pause(seat.agent.id, NO_LINE)

    def expect(self, agent_id: int) -> None:
        """After a restart: the agent was found in a talk; whether their line stands will be told, or they are lost."""
        if agent_id not in self._up:
            self._begin_grace(agent_id, self._grace_s)

    def on_network(self, up: bool) -> None:
        """The network is gone, or back: then the lines of those who talk must be back, too."""
        for agent_id in list(self._graces):
            self._end_grace(agent_id)
        if up:
            for seat in self._floor.desk.seats.values():
                if seat.state is AgentState.IN_CALL:
                    self.expect(seat.agent.id)

    def on_line(self, agent_id: int, up: bool, *, silent: bool = False) -> None:
        seat = self._floor.desk.seats.get(agent_id)
        if seat is None or up == (agent_id in self._up):
            return
        self._floor.emit("line", agent=agent_id, up=up)
        if up:
            self._up.add(agent_id)
            self._end_grace(agent_id)
            self._back(seat)
        else:
            self._up.discard(agent_id)
            self._gone(seat, silent)

    def _back(self, seat: Seat) -> None:
        call = self._floor.calls.get(seat.attempt_id or 0)
        if call is not None and call.seat is seat and call.line_lost_at is not None:
            call.line_lost_at = None
            if seat.state is AgentState.IN_CALL:
                self._floor.network.join(call.attempt.id, seat.agent.id)
        elif seat.state is AgentState.NOT_READY and seat.reason == NO_LINE:
            self._floor.desk.ready(seat.agent.id)

    def _gone(self, seat: Seat, silent: bool) -> None:
        if seat.state is AgentState.OFFLINE:
            return
        agent_id, floor = seat.agent.id, self._floor
        if floor.network_up:
            self._begin_grace(agent_id, min(self._grace_s, SILENT_GRACE_S) if silent else self._grace_s)
        if seat.state in _WAITING_FOR_WORK:
            floor.desk.pause(agent_id, NO_LINE)  # nobody is put through to a dead line
        call = floor.calls.get(seat.attempt_id or 0)
        if call is not None and call.seat is seat:
            call.line_lost_at = floor.clock.now() - (SILENT_S if silent else 0.0)

    def _begin_grace(self, agent_id: int, grace_s: float) -> None:
        self._end_grace(agent_id)
        self._graces[agent_id] = self._floor.clock.call_later(grace_s, partial(self._not_back, agent_id))

    def _not_back(self, agent_id: int) -> None:
        self._graces.pop(agent_id, None)
        if agent_id not in self._up:
            self._lost(agent_id)

    def _end_grace(self, agent_id: int) -> None:
        timer = self._graces.pop(agent_id, None)
        if timer is not None:
            timer.cancel()
