"""Trunks and caller IDs at work on a floor: fail-over, caps, refusals with their reasons, and restarts."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

import pytest

from callwright.adapters.memory.store import MemoryStore
from callwright.dialer.line_keeping import NO_TRUNK
from callwright.dialer.ports import CallerId, LineRules, Trunk
from callwright.dialer.trunk_health import BreakerState
from callwright.model.agent import AgentState
from callwright.model.attempt import Mode
from callwright.model.campaign import Campaign, DialRules, Hours, PacingRules
from callwright.model.outcome import Media, Outcome
from callwright.model.people import Lead, LeadStatus, LineType, Phone

TWO = (Trunk(name="a", channels=50, calls_per_s=50.0), Trunk(name="b", channels=50, calls_per_s=50.0))
FIXED = PacingRules(controller="fixed_ratio", fixed_ratio=1.0)
LISBON, PORTO = "+351210000001", "+351220000001"


def a_lead(n: int, number: str | None = None, **facts: Any) -> Lead:
    phone = Phone(
        id=n,
        number=number or f"+35191{n:07d}",
        country="PT",
        line_type=LineType.MOBILE,
        zones=("Europe/Lisbon",),
    )
    return Lead(id=n, campaign_id=1, list_id=1, customer_id=n, tier=5, phones=(phone,), **facts)


def fail(kit: Any, order: int, *, sip: int | None = 503, q850: int | None = 41) -> None:
    kit.network.sink.on_ended(kit.network.orders[order].attempt_id, sip=sip, q850=q850, by="carrier")


# --- fail-over ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("mode", [Mode.PREDICTIVE, Mode.PROGRESSIVE, Mode.PREVIEW])
def test_what_one_carrier_fails_goes_over_the_other_at_once_for_the_same_agent(floor: Any, mode: Mode) -> None:
    async def scenario(kit: Any) -> None:
        await kit.start()
        await kit.agents(1)
        if mode is Mode.PREVIEW:
            kit.dialer.accept_preview(1)
            await kit.clock.sleep(0.1)
        fail(kit, 0)
        await kit.clock.sleep(0.1)
        first, second = kit.attempt(0), kit.attempt(1)
        assert (first.trunk, first.outcome, second.trunk) == ("a", Outcome.CARRIER_FAILURE, "b")
        assert (second.lead_id, second.number, second.try_no) == (first.lead_id, first.number, 1)
        assert [order.permit.number for order in kit.network.orders] == [first.number] * 2, "each with its own permit"
        if mode is not Mode.PREDICTIVE:
            assert kit.dialer.floor.desk.seat(1).state is AgentState.RESERVED
        kit.network.sink.on_answered(second.id)
        assert kit.network.joined == [(second.id, 1)]
        lead = kit.store.all_leads()[0]
        kit.network.sink.on_ended(second.id, sip=None, q850=16, by="person")
        kit.dialer.dispose(1, second.id, "success")
        await kit.dialer.committed()
        assert (lead.status, lead.tries) == (LeadStatus.DONE, 1)
        assert not kit.dialer.floor.runs[1].tried
        assert kit.dialer.floor.desk.seat(1).state is AgentState.READY

    floor(scenario, [a_lead(1)], trunks=TWO, mode=mode, pacing=FIXED)


def test_each_trunk_is_tried_once_then_the_ordinary_rule_holds(floor: Any) -> None:
    async def scenario(kit: Any) -> None:
        await kit.start()
        await kit.agents(1)
        fail(kit, 0)
        await kit.clock.sleep(0.1)
        fail(kit, 1, sip=None, q850=34)
        await kit.clock.sleep(60.0)
        assert [order.trunk for order in kit.network.orders] == ["a", "b"]
        lead = kit.store.all_leads()[0]
        assert (lead.status, lead.tries, lead.last_outcome) == (LeadStatus.WAITING, 0, Outcome.CARRIER_FAILURE)
        await kit.clock.sleep(700.0)  # carrier_failure: 5 minutes, and never within the least gap of 10
        assert [order.trunk for order in kit.network.orders] == ["a", "b", "a"], "a new try begins with the first again"

    floor(scenario, [a_lead(1)], trunks=TWO, pacing=FIXED)


def test_what_we_did_not_dial_ourselves_says_nothing_of_the_carrier(floor: Any) -> None:
    async def scenario(kit: Any) -> None:
        await kit.start()
        await kit.agents(8)
        for order in list(kit.network.orders):  # a permit that became stale, a number our own gate refuses
            kit.network.sink.on_ended(order.attempt_id, sip=None, q850=None, by="us")
        await kit.clock.sleep(1.0)
        assert len(kit.network.orders) == 8, "no other trunk is tried for it"
        assert {kit.attempt(n).outcome for n in range(8)} == {Outcome.OUR_FAILURE}
        assert kit.dialer.floor.lines.breaker("a") is BreakerState.CLOSED
        assert {lead.tries for lead in kit.store.all_leads()} == {0}

    floor(scenario, [a_lead(n) for n in range(1, 9)], trunks=TWO, pacing=FIXED)


@pytest.mark.parametrize("sign", ["ring", "early", "answer_elsewhere", "busy"])
def test_a_telephone_that_rang_and_a_number_that_is_busy_are_not_dialled_again_at_once(floor: Any, sign: str) -> None:
    async def scenario(kit: Any) -> None:
        await kit.start()
        await kit.agents(1)
        attempt_id = kit.network.orders[0].attempt_id
        if sign == "ring":
            kit.network.sink.on_ringing(attempt_id)
        elif sign == "early":
            kit.network.sink.on_early_media(attempt_id, Media.SILENCE)
        if sign == "busy":
            fail(kit, 0, sip=486, q850=17)
        elif sign == "answer_elsewhere":
            fail(kit, 0, sip=404, q850=34)  # congestion wins over the code: this is a carrier's failure
        else:
            fail(kit, 0)
        await kit.clock.sleep(60.0)
        assert len(kit.network.orders) == (2 if sign == "answer_elsewhere" else 1)

    floor(scenario, [a_lead(1)], trunks=TWO, pacing=FIXED)


def test_a_whole_carrier_dies_under_a_floor_and_everybody_is_reached_over_the_other(floor: Any) -> None:
    async def scenario(kit: Any) -> None:
        await kit.start()
        await kit.agents(20)
        failed = 0
        for _ in range(400):
            for order in list(kit.network.orders[failed:]):
                failed += 1
                attempt = kit.dialer.floor.calls.get(order.attempt_id)
                if attempt is None:
                    continue
                if order.trunk == "a":
                    kit.network.sink.on_ended(order.attempt_id, sip=503, q850=38, by="carrier")
                else:
                    kit.network.sink.on_ringing(order.attempt_id)
                    kit.network.sink.on_ended(order.attempt_id, sip=486, q850=17, by="carrier")
            await kit.clock.sleep(0.5)
        over_a = [order for order in kit.network.orders if order.trunk == "a"]
        assert 6 <= len(over_a) <= 60, "those under way when it died, and a few trials"
        reached = {attempt.lead_id for attempt in kit.store.all_attempts() if attempt.trunk == "b"}
        assert reached == set(range(1, 201))
        assert all(lead.tries == 1 for lead in kit.store.all_leads() if lead.outcome_tries.get("busy"))
        states = [event.data["state"] for event in kit.events if event.kind == "trunk" and event.data["name"] == "a"]
        assert states[0] == "open"
        assert [change.state for change in kit.store.line_changes][:1] == ["open"]
        assert kit.dialer.floor.lines._by_name["a"].busy == 0

    floor(scenario, [a_lead(n) for n in range(1, 201)], trunks=TWO, pacing=FIXED, dial=DialRules(max_tries=1))


def test_no_fail_over_when_the_floor_closes_or_there_is_one_trunk(floor: Any) -> None:
    async def scenario(kit: Any) -> None:
        await kit.start()
        await kit.agents(1)
        fail(kit, 0)
        await kit.clock.sleep(10.0)
        assert len(kit.network.orders) == 1

    floor(scenario, [a_lead(1)], trunks=TWO[:1], pacing=FIXED)


# --- refusals -----------------------------------------------------------------------------------------------------


def test_a_number_no_trunk_may_dial_is_set_aside_with_its_reason_and_stops_nobody(floor: Any) -> None:
    async def scenario(kit: Any) -> None:
        await kit.start()
        await kit.agents(1)
        await kit.clock.sleep(1.0)
        assert [order.permit.lead_id for order in kit.network.orders] == [2]
        lead = kit.store.all_leads()[0]
        assert (lead.status, lead.last_outcome) == (LeadStatus.UNCALLABLE, NO_TRUNK)
        await kit.dialer.committed()
        refused = [row for row in kit.store.ledger if row.decision == "refuse"]
        assert [(row.rule, row.number) for row in refused] == [("trunk:risky_prefix", "+881612345678")]
        event = next(event for event in kit.events if event.kind == "refuse")
        assert (event.data["rule"], event.data["about"]) == ("trunk:risky_prefix", "+881")

    floor(scenario, [a_lead(1, "+881612345678", priority=5), a_lead(2)], pacing=FIXED)


def test_an_hourly_count_that_is_used_up_lets_the_record_wait(floor: Any) -> None:
    async def scenario(kit: Any) -> None:
        await kit.start()
        await kit.clock.sleep(3000.0)
        numbers = [order.permit.number for order in kit.network.orders]
        assert sum(number.startswith("+35192") for number in numbers) == 2
        assert sum(number.startswith("+35191") for number in numbers) == 3
        waiting = [lead for lead in kit.store.all_leads() if lead.status is LeadStatus.WAITING]
        assert len(waiting) == 3
        await kit.clock.sleep(700.0)
        numbers = [order.permit.number for order in kit.network.orders]
        assert sum(number.startswith("+35192") for number in numbers) == 4
        assert [(c.kind, c.name, c.state) for c in kit.store.line_changes][:1] == [
            ("prefix", "+35192", "calls_per_hour")
        ]

    leads = [a_lead(n, f"+35192{n:07d}", priority=5) for n in range(1, 6)] + [a_lead(n) for n in (7, 8, 9)]
    floor(scenario, leads, mode=Mode.MESSAGE, purpose="service", line_rules=LineRules(calls_per_hour={"+35192": 2}))


def test_spent_money_stops_the_trunk_and_a_restart_knows_of_it(floor: Any) -> None:
    dear = (Trunk(name="a", channels=50, calls_per_s=50.0, cost_per_minute=10.0, most_per_day=40.0),)
    kept = MemoryStore()
    campaign = Campaign(id=1, name="spring", country="PT", hours=Hours(), mode=Mode.MESSAGE, purpose="service")
    kept.add_campaign(campaign)
    kept.add_leads([a_lead(n) for n in range(1, 9)])

    async def first(kit: Any) -> None:
        await kit.start()
        await kit.clock.sleep(1.0)
        assert len(kit.network.orders) == 4, "a minute is kept back for each"
        for order in list(kit.network.orders):
            kit.network.sink.on_answered(order.attempt_id)
        await kit.clock.sleep(50.0)
        for order in list(kit.network.orders):
            kit.network.sink.on_ended(order.attempt_id, sip=None, q850=16, by="person")
        await kit.clock.sleep(2.0)
        assert len(kit.network.orders) == 4, "33.33 are spent: one minute more would be over 40"
        assert [(c.name, c.state) for c in kit.store.line_changes] == [("a", "spend_day")]
        await kit.dialer.committed()

    async def second(kit: Any) -> None:
        await kit.clock.sleep(120.0)
        await kit.start()
        await kit.clock.sleep(60.0)
        assert kit.network.orders == []
        assert kit.dialer.floor.lines.spent("a", kit.clock.now())[1] == pytest.approx(4 * 50.0 / 6.0)

    facts = {"mode": Mode.MESSAGE, "purpose": "service", "trunks": dear}
    floor(first, store=kept, **facts)
    floor(second, store=kept, **facts)


# --- caller IDs ---------------------------------------------------------------------------------------------------


def test_the_permit_sees_the_number_that_is_shown_and_the_customer_keeps_it(floor: Any) -> None:
    shown: dict[int, str | None] = {}

    async def scenario(kit: Any) -> None:
        kit.store.add_caller_ids([CallerId(number=LISBON, daily_cap=1), CallerId(number=PORTO)])
        await kit.start()
        await kit.clock.sleep(2.0)
        orders = list(kit.network.orders)
        assert sum(order.caller_id == LISBON for order in orders) == 1, "its cap"
        assert len(orders) == 4
        for order in orders:
            shown[order.permit.lead_id or 0] = order.caller_id
            kit.network.sink.on_ended(order.attempt_id, sip=486, q850=17, by="carrier")
        await kit.dialer.committed()
        assert kit.store._shown == shown
        await kit.clock.sleep(700.0)
        for order in kit.network.orders[4:]:
            if shown[order.permit.lead_id or 0] == PORTO:
                assert order.caller_id == PORTO

    floor(scenario, [a_lead(n) for n in range(1, 5)], mode=Mode.MESSAGE, purpose="service", caller_ids=(LISBON, PORTO))


def test_with_every_number_resting_the_floor_waits_and_dials_as_they_come_free(floor: Any) -> None:
    async def scenario(kit: Any) -> None:
        kit.store.add_caller_ids([CallerId(number=LISBON, rest_s=30.0), CallerId(number=PORTO, rest_s=30.0)])
        await kit.start()
        for _ in range(100):
            for order in kit.network.orders:
                kit.network.sink.on_ringing(order.attempt_id)
            await kit.clock.sleep(1.0)
        dialed = sorted((order.caller_id, kit.attempt(n).dialed_at) for n, order in enumerate(kit.network.orders))
        assert len(dialed) in (7, 8)
        assert all(order.caller_id for order in kit.network.orders)
        for (one, at), (two, then) in pairwise(dialed):
            assert one != two or then - at >= 30.0

    floor(scenario, [a_lead(n) for n in range(1, 41)], mode=Mode.MESSAGE, purpose="service", caller_ids=(LISBON, PORTO))


def test_a_call_back_is_made_from_the_number_it_was_promised_on(floor: Any) -> None:
    async def scenario(kit: Any) -> None:
        await kit.start()
        await kit.agents(1)
        sink = kit.network.sink
        kit.network.sink.on_inbound(77, "+351910000001", PORTO)  # they ring another of our numbers
        await kit.clock.sleep(0.1)
        call = next(call for call in kit.dialer.floor.calls.values() if call.attempt.mode is Mode.INBOUND)
        await kit.clock.sleep(30.0)
        sink.on_ended(call.attempt.id, sip=None, q850=16, by="person")
        kit.dialer.dispose(1, call.attempt.id, "callback", callback_at=kit.clock.now() + 1800.0)
        await kit.clock.sleep(1900.0)
        assert [order.caller_id for order in kit.network.orders if order.permit.lead_id == 1][-1] == PORTO

    floor(
        scenario,
        [a_lead(1, shown_as=LISBON, status=LeadStatus.WAITING, next_at=9e9)],
        caller_ids=(LISBON, PORTO),
        inbound=True,
    )


def test_a_number_withdrawn_while_the_floor_runs_is_shown_no_more(floor: Any) -> None:
    async def scenario(kit: Any) -> None:
        kit.store.add_caller_ids([CallerId(number=LISBON), CallerId(number=PORTO)])
        await kit.start()
        await kit.agents(1)
        kit.store.add_caller_ids([CallerId(number=LISBON, withdrawn=True)])
        await kit.clock.sleep(40.0)
        told = [
            (event.kind, event.data["name"], event.data["state"]) for event in kit.events if event.kind == "caller_id"
        ]
        assert ("caller_id", LISBON, "withdrawn") in told
        for n in range(1, 8):
            kit.network.sink.on_ended(kit.network.orders[-1].attempt_id, sip=486, q850=17, by="carrier")
            await kit.clock.sleep(1.5)
            assert kit.network.orders[n].caller_id == PORTO

    floor(scenario, [a_lead(n) for n in range(1, 12)], caller_ids=(LISBON, PORTO), pacing=FIXED)
