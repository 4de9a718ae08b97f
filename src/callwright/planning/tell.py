"""An answer in words: rows with ranges, days and notes, in the reader's language. The command line, the picture and the
page show the same ``Told``."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from callwright.kit.words import Language
from callwright.planning.words import say

_WEEKDAYS: Mapping[Language, tuple[str, ...]] = {
    "en": ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"),
    "zh": ("周一", "周二", "周三", "周四", "周五", "周六", "周日"),
    "ru": ("пн", "вт", "ср", "чт", "пт", "сб", "вс"),
}
_DASH = "–"


@dataclass(frozen=True, kw_only=True, slots=True)
class Row:
    """``low``, ``middle``, ``high`` as people read them."""

    label: str
    low: str
    middle: str
    high: str


@dataclass(frozen=True, kw_only=True, slots=True)
class Told:
    """``head``: the answer in a sentence or two; ``rows``; ``days`` the table of coming days, its heading first."""

    head: tuple[str, ...]
    rows: tuple[Row, ...]
    days: tuple[tuple[str, ...], ...]
    notes: tuple[str, ...]

    def as_dict(self) -> dict[str, Any]:
        return {
            "head": list(self.head),
            "rows": [[row.label, row.low, row.middle, row.high] for row in self.rows],
            "days": [list(day) for day in self.days],
            "notes": list(self.notes),
        }


def tell(answer: Mapping[str, Any], language: Language) -> Told:
    """``answer`` as ``answers.answer`` made it."""
    teller = _Teller(answer, language)
    return Told(head=teller.head(), rows=teller.rows(), days=teller.days(), notes=teller.notes())


class _Teller:
    def __init__(self, answer: Mapping[str, Any], language: Language) -> None:
        self.a, self.language = answer, language
        self.zone = ZoneInfo(answer["zone"])

    def say(self, key: str, **fill: object) -> str:
        return say(key, self.language, **fill)

    def instant(self, at: float | None) -> str:
        if at is None:
            return self.say("plan_not_within", time=self.instant(self.a["horizon"]))
        local = datetime.fromtimestamp(at, self.zone)
        return f"{_WEEKDAYS[self.language][local.weekday()]} {local:%m-%d %H:%M}"

    def span(self, seconds: float | None) -> str:
        if seconds is None:
            return _DASH
        minutes = round(abs(seconds) / 60)
        sign = "-" if seconds < 0 and minutes else ""
        return f"{sign}{minutes // 60}:{minutes % 60:02d} {self.say('plan_hours')}"

    def seconds(self, value: float | None) -> str:
        return _DASH if value is None else f"{value:.0f} s"

    def number(self, value: float | None) -> str:
        if value is None:
            return _DASH
        return f"{value:.1f}" if abs(value) < 20 else f"{value:,.0f}"

    def percent(self, share: float | None) -> str:
        return _DASH if share is None else f"{100 * share:.0f} %"

    def row(self, label: str, told: Mapping[str, float | None], show: Any) -> Row:
        return Row(label=label, low=show(told["low"]), middle=show(told["middle"]), high=show(told["high"]))

    def agents(self, count: float | None) -> str:
        if count is None:
            return self.say("plan_no_number")
        return f"{count:.0f}"

    def head(self) -> tuple[str, ...]:
        deadline = self.a["deadline"]
        if deadline is None:
            return ()
        time, sure = self.instant(deadline["at"]), self.percent(deadline["sure"])
        if deadline["recommended"] is not None:
            return (self.say("plan_recommended", agents=deadline["recommended"], time=time, sure=sure),)
        best = deadline["best_share"]
        low, high = self.percent(best["low"]), self.percent(best["high"])
        return (self.say("plan_never", time=time, sure=sure, low=low, high=high),)

    def rows(self) -> tuple[Row, ...]:
        a, duration, pace = self.a, self.a["duration"], self.a["pace"]
        rows = []
        if duration["first_pass"]["low"] is not None:
            rows.append(self.row(self.say("plan_first_pass"), duration["first_pass"], self.instant))
        rows += [
            self.row(self.say("plan_half"), duration["half"], self.instant),
            self.row(self.say("plan_finish", share=self.percent(a["share"])), duration["finish"], self.instant),
            self.row(self.say("plan_all"), duration["all"], self.instant),
        ]
        if a["deadline"] is not None:
            rows += self._deadline(a["deadline"])
        rows += [
            self.row(self.say("plan_talks_an_hour"), pace["talks_an_hour"], self.number),
            self.row(self.say("plan_talks_an_agent_hour"), pace["talks_an_agent_hour"], self.number),
        ]
        if a["one_more"] is not None:
            rows += [
                self.row(self.say("plan_one_more"), a["one_more"]["talks_an_hour"], self.number),
                self.row(self.say("plan_one_more_successes"), a["one_more"]["successes_a_day"], self.number),
                self.row(self.say("plan_earlier"), a["one_more"]["earlier_s"], self.span),
            ]
        if a["other_limit"] is not None:
            rows += self._other_limit(a["other_limit"])
        rows += [
            self.row(self.say("plan_lines"), a["lines"]["needed"], self.number),
            self.row(self.say("plan_busy"), pace["busy"], self.percent),
            self.row(self.say("plan_ready"), pace["ready"], self.percent),
            self.row(self.say("plan_answer_rate"), pace["answer_rate"], self.percent),
            self.row(self.say("plan_handle_s"), pace["handle_s"], self.seconds),
        ]
        return tuple(rows)

    def _deadline(self, deadline: Mapping[str, Any]) -> list[Row]:
        chance = self.percent(deadline["chance"])
        return [
            Row(label=self.say("plan_chance", time=self.instant(deadline["at"])), low="", middle=chance, high=""),
            self.row(self.say("plan_share_by"), deadline["share"], self.percent),
            self.row(self.say("plan_needed"), deadline["needed"], self.agents),
        ]

    def _other_limit(self, other: Mapping[str, Any]) -> list[Row]:
        limit = f"{100 * other['limit']:g} %"
        return [
            self.row(self.say("plan_other_limit", limit=limit), other["talks_an_hour"], self.number),
            self.row(self.say("plan_other_finish"), other["finish"], self.instant),
            self.row(self.say("plan_later"), other["later_s"], self.span),
        ]

    def days(self) -> tuple[tuple[str, ...], ...]:
        heading = tuple(self.say(f"plan_{key}") for key in ("day", "dials", "talks", "successes", "done"))
        rows = [heading]
        for day in self.a["days"]:
            counts = (self._short(day[key], lambda v: f"{v:,.0f}") for key in ("dials", "talks", "successes"))
            rows.append((self.instant(day["at"]).rsplit(" ", 1)[0], *counts, self._short(day["done"], self.percent)))
        return tuple(rows)

    def _short(self, told: Mapping[str, float | None], show: Any) -> str:
        low, high = show(told["low"]), show(told["high"])
        return low if low == high else f"{low} {_DASH} {high}"

    def notes(self) -> tuple[str, ...]:
        history = self.a["history"]
        notes = [
            self.say("plan_range_note"),
            self.say(
                "plan_learned",
                dials=f"{history['dials']:,}",
                answers=f"{history['answers']:,}",
                days=history["days"],
                open=f"{self.a['open']:,}",
            ),
        ]
        if history["assumed"]:
            what = ", ".join(self.say(f"plan_assumed_{code}") for code in history["assumed"])
            notes.append(self.say("plan_assumed", what=what))
        notes.append(self.say("plan_lines_enough", lines=self.a["lines"]["enough"]))
        return tuple(notes)
