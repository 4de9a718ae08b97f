"""A rule book with the real holidays, and short ways to facts and instants."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from callwright.adapters.holidays_calendar import PackageHolidays
from callwright.compliance import DialFacts, RuleBook
from callwright.model.campaign import Hours
from callwright.model.people import Phone

ALWAYS = Hours(from_minute=0, to_minute=24 * 60, weekdays=frozenset(range(7)))
PLACES = {
    "us": ("+12125550100", "US", "", "America/New_York"),
    "fl": ("+13055550100", "US", "FL", "America/New_York"),
    "ok": ("+14055550100", "US", "OK", "America/Chicago"),
    "md": ("+14105550100", "US", "MD", "America/New_York"),
    "wa": ("+12065550100", "US", "WA", "America/Los_Angeles"),
    "tx": ("+15125550100", "US", "TX", "America/Chicago"),
    "uk": ("+442079460000", "GB", "", "Europe/London"),
    "canada": ("+16135550100", "CA", "", "America/Toronto"),
    "france": ("+33155500100", "FR", "", "Europe/Paris"),
    "germany": ("+493023125000", "DE", "", "Europe/Berlin"),
    "china": ("+8613800138000", "CN", "", "Asia/Shanghai"),
    "russia": ("+74955550100", "RU", "", "Europe/Moscow"),
    "india": ("+919855501000", "IN", "", "Asia/Kolkata"),
    "puerto_rico": ("+17877250100", "PR", "", "America/Puerto_Rico"),
    "reunion": ("+262262250100", "RE", "", "Indian/Reunion"),
    "portugal": ("+351212345678", "PT", "", "Europe/Lisbon"),
}
Ask = Callable[..., DialFacts]


@pytest.fixture(scope="session")
def book() -> RuleBook:
    return RuleBook.load(holidays=PackageHolidays())


@pytest.fixture(scope="session")
def ask() -> Ask:
    return facts_for


def instant(text: str, zone: str) -> float:
    """ "2026-03-02 20:00" on that wall clock, as an instant."""
    return datetime.fromisoformat(text).replace(tzinfo=ZoneInfo(zone)).timestamp()


def facts_for(place: str, when: str, **more: Any) -> DialFacts:
    """Facts about a person of the place at its local time, all campaign hours open."""
    number, country, region, zone = PLACES[place]
    phone = more.pop("phone", None) or Phone(id=1, number=number, country=country, region=region, zones=(zone,))
    given: dict[str, Any] = {"campaign_hours": ALWAYS, "customer_id": 7, "lead_id": 3, **more}
    return DialFacts(now=instant(when, zone), campaign_id=1, phone=phone, **given)
