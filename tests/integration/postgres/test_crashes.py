"""kill -9 of the embedded postmaster in the middle of saves: what was acknowledged is there, and only once."""

from __future__ import annotations

import asyncio
import os
import random
import signal
import subprocess
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from callwright.adapters.postgres import setup
from callwright.adapters.postgres.embedded import EmbeddedPostgres
from callwright.adapters.postgres.migrations import migrate
from callwright.adapters.postgres.postmaster import find_postmaster
from callwright.adapters.postgres.store import PostgresStore
from callwright.compliance import DialPermit, Refusal
from callwright.compliance.permit import seal_permit
from callwright.dialer.ports import Batch, DialRequest, Order
from callwright.kit.errors import StoreUnavailable
from callwright.model.attempt import Attempt, AttemptState, Mode
from callwright.model.campaign import Campaign
from callwright.model.outcome import Outcome
from callwright.model.people import Lead, Phone


def permit(request: DialRequest, _: Any) -> DialPermit | Refusal:
    a = request.attempt
    return seal_permit(
        number=a.number,
        lead_id=None,
        customer_id=None,
        campaign_id=a.campaign_id,
        at=0.0,
        valid_until_s=5.0,
        packs="",
        digest="",
    )


class Floor:
    """Opens, ends and sells without pause, as a dialer with its journal would, and remembers what was acknowledged."""

    def __init__(self, store: PostgresStore, campaign_id: int, name: int) -> None:
        self.store, self.campaign_id, self.name = store, campaign_id, name
        self.opened: set[int] = set()
        self.ended: set[int] = set()
        self.sold: list[int] = []
        self.failures = 0
        self.stop = False

    async def run(self) -> None:
        batch = Batch()
        while not self.stop:
            try:
                (attempt_id,) = await self.store.reserve_attempt_ids(1)
                attempt = self.attempt(attempt_id)
                phone = Phone(id=0, number=attempt.number, country="US")
                lead = Lead(id=0, campaign_id=1, list_id=1, customer_id=0, tier=1, phones=(phone,))
                request = DialRequest(attempt=attempt, lead=lead, phone=phone)
                (answer,) = await self.store.open_attempts([request], permit, 0.0)
            except StoreUnavailable:
                await self.wait()
                continue
            assert isinstance(answer, DialPermit), "an attempt that was never acknowledged blocks its number"
            self.opened.add(attempt_id)
            attempt.state, attempt.outcome, attempt.ended_at = AttemptState.ENDED, Outcome.TALKED, 1.0
            batch.attempts[attempt_id] = attempt
            batch.orders.append(
                Order(
                    attempt_id=attempt_id,
                    lead_id=None,
                    customer_id=None,
                    campaign_id=self.campaign_id,
                    agent_id=None,
                    at=1.0,
                    amount=1.0,
                )
            )
            self.sold.append(attempt_id)
            while True:
                try:
                    await self.store.save(batch)
                    break
                except StoreUnavailable:
                    await self.wait()
            self.ended.update(batch.attempts)
            batch = Batch()

    def attempt(self, attempt_id: int) -> Attempt:
        return Attempt(
            id=attempt_id,
            campaign_id=self.campaign_id,
            list_id=None,
            lead_id=None,
            customer_id=None,
            phone_id=None,
            number=f"+1202555{self.name:04d}",  # always the same number: what is not ended blocks the next
            mode=Mode.PREDICTIVE,
            dialed_at=0.0,
        )

    async def wait(self) -> None:
        self.failures += 1
        await asyncio.sleep(0.02)


@pytest.mark.parametrize("kills", [4, pytest.param(50, marks=pytest.mark.soak)])
async def test_nothing_acknowledged_is_lost_and_nothing_is_stored_twice(
    new_server: Callable[[], EmbeddedPostgres], kills: int
) -> None:
    server = new_server()
    url = server.start()
    await migrate(url)
    store = await PostgresStore.connect(url)
    campaign = await setup.add_campaign(store, Campaign(id=0, name="spring"))
    floors = [Floor(store, campaign.id, name) for name in range(3)]
    running = [asyncio.create_task(floor.run()) for floor in floors]
    for nth in range(kills):
        await asyncio.sleep(0.2 + 0.037 * (nth % 7))
        found = find_postmaster(server.pgdata)
        assert found is not None
        os.kill(found.pid, signal.SIGKILL)
        await asyncio.sleep(0.05)
        assert await asyncio.to_thread(server.start) == url
    await asyncio.sleep(0.3)
    for floor in floors:
        floor.stop = True
    await asyncio.gather(*running)
    async with store.connected() as connection:
        attempts = {row["id"]: row for row in await connection.fetch("select id, state, outcome from attempts")}
        orders = [row["attempt_id"] for row in await connection.fetch("select attempt_id from orders order by id")]
    await store.close()
    assert sum(floor.failures for floor in floors) > 0, "no kill hit anything"
    for floor in floors:
        assert floor.opened <= attempts.keys()
        assert all(attempts[attempt_id]["outcome"] == "talked" for attempt_id in floor.ended)
    assert sorted(orders) == sorted(attempt_id for floor in floors for attempt_id in floor.sold)
    doubtful = attempts.keys() - {attempt_id for floor in floors for attempt_id in floor.opened}
    assert all(attempts[attempt_id]["outcome"] == "our_failure" for attempt_id in doubtful)


@pytest.fixture
def small_disk() -> Iterator[Path]:
    if os.geteuid() != 0:
        pytest.skip("needs root to mount a small disk")
    disk = Path(tempfile.mkdtemp(prefix="callwright-test-"))
    mounted = subprocess.run(["mount", "-t", "tmpfs", "-o", "size=240m,mode=711", "tmpfs", disk], check=False)
    if mounted.returncode != 0:
        disk.rmdir()
        pytest.skip("cannot mount a small disk here")
    yield disk
    subprocess.run(["umount", "-l", disk], check=True)
    disk.rmdir()


async def fill_until_it_fails(store: PostgresStore, filler: Path, kept: list[int]) -> None:
    """Save batch after batch; after the twentieth, something else takes all the space."""
    with filler.open("wb") as file:
        for nth in range(200):
            noise = random.Random(nth).randbytes(400_000).hex()
            await store.save(Batch(outbox=[("fill", {"nth": nth, "noise": noise})]))
            kept.append(nth)
            while nth == 20 and _room(filler):
                file.write(b"\0" * 1_000_000)
                file.flush()


def _room(path: Path) -> bool:
    return os.statvfs(path).f_bavail * os.statvfs(path).f_frsize > 1_500_000


async def test_a_disk_that_fills_up_loses_nothing_and_recovers_when_freed(small_disk: Path) -> None:
    server = EmbeddedPostgres(small_disk, settings={"fsync": "off"})
    filler, kept = small_disk / "filler", list[int]()
    try:
        url = await asyncio.to_thread(server.start)
        await migrate(url)
        store = await PostgresStore.connect(url)
        with pytest.raises(StoreUnavailable, match=r"free some space|does not answer"):
            await fill_until_it_fails(store, filler, kept)
        filler.unlink()
        await asyncio.to_thread(server.start)
        await store.save(Batch(outbox=[("fill", {"nth": -1})]))
        async with store.connected() as connection:
            found = {row["nth"] for row in await connection.fetch("select (payload->>'nth')::int as nth from outbox")}
        assert found >= {-1, *kept}
        assert len(kept) > 20
        await store.close()
    finally:
        await asyncio.to_thread(server.stop)
