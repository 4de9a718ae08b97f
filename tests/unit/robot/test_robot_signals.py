"""The network's tones before the answer: special information tones by code; ringing and busy are no announcement."""

from __future__ import annotations

import pytest

from callwright.model.outcome import Media
from callwright.robot import HeardKind
from support.robot_sounds import heard_in, line, silence, tone

_SHORT, _LONG = 0.274, 0.380
_SIT = {
    "intercept": (((913.8, _SHORT), (1370.6, _SHORT), (1776.7, _LONG)), Media.ANNOUNCED_NO_SUCH_NUMBER),
    "vacant_code": (((985.2, _LONG), (1370.6, _SHORT), (1776.7, _LONG)), Media.ANNOUNCED_NO_SUCH_NUMBER),
    "reorder": (((913.8, _SHORT), (1428.5, _LONG), (1776.7, _LONG)), None),
    "no_circuit": (((985.2, _LONG), (1428.5, _LONG), (1776.7, _LONG)), None),
    "": (((950.0, 0.33), (1400.0, 0.33), (1800.0, 0.33)), Media.ANNOUNCED_UNREACHABLE),
}


@pytest.mark.parametrize("code", _SIT)
@pytest.mark.parametrize(("noise_db", "off_hz"), [(-60.0, 0.0), (-38.0, 8.0)])
def test_special_information_tones(code: str, noise_db: float, off_hz: float) -> None:
    segments, media = _SIT[code]
    sound = [tone(length, hz + off_hz) for hz, length in segments]
    heard = heard_in(line(silence(0.43), *sound, silence(1), noise_db=noise_db), answered=False)
    assert [(each.media, each.why) for each in heard] == [(media, f"sit:{code}".rstrip(":"))]
    assert heard[0].kind is (HeardKind.ANNOUNCEMENT if media else HeardKind.SIGNAL)


def test_two_segments_are_not_three() -> None:
    pcm = line(silence(0.4), tone(_SHORT, 913.8), tone(_SHORT, 1370.6), silence(2))
    assert heard_in(pcm, answered=False) == []


_CADENCES = {
    "United States, ringing": ((2.0, 4.0), (440, 480), "ringing"),
    "Britain, ringing": ((0.4, 0.2, 0.4, 2.0), (400, 450), "ringing"),
    "Russia, ringing": ((0.8, 3.2), (425,), "ringing"),
    "China, ringing": ((1.0, 4.0), (450,), "ringing"),
    "Japan, ringing": ((1.0, 2.0), (385, 415), "ringing"),
    "United States, busy": ((0.5, 0.5), (480, 620), "busy"),
    "Germany, busy": ((0.48, 0.48), (425,), "busy"),
    "China, busy": ((0.35, 0.35), (450,), "busy"),
    "United States, reorder": ((0.25, 0.25), (480, 620), "congestion"),
    "Russia, congestion": ((0.175, 0.175), (425,), "congestion"),
}


@pytest.mark.parametrize("country", _CADENCES)
def test_ringing_and_busy_are_no_announcement(country: str) -> None:
    cadence, hz, name = _CADENCES[country]
    once = [tone(length, *hz) if n % 2 == 0 else silence(length) for n, length in enumerate(cadence)]
    heard = heard_in(line(*(once * 5)), answered=False)
    assert [(each.kind, each.media, each.why) for each in heard] == [(HeardKind.SIGNAL, None, name)]
