"""Opens a list file and hands out its rows as tables, whatever the format, encoding, delimiter and flaws.

``open_table`` decides; ``Table.chunks`` delivers rows as text columns ``c0, c1, ...`` beside their row number, and
the rows it could not read with the reason. The row number is the one a spreadsheet shows: the first record is row
1. Formulas are text here and stay text. What the columns mean is ``mapping``'s business.
"""

from __future__ import annotations

import csv
import gzip
import io
import mmap
import re
import shutil
import tempfile
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager, ExitStack
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import polars as pl
from numpy.typing import NDArray

from callwright.kit.errors import BadInput
from callwright.lists.columns import VICIDIAL_COLUMNS, recognise
from callwright.lists.encoding import check_encoding, check_utf8, detect_encoding, to_utf8
from callwright.lists.reasons import Reason
from callwright.lists.records import read_record_by_record
from callwright.lists.scan import Records, scan

CHUNK_ROWS = 200_000
MAX_CELL = 32_767  # what a spreadsheet can hold
_DELIMITERS = ",;\t|"
_UNPACKED_LIMIT = 8 << 30


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


@dataclass(kw_only=True, slots=True)
class Table(AbstractContextManager["Table"]):
    """An opened list file. Close it: it may own a temporary file."""

    path: Path
    format: str  # "csv" or "xlsx"
    encoding: str
    delimiter: str
    has_header: bool
    columns: tuple[str, ...]
    total_rows: int  # records without the header; a few more than there are rows when some are blank
    warnings: list[str] = field(default_factory=list)
    _cells: pl.DataFrame | None = None
    _text: _Text | None = None
    _resources: ExitStack = field(default_factory=ExitStack)

    def __exit__(self, *exc: object) -> None:
        self._resources.close()

    def chunks(self, rows: int = CHUNK_ROWS) -> Iterator[Chunk]:
        """All rows after the header, in order."""
        if self._cells is not None:
            yield from _sheet_chunks(self._cells, skip=int(self.has_header), rows=rows)
        elif self._text is not None:
            yield from self._text.chunks(len(self.columns), skip=int(self.has_header), rows=rows)

    def sample(self) -> pl.DataFrame:
        """The first rows, for guessing."""
        return next(iter(self.chunks(500)), Chunk(rows=_frame([], [], len(self.columns)), rejected=[])).rows


def open_table(path: Path, *, encoding: str | None = None, delimiter: str | None = None) -> Table:
    """Open a CSV (also gzipped), TSV, ``;`` or ``|`` separated file or a spreadsheet. Raises BadInput."""
    if not path.is_file():
        raise BadInput(f"There is no file {path}.")
    if path.stat().st_size == 0:
        raise BadInput(f"{path.name} is empty; a list needs at least one row.")
    with path.open("rb") as file:
        magic = file.read(8)
    if magic.startswith((b"PK\x03\x04", b"\xd0\xcf\x11\xe0")):
        return _open_sheet(path)
    resources = ExitStack()
    try:
        return _open_text(path, magic, encoding, delimiter, resources)
    except BaseException:
        resources.close()
        raise


# --- spreadsheets --------------------------------------------------------------------------------------------------


def _open_sheet(path: Path) -> Table:
    import fastexcel

    try:
        book = fastexcel.read_excel(path)
        cells, used = None, ""
        for name in book.sheet_names:
            sheet = book.load_sheet(name, header_row=None, dtypes="string")
            if sheet.height and sheet.width:
                cells, used = sheet.to_polars(), name
                break
    except fastexcel.FastExcelError as error:
        raise BadInput(f"{path.name} cannot be read as a spreadsheet ({str(error).splitlines()[0]}).") from None
    if cells is None:
        raise BadInput(f"{path.name} is empty; a list needs at least one row.")
    cells = cells.rename({old: f"c{i}" for i, old in enumerate(cells.columns)})
    cells = cells.with_columns(pl.all().cast(pl.String)).with_row_index("row", offset=1)
    first = ["" if v is None else str(v) for v in cells.row(0)[1:]]
    sample = [[v or "" for v in r[1:]] for r in cells.head(200).rows()]
    has_header, columns, warnings = _heading(first, sample)
    if len(book.sheet_names) > 1:
        warnings.append(f"Read the sheet {used!r} only; the file has {len(book.sheet_names)} sheets.")
    return Table(
        path=path,
        format="xlsx",
        encoding="utf-8",
        delimiter="",
        has_header=has_header,
        columns=columns,
        total_rows=cells.height - int(has_header),
        warnings=warnings,
        _cells=cells,
    )


def _sheet_chunks(cells: pl.DataFrame, *, skip: int, rows: int) -> Iterator[Chunk]:
    for begin in range(skip, cells.height, rows):
        yield _checked(cells.slice(begin, rows), [], 0)


# --- text ----------------------------------------------------------------------------------------------------------


def _open_text(path: Path, magic: bytes, encoding: str | None, delimiter: str | None, resources: ExitStack) -> Table:
    source = path
    if magic.startswith(b"\x1f\x8b"):
        source = _temporary(resources)
        _unpack(path, source)
    warnings: list[str] = []
    codec = check_encoding(encoding) if encoding else detect_encoding(source)
    skip_bytes = 0
    if codec in ("utf-8", "utf-8-sig", "ascii"):
        check_utf8(source)
        with source.open("rb") as file:
            skip_bytes = 3 if file.read(3) == b"\xef\xbb\xbf" else 0
    else:
        plain = _temporary(resources)
        to_utf8(source, codec, plain)
        source = plain
        with source.open("rb") as file:
            skip_bytes = 3 if file.read(3) == b"\xef\xbb\xbf" else 0
    if source.stat().st_size <= skip_bytes:
        raise BadInput(f"{path.name} is empty; a list needs at least one row.")
    file = resources.enter_context(source.open("rb"))
    mapped = resources.enter_context(mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ))
    with source.open("rb") as head_file:
        head_file.seek(skip_bytes)
        head = head_file.read(1 << 18).decode("utf-8", errors="ignore")
    if "\n" not in head and "\r" in head:
        raise BadInput(f"{path.name} has old Macintosh line ends; save it again as CSV.")
    sign = delimiter if delimiter else _detect_delimiter(head)
    if len(sign) != 1 or not sign.isascii():
        raise BadInput(f"The delimiter must be one character such as , ; | or a tab, not {delimiter!r}.")
    sample = _first_records(head, sign)
    if not sample:
        raise BadInput(f"{path.name} is empty; a list needs at least one row.")
    has_header, columns, named = _heading(sample[0], sample)
    text = _Text(data=mapped, begin=skip_bytes, delimiter=sign)
    total = text.index() - int(has_header)
    return Table(
        path=path,
        format="csv",
        encoding=codec,
        delimiter=sign,
        has_header=has_header,
        columns=columns,
        total_rows=max(0, total),
        warnings=warnings + named,
        _text=text,
        _resources=resources,
    )


def _temporary(resources: ExitStack) -> Path:
    file = resources.enter_context(tempfile.NamedTemporaryFile(prefix="callwright-list-"))  # noqa: SIM115 -- the stack closes it
    return Path(file.name)


def _unpack(path: Path, target: Path) -> None:
    try:
        with gzip.open(path, "rb") as source, target.open("wb") as out:
            shutil.copyfileobj(source, out, 1 << 20)
            if out.tell() > _UNPACKED_LIMIT:
                raise BadInput(f"{path.name} unpacks to more than 8 GiB; split it.")
    except (OSError, EOFError) as error:
        raise BadInput(f"{path.name} cannot be unpacked ({error}).") from None


def _first_records(head: str, delimiter: str) -> list[list[str]]:
    records: list[list[str]] = []
    for record in csv.reader(io.StringIO(head, newline=""), delimiter=delimiter):
        if any(cell.strip() for cell in record):
            records.append(record)
        if len(records) >= 200:
            break
    return records


def _detect_delimiter(head: str) -> str:
    """The sign that splits the first records into the same number of fields, more than one, most often."""
    best, score = ",", 0.0
    for sign in _DELIMITERS:
        if sign not in head:
            continue
        try:
            widths = [len(r) for r in _first_records(head, sign)]
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


def _heading(first: Sequence[str], sample: Sequence[Sequence[str]]) -> tuple[bool, tuple[str, ...], list[str]]:
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


@dataclass(kw_only=True, slots=True)
class _Text:
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
                rejected.append(_ragged(int(numbers[i]), cells))
            else:
                blank[i] = True
        if mended:
            late = _frame([n for n, _ in mended], [c for _, c in mended], width)
            frame = pl.concat([frame, late]).sort("row")
        return _checked(frame, rejected, int(blank.sum()), look_for_nul=self._has_nul)

    def _bytes_of(self, starts: NDArray[np.int64], good: NDArray[np.bool_]) -> bytes:
        if good.all():
            return self.data[int(starts[0]) : int(starts[-1])]
        edges = np.flatnonzero(np.diff(np.concatenate([[False], good, [False]]).astype(np.int8)))
        pieces = [self.data[int(starts[a]) : int(starts[b])] for a, b in edges.reshape(-1, 2)]
        return b"".join(p if p.endswith(b"\n") else p + b"\n" for p in pieces)

    def _read(self, data: bytes, width: int, numbers: NDArray[np.uint32]) -> pl.DataFrame:
        if not len(numbers):
            return _frame([], [], width)
        frame = pl.read_csv(
            data,
            has_header=False,
            separator=self.delimiter,
            quote_char='"' if self._has_quotes else None,
            schema={f"c{i}": pl.String for i in range(width)},
        )
        if frame.height != len(numbers):  # never trust two readers to agree without checking
            records = list(csv.reader(io.StringIO(data.decode("utf-8"), newline=""), delimiter=self.delimiter))
            return _frame(numbers.tolist(), [r for r in records if r], width)
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
            elif skip:
                skip = 0
            elif len(cells) < width or any(c.strip() for c in cells[width:]):
                rejected.append(_ragged(row, cells))
            else:
                numbers.append(row)
                good.append(cells[:width])
            if len(good) + len(rejected) >= rows:
                yield _checked(_frame(numbers, good, width), rejected, blank, look_for_nul=self._has_nul)
                numbers, good, rejected, blank = [], [], [], 0
        if good or rejected or blank:
            yield _checked(_frame(numbers, good, width), rejected, blank, look_for_nul=self._has_nul)


def _ragged(row: int, cells: Sequence[str]) -> RejectedRow:
    return RejectedRow(row=row, reason=Reason.RAGGED, detail=str(len(cells)), cells=tuple(cells))


def _frame(numbers: Sequence[int], rows: Sequence[Sequence[str]], width: int) -> pl.DataFrame:
    columns = list(zip(*rows, strict=True)) if rows else [()] * width
    data = {f"c{i}": pl.Series(f"c{i}", columns[i], dtype=pl.String) for i in range(width)}
    frame = pl.DataFrame({"row": pl.Series("row", numbers, dtype=pl.UInt32), **data})
    return frame.with_columns(pl.when(pl.col(pl.String) != "").then(pl.col(pl.String)).name.keep())


def _checked(frame: pl.DataFrame, rejected: list[RejectedRow], blank: int, *, look_for_nul: bool = True) -> Chunk:
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
