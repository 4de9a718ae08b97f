"""Accounts and sessions of agents (``desk.accounts``), and what the command line does with them."""

from __future__ import annotations

from dataclasses import dataclass

from callwright.adapters.postgres.sql import statement
from callwright.adapters.postgres.store import PostgresStore
from callwright.desk.accounts import Account, Session
from callwright.kit.errors import Conflict, NotFound


class PostgresAccounts:
    """``desk.accounts.Accounts`` over the store's pool."""

    def __init__(self, store: PostgresStore) -> None:
        self._store = store

    async def account(self, name: str) -> Account | None:
        async with self._store.connected() as connection:
            row = await connection.fetchrow(statement("account"), name)
        if row is None:
            return None
        return Account(agent_id=row["id"], name=row["name"], lead=row["lead"], password_hash=row["password_hash"])

    async def begin_session(self, digest: bytes, agent_id: int, now: float, until_at: float) -> None:
        async with self._store.transaction() as going:
            await going.connection.execute(statement("begin_agent_session"), digest, agent_id, now, until_at)

    async def session(self, digest: bytes, now: float) -> Session | None:
        async with self._store.connected() as connection:
            row = await connection.fetchrow(statement("agent_session"), digest, now)
        return None if row is None else Session(digest=digest, **row)

    async def end_session(self, digest: bytes) -> None:
        async with self._store.transaction() as going:
            await going.connection.execute(statement("end_agent_session"), digest)


@dataclass(frozen=True, kw_only=True, slots=True)
class AccountRow:
    """An agent as ``callwright agent list`` shows them."""

    id: int
    name: str
    team: str
    lead: bool
    signs_in: bool


async def list_accounts(store: PostgresStore) -> list[AccountRow]:
    async with store.connected() as connection:
        return [AccountRow(**row) for row in await connection.fetch(statement("accounts"))]


async def add_account(store: PostgresStore, name: str, *, team: str, lead: bool) -> int:
    """A new agent's id. Raises Conflict where there is one of this name."""
    async with store.transaction() as going:
        added = await going.connection.fetchval(statement("add_account"), name, team, lead)
    if added is None:
        raise Conflict(f"There is an agent named {name} already; choose another name.")
    return int(added)


async def set_lead(store: PostgresStore, name: str, lead: bool) -> None:
    async with store.transaction() as going:
        if await going.connection.execute(statement("set_lead"), name, lead) == "UPDATE 0":
            raise _unknown(name)


async def set_password(store: PostgresStore, name: str, password_hash: str) -> None:
    """From the return on only the new password signs in, and the sessions of the old one are over."""
    async with store.transaction() as going:
        if await going.connection.fetchval(statement("set_password"), name, password_hash) is None:
            raise _unknown(name)


def _unknown(name: str) -> NotFound:
    return NotFound(f'There is no agent named {name}; add one with: callwright agent add "{name}"')
