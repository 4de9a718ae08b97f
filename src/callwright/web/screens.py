"""The agents' screens: the desk tells them, browsers listen. One numbered stream per agent (``channel``).

Nothing here decides anything, and nothing here may fail into the engine.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from typing import Any

from callwright.desk.service import Seat
from callwright.dialer.events import Event
from callwright.model.agent import AgentState
from callwright.model.attempt import Attempt
from callwright.model.people import Lead
from callwright.web.cards import call_card, hand_card, lead_card
from callwright.web.channel import Channel
from callwright.web.ports import InHand

_FREE = frozenset({AgentState.READY, AgentState.RESERVED, AgentState.PREVIEW, AgentState.OFFLINE})
_OVER = _FREE | {AgentState.NOT_READY}
"""In these no call of the agent's own is left; a paused one may be consulted or coach."""


class AgentScreens:
    """``desk.ports.Screens`` for browsers; also a listener of the dialer's events (``dialer.listeners.append``)."""

    def __init__(self, now: Callable[[], float] = time.time) -> None:
        self._now = now
        self._channels: dict[int, Channel] = {}
        self._changed: list[Callable[[int], None]] = []

    def channel(self, agent_id: int) -> Channel:
        """The agent's stream; it begins with whoever asks first."""
        known = self._channels.get(agent_id)
        if known is None:
            known = self._channels[agent_id] = Channel(
                self._now,
                {
                    "state": AgentState.OFFLINE.value,
                    "reason": None,
                    "since": self._now(),
                    "pending": None,
                    "card": None,
                    "call": None,
                    "hand": None,
                    "line": None,
                },
            )
        return known

    def watched(self, agent_id: int) -> bool:
        """Whether a browser looks at this agent's screen now."""
        known = self._channels.get(agent_id)
        return known is not None and bool(known.listeners)

    def on_change(self, hear: Callable[[int], None]) -> None:
        """Call ``hear`` with the agent's id after every change of their screen (the leads' view of the floor)."""
        self._changed.append(hear)

    def close(self) -> None:
        """Cut all listeners off: the server ends."""
        for channel in self._channels.values():
            channel.close()

    # --- the desk's word ------------------------------------------------------------------------------------------

    def on_state(self, agent_id: int, state: AgentState, reason: str | None) -> None:
        parts: dict[str, Any] = {"state": state.value, "reason": reason, "since": self._now(), "pending": None}
        view = self.channel(agent_id).view
        if state is not AgentState.PREVIEW and view["card"] is not None and state is not AgentState.RESERVED:
            parts["card"] = None
        if state in _OVER and view["call"] is not None:
            parts["call"] = None
        if state in _FREE and view["hand"] is not None:
            parts["hand"] = None
        self._change(agent_id, "state", **parts)

    def on_preview(self, agent_id: int, lead: Lead, countdown_s: float | None) -> None:
        until = None if countdown_s is None else self._now() + countdown_s
        self._change(
            agent_id, "preview", card={"campaign": lead.campaign_id, "until": until, "person": lead_card(lead)}
        )

    def on_call(self, agent_id: int, attempt: Attempt, lead: Lead | None) -> None:
        self._change(agent_id, "call", call=call_card(attempt, lead), card=None)

    def on_call_changed(self, agent_id: int, hand: InHand | None) -> None:
        """Hold, consultation, conference, coaching, a recording that pauses; None: no call is in hand any more."""
        self._note(agent_id, "hand", hand=None if hand is None else hand_card(hand))

    def on_call_ended(self, agent_id: int, attempt: Attempt) -> None:
        call = self.channel(agent_id).view["call"]
        if call is None or call["attempt"] != attempt.id:
            call = call_card(attempt, None)
        self._change(agent_id, "ended", call={**call, "ended_at": attempt.ended_at or self._now()}, hand=None)

    def catch_up(self, seat: Seat, call: tuple[Attempt, Lead | None] | None) -> None:
        """Bring a picture up to the seat as it is: after a restart the desk did not tell all."""
        view = self.channel(seat.agent.id).view
        parts: dict[str, Any] = {}
        if view["state"] != seat.state.value:
            parts = {"state": seat.state.value, "reason": seat.reason, "since": seat.since}
        if call is not None and view["call"] is None and seat.state in (AgentState.IN_CALL, AgentState.WRAP_UP):
            parts["call"] = call_card(*call)
        if parts:
            self._change(seat.agent.id, "state", **parts)

    # --- the dialer's events ----------------------------------------------------------------------------------------

    def __call__(self, event: Event) -> None:
        """What the desk's port does not tell: pending wishes, and the agents' lines."""
        data = event.data
        if event.kind == "agent":
            self._note(data["agent"], "pending", pending=data.get("pending"))
        elif event.kind == "line":
            self._note(data["agent"], "line", line="up" if data.get("up") else "down")

    def _note(self, agent_id: int, kind: str, **parts: Any) -> None:
        view: Mapping[str, Any] = self.channel(agent_id).view
        if any(view.get(key) != value for key, value in parts.items()):
            self._change(agent_id, kind, **parts)

    def _change(self, agent_id: int, kind: str, **parts: Any) -> None:
        self.channel(agent_id).change(kind, **parts)
        for hear in self._changed:
            hear(agent_id)
