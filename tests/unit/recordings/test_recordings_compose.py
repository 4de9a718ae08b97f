"""Two sides in one file, measured on tones: alignment, silence where a side is silent, pauses overwritten."""

from __future__ import annotations

import io

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from callwright.adapters.recordings import compose
from callwright.adapters.recordings.compose import Side, Stereo, shifts
from callwright.adapters.recordings.errors import NotAWav
from callwright.adapters.recordings.ports import Note, pauses_within
from callwright.adapters.recordings.taking import facts_of
from support.tones import RATE, Samples, channels, onset_s, silence, tone, wav


def side(samples: Samples, starts_s: float = 0.0, *, rate: int = RATE) -> Side:
    content = wav(samples, rate=rate)
    return Side(file=io.BytesIO(content), facts=facts_of(io.BytesIO(content), len(content)), starts_s=starts_s)


def made(stereo: Stereo) -> bytes:
    content = b"".join(stereo.blocks())
    assert len(content) == stereo.wav_bytes
    return content


def test_a_side_that_starts_300_ms_later_is_heard_300_ms_later() -> None:
    person_s, agent_s, believed = shifts(1000.0, 1000.3)
    left, right = channels(made(Stereo(side(tone(440, 2.0), person_s), side(tone(1000, 2.0), agent_s))))
    assert believed
    assert onset_s(left, 440) == pytest.approx(0.0, abs=0.003)
    assert onset_s(right, 1000) == pytest.approx(0.3, abs=0.003)
    assert len(left) == len(right) == round(2.3 * RATE)
    assert not right[: round(0.3 * RATE)].any()
    assert not left[2 * RATE :].any()


def test_the_person_may_be_the_later_one_and_a_tone_may_begin_later_still() -> None:
    later = np.concatenate([silence(0.5), tone(440, 1.0)])
    person_s, agent_s, _ = shifts(1000.25, 1000.0)
    left, right = channels(made(Stereo(side(later, person_s), side(tone(1000, 1.0), agent_s))))
    assert onset_s(left, 440) == pytest.approx(0.75, abs=0.003)
    assert onset_s(right, 1000) == pytest.approx(0.0, abs=0.003)


def test_one_side_alone_leaves_the_other_channel_silent() -> None:
    left, right = channels(made(Stereo(None, side(tone(1000, 1.0)))))
    assert not left.any()
    assert onset_s(right, 1000) == pytest.approx(0.0, abs=0.003)


def test_beginnings_that_cannot_be_are_not_believed() -> None:
    assert shifts(1000.0, 1000.0 + 7 * 3600) == (0.0, 0.0, False)
    assert shifts(None, 1000.0) == (0.0, 0.0, True)


def test_a_pause_is_overwritten_on_both_sides_and_what_was_loud_is_told() -> None:
    quiet_inside = tone(440, 4.0)
    quiet_inside[RATE : 3 * RATE] = 0  # as the switch does when it obeys
    stereo = Stereo(side(quiet_inside), side(tone(1000, 4.0)), [(1.0, 3.0)])
    left, right = channels(made(stereo))
    for channel in (left, right):
        assert not channel[round(0.9 * RATE) : round(3.1 * RATE)].any()
        assert channel[: round(0.85 * RATE)].any()
        assert channel[round(3.15 * RATE) :].any()
    person_leak_s, agent_leak_s = stereo.leak_s
    assert person_leak_s == 0.0
    assert agent_leak_s == pytest.approx(1.4, abs=0.02), "2 s less 0.3 s at either edge, where the switch may lag"


def test_a_pause_without_an_end_and_one_before_the_beginning() -> None:
    left, _ = channels(made(Stereo(side(tone(440, 2.0)), None, [(-5.0, 0.2), (1.5, float("inf"))])))
    assert not left[: round(0.3 * RATE)].any()
    assert left[round(0.31 * RATE) : round(1.39 * RATE)].any()
    assert not left[round(1.4 * RATE) :].any()


def test_sides_of_different_rates_are_refused() -> None:
    with pytest.raises(NotAWav, match="different sample rates"):
        Stereo(side(tone(440, 1.0)), side(tone(440, 1.0, rate=16_000), rate=16_000))


@settings(max_examples=60, deadline=None)
@given(
    lengths=st.tuples(st.integers(1, 400), st.integers(1, 400)),
    starts=st.tuples(st.integers(0, 300), st.integers(0, 300)),
    pause=st.none() | st.tuples(st.integers(0, 700), st.integers(0, 700)),
    block=st.integers(1, 97),
)
def test_blocks_of_any_size_give_the_same_as_all_at_once(
    lengths: tuple[int, int], starts: tuple[int, int], pause: tuple[int, int] | None, block: int
) -> None:
    """Against a plain reading in memory, sample by sample."""
    rng = np.random.default_rng(sum(lengths))
    sides = [rng.integers(-30_000, 30_000, length).astype("<i2") for length in lengths]
    both = np.zeros((max(s + n for s, n in zip(starts, lengths, strict=True)), 2), dtype="<i2")
    for channel in (0, 1):
        both[starts[channel] : starts[channel] + lengths[channel], channel] = sides[channel]
    pauses = [] if pause is None else [(min(pause) / RATE, max(pause) / RATE)]
    margin = round(compose.PAUSE_MARGIN_S * RATE)
    for begin, end in pauses:
        both[max(0, round(begin * RATE) - margin) : round(end * RATE) + margin] = 0
    before, compose.BLOCK_FRAMES = compose.BLOCK_FRAMES, block
    try:
        content = made(Stereo(side(sides[0], starts[0] / RATE), side(sides[1], starts[1] / RATE), pauses))
    finally:
        compose.BLOCK_FRAMES = before
    left, right = channels(content)
    difference = (np.stack([left, right], axis=1) != both).any(axis=1)
    assert difference.sum() <= 2 * len(pauses), "rounding may move a pause's edge by a sample"


def test_hushes_become_pauses_whatever_order_and_however_often_they_are_told() -> None:
    note = Note(recording_id=1, person_began_at=100.0, agent_began_at=100.5)
    told = [(130.0, False), (110.0, True), (120.0, True), (140.0, True), (90.0, False)]
    for at, on in told * 2:
        note = note.merged(Note(recording_id=1, hushes=((at, on),)))
    assert pauses_within(note, 60.0) == ((10.0, 30.0), (40.0, 60.0)), "the last was never ended: it lasts to the end"
    assert pauses_within(note, 35.0) == ((10.0, 30.0),)
    assert pauses_within(Note(recording_id=1, hushes=((5.0, True),)), 35.0) == ((0.0, 35.0),), "unknown when: all of it"
