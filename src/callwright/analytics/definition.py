"""What a definition of a figure looks like: base counts (measured) and rates (computed from base counts).

The definitions themselves are in ``counts`` and ``rates``; how counts are measured is in ``measure``.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import StrEnum

from callwright.kit.words import Words

Counts = Mapping[str, float | None]
"""Base counts of one group by id; None: not known, or without meaning for such a group."""


class Dimension(StrEnum):
    """What figures may be grouped by, in any mix. Hours and days are local to the report's time zone."""

    CAMPAIGN = "campaign"
    LIST = "list"
    TIER = "tier"
    AGENT = "agent"
    TEAM = "team"
    SITE = "site"
    CALLER_ID = "caller_id"
    HOUR = "hour"  # of the day, 0..23
    DAY = "day"


D = Dimension
ANY = frozenset(Dimension)
OF_LISTS = frozenset({D.CAMPAIGN, D.LIST, D.TIER})
OF_TIME = frozenset({D.CAMPAIGN, D.AGENT, D.TEAM, D.SITE, D.HOUR, D.DAY})
OF_CAMPAIGNS = frozenset({D.CAMPAIGN})

DIMENSION_WORDS: Mapping[Dimension, Words] = {
    D.CAMPAIGN: Words(en="Campaign", zh="项目", ru="Кампания"),
    D.LIST: Words(en="List", zh="名单", ru="Список"),
    D.TIER: Words(en="Tier", zh="数据等级", ru="Уровень списка"),
    D.AGENT: Words(en="Agent", zh="坐席", ru="Оператор"),
    D.TEAM: Words(en="Team", zh="班组", ru="Группа"),
    D.SITE: Words(en="Site", zh="站点", ru="Площадка"),
    D.CALLER_ID: Words(en="Caller ID", zh="主叫号码", ru="Номер звонящего"),
    D.HOUR: Words(en="Hour", zh="小时", ru="Час"),
    D.DAY: Words(en="Day", zh="日期", ru="День"),
}


class Unit(StrEnum):
    COUNT = "count"
    SHARE = "share"  # 0..1, shown as per cent
    RATIO = "ratio"
    SECONDS = "seconds"
    HOURS = "hours"
    PER_HOUR = "per_hour"
    MONEY = "money"
    STRUCTURE = "structure"  # an object (funnel, counters)


class Source(StrEnum):
    """Where a base count is measured."""

    ATTEMPT = "attempt"  # added up over calls
    RECORD = "record"  # distinct records among the calls of the group
    LEAD = "lead"  # records as drawn from lists
    STATE = "state"  # agents' state intervals
    SHIFT = "shift"  # planned shifts
    CAMPAIGN = "campaign"  # what the campaign file says
    DERIVED = "derived"  # from other counts
    LATER = "later"  # a part of the program that is not there yet will measure it


@dataclass(frozen=True, kw_only=True, slots=True)
class Count:
    """One base count. ``grains``: the dimensions it may be grouped by; with any other it is None."""

    id: str
    words: Words
    meaning: Words
    unit: Unit = Unit.COUNT
    source: Source = Source.ATTEMPT
    grains: frozenset[Dimension] = ANY
    in_kpi: bool = False  # named in kpi.yaml; the others are ours, shown apart


@dataclass(frozen=True, kw_only=True, slots=True)
class Rate:
    """One figure: a pure function of base counts. ``top`` / ``bottom``: the counts whose calls stand behind it."""

    id: str
    words: Words
    formula: str
    unit: Unit
    top: tuple[str, ...]
    bottom: tuple[str, ...]
    compute: Callable[[Counts], float | None]
    note: Words | None = None
    missing: Words | None = None  # why there is no data, where a later part is needed
    in_kpi: bool = True

    @property
    def needs(self) -> tuple[str, ...]:
        return tuple(dict.fromkeys(self.top + self.bottom))


def total(counts: Counts, *names: str) -> float | None:
    """The sum of counts, None where one is not known."""
    found = 0.0
    for name in names:
        value = counts[name]
        if value is None:
            return None
        found += value
    return found


def divide(top: float | None, bottom: float | None) -> float | None:
    """``top / bottom``, None where one is not known or there is nothing to divide by."""
    if top is None or bottom is None or bottom == 0:
        return None
    return top / bottom
