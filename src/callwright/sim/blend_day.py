"""One day of the published blend centre: its model, and the floor on which it happens. See ``blend`` for the whole."""

from __future__ import annotations

import random
from collections import deque
from dataclasses import dataclass, field
from heapq import heappop, heappush
from itertools import count
from typing import Any

from callwright.desk.routing import choose_agent
from callwright.model.agent import Agent
from callwright.pacing import ThresholdPolicy

_ARRIVE, _END, _GIVE_UP, _PERIOD = 0, 1, 2, 3
_OUTBOUND = {"outbound": 1}


@dataclass(frozen=True, kw_only=True, slots=True)
class BlendModel:
    """The centre. Times in seconds from the opening, rates per minute as published; agents by period."""

    period_s: float = 7200.0
    inbound_per_minute: tuple[float, ...] = (2.2817, 2.4310, 2.3973)
    busyness_shape: float = 29.7
    balk: float = 0.005
    patience_mean_s: float = 500.0
    inbound_service_shape: float = 0.755
    inbound_service_scale_s: float = 753.8
    queue_capacity: int = 80
    service_level_s: float = 20.0
    outbound_from_s: float = 10800.0
    outbound_until_s: float = 21300.0
    reach: tuple[float, ...] = (0.28, 0.29, 0.29)
    outbound_service_mean_s: float = 440.2
    outbound_patience_s: float = 5.0
    inbound_only: tuple[int, ...] = (23, 23, 21)
    blend: tuple[int, ...] = (16, 18, 16)

    @property
    def day_s(self) -> float:
        return self.period_s * len(self.inbound_per_minute)


@dataclass(kw_only=True, slots=True)
class BlendDay:
    """What happened in one day (or, summed, in many): counts, and integrals over time in seconds."""

    dials: float = 0.0
    arrived_inbound: float = 0.0
    arrived_outbound: float = 0.0
    served_inbound: float = 0.0
    served_outbound: float = 0.0
    served_in_time: float = 0.0
    abandoned_inbound: float = 0.0
    abandoned_in_time: float = 0.0
    abandoned_outbound: float = 0.0
    blocked: float = 0.0
    busy_inbound_only_s: float = 0.0
    busy_blend_s: float = 0.0
    staffed_inbound_only_s: float = 0.0
    staffed_blend_s: float = 0.0
    queued_inbound_s: float = 0.0
    queued_outbound_s: float = 0.0


class _Group:
    """Agents who are alike; one who is to leave finishes the call first."""

    __slots__ = ("busy", "free", "leaving", "spare")

    def __init__(self, agents: list[Agent]) -> None:
        self.spare = agents
        self.free: deque[Agent] = deque()  # longest waiting first
        self.busy = 0
        self.leaving = 0

    def staff(self, number: int) -> None:
        while len(self.free) + self.busy - self.leaving < number:
            if self.leaving:
                self.leaving -= 1
            else:
                self.free.append(self.spare.pop())
        while len(self.free) + self.busy - self.leaving > number:
            if self.free:
                self.spare.append(self.free.pop())
            else:
                self.leaving += 1

    def finished(self, agent: Agent) -> bool:
        """The agent's call is over; False: they go home."""
        self.busy -= 1
        if self.leaving:
            self.leaving -= 1
            self.spare.append(agent)
            return False
        self.free.append(agent)
        return True


class _Waiting:
    __slots__ = ("since", "taken")

    def __init__(self, since: float) -> None:
        self.since = since
        self.taken = False


@dataclass(slots=True, eq=False)
class BlendFloor:
    """One day under way."""

    model: BlendModel
    policy: ThresholdPolicy
    rng: random.Random
    day: BlendDay = field(default_factory=BlendDay)
    inbound_only: _Group = field(init=False)
    blend: _Group = field(init=False)
    queue: dict[bool, deque[_Waiting]] = field(default_factory=lambda: {False: deque(), True: deque()})
    queued: dict[bool, int] = field(default_factory=lambda: {False: 0, True: 0})
    events: list[tuple[float, int, int, Any]] = field(default_factory=list)
    order: count[int] = field(default_factory=count)
    now: float = 0.0

    def __post_init__(self) -> None:
        model = self.model
        self.inbound_only = _Group([Agent(id=i, name="") for i in range(max(model.inbound_only))])
        self.blend = _Group([Agent(id=100 + i, name="", skills=_OUTBOUND) for i in range(max(model.blend))])

    def later(self, delay_s: float, what: int, of: Any) -> None:
        heappush(self.events, (self.now + delay_s, next(self.order), what, of))

    # --- one day --------------------------------------------------------------------------------------------------

    def run(self, busyness: float) -> BlendDay:
        model = self.model
        for period in range(len(model.inbound_per_minute)):
            heappush(self.events, (period * model.period_s, next(self.order), _PERIOD, period))
            self._arrivals(period, busyness)
        while self.events:
            at, _, what, of = heappop(self.events)
            self._pass_time(at)
            self.now = at
            if what == _ARRIVE:
                self._inbound()
            elif what == _END:
                self._service_ended(of)
            elif what == _GIVE_UP:
                self._gave_up(of)
            else:
                self._new_period(of)
        return self.day

    def _pass_time(self, at: float) -> None:
        """Add up what stood still since the last event, up to the closing."""
        span = min(at, self.model.day_s) - min(self.now, self.model.day_s)
        if span <= 0.0:
            return
        day, inbound_only, blend = self.day, self.inbound_only, self.blend
        day.busy_inbound_only_s += span * inbound_only.busy
        day.busy_blend_s += span * blend.busy
        day.staffed_inbound_only_s += span * (inbound_only.busy + len(inbound_only.free))
        day.staffed_blend_s += span * (blend.busy + len(blend.free))
        day.queued_inbound_s += span * self.queued[False]
        day.queued_outbound_s += span * self.queued[True]

    def _arrivals(self, period: int, busyness: float) -> None:
        """The period's Poisson arrivals."""
        rate_s = busyness * self.model.inbound_per_minute[period] / 60.0
        at, end = period * self.model.period_s, (period + 1) * self.model.period_s
        while True:
            at += self.rng.expovariate(rate_s)
            if at >= end:
                return
            heappush(self.events, (at, next(self.order), _ARRIVE, None))

    def _new_period(self, period: int) -> None:
        self.inbound_only.staff(self.model.inbound_only[period])
        self.blend.staff(self.model.blend[period])
        while self._serve_queue(self.inbound_only) or self._serve_queue(self.blend):
            pass

    # --- calls ----------------------------------------------------------------------------------------------------

    def _inbound(self) -> None:
        day, model, rng = self.day, self.model, self.rng
        day.arrived_inbound += 1
        if self._serve(outbound=False, waited_s=0.0):
            return
        if self.queued[False] + self.queued[True] >= model.queue_capacity:
            day.blocked += 1
        elif rng.random() < model.balk:
            day.abandoned_inbound += 1
            day.abandoned_in_time += 1
        else:
            self._queue(rng.expovariate(1.0 / model.patience_mean_s), outbound=False)

    def _dial(self) -> None:
        """The dialer's turn at the end of a service."""
        model = self.model
        if not model.outbound_from_s <= self.now < model.outbound_until_s:
            return
        free_blend = len(self.blend.free)
        calls = self.policy.calls_to_dial(free_blend + len(self.inbound_only.free), free_blend)
        self.day.dials += calls
        reach = model.reach[min(int(self.now / model.period_s), len(model.reach) - 1)]
        for _ in range(calls):
            if self.rng.random() < reach:
                self.day.arrived_outbound += 1
                if not self._serve(outbound=True, waited_s=0.0):
                    self._queue(model.outbound_patience_s, outbound=True)

    def _serve(self, *, outbound: bool, waited_s: float) -> bool:
        """Give a call to a free agent by the desk's rule; inbound calls go to inbound-only agents first."""
        if outbound:
            groups: tuple[_Group, ...] = (self.blend,)
        else:
            groups = (self.inbound_only, self.blend)
        for group in groups:
            agent = choose_agent(group.free, skills=_OUTBOUND if outbound else {}, tier=None, inbound=not outbound)
            if agent is not None:
                group.free.remove(agent)
                self._begin(group, agent, outbound=outbound, waited_s=waited_s)
                return True
        return False

    def _begin(self, group: _Group, agent: Agent, *, outbound: bool, waited_s: float) -> None:
        model, day = self.model, self.day
        group.busy += 1
        if outbound:
            day.served_outbound += 1
            service_s = self.rng.expovariate(1.0 / model.outbound_service_mean_s)
        else:
            day.served_inbound += 1
            if waited_s <= model.service_level_s:
                day.served_in_time += 1
            service_s = self.rng.gammavariate(model.inbound_service_shape, model.inbound_service_scale_s)
        self.later(service_s, _END, (group, agent))

    def _service_ended(self, of: Any) -> None:
        group, agent = of
        if group.finished(agent):
            self._serve_queue(group)
        self._dial()

    # --- the queue ------------------------------------------------------------------------------------------------

    def _queue(self, patience_s: float, *, outbound: bool) -> None:
        waiting = _Waiting(self.now)
        self.queue[outbound].append(waiting)
        self.queued[outbound] += 1
        self.later(patience_s, _GIVE_UP, (waiting, outbound))

    def _gave_up(self, of: Any) -> None:
        waiting, outbound = of
        if waiting.taken:
            return
        waiting.taken = True
        self.queued[outbound] -= 1
        if outbound:
            self.day.abandoned_outbound += 1
        else:
            self.day.abandoned_inbound += 1
            if self.now - waiting.since <= self.model.service_level_s:
                self.day.abandoned_in_time += 1

    def _serve_queue(self, group: _Group) -> bool:
        """A free agent of the group takes who waits: outbound calls before inbound ones, where they may."""
        if not group.free:
            return False
        for outbound in (True, False) if group is self.blend else (False,):
            queue = self.queue[outbound]
            while queue:
                waiting = queue.popleft()
                if waiting.taken:
                    continue
                waiting.taken = True
                self.queued[outbound] -= 1
                agent = group.free.popleft()
                self._begin(group, agent, outbound=outbound, waited_s=self.now - waiting.since)
                return True
        return False
