"""The journal: changes gathered and committed together, in the background of the floor.

Nothing is accepted before its save returned. When the store is gone the journal keeps everything, tries again, and
says so, so that dialling stops; live calls go on. What was given to a save is kept until the save is known to be done.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable

from callwright.dialer.ports import Batch, Store
from callwright.kit.clock import Clock
from callwright.kit.errors import StoreUnavailable


class Journal:
    """Collects changes in ``batch`` and saves them every ``flush_s`` seconds while there are any."""

    def __init__(self, store: Store, clock: Clock, *, flush_s: float, retry_s: float = 0.5) -> None:
        self._store = store
        self._clock = clock
        self._flush_s = flush_s
        self._retry_s = retry_s
        self.batch = Batch()
        self.store_down = False
        self.on_store: Callable[[bool], None] = lambda down: None
        self._saving = asyncio.Lock()

    async def run(self) -> None:
        """Save for ever; the owner cancels it and then calls ``drain``."""
        while True:
            await self._clock.sleep(self._flush_s)
            while self.batch and not await self._try_save():
                await self._clock.sleep(self._retry_s)

    async def drain(self) -> None:
        """Return when all that was noted before this call is committed; raises StoreUnavailable if it cannot be."""
        async with self._saving:
            if self.batch or self.store_down:  # an empty save asks whether the store is back
                await self._save()

    def lost_store(self) -> None:
        """Somebody else found the store gone."""
        self._say(down=True)

    async def stop(self, saving: asyncio.Task[None]) -> None:
        """End the task of ``run`` between two saves: a save cut in the middle may or may not have happened."""
        async with self._saving:
            saving.cancel()

    async def _try_save(self) -> bool:
        try:
            await self.drain()
        except StoreUnavailable:
            return False
        return True

    async def _save(self) -> None:
        batch, self.batch = self.batch, Batch()
        try:
            await self._store.save(batch)
        except BaseException as error:
            self._take_back(batch)
            if isinstance(error, StoreUnavailable):
                self._say(down=True)
            raise
        self._say(down=False)

    def _take_back(self, old: Batch) -> None:
        """Put an unsaved batch before what has come since; for attempts and leads the object is the latest state."""
        new = self.batch
        old.attempts.update(new.attempts)
        old.leads.update(new.leads)
        old.dead_phones.update(new.dead_phones)
        old.intervals.extend(new.intervals)
        old.ledger.extend(new.ledger)
        old.legs.extend(new.legs)
        old.orders.extend(new.orders)
        old.callbacks.extend(new.callbacks)
        old.bans.extend(new.bans)
        old.freezes.extend(new.freezes)
        old.outbox.extend(new.outbox)
        old.shown.update(new.shown)
        old.line_changes.extend(new.line_changes)
        old.faxes.extend(new.faxes)
        self.batch = old

    def _say(self, *, down: bool) -> None:
        if down != self.store_down:
            self.store_down = down
            self.on_store(down)
