"""Steady tones on the line, one or two at a time: beeps, ringing, busy, fax, special information tones.

A tone here is a stretch of frames whose strongest line (or two) holds nearly all of the power at an unmoving frequency;
a voice's pitch hardly ever stands so still. ``ToneWatch`` turns looks into finished ``Tone`` stretches. What they mean
is ``signals``' to say.
"""

from __future__ import annotations

from dataclasses import dataclass

from callwright.robot.sound import FRAME_S
from callwright.robot.spectrum import Looks

_PURE = 0.80
_PURE_PAIR = 0.85
_PURE_NARROW = 0.95
_SECOND_AT_LEAST = 0.08  # below it the second line is noise and the tone single
_STEADY_HZ = 14.0
_STEADY_NARROW_HZ = 45.0  # two lines that beat against each other
_LOWEST_HZ = 330.0
_LOWEST_NARROW_HZ = 370.0
_LOUD_DB = -55.0
_GAP_FRAMES = 2  # a lost packet does not end a tone
_SHORTEST_FRAMES = 3
_SHORTEST_NARROW_FRAMES = 7

_Line = tuple[float, float]
"""Lower and higher frequency; a single tone has 0.0 second, a narrow pair the same number twice."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Tone:
    """A tone that has ended, or is on. ``second_hz`` 0.0: a single one; equal to ``hz``: two within 80 Hz.

    Times count from the watch's first frame and are good to 20 ms.
    """

    hz: float
    second_hz: float
    from_s: float
    to_s: float
    level_db: float

    @property
    def length_s(self) -> float:
        return self.to_s - self.from_s

    def near(self, hz: float, *, within: float) -> bool:
        """A single tone of that frequency."""
        return not self.second_hz and abs(self.hz - hz) <= within


class ToneWatch:
    """Follows one line."""

    def __init__(self) -> None:
        self._frame = 0
        self._first = 0
        self._last = 0
        self._lines: list[_Line] = []
        self._level_db = -120.0

    @property
    def current(self) -> Tone | None:
        """The tone that is on, if it is long enough to be one."""
        return self._tone() if self._enough() else None

    def watch(self, looks: Looks) -> tuple[list[Tone], list[bool]]:
        """Tones that ended within these frames, and for each frame whether it belongs to a tone."""
        ended: list[Tone] = []
        tonal: list[bool] = []
        for level, *seen in zip(
            looks.level_db.tolist(),
            looks.tone_hz.tolist(),
            looks.tone_share.tolist(),
            looks.second_hz.tolist(),
            looks.second_share.tolist(),
            looks.narrow_share.tolist(),
            strict=True,
        ):
            line = _line_of(*seen) if level > _LOUD_DB else None
            broken = bool(self._lines) and line is not None and not _same(self._lines[0], line)
            if broken or (line is None and self._frame - self._last > _GAP_FRAMES):
                if self._enough():
                    ended.append(self._tone())
                self._lines.clear()
            if line is not None:
                if not self._lines:
                    self._first, self._level_db = self._frame, level
                self._lines.append(line)
                self._level_db = max(self._level_db, level)
                self._last = self._frame
            tonal.append(line is not None and self._enough())
            self._frame += 1
        return ended, tonal

    def _enough(self) -> bool:
        if not self._lines:
            return False
        narrow = self._lines[0][0] == self._lines[0][1]
        return self._last - self._first + 1 >= (_SHORTEST_NARROW_FRAMES if narrow else _SHORTEST_FRAMES)

    def _tone(self) -> Tone:
        pairs = [line for line in self._lines if line[1]]
        lines = pairs if 2 * len(pairs) > len(self._lines) else [line for line in self._lines if not line[1]] or pairs
        middle = sorted(lines)[len(lines) // 2]
        return Tone(
            hz=middle[0],
            second_hz=middle[1],
            from_s=self._first * FRAME_S,
            to_s=(self._last + 1) * FRAME_S,
            level_db=self._level_db,
        )


def _line_of(hz: float, share: float, second_hz: float, second_share: float, narrow_share: float) -> _Line | None:
    if hz < _LOWEST_HZ:
        return None
    if share > _PURE and second_share < _SECOND_AT_LEAST:
        return hz, 0.0
    if share + second_share > _PURE_PAIR and second_share >= _SECOND_AT_LEAST and second_hz >= _LOWEST_HZ:
        return (hz, second_hz) if hz < second_hz else (second_hz, hz)
    if narrow_share > _PURE_NARROW and hz > _LOWEST_NARROW_HZ:
        return hz, hz
    return None


def _same(tone: _Line, line: _Line) -> bool:
    """``line`` belongs to the ``tone``: the same, or one line of a pair that this frame saw as a single tone."""
    if tone[0] == tone[1] or line[0] == line[1]:
        return abs(tone[0] - line[0]) < _STEADY_NARROW_HZ
    if bool(tone[1]) == bool(line[1]):
        return abs(tone[0] - line[0]) < _STEADY_HZ and abs(tone[1] - line[1]) < _STEADY_HZ
    single, pair = (tone, line) if not tone[1] else (line, tone)
    return min(abs(single[0] - pair[0]), abs(single[0] - pair[1])) < _STEADY_HZ
