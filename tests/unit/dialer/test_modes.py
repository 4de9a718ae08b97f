"""The life of a call in each mode, event by event, on a network that only does what the test says."""

from __future__ import annotations

from typing import Any

from callwright.compliance import BanEntry
from callwright.model.agent import AgentState
from callwright.model.attempt import AttemptState, Mode
from callwright.model.campaign import DialRules, MessageRules, PacingRules, PreviewRules
from callwright.model.outcome import Media, Outcome
from callwright.model.people import LeadStatus
from support.leads import FIXED, a_lead


def test_predictive_talk_from_dial_to_disposition(floor: Any) -> None:
    async def scenario(kit: Any) -> None:
        await kit.start()
        await kit.agents(1)
        sink, first = kit.network.sink, kit.network.orders[0].attempt_id
        sink.on_ringing(first)
        await kit.clock.sleep(5.0)
        sink.on_answered(first)
        assert kit.network.joined == [(first, 1)]
        await kit.clock.sleep(60.0)
        sink.on_ended(first, sip=None, q850=16, by="person")
        seat = kit.dialer.floor.desk.seat(1)
        assert seat.state is AgentState.WRAP_UP
        await kit.clock.sleep(15.0)
        kit.dialer.dispose(1, first, "success", order_amount=99.0)
        await kit.dialer.committed()
        attempt = kit.attempt(0)
        assert (attempt.state, attempt.outcome, attempt.disposition) == (AttemptState.ENDED, Outcome.TALKED, "success")
        assert abs(attempt.talk_s - 60.0) < 1e-6
        assert abs(attempt.wrap_s - 15.0) < 1e-6
        assert kit.store.orders[0].amount == 99.0
        legs = [(leg.kind, leg.agent_id, leg.ended_at - leg.answered_at) for leg in kit.store.legs]
        assert legs == [("agent", 1, 60.0), ("customer", None, 60.0)]
        assert seat.state is AgentState.READY
        assert {lead.id: lead.status for lead in kit.store.all_leads()}[attempt.lead_id] is LeadStatus.DONE

    floor(scenario, [a_lead(n) for n in range(1, 6)])


def test_an_answer_nobody_takes_is_abandoned_with_a_message_and_made_good_later(floor: Any) -> None:
    async def scenario(kit: Any) -> None:
        await kit.start()
        await kit.agents(1)
        sink = kit.network.sink
        one, two = (order.attempt_id for order in kit.network.orders[:2])
        sink.on_answered(one)
        sink.on_answered(two)
        await kit.clock.sleep(1.9)
        assert kit.network.played == []
        await kit.clock.sleep(0.2)
        assert kit.network.played == [(two, "safe_harbour")]
        sink.on_play_ended(two)
        abandoned = kit.attempt(1)
        assert (abandoned.outcome, abandoned.disposition) == (Outcome.ABANDONED, "abandoned")
        await kit.clock.sleep(1.0)
        lead = next(x for x in kit.store.all_leads() if x.id == abandoned.lead_id)
        assert lead.redial_of == two
        assert lead.status is LeadStatus.WAITING
        run = kit.dialer.floor.runs[1]
        assert (run.window.answers, run.window.abandons) == (2, 1)

    floor(scenario, [a_lead(n) for n in range(1, 6)], pacing=FIXED)


def test_progressive_first_answer_wins_and_the_others_are_dropped_before_answer(floor: Any) -> None:
    async def scenario(kit: Any) -> None:
        await kit.start()
        await kit.agents(1)
        assert len(kit.network.orders) == 3
        one, two, three = (order.attempt_id for order in kit.network.orders)
        assert kit.dialer.floor.desk.seat(1).state is AgentState.RESERVED
        kit.network.sink.on_answered(two)
        assert kit.network.joined == [(two, 1)]
        assert sorted(kit.network.hung_up) == [one, three]
        assert kit.attempt(0).outcome is Outcome.DROPPED
        assert kit.attempt(2).answered_at is None

    floor(
        scenario,
        [a_lead(n) for n in range(1, 9)],
        mode=Mode.PROGRESSIVE,
        pacing=PacingRules(lines_per_agent=3),
    )


def test_progressive_dials_on_for_the_same_agent_until_somebody_answers(floor: Any) -> None:
    async def scenario(kit: Any) -> None:
        await kit.start()
        await kit.agents(1)
        for n in range(3):
            assert len(kit.network.orders) == n + 1
            attempt = kit.network.orders[n].attempt_id
            kit.network.sink.on_ended(attempt, sip=486, q850=17, by="carrier")
            await kit.clock.sleep(0.6)
        assert kit.dialer.floor.desk.seat(1).state is AgentState.RESERVED

    floor(scenario, [a_lead(n) for n in range(1, 9)], mode=Mode.PROGRESSIVE)


def test_progressive_agent_who_leaves_takes_the_ringing_lines_along(floor: Any) -> None:
    async def scenario(kit: Any) -> None:
        await kit.start()
        await kit.agents(1)
        kit.dialer.pause(1, "rest")
        assert kit.network.hung_up == [kit.network.orders[0].attempt_id]
        assert kit.attempt(0).outcome is Outcome.DROPPED

    floor(scenario, [a_lead(n) for n in range(1, 9)], mode=Mode.PROGRESSIVE)


def test_preview_accept_decline_and_countdown(floor: Any) -> None:
    async def scenario(kit: Any) -> None:
        await kit.start()
        await kit.agents(1)
        seat = kit.dialer.floor.desk.seat(1)
        assert seat.state is AgentState.PREVIEW
        assert kit.network.orders == []
        kit.dialer.decline_preview(1, "knows me")
        await kit.clock.sleep(1.0)
        declined = next(x for x in kit.store.all_leads() if x.last_outcome == "declined: knows me")
        assert declined.tries == 0
        kit.dialer.accept_preview(1)
        await kit.clock.sleep(0.1)
        assert len(kit.network.orders) == 1
        kit.network.sink.on_ended(kit.network.orders[0].attempt_id, sip=486, q850=17, by="carrier")
        await kit.clock.sleep(1.0)
        assert seat.state is AgentState.PREVIEW  # the next card
        await kit.clock.sleep(20.5)
        assert len(kit.network.orders) == 2  # the countdown accepted it

    floor(
        scenario,
        [a_lead(n) for n in range(1, 9)],
        mode=Mode.PREVIEW,
        preview=PreviewRules(countdown_s=20.0, on_expiry="accept"),
    )


def test_manual_dial_goes_through_the_rules(floor: Any) -> None:
    async def scenario(kit: Any) -> None:
        await kit.start()
        await kit.agents(1)
        kit.store.add_ban(BanEntry(number="+351910000100", at=0.0))
        assert await kit.dialer.dial_manual(1, 1, "+351910000100") is None
        assert kit.dialer.floor.desk.seat(1).state is AgentState.READY
        call = await kit.dialer.dial_manual(1, 1, "+351910000200")
        assert call is not None
        assert kit.network.orders[0].permit.number == "+351910000200"
        kit.network.sink.on_ended(call.attempt.id, sip=486, q850=17, by="carrier")
        assert kit.dialer.floor.desk.seat(1).state is AgentState.READY

    floor(scenario, [a_lead(1), a_lead(2)], mode=Mode.MANUAL)


def test_message_campaign_keys_and_opt_out(floor: Any) -> None:
    async def scenario(kit: Any) -> None:
        await kit.start()
        await kit.clock.sleep(1.0)
        sink = kit.network.sink
        for order in list(kit.network.orders):
            sink.on_answered(order.attempt_id)
        a, b, c = (order.attempt_id for order in kit.network.orders)
        sink.on_key(a, "1")
        sink.on_key(b, "9")
        for attempt_id in (a, b, c):
            sink.on_play_ended(attempt_id)
        await kit.dialer.committed()
        assert [kit.attempt(n).disposition for n in range(3)] == ["success", "never_call", "message_played"]
        assert [ban.number for ban in kit.store.bans] == [kit.attempt(1).number]
        assert {kit.attempt(n).outcome for n in range(3)} == {Outcome.MESSAGE_PLAYED}

    floor(
        scenario,
        [a_lead(n) for n in range(1, 4)],
        mode=Mode.MESSAGE,
        message=MessageRules(keys={"1": "success", "9": "never_call"}),
    )


def test_machines_are_told_apart_before_an_agent_is_taken(floor: Any) -> None:
    async def scenario(kit: Any) -> None:
        await kit.start()
        await kit.agents(2)
        sink = kit.network.sink
        one, two = (order.attempt_id for order in kit.network.orders[:2])
        assert kit.network.orders[0].detect_machine
        sink.on_answered(one)
        sink.on_answered(two)
        assert kit.network.joined == []
        sink.on_verdict(one, Media.MACHINE)
        sink.on_verdict(two, Media.HUMAN)
        assert (kit.attempt(0).outcome, kit.attempt(0).disposition) == (Outcome.MACHINE, "machine")
        assert [joined[0] for joined in kit.network.joined] == [two]
        assert kit.dialer.floor.runs[1].window.answers == 1

    floor(scenario, [a_lead(n) for n in range(1, 6)], pacing=FIXED, detect_machines="sync")


def test_all_agents_gone_takes_back_what_rings_within_a_second(floor: Any) -> None:
    async def scenario(kit: Any) -> None:
        await kit.start()
        await kit.agents(2)
        opened = len(kit.network.orders)
        assert opened >= 2
        kit.dialer.log_out(1)
        kit.dialer.log_out(2)
        await kit.clock.sleep(1.0)
        assert len(kit.network.hung_up) == opened
        assert len(kit.network.orders) == opened

    floor(scenario, [a_lead(n) for n in range(1, 20)], pacing=FIXED)


def test_store_gone_stops_dialling_and_keeps_talks(floor: Any) -> None:
    async def scenario(kit: Any) -> None:
        await kit.start()
        await kit.agents(2)
        sink, first = kit.network.sink, kit.network.orders[0].attempt_id
        sink.on_answered(first)
        kit.store.available = False
        await kit.clock.sleep(1.0)
        opened = len(kit.network.orders)
        for order in kit.network.orders[1:]:
            sink.on_ended(order.attempt_id, sip=486, q850=17, by="carrier")
        await kit.clock.sleep(30.0)
        assert len(kit.network.orders) == opened
        assert first not in kit.network.hung_up
        sink.on_ended(first, sip=None, q850=16, by="person")
        kit.dialer.dispose(kit.attempt(0).agent_id, first, "not_interested")
        kit.store.available = True
        await kit.clock.sleep(3.0)
        assert kit.attempt(0).disposition == "not_interested"
        assert len(kit.network.orders) > opened
        assert not kit.dialer.floor.journal.store_down

    floor(scenario, [a_lead(n) for n in range(1, 20)], pacing=FIXED)


def test_a_lost_agent_leaves_the_person_to_another(floor: Any) -> None:
    async def scenario(kit: Any) -> None:
        await kit.start()
        await kit.agents(2)
        sink, first = kit.network.sink, kit.network.orders[0].attempt_id
        sink.on_answered(first)
        taken = kit.attempt(0).agent_id
        other = 2 if taken == 1 else 1
        kit.dialer.agent_lost(taken)
        assert kit.network.joined[-1] == (first, other)
        kit.dialer.agent_lost(other)
        await kit.clock.sleep(2.1)
        assert kit.network.played[-1] == (first, "safe_harbour")
        sink.on_play_ended(first)
        assert (kit.attempt(0).outcome, kit.attempt(0).disposition) == (Outcome.TALKED, "lost")
        await kit.dialer.committed()
        assert [leg.agent_id for leg in kit.store.legs] == [taken, other, None]
        assert kit.dialer.floor.runs[1].window.abandons == 0

    floor(scenario, [a_lead(n) for n in range(1, 20)], pacing=FIXED)


def test_several_numbers_take_turns_and_dead_ones_are_left(floor: Any) -> None:
    async def scenario(kit: Any) -> None:
        await kit.start()
        await kit.agents(1)
        sink = kit.network.sink
        sink.on_ended(kit.network.orders[0].attempt_id, sip=404, q850=1, by="carrier")
        await kit.clock.sleep(3600.0)
        assert [o.permit.number for o in kit.network.orders] == ["+351910000100", "+351910000101"]
        lead = kit.store.all_leads()[0]
        assert [p.dead for p in lead.phones] == ["no_such_number", None]

    floor(scenario, [a_lead(1, phones=2)])


def test_a_returned_call_finds_campaign_record_and_agent(floor: Any) -> None:
    async def scenario(kit: Any) -> None:
        await kit.start()
        await kit.agents(1)
        sink = kit.network.sink
        sink.on_ended(kit.network.orders[0].attempt_id, sip=487, q850=19, by="carrier")
        await kit.clock.sleep(5.0)
        sink.on_inbound(7001, "+351910000100", "+351210000000")
        await kit.clock.sleep(0.1)
        attempt = kit.store.all_attempts()[-1]
        assert (attempt.mode, attempt.lead_id, attempt.agent_id) == (Mode.INBOUND, 1, 1)
        sink.on_inbound(7002, "+351910000200", "+351999999999")
        await kit.clock.sleep(0.1)
        assert kit.network.refused == [7002]

    floor(scenario, [a_lead(1)], caller_ids=("+351210000000",), inbound=True)


def test_an_order_says_how_the_campaign_wants_the_call(floor: Any) -> None:
    async def scenario(kit: Any) -> None:
        await kit.start()
        await kit.agents(1)
        order = kit.network.orders[0]
        assert order.record is False
        assert 900.0 < order.max_call_s < 1000.0  # the network's own limit comes after ours
        assert order.ring_timeout_s == 31.0

    floor(
        scenario,
        [a_lead(1)],
        record=False,
        max_call_s=900.0,
        dial=DialRules(ring_timeout_s=31.0),
    )
    recorded: list[bool] = []

    async def usual(kit: Any) -> None:
        await kit.start()
        await kit.agents(1)
        recorded.extend(order.record for order in kit.network.orders)

    floor(usual, [a_lead(1)])
    assert recorded == [True]
