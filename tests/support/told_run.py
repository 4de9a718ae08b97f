"""``callwright`` as the user starts it, except that each commit the store reports is also told to a file, unbuffered.

    python told_run.py ACCEPTED_FILE run CAMPAIGN.toml --list FILE --once

What stands in the file was accepted: the line is written after the store's method returned, by one ``write`` of the
system, so that neither a buffer nor a lock of ours can lose or invent it.
"""

from __future__ import annotations

import json
import os
import sys
from typing import Any

from callwright.adapters.postgres.store import PostgresStore
from callwright.compliance import DialPermit
from callwright.dialer.ports import Batch


def _told(batch: Batch) -> dict[str, Any]:
    return {
        "attempts": [[a.id, a.state, a.outcome, a.disposition] for a in batch.attempts.values()],
        "orders": [order.attempt_id for order in batch.orders],
        "callbacks": [callback.made_by_attempt_id for callback in batch.callbacks],
        "bans": [ban.number for ban in batch.bans],
        "intervals": [[i.agent_id, i.state, i.began_at, i.ended_at] for i in batch.intervals],
        "refusals": [[row.lead_id, row.at] for row in batch.ledger],
    }


def tell(path: str) -> None:
    """From now on every commit is told to ``path``."""
    file = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
    save, open_attempts = PostgresStore.save, PostgresStore.open_attempts

    def say(what: dict[str, Any]) -> None:
        os.write(file, (json.dumps(what) + "\n").encode())

    async def told_save(self: PostgresStore, batch: Batch) -> None:
        what = _told(batch)
        await save(self, batch)
        say(what)

    async def told_open(self: PostgresStore, requests: Any, decide: Any, now: float) -> Any:
        answers = await open_attempts(self, requests, decide, now)
        pairs = zip(requests, answers, strict=True)
        say({"opened": [r.attempt.id for r, answer in pairs if isinstance(answer, DialPermit)]})
        return answers

    PostgresStore.save = told_save  # type: ignore[method-assign]  # this is what the file is for
    PostgresStore.open_attempts = told_open  # type: ignore[method-assign]


if __name__ == "__main__":
    accepted, *arguments = sys.argv[1:]
    tell(accepted)
    sys.argv = ["callwright", *arguments]
    from callwright.app.cli import main

    main()
