"""A generated floor: attempts, leads, agents and states with every outcome and oddity, from a seed."""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import dataclass, field

import pytest

from callwright.analytics.facts import Shift
from callwright.model.agent import Agent, AgentState, StateInterval
from callwright.model.attempt import Attempt, AttemptState, Mode
from callwright.model.campaign import Campaign
from callwright.model.outcome import STANDARD_DISPOSITIONS, Outcome
from callwright.model.people import Lead, LeadStatus

START_AT = 1_772_000_000.0 - 1_772_000_000.0 % 86400  # a midnight UTC


@dataclass(frozen=True, kw_only=True, slots=True)
class Sale:
    attempt_id: int
    amount: float


@dataclass(kw_only=True, slots=True)
class Floor:
    campaigns: list[Campaign] = field(default_factory=list)
    agents: list[Agent] = field(default_factory=list)
    leads: list[Lead] = field(default_factory=list)
    attempts: list[Attempt] = field(default_factory=list)
    intervals: list[StateInterval] = field(default_factory=list)
    orders: list[Sale] = field(default_factory=list)
    complaints: list[int] = field(default_factory=list)
    shifts: list[Shift] = field(default_factory=list)

    def as_facts_arguments(self) -> dict[str, object]:
        return {
            "campaigns": self.campaigns,
            "agents": self.agents,
            "leads": self.leads,
            "attempts": self.attempts,
            "intervals": self.intervals,
            "orders": self.orders,
            "complaints": self.complaints,
            "shifts": self.shifts,
            "lists": {1: "spring", 2: "autumn"},
        }


_TALKS = [c for c, d in STANDARD_DISPOSITIONS.items() if not d.by_system]


def make_floor(seed: int, attempts: int) -> Floor:
    """A floor that breaks no rule of the house but knows every outcome, live calls and lost states."""
    rng = random.Random(seed)
    floor = Floor()
    floor.campaigns = [
        Campaign(id=1, name="sale", purpose="sales", target_completed=50),
        Campaign(id=2, name="survey", purpose="survey"),
    ]
    floor.agents = [
        Agent(id=i, name=f"agent {i}", team=f"team {i % 2}", site=f"site {i % 3}", pay_per_hour=10.0 + i)
        for i in range(1, rng.randint(2, 9))
    ]
    for i in range(1, rng.randint(2, max(3, attempts // 2))):
        floor.leads.append(
            Lead(
                id=i,
                campaign_id=1 + i % 2,
                list_id=1 + i % 2,
                customer_id=i,
                tier=rng.randint(1, 5),
                phones=(),
                status=rng.choice(list(LeadStatus)),
                last_outcome=rng.choice([None, "suspended", "busy", "no_answer"]),
            )
        )
    at = START_AT + rng.uniform(0, 80000)
    for i in range(1, attempts + 1):
        at += rng.expovariate(1 / 400)
        floor.attempts.append(_attempt(rng, i, at, floor))
    for a in floor.attempts:
        if a.disposition == "success" and rng.random() < 0.8:
            floor.orders.append(Sale(attempt_id=a.id, amount=round(rng.uniform(10, 500), 2)))
        if a.talk_s > 0 and rng.random() < 0.1:
            floor.complaints.append(a.id)
    for agent in floor.agents:
        _work(rng, floor, agent.id)
    return floor


def _attempt(rng: random.Random, id: int, at: float, floor: Floor) -> Attempt:
    lead = rng.choice(floor.leads) if rng.random() < 0.95 else None
    outcome = rng.choice([*Outcome, Outcome.TALKED, Outcome.TALKED, Outcome.NO_ANSWER, None])
    a = Attempt(
        id=id,
        campaign_id=lead.campaign_id if lead else 1,
        list_id=lead.list_id if lead else None,
        lead_id=lead.id if lead else None,
        customer_id=lead.customer_id if lead else None,
        phone_id=None,
        number=f"+1555{id:07}",
        mode=rng.choice([Mode.PREDICTIVE, Mode.PREDICTIVE, Mode.PREDICTIVE, Mode.INBOUND, Mode.MESSAGE]),
        dialed_at=at,
        tier=lead.tier if lead else 5,
        try_no=rng.randint(1, 4),
        redial_of=rng.choice([None, None, None, id + 10_000]),
        caller_id=rng.choice(["+15550001", "+15550002", None]),
        cost=round(rng.uniform(0, 0.2), 3),
        outcome=outcome,
        rang_at=at + 1 if rng.random() < 0.8 else None,
        state=AttemptState.ENDED if outcome else AttemptState.RINGING,
    )
    if outcome is None:
        return a
    a.ended_at = at + 25
    answered = outcome in {Outcome.TALKED, Outcome.MESSAGE_PLAYED, Outcome.ABANDONED, Outcome.HUNG_UP_WAITING}
    if answered or (outcome in {Outcome.OUR_FAILURE, Outcome.UNKNOWN} and rng.random() < 0.3):
        a.answered_at = a.person_at = at + rng.uniform(2, 20)
        a.disposition = rng.choice([d for d, x in STANDARD_DISPOSITIONS.items() if x.by_system])
    if outcome in {Outcome.MACHINE, Outcome.FAX, Outcome.SCREENING}:
        a.answered_at = at + 5
        a.disposition = outcome.value
        if rng.random() < 0.2:  # taken for a person at first
            a.person_at = at + 5
            a.connected_at = at + 6
    if outcome is Outcome.TALKED:
        a.connected_at = (a.person_at or at) + rng.choice([0.0, 1.0, 3.0])
        a.ended_at = a.connected_at + rng.choice([0.0, rng.expovariate(1 / 90)])
        a.agent_id = rng.choice(floor.agents).id
        a.disposition = rng.choice(_TALKS)
        a.greeting_ended_at = a.connected_at - 2.5 + id % 4 if id % 3 else None
        a.alone_s = (a.ended_at - a.connected_at) / 5 if id % 5 == 0 else 0.0  # parked meanwhile
        a.left_at = (a.connected_at + a.ended_at) / 2 if id % 7 == 0 else None  # handed on outside
        a.hold_s = rng.choice([0.0, 0.0, (a.ended_at - a.connected_at) / 4])
        a.transfer = rng.choice([None, None, "offered", "picked_up", "failed"])
    return a


def _work(rng: random.Random, floor: Floor, agent_id: int) -> None:
    for day in range(2):
        at = START_AT + day * 86400 + rng.uniform(0, 20000)
        floor.shifts.append(Shift(agent_id=agent_id, began_at=at, ended_at=at + 8 * 3600, paid=rng.random() < 0.8))
        if rng.random() < 0.2:
            continue  # stays at home
        for _ in range(rng.randint(1, 2)):
            for _ in range(rng.randint(1, 12)):
                state = rng.choice([s for s in AgentState if s is not AgentState.OFFLINE])
                end = at + rng.expovariate(1 / 900)
                reason = rng.choice(["rest", "meal", "playback", "internal"]) if state is AgentState.NOT_READY else None
                campaign = rng.choice([None, 1, 2])
                floor.intervals.append(
                    StateInterval(
                        agent_id=agent_id, state=state, reason=reason, began_at=at, ended_at=end, campaign_id=campaign
                    )
                )
                at = end
            at += rng.uniform(60, 4000)


@pytest.fixture(scope="session")
def generate_floor() -> Callable[[int, int], Floor]:
    return make_floor
