"""What every ``dialer.ports.Network`` does, whatever carries the calls."""

from __future__ import annotations

from typing import Any

import pytest

from callwright.dialer.network import Coaching, ConsultEnd
from callwright.model.outcome import Media, Outcome, outcome_of_failure


@pytest.mark.parametrize(
    ("far_end", "signs", "outcome"),
    [
        ("busy", (486, 17), Outcome.BUSY),
        ("rejects", (603, 21), Outcome.REJECTED),
        ("rejects_forever", (607, 21), Outcome.REJECTED_FOREVER),
        ("no_such", (404, 1), Outcome.NO_SUCH_NUMBER),
        ("off", (480, 20), Outcome.SWITCHED_OFF),
        ("suspended", (480, 20), Outcome.SUSPENDED),
        ("changed", (410, 22), Outcome.NUMBER_CHANGED),
    ],
)
def test_a_call_that_is_not_answered_ends_once_with_its_signs(
    on_line: Any, far_end: str, signs: tuple[int, int], outcome: Outcome
) -> None:
    async def scenario(line: Any) -> None:
        line.dial(1, far_end)
        _, _, sip, q850, by = await line.until("ended", 1)
        await line.clock.sleep(0.5)
        early = next((e[2] for e in line.heard.events if e[1] == "early"), None)
        assert (sip, q850) == (signs[0], line.cause(*signs))
        assert by in ("person", "carrier")
        assert outcome_of_failure(sip=sip, q850=q850, early=early) is outcome
        assert line.kinds(1).count("ended") == 1
        assert "answered" not in line.kinds(1)

    on_line(scenario)


def test_nobody_answers_until_our_ring_timeout(on_line: Any) -> None:
    async def scenario(line: Any) -> None:
        line.dial(1, "nobody", ring_timeout_s=3.0)
        _, _, sip, q850, by = await line.until("ended", 1)
        assert (sip, q850, by) == (487, 19, "us")
        assert line.kinds(1) == ["ringing", "ended"]
        assert line.when("ended", 1) - line.when("ringing", 1) == pytest.approx(3.0, abs=0.5)

    on_line(scenario)


def test_a_talk_from_ringing_to_the_persons_hanging_up(on_line: Any) -> None:
    async def scenario(line: Any) -> None:
        line.heard.reply = lambda kind, id: line.network.join(id, 7) if kind == "answered" else None
        line.dial(1, "talker")
        event = await line.until("ended", 1)
        assert event[4] == "person"
        assert line.kinds(1) == ["ringing", "answered", "joined", "ended"]
        assert (1, "joined", 7) in line.heard.events
        assert line.when("ended", 1) - line.when("joined", 1) == pytest.approx(3.0, abs=0.5)

    on_line(scenario)


def test_a_person_who_hangs_up_at_once_is_joined_first(on_line: Any) -> None:
    async def scenario(line: Any) -> None:
        line.heard.reply = lambda kind, id: line.network.join(id, 7) if kind == "answered" else None
        line.dial(1, "silent_hanger")
        await line.until("ended", 1)
        assert line.kinds(1) == ["ringing", "answered", "joined", "ended"]

    on_line(scenario)


def test_the_agent_may_end_the_talk(on_line: Any) -> None:
    async def scenario(line: Any) -> None:
        line.heard.reply = lambda kind, id: line.network.join(id, 7) if kind == "answered" else None
        line.dial(1, "patient")
        await line.until("joined", 1)
        line.network.hang_up(1, by="agent")
        line.network.hang_up(1)
        assert "ended" not in line.kinds(1)  # commands return before their events come
        event = await line.until("ended", 1)
        await line.clock.sleep(1.0)
        assert event[4] == "agent"
        assert line.kinds(1).count("ended") == 1

    on_line(scenario)


def test_a_ringing_call_can_be_taken_back(on_line: Any) -> None:
    async def scenario(line: Any) -> None:
        line.dial(1, "nobody")
        await line.until("ringing", 1)
        line.network.hang_up(1)
        event = await line.until("ended", 1)
        assert event[2] == 487
        assert event[4] == "us"

    on_line(scenario)


def test_a_call_can_be_taken_back_before_it_rings_and_in_the_answer_itself(on_line: Any) -> None:
    async def scenario(line: Any) -> None:
        line.dial(1, "nobody")
        line.network.hang_up(1)
        await line.until("ended", 1)
        assert line.kinds(1) == ["ended"]
        line.heard.reply = lambda kind, id: line.network.hang_up(id) if kind == "answered" else None
        line.dial(2, "talker")
        event = await line.until("ended", 2)
        await line.clock.sleep(1.0)
        assert event[4] == "us"
        assert line.kinds(2) == ["ringing", "answered", "ended"]

    on_line(scenario)


def test_a_second_originate_with_a_live_id_is_refused(on_line: Any) -> None:
    async def scenario(line: Any) -> None:
        line.dial(1, "nobody")
        await line.until("ringing", 1)
        line.dial(1, "talker")
        await line.clock.sleep(2.0)
        assert line.kinds(1) == ["ringing"]
        assert len(await line.network.live_calls()) == 1
        line.network.hang_up(1)
        await line.until("ended", 1)

    on_line(scenario)


@pytest.mark.parametrize("number", ["12025550200", "+1202555020a", "+1(202)5550200", "+12025550200&SIP/1", "", "+"])
def test_only_plain_digits_are_dialled(on_line: Any, number: str) -> None:
    async def scenario(line: Any) -> None:
        line.dial(1, number)
        event = await line.until("ended", 1)
        assert event[2:] == (None, None, "us")
        assert line.kinds(1) == ["ended"]

    on_line(scenario)


@pytest.mark.parametrize("order", [{"trunk": "unknown"}, {"far_end": "+351912345678"}])
def test_what_no_trunk_may_dial_fails_by_us(on_line: Any, order: dict[str, str]) -> None:
    async def scenario(line: Any) -> None:
        line.dial(1, **{"far_end": "talker", **order})
        assert (await line.until("ended", 1))[2:] == (None, None, "us")

    on_line(scenario)


@pytest.mark.parametrize(("trunk", "passes"), [("narrow", 2), ("slow", 2)])
def test_more_calls_than_the_trunk_takes_fail_as_the_carriers(on_line: Any, trunk: str, passes: int) -> None:
    async def scenario(line: Any) -> None:
        for attempt_id in range(1, 6):
            line.dial(attempt_id, "nobody", trunk=trunk)
        await line.clock.sleep(1.0)
        failed = [e for e in line.heard.events if e[1] == "ended"]
        assert len(failed) == 5 - passes
        assert all(outcome_of_failure(sip=e[2], q850=e[3], early=None) is Outcome.CARRIER_FAILURE for e in failed)
        for attempt_id in range(1, 6):
            line.network.hang_up(attempt_id)
        await line.clock.sleep(2.0)
        line.dial(9, "talker", trunk=trunk)  # the channels are free again
        await line.until("answered", 9)

    on_line(scenario)


def test_a_message_is_played_to_its_end_and_keys_are_heard(on_line: Any) -> None:
    async def scenario(line: Any) -> None:
        line.heard.reply = lambda kind, id: line.network.play(id, "offer", 8.0) if kind == "answered" else None
        line.dial(1, "keypad")
        await line.until("play_ended", 1)
        line.network.hang_up(1)
        await line.until("ended", 1)
        assert [e[2] for e in line.heard.events if e[1] == "key"] == ["1", "9"]
        assert line.kinds(1)[-2:] == ["play_ended", "ended"]

    on_line(scenario)


def test_a_person_may_hang_up_in_the_message(on_line: Any) -> None:
    async def scenario(line: Any) -> None:
        line.heard.reply = lambda kind, id: line.network.play(id, "offer", 8.0) if kind == "answered" else None
        line.dial(1, "impatient_listener")
        event = await line.until("ended", 1)
        assert event[4] == "person"
        assert "play_ended" not in line.kinds(1)

    on_line(scenario)


def test_a_person_nobody_speaks_to_waits_their_patience_and_no_less(on_line: Any) -> None:
    async def scenario(line: Any) -> None:
        line.dial(1, "soon_gone")
        event = await line.until("ended", 1)
        assert event[4] == "person"
        assert line.when("ended", 1) - line.when("answered", 1) == pytest.approx(4.0, abs=0.5)

    on_line(scenario)


@pytest.mark.parametrize(
    ("far_end", "heard"),
    [
        ("patient", Media.HUMAN),
        ("machine", Media.MACHINE),
        ("fax", Media.FAX),
        ("screening", Media.SCREENING),
    ],
)
def test_detection_says_who_answered_where_it_was_asked_for(on_line: Any, far_end: str, heard: Media) -> None:
    async def scenario(line: Any) -> None:
        line.dial(1, far_end, detect_machine=True)
        line.dial(2, far_end)
        _, _, media, words_over_at = await line.until("verdict", 1)
        while media is Media.MACHINE and heard is Media.SCREENING:  # an assistant begins as a machine does
            await line.clock.sleep(0.1)
            media = [e[2] for e in line.heard.events if e[:2] == (1, "verdict")][-1]
        assert media is heard
        assert line.when("verdict", 1) >= line.when("answered", 1)
        if words_over_at is not None:  # when the first words were over, where that was heard
            assert line.when("answered", 1) <= words_over_at <= line.when("verdict", 1)
        assert "verdict" not in line.kinds(2)

    on_line(scenario)


def test_live_calls_are_what_a_restarted_dialer_can_adopt(on_line: Any) -> None:
    async def scenario(line: Any) -> None:
        line.dial(1, "nobody")
        line.dial(2, "patient")
        line.dial(3, "patient")
        line.dial(4, "busy")
        for attempt_id in (2, 3):
            await line.until("answered", attempt_id)
        await line.until("ended", 4)
        line.network.join(3, 7)
        await line.until("joined", 3)
        live = {c.attempt_id: (c.answered, c.agent_id) for c in await line.network.live_calls()}
        assert live == {1: (False, None), 2: (True, None), 3: (True, 7)}
        again = type(line.heard)(line.clock)
        line.network.listen(again)
        line.network.hang_up(2)
        await line.clock.sleep(2.0)
        assert [e[:2] for e in again.events] == [(2, "ended")]

    on_line(scenario)


def test_commands_for_unknown_calls_are_ignored(on_line: Any) -> None:
    async def scenario(line: Any) -> None:
        line.network.join(99, 1)
        line.network.play(99, "offer", 1.0)
        line.network.hang_up(99)
        line.network.hold(99, on=True)
        line.network.refuse_inbound(99)
        line.network.park(99)
        line.network.send_keys(99, "1")
        line.network.transfer(99, line.target("patient"))
        line.network.consult(99, 1, line.target("patient"))
        line.network.end_consult(99, ConsultEnd.TRANSFER)
        line.network.coach(1, 2, Coaching.LISTEN)
        line.network.hush_recording(99, on=True)
        line.network.release_agent(98)
        await line.clock.sleep(2.0)
        assert line.heard.events == []

    on_line(scenario)


def test_a_returned_call_is_taken_under_the_attempts_id(on_line: Any) -> None:
    async def scenario(line: Any) -> None:
        line.ring_in("patient", "+12025550100")
        await line.clock.sleep(1.0)
        (call_id, kind, number, called), *_ = line.heard.events
        assert (kind, number, called) == ("inbound", line.numbers["patient"], "+12025550100")
        line.network.accept_inbound(call_id, 50)
        line.network.join(50, 7)
        assert (await line.until("joined", 50))[2] == 7
        line.network.hang_up(50, by="agent")
        assert (await line.until("ended", 50))[4] == "agent"

    on_line(scenario)


def test_a_returned_call_can_be_refused(on_line: Any) -> None:
    async def scenario(line: Any) -> None:
        line.ring_in("patient", "+12025550100")
        await line.clock.sleep(1.0)
        line.network.refuse_inbound(line.heard.events[0][0])
        await line.clock.sleep(1.5)
        assert len(line.heard.events) == 1
        assert await line.network.live_calls() == []

    on_line(scenario)


def test_a_person_on_hold_stays_and_is_with_the_agent_again(on_line: Any) -> None:
    async def scenario(line: Any) -> None:
        line.heard.reply = lambda kind, id: line.network.join(id, 7) if kind == "answered" else None
        line.dial(1, "patient")
        await line.until("joined", 1)
        line.network.hold(1, on=True)
        await line.clock.sleep(2.0)
        assert "ended" not in line.kinds(1)
        line.network.hold(1, on=False)
        await line.clock.sleep(0.5)
        live = await line.network.live_calls()
        assert [(call.attempt_id, call.agent_id) for call in live] == [(1, 7)]
        line.network.hang_up(1, by="agent")
        assert (await line.until("ended", 1))[4] == "agent"

    on_line(scenario)


def test_a_person_who_is_sent_a_fax_takes_none(on_line: Any) -> None:
    async def scenario(line: Any) -> None:
        line.heard.reply = lambda kind, id: line.network.send_fax(id, "offer.tif") if kind == "answered" else None
        line.dial(1, "soon_gone")
        _, _, sent, pages, why = await line.until("fax", 1)
        assert (sent, pages) == (False, 0)
        assert why
        assert (await line.until("ended", 1))[4] == "person"
        assert line.kinds(1) == ["ringing", "answered", "fax", "ended"]

    on_line(scenario)
