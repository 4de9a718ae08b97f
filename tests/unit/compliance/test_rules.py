"""The rules that are no pack's: number, clock, do-not-call, freeze, consent, gaps, fate, quota. And what they say."""

from __future__ import annotations

import dataclasses
from datetime import date
from typing import Any

import pytest

from callwright.compliance import (
    BanEntry,
    ConsentEntry,
    DayKind,
    DialPermit,
    FreezeEntry,
    LedgerEntry,
    NoHolidays,
    PastCall,
    PastKind,
    Refusal,
    RuleBook,
    next_open_at,
    next_permitted_at,
    past_kind,
    permit_dial,
    refusals_now,
    why,
)
from callwright.kit.errors import BadInput
from callwright.model.attempt import Mode
from callwright.model.campaign import CallQuota, DayPart, Hours
from callwright.model.outcome import STANDARD_DISPOSITIONS, Outcome
from callwright.model.people import LineType, Phone

from .conftest import ALWAYS, Ask, instant

NEW_YORK = "America/New_York"
NOON = "2026-03-02 12:00"
K = PastKind


def answer(facts: Any, book: RuleBook) -> Refusal:
    refusal = permit_dial(facts, book)
    assert isinstance(refusal, Refusal)
    return refusal


def yes(facts: Any, book: RuleBook) -> bool:
    return isinstance(permit_dial(facts, book), DialPermit)


def phone(**more: Any) -> Phone:
    given = {"number": "+12125550100", "country": "US", "zones": (NEW_YORK,), **more}
    return Phone(id=1, **given)


@pytest.mark.parametrize(
    ("with_phone", "rule"),
    [
        (phone(number="2125550100"), "invalid_number"),
        (phone(number="+1212555010a"), "invalid_number"),
        (phone(number="+12125550100\n"), "invalid_number"),
        (phone(number=""), "invalid_number"),
        (phone(number="+0212555010"), "invalid_number"),
        (phone(number="+1234567890123456"), "invalid_number"),
        (phone(line_type=LineType.PREMIUM), "premium_number"),
        (phone(dead="no_such_number"), "dead_number"),
        (phone(country=""), "unknown_country"),
        (phone(zones=()), "unknown_zone"),
        (phone(zones=("Etc/Unknown",)), "unknown_zone"),
        (phone(zones=(NEW_YORK, "America/Nowhere")), "unknown_zone"),
        (phone(zones=("../../etc/passwd",)), "unknown_zone"),
    ],
)
def test_bad_numbers_and_zones_are_not_dialled(book: RuleBook, ask: Ask, with_phone: Phone, rule: str) -> None:
    asked = ask("us", NOON, phone=with_phone)
    assert (answer(asked, book).rule, answer(asked, book).until) == (rule, None)
    assert next_permitted_at(asked, book) is None


@pytest.mark.parametrize("offset", [2.01, -2.01, float("nan"), float("inf")])
def test_a_clock_that_is_off_stops_everything(book: RuleBook, ask: Ask, offset: float) -> None:
    refusal = answer(ask("us", NOON, clock_offset_s=offset), book)
    assert (refusal.rule, refusal.ours, refusal.until) == ("clock_off", True, None)


@pytest.mark.parametrize("offset", [2.0, -2.0, 0.0])
def test_two_seconds_are_tolerated(book: RuleBook, ask: Ask, offset: float) -> None:
    assert yes(ask("us", NOON, clock_offset_s=offset), book)


@pytest.mark.parametrize("now", [float("nan"), float("inf")])
def test_a_moment_that_is_none(book: RuleBook, ask: Ask, now: float) -> None:
    with pytest.raises(BadInput):
        permit_dial(dataclasses.replace(ask("us", NOON), now=now), book)


@pytest.mark.parametrize(
    ("ban", "bans"),
    [
        (BanEntry(number="+12125550100"), True),
        (BanEntry(number="+12125550101"), False),
        (BanEntry(customer_id=7), True),
        (BanEntry(customer_id=8), False),
        (BanEntry(number="+19995550100", customer_id=7), True),
        (BanEntry(number="+12125550100", scope="campaign", campaign_id=1), True),
        (BanEntry(number="+12125550100", scope="campaign", campaign_id=2), False),
        (BanEntry(number="+1212", scope="prefix"), True),
        (BanEntry(number="+1213", scope="prefix"), False),
        (BanEntry(number="+12125550100", scope="galaxy"), True),
        (BanEntry(number="+12125550100", at=9e9), True),
        (BanEntry(number="+12125550100", until=1.0), False),
    ],
)
def test_do_not_call(book: RuleBook, ask: Ask, ban: BanEntry, bans: bool) -> None:
    asked = ask("us", NOON, bans=(BanEntry(customer_id=99), ban), callback_promised=True)
    if bans:
        assert (answer(asked, book).rule, answer(asked, book).until) == ("do_not_call", None)
        assert next_permitted_at(asked, book) is None
    else:
        assert yes(asked, book)


def test_a_person_without_an_id_is_nobody_elses(book: RuleBook, ask: Ask) -> None:
    assert yes(ask("us", NOON, customer_id=None, bans=(BanEntry(number="+1999"),)), book)
    consent = ConsentEntry(customer_id=7, kind="call", granted_at=0)
    assert (
        answer(ask("us", NOON, customer_id=None, consent_needed="call", consents=(consent,)), book).rule == "no_consent"
    )


def test_a_freeze_is_confirmed_timed_and_reversible(book: RuleBook, ask: Ask) -> None:
    now = ask("us", NOON).now
    freeze = FreezeEntry(
        number="+12125550100", from_at=now - 5, until_at=now + 3600, confirmed_by="lead", reason="angry"
    )
    frozen = answer(ask("us", NOON, freezes=(freeze,)), book)
    assert (frozen.rule, frozen.until) == ("frozen", now + 3600)
    assert "angry" in frozen.words.en
    assert yes(ask("us", NOON, freezes=(dataclasses.replace(freeze, confirmed_by=None),)), book)
    assert yes(ask("us", NOON, freezes=(dataclasses.replace(freeze, from_at=now + 1),)), book)
    assert yes(ask("us", NOON, freezes=(dataclasses.replace(freeze, until_at=now),)), book)
    assert yes(ask("us", NOON, freezes=(dataclasses.replace(freeze, number="+12125550101"),)), book)
    by_person = dataclasses.replace(freeze, number=None, customer_id=7, until_at=None)
    assert answer(ask("us", NOON, freezes=(by_person,)), book).until is None
    chain = dataclasses.replace(freeze, from_at=now + 1800, until_at=now + 7200)
    assert answer(ask("us", NOON, freezes=(freeze, chain)), book).until == now + 7200


def test_the_campaigns_own_consent(book: RuleBook, ask: Ask) -> None:
    asked = ask("us", NOON, consent_needed="newsletter")
    refusal = answer(asked, book)
    assert (refusal.rule, refusal.pack, refusal.until) == ("no_consent", None, None)
    coming = ConsentEntry(customer_id=7, kind="newsletter", granted_at=asked.now + 60)
    assert answer(dataclasses.replace(asked, consents=(coming,)), book).until == asked.now + 60
    revoked = ConsentEntry(customer_id=7, kind="newsletter", granted_at=0, revoked_at=asked.now - 1)
    assert "revoked" in answer(dataclasses.replace(asked, consents=(revoked,)), book).words.en


def test_a_consent_that_ends_before_the_hours_begin(book: RuleBook, ask: Ask) -> None:
    asked = ask("us", "2026-03-02 22:00", consent_needed="call")
    ends = instant("2026-03-03 07:00", NEW_YORK)
    short = ConsentEntry(customer_id=7, kind="call", granted_at=0, expires_at=ends)
    assert next_permitted_at(dataclasses.replace(asked, consents=(short,)), book) is None
    longer = dataclasses.replace(short, expires_at=ends + 7200)
    assert next_permitted_at(dataclasses.replace(asked, consents=(longer,)), book) == instant(
        "2026-03-03 08:00", NEW_YORK
    )


def test_one_call_at_a_time(book: RuleBook, ask: Ask) -> None:
    for flag in ("live_on_number", "live_on_lead"):
        asked = ask("us", NOON, min_gap_s=600, **{flag: True})
        refusal = answer(asked, book)
        assert (refusal.rule, refusal.until) == ("live_attempt", asked.now + 600)
        assert next_permitted_at(asked, book) == asked.now + 600


def test_the_minimum_gap_is_of_the_number_and_of_the_lead(book: RuleBook, ask: Ask) -> None:
    asked = ask("us", NOON, min_gap_s=600.0, callback_promised=True)
    before = asked.now - 599
    same_number = PastCall(before, "+12125550100", K.ATTEMPT, 9, "survey")
    same_lead = PastCall(before, "+19995550100", K.ATTEMPT, 1, "sales")
    neither = PastCall(before, "+19995550100", K.ATTEMPT, 9, "sales")
    for call in (same_number, same_lead):
        refusal = answer(dataclasses.replace(asked, history=(call,)), book)
        assert (refusal.rule, refusal.until) == ("min_gap", asked.now + 1)
        assert yes(dataclasses.replace(asked, history=(call._replace(at=before - 1),)), book)
    assert yes(dataclasses.replace(asked, history=(neither,)), book)


def test_an_unknown_fate_is_not_redialled_by_itself(book: RuleBook, ask: Ask) -> None:
    asked = ask("us", NOON, mode=Mode.PREDICTIVE)
    call = PastCall(asked.now - 3600, "+12125550100", K.UNKNOWN_FATE, 9, "sales")
    for mode in (Mode.PREDICTIVE, Mode.PROGRESSIVE, Mode.PREVIEW):
        refusal = answer(dataclasses.replace(asked, history=(call,), mode=mode), book)
        assert (refusal.rule, refusal.until) == ("unknown_fate", None)
    assert yes(dataclasses.replace(asked, history=(call,), mode=Mode.MANUAL), book)


@pytest.mark.parametrize(
    ("outcome", "disposition", "rang", "kind"),
    [
        (Outcome.TALKED, "success", True, K.CONVERSATION),
        (Outcome.TALKED, "interested", True, K.CONVERSATION),
        (Outcome.TALKED, "callback", True, K.CONVERSATION),
        (Outcome.TALKED, "not_convenient", True, K.CONVERSATION),
        (Outcome.TALKED, None, True, K.CONVERSATION),
        (Outcome.TALKED, "refused", True, K.REFUSAL),
        (Outcome.TALKED, "not_interested", True, K.REFUSAL),
        (Outcome.TALKED, "never_call", True, K.REFUSAL),
        (Outcome.MESSAGE_PLAYED, "message_played", True, K.ATTEMPT),
        (Outcome.MESSAGE_PLAYED, "never_call", True, K.REFUSAL),
        (Outcome.ABANDONED, "abandoned", True, K.ABANDONED),
        (Outcome.HUNG_UP_WAITING, "hung_up_waiting", True, K.ATTEMPT),
        (Outcome.MACHINE, "machine", True, K.ATTEMPT),
        (Outcome.NO_ANSWER, None, True, K.ATTEMPT),
        (Outcome.BUSY, None, False, K.ATTEMPT),
        (None, None, True, K.ATTEMPT),
        (Outcome.UNKNOWN, None, True, K.UNKNOWN_FATE),
        (Outcome.CARRIER_FAILURE, None, False, None),
        (Outcome.OUR_FAILURE, None, True, None),
        (Outcome.DROPPED, None, False, None),
        (Outcome.DROPPED, None, True, K.ATTEMPT),
    ],
)
def test_how_a_call_counts(outcome: Outcome | None, disposition: str | None, rang: bool, kind: PastKind | None) -> None:
    chosen = STANDARD_DISPOSITIONS[disposition] if disposition else None
    assert past_kind(outcome, chosen, rang=rang) is kind


# --- hours -------------------------------------------------------------------------------------------------------


def test_every_candidate_zone_must_be_open(book: RuleBook, ask: Ask) -> None:
    zones = ("America/New_York", "America/Los_Angeles")
    asked = ask("us", "2026-03-02 10:59", phone=phone(zones=zones))
    refusal = answer(asked, book)
    assert (refusal.rule, refusal.pack) == ("outside_hours", "us-federal")
    assert refusal.until == instant("2026-03-02 08:00", "America/Los_Angeles")
    assert yes(dataclasses.replace(asked, now=asked.now + 60), book)
    assert not yes(ask("us", "2026-03-02 21:00", phone=phone(zones=zones)), book)


def test_the_persons_own_zone_replaces_the_numbers(book: RuleBook, ask: Ask) -> None:
    zones = ("America/New_York", "America/Los_Angeles")
    assert yes(ask("us", "2026-03-02 08:30", phone=phone(zones=zones), person_zone=NEW_YORK), book)
    assert answer(ask("us", NOON, person_zone="Mars/Base"), book).rule == "unknown_zone"
    # the cautious default wants both: a Portuguese number of a person who lives in New York
    asked = ask("portugal", "2026-03-02 10:00", person_zone=NEW_YORK)
    assert answer(asked, book).until == instant("2026-03-02 09:00", NEW_YORK)
    assert answer(dataclasses.replace(asked, now=instant("2026-03-02 15:30", NEW_YORK)), book).rule == "outside_hours"


def test_campaign_hours_narrow_and_never_widen(book: RuleBook, ask: Ask) -> None:
    mornings = Hours(from_minute=600, to_minute=660, weekdays=frozenset({0}))
    refusal = answer(ask("us", NOON, campaign_hours=mornings), book)
    assert (refusal.rule, refusal.pack, refusal.until) == ("outside_hours", None, instant("2026-03-09 10:00", NEW_YORK))
    assert yes(ask("us", "2026-03-02 10:30", campaign_hours=mornings), book)
    assert answer(ask("us", "2026-03-02 07:00", campaign_hours=ALWAYS), book).pack == "us-federal"


@pytest.mark.parametrize("hours", [Hours(weekdays=frozenset()), Hours(from_minute=1200, to_minute=540)])
def test_hours_that_never_open(book: RuleBook, ask: Ask, hours: Hours) -> None:
    asked = ask("us", NOON, campaign_hours=hours)
    assert (answer(asked, book).rule, answer(asked, book).until) == ("outside_hours", None)
    assert next_permitted_at(asked, book) is None


def test_chinas_swapped_days(book: RuleBook, ask: Ask) -> None:
    """Saturday 2026-02-14 is worked for the spring festival: who calls Monday to Friday calls on it."""
    consents = (ConsentEntry(customer_id=7, kind="call", granted_at=0),)
    work_week = Hours(from_minute=0, to_minute=1440)
    assert yes(ask("china", "2026-02-14 10:00", consents=consents, campaign_hours=work_week), book)
    assert not yes(ask("china", "2026-02-07 10:00", consents=consents, campaign_hours=work_week), book)
    only_mondays = Hours(from_minute=0, to_minute=1440, weekdays=frozenset({0}))
    assert not yes(ask("china", "2026-02-14 10:00", consents=consents, campaign_hours=only_mondays), book)
    festival = ask("china", "2026-02-16 10:00", consents=consents, campaign_hours=work_week)
    assert answer(festival, book).rule == "holiday"
    assert next_permitted_at(festival, book) == instant("2026-02-24 09:00", "Asia/Shanghai")


def test_the_next_opening_for_a_call_back(book: RuleBook, ask: Ask) -> None:
    asked = ask("us", NOON, bans=(BanEntry(customer_id=7),))
    assert next_open_at(asked, book, asked.now) == asked.now
    assert next_open_at(asked, book, instant("2026-03-02 23:00", NEW_YORK)) == instant("2026-03-03 08:00", NEW_YORK)
    assert next_open_at(ask("us", NOON, phone=phone(zones=())), book, asked.now) is None


# --- quota -------------------------------------------------------------------------------------------------------

PARTS = (
    DayPart(name="morning", from_minute=540, to_minute=720),
    DayPart(name="evening", from_minute=1020, to_minute=1200),
)


def tried(*whens: str) -> tuple[PastCall, ...]:
    return tuple(PastCall(instant(when, NEW_YORK), "+12125550100", K.ATTEMPT, 1, "sales") for when in whens)


@pytest.mark.parametrize(
    ("when", "tries", "until"),
    [
        ("2026-03-02 10:00", (), None),
        ("2026-03-02 12:30", (), "2026-03-02 17:00"),  # between the parts
        ("2026-03-02 10:00", ("2026-03-02 09:10",), "2026-03-02 17:00"),
        ("2026-03-02 18:00", ("2026-03-02 09:10",), None),
        ("2026-03-02 18:00", ("2026-03-02 09:10", "2026-03-02 17:10"), "2026-03-03 09:00"),
        ("2026-03-02 10:00", ("2026-03-01 09:10",), None),  # yesterday's morning is another part
        # three in two days
        ("2026-03-02 18:00", ("2026-03-01 09:10", "2026-03-01 17:10", "2026-03-02 09:10"), "2026-03-03 09:00"),
        ("2026-03-02 18:00", ("2026-02-28 09:10", "2026-03-01 17:10", "2026-03-02 09:10"), None),
    ],
)
def test_quota_by_part_of_day(book: RuleBook, ask: Ask, when: str, tries: tuple[str, ...], until: str | None) -> None:
    quota = CallQuota(parts=PARTS, most_per_part=1, most=3, days=2)
    asked = ask("us", when, quota=quota, history=tried(*tries))
    if until is None:
        assert yes(asked, book)
        return
    refusal = answer(asked, book)
    assert refusal.rule in ("quota_part_of_day", "quota_days")
    assert refusal.until == instant(until, NEW_YORK)
    assert yes(dataclasses.replace(asked, callback_promised=True), book)
    other = tuple(call._replace(campaign_id=2) for call in asked.history)
    if any(part.from_minute <= int(when[11:13]) * 60 + int(when[14:]) < part.to_minute for part in PARTS):
        assert yes(dataclasses.replace(asked, history=other), book)


def test_quota_of_six_in_two_days(book: RuleBook, ask: Ask) -> None:
    quota = CallQuota(most=6, days=2)
    full = tried(*(f"2026-03-0{day} {hour}:00" for day in (2, 1) for hour in (18, 14, 10)))
    refusal = answer(ask("us", "2026-03-02 20:00", quota=quota, history=full), book)
    assert (refusal.rule, refusal.until) == ("quota_days", instant("2026-03-03 00:00", NEW_YORK))
    asked = ask("us", "2026-03-02 20:00", quota=quota, history=full)
    assert next_permitted_at(asked, book) == instant("2026-03-03 08:00", NEW_YORK)


def test_a_quota_that_never_has_room(book: RuleBook, ask: Ask) -> None:
    refusal = answer(ask("us", NOON, quota=CallQuota(most=0, days=1)), book)
    assert (refusal.rule, refusal.until) == ("quota_days", None)


# --- words -------------------------------------------------------------------------------------------------------


def test_every_reason_at_once(book: RuleBook, ask: Ask) -> None:
    asked = ask("us", "2026-03-02 22:00", bans=(BanEntry(customer_id=7),), consent_needed="x", live_on_lead=True)
    assert [refusal.rule for refusal in refusals_now(asked, book)] == [
        "do_not_call", "no_consent", "live_attempt", "outside_hours",
    ]  # fmt: skip


def test_why_answers_in_words(book: RuleBook, ask: Ask) -> None:
    late = ask("us", "2026-03-02 22:00")
    rows = [LedgerEntry.of(permit_dial(ask("us", NOON), book)), LedgerEntry.of(permit_dial(late, book))]
    said = why(late, book, rows, "en")
    assert not said.may_call_now
    assert said.next_at == instant("2026-03-03 08:00", NEW_YORK)
    assert said.lines == (
        "It is 2026-03-02 22:00 America/New_York; calls are allowed 08:00-21:00 (us-federal); "
        "not before 2026-03-03 08:00 America/New_York.",
        "May be called next at 2026-03-03 08:00 America/New_York.",
        "2026-03-02 22:00 America/New_York: +12125550100 was refused by outside_hours under us-federal@2024-02-08.",
        "2026-03-02 12:00 America/New_York: +12125550100 was permitted under us-federal@2024-02-08.",
    )
    assert why(late, book, rows, "zh").lines[0].startswith("当地时间 2026-03-02 22:00")
    assert why(late, book, rows, "ru").lines[0].startswith("Сейчас 2026-03-02 22:00")
    assert why(ask("us", NOON), book).lines == ("May be called now.",)
    assert "within 60 days" in why(ask("us", NOON, bans=(BanEntry(customer_id=7),)), book).lines[-1]


def test_every_rule_has_its_sentence_in_every_language(book: RuleBook, ask: Ask) -> None:
    now = ask("us", NOON).now
    call = PastCall(now - 60, "+12125550100", K.CONVERSATION, 1, "debt")
    many = tuple(call._replace(at=now - 60 * i, kind=K.ATTEMPT) for i in range(1, 9))
    consents = (ConsentEntry(customer_id=7, kind="call", granted_at=0),)
    cases = [
        ask("us", NOON, clock_offset_s=3.0),
        ask("us", NOON, phone=phone(number="x")),
        ask("us", NOON, phone=phone(line_type=LineType.PREMIUM)),
        ask("us", NOON, phone=phone(dead="fax")),
        ask("us", NOON, phone=phone(country="")),
        ask("us", NOON, phone=phone(zones=())),
        ask("us", NOON, bans=(BanEntry(customer_id=7, reason="asked"),)),
        ask("us", NOON, freezes=(FreezeEntry(customer_id=7, confirmed_by="li"),)),
        ask("us", NOON, consent_needed="x"),
        ask("france", NOON, caller_id="+33612345678"),
        ask("russia", NOON, screen_label="x" * 40, consents=consents),
        ask("us", NOON, live_on_number=True),
        ask("us", "2026-03-02 22:00"),
        ask("france", "2026-07-14 11:00"),
        ask("us", NOON, purpose="debt", history=(call,)),
        ask("us", NOON, purpose="debt", history=many),
        ask("us", NOON, min_gap_s=600, history=(call,)),
        ask("us", NOON, history=(call._replace(kind=K.UNKNOWN_FATE),)),
        ask("us", "2026-03-02 12:30", quota=CallQuota(parts=PARTS)),
        ask("us", NOON, quota=CallQuota(most=1), history=(call,)),
    ]
    families = set()
    for facts in cases:
        refusal = answer(facts, book)
        families.add(refusal.family)
        assert refusal.words.en.endswith(".")
        assert refusal.words.zh.endswith("。")
        assert refusal.words.ru.endswith(".")
        assert len({refusal.words.en, refusal.words.zh, refusal.words.ru}) == 3
    from callwright.compliance.say import _SAY

    assert families == set(_SAY)


# --- corners found by breaking the code on purpose ---------------------------------------------------------------

CHANGING = """
name = "changing"
country = "JP"
zone = "Asia/Tokyo"
[[version]]
from = 2020-01-01
hours = [{ days = "mon-fri", open = ["09:00-20:00"], source = "s" }]
holidays = { open = [], swapped_days = true, source = "s" }
cap = [{ most = 1, days = 30, source = "s" }]
[[version]]
from = 2026-03-04
hours = [{ days = "mon-fri", open = ["07:00-20:00"], source = "s" }]
cap = []
"""


class SaturdayIsWorked:
    def day_kind(self, country: str, region: str, day: date) -> DayKind:
        return DayKind.SWAPPED_WORKDAY if day == date(2026, 3, 14) else DayKind.PLAIN


def test_a_looser_version_is_met_the_moment_it_begins(ask: Ask) -> None:
    book = RuleBook.load(holidays=NoHolidays(), own={"changing.toml": CHANGING})
    tokyo = phone(number="+81312345678", country="JP", zones=("Asia/Tokyo",))
    evening = ask("us", NOON, phone=tokyo)
    call = PastCall(evening.now - 86400, tokyo.number, K.ATTEMPT, 1, "sales")
    capped = dataclasses.replace(evening, now=instant("2026-03-03 12:00", "Asia/Tokyo"), history=(call,))
    refusal = answer(capped, book)
    assert (refusal.rule, refusal.until) == ("cap:changing:1-in-30-days", instant("2026-03-04 00:00", "Asia/Tokyo"))
    assert next_permitted_at(capped, book) == instant("2026-03-04 07:00", "Asia/Tokyo")
    late = dataclasses.replace(evening, now=instant("2026-03-03 20:30", "Asia/Tokyo"))
    assert answer(late, book).until == instant("2026-03-04 07:00", "Asia/Tokyo")


def test_a_swapped_day_has_the_hours_of_a_working_day(ask: Ask) -> None:
    tokyo = phone(number="+81312345678", country="JP", zones=("Asia/Tokyo",))
    asked = dataclasses.replace(ask("us", NOON, phone=tokyo), now=instant("2026-03-14 10:00", "Asia/Tokyo"))
    assert yes(asked, RuleBook.load(holidays=SaturdayIsWorked(), own={"changing.toml": CHANGING}))
    assert not yes(asked, RuleBook.load(holidays=NoHolidays(), own={"changing.toml": CHANGING}))


def test_a_guaranteed_agent_does_not_excuse_a_refusal(book: RuleBook, ask: Ask) -> None:
    asked = ask("france", "2026-03-02 11:00", agent_guaranteed=True)
    call = PastCall(asked.now - 86400, asked.phone.number, K.REFUSAL, 1, "sales")
    assert answer(dataclasses.replace(asked, history=(call,)), book).rule == "cool_down:france:refusal"


def test_a_quota_in_the_night_whose_midnight_comes_twice(book: RuleBook, ask: Ask) -> None:
    """St John's, 2010-11-07: at 00:01 the clock went back to 23:01, so Sunday began before Saturday ended."""
    zone = "America/St_Johns"
    parts = (DayPart(name="late", from_minute=1410, to_minute=1420), DayPart(name="first", from_minute=0, to_minute=10))
    canada = phone(number="+17095550100", country="CA", zones=(zone,))
    asked = ask("us", NOON, phone=canada, quota=CallQuota(parts=parts, most_per_part=9))
    asked = dataclasses.replace(asked, now=instant("2010-11-06 23:45", zone))
    quota = [refusal for refusal in refusals_now(asked, book) if refusal.rule == "quota_part_of_day"]
    assert [refusal.until for refusal in quota] == [asked.now + 15 * 60]
