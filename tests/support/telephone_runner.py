"""Callwright as a process of its own, to be killed: the real dialer, PostgreSQL, Asterisk, agents who answer at once.

    python telephone_runner.py CONFIG.json

What happens on its floor is written line by line to ``events`` of the configuration, by one ``write`` each; it takes
orders (see ``_Control``) on a socket, as the agents' pages would give them.
"""

from __future__ import annotations

import asyncio
import json
import os
import sys
import time
from dataclasses import replace
from pathlib import Path
from typing import Any

from callwright.adapters.asterisk.ari import AriAddress
from callwright.adapters.asterisk.media import MediaServer
from callwright.adapters.asterisk.network import AsteriskNetwork
from callwright.adapters.asterisk.plan import AgentLine, SipTrunk, TelephonePlan
from callwright.adapters.asterisk.prompts import Prompts
from callwright.adapters.asterisk.root import AsteriskRoot
from callwright.adapters.postgres import setup
from callwright.adapters.postgres.store import PostgresStore
from callwright.compliance import NoHolidays, RuleBook
from callwright.dialer.events import Event
from callwright.dialer.network import Originate
from callwright.dialer.ports import Trunk
from callwright.dialer.service import Dialer
from callwright.kit.errors import CallwrightError
from callwright.kit.loop_clock import LoopClock
from callwright.model.agent import AgentState
from callwright.model.attempt import Attempt
from callwright.model.campaign import Campaign
from callwright.model.people import Lead

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
KINDS = {"talkers": "+4722", "ringers": "+4721", "notices": "+4723", "brief": "+4724"}
"""Kinds of people called: each a campaign, a list, a trunk, by the beginning of their numbers."""
HOSTS = {"talkers": 1, "ringers": 2, "notices": 1, "brief": 3, "agents": 5, "phones": 6, "spare": 7, "ours": 16}


def agent_host(agent_id: int, last: int) -> str:
    """Where an agent's telephone is: the last twelve are apart, by eight (to be killed) and four (to spare)."""
    return "spare" if agent_id > last - 4 else "phones" if agent_id > last - 12 else "agents"


def plan_of(config: dict[str, Any]) -> TelephonePlan:
    """The same plan for Asterisk's files and for the program that commands it."""
    net, last = config["net"], config["agents"]
    ours = f"{net}.{HOSTS['ours']}"
    return TelephonePlan(
        trunks=tuple(
            SipTrunk(name=kind, host=f"{net}.{HOSTS[kind]}", codecs=("ulaw",), announcements=False) for kind in KINDS
        ),
        agents=tuple(
            AgentLine(
                agent_id=n,
                contact=f"sip:agent{n}@{net}.{HOSTS[agent_host(n, last)]}:5060",
                silence_s=config["silence_s"],
            )
            for n in range(1, last + 1)
        )
        + tuple(AgentLine(agent_id=int(n), secret=secret) for n, secret in config["browsers"].items()),
        sip_bind=ours,
        media_address=ours,
        http_bind=ours,
        ari_secret=config["secret"],
        media_url=f"ws://{ours}:{config['media_port']}/media",
    )


class _Network(AsteriskNetwork):
    """Every third call is recorded."""

    def originate(self, order: Originate) -> None:
        super().originate(replace(order, record=order.attempt_id % 3 == 0))


class _Told:
    """Writes what happens, at the instant it happens, where a kill cannot take it back."""

    def __init__(self, path: str) -> None:
        self._file = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)

    def __call__(self, kind: str, **facts: Any) -> None:
        line = json.dumps({"at": time.time(), "pid": os.getpid(), "kind": kind, **facts}, default=str)
        os.write(self._file, line.encode() + b"\n")

    def hear(self, event: Event) -> None:
        self(event.kind, **event.data)

    def on_recording(self, attempt_id: int, side: str, name: str, at: float) -> None:
        self("recording", attempt=attempt_id, side=side, name=name)

    def on_recorded(self, attempt_id: int, side: str, name: str, seconds: float, at: float) -> None:
        self("recorded", attempt=attempt_id, side=side, name=name)

    def on_recording_failed(self, attempt_id: int, side: str, why: str) -> None:
        self("not recorded", attempt=attempt_id, side=side, why=why)


class _Staff:
    """Agents who are ready whenever they can be, and note every call in a moment. (``Screens`` of the desk.)"""

    def __init__(self, paused: set[int]) -> None:
        self.dialer: Dialer | None = None
        self.campaigns: list[int] = []
        self._paused = paused

    def on_state(self, agent_id: int, state: AgentState, reason: str | None) -> None:
        if state is AgentState.NOT_READY and reason == "login" and agent_id not in self._paused:
            asyncio.get_running_loop().call_later(0.05, self._ready, agent_id)
        elif state is AgentState.OFFLINE and reason == "lost":
            asyncio.get_running_loop().call_later(3.0, self._come_back, agent_id)

    def _come_back(self, agent_id: int) -> None:
        """As the agent's page does when it is opened again."""
        assert self.dialer is not None
        if self.dialer.seats()[agent_id].state is AgentState.OFFLINE:
            self.dialer.log_in(agent_id, self.campaigns)

    def _ready(self, agent_id: int) -> None:
        assert self.dialer is not None
        if self.dialer.seats()[agent_id].state is AgentState.NOT_READY:
            self.dialer.ready(agent_id)

    def on_preview(self, agent_id: int, lead: Lead, countdown_s: float | None) -> None: ...

    def on_call(self, agent_id: int, attempt: Attempt, lead: Lead | None) -> None: ...

    def on_call_changed(self, agent_id: int, hand: Any) -> None: ...

    def on_call_ended(self, agent_id: int, attempt: Attempt) -> None:
        asyncio.get_running_loop().call_later(1.0, self._dispose, agent_id, attempt.id)

    def _dispose(self, agent_id: int, attempt_id: int) -> None:
        assert self.dialer is not None
        if self.dialer.seats()[agent_id].attempt_id == attempt_id:
            self.dialer.dispose(agent_id, attempt_id, "not_interested")


class _Control:
    """Orders from outside, one JSON a line: what an agent's page would send, and a look at the floor."""

    def __init__(self, dialer: Dialer) -> None:
        self._dialer = dialer

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while line := await reader.readline():
            order = json.loads(line)
            try:
                said = self._obey(**order)
            except CallwrightError as error:
                said = {"error": str(error)}
            writer.write(json.dumps(said).encode() + b"\n")
            await writer.drain()
        writer.close()

    def _obey(self, do: str, agent: int = 0) -> dict[str, Any]:
        dialer = self._dialer
        match do:
            case "look":
                return {
                    "calls": {c.attempt.id: c.attempt.state.value for c in dialer.floor.calls.values()},
                    "agents": {n: seat.state.value for n, seat in dialer.seats().items()},
                    "with": {n: seat.attempt_id for n, seat in dialer.seats().items()},
                    "lines": [n for n in dialer.seats() if dialer.line_up(n)],
                    "network": dialer.floor.network_up,
                    "store_down": dialer.floor.journal.store_down,
                }
            case "park":
                dialer.park(agent)
            case "hang_up":
                dialer.hang_up(agent)
        return {}


async def run(config: dict[str, Any]) -> None:
    told = _Told(config["events"])
    told("begun")
    plan = plan_of(config)
    loop = asyncio.get_running_loop()
    store = await PostgresStore.connect(config["database_url"])
    clock = LoopClock(loop)
    media = MediaServer(user=plan.ari_user, secret=plan.ari_secret, host=plan.http_bind, port=config["media_port"])
    await media.start()
    trunks = [Trunk(name=kind, channels=500, calls_per_s=40.0, prefixes=(KINDS[kind],)) for kind in KINDS]
    root = AsteriskRoot(directory=Path(config["root"]) if config["root"] else None, version=())
    network = _Network(
        address=AriAddress(host=plan.http_bind, port=plan.http_port, secret=plan.ari_secret),
        plan=plan,
        trunks=trunks,
        clock=clock,
        prompts=Prompts(root, Path(config["sounds"])),
        media=media,
        recordings=told,
    )
    agents = await store.agents()
    staff = _Staff(set(config["paused"]))
    dialer = staff.dialer = Dialer(
        clock=clock,
        store=store,
        network=network,
        screens=staff,
        book=RuleBook.load(holidays=NoHolidays(), own={"international.toml": ANY_HOUR}),
        trunks=trunks,
        owner=config["name"],
    )
    dialer.listeners.append(told.hear)
    dialer.add_agents(agents)
    await network.start()
    ids = []
    for name in KINDS:
        campaign = await store.campaign(name)
        assert isinstance(campaign, Campaign)
        ids.append(campaign.id)
        await dialer.add_campaign(campaign, list_ids=await setup.list_ids(store, campaign.id))
    dialer.keep_running = True
    server = await asyncio.start_unix_server(_Control(dialer).serve, config["control"])
    staff.campaigns = ids[:1]
    told("control")
    for agent in agents:
        dialer.log_in(agent.id, ids[:1])
    try:
        await dialer.run()
    finally:
        server.close()
        await network.close()
        await media.close()
        await store.close()


if __name__ == "__main__":
    import logging

    logging.basicConfig(level=logging.WARNING, format="%(asctime)s %(name)s %(levelname)s %(message)s")
    asyncio.run(run(json.loads(Path(sys.argv[1]).read_text(encoding="utf-8"))))
