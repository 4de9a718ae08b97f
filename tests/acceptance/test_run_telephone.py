"""``callwright run CAMPAIGN.toml --telephony asterisk`` as an operator runs it: a list in, calls out, figures back."""

from __future__ import annotations

import asyncio
import csv
import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from tests.acceptance.test_trunk_test import callwright, operator, parties
from tests.integration.asterisk.conftest import asterisk_root, far, telephone
from tests.support.far_asterisk import FarAsterisk, Parties, loudness

from callwright.adapters.postgres import setup
from callwright.adapters.postgres.store import PostgresStore
from callwright.compliance import ConsentEntry, NoHolidays, RuleBook
from callwright.model.campaign import Hours

__all__ = ["asterisk_root", "far", "operator", "parties", "telephone"]  # fixtures of the telephone's own tests


PLACES = {  # where every day of the week is lawful, far enough apart that it is always day in one of them
    "Asia/Kolkata": ("+919876543201", "+919876543202", "+911409876543"),
    "America/New_York": ("+12127771201", "+12127771202", "+12127770100"),
    "Pacific/Honolulu": ("+18087531201", "+18087531202", "+18087530100"),
}


def numbers_awake(now: datetime) -> tuple[str, str, str]:
    """Two people and a caller ID of the place where it is nearest to three in the afternoon."""

    def away(zone: str) -> float:
        there = now.astimezone(ZoneInfo(zone))
        return abs(there.hour + there.minute / 60.0 - 15.0)

    return PLACES[min(PLACES, key=away)]


def test_at_every_hour_of_the_week_somebody_may_be_called() -> None:
    book = RuleBook.load(holidays=NoHolidays())
    whole_day = Hours(from_minute=0, to_minute=24 * 60, weekdays=frozenset(range(7)))
    for hour in range(7 * 24 * 4):
        now = datetime(2026, 11, 23, tzinfo=UTC) + timedelta(minutes=15 * hour)
        zone = next(zone for zone, numbers in PLACES.items() if numbers == numbers_awake(now))
        country = "IN" if zone == "Asia/Kolkata" else "US"
        openings = book.rules_for((), country, "", "", "service", now.timestamp()).openings((zone,), whole_day)
        assert openings is not None
        assert openings.is_open(now.timestamp()), (now, zone)


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
    first, second, caller_id = numbers_awake(datetime.now(UTC))
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
caller_ids = ["{caller_id}"]
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
