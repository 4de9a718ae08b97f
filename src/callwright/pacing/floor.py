"""The contract of pacing: what a controller is told (``Floor``, observations) and what it answers (``Decision``).

Values only. How many calls to open is worked out in the other modules of this room; who asks, and what becomes of the
answer, is the dialer's business. Instants are epoch seconds UTC, spans seconds, shares 0..1.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal, Protocol

AgentPhase = Literal["idle", "reserved", "talking", "wrapping", "away"]
AbandonClock = Literal["connect", "greeting_start", "greeting_end"]


@dataclass(slots=True, kw_only=True)
class AgentView:
    """One agent at this instant. ``elapsed_s``: how long in this state.

    ``reserved``: held for lines that ring now (progressive). An agent being joined with an answered person is
    ``talking``. ``stage``: where the script says the conversation is, "" where no script tells; ``stage_s``: how long
    there. Not frozen, on purpose: a floor of 50 is described 57,600 times a day, and who likes keeps one view per
    agent and moves its fields; no controller keeps or changes a view.
    """

    state: AgentPhase
    elapsed_s: float
    agent_id: int | None = None
    stage: str = ""
    stage_s: float = 0.0


@dataclass(slots=True, kw_only=True)
class RingingCall:
    """A line that was opened and is neither answered nor over. ``kind`` is its class (line type, list, ...)."""

    id: int
    elapsed_s: float
    answer_probability: float | None = None
    kind: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Floor:
    """Everything a real floor knows at one instant, for one campaign.

    ``answers`` and ``abandons`` are live answers and abandoned ones inside the rule pack's window (``window_s``), today
    included; ``limit`` is the share of abandons the pack (or the campaign, if lower) allows. ``lines_allowed``: lines
    that may still be opened at all; ``rate_allowed``: those that may be opened at this very instant.

    ``false_alarms``: share of live persons whom machine detection takes for machines and who are hung up on: they count
    as abandoned although nobody sees them, so they are taken off the budget. 0 where ``abandons`` holds them already.

    Blended floors: ``inbound_waiting_s`` has one entry per caller who waits for one of these agents and is served
    before anybody dialled; ``inbound_target`` is the share of them to be answered within ``inbound_within_s``, of
    ``inbound_offered`` today ``inbound_in_time`` were. Their rate is learned from ``InboundArrived``.
    """

    now: float
    agents: Sequence[AgentView] = ()
    ringing: Sequence[RingingCall] = ()
    waiting_s: Sequence[float] = ()  # how long each answered person without an agent has waited
    answers: int = 0
    abandons: int = 0
    answers_today: int = 0
    abandons_today: int = 0
    limit: float = 0.03
    window_s: float = 30 * 86400.0
    wait_limit_s: float = 2.0  # an answered person without an agent for so long is an abandon
    min_ring_s: float = 15.0  # no ringing call may be dropped earlier
    clock: AbandonClock = "connect"
    lines_allowed: int = 1000
    rate_allowed: int = 1000
    next_answer_probabilities: Sequence[float] | None = None  # of the next leads, in dialling order
    false_alarms: float = 0.0
    inbound_waiting_s: Sequence[float] = ()
    inbound_target: float = 0.0  # 0: no service level is promised
    inbound_within_s: float = 20.0
    inbound_offered: int = 0
    inbound_in_time: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Decision:
    """``why``: a machine word, a colon, and a sentence for the log."""

    lines_to_open: int
    calls_to_drop: tuple[int, ...] = ()
    why: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class CallResolved:
    """A line stopped ringing at ``at``: answered by a person, or not (busy, ended, dropped by us, a machine)."""

    kind: str
    ring_s: float
    answered: bool
    answer_probability: float | None
    at: float


@dataclass(frozen=True, slots=True, kw_only=True)
class HandleEnded:
    """An agent is free again after a conversation: its talk and its wrap-up.

    ``stages``: the stages the talk went through, each with the seconds from the talk's start at which it was entered.
    ``inbound``: it was a caller's.
    """

    agent_id: int | None
    talk_s: float
    wrap_s: float
    at: float
    stages: tuple[tuple[str, float], ...] = ()
    inbound: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Abandoned:
    """A live answer found no agent within the wait limit."""

    at: float


@dataclass(frozen=True, slots=True, kw_only=True)
class InboundArrived:
    """A caller came who is served by the same agents."""

    at: float


Observation = CallResolved | HandleEnded | Abandoned | InboundArrived


class Controller(Protocol):
    """One campaign's pace. Holds what it learned; knows neither time nor chance but what it is told."""

    def decide(self, floor: Floor) -> Decision: ...

    def observe(self, observation: Observation) -> None: ...


def count_phase(floor: Floor, phase: AgentPhase) -> int:
    """How many agents are in this state."""
    return sum(1 for agent in floor.agents if agent.state == phase)


def allowed(floor: Floor, lines: int) -> int:
    """``lines`` cut to what trunks, campaign and calls per second allow; 0 where a bound is no number."""
    room = min(floor.lines_allowed, floor.rate_allowed)
    return max(0, min(lines, int(room))) if abs(room) < float("inf") else 0
