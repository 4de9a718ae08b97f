"""PostgreSQL stands still, or is killed, under a floor in real time: dialling stops within a second, calls go on, and
dialling resumes when it is back."""

from __future__ import annotations

import asyncio
import os
import signal
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

import psutil

from callwright.adapters.postgres.embedded import EmbeddedPostgres
from callwright.adapters.postgres.postmaster import find_postmaster
from callwright.app import simulated
from callwright.app.campaign_file import parse_campaign
from callwright.app.database import fill, open_database
from callwright.app.settings import Settings
from callwright.dialer.events import Event
from callwright.dialer.service import LEASE_S
from callwright.kit.loop_clock import LoopClock
from callwright.model.attempt import Mode
from callwright.sim.floor import FloorPlan
from callwright.sim.people import Distributions, Lognormal, RandomPeople
from support.postgres_records import read_records
from support.records import complaints
from support.rough_day import Day, Disturbance, live

MONDAY_10 = 1_772_445_600.0
SPEED = 10.0
CAMPAIGN = """
name = "still"
mode = "progressive"
country = "PT"

[hours]
time = "09:00-20:00"

[[list]]
name = "people"
file = "{file}"
country = "PT"
"""


@dataclass
class Watch:
    """When (by the wall clock) what happened on the floor."""

    seen: list[tuple[float, str]] = field(default_factory=list)

    def __call__(self, event: Event) -> None:
        kind = f"store {event.data['down']}" if event.kind == "store" else event.kind
        self.seen.append((time.monotonic(), kind))

    def count(self, *kinds: str, since: float = 0.0) -> int:
        return sum(kind in kinds and at >= since for at, kind in self.seen)

    async def until(self, count: int, kind: str, since: float, patience_s: float = 30.0) -> None:
        end = time.monotonic() + patience_s
        while self.count(kind, since=since) < count:
            assert time.monotonic() < end, f"{count} x {kind} did not come: {self.seen[-5:]}"
            await asyncio.sleep(0.02)


def _signal_all(server: EmbeddedPostgres, number: signal.Signals) -> None:
    """To the postmaster and every process of it."""
    found = find_postmaster(server.pgdata)
    assert found is not None
    postmaster = psutil.Process(found.pid)
    for process in [postmaster, *postmaster.children(recursive=True)]:
        process.send_signal(number)


async def _quiet_second(watch: Watch, length_s: float) -> None:
    """From a second after now on nothing is dialled for ``length_s``, while calls go on."""
    lost_at = time.monotonic()
    await asyncio.sleep(1.0 + length_s)
    assert watch.count("dial", since=lost_at + 1.0) == 0
    assert watch.count("connect", "end", "answer", since=lost_at) > 0


async def _live(url: str, server: EmbeddedPostgres, people: Path) -> None:
    plan = parse_campaign(CAMPAIGN.format(file=people))
    clock, watch = LoopClock(asyncio.get_running_loop(), SPEED, MONDAY_10), Watch()
    spread = Distributions(answer_by_hour=(0.6,) * 24, talk=Lognormal(mean=25.0, cv=0.3))
    floor_plan = FloorPlan.of(4)
    async with open_database(Settings(database_url=url)) as database:
        filled = await fill(database, plan, agents=floor_plan.agents(), trunks=(), now=MONDAY_10)
        floor = await simulated.compose(
            clock=clock,
            store=database.store,
            campaign=filled.campaign,
            trunks=(),
            people=RandomPeople(3, spread),
            floor_plan=floor_plan,
            agents=filled.agents,
            seed=3,
            flush_s=0.5,
            lease_s=LEASE_S,
            list_ids=filled.list_ids,
            listeners=[watch],
        )
        running = asyncio.create_task(floor.dialer.run())
        await watch.until(6, "dial", since=0.0)

        _signal_all(server, signal.SIGSTOP)
        try:
            await _quiet_second(watch, 1.0)
        finally:
            _signal_all(server, signal.SIGCONT)
        await watch.until(3, "dial", since=time.monotonic())

        found = find_postmaster(server.pgdata)
        assert found is not None
        os.kill(found.pid, signal.SIGKILL)
        await _quiet_second(watch, 1.0)
        assert watch.count("store True") == 1
        await asyncio.to_thread(server.start)
        await watch.until(1, "store False", since=0.0)
        await watch.until(3, "dial", since=time.monotonic())

        floor.dialer.wind_down()
        await asyncio.wait_for(running, 60.0)
    records = await read_records(url, filled.campaign)
    assert complaints(records) == []
    assert floor.carrier.channels_used(simulated.DEFAULT_TRUNK.name) == 0


def test_a_database_that_stands_still_and_one_that_dies(
    new_server: Callable[[], EmbeddedPostgres], tmp_path: Path
) -> None:
    people = tmp_path / "people.csv"
    people.write_text("phone\n" + "".join(f"+35191{n * 7919:07d}\n" for n in range(1, 400)), encoding="utf-8")
    server = new_server()
    asyncio.run(_live(server.start(), server, people))


def test_dialling_stops_within_a_second_in_every_mode() -> None:
    """The same in virtual time, to the instant, with the store gone for five minutes."""
    for mode in (Mode.PREDICTIVE, Mode.PROGRESSIVE, Mode.PREVIEW, Mode.MESSAGE):
        day = Day(
            mode=mode,
            start_at=MONDAY_10,
            leads=tuple(("PT", 0, (n,)) for n in range(400)),
            controller="fixed_ratio",
            disturbances=(Disturbance(after_s=200.0, kind="outage", lasts_s=300.0),),
        )
        lived, records = live(day)
        assert complaints(records) == []
        gone, back = MONDAY_10 + 200.0, MONDAY_10 + 500.0
        dials = [event["at"] for event in lived.events if event["kind"] == "dial"]
        assert sum(at < gone for at in dials) > 5
        assert [at - gone for at in dials if gone + 1.0 < at < back] == []
        assert any(back <= at < back + 5.0 for at in dials)
        ends = [event for event in lived.events if event["kind"] == "end" and gone < event["at"] < back]
        assert ends, "calls go on"
        assert [event["down"] for event in lived.events if event["kind"] == "store"] == [True, False]
