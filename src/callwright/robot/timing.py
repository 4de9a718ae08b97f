"""How somebody speaks after the answer, as figures: when they begin, how long they talk, how they pause and wait.

A person says a word or two and waits; a machine talks on. The figures know nothing of the voice or the language, so
what is learned on one holds for the others. When somebody begins is left out: people take their time, too.
"""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass
from itertools import pairwise

from callwright.robot.sound import FRAME_S

FEATURES = (
    "since_onset",
    "voiced",
    "bursts",
    "first_burst",
    "longest_burst",
    "last_burst",
    "shortest_burst",
    "silence_now",
    "first_pause",
    "longest_pause",
    "mean_pause",
    "voiced_share",
    "voiced_last_second",
)
"""All in seconds but ``bursts`` (a number) and ``voiced_share`` (of the time since the first voice)."""

_PAUSE_FRAMES = 5  # a shorter gap is a stop within a word
_BURST_FRAMES = 4  # a shorter burst is a click
_SECOND_FRAMES = 50
_OTHERS_DB = 11.0


@dataclass(slots=True)
class _Burst:
    """A stretch of voice, in frames; ``end`` is the frame after its last."""

    start: int
    end: int = 0
    voiced: int = 0
    level_db: float = 0.0

    def add(self, frame: int, level_db: float) -> None:
        self.end = frame + 1
        self.level_db = (self.level_db * self.voiced + level_db) / (self.voiced + 1)
        self.voiced += 1


class Timing:
    """The figures of one call, from its answer on."""

    def __init__(self) -> None:
        self.frames = 0
        self._closed: list[_Burst] = []
        self._open: _Burst | None = None
        self._second: deque[bool] = deque(maxlen=_SECOND_FRAMES)

    def note(self, voiced: bool, level_db: float) -> None:
        """One more frame."""
        at = self.frames
        self.frames += 1
        self._second.append(voiced)
        if voiced:
            if self._open is None:
                self._open = _Burst(start=at)
            self._open.add(at, level_db)
        elif self._open is not None and at - self._open.end >= _PAUSE_FRAMES - 1:
            if self._open.voiced >= _BURST_FRAMES:
                self._closed.append(self._open)
            self._open = None

    def _all(self) -> list[_Burst]:
        """The bursts of the one who answered: those much quieter than the loudest are others in the room."""
        bursts = self._closed
        if self._open is not None and self._open.voiced >= _BURST_FRAMES:
            bursts = [*bursts, self._open]
        if len(bursts) < 2:
            return bursts
        enough = max(burst.level_db for burst in bursts) - _OTHERS_DB
        return [burst for burst in bursts if burst.level_db > enough]

    @property
    def spoken(self) -> bool:
        """Somebody has said something."""
        return bool(self._all())

    @property
    def voiced_s(self) -> float:
        return sum(burst.voiced for burst in self._all()) * FRAME_S

    @property
    def silence_s(self) -> float:
        """Since the last voice, or since the answer."""
        bursts = self._all()
        return (self.frames - (bursts[-1].end if bursts else 0)) * FRAME_S

    @property
    def since_onset_s(self) -> float:
        bursts = self._all()
        return (self.frames - bursts[0].start) * FRAME_S if bursts else 0.0

    def figures(self) -> list[float]:
        """In the order of ``FEATURES``."""
        bursts = self._all()
        now = self.frames
        if not bursts:
            return [0.0] * len(FEATURES)
        lengths = [burst.end - burst.start for burst in bursts]
        pauses = [after.start - before.end for before, after in pairwise(bursts)]
        since_onset = now - bursts[0].start
        voiced = sum(burst.voiced for burst in bursts)
        return [
            since_onset * FRAME_S,
            voiced * FRAME_S,
            float(len(bursts)),
            lengths[0] * FRAME_S,
            max(lengths) * FRAME_S,
            lengths[-1] * FRAME_S,
            min(lengths) * FRAME_S,
            (now - bursts[-1].end) * FRAME_S,
            pauses[0] * FRAME_S if pauses else 0.0,
            max(pauses, default=0) * FRAME_S,
            sum(pauses) / len(pauses) * FRAME_S if pauses else 0.0,
            voiced / since_onset,
            sum(self._second) * FRAME_S,
        ]
