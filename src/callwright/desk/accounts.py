"""Who may sit down at a screen: accounts, and the sessions that stand. A port: PostgreSQL has it, tests keep their own.

Passwords are known as hashes only, sessions by the digest of their token only.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol


@dataclass(frozen=True, kw_only=True, slots=True)
class Account:
    """An agent as somebody who signs in. ``lead``: leads a team (sees the floor, listens, whispers, takes over)."""

    agent_id: int
    name: str
    lead: bool = False
    password_hash: str | None = None  # None: cannot sign in


@dataclass(frozen=True, kw_only=True, slots=True)
class Session:
    """One sign-in. ``digest`` is what is stored of the token that the browser holds."""

    digest: bytes
    agent_id: int
    name: str
    lead: bool
    until_at: float


class Accounts(Protocol):
    """Keeps accounts and sessions. Raises StoreUnavailable while it cannot."""

    async def account(self, name: str) -> Account | None: ...
    async def begin_session(self, digest: bytes, agent_id: int, now: float, until_at: float) -> None: ...
    async def session(self, digest: bytes, now: float) -> Session | None:
        """The session of this digest if it still stands and the agent may still sign in."""
        ...

    async def end_session(self, digest: bytes) -> None: ...
