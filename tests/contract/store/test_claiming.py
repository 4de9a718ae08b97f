"""Claiming leads: order, exclusiveness, whose they are, promotion, progress. The same in every store."""

from __future__ import annotations

import asyncio
from typing import Any

from callwright.dialer.ports import Batch
from callwright.model.people import LeadStatus


async def test_claims_by_priority_then_time_then_id(world: Any) -> None:
    await world.add_leads(
        [
            world.lead(0, next_at=world.now + 5),
            world.lead(1, next_at=world.now),
            world.lead(2, next_at=world.now),
            world.lead(3, next_at=world.now + 9, priority=7),
        ]
    )
    assert [lead.id for lead in await world.claim(3)] == [4, 2, 3]
    assert [lead.id for lead in await world.claim(3)] == [1]
    assert await world.claim(3) == []


async def test_a_claimed_lead_carries_all_that_is_known(world: Any) -> None:
    await world.leads(1, time_zone="America/Chicago")
    (lead,) = await world.claim()
    assert (lead.status, lead.tier, lead.name, lead.language) == (LeadStatus.CLAIMED, 3, "Person 0", "en")
    assert (lead.list_id, lead.campaign_id, lead.time_zone) == (world.list_id, world.campaign.id, "America/Chicago")
    assert dict(lead.facts) == {"city": "Москва", "n": "0"}
    assert lead.phones == world.lead(0).phones
    assert lead.next_at == world.now


async def test_concurrent_claimers_never_share_a_lead(world: Any) -> None:
    await world.leads(300)

    async def claim_all(owner: str) -> list[int]:
        mine: list[int] = []
        while got := await world.store.claim_leads(world.campaign.id, owner=owner, now=world.now, limit=7):
            mine += [lead.id for lead in got]
        return mine

    shares = await asyncio.gather(*(claim_all(f"dialer {nth}") for nth in range(4)))
    claimed = [lead_id for share in shares for lead_id in share]
    assert len(claimed) == len(set(claimed)) == 300


async def test_released_leads_are_due_again_unchanged(world: Any) -> None:
    await world.leads(2)
    first = (await world.claim())[0]
    await world.store.release_leads([first])
    assert [lead.id for lead in await world.claim()] == [first.id]
    await world.store.release_leads([])


async def test_owned_leads_go_only_to_their_agent(world: Any) -> None:
    await world.add_leads(
        [
            world.lead(0),
            world.lead(1, owner_agent_id=11),
            world.lead(2, callback_agent_id=12),
            world.lead(3, owner_agent_id=13),
        ]
    )
    assert [lead.id for lead in await world.claim()] == [1]
    assert [lead.id for lead in await world.claim(agent_ids=[11, 12])] == [2, 3]
    assert await world.claim(agent_ids=[11, 12]) == []
    assert [lead.id for lead in await world.claim(agent_ids=[13])] == [4]


async def test_a_missed_personal_callback_becomes_anybodys(world: Any) -> None:
    await world.add_leads(
        [
            world.lead(0, callback_agent_id=11, next_at=world.now - 100),
            world.lead(1, callback_agent_id=11, next_at=world.now - 10),
            world.lead(2, callback_agent_id=11, owner_agent_id=12, next_at=world.now - 100),
            world.lead(3, callback_agent_id=11, next_at=world.now - 100, status=LeadStatus.WAITING),
        ]
    )
    assert await world.store.free_missed_callbacks(world.campaign.id, world.now - 50) == 2
    assert await world.store.free_missed_callbacks(world.campaign.id, world.now - 50) == 0
    assert [lead.id for lead in await world.claim()] == [1]
    assert [lead.id for lead in await world.claim(agent_ids=[12])] == [3]
    assert [lead.id for lead in await world.claim(agent_ids=[11])] == [2]


async def test_claims_from_one_list(world: Any) -> None:
    await world.leads(3)
    assert await world.claim(list_id=world.list_id + 1) == []
    assert [lead.id for lead in await world.claim(2, list_id=world.list_id)] == [1, 2]


async def test_waiting_leads_are_promoted_when_their_time_has_come(world: Any) -> None:
    await world.add_leads(
        [world.lead(nth, status=LeadStatus.WAITING, next_at=world.now + nth * 100) for nth in range(3)]
    )
    assert await world.claim() == []
    assert await world.store.promote_due(world.campaign.id, world.now + 100) == 2
    assert [lead.id for lead in await world.claim()] == [1, 2]
    assert await world.store.promote_due(world.campaign.id, world.now + 100) == 0


async def test_saved_leads_come_back_as_saved(world: Any) -> None:
    await world.leads(1)
    (lead,) = await world.claim()
    lead.status, lead.next_at, lead.next_phone_id = LeadStatus.WAITING, world.now + 50.25, 1
    lead.tries, lead.outcome_tries, lead.phone_tries = 2, {"busy": 2}, {1: 2}
    lead.last_outcome, lead.last_attempt_id, lead.last_attempt_at = "busy", 77, world.now - 3
    lead.redial_of, lead.callback, lead.callback_agent_id = 77, True, 5
    lead.called_since_reset, lead.priority = True, 3
    await world.store.save(Batch(leads={lead.id: lead}))
    (again,) = await world.store.leads([lead.id])
    for name in lead.__slots__:
        assert getattr(again, name) == getattr(lead, name), name
    await world.store.promote_due(world.campaign.id, world.now + 60)
    assert [lead.id for lead in await world.claim(agent_ids=[5])] == [1]


async def test_progress_counts_without_counting(world: Any) -> None:
    assert (await world.store.progress(world.campaign.id)).leads == 0
    await world.leads(4)
    progress = await world.store.progress(world.campaign.id)
    assert (progress.leads, progress.open) == (4, 4)
    assert progress.next_due_at is not None
    assert progress.next_due_at <= world.now
    one, two, three, _ = await world.claim()
    one.status, two.status, three.status = LeadStatus.DONE, LeadStatus.WAITING, LeadStatus.EXHAUSTED
    two.next_at = world.now + 500
    await world.store.save(Batch(leads={lead.id: lead for lead in (one, two, three)}))
    progress = await world.store.progress(world.campaign.id)
    assert (progress.leads, progress.open, progress.next_due_at) == (4, 2, world.now + 500)
    two.status = LeadStatus.UNCALLABLE
    await world.store.save(Batch(leads={two.id: two}))
    progress = await world.store.progress(world.campaign.id)
    assert (progress.open, progress.next_due_at) == (1, None)


async def test_claimed_leads_are_found_for_recovery(world: Any) -> None:
    await world.leads(3)
    claimed = await world.claim(2)
    assert sorted(lead.id for lead in await world.store.claimed_leads(world.campaign.id)) == sorted(
        lead.id for lead in claimed
    )


async def test_finds_the_lead_of_a_number(world: Any) -> None:
    await world.leads(2)
    found = await world.store.lead_for_number(world.campaign.id, "+12025550001")
    assert found is not None
    assert found.id == 2
    assert await world.store.lead_for_number(world.campaign.id, "+12025559999") is None
    assert await world.store.lead_for_number(world.campaign.id + 1, "+12025550001") is None


async def test_a_dead_phone_is_marked_once(world: Any) -> None:
    await world.leads(1)
    await world.store.save(Batch(dead_phones={1: "no_such_number"}))
    await world.store.save(Batch(dead_phones={1: "fax"}))
    (lead,) = await world.claim()
    assert lead.phones[0].dead == "no_such_number"


async def test_a_lease_keeps_others_out_until_it_ends(world: Any) -> None:
    lease, campaign_id = world.store.lease_campaign, world.campaign.id
    assert await lease(campaign_id, "a", world.now, 10)
    assert await lease(campaign_id, "a", world.now + 5, 10)
    assert not await lease(campaign_id, "b", world.now + 14, 10)
    assert await lease(campaign_id, "b", world.now + 15, 10)
    assert not await lease(campaign_id, "a", world.now + 16, 10)
