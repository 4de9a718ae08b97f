"""Accounts in memory (``desk.accounts.Accounts``) for tests of the screens."""

from __future__ import annotations

from callwright.desk.accounts import Account, Session


class MemoryAccounts:
    """Accounts by name, sessions by digest."""

    def __init__(self, *accounts: Account) -> None:
        self.known = {account.name: account for account in accounts}
        self.sessions: dict[bytes, tuple[int, float]] = {}

    async def account(self, name: str) -> Account | None:
        return self.known.get(name)

    async def begin_session(self, digest: bytes, agent_id: int, now: float, until_at: float) -> None:
        self.sessions[digest] = (agent_id, until_at)

    async def session(self, digest: bytes, now: float) -> Session | None:
        agent_id, until_at = self.sessions.get(digest, (0, 0.0))
        account = next((a for a in self.known.values() if a.agent_id == agent_id), None)
        if account is None or until_at <= now:
            return None
        return Session(digest=digest, agent_id=agent_id, name=account.name, lead=account.lead, until_at=until_at)

    async def end_session(self, digest: bytes) -> None:
        self.sessions.pop(digest, None)
