"""Telephone sound as this room takes it: 8 kHz, mono, 16 bits, in frames of 20 ms."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

RATE = 8000
FRAME_S = 0.02
FRAME_SAMPLES = 160
FRAME_BYTES = 320

Samples = NDArray[np.float32]


def _expand_ulaw() -> NDArray[np.int16]:
    """G.711 mu-law: the 256 codes as linear samples."""
    code = ~np.arange(256, dtype=np.uint8)
    exponent = (code >> 4) & 7
    magnitude = (((code & 15).astype(np.int32) << 3) + 132 << exponent) - 132
    return np.where(code & 128, -magnitude, magnitude).astype(np.int16)


_ULAW = _expand_ulaw()


def pcm_of_ulaw(frame: bytes) -> bytes:
    """The same sound as 16-bit samples (twice as many bytes)."""
    return _ULAW[np.frombuffer(frame, dtype=np.uint8)].tobytes()


def frames_of(pcm: bytes) -> Iterator[bytes]:
    """Whole sound cut into frames, the last filled up with silence."""
    for start in range(0, len(pcm), FRAME_BYTES):
        yield pcm[start : start + FRAME_BYTES].ljust(FRAME_BYTES, b"\0")


def samples_of(pcm: bytes) -> Samples:
    """Samples between -1 and 1."""
    return np.frombuffer(pcm, dtype="<i2").astype(np.float32) / np.float32(32768.0)
