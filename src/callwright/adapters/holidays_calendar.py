"""Public holidays of the ``holidays`` package as the calendar that ``compliance`` asks.

It also knows the weekend days that governments have made working days (China, Russia). A country or region the package
does not know has plain days only.
"""

from __future__ import annotations

from datetime import date

import holidays

from callwright.compliance import DayKind


class PackageHolidays:
    """A ``HolidayCalendar``. Years are computed once; an answer is a dictionary look-up."""

    def __init__(self) -> None:
        self._places: dict[tuple[str, str], holidays.HolidayBase | None] = {}
        self._days: dict[tuple[str, str, date], DayKind] = {}

    def day_kind(self, country: str, region: str, day: date) -> DayKind:
        """What the government makes of this day; an unknown region counts as its country."""
        key = (country, region, day)
        kind = self._days.get(key)
        if kind is None:
            if len(self._days) >= 100_000:
                self._days.clear()
            kind = self._days[key] = self._look_up(country, region, day)
        return kind

    def _look_up(self, country: str, region: str, day: date) -> DayKind:
        place = self._place(country, region)
        if place is None:
            return DayKind.PLAIN
        if day in place:  # computes the year where it has not yet
            return DayKind.HOLIDAY
        return DayKind.SWAPPED_WORKDAY if day in place.weekend_workdays else DayKind.PLAIN

    def _place(self, country: str, region: str) -> holidays.HolidayBase | None:
        key = (country, region)
        if key not in self._places:
            self._places[key] = self._open(country, region)
        return self._places[key]

    @staticmethod
    def _open(country: str, region: str) -> holidays.HolidayBase | None:
        for subdivision in (region or None, None):
            try:
                return holidays.country_holidays(country, subdiv=subdivision)
            except NotImplementedError:
                continue
        return None
