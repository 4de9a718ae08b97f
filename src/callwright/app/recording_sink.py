"""From the telephone to the vault: what Asterisk tells of recordings, written down and taken in.

The adapter speaks of sides as they come; a call's recording is finished when both of its sides are.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Coroutine
from pathlib import Path
from typing import Any, cast

from callwright.adapters.recordings.ports import SideName
from callwright.adapters.recordings.vault import Vault

log = logging.getLogger("callwright.recordings")
SIDES: tuple[SideName, SideName] = ("person", "agent")


class VaultSink:
    """A ``RecordingSink``. ``campaign_of`` knows whose an attempt is; the switch writes its files into ``spool``."""

    def __init__(self, vault: Vault, spool: Path, campaign_of: Callable[[int], int | None]) -> None:
        self._vault = vault
        self._spool = spool
        self._campaign_of = campaign_of
        self._sides: dict[int, dict[str, Path | None]] = {}  # ended ones; None: not recorded
        self._ended_at: dict[int, float] = {}
        self._tasks: set[asyncio.Task[Any]] = set()

    def on_recording(self, attempt_id: int, side: str, name: str, at: float) -> None:
        self._spawn(self._vault.started(attempt_id, self._campaign_of(attempt_id), at, side=cast(SideName, side)))

    def on_recorded(self, attempt_id: int, side: str, name: str, seconds: float, at: float) -> None:
        self._ended_at[attempt_id] = at
        self._side_over(attempt_id, side, self._spool / f"{name}.wav")

    def on_recording_failed(self, attempt_id: int, side: str, why: str) -> None:
        self._spawn(self._vault.failed(attempt_id, f"{side}: {why}"))
        self._side_over(attempt_id, side, None)

    def _side_over(self, attempt_id: int, side: str, file: Path | None) -> None:
        sides = self._sides.setdefault(attempt_id, {})
        sides[side] = file
        if any(name not in sides for name in SIDES):
            return
        del self._sides[attempt_id]
        ended_at = self._ended_at.pop(attempt_id, None)
        if any(sides.values()):
            self._spawn(self._vault.finished(attempt_id, sides["person"], sides["agent"], ended_at=ended_at))

    def _spawn(self, deed: Coroutine[Any, Any, Any]) -> None:
        task = asyncio.create_task(deed, name="recording")
        self._tasks.add(task)
        task.add_done_callback(self._over)

    def _over(self, task: asyncio.Task[Any]) -> None:
        self._tasks.discard(task)
        if not task.cancelled() and task.exception() is not None:
            log.error("A recording could not be dealt with now: %s", task.exception())

    async def drain(self) -> None:
        """Everything that has ended is taken in."""
        while self._tasks:
            await asyncio.gather(*self._tasks, return_exceptions=True)
