"""What the dialer holds in memory: the calls under way, the running campaigns, and what all of them share.

Plain objects changed by direct dispatch on one event loop; everything that must survive goes through the journal.
"""

from __future__ import annotations

import math
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from callwright.compliance import AbandonRule, DialPermit, RuleBook
from callwright.desk.service import Desk, Seat
from callwright.dialer.abandon_window import AbandonWindow
from callwright.dialer.answer_beliefs import AnswerBeliefs
from callwright.dialer.caller_ids import CallerIds
from callwright.dialer.events import Event
from callwright.dialer.journal import Journal
from callwright.dialer.lines import Lines
from callwright.dialer.network import Coaching, Network, TransferTarget
from callwright.dialer.ports import Completed, Leg, Store
from callwright.dialer.service_level import ServiceLevel
from callwright.kit.clock import Clock, Timer
from callwright.model.agent import AgentState
from callwright.model.attempt import Attempt, AttemptState
from callwright.model.campaign import Campaign
from callwright.model.outcome import Media, Outcome
from callwright.model.people import Lead, LeadStatus, Phone
from callwright.pacing import AgentView, Controller, RingingCall
from callwright.pacing.floor import AgentPhase
from callwright.pacing.likelihood import Sight

PHASE: dict[AgentState, AgentPhase] = {
    AgentState.READY: "idle",
    AgentState.RESERVED: "reserved",
    AgentState.PREVIEW: "reserved",
    AgentState.IN_CALL: "talking",
    AgentState.WRAP_UP: "wrapping",
}
"""What pacing calls an agent's state; other states are not at work."""

AnswerProbability = Callable[[Lead, Phone, float], float | None]
"""What is believed of a lead's number at an instant, 0..1; None: nothing is known."""


@dataclass(slots=True, kw_only=True, eq=False)
class Third:
    """The third party of a call: an agent who helps, or somebody outside."""

    target: TransferTarget
    began_at: float
    seat: Seat | None = None  # the helping agent's
    blind: bool = False  # for the person alone: our agent has left
    answered_at: float | None = None
    with_all: bool = False  # a conference


@dataclass(slots=True, kw_only=True, eq=False)
class Call:
    """An attempt under way and what the floor needs to carry it on."""

    attempt: Attempt
    run: CampaignRun
    lead: Lead | None
    seat: Seat | None = None  # the agent reserved for it, joining it or talking
    early: Media | None = None
    end_as: Outcome | None = None  # what a hang-up of ours means
    joining: bool = False
    joined_at: float | None = None  # since when the present agent is on the line
    wait_timer: Timer | None = None
    played_out: bool = False
    view: RingingCall | None = None
    sight: Sight | None = None  # how the dial looked beforehand
    counted: bool = False  # among the live answers of the abandon window
    stages: list[tuple[str, float]] = field(default_factory=list)  # of the talk, with seconds from its start
    permit: DialPermit | None = None
    held_since: float | None = None  # the person hears music, their agent is still there
    hushed: bool = False  # the recording holds silence
    third: Third | None = None
    more_cost: float = 0.0  # of third parties' lines
    parked_at: float | None = None
    set_aside: bool = False  # an agent parked it or gave it away: not lost by a failure of ours
    fax_over: bool = False  # how the sending of the document went is known
    tells_name: bool = False  # the message under way tells an assistant who calls
    not_for: tuple[int, float] | None = None  # the agent who sent the person back to the queue, and until when
    line_lost_at: float | None = None  # the agent's line is gone; it may come back
    coaches: dict[int, Coaching] = field(default_factory=dict)  # team leads in the call

    @property
    def ringing(self) -> bool:
        return self.attempt.state in (AttemptState.DIALING, AttemptState.RINGING)


@dataclass(slots=True, kw_only=True, eq=False)
class CampaignRun:
    """One campaign while it runs."""

    campaign: Campaign
    rule: AbandonRule
    make_controller: Callable[[], Controller]
    window: AbandonWindow
    beliefs: AnswerBeliefs = field(default_factory=AnswerBeliefs)
    returned: ServiceLevel = field(default_factory=ServiceLevel)  # how callers of this campaign are served
    list_ids: dict[str, int] = field(default_factory=dict)
    hopper: deque[Lead] = field(default_factory=deque)
    in_hand: set[int] = field(default_factory=set)  # leads being opened or in a call: nobody else is given them
    hand_backs: int = 0  # how often a lead left our hands: what was read before may be old
    personal: dict[int, deque[Lead]] = field(default_factory=dict)  # agent id -> leads only for them
    calls: dict[int, Call] = field(default_factory=dict)  # every attempt not yet ENDED, by id
    controllers: dict[int | None, Controller] = field(default_factory=dict)  # by tier; None: the campaign's only one
    ringing: dict[int, Call] = field(default_factory=dict)  # those that still ring for whoever is free
    waiting: dict[int, Call] = field(default_factory=dict)  # persons without an agent, longest first
    views: dict[int, tuple[Seat, AgentView]] | None = None  # agents at work as pacing sees them; None: look again
    previews: dict[int, tuple[Lead, Timer | None]] = field(default_factory=dict)  # agent id -> the card they read
    reserved_calls: dict[int, int] = field(default_factory=dict)  # agent id -> lines open for them
    tried: dict[int, tuple[str, ...]] = field(default_factory=dict)  # lead id -> trunks that have just failed it
    wrapping: int = 0
    dials: int = 0
    redials: int = 0
    refusals: dict[str, int] = field(default_factory=dict)
    outcomes: dict[str, int] = field(default_factory=dict)
    dispositions: dict[str, int] = field(default_factory=dict)
    looked_at: float = -math.inf  # when the store was last asked for due leads
    nothing_due_until: float = -math.inf  # no lead is due before this, as far as is known
    personal_seen: bool = False  # owned leads or personal call-backs have turned up
    looked_wider_at: float = -math.inf
    looked_personal_at: float = -math.inf
    next_due_at: float | None = None
    open_leads: int = 0
    total_leads: int = 0
    done: bool = False
    leased_until: float = -math.inf
    lengths_checked_at: float = -math.inf
    stirred: bool = True  # something pacing would see has happened since its last decision
    decided_at: float = -math.inf
    completed: Completed = field(default_factory=Completed)

    @property
    def id(self) -> int:
        return self.campaign.id

    def controller(self, tier: int) -> Controller:
        """Who paces the calls of a tier: with routing by tier each has its own agents and so its own pace."""
        key = tier if self.campaign.tier_agents else None
        found = self.controllers.get(key)
        if found is None:
            found = self.controllers[key] = self.make_controller()
        return found

    def hand_back(self, lead: Lead) -> None:
        """The lead's call is over, or there was none: it may be given to somebody again."""
        self.in_hand.discard(lead.id)
        self.hand_backs += 1

    def target_reached(self) -> bool:
        """Whether as many records are completed as the campaign wanted."""
        target = self.campaign.target_completed
        return target is not None and self.completed.total >= target

    def quota_full(self, lead: Lead) -> bool:
        """Whether the lead belongs to a cell of the campaign's quotas that has all its completed records."""
        return any(
            self.completed.by.get(fact, {}).get(value, 0) >= most
            for fact, cells in self.campaign.quotas.items()
            for value, most in cells.items()
            if lead.facts.get(fact, "") == value
        )

    def note_next_step(self, lead: Lead) -> None:
        """A lead's next step is decided: when it is due again, the store is worth asking."""
        if lead.status in (LeadStatus.WAITING, LeadStatus.DUE):
            self.nothing_due_until = min(self.nothing_due_until, lead.next_at)
            self.personal_seen = self.personal_seen or lead.callback_agent_id is not None

    def see(self, seat: Seat) -> None:
        """An agent changed state: move their view, or look at the whole floor again when who is at work changed."""
        self.stirred = True
        if self.views is None:
            return
        known, phase = self.views.get(seat.agent.id), PHASE.get(seat.state)
        if known is None or phase is None or seat.pending is not None:
            self.views = None
        else:
            known[1].state, known[1].stage = phase, ""

    @property
    def live(self) -> int:
        """Lines in use."""
        return len(self.calls) - self.wrapping


@dataclass(slots=True, kw_only=True, eq=False)
class FloorState:
    """What all campaigns of one floor share."""

    clock: Clock
    store: Store
    network: Network
    book: RuleBook
    desk: Desk
    journal: Journal
    lines: Lines
    callers: CallerIds
    owner: str  # this dialer's name in claims and leases
    answer_probability: AnswerProbability | None = None  # in place of what the campaigns learn themselves
    stages: dict[int, tuple[str, float]] = field(default_factory=dict)  # agent id -> where their talk is, since when
    caller_ids_seen_at: float = -math.inf
    network_up: bool = True  # False: it takes no orders, so nothing is opened
    runs: dict[int, CampaignRun] = field(default_factory=dict)
    calls: dict[int, Call] = field(default_factory=dict)
    listeners: list[Callable[[Event], None]] = field(default_factory=list)
    wake: Callable[[], None] = lambda: None

    def emit(self, kind: str, **data: Any) -> None:
        """Tell the listeners; costs nothing where nobody listens."""
        if self.listeners:
            event = Event(at=self.clock.now(), kind=kind, data=data)
            for listener in self.listeners:
                listener(event)

    def agent_leaves(self, call: Call) -> None:
        """The agent on the line leaves it, and the person is still there: from now on nobody of ours is with them."""
        self.close_agent_leg(call)
        if call.attempt.connected_at is not None and call.attempt.left_at is None:
            call.attempt.left_at = self.clock.now()
        call.line_lost_at = None

    def end_hold(self, call: Call) -> None:
        """The person is spoken to again, or the agent leaves."""
        if call.held_since is not None:
            call.attempt.hold_s += self.clock.now() - call.held_since
            call.held_since = None

    def close_agent_leg(self, call: Call) -> None:
        """The agent on the line leaves it, now."""
        self.end_hold(call)
        if call.joined_at is None:
            return
        began, call.joined_at = call.joined_at, None
        self.journal.batch.legs.append(
            Leg(
                attempt_id=call.attempt.id,
                kind="agent",
                agent_id=call.attempt.agent_id,
                began_at=began,
                answered_at=began,
                ended_at=self.clock.now(),
            )
        )

    def close_third_leg(self, call: Call) -> None:
        """The third party leaves the call, now; only who has answered has a leg."""
        third = call.third
        if third is not None and third.answered_at is not None:
            self.journal.batch.legs.append(
                Leg(
                    attempt_id=call.attempt.id,
                    kind="transfer",
                    agent_id=third.target.agent_id,
                    began_at=third.began_at,
                    answered_at=third.answered_at,
                    ended_at=self.clock.now(),
                )
            )

    def close_customer_leg(self, call: Call) -> None:
        """The person's line is over, now; only answered calls have legs."""
        attempt = call.attempt
        if attempt.answered_at is not None:
            self.journal.batch.legs.append(
                Leg(
                    attempt_id=attempt.id,
                    kind="customer",
                    agent_id=None,
                    began_at=attempt.dialed_at,
                    answered_at=attempt.answered_at,
                    ended_at=self.clock.now(),
                )
            )

    def note(self, call: Call) -> None:
        """The attempt (and its lead, once final) will be saved."""
        self.journal.batch.attempts[call.attempt.id] = call.attempt
