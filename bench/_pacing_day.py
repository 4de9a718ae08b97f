"""One day of a floor, by a heap of events with a decision every 0.5 s: the judge of the pacing benches.

Independent of the program's engines on purpose. A controller is asked through the public contract of
``callwright.pacing`` alone; what it may not know it is not told. What it may not do raises ``Foul``.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence
from heapq import heappop, heappush
from random import Random
from time import thread_time

from _pacing_parts import LINES, Agent, Campaign, Foul, Line, as_seen, find_near
from _pacing_world import EPOCH, MIN_RING_S, Day, Talks, World, lognormal
from callwright.pacing import (
    Abandoned,
    CallResolved,
    Controller,
    FairShares,
    HandleEnded,
    InboundArrived,
    Observation,
)

TICK_S = 0.5
MACHINE_TALK_S = 6.0  # until an agent has seen that nobody is there
FREE, TALKED, ENDS, GIVEN_UP, COMES, GOES, STAGE, CALLER, CALLER_GONE, TICK = range(10)
"""Events, those at one instant in this order."""


def run_day(
    world: World,
    controller: Controller | Sequence[Controller],
    seed: int,
    *,
    timed: bool = False,
    start: float = EPOCH,
) -> Day:
    """One day from ``start`` (epoch seconds), one controller per campaign. ``timed``: keep each decision's time."""
    controllers = controller if isinstance(controller, Sequence) else [controller]
    return _Shift(world, controllers, seed, timed, start).run()


class _Shift:
    def __init__(self, world: World, controllers: Sequence[Controller], seed: int, timed: bool, start: float) -> None:
        self.rng = Random(seed)
        self.world, self.timed, self.start, self.day = world, timed, start, Day()
        self.end = world.hours * 3600.0
        worlds = (world, *world.also)
        self.campaigns = [Campaign(w, c, self.rng) for w, c in zip(worlds, controllers, strict=True)]
        self.heap: list[tuple[float, int, int, object]] = []
        self.number = 0
        self.turn = 0  # each decides first in turn
        self.shares = FairShares[Campaign]()
        self.idle: dict[int, Agent] = {}  # longest idle first
        self.queue: deque[Line] = deque()  # callers
        self.caller_talks = None
        if world.callers is not None:
            spoken = World(agents=0, p_at=world.p_at, talk_mean_s=world.callers.talk_mean_s, wrap_s=world.wrap_s)
            self.caller_talks = Talks(spoken, self.rng)
            self._push(self.rng.expovariate(world.callers.per_hour / 3600.0), CALLER, None)
        everything = tuple(range(len(worlds)))
        for n in range(world.agents):
            agent = Agent(state="idle", elapsed_s=0.0, agent_id=n)
            agent.serves = world.serves(n) if world.serves else everything
            agent.since = agent.at_work_since = 0.0
            agent.leaves_until = None
            if world.away is not None and (pause := world.away(n, self.rng)):
                self._push(pause[0], GOES, (agent, pause[1]))
            at = world.login(n, self.rng) if world.login else 0.0
            self._push(at, COMES, agent)
        find_near(self.campaigns, world)
        self._push(0.0, TICK, None)

    def _push(self, at: float, what: int, who: object) -> None:
        self.number += 1
        heappush(self.heap, (at, what, self.number, who))

    def run(self) -> Day:
        heap, end = self.heap, self.end
        does = {
            FREE: self._free_again,
            TALKED: self._talked,
            ENDS: self._ring_over,
            GIVEN_UP: self._given_up,
            COMES: self._comes,
            GOES: self._goes,
            STAGE: self._stage,
            CALLER: self._caller,
            CALLER_GONE: self._caller_gone,
            TICK: self._tick,
        }
        while heap:
            at, what, _, who = heappop(heap)
            if at > end:
                break
            does[what](at, who)
        for agent in {id(a): a for c in self.campaigns for a in c.staff}.values():
            if agent.state != "away":
                self.day.staffed_s += end - agent.at_work_since
        self.day.per_campaign = [(c.lawful_answers, c.lawful_abandons) for c in self.campaigns]
        return self.day

    # --- decisions ------------------------------------------------------------------------------------------------

    def _tick(self, at: float, _: object) -> None:
        for campaign in self.campaigns:
            for agent in campaign.staff:
                agent.elapsed_s = at - agent.since
                if agent.stage:
                    agent.stage_s = at - agent.stage_since
        self.turn = (self.turn + 1) % len(self.campaigns)
        for number in range(len(self.campaigns)):
            self._decide(self.campaigns[number - self.turn], at)
        heappush(self.heap, (at + TICK_S, TICK, 0, None))

    def _decide(self, campaign: Campaign, at: float) -> None:
        day, free = self.day, campaign.staff
        rivals = [near for near in campaign.near if near is not campaign]
        weight = 0.0
        if rivals:
            weight = sum(1.0 / len(agent.serves) for agent in free)
            first = self.shares.before(campaign, rivals, at, weight)
            if first:
                numbers = {self.campaigns.index(rival) for rival in first}
                free = [agent for agent in free if numbers.isdisjoint(agent.serves)]
        floor = as_seen(self.world, campaign, campaign.staff, self.queue, day, self.start, at)
        if self.timed:
            began = thread_time()
            decision = campaign.controller.decide(floor)
            day.decision_s.append(thread_time() - began)
        else:
            decision = campaign.controller.decide(floor)
        for number in decision.calls_to_drop:
            line = campaign.ringing.pop(number, None)
            if line is None:
                continue  # another campaign's
            if line.elapsed_s < MIN_RING_S:
                raise Foul(f"{line.elapsed_s:.1f} s rung: hung up too early")
            day.dropped += 1
            self._resolved(campaign, line, False, at)
        lines = decision.lines_to_open
        if len(free) < len(campaign.staff):  # lines for those alone who are its own; what rings is judged by all
            part = as_seen(self.world, campaign, free, self.queue, day, self.start, at)
            lines = campaign.controller.decide(part).lines_to_open if free else 0
        if not 0 <= lines <= LINES:
            raise Foul(f"{lines} lines")
        if rivals:
            told = campaign.leads.told
            chances = told[:lines] if told else []
            chances += [campaign.world.p_at(at)] * (lines - len(chances))
            self.shares.opened(campaign, rivals, at, chances, weight)
        if lines:
            self._dial(campaign, lines, at)

    def _dial(self, campaign: Campaign, count: int, at: float) -> None:
        world, rng = campaign.world, self.rng
        kind = world.kind_at(at)
        mean_s = world.ring_mean_at(at) if world.ring_mean_at else world.ring_mean_s
        mu, sigma = lognormal(mean_s, world.ring_cv)
        last_s = world.silence_s - 0.1
        for chance, told in campaign.leads.take(count, at):
            self.number += 1
            line = Line(id=self.number, elapsed_s=0.0, answer_probability=told, kind=kind)
            line.began, line.campaign, line.gone, line.fate = at, campaign, False, "nobody"
            rings_s = world.silence_s
            drawn = rng.random()
            if world.lossy and rng.random() < world.lossy:
                rings_s = 1.0 + 2.0 * rng.random()
            elif drawn < chance:
                line.fate = "person"
                rings_s = min(rng.lognormvariate(mu, sigma), last_s)
            elif drawn < chance + world.machines:
                rings_s = min(rng.lognormvariate(mu, sigma) + 4.0, last_s)
                line.fate = "machine" if rng.random() < world.passed else "nobody"
            campaign.ringing[line.id] = line
            heappush(self.heap, (at + rings_s, ENDS, line.id, line))
        self.day.dials += count

    # --- lines ----------------------------------------------------------------------------------------------------

    def _resolved(self, campaign: Campaign, line: Line, answered: bool, at: float) -> None:
        campaign.controller.observe(
            CallResolved(
                kind=line.kind,
                ring_s=at - line.began,
                answered=answered,
                answer_probability=line.answer_probability,
                at=self.start + at,
            )
        )

    def _ring_over(self, at: float, line: Line) -> None:
        campaign = line.campaign
        if campaign.ringing.pop(line.id, None) is None:
            return  # given up
        if line.fate == "nobody":
            self._resolved(campaign, line, False, at)
            return
        world = campaign.world
        if line.fate == "person":
            campaign.lawful_answers += 1
            self.day.answers += 1
            self.day.answered_at.append(at)
            if world.false_alarm and self.rng.random() < world.false_alarm:
                self._resolved(campaign, line, False, at)
                self._lose(campaign, at)
                if world.alarms_told == "counted":
                    campaign.answers += 1
                    campaign.abandons += 1
                    campaign.controller.observe(Abandoned(at=self.start + at))
                return
        campaign.answers += 1
        self._resolved(campaign, line, True, at)
        line.began = at  # from now on it waits
        agent = self._somebody_for(self.campaigns.index(campaign))
        if agent is not None:
            self._start(agent, line, at)
        else:
            campaign.waiting.append(line)
            self._push(at + world.wait_limit_s, GIVEN_UP, line)

    def _given_up(self, at: float, line: Line) -> None:
        if line.gone:
            return
        line.gone = True
        campaign = line.campaign
        campaign.abandons += 1
        campaign.controller.observe(Abandoned(at=self.start + at))
        if line.fate == "person":
            self._lose(campaign, at)

    def _lose(self, campaign: Campaign, at: float) -> None:
        campaign.lawful_abandons += 1
        self.day.abandons += 1
        self.day.abandoned_at.append(at)

    # --- agents ---------------------------------------------------------------------------------------------------

    def _somebody_for(self, number: int | None) -> Agent | None:
        for agent in self.idle.values():
            if number is None or number in agent.serves:
                del self.idle[agent.agent_id]
                return agent
        return None

    def _start(self, agent: Agent, line: Line, at: float) -> None:
        line.gone = True
        campaign, stages = line.campaign, ()
        if line.fate == "machine":
            talk, wrap = MACHINE_TALK_S, 0.0
        else:
            talks = self.caller_talks if campaign is None else campaign.talks
            talk, wrap, stages = talks.draw()
        agent.state, agent.since = "talking", at
        agent.handle, agent.inbound = (campaign, talk, wrap, stages), campaign is None
        if stages:
            agent.stage, agent.stage_since, agent.stage_s = stages[0][0], at, 0.0
            for name, after in stages[1:]:
                self._push(at + after, STAGE, (agent, name))
        self._push(at + talk, TALKED, agent)
        busy = min(talk + wrap, self.end - at)
        self.day.busy_s += busy
        if campaign is not None:
            self.day.outbound_s += busy

    def _stage(self, at: float, who: tuple[Agent, str]) -> None:
        agent, agent.stage = who
        agent.stage_since = at

    def _talked(self, at: float, agent: Agent) -> None:
        agent.state, agent.since, agent.stage = "wrapping", at, ""
        self._push(at + agent.handle[2], FREE, agent)

    def _free_again(self, at: float, agent: Agent) -> None:
        campaign, talk, wrap, stages = agent.handle
        ended = HandleEnded(
            agent_id=agent.agent_id, talk_s=talk, wrap_s=wrap, at=self.start + at, stages=stages, inbound=agent.inbound
        )
        if campaign is not None:
            campaign.controller.observe(ended)
        else:
            self._tell_all(ended)
        if agent.leaves_until is not None:
            self._leave(agent, at)
        else:
            self._serve(agent, at)

    def _serve(self, agent: Agent, at: float) -> None:
        """Callers first, then who was dialled, by who has waited longest; else idle."""
        callers = self.world.callers
        while self.queue:
            line = self.queue.popleft()
            if not line.gone:
                self.day.callers_in_time += at - line.began <= callers.within_s
                self._start(agent, line, at)
                return
        longest: Campaign | None = None
        for number in agent.serves:
            waiting = self.campaigns[number].waiting
            while waiting and waiting[0].gone:
                waiting.popleft()
            if waiting and (longest is None or waiting[0].began < longest.waiting[0].began):
                longest = self.campaigns[number]
        if longest is not None:
            self._start(agent, longest.waiting.popleft(), at)
            return
        agent.state, agent.since = "idle", at
        self.idle[agent.agent_id] = agent

    def _comes(self, at: float, agent: Agent) -> None:
        agent.at_work_since = at
        if agent.leaves_until is None:
            for number in agent.serves:
                self.campaigns[number].staff.append(agent)
        agent.leaves_until = None
        self._serve(agent, at)

    def _goes(self, at: float, who: tuple[Agent, float]) -> None:
        agent, agent.leaves_until = who
        if self.idle.pop(agent.agent_id, None) is not None:
            self._leave(agent, at)

    def _leave(self, agent: Agent, at: float) -> None:
        agent.state, agent.since = "away", at
        self.day.staffed_s += at - agent.at_work_since
        self._push(max(at, agent.leaves_until), COMES, agent)

    # --- callers --------------------------------------------------------------------------------------------------

    def _tell_all(self, observation: Observation) -> None:
        for campaign in self.campaigns:
            campaign.controller.observe(observation)

    def _caller(self, at: float, _: object) -> None:
        callers = self.world.callers
        self._push(at + self.rng.expovariate(callers.per_hour / 3600.0), CALLER, None)
        self.day.callers += 1
        self._tell_all(InboundArrived(at=self.start + at))
        line = Line(id=-self.number, elapsed_s=0.0)
        line.began, line.campaign, line.gone, line.fate = at, None, False, "person"
        agent = self._somebody_for(None)
        if agent is not None:
            self.day.callers_in_time += 1
            self._start(agent, line, at)
        else:
            self.queue.append(line)
            self._push(at + self.rng.expovariate(1 / callers.patience_s), CALLER_GONE, line)

    def _caller_gone(self, at: float, line: Line) -> None:
        line.gone = True
