"""What an app adds around dialling: campaigns, lists, agents; a list called through once more; claims given back."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from dataclasses import fields

import pytest

from callwright.adapters.postgres import setup
from callwright.adapters.postgres.campaign_json import campaign_from_json, campaign_to_json
from callwright.adapters.postgres.store import PostgresStore
from callwright.dialer.ports import Batch
from callwright.kit.errors import NotFound
from callwright.kit.words import Words
from callwright.model.agent import Agent
from callwright.model.attempt import Mode
from callwright.model.campaign import (
    CallQuota,
    Campaign,
    DayPart,
    DialRules,
    Hours,
    MessageRules,
    PacingRules,
    PreviewRules,
    RetryRule,
)
from callwright.model.outcome import STANDARD_DISPOSITIONS, Ban, Disposition, Outcome
from callwright.model.people import LeadStatus

EVERYTHING = Campaign(
    id=7,
    name="Весна 春",
    purpose="debt",
    mode=Mode.PROGRESSIVE,
    language="ru",
    lists=("a", "b"),
    list_mix={"a": 2.0, "b": 1.0},
    packs=("us-federal",),
    country="US",
    hours=Hours(from_minute=1, to_minute=2, weekdays=frozenset({6})),
    starts_at=1.5,
    ends_at=2.5,
    priority=3,
    dial=DialRules(
        max_tries=2,
        max_tries_per_number=1,
        retry={Outcome.BUSY: RetryRule(delay_s=5.0, most=None), Outcome.FAX: None},
        quota=CallQuota(parts=(DayPart(name="am", from_minute=0, to_minute=720),), most_per_part=1, most=6, days=2),
    ),
    pacing=PacingRules(abandon_target=0.01),
    preview=PreviewRules(countdown_s=9.0),
    message=MessageRules(keys={"1": "success"}),
    dispositions={
        **STANDARD_DISPOSITIONS,
        "own": Disposition(code="own", words=Words(en="o", zh="o", ru="o"), ban=Ban.CAMPAIGN, redial_s=3.0),
    },
    skills={"ru": 5},
    tier_agents=True,
    caller_ids=("+12025550199",),
    target_completed=10,
    quotas={"city": {"Москва": 5}},
    order_value=2.5,
    consent_needed="call",
)


@pytest.fixture
async def store(database_url: str) -> AsyncIterator[PostgresStore]:
    made = await PostgresStore.connect(database_url)
    yield made
    await made.close()


def test_a_campaign_survives_its_json() -> None:
    import json

    again = campaign_from_json(json.loads(campaign_to_json(EVERYTHING)), campaign_id=7)
    for field in fields(Campaign):
        assert getattr(again, field.name) == getattr(EVERYTHING, field.name), field.name


async def test_a_campaign_is_replaced_under_its_name(store: PostgresStore) -> None:
    first = await setup.add_campaign(store, EVERYTHING)
    assert await store.campaign(EVERYTHING.name) == first
    second = await setup.add_campaign(store, Campaign(id=0, name=EVERYTHING.name, purpose="survey"))
    assert second.id == first.id
    assert await store.campaign(EVERYTHING.name) == second
    async with store.connected() as connection:
        codes = {row["code"] for row in await connection.fetch("select code from dispositions")}
    assert codes == STANDARD_DISPOSITIONS.keys()


async def test_agents_are_updated_by_name(store: PostgresStore) -> None:
    (first,) = await setup.add_agents(store, [Agent(id=0, name="Li", skills={"zh": 3, "en": 1})])
    (again,) = await setup.add_agents(store, [Agent(id=0, name="Li", team="b", skills={"zh": 4})])
    assert again.id == first.id
    assert await store.agents() == [again]


async def leads_of(store: PostgresStore, count: int) -> tuple[Campaign, int]:
    campaign = await setup.add_campaign(store, Campaign(id=0, name="spring"))
    list_id = await setup.add_list(store, "people")
    assert await setup.add_list(store, "people") == list_id
    async with store.connected() as connection:
        await connection.execute("insert into customers (name) select 'x' from generate_series(1, $1::int)", count)
        await connection.execute("insert into leads (list_id, customer_id) select $1, id from customers", list_id)
    assert await setup.attach_list(store, list_id, campaign.id) == count
    assert await setup.attach_list(store, list_id, campaign.id) == 0
    return campaign, list_id


async def test_an_attached_list_brings_its_leads(store: PostgresStore) -> None:
    campaign, list_id = await leads_of(store, 5)
    assert await setup.list_ids(store, campaign.id) == {"people": list_id}
    assert (await store.progress(campaign.id)).open == 5


async def test_lead_counts_stay_right_when_folded(store: PostgresStore) -> None:
    campaign, _ = await leads_of(store, 3)
    for nth in range(120):
        for status in (LeadStatus.DONE, LeadStatus.WAITING):
            (lead,) = await store.leads([1 + nth % 3])
            lead.status = status
            await store.save(Batch(leads={lead.id: lead}))
    many = await asyncio.gather(*(store.progress(campaign.id) for _ in range(4)))
    assert {(progress.leads, progress.open) for progress in many} == {(3, 3)}
    async with store.connected() as connection:
        assert await connection.fetchval("select count(*) from lead_counts") < 120


async def test_a_list_reset_calls_again_whom_it_may(store: PostgresStore) -> None:
    _, list_id = await leads_of(store, 4)
    leads = await store.leads([1, 2, 3, 4])
    ends = (LeadStatus.EXHAUSTED, LeadStatus.DONE, LeadStatus.UNCALLABLE, LeadStatus.CLAIMED)
    for lead, status in zip(sorted(leads, key=lambda one: one.id), ends, strict=True):
        lead.status, lead.tries, lead.outcome_tries, lead.called_since_reset = status, 6, {"busy": 6}, True
    await store.save(Batch(leads={lead.id: lead for lead in leads}))
    assert await setup.reset_list(store, list_id, 1000.0) == 1
    again = {lead.id: lead for lead in await store.leads([1, 2, 3, 4])}
    assert (again[1].status, again[1].tries, again[1].outcome_tries) == (LeadStatus.DUE, 0, {})
    assert not again[1].called_since_reset
    assert [again[nth].status for nth in (2, 3, 4)] == [LeadStatus.DONE, LeadStatus.UNCALLABLE, LeadStatus.CLAIMED]
    with pytest.raises(NotFound, match="no list"):
        await setup.reset_list(store, list_id + 99, 1000.0)


async def test_idle_claims_are_recovered(store: PostgresStore) -> None:
    campaign, _ = await leads_of(store, 3)
    assert len(await store.claim_leads(campaign.id, owner="dead", now=0.0, limit=2)) == 2
    assert await setup.recover_claims(store, campaign.id) == 2
    assert len(await store.claim_leads(campaign.id, owner="new", now=0.0, limit=9)) == 3
