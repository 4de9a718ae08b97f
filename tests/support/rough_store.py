"""A store in memory that behaves as a database does: copies in and out, answers late, and goes away now and then."""

from __future__ import annotations

import random
from collections.abc import Awaitable, Callable, Sequence
from copy import copy
from dataclasses import fields
from typing import Any, TypeVar

from callwright.adapters.memory.store import MemoryStore
from callwright.compliance import BanEntry, DialPermit, Refusal
from callwright.dialer.ports import Batch, Decide, DialRequest
from callwright.kit.clock import Clock
from callwright.kit.errors import StoreUnavailable
from callwright.model.attempt import Attempt
from callwright.model.people import Lead

T = TypeVar("T")
_FIELDS = [f.name for f in fields(Lead)]


def copy_of(lead: Lead) -> Lead:
    twin = copy(lead)
    twin.outcome_tries, twin.phone_tries = dict(lead.outcome_tries), dict(lead.phone_tries)
    return twin


class RoughStore:
    """One dialer's way to the shared ``kept`` store. ``dead``: that dialer's process is gone and reaches it no more."""

    def __init__(self, kept: MemoryStore, clock: Clock, rng: random.Random, latency_s: float) -> None:
        self.kept = kept
        self.dead = False
        self.banned: list[tuple[float, BanEntry]] = []
        self._clock = clock
        self._rng = rng
        self._latency_s = latency_s

    def __getattr__(self, name: str) -> Any:
        """Everything that needs no copying: late, and with copies of what comes out."""
        method = getattr(self.kept, name)

        async def late(*args: Any, **kwargs: Any) -> Any:
            return _copied(await self._ask(lambda: method(*args, **kwargs)))

        return late

    async def open_attempts(
        self, requests: Sequence[DialRequest], decide: Decide, now: float
    ) -> list[DialPermit | Refusal]:
        twins = [DialRequest(attempt=copy(r.attempt), lead=r.lead, phone=r.phone) for r in requests]
        answers = await self._ask(lambda: self.kept.open_attempts(twins, decide, now))
        for request, twin in zip(requests, twins, strict=True):
            request.attempt.permit = twin.attempt.permit
        return answers

    async def save(self, batch: Batch) -> None:
        # what the batch holds when the statement is sent is what is written, not what it becomes while it travels
        sent = Batch(**{f.name: copy(getattr(batch, f.name)) for f in fields(Batch)})
        sent.attempts = {id: copy(attempt) for id, attempt in batch.attempts.items()}
        sent.leads = {id: copy_of(lead) for id, lead in batch.leads.items()}
        await self._ask(lambda: self._save(sent))

    async def _save(self, sent: Batch) -> None:
        self.kept._check()
        for id, lead in sent.leads.items():
            held = self.kept._leads[id]
            for name in _FIELDS:
                if name != "phones":
                    setattr(held, name, getattr(lead, name))
            sent.leads[id] = held
        for id, attempt in sent.attempts.items():
            if id in self.kept._attempts:  # by reference there, a row of its own here
                self.kept._attempts[id] = attempt
                self.kept._unfinished[id] = attempt
        await self.kept.save(sent)
        self.banned += [(self._clock.now(), ban) for ban in sent.bans]

    async def release_leads(self, leads: Sequence[Lead]) -> None:
        await self._ask(lambda: self.kept.release_leads([self.kept._leads[lead.id] for lead in leads]))

    async def _ask(self, deed: Callable[[], Awaitable[T]]) -> T:
        await self._wait()
        self._check()
        done = await deed()
        await self._wait()
        if self.dead:
            raise StoreUnavailable("The process that asked is gone.")
        return done

    async def _wait(self) -> None:
        if self._latency_s:
            await self._clock.sleep(self._rng.random() * self._latency_s)

    def _check(self) -> None:
        if self.dead:
            raise StoreUnavailable("The process that asked is gone.")


def _copied(found: Any) -> Any:
    if isinstance(found, Lead):
        return copy_of(found)
    if isinstance(found, Attempt):
        return copy(found)
    if isinstance(found, list):
        return [_copied(each) for each in found]
    return found
