"""Tones as WAV files as Asterisk writes them, and what a stereo WAV holds, measured."""

from __future__ import annotations

import io
import wave
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from callwright.adapters.recordings.wav import wav_header

RATE = 8000
Samples = NDArray[np.int16]


def tone(hz: float, seconds: float, *, peak: int = 12_000, rate: int = RATE) -> Samples:
    at = np.arange(round(seconds * rate)) / rate
    return (peak * np.sin(2 * np.pi * hz * at)).astype("<i2")


def silence(seconds: float) -> Samples:
    return np.zeros(round(seconds * RATE), dtype="<i2")


def wav(samples: Samples, *, rate: int = RATE) -> bytes:
    return wav_header(rate=rate, channels=1, data_bytes=len(samples) * 2) + samples.tobytes()


def killed_wav(samples: Samples) -> bytes:
    """As a killed Asterisk leaves it: lengths of zero in the header, the end in the middle of a sample."""
    return wav_header(rate=RATE, channels=1, data_bytes=0) + samples.tobytes()[:-1]


def write(path: Path, content: bytes) -> Path:
    path.write_bytes(content)
    return path


def channels(content: bytes) -> tuple[Samples, Samples]:
    """Left and right, read by the standard library's own reader."""
    with wave.open(io.BytesIO(content)) as read:
        assert (read.getnchannels(), read.getsampwidth(), read.getframerate()) == (2, 2, RATE)
        both = np.frombuffer(read.readframes(read.getnframes()), dtype="<i2").reshape(-1, 2)
    return both[:, 0], both[:, 1]


def onset_s(samples: Samples, hz: float) -> float:
    """When the tone begins, to the window of 5 ms in which it first carries the energy."""
    window = RATE // 200
    at = np.arange(window) / RATE
    probe = np.exp(-2j * np.pi * hz * at)
    for begin in range(0, len(samples) - window, window // 4):
        part = samples[begin : begin + window].astype(np.float64)
        if abs(np.dot(part, probe)) / window > 2_500:
            return begin / RATE
    raise AssertionError(f"no tone of {hz} Hz")
