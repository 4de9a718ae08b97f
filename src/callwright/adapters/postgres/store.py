"""``PostgresStore``: the dialer's Store over PostgreSQL, the truth. Named SQL, few round trips, one commit per method.

What lives beside it: ``connection`` (pool, transactions, lost commits), ``sql/`` (the statements), ``columns`` and
``rows`` (to and from the model), ``person_rows`` (what the rules read), ``setup`` (what an app adds before dialling).
"""

from __future__ import annotations

import itertools
import secrets
from collections.abc import Iterable, Sequence
from contextlib import AbstractAsyncContextManager
from typing import Any

from callwright.adapters.history import HISTORY_S
from callwright.adapters.postgres.campaign_json import campaign_from_json
from callwright.adapters.postgres.columns import APPENDED, Columns, batch_statements, lock_words, opened_columns
from callwright.adapters.postgres.connection import Connection, Doubts, Transaction, connected, open_pool, transaction
from callwright.adapters.postgres.line_rows import read_caller_ids, read_trunks, read_use
from callwright.adapters.postgres.person_rows import PersonRows
from callwright.adapters.postgres.rows import agent_from, attempt_from, leads_from, past_dial_from
from callwright.adapters.postgres.sql import all_in_one, statement
from callwright.compliance import DialPermit, Refusal
from callwright.compliance.permit import refuse_live
from callwright.dialer.ports import (
    Answers,
    Batch,
    CallerId,
    Completed,
    Decide,
    DialRequest,
    LineUse,
    PastDial,
    Progress,
    Trunk,
)
from callwright.model.agent import Agent
from callwright.model.attempt import Attempt
from callwright.model.campaign import Campaign
from callwright.model.people import Lead

_MOST_COUNT_ROWS = 200
"""Rows of ``lead_counts`` for one campaign before they are folded into one."""


class PostgresStore:
    """Made by ``await PostgresStore.connect(url)``; ``close`` when done. See ``dialer.ports.Store`` for the methods."""

    def __init__(self, pool: Any) -> None:
        self._pool = pool
        self._doubts = Doubts()
        self._campaigns: dict[int, Campaign] = {}
        self._mark_prefix = secrets.token_hex(8)
        self._marks = itertools.count(1)

    @classmethod
    async def connect(cls, url: str, *, durable: bool = True, most_connections: int = 4) -> PostgresStore:
        """Not ``durable``: a crash of the server may lose the last half second (rehearsals only)."""
        store = cls(await open_pool(url, durable=durable, most=most_connections, hot_path=True))
        try:
            async with store.connected() as connection:
                await connection.execute(statement("forget_old_marks"))
        except BaseException:
            await store.close()
            raise
        return store

    async def close(self) -> None:
        await self._pool.close()

    def connected(self) -> AbstractAsyncContextManager[Connection]:
        """A connection of the pool for statements of other modules (setup, reports); errors come out translated."""
        return connected(self._pool, self._doubts)

    def transaction(self) -> AbstractAsyncContextManager[Transaction]:
        return transaction(self._pool, self._doubts)

    def forget_campaign(self, campaign_id: int) -> None:
        """Its purpose and dispositions have changed: read them again."""
        self._campaigns.pop(campaign_id, None)

    # --- campaigns and hopper -----------------------------------------------------------------------------------

    async def lease_campaign(self, campaign_id: int, owner: str, now: float, lease_s: float) -> bool:
        async with self.connected() as connection:
            return bool(await connection.fetchval(statement("lease_campaign"), campaign_id, owner, now, lease_s))

    async def promote_due(self, campaign_id: int, now: float) -> int:
        """At most 5,000 at a time; the next call goes on."""
        async with self.connected() as connection:
            return int(await connection.fetchval(statement("promote_due"), campaign_id, now))

    async def claim_leads(
        self,
        campaign_id: int,
        *,
        owner: str,
        now: float,
        limit: int,
        list_id: int | None = None,
        agent_ids: Sequence[int] = (),
    ) -> list[Lead]:
        name, more, mark = "claim_leads", [], f"{owner} {self._new_mark()}"
        if agent_ids:
            name, more = "claim_leads_of_agents", [list(agent_ids), list_id]
        elif list_id is not None:
            name, more = "claim_leads_of_list", [list_id]

        async def give_back(connection: Connection) -> None:
            async with connection.transaction():
                await connection.execute(statement("wait_for_claim"), mark)
                await connection.execute(statement("unclaim_doubtful"), campaign_id, mark)

        async with self.connected() as connection:
            try:
                rows = await connection.fetch(statement(name), campaign_id, mark, limit, *more)
                return await _read_leads(connection, [row["id"] for row in rows])
            except BaseException:
                self._doubts.add(give_back)
                raise

    async def free_missed_callbacks(self, campaign_id: int, before: float) -> int:
        async with self.connected() as connection:
            tag = await connection.execute(statement("free_missed_callbacks"), campaign_id, before)
            return int(str(tag).rsplit(" ", 1)[-1])

    async def release_leads(self, leads: Sequence[Lead]) -> None:
        async with self.connected() as connection:
            await connection.execute(statement("release_leads"), [lead.id for lead in leads])

    async def claimed_leads(self, campaign_id: int) -> list[Lead]:
        async with self.connected() as connection:
            rows = await connection.fetch(statement("claimed_lead_ids"), campaign_id)
            return await _read_leads(connection, [row["id"] for row in rows])

    async def leads(self, lead_ids: Sequence[int]) -> list[Lead]:
        async with self.connected() as connection:
            return await _read_leads(connection, list(lead_ids))

    async def lead_for_number(self, campaign_id: int, number: str) -> Lead | None:
        async with self.connected() as connection:
            lead_id = await connection.fetchval(statement("lead_id_for_number"), campaign_id, number)
            found = await _read_leads(connection, [lead_id]) if lead_id is not None else []
            return found[0] if found else None

    async def completed(self, campaign_id: int, facts: Sequence[str]) -> Completed:
        found = Completed()
        async with self.connected() as connection:
            for row in await connection.fetch(statement("completed_records"), campaign_id):
                found.add({k: str(v) for k, v in (row["facts"] or {}).items()}, facts)
        return found

    async def progress(self, campaign_id: int) -> Progress:
        async with self.connected() as connection:
            row = await connection.fetchrow(statement("progress"), campaign_id)
            if row["rows"] > _MOST_COUNT_ROWS:
                await connection.execute(statement("fold_lead_counts"), campaign_id)
            return Progress(leads=row["leads"], open=row["open"], next_due_at=row["next_due_at"])

    # --- attempts -----------------------------------------------------------------------------------------------

    async def reserve_attempt_ids(self, count: int) -> range:
        async with self.connected() as connection:
            last = int(await connection.fetchval(statement("reserve_attempt_ids"), count))
            return range(last - count + 1, last + 1)

    async def open_attempts(
        self, requests: Sequence[DialRequest], decide: Decide, now: float
    ) -> list[DialPermit | Refusal]:
        attempts = [request.attempt for request in requests]
        numbers = [attempt.number for attempt in attempts]
        customers = [attempt.customer_id for attempt in attempts if attempt.customer_id is not None]
        async with self.transaction() as going:
            connection = going.connection
            await self._know_campaigns(connection, (attempt.campaign_id for attempt in attempts))
            words, since = lock_words(numbers, customers), now - HISTORY_S
            rows = await connection.fetch(statement("people_under_lock"), words, numbers, customers, since)
            people = PersonRows(rows, self._campaigns)
            answers = [_decide(request, people, decide) for request in requests]
            opened = [
                (a, answer) for a, answer in zip(attempts, answers, strict=True) if isinstance(answer, DialPermit)
            ]
            if not opened:
                return answers

            async def fail(connection: Connection) -> None:
                async with connection.transaction():
                    await connection.fetch(statement("people_under_lock"), words, [], [], now)
                    await connection.execute(statement("fail_doubtful_attempts"), [a.id for a, _ in opened])

            going.doubtful(fail)
            stored = await connection.fetch(statement("open_attempts"), *opened_columns(opened))
            ids = {row["id"] for row in stored}
        for attempt, permit in opened:
            attempt.permit = permit.packs
        return [
            refuse_live(answer) if isinstance(answer, DialPermit) and attempt.id not in ids else answer
            for attempt, answer in zip(attempts, answers, strict=True)
        ]

    async def save(self, batch: Batch) -> None:
        mark = self._new_mark()
        async with self.connected() as connection:  # an earlier try of this batch is settled: what it did is cut off
            lengths = {name: len(getattr(batch, name)) for name in APPENDED}
            changes = batch_statements(batch, mark)

            async def cut(connection: Connection) -> None:
                if await _happened(connection, mark):
                    for name, length in lengths.items():
                        del getattr(batch, name)[:length]

            try:
                if batch.bans or batch.freezes:
                    async with connection.transaction():
                        await lock_for_ban(connection, [*batch.bans, *batch.freezes])
                        await _execute_all(connection, changes)
                elif changes:
                    await _execute_all(connection, changes)
            except BaseException:
                self._doubts.add(cut)
                raise

    async def live_attempts(self, campaign_id: int) -> list[Attempt]:
        async with self.connected() as connection:
            return [attempt_from(row) for row in await connection.fetch(statement("unfinished_attempts"), campaign_id)]

    async def answers_since(self, campaign_id: int, since: float) -> list[Answers]:
        async with self.connected() as connection:
            return [Answers(**row) for row in await connection.fetch(statement("answers_since"), campaign_id, since)]

    async def past_dials(self, campaign_id: int, since: float, most: int) -> list[PastDial]:
        async with self.connected() as connection:
            rows = await connection.fetch(statement("past_dials"), campaign_id, since, most)
        return [past_dial_from(row) for row in rows]

    # --- what a manager set up ----------------------------------------------------------------------------------

    async def campaign(self, name: str) -> Campaign | None:
        async with self.connected() as connection:
            row = await connection.fetchrow(statement("campaign_by_name"), name)
        if row is None:
            return None
        campaign = self._campaigns[row["id"]] = campaign_from_json(row["config"], campaign_id=row["id"])
        return campaign

    async def agents(self) -> list[Agent]:
        async with self.connected() as connection:
            return [agent_from(row) for row in await connection.fetch(statement("agents"))]

    async def trunks(self) -> list[Trunk]:
        async with self.connected() as connection:
            return await read_trunks(connection)

    async def caller_ids(self) -> list[CallerId]:
        async with self.connected() as connection:
            return await read_caller_ids(connection)

    async def line_use(self, *, hour_from: float, day_from: float, prefixes: Sequence[str] = ()) -> LineUse:
        async with self.connected() as connection:
            return await read_use(connection, hour_from, day_from, prefixes)

    def _new_mark(self) -> str:
        return f"{self._mark_prefix}-{next(self._marks)}"

    async def _know_campaigns(self, connection: Connection, campaign_ids: Iterable[int]) -> None:
        """Purpose and dispositions of the campaigns in a history; a change of them is seen after a restart."""
        missing = [campaign_id for campaign_id in set(campaign_ids) if campaign_id not in self._campaigns]
        if missing:
            for row in await connection.fetch(statement("campaign_configs"), missing):
                self._campaigns[row["id"]] = campaign_from_json(row["config"], campaign_id=row["id"])


async def _execute_all(connection: Connection, changes: Sequence[tuple[str, Columns]]) -> None:
    statements = all_in_one(tuple(name for name, _ in changes))
    await connection.execute(statements, *(column for _, columns in changes for column in columns))


async def _happened(connection: Connection, mark: str) -> bool:
    """Whether the transaction with this mark committed; leaves no mark of its own."""
    asking = connection.transaction()
    await asking.start()
    try:
        return not await connection.fetchval(statement("mark_commit"), mark)
    finally:
        await asking.rollback()


def _decide(request: DialRequest, people: PersonRows, decide: Decide) -> DialPermit | Refusal:
    answer = decide(request, people.record(request))
    if isinstance(answer, Refusal):
        return answer
    if people.is_live(request.attempt):
        return refuse_live(answer)
    people.begin(request.attempt)
    return answer


async def lock_for_ban(connection: Connection, entries: Sequence[Any]) -> None:
    """The locks under which nobody is dialled whom these entries concern. Held to the end of the transaction."""
    words = lock_words((entry.number for entry in entries), (entry.customer_id for entry in entries))
    await connection.execute(statement("lock_people_for_ban"), words)
    if any(getattr(entry, "scope", "") == "prefix" for entry in entries):  # after the people, as people_under_lock does
        await connection.execute(statement("lock_all_prefixes"))


async def _read_leads(connection: Connection, ids: list[int]) -> list[Lead]:
    if not ids:
        return []
    lead_rows = await connection.fetch(statement("leads_by_id"), ids)
    customers = list({row["customer_id"] for row in lead_rows})
    return leads_from(lead_rows, await connection.fetch(statement("phones_of_customers"), customers))
