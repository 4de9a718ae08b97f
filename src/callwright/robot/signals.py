"""What tones mean: the network's special information tones, ringing and busy, a fax, a machine's beep."""

from __future__ import annotations

from dataclasses import dataclass

from callwright.model.outcome import Media
from callwright.robot.tones import Tone

_SIT_HZ = ((913.8, 985.2), (1370.6, 1428.5), (1776.7,))
_SIT_CODED_WITHIN = 22.0
_SIT_PLAIN_HZ = (950.0, 1400.0, 1800.0)  # ITU-T E.180: each within 50 Hz, no meaning coded
_SIT_PLAIN_WITHIN = 55.0
_SIT_LONG_S = 0.33  # coded segments last 0.274 or 0.380 s
_SIT_LENGTH_S = (0.18, 0.5)
_SIT_GAP_S = 0.12

# (first segment high?, long?, second segment high?, long?) of the North American codes
_SIT_CODES: dict[tuple[bool, bool, bool, bool], str] = {
    (False, False, False, False): "intercept",
    (True, True, False, False): "vacant_code",
    (False, False, True, True): "reorder",
    (True, False, False, True): "reorder",
    (True, True, True, True): "no_circuit",
    (False, True, False, True): "no_circuit",
}


@dataclass(frozen=True, kw_only=True, slots=True)
class Signal:
    """``media`` None: something of the network's that says nothing about the number (its own congestion, ringing)."""

    name: str
    media: Media | None
    at_s: float
    confidence: float


class SpecialInformation:
    """Waits for three rising segments in a row."""

    def __init__(self) -> None:
        self._segments: list[Tone] = []

    def hear(self, tone: Tone) -> Signal | None:
        place = len(self._segments)
        fits = _SIT_LENGTH_S[0] <= tone.length_s <= _SIT_LENGTH_S[1] and tone.near(
            _SIT_PLAIN_HZ[place], within=_SIT_PLAIN_WITHIN
        )
        joined = not place or tone.from_s - self._segments[-1].to_s <= _SIT_GAP_S
        if not (fits and joined):
            self._segments.clear()
            if not place:
                return None
            return self.hear(tone)
        self._segments.append(tone)
        if len(self._segments) < 3:
            return None
        first, second, third = self._segments
        self._segments = []
        return _read(first, second, third)


def _read(first: Tone, second: Tone, third: Tone) -> Signal:
    code = None
    pitches = (_pitch(first, _SIT_HZ[0]), _pitch(second, _SIT_HZ[1]))
    if third.near(_SIT_HZ[2][0], within=_SIT_CODED_WITHIN) and None not in pitches:
        lengths = (first.length_s > _SIT_LONG_S, second.length_s > _SIT_LONG_S)
        code = _SIT_CODES.get((bool(pitches[0]), lengths[0], bool(pitches[1]), lengths[1]))
    match code:
        case "intercept" | "vacant_code":
            return Signal(name=f"sit:{code}", media=Media.ANNOUNCED_NO_SUCH_NUMBER, at_s=third.to_s, confidence=0.95)
        case "reorder" | "no_circuit":
            return Signal(name=f"sit:{code}", media=None, at_s=third.to_s, confidence=0.95)
        case _:  # the number cannot be had; why, the spoken words after it would say
            return Signal(name="sit", media=Media.ANNOUNCED_UNREACHABLE, at_s=third.to_s, confidence=0.7)


def _pitch(tone: Tone, choices: tuple[float, ...]) -> int | None:
    """Which of the two frequencies, None when neither."""
    for at, hz in enumerate(choices):
        if tone.near(hz, within=_SIT_CODED_WITHIN):
            return at
    return None


class Supervisory:
    """Names ringing, busy and congestion by their rhythm, each once in a row. They are no announcement."""

    def __init__(self) -> None:
        self._tones: list[Tone] = []
        self._last = ""

    def hear(self, tone: Tone, now_s: float) -> Signal | None:
        if tone.hz > 680.0:
            self._tones.clear()
            return None
        self._tones = [*self._tones[-3:], tone]
        name = self._rhythm()
        if not name or name == self._last:
            return None
        self._last = name
        return Signal(name=name, media=None, at_s=now_s, confidence=0.9)

    def _rhythm(self) -> str:
        if len(self._tones) >= 4:
            lengths = [tone.length_s for tone in self._tones]
            gaps = [b.from_s - a.to_s for a, b in zip(self._tones[:-1], self._tones[1:], strict=True)]
            if max(lengths) - min(lengths) < 0.1 and max(gaps) - min(gaps) < 0.1 and 0.1 < max(gaps) < 0.8:
                return "congestion" if lengths[0] < 0.3 else "busy"
        last = self._tones[-1]
        if 0.7 <= last.length_s <= 3.0 or (last.hz == last.second_hz and 0.3 <= last.length_s <= 0.5):
            return "ringing"  # the second: 400 and 450 Hz in short pairs, as in Britain
        return ""


class Fax:
    """A fax that answers (2100 Hz, held) or calls (1100 Hz, half a second, nobody speaking)."""

    def hear_running(self, tone: Tone | None) -> Signal | None:
        if tone and tone.near(2100.0, within=30.0) and tone.length_s >= 0.8:
            return Signal(name="fax:answer tone", media=Media.FAX, at_s=tone.to_s, confidence=0.98)
        return None

    def hear(self, tone: Tone, *, spoken: bool) -> Signal | None:
        if not spoken and tone.near(1100.0, within=38.0) and 0.4 <= tone.length_s <= 0.6:
            return Signal(name="fax:calling tone", media=Media.FAX, at_s=tone.to_s, confidence=0.8)
        return None


_KEYS_LOW = (697.0, 770.0, 852.0, 941.0)
_KEYS_HIGH = (1209.0, 1336.0, 1477.0, 1633.0)


def is_key(tone: Tone) -> bool:
    """A pressed key (DTMF)."""
    return any(abs(tone.hz - hz) < 20 for hz in _KEYS_LOW) and any(abs(tone.second_hz - hz) < 30 for hz in _KEYS_HIGH)


_VOWELS = ((380.0, 9.0), (500.0, 0.3), (700.0, 0.2))
"""Below this frequency a tone must last so long to be no vowel (measured on an hour and a half of recorded speech)."""


def is_beep(tone: Tone, *, spoken: bool, loudest_voice_db: float) -> bool:
    """An answering machine's "speak now".

    A voice may hold a vowel for a moment, the lower the longer: see ``_VOWELS``. Before anybody has
    spoken a long low tone is ringing in a private exchange.
    """
    if is_key(tone) or tone.near(2100.0, within=30.0) or not 0.1 <= tone.length_s <= 3.0:
        return False
    if tone.level_db < loudest_voice_db - 30.0:
        return False
    if any(tone.hz < below_hz and tone.length_s < least_s for below_hz, least_s in _VOWELS):
        return False
    return spoken or not (380.0 < tone.hz < 500.0 and tone.length_s > 0.35)
