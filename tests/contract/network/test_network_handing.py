"""What every ``dialer.network.Network`` does with a talk under way: music, third parties, team leads, agents' lines."""

from __future__ import annotations

from typing import Any

import pytest

from callwright.dialer.network import Aside, Coaching, ConsultEnd, TransferTarget


def test_an_agents_line_stands_once_asked_for_and_again_when_asked_again(on_line: Any) -> None:
    async def scenario(line: Any) -> None:
        await line.agent(7)
        line.network.call_agent(7)  # a dialer that was restarted asks again
        await line.clock.sleep(1.0)
        assert [e for e in line.heard.events if e[1] == "line"] == [(7, "line", True)] * 2
        line.network.release_agent(7)
        await line.clock.sleep(1.0)
        assert (7, "line", False) not in line.heard.events

    on_line(scenario)


def test_a_whispered_name_does_not_keep_them_apart(on_line: Any) -> None:
    async def scenario(line: Any) -> None:
        await line.agent(7)
        line.dial(1, "patient")
        await line.until("answered", 1)
        line.network.join(1, 7, whisper="Ana Lopes")
        await line.until("joined", 1, within_s=4.0)
        assert await line.agent_of(1) == 7
        line.network.hang_up(1)
        await line.until("ended", 1)

    on_line(scenario)


def test_a_blind_transfer_rings_is_answered_and_ends_as_any_call(on_line: Any) -> None:
    async def scenario(line: Any) -> None:
        await line.talk()
        line.network.transfer(1, line.target("patient"))
        await line.aside(Aside.ANSWERED)
        assert [e[2] for e in line.heard.events if e[1] == "aside"] == [Aside.RINGING, Aside.ANSWERED]
        assert await line.agent_of(1) is None
        line.network.hang_up(1)
        await line.until("ended", 1)
        await line.clock.sleep(1.0)
        assert line.kinds(1).count("ended") == 1
        assert await line.agent_of(1) == -1

    on_line(scenario)


def test_the_outside_party_of_a_transfer_may_end_the_call(on_line: Any) -> None:
    async def scenario(line: Any) -> None:
        await line.talk()
        line.network.transfer(1, line.target("brief"))
        await line.aside(Aside.ANSWERED)
        await line.until("ended", 1, within_s=6.0)

    on_line(scenario)


@pytest.mark.parametrize(
    "facts", [{"far_end": "nobody", "ring_timeout_s": 3.0}, {"far_end": "busy"}, {"far_end": "patient", "trunk": "no"}]
)
def test_a_transfer_nobody_answers_leaves_the_person_for_the_next_agent(on_line: Any, facts: dict[str, Any]) -> None:
    async def scenario(line: Any) -> None:
        await line.talk()
        line.network.transfer(1, line.target(**facts))
        await line.aside(Aside.FAILED)
        assert await line.agent_of(1) is None
        assert "ended" not in line.kinds(1)
        line.network.join(1, 7)
        await line.clock.sleep(1.0)
        assert await line.agent_of(1) == 7
        assert line.kinds(1).count("joined") == 2
        line.network.hang_up(1, by="agent")
        assert (await line.until("ended", 1))[4] == "agent"

    on_line(scenario)


def test_only_plain_digits_of_a_trunks_prefixes_are_called_for_a_third_party(on_line: Any) -> None:
    async def scenario(line: Any) -> None:
        await line.talk()
        for attempt, number in enumerate(("+351912345678", "+1202555&SIP/1", "12025550205"), start=1):
            line.heard.events.clear()
            line.heard.at.clear()
            line.network.consult(1, 7, TransferTarget(name="x", number=number, trunk="main"))
            await line.aside(Aside.FAILED)
            assert (1, "aside", Aside.RINGING) not in line.heard.events, attempt
        line.network.hang_up(1)
        await line.until("ended", 1)

    on_line(scenario)


def test_a_consultation_and_back_to_the_person(on_line: Any) -> None:
    async def scenario(line: Any) -> None:
        await line.talk()
        line.network.consult(1, 7, line.target("patient"))
        await line.aside(Aside.ANSWERED)
        line.network.end_consult(1, ConsultEnd.RESUME)
        line.network.hold(1, on=True)  # the call is the agent's as before
        line.network.hold(1, on=False)
        await line.clock.sleep(1.0)
        assert await line.agent_of(1) == 7
        assert (1, "aside", Aside.FAILED) not in line.heard.events
        line.network.hang_up(1)
        await line.until("ended", 1)

    on_line(scenario)


def test_a_consultation_may_be_given_up_while_it_rings(on_line: Any) -> None:
    async def scenario(line: Any) -> None:
        await line.talk()
        line.network.consult(1, 7, line.target("nobody"))
        await line.aside(Aside.RINGING)
        line.network.end_consult(1, ConsultEnd.RESUME)
        await line.clock.sleep(2.0)
        assert (1, "aside", Aside.ANSWERED) not in line.heard.events
        assert await line.agent_of(1) == 7
        line.network.hang_up(1)
        await line.until("ended", 1)

    on_line(scenario)


def test_a_consultation_ends_with_the_agent_out_and_the_person_with_the_third(on_line: Any) -> None:
    async def scenario(line: Any) -> None:
        await line.talk()
        line.network.consult(1, 7, line.target("patient"))
        await line.aside(Aside.ANSWERED)
        line.network.end_consult(1, ConsultEnd.TRANSFER)
        await line.clock.sleep(1.0)
        assert await line.agent_of(1) is None
        assert "ended" not in line.kinds(1)
        line.network.hang_up(1)
        await line.until("ended", 1)

    on_line(scenario)


def test_a_third_party_who_leaves_the_talk_of_three_leaves_two(on_line: Any) -> None:
    async def scenario(line: Any) -> None:
        await line.talk()
        line.network.consult(1, 7, line.target("brief"))
        await line.aside(Aside.ANSWERED)
        line.network.end_consult(1, ConsultEnd.CONFERENCE)
        await line.aside(Aside.FAILED)
        assert await line.agent_of(1) == 7
        assert "ended" not in line.kinds(1)
        line.network.hang_up(1)
        await line.until("ended", 1)

    on_line(scenario)


@pytest.mark.parametrize(("how", "agent"), [(ConsultEnd.RESUME, 7), (ConsultEnd.TRANSFER, None)])
def test_a_talk_of_three_is_settled_once_more(on_line: Any, how: ConsultEnd, agent: int | None) -> None:
    async def scenario(line: Any) -> None:
        await line.talk()
        line.network.consult(1, 7, line.target("patient"))
        await line.aside(Aside.ANSWERED)
        line.network.end_consult(1, ConsultEnd.CONFERENCE)
        await line.clock.sleep(1.0)
        line.network.end_consult(1, how)
        await line.clock.sleep(1.0)
        assert await line.agent_of(1) == agent
        assert "ended" not in line.kinds(1)
        line.network.hang_up(1)
        await line.until("ended", 1)

    on_line(scenario)


def test_another_agent_is_consulted_over_their_line_and_takes_the_call(on_line: Any) -> None:
    async def scenario(line: Any) -> None:
        await line.agent(8)
        await line.talk()
        line.network.consult(1, 7, TransferTarget(name="eight", agent_id=8))
        await line.aside(Aside.ANSWERED, within_s=2.0)
        line.network.end_consult(1, ConsultEnd.TRANSFER)
        await line.clock.sleep(1.0)
        assert await line.agent_of(1) == 8
        line.network.hang_up(1, by="agent")
        await line.until("ended", 1)

    on_line(scenario)


def test_an_agent_without_a_line_cannot_be_consulted(on_line: Any) -> None:
    async def scenario(line: Any) -> None:
        await line.talk()
        line.network.consult(1, 7, TransferTarget(name="nobody's", agent_id=9))
        await line.aside(Aside.FAILED)
        assert await line.agent_of(1) == 7
        line.network.hang_up(1)
        await line.until("ended", 1)

    on_line(scenario)


def test_a_call_passes_from_agent_to_agent(on_line: Any) -> None:
    async def scenario(line: Any) -> None:
        await line.agent(8)
        await line.talk()
        line.network.join(1, 8)
        await line.clock.sleep(1.0)
        assert (1, "joined", 8) in line.heard.events
        assert await line.agent_of(1) == 8
        line.network.hang_up(1)
        await line.until("ended", 1)

    on_line(scenario)


def test_a_parked_person_waits_for_any_agent(on_line: Any) -> None:
    async def scenario(line: Any) -> None:
        await line.agent(8)
        await line.talk()
        line.network.park(1)
        await line.clock.sleep(1.0)
        assert await line.agent_of(1) is None
        assert "ended" not in line.kinds(1)
        line.network.join(1, 8)
        await line.clock.sleep(1.0)
        assert await line.agent_of(1) == 8
        line.network.park(1)
        line.network.play(1, "notice", 1.0)  # and may be told something instead
        await line.until("play_ended", 1, within_s=4.0)
        line.network.hang_up(1)
        await line.until("ended", 1)

    on_line(scenario)


def test_third_parties_occupy_their_trunk_and_give_it_back(on_line: Any) -> None:
    async def scenario(line: Any) -> None:
        await line.talk(trunk="narrow")
        line.network.consult(1, 7, line.target("patient", trunk="narrow"))
        await line.aside(Aside.ANSWERED)
        line.dial(2, "patient", trunk="narrow")
        assert (await line.until("ended", 2))[4] == "carrier"  # two channels, both in use
        line.network.hang_up(1)
        await line.until("ended", 1)
        await line.clock.sleep(0.5)
        line.dial(3, "patient", trunk="narrow")
        line.dial(4, "patient", trunk="narrow")
        await line.until("answered", 3)
        await line.until("answered", 4)
        for attempt_id in (3, 4):
            line.network.hang_up(attempt_id)
            await line.until("ended", attempt_id)

    on_line(scenario)


def test_coaching_keys_and_hushing_change_nothing_between_the_two(on_line: Any) -> None:
    async def scenario(line: Any) -> None:
        await line.agent(8)
        await line.talk(record=True)
        for how in (Coaching.LISTEN, Coaching.WHISPER, Coaching.BARGE, Coaching.OFF):
            line.network.coach(7, 8, how)
            await line.clock.sleep(0.3)
        line.network.send_keys(1, "12#")
        line.network.hush_recording(1, on=True)
        await line.clock.sleep(0.5)
        line.network.hush_recording(1, on=False)
        assert await line.agent_of(1) == 7
        assert line.kinds(1)[-1] == "joined"
        line.network.coach(7, 8, Coaching.LISTEN)
        line.network.hang_up(1)  # the coach's part ends with it
        await line.until("ended", 1)
        await line.clock.sleep(0.5)
        assert (8, "line", False) not in line.heard.events

    on_line(scenario)


def test_the_person_may_leave_while_a_third_party_is_called(on_line: Any) -> None:
    async def scenario(line: Any) -> None:
        await line.talk()
        line.network.consult(1, 7, line.target("nobody"))
        await line.aside(Aside.RINGING)
        line.network.hang_up(1)
        await line.until("ended", 1)
        await line.clock.sleep(2.0)
        assert line.kinds(1)[-1] == "ended"  # nothing more of the third party
        assert await line.network.live_calls() == []

    on_line(scenario)
