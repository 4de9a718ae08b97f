"""Simulated agents: they log in by shift, pause, read cards, talk (the carrier knows what about), and wrap up.

They are the desk's ``Screens`` and act on the dialer as a browser would: never from inside a call of the engine, always
by a timer of their own.
"""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from functools import partial
from typing import Protocol
from zoneinfo import ZoneInfo

from callwright.desk.ports import CallInHand
from callwright.kit.clock import Clock
from callwright.kit.errors import Conflict, NotFound
from callwright.model.agent import Agent, AgentState
from callwright.model.attempt import Attempt
from callwright.model.people import Lead
from callwright.sim.carrier import Conversation
from callwright.sim.floor import FloorPlan, Pause, Team, local_instant, presences

_NOTHING_KNOWN = Conversation(disposition="not_convenient", order_amount=None, callback_in_s=None, talk_s=0.0)
"""What an agent notes of a call whose conversation is lost (the carrier was restarted in between)."""
_CALLBACK_IN_S = 7200.0
_AGAIN_S = 5.0
_LOGIN = "login"
A = AgentState


class AgentsDesk(Protocol):
    """What an agent can do, of ``dialer.service.Dialer``."""

    def log_in(self, agent_id: int, campaign_ids: Sequence[int]) -> None: ...
    def log_out(self, agent_id: int) -> None: ...
    def ready(self, agent_id: int) -> None: ...
    def pause(self, agent_id: int, reason: str) -> None: ...
    def accept_preview(self, agent_id: int) -> None: ...
    def decline_preview(self, agent_id: int, reason: str) -> None: ...
    def dispose(
        self,
        agent_id: int,
        attempt_id: int,
        code: str,
        *,
        order_amount: float | None = None,
        callback_at: float | None = None,
        callback_mine: bool = False,
    ) -> None: ...


class Conversations(Protocol):
    """Who knows what was said, of ``carrier.SimCarrier``."""

    def conversation(self, attempt_id: int) -> Conversation | None: ...


class _Person:
    """One simulated agent. ``turn`` counts state changes: a timer of an earlier turn has nothing to say any more."""

    __slots__ = ("agent", "campaigns", "reason", "state", "team", "turn", "wrap_s")

    def __init__(self, agent: Agent, team: Team, wrap_s: Callable[[random.Random], float]) -> None:
        self.agent = agent
        self.team = team
        self.wrap_s = wrap_s
        self.state = A.OFFLINE
        self.reason: str | None = None
        self.turn = 0
        self.campaigns: tuple[int, ...] = ()


class SimAgents:
    """The agents of a floor plan. ``start`` once the dialer exists; ``agents`` are what the dialer must know."""

    def __init__(
        self,
        clock: Clock,
        rng: random.Random,
        carrier: Conversations,
        floor: FloorPlan,
        *,
        agents: Sequence[Agent] | None = None,
    ) -> None:
        """``agents``: the plan's agents as a store knows them, in the plan's order; None: numbered from 1."""
        self._clock = clock
        self._carrier = carrier
        self._zone = ZoneInfo(floor.time_zone)
        # one rng per concern, as in the carrier
        self._wraps = random.Random(rng.getrandbits(64))
        self._previews = random.Random(rng.getrandbits(64))
        self._days = random.Random(rng.getrandbits(64))
        self.agents = list(agents) if agents is not None else floor.agents()
        teams = floor.teams_by_agent()
        self._people = {
            agent.id: _Person(agent, teams[place], teams[place].wrap_up.sampler())
            for place, agent in enumerate(self.agents, start=1)
        }
        self._desk: AgentsDesk | None = None
        self.counts: Counter[str] = Counter()
        """absences, declined, not_accepted (the engine no longer wanted what an agent did)."""

    def start(self, desk: AgentsDesk, campaigns: Mapping[str, int]) -> None:
        """Begin to come and go by plan, working for ``campaigns`` (name -> id) as each team's plan says."""
        self._desk = desk
        for person in self._people.values():
            wanted = person.team.campaigns
            person.campaigns = tuple(id for name, id in campaigns.items() if not wanted or name in wanted)
            if not person.campaigns:
                continue
            if person.team.shifts:
                self._await_shift(person, self._clock.now())
            else:
                self._come(person, None)

    # --- the day --------------------------------------------------------------------------------------------------

    def _await_shift(self, person: _Person, after: float) -> None:
        presence = next(presences(person.team, self._zone, after), None)
        if presence is None:
            return
        begin, end = presence
        self._clock.call_later(max(0.0, begin - self._clock.now()), partial(self._come_or_not, person, end))

    def _come_or_not(self, person: _Person, until: float) -> None:
        if self._days.random() < person.team.attendance:
            self._come(person, until)
            return
        self.counts["absences"] += 1
        self._clock.call_later(until - self._clock.now(), partial(self._await_shift, person, until))

    def _come(self, person: _Person, until: float | None) -> None:
        assert self._desk is not None
        if person.state is A.OFFLINE:
            self._desk.log_in(person.agent.id, person.campaigns)
        if until is not None:
            self._clock.call_later(until - self._clock.now(), partial(self._leave, person, until))
        for pause in person.team.pauses:
            self._await_pause(person, pause, until)

    def _leave(self, person: _Person, until: float) -> None:
        assert self._desk is not None
        self._desk.log_out(person.agent.id)
        self._await_shift(person, until)

    def _await_pause(self, person: _Person, pause: Pause, until: float | None) -> None:
        """The next time of this pause in the present shift (or, without shifts, for ever)."""
        now = self._clock.now()
        if pause.every_s is not None:
            at = now + pause.every_s
        elif pause.at_minute is not None:
            today = datetime.fromtimestamp(now, self._zone).date()
            at = local_instant(today, pause.at_minute, self._zone)
            if at <= now:
                at = local_instant(today, pause.at_minute + 1440, self._zone)
        else:
            return
        at += pause.spread_s * self._days.random()
        if until is None or at < until:
            self._clock.call_later(at - now, partial(self._go_on_pause, person, pause, until))

    def _go_on_pause(self, person: _Person, pause: Pause, until: float | None) -> None:
        assert self._desk is not None
        self._await_pause(person, pause, until)
        if person.state not in (A.OFFLINE, A.NOT_READY):
            self._desk.pause(person.agent.id, pause.reason)

    # --- what the screen shows ------------------------------------------------------------------------------------

    def on_state(self, agent_id: int, state: AgentState, reason: str | None) -> None:
        person = self._people.get(agent_id)
        if person is None:
            return
        person.state, person.reason = state, reason
        person.turn += 1
        if state is A.NOT_READY:
            self._clock.call_later(self._away_s(person, reason), partial(self._come_back, person, person.turn))

    def _away_s(self, person: _Person, reason: str | None) -> float:
        if reason == _LOGIN:
            return person.team.login_s
        return next((pause.length_s for pause in person.team.pauses if pause.reason == reason), 0.0)

    def _come_back(self, person: _Person, turn: int) -> None:
        if person.turn == turn and self._desk is not None:
            self._desk.ready(person.agent.id)

    def on_preview(self, agent_id: int, lead: Lead, countdown_s: float | None) -> None:
        person = self._people.get(agent_id)
        if person is None:
            return
        habit, rng = person.team.preview, self._previews
        reads_s = rng.uniform(habit.from_s, habit.to_s)
        declines = rng.random() < habit.decline
        reason = habit.reasons[rng.randrange(len(habit.reasons))] if declines else None
        self._clock.call_later(reads_s, partial(self._decide_preview, person, person.turn, reason))

    def _decide_preview(self, person: _Person, turn: int, decline_reason: str | None) -> None:
        if person.turn != turn or person.state is not A.PREVIEW or self._desk is None:
            return
        try:
            if decline_reason is None:
                self._desk.accept_preview(person.agent.id)
            else:
                self.counts["declined"] += 1
                self._desk.decline_preview(person.agent.id, decline_reason)
        except (Conflict, NotFound):  # the card was taken away at this very instant
            self.counts["not_accepted"] += 1

    def on_call(self, agent_id: int, attempt: Attempt, lead: Lead | None) -> None:
        return  # the person talks and hangs up; see the carrier

    def on_call_changed(self, agent_id: int, hand: CallInHand | None) -> None:
        return

    def on_call_ended(self, agent_id: int, attempt: Attempt) -> None:
        person = self._people.get(agent_id)
        if person is not None:
            said = self._carrier.conversation(attempt.id) or _NOTHING_KNOWN
            wraps_s = person.wrap_s(self._wraps)
            self._clock.call_later(wraps_s, partial(self._dispose, person, person.turn, attempt.id, said))

    def _dispose(self, person: _Person, turn: int, attempt_id: int, said: Conversation) -> None:
        assert self._desk is not None
        agent_id = person.agent.id
        callback_at = None
        if said.callback_in_s is not None or said.disposition == "callback":
            callback_at = self._clock.now() + (said.callback_in_s or _CALLBACK_IN_S)
        try:
            self._desk.dispose(
                agent_id, attempt_id, said.disposition, order_amount=said.order_amount, callback_at=callback_at
            )
        except (Conflict, NotFound):  # the engine was restarted or gave the call its word itself
            self.counts["not_accepted"] += 1
            if person.turn == turn and person.state is A.WRAP_UP:  # a transfer still rings
                self._clock.call_later(_AGAIN_S, partial(self._dispose, person, turn, attempt_id, said))
