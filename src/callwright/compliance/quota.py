"""The campaign's quota of tries by part of day: "6 attempts in 2 days, one in each part".

Parts and days are those of the person's wall clock (their zone, or the first zone of the number). A quota with parts
dials only inside them; ``most_per_part`` tries fit in one part of one day, ``most`` in ``days`` calendar days. It is
the campaign's own rule, so a call-back the person asked for does not wait for it.
"""

from __future__ import annotations

from itertools import pairwise

from callwright.compliance.book import RuleBook
from callwright.compliance.calendar import DAY_S, ZoneLine, day_of, weekday_of
from callwright.compliance.facts import DialFacts
from callwright.compliance.rule_set import RuleSet
from callwright.compliance.rules import NOTHING, Finding, Findings
from callwright.model.campaign import CallQuota, DayPart


def check_quota(facts: DialFacts, at: float, rules: RuleSet, book: RuleBook) -> Findings:
    quota = facts.quota
    zones = rules.zones_for(facts.phone, facts.person_zone)
    line = book.zone_line(zones[0]) if zones else None
    if quota is None or facts.callback_promised or line is None:
        return NOTHING
    tries = sorted(call.at + line.offset_at(call.at) for call in facts.history if call.campaign_id == facts.campaign_id)
    if _has_room(quota, tries, at + line.offset_at(at)):
        return NOTHING
    rule = "quota_days" if _days_full(quota, tries, day_of(at + line.offset_at(at))) else "quota_part_of_day"
    return (Finding(rule, until=_next_room(quota, tries, line, at), detail=(quota.most, quota.days)),)


def _has_room(quota: CallQuota, tries: list[float], wall_s: float) -> bool:
    if _days_full(quota, tries, day_of(wall_s)):
        return False
    if not quota.parts:
        return True
    now_in = [part for part in quota.parts if _holds(part, wall_s)]
    if not now_in or quota.most_per_part is None:
        return bool(now_in)
    today = [wall for wall in tries if day_of(wall) == day_of(wall_s)]
    return all(sum(_holds(part, wall) for wall in today) < quota.most_per_part for part in now_in)


def _days_full(quota: CallQuota, tries: list[float], day: int) -> bool:
    if quota.most is None:
        return False
    return sum(day - max(quota.days, 1) < day_of(wall) for wall in tries) >= quota.most


def _holds(part: DayPart, wall_s: float) -> bool:
    return part.from_minute * 60 <= wall_s % DAY_S < part.to_minute * 60 and weekday_of(day_of(wall_s)) in part.weekdays


def _next_room(quota: CallQuota, tries: list[float], line: ZoneLine, at: float) -> float | None:
    """The first instant with room: it can only be the beginning of a day or an edge of a part."""
    today = day_of(at + line.offset_at(at))
    edges = sorted({0, 24 * 60, *(minute for part in quota.parts for minute in (part.from_minute, part.to_minute))})
    pieces = [(a * 60, b * 60) for a, b in pairwise(edges)]
    for day in range(today, today + max(quota.days, 1) + 8):
        # two days at a time, sorted: a fold across midnight shows the end of a day twice
        nights = (day * DAY_S, (day + 1) * DAY_S)
        starts = sorted(start for night in nights for a, b in pieces for start, _ in line.spans(night + a, night + b))
        for start in starts:
            if start > at and _has_room(quota, tries, start + line.offset_at(start)):
                return start
    return None
