"""The calendar of the holidays package, as the packs see it."""

from __future__ import annotations

from datetime import date

import pytest

from callwright.adapters.holidays_calendar import PackageHolidays
from callwright.compliance import DayKind


@pytest.mark.parametrize(
    ("country", "region", "day", "kind"),
    [
        ("CN", "", date(2026, 10, 1), DayKind.HOLIDAY),
        ("CN", "", date(2026, 10, 10), DayKind.SWAPPED_WORKDAY),
        ("CN", "", date(2026, 10, 17), DayKind.PLAIN),
        ("RU", "", date(2024, 12, 28), DayKind.SWAPPED_WORKDAY),
        ("FR", "", date(2031, 7, 14), DayKind.HOLIDAY),
        ("US", "TX", date(2026, 7, 4), DayKind.HOLIDAY),
        ("US", "ZZ", date(2026, 7, 4), DayKind.HOLIDAY),
        ("XX", "", date(2026, 7, 4), DayKind.PLAIN),
        ("", "", date(2026, 7, 4), DayKind.PLAIN),
    ],
)
def test_what_a_day_is(country: str, region: str, day: date, kind: DayKind) -> None:
    calendar = PackageHolidays()
    assert calendar.day_kind(country, region, day) is kind
    assert calendar.day_kind(country, region, day) is kind
