"""What a team lead sees: every agent with state, time in it, and whom they talk with. One stream for all leads.

A row per agent, each a part of the picture of its own, so that one agent's change tells one row.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

from callwright.desk.service import Seat
from callwright.web.channel import Channel
from callwright.web.ports import FloorSight
from callwright.web.screens import AgentScreens


class FloorView:
    """Follows the agents' screens and the floor's seats."""

    def __init__(self, sight: FloorSight, screens: AgentScreens, now: Callable[[], float] = time.time) -> None:
        self._sight = sight
        self._screens = screens
        self._now = now
        rows = {_key(agent_id): self._row(seat) for agent_id, seat in sight.seats().items()}
        self.channel = Channel(now, rows)
        screens.on_change(self._agent_changed)

    def close(self) -> None:
        self.channel.close()

    def _agent_changed(self, agent_id: int) -> None:
        seat = self._sight.seats().get(agent_id)
        if seat is None:
            return
        row = self._row(seat)
        if self.channel.view.get(_key(agent_id)) != row:
            self.channel.change("agent", **{_key(agent_id): row})

    def _row(self, seat: Seat) -> dict[str, Any]:
        view = self._screens.channel(seat.agent.id).view
        call, hand = view["call"], view["hand"]
        person = call["person"] if call is not None else None
        return {
            "agent": seat.agent.id,
            "name": seat.agent.name,
            "team": seat.agent.team,
            "state": seat.state.value,
            "reason": seat.reason,
            "since": seat.since,
            "pending": view["pending"],
            "campaign": seat.campaign_id,
            "attempt": seat.attempt_id,
            "person": person["name"] or person["number"] if person is not None else None,
            "hand": hand,
            "line": view["line"],
        }


def _key(agent_id: int) -> str:
    return f"agent-{agent_id}"
