"""What lists need from the database. ``adapters.postgres.lists`` has it; tests have it in memory."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from typing import Any, Protocol

import polars as pl

from callwright.lists.clean_state import NumberHistory


@dataclass(frozen=True, kw_only=True, slots=True)
class BatchStart:
    """What a batch of an import records about where it came from."""

    list_name: str
    file: str
    sha256: str
    profile: str | None
    provenance: Mapping[str, Any]
    now: float
    dry_run: bool = False


class BatchWriter(Protocol):
    """One import's transaction. Nothing is visible to others before it ends, and nothing remains where it fails."""

    @property
    def list_id(self) -> int | None:
        """None in a dry run into a list that does not exist yet."""
        ...

    @property
    def batch_id(self) -> int | None: ...

    @property
    def same_file_before(self) -> int | None:
        """An earlier batch of this list that brought the very same file and was not undone."""
        ...

    async def owners(self) -> Mapping[str, int]:
        """Agents by name."""
        ...

    async def known(self, numbers: pl.DataFrame) -> pl.DataFrame:
        """``numbers`` (number) -> (number, customer_id, in_list) for those in the base, lowest customer first."""
        ...

    async def new_customer_ids(self, count: int) -> pl.Series:
        """Ids for customers that ``write`` will bring."""
        ...

    async def write(self, people: pl.DataFrame, phones: pl.DataFrame, emails: pl.DataFrame) -> None:
        """Store what ``prepare.Prepared`` holds, with ``customer_id`` in all three and ``known`` (was in the base).

        A known person keeps name and ids, is given new facts over old ones, and numbers not yet theirs.
        """
        ...

    async def finish(self, *, read: int, stored: int, rejected: int) -> None:
        """Write the counts; the commit follows when the context ends."""
        ...


@dataclass(frozen=True, kw_only=True, slots=True)
class UndoReport:
    """What taking a batch back did. Leads that were dialled, or are being dialled, stay."""

    batch_id: int
    removed_leads: int
    kept_leads: int
    removed_customers: int


class ListStore(Protocol):
    """Every method raises StoreUnavailable where it did not commit."""

    def batch(self, start: BatchStart) -> AbstractAsyncContextManager[BatchWriter]:
        """Begin an import; imports of one database follow each other."""
        ...

    async def profile(self, name: str) -> Mapping[str, Any] | None: ...

    async def save_profile(self, name: str, mapping: Mapping[str, Any]) -> None: ...

    async def undo_batch(self, batch_id: int, now: float) -> UndoReport:
        """Raises NotFound for no such batch, Conflict for one that was undone before."""
        ...

    def number_histories(self, list_name: str, now: float) -> AsyncIterator[NumberHistory]:
        """Every number of every person of the list, by person and position. Raises NotFound for no such list."""
        ...
