"""The commands on people carried out: why somebody was or was not called; do-not-call and freezes.

What the rules say comes from ``compliance.why`` on the very facts the dialer would decide on; what a record's own state
says (done, waiting, tried out) is put into words here.
"""

from __future__ import annotations

import asyncio
import time
from dataclasses import replace
from typing import Any

import polars as pl

from callwright.adapters.postgres import overview, setup
from callwright.adapters.postgres.overview import LeadPlace, PastAttempt
from callwright.adapters.postgres.store import PostgresStore
from callwright.app.cli_values import print_json
from callwright.app.database import open_database
from callwright.app.settings import Settings
from callwright.app.simulated import rule_book
from callwright.app.why_words import NO_CAMPAIGN, NO_LIST, next_words, say_call, status_words
from callwright.compliance import BanEntry, DialFacts, FreezeEntry, LedgerEntry, next_permitted_at, why
from callwright.dialer.abandon_window import AbandonWindow
from callwright.dialer.opening import dial_facts
from callwright.dialer.ports import DialRequest
from callwright.dialer.state import CampaignRun
from callwright.kit.clock import iso
from callwright.kit.errors import BadInput, NotFound
from callwright.kit.words import Language, Words
from callwright.lists.numbers import read_numbers
from callwright.lists.reasons import Reason, say_reason
from callwright.model.attempt import Attempt
from callwright.model.campaign import Campaign
from callwright.model.people import OPEN_STATUSES, Lead, LineType, Phone
from callwright.pacing import make_controller

_LONGEST_LEAD = 8
"""Digits up to which a bare number is a record's, not a telephone's."""


def read_phone(text: str, country: str) -> Phone:
    """A number as typed, as the rules want it. Raises BadInput saying what is wrong with it."""
    texts = pl.DataFrame({"row": [0], "text": [text]}, schema={"row": pl.UInt32, "text": pl.String})
    (found,) = read_numbers(texts, country or None).rows(named=True)
    if found["number"] is None:
        reason = say_reason(Reason(found["reason"]), "", "en").rstrip(".")
        raise BadInput(f"{text!r} cannot be read as a telephone number ({reason}): write it as +442079460001.")
    return Phone(
        id=0,
        number=found["number"],
        country=found["country"],
        region=found["region"],
        line_type=LineType(found["line_type"]),
        carrier=found["carrier"],
        zones=tuple(zone for zone in found["zones"].split(",") if zone),
    )


def explain_person(who: str, settings: Settings, *, campaign: str | None, country: str, as_json: bool) -> None:
    answer = asyncio.run(_explain(who, settings, campaign, country))
    if as_json:
        print_json(answer)
    else:
        print("\n".join(_lines(answer)))


async def _explain(who: str, settings: Settings, campaign: str | None, country: str) -> dict[str, Any]:
    now, language = time.time(), settings.language
    async with open_database(settings) as database:
        store = database.store
        phone, places = await _find(store, who, country)
        if campaign is not None:
            await overview.campaign_id(store, campaign)
            places = [place for place in places if place.campaign == campaign]
        numbers = [p.number for place in places for p in place.lead.phones] or [phone.number]
        leads = [place.lead.id for place in places]
        entries = await overview.ledger_of(store, numbers, leads)
        calls = await overview.calls_of(store, numbers, leads)
        records = [await _record(store, place, phone, entries, now, language) for place in places]
        if not places:
            records = [await _stranger(store, phone, entries, now, language)]
        zone = _zone(phone, places)
        return {
            "asked": who,
            "number": phone.number,
            "at": iso(now),
            "records": records,
            "calls": [_call(call, zone, language) for call in calls],
        }


async def _find(store: PostgresStore, who: str, country: str) -> tuple[Phone, list[LeadPlace]]:
    """The number asked about and the records of its owner; for a record's number, that record and its first number."""
    text = who.strip()
    if text.isascii() and text.isdigit() and len(text) <= _LONGEST_LEAD:
        place = await overview.place_of_lead(store, int(text))
        if place is not None:
            if not place.lead.phones:
                raise NotFound(f"The record {text} has no telephone number.")
            return place.lead.phones[0], [place]
        if not country:
            raise NotFound(f"There is no record {text}; for a telephone number write it as +442079460001.")
    phone = read_phone(text, country)
    places = await overview.places_of_number(store, phone.number)
    for place in places:
        for known in place.lead.phones:
            if known.number == phone.number:
                phone = known  # as stored: with its own zones, and whether it is dead
    return phone, places


def _zone(phone: Phone, places: list[LeadPlace]) -> str:
    own = next((place.lead.time_zone for place in places if place.lead.time_zone), None)
    return own or (phone.zones[0] if phone.zones else "UTC")


async def _record(
    store: PostgresStore, place: LeadPlace, asked: Phone, entries: list[LedgerEntry], now: float, language: Language
) -> dict[str, Any]:
    """What holds for one record: its own state, then the rules on the number asked about."""
    lead = place.lead
    campaign = await store.campaign(place.campaign) if place.campaign is not None else None
    phone = next((known for known in lead.phones if known.number == asked.number), asked)
    own = [] if campaign is not None else [NO_CAMPAIGN]
    zone = _zone(phone, [place])
    own += status_words(lead, phone, campaign, now, zone)
    mine = [entry for entry in entries if entry.lead_id in (lead.id, None) or entry.number == phone.number]
    facts = await _facts(store, campaign or Campaign(id=0, name=""), lead, phone, now)
    answer = why(facts, rule_book(), mine, language)
    is_open = lead.status in OPEN_STATUSES and campaign is not None and phone.dead is None
    next_at = next_permitted_at(replace(facts, now=max(now, lead.next_at)), rule_book()) if is_open else None
    may_call_now = next_at is not None and next_at <= now
    own += [refusal.words for refusal in answer.refusals]
    if is_open:
        own.append(next_words(next_at, now, zone))
    return {
        "lead": lead.id,
        "list": place.list,
        "campaign": place.campaign,
        "name": lead.name,
        "status": lead.status,
        "tries": lead.tries,
        "may_call_now": may_call_now,
        "next_at": iso(next_at) if next_at is not None else None,
        "rules": [_refusal(refusal.rule, refusal.pack, refusal.until) for refusal in answer.refusals],
        "reasons": _say(own, language),
        "past": _say(answer.past, language),
    }


async def _stranger(
    store: PostgresStore, phone: Phone, entries: list[LedgerEntry], now: float, language: Language
) -> dict[str, Any]:
    """A number that no list has: what the rules would say all the same."""
    nobody = Lead(id=0, campaign_id=0, list_id=0, customer_id=0, tier=5, phones=(phone,))
    answer = why(await _facts(store, Campaign(id=0, name=""), nobody, phone, now), rule_book(), entries, language)
    return {
        "lead": None,
        "list": None,
        "campaign": None,
        "name": "",
        "status": None,
        "tries": 0,
        "may_call_now": False,
        "next_at": None,
        "rules": [_refusal(refusal.rule, refusal.pack, refusal.until) for refusal in answer.refusals],
        "reasons": _say([NO_LIST, *(refusal.words for refusal in answer.refusals)], language),
        "past": _say(answer.past, language),
    }


async def _facts(store: PostgresStore, campaign: Campaign, lead: Lead, phone: Phone, now: float) -> DialFacts:
    """The facts as the dialer would have them at this instant."""
    book = rule_book()
    attempt = Attempt(
        id=0,
        campaign_id=campaign.id,
        list_id=lead.list_id or None,
        lead_id=lead.id or None,
        customer_id=lead.customer_id or None,
        phone_id=phone.id or None,
        number=phone.number,
        mode=campaign.mode,
        dialed_at=now,
    )
    request = DialRequest(attempt=attempt, lead=lead, phone=phone)
    person = await overview.person_record(store, request, now)
    rule = book.abandon_rule(campaign.packs, campaign.country, now)
    run = CampaignRun(
        campaign=campaign,
        rule=rule,
        make_controller=lambda: make_controller("progressive"),
        window=AbandonWindow(window_s=rule.window_s),
    )
    return dial_facts(run, request, person, now, guaranteed=False)


def _refusal(rule: str, pack: str | None, until: float | None) -> dict[str, Any]:
    return {"rule": rule, "pack": pack, "until": iso(until) if until is not None else None}


def _say(words: Any, language: Language) -> list[str]:
    return [each.say(language) for each in words]


def _call(call: PastAttempt, zone: str, language: Language) -> dict[str, Any]:
    return {
        "attempt": call.id,
        "at": iso(call.at),
        "number": call.number,
        "campaign": call.campaign,
        "outcome": call.outcome,
        "disposition": call.disposition,
        "agent": call.agent,
        "talk_s": round(call.talk_s, 3),
        "words": say_call(call, zone).say(language),
    }


def _lines(answer: dict[str, Any]) -> list[str]:
    lines = [answer["number"]]
    for record in answer["records"]:
        if record["lead"] is not None:
            place = f"{record['campaign'] or '-'} / {record['list']}, {record['lead']}"
            lines.append(f"{place}{' ' + record['name'] if record['name'] else ''}: {record['status']}")
        lines += [f"  {reason}" for reason in record["reasons"]]
    lines += [f"  {call['words']}" for call in answer["calls"]]
    past = dict.fromkeys(line for record in answer["records"] for line in record["past"])
    return [*lines, *(f"  {line}" for line in past)]


# --- do-not-call and freezes --------------------------------------------------------------------------------------

_BANNED = Words(
    en="{number} is on the do-not-call list{where}.",
    zh="{number} 已列入勿扰名单{where}。",
    ru="{number} внесён в список «не звонить»{where}.",
)
_FROZEN = Words(en="{number} is frozen.", zh="{number} 已冻结。", ru="{number} заморожен.")
_LIFTED = Words(
    en="{count} freezes of {number} lifted.",
    zh="{number} 的 {count} 条冻结已解除。",
    ru="Снято заморозок с {number}: {count}.",
)


def ban_number(
    number: str, settings: Settings, *, reason: str, campaign: str | None, until_at: float | None, country: str
) -> None:
    phone = read_phone(number, country)

    async def deed() -> None:
        async with open_database(settings) as database:
            campaign_id = await overview.campaign_id(database.store, campaign) if campaign is not None else None
            entry = BanEntry(
                number=phone.number,
                scope="everywhere" if campaign is None else "campaign",
                campaign_id=campaign_id,
                at=time.time(),
                source="command line",
                reason=reason,
                until=until_at,
            )
            await setup.add_ban(database.store, entry)

    asyncio.run(deed())
    where = f" ({campaign})" if campaign else ""
    print(_BANNED.say(settings.language).format(number=phone.number, where=where))


def freeze_number(
    number: str, settings: Settings, *, by: str, reason: str, until_at: float | None, country: str
) -> None:
    phone = read_phone(number, country)
    if not by.strip():
        raise BadInput("A freeze needs a human who confirms it: give --by NAME.")

    async def deed() -> None:
        now = time.time()
        entry = FreezeEntry(number=phone.number, from_at=now, until_at=until_at, confirmed_by=by.strip(), reason=reason)
        async with open_database(settings) as database:
            await setup.add_freeze(database.store, entry)

    asyncio.run(deed())
    print(_FROZEN.say(settings.language).format(number=phone.number))


def lift_freeze(number: str, settings: Settings, *, country: str) -> None:
    phone = read_phone(number, country)

    async def deed() -> int:
        async with open_database(settings) as database:
            return await overview.lift_freezes(database.store, phone.number, time.time())

    count = asyncio.run(deed())
    if not count:
        raise NotFound(f"{phone.number} has no freeze to lift.")
    print(_LIFTED.say(settings.language).format(number=phone.number, count=count))
