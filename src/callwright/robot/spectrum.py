"""What the line sounds like: level, bands, tones, harmony. One Fourier transform of 64 ms per frame for all who listen.

Everything downstream (voice, tones, fingerprints) reads ``Looks`` and never the samples. Five frames are looked at in
one go: most of numpy's cost is in the calls, not in the numbers, and 100 ms is soon enough for every judgement here.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from callwright.robot.sound import FRAME_SAMPLES, RATE, Samples

LOOK_FRAMES = 5
WINDOW = 512
BIN_HZ = RATE / WINDOW
BANDS = 17
"""Bands from 250 to 3400 Hz, each as wide to the ear as the next; fingerprints compare neighbours among them."""

Row = NDArray[np.float64]

_LOW, _HIGH = 12, 218  # bins: 190 to 3400 Hz, what a telephone carries
_FLOOR = 1e-10
_BAND_EDGES = np.round(np.geomspace(250.0, 3400.0, BANDS + 1) / BIN_HZ).astype(np.intp)
_HANN = np.hanning(WINDOW)
_SCALE = 4.0 / WINDOW / float(np.sum(_HANN**2))
_LAGS = slice(20, 161)  # a voice's pitch: 50 to 400 Hz
_SHAPE = np.fft.irfft(np.abs(np.fft.rfft(_HANN, 2 * WINDOW)) ** 2)[: WINDOW // 2 + 1]
_UNBIAS = (_SHAPE[0] / _SHAPE)[_LAGS]
_AROUND = np.arange(-2, 3)
_NEAR = np.arange(-3, 4)
_WIDE = np.arange(-5, 6)
_NONE = np.zeros(LOOK_FRAMES)
_HALF_A_PAIR = 0.42  # of the power: with a weaker strongest line there are no two tones
_ROWS = np.arange(LOOK_FRAMES)[:, None]


@dataclass(slots=True)
class Looks:
    """Five frames, looked at: one row or element per frame. Levels in dB below full scale.

    ``tone_hz`` and ``tone_share``: the strongest line and what it holds of the whole power; ``second_*`` the next one;
    ``narrow_share`` what lies within 80 Hz of the strongest (ringing tones of 440 and 480 Hz are one line here).
    ``flatness``: 0 a tone, 1 white noise. ``harmony``: 0 noise, 1 a vowel or a tone.
    """

    level_db: Row
    bands_db: Row
    tone_hz: Row
    tone_share: Row
    second_hz: Row
    second_share: Row
    narrow_share: Row
    flatness: Row
    harmony: Row


class Spectrum:
    """Looks at frames in order; keeps the last 64 ms."""

    def __init__(self) -> None:
        self._recent = np.zeros(WINDOW - FRAME_SAMPLES + LOOK_FRAMES * FRAME_SAMPLES)
        self._windows = np.lib.stride_tricks.sliding_window_view(self._recent, WINDOW)[::FRAME_SAMPLES]

    def look(self, samples: Samples) -> Looks:
        """Look at five frames' samples."""
        recent = self._recent
        recent[: -samples.size] = recent[samples.size :]
        recent[-samples.size :] = samples
        lines = np.fft.rfft(self._windows * _HANN)
        power = (lines.real**2 + lines.imag**2) * _SCALE
        heard = power[:, _LOW:_HIGH] + _FLOOR
        total = heard.sum(axis=1)
        tone_hz, tone_share, at = _strongest_line(heard, total)
        second_hz, second_share = _NONE, _NONE
        if tone_share.max() > _HALF_A_PAIR:
            rest = heard.copy()
            rest[_ROWS, at[:, None] + _NEAR] = _FLOOR
            second_hz, second_share, _ = _strongest_line(rest, total)
        frames = samples.reshape(LOOK_FRAMES, FRAME_SAMPLES)
        width = _HIGH - _LOW
        return Looks(
            level_db=10.0 * np.log10(np.einsum("ij,ij->i", frames, frames) / FRAME_SAMPLES + _FLOOR),
            bands_db=10.0 * np.log10(np.add.reduceat(power, _BAND_EDGES, axis=1)[:, :BANDS] + _FLOOR),
            tone_hz=tone_hz,
            tone_share=tone_share,
            second_hz=second_hz,
            second_share=second_share,
            narrow_share=heard[_ROWS, np.minimum(np.maximum(at[:, None] + _WIDE, 0), _HIGH - _LOW - 1)].sum(axis=1)
            / total,
            flatness=np.exp(np.log(heard).sum(axis=1) / width) * width / total,
            harmony=_harmony(power),
        )


def _strongest_line(power: Row, total: Row) -> tuple[Row, Row, NDArray[np.intp]]:
    """Frequency (between the bins, by a parabola through the logarithms), share and place of the strongest line."""
    at = np.minimum(np.maximum(power.argmax(axis=1), 3), power.shape[1] - 4)
    around = power[_ROWS, at[:, None] + _AROUND]
    logs = np.log(around[:, 1:4])
    bend = logs[:, 0] - 2.0 * logs[:, 1] + logs[:, 2]
    shift = 0.5 * (logs[:, 0] - logs[:, 2]) / np.minimum(bend, -1e-6)
    return (at + _LOW + np.minimum(np.maximum(shift, -1.0), 1.0)) * BIN_HZ, around.sum(axis=1) / total, at


def _harmony(power: Row) -> Row:
    """How well the sound repeats itself at a pitch of a voice: the highest normalised autocorrelation there."""
    again = np.fft.irfft(power)
    best: Row = (again[:, _LAGS] * _UNBIAS).max(axis=1) / (again[:, 0] + _FLOOR)
    return best
