"""Who answered, on sounds made by arithmetic: every kind, the moment to speak, frames that do not come."""

from __future__ import annotations

import numpy as np
import pytest

from callwright.model.outcome import Media
from callwright.robot import FRAME_BYTES, HeardKind, Hearing, HearingSettings, frames_of, pcm_of_ulaw
from support.robot_sounds import heard_in, line, silence, tone, voice

_GREETING = voice(6.0, seed=4)


def _verdict(pcm: bytes, hearing: Hearing | None = None) -> tuple[Media | None, float]:
    found = [each for each in heard_in(pcm, hearing=hearing) if each.kind is HeardKind.VERDICT]
    assert len(found) == 1
    assert found[0].since_answer_s is not None
    return found[0].media, found[0].since_answer_s


@pytest.mark.parametrize("seed", range(6))
def test_a_word_and_a_wait_is_a_person(seed: int) -> None:
    media, after_s = _verdict(line(silence(0.5), voice(0.5, seed=seed), silence(4)))
    assert media is Media.HUMAN
    assert after_s < 2.2


def test_hello_and_hello_again_is_a_person() -> None:
    pcm = line(silence(0.4), voice(0.4, seed=2), silence(1.1), voice(0.5, seed=3), silence(3))
    assert _verdict(pcm)[0] is Media.HUMAN


@pytest.mark.parametrize("seed", range(6))
def test_who_talks_on_is_a_machine(seed: int) -> None:
    assert _verdict(line(silence(0.3), voice(9.0, seed=seed), silence(1)))[0] is Media.MACHINE


@pytest.mark.parametrize(("hz", "length_s"), [(1000, 0.2), (440, 0.5), (620, 0.3), (1400, 0.12), (850, 1.0)])
def test_the_beep_says_speak_now(hz: float, length_s: float) -> None:
    heard = heard_in(line(silence(0.3), _GREETING, silence(0.6), tone(length_s, hz), silence(3)))
    beeps = [each.since_answer_s for each in heard if each.kind is HeardKind.BEEP]
    assert beeps == [pytest.approx(0.3 + 6.0 + 0.6 + length_s, abs=0.25)]
    assert not [each for each in heard if each.kind is HeardKind.GREETING_END]


def test_a_beep_right_after_a_word_is_a_machine() -> None:
    heard = heard_in(line(silence(0.3), voice(1.2), silence(0.2), tone(0.3, 1000), silence(3)))
    assert [(each.kind, each.media) for each in heard] == [
        (HeardKind.VERDICT, Media.MACHINE),
        (HeardKind.BEEP, Media.MACHINE),
    ]


def test_a_beep_after_a_person_revises_the_verdict() -> None:
    heard = heard_in(line(silence(0.3), voice(0.5), silence(3.5), tone(0.4, 1000), silence(1)))
    assert [(each.kind, each.media) for each in heard] == [
        (HeardKind.VERDICT, Media.HUMAN),
        (HeardKind.REVISED, Media.MACHINE),
        (HeardKind.BEEP, Media.MACHINE),
    ]


def test_a_machine_without_a_beep_ends_in_silence_and_may_be_an_assistant_that_waits() -> None:
    heard = heard_in(line(silence(0.3), _GREETING, silence(6)))
    kinds = [(each.kind, each.media) for each in heard]
    assert kinds == [
        (HeardKind.VERDICT, Media.MACHINE),
        (HeardKind.GREETING_END, Media.SILENCE),
        (HeardKind.REVISED, Media.SCREENING),
    ]
    assert heard[1].since_answer_s == pytest.approx(0.3 + 6.0 + 2.0, abs=0.4)


def test_nobody_speaks() -> None:
    assert _verdict(line(silence(5)))[0] is Media.SILENCE
    strict = Hearing(settings=HearingSettings(silence_s=2.0, silence_counts_as=Media.HUMAN))
    media, after_s = _verdict(line(silence(5)), strict)
    assert media is Media.HUMAN
    assert after_s == pytest.approx(2.0, abs=0.11)


def test_who_speaks_after_the_silence_is_judged_all_the_same() -> None:
    heard = heard_in(line(silence(3.6), voice(0.5), silence(4)))
    assert [(each.kind, each.media) for each in heard] == [
        (HeardKind.VERDICT, Media.SILENCE),
        (HeardKind.REVISED, Media.HUMAN),
    ]


@pytest.mark.parametrize("sound", [tone(3, 2100), np.concatenate([tone(0.5, 1100), silence(3)])])
def test_a_fax(sound: np.ndarray) -> None:
    assert _verdict(line(silence(0.5), sound))[0] is Media.FAX


def test_a_machines_beep_of_1100_hz_is_no_fax() -> None:
    heard = heard_in(line(silence(0.3), voice(5), silence(0.5), tone(0.5, 1100), silence(2)))
    assert Media.FAX not in [each.media for each in heard]
    assert heard[-1].kind is HeardKind.BEEP


def test_pressed_keys_are_no_beep() -> None:
    heard = heard_in(line(silence(0.3), voice(0.5), silence(3), tone(0.3, 770, 1336), silence(1)))
    assert [each.kind for each in heard] == [HeardKind.VERDICT]


def test_ringing_in_a_private_exchange_after_the_answer_is_no_beep() -> None:
    heard = heard_in(line(tone(1.0, 425), silence(0.8), voice(0.5), silence(3)))
    assert [(each.kind, each.media) for each in heard] == [(HeardKind.VERDICT, Media.HUMAN)]


def test_sound_before_the_answer_does_not_count_as_speech_after_it() -> None:
    """A long announcement, then the answer: the person is still a person."""
    hearing = Hearing()
    before = heard_in(line(voice(8)), hearing=hearing, answered=False)
    assert [each.why for each in before] == ["unknown speech"]
    media, after_s = _verdict(line(silence(0.5), voice(0.5), silence(4)), hearing)
    assert media is Media.HUMAN
    assert after_s < 2.2


def test_missing_frames_are_silence_and_time_goes_on() -> None:
    hearing = Hearing()
    assert heard_in(line(silence(0.4), voice(0.5)), hearing=hearing) == []
    heard = hearing.silence(3.0)
    assert [each.media for each in heard] == [Media.HUMAN]


def test_short_frames_and_mu_law_are_taken() -> None:
    hearing = Hearing()
    hearing.feed(b"\0\0" * 10, answered=True)
    assert pcm_of_ulaw(bytes([0xFF, 0x7F, 0x00, 0x80])) == np.array([0, 0, -32124, 32124], dtype="<i2").tobytes()
    for _ in range(200):
        for heard in hearing.feed_ulaw(b"\xff" * 160, answered=True):
            assert heard.media is Media.SILENCE


def test_a_person_is_not_listened_to_for_ever() -> None:
    hearing = Hearing(settings=HearingSettings(after_person_s=2.0))
    heard_in(line(silence(0.4), voice(0.5), silence(6)), hearing=hearing)
    assert hearing.done
    assert heard_in(line(tone(0.5, 1000), silence(1)), hearing=hearing) == []


def test_the_same_call_is_heard_the_same_way() -> None:
    pcm = line(silence(0.3), _GREETING, silence(0.6), tone(0.4, 1000), silence(2))
    assert heard_in(pcm) == heard_in(pcm)
    assert len(next(frames_of(pcm))) == FRAME_BYTES


@pytest.mark.parametrize("seed", range(4))
def test_patience_moves_the_verdict_on_a_person(seed: int) -> None:
    pcm = line(silence(0.5), voice(0.5, seed=seed), silence(4))
    waits = [_verdict(pcm, Hearing(settings=HearingSettings(patience=p))) for p in (0.3, 1.0, 3.0)]
    assert {media for media, _ in waits} == {Media.HUMAN}
    assert waits[0][1] <= waits[1][1] <= waits[2][1]
    assert waits[0][1] < waits[2][1]
