"""The people who talk: what an agent is, and the states of a shift."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum

from callwright.kit.errors import InvalidTransition


class AgentState(StrEnum):
    OFFLINE = "offline"
    READY = "ready"
    RESERVED = "reserved"  # held for a call that is being dialled for them
    PREVIEW = "preview"  # reads the next card
    IN_CALL = "in_call"
    WRAP_UP = "wrap_up"
    NOT_READY = "not_ready"  # with a reason code


A = AgentState
_NEXT: dict[AgentState, frozenset[AgentState]] = {
    A.OFFLINE: frozenset({A.NOT_READY, A.READY}),
    A.READY: frozenset({A.RESERVED, A.PREVIEW, A.IN_CALL, A.NOT_READY, A.OFFLINE}),
    A.RESERVED: frozenset({A.READY, A.IN_CALL, A.NOT_READY, A.OFFLINE, A.PREVIEW}),
    A.PREVIEW: frozenset({A.RESERVED, A.READY, A.NOT_READY, A.OFFLINE, A.IN_CALL}),
    A.IN_CALL: frozenset({A.WRAP_UP, A.READY, A.NOT_READY, A.OFFLINE}),
    A.WRAP_UP: frozenset({A.READY, A.NOT_READY, A.OFFLINE, A.IN_CALL}),  # back in: a transfer nobody answered
    A.NOT_READY: frozenset({A.READY, A.OFFLINE, A.IN_CALL}),  # a paused agent takes up a parked person
}


def check_agent_step(old: AgentState, new: AgentState) -> None:
    """Raises InvalidTransition where a shift cannot go from ``old`` to ``new``."""
    if new not in _NEXT[old]:
        raise InvalidTransition(f"An agent cannot go from {old} to {new}.")


@dataclass(frozen=True, kw_only=True, slots=True)
class Agent:
    """One agent. ``tiers``: list tiers this agent may call (1 best .. 5); ``seniority`` 0 new, larger is longer.

    ``skills`` maps a skill (language, product) to a level 1..10; ``pay_per_hour`` serves the cost figures.
    """

    id: int
    name: str
    team: str = ""
    site: str = ""
    tiers: frozenset[int] = frozenset({1, 2, 3, 4, 5})
    seniority: int = 0
    skills: dict[str, int] = field(default_factory=dict)
    inbound: bool = True
    pay_per_hour: float = 0.0
    lead: bool = False  # a team lead, who may listen in, coach and take over


@dataclass(frozen=True, kw_only=True, slots=True)
class StateInterval:
    """A stretch of an agent's shift in one state. Intervals of one login touch and never overlap."""

    agent_id: int
    state: AgentState
    reason: str | None  # NOT_READY reason code ("rest", "meal", "training", "line", "coaching", "internal", ...)
    began_at: float
    ended_at: float
    campaign_id: int | None = None
    attempt_id: int | None = None
