"""The commit happened and its answer never came: nothing is done twice, nothing is stuck.

A proxy stands between the store and the server and swallows the answer to what commits, then closes.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit, urlunsplit

import pytest

from callwright.adapters.postgres import setup
from callwright.adapters.postgres.store import PostgresStore
from callwright.compliance import DialPermit, Refusal
from callwright.compliance.permit import seal_permit
from callwright.dialer.ports import Batch, DialRequest, Order
from callwright.kit.errors import StoreUnavailable
from callwright.model.attempt import Attempt, Mode
from callwright.model.campaign import Campaign
from callwright.model.people import Lead, LeadStatus, Phone


@dataclass
class Proxy:
    """Passes bytes both ways until ``sign`` passes (a parameter of what commits, or the commit itself): ``swallow``
    lets it happen and swallows the answer, ``cut`` cuts before it.
    """

    server: str
    sign: bytes = b""
    swallow: bool = False
    cut: bool = False
    _tasks: list[asyncio.Task[None]] = field(default_factory=list)

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        upstream_reader, upstream_writer = await asyncio.open_unix_connection(self.server)
        dropping = asyncio.Event()

        async def down() -> None:
            while data := await upstream_reader.read(65536):
                if dropping.is_set():
                    break
                writer.write(data)
            writer.close()

        answers = asyncio.create_task(down())
        while data := await reader.read(65536):
            if self.sign in data and self.cut:
                self.cut = False
                break
            if self.sign in data and self.swallow:
                self.swallow = False
                dropping.set()
            upstream_writer.write(data)
        upstream_writer.close()
        writer.close()
        await asyncio.wait([answers], timeout=5)


@pytest.fixture
async def proxied(database_url: str, tmp_path: Path) -> AsyncIterator[tuple[PostgresStore, Proxy]]:
    parts = urlsplit(database_url)
    where = parse_qs(parts.query)
    proxy = Proxy(f"{where['host'][0]}/.s.PGSQL.{where['port'][0]}")
    listening = await asyncio.start_unix_server(proxy.serve, tmp_path / ".s.PGSQL.1")
    url = urlunsplit(parts._replace(query=urlencode({"host": str(tmp_path), "port": 1})))
    store = await PostgresStore.connect(url)
    yield store, proxy
    await store.close()
    listening.close()


@pytest.fixture
async def campaign(proxied: tuple[PostgresStore, Proxy]) -> Campaign:
    store, _ = proxied
    made = await setup.add_campaign(store, Campaign(id=0, name="spring"))
    list_id = await setup.add_list(store, "people")
    async with store.transaction() as going:
        for name in ("Ada", "Bo", "Cy"):
            customer = await going.connection.fetchval("insert into customers (name) values ($1) returning id", name)
            await going.connection.execute(
                "insert into leads (list_id, customer_id) values ($1, $2)", list_id, customer
            )
    assert await setup.attach_list(store, list_id, made.id) == 3
    return made


def request(campaign_id: int, attempt_id: int) -> DialRequest:
    phone = Phone(id=1, number="+12025550100", country="US")
    lead = Lead(id=1, campaign_id=campaign_id, list_id=1, customer_id=1, tier=1, phones=(phone,))
    attempt = Attempt(
        id=attempt_id,
        campaign_id=campaign_id,
        list_id=1,
        lead_id=1,
        customer_id=1,
        phone_id=1,
        number=phone.number,
        mode=Mode.PREDICTIVE,
        dialed_at=0.0,
    )
    return DialRequest(attempt=attempt, lead=lead, phone=phone)


def permit(request: DialRequest, _: Any) -> DialPermit | Refusal:
    return seal_permit(
        number=request.attempt.number,
        lead_id=1,
        customer_id=1,
        campaign_id=request.attempt.campaign_id,
        at=0.0,
        valid_until_s=5.0,
        packs="",
        digest="",
    )


FAULTS = [pytest.param("swallow", id="committed"), pytest.param("cut", id="not-committed")]


async def fails(deed: Awaitable[object], proxy: Proxy, fault: str, *, at: bytes) -> None:
    proxy.sign = at
    setattr(proxy, fault, True)
    with pytest.raises(StoreUnavailable):
        await deed
    assert not getattr(proxy, fault), "the fault did not strike"


@pytest.mark.parametrize("fault", FAULTS)
async def test_an_attempt_the_dialer_does_not_know_of_does_not_block_its_number(
    proxied: tuple[PostgresStore, Proxy], campaign: Campaign, fault: str
) -> None:
    store, proxy = proxied
    lost, again = await store.reserve_attempt_ids(2)
    await fails(store.open_attempts([request(campaign.id, lost)], permit, 0.0), proxy, fault, at=b"commit\0")
    (answer,) = await store.open_attempts([request(campaign.id, again)], permit, 0.0)
    assert isinstance(answer, DialPermit)
    assert [attempt.id for attempt in await store.live_attempts(campaign.id)] == [again]
    async with store.connected() as connection:
        outcomes = await connection.fetch("select outcome from attempts where id = $1", lost)
    assert [row["outcome"] for row in outcomes] == (["our_failure"] if fault == "swallow" else [])


@pytest.mark.parametrize("fault", FAULTS)
async def test_a_batch_saved_again_is_stored_once(
    proxied: tuple[PostgresStore, Proxy], campaign: Campaign, fault: str
) -> None:
    store, proxy = proxied
    sold = Order(attempt_id=1, lead_id=1, customer_id=1, campaign_id=campaign.id, agent_id=1, at=1.0, amount=1.0)
    batch = Batch(orders=[sold], outbox=[("greeting", {"n": 1})])
    await fails(store.save(batch), proxy, fault, at=b"greeting")
    batch.outbox.append(("greeting", {"n": 2}))  # what came meanwhile goes with the second try
    await store.save(batch)
    async with store.connected() as connection:
        assert await connection.fetchval("select count(*) from orders") == 1
        sent = [row["payload"]["n"] for row in await connection.fetch("select payload from outbox order by id")]
    assert sent == [1, 2]


@pytest.mark.parametrize("fault", FAULTS)
async def test_leads_claimed_in_a_lost_commit_are_due_again(
    proxied: tuple[PostgresStore, Proxy], campaign: Campaign, fault: str
) -> None:
    store, proxy = proxied
    await fails(store.claim_leads(campaign.id, owner="me", now=0.0, limit=2), proxy, fault, at=b"me ")
    claimed = await store.claim_leads(campaign.id, owner="me", now=0.0, limit=9)
    assert [lead.status for lead in claimed] == [LeadStatus.CLAIMED] * 3
