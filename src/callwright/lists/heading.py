"""What the first records of a file tell: the delimiter, whether there is a header, what the columns are called."""

from __future__ import annotations

import csv
import io
import re
from collections import Counter
from collections.abc import Sequence

from callwright.lists.columns import VICIDIAL_COLUMNS, recognise

_DELIMITERS = ",;\t|"


def first_records(head: str, delimiter: str) -> list[list[str]]:
    records: list[list[str]] = []
    for record in csv.reader(io.StringIO(head, newline=""), delimiter=delimiter):
        if any(cell.strip() for cell in record):
            records.append(record)
        if len(records) >= 200:
            break
    return records


def detect_delimiter(head: str) -> str:
    """The sign that splits the first records into the same number of fields, more than one, most often."""
    best, score = ",", 0.0
    for sign in _DELIMITERS:
        if sign not in head:
            continue
        try:
            widths = [len(r) for r in first_records(head, sign)]
        except csv.Error:
            continue
        if len(widths) > 2:
            widths = widths[:-1]  # the sample may cut the last one
        if not widths:
            continue
        width, times = Counter(widths).most_common(1)[0]
        if width > 1:
            agreement = times / len(widths) + (0.2 if widths[0] == width else 0.0) + min(width, 50) / 1000
            if agreement > score:
                best, score = sign, agreement
    return best


_DIGITS = re.compile(r"^[\s'+(]*(?:\d[\s\-().]*){6,17}$")


def _looks_like_number(cell: str) -> bool:
    return bool(_DIGITS.match(cell))


def read_heading(first: Sequence[str], sample: Sequence[Sequence[str]]) -> tuple[bool, tuple[str, ...], list[str]]:
    """(has a header, unique column names, warnings)."""
    known = sum(recognise(cell) is not None for cell in first)
    if known and not any(_looks_like_number(cell) for cell in first):
        return True, *_unique([c.strip() for c in first])
    if any(_looks_like_number(cell) for cell in first):
        if _is_vicidial(sample):
            names = list(VICIDIAL_COLUMNS[: len(first)]) + [f"column_{i + 1}" for i in range(25, len(first))]
            return False, tuple(names), ["No header; read as a VICIdial lead file."]
        names = [f"column_{i + 1}" for i in range(len(first))]
        for i in _phone_columns(sample):
            names[i] = "phone_number" if "phone_number" not in names else f"phone_{i + 1}"
        return False, tuple(names), ["No header; columns are named by their position."]
    return True, *_unique([c.strip() for c in first])


def _phone_columns(sample: Sequence[Sequence[str]]) -> list[int]:
    width = len(sample[0])
    hits = [sum(i < len(r) and _looks_like_number(r[i]) for r in sample) for i in range(width)]
    return [i for i, n in enumerate(hits) if n >= 0.8 * len(sample)]


def _is_vicidial(sample: Sequence[Sequence[str]]) -> bool:
    """Headerless, 9 to 26 columns, the fifth a number and the fourth a calling code or empty."""
    fits = [
        9 <= len(r) <= 26 and _looks_like_number(r[4]) and len(r[3].strip()) <= 4 and (r[3].strip() or "0").isdigit()
        for r in sample
    ]
    return sum(fits) >= 0.8 * len(fits)


def _unique(names: Sequence[str]) -> tuple[tuple[str, ...], list[str]]:
    taken: set[str] = set()
    unique: list[str] = []
    warnings: list[str] = []
    for position, name in enumerate(names):
        wanted = name.lstrip("\ufeff") or f"column_{position + 1}"
        free, n = wanted, 2
        while free in taken:
            free, n = f"{wanted}_{n}", n + 1
        if free != wanted:
            warnings.append(f"Two columns are called {wanted!r}; the later one is {free!r} here.")
        taken.add(free)
        unique.append(free)
    return tuple(unique), warnings
