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
    PARKED = "parked"  # the person hears music until any agent takes them up again
    HANDED_ON = "handed_on"  # talks with somebody outside, or waits for their answer; our agent has left
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
    PARK = "park"
    HAND_ON = "hand_on"  # to somebody outside
    HANG_UP = "hang_up"  # over, with an agent's disposition due
    END = "end"  # over, nothing due
    DISPOSE = "dispose"
    LOSE = "lose"  # nobody knows


S, E = AttemptState, AttemptEvent
LIVE_STATES = frozenset({S.DIALING, S.RINGING, S.DETECTING, S.WAITING, S.CONNECTED, S.PARKED, S.HANDED_ON, S.PLAYING})
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
    (S.CONNECTED, E.PERSON): S.WAITING,  # the agent was lost or gave the call away; the person looks for another one
    (S.CONNECTED, E.PLAY): S.PLAYING,  # it was a machine after all
    (S.CONNECTED, E.PARK): S.PARKED,
    (S.CONNECTED, E.HAND_ON): S.HANDED_ON,
    (S.PARKED, E.CONNECT): S.CONNECTED,
    (S.PARKED, E.PERSON): S.WAITING,  # parked for too long
    (S.HANDED_ON, E.CONNECT): S.CONNECTED,  # nobody answered there; back with our agent
    (S.HANDED_ON, E.PERSON): S.WAITING,
    (S.HANDED_ON, E.HANG_UP): S.WRAPPING,
    (S.HANDED_ON, E.END): S.ENDED,  # our agent had said their word before
    (S.PLAYING, E.PERSON): S.WAITING,  # an assistant was told our name; now the person
    (S.WRAPPING, E.DISPOSE): S.ENDED,
    **{(s, E.END): S.ENDED for s in (S.DIALING, S.RINGING, S.DETECTING, S.WAITING, S.PARKED, S.PLAYING)},
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
    ended_by: str | None = None  # "person", "agent", "us", "carrier", "network"
    transfer: str | None = None  # "offered", "picked_up", "failed" (robot)
    cost: float = 0.0
    greeting_ended_at: float | None = None  # when whoever answered had said their first words, where that was heard
    left_at: float | None = None  # since when no agent of ours is with a person who has talked with one
    alone_s: float = 0.0  # earlier such stretches: parked, or in the queue between two agents

    def advance(self, event: AttemptEvent) -> AttemptState:
        """Move by the transition table; returns the new state."""
        self.state = next_state(self.state, event)
        return self.state

    @property
    def talk_s(self) -> float:
        """Seconds with an agent of ours, holding included; 0 where there was none or the first is not over yet."""
        over_at = self.left_at if self.left_at is not None else self.ended_at
        if self.connected_at is None or over_at is None:
            return 0.0
        return over_at - self.connected_at - self.alone_s
