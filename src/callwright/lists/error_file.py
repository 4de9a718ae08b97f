"""The error file of an import: every row that was not stored, and every part of a stored one that was left out.

Row number, status, reason in the user's language and the original columns; corrected, the file can be imported again.
It is written beside its final name and put in place in one step.
"""

from __future__ import annotations

import csv
from collections.abc import Sequence
from pathlib import Path
from typing import IO, Any

from callwright.kit.errors import BadInput
from callwright.kit.words import Language, Words
from callwright.lists.chunk import Chunk
from callwright.lists.prepare import Prepared
from callwright.lists.reasons import Reason, say_reason
from callwright.lists.safe_cells import safe_cell

_ROW = Words(en="row", zh="行号", ru="строка")
_STATUS = Words(en="status", zh="状态", ru="состояние")
_REASON = Words(en="reason", zh="原因", ru="причина")
_REJECTED = Words(en="rejected", zh="未导入", ru="не загружена")
_NOTED = Words(en="stored with a gap", zh="已导入，部分缺失", ru="загружена не полностью")


class ErrorFile:
    """Opens at the first line written; ``keep`` puts it in place, ``drop`` removes what was begun."""

    def __init__(self, path: Path, columns: Sequence[str], delimiter: str, language: Language) -> None:
        self.path = path
        self._part = path.with_name(f".{path.name}.part")
        self._columns = columns
        self._delimiter = delimiter or ","
        self._language = language
        self._file: IO[str] | None = None
        self._writer: Any = None

    def add(self, chunk: Chunk, prepared: Prepared) -> None:
        """All rejected rows of a chunk in their order, and the notes."""
        width = len(self._columns)
        lines: list[tuple[int, Words, str, tuple[str | None, ...]]] = [
            (r.row, _REJECTED, say_reason(r.reason, r.detail, self._language), r.cells) for r in chunk.rejected
        ]
        for findings, status in ((prepared.rejected, _REJECTED), (prepared.notes, _NOTED)):
            if findings.is_empty():
                continue
            joined = findings.join(prepared.rows, on="row", how="left")
            for row, reason, detail, *cells in joined.iter_rows():
                lines.append((row, status, say_reason(Reason(reason), detail, self._language), tuple(cells)))
        if not lines:
            return
        writer = self._open()
        lines.sort(key=lambda line: line[0])
        try:
            for row, status, reason, values in lines:
                padded = [safe_cell(c or "") for c in values] + [""] * (width - len(values))
                writer.writerow([row, status.say(self._language), safe_cell(reason), *padded])
        except OSError as error:
            raise _cannot_write(self.path, error) from None

    def keep(self) -> str | None:
        """Put the file in place; None where there was nothing to write."""
        if self._file is None:
            return None
        try:
            self._file.close()
            self._part.replace(self.path)
        except OSError as error:
            raise _cannot_write(self.path, error) from None
        return str(self.path)

    def drop(self) -> None:
        if self._file is not None:
            self._file.close()
            self._part.unlink(missing_ok=True)

    def _open(self) -> Any:
        if self._file is None:
            try:
                self.path.parent.mkdir(parents=True, exist_ok=True)
                self._file = self._part.open("w", encoding="utf-8-sig", newline="")
            except OSError as error:
                raise _cannot_write(self.path, error) from None
            self._writer = csv.writer(self._file, delimiter=self._delimiter)
            ours = [w.say(self._language) for w in (_ROW, _STATUS, _REASON)]
            self._writer.writerow([*ours, *(safe_cell(c) for c in self._columns)])
        return self._writer


def _cannot_write(path: Path, error: OSError) -> BadInput:
    return BadInput(f"The error file {path} cannot be written ({error.strerror or error}); nothing was stored.")


def default_error_path(path: Path) -> Path:
    """Beside the list: ``people.csv`` -> ``people.rejected.csv``."""
    return path.with_name(f"{path.name.split('.')[0] or path.name}.rejected.csv")
