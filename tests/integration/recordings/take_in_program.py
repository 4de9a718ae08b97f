"""A program to be killed: takes in what lies in the spool, one after the other, and says so."""

from __future__ import annotations

import asyncio
import sys
from pathlib import Path

from callwright.adapters.postgres.recordings import PostgresRecordings
from callwright.adapters.recordings.keys import KeyRing
from callwright.adapters.recordings.vault import Vault


async def main(url: str, home: Path) -> None:
    rows = await PostgresRecordings.connect(url)
    vault = Vault(home / "recordings", KeyRing.open(home / "keys" / "recordings.key", make=True), rows)
    print("ready", flush=True)
    spool = home / "spool"
    for attempt_id in sorted({int(file.name.partition("-")[0]) for file in spool.glob("*.wav")}):
        person, agent = (spool / f"{attempt_id}-{side}.wav" for side in ("person", "agent"))
        if person.exists() or agent.exists():
            await vault.finished(attempt_id, person, agent, began_at_person=1000.0, began_at_agent=1000.2)
    print("done", flush=True)


asyncio.run(main(sys.argv[1], Path(sys.argv[2])))
