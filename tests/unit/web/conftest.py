"""A floor that notes what it is asked, accounts in memory, and the real application over them."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

import httpx
import pytest
from starlette.types import ASGIApp

from callwright.desk.accounts import Account
from callwright.desk.service import Desk, Seat
from callwright.kit.loop_clock import LoopClock
from callwright.model.agent import Agent
from callwright.model.attempt import Attempt, Mode
from callwright.model.campaign import Campaign
from callwright.model.people import Lead, Phone
from callwright.web.access import Access, hash_password
from callwright.web.desk_app import guarded, make_app
from callwright.web.desk_parts import DeskParts
from callwright.web.floor_view import FloorView
from callwright.web.ports import NoPhones
from callwright.web.screens import AgentScreens
from support.desk_accounts import MemoryAccounts

PASSWORD = "correct horse"
OWN = {"x-callwright": "1"}
BASE = "http://127.0.0.1:8000"


@pytest.fixture(scope="session")
def password_hash() -> str:
    return hash_password(PASSWORD)


@dataclass
class Targets:
    agents: Sequence[tuple[int, str]] = ()
    names: Sequence[str] = ()


@dataclass
class NotedFloor:
    """Notes every deed; ``seats`` are those of a real desk."""

    desk: Desk
    campaign: Campaign
    deeds: list[tuple[Any, ...]] = field(default_factory=list)
    windows: list[tuple[float, float]] = field(default_factory=list)
    call: tuple[Attempt, Lead | None] | None = None
    refuse: Exception | None = None
    lines: Mapping[int, bool] | None = None
    waiting: Sequence[Any] = ()

    def __getattr__(self, name: str) -> Any:
        if name.startswith("_"):
            raise AttributeError(name)

        def deed(*args: Any, **named: Any) -> None:
            if self.refuse is not None:
                raise self.refuse
            self.deeds.append((name, *args, *(named.items() if named else ())))

        return deed

    async def committed(self) -> None:
        self.deeds.append(("committed",))

    async def dial_manual(self, agent_id: int, campaign_id: int, number: str) -> object | None:
        self.deeds.append(("dial_manual", agent_id, campaign_id, number))
        return None if number.endswith("0") else object()

    def hand_on_targets(self, agent_id: int) -> Targets:
        return Targets(agents=[(2, "Boris")], names=["Back office"])

    def parked(self) -> Sequence[Any]:
        return self.waiting

    # what there is to see
    def seats(self) -> Mapping[int, Seat]:
        return self.desk.seats

    def campaigns(self) -> Sequence[Campaign]:
        return [self.campaign]

    def line_up(self, agent_id: int) -> bool | None:
        return None if self.lines is None else self.lines.get(agent_id, False)

    def call_of(self, agent_id: int) -> tuple[Attempt, Lead | None] | None:
        return self.call

    def callback_windows(self, attempt_id: int, from_at: float, until_at: float) -> Sequence[tuple[float, float]]:
        return [(max(a, from_at), min(b, until_at)) for a, b in self.windows if a < until_at and b > from_at]


@dataclass
class DeskKit:
    """The application with agent 1, Anna, and agent 9, Lena, who leads."""

    parts: DeskParts
    floor: NotedFloor
    accounts: MemoryAccounts
    screens: AgentScreens
    app: Any
    served: ASGIApp
    now: list[float]

    def client(self, **more: Any) -> httpx.AsyncClient:
        return httpx.AsyncClient(transport=httpx.ASGITransport(self.served), base_url=BASE, **more)

    @asynccontextmanager
    async def signed_in(self, name: str = "Anna") -> AsyncIterator[httpx.AsyncClient]:
        async with self.client(headers=OWN) as client:
            answer = await client.post("/api/login", json={"name": name, "password": PASSWORD})
            assert answer.status_code == 200, answer.text
            yield client

    def in_call(self, agent_id: int = 1, attempt_id: int = 5) -> Attempt:
        """Put an agent into a call with Ada."""
        seat = self.floor.desk.seat(agent_id)
        self.floor.desk.log_in(agent_id, [1])
        self.floor.desk.ready(agent_id)
        attempt = an_attempt(attempt_id, agent_id, self.now[0])
        self.floor.desk.take_call(seat, 1, attempt_id)
        self.floor.call = (attempt, ADA)
        self.screens.on_call(agent_id, attempt, ADA)
        return attempt


ADA = Lead(
    id=11,
    campaign_id=1,
    list_id=1,
    customer_id=7,
    tier=2,
    phones=(Phone(id=3, number="+442079460001", country="GB", zones=("Europe/London",)),),
    name="Ada Lovelace",
    facts={"city": "London"},
)


def an_attempt(attempt_id: int, agent_id: int, now: float) -> Attempt:
    return Attempt(
        id=attempt_id,
        campaign_id=1,
        list_id=1,
        lead_id=11,
        customer_id=7,
        phone_id=3,
        number="+442079460001",
        mode=Mode.PREDICTIVE,
        dialed_at=now,
        agent_id=agent_id,
        connected_at=now,
    )


@pytest.fixture
async def desk(password_hash: str) -> DeskKit:
    now = [1_800_000_000.0]
    screens = AgentScreens(lambda: now[0])
    floor = NotedFloor(
        desk=Desk(
            clock=LoopClock(asyncio.get_running_loop()), screens=screens, record=lambda i: None, changed=lambda s: None
        ),
        campaign=Campaign(id=1, name="spring", country="GB"),
    )
    floor.desk.add([Agent(id=1, name="Anna"), Agent(id=2, name="Boris"), Agent(id=9, name="Lena")])
    accounts = MemoryAccounts(
        Account(agent_id=1, name="Anna", password_hash=password_hash),
        Account(agent_id=2, name="Boris"),
        Account(agent_id=9, name="Lena", lead=True, password_hash=password_hash),
    )
    parts = DeskParts(
        floor=floor,
        sight=floor,
        screens=screens,
        view=FloorView(floor, screens, lambda: now[0]),
        access=Access(accounts, lambda: now[0]),
        phones=NoPhones(),
        now=lambda: now[0],
    )
    app = make_app(parts)
    return DeskKit(parts, floor, accounts, screens, app, guarded(app), now)
