"""What agents and team leads do with a talk, event by event, on a network that only does what the test says."""

from __future__ import annotations

from typing import Any

import pytest

from callwright.analytics.consistency import check_measure
from callwright.analytics.facts import facts_from_objects
from callwright.analytics.measure import Measure
from callwright.dialer.handing import NOT_AT_ONCE_S, PARKED_S
from callwright.dialer.network import Aside, Coaching, ConsultEnd
from callwright.kit.errors import BadInput, Conflict, NotFound
from callwright.model.agent import Agent, AgentState
from callwright.model.attempt import AttemptState
from callwright.model.outcome import Outcome
from callwright.model.people import Lead
from support.leads import FIXED, a_lead

BILLING = {"billing": "+351210000099"}


def people() -> list[Lead]:
    """Fresh each time: a dialer changes them."""
    return [a_lead(n) for n in range(1, 20)]


async def talking(kit: Any, agents: int = 2) -> tuple[int, int]:
    """A talk under way: (attempt, its agent)."""
    await kit.start()
    await kit.agents(agents)
    first = kit.network.orders[0].attempt_id
    kit.network.sink.on_answered(first)
    await kit.clock.sleep(10.0)
    return first, kit.attempt(0).agent_id


async def consistent(kit: Any) -> None:
    """No figure of the day contradicts another, talk in calls and talk in agents' states included."""
    for order in kit.network.orders:
        if order.attempt_id in kit.dialer.floor.calls and kit.dialer.floor.calls[order.attempt_id].ringing:
            kit.network.sink.on_ended(order.attempt_id, sip=486, q850=17, by="carrier")
    kit.dialer.floor.desk.checkpoint()
    await kit.dialer.committed()
    facts = facts_from_objects(
        campaigns=[kit.campaign],
        attempts=kit.store.all_attempts(),
        leads=kit.store.all_leads(),
        intervals=kit.store.intervals,
        agents=[seat.agent for seat in kit.dialer.seats().values()],
    )
    assert [finding.words.en for finding in check_measure(Measure(facts))] == []


def words_given(kit: Any, attempt_id: int) -> int:
    return sum(
        e.kind in ("dispose", "end") and e.data.get("attempt") == attempt_id and "disposition" in e.data
        for e in kit.events
    )


def test_hold_is_music_for_the_person_and_counts_once(floor: Any) -> None:
    async def scenario(kit: Any) -> None:
        first, agent = await talking(kit)
        kit.dialer.hold(agent, True)
        kit.dialer.hold(agent, True)
        assert kit.dialer.in_hand(agent).on_hold
        await kit.clock.sleep(20.0)
        kit.dialer.hold(agent, False)
        await kit.clock.sleep(5.0)
        kit.dialer.hold(agent, True)
        await kit.clock.sleep(2.0)
        kit.network.sink.on_ended(first, sip=None, q850=16, by="person")
        kit.dialer.dispose(agent, first, "not_interested")
        assert [said for said in kit.network.said if said[1] == "hold"] == [
            (first, "hold", True),
            (first, "hold", False),
            (first, "hold", True),
        ]
        assert kit.attempt(0).hold_s == pytest.approx(22.0)
        assert kit.attempt(0).talk_s == pytest.approx(37.0)
        await consistent(kit)

    floor(scenario, people())


def test_only_keys_of_a_telephone_are_sent_and_only_in_a_talk(floor: Any) -> None:
    async def scenario(kit: Any) -> None:
        first, agent = await talking(kit)
        kit.dialer.send_keys(agent, "12#")
        assert (first, "keys", "12#") in kit.network.said
        for wrong in ("", "12x", "１"):
            with pytest.raises(BadInput, match="keys 0 to 9"):
                kit.dialer.send_keys(agent, wrong)
        with pytest.raises(Conflict, match="talks with nobody"):
            kit.dialer.send_keys(3 - agent, "1")
        assert not any("12#" in str(event.data) for event in kit.events)

    floor(scenario, people())


def test_a_blind_transfer_to_an_agent_frees_the_first_and_the_second_has_the_word(floor: Any) -> None:
    async def scenario(kit: Any) -> None:
        first, agent = await talking(kit)
        other = 3 - agent
        kit.dialer.transfer(agent, other)
        assert kit.network.joined[-1] == (first, other)
        assert kit.dialer.seats()[agent].state is AgentState.READY
        await kit.clock.sleep(30.0)
        kit.network.sink.on_ended(first, sip=None, q850=16, by="person")
        with pytest.raises(Conflict):
            kit.dialer.dispose(agent, first, "success")
        kit.dialer.dispose(other, first, "success")
        await kit.dialer.committed()
        attempt = kit.attempt(0)
        assert (attempt.agent_id, attempt.outcome, attempt.disposition) == (other, Outcome.TALKED, "success")
        assert attempt.talk_s == pytest.approx(40.0)
        legs = [(leg.kind, leg.agent_id, leg.ended_at - leg.answered_at) for leg in kit.store.legs]
        assert legs == [("agent", agent, 10.0), ("agent", other, 30.0), ("customer", None, 40.0)]
        assert words_given(kit, first) == 1
        await consistent(kit)

    floor(scenario, people())


def test_only_a_free_agent_can_be_given_a_call(floor: Any) -> None:
    async def scenario(kit: Any) -> None:
        _, agent = await talking(kit)
        kit.dialer.pause(3 - agent, "rest")
        with pytest.raises(Conflict, match="not free now"):
            kit.dialer.transfer(agent, 3 - agent)
        with pytest.raises(NotFound, match="names: billing"):
            kit.dialer.transfer(agent, "sales")
        assert kit.dialer.hand_on_targets(agent).agents == []
        assert kit.dialer.hand_on_targets(agent).names == ["billing"]

    floor(scenario, people(), transfer=BILLING)


def test_a_call_handed_on_outside_lives_on_after_the_agents_word(floor: Any) -> None:
    async def scenario(kit: Any) -> None:
        first, agent = await talking(kit, 1)
        free_before, _ = kit.dialer.floor.lines.room(kit.clock.now())
        kit.dialer.transfer(agent, "billing")
        (said,) = [said for said in kit.network.said if said[1] == "transfer"]
        assert (said[2].number, said[2].trunk) == (BILLING["billing"], "t1")
        assert kit.dialer.seats()[agent].state is AgentState.WRAP_UP
        assert kit.dialer.floor.lines.room(kit.clock.now())[0] == free_before - 1
        with pytest.raises(Conflict, match="has not answered yet"):
            kit.dialer.dispose(agent, first, "success")
        kit.network.sink.on_aside(first, Aside.RINGING)
        await kit.clock.sleep(4.0)
        kit.network.sink.on_aside(first, Aside.ANSWERED)
        await kit.clock.sleep(1.0)
        kit.dialer.dispose(agent, first, "success", order_amount=5.0)
        assert kit.dialer.seats()[agent].state is AgentState.READY
        await kit.dialer.committed()
        attempt = kit.attempt(0)
        assert (attempt.state, attempt.disposition, attempt.ended_at) == (AttemptState.HANDED_ON, "success", None)
        with pytest.raises(Conflict):
            kit.dialer.dispose(agent, first, "refused")
        await kit.clock.sleep(600.0)
        assert first in kit.dialer.floor.calls  # the line is still in use
        kit.network.sink.on_ended(first, sip=None, q850=16, by="person")
        assert first not in kit.dialer.floor.calls
        assert attempt.state is AttemptState.ENDED
        assert (attempt.talk_s, attempt.wrap_s) == (pytest.approx(10.0), pytest.approx(5.0))
        await kit.dialer.committed()
        legs = [(leg.kind, leg.agent_id, round(leg.ended_at - leg.answered_at)) for leg in kit.store.legs]
        assert legs == [("agent", agent, 10), ("transfer", None, 601), ("customer", None, 615)]
        assert words_given(kit, first) == 1
        await consistent(kit)
        assert kit.dialer.floor.lines.room(kit.clock.now())[0] == 50 - len(kit.dialer.floor.calls)

    floor(scenario, people(), transfer=BILLING)


def test_the_person_of_a_transfer_nobody_answers_comes_back(floor: Any) -> None:
    async def scenario(kit: Any) -> None:
        first, agent = await talking(kit, 1)
        kit.dialer.transfer(agent, "billing")
        await kit.clock.sleep(20.0)
        kit.network.sink.on_aside(first, Aside.FAILED)
        assert kit.network.joined[-1] == (first, agent)
        assert kit.dialer.seats()[agent].state is AgentState.IN_CALL
        assert kit.attempt(0).state is AttemptState.CONNECTED
        await kit.clock.sleep(5.0)
        kit.network.sink.on_ended(first, sip=None, q850=16, by="person")
        kit.dialer.dispose(agent, first, "refused")
        assert kit.attempt(0).talk_s == pytest.approx(15.0)
        assert kit.attempt(0).alone_s == pytest.approx(20.0)
        await consistent(kit)

    floor(scenario, people(), transfer=BILLING)


def test_a_transfer_that_fails_after_its_agent_was_lost_queues_the_person(floor: Any) -> None:
    async def scenario(kit: Any) -> None:
        first, agent = await talking(kit)
        kit.dialer.transfer(agent, "billing")
        kit.dialer.agent_lost(agent)
        kit.network.sink.on_aside(first, Aside.FAILED)
        assert kit.network.joined[-1] == (first, 3 - agent)
        kit.network.sink.on_ended(first, sip=None, q850=16, by="person")
        kit.dialer.dispose(3 - agent, first, "refused")
        assert words_given(kit, first) == 1

    floor(scenario, people(), transfer=BILLING)


def test_a_call_handed_on_whose_agent_is_lost_gets_the_systems_word(floor: Any) -> None:
    async def scenario(kit: Any) -> None:
        first, agent = await talking(kit)
        kit.dialer.transfer(agent, "billing")
        kit.network.sink.on_aside(first, Aside.ANSWERED)
        kit.dialer.agent_lost(agent)
        kit.network.sink.on_lost(first)
        attempt = kit.attempt(0)
        assert (attempt.state, attempt.disposition) == (AttemptState.ENDED, "no_disposition")
        assert attempt.ended_by == "network"
        assert words_given(kit, first) == 1

    floor(scenario, people(), transfer=BILLING)


def test_a_consultation_and_back(floor: Any) -> None:
    async def scenario(kit: Any) -> None:
        first, agent = await talking(kit)
        other = 3 - agent
        kit.dialer.consult(agent, other)
        helper = kit.dialer.seats()[other]
        assert (helper.state, helper.reason) == (AgentState.NOT_READY, "internal")
        assert kit.dialer.in_hand(agent).aside == "ringing"
        assert kit.dialer.in_hand(other).role == "helper"
        kit.network.sink.on_aside(first, Aside.ANSWERED)
        with pytest.raises(Conflict, match="settle the consultation"):
            kit.dialer.hold(agent, False)
        with pytest.raises(Conflict, match="Settle the consultation"):
            kit.dialer.park(agent)
        await kit.clock.sleep(8.0)
        kit.dialer.end_consult(agent, ConsultEnd.RESUME)
        assert kit.network.said[-1] == (first, "end_consult", ConsultEnd.RESUME)
        assert helper.state is AgentState.READY
        with pytest.raises(Conflict, match="consult nobody"):
            kit.dialer.end_consult(agent, ConsultEnd.RESUME)
        kit.network.sink.on_ended(first, sip=None, q850=16, by="person")
        kit.dialer.dispose(agent, first, "refused")
        assert kit.attempt(0).hold_s == pytest.approx(8.0)
        await consistent(kit)
        legs = [(leg.kind, leg.agent_id) for leg in kit.store.legs]
        assert legs == [("transfer", other), ("agent", agent), ("customer", None)]

    floor(scenario, people())


def test_a_consulted_agent_takes_the_call(floor: Any) -> None:
    async def scenario(kit: Any) -> None:
        first, agent = await talking(kit)
        other = 3 - agent
        kit.dialer.consult(agent, other)
        with pytest.raises(Conflict, match="not on the line yet"):
            kit.dialer.end_consult(agent, ConsultEnd.TRANSFER)
        kit.network.sink.on_aside(first, Aside.ANSWERED)
        await kit.clock.sleep(6.0)
        kit.dialer.end_consult(agent, ConsultEnd.TRANSFER)
        assert kit.dialer.seats()[agent].state is AgentState.READY
        assert kit.dialer.seats()[other].state is AgentState.IN_CALL
        await kit.clock.sleep(10.0)
        kit.network.sink.on_ended(first, sip=None, q850=16, by="person")
        kit.dialer.dispose(other, first, "success")
        assert kit.attempt(0).agent_id == other
        assert kit.attempt(0).talk_s == pytest.approx(26.0)
        assert words_given(kit, first) == 1
        await consistent(kit)

    floor(scenario, people())


def test_a_paused_agent_who_helped_is_paused_again(floor: Any) -> None:
    async def scenario(kit: Any) -> None:
        first, agent = await talking(kit)
        other = 3 - agent
        kit.dialer.pause(other, "rest")
        kit.dialer.consult(agent, other)
        kit.network.sink.on_aside(first, Aside.ANSWERED)
        kit.dialer.end_consult(agent, ConsultEnd.TRANSFER)
        kit.network.sink.on_ended(first, sip=None, q850=16, by="person")
        kit.dialer.dispose(other, first, "refused")
        assert (kit.dialer.seats()[other].state, kit.dialer.seats()[other].reason) == (AgentState.NOT_READY, "rest")

    floor(scenario, people())


def test_a_talk_of_three_and_the_agent_leaves_it(floor: Any) -> None:
    async def scenario(kit: Any) -> None:
        first, agent = await talking(kit, 1)
        kit.dialer.consult(agent, "billing")
        with pytest.raises(Conflict, match="has not answered yet"):
            kit.dialer.end_consult(agent, ConsultEnd.CONFERENCE)
        kit.network.sink.on_aside(first, Aside.ANSWERED)
        await kit.clock.sleep(5.0)
        kit.dialer.end_consult(agent, ConsultEnd.CONFERENCE)
        assert kit.dialer.in_hand(agent).aside == "conference"
        kit.dialer.hold(agent, True)
        kit.dialer.hold(agent, False)
        await kit.clock.sleep(10.0)
        kit.dialer.end_consult(agent, ConsultEnd.TRANSFER)
        assert kit.dialer.seats()[agent].state is AgentState.WRAP_UP
        kit.dialer.dispose(agent, first, "success")
        await kit.clock.sleep(60.0)
        kit.network.sink.on_ended(first, sip=None, q850=16, by="us")
        assert kit.attempt(0).talk_s == pytest.approx(25.0)
        await consistent(kit)

    floor(scenario, people(), transfer=BILLING)


def test_a_third_party_who_leaves_gives_the_person_back(floor: Any) -> None:
    async def scenario(kit: Any) -> None:
        first, agent = await talking(kit, 1)
        kit.dialer.consult(agent, "billing")
        kit.network.sink.on_aside(first, Aside.FAILED)
        assert kit.dialer.in_hand(agent).aside is None
        assert not kit.dialer.in_hand(agent).on_hold
        kit.dialer.hold(agent, True)  # the agent's call again
        assert kit.attempt(0).state is AttemptState.CONNECTED

    floor(scenario, people(), transfer=BILLING)


def test_parked_and_taken_up_by_another_agent(floor: Any) -> None:
    async def scenario(kit: Any) -> None:
        first, agent = await talking(kit)
        kit.dialer.park(agent)
        assert kit.network.said[-1] == (first, "park")
        assert kit.dialer.seats()[agent].state is AgentState.READY
        (parked,) = kit.dialer.parked()
        assert (parked.attempt_id, parked.since, parked.parked_by) == (first, kit.clock.now(), agent)
        await kit.clock.sleep(60.0)
        kit.dialer.pause(3 - agent, "rest")
        kit.dialer.retrieve(3 - agent, first)
        assert kit.network.joined[-1] == (first, 3 - agent)
        assert kit.dialer.parked() == []
        with pytest.raises(NotFound, match="not parked any more"):
            kit.dialer.retrieve(agent, first)
        await kit.clock.sleep(5.0)
        kit.network.sink.on_ended(first, sip=None, q850=16, by="person")
        kit.dialer.dispose(3 - agent, first, "success")
        assert kit.attempt(0).talk_s == pytest.approx(15.0)
        assert kit.attempt(0).alone_s == pytest.approx(60.0)
        assert kit.dialer.seats()[3 - agent].reason == "rest"
        await consistent(kit)

    floor(scenario, people())


def test_who_hangs_up_on_the_parking_place_has_talked(floor: Any) -> None:
    async def scenario(kit: Any) -> None:
        first, agent = await talking(kit)
        kit.dialer.park(agent)
        await kit.clock.sleep(30.0)
        kit.network.sink.on_ended(first, sip=None, q850=16, by="person")
        attempt = kit.attempt(0)
        assert (attempt.outcome, attempt.disposition) == (Outcome.TALKED, "no_disposition")
        assert (attempt.agent_id, attempt.talk_s) == (agent, pytest.approx(10.0))
        assert kit.dialer.floor.runs[1].window.abandons == 0
        await consistent(kit)

    floor(scenario, people())


def test_parked_for_too_long_goes_back_to_the_queue(floor: Any) -> None:
    async def scenario(kit: Any) -> None:
        first, agent = await talking(kit, 1)
        kit.dialer.park(agent)
        kit.dialer.pause(agent, "rest")
        await kit.clock.sleep(PARKED_S + 1.0)
        assert kit.dialer.parked() == []
        assert kit.attempt(0).state is AttemptState.WAITING
        await kit.clock.sleep(30.0)
        kit.dialer.ready(agent)
        assert kit.network.joined[-1] == (first, agent)

    floor(scenario, people())


def test_back_to_the_queue_is_for_another_agent_first(floor: Any) -> None:
    async def scenario(kit: Any) -> None:
        first, agent = await talking(kit, 1)
        kit.dialer.back_to_queue(agent)
        assert kit.dialer.seats()[agent].state is AgentState.READY
        assert len(kit.network.joined) == 1
        await kit.clock.sleep(NOT_AT_ONCE_S - 1.0)
        assert len(kit.network.joined) == 1
        await kit.clock.sleep(1.5)
        assert kit.network.joined[-1] == (first, agent)
        assert kit.dialer.floor.runs[1].window.abandons == 0
        kit.network.sink.on_ended(first, sip=None, q850=16, by="person")
        kit.dialer.dispose(agent, first, "refused")
        await consistent(kit)

    floor(scenario, people())


def test_who_is_queued_again_is_served_before_others(floor: Any) -> None:
    async def scenario(kit: Any) -> None:
        await kit.start()
        await kit.agents(1)
        one, two = (order.attempt_id for order in kit.network.orders[:2])
        kit.network.sink.on_answered(one)
        await kit.clock.sleep(5.0)
        kit.network.sink.on_answered(two)
        kit.dialer.back_to_queue(1)  # the one who waits gets the agent, the other one waits at the head
        assert kit.network.joined == [(one, 1), (two, 1)]
        assert list(kit.dialer.floor.runs[1].waiting) == [one]

    floor(scenario, people(), pacing=FIXED)


def a_team_lead(kit: Any) -> int:
    kit.dialer.add_agents([Agent(id=9, name="lead", lead=True)])
    kit.dialer.log_in(9, [1])
    kit.dialer.pause(9, "desk")
    return 9


def test_a_team_lead_coaches_until_the_talk_is_over(floor: Any) -> None:
    async def scenario(kit: Any) -> None:
        first, agent = await talking(kit)
        lead = a_team_lead(kit)
        with pytest.raises(Conflict, match="is not a team lead"):
            kit.dialer.coach(3 - agent, agent, Coaching.LISTEN)
        with pytest.raises(Conflict, match="talks with nobody"):
            kit.dialer.coach(lead, 3 - agent, Coaching.LISTEN)
        kit.dialer.coach(lead, agent, Coaching.LISTEN)
        kit.dialer.coach(lead, agent, Coaching.BARGE)
        assert kit.dialer.seats()[lead].reason == "coaching"
        assert kit.dialer.in_hand(lead).role == "coach"
        kit.network.sink.on_ended(first, sip=None, q850=16, by="person")
        assert [said[3] for said in kit.network.said if said[1] == "coach"] == [
            Coaching.LISTEN,
            Coaching.BARGE,
            Coaching.OFF,
        ]
        assert (kit.dialer.seats()[lead].state, kit.dialer.seats()[lead].reason) == (AgentState.NOT_READY, "desk")

    floor(scenario, people())


def test_a_team_lead_takes_over(floor: Any) -> None:
    async def scenario(kit: Any) -> None:
        first, agent = await talking(kit)
        lead = a_team_lead(kit)
        kit.dialer.coach(lead, agent, Coaching.WHISPER)
        kit.dialer.take_over(lead, agent)
        assert kit.network.joined[-1] == (first, lead)
        assert kit.dialer.seats()[agent].state is AgentState.READY
        await kit.clock.sleep(5.0)
        kit.network.sink.on_ended(first, sip=None, q850=16, by="person")
        kit.dialer.dispose(lead, first, "success")
        assert (kit.attempt(0).agent_id, words_given(kit, first)) == (lead, 1)
        assert kit.dialer.seats()[lead].reason == "desk"
        await consistent(kit)

    floor(scenario, people())


def test_a_team_lead_who_leaves_coaches_no_more(floor: Any) -> None:
    async def scenario(kit: Any) -> None:
        _, agent = await talking(kit)
        lead = a_team_lead(kit)
        kit.dialer.coach(lead, agent, Coaching.LISTEN)
        kit.dialer.agent_lost(lead)
        assert kit.network.said[-1] == (agent, "coach", lead, Coaching.OFF)
        assert kit.dialer.seats()[lead].state is AgentState.OFFLINE
        assert kit.dialer.in_hand(agent).role == "agent"

    floor(scenario, people())


def test_the_recording_is_silent_while_a_card_is_said(floor: Any) -> None:
    async def scenario(kit: Any) -> None:
        first, agent = await talking(kit)
        kit.dialer.hush_recording(agent, True)
        assert kit.network.said[-1] == (first, "hush", True)
        assert kit.dialer.in_hand(agent).hushed
        kit.dialer.hush_recording(agent, False)
        assert kit.network.said[-1] == (first, "hush", False)

    floor(scenario, people())


def test_a_lost_agent_in_a_consultation_leaves_nobody_behind(floor: Any) -> None:
    async def scenario(kit: Any) -> None:
        first, agent = await talking(kit)
        other = 3 - agent
        kit.dialer.consult(agent, other)
        kit.network.sink.on_aside(first, Aside.ANSWERED)
        kit.dialer.agent_lost(agent)
        assert kit.network.joined[-1] == (first, other)  # the helper is free, and ready for the person
        kit.network.sink.on_ended(first, sip=None, q850=16, by="person")
        kit.dialer.dispose(other, first, "refused")
        assert words_given(kit, first) == 1

    floor(scenario, people())


def test_a_helper_who_is_lost_gives_the_agent_the_person_back(floor: Any) -> None:
    async def scenario(kit: Any) -> None:
        first, agent = await talking(kit)
        kit.dialer.consult(agent, 3 - agent)
        kit.network.sink.on_aside(first, Aside.ANSWERED)
        kit.dialer.agent_lost(3 - agent)
        assert (first, "end_consult", ConsultEnd.RESUME) in kit.network.said
        assert kit.dialer.in_hand(agent).aside is None

    floor(scenario, people())
