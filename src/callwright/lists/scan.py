"""Finds the records of a delimited text file without reading it cell by cell: offsets, widths, quotation marks.

Works on whole blocks of bytes. Where quotation marks are used by the book (around a field, doubled inside), the
result is exact; where they are not, ``scan`` says so by returning None and ``reader`` reads record by record.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

_BLOCK = 1 << 23
_QUOTE, _LF, _CR = 0x22, 0x0A, 0x0D


@dataclass(frozen=True, kw_only=True, slots=True)
class Records:
    """Where each record starts (one more entry: the end) and how many fields it has."""

    starts: NDArray[np.int64]
    widths: NDArray[np.int32]

    def __len__(self) -> int:
        return len(self.widths)


def scan(data: memoryview | bytes, delimiter: str) -> Records | None:
    """The records of UTF-8 text. None: quotation marks are used in a way that only a full reading can settle."""
    raw = np.frombuffer(data, dtype=np.uint8)
    size = len(raw)
    mark = ord(delimiter)
    open_quote = False
    ends: list[NDArray[np.int64]] = []
    widths: list[NDArray[np.int32]] = []
    carried = 0  # delimiters of the record that began in an earlier block
    for begin in range(0, size, _BLOCK):
        block = raw[begin : begin + _BLOCK]
        breaks = block == _LF
        marks = block == mark
        quotes = np.flatnonzero(block == _QUOTE)
        if len(quotes) or open_quote:
            inside, ok = _inside_quotes(raw, begin, block, quotes, open_quote, mark)
            if not ok:
                return None
            open_quote ^= len(quotes) % 2 == 1
            breaks &= ~inside
            marks &= ~inside
        newlines = np.flatnonzero(breaks)
        delimiters = np.flatnonzero(marks)
        until = np.searchsorted(delimiters, newlines)
        counts = np.diff(until, prepend=0).astype(np.int32)
        if len(counts):
            counts[0] += carried
            carried = 0
        carried += len(delimiters) - (int(until[-1]) if len(until) else 0)
        ends.append(newlines + (begin + 1))
        widths.append(counts + 1)
    if open_quote:
        return None
    all_ends = np.concatenate(ends) if ends else np.empty(0, np.int64)
    all_widths = np.concatenate(widths) if widths else np.empty(0, np.int32)
    if size and (len(all_ends) == 0 or all_ends[-1] != size):  # the last line has no line break
        all_ends = np.append(all_ends, size)
        all_widths = np.append(all_widths, np.int32(carried + 1))
    starts = np.concatenate([np.zeros(1, np.int64), all_ends.astype(np.int64)])
    return Records(starts=starts, widths=all_widths.astype(np.int32))


def _inside_quotes(
    raw: NDArray[np.uint8], begin: int, block: NDArray[np.uint8], quotes: NDArray[np.intp], already: bool, mark: int
) -> tuple[NDArray[np.bool_], bool]:
    """Which bytes of the block lie inside quotation marks, and whether every mark stands where it may stand."""
    flips = np.zeros(len(block), np.uint8)
    flips[quotes] = 1
    inside = (np.bitwise_xor.accumulate(flips) ^ int(already)).astype(np.bool_)
    opening = quotes[(np.arange(len(quotes)) + int(already)) % 2 == 0] + begin
    closing = quotes[(np.arange(len(quotes)) + int(already)) % 2 == 1] + begin
    before = raw[np.maximum(opening - 1, 0)]
    fits = (opening == 0) | (before == mark) | (before == _LF) | (before == _CR) | (before == _QUOTE)
    after = raw[np.minimum(closing + 1, len(raw) - 1)]
    ends = (closing == len(raw) - 1) | (after == mark) | (after == _LF) | (after == _CR) | (after == _QUOTE)
    return inside, bool(fits.all() and ends.all())
