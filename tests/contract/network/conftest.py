"""One line to a network under test, the same for every adapter: the suite says *what* is called, the harness *how*.

A further adapter adds a ``run_...`` function to ``HARNESSES`` whose far end answers each of ``FAR_ENDS`` by its name.
"""

from __future__ import annotations

import random
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any

import pytest

from callwright.compliance.permit import _SEAL, DialPermit
from callwright.dialer.network import Aside, Network, Originate, TransferTarget
from callwright.dialer.ports import Trunk
from callwright.kit.clock import Clock
from callwright.model.outcome import Media
from callwright.sim.carrier import CarrierHabits, SimCarrier
from callwright.sim.truth import TruthPeople, parse_results
from callwright.sim.virtual_time import VirtualClock, run_virtual

FAR_ENDS = {  # what each number of the far end does, in the words of truth files
    "talker": "answer@2:5:not_interested",
    "silent_hanger": "answer@2:0:refused",
    "patient": "answer@1:30:success:300:patience=30",
    "brief": "answer@1:2:refused",
    "keypad": "answer@1:30:success:keys=19:key_after=2",
    "impatient_listener": "answer@1:30:refused:listens=3",
    "nobody": "no_answer",
    "busy": "busy",
    "rejects": "rejected@2",
    "rejects_forever": "rejected_forever@2",
    "no_such": "no_such_number",
    "off": "switched_off",
    "suspended": "suspended",
    "changed": "number_changed",
    "machine": "machine@2",
}


@dataclass
class Heard:
    """A sink that notes every event as (attempt id, kind, facts...)."""

    clock: Clock
    events: list[tuple[Any, ...]] = field(default_factory=list)
    at: list[float] = field(default_factory=list)
    reply: Callable[[str, int], None] | None = None

    def _note(self, attempt_id: int, kind: str, *facts: Any) -> None:
        self.events.append((attempt_id, kind, *facts))
        self.at.append(self.clock.now())
        if self.reply is not None:
            self.reply(kind, attempt_id)

    def on_ringing(self, attempt_id: int) -> None:
        self._note(attempt_id, "ringing")

    def on_early_media(self, attempt_id: int, media: Media) -> None:
        self._note(attempt_id, "early", media)

    def on_answered(self, attempt_id: int) -> None:
        self._note(attempt_id, "answered")

    def on_verdict(self, attempt_id: int, media: Media, greeting_ended_at: float | None = None) -> None:
        self._note(attempt_id, "verdict", media, greeting_ended_at)

    def on_joined(self, attempt_id: int, agent_id: int) -> None:
        self._note(attempt_id, "joined", agent_id)

    def on_play_ended(self, attempt_id: int) -> None:
        self._note(attempt_id, "play_ended")

    def on_key(self, attempt_id: int, key: str) -> None:
        self._note(attempt_id, "key", key)

    def on_ended(self, attempt_id: int, *, sip: int | None, q850: int | None, by: str) -> None:
        self._note(attempt_id, "ended", sip, q850, by)

    def on_lost(self, attempt_id: int) -> None:
        self._note(attempt_id, "lost")

    def on_aside(self, attempt_id: int, what: Aside) -> None:
        self._note(attempt_id, "aside", what)

    def on_agent_line(self, agent_id: int, up: bool) -> None:
        self._note(agent_id, "line", up)

    def on_network(self, up: bool) -> None:
        self._note(0, "network", up)

    def on_inbound(self, call_id: int, number: str, called: str) -> None:
        self._note(call_id, "inbound", number, called)


@dataclass
class Line:
    """The network under test, its clock, what it reported, and the far end's numbers by name."""

    network: Network
    clock: Clock
    heard: Heard
    numbers: dict[str, str]
    ring_in: Callable[[str, str], None]  # (far end, our number): a person calls us

    def dial(self, attempt_id: int, far_end: str, **order: Any) -> None:
        number = self.numbers.get(far_end, far_end)
        now = self.clock.now()
        permit = DialPermit(
            number=number,
            lead_id=None,
            customer_id=None,
            campaign_id=1,
            at=now,
            valid_until_s=now + 5.0,
            packs="",
            digest="",
            seal=_SEAL,  # the network is under test here, not the rules
        )
        facts: dict[str, Any] = {"trunk": "main", "caller_id": "+12025550100", "ring_timeout_s": 20.0, **order}
        self.network.originate(Originate(attempt_id=attempt_id, permit=permit, **facts))

    async def agent(self, agent_id: int) -> None:
        """The agent's line, standing."""
        self.network.call_agent(agent_id)
        await self.until("line", agent_id, within_s=6.0)

    async def talk(self, attempt_id: int = 1, agent_id: int = 7, far_end: str = "patient", **order: Any) -> None:
        """A talk of an agent whose line stands with a person."""
        await self.agent(agent_id)
        self.dial(attempt_id, far_end, **order)
        await self.until("answered", attempt_id, within_s=10.0)
        self.network.join(attempt_id, agent_id)
        await self.until("joined", attempt_id, within_s=5.0)

    def target(self, far_end: str, **facts: Any) -> TransferTarget:
        return TransferTarget(name=far_end, **{"number": self.numbers[far_end], "trunk": "main", **facts})

    async def aside(self, what: Aside, attempt_id: int = 1, within_s: float = 6.0) -> None:
        """Until the third party is so far."""
        limit = self.clock.now() + within_s
        while (attempt_id, "aside", what) not in self.heard.events:
            assert self.clock.now() < limit, f"no {what} of {attempt_id} within {within_s} s: {self.heard.events}"
            await self.clock.sleep(0.05)

    async def agent_of(self, attempt_id: int = 1) -> int | None:
        """Whom the network holds the call joined with; -1: it holds it no more."""
        live = {call.attempt_id: call for call in await self.network.live_calls()}
        return live[attempt_id].agent_id if attempt_id in live else -1

    async def until(self, kind: str, attempt_id: int, within_s: float = 60.0) -> tuple[Any, ...]:
        """The first event of this kind, waiting for it."""
        limit = self.clock.now() + within_s
        while True:
            for event in self.heard.events:
                if event[0] == attempt_id and event[1] == kind:
                    return event
            assert self.clock.now() < limit, f"no {kind} of {attempt_id} within {within_s} s: {self.heard.events}"
            await self.clock.sleep(0.05)

    def kinds(self, attempt_id: int) -> list[str]:
        return [event[1] for event in self.heard.events if event[0] == attempt_id]

    def when(self, kind: str, attempt_id: int) -> float:
        return next(
            at for event, at in zip(self.heard.events, self.heard.at, strict=True) if event[:2] == (attempt_id, kind)
        )


Scenario = Callable[[Line], Awaitable[None]]


def run_simulated(scenario: Scenario) -> None:
    async def main(clock: VirtualClock) -> None:
        numbers = {name: f"+1202555{i:04d}" for i, name in enumerate(FAR_ENDS, start=200)}
        people = TruthPeople({numbers[name]: parse_results(fate) for name, fate in FAR_ENDS.items()})
        habits = CarrierHabits(false_alarm=0.0, miss=0.0)
        trunks = [
            Trunk(name="main", channels=50, calls_per_s=50.0, prefixes=("+1",)),
            Trunk(name="narrow", channels=2, calls_per_s=50.0),
            Trunk(name="slow", channels=50, calls_per_s=2.0),
        ]
        carrier = SimCarrier(clock, random.Random(1), people, trunks, habits=habits)
        heard = Heard(clock)
        carrier.listen(heard)
        await scenario(
            Line(carrier, clock, heard, numbers, lambda far_end, called: carrier.ring_us(numbers[far_end], called))
        )

    run_virtual(main, 1_772_445_600.0)


HARNESSES: dict[str, Callable[[Scenario], None]] = {"simulated": run_simulated}


@pytest.fixture(params=list(HARNESSES))
def on_line(request: pytest.FixtureRequest) -> Callable[[Scenario], None]:
    """``on_line(scenario)`` runs an async scenario against the network under test."""
    return HARNESSES[request.param]
