"""A floor in virtual time with a network that does only what the test says: every event is fired by hand."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import Any

import pytest

from callwright.adapters.memory.store import MemoryStore
from callwright.compliance import NoHolidays, RuleBook
from callwright.desk.ports import NoScreens
from callwright.dialer.events import Event
from callwright.dialer.network import Coaching, ConsultEnd, LiveCall, NetworkSink, Originate, TransferTarget
from callwright.dialer.ports import LineRules, Trunk
from callwright.dialer.service import Dialer
from callwright.model.agent import Agent
from callwright.model.attempt import Attempt
from callwright.model.campaign import Campaign, Hours
from callwright.model.people import Lead
from callwright.sim.virtual_time import VirtualClock, run_virtual

MONDAY_10 = datetime(2026, 3, 2, 10, 0, tzinfo=UTC).timestamp()


@dataclass
class ScriptedNetwork:
    """Notes every command; the test answers through ``sink``."""

    orders: list[Originate] = field(default_factory=list)
    hung_up: list[int] = field(default_factory=list)
    played: list[tuple[int, str]] = field(default_factory=list)
    joined: list[tuple[int, int]] = field(default_factory=list)
    refused: list[int] = field(default_factory=list)
    live: list[LiveCall] = field(default_factory=list)
    said: list[tuple[object, ...]] = field(default_factory=list)  # every other command, with its facts
    lines: dict[int, bool] = field(default_factory=dict)  # agents' lines that were asked for
    lines_stand: bool = True  # at once; False: the test says when
    sink: NetworkSink = None  # type: ignore[assignment]  # set by listen before any use

    def listen(self, sink: NetworkSink) -> None:
        self.sink = sink

    def originate(self, order: Originate) -> None:
        self.orders.append(order)

    def accept_inbound(self, call_id: int, attempt_id: int, *, record: bool = False) -> None:
        self.played.append((attempt_id, f"accepted {call_id}"))

    def refuse_inbound(self, call_id: int) -> None:
        self.refused.append(call_id)

    def join(self, attempt_id: int, agent_id: int, *, whisper: str | None = None) -> None:
        if whisper is not None:
            self.said.append((attempt_id, "whisper", whisper))
        self.joined.append((attempt_id, agent_id))
        self.sink.on_joined(attempt_id, agent_id)

    def play(self, attempt_id: int, message: str, length_s: float, *, after_beep: bool = False) -> None:
        self.played.append((attempt_id, message))
        if after_beep:
            self.said.append((attempt_id, "after the beep", message))

    def send_fax(self, attempt_id: int, document: str) -> None:
        self.said.append((attempt_id, "fax", document))

    def hang_up(self, attempt_id: int, *, by: str = "us") -> None:
        self.hung_up.append(attempt_id)
        self.sink.on_ended(attempt_id, sip=487, q850=16, by=by)

    def hold(self, attempt_id: int, *, on: bool) -> None:
        self.said.append((attempt_id, "hold", on))

    def park(self, attempt_id: int) -> None:
        self.said.append((attempt_id, "park"))

    def send_keys(self, attempt_id: int, keys: str) -> None:
        self.said.append((attempt_id, "keys", keys))

    def transfer(self, attempt_id: int, target: TransferTarget) -> None:
        self.said.append((attempt_id, "transfer", target))

    def consult(self, attempt_id: int, agent_id: int, target: TransferTarget) -> None:
        self.said.append((attempt_id, "consult", agent_id, target))

    def end_consult(self, attempt_id: int, how: ConsultEnd) -> None:
        self.said.append((attempt_id, "end_consult", how))

    def coach(self, agent_id: int, lead_id: int, how: Coaching) -> None:
        self.said.append((agent_id, "coach", lead_id, how))

    def hush_recording(self, attempt_id: int, *, on: bool) -> None:
        self.said.append((attempt_id, "hush", on))

    def call_agent(self, agent_id: int) -> None:
        self.lines[agent_id] = self.lines_stand
        if self.lines_stand:
            self.sink.on_agent_line(agent_id, True)

    def release_agent(self, agent_id: int) -> None:
        self.lines.pop(agent_id, None)

    async def live_calls(self) -> Sequence[LiveCall]:
        return self.live


@dataclass
class FloorKit:
    """One campaign, its store and network, and shorthands for what a test does again and again."""

    clock: VirtualClock
    store: MemoryStore
    network: ScriptedNetwork
    campaign: Campaign
    dialer: Dialer
    events: list[Event]
    running: asyncio.Task[None] | None = None

    async def start(self) -> None:
        await self.dialer.add_campaign(self.campaign)
        self.running = asyncio.create_task(self.dialer.run())
        await self.clock.sleep(0.01)

    async def agents(self, count: int, **facts: Any) -> None:
        for n in range(1, count + 1):
            self.dialer.add_agents([Agent(id=n, name=f"agent {n}", **facts)])
            self.dialer.log_in(n, [self.campaign.id])
            self.dialer.ready(n)
        await self.clock.sleep(1.0)

    def attempt(self, number: int) -> Attempt:
        """The attempt of the n-th order to the network."""
        return {a.id: a for a in self.store.all_attempts()}[self.network.orders[number].attempt_id]

    def kinds(self) -> list[str]:
        return [event.kind for event in self.events]


Scenario = Callable[[FloorKit], Awaitable[None]]


@pytest.fixture
def floor() -> Callable[..., None]:
    """``floor(scenario, leads=..., **campaign fields)`` runs an async scenario on a virtual floor from Monday 10:00."""

    def run(
        scenario: Scenario,
        leads: Sequence[Lead] = (),
        store: MemoryStore | None = None,
        trunks: Sequence[Trunk] = (Trunk(name="t1", channels=50, calls_per_s=50.0),),
        line_rules: LineRules | None = None,
        **fields: Any,
    ) -> None:
        campaign = replace(
            Campaign(id=1, name="spring", country="PT", hours=Hours(from_minute=9 * 60, to_minute=20 * 60)), **fields
        )

        async def main(clock: VirtualClock) -> None:
            kept = store or MemoryStore()
            if store is None:
                kept.add_campaign(campaign)
                kept.add_leads(leads)
            network, events = ScriptedNetwork(), []
            dialer = Dialer(
                clock=clock,
                store=kept,
                network=network,
                screens=NoScreens(),
                book=RuleBook.load(holidays=NoHolidays()),
                trunks=trunks,
                line_rules=line_rules,
                owner="test",
            )
            dialer.listeners.append(events.append)
            kit = FloorKit(clock, kept, network, campaign, dialer, events)
            await scenario(kit)
            dialer.stop()
            if kit.running is not None:
                await kit.running

        run_virtual(main, MONDAY_10)

    return run
