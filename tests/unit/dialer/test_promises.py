"""Call-backs, owned records, quotas: who may be called by whom, and when a campaign has enough."""

from __future__ import annotations

from typing import Any

from callwright.model.agent import Agent
from callwright.model.attempt import Mode
from callwright.model.campaign import PacingRules
from callwright.model.outcome import Outcome
from callwright.model.people import Lead, LeadStatus, LineType, Phone

WIDE = PacingRules(controller="fixed_ratio", fixed_ratio=3.0)


def a_lead(n: int, **facts: Any) -> Lead:
    phone = Phone(
        id=n, number=f"+35191{n:07d}", country="PT", line_type=LineType.MOBILE, zones=("Europe/Lisbon",), position=0
    )
    return Lead(id=n, campaign_id=1, list_id=1, customer_id=n, tier=facts.pop("tier", 5), phones=(phone,), **facts)


async def talk(kit: Any, order: int, code: str, **more: Any) -> None:
    """Answer the n-th call, talk a minute, dispose."""
    attempt_id = kit.network.orders[order].attempt_id
    kit.network.sink.on_answered(attempt_id)
    await kit.clock.sleep(60.0)
    kit.network.sink.on_ended(attempt_id, sip=None, q850=16, by="person")
    kit.dialer.dispose(kit.attempt(order).agent_id, attempt_id, code, **more)
    await kit.dialer.committed()


def test_a_personal_callback_is_made_by_its_agent_and_before_every_list(floor: Any) -> None:
    async def scenario(kit: Any) -> None:
        await kit.start()
        await kit.agents(2)
        first = kit.attempt(0)
        await talk(kit, 0, "callback", callback_at=kit.clock.now() + 7200.0, callback_mine=True)
        mine = first.agent_id
        assert kit.store.callbacks[0].agent_id == mine
        for order in kit.network.orders[1:]:
            kit.network.sink.on_ended(order.attempt_id, sip=486, q850=17, by="carrier")
        await kit.clock.sleep(7300.0)
        again = [a for a in kit.store.all_attempts() if a.lead_id == first.lead_id]
        assert len(again) == 2
        kit.network.sink.on_answered(again[1].id)
        assert again[1].agent_id == mine

    floor(scenario, [a_lead(1), a_lead(2)], pacing=WIDE)


def test_a_personal_callback_missed_for_half_an_hour_is_anybodys(floor: Any) -> None:
    async def scenario(kit: Any) -> None:
        await kit.start()
        await kit.agents(2)
        first = kit.attempt(0)
        await talk(kit, 0, "callback", callback_at=kit.clock.now() + 3600.0, callback_mine=True)
        kit.dialer.log_out(first.agent_id)
        await kit.clock.sleep(3600.0 + 1700.0)
        assert sum(a.lead_id == first.lead_id for a in kit.store.all_attempts()) == 1
        await kit.clock.sleep(200.0)
        assert sum(a.lead_id == first.lead_id for a in kit.store.all_attempts()) == 2

    floor(scenario, [a_lead(1)])


def test_an_owned_record_goes_to_its_owner_only(floor: Any) -> None:
    async def scenario(kit: Any) -> None:
        await kit.start()
        await kit.agents(2)
        await kit.clock.sleep(60.0)
        assert len(kit.network.orders) == 1
        kit.network.sink.on_answered(kit.network.orders[0].attempt_id)
        assert kit.attempt(0).agent_id == 2

    floor(scenario, [a_lead(1, owner_agent_id=2)])


def test_tiers_are_paced_and_routed_to_those_who_may_call_them(floor: Any) -> None:
    async def scenario(kit: Any) -> None:
        await kit.start()
        for n, tiers in ((1, {4, 5}), (2, {1, 2})):
            kit.dialer.add_agents([Agent(id=n, name=str(n), tiers=frozenset(tiers), seniority=n)])
            kit.dialer.log_in(n, [1])
            kit.dialer.ready(n)
        await kit.clock.sleep(5.0)
        tiers = [a.tier for a in kit.store.all_attempts()]
        assert sorted(set(tiers)) == [1, 5]  # tier 3 has nobody
        best, worst = tiers.index(1), tiers.index(5)
        for n in (best, worst):
            kit.network.sink.on_answered(kit.network.orders[n].attempt_id)
        assert (kit.attempt(best).agent_id, kit.attempt(worst).agent_id) == (2, 1)

    leads = [*(a_lead(n, tier=5) for n in range(1, 200)), a_lead(500, tier=1), a_lead(501, tier=3)]
    floor(scenario, leads, pacing=WIDE, tier_agents=True)


def test_a_full_cell_is_not_called_further_and_the_target_ends_the_campaign(floor: Any) -> None:
    async def scenario(kit: Any) -> None:
        await kit.start()
        await kit.agents(1)
        await talk(kit, 0, "not_interested")
        await kit.clock.sleep(2.0)
        by_lead = {a.lead_id for a in kit.store.all_attempts()}
        men = {x.id for x in kit.store.all_leads() if x.facts["sex"] == "m"}
        assert len(by_lead & men) == 1
        assert kit.dialer.floor.runs[1].refusals["quota_full"] == len(men) - 1
        assert all(x.status is LeadStatus.EXHAUSTED for x in kit.store.all_leads() if x.id in men - by_lead)
        await talk(kit, 1, "not_interested")
        await kit.clock.sleep(2.0)
        assert kit.dialer.floor.runs[1].done
        assert len([a for a in kit.store.all_attempts() if a.outcome is Outcome.TALKED]) == 2

    leads = [a_lead(n, facts={"sex": "m" if n <= 4 else "f"}) for n in range(1, 9)]
    floor(scenario, leads, mode=Mode.PROGRESSIVE, quotas={"sex": {"m": 1}}, target_completed=2)
