"""Sounds for the tests of this room, made by arithmetic: tones, and something a detector takes for a voice."""

from __future__ import annotations

import random

import numpy as np
from numpy.typing import NDArray

from callwright.robot import Heard, Hearing, frames_of

RATE = 8000
Sound = NDArray[np.float64]


def silence(seconds: float) -> Sound:
    return np.zeros(int(seconds * RATE))


def tone(seconds: float, *hz: float, level: float = 0.1) -> Sound:
    at = np.arange(int(seconds * RATE)) / RATE
    return sum((level * np.sin(2 * np.pi * f * at) for f in hz), np.zeros(len(at)))


def voice(seconds: float, *, seed: int = 1, level: float = 0.1) -> Sound:
    """A pitch that wanders, three formants that move, syllables of a fifth of a second: no language, but a voice."""
    rng = random.Random(seed)
    length = int(seconds * RATE)
    at = np.arange(length) / RATE
    pitch = (
        120 + 25 * np.sin(2 * np.pi * 0.7 * at + rng.random()) + 12 * np.sin(2 * np.pi * 2.3 * at + rng.random() * 6)
    )
    phase = 2 * np.pi * np.cumsum(pitch) / RATE
    knots = np.linspace(0, length, max(2, int(seconds * 6)))
    formants = [
        np.interp(np.arange(length), knots, [rng.uniform(low, high) for _ in knots])
        for low, high in ((300, 800), (900, 2000), (2300, 3000))
    ]
    out = np.zeros(length)
    for n in range(1, 26):
        weight = sum(np.exp(-(((n * pitch - f) / 160.0) ** 2)) for f in formants) + 0.02
        out += np.where(n * pitch < 3600, weight, 0.0) * np.sin(n * phase)
    syllables = 0.55 + 0.45 * np.sin(2 * np.pi * 4.5 * at + rng.random() * 6)
    out *= syllables
    return level * out / (np.sqrt((out**2).mean()) + 1e-9)


def line(*parts: Sound, noise_db: float = -55.0, seed: int = 3) -> bytes:
    """Parts one after the other over a little noise, as 16-bit samples."""
    sound = np.concatenate(parts)
    sound = sound + np.random.default_rng(seed).standard_normal(len(sound)) * 10 ** (noise_db / 20)
    return np.clip(np.round(sound * 32767), -32768, 32767).astype("<i2").tobytes()


def heard_in(pcm: bytes, *, hearing: Hearing | None = None, answered: bool = True) -> list[Heard]:
    hearing = hearing or Hearing()
    heard = [each for frame in frames_of(pcm) for each in hearing.feed(frame, answered=answered)]
    return heard + hearing.end()
