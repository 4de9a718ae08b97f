"""What the desk tells the world: the agents' screens (a browser, or a simulated agent)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

from callwright.model.agent import AgentState
from callwright.model.attempt import Attempt
from callwright.model.people import Lead


@dataclass(frozen=True, kw_only=True, slots=True)
class CallInHand:
    """How a call stands for somebody who takes part in it. ``role``: "agent", "helper" (consulted), "coach".

    ``aside``: how far the third party ``with_whom`` is: "ringing", "talking" (to the agent, the person hears music),
    "conference"; None where there is none.
    """

    attempt_id: int
    role: str
    number: str
    name: str
    on_hold: bool = False
    hushed: bool = False
    aside: str | None = None
    with_whom: str = ""


class Screens(Protocol):
    """An agent's screen, told by direct call. A screen that fails must not raise into the engine."""

    def on_state(self, agent_id: int, state: AgentState, reason: str | None) -> None: ...
    def on_preview(self, agent_id: int, lead: Lead, countdown_s: float | None) -> None:
        """The next card, to accept or decline."""
        ...

    def on_call(self, agent_id: int, attempt: Attempt, lead: Lead | None) -> None:
        """Agent and person hear each other."""
        ...

    def on_call_changed(self, agent_id: int, hand: CallInHand | None) -> None:
        """Hold, a third party, a team lead, the hushed recording: something changed. None: the call is out of hand."""
        ...

    def on_call_ended(self, agent_id: int, attempt: Attempt) -> None:
        """Wrap-up began; a disposition is due."""
        ...


class NoScreens:
    """Screens nobody looks at."""

    def on_state(self, agent_id: int, state: AgentState, reason: str | None) -> None:
        return

    def on_preview(self, agent_id: int, lead: Lead, countdown_s: float | None) -> None:
        return

    def on_call(self, agent_id: int, attempt: Attempt, lead: Lead | None) -> None:
        return

    def on_call_changed(self, agent_id: int, hand: CallInHand | None) -> None:
        return

    def on_call_ended(self, agent_id: int, attempt: Attempt) -> None:
        return
