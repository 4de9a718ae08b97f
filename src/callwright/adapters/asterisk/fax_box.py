"""The faxes of one Asterisk as files: documents that may be sent, and what was received.

A document is a TIFF as faxes have it (G3 or G4, one bit a dot, 1728, 2048 or 2432 dots wide); a PDF is made one by
Ghostscript. They lie where Asterisk reads them, as the prompts do. What comes in is written beside, each with a note.
"""

from __future__ import annotations

import re
import shutil
import struct
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from callwright.kit.errors import BadInput, NotFound

RECEIVED = "received"
NOTE = ".note"
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}\.(?:tif|tiff|pdf)")
_WIDTHS = (1728, 2048, 2432)
_COMPRESSIONS = (3, 4)  # ITU-T T.4 (G3) and T.6 (G4)
_CONVERT_WITHIN_S = 120.0
_WIDTH, _HEIGHT, _BITS, _COMPRESSION = 256, 257, 258, 259


@dataclass(frozen=True, kw_only=True, slots=True)
class FaxPage:
    """What the TIFF says of one of its pages."""

    width: int
    height: int
    bits: int
    compression: int


@dataclass(frozen=True, kw_only=True, slots=True)
class Note:
    """What the dialplan wrote of a received fax."""

    file: str
    number: str
    called: str
    result: FaxResult
    at: float


@dataclass(frozen=True, kw_only=True, slots=True)
class FaxResult:
    """How a fax went, in Asterisk's words."""

    whole: bool
    pages: int
    why: str
    station: str

    @classmethod
    def read(cls, text: str) -> FaxResult:
        """From ``STATUS|pages|words|station``; the last is free text of the other machine."""
        status, pages, why, station = [*text.strip().split("|", 3), "", "", ""][:4]
        whole = status == "SUCCESS"
        return cls(
            whole=whole,
            pages=int(pages) if pages.isdigit() else 0,
            why="" if whole else why or "The call ended before the fax was through",
            station="".join(sign for sign in station if sign.isprintable()).strip(),
        )


class FaxBox:
    """``directory`` as we see it, ``inside`` as Asterisk does (``AsteriskProcess.faxes``)."""

    def __init__(self, directory: Path, inside: PurePosixPath) -> None:
        self.directory = directory
        self.inside = inside

    # --- documents ----------------------------------------------------------------------------------------------------

    def path(self, document: str) -> str:
        """The document as Asterisk finds it. Raises BadInput on a name that is none, NotFound where it is not here."""
        file = self._file(document)
        if not file.exists():
            raise NotFound(
                f"There is no document {document}: put it into the directory that telephony.toml names as `faxes`."
            )
        return str(self.inside / file.name)

    def take_in(self, documents: Path) -> int:
        """Take in every TIFF and PDF of the operator's directory; how many. Raises BadInput on one no fax can take."""
        self.directory.mkdir(parents=True, exist_ok=True)
        taken = 0
        for source in sorted(documents.iterdir()):
            if source.suffix.lower() not in (".tif", ".tiff", ".pdf"):
                continue
            file = self._file(source.name)
            making = file.with_name(f".{file.name}.making")
            if source.suffix == ".pdf":
                _convert(source, making)
            else:
                shutil.copyfile(source, making)
            try:
                check_fax(making, source)
            except BadInput:
                making.unlink()
                raise
            making.chmod(0o644)
            making.rename(file)
            taken += 1
        return taken

    def _file(self, document: str) -> Path:
        if not _NAME.fullmatch(document):
            raise BadInput(f"{document!r} is no name of a fax document: letters, digits, . - _ and .tif or .pdf only.")
        return self.directory / (f"{document}.tif" if document.endswith(".pdf") else document)

    # --- received -----------------------------------------------------------------------------------------------------

    def notes(self) -> Iterator[Note]:
        """The received faxes that still have their note, oldest first."""
        found = sorted((self.directory / RECEIVED).glob(f"*{NOTE}"), key=lambda note: note.stat().st_mtime)
        for note in found:
            number, called, result = [*note.read_text(errors="replace").split("|", 2), "", ""][:3]
            yield Note(
                file=note.name.removesuffix(NOTE) + ".tif",
                number=number,
                called=called,
                result=FaxResult.read(result),
                at=note.stat().st_mtime,
            )

    def told(self, note: Note) -> None:
        """The note has done its service."""
        (self.directory / RECEIVED / f"{note.file.removesuffix('.tif')}{NOTE}").unlink(missing_ok=True)


def check_fax(file: Path, source: Path) -> list[FaxPage]:
    """The pages of a TIFF. Raises BadInput, naming ``source``, where a fax cannot take it."""
    how = f"gs -sDEVICE=tiffg4 -r204x196 -sPAPERSIZE=a4 -o {source.stem}.tif IN makes one of a PDF"
    try:
        pages = tiff_pages(file.read_bytes())
    except (ValueError, struct.error):
        raise BadInput(f"{source} is no TIFF: {how}.") from None
    for page in pages:
        if page.compression not in _COMPRESSIONS or page.bits != 1 or page.width not in _WIDTHS:
            raise BadInput(f"{source} is no TIFF of a fax (G3 or G4, black and white, 1728 dots wide): {how}.")
    if not pages:
        raise BadInput(f"{source} has no page: {how}.")
    return pages


def tiff_pages(data: bytes) -> list[FaxPage]:
    """The directories of a TIFF. Raises ValueError or struct.error on what is none."""
    order = {b"II*\x00": "<", b"MM\x00*": ">"}.get(data[:4])
    if order is None:
        raise ValueError("no TIFF")
    (at,) = struct.unpack_from(f"{order}I", data, 4)
    pages: list[FaxPage] = []
    seen: set[int] = set()
    while at and at not in seen:
        seen.add(at)
        (entries,) = struct.unpack_from(f"{order}H", data, at)
        tags = {_BITS: 1, _COMPRESSION: 1}
        for entry in range(entries):
            tag, kind = struct.unpack_from(f"{order}HH", data, at + 2 + 12 * entry)
            (tags[tag],) = struct.unpack_from(f"{order}{'H' if kind == 3 else 'I'}", data, at + 10 + 12 * entry)
        pages.append(
            FaxPage(
                width=tags.get(_WIDTH, 0),
                height=tags.get(_HEIGHT, 0),
                bits=tags[_BITS],
                compression=tags[_COMPRESSION],
            )
        )
        (at,) = struct.unpack_from(f"{order}I", data, at + 2 + 12 * entries)
    return pages


def _convert(source: Path, file: Path) -> None:
    if shutil.which("gs") is None:
        raise BadInput(f"{source} is a PDF, and Ghostscript is not here: apt-get install ghostscript, or give a TIFF.")
    command = ["gs", "-q", "-dSAFER", "-dNOPAUSE", "-dBATCH", "-sDEVICE=tiffg4", "-r204x196", "-sPAPERSIZE=a4"]
    command += ["-dFIXEDMEDIA", "-dPDFFitPage", f"-sOutputFile={file}", str(source.absolute())]
    try:
        said = subprocess.run(command, capture_output=True, text=True, check=False, timeout=_CONVERT_WITHIN_S)
    except subprocess.TimeoutExpired:
        raise BadInput(f"{source} takes Ghostscript longer than {_CONVERT_WITHIN_S:.0f} s: give a TIFF.") from None
    if said.returncode != 0 or not file.exists():
        words = (said.stdout or said.stderr).strip().splitlines()
        raise BadInput(f"Ghostscript cannot read {source}: {words[-1] if words else 'it says nothing'}.")
