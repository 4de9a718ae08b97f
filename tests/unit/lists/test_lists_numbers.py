"""Numbers: the fast path says what libphonenumber says, or nothing."""

from __future__ import annotations

import random

import phonenumbers
import polars as pl
import pytest

from callwright.kit.errors import BadInput
from callwright.lists.number_facts import zones_of
from callwright.lists.numbers import _read_plain, parse_slowly, read_numbers

_COUNTRIES = ("US", "CA", "CN", "RU", "KZ", "GB", "DE", "FR", "PT", "IT", "BR", "UA", "TW", "AR", None)
_CODES = (1, 7, 86, 44, 49, 33, 351, 39, 886, 852, 34, 380, 55, 54)


def _table(texts: list[str]) -> pl.DataFrame:
    return pl.DataFrame({"row": range(len(texts)), "text": texts}, schema={"row": pl.UInt32, "text": pl.String})


def _read(text: str, country: str | None = None) -> dict[str, object]:
    return read_numbers(_table([text]), country).row(0, named=True)


def _random_text(rng: random.Random, country: str | None) -> str:
    """A number near a valid one, in one of the ways people write numbers."""
    code = rng.choice(_CODES)
    if country is not None and rng.random() < 0.8:
        code = phonenumbers.country_code_for_region(country)
    digits = "".join(rng.choice("0123456789") for _ in range(rng.choice((7, 8, 9, 10, 10, 11, 12))))
    example = phonenumbers.example_number_for_type(
        rng.choice(phonenumbers.COUNTRY_CODE_TO_REGION_CODE[code]), rng.choice((0, 1, 2, 3, 4, 6))
    )
    if example is not None and rng.random() < 0.8:
        national = phonenumbers.national_significant_number(example)
        keep = rng.choice((1, 2, 3, 4))
        digits = national[:keep] + "".join(rng.choice("0123456789") for _ in national[keep:])
    if rng.random() < 0.3:
        digits = f"{digits[:3]}{rng.choice((' ', '-', '.', ') '))}{digits[3:6]}-{digits[6:]}"
    prefixes = ("", "", "+{}", "+{} ", "00{}", "{}", "0", "1", "8", "9", "7", "011{}", "810{}", "(0)", "+{} (0)", "(")
    return rng.choice(prefixes).format(code) + digits


def test_the_fast_path_never_differs_from_libphonenumber() -> None:
    rng = random.Random(20_260_301)
    accepted = 0
    for country in _COUNTRIES:
        texts = [_random_text(rng, country) for _ in range(20_000 // len(_COUNTRIES) + 1)]
        for row, code, national, land, kind in _read_plain(_table(texts), country).iter_rows():
            slow = parse_slowly(texts[row], country)
            assert (slow.reason, slow.code, slow.national, slow.country, slow.kind) == (
                None, code, national, land, kind,
            ), f"{texts[row]!r} in {country}"  # fmt: skip
            accepted += 1
    assert accepted > 4_000  # else the test would say nothing


@pytest.mark.parametrize(
    ("country", "example"),
    [("US", "(212) 555-0123"), ("CN", "138 0013 8000"), ("RU", "8 (916) 123-45-67"), ("GB", "07400 123456"),
     ("DE", "0151 23456789"), ("FR", "06 12 34 56 78"), ("CA", "604-555-0123"), ("KZ", "+7 701 123 4567")],
)  # fmt: skip
def test_the_usual_forms_take_the_fast_path(country: str, example: str) -> None:
    assert _read_plain(_table([example]), country).height == 1


@pytest.mark.parametrize(
    ("text", "country", "number"),
    [
        ("13800138000", "CN", "+8613800138000"),
        ("8613800138000", "CN", "+8613800138000"),
        ("+86 138-0013-8000", None, "+8613800138000"),
        ("'+8613800138000", None, "+8613800138000"),
        ("13800138000.0", "CN", "+8613800138000"),
        ("1.3800138000E+10", "CN", "+8613800138000"),
        ("１３８００１３８０００", "CN", "+8613800138000"),
        ("010-12345678", "CN", "+861012345678"),
        ("89161234567", "RU", "+79161234567"),
        ("1-800-FLOWERS", "US", "+18003569377"),
        ("+44 (0)20 7946 0018", None, "+442079460018"),
        ("+39 06 698 12345", None, "+390669812345"),
    ],
)
def test_a_number_is_read(text: str, country: str | None, number: str) -> None:
    assert _read(text, country)["number"] == number


@pytest.mark.parametrize(
    ("text", "country", "reason"),
    [
        ("", "CN", "no_number"),
        ("n/a", "CN", "not_a_number"),
        ("13800138000", None, "no_country"),
        ("1380013", None, "no_country"),
        ("1.38001E+10", "CN", "shortened"),
        ("8,6138E+12", "CN", "shortened"),
        ("13800138000.5", "CN", "not_a_number"),
        ("+99912345678", None, "no_country"),
        ("12000138000", "CN", "invalid_number"),
        ("138001", "CN", "too_short"),
        ("+861380013800012", None, "too_long"),
        ("+1 900 234 5678", None, "premium"),
    ],
)
def test_a_number_is_refused_with_its_reason(text: str, country: str | None, reason: str) -> None:
    read = _read(text, country)
    assert (read["number"], read["reason"]) == (None, reason)


def test_a_north_american_number_tells_its_state_and_zone() -> None:
    read = _read("+12125550123")
    assert (read["country"], read["region"], read["line_type"], read["zones"]) == (
        "US", "NY", "unknown", "America/New_York",
    )  # fmt: skip
    assert _read("+16045550123")["region"] == "BC"
    assert _read("+19025550123")["region"] == ""  # two provinces share it


def test_every_candidate_zone_of_a_russian_mobile_is_kept() -> None:
    read = _read("+79161234567")
    assert len(zones_of(str(read["zones"]))) == 16
    assert (read["country"], read["line_type"]) == ("RU", "mobile")
    assert _read("+77011234567")["country"] == "KZ"


def test_carrier_and_type() -> None:
    assert _read("+8613800138000")["carrier"] == "China Mobile"
    assert _read("+861012345678")["line_type"] == "landline"
    assert _read("+18002345678")["line_type"] == "toll_free"


def test_enrichment_agrees_with_libphonenumber() -> None:
    from phonenumbers import carrier, timezone

    rng = random.Random(5)
    texts = [f"+861{rng.choice('358')}{rng.randrange(10**9):09d}" for _ in range(300)]
    texts += [
        f"+1{rng.choice((212, 808, 907, 604, 787, 310))}{rng.randrange(2, 10)}{rng.randrange(10**6):06d}"
        for _ in range(300)
    ]
    texts += [f"+7{rng.choice((495, 916, 4212, 701))}{rng.randrange(10**7):07d}"[:12] for _ in range(300)]
    read = read_numbers(_table(texts), None).filter(pl.col("number").is_not_null())
    assert read.height > 500
    for row in read.iter_rows(named=True):
        number = phonenumbers.parse(row["number"])
        expected = tuple(z for z in timezone.time_zones_for_number(number) if z != "Etc/Unknown")
        assert zones_of(row["zones"]) == expected, row
        assert row["carrier"] == carrier.name_for_number(number, "en"), row
        assert row["country"] == phonenumbers.region_code_for_number(number)


def test_an_unknown_country_is_named() -> None:
    with pytest.raises(BadInput, match="'XX'"):
        read_numbers(_table(["1"]), "XX")
