"""Is somebody speaking in this frame? Adaptive floors, fourteen features, a tiny network learned offline.

The floors (of the level and of each band) are a low quantile of the last three seconds: they follow a noisy room
within a fraction of a second and do not need a quiet beginning. People talking in the room are told from the one on the
line by being quieter than the loudest so far. The weights come from ``scripts/train_detection.py``, learned on frames
whose truth is known because the calls were made.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from callwright.robot.spectrum import BANDS, LOOK_FRAMES, Looks, Row

FEATURES = (
    "over_floor",
    "bands_over_floor",
    "bands_risen",
    "flatness",
    "harmony",
    "level",
    "tone_share",
    "under_peak",
    "mean_over_floor",
    "mean_bands_over_floor",
    "mean_bands_risen",
    "mean_harmony",
    "bands_rise",
    "bands_stir",
)

_MEMORY = 150  # frames
_QUANTILE = 0.15
_QUIETEST_DB = -65.0
_DROPPED_DB = -85.0  # a lost packet, not a quiet room
_PEAK_FALL_DB = 0.02  # per frame: a loud click is forgotten after a while
_PAST = 12  # frames a feature looks back
_MEAN = 6
_OWN = 7  # features of the frame itself
_MEANS_OF = [0, 1, 2, 4]
_ZERO = np.zeros(1)
_ZEROS = np.zeros((1, _OWN))


@dataclass(frozen=True, kw_only=True, slots=True)
class VoiceWeights:
    """One hidden layer (features x hidden), one output; voice begins above ``on`` and ends below ``off``."""

    hidden: tuple[tuple[float, ...], ...]
    hidden_bias: tuple[float, ...]
    output: tuple[float, ...]
    output_bias: float
    on: float
    off: float


class VoiceFeatures:
    """Turns looks into the features of ``FEATURES``, one row per frame."""

    def __init__(self) -> None:
        self._seen = np.empty((BANDS + 1, _MEMORY))
        self._count = 0
        self._floor = np.full(BANDS + 1, _QUIETEST_DB)
        self._past = np.zeros((_PAST, _OWN))
        self._levels = (_QUIETEST_DB, _QUIETEST_DB)
        self._peak_db = _QUIETEST_DB

    def rows(self, looks: Looks, tonal: list[bool]) -> Row:
        """The floors take these frames in first: a call's first frames have no other."""
        own = self._own(looks)
        span = np.concatenate((self._past, own))
        self._past = span[LOOK_FRAMES:]
        sums = np.concatenate((_ZEROS, span.cumsum(axis=0)))
        means = (sums[-LOOK_FRAMES:] - sums[-LOOK_FRAMES - _MEAN : -_MEAN]) / _MEAN
        bands = span[:, 1]
        power = np.concatenate((_ZERO, (bands * bands).cumsum()))
        mean = (sums[_PAST + 1 :, 1] - sums[: -_PAST - 1, 1]) / (_PAST + 1)
        out = np.empty((LOOK_FRAMES, len(FEATURES)))
        out[:, :_OWN] = own
        out[:, 7] = self._under_peak(looks.level_db.tolist(), tonal)
        out[:, 8:12] = means[:, _MEANS_OF]
        out[:, 12] = bands[-LOOK_FRAMES:] - bands[-LOOK_FRAMES - 2 : -2]
        spread = (power[_PAST + 1 :] - power[: -_PAST - 1]) / (_PAST + 1) - mean * mean
        out[:, 13] = np.sqrt(np.maximum(spread, 0.0))
        return out

    def _own(self, looks: Looks) -> Row:
        rows = np.empty((LOOK_FRAMES, BANDS + 1))
        rows[:, 0] = looks.level_db
        rows[:, 1:] = looks.bands_db
        self._follow_floor(rows)
        over = rows - self._floor
        bands = np.minimum(np.maximum(over[:, 1:], 0.0), 25.0)
        own = np.empty((LOOK_FRAMES, _OWN))
        own[:, 0] = np.minimum(np.maximum(over[:, 0], -5.0), 30.0) / 10.0
        own[:, 1] = bands.sum(axis=1) / (10.0 * BANDS)
        own[:, 2] = (bands > 6.0).sum(axis=1) / BANDS
        own[:, 3] = looks.flatness
        own[:, 4] = looks.harmony
        own[:, 5] = np.maximum(looks.level_db, -70.0) / 20.0
        own[:, 6] = looks.tone_share
        return own

    def _follow_floor(self, rows: Row) -> None:
        """With every look in the first three seconds, then with every other."""
        for row, level in zip(rows, rows[:, 0].tolist(), strict=True):
            if level > _DROPPED_DB:
                self._seen[:, self._count % _MEMORY] = row
                self._count += 1
        if self._count and (self._count <= _MEMORY or self._count // LOOK_FRAMES % 2):
            used = min(self._count, _MEMORY)
            rank = int(_QUANTILE * used)
            self._floor = np.maximum(np.partition(self._seen[:, :used], rank, axis=1)[:, rank], _QUIETEST_DB)

    def _under_peak(self, levels: list[float], tonal: list[bool]) -> list[float]:
        """How far each frame is below the loudest so far (a mean of three, forgotten slowly); tones do not count."""
        under = []
        for level, tone in zip(levels, tonal, strict=True):
            smooth = (level + self._levels[0] + self._levels[1]) / 3.0
            self._levels = (level, self._levels[0])
            self._peak_db -= _PEAK_FALL_DB
            if not tone and smooth > self._peak_db:
                self._peak_db = smooth
            under.append(max(-30.0, min(5.0, level - self._peak_db)) / 10.0)
        return under


class VoiceActivity:
    """Follows one line: who listens learns for every frame whether there is a voice."""

    def __init__(self, weights: VoiceWeights) -> None:
        self._learned = weights
        self._hidden = np.array(weights.hidden)
        self._hidden_bias = np.array(weights.hidden_bias)
        self._output = np.array(weights.output)
        self._features = VoiceFeatures()
        self._before = weights.off
        self._on = False

    def follow(self, looks: Looks, tonal: list[bool]) -> list[bool]:
        """Voice, per frame. A frame of a tone is none, however loud."""
        learned = self._learned
        hidden = np.maximum(self._features.rows(looks, tonal) @ self._hidden + self._hidden_bias, 0.0)
        score = (hidden @ self._output + learned.output_bias).tolist()
        voiced: list[bool] = []
        for value, tone in zip(score, tonal, strict=True):
            smooth = 0.5 * (value + self._before)  # one frame's whim is none
            self._before = value
            self._on = not tone and smooth > (learned.off if self._on else learned.on)
            voiced.append(self._on)
        return voiced
