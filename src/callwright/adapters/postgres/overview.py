"""What the command line asks about the whole: campaigns and lists, and all that is known of one person.

Reads only, but for ``lift_freezes`` and ``release_held``. The person's bans, consents and history are read as the
dialer reads them.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from callwright.adapters.postgres.rows import Row
from callwright.adapters.postgres.sql import statement
from callwright.adapters.postgres.store import PostgresStore, lock_for_ban
from callwright.compliance import FreezeEntry, LedgerEntry, Refusal
from callwright.dialer.ports import DialRequest, PersonRecord
from callwright.kit.errors import NotFound
from callwright.kit.words import Words
from callwright.model.people import Lead


@dataclass(frozen=True, kw_only=True, slots=True)
class LeadPlace:
    """A person's place in a list, and the names of the list and of the campaign that calls it (None: no campaign)."""

    lead: Lead
    list: str
    campaign: str | None


@dataclass(frozen=True, kw_only=True, slots=True)
class PastAttempt:
    """A call made, as the dossier retells it."""

    id: int
    number: str
    at: float
    state: str
    outcome: str | None
    disposition: str | None
    campaign: str
    agent: str | None
    talk_s: float


async def campaigns(store: PostgresStore) -> list[dict[str, Any]]:
    """Every campaign with its counts of records, all and open."""
    async with store.connected() as connection:
        rows = [dict(row) for row in await connection.fetch(statement("campaign_overview"))]
    for row in rows:
        progress = await store.progress(row["id"])
        row |= {"records": progress.leads, "open": progress.open, "lists": row["lists"] or []}
    return rows


async def campaign_id(store: PostgresStore, name: str) -> int:
    """Raises NotFound naming the campaigns there are."""
    async with store.connected() as connection:
        known = {row["name"]: row["id"] for row in await connection.fetch(statement("campaign_overview"))}
    if name not in known:
        there = f"there are: {', '.join(known)}" if known else "there is none yet; callwright run makes one"
        raise NotFound(f"There is no campaign {name!r}; {there}.")
    return int(known[name])


async def lists(store: PostgresStore) -> list[dict[str, Any]]:
    """Every list with its imports, the newest last."""
    async with store.connected() as connection:
        found = [dict(row) for row in await connection.fetch(statement("list_overview"))]
        batches = [dict(row) for row in await connection.fetch(statement("batch_overview"))]
    for row in found:
        row["batches"] = [batch for batch in batches if batch["list_id"] == row["id"]]
    return found


async def list_id(store: PostgresStore, name: str) -> int:
    """Raises NotFound naming the lists there are."""
    known = {row["name"]: row["id"] for row in await lists(store)}
    if name not in known:
        there = f"there are: {', '.join(known)}" if known else "there is none yet; callwright import makes one"
        raise NotFound(f"There is no list {name!r}; {there}.")
    return int(known[name])


async def places_of_number(store: PostgresStore, number: str) -> list[LeadPlace]:
    """Where the owner of this number stands in lists; in every one of them."""
    async with store.connected() as connection:
        rows = await connection.fetch(statement("leads_of_number"), number)
    return await _places(store, rows)


async def place_of_lead(store: PostgresStore, lead_id: int) -> LeadPlace | None:
    async with store.connected() as connection:
        rows = await connection.fetch(statement("lead_places"), [lead_id])
    return next(iter(await _places(store, rows)), None)


async def _places(store: PostgresStore, rows: Sequence[Row]) -> list[LeadPlace]:
    leads = {lead.id: lead for lead in await store.leads([row["id"] for row in rows])}
    return [LeadPlace(lead=leads[row["id"]], list=row["list"], campaign=row["campaign"]) for row in rows]


async def person_record(store: PostgresStore, request: DialRequest, now: float) -> PersonRecord:
    """What the rules would be told if the request's number were dialled now; nothing is stored."""
    seen: list[PersonRecord] = []

    def only_look(_: DialRequest, record: PersonRecord) -> Refusal:
        seen.append(record)
        return Refusal(rule="only_asked", words=Words(en="Only asked.", zh="仅查询。", ru="Только вопрос."))

    await store.open_attempts([request], only_look, now)
    return seen[0]


async def ledger_of(
    store: PostgresStore, numbers: Sequence[str], lead_ids: Sequence[int], *, most: int = 50
) -> list[LedgerEntry]:
    async with store.connected() as connection:
        rows = await connection.fetch(statement("ledger_of_person"), list(numbers), list(lead_ids), most)
    return [LedgerEntry(**row) for row in rows]


async def calls_of(
    store: PostgresStore, numbers: Sequence[str], lead_ids: Sequence[int], *, most: int = 50
) -> list[PastAttempt]:
    async with store.connected() as connection:
        rows = await connection.fetch(statement("calls_of_person"), list(numbers), list(lead_ids), most)
    return [PastAttempt(**row) for row in rows]


@dataclass(frozen=True, slots=True, kw_only=True)
class HeldRecord:
    """A record that waits for a human since the fate of its last attempt (dialled ``at``) is unknown."""

    lead: int
    name: str
    list: str
    campaign: str | None
    number: str | None
    at: float | None


async def held_records(store: PostgresStore, campaign_id: int | None = None) -> list[HeldRecord]:
    """The longest held first; of one campaign or of all."""
    async with store.connected() as connection:
        return [HeldRecord(**row) for row in await connection.fetch(statement("held_records"), campaign_id)]


async def release_held(store: PostgresStore, leads: Sequence[int], *, by: str, now: float) -> list[int]:
    """Let these be dialled again, at once where the rules allow; those that were held and no longer are."""
    async with store.transaction() as going:
        rows = await going.connection.fetch(statement("release_held"), list(leads), now, f"released: {by}")
    return [row["id"] for row in rows]


async def is_banned(store: PostgresStore, number: str) -> bool:
    """Whether any do-not-call entry names this number."""
    async with store.connected() as connection:
        return bool(await connection.fetchval(statement("number_is_banned"), number))


async def lift_freezes(store: PostgresStore, number: str, now: float) -> int:
    """End the number's freezes; how many there were."""
    async with store.transaction() as going:
        await lock_for_ban(going.connection, [FreezeEntry(number=number)])
        done = await going.connection.execute(statement("lift_freezes"), number, now)
        return int(done.rsplit(" ", 1)[-1])
