"""What an import says about itself, and the tally it is made from: read = stored + rejected, or it is a defect."""

from __future__ import annotations

from collections import Counter
from dataclasses import asdict, dataclass, field
from typing import Any

from callwright.kit.errors import CallwrightError
from callwright.lists.chunk import Chunk
from callwright.lists.mapping import ColumnMapping
from callwright.lists.prepare import Prepared
from callwright.lists.reader import Table
from callwright.lists.reasons import Reason


class RowsLost(CallwrightError):
    """The tally does not add up. Always a defect; nothing is stored."""

    code = "rows_lost"


@dataclass(frozen=True, kw_only=True, slots=True)
class ImportReport:
    """One import. Counts of rows: ``read = stored + rejected``; ``notes`` count parts of stored rows left out."""

    list_name: str
    file: str
    format: str
    encoding: str
    delimiter: str
    has_header: bool
    mapping: dict[str, str]  # heading -> what it fills
    read: int
    stored: int
    rejected: int
    reasons: dict[str, int]  # why rows were rejected
    duplicates_in_file: int
    duplicates_in_base: int
    known_people: int  # stored rows whose person was in the base already
    phones: int
    emails: int
    consents: int
    blank_rows: int
    notes: dict[str, int]
    tiers: dict[int, int]
    warnings: tuple[str, ...]
    error_file: str | None = None
    batch_id: int | None = None
    list_id: int | None = None
    dry_run: bool = False
    seconds: float = 0.0

    def as_dict(self) -> dict[str, Any]:
        return asdict(self)


@dataclass(kw_only=True, slots=True)
class Tally:
    """Adds up the chunks of one file."""

    table: Table
    mapping: ColumnMapping
    read: int = 0
    stored: int = 0
    blank: int = 0
    phones: int = 0
    emails: int = 0
    consents: int = 0
    known_people: int = 0
    reasons: Counter[str] = field(default_factory=Counter)
    notes: Counter[str] = field(default_factory=Counter)
    tiers: Counter[int] = field(default_factory=Counter)
    warnings: list[str] = field(default_factory=list)

    def add(self, chunk: Chunk, prepared: Prepared) -> None:
        """Raises RowsLost where a row of the chunk is neither stored nor rejected, or is both."""
        read = chunk.rows.height + len(chunk.rejected)
        rejected = len(chunk.rejected) + prepared.rejected.height
        if read != prepared.people.height + rejected:
            raise RowsLost(
                f"{read} rows were read, but {prepared.people.height} would be stored and {rejected} rejected; "
                "nothing was stored. Please report this file."
            )
        self.read += read
        self.stored += prepared.people.height
        self.blank += chunk.blank
        self.phones += prepared.phones.height
        self.emails += prepared.emails.height
        self.consents += prepared.people.height - prepared.people.get_column("consent_kind").null_count()
        self.reasons.update(str(r.reason) for r in chunk.rejected)
        for counter, frame in ((self.reasons, prepared.rejected), (self.notes, prepared.notes)):
            counter.update(dict(frame.get_column("reason").value_counts().iter_rows()))
        self.tiers.update(dict(prepared.people.get_column("tier").value_counts().iter_rows()))

    def report(
        self,
        *,
        list_name: str,
        error_file: str | None = None,
        batch_id: int | None = None,
        list_id: int | None = None,
        dry_run: bool = False,
        seconds: float = 0.0,
    ) -> ImportReport:
        base = (Reason.DUPLICATE_IN_LIST, Reason.DUPLICATE_IN_BASE)
        return ImportReport(
            list_name=list_name,
            file=str(self.table.path),
            format=self.table.format,
            encoding=self.table.encoding,
            delimiter=self.table.delimiter,
            has_header=self.table.has_header,
            mapping=self.mapping.as_dict(),
            read=self.read,
            stored=self.stored,
            rejected=self.reasons.total(),
            reasons=dict(sorted(self.reasons.items())),
            duplicates_in_file=self.reasons[Reason.DUPLICATE_IN_FILE],
            duplicates_in_base=sum(self.reasons[r] for r in base),
            known_people=self.known_people,
            phones=self.phones,
            emails=self.emails,
            consents=self.consents,
            blank_rows=self.blank,
            notes=dict(sorted(self.notes.items())),
            tiers=dict(sorted(self.tiers.items())),
            warnings=(*self.table.warnings, *self.mapping.warnings, *self.warnings),
            error_file=error_file,
            batch_id=batch_id,
            list_id=list_id,
            dry_run=dry_run,
            seconds=seconds,
        )
