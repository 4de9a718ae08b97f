"""Two sides become one stereo WAV, left the person, right the agent, aligned by the instants at which they began.

Works block by block, so memory does not grow with the call. Pauses (a card number is being said) are overwritten with
silence on both sides, whatever the switch recorded there; what was not silent is measured and told.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import BinaryIO

import numpy as np
from numpy.typing import NDArray

from callwright.adapters.recordings.errors import NotAWav
from callwright.adapters.recordings.wav import WavFacts, wav_header

BLOCK_FRAMES = 32 * 1024
PAUSE_MARGIN_S = 0.1
"""So much more is silenced on either side of a pause: the switch obeys a little after the word."""
_SETTLED_S = 0.3  # inside a pause by so much, the switch must have been silent
_SILENCE = 16  # of 32768: the codec's own noise around zero
_WINDOW_FRAMES = 80
_MOST_SHIFT_S = 6 * 3600.0

Samples = NDArray[np.int16]
Spans = Sequence[tuple[float, float]]


@dataclass(frozen=True, kw_only=True, slots=True)
class Side:
    """One side's audio: an open file and where it lies. ``starts_s``: seconds after the recording's beginning."""

    file: BinaryIO
    facts: WavFacts
    starts_s: float

    @property
    def first_frame(self) -> int:
        return round(self.starts_s * self.facts.rate)

    @property
    def end_frame(self) -> int:
        return self.first_frame + self.facts.frames


class Stereo:
    """The recording to be made of up to two sides; ``blocks`` gives the file's bytes, header first.

    After the last block ``leak_s`` says how many seconds inside the pauses were not silent, person and agent.
    """

    def __init__(self, person: Side | None, agent: Side | None, pauses: Spans = ()) -> None:
        self._sides = (person, agent)
        there = [side for side in self._sides if side is not None]
        self.rate = there[0].facts.rate
        if any(side.facts.rate != self.rate for side in there):
            raise NotAWav("The two sides have different sample rates; record both alike.")
        self.frames = max(side.end_frame for side in there)
        self.pauses = tuple(pauses)
        self._loud = [0, 0]

    @property
    def seconds(self) -> float:
        return self.frames / self.rate

    @property
    def leak_s(self) -> tuple[float, float]:
        return self._loud[0] / self.rate, self._loud[1] / self.rate

    @property
    def wav_bytes(self) -> int:
        return len(wav_header(rate=self.rate, channels=2, data_bytes=0)) + self.frames * 4

    def blocks(self) -> Iterator[bytes]:
        yield wav_header(rate=self.rate, channels=2, data_bytes=self.frames * 4)
        for begin in range(0, self.frames, BLOCK_FRAMES):
            end = min(begin + BLOCK_FRAMES, self.frames)
            both = np.zeros((end - begin, 2), dtype="<i2")
            for channel, side in enumerate(self._sides):
                if side is not None:
                    _lay(side, both[:, channel], begin)
            self._hush(both, begin)
            yield both.tobytes()

    def _hush(self, both: Samples, begin: int) -> None:
        for from_s, to_s in self.pauses:
            inner = _within(both, begin, (from_s + _SETTLED_S) * self.rate, (to_s - _SETTLED_S) * self.rate)
            for channel in (0, 1):
                self._loud[channel] += _loud_frames(inner[:, channel])
            _within(both, begin, (from_s - PAUSE_MARGIN_S) * self.rate, (to_s + PAUSE_MARGIN_S) * self.rate)[:] = 0


def shifts(person_began_at: float | None, agent_began_at: float | None) -> tuple[float, float, bool]:
    """Seconds by which each side starts after the earlier one; False where the instants cannot be believed."""
    if person_began_at is None or agent_began_at is None:
        return 0.0, 0.0, True
    origin = min(person_began_at, agent_began_at)
    person_s, agent_s = person_began_at - origin, agent_began_at - origin
    if max(person_s, agent_s) > _MOST_SHIFT_S:
        return 0.0, 0.0, False
    return person_s, agent_s, True


def _loud_frames(samples: Samples) -> int:
    """Frames of the hundredths of a second in which anything is louder than silence."""
    loud = np.abs(samples.astype(np.int32)) > _SILENCE
    if not loud.any():
        return 0
    begins = np.arange(0, len(loud), _WINDOW_FRAMES)
    lengths = np.diff(np.append(begins, len(loud)))
    return int(lengths[np.logical_or.reduceat(loud, begins)].sum())


def _lay(side: Side, into: Samples, begin: int) -> None:
    """The side's samples that fall into the block beginning at frame ``begin``."""
    first = max(begin, side.first_frame)
    last = min(begin + len(into), side.end_frame)
    if first >= last:
        return
    side.file.seek(side.facts.data_at + (first - side.first_frame) * 2)
    found = np.frombuffer(side.file.read((last - first) * 2), dtype="<i2")
    into[first - begin : first - begin + len(found)] = found


def _within(both: Samples, begin: int, from_frame: float, to_frame: float) -> Samples:
    """The part of the block between two frames of the whole recording; maybe empty."""
    low = min(max(math.floor(from_frame) - begin, 0), len(both))
    high = max(low, min(math.ceil(min(to_frame, begin + len(both))) - begin, len(both)))
    return both[low:high]
