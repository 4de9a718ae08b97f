"""``callwright caller-id``: our numbers, how often they were shown and answered; withdrawing and giving back."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from typing import Any

from callwright.adapters.postgres import line_rows
from callwright.app.cli_values import print_json
from callwright.app.database import Database, open_database
from callwright.app.settings import Settings
from callwright.app.telephony_file import TelephonyFile, read_telephony
from callwright.app.trunk_status import print_table, said
from callwright.app.trunk_words import GIVEN_BACK, HEADINGS, SAID, WITHDRAWN
from callwright.app.why import read_phone
from callwright.dialer.answer_watch import Counts, compare
from callwright.dialer.lines import next_midnight
from callwright.dialer.ports import CallerId, LineChange
from callwright.kit.clock import iso
from callwright.kit.errors import NotFound
from callwright.kit.words import Language

_DAY_S = 86400.0


def show_caller_ids(settings: Settings, *, as_json: bool) -> None:
    known = asyncio.run(_known(settings))
    if as_json:
        print_json({"caller_ids": [asdict(each) for each in known]})
        return
    rows = [
        [
            each.number,
            "-" if each.daily_cap is None else f"{each.daily_cap}",
            f"{each.rest_s:g} s" if each.rest_s else "-",
            each.region or "-",
            SAID["withdrawn" if each.withdrawn else "in_use"].say(settings.language),
        ]
        for each in known
    ]
    print_table(("number", "daily_cap", "rest", "region", "state"), rows, settings.language)


def show_answers(settings: Settings, *, at: float | None, days: int, as_json: bool) -> None:
    answer = asyncio.run(_answers(settings, time.time() if at is None else at, days))
    if as_json:
        print_json(answer)
    else:
        _print_answers(answer, settings.language)


def withdraw_number(number: str, settings: Settings, *, reason: str) -> None:
    shown = read_phone(number, "").number

    async def deed() -> None:
        async with open_database(settings) as database:
            await line_rows.withdraw(database.store, shown, time.time(), reason)

    asyncio.run(deed())
    print(WITHDRAWN.say(settings.language).format(number=shown))


def give_number_back(number: str, settings: Settings) -> None:
    shown = read_phone(number, "").number

    async def deed() -> bool:
        async with open_database(settings) as database:
            return await line_rows.give_back(database.store, shown)

    if not asyncio.run(deed()):
        raise NotFound(f"{shown} is not withdrawn.")
    print(GIVEN_BACK.say(settings.language).format(number=shown))


async def _known(settings: Settings) -> list[CallerId]:
    async with open_database(settings) as database:
        return await _of(database, _file(settings))


def _file(settings: Settings) -> TelephonyFile:
    return read_telephony(settings.telephony, secrets=False) if settings.telephony is not None else TelephonyFile()


async def _of(database: Database, file: TelephonyFile) -> list[CallerId]:
    """The file's numbers and the database's; whether one is withdrawn is the database's word."""
    stored = {each.number: each for each in await database.store.caller_ids()}
    known = {**stored, **{each.number: each for each in file.caller_ids}}
    return [
        CallerId(
            number=each.number,
            daily_cap=each.daily_cap,
            rest_s=each.rest_s,
            region=each.region,
            withdrawn=number in stored and stored[number].withdrawn,
        )
        for number, each in known.items()
    ]


async def _answers(settings: Settings, now: float, days: int) -> dict[str, Any]:
    file = _file(settings)
    zone = file.rules.time_zone
    midnight = next_midnight(next_midnight(now, zone) - 1.5 * _DAY_S, zone)
    async with open_database(settings) as database:
        store = database.store
        known = {each.number: each for each in await _of(database, file)}
        counts = await line_rows.answers(store, now - days * _DAY_S, now)
        used = await store.line_use(hour_from=now - 3600.0, day_from=midnight)
        changes = [c for c in await line_rows.changes(store, now - days * _DAY_S, now) if c.kind == "caller_id"]
        withdrawn = await line_rows.withdrawn(store)
    everybody = _together(counts.values())
    return {
        "at": iso(now),
        "days": days,
        "caller_ids": [
            _row(number, known.get(number), counts.get(number, {}), everybody, used.shown_today, changes, withdrawn)
            for number in sorted({*known, *counts})
        ],
        "told": [
            {"at": iso(c.at), "name": c.name, "state": c.state, "words": said(c, settings.language, zone)}
            for c in changes[:20]
        ],
    }


def _together(all_counts: Any) -> Counts:
    everybody: Counts = {}
    for counts in all_counts:
        for stratum, (calls, answered) in counts.items():
            total = everybody.setdefault(stratum, [0, 0])
            total[0] += calls
            total[1] += answered
    return everybody


def _row(
    number: str,
    known: CallerId | None,
    own: Counts,
    everybody: Counts,
    shown: Mapping[str, tuple[int, float]],
    changes: Sequence[LineChange],
    withdrawn: Mapping[str, tuple[float, str]],
) -> dict[str, Any]:
    found = compare(own, everybody) if own else None
    calls = sum(n for n, _ in own.values())
    answered = sum(a for _, a in own.values())
    latest = next((c.state for c in changes if c.name == number and c.state.startswith("answers_")), None)
    state = "in_use"
    if known is not None and known.withdrawn:
        state = "withdrawn"
    elif latest == "answers_low":
        state = latest
    return {
        "number": number,
        "state": state,
        "why": withdrawn[number][1] if number in withdrawn else "",
        "daily_cap": known.daily_cap if known is not None else None,
        "rest_s": known.rest_s if known is not None else 0.0,
        "shown_today": shown.get(number, (0, 0.0))[0],
        "calls": calls,
        "rate": round(answered / calls, 4) if calls else None,
        "expected": round(found.expected, 4) if found is not None else None,
        "z": round(found.z, 2) if found is not None else None,
    }


def _print_answers(answer: dict[str, Any], language: Language) -> None:
    rows = []
    for each in answer["caller_ids"]:
        cap = "" if each["daily_cap"] is None else f" / {each['daily_cap']}"
        rows.append(
            [
                each["number"],
                SAID[each["state"]].say(language) + (f": {each['why']}" if each["why"] else ""),
                f"{each['shown_today']}{cap}",
                f"{each['calls']}",
                "-" if each["rate"] is None else f"{each['rate']:.1%}",
                "-" if each["expected"] is None else f"{each['expected']:.1%}",
                "-" if each["z"] is None else f"{each['z']:+.1f}",
            ]
        )
    print_table(("number", "state", "shown", "calls", "rate", "expected", "z"), rows, language)
    if answer["told"]:
        print(f"\n{HEADINGS['told'].say(language)}")
        for row in answer["told"]:
            print(f"  {row['at'][:19]}Z {row['words']}")
