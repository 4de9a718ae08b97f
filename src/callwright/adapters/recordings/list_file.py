"""The second copy of the list of hashes: a text file beside the audio, one line per entry, only ever grown.

It trails the database by a moment and catches up by itself. Blocking.
"""

from __future__ import annotations

import fcntl
import os
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import BinaryIO

from callwright.adapters.recordings.chain import Entry, as_line, seq_and_link

_LAST_BYTES = 64 * 1024


class ListFile:
    def __init__(self, path: Path) -> None:
        self.path = path

    def last_seq(self) -> int:
        """The number of the last whole line; 0 where there is none."""
        try:
            with self.path.open("rb") as file:
                return _last(file)[0]
        except FileNotFoundError:
            return 0

    def append(self, entries: Sequence[Entry]) -> None:
        """Write those that follow what is there; a line that a crash cut off is written anew."""
        handle = os.open(self.path, os.O_RDWR | os.O_CREAT, 0o600)
        with os.fdopen(handle, "r+b") as file:
            fcntl.flock(handle, fcntl.LOCK_EX)
            seq, end = _last(file)
            file.truncate(end)
            file.seek(end)
            for entry in entries:
                if entry.seq == seq + 1:
                    file.write(as_line(entry).encode())
                    seq = entry.seq

    def lines(self) -> Iterator[tuple[int, tuple[int, str] | None]]:
        """(number of the line from 1, what it says); a last line without its end is left out."""
        try:
            file = self.path.open("rb")
        except FileNotFoundError:
            return
        with file:
            for number, line in enumerate(file, 1):
                if line.endswith(b"\n"):
                    yield number, seq_and_link(line.decode(errors="replace"))


def _last(file: BinaryIO) -> tuple[int, int]:
    """Number of the last whole line that can be read, and the place after it."""
    end = file.seek(0, os.SEEK_END)
    begin = max(0, end - _LAST_BYTES)
    file.seek(begin)
    block = file.read(end - begin)
    whole = block.rfind(b"\n") + 1
    line = block[:whole].rstrip(b"\n").rpartition(b"\n")[2]
    said = seq_and_link(line.decode(errors="replace")) if line else None
    return (said[0] if said else 0), begin + whole
