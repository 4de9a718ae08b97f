"""Tens of thousands of calls over a real Asterisk, and nothing may be left of them: no channel, bridge, playback,
recording or unfinished attempt, and no memory.

A message campaign and a predictive one with agents run side by side through the whole dialer, PostgreSQL and SIPp;
every twentieth call to an agent is recorded. ``make soak`` places 50,000 calls; CALLWRIGHT_SOAK_CALLS says how many
instead, and CALLWRIGHT_SOAK_RATE how many per second (150).
"""

from __future__ import annotations

import asyncio
import os
import sys
import time
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from callwright.adapters.asterisk.network import AsteriskNetwork
from callwright.adapters.asterisk.plan import AgentLine, TelephonePlan
from callwright.adapters.asterisk.process import AsteriskProcess
from callwright.adapters.asterisk.root import find_root
from callwright.adapters.holidays_calendar import PackageHolidays
from callwright.adapters.postgres import setup
from callwright.adapters.postgres.embedded import default_home
from callwright.adapters.postgres.store import PostgresStore
from callwright.compliance import RuleBook
from callwright.desk.ports import NoScreens
from callwright.dialer.network import Originate
from callwright.dialer.ports import Trunk
from callwright.dialer.service import Dialer
from callwright.dialer.state import CampaignRun
from callwright.kit.errors import CallwrightError
from callwright.kit.loop_clock import LoopClock
from callwright.model.agent import Agent
from callwright.model.attempt import Attempt, Mode
from callwright.model.campaign import Campaign, DialRules, MessageRules, PacingRules
from callwright.model.people import Lead
from conftest import missing

CALLS = int(os.environ.get("CALLWRIGHT_SOAK_CALLS", "50000"))
RATE = float(os.environ.get("CALLWRIGHT_SOAK_RATE", "150"))
AGENTS = 40
TALK_S = 1.0
GROWTH_MIB = 25.0
"""More than this the program must not have grown between the first fifth of the calls and the last."""
RECORD_EVERY = 20


@pytest.fixture(scope="module")
def parts() -> SimpleNamespace:
    """What the benches of the telephone are made of."""
    try:
        find_root(default_home())
    except CallwrightError as error:
        missing(str(error))
    bench = str(Path(__file__).resolve().parents[2] / "bench")
    sys.path.insert(0, bench)
    try:
        import _people
        import _telephone
    finally:
        sys.path.remove(bench)
    return SimpleNamespace(**{**vars(_people), **vars(_telephone)})


class Staff(NoScreens):
    """Agents who talk for a while and have their word ready."""

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


class Counted:
    """What was begun at Asterisk and what ended there: playbacks and recordings, and errors in the log of ours."""

    def __init__(self, network: AsteriskNetwork) -> None:
        self.begun: Counter[str] = Counter()
        self.ended: Counter[str] = Counter()
        client = network.switch.client
        deal_with, order = client._on_event, client.order

        def on_event(event: Mapping[str, Any]) -> None:
            if event["type"] == "PlaybackFinished":
                self.ended["playback"] += 1
            deal_with(event)

        def counted(method: str, path: str, **more: Any) -> bool:
            if "/play/" in path:
                then = more.get("then")

                def look(status: int, found: Any) -> None:
                    self.begun["playback"] += status in (200, 201)
                    if then is not None:
                        then(status, found)

                more["then"] = look
            return order(method, path, **more)

        client._on_event, client.order = on_event, counted  # type: ignore[method-assign]

    def on_recording(self, attempt_id: int, side: str, name: str, at: float) -> None:
        self.begun["recording"] += 1

    def on_recorded(self, attempt_id: int, side: str, name: str, seconds: float, at: float) -> None:
        self.ended["recording"] += 1

    def on_recording_failed(self, attempt_id: int, side: str, why: str) -> None:
        self.ended["failed recording"] += 1


@pytest.mark.soak
@pytest.mark.timeout(CALLS / 20 + 300)
async def test_nothing_is_left_of_so_many_calls(parts: SimpleNamespace, embedded_database_url: str) -> None:
    with (
        parts.Sipp(parts.people_scenario()) as people,
        parts.Sipp(parts.answering_scenario(), host=parts.AGENTS) as phones,
    ):
        lines = tuple(
            AgentLine(agent_id=n, contact=f"sip:agent{n}@{parts.AGENTS}:{phones.port}") for n in range(1, AGENTS + 1)
        )
        plan = parts.bench_plan(people.port, agents=lines)
        with parts.asterisk(plan, "soak") as process:
            store = await PostgresStore.connect(embedded_database_url)
            try:
                attempts = await _run(parts, plan, process, store)
            finally:
                await store.close()
            words = process.last_words(40)
        people.stop()
        invites = people.counts["0_INVITE_Recv"]
    assert invites == attempts, f"{attempts} attempts are stored, the carrier has seen {invites}"
    assert "ERROR" not in words, words


async def _run(parts: SimpleNamespace, plan: TelephonePlan, process: AsteriskProcess, store: PostgresStore) -> int:
    """Place the calls and look what is left; how many attempts there are."""
    message = Campaign(
        id=0,
        name="message",
        purpose="service",
        mode=Mode.MESSAGE,
        hours=parts.ALWAYS,
        dial=DialRules(ring_timeout_s=15.0),
        pacing=PacingRules(max_lines=100_000, max_calls_per_s=2 * RATE),
        message=MessageRules(message="safe_harbour", length_s=8.0),
    )
    talks = replace(
        message,
        name="talks",
        mode=Mode.PREDICTIVE,
        priority=1,
        pacing=PacingRules(controller="fixed_ratio", fixed_ratio=2.0, max_calls_per_s=RATE, drop_late_ringers=True),
    )
    message = await parts.fill(store, message, CALLS + 5000)
    talks = await parts.fill(store, talks, CALLS // 2 + 5000, after=CALLS + 5000)
    agents = await setup.add_agents(store, [Agent(id=0, name=f"Agent {line.agent_id}") for line in plan.agents])
    network = await parts.connect(plan, process, RATE)
    network.recorder.sink = counted = Counted(network)
    dial = network.originate

    def originate(order: Originate) -> None:
        dial(replace(order, record=order.attempt_id % RECORD_EVERY == 0))

    network.originate = originate
    staff = Staff()
    dialer = Dialer(
        clock=LoopClock(asyncio.get_running_loop()),
        store=store,
        network=network,
        screens=staff,
        book=RuleBook.load(holidays=PackageHolidays()),
        trunks=[Trunk(name="main", channels=100_000, calls_per_s=RATE)],
        owner="soak",
    )
    staff.dialer = dialer
    dialer.add_agents(agents)
    runs = [await dialer.add_campaign(campaign) for campaign in (message, talks)]
    running = asyncio.create_task(dialer.run())
    for agent in agents:
        dialer.log_in(agent.id, [talks.id])
        dialer.ready(agent.id)
    memory = await _until_dialed(parts, runs, running)
    dialer.wind_down()
    await asyncio.wait_for(running, 120.0)
    for agent in agents:
        network.release_agent(agent.id)
    channels = await parts.channels_left(network, 10.0)
    bridges = [bridge["id"] for bridge in await network.switch.client.get("/bridges")]
    switch, floor = network.switch, dialer.floor
    await network.close()
    async with store.connected() as connection:
        attempts, unfinished = await connection.fetchrow(
            "select count(*), count(*) filter (where state <> 'ended' or outcome is null) from attempts"
        )
        claimed = await connection.fetchval("select count(*) from leads where status = 'claimed'")
        talked = await connection.fetchval("select count(*) from attempts where outcome = 'talked'")
        played = await connection.fetchval("select count(*) from attempts where outcome = 'message_played'")
    print(f"attempts {attempts}, talks {talked}, messages {played}, {dict(counted.begun)}, MiB {memory}")
    assert (channels, bridges) == (0, []), "zombies"
    assert unfinished == 0
    assert claimed == 0
    assert talked > attempts / 50
    assert played > attempts / 10
    assert counted.begun["playback"] == counted.ended["playback"] > 0
    assert counted.begun["recording"] == counted.ended["recording"] > 0
    assert not switch.calls
    assert not switch.by_channel
    assert not floor.calls
    assert not floor.lines._held
    early, late = memory[len(memory) // 5], max(memory[-3:])
    assert late - early < GROWTH_MIB, f"the program grew from {early:.0f} to {late:.0f} MiB"
    return int(attempts)


async def _until_dialed(parts: SimpleNamespace, runs: list[CampaignRun], running: asyncio.Task[None]) -> list[float]:
    """Wait until all calls are dialled; the program's memory meanwhile, in MiB."""
    memory: list[float] = []
    told = time.monotonic()
    while (dialed := sum(run.dials for run in runs)) < CALLS:
        assert not running.done(), running.exception() or "the dialer ended before its time"
        await asyncio.sleep(2.0)
        memory.append(round(parts.resident_mib(os.getpid()), 1))
        if time.monotonic() - told > 30.0:
            told = time.monotonic()
            print(f"{dialed} dialled, {sum(len(run.calls) for run in runs)} live, {memory[-1]:.0f} MiB", flush=True)
    return memory
