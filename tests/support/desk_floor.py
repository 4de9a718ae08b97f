"""A whole floor with its pages in one process and real time: real dialer, real web server, people who answer at once.

No database: the memory store, accounts in memory. The law allows calls at any hour, so that tests run at any hour.
"""

from __future__ import annotations

import asyncio
import random
import time
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace

from callwright.adapters.memory.store import MemoryStore
from callwright.app.desk_sight import DeskSight
from callwright.compliance import NoHolidays, RuleBook
from callwright.desk.accounts import Account
from callwright.dialer.events import Event
from callwright.dialer.network import Network
from callwright.dialer.ports import Trunk
from callwright.dialer.service import LINE_GRACE_S, Dialer
from callwright.kit.loop_clock import LoopClock
from callwright.model.agent import Agent
from callwright.model.attempt import Mode
from callwright.model.campaign import Campaign, Hours
from callwright.model.people import Lead, Phone
from callwright.sim.carrier import CarrierHabits, SimCarrier
from callwright.sim.fates import Fate, FateKind
from callwright.web.access import Access, hash_password
from callwright.web.desk_app import guarded, make_app
from callwright.web.desk_parts import DeskParts
from callwright.web.floor_view import FloorView
from callwright.web.ports import NoPhones, Phones
from callwright.web.screens import AgentScreens
from callwright.web.serving import serving
from support.desk_accounts import MemoryAccounts

PASSWORD = "correct horse"
ANY_HOUR = """
name = "international"
[[version]]
from = 1970-01-01
[[version.hours]]
days = "mon-sun"
open = ["00:00-24:00"]
source = "a test"
[version.abandon]
limit = 0.03
hours = 24
clock = "connect"
wait_limit_s = 2
min_ring_s = 15
identification_message = false
source = "a test"
"""
PEOPLE = (
    ("Ada Lovelace", "+4720000001", {"city": "Oslo", "tariff": "Family L", "customer since": "2019"}),
    ("Niels Abel", "+4720000002", {"city": "Bergen", "tariff": "Basic", "customer since": "2022"}),
    ("Sofie Lie", "+4720000003", {"city": "Oslo", "tariff": "Family M", "customer since": "2021"}),
)


@dataclass
class Answering:
    """Everybody picks up after ``ring_s`` and talks until somebody hangs up."""

    ring_s: float = 0.1
    talk_s: float = 600.0

    def on_dial(self, number: str, at: float, rng: random.Random) -> Fate:
        return Fate(kind=FateKind.PERSON, ring_s=self.ring_s, talk_s=self.talk_s)

    def on_end(self, number: str, fate: Fate, *, came_true: bool) -> None:
        return

    def on_call_us(self, number: str, at: float, rng: random.Random) -> Fate | None:
        return None


@dataclass
class DeskFloor:
    """A running floor; ``address`` is where its pages are."""

    address: str
    dialer: Dialer
    store: MemoryStore
    screens: AgentScreens
    parts: DeskParts
    network: Network
    campaign: Campaign
    events: list[Event] = field(default_factory=list)


def leads(people: Sequence[tuple[str, str, dict[str, str]]] = PEOPLE) -> list[Lead]:
    return [
        Lead(
            id=place,
            campaign_id=1,
            list_id=1,
            customer_id=place,
            tier=5,
            phones=(Phone(id=place, number=number, country="NO", zones=("Europe/Oslo",)),),
            name=name,
            facts=facts,
            time_zone="Europe/Oslo",
        )
        for place, (name, number, facts) in enumerate(people, start=1)
    ]


@asynccontextmanager
async def desk_floor(
    *,
    mode: Mode = Mode.PROGRESSIVE,
    network: Network | None = None,
    phones: Phones | None = None,
    trunk: str = "sim",
    line_grace_s: float = LINE_GRACE_S,
    people: Sequence[tuple[str, str, dict[str, str]]] = PEOPLE,
    **fields: object,
) -> AsyncIterator[DeskFloor]:
    """Serve a floor with the agents Anna (1) and Boris (2) and the team lead Lena (9) while the block runs."""
    clock = LoopClock(asyncio.get_running_loop())
    campaign = replace(
        Campaign(
            id=1,
            name="Spring offer",
            mode=mode,
            hours=Hours(from_minute=0, to_minute=1440, weekdays=frozenset(range(7))),
        ),
        **fields,
    )
    store = MemoryStore()
    store.add_campaign(campaign)
    store.add_leads(leads(people))
    trunks = [Trunk(name=trunk, channels=50, calls_per_s=50.0)]
    carrier = network or SimCarrier(
        clock, random.Random(1), Answering(), trunks, habits=CarrierHabits(post_dial_from_s=0.05, post_dial_to_s=0.05)
    )
    screens = AgentScreens(clock.now)
    dialer = Dialer(
        clock=clock,
        store=store,
        network=carrier,
        screens=screens,
        book=RuleBook.load(holidays=NoHolidays(), own={"international.toml": ANY_HOUR}),
        trunks=trunks,
        owner="test",
        line_grace_s=line_grace_s,
    )
    events: list[Event] = []
    dialer.listeners.extend((events.append, screens))
    hashed = hash_password(PASSWORD)
    staff = [Agent(id=1, name="Anna", team="Day"), Agent(id=2, name="Boris", team="Day"), _lead()]
    dialer.add_agents(staff)
    await dialer.add_campaign(campaign)
    dialer.keep_running = True
    sight = DeskSight(dialer, telephones=phones is not None)
    parts = DeskParts(
        floor=dialer,
        sight=sight,
        screens=screens,
        view=FloorView(sight, screens, time.time),
        access=Access(
            MemoryAccounts(*(Account(agent_id=a.id, name=a.name, lead=a.id == 9, password_hash=hashed) for a in staff)),
            time.time,
        ),
        phones=phones or NoPhones(),
    )
    running = asyncio.create_task(dialer.run(), name="dialer")
    try:
        async with serving(guarded(make_app(parts)), port=0) as address:
            try:
                yield DeskFloor(address, dialer, store, screens, parts, carrier, campaign, events)
            finally:
                await parts.close()
    finally:
        dialer.stop()
        await running


def _lead() -> Agent:
    known = {"lead": True} if "lead" in Agent.__dataclass_fields__ else {}
    return Agent(id=9, name="Lena", team="Day", **known)
