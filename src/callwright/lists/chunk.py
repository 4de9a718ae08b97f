"""Rows on their way through an import: a chunk of them as a table, and those that cannot come along."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import polars as pl

from callwright.lists.reasons import Reason

CHUNK_ROWS = 100_000
MAX_CELL = 32_767  # what a spreadsheet can hold


@dataclass(frozen=True, kw_only=True, slots=True)
class RejectedRow:
    """A row that stays out, with its cells as they were."""

    row: int
    reason: Reason
    detail: str
    cells: tuple[str, ...]


@dataclass(frozen=True, kw_only=True, slots=True)
class Chunk:
    """Some rows: ``row`` (the row's number) and ``c0 .. cn`` as text, null where empty."""

    rows: pl.DataFrame
    rejected: list[RejectedRow]
    blank: int = 0


def ragged_row(row: int, cells: Sequence[str]) -> RejectedRow:
    return RejectedRow(row=row, reason=Reason.RAGGED, detail=str(len(cells)), cells=tuple(cells))


def frame_of(numbers: Sequence[int], rows: Sequence[Sequence[str]], width: int) -> pl.DataFrame:
    columns = list(zip(*rows, strict=True)) if rows else [()] * width
    data = {f"c{i}": pl.Series(f"c{i}", columns[i], dtype=pl.String) for i in range(width)}
    frame = pl.DataFrame({"row": pl.Series("row", numbers, dtype=pl.UInt32), **data})
    return frame.with_columns(pl.when(pl.col(pl.String) != "").then(pl.col(pl.String)).name.keep())


def checked_chunk(frame: pl.DataFrame, rejected: list[RejectedRow], blank: int, *, look_for_nul: bool = True) -> Chunk:
    """Take out blank rows, rows with NUL bytes and rows with monstrous cells."""
    frame = frame.with_columns(pl.col("row").cast(pl.UInt32))
    filled = frame.filter(pl.any_horizontal(pl.col(pl.String).is_not_null()))
    blank += frame.height - filled.height
    huge = pl.any_horizontal(pl.col(pl.String).str.len_bytes() > MAX_CELL)
    bad = [(huge, Reason.HUGE_CELL, str(MAX_CELL))]
    if look_for_nul:
        bad.append((pl.any_horizontal(pl.col(pl.String).str.contains("\0", literal=True)), Reason.NUL_BYTE, ""))
    for condition, reason, detail in bad:
        mask = filled.select(condition.fill_null(False).alias("bad")).get_column("bad")
        if mask.any():
            for record in filled.filter(mask).iter_rows():
                cells = tuple("" if c is None else c[:MAX_CELL].replace("\0", "\\0") for c in record[1:])
                rejected.append(RejectedRow(row=record[0], reason=reason, detail=detail, cells=cells))
            filled = filled.filter(~mask)
    return Chunk(rows=filled, rejected=rejected, blank=blank)
