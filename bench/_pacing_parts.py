"""The parts of a floor of the pacing benches (lines, agents, campaigns), and the floor as a controller sees it."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Sequence
from random import Random

from _pacing_world import Day, Leads, Talks, World
from callwright.pacing import AgentView, Controller, Floor, RingingCall

LINES = 100_000
"""Lines that may be opened at once, by trunk and by rate: no bound."""


class Foul(RuntimeError):
    """The controller did what it must not: too many lines, or hung up on a call that rang less than 15 s."""


class Line(RingingCall):
    """A line, from its dialling until an agent has it. ``fate``: person, machine (passed as a person) or nobody."""

    __slots__ = ("began", "campaign", "fate", "gone")
    began: float
    campaign: Campaign | None
    fate: str
    gone: bool


class Agent(AgentView):
    """One agent; the view controllers see is the object itself."""

    __slots__ = ("at_work_since", "handle", "inbound", "leaves_until", "serves", "since", "stage_since")
    since: float
    serves: tuple[int, ...]


class Campaign:
    """One campaign's leads, lines and counts, and its controller. Counts are what the dialer sees."""

    def __init__(self, world: World, controller: Controller, rng: Random) -> None:
        self.world, self.controller = world, controller
        self.leads, self.talks = Leads(world, rng), Talks(world, rng)
        self.ringing: dict[int, Line] = {}
        self.waiting: deque[Line] = deque()
        self.answers = self.abandons = 0
        self.lawful_answers = self.lawful_abandons = 0
        self.staff: list[Agent] = []
        self.near: list[Campaign] = []  # campaigns, this one too, whose calls may land on its agents


def find_near(campaigns: Sequence[Campaign], world: World) -> None:
    """Tell each campaign which others share an agent with it."""
    everybody = tuple(range(len(campaigns)))
    served = {frozenset(world.serves(n) if world.serves else everybody) for n in range(world.agents)}
    for one, campaign in enumerate(campaigns):
        campaign.near = [
            other for two, other in enumerate(campaigns) if one == two or any({one, two} <= some for some in served)
        ]


def as_seen(
    world: World,
    campaign: Campaign,
    staff: Sequence[Agent],
    queue: Iterable[Line],
    day: Day,
    start: float,
    at: float,
) -> Floor:
    """What the campaign's controller may know at this instant. ``world``: the first campaign's, with the callers.

    ``staff``: the agents it decides for. Lines that may land on others too count by our share, as in the dialer.
    """
    ringing: list[RingingCall] = []
    waiting: list[float] = []
    ours = {agent.agent_id for agent in staff} if len(campaign.near) > 1 else set[int | None]()
    for near in campaign.near:
        share = 1.0
        if ours and near.staff:
            share = sum(agent.agent_id in ours for agent in near.staff) / len(near.staff)
        for line in near.ringing.values():
            line.elapsed_s = at - line.began
            told = line.answer_probability
            if share == 1.0 or told is None:
                ringing.append(line)
            else:
                part = RingingCall(
                    id=line.id, elapsed_s=line.elapsed_s, answer_probability=told * share, kind=line.kind
                )
                ringing.append(part)
        waiting.extend(at - line.began for line in near.waiting if not line.gone)
    campaign.leads.look_ahead(at)
    own, callers = campaign.world, world.callers
    return Floor(
        now=start + at,
        agents=staff,
        ringing=ringing,
        waiting_s=waiting,
        answers=own.carried[0] + campaign.answers,
        abandons=own.carried[1] + campaign.abandons,
        answers_today=campaign.answers,
        abandons_today=campaign.abandons,
        limit=own.limit,
        wait_limit_s=own.wait_limit_s,
        lines_allowed=LINES,
        rate_allowed=LINES,
        next_answer_probabilities=campaign.leads.told,
        false_alarms=own.false_alarm if own.alarms_told == "share" else 0.0,
        inbound_waiting_s=[at - line.began for line in queue if not line.gone] if callers else (),
        inbound_target=callers.target if callers else 0.0,
        inbound_within_s=callers.within_s if callers else 20.0,
        inbound_offered=day.callers,
        inbound_in_time=day.callers_in_time,
    )
