"""How long a permit decision takes, and how it grows with the history and the candidate zones.

    python bench/permit.py [--json]

The requirement is a median below 200 us. Every case is asked second by second with warm caches, as a running campaign
does; "first of its kind" is a combination of zones and rules the book has not laid out yet.
"""

from __future__ import annotations

import argparse
import dataclasses
import json
from collections.abc import Callable
from datetime import datetime
from statistics import median, quantiles
from time import perf_counter
from zoneinfo import ZoneInfo

from callwright.adapters.holidays_calendar import PackageHolidays
from callwright.compliance import (
    BanEntry,
    ConsentEntry,
    DialFacts,
    DialPermit,
    PastCall,
    PastKind,
    RuleBook,
    next_permitted_at,
    permit_dial,
)
from callwright.model.campaign import CallQuota, DayPart, Hours
from callwright.model.people import Phone

NEW_YORK = "America/New_York"
PLUS_SEVEN = (
    "Europe/Kaliningrad", "Europe/Moscow", "Europe/Samara", "Asia/Yekaterinburg", "Asia/Omsk", "Asia/Novosibirsk",
    "Asia/Krasnoyarsk", "Asia/Irkutsk", "Asia/Yakutsk", "Asia/Vladivostok", "Asia/Magadan", "Asia/Kamchatka",
    "Asia/Almaty", "Asia/Qyzylorda", "Europe/Volgograd", "Asia/Sakhalin",
)  # fmt: skip
WIDE = Hours(from_minute=0, to_minute=24 * 60, weekdays=frozenset(range(7)))


def at(text: str, zone: str = NEW_YORK) -> float:
    return datetime.fromisoformat(text).replace(tzinfo=ZoneInfo(zone)).timestamp()


def person(now: float, calls: int, *, zones: tuple[str, ...] = (NEW_YORK,), country: str = "US") -> DialFacts:
    number = "+12125550100"
    return DialFacts(
        now=now,
        campaign_id=1,
        phone=Phone(id=1, number=number, country=country, zones=zones),
        campaign_hours=WIDE,
        lead_id=1,
        customer_id=7,
        min_gap_s=600.0,
        consents=(ConsentEntry(customer_id=7, kind="call", granted_at=0.0),),
        history=tuple(PastCall(now - 40_000 - 86_400 * i, number, PastKind.ATTEMPT, 1, "sales") for i in range(calls)),
    )


def cases() -> dict[str, tuple[str, DialFacts]]:
    """Name, expected answer and facts."""
    noon, night, moscow = at("2026-03-03 12:00"), at("2026-03-03 22:00"), at("2026-03-03 10:01", "Europe/Moscow")
    typical = person(noon, 3)
    florida = Phone(id=1, number="+13055550100", country="US", region="FL", zones=(NEW_YORK,))
    parts = tuple(DayPart(name=str(h), from_minute=h * 60, to_minute=(h + 4) * 60) for h in (8, 12, 16))
    quota = CallQuota(parts=parts, most_per_part=1, most=3)
    return {
        "yes, 3 past calls": ("permit", typical),
        "yes, no past call": ("permit", person(noon, 0)),
        "yes, 30 past calls": ("permit", person(noon, 30)),
        "yes, 300 past calls": ("permit", person(noon, 300)),
        "yes, debt in Florida": ("permit", dataclasses.replace(typical, purpose="debt", phone=florida)),
        "yes, with a quota": ("permit", dataclasses.replace(typical, quota=quota)),
        "yes, 16 zones of +7": ("permit", person(moscow, 3, zones=PLUS_SEVEN, country="KZ")),
        "no, do-not-call": ("refuse", dataclasses.replace(typical, bans=(BanEntry(customer_id=7),))),
        "no, outside hours": ("refuse", person(night, 3)),
        "no, quota": ("refuse", dataclasses.replace(typical, quota=dataclasses.replace(quota, parts=parts[:1]))),
    }


def measure(deed: Callable[[float], object], now: float, times: int) -> dict[str, float]:
    """Microseconds of single calls, each a second of the day later than the one before."""
    taken = []
    for second in range(times):
        began = perf_counter()
        deed(now + second)
        taken.append((perf_counter() - began) * 1e6)
    return {"median_us": round(median(taken), 1), "p99_us": round(quantiles(taken, n=100)[98], 1)}


def run(times: int) -> dict[str, dict[str, float]]:
    book = RuleBook.load(holidays=PackageHolidays())
    out: dict[str, dict[str, float]] = {}
    for name, (expected, facts) in cases().items():
        asked = [dataclasses.replace(facts, now=facts.now + second % 3000) for second in range(times)]
        answer = permit_dial(asked[0], book)
        if isinstance(answer, DialPermit) != (expected == "permit"):
            raise SystemExit(f"The case '{name}' was answered {answer}; mend the bench.")
        out[name] = measure(lambda now, asked=asked: permit_dial(asked[int(now)], book), 0.0, times)
    late = person(at("2026-03-03 22:00"), 3)
    out["next lawful instant"] = measure(lambda _: next_permitted_at(late, book), 0.0, times)
    fresh = [RuleBook.load(holidays=book.holidays) for _ in range(20)]
    first = person(at("2026-03-03 12:00"), 3)
    out["first of its kind, 1 zone"] = measure(lambda i: permit_dial(first, fresh[int(i)]), 0.0, 20)
    fresh = [RuleBook.load(holidays=book.holidays) for _ in range(20)]
    wide = person(at("2026-03-03 10:01", "Europe/Moscow"), 3, zones=PLUS_SEVEN, country="KZ")
    out["first of its kind, 16 zones"] = measure(lambda i: permit_dial(wide, fresh[int(i)]), 0.0, 20)
    return out


def main() -> None:
    parser = argparse.ArgumentParser(description="Time of a permit decision.")
    parser.add_argument("--times", type=int, default=5000, help="decisions per case")
    parser.add_argument("--json", action="store_true", help="print one JSON object and no table")
    options = parser.parse_args()
    figures = run(options.times)
    if not options.json:
        print(f"{'permit decision':32}{'median us':>11}{'p99 us':>11}")
        for name, figure in figures.items():
            print(f"{name:32}{figure['median_us']:>11}{figure['p99_us']:>11}")
    common = figures["yes, 3 past calls"]["median_us"]
    print(json.dumps({"bench": "permit", "goal_us": 200, "median_us": common, "met": common < 200, "cases": figures}))


if __name__ == "__main__":
    main()
