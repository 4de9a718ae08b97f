"""The database of this installation: a given server, or the embedded one; migrated, opened, and closed again.

A rehearsal against PostgreSQL gets a database of its own that is dropped afterwards, so that nothing invented mixes
with what happened.
"""

from __future__ import annotations

import asyncio
import os
import threading
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import asynccontextmanager, contextmanager, suppress
from dataclasses import dataclass, replace
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit

import asyncpg

from callwright.adapters.postgres import line_rows, setup
from callwright.adapters.postgres.connection import open_pool
from callwright.adapters.postgres.embedded import EmbeddedPostgres
from callwright.adapters.postgres.errors import translated
from callwright.adapters.postgres.facts import PostgresFacts
from callwright.adapters.postgres.lists import PostgresListStore
from callwright.adapters.postgres.store import PostgresStore
from callwright.adapters.postgres.version import is_current
from callwright.analytics.facts import Facts, Period
from callwright.app.campaign_file import CampaignPlan
from callwright.app.settings import Settings
from callwright.dialer.ports import Trunk
from callwright.kit.errors import BadInput, CallwrightError
from callwright.lists.importer import ImportOptions, Progress, find_profile, import_file
from callwright.lists.report import ImportReport
from callwright.model.agent import Agent
from callwright.model.campaign import Campaign

_LOOK_S = 0.5
"""Seconds between two looks at the embedded server."""
FactsOf = Callable[[Period], Awaitable[Facts]]


@dataclass(kw_only=True, slots=True, eq=False)
class Database:
    """An open database. ``data_dir`` is where the embedded server keeps it, None on a server of the user's."""

    url: str
    store: PostgresStore
    lists: PostgresListStore
    facts: PostgresFacts
    data_dir: Path | None = None

    @property
    def place(self) -> str:
        """Where the records lie, for people: the embedded server's directory, or host and base of a given server."""
        return str(self.data_dir) if self.data_dir is not None else self.url.rpartition("@")[2]


@asynccontextmanager
async def open_database(settings: Settings, *, durable: bool = True) -> AsyncIterator[Database]:
    """The installation's database, at the newest schema. Leaving it stops an embedded server nobody else uses."""
    async with server(settings) as (url, data_dir):
        await _bring_up_to_date(url)
        async with _opened(url, durable=durable) as database:
            database.data_dir = data_dir
            yield database


async def _bring_up_to_date(url: str) -> None:
    if not await is_current(url):
        from callwright.adapters.postgres.migrations import migrate  # loads slowly, and is rarely needed

        await migrate(url)


@asynccontextmanager
async def server(settings: Settings) -> AsyncIterator[tuple[str, Path | None]]:
    """The URL of the server to use, and where the embedded one keeps its data."""
    if settings.database_url is not None:
        yield settings.database_url, None
        return
    embedded = EmbeddedPostgres(settings.home / "postgres" if settings.home else None)
    url = await asyncio.to_thread(embedded.start)
    try:
        with _kept_alive(embedded):
            yield url, embedded.data_dir
    finally:
        await asyncio.to_thread(embedded.stop)


@contextmanager
def _kept_alive(embedded: EmbeddedPostgres) -> Iterator[None]:
    """Restart the server whenever it is found dead. On a thread: the loop may run on virtual time."""
    ended = threading.Event()

    def watch() -> None:
        while not ended.wait(_LOOK_S):
            if not embedded.is_alive():
                with suppress(CallwrightError):  # a full disk, say: tried again
                    embedded.start()

    watcher = threading.Thread(target=watch, daemon=True, name="postgres")
    watcher.start()
    try:
        yield
    finally:
        ended.set()
        watcher.join()


@asynccontextmanager
async def _opened(url: str, *, durable: bool) -> AsyncIterator[Database]:
    store = await PostgresStore.connect(url, durable=durable)
    try:
        pool = await open_pool(url, durable=durable, most=2)
        try:
            yield Database(url=url, store=store, lists=PostgresListStore(pool), facts=PostgresFacts(url))
        finally:
            await pool.close()
    finally:
        await store.close()


@asynccontextmanager
async def scratch_database(settings: Settings) -> AsyncIterator[Database]:
    """A new empty database beside the installation's, dropped at the end; not durable."""
    name = f"callwright_rehearsal_{os.getpid()}"
    async with server(settings) as (url, _):
        async with translated():
            admin = await asyncpg.connect(url)
        try:
            async with translated():
                await admin.execute(f'drop database if exists "{name}" with (force)')
                await admin.execute(f'create database "{name}"')
            scratch = urlunsplit(urlsplit(url)._replace(path=f"/{name}"))
            try:
                await _bring_up_to_date(scratch)
                async with _opened(scratch, durable=False) as database:
                    yield database
            finally:
                async with translated():
                    await admin.execute(f'drop database if exists "{name}" with (force)')
        finally:
            await admin.close()


@dataclass(frozen=True, kw_only=True, slots=True)
class Filled:
    """A plan as stored: the campaign with its id, list ids by name, agents with their ids, and the import reports."""

    campaign: Campaign
    list_ids: Mapping[str, int]
    agents: Sequence[Agent]
    imports: tuple[ImportReport, ...]


async def fill(
    database: Database,
    plan: CampaignPlan,
    *,
    agents: Iterable[Agent],
    trunks: Iterable[Trunk],
    now: float,
    on_progress: Progress | None = None,
) -> Filled:
    """Store a campaign with its lists (files are imported, others must be there), agents and trunks."""
    store = database.store
    campaign = await setup.add_campaign(store, plan.campaign)
    await line_rows.add_trunks(store, trunks)
    await line_rows.add_caller_ids(store, plan.caller_ids)
    stored = await setup.add_agents(store, agents)
    reports = []
    for part in plan.lists:
        if part.file is not None:
            profile = await find_profile(part.mapping, database.lists) if part.mapping else None
            report = await import_file(
                part.file,
                list_name=part.name,
                store=database.lists,
                now=now,
                options=ImportOptions(
                    country=part.country or plan.campaign.country or None,
                    profile=profile,
                    select=part.select or plan.select or None,
                    tiers=tuple(f"tier {tier}: {rule}" for tier, rule in part.tiers or plan.tiers),
                ),
                on_progress=on_progress,
            )
            reports.append(report)
            if report.list_id is None or report.stored + report.duplicates_in_base == 0:
                raise BadInput(f"No row of {part.file.name} can be called; the reasons stand in {report.error_file}.")
            list_id = report.list_id
        else:
            list_id = await setup.add_list(store, part.name)
        await setup.attach_list(store, list_id, campaign.id)
    return Filled(
        campaign=replace(campaign, lists=plan.campaign.lists),
        list_ids=await setup.list_ids(store, campaign.id),
        agents=stored,
        imports=tuple(reports),
    )
