"""Stores a list file as one batch: all of it or nothing.

While the database takes one chunk the next is read and validated in a thread. People are recognised by number: one
already in this list is a duplicate; one the base knows from elsewhere is the same person in a new list.
"""

from __future__ import annotations

import asyncio
import hashlib
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import polars as pl

from callwright.kit.errors import BadInput, NotFound
from callwright.kit.words import Language
from callwright.lists.chunk import Chunk
from callwright.lists.error_file import ErrorFile, default_error_path
from callwright.lists.mapping import Profile, load_profile, map_columns, profile_from
from callwright.lists.numbers import check_country
from callwright.lists.phones import findings
from callwright.lists.ports import BatchStart, BatchWriter, ListStore
from callwright.lists.prepare import Prepared, Preparer
from callwright.lists.reader import Table, open_table
from callwright.lists.reasons import Reason
from callwright.lists.report import ImportReport, Tally

Progress = Callable[[int, int], None]
"""Called with (rows done, rows in all)."""
KnownPeople = Literal["reuse", "reject"]
"""What to do with a number the base knows from another list: the same person in a new list, or a duplicate."""


@dataclass(frozen=True, kw_only=True, slots=True)
class ImportOptions:
    """How to import besides where from and where to. What is None here the profile may say."""

    country: str | None = None
    profile: Profile | None = None
    select: str | None = None
    tiers: tuple[str, ...] = ()
    encoding: str | None = None
    delimiter: str | None = None
    known_people: KnownPeople = "reuse"
    error_file: Path | None = None
    language: Language = "en"
    dry_run: bool = False


async def find_profile(name: str, store: ListStore) -> Profile:
    """The profile behind ``--map``: a TOML or JSON file, or one stored under this name."""
    if name.lower().endswith((".toml", ".json")):
        return load_profile(Path(name))
    stored = await store.profile(name)
    if stored is None:
        raise NotFound(f"There is no mapping profile {name!r}; give the name of a stored one or a .toml or .json file.")
    return profile_from(dict(stored), name=name)


async def import_file(
    path: Path,
    *,
    list_name: str,
    store: ListStore,
    now: float,
    options: ImportOptions | None = None,
    on_progress: Progress | None = None,
) -> ImportReport:
    """Import ``path`` into the list ``list_name``, made if new, in one transaction.

    Raises BadInput for a file, mapping or rule that is wrong as a whole; a bad row only goes to the error file.
    """
    options = options or ImportOptions()
    if not list_name.strip():
        raise BadInput("The list needs a name.")
    profile = options.profile or Profile()
    country = check_country(options.country or profile.country)
    began = time.perf_counter()
    table = await asyncio.to_thread(
        open_table,
        path,
        encoding=options.encoding or profile.encoding,
        delimiter=options.delimiter or profile.delimiter,
    )
    with table:
        mapping = await asyncio.to_thread(lambda: map_columns(table.columns, profile, table.sample()))
        tally = Tally(table=table, mapping=mapping)
        target = options.error_file or default_error_path(path)
        errors = ErrorFile(target, table.columns, table.delimiter, options.language)
        select, tiers = options.select or profile.select, options.tiers or profile.tiers
        start = BatchStart(
            list_name=list_name.strip(),
            file=path.name,
            sha256=await asyncio.to_thread(_digest, path),
            profile=profile.name or None,
            provenance={"file": path.name, "country": country, "select": select, "tiers": list(tiers)},
            now=now,
            dry_run=options.dry_run,
        )
        try:
            async with store.batch(start) as writer:
                owners = await writer.owners()
                preparer = Preparer(mapping, country=country, select=select, tiers=tiers, owners=owners, now=now)
                if writer.same_file_before is not None:
                    tally.warnings.append(
                        f"The same file came into this list before, as batch {writer.same_file_before}."
                    )
                await _store_chunks(table, preparer, writer, tally, errors, options, on_progress)
                await writer.finish(read=tally.read, stored=tally.stored, rejected=tally.reasons.total())
                error_file = errors.keep()
        except BaseException:
            errors.drop()
            raise
        return tally.report(
            list_name=start.list_name,
            error_file=error_file,
            batch_id=writer.batch_id,
            list_id=writer.list_id,
            dry_run=options.dry_run,
            seconds=round(time.perf_counter() - began, 3),
        )


def _digest(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


async def _store_chunks(
    table: Table,
    preparer: Preparer,
    writer: BatchWriter,
    tally: Tally,
    errors: ErrorFile,
    options: ImportOptions,
    on_progress: Progress | None,
) -> None:
    chunks = table.chunks()
    ahead = asyncio.create_task(asyncio.to_thread(_next_prepared, chunks, preparer))
    try:
        while (step := await ahead) is not None:
            ahead = asyncio.create_task(asyncio.to_thread(_next_prepared, chunks, preparer))
            chunk, prepared = step
            prepared, known = await _recognise(prepared, writer, options.known_people)
            tally.add(chunk, prepared)
            tally.known_people += known.height
            errors.add(chunk, prepared)
            await _write(prepared, known, writer)
            if on_progress is not None:
                on_progress(tally.read + tally.blank, table.total_rows)
    finally:
        if not ahead.done():  # its thread reads the mapped file: never leave it running
            await asyncio.wait([ahead])


def _next_prepared(chunks: Iterator[Chunk], preparer: Preparer) -> tuple[Chunk, Prepared] | None:
    chunk = next(chunks, None)
    return None if chunk is None else (chunk, preparer.prepare(chunk))


async def _recognise(prepared: Prepared, writer: BatchWriter, policy: KnownPeople) -> tuple[Prepared, pl.DataFrame]:
    """Reject people who are in the list already; (row, customer_id) of those the base knows."""
    known = await writer.known(prepared.phones.select("number"))
    nobody = pl.DataFrame(schema={"row": pl.UInt32, "customer_id": pl.Int64})
    if known.is_empty():
        return prepared, nobody
    hits = prepared.phones.select("row", "position", "number").join(known, on="number").sort("row", "position")
    listed = hits.filter(pl.col("in_list")).unique("row", keep="first")
    rejected = [findings(listed, Reason.DUPLICATE_IN_LIST)]
    hits = hits.join(listed, on="row", how="anti").unique("row", keep="first").sort("row")
    if policy == "reject":
        rejected.append(findings(hits, Reason.DUPLICATE_IN_BASE))
        hits = hits.clear()
    again = hits.filter(~pl.col("customer_id").is_first_distinct())  # another number of a person in an earlier row
    rejected.append(findings(again, Reason.DUPLICATE_IN_LIST))
    hits = hits.join(again, on="row", how="anti").select("row", "customer_id").cast(nobody.schema)
    return prepared.without(pl.concat(rejected)), hits


async def _write(prepared: Prepared, known: pl.DataFrame, writer: BatchWriter) -> None:
    people = prepared.people.join(known, on="row", how="left", maintain_order="left")
    people = people.with_columns(known=pl.col("customer_id").is_not_null())
    fresh = people.filter(~pl.col("known")).select("row")
    if fresh.height:
        fresh = fresh.with_columns((await writer.new_customer_ids(fresh.height)).alias("fresh_id"))
        people = people.join(fresh, on="row", how="left", maintain_order="left")
        people = people.with_columns(pl.coalesce("customer_id", "fresh_id").alias("customer_id")).drop("fresh_id")
    ids = people.select("row", "customer_id", "known")
    phones = prepared.phones.join(ids, on="row", how="inner", maintain_order="left")
    emails = prepared.emails.join(ids, on="row", how="inner", maintain_order="left")
    await writer.write(people, phones, emails)
