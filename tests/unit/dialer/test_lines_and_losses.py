"""Agents' lines that come, go and come back; calls the switch loses; a network that takes no orders for a while."""

from __future__ import annotations

from typing import Any

import pytest

from callwright.dialer.opening import Wish
from callwright.kit.errors import Conflict
from callwright.model.agent import Agent, AgentState
from callwright.model.attempt import AttemptState, Mode
from callwright.model.campaign import MachineRules, MessageRules
from callwright.model.outcome import Media, Outcome
from callwright.model.people import Lead, LeadStatus
from support.leads import FIXED, a_lead


def people() -> list[Lead]:
    """Fresh each time: a dialer changes them."""
    return [a_lead(n) for n in range(1, 20)]


def lead_of(kit: Any, attempt: Any) -> Any:
    return next(lead for lead in kit.store.all_leads() if lead.id == attempt.lead_id)


# --- agents' lines ------------------------------------------------------------------------------------------------


def test_nobody_is_ready_before_their_line_stands(floor: Any) -> None:
    async def scenario(kit: Any) -> None:
        kit.network.lines_stand = False
        await kit.start()
        await kit.agents(1)
        seat = kit.dialer.seats()[1]
        assert (seat.state, seat.reason) == (AgentState.NOT_READY, "line")
        assert kit.network.orders == []
        kit.dialer.ready(1)  # impatient: nothing changes
        assert seat.reason == "line"
        kit.network.sink.on_agent_line(1, True)
        assert seat.state is AgentState.READY
        kit.dialer.log_out(1)
        assert kit.network.lines == {}

    floor(scenario, people())


def test_a_line_is_no_wish_to_work(floor: Any) -> None:
    async def scenario(kit: Any) -> None:
        kit.network.lines_stand = False
        await kit.start()
        kit.dialer.add_agents([Agent(id=1, name="agent")])
        kit.dialer.log_in(1, [1])
        kit.network.sink.on_agent_line(1, True)
        assert kit.dialer.seats()[1].reason == "login"
        kit.network.sink.on_agent_line(1, False)
        kit.dialer.ready(1)
        kit.dialer.pause(1, "rest")
        kit.network.sink.on_agent_line(1, True)
        assert kit.dialer.seats()[1].reason == "rest"

    floor(scenario, people())


def test_a_reloaded_page_goes_on_where_it_was(floor: Any) -> None:
    async def scenario(kit: Any) -> None:
        await kit.start()
        await kit.agents(1)
        sink, first = kit.network.sink, kit.network.orders[0].attempt_id
        sink.on_agent_line(1, False)
        assert kit.dialer.seats()[1].reason == "line"
        sink.on_answered(first)
        assert kit.network.joined == []  # nobody is put through to a dead line
        sink.on_agent_line(1, True)
        assert kit.network.joined == [(first, 1)]
        await kit.clock.sleep(5.0)
        sink.on_agent_line(1, False)
        await kit.clock.sleep(2.5)
        assert kit.dialer.seats()[1].state is AgentState.IN_CALL
        sink.on_agent_line(1, True)
        assert kit.network.joined == [(first, 1), (first, 1)]
        await kit.clock.sleep(10.0)
        assert kit.dialer.seats()[1].state is AgentState.IN_CALL
        assert kit.attempt(0).state is AttemptState.CONNECTED

    floor(scenario, people(), pacing=FIXED)


def test_a_line_that_stays_away_gives_the_person_to_another_agent(floor: Any) -> None:
    async def scenario(kit: Any) -> None:
        await kit.start()
        await kit.agents(2)
        sink, first = kit.network.sink, kit.network.orders[0].attempt_id
        sink.on_answered(first)
        agent = kit.attempt(0).agent_id
        await kit.clock.sleep(5.0)
        sink.on_agent_line(agent, False)
        await kit.clock.sleep(3.1)
        assert kit.network.joined[-1] == (first, 3 - agent)
        assert (kit.dialer.seats()[agent].state, kit.dialer.seats()[agent].reason) == (AgentState.OFFLINE, "lost")
        assert agent not in kit.network.lines

    floor(scenario, people())


def test_or_the_person_hears_the_message_within_five_seconds(floor: Any) -> None:
    async def scenario(kit: Any) -> None:
        await kit.start()
        await kit.agents(1)
        sink, first = kit.network.sink, kit.network.orders[0].attempt_id
        sink.on_answered(first)
        await kit.clock.sleep(5.0)
        sink.on_agent_line(1, False)
        await kit.clock.sleep(4.9)
        assert kit.network.played == [(first, "safe_harbour")]
        sink.on_play_ended(first)
        assert (kit.attempt(0).outcome, kit.attempt(0).disposition) == (Outcome.TALKED, "lost")

    floor(scenario, people())


def test_a_reserved_agent_without_a_line_takes_the_ringing_lines_along(floor: Any) -> None:
    async def scenario(kit: Any) -> None:
        await kit.start()
        await kit.agents(1)
        kit.network.sink.on_agent_line(1, False)
        assert kit.network.hung_up == [kit.network.orders[0].attempt_id]
        await kit.clock.sleep(3.5)
        assert kit.dialer.seats()[1].state is AgentState.OFFLINE

    floor(scenario, people(), mode=Mode.PROGRESSIVE)


def test_wrap_up_over_a_dead_line_ends_in_no_call(floor: Any) -> None:
    async def scenario(kit: Any) -> None:
        await kit.start()
        await kit.agents(1)
        sink, first = kit.network.sink, kit.network.orders[0].attempt_id
        sink.on_answered(first)
        sink.on_ended(first, sip=None, q850=16, by="person")
        sink.on_agent_line(1, False)
        kit.dialer.dispose(1, first, "refused")
        assert (kit.dialer.seats()[1].state, kit.dialer.seats()[1].reason) == (AgentState.NOT_READY, "line")
        sink.on_agent_line(1, True)
        assert kit.dialer.seats()[1].state is AgentState.READY

    floor(scenario, people())


# --- what the switch loses ----------------------------------------------------------------------------------------


def test_a_lost_talk_has_talked_and_its_agent_wraps_up(floor: Any) -> None:
    async def scenario(kit: Any) -> None:
        await kit.start()
        await kit.agents(1)
        sink, first = kit.network.sink, kit.network.orders[0].attempt_id
        sink.on_answered(first)
        await kit.clock.sleep(30.0)
        sink.on_lost(first)
        assert kit.dialer.seats()[1].state is AgentState.WRAP_UP
        kit.dialer.dispose(1, first, "success")
        attempt = kit.attempt(0)
        assert (attempt.outcome, attempt.disposition, attempt.ended_by) == (Outcome.TALKED, "success", "network")
        assert attempt.talk_s == pytest.approx(30.0)
        sink.on_lost(first)  # once more: nothing

    floor(scenario, people())


def test_what_only_rang_is_of_unknown_fate_and_never_redialled(floor: Any) -> None:
    async def scenario(kit: Any) -> None:
        await kit.start()
        await kit.agents(2)
        sink = kit.network.sink
        ringing, detecting = (order.attempt_id for order in kit.network.orders[:2])
        sink.on_ringing(ringing)
        sink.on_answered(detecting)
        busy_before = kit.dialer.floor.lines.room(kit.clock.now())[0]
        sink.on_lost(ringing)
        sink.on_lost(detecting)
        assert kit.dialer.floor.lines.room(kit.clock.now())[0] == busy_before + 2
        await kit.clock.sleep(4 * 3600.0)
        for number in (0, 1):
            attempt = kit.attempt(number)
            assert (attempt.state, attempt.outcome) == (AttemptState.UNKNOWN, Outcome.UNKNOWN)
            assert lead_of(kit, attempt).status is LeadStatus.HELD
            dialed = [order.permit.number for order in kit.network.orders]
            assert dialed.count(attempt.number) == 1

    floor(scenario, people(), pacing=FIXED, detect_machines="sync")


def test_a_progressive_agent_is_free_when_their_ringing_call_is_lost(floor: Any) -> None:
    async def scenario(kit: Any) -> None:
        await kit.start()
        await kit.agents(1)
        kit.network.sink.on_lost(kit.network.orders[0].attempt_id)
        await kit.clock.sleep(1.0)
        assert len(kit.network.orders) == 2  # the next is dialled for them

    floor(scenario, people(), mode=Mode.PROGRESSIVE)


def test_a_person_lost_in_waiting_or_in_the_message_was_let_down(floor: Any) -> None:
    async def scenario(kit: Any) -> None:
        await kit.start()
        await kit.agents(1)
        sink = kit.network.sink
        one, two, three = (order.attempt_id for order in kit.network.orders[:3])
        for attempt_id in (one, two, three):
            sink.on_answered(attempt_id)
        sink.on_lost(two)
        await kit.clock.sleep(2.1)
        assert kit.network.played == [(three, "safe_harbour")]
        sink.on_lost(three)
        run = kit.dialer.floor.runs[1]
        for number in (1, 2):
            attempt = kit.attempt(number)
            assert (attempt.outcome, attempt.disposition) == (Outcome.ABANDONED, "abandoned")
            assert lead_of(kit, attempt).redial_of == attempt.id
        assert (run.window.answers, run.window.abandons) == (3, 2)
        assert run.waiting == {}

    floor(scenario, people(), pacing=FIXED.__class__(controller="fixed_ratio", fixed_ratio=3.0))


def test_a_lost_message_call_keeps_what_the_person_pressed(floor: Any) -> None:
    async def scenario(kit: Any) -> None:
        await kit.start()
        await kit.clock.sleep(1.0)
        first = kit.network.orders[0].attempt_id
        kit.network.sink.on_answered(first)
        kit.network.sink.on_key(first, "9")
        kit.network.sink.on_lost(first)
        await kit.dialer.committed()
        assert kit.attempt(0).disposition == "never_call"
        assert [ban.number for ban in kit.store.bans] == [kit.attempt(0).number]

    floor(scenario, people()[:1], mode=Mode.MESSAGE, message=MessageRules(keys={"9": "never_call"}))


# --- no orders ----------------------------------------------------------------------------------------------------


def test_while_the_network_takes_no_orders_nothing_is_opened_and_nothing_dropped(floor: Any) -> None:
    async def scenario(kit: Any) -> None:
        await kit.start()
        await kit.agents(2)
        sink, first = kit.network.sink, kit.network.orders[0].attempt_id
        sink.on_answered(first)
        kit.network.sink.on_network(False)
        opened = len(kit.network.orders)
        for order in kit.network.orders[1:]:
            sink.on_ended(order.attempt_id, sip=486, q850=17, by="carrier")
        await kit.clock.sleep(60.0)
        assert len(kit.network.orders) == opened
        assert kit.network.hung_up == []
        assert kit.attempt(0).state is AttemptState.CONNECTED
        free = 3 - kit.attempt(0).agent_id
        with pytest.raises(Conflict, match="telephone network"):
            await kit.dialer.dial_manual(free, 1, people()[-1].phones[0].number)
        assert [e.data["down"] for e in kit.events if e.kind == "network"] == [True]
        kit.network.sink.on_network(True)
        await kit.clock.sleep(0.1)
        assert len(kit.network.orders) > opened
        assert [e.data["down"] for e in kit.events if e.kind == "network"] == [True, False]

    floor(scenario, people(), pacing=FIXED)


def test_an_accepted_card_waits_for_the_network(floor: Any) -> None:
    async def scenario(kit: Any) -> None:
        await kit.start()
        await kit.agents(1)
        kit.network.sink.on_network(False)
        with pytest.raises(Conflict, match="telephone network"):
            kit.dialer.accept_preview(1)
        kit.network.sink.on_network(True)
        kit.dialer.accept_preview(1)
        await kit.clock.sleep(0.1)
        assert len(kit.network.orders) == 1

    floor(scenario, people(), mode=Mode.PREVIEW)


# --- machines -------------------------------------------------------------------------------------------------


def test_detection_tells_when_the_first_words_were_over(floor: Any) -> None:
    async def scenario(kit: Any) -> None:
        await kit.start()
        await kit.agents(1)
        sink, first = kit.network.sink, kit.network.orders[0].attempt_id
        sink.on_answered(first)
        await kit.clock.sleep(1.5)
        sink.on_verdict(first, Media.HUMAN, kit.clock.now() - 0.5)
        assert kit.attempt(0).connected_at - kit.attempt(0).greeting_ended_at == pytest.approx(0.5)

    floor(scenario, people(), detect_machines="sync")


async def answered_by(kit: Any, media: Media) -> int:
    await kit.start()
    await kit.agents(1)
    sink, first = kit.network.sink, kit.network.orders[0].attempt_id
    sink.on_answered(first)
    sink.on_verdict(first, media)
    return int(first)


def test_a_machine_is_left_the_message_after_its_beep(floor: Any) -> None:
    async def scenario(kit: Any) -> None:
        first = await answered_by(kit, Media.MACHINE)
        assert (first, "after the beep", "offer") in kit.network.said
        kit.network.sink.on_play_ended(first)
        assert (kit.attempt(0).outcome, kit.attempt(0).disposition) == (Outcome.MACHINE, "machine")
        assert kit.network.joined == []

    floor(
        scenario,
        people(),
        detect_machines="sync",
        machine=MachineRules(machine="leave_message"),
        message=MessageRules(message="offer"),
    )


@pytest.mark.parametrize("media", [Media.MACHINE, Media.SCREENING])
def test_what_the_campaign_wants_connected_gets_an_agent(floor: Any, media: Media) -> None:
    async def scenario(kit: Any) -> None:
        first = await answered_by(kit, media)
        assert kit.network.joined == [(first, 1)]
        assert kit.attempt(0).media is media

    floor(scenario, people(), detect_machines="sync", machine=MachineRules(machine="connect", screening="connect"))


def test_an_assistant_is_told_who_calls_and_then_an_agent_is_there(floor: Any) -> None:
    async def scenario(kit: Any) -> None:
        first = await answered_by(kit, Media.SCREENING)
        assert kit.network.played == [(first, "our_name")]
        assert kit.network.joined == []
        await kit.clock.sleep(5.0)
        kit.network.sink.on_play_ended(first)
        assert kit.network.joined == [(first, 1)]
        assert kit.network.hung_up == []
        assert kit.dialer.floor.runs[1].window.answers == 1

    floor(scenario, people(), detect_machines="sync", machine=MachineRules(screening="say_name"))


def test_an_assistant_that_hangs_up_on_our_name_was_screening(floor: Any) -> None:
    async def scenario(kit: Any) -> None:
        first = await answered_by(kit, Media.SCREENING)
        kit.network.sink.on_ended(first, sip=None, q850=16, by="person")
        assert (kit.attempt(0).outcome, kit.attempt(0).disposition) == (Outcome.SCREENING, "screening")
        assert kit.dialer.floor.runs[1].window.answers == 0

    floor(scenario, people(), detect_machines="sync", machine=MachineRules(screening="say_name"))


@pytest.mark.parametrize(("rule", "dead"), [("number_dead", True), ("hang_up", False)])
def test_a_fax_is_dead_or_tried_again(floor: Any, rule: str, dead: bool) -> None:
    async def scenario(kit: Any) -> None:
        await answered_by(kit, Media.FAX)
        await kit.dialer.committed()
        attempt, lead = kit.attempt(0), lead_of(kit, kit.attempt(0))
        assert (attempt.outcome, attempt.disposition) == (Outcome.FAX, "fax")
        assert (lead.phones[0].dead is not None) is dead
        assert (lead.status is LeadStatus.WAITING) is not dead

    floor(scenario, people(), detect_machines="sync", machine=MachineRules(fax=rule))


@pytest.mark.parametrize(("rule", "joined"), [("person", 1), ("hang_up", 0)])
def test_silence_is_a_person_or_none(floor: Any, rule: str, joined: int) -> None:
    async def scenario(kit: Any) -> None:
        await answered_by(kit, Media.SILENCE)
        assert len(kit.network.joined) == joined
        if not joined:
            assert (kit.attempt(0).outcome, kit.attempt(0).media) == (Outcome.MACHINE, Media.SILENCE)

    floor(scenario, people(), detect_machines="sync", machine=MachineRules(silence=rule))


@pytest.mark.parametrize("leaves", [True, False])
def test_a_late_word_that_it_is_a_machine_frees_the_agent(floor: Any, leaves: bool) -> None:
    async def scenario(kit: Any) -> None:
        await kit.start()
        await kit.agents(1)
        sink, first = kit.network.sink, kit.network.orders[0].attempt_id
        sink.on_answered(first)
        await kit.clock.sleep(3.0)
        sink.on_verdict(first, Media.MACHINE)
        assert kit.dialer.seats()[1].state is AgentState.READY
        if leaves:
            assert (first, "after the beep", "message") in kit.network.said
            await kit.clock.sleep(20.0)
            sink.on_play_ended(first)
        attempt = kit.attempt(0)
        assert (attempt.outcome, attempt.disposition) == (Outcome.MACHINE, "machine")
        assert attempt.talk_s == pytest.approx(3.0)
        assert sum("disposition" in e.data for e in kit.events if e.data.get("attempt") == first) == 1

    rules = MachineRules(free_agent=True, machine="leave_message" if leaves else "hang_up")
    floor(scenario, people(), detect_machines="async", machine=rules)


def test_otherwise_the_agent_hears_the_machine_and_says_so(floor: Any) -> None:
    async def scenario(kit: Any) -> None:
        await kit.start()
        await kit.agents(1)
        sink, first = kit.network.sink, kit.network.orders[0].attempt_id
        sink.on_answered(first)
        sink.on_verdict(first, Media.MACHINE)
        assert kit.dialer.seats()[1].state is AgentState.IN_CALL

    floor(scenario, people(), detect_machines="async")


@pytest.mark.parametrize("whispers", [True, False])
def test_the_name_is_whispered_where_the_campaign_wants_it(floor: Any, whispers: bool) -> None:
    async def scenario(kit: Any) -> None:
        await kit.start()
        await kit.agents(1)
        first = kit.network.orders[0].attempt_id
        kit.network.sink.on_answered(first)
        assert ((first, "whisper", "Ana Lopes") in kit.network.said) is whispers

    floor(scenario, [a_lead(n, name="Ana Lopes") for n in range(1, 5)], whisper_name=whispers)


def test_a_turn_under_way_opens_nothing_more_when_the_network_goes(floor: Any) -> None:
    async def scenario(kit: Any) -> None:
        await kit.start()
        await kit.agents(1)
        run, opening = kit.dialer.floor.runs[1], kit.dialer._opening
        before = len(kit.network.orders)
        lead = run.hopper.popleft()
        kit.network.sink.on_network(False)
        assert await opening.open(run, [Wish(lead=lead)]) == []
        assert len(kit.network.orders) == before
        assert run.hopper[0] is lead
        assert lead.id not in run.in_hand

    floor(scenario, people())
