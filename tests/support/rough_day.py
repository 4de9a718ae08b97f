"""A rough day on a floor in virtual time: a campaign, simulated people and agents, and everything that can go wrong.

``live(Day(...))`` runs it and gives back the ``Records``. The day is a value, so that hypothesis can draw and shrink it
"""

from __future__ import annotations

import asyncio
import random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import lru_cache
from typing import Any

from callwright.adapters.memory.store import MemoryStore
from callwright.compliance import BanEntry, NoHolidays, RuleBook
from callwright.dialer.events import Event
from callwright.dialer.network import Coaching, ConsultEnd, LiveCall, NetworkSink, Originate
from callwright.dialer.ports import Trunk
from callwright.dialer.service import LEASE_S, Dialer
from callwright.kit.errors import CallwrightError, Conflict, InvalidTransition, StoreUnavailable
from callwright.model.agent import AgentState
from callwright.model.attempt import Mode
from callwright.model.campaign import (
    STANDARD_RETRY,
    Campaign,
    DialRules,
    Hours,
    MessageRules,
    PacingRules,
    PreviewRules,
    RetryRule,
)
from callwright.model.outcome import Outcome
from callwright.model.people import Lead, LineType, Phone
from callwright.sim.agents import SimAgents
from callwright.sim.carrier import CarrierHabits, SimCarrier
from callwright.sim.floor import FloorPlan, Pause, PreviewHabit, Team
from callwright.sim.people import Distributions, Lognormal, RandomPeople
from callwright.sim.virtual_time import VirtualClock, run_virtual
from support.records import Records, of_memory
from support.rough_store import RoughStore

COUNTRY_ZONES: Mapping[str, Sequence[tuple[str, ...]]] = {
    "PT": [("Europe/Lisbon",), ("Europe/Lisbon", "Atlantic/Azores")],
    "GB": [("Europe/London",), ()],  # the second: a number of which nobody knows where it is
    "US": [("America/New_York",), ("America/New_York", "America/Los_Angeles"), ("America/Phoenix",)],
}
PREFIX = {"PT": "+35191", "GB": "+44740", "US": "+121255512"}
ON_AGENTS = ("pause", "log_out", "lose", "hang_up")
IN_TALKS = ("hold", "transfer", "consult", "settle", "settle", "park", "retrieve", "requeue", "coach", "take_over")
ON_THE_NETWORK = ("network_down", "switch_dies", "cut_line")
DISTURBANCES = (
    *(*ON_AGENTS, *IN_TALKS, *ON_THE_NETWORK),
    *("ban_number", "ban_customer", "outage", "crash", "ring_us", "dial_by_hand"),
)
CALLER_ID = "+351210000001"
KEYS = {"1": "success", "9": "never_call"}
SOON = {
    Outcome.NO_ANSWER: RetryRule(delay_s=900.0),
    Outcome.ABANDONED: RetryRule(delay_s=1200.0),
    Outcome.HUNG_UP_WAITING: RetryRule(delay_s=600.0, most=2),
    Outcome.MACHINE: RetryRule(delay_s=1800.0),
    Outcome.DROPPED: RetryRule(delay_s=300.0),
}


@dataclass(frozen=True, kw_only=True, slots=True)
class Disturbance:
    """Something happens ``after_s`` seconds into the day to the ``which``-th agent, record or number."""

    after_s: float
    kind: str
    which: int = 0
    lasts_s: float = 5.0


@dataclass(frozen=True, kw_only=True, slots=True)
class Day:
    """``leads``: for each record the country, the layout of zones, and its numbers as indexes (shared ones repeat)."""

    mode: Mode
    start_at: float
    leads: tuple[tuple[str, int, tuple[int, ...]], ...]
    lasts_s: float = 4 * 3600.0
    lines_per_agent: int = 1
    detect: str = "off"
    agents: int = 3
    channels: int = 10
    calls_per_s: float = 5.0
    controller: str = "callwright"
    fixed_ratio: float = 2.0
    min_gap_s: float = 600.0
    max_tries: int = 4
    next_number_at_once: bool = False
    countdown_s: float | None = None
    on_expiry: str = "accept"
    inbound: bool = True
    latency_s: float = 0.0
    flush_s: float = 1.0
    failure: float = 0.0
    trunks: int = 1  # each with ``channels`` and ``calls_per_s``
    join_s: float = 0.0
    returns: float = 0.0
    answers: float = 0.5
    seed: int = 0
    disturbances: tuple[Disturbance, ...] = ()


@lru_cache(maxsize=1)
def book() -> RuleBook:
    return RuleBook.load(holidays=NoHolidays())


class Wire:
    """The network as one dialer reaches it; cut when that dialer dies."""

    def __init__(self, carrier: SimCarrier) -> None:
        self.carrier = carrier
        self.dead = False

    def listen(self, sink: NetworkSink) -> None:
        self.carrier.listen(sink)

    def originate(self, order: Originate) -> None:
        if not self.dead:
            self.carrier.originate(order)

    async def live_calls(self) -> Sequence[LiveCall]:
        return await self.carrier.live_calls()

    def __getattr__(self, name: str) -> Any:
        command = getattr(self.carrier, name)
        return lambda *args, **kwargs: None if self.dead else command(*args, **kwargs)


@dataclass(kw_only=True, slots=True)
class Floor:
    """One life of the dialer."""

    dialer: Dialer
    store: RoughStore
    wire: Wire
    running: asyncio.Task[None]


@dataclass(kw_only=True)
class RoughDay:
    """The day while it is lived."""

    day: Day
    clock: VirtualClock
    kept: MemoryStore = field(default_factory=MemoryStore)
    events: list[dict[str, Any]] = field(default_factory=list)
    bans: list[tuple[float, BanEntry]] = field(default_factory=list)
    crashes: int = 0
    outages: int = 0

    def __post_init__(self) -> None:
        self.rng = random.Random(self.day.seed)
        self.campaign = campaign_of(self.day)
        self.kept.add_campaign(self.campaign)
        self.kept.add_leads(leads_of(self.day))
        people = RandomPeople(
            self.day.seed,
            Distributions(
                answer_by_hour=(self.day.answers,) * 24,
                talk=Lognormal(mean=40.0, cv=1.0),
                patience=Lognormal(mean=6.0, cv=0.6),
                callback_in=Lognormal(mean=1800.0, cv=0.5),
                keys={"1": 1.0, "9": 1.0, "": 2.0},
            ),
        )
        habits = CarrierHabits(
            failure=self.day.failure,
            join_s=self.day.join_s,
            return_after_abandon=self.day.returns,
            return_after_missed=self.day.returns / 4,
            return_mean_s=300.0,
        )
        self.trunks = [
            Trunk(name=name, channels=self.day.channels, calls_per_s=self.day.calls_per_s)
            for name in "tuvw"[: self.day.trunks]
        ]
        self.carrier = SimCarrier(self.clock, self.rng, people, self.trunks, habits=habits)

    async def open(self) -> Floor:
        """A dialer with its agents, on the carrier and the store that outlive it."""
        store = RoughStore(self.kept, self.clock, random.Random(self.rng.getrandbits(32)), self.day.latency_s)
        wire = Wire(self.carrier)
        team = Team(
            agents=self.day.agents,
            wrap_up=Lognormal(mean=8.0, cv=0.8),
            pauses=(Pause(reason="rest", length_s=200.0),),
            preview=PreviewHabit(from_s=2.0, to_s=8.0, decline=0.2),
        )
        plan = FloorPlan(teams=(team,))
        staff = SimAgents(self.clock, self.rng, self.carrier, plan)
        dialer = Dialer(
            clock=self.clock,
            store=store,  # type: ignore[arg-type]  # most methods come by __getattr__
            network=wire,  # type: ignore[arg-type]  # likewise
            screens=staff,
            book=book(),
            trunks=self.trunks,
            owner=f"dialer {self.crashes}",
            flush_s=self.day.flush_s,
        )
        dialer.keep_running = True
        dialer.listeners.append(lambda event: self._heard(store, event))
        *crew, leader = plan.agents()
        dialer.add_agents([*crew, replace(leader, lead=True)])
        staff._desk = dialer  # an adopted talk may end, and want its word, before the campaign is all there
        await self._when_there(dialer)
        running = asyncio.create_task(dialer.run(), name="dialer")
        staff.start(dialer, {self.campaign.name: self.campaign.id})
        return Floor(dialer=dialer, store=store, wire=wire, running=running)

    async def _when_there(self, dialer: Dialer) -> None:
        while True:
            try:
                await dialer.add_campaign(self.campaign)
                return
            except (StoreUnavailable, Conflict):  # no database, or the dead dialer's lease still runs
                await self.clock.sleep(1.0)

    def _heard(self, store: RoughStore, event: Event) -> None:
        if not store.dead:
            self.events.append({"kind": event.kind, "at": event.at, **event.data})

    # --- what goes wrong --------------------------------------------------------------------------------------------

    async def live(self) -> Records:
        floor = await self.open()
        begin = self.clock.now()
        for disturbance in sorted(self.day.disturbances, key=lambda d: d.after_s):
            await self.clock.sleep(max(0.0, begin + disturbance.after_s - self.clock.now()))
            if disturbance.kind == "crash":
                floor = await self._crash(floor, disturbance.lasts_s)
            else:
                await self._disturb(floor, disturbance)
        if self.day.mode is Mode.MANUAL:
            await self._dial_all_by_hand(floor)
        await self.clock.sleep(max(0.0, begin + self.day.lasts_s - self.clock.now()))
        floor.dialer.wind_down()
        await asyncio.wait({floor.running}, timeout=7200.0)
        finished, closed_at = floor.running.done(), self.clock.now()
        floor.dialer.stop()
        await floor.running
        self.bans += floor.store.banned
        records = of_memory(
            self.kept,
            self.campaign,
            bans=self.bans,
            events=self.events,
            crashed=self.crashes > 0,
            closed_at=closed_at,
        )
        self.left = {
            "channels": sum(self.carrier.channels_used(trunk.name) for trunk in self.trunks),
            "lines": sum(use.busy for use in floor.dialer.floor.lines._by_name.values()),
            "held": len(floor.dialer.floor.lines._held),
            "calls": len(floor.dialer.floor.calls),
            "unfinished": 0 if finished else 1,
            "refused_duplicates": self.carrier.counts["refused_duplicates"],
            "unsaved": int(bool(floor.dialer.floor.journal.batch)),
            "waiting": sum(len(run.waiting) for run in floor.dialer.floor.runs.values()),
            "coached": sum(len(call.coaches) for call in floor.dialer.floor.calls.values()),
            "ringing": sum(len(run.ringing) for run in floor.dialer.floor.runs.values()),
            "wrapping": sum(run.wrapping for run in floor.dialer.floor.runs.values()),
        }
        return records

    async def _crash(self, floor: Floor, lasts_s: float) -> Floor:
        """The process is gone: nothing is given back, flushed or said by it. Another begins after ``lasts_s``."""
        self.crashes += 1
        floor.store.dead = floor.wire.dead = True
        self.bans += floor.store.banned
        self.carrier.listen(_Nobody())
        floor.running.cancel()
        await asyncio.gather(floor.running, return_exceptions=True)
        await self.clock.sleep(lasts_s + LEASE_S)
        return await self.open()

    async def _disturb(self, floor: Floor, what: Disturbance) -> None:
        dialer, now = floor.dialer, self.clock.now()
        agent_id = 1 + what.which % self.day.agents
        lead = self.kept.all_leads()[what.which % len(self.day.leads)]
        phone = lead.phones[what.which % len(lead.phones)]
        try:
            match what.kind:
                case "pause":
                    dialer.pause(agent_id, "rest")
                case "log_out":
                    dialer.log_out(agent_id)
                    self.clock.call_later(what.lasts_s * 10 + 1.0, lambda: self._come_back(floor, agent_id))
                case "lose":
                    dialer.agent_lost(agent_id)
                    self.clock.call_later(what.lasts_s * 10 + 1.0, lambda: self._come_back(floor, agent_id))
                case "hang_up":
                    dialer.hang_up(agent_id)
                case "ban_number" | "ban_customer":
                    whole = what.kind == "ban_customer"
                    ban = BanEntry(
                        number=None if whole else phone.number, customer_id=lead.customer_id if whole else None, at=now
                    )
                    self.kept.add_ban(ban)
                    self.bans.append((now, ban))
                case "outage":
                    self.outages += 1
                    self.kept.available = False
                    await self.clock.sleep(what.lasts_s)
                    self.kept.available = True
                case "ring_us":
                    self.carrier.ring_us(phone.number, CALLER_ID)
                case "network_down":
                    self.carrier.turn(up=False)
                    self.clock.call_later(what.lasts_s, lambda: self.carrier.turn(up=True))
                case "switch_dies":
                    self.carrier.lose_all()
                case "cut_line":
                    self.carrier.cut_agent_line(agent_id)
                    back_s = what.lasts_s / 10  # some within the grace, some after it
                    self.clock.call_later(back_s, lambda: self.carrier.call_agent(agent_id))
                    self.clock.call_later(what.lasts_s * 10 + 1.0, lambda: self._come_back(floor, agent_id))
                case kind if kind in IN_TALKS:
                    self._hand(dialer, what)
                case "dial_by_hand":
                    await dialer.dial_manual(agent_id, self.campaign.id, phone.number)
        except InvalidTransition:
            raise
        except CallwrightError:
            return  # refused in order: the agent is busy, the record in other hands, the store away

    def _hand(self, dialer: Dialer, what: Disturbance) -> None:
        """Somebody who talks does something with the person; the last agent leads."""
        talks = [c for c in dialer.floor.calls.values() if c.seat is not None and c.joined_at is not None]
        parked = dialer.parked()
        talking = [call.seat.agent.id for call in talks if call.seat is not None]
        agent_id = talking[what.which % len(talking)] if talking else 1 + what.which % self.day.agents
        other = 1 + (what.which + int(what.lasts_s)) % self.day.agents
        to: int | str = other if what.which % 2 and other != agent_id else "billing"
        match what.kind:
            case "hold":
                dialer.hold(agent_id, dialer.floor.calls[talks[0].attempt.id].held_since is None if talks else True)
            case "transfer":
                dialer.transfer(agent_id, to)
            case "consult":
                dialer.consult(agent_id, to)
            case "settle":
                for call in [c for c in talks if c.third is not None]:
                    assert call.seat is not None
                    dialer.end_consult(call.seat.agent.id, list(ConsultEnd)[what.which % 3])
            case "park":
                dialer.park(agent_id)
            case "retrieve" if parked:
                dialer.retrieve(other, parked[0].attempt_id)
            case "requeue":
                dialer.back_to_queue(agent_id)
            case "coach":
                dialer.coach(self.day.agents, agent_id, list(Coaching)[what.which % 4])
            case "take_over":
                dialer.take_over(self.day.agents, agent_id)

    def _come_back(self, floor: Floor, agent_id: int) -> None:
        if not floor.store.dead and floor.dialer.floor.desk.seat(agent_id).state is AgentState.OFFLINE:
            floor.dialer.log_in(agent_id, [self.campaign.id])

    async def _dial_all_by_hand(self, floor: Floor) -> None:
        for nth, lead in enumerate(self.kept.all_leads() * 2):
            await self._disturb(floor, Disturbance(after_s=0.0, kind="dial_by_hand", which=nth % len(self.day.leads)))
            await self.clock.sleep(7.0 + lead.id % 5)


class _Nobody:
    """Nobody listens to the network while no dialer lives."""

    def __getattr__(self, name: str) -> Any:
        return lambda *args, **kwargs: None


def campaign_of(day: Day) -> Campaign:
    return Campaign(
        id=1,
        name="rough",
        purpose="service",
        mode=day.mode,
        hours=Hours(from_minute=9 * 60, to_minute=20 * 60, weekdays=frozenset(range(7))),
        dial=replace(
            DialRules(),
            max_tries=day.max_tries,
            min_gap_s=day.min_gap_s,
            next_number_at_once=day.next_number_at_once,
            retry={**STANDARD_RETRY, **SOON},
        ),
        pacing=PacingRules(controller=day.controller, fixed_ratio=day.fixed_ratio, lines_per_agent=day.lines_per_agent),
        preview=PreviewRules(countdown_s=day.countdown_s, on_expiry=day.on_expiry),
        message=MessageRules(length_s=12.0, keys=KEYS, leave_on_machine=day.seed % 2 == 0),
        detect_machines=day.detect,
        caller_ids=(CALLER_ID,),
        inbound=day.inbound,
        transfer={"billing": "+12025550199"},
        max_call_s=300.0,
    )


def leads_of(day: Day) -> list[Lead]:
    leads, phone_id = [], 0
    for nth, (country, layout, indexes) in enumerate(day.leads, start=1):
        zones = COUNTRY_ZONES[country]
        phones = []
        for place, index in enumerate(dict.fromkeys(indexes)):
            phone_id += 1
            phones.append(
                Phone(
                    id=phone_id,
                    number=f"{PREFIX[country]}{index:0{2 if country == 'US' else 7}d}",
                    country=country,
                    line_type=LineType.MOBILE,
                    zones=zones[(layout + place) % len(zones)],
                    position=place,
                )
            )
        leads.append(Lead(id=nth, campaign_id=1, list_id=1, customer_id=nth, tier=1 + nth % 5, phones=tuple(phones)))
    return leads


def live(day: Day) -> tuple[RoughDay, Records]:
    """Live the day; the day (with what was ``left`` over) and its records."""

    async def main(clock: VirtualClock) -> tuple[RoughDay, Records]:
        lived = RoughDay(day=day, clock=clock)
        return lived, await lived.live()

    return run_virtual(main, day.start_at)
