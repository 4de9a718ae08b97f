"""Who hears whom, measured: every party sends a tone of its own, and what each of them hears is recorded far away."""

from __future__ import annotations

import asyncio
from typing import Any

from tests.support.far_asterisk import loudness, read_wav, tone_share

from callwright.dialer.network import Aside, Coaching, ConsultEnd, TransferTarget

AGENT, OTHER, LEAD = "agent0880", "agent0660", "agent1200"


def test_person_and_agent_hear_each_other(on_floor: Any) -> None:
    async def scenario(floor: Any) -> None:
        person = "+14407000001"
        await floor.lines(7)
        await floor.talk(person)
        await floor.hears(person, 880)
        await floor.hears(AGENT, 440)

    on_floor(scenario)


def test_on_hold_the_person_hears_music_and_the_agent_nothing(on_floor: Any) -> None:
    async def scenario(floor: Any) -> None:
        person = "+14407000002"
        await floor.lines(7)
        attempt = await floor.talk(person)
        floor.network.hold(attempt, on=True)
        await floor.hears(person, never=[880], loud=True)
        await floor.hears(AGENT, loud=False)
        floor.network.hold(attempt, on=False)
        await floor.hears(person, 880)
        await floor.hears(AGENT, 440)

    on_floor(scenario)


def test_a_message_is_heard_by_the_person_alone(on_floor: Any) -> None:
    async def scenario(floor: Any) -> None:
        person = "+14407000003"
        await floor.lines(7)
        attempt = await floor.talk(person)
        floor.network.play(attempt, "offer", 3.0)
        await floor.hears(person, never=[880], loud=True)
        await floor.hears(AGENT, loud=False)
        await floor.ear.until("on_play_ended", attempt)

    on_floor(scenario)


def test_a_third_party_is_asked_while_the_person_waits_then_all_talk_then_the_agent_leaves(on_floor: Any) -> None:
    async def scenario(floor: Any) -> None:
        person, third = "+14407000004", "+15507000004"
        await floor.lines(7)
        attempt = await floor.talk(person)
        floor.network.consult(attempt, 7, TransferTarget(name="office", number=third, trunk="main"))
        await floor.ear.until("on_aside", attempt, Aside.ANSWERED)
        await floor.hears(AGENT, 550)
        await floor.hears(third, 880)
        await floor.hears(person, never=[550, 880], loud=True)
        floor.network.end_consult(attempt, ConsultEnd.CONFERENCE)
        await floor.hears(AGENT, 440, 550, share=0.25)
        await floor.hears(third, 440, 880, share=0.25)
        await floor.hears(person, 550, 880, share=0.25)
        floor.network.end_consult(attempt, ConsultEnd.TRANSFER)
        await floor.hears(third, 440)
        await floor.hears(person, 550)
        await floor.hears(AGENT, loud=False)
        live = [(c.attempt_id, c.agent_id) for c in await floor.network.live_calls()]
        assert live == [(attempt, None)]

    on_floor(scenario)


def test_a_consulted_agent_takes_the_call_over(on_floor: Any) -> None:
    async def scenario(floor: Any) -> None:
        person = "+14407000005"
        await floor.lines(7, 8)
        attempt = await floor.talk(person)
        floor.network.consult(attempt, 7, TransferTarget(name="colleague", agent_id=8))
        await floor.ear.until("on_aside", attempt, Aside.ANSWERED)
        await floor.hears(OTHER, 880)
        await floor.hears(AGENT, 660)
        floor.network.end_consult(attempt, ConsultEnd.TRANSFER)
        await floor.hears(person, 660)
        await floor.hears(OTHER, 440)
        await floor.hears(AGENT, loud=False)

    on_floor(scenario)


def test_a_blind_transfer_that_nobody_takes_leaves_the_person_with_music(on_floor: Any) -> None:
    async def scenario(floor: Any) -> None:
        person = "+14407000006"
        await floor.lines(7)
        attempt = await floor.talk(person)
        floor.network.transfer(attempt, TransferTarget(name="nobody", number="+19990000000", trunk="main"))
        await floor.ear.until("on_aside", attempt, Aside.FAILED)
        await floor.hears(person, never=[880], loud=True)
        floor.network.join(attempt, 7)
        await floor.ear.until("on_joined", attempt, 7)
        await floor.hears(person, 880)

    on_floor(scenario)


def test_a_team_lead_listens_whispers_barges_and_leaves(on_floor: Any) -> None:
    async def scenario(floor: Any) -> None:
        person = "+14407000007"
        await floor.lines(7, 9)
        await floor.talk(person)
        floor.network.coach(7, 9, Coaching.LISTEN)
        await floor.hears(person, 880, never=[1200])
        await floor.hears(AGENT, 440, never=[1200])
        await floor.hears(LEAD, 440, 880, share=0.2)
        floor.network.coach(7, 9, Coaching.WHISPER)
        await floor.hears(person, 880, never=[1200])
        await floor.hears(AGENT, 440, 1200, share=0.2)
        await floor.hears(LEAD, 440, 880, share=0.2)
        floor.network.coach(7, 9, Coaching.BARGE)
        await floor.hears(person, 880, 1200, share=0.2)
        await floor.hears(AGENT, 440, 1200, share=0.2)
        floor.network.coach(7, 9, Coaching.OFF)
        await floor.hears(person, 880, never=[1200])
        await floor.hears(AGENT, 440, never=[1200])
        await floor.hears(LEAD, loud=False)

    on_floor(scenario)


def test_keys_go_both_ways(on_floor: Any) -> None:
    async def scenario(floor: Any) -> None:
        await floor.lines(7)
        reader, presser = "+14408000001", "+14409000001"
        attempt = await floor.talk(reader)
        floor.network.send_keys(attempt, "1x2#")
        assert await asyncio.to_thread(floor.far.keys, reader) == "12"  # the reader stops at #
        other = floor.dial(presser)
        await floor.ear.until("on_key", other, "#")
        assert [e[2] for e in floor.ear.events if e[:2] == ("on_key", other)] == ["1", "9", "#"]

    on_floor(scenario)


def test_both_sides_are_recorded_apart_and_hushed_for_card_data(on_floor: Any) -> None:
    async def scenario(floor: Any) -> None:
        await floor.lines(7)
        attempt = await floor.talk("+14407000008", record=True)
        await asyncio.sleep(1.5)
        floor.network.hush_recording(attempt, on=True)
        await asyncio.sleep(1.5)
        floor.network.hush_recording(attempt, on=False)
        await asyncio.sleep(1.5)
        assert {side for _, side, _ in floor.recordings.begun} == {"person", "agent"}
        floor.network.hang_up(attempt)
        await floor.ear.until("on_ended", attempt)
        await floor.recordings.until_done(2)
        assert floor.recordings.failed == []
        for side, hertz in (("person", 440), ("agent", 880)):
            sound = read_wav(floor.telephone.process.recordings / f"{attempt}-{side}.wav")
            assert 4.0 < len(sound) / 8000 < 5.5
            assert tone_share(sound[4000:10000], hertz) > 0.9
            assert loudness(sound[15000:21000]) < 5.0  # nothing at all while hushed
            assert tone_share(sound[-8000:], hertz) > 0.9

    on_floor(scenario)


def test_a_name_is_whispered_to_the_agent_before_the_person_is_there(on_floor: Any) -> None:
    async def scenario(floor: Any) -> None:
        person = "+14407000009"
        await floor.lines(7)
        attempt = floor.dial(person)
        await floor.ear.until("on_answered", attempt)
        floor.network.join(attempt, 7, whisper="Mrs Brown of Northwind Trading in Springfield")
        await floor.hears(AGENT, never=[440], loud=True)
        await floor.hears(person, loud=False)
        await floor.ear.until("on_joined", attempt, 7)
        await floor.hears(person, 880)

    on_floor(scenario)
