"""How long a person who has answered waits for the agent, beyond what Asterisk itself needs, at 100 calls per second.

    python bench/telephone_connect.py [--rate 100] [--seconds 30] [--agents 260] [--json]

The requirement: from the answer until agent and person are in one bridge p50 below 20 ms, p99 below 100 ms. Both
instants are Asterisk's own (its event of the channel that is up, its event of the channel that entered the bridge), so
the time holds our share and Asterisk's. The agents' lines stand in their bridges (SIP calls to SIPp). Measured twice in
one run: the adapter alone, with a list of free agents, and the whole dialer with PostgreSQL in predictive mode.
Everybody answers, after 0.2 to 1 s by their number, and talks last a second. Whoever found no agent free is counted
apart.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import time
from collections import deque
from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

from _people import Sipp, answering_scenario
from _telephone import (
    AGENTS,
    ALWAYS,
    NUMBERS_FROM,
    Ears,
    Loop,
    Shares,
    a_permit,
    asterisk,
    bench_plan,
    channels_left,
    connect,
    fill,
    percentiles,
    postmaster_of,
    run,
    until,
)
from callwright.adapters.asterisk.network import AsteriskNetwork
from callwright.adapters.asterisk.plan import AgentLine, TelephonePlan
from callwright.adapters.asterisk.process import AsteriskProcess
from callwright.adapters.holidays_calendar import PackageHolidays
from callwright.adapters.postgres import setup
from callwright.adapters.postgres.migrations import migrate
from callwright.adapters.postgres.store import PostgresStore
from callwright.compliance import RuleBook
from callwright.desk.ports import NoScreens
from callwright.dialer.network import Originate
from callwright.dialer.ports import Trunk
from callwright.dialer.service import Dialer
from callwright.kit.loop_clock import LoopClock
from callwright.model.agent import Agent
from callwright.model.attempt import Attempt, Mode
from callwright.model.campaign import Campaign, PacingRules
from callwright.model.people import Lead
from hopper import database

RINGS_MS = (200, 400, 600, 800, 1000)
TALK_S = 1.0


class Answers:
    """When each person answered and entered the agent's bridge, by Asterisk's clock and by ours."""

    def __init__(self, network: AsteriskNetwork) -> None:
        self._up: dict[str, str] = {}
        self._began: dict[str, float] = {}
        self.by_asterisk: dict[int, float] = {}
        self.by_us: dict[int, float] = {}
        client = network.switch.client
        before = client._on_event

        def on_event(event: Mapping[str, Any]) -> None:
            kind, name = event["type"], (event.get("channel") or {}).get("id", "")
            if name.isdigit():
                if kind == "ChannelStateChange" and event["channel"]["state"] == "Up":
                    self._up[name] = event["timestamp"]
                elif kind == "StasisStart":
                    self._began[name] = time.perf_counter()
                elif kind == "ChannelEnteredBridge" and name in self._up:
                    self.by_asterisk[int(name)] = _seconds(event["timestamp"]) - _seconds(self._up.pop(name))
                    self.by_us[int(name)] = time.perf_counter() - self._began.pop(name)
            before(event)

        client._on_event = on_event

    def figures(self, name: str, without: set[int]) -> dict[str, Any]:
        return {
            f"{name}_joined": len(self.by_asterisk),
            **percentiles(f"{name}_answer_to_bridge", [s for n, s in self.by_asterisk.items() if n not in without]),
            **percentiles(f"{name}_event_to_bridge", [s for n, s in self.by_us.items() if n not in without]),
        }


def _seconds(stamp: str) -> float:
    return datetime.strptime(stamp, "%Y-%m-%dT%H:%M:%S.%f%z").timestamp()


# --- the adapter alone ------------------------------------------------------------------------------------------------


class BareFloor:
    """Joins whoever answers with the agent who has been free for longest."""

    def __init__(self, network: AsteriskNetwork) -> None:
        self.network = network
        self.free: deque[int] = deque()
        self.with_agent: dict[int, int] = {}
        self.unserved: set[int] = set()
        self.live: set[int] = set()

    def on_agent_line(self, agent_id: int, up: bool, *, silent: bool = False) -> None:
        if up:
            self.free.append(agent_id)

    def on_answered(self, attempt_id: int) -> None:
        if not self.free:
            self.unserved.add(attempt_id)
            self.network.hang_up(attempt_id)
            return
        agent_id = self.with_agent[attempt_id] = self.free.popleft()
        self.network.join(attempt_id, agent_id)

    def on_joined(self, attempt_id: int, agent_id: int) -> None:
        asyncio.get_running_loop().call_later(TALK_S, self.network.hang_up, attempt_id)

    def on_ended(self, attempt_id: int, **_: Any) -> None:
        self.live.discard(attempt_id)
        if attempt_id in self.with_agent:
            self.free.append(self.with_agent.pop(attempt_id))

    def _ignore(self, *_: Any, **__: Any) -> None:
        return

    on_ringing = on_early_media = on_verdict = on_key = on_inbound = on_aside = on_network = on_lost = _ignore
    on_play_ended = _ignore


async def bare(arguments: argparse.Namespace, plan: TelephonePlan, process: AsteriskProcess) -> dict[str, Any]:
    network = await connect(plan, process, arguments.rate)
    floor = BareFloor(network)
    network.listen(floor)  # type: ignore[arg-type]  # its class hides what it ignores
    for line in plan.agents:
        network.call_agent(line.agent_id)
    await until(lambda: len(floor.free) == len(plan.agents), 30.0)
    standing = len(floor.free)
    answers = Answers(network)
    shares = Shares({"asterisk": process.pid() or 0, "python": os.getpid()})
    began, dialed = time.monotonic(), 0
    while (passed := time.monotonic() - began) < arguments.seconds:
        due = int(passed * arguments.rate)
        for n in range(dialed + 1, due + 1):
            floor.live.add(n)
            number = f"+1{NUMBERS_FROM + n}"
            network.originate(
                Originate(attempt_id=n, permit=a_permit(number), trunk="main", caller_id=None, ring_timeout_s=15.0)
            )
        dialed = due
        await asyncio.sleep(0.01)
    took, taken = time.monotonic() - began, shares.taken()
    await until(lambda: not floor.live, 10.0)
    for line in plan.agents:
        network.release_agent(line.agent_id)
    left = await channels_left(network)
    await network.close()
    return {
        "bare_lines": standing,
        "bare_per_s": round(dialed / took, 1),
        **answers.figures("bare", floor.unserved),
        "bare_found_nobody": len(floor.unserved),
        **{f"bare_{name}_cores": share for name, share in taken.items()},
        "bare_channels_left": left,
    }


# --- the whole dialer -------------------------------------------------------------------------------------------------


class Staff(NoScreens):
    """Agents who talk for ``TALK_S`` and have their word ready."""

    def __init__(self) -> None:
        self.dialer: Dialer | None = None
        self._loop = asyncio.get_running_loop()

    def on_call(self, agent_id: int, attempt: Attempt, lead: Lead | None) -> None:
        self._loop.call_later(TALK_S, self._do, lambda dialer: dialer.hang_up(agent_id))

    def on_call_ended(self, agent_id: int, attempt: Attempt) -> None:
        self._loop.call_soon(self._do, lambda dialer: dialer.dispose(agent_id, attempt.id, "not_interested"))

    def _do(self, deed: Callable[[Dialer], None]) -> None:
        assert self.dialer is not None
        deed(self.dialer)


async def whole(
    arguments: argparse.Namespace, plan: TelephonePlan, process: AsteriskProcess, url: str
) -> dict[str, Any]:
    await migrate(url)
    store = await PostgresStore.connect(url)
    campaign = await fill(store, bench_campaign(arguments.rate), int(arguments.seconds * arguments.rate * 1.5) + 2000)
    agents = await setup.add_agents(store, [Agent(id=0, name=f"Agent {line.agent_id}") for line in plan.agents])
    assert {agent.id for agent in agents} == {line.agent_id for line in plan.agents}
    network = await connect(plan, process, arguments.rate)
    staff = Staff()
    dialer = Dialer(
        clock=LoopClock(asyncio.get_running_loop()),
        store=store,
        network=network,
        screens=staff,
        book=RuleBook.load(holidays=PackageHolidays()),
        trunks=[Trunk(name="main", channels=10_000, calls_per_s=arguments.rate)],
        owner="bench",
    )
    staff.dialer = dialer
    waited: set[int] = set()
    dialer.add_agents(agents)
    run = await dialer.add_campaign(campaign)

    def look(kind: str, attempt_id: int) -> None:
        if kind == "person" and attempt_id in run.waiting:
            waited.add(attempt_id)

    loop = asyncio.get_running_loop()
    dialer.listeners.append(
        lambda event: loop.call_soon(look, event.kind, event.data["attempt"]) if event.kind == "person" else None
    )
    running = asyncio.create_task(dialer.run())
    for agent in agents:
        dialer.log_in(agent.id, [campaign.id])
        dialer.ready(agent.id)
    await until(lambda: len(dialer.floor.desk.free(campaign.id)) + len(run.calls) >= len(agents), 30.0)
    await asyncio.sleep(3.0)  # the first wave is over
    answers, ears, late = Answers(network), Ears(network), Loop()
    waited.clear()
    pids = {"asterisk": process.pid() or 0, "python": os.getpid(), "postgres": postmaster_of(url)}
    shares, before, began = Shares(pids), run.dials, time.monotonic()
    await asyncio.sleep(arguments.seconds)
    rate, taken = (run.dials - before) / (time.monotonic() - began), shares.taken()
    dialer.wind_down()
    await asyncio.wait_for(running, 60.0)
    for agent in agents:
        network.release_agent(agent.id)
    left = await channels_left(network)
    await late.close()
    await network.close()
    async with store.connected() as connection:
        unfinished = await connection.fetchval("select count(*) from attempts where state <> 'ended'")
        from_answer = await connection.fetchval(
            "select percentile_cont(0.5) within group (order by connected_at - answered_at) from attempts"
        )
    await store.close()
    return {
        "whole_per_s": round(rate, 1),
        **answers.figures("whole", waited),
        "whole_found_nobody_free": len(waited),
        "whole_connected_p50_ms_in_postgres": round(from_answer.total_seconds() * 1000, 2),
        **percentiles("whole_event", ears.delays),
        **percentiles("whole_loop_late", late.late),
        **{f"whole_{name}_cores": share for name, share in taken.items()},
        "whole_unfinished": unfinished,
        "whole_channels_left": left,
    }


def bench_campaign(rate: float) -> Campaign:
    return Campaign(
        id=0,
        name="bench",
        purpose="service",
        mode=Mode.PREDICTIVE,
        hours=ALWAYS,
        pacing=PacingRules(
            controller="fixed_ratio",
            fixed_ratio=1.0,
            max_lines=10_000,
            max_calls_per_s=2 * rate,
            drop_late_ringers=False,
        ),
    )


def measure(arguments: argparse.Namespace) -> dict[str, Any]:
    figures: dict[str, Any] = {}
    for phase in ("bare", "whole"):
        with (
            database(None) as url,
            Sipp(answering_scenario(RINGS_MS)) as people,
            Sipp(answering_scenario(), host=AGENTS) as phones,
        ):
            agents = tuple(
                AgentLine(agent_id=n, contact=f"sip:agent{n}@{AGENTS}:{phones.port}")
                for n in range(1, arguments.agents + 1)
            )
            plan = bench_plan(people.port, agents=agents)
            with asterisk(plan, "connect") as process:
                if phase == "bare":
                    figures |= asyncio.run(bare(arguments, plan, process))
                else:
                    figures |= asyncio.run(whole(arguments, plan, process, url))
    return figures | {"load": " ".join(f"{load:.1f}" for load in os.getloadavg())}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--rate", type=float, default=100.0)
    parser.add_argument("--seconds", type=float, default=30.0)
    parser.add_argument("--agents", type=int, default=260)
    run(parser, measure)


if __name__ == "__main__":
    main()
