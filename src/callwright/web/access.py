"""Who is let in: sign-in with a limit on guesses, sessions, and tickets for sockets. Knows no HTTP.

A wrong name costs as much time as a wrong password. The token of a session is known to the browser only; what is kept
is its digest. A ticket lets one socket in, once, within seconds.
"""

from __future__ import annotations

import asyncio
import hashlib
import secrets
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass

from pwdlib import PasswordHash
from pwdlib.hashers.argon2 import Argon2Hasher

from callwright.desk.accounts import Accounts, Session
from callwright.kit.errors import BadInput, CallwrightError

SESSION_S = 12 * 3600.0
"""A shift; after it one signs in anew."""
TICKET_S = 15.0
RECHECK_S = 20.0
"""A session is looked up again after so long: a new password or a removed agent takes effect."""
MIN_PASSWORD = 8
MAX_PASSWORD = 256
_GUESSES_S = 300.0
_PER_NAME_HERE = 5
_PER_NAME = 50
_PER_PLACE = 30
_MOST_KEYS = 10_000
_HASHES_AT_ONCE = 2


class SignInRefused(CallwrightError):
    """The name or the password is wrong; which of them is not told."""

    code = "sign_in_refused"


class TooManyGuesses(CallwrightError):
    code = "too_many_guesses"
    retryable = True

    def __init__(self, wait_s: float) -> None:
        super().__init__(f"Too many wrong sign-ins: try again in {max(1, round(wait_s))} s.")
        self.wait_s = wait_s


_hasher = PasswordHash((Argon2Hasher(),))


def hash_password(password: str) -> str:
    """The hash to store. Raises BadInput on a password too short or too long."""
    if len(password) < MIN_PASSWORD:
        raise BadInput(f"A password needs at least {MIN_PASSWORD} characters; choose a longer one.")
    if len(password) > MAX_PASSWORD:
        raise BadInput(f"A password has at most {MAX_PASSWORD} characters; choose a shorter one.")
    return _hasher.hash(password)


class GuessLimit:
    """Counts wrong sign-ins by name, place, and both, over a sliding window."""

    def __init__(self, now: Callable[[], float]) -> None:
        self._now = now
        self._wrong: dict[tuple[str, str], deque[float]] = {}

    def check(self, name: str, place: str) -> None:
        """Raises TooManyGuesses while the limit is reached."""
        for key, most in self._keys(name, place):
            wrong = self._recent(key)
            if len(wrong) >= most:
                raise TooManyGuesses(wrong[0] + _GUESSES_S - self._now())

    def wrong(self, name: str, place: str) -> None:
        if len(self._wrong) > _MOST_KEYS:
            self._wrong = {key: times for key, times in self._wrong.items() if self._recent(key)}
        for key, _ in self._keys(name, place):
            self._wrong.setdefault(key, deque()).append(self._now())

    def right(self, name: str, place: str) -> None:
        self._wrong.pop((name, place), None)

    @staticmethod
    def _keys(name: str, place: str) -> tuple[tuple[tuple[str, str], int], ...]:
        return (((name, place), _PER_NAME_HERE), ((name, ""), _PER_NAME), (("", place), _PER_PLACE))

    def _recent(self, key: tuple[str, str]) -> deque[float]:
        wrong = self._wrong.get(key, deque())
        while wrong and wrong[0] <= self._now() - _GUESSES_S:
            wrong.popleft()
        return wrong


@dataclass(frozen=True, kw_only=True, slots=True)
class _Ticket:
    session: Session
    until_at: float


class Access:
    """Signs in and out, knows sessions, gives and takes tickets. ``now`` is the computer's clock."""

    def __init__(self, accounts: Accounts, now: Callable[[], float]) -> None:
        self._accounts = accounts
        self._now = now
        self._limit = GuessLimit(now)
        self._known: dict[bytes, tuple[Session, float]] = {}
        self._tickets: dict[bytes, _Ticket] = {}
        self._hashing = asyncio.Semaphore(_HASHES_AT_ONCE)  # 64 MB each: a flood of sign-ins waits in line
        self._nobody = _hasher.hash(secrets.token_urlsafe(16))

    async def sign_in(self, name: str, password: str, place: str) -> tuple[str, Session]:
        """A new session's token. Raises SignInRefused or TooManyGuesses."""
        self._limit.check(name, place)
        account = await self._accounts.account(name)
        known = account.password_hash if account is not None else None
        async with self._hashing:
            self._limit.check(name, place)
            right = await asyncio.to_thread(_is_right, password, known or self._nobody)
        if account is None or known is None or not right:
            self._limit.wrong(name, place)
            raise SignInRefused("The name or the password is wrong; try again, or ask your team lead for a new one.")
        self._limit.right(name, place)
        token, now = secrets.token_urlsafe(32), self._now()
        session = Session(
            digest=_digest(token),
            agent_id=account.agent_id,
            name=account.name,
            lead=account.lead,
            until_at=now + SESSION_S,
        )
        await self._accounts.begin_session(session.digest, session.agent_id, now, session.until_at)
        self._known[session.digest] = (session, now)
        return token, session

    async def session(self, token: str) -> Session | None:
        """The session of a token that stands."""
        digest, now = _digest(token), self._now()
        known = self._known.get(digest)
        if known is not None and now - known[1] < RECHECK_S:
            return known[0] if known[0].until_at > now else None
        found = await self._accounts.session(digest, now)
        if found is None:
            self._known.pop(digest, None)
        else:
            self._known[digest] = (found, now)
        return found

    async def sign_out(self, session: Session) -> None:
        self._known.pop(session.digest, None)
        self._tickets = {key: ticket for key, ticket in self._tickets.items() if ticket.session != session}
        await self._accounts.end_session(session.digest)

    def give_ticket(self, session: Session) -> str:
        """A word that lets one socket in as this session, within the next seconds."""
        now = self._now()
        self._tickets = {key: ticket for key, ticket in self._tickets.items() if ticket.until_at > now}
        word = secrets.token_urlsafe(24)
        self._tickets[_digest(word)] = _Ticket(session=session, until_at=now + TICKET_S)
        return word

    def take_ticket(self, word: str) -> Session | None:
        """Whose it is; a second time nobody's."""
        ticket = self._tickets.pop(_digest(word), None)
        return ticket.session if ticket is not None and ticket.until_at > self._now() else None


def _digest(token: str) -> bytes:
    return hashlib.sha256(token.encode("utf-8", "replace")).digest()


def _is_right(password: str, known: str) -> bool:
    return len(password) <= MAX_PASSWORD and _hasher.verify(password, known)
