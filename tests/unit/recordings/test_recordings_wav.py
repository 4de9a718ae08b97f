"""WAV headers as a crash leaves them, and files that are something else."""

from __future__ import annotations

import io
import struct

import pytest
from hypothesis import given
from hypothesis import strategies as st

from callwright.adapters.recordings.errors import NoAudio, NotAWav
from callwright.adapters.recordings.taking import facts_of
from callwright.adapters.recordings.wav import WavFacts, wav_header
from support.tones import killed_wav, tone, wav

AUDIO = tone(440, 1.0)


def facts(content: bytes) -> WavFacts:
    return facts_of(io.BytesIO(content), len(content))


def chunk(name: bytes, body: bytes) -> bytes:
    return struct.pack("<4sI", name, len(body)) + body + b"\0" * (len(body) % 2)


def test_a_sound_file_needs_no_repair() -> None:
    found = facts(wav(AUDIO))
    assert (found.data_at, found.data_bytes, found.rate, found.repairs) == (44, 16_000, 8000, ())


def test_lengths_of_zero_and_an_odd_end_are_repaired() -> None:
    found = facts(killed_wav(AUDIO))
    assert (found.data_at, found.data_bytes) == (44, 15_998)
    assert found.repairs == (
        "the header said 0 bytes of audio, the file holds 15999",
        "half a sample at the end was dropped",
    )


@pytest.mark.parametrize("claimed", [0, 2, 8_000, 15_999, 16_002, 2**32 - 1])
def test_a_wrong_length_gives_way_to_what_the_file_holds(claimed: int) -> None:
    found = facts(wav_header(rate=8000, channels=1, data_bytes=0)[:40] + struct.pack("<I", claimed) + AUDIO.tobytes())
    assert found.data_bytes == 16_000
    assert "the file holds 16000" in found.repairs[0]


def test_chunks_before_and_behind_the_audio_are_no_audio() -> None:
    fmt = chunk(b"fmt ", struct.pack("<HHIIHH", 1, 1, 8000, 16_000, 2, 16))
    body = b"WAVE" + chunk(b"LIST", b"odd") + fmt + chunk(b"data", AUDIO.tobytes()) + chunk(b"LIST", b"INFOabc")
    found = facts(b"RIFF" + struct.pack("<I", len(body)) + body)
    assert (found.data_at, found.data_bytes, found.repairs) == (12 + 12 + 24 + 8, 16_000, ())


def test_a_stale_length_is_not_taken_for_chunks_behind() -> None:
    """The file grew after the header was last corrected; what follows looks nearly like a chunk's name."""
    content = wav_header(rate=8000, channels=1, data_bytes=8000) + AUDIO.tobytes()[:8000] + b"abcd" + b"\x05" * 2001
    found = facts(content)
    assert found.data_bytes == len(content) - 44 - 1
    assert "the file holds 10005" in found.repairs[0]


def test_a_header_that_never_reached_the_disk() -> None:
    found = facts(bytes(44) + AUDIO.tobytes())
    assert (found.data_at, found.data_bytes, found.rate) == (44, 16_000, 8000)
    assert found.repairs == ("the header was never written; taken as 8 kHz",)


def test_a_missing_format_is_taken_as_the_standard() -> None:
    body = b"WAVE" + chunk(b"data", AUDIO.tobytes())
    assert facts(b"RIFF" + struct.pack("<I", len(body)) + body).repairs == ("the header had no format; taken as 8 kHz",)


def test_another_rate_is_read() -> None:
    assert facts(wav(tone(440, 1.0, rate=16_000), rate=16_000)).rate == 16_000


@pytest.mark.parametrize("length", range(46))
def test_a_file_that_ends_in_its_header_says_that_nothing_was_recorded(length: int) -> None:
    content = killed_wav(AUDIO)[:length]
    if length in (1, 2, 3):
        with pytest.raises((NoAudio, NotAWav)):
            facts(content)
    else:
        with pytest.raises(NoAudio, match="nothing was recorded"):
            facts(content)


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"OggS" + bytes(100), "Ogg"),
        (b"ID3" + bytes(100), "MP3"),
        (b"RIFX" + bytes(100), "big-endian"),
        (b"%PDF-1.7 and so on, longer than any header of a WAV", "does not begin with RIFF"),
        (AUDIO.tobytes()[2:], "does not begin with RIFF"),
        (b"RIFF\0\0\0\0AVI LIST" + bytes(100), "AVI"),
        (b"RIFF\0\0\0\0WAVE" + chunk(b"LIST", bytes(5000)) + bytes(100), "no audio chunk"),
        (wav_header(rate=8000, channels=2, data_bytes=400) + bytes(400), "2 channels"),
        (
            wav_header(rate=8000, channels=1, data_bytes=400).replace(b"\x10\0data", b"\x08\0data") + bytes(400),
            "8 bits",
        ),
        (wav_header(rate=100, channels=1, data_bytes=400) + bytes(400), "100 Hz"),
    ],
)
def test_something_else_is_named(content: bytes, said: str) -> None:
    with pytest.raises(NotAWav, match=said):
        facts(content)


@given(st.binary(max_size=300), st.integers(0, 60))
def test_no_bytes_make_it_stumble(noise: bytes, kept: int) -> None:
    for content in (noise, wav(AUDIO)[:kept] + noise, b"RIFF\0\0\0\0WAVE" + noise):
        try:
            found = facts(content)
        except (NoAudio, NotAWav):
            continue
        assert 0 < found.data_bytes <= len(content) - found.data_at
        assert found.data_bytes % 2 == 0
