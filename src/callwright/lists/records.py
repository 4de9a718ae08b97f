"""The patient reader: one record after the other, for files whose quotation marks do not follow the rules.

A quotation mark inside an unquoted field is a character like any other. One that opens a field and is never closed
would swallow the rest of the file: then only its own line is given up, and reading goes on after it.
"""

from __future__ import annotations

import csv
from collections import deque
from collections.abc import Iterator

from callwright.lists.reasons import Reason

_MOST_LINES = 200  # of one record


class _Unclosed(Exception):
    pass


class _Lines(Iterator[str]):
    """Lines with a memory of those the current record has used, so that they can be read again."""

    def __init__(self, source: Iterator[bytes]) -> None:
        self._source = source
        self._again: deque[str] = deque()
        self.used: list[str] = []

    def __next__(self) -> str:
        if len(self.used) >= _MOST_LINES:
            raise _Unclosed
        if self._again:
            line = self._again.popleft()
        else:
            raw = next(self._source, None)
            if raw is None:
                if self.used:
                    raise _Unclosed  # the file ends inside quotation marks
                raise StopIteration
            line = raw.decode("utf-8")
        self.used.append(line)
        return line

    def give_up_first(self) -> str:
        """Take the first line out of the record; the others are read again."""
        first, *rest = self.used
        self._again.extendleft(reversed(rest))
        self.used = []
        return first


def read_record_by_record(lines: Iterator[bytes], delimiter: str) -> Iterator[tuple[int, list[str], Reason | None]]:
    """(row number, cells, None) or (row number, [the line], reason) for each record, blank ones included."""
    csv.field_size_limit(1 << 30)
    source = _Lines(lines)
    row = 0
    while True:
        reader = csv.reader(source, delimiter=delimiter)
        try:
            for cells in reader:
                row += 1
                source.used = []
                yield row, cells, None
            return
        except (_Unclosed, csv.Error):
            row += 1
            yield row, [source.give_up_first().rstrip("\r\n")], Reason.UNCLOSED_QUOTE
