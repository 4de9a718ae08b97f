"""A small floor of its own for pacing: agents, ringing lines, conversations; heap of events, a decision every 0.5 s.

Independent of the program's engines on purpose, so that it can judge them. A call answers with probability p after a
lognormal ring (mean 12 s), else rings 25 s; talk lognormal (mean 120 s, cv 1), wrap-up 20 s; an answered person without
an agent for 2 s is abandoned. Utilisation is the share of agents' time in talk and wrap-up.

    python bench/pacing_floor.py --agents 5 10 20 50 --p 0.3 --controllers reference progressive --seeds 4 --hours 8
"""

from __future__ import annotations

import argparse
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from heapq import heappop, heappush
from math import log, sqrt
from random import Random
from time import perf_counter

from callwright.pacing import (
    Abandoned,
    AgentView,
    CallResolved,
    Controller,
    Floor,
    HandleEnded,
    RingingCall,
    make_controller,
)

EPOCH = 1_700_000_000.0


def lognormal(mean: float, cv: float) -> tuple[float, float]:
    """mu and sigma of the lognormal with this mean and coefficient of variation."""
    variance = log(1 + cv * cv)
    return log(mean) - variance / 2, sqrt(variance)


@dataclass(frozen=True, slots=True, kw_only=True)
class World:
    """What the floor is made of. ``p_at`` is the answer rate at an instant; ``told`` what the controller hears."""

    agents: int
    p_at: Callable[[float], float]
    hours: float = 8.0
    talk_mean_s: float = 120.0
    talk_cv: float = 1.0
    wrap_s: float = 20.0
    ring_mean_s: float = 12.0
    ring_cv: float = 0.5
    limit: float = 0.03
    told: Callable[[float], float | None] = lambda p: p


@dataclass(slots=True, kw_only=True)
class Day:
    """What came of it."""

    answers: int = 0
    abandons: int = 0
    dials: int = 0
    dropped: int = 0
    busy_s: float = 0.0
    decision_s: list[float] = field(default_factory=list)
    abandoned_at: list[float] = field(default_factory=list)
    answered_at: list[float] = field(default_factory=list)
    utilisation: float = 0.0

    @property
    def abandon_rate(self) -> float:
        return self.abandons / self.answers if self.answers else 0.0


def run_day(world: World, controller: Controller, seed: int, *, timed: bool = False) -> Day:
    """One day of one floor from the start of the shift; all agents log in idle at its first second."""
    rng = Random(seed)
    day = Day()
    end = world.hours * 3600.0
    talk_mu, talk_sigma = lognormal(world.talk_mean_s, world.talk_cv)
    ring_mu, ring_sigma = lognormal(world.ring_mean_s, world.ring_cv)
    views = [AgentView(state="idle", elapsed_s=0.0, agent_id=n) for n in range(world.agents)]
    since = [0.0] * world.agents
    talked = [0.0] * world.agents
    idle = deque(range(world.agents))
    ringing: dict[int, tuple[RingingCall, float]] = {}
    waiting: deque[tuple[int, float]] = deque()
    gone: set[int] = set()
    heap: list[tuple[float, int, str, int]] = []
    number = 0

    def start(agent: int, at: float) -> None:
        talk = rng.lognormvariate(talk_mu, talk_sigma)
        views[agent].state, since[agent], talked[agent] = "talking", at, talk
        heappush(heap, (at + talk, 1, "wrap", agent))
        day.busy_s += min(talk + world.wrap_s, end - at)

    def free(agent: int, at: float) -> None:
        while waiting:
            call, _ = waiting.popleft()
            if call not in gone:
                gone.add(call)
                start(agent, at)
                return
        views[agent].state, since[agent] = "idle", at
        idle.append(agent)

    heappush(heap, (0.0, 9, "tick", 0))
    while heap:
        at, _, what, who = heappop(heap)
        if at > end:
            break
        if what == "tick":
            for n, view in enumerate(views):
                view.elapsed_s = at - since[n]
            for call, began in ringing.values():
                call.elapsed_s = at - began
            floor = Floor(
                now=EPOCH + at,
                agents=views,
                ringing=[call for call, _ in ringing.values()],
                waiting_s=[at - began for call_id, began in waiting if call_id not in gone],
                answers=day.answers,
                abandons=day.abandons,
                answers_today=day.answers,
                abandons_today=day.abandons,
                limit=world.limit,
                lines_allowed=100_000,
                rate_allowed=100_000,
            )
            if timed:
                began = perf_counter()
                decision = controller.decide(floor)
                day.decision_s.append(perf_counter() - began)
            else:
                decision = controller.decide(floor)
            for call_id in decision.calls_to_drop:
                call, began = ringing.pop(call_id)
                assert at - began >= 15.0
                day.dropped += 1
                resolved(controller, call, at - began, False, at)
            p = world.p_at(at)
            told = world.told(p)
            for _ in range(decision.lines_to_open):
                number += 1
                day.dials += 1
                ringing[number] = (RingingCall(id=number, elapsed_s=0.0, answer_probability=told), at)
                if rng.random() < p:
                    heappush(heap, (at + min(rng.lognormvariate(ring_mu, ring_sigma), 24.9), 2, "answer", number))
                else:
                    heappush(heap, (at + 25.0, 2, "silence", number))
            heappush(heap, (at + 0.5, 9, "tick", 0))
        elif what == "answer":
            if who not in ringing:
                continue
            call, began = ringing.pop(who)
            day.answers += 1
            day.answered_at.append(at)
            resolved(controller, call, at - began, True, at)
            if idle:
                start(idle.popleft(), at)
            else:
                waiting.append((who, at))
                heappush(heap, (at + 2.0, 3, "patience", who))
        elif what == "silence":
            if who in ringing:
                call, began = ringing.pop(who)
                resolved(controller, call, at - began, False, at)
        elif what == "patience":
            if who not in gone:
                gone.add(who)
                day.abandons += 1
                day.abandoned_at.append(at)
                controller.observe(Abandoned(at=EPOCH + at))
        elif what == "wrap":
            views[who].state, since[who] = "wrapping", at
            heappush(heap, (at + world.wrap_s, 1, "free", who))
        else:
            controller.observe(HandleEnded(agent_id=who, talk_s=talked[who], wrap_s=world.wrap_s, at=EPOCH + at))
            free(who, at)
    day.utilisation = day.busy_s / (world.agents * end)
    return day


def resolved(controller: Controller, call: RingingCall, ring_s: float, answered: bool, at: float) -> None:
    told = call.answer_probability
    observation = CallResolved(kind="", ring_s=ring_s, answered=answered, answer_probability=told, at=EPOCH + at)
    controller.observe(observation)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--agents", type=int, nargs="+", default=[5, 10, 20, 50, 100, 300])
    parser.add_argument("--p", type=float, nargs="+", default=[0.3])
    parser.add_argument("--controllers", nargs="+", default=["reference"])
    parser.add_argument("--seeds", type=int, default=3)
    parser.add_argument("--hours", type=float, default=8.0)
    parser.add_argument("--untold", action="store_true", help="tell the controller no answer probability")
    parser.add_argument("--keep-ringing", action="store_true", help="never drop late ringers")
    parser.add_argument("--jump-at", type=float, help="the answer rate trebles at this second")
    options = parser.parse_args()
    print(
        f"{'controller':<18}{'N':>5}{'p':>6}{'util %':>8}{'abandon %':>11}{'worst %':>9}{'over':>6}"
        f"{'dials/ans':>11}{'dropped':>9}{'us/decision':>13}{'s/day':>7}"
    )
    for name in options.controllers:
        for p in options.p:
            for agents in options.agents:
                report(name, p, agents, options)


def report(name: str, p: float, agents: int, options: argparse.Namespace) -> None:
    def p_at(at: float) -> float:
        return min(0.95, 3 * p) if options.jump_at is not None and at >= options.jump_at else p

    told = (lambda _: None) if options.untold else (lambda real: real) if options.jump_at is None else (lambda _: p)
    world = World(agents=agents, p_at=p_at, hours=options.hours, told=told)
    days, began = [], perf_counter()
    for seed in range(options.seeds):
        controller = make_controller(name, drop_late_ringers=not options.keep_ringing)
        days.append(run_day(world, controller, seed, timed=True))
    wall_s = (perf_counter() - began) / len(days)
    spent = sorted(s for day in days for s in day.decision_s)
    answers = sum(day.answers for day in days)
    print(
        f"{name:<18}{agents:>5}{p:>6.2f}{100 * sum(d.utilisation for d in days) / len(days):>8.1f}"
        f"{100 * sum(d.abandons for d in days) / answers:>11.2f}{100 * max(d.abandon_rate for d in days):>9.2f}"
        f"{sum(d.abandon_rate > 0.03 for d in days):>6}{sum(d.dials for d in days) / answers:>11.2f}"
        f"{sum(d.dropped for d in days) / sum(d.dials for d in days):>9.3f}"
        f"{1e6 * spent[len(spent) // 2]:>13.1f}{wall_s:>7.2f}",
        flush=True,
    )


if __name__ == "__main__":
    main()
