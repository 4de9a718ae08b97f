"""``callwright run CAMPAIGN.toml --telephony asterisk`` as an operator runs it: a list in, calls out, figures back."""

from __future__ import annotations

import asyncio
import csv
import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from tests.acceptance.test_trunk_test import callwright, operator, parties
from tests.integration.asterisk.conftest import asterisk_root, far, telephone
from tests.support.far_asterisk import FarAsterisk, Parties, loudness

from callwright.adapters.postgres import setup
from callwright.adapters.postgres.store import PostgresStore
from callwright.compliance import ConsentEntry

__all__ = ["asterisk_root", "far", "operator", "parties", "telephone"]  # fixtures of the telephone's own tests


def numbers_awake(now: datetime) -> list[str]:
    """Two numbers of a place where it is a lawful hour just now, whatever the clock says where the tests run."""
    if now.hour >= 18 or now.hour < 7:
        return ["+18087531201", "+18087531202"]  # Hawaii
    if now.hour < 11:
        return ["+16717771201", "+16717771202"]  # Guam
    if now.hour == 11:
        if now.weekday() == 6:
            pytest.skip("on Sundays from 11 to 12 UTC there is no place where the rule packs let anybody be called")
        return ["+442079460951", "+442079460952"]
    return ["+17877251201", "+17877251202"]  # Puerto Rico


async def consent(url: str) -> None:
    """Everybody has agreed to be told by a recorded voice, as American law wants."""
    store = await PostgresStore.connect(url)
    async with store.connected() as connection:
        people = await connection.fetch("select id from customers")
    entries = [ConsentEntry(customer_id=row["id"], kind="artificial_voice", granted_at=0.0) for row in people]
    await setup.add_consents(store, entries)
    await store.close()


def test_a_message_campaign_over_the_operators_trunk(
    operator: dict[str, str], far: FarAsterisk, parties: Parties, tmp_path: Path
) -> None:
    first, second = numbers_awake(datetime.now(UTC))
    with (tmp_path / "people.csv").open("w", newline="") as file:
        rows = csv.writer(file)
        rows.writerow(["phone_number", "name"])
        rows.writerow([first, "Ada"])
        rows.writerow([second, "Bob"])
    (tmp_path / "campaign.toml").write_text(
        f"""
name = "reminder"
purpose = "service"
mode = "message"
caller_ids = ["{first[:-4]}0100"]
[hours]
time = "00:00-24:00"
weekdays = "daily"
[message]
message = "reminder"
length = "3s"
[[list]]
name = "people"
file = "people.csv"
""",
        encoding="utf-8",
    )
    done = callwright(operator, "ban", second)
    assert done.returncode == 0, done.stderr
    done = callwright(operator, "import", str(tmp_path / "people.csv"), "--list", "people")
    assert done.returncode == 0, done.stderr
    asyncio.run(consent(operator["CALLWRIGHT_DATABASE_URL"]))
    sounds = Path(operator["SOUNDS"])
    (sounds / "reminder.wav").write_bytes((sounds / "safe_harbour.wav").read_bytes())

    done = callwright(operator, "run", str(tmp_path / "campaign.toml"), "--telephony", "asterisk", "--once")
    assert done.returncode == 0, done.stderr

    report: dict[str, Any] = json.loads(callwright(operator, "report", "reminder", "--format", "json").stdout)
    counts = report["base"]
    assert counts["calls_made"] == 1  # who does not want to be called was not
    assert counts["completed"] == 1
    heard = parties.by_name[far.party_of(first)].heard
    assert loudness(parties.by_name[far.party_of(first)].sound(heard[0][0], heard[-1][0])) > 100.0
    assert far.party_of(second) not in parties.by_name
