"""Reads WAV headers and repairs them: pure, from the first bytes and the real length of the file.

Asterisk writes a header of zero lengths and corrects it when the recording ends. After a crash it is wrong, the last
block may be short and odd, or the header itself never reached the disk. What the file really holds decides.
"""

from __future__ import annotations

import struct
from collections.abc import Sequence
from dataclasses import dataclass

from callwright.adapters.recordings.errors import NoAudio, NotAWav

HEAD_BYTES = 4096
"""So much of a file's beginning is enough to find its audio."""
STANDARD_RATE = 8000
_SAMPLE_BYTES = 2
_PLAIN_HEADER = 44
_PCM, _EXTENSIBLE = 1, 0xFFFE
_OTHERS = ((b"OggS", "Ogg"), (b"fLaC", "FLAC"), (b"ID3", "MP3"), (b"\xff\xfb", "MP3"), (b"RIFX", "big-endian WAV"))


@dataclass(frozen=True, kw_only=True, slots=True)
class WavFacts:
    """Where the audio lies: 16-bit mono PCM of ``rate`` samples a second. ``repairs`` says what was wrong."""

    data_at: int
    data_bytes: int
    rate: int
    repairs: tuple[str, ...] = ()

    @property
    def frames(self) -> int:
        return self.data_bytes // _SAMPLE_BYTES


def read_wav(head: bytes, file_bytes: int, tail: bytes = b"") -> WavFacts:
    """Find the audio. ``head``: the first ``HEAD_BYTES``. ``tail``: what stands where the header says that the audio
    ends, if it says so (see ``claimed_end``); it tells chunks after the audio from a stale length.

    Raises NoAudio where not one sample is there, NotAWav where it is something else.
    """
    if file_bytes == 0 or not head:
        raise NoAudio("The file is empty: nothing was recorded on this side.")
    if head[:4] != b"RIFF":
        return _without_header(head, file_bytes)
    if len(head) >= 12 and head[8:12] != b"WAVE":
        raise NotAWav(f"The file is a RIFF file of the kind {head[8:12]!r}, not WAVE; give the recording itself.")
    rate, data_at, claimed, repairs = _walk(head, file_bytes)
    there = file_bytes - data_at
    if there <= 0:
        raise NoAudio("The file ends with its header: nothing was recorded on this side.")
    length = there
    if claimed == there or (0 < claimed < there and _only_chunks(tail, there - claimed)):
        length = claimed
    else:
        repairs.append(f"the header said {claimed} bytes of audio, the file holds {there}")
    return _whole_samples(data_at, length, rate, repairs)


def claimed_end(head: bytes, file_bytes: int) -> int | None:
    """Where the header says that the audio ends, if that is within the file; None where it says nothing usable."""
    if head[:4] != b"RIFF" or head[8:12] != b"WAVE":
        return None
    try:
        _, data_at, claimed, _ = _walk(head, file_bytes)
    except (NotAWav, NoAudio):
        return None
    return data_at + claimed if 0 < claimed < file_bytes - data_at else None


def wav_header(*, rate: int, channels: int, data_bytes: int) -> bytes:
    """A plain header of 16-bit PCM."""
    block = channels * _SAMPLE_BYTES
    return struct.pack(
        "<4sI4s4sIHHIIHH4sI",
        *(b"RIFF", 36 + data_bytes, b"WAVE", b"fmt ", 16, _PCM, channels, rate, rate * block, block),
        *(8 * _SAMPLE_BYTES, b"data", data_bytes),
    )


def _walk(head: bytes, file_bytes: int) -> tuple[int, int, int, list[str]]:
    """Rate, place of the audio, the length the header claims, repairs."""
    at, rate, repairs = 12, None, list[str]()
    while at + 8 <= len(head):
        name, size = struct.unpack_from("<4sI", head, at)
        at += 8
        if name == b"data":
            if rate is None:
                rate = STANDARD_RATE
                repairs.append("the header had no format; taken as 8 kHz")
            return rate, at, size, repairs
        if name == b"fmt ":
            rate = _format(head[at : at + size])
        at += size + size % 2
    if file_bytes <= _PLAIN_HEADER or at >= file_bytes:
        raise NoAudio("The file ends within its header: nothing was recorded on this side.")
    raise NotAWav("The file has a WAV header but no audio chunk; give the recording itself.")


def _format(body: bytes) -> int:
    if len(body) < 16:
        raise NoAudio("The file ends within its header: nothing was recorded on this side.")
    kind, channels, rate, _, _, bits = struct.unpack_from("<HHIIHH", body)
    if kind not in (_PCM, _EXTENSIBLE) or channels != 1 or bits != 8 * _SAMPLE_BYTES or not 4000 <= rate <= 192_000:
        raise NotAWav(
            f"The WAV holds format {kind} with {channels} channels of {bits} bits at {rate} Hz; "
            "record 16-bit mono PCM, one file per side."
        )
    return int(rate)


def _only_chunks(tail: bytes, tail_bytes: int) -> bool:
    """Whether the bytes after the claimed end are well-formed chunks up to the very end of the file."""
    if len(tail) != tail_bytes:
        return False  # more than anybody puts behind audio: it is audio
    at = 0
    while at + 8 <= len(tail):
        name, size = struct.unpack_from("<4sI", tail, at)
        if not all(32 <= byte < 127 for byte in name):
            break
        at += 8 + size
        if at == len(tail):
            return True
        at += size % 2
    return at == len(tail) and at > 0


def _without_header(head: bytes, file_bytes: int) -> WavFacts:
    for sign, name in _OTHERS:
        if head.startswith(sign):
            raise NotAWav(f"The file is {name}, not WAV; let the recording be made as WAV.")
    if any(head[:_PLAIN_HEADER]):
        raise NotAWav("The file is no WAV: it does not begin with RIFF; give the recording itself.")
    if file_bytes <= _PLAIN_HEADER:
        raise NoAudio("The file holds no more than an empty header: nothing was recorded on this side.")
    lost = ["the header was never written; taken as 8 kHz"]  # its place is there, as zeros
    return _whole_samples(_PLAIN_HEADER, file_bytes - _PLAIN_HEADER, STANDARD_RATE, lost)


def _whole_samples(data_at: int, length: int, rate: int, repairs: Sequence[str]) -> WavFacts:
    odd = length % _SAMPLE_BYTES
    if length - odd == 0:
        raise NoAudio("The file ends with its header: nothing was recorded on this side.")
    said = (*repairs, "half a sample at the end was dropped") if odd else tuple(repairs)
    return WavFacts(data_at=data_at, data_bytes=length - odd, rate=rate, repairs=said)
