"""Every number of the shared rules, held against the packs, one row each; and bad pack files."""

from __future__ import annotations

import dataclasses
from datetime import date
from importlib.resources import files

import pytest

from callwright.compliance import (
    ConsentEntry,
    DialPermit,
    NoHolidays,
    PastCall,
    PastKind,
    Refusal,
    RuleBook,
    next_permitted_at,
    permit_dial,
)
from callwright.compliance.pack_file import read_pack
from callwright.kit.errors import BadInput
from callwright.model.attempt import Mode

from .conftest import PLACES, Ask, instant

DAY = 86400.0
AT = instant("2026-03-02 12:00", "UTC")
CALL = (ConsentEntry(customer_id=7, kind="call", granted_at=0.0, proof="form 12"),)
K = PastKind

# 2026-03-02 is a Monday. (place, first lawful minute, last lawful minute, first unlawful one, day)
HOURS = [
    ("us", "2026-03-02", "08:00", "20:59", "21:00", "07:59"),
    ("us", "2026-03-08", "08:00", "20:59", "21:00", "07:59"),
    ("fl", "2026-03-02", "08:00", "19:59", "20:00", "07:59"),
    ("ok", "2026-03-02", "08:00", "19:59", "20:00", "07:59"),
    ("md", "2026-03-02", "08:00", "19:59", "20:00", "07:59"),
    ("wa", "2026-03-02", "08:00", "19:59", "20:00", "07:59"),
    ("tx", "2026-03-02", "09:00", "20:59", "21:00", "08:59"),
    ("tx", "2026-03-07", "09:00", "20:59", "21:00", "08:59"),
    ("tx", "2026-03-08", "12:00", "20:59", "21:00", "11:59"),
    ("puerto_rico", "2026-03-08", "08:00", "20:59", "21:00", "07:59"),
    ("reunion", "2026-03-02", "10:00", "12:59", "13:00", "09:59"),
    ("canada", "2026-03-02", "09:00", "21:29", "21:30", "08:59"),
    ("canada", "2026-03-07", "10:00", "17:59", "18:00", "09:59"),
    ("canada", "2026-03-08", "10:00", "17:59", "18:00", "09:59"),
    ("france", "2026-03-02", "10:00", "12:59", "13:00", "09:59"),
    ("france", "2026-03-06", "14:00", "19:59", "20:00", "13:59"),
    ("china", "2026-03-02", "09:00", "11:59", "12:00", "08:59"),
    ("china", "2026-03-02", "14:00", "19:59", "20:00", "13:59"),
    ("india", "2026-03-02", "10:00", "20:59", "21:00", "09:59"),
    # no hours of their own in the shared rules: the cautious default, Mon-Sat 9-20
    ("uk", "2026-03-02", "09:00", "19:59", "20:00", "08:59"),
    ("germany", "2026-03-07", "09:00", "19:59", "20:00", "08:59"),
    ("russia", "2026-03-02", "09:00", "19:59", "20:00", "08:59"),
    ("portugal", "2026-03-07", "09:00", "19:59", "20:00", "08:59"),
]


def allowed(facts: object, book: RuleBook) -> bool:
    return isinstance(permit_dial(facts, book), DialPermit)  # type: ignore[arg-type]  # facts come from the fixture


def rule_of(facts: object, book: RuleBook) -> str:
    answer = permit_dial(facts, book)  # type: ignore[arg-type]  # facts come from the fixture
    assert isinstance(answer, Refusal)
    return answer.rule


@pytest.mark.parametrize(("place", "day", "first", "last", "after", "before"), HOURS)
def test_hours(book: RuleBook, ask: Ask, place: str, day: str, first: str, last: str, after: str, before: str) -> None:
    more = {"consents": CALL, "caller_id": "+911409999999" if place == "india" else None}
    assert allowed(ask(place, f"{day} {first}", **more), book)
    assert allowed(ask(place, f"{day} {last}", **more), book)
    assert rule_of(ask(place, f"{day} {after}", **more), book) == "outside_hours"
    assert rule_of(ask(place, f"{day} {before}", **more), book) == "outside_hours"


@pytest.mark.parametrize("place", ["france", "uk", "germany", "russia", "portugal"])
def test_closed_on_sunday(book: RuleBook, ask: Ask, place: str) -> None:
    assert rule_of(ask(place, "2026-03-08 12:00", consents=CALL), book) == "outside_hours"


def test_closed_on_saturday_in_france(book: RuleBook, ask: Ask) -> None:
    assert rule_of(ask("france", "2026-03-07 11:00"), book) == "outside_hours"


@pytest.mark.parametrize(
    ("place", "when"),
    [
        ("france", "2026-07-14 11:00"),  # Tuesday, national day
        ("reunion", "2026-07-14 11:00"),
        ("reunion", "2027-12-20 11:00"),  # abolition of slavery: not a holiday in France
        ("china", "2026-10-01 10:00"),  # national day
        ("china", "2026-02-20 10:00"),  # a Friday of the spring festival, worked off on a Saturday
        ("germany", "2026-10-03 10:00"),
        ("portugal", "2026-04-25 10:00"),
    ],
)
def test_public_holidays(book: RuleBook, ask: Ask, place: str, when: str) -> None:
    assert rule_of(ask(place, when, consents=CALL), book) == "holiday"
    assert allowed(ask(place, when, consents=CALL), RuleBook(book.packs.values(), NoHolidays()))


ABANDON = [
    # country, limit, window, clock, wait, ring, cool-down, message, false machines count
    ("US", 0.03, 30 * DAY, "greeting_end", 2, 15, 0, True, False),
    ("GB", 0.03, DAY, "connect", 2, 15, 72 * 3600, True, True),
    ("CA", 0.05, 30 * DAY, "greeting_end", 2, 15, 0, False, False),
    ("DE", 0.03, DAY, "connect", 2, 15, 0, True, False),  # the cautious default
    ("JP", 0.03, DAY, "connect", 2, 15, 0, True, False),
]


@pytest.mark.parametrize(
    ("country", "limit", "window_s", "clock", "wait", "ring", "cool", "message", "machines"), ABANDON
)
def test_abandon_numbers(
    book: RuleBook, country: str, limit: float, window_s: float, clock: str, wait: float, ring: float, cool: float,
    message: bool, machines: bool,
) -> None:  # fmt: skip
    rule = book.abandon_rule((), country, AT)
    assert (rule.limit, rule.window_s, rule.clock, rule.wait_limit_s) == (limit, window_s, clock, wait)
    assert (rule.min_ring_s, rule.redial_cool_down_s, rule.identification_message) == (ring, cool, message)
    assert rule.false_machines_count is machines


def test_strictest_of_each_abandon_number(book: RuleBook) -> None:
    rule = book.abandon_rule(("canada", "us-federal"), "GB", AT)
    assert (rule.limit, rule.window_s, rule.clock) == (0.03, DAY, "connect")
    assert (rule.redial_cool_down_s, rule.identification_message) == (72 * 3600, True)
    assert book.abandon_rule(("canada",), "US", AT).pack == "us-federal"


def test_a_campaign_target_only_lowers_the_limit(book: RuleBook) -> None:
    assert book.abandon_rule((), "CA", AT, campaign_target=0.02).limit == 0.02
    assert book.abandon_rule((), "CA", AT, campaign_target=0.20).limit == 0.05


def calls(book_now: float, number: str, kind: PastKind, *ages_s: float, purpose: str = "sales") -> tuple[PastCall, ...]:
    return tuple(PastCall(book_now - age, number, kind, 9, purpose) for age in sorted(ages_s))


CAPS = [
    # place, purpose, calls allowed before, window, rule
    ("us", "debt", 7, 7 * DAY, "cap:us-reg-f:7-in-7-days"),
    ("fl", "sales", 3, DAY, "cap:us-fl:3-in-24-hours"),
    ("ok", "sales", 3, DAY, "cap:us-ok:3-in-24-hours"),
    ("md", "sales", 3, DAY, "cap:us-md:3-in-24-hours"),
    ("france", "sales", 4, 30 * DAY, "cap:france:4-in-30-days"),
    ("portugal", "sales", 3, DAY, "cap:international:3-in-24-hours"),
]


@pytest.mark.parametrize(("place", "purpose", "most", "window_s", "rule"), CAPS)
def test_caps(book: RuleBook, ask: Ask, place: str, purpose: str, most: int, window_s: float, rule: str) -> None:
    base = ask(place, "2026-03-02 11:00", purpose=purpose, customer_id=7)
    ages = [window_s * (i + 1) / (most + 1) for i in range(most)]
    other = "+19999999999"  # another number of the same person counts
    full = calls(base.now, other, K.ATTEMPT, *ages, purpose=purpose)
    assert rule_of(dataclasses.replace(base, history=full), book) == rule
    assert allowed(dataclasses.replace(base, history=full[1:]), book)
    refusal = permit_dial(dataclasses.replace(base, history=full), book)
    assert isinstance(refusal, Refusal)
    assert refusal.until == full[-1].at + window_s
    aged = (*full[:-1], full[-1]._replace(at=base.now - window_s))
    assert allowed(dataclasses.replace(base, history=aged), book)


@pytest.mark.parametrize("place", ["us", "fl"])
def test_caps_per_subject_leave_other_subjects_alone(book: RuleBook, ask: Ask, place: str) -> None:
    base = ask(place, "2026-03-02 11:00", purpose="debt" if place == "us" else "sales")
    history = calls(base.now, base.phone.number, K.ATTEMPT, *(3600.0 * i for i in range(1, 9)), purpose="survey")
    assert allowed(dataclasses.replace(base, history=history), book)


def test_reg_f_is_for_debts_only(book: RuleBook, ask: Ask) -> None:
    base = ask("us", "2026-03-02 11:00", purpose="sales", packs=("us-reg-f",))
    history = calls(base.now, base.phone.number, K.CONVERSATION, *(3600.0 * i for i in range(1, 9)))
    assert allowed(dataclasses.replace(base, history=history), book)


COOL_DOWNS = [
    ("us", "debt", K.CONVERSATION, 7 * DAY, "cool_down:us-reg-f:conversation"),
    ("us", "debt", K.REFUSAL, 7 * DAY, "cool_down:us-reg-f:conversation"),
    ("france", "sales", K.REFUSAL, 60 * DAY, "cool_down:france:refusal"),
    ("uk", "sales", K.ABANDONED, 72 * 3600.0, "cool_down:uk:abandoned"),
]


@pytest.mark.parametrize(("place", "purpose", "kind", "span_s", "rule"), COOL_DOWNS)
def test_cool_downs(
    book: RuleBook, ask: Ask, place: str, purpose: str, kind: PastKind, span_s: float, rule: str
) -> None:
    base = ask(place, "2026-03-02 11:00", purpose=purpose)
    inside = dataclasses.replace(base, history=calls(base.now, "+19999999999", kind, span_s - 1, purpose=purpose))
    refusal = permit_dial(inside, book)
    assert isinstance(refusal, Refusal)
    assert (refusal.rule, refusal.until) == (rule, base.now + 1)
    outside = dataclasses.replace(base, history=calls(base.now, "+19999999999", kind, span_s, purpose=purpose))
    assert allowed(outside, book)


def test_uk_redial_after_an_abandon_with_an_agent_guaranteed(book: RuleBook, ask: Ask) -> None:
    base = ask("uk", "2026-03-02 11:00", agent_guaranteed=True)
    assert allowed(dataclasses.replace(base, history=calls(base.now, base.phone.number, K.ABANDONED, 60.0)), book)


def test_a_promised_call_back_lifts_the_rest_after_a_conversation_only(book: RuleBook, ask: Ask) -> None:
    debt = ask("us", "2026-03-02 11:00", purpose="debt", callback_promised=True)
    assert allowed(
        dataclasses.replace(debt, history=calls(debt.now, debt.phone.number, K.CONVERSATION, 60.0, purpose="debt")),
        book,
    )
    assert rule_of(dataclasses.replace(debt, now=debt.now + 12 * 3600), book) == "outside_hours"
    french = ask("france", "2026-03-02 11:00", callback_promised=True)
    history = calls(french.now, french.phone.number, K.REFUSAL, DAY)
    assert rule_of(dataclasses.replace(french, history=history), book) == "cool_down:france:refusal"


@pytest.mark.parametrize(
    ("place", "before", "after", "more", "kind"),
    [
        ("us", "2024-02-07 12:00", "2024-02-08 12:00", {"ai_voice": True}, "artificial_voice"),
        ("puerto_rico", "2024-02-07 12:00", "2024-02-08 12:00", {"ai_voice": True}, "artificial_voice"),
        ("us", "2024-02-07 12:00", "2024-02-08 12:00", {"mode": Mode.MESSAGE}, "artificial_voice"),
        ("france", "2026-08-10 15:00", "2026-08-11 15:00", {}, "call"),
        ("russia", None, "2025-09-01 12:00", {}, "call"),
        ("germany", None, "2026-03-02 12:00", {}, "call"),
        ("china", None, "2026-03-02 10:00", {}, "call"),
        ("india", None, "2026-03-02 12:00", {"caller_id": "+911600123456"}, "call"),
    ],
)
def test_consents(
    book: RuleBook, ask: Ask, place: str, before: str | None, after: str, more: dict[str, object], kind: str
) -> None:
    if before is not None:
        assert allowed(ask(place, before, **more), book)
    assert rule_of(ask(place, after, **more), book) == "no_consent"
    asked = ask(place, after, **more)
    given = ConsentEntry(customer_id=7, kind=kind, granted_at=asked.now - 1)
    assert allowed(dataclasses.replace(asked, consents=(given,)), book)
    for bad in (
        dataclasses.replace(given, customer_id=8),
        dataclasses.replace(given, kind="letters"),
        dataclasses.replace(given, revoked_at=asked.now),
        dataclasses.replace(given, expires_at=asked.now),
        dataclasses.replace(given, granted_at=asked.now + 1),
    ):
        assert rule_of(dataclasses.replace(asked, consents=(bad,)), book) == "no_consent"


def test_a_human_calls_americans_without_consent(book: RuleBook, ask: Ask) -> None:
    assert allowed(ask("us", "2026-03-02 12:00"), book)


@pytest.mark.parametrize(
    ("place", "caller_id", "fine"),
    [
        ("france", "+33612345678", False),
        ("france", "+33712345678", False),
        ("france", "+33155500100", True),
        ("india", "+911401234567", True),
        ("india", "+911600123456", True),
        ("india", "+919876543210", False),
        ("india", None, False),
    ],
)
def test_caller_ids(book: RuleBook, ask: Ask, place: str, caller_id: str | None, fine: bool) -> None:
    asked = ask(place, "2026-03-02 11:00", caller_id=caller_id, consents=CALL)
    if fine:
        assert allowed(asked, book)
    else:
        refusal = permit_dial(asked, book)
        assert isinstance(refusal, Refusal)
        assert (refusal.rule, refusal.ours, refusal.until) == (f"caller_id:{place}", True, None)


def test_russian_label(book: RuleBook, ask: Ask) -> None:
    asked = ask("russia", "2025-09-02 12:00", consents=CALL, screen_label="Б" * 33)
    assert rule_of(asked, book) == "label"
    assert allowed(dataclasses.replace(asked, screen_label="Б" * 32), book)
    assert allowed(dataclasses.replace(asked, now=instant("2025-08-29 12:00", "Europe/Moscow")), book)


def test_duties(book: RuleBook) -> None:
    us = book.duties((), "US", AT)
    assert (us.keep_records_s, us.revoke_within_s) == (1826 * DAY, 10 * DAY)
    assert (us.purchase_relation_s, us.inquiry_relation_s) == (548 * DAY, 91 * DAY)
    assert book.duties((), "CA", AT).keep_records_s == 1096 * DAY
    assert book.duties((), "DE", AT).keep_consent_s == 1827 * DAY
    china = book.duties((), "CN", AT)
    assert (china.keep_records_s, china.keep_consent_s, china.revoke_within_s) == (30 * DAY, 30 * DAY, 0)
    russia = book.duties((), "RU", AT)
    assert russia.label_max_chars == 32
    assert (russia.label_category, russia.operator_contract, russia.operator_opt_out) == (True, True, True)
    assert book.duties((), "RU", instant("2025-08-31 00:00", "Asia/Kamchatka")).label_max_chars is None
    both = book.duties(("china",), "US", AT)
    assert (both.keep_records_s, both.revoke_within_s) == (1826 * DAY, 0)


# --- which packs -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("place", "packs", "purpose", "label"),
    [
        ("us", (), "sales", "us-federal@2024-02-08"),
        ("us", (), "debt", "us-federal@2024-02-08;us-reg-f@2021-11-30"),
        ("tx", (), "sales", "us-federal@2024-02-08;us-tx@2009-04-01"),
        ("puerto_rico", (), "debt", "us-federal@2024-02-08;us-reg-f@2021-11-30"),
        ("us", ("us-fl",), "sales", "us-federal@2024-02-08;us-fl@2021-07-01"),
        ("portugal", (), "sales", "international@1970-01-01"),
        ("portugal", ("uk",), "sales", "uk@2017-03-01;international@1970-01-01"),
        ("uk", (), "sales", "uk@2017-03-01;international@1970-01-01"),
    ],
)
def test_which_packs_apply(
    book: RuleBook, ask: Ask, place: str, packs: tuple[str, ...], purpose: str, label: str
) -> None:
    assert permit_dial(ask(place, "2026-03-02 12:00", packs=packs, purpose=purpose), book).packs == label


def test_the_persons_state_counts_beside_the_numbers(book: RuleBook, ask: Ask) -> None:
    assert allowed(ask("us", "2026-03-02 20:30"), book)
    assert rule_of(ask("us", "2026-03-02 20:30", person_region="FL"), book) == "outside_hours"


def test_a_country_before_its_first_version_has_the_cautious_default(book: RuleBook, ask: Ask) -> None:
    asked = ask("us", "2001-03-05 20:30")
    assert permit_dial(asked, book).packs == "international@1970-01-01"
    assert rule_of(asked, book) == "outside_hours"


def test_an_unknown_pack_names_the_nearest(book: RuleBook, ask: Ask) -> None:
    with pytest.raises(BadInput, match="'us-federal'"):
        permit_dial(ask("us", "2026-03-02 12:00", packs=("us-fedral",)), book)
    with pytest.raises(BadInput, match="'france'"):
        book.check_names(["frence"])


def test_history_window(book: RuleBook) -> None:
    assert book.history_window_s() == 60 * DAY
    assert book.history_window_s((), ("GB",)) == 3 * DAY
    assert book.history_window_s(("us-reg-f",), ("GB",)) == 7 * DAY
    assert book.history_window_s((), ("GB",), min_gap_s=9 * DAY) == 9 * DAY


def test_next_instant_across_a_new_version(book: RuleBook, ask: Ask) -> None:
    """The French opt-in begins on a Tuesday: on Monday evening the next lawful instant is never by itself."""
    assert next_permitted_at(ask("france", "2026-08-10 20:30"), book) is None
    consents = (ConsentEntry(customer_id=7, kind="call", granted_at=0),)
    opted = ask("france", "2026-08-10 20:30", consents=consents)
    assert next_permitted_at(opted, book) == instant("2026-08-11 10:00", "Europe/Paris")
    assert next_permitted_at(ask("france", "2026-08-07 20:30"), book) == instant("2026-08-10 10:00", "Europe/Paris")


# --- pack files --------------------------------------------------------------------------------------------------

GOOD = """
name = "x"
country = "XX"
[[version]]
from = 2020-01-01
[[version.hours]]
days = "mon-fri"
open = ["09:00-12:00", "13:00-18:00"]
source = "s"
"""


def test_every_table_of_every_pack_names_its_source() -> None:
    for file in files("callwright.compliance").joinpath("packs").iterdir():
        text = file.read_text(encoding="utf-8")
        tables = [part for part in text.split("\n\n") if part.startswith(("[version.", "[[version."))]
        assert tables or "from =" in text
        for table in tables:
            assert "source = " in table, (file.name, table)


def test_all_places_have_their_pack(book: RuleBook) -> None:
    assert set(book.packs) == {
        "us-federal", "us-reg-f", "us-fl", "us-ok", "us-wa", "us-md", "us-tx", "uk", "canada", "france", "germany",
        "china", "russia", "india", "international",
    }  # fmt: skip
    places = {country for _, country, _, _ in PLACES.values()}
    assert {pack.country for pack in book.packs.values()} == places - {"PR", "PT", "RE"} | {""}
    assert {c for c in places if any(pack.holds_in(c) for pack in book.packs.values())} == places - {"PT"}


def test_a_pack_of_ones_own_replaces_ours(ask: Ask) -> None:
    own = GOOD.replace('"x"', '"china"').replace('"XX"', '"CN"')
    mine = RuleBook.load(holidays=NoHolidays(), own={"china.toml": own})
    assert allowed(ask("china", "2026-03-02 09:00"), mine)
    assert not allowed(ask("china", "2026-03-02 12:30"), mine)


def test_versions_say_what_changes() -> None:
    pack = read_pack(
        GOOD + '[[version]]\nfrom = 2021-05-05\n[version.duties]\nlabel_max_chars = 5\nsource = "s"\n', file="x"
    )
    assert [version.day for version in pack.versions] == [date(2020, 1, 1), date(2021, 5, 5)]
    assert pack.versions[1].hours == pack.versions[0].hours
    assert pack.versions[1].duties.label_max_chars == 5
    assert pack.in_force(instant("2019-12-31 23:59", "UTC")) is None
    assert pack.in_force(instant("2021-05-05 00:00", "UTC")) is pack.versions[1]
    assert pack.in_force(instant("2021-05-04 23:59", "UTC")) is pack.versions[0]


@pytest.mark.parametrize(
    ("wrong", "says"),
    [
        (GOOD.replace("days =", "dais ="), "dais.*did you mean 'days'"),
        (GOOD.replace("country", "contry"), "contry.*did you mean 'country'"),
        (GOOD.replace("09:00-12:00", "9-12"), "'9-12'"),
        (GOOD.replace("09:00-12:00", "09:00-25:00"), "25:00"),
        (GOOD.replace("13:00-18:00", "11:00-18:00"), "11:00-18:00"),
        (GOOD.replace("mon-fri", "monday"), "monday"),
        (GOOD.replace("mon-fri", "fri-mon"), "backwards"),
        (GOOD.replace("2020-01-01", '"soon"'), "soon"),
        (GOOD.replace('source = "s"', ""), "needs the key 'source'"),
        (GOOD.replace('name = "x"', ""), "needs the key 'name'"),
        (GOOD + "[[version]]\nfrom = 2019-01-01\n", "ascending"),
        ('territories = "PR"\n' + GOOD, "'territories' has to be a list"),
        ('territories = ["pr"]\n' + GOOD, "'pr'; write codes of two capital letters"),
        ('territories = ["PR"]\nregion = "FL"\n' + GOOD, "no 'region'"),
        ('purposes = "debt"\n' + GOOD, "'purposes' has to be a list"),
        (GOOD + '[version.abandon]\nlimit = 3\ndays = 1\nsource = "s"\n', "share between 0 and 1"),
        (GOOD + '[version.abandon]\nlimit = 0.03\nsource = "s"\n', "'days' or 'hours'"),
        (GOOD + '[version.abandon]\nlimit = 0.03\ndays = 1\nclock = "noon"\nsource = "s"\n', "greeting_start"),
        (GOOD + '[[version.cap]]\nmost = 0\ndays = 1\nsource = "s"\n', "at least 1"),
        (GOOD + '[[version.cap]]\nmost = 1\ndays = 1\nper = "household"\nsource = "s"\n', "household"),
        (GOOD + '[[version.cool_down]]\nafter = "lunch"\ndays = 1\nsource = "s"\n', "lunch"),
        (GOOD.replace('country = "XX"', 'country = "XX"\nzone = "Mars/Base"'), "Mars/Base"),
        ("name = ", "not valid TOML"),
        ('name = "x"\nversion = []\n', "at least one"),
    ],
)
def test_bad_pack_files_say_what_to_do(wrong: str, says: str) -> None:
    with pytest.raises(BadInput, match=says) as caught:
        read_pack(wrong, file="mine.toml")
    assert "mine.toml" in str(caught.value)
