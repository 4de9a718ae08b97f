"""The book of announcements: taught once, known again on a bad line, not confused with what only begins alike."""

from __future__ import annotations

import random

import numpy as np
import pytest

from callwright.kit.errors import BadInput
from callwright.model.outcome import Media
from callwright.robot import AnnouncementBook, HeardKind, Hearing, teach
from support.robot_sounds import Sound, heard_in, line, silence, tone, voice

_OFF = voice(4.0, seed=21)
_GONE = voice(5.0, seed=22)


def _pcm(sound: Sound) -> bytes:
    return line(sound, noise_db=-90.0)


def _book() -> AnnouncementBook:
    return AnnouncementBook(
        [
            teach(_pcm(_OFF), name="off", media=Media.ANNOUNCED_SWITCHED_OFF, language="xx"),
            teach(_pcm(_GONE), name="gone", media=Media.ANNOUNCED_NO_SUCH_NUMBER, language="xx"),
        ]
    )


def _announced(pcm: bytes, book: AnnouncementBook) -> list[tuple[Media | None, str]]:
    heard = heard_in(pcm, hearing=Hearing(announcements=book), answered=False)
    return [(each.media, each.why) for each in heard if each.kind is HeardKind.ANNOUNCEMENT]


@pytest.mark.parametrize("offset_s", [0.0, 0.005, 0.0101, 0.3133, 1.77])
@pytest.mark.parametrize(("gain", "noise_db"), [(1.0, -60.0), (0.15, -60.0), (0.5, -42.0)])
def test_known_at_any_level_offset_and_noise(offset_s: float, gain: float, noise_db: float) -> None:
    book = _book()
    assert _announced(line(silence(offset_s), gain * _OFF, silence(1), noise_db=noise_db), book) == [
        (Media.ANNOUNCED_SWITCHED_OFF, "book:off")
    ]
    assert _announced(line(silence(offset_s), gain * _GONE, silence(1), noise_db=noise_db), book) == [
        (Media.ANNOUNCED_NO_SUCH_NUMBER, "book:gone")
    ]


def test_known_with_lost_packets() -> None:
    pcm = bytearray(line(silence(0.2), 0.4 * _OFF, silence(1)))
    rng = random.Random(5)
    for start in range(0, len(pcm), 320):
        if rng.random() < 0.03:
            pcm[start : start + 320] = bytes(320)
    assert _announced(bytes(pcm), _book()) == [(Media.ANNOUNCED_SWITCHED_OFF, "book:off")]


def test_known_when_its_beginning_was_missed() -> None:
    assert _announced(line(_OFF[8000:], silence(1)), _book()) == [(Media.ANNOUNCED_SWITCHED_OFF, "book:off")]


@pytest.mark.parametrize("seed", range(40, 52))
def test_strange_speech_is_not_known(seed: int) -> None:
    assert _announced(line(silence(0.3), voice(6.0, seed=seed), silence(1)), _book()) == []


def test_tones_are_not_known_though_they_were_taught_with_it() -> None:
    book = AnnouncementBook(
        [teach(_pcm(np.concatenate([tone(1, 950), _OFF])), name="off", media=Media.ANNOUNCED_SWITCHED_OFF)]
    )
    assert _announced(line(*[tone(1, 425), silence(4)] * 3), book) == []
    assert _announced(line(tone(1, 950), silence(3)), book) == []


def test_two_that_begin_alike_are_told_apart_where_they_part() -> None:
    common = voice(2.5, seed=30)
    first, second = np.concatenate([common, voice(2.0, seed=31)]), np.concatenate([common, voice(2.0, seed=32)])
    book = AnnouncementBook(
        [
            teach(_pcm(first), name="first", media=Media.ANNOUNCED_SWITCHED_OFF),
            teach(_pcm(second), name="second", media=Media.ANNOUNCED_SUSPENDED),
        ]
    )
    assert _announced(line(first, silence(1)), book) == [(Media.ANNOUNCED_SWITCHED_OFF, "book:first")]
    assert _announced(line(second, silence(1)), book) == [(Media.ANNOUNCED_SUSPENDED, "book:second")]


def test_after_the_answer_it_is_the_verdict() -> None:
    book = AnnouncementBook([teach(_pcm(_OFF), name="assistant", media=Media.SCREENING)])
    heard = heard_in(line(silence(0.3), _OFF, silence(3)), hearing=Hearing(announcements=book))
    verdict = [each for each in heard if each.kind in (HeardKind.VERDICT, HeardKind.REVISED)][-1]
    assert (verdict.media, verdict.why) == (Media.SCREENING, "book:assistant")


def test_an_assistants_words_before_the_answer_announce_nothing() -> None:
    book = AnnouncementBook([teach(_pcm(_OFF), name="assistant", media=Media.SCREENING)])
    assert _announced(line(_OFF, silence(1)), book) == []


def test_the_book_as_a_file() -> None:
    book = AnnouncementBook.load(_book().dump())
    assert [(a.name, a.media, a.language) for a in book] == [
        ("off", Media.ANNOUNCED_SWITCHED_OFF, "xx"),
        ("gone", Media.ANNOUNCED_NO_SUCH_NUMBER, "xx"),
    ]
    assert _announced(line(_OFF, silence(1)), book) == [(Media.ANNOUNCED_SWITCHED_OFF, "book:off")]
    book.remove("off")
    assert _announced(line(_OFF, silence(1)), book) == []


@pytest.mark.parametrize(
    "text", ["", "[]", "{}", '{"format": 2, "announcements": []}', '{"format": 1, "announcements": [1]}']
)
def test_a_broken_file_says_what_to_do(text: str) -> None:
    with pytest.raises(BadInput, match="teach again"):
        AnnouncementBook.load(text)


def test_too_little_to_know_it_by() -> None:
    with pytest.raises(BadInput, match=r"at least 1\.2 s"):
        teach(_pcm(voice(0.8)), name="short", media=Media.ANNOUNCED_SUSPENDED)
    with pytest.raises(BadInput, match="cannot mean"):
        teach(_pcm(_OFF), name="person", media=Media.HUMAN)
