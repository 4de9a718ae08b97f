"""The pack versions that apply to one kind of call while no pack changes, and the lawful hours they make.

A ``RuleSet`` keeps the hours it has laid out, so that a decision rarely computes any. ``book`` makes and keeps them.
"""

from __future__ import annotations

from collections.abc import Callable

from callwright.compliance.calendar import (
    DayKind,
    HolidayCalendar,
    Openings,
    Windows,
    ZoneLine,
    date_of,
    meet,
    weekday_of,
)
from callwright.compliance.packs import Cap, ConsentRule, CoolDown, PackVersion
from callwright.model.campaign import Hours
from callwright.model.people import Phone

_ALL_DAY: Windows = ((0, 24 * 60),)
_WORK_WEEK = frozenset(range(5))


class RuleSet:
    """The pack versions that apply to one kind of call from ``from_at`` until ``until_at``."""

    __slots__ = (
        "_country", "_holidays", "_openings", "_windows", "_zone_line", "both_zones", "caps", "consents", "cool_downs",
        "from_at", "label", "label_limit", "until_at", "versions",
    )  # fmt: skip

    def __init__(
        self,
        zone_line: Callable[[str], ZoneLine | None],
        holidays: HolidayCalendar,
        versions: tuple[PackVersion, ...],
        country: str,
        from_at: float,
        until_at: float,
    ) -> None:
        self._zone_line, self._holidays, self._country = zone_line, holidays, country
        self.versions, self.from_at, self.until_at = versions, from_at, until_at
        self.label = ";".join(version.label for version in versions)
        self.both_zones = any(version.both_zones for version in versions)
        self.caps: tuple[tuple[str, Cap], ...] = tuple((v.pack, cap) for v in versions for cap in v.caps)
        self.cool_downs: tuple[tuple[str, CoolDown], ...] = tuple((v.pack, c) for v in versions for c in v.cool_downs)
        self.consents: tuple[tuple[str, ConsentRule], ...] = tuple((v.pack, c) for v in versions for c in v.consents)
        limits = [(v.duties.label_max_chars, v.pack) for v in versions if v.duties.label_max_chars is not None]
        self.label_limit: tuple[int, str] | None = min(limits, default=None)
        self._openings: dict[tuple[tuple[str, ...], Hours], Openings | None] = {}
        self._windows: dict[tuple[int, Hours], Windows] = {}

    def zones_for(self, phone: Phone, person_zone: str | None) -> tuple[str, ...]:
        """Every zone the person may be in: their own where known, with the number's only where a pack wants both."""
        if not person_zone:
            return phone.zones
        return (person_zone, *phone.zones) if self.both_zones else (person_zone,)

    def openings(self, zones: tuple[str, ...], hours: Hours) -> Openings | None:
        """The lawful hours in these zones; None where a zone is unknown or there is none (then nobody is dialled)."""
        key = (zones, hours)
        try:
            return self._openings[key]
        except KeyError:
            pass
        lines = [self._zone_line(name) for name in dict.fromkeys(zones)]
        known = [line for line in lines if line is not None]
        made = Openings(known, lambda day: self.windows(day, hours)) if known and len(known) == len(lines) else None
        if len(self._openings) >= 4096:
            self._openings.clear()
        self._openings[key] = made
        return made

    def windows(self, day: int, hours: Hours) -> Windows:
        """The minutes of this local day that the campaign and every pack allow."""
        key = (day, hours)
        known = self._windows.get(key)
        if known is None:
            known = self.campaign_windows(day, hours)
            for version in self.versions:
                known = meet(known, self.pack_windows(version, day))
            if len(self._windows) >= 4096:
                self._windows.clear()
            self._windows[key] = known
        return known

    def campaign_windows(self, day: int, hours: Hours) -> Windows:
        """The campaign's own hours. Who calls Monday to Friday also calls on a weekend day made a working day."""
        opens, closes = max(hours.from_minute, 0), min(hours.to_minute, 24 * 60)
        called = weekday_of(day) in hours.weekdays or (hours.weekdays >= _WORK_WEEK and self._is_swapped(day))
        return ((opens, closes),) if called and opens < closes else ()

    def pack_windows(self, version: PackVersion, day: int) -> Windows:
        """The minutes of this local day that one pack allows."""
        kind = self.day_kind(version, day)
        week = version.hours
        if kind is DayKind.SWAPPED_WORKDAY:
            return week[0] if week is not None else _ALL_DAY
        windows = week[weekday_of(day)] if week is not None else _ALL_DAY
        if kind is DayKind.HOLIDAY and version.holidays is not None:
            return meet(windows, version.holidays.windows)
        return windows

    def day_kind(self, version: PackVersion, day: int) -> DayKind:
        """What this pack sees in the day: plain unless it observes holidays (and swapped days)."""
        if version.holidays is None:
            return DayKind.PLAIN
        kind = self._holidays.day_kind(version.country or self._country, version.region, date_of(day))
        if kind is DayKind.SWAPPED_WORKDAY and not version.holidays.swapped_days:
            return DayKind.PLAIN
        return kind

    def _is_swapped(self, day: int) -> bool:
        return any(self.day_kind(version, day) is DayKind.SWAPPED_WORKDAY for version in self.versions)
