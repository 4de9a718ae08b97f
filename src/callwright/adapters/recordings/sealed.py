"""An encrypted file that can be written as a stream and read at any place: AES-256-GCM in chunks.

The STREAM construction: the nonce is a random prefix, the chunk's number and a flag that only the last chunk has; each
chunk is bound to the header, which holds the recording's id. So a file that was cut off, put together anew, swapped
with another or changed in one bit does not open. One data key encrypts one file.
"""

from __future__ import annotations

import os
import struct
from collections.abc import Callable, Iterator
from typing import BinaryIO

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from callwright.adapters.recordings.errors import Altered, Truncated

CHUNK_BYTES = 64 * 1024
TAG_BYTES = 16
DATA_KEY_BYTES = 32
_HEADER = struct.Struct(">6sIQ7s7x")  # magic and version, chunk size, recording, nonce prefix, nothing yet
HEADER_BYTES = _HEADER.size
_MAGIC = b"CWREC\x01"
_MOST_CHUNKS = 2**32 - 1


class _Cipher:
    """Seals and opens single chunks of one file."""

    def __init__(self, header: bytes, data_key: bytes) -> None:
        self._aead = AESGCM(data_key)
        self._header = header
        self._prefix = _HEADER.unpack(header)[3]

    def seal(self, number: int, chunk: bytes | memoryview, *, final: bool) -> bytes:
        nonce, bound = self._bound(number, final)
        return self._aead.encrypt(nonce, bytes(chunk), bound)

    def open(self, number: int, sealed: bytes, *, final: bool) -> bytes:
        """Raises InvalidTag."""
        nonce, bound = self._bound(number, final)
        return self._aead.decrypt(nonce, sealed, bound)

    def _bound(self, number: int, final: bool) -> tuple[bytes, bytes]:
        place = struct.pack(">IB", number, final)
        return self._prefix + place, self._header + place


class SealedWriter:
    """Encrypts what it is given and hands it to ``out`` piece by piece; ``close`` writes the last chunk."""

    def __init__(self, out: Callable[[bytes], object], *, data_key: bytes, recording_id: int) -> None:
        header = _HEADER.pack(_MAGIC, CHUNK_BYTES, recording_id, os.urandom(7))
        self._cipher = _Cipher(header, data_key)
        self._out = out
        self._number = 0
        self._waiting = bytearray()
        out(header)

    def write(self, plain: bytes | memoryview) -> None:
        self._waiting += plain
        # a full chunk stays until more comes: it may be the last one
        while len(self._waiting) > CHUNK_BYTES:
            self._put(self._waiting[:CHUNK_BYTES], final=False)
            del self._waiting[:CHUNK_BYTES]

    def close(self) -> None:
        self._put(self._waiting, final=True)
        self._waiting = bytearray()

    def _put(self, chunk: bytearray, *, final: bool) -> None:
        if self._number >= _MOST_CHUNKS:
            raise OverflowError("a recording of more chunks than the format can number")
        self._out(self._cipher.seal(self._number, bytes(chunk), final=final))
        self._number += 1


class SealedReader:
    """Reads an encrypted file at any place. Making one opens the last chunk, so a file cut off anywhere is refused.

    Raises Truncated or Altered. The file stays the caller's.
    """

    def __init__(self, file: BinaryIO, *, data_key: bytes, recording_id: int) -> None:
        self._file = file
        file_bytes = file.seek(0, os.SEEK_END)
        file.seek(0)
        header = file.read(HEADER_BYTES)
        if len(header) < HEADER_BYTES or file_bytes < HEADER_BYTES + TAG_BYTES:
            raise Truncated(f"Recording {recording_id} ends within its header: bring the file back from a backup.")
        magic, self._chunk, found, _ = _HEADER.unpack(header)
        if magic != _MAGIC or not 0 < self._chunk <= 2**26:
            raise Altered(f"The file of recording {recording_id} is no recording of this vault: bring it back.")
        if found != recording_id:
            raise Altered(f"The file of recording {recording_id} is that of recording {found}: bring it back.")
        self._recording_id = recording_id
        self._cipher = _Cipher(header, data_key)
        body = file_bytes - HEADER_BYTES
        self._chunks = -(-body // (self._chunk + TAG_BYTES))
        if body - (self._chunks - 1) * (self._chunk + TAG_BYTES) < TAG_BYTES:
            raise Truncated(f"Recording {recording_id} is cut off: bring the file back from a backup.")
        self.plain_bytes: int = body - self._chunks * TAG_BYTES
        self._kept: tuple[int, bytes] = (-1, b"")
        self._open(self._chunks - 1)

    def read(self, start: int = 0, length: int | None = None) -> bytes:
        """The plain bytes ``[start, start + length)``, fewer at the end."""
        return b"".join(self.stream(start, length))

    def stream(self, start: int = 0, length: int | None = None) -> Iterator[bytes]:
        """The same, a chunk at a time."""
        end = self.plain_bytes if length is None else min(self.plain_bytes, start + length)
        while start < end:
            number, offset = divmod(start, self._chunk)
            piece = self._open(number)[offset : offset + end - start]
            yield piece
            start += len(piece)

    def _open(self, number: int) -> bytes:
        if self._kept[0] == number:
            return self._kept[1]
        self._file.seek(HEADER_BYTES + number * (self._chunk + TAG_BYTES))
        sealed = self._file.read(self._chunk + TAG_BYTES)
        try:
            plain = self._cipher.open(number, sealed, final=number == self._chunks - 1)
        except InvalidTag:
            raise self._fault(number, sealed) from None
        self._kept = (number, plain)
        return plain

    def _fault(self, number: int, sealed: bytes) -> Altered:
        if number == self._chunks - 1:
            try:
                self._cipher.open(number, sealed, final=False)
            except InvalidTag:
                pass
            else:
                return Truncated(f"Recording {self._recording_id} is cut off: bring the file back from a backup.")
        return Altered(
            f"Recording {self._recording_id} is not what was stored: chunk {number} of {self._chunks} was changed or "
            "cut; bring the file back from a backup."
        )
