"""What telephone lines do to sound: noise, lost packets, companding."""

from __future__ import annotations

import random

import numpy as np
from numpy.typing import NDArray

RATE = 8000
Sound = NDArray[np.float64]


def noise_of(length: int, rng: random.Random, chance: np.random.Generator, babble: Sound | None) -> Sound:
    """Noise of power one: white, pink, rumbling, humming, or people talking in the room."""
    kind = rng.choice(("white", "pink", "rumble", "hum", "babble", "babble"))
    if kind == "babble" and babble is not None:
        start = rng.randrange(0, len(babble) - length)
        sound = babble[start : start + length].copy()
    else:
        lines = np.fft.rfft(chance.standard_normal(length))
        hz = np.fft.rfftfreq(length, 1 / RATE)
        shape = {"pink": 0.5, "rumble": 1.0}.get(kind, 0.0)
        sound = np.fft.irfft(lines / np.maximum(hz, 60.0) ** shape, length)
        if kind == "hum":
            base = rng.choice((50, 60))
            at = np.arange(length) / RATE
            sound = 0.3 * sound / sound.std() + sum(np.sin(2 * np.pi * base * n * at) / n for n in (2, 3, 4, 6, 8))
    return sound / (float(np.sqrt((sound**2).mean())) + 1e-9)


def lossy(pcm: NDArray[np.int16], share: float, rng: random.Random) -> NDArray[np.int16]:
    """Lost packets: silence, or the last one again as many phones do."""
    again = rng.random() < 0.5
    out = pcm.copy()
    for start in range(160, len(out) - 160, 160):
        if rng.random() < share:
            out[start : start + 160] = out[start - 160 : start] // 2 if again else 0
    return out


def companded(pcm: NDArray[np.int16]) -> NDArray[np.int16]:
    """Through G.711 mu-law and back."""
    magnitude = np.minimum(np.abs(pcm.astype(np.int32)), 32635) + 132
    exponent = np.floor(np.log2(magnitude)).astype(np.int32) - 7
    mantissa = (magnitude >> (exponent + 3)) & 15
    back = ((mantissa << 3) + 132 << exponent) - 132
    return (np.sign(pcm) * back).astype(np.int16)
