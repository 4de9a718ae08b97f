"""The rows of a delimited UTF-8 file, chunk by chunk out of the mapped file.

The records are found first (``scan``), so that a chunk without ragged rows goes to polars as it is; a file whose
quotation marks follow no rule is read record by record (``records``).
"""

from __future__ import annotations

import csv
import io
import mmap
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import polars as pl
from numpy.typing import NDArray

from callwright.lists.chunk import Chunk, RejectedRow, checked_chunk, frame_of, ragged_row
from callwright.lists.records import read_record_by_record
from callwright.lists.scan import Records, scan


@dataclass(kw_only=True, slots=True)
class DelimitedText:
    """A delimited UTF-8 file in memory-mapped form."""

    data: mmap.mmap
    begin: int
    delimiter: str
    _records: Records | None = None
    _has_nul: bool = False
    _has_quotes: bool = False

    def index(self) -> int:
        """Find the records; how many there are (nearly, where they must be read one by one)."""
        view = memoryview(self.data)
        try:
            self._records = scan(view[self.begin :], self.delimiter)
        finally:
            view.release()
        self._has_nul = self.data.find(b"\0") >= 0
        self._has_quotes = self.data.find(b'"') >= 0
        if self._records is not None:
            return len(self._records)
        self.data.seek(self.begin)
        return sum(1 for _ in iter(self.data.readline, b""))

    def chunks(self, width: int, *, skip: int, rows: int) -> Iterator[Chunk]:
        if self._records is None:
            yield from self._one_by_one(width, skip=skip, rows=rows)
            return
        # the header is the first record that is not blank
        begin = skip and self._first_filled() + 1
        for at in range(begin, len(self._records), rows):
            yield self._chunk(self._records, width, at, min(at + rows, len(self._records)))

    def _first_filled(self) -> int:
        assert self._records is not None
        starts = self._records.starts
        for i in range(len(self._records)):
            if self.data[self.begin + starts[i] : self.begin + starts[i + 1]].strip(b'\r\n \t,;|"'):
                return i
        return 0

    def _chunk(self, records: Records, width: int, begin: int, end: int) -> Chunk:
        starts, widths = records.starts[begin : end + 1] + self.begin, records.widths[begin:end]
        sizes = np.diff(starts)
        blank = (widths == 1) & (sizes <= 2)
        for i in np.flatnonzero(blank):  # a single character is a row of a one-column file
            blank[i] = not self.data[starts[i] : starts[i + 1]].strip(b"\r\n")
        ragged = (widths != width) & ~blank
        good = ~ragged & ~blank
        numbers = np.arange(begin + 1, end + 1, dtype=np.uint32)
        frame = self._read(self._bytes_of(starts, good), width, numbers[good])
        mended: list[tuple[int, list[str]]] = []
        rejected: list[RejectedRow] = []
        for i in np.flatnonzero(ragged):
            text = self.data[starts[i] : starts[i + 1]].decode("utf-8")
            cells = next(csv.reader(io.StringIO(text, newline=""), delimiter=self.delimiter), [])
            if len(cells) > width and not any(c.strip() for c in cells[width:]):
                mended.append((int(numbers[i]), cells[:width]))
            elif any(c.strip() for c in cells):
                rejected.append(ragged_row(int(numbers[i]), cells))
            else:
                blank[i] = True
        if mended:
            late = frame_of([n for n, _ in mended], [c for _, c in mended], width)
            frame = pl.concat([frame, late]).sort("row")
        return checked_chunk(frame, rejected, int(blank.sum()), look_for_nul=self._has_nul)

    def _bytes_of(self, starts: NDArray[np.int64], good: NDArray[np.bool_]) -> bytes:
        if good.all():
            return self.data[int(starts[0]) : int(starts[-1])]
        edges = np.flatnonzero(np.diff(np.concatenate([[False], good, [False]]).astype(np.int8)))
        pieces = [self.data[int(starts[a]) : int(starts[b])] for a, b in edges.reshape(-1, 2)]
        return b"".join(p if p.endswith(b"\n") else p + b"\n" for p in pieces)

    def _read(self, data: bytes, width: int, numbers: NDArray[np.uint32]) -> pl.DataFrame:
        if not len(numbers):
            return frame_of([], [], width)
        frame = pl.read_csv(
            data,
            has_header=False,
            separator=self.delimiter,
            quote_char='"' if self._has_quotes else None,
            schema={f"c{i}": pl.String for i in range(width)},
        )
        if frame.height != len(numbers):  # never trust two readers to agree without checking
            records = list(csv.reader(io.StringIO(data.decode("utf-8"), newline=""), delimiter=self.delimiter))
            return frame_of(numbers.tolist(), [r for r in records if r], width)
        if self._has_quotes:  # "" is empty too
            frame = frame.with_columns(pl.when(pl.all() != "").then(pl.all()).name.keep())
        return frame.select(pl.Series("row", numbers), pl.all())

    def _one_by_one(self, width: int, *, skip: int, rows: int) -> Iterator[Chunk]:
        numbers: list[int] = []
        good: list[list[str]] = []
        rejected: list[RejectedRow] = []
        blank = 0
        self.data.seek(self.begin)
        for row, cells, reason in read_record_by_record(iter(self.data.readline, b""), self.delimiter):
            if reason is not None:
                rejected.append(RejectedRow(row=row, reason=reason, detail="", cells=tuple(cells)))
            elif not any(c.strip() for c in cells):
                blank += 1
                continue
            elif skip:
                pass
            elif len(cells) < width or any(c.strip() for c in cells[width:]):
                rejected.append(ragged_row(row, cells))
            else:
                numbers.append(row)
                good.append(cells[:width])
            skip = 0  # the header is the first record that is not blank, whatever became of it
            if len(good) + len(rejected) >= rows:
                yield checked_chunk(frame_of(numbers, good, width), rejected, blank, look_for_nul=self._has_nul)
                numbers, good, rejected, blank = [], [], [], 0
        if good or rejected or blank:
            yield checked_chunk(frame_of(numbers, good, width), rejected, blank, look_for_nul=self._has_nul)
