"""No permit outside the lawful hours of any candidate zone, against a second, naive reading of the same rules.

The naive reading asks ``zoneinfo`` for the wall clock of every zone and ``holidays`` for the day, instant by instant.
"""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from functools import cache
from zoneinfo import ZoneInfo, available_timezones

import holidays
from hypothesis import example, given, settings
from hypothesis import strategies as st

from callwright.adapters.holidays_calendar import PackageHolidays
from callwright.compliance import ConsentEntry, DialFacts, DialPermit, RuleBook, next_permitted_at, permit_dial
from callwright.compliance.calendar import Openings, ZoneLine
from callwright.model.campaign import Hours
from callwright.model.people import Phone

BOOK = RuleBook.load(holidays=PackageHolidays())
ZONES = sorted(name for name in available_timezones() if "/" in name and not name.startswith(("Etc/", "SystemV/")))
WITH_CHANGES = [
    "America/New_York", "Europe/London", "Europe/Paris", "Australia/Lord_Howe", "Asia/Beirut", "America/Havana",
    "Africa/Casablanca", "Asia/Tehran", "Pacific/Apia", "America/St_Johns", "Antarctica/Troll", "Asia/Gaza",
    "Atlantic/Azores", "America/Asuncion", "Africa/Cairo", "Pacific/Chatham", "Asia/Pyongyang", "Europe/Volgograd",
]  # fmt: skip
CONSENTS = tuple(ConsentEntry(customer_id=7, kind=kind, granted_at=0.0) for kind in ("call", "artificial_voice"))
DAILY = {0, 1, 2, 3, 4, 5, 6}
# the shared rules, typed in a second time (all packs are in force from 2024-02 on): weekday -> windows in hours
WEEK = {
    "us": lambda d: [(8, 21)],
    "fl": lambda d: [(8, 20)],
    "tx": lambda d: [(12, 21)] if d == 6 else [(9, 21)],
    "ca": lambda d: [(10, 18)] if d >= 5 else [(9, 21.5)],
    "fr": lambda d: [] if d >= 5 else [(10, 13), (14, 20)],
    "cn": lambda d: [(9, 12), (14, 20)],
    "in": lambda d: [(10, 21)],
    "intl": lambda d: [] if d == 6 else [(9, 20)],
}
# place: country, region, rules, holidays of, swapped days observed
PLACES = {
    "us": ("US", "", ["us"], None, False),
    "fl": ("US", "FL", ["us", "fl"], None, False),
    "tx": ("US", "TX", ["us", "tx"], None, False),
    "ca": ("CA", "", ["ca"], None, False),
    "fr": ("FR", "", ["fr"], "FR", False),
    "cn": ("CN", "", ["cn"], "CN", True),
    "in": ("IN", "", ["in"], None, False),
    "uk": ("GB", "", ["intl"], "GB", False),
    "de": ("DE", "", ["intl"], "DE", False),
    "jp": ("JP", "", ["intl"], "JP", False),
}


@cache
def days_off(country: str, year: int) -> tuple[frozenset[date], frozenset[date]]:
    calendar = holidays.country_holidays(country, years=year)
    return frozenset(calendar), frozenset(calendar.weekend_workdays)


def lawful(place: str, zones: tuple[str, ...], hours: Hours, at: float) -> bool:
    """The naive reading."""
    _, _, rules, holidays_of, swaps = PLACES[place]
    for zone in zones:
        wall = datetime.fromtimestamp(at, UTC).astimezone(ZoneInfo(zone))
        minute = wall.hour * 60 + wall.minute
        weekday, swapped = wall.weekday(), False
        if holidays_of is not None:
            off, worked = days_off(holidays_of, wall.year)
            if wall.date() in off:
                return False
            swapped = swaps and wall.date() in worked
        called = weekday in hours.weekdays or (swapped and hours.weekdays >= {0, 1, 2, 3, 4})
        if not called or not hours.from_minute <= minute < hours.to_minute:
            return False
        for rule in rules:
            if not any(a * 60 <= minute < b * 60 for a, b in WEEK[rule](0 if swapped else weekday)):
                return False
    return True


def changes(zone: str) -> list[float]:
    """The instants 2024-2027 at which the zone's offset changes, found by the hour."""
    known, out = ZoneInfo(zone), []
    at = datetime(2024, 2, 1, tzinfo=UTC)
    while at.year < 2028:
        if (at + timedelta(hours=1)).astimezone(known).utcoffset() != at.astimezone(known).utcoffset():
            out.append(at.timestamp())
        at += timedelta(hours=1)
    return out


CHANGES = {zone: changes(zone) for zone in WITH_CHANGES}
near_a_change = st.sampled_from([(z, at) for z, all_at in CHANGES.items() for at in all_at]).flatmap(
    lambda pair: st.integers(-9 * 3600, 9 * 3600).map(lambda delta: (pair[0], pair[1] + delta))
)
anywhere = st.tuples(
    st.sampled_from(ZONES),
    st.integers(int(datetime(2024, 2, 1, tzinfo=UTC).timestamp()), int(datetime(2030, 1, 1, tzinfo=UTC).timestamp())),
)
spots = st.one_of(near_a_change, anywhere)
hours_of_campaigns = st.builds(
    Hours,
    from_minute=st.integers(0, 40).map(lambda q: q * 15),
    to_minute=st.integers(50, 96).map(lambda q: q * 15),
    weekdays=st.one_of(
        st.just(frozenset(DAILY)), st.just(frozenset(range(5))), st.frozensets(st.integers(0, 6), min_size=1)
    ),
)


def facts_at(place: str, zones: tuple[str, ...], hours: Hours, at: float) -> DialFacts:
    country, region, *_ = PLACES[place]
    phone = Phone(id=1, number="+12125550100", country=country, region=region, zones=zones)
    return DialFacts(
        now=at, campaign_id=1, phone=phone, customer_id=7, consents=CONSENTS, campaign_hours=hours,
        caller_id="+911401234567",
    )  # fmt: skip


@settings(max_examples=1000, deadline=None)
@given(st.sampled_from(sorted(PLACES)), spots, st.lists(st.sampled_from(ZONES), max_size=3), hours_of_campaigns)
@example("us", ("America/New_York", 1762063200), [], Hours(from_minute=0, to_minute=1440, weekdays=frozenset(DAILY)))
def test_permits_are_given_exactly_inside_the_lawful_hours(
    place: str, spot: tuple[str, float], more_zones: list[str], hours: Hours
) -> None:
    zones = (spot[0], *more_zones)
    answer = permit_dial(facts_at(place, zones, hours, float(spot[1])), BOOK)
    assert isinstance(answer, DialPermit) == lawful(place, zones, hours, float(spot[1]))


@settings(max_examples=250, deadline=None)
@given(st.sampled_from(sorted(PLACES)), spots, st.lists(st.sampled_from(ZONES), max_size=1), hours_of_campaigns)
def test_the_next_opening_is_the_first_lawful_minute(
    place: str, spot: tuple[str, float], more_zones: list[str], hours: Hours
) -> None:
    zones, at = (spot[0], *more_zones), float(spot[1] // 900 * 900)
    found = next_permitted_at(facts_at(place, zones, hours, at), BOOK, horizon_days=6)
    by_hand = next((at + 900 * i for i in range(6 * 96 + 1) if lawful(place, zones, hours, at + 900 * i)), None)
    assert found == by_hand


NIGHT = Hours(from_minute=90, to_minute=165, weekdays=frozenset(DAILY))  # 01:30-02:45, across the change


@settings(max_examples=400, deadline=None)
@given(near_a_change)
def test_gaps_and_folds_to_the_second(spot: tuple[str, float]) -> None:
    """Hours that lie across the change of summer time, at any second around it."""
    zone, at = spot
    openings = Openings([ZoneLine(zone)], lambda day: ((NIGHT.from_minute, NIGHT.to_minute),))
    wall = datetime.fromtimestamp(at, UTC).astimezone(ZoneInfo(zone))
    assert openings.is_open(at) == (90 * 60 <= wall.hour * 3600 + wall.minute * 60 + wall.second < 165 * 60)


def test_a_night_that_repeats_opens_twice() -> None:
    """New York, 2026-11-01: 01:30-02:00 comes twice, then 02:00-02:45 once."""
    openings = Openings([ZoneLine("America/New_York")], lambda day: ((90, 120),))
    first = datetime(2026, 11, 1, 5, 30, tzinfo=UTC).timestamp()
    assert [openings.is_open(first + 60 * m) for m in (-1, 0, 29, 30, 59, 60, 89, 90)] == [
        False, True, True, False, False, True, True, False,
    ]  # fmt: skip
    spring = datetime(2026, 3, 8, 6, 30, tzinfo=UTC).timestamp()
    in_the_gap = Openings([ZoneLine("America/New_York")], lambda day: ((125, 170),))  # 02:05-02:50 does not exist
    assert not any(in_the_gap.is_open(spring + 60 * m) for m in range(120))


@settings(max_examples=300, deadline=None)
@given(st.sampled_from(ZONES), st.integers(0, 4_000_000_000))
def test_offsets_are_those_of_the_zone_database(zone: str, at: int) -> None:
    offset = datetime.fromtimestamp(at, UTC).astimezone(ZoneInfo(zone)).utcoffset()
    assert offset is not None
    assert ZoneLine(zone).offset_at(float(at)) == offset.total_seconds()


def test_answers_do_not_depend_on_what_was_asked_before() -> None:
    """The cache is filled out of order and still gives what a fresh book gives."""
    hours = Hours(from_minute=0, to_minute=1440, weekdays=frozenset(DAILY))
    base = datetime(2026, 3, 27, tzinfo=UTC).timestamp()
    order = [(i * 7919) % 600 for i in range(600)]
    for i in order:
        at = base + i * 1800.0
        facts = facts_at("fr", ("Europe/Paris",), hours, at)
        assert isinstance(permit_dial(facts, BOOK), DialPermit) == lawful("fr", ("Europe/Paris",), hours, at)
