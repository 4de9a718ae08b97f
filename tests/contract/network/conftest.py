"""One line to a network under test, the same for every adapter: the suite says *what* is called, the harness *how*.

Each adapter has a ``run_...`` function whose far end answers each of ``FAR_ENDS`` by its name: the simulated carrier in
virtual time, and Asterisk with SIPp in real time, which is why nobody here waits for long.
"""

from __future__ import annotations

import asyncio
import random
from collections.abc import Awaitable, Callable, Iterator
from dataclasses import dataclass, field, replace
from functools import partial
from typing import Any

import pytest
from tests.conftest import missing
from tests.support.sipp_line import SippLine

from callwright.app.sipp_people import behaviour_of
from callwright.compliance.permit import _SEAL, DialPermit
from callwright.dialer.network import Aside, FaxReceived, Network, Originate, TransferTarget
from callwright.dialer.ports import Trunk
from callwright.kit.clock import Clock
from callwright.kit.errors import CallwrightError
from callwright.kit.loop_clock import LoopClock
from callwright.model.outcome import Media
from callwright.sim.carrier import CarrierHabits, SimCarrier
from callwright.sim.fates import Fate
from callwright.sim.truth import TruthPeople, parse_results
from callwright.sim.virtual_time import VirtualClock, run_virtual

FAR_ENDS = {  # what each number of the far end does, in the words of truth files
    "talker": "answer@0.5:3:not_interested",
    "silent_hanger": "answer@0.5:0:refused",
    "patient": "answer@0.5:30:success:300:patience=30",
    "brief": "answer@0.5:2:refused",
    "soon_gone": "answer@0.5:4:refused",
    "keypad": "answer@0.5:30:success:keys=19:key_after=1",
    "impatient_listener": "answer@0.5:30:refused:listens=2",
    "nobody": "no_answer",
    "busy": "busy@0.5",
    "rejects": "rejected@0.5",
    "rejects_forever": "rejected_forever@0.5",
    "no_such": "no_such_number@5",
    "off": "switched_off@5",
    "suspended": "suspended@5",
    "changed": "number_changed@0.5",
    "machine": "machine@0.5",
    "fax": "fax@0.5",
    "screening": "screening@0.5",
}
PATIENCE_S = {"soon_gone": 4.0}
NUMBERS = {name: f"+1202555{i:04d}" for i, name in enumerate(FAR_ENDS, start=200)}
TRUNKS = (
    Trunk(name="main", channels=50, calls_per_s=50.0, prefixes=("+1",)),
    Trunk(name="narrow", channels=2, calls_per_s=50.0),
    Trunk(name="slow", channels=50, calls_per_s=2.0),
)
LONGEST_S = 45.0
"""A scenario in real time; none takes so long, unless it hangs."""


def fates_of(far_end: str) -> tuple[Fate, ...]:
    """What the far end does; the patience is as given, however short (truth files have a least one)."""
    fates = parse_results(FAR_ENDS[far_end])
    return tuple(replace(fate, patience_s=PATIENCE_S.get(far_end, fate.patience_s)) for fate in fates)


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

    def forget(self) -> None:
        self.events.clear()
        self.at.clear()

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

    def on_agent_line(self, agent_id: int, up: bool, *, silent: bool = False) -> None:
        self._note(agent_id, "line", up)

    def on_network(self, up: bool) -> None:
        self._note(0, "network", up)

    def on_fax(self, attempt_id: int, *, sent: bool, pages: int, why: str) -> None:
        self._note(attempt_id, "fax", sent, pages, why)

    def on_fax_received(self, fax: FaxReceived) -> None:
        self._note(0, "fax_received", fax)

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
    cause: Callable[[int, int], int] = lambda sip, q850: q850  # what the network makes of SIP code and Q.850

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
        people = TruthPeople({NUMBERS[name]: fates_of(name) for name in FAR_ENDS})
        habits = CarrierHabits(false_alarm=0.0, miss=0.0)
        carrier = SimCarrier(clock, random.Random(1), people, TRUNKS, habits=habits)
        heard = Heard(clock)
        carrier.listen(heard)
        await scenario(
            Line(carrier, clock, heard, NUMBERS, lambda far_end, called: carrier.ring_us(NUMBERS[far_end], called))
        )

    run_virtual(main, 1_772_445_600.0)


@pytest.fixture(scope="session")
def sipp_line(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SippLine]:
    """One Asterisk and its SIPp for the whole suite."""
    behaviours = {NUMBERS[name]: [behaviour_of(fate) for fate in fates_of(name)] for name in FAR_ENDS}
    try:
        line = SippLine(behaviours, TRUNKS, agent_ids=(7, 8), cache=tmp_path_factory.mktemp("sounds"))
    except CallwrightError as error:
        missing(str(error))
    try:
        line.start()
        yield line
    finally:
        line.stop()


def run_asterisk(line: SippLine, scenario: Scenario) -> None:
    """In real time, over SIP and RTP."""

    async def main() -> None:
        clock = LoopClock(asyncio.get_running_loop())
        heard = Heard(clock)

        def ring_in(far_end: str, called: str) -> None:
            to = ("127.0.0.1", line.plan.sip_port)
            line.people.ring(NUMBERS[far_end], called, to, stay_s=30.0, patience_s=30.0, sound="person")

        async with asyncio.timeout(LONGEST_S), line.connected(heard) as network:
            heard.forget()
            await scenario(Line(network, clock, heard, NUMBERS, ring_in, _asterisks_cause))

    asyncio.run(main())


def _asterisks_cause(sip: int, q850: int) -> int:
    """Asterisk makes the cause from the SIP code, whatever the carrier's Reason header says of an unanswered call."""
    return {480: 19, 607: 127}.get(sip, q850)


@pytest.fixture(params=["simulated", "asterisk"])
def on_line(request: pytest.FixtureRequest) -> Callable[[Scenario], None]:
    """``on_line(scenario)`` runs an async scenario against the network under test."""
    if request.param == "simulated":
        return run_simulated
    return partial(run_asterisk, request.getfixturevalue("sipp_line"))
