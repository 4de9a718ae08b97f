"""One attempt: a dial of one number, its state machine and its facts.

``Attempt`` is the engines' working object and is mutable on purpose (its state moves only through ``advance``); the
store keeps its row. An attempt's id is also its channel id in the network.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from callwright.kit.errors import InvalidTransition
from callwright.model.outcome import Media, Outcome


class Mode(StrEnum):
    """Who decides that a call is made, and who is there when it is answered."""

    MANUAL = "manual"
    PREVIEW = "preview"
    PROGRESSIVE = "progressive"
    PREDICTIVE = "predictive"
    MESSAGE = "message"
    INBOUND = "inbound"  # a person returning our call


class AttemptState(StrEnum):
    DIALING = "dialing"  # committed, the network was asked
    RINGING = "ringing"
    DETECTING = "detecting"  # answered, human or machine not known yet
    WAITING = "waiting"  # a person is there, no agent yet
    CONNECTED = "connected"  # an agent and the person talk
    PLAYING = "playing"  # a message is played (campaign's, voicemail drop, or safe harbour)
    WRAPPING = "wrapping"  # the call is over, the agent's disposition is due
    ENDED = "ended"  # final, outcome set
    UNKNOWN = "unknown"  # fate unknown after a failure; final until a human decides


class AttemptEvent(StrEnum):
    RING = "ring"
    ANSWER = "answer"  # answered, detection will follow
    PERSON = "person"  # a person is on the line
    CONNECT = "connect"  # joined with an agent
    PLAY = "play"
    HANG_UP = "hang_up"  # over, with an agent's disposition due
    END = "end"  # over, nothing due
    DISPOSE = "dispose"
    LOSE = "lose"  # nobody knows


S, E = AttemptState, AttemptEvent
LIVE_STATES = frozenset({S.DIALING, S.RINGING, S.DETECTING, S.WAITING, S.CONNECTED, S.PLAYING})
"""States in which the network may hold a channel of the attempt."""

_NEXT: dict[tuple[AttemptState, AttemptEvent], AttemptState] = {
    (S.DIALING, E.RING): S.RINGING,
    (S.DIALING, E.ANSWER): S.DETECTING,
    (S.RINGING, E.ANSWER): S.DETECTING,
    (S.DIALING, E.PERSON): S.WAITING,
    (S.RINGING, E.PERSON): S.WAITING,
    (S.DETECTING, E.PERSON): S.WAITING,
    (S.DETECTING, E.PLAY): S.PLAYING,
    (S.WAITING, E.PLAY): S.PLAYING,
    (S.WAITING, E.CONNECT): S.CONNECTED,
    (S.PLAYING, E.CONNECT): S.CONNECTED,
    (S.CONNECTED, E.HANG_UP): S.WRAPPING,
    (S.CONNECTED, E.END): S.ENDED,
    (S.CONNECTED, E.PERSON): S.WAITING,  # the agent was lost; the person looks for another one
    (S.WRAPPING, E.DISPOSE): S.ENDED,
    **{(s, E.END): S.ENDED for s in (S.DIALING, S.RINGING, S.DETECTING, S.WAITING, S.PLAYING)},
    **{(s, E.LOSE): S.UNKNOWN for s in LIVE_STATES},
}


def next_state(state: AttemptState, event: AttemptEvent) -> AttemptState:
    """The state after ``event``. Raises InvalidTransition on a pair the table does not have."""
    try:
        return _NEXT[state, event]
    except KeyError:
        raise InvalidTransition(f"An attempt in state {state} cannot take the event {event}.") from None


@dataclass(kw_only=True, slots=True, eq=False)
class Attempt:
    """One dial. Instants are epoch seconds or None while they have not come; money in the trunk's currency."""

    id: int
    campaign_id: int
    list_id: int | None
    lead_id: int | None
    customer_id: int | None
    phone_id: int | None
    number: str  # E.164 with "+"
    mode: Mode
    dialed_at: float
    tier: int = 5
    try_no: int = 1  # of the record, counting this one
    number_try_no: int = 1  # of the number, counting this one
    redial_of: int | None = None  # the abandoned attempt this one makes good
    caller_id: str | None = None
    trunk: str | None = None
    agent_id: int | None = None
    answer_probability: float | None = None  # what pacing believed when it dialled
    permit: str | None = None  # pack versions the permit was given under
    state: AttemptState = AttemptState.DIALING
    rang_at: float | None = None
    answered_at: float | None = None
    person_at: float | None = None  # when a person was recognised (= answered_at without detection)
    connected_at: float | None = None
    ended_at: float | None = None
    disposed_at: float | None = None
    sip: int | None = None
    q850: int | None = None
    media: Media | None = None
    outcome: Outcome | None = None
    disposition: str | None = None
    hold_s: float = 0.0
    wrap_s: float = 0.0
    keys: str = ""  # what the person pressed
    ended_by: str | None = None  # "person", "agent", "us", "carrier"
    transfer: str | None = None  # "offered", "picked_up", "failed" (robot)
    cost: float = 0.0

    def advance(self, event: AttemptEvent) -> AttemptState:
        """Move by the transition table; returns the new state."""
        self.state = next_state(self.state, event)
        return self.state

    @property
    def talk_s(self) -> float:
        """Seconds from the connection with an agent to the end, 0 where there was none."""
        if self.connected_at is None or self.ended_at is None:
            return 0.0
        return self.ended_at - self.connected_at
