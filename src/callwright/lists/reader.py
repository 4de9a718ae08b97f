"""Opens a list file and hands out its rows as tables, whatever the format, encoding, delimiter and flaws.

``open_table`` decides; ``Table.chunks`` delivers rows as text columns ``c0, c1, ...`` beside their row number, and
the rows it could not read with the reason. The row number is the one a spreadsheet shows: the first record is row
1. Formulas are text here and stay text. What the columns mean is ``mapping``'s business.
"""

from __future__ import annotations

import gzip
import mmap
import tempfile
from collections.abc import Iterator
from contextlib import AbstractContextManager, ExitStack
from dataclasses import dataclass, field
from pathlib import Path

import polars as pl

from callwright.kit.errors import BadInput
from callwright.lists.chunk import CHUNK_ROWS, Chunk, checked_chunk, frame_of
from callwright.lists.encoding import check_encoding, check_utf8, detect_encoding, to_utf8
from callwright.lists.heading import detect_delimiter, first_records, read_heading
from callwright.lists.text import DelimitedText

_UNPACKED_LIMIT = 8 << 30


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
    _text: DelimitedText | None = None
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
        return next(iter(self.chunks(500)), Chunk(rows=frame_of([], [], len(self.columns)), rejected=[])).rows


def open_table(path: Path, *, encoding: str | None = None, delimiter: str | None = None) -> Table:
    """Open a CSV (also gzipped), TSV, ``;`` or ``|`` separated file or a spreadsheet. Raises BadInput."""
    if not path.is_file():
        raise BadInput(f"There is no file {path}.")
    if path.stat().st_size == 0:
        raise BadInput(f"{path.name} is empty; a list needs at least one row.")
    resources = ExitStack()
    try:
        with path.open("rb") as file:
            magic = file.read(8)
        if magic.startswith((b"PK\x03\x04", b"\xd0\xcf\x11\xe0")):
            return _open_sheet(path)
        return _open_text(path, magic, encoding, delimiter, resources)
    except BaseException as error:
        resources.close()
        if isinstance(error, OSError):
            raise BadInput(f"{path.name} cannot be read ({error.strerror or error}).") from None
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
    has_header, columns, warnings = read_heading(first, sample)
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
        yield checked_chunk(cells.slice(begin, rows), [], 0)


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
    sign = delimiter if delimiter else detect_delimiter(head)
    if len(sign) != 1 or not sign.isascii():
        raise BadInput(f"The delimiter must be one character such as , ; | or a tab, not {delimiter!r}.")
    sample = first_records(head, sign)
    if not sample:
        raise BadInput(f"{path.name} is empty; a list needs at least one row.")
    has_header, columns, named = read_heading(sample[0], sample)
    text = DelimitedText(data=mapped, begin=skip_bytes, delimiter=sign)
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
            while block := source.read(1 << 20):
                out.write(block)
                if out.tell() > _UNPACKED_LIMIT:
                    raise BadInput(f"{path.name} unpacks to more than 8 GiB; split it.")
    except (OSError, EOFError) as error:
        raise BadInput(f"{path.name} cannot be unpacked ({error}).") from None
