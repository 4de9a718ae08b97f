"""Telephone numbers of a whole column: validated, brought to E.164 and enriched.

``read_numbers`` takes the plain cases through ``plans`` (column operations), the rest through libphonenumber
itself, once per distinct text. Every verdict, yes or no, on a doubtful text is libphonenumber's.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

import phonenumbers
import polars as pl
from phonenumbers import NumberParseException, PhoneNumberType

from callwright.kit.errors import BadInput
from callwright.lists.number_facts import with_facts
from callwright.lists.plans import home_rules, line_type_of, may_be_international, plan_of
from callwright.lists.reasons import Reason

NUMBER_SCHEMA: dict[str, pl.DataType] = {
    "row": pl.UInt32(),
    "number": pl.String(),
    "country": pl.String(),
    "region": pl.String(),
    "line_type": pl.String(),
    "carrier": pl.String(),
    "zones": pl.String(),
    "reason": pl.String(),
}
"""``number`` is null where ``reason`` says why; ``zones`` is comma-separated, "" when unknown."""

_PLAIN = r"^\+?\(?[0-9][0-9 \-().\u00a0]{4,24}$"
_PUNCTUATION = r"[ \-().\u00a0]+"
_SCIENCE = re.compile(r"^\+?(\d+)(?:[.,](\d+))?[eE]\+?(\d{1,2})$")
_FRACTION = re.compile(r"^\d{7,}[.,](\d+)$")
_KIND_OF_TYPE = {
    PhoneNumberType.FIXED_LINE: "fixed",
    PhoneNumberType.MOBILE: "mobile",
    PhoneNumberType.FIXED_LINE_OR_MOBILE: "either",
    PhoneNumberType.TOLL_FREE: "toll_free",
    PhoneNumberType.PREMIUM_RATE: "premium",
    PhoneNumberType.SHARED_COST: "premium",
    PhoneNumberType.VOIP: "voip",
    PhoneNumberType.PAGER: "pager",
}
_REASON_OF_ERROR = {
    NumberParseException.INVALID_COUNTRY_CODE: Reason.NO_COUNTRY,
    NumberParseException.NOT_A_NUMBER: Reason.NOT_A_NUMBER,
    NumberParseException.TOO_SHORT_AFTER_IDD: Reason.TOO_SHORT,
    NumberParseException.TOO_SHORT_NSN: Reason.TOO_SHORT,
    NumberParseException.TOO_LONG: Reason.TOO_LONG,
}


@dataclass(frozen=True, kw_only=True, slots=True)
class Parsed:
    """A number as libphonenumber understood it, or the reason why not."""

    code: str = ""
    national: str = ""
    country: str = ""
    kind: str = ""
    reason: Reason | None = None


def check_country(country: str | None) -> str | None:
    """The country as libphonenumber knows it. Raises BadInput for one it does not know."""
    if not country:
        return None
    if country.upper() not in phonenumbers.SUPPORTED_REGIONS:
        raise BadInput(f"There is no country {country!r}; give its two letters, such as CN, RU or US.")
    return country.upper()


def read_numbers(texts: pl.DataFrame, country: str | None) -> pl.DataFrame:
    """``texts`` (row, text), numbers as people write them -> one line each as in NUMBER_SCHEMA, in no special order.

    ``country``: two letters, how numbers without a country code are read; None: such numbers are refused.
    """
    country = check_country(country)
    texts = texts.select(
        pl.col("row").cast(pl.UInt32), pl.col("text").fill_null("").str.strip_chars(" \t\r\n'’\u00a0\u200b\ufeff")
    ).with_columns(
        pl.col("text").str.replace(r"^([0-9]{7,})\.0+$", "${1}")  # a number that went through a spreadsheet
    )
    fast = with_facts(_read_plain(texts, country))
    rest = texts.join(fast.select("row"), on="row", how="anti")
    slow = _read_doubtful(rest, country)
    good = pl.concat([fast, with_facts(slow.filter(pl.col("reason").is_null()).drop("reason")).select(fast.columns)])
    kinds = {k: str(line_type_of(k)) for k in ("premium", "toll_free", "voip", "fixed", "mobile")}
    good = good.select(
        "row",
        pl.concat_str(pl.lit("+"), "code", "national").alias("number"),
        "country",
        "region",
        pl.col("kind").replace_strict(kinds, default="unknown", return_dtype=pl.String).alias("line_type"),
        "carrier",
        "zones",
        reason=pl.when(pl.col("kind") == "premium").then(pl.lit(str(Reason.PREMIUM))).otherwise(None),
    ).with_columns(number=pl.when(pl.col("reason").is_null()).then("number").otherwise(None))
    bad = slow.filter(pl.col("reason").is_not_null()).select("row", "reason")
    empty = {name: pl.lit("", pl.String) for name in ("country", "region", "line_type", "carrier", "zones")}
    bad = bad.with_columns(number=pl.lit(None, pl.String), **empty)
    return pl.concat([good.select(list(NUMBER_SCHEMA)), bad.select(list(NUMBER_SCHEMA))])


def _read_plain(texts: pl.DataFrame, country: str | None) -> pl.DataFrame:
    """(row, code, national, country, kind) of the numbers that are valid beyond doubt."""
    plain = texts.filter(
        pl.col("text").str.contains(_PLAIN) & ~pl.col("text").str.contains(r"^[0-9]{7,}\.[0-9]+$")
    ).select("row", digits=pl.col("text").str.replace_all(_PUNCTUATION, ""))
    abroad = plain.filter(pl.col("digits").str.starts_with("+")).select("row", pl.col("digits").str.slice(1))
    home = plain.filter(~pl.col("digits").str.starts_with("+"))
    rules = home_rules(country) if country else None
    found: list[pl.DataFrame] = []
    if country and rules is not None:
        if rules.international is not None:
            starts = pl.col("digits").str.contains(f"^{rules.international}[1-9]")
            abroad = pl.concat(
                [abroad, home.filter(starts).select("row", pl.col("digits").str.slice(len(rules.international)))]
            )
        doubtful = may_be_international(country)
        if doubtful is not None:
            home = home.filter(~pl.col("digits").str.contains(doubtful))
        found += _read_home(home, rules.calling_code, rules.trunk)
    codes = _calling_code()
    abroad = abroad.with_columns(code=codes)
    for (code,), part in abroad.filter(pl.col("code").is_not_null()).partition_by("code", as_dict=True).items():
        plan = plan_of(str(code))
        if plan is not None:
            national = part.select("row", pl.col("digits").str.slice(len(str(code))).alias("national"))
            found.append(plan.classify(national).with_columns(code=pl.lit(str(code))))
    columns = ["row", "code", "national", "country", "kind"]
    if not found:
        return pl.DataFrame(schema={"row": pl.UInt32, **dict.fromkeys(columns[1:], pl.String)})
    return pl.concat([f.select(columns) for f in found])


def _read_home(home: pl.DataFrame, code: str, trunk: str | None) -> list[pl.DataFrame]:
    """National forms: the bare national number, with the trunk prefix, or with the country's code but no plus."""
    plan = plan_of(code)
    if plan is None or home.is_empty():
        return []
    bare = home.rename({"digits": "national"})
    found = [plan.classify(bare)]
    rest = home.join(found[0].select("row"), on="row", how="anti")
    # only where the whole is impossible as a national number is a leading code or trunk prefix beyond doubt
    rest = rest.filter(~pl.col("digits").str.contains(plan.general))
    prefixes = [code] if trunk is None or trunk == code else [code, trunk]
    for prefix in prefixes:
        if len(prefixes) == 2 and prefix == trunk:
            rest = rest.filter(~pl.col("digits").str.starts_with(code))
        mine = rest.filter(pl.col("digits").str.starts_with(prefix))
        found.append(plan.classify(mine.select("row", pl.col("digits").str.slice(len(prefix)).alias("national"))))
    return [f.with_columns(code=pl.lit(code)) for f in found]


def _calling_code() -> pl.Expr:
    known = sorted(phonenumbers.COUNTRY_CODE_TO_REGION_CODE)
    expr = pl.lit(None, pl.String)
    for length in (1, 2, 3):
        codes = [str(c) for c in known if len(str(c)) == length]
        head = pl.col("digits").str.slice(0, length)
        expr = pl.coalesce(expr, pl.when(head.is_in(codes)).then(head))
    return expr


def _read_doubtful(texts: pl.DataFrame, country: str | None) -> pl.DataFrame:
    """(row, code, national, country, kind, reason), by libphonenumber, once per distinct text."""
    distinct = texts.get_column("text").unique().to_list()
    verdicts = [parse_slowly(text, country) for text in distinct]
    table = pl.DataFrame(
        {
            "text": distinct,
            "code": [v.code for v in verdicts],
            "national": [v.national for v in verdicts],
            "country": [v.country for v in verdicts],
            "kind": [v.kind for v in verdicts],
            "reason": [None if v.reason is None else str(v.reason) for v in verdicts],
        },
        schema=dict.fromkeys(("text", "code", "national", "country", "kind", "reason"), pl.String),
    )
    joined = texts.join(table, on="text", how="left")
    return joined.select("row", "code", "national", "country", "kind", "reason")


def parse_slowly(text: str, country: str | None) -> Parsed:
    """One number through libphonenumber."""
    if not text:
        return Parsed(reason=Reason.NO_NUMBER)
    science = _SCIENCE.match(text)
    if science is not None:
        whole, fraction, exponent = science.group(1), science.group(2) or "", int(science.group(3))
        if len(fraction) < exponent or len(fraction.rstrip("0")) > exponent:
            return Parsed(reason=Reason.SHORTENED)
        text = whole + fraction[:exponent]
    fraction_part = _FRACTION.match(text)
    if fraction_part is not None:
        if fraction_part.group(1).strip("0"):
            return Parsed(reason=Reason.NOT_A_NUMBER)
        text = text[: fraction_part.start(1) - 1]
    try:
        number = phonenumbers.parse(text, country)
    except NumberParseException as error:
        return Parsed(reason=_REASON_OF_ERROR.get(error.error_type, Reason.NOT_A_NUMBER))
    kind = phonenumbers.number_type(number)
    if kind == PhoneNumberType.UNKNOWN:
        return Parsed(reason=_why_invalid(number))
    return Parsed(
        code=str(number.country_code),
        national=phonenumbers.national_significant_number(number),
        country=phonenumbers.region_code_for_number(number) or "",
        kind=_KIND_OF_TYPE.get(kind, "unknown"),
    )


def _why_invalid(number: phonenumbers.PhoneNumber) -> Reason:
    match phonenumbers.is_possible_number_with_reason(number):
        case phonenumbers.ValidationResult.TOO_SHORT | phonenumbers.ValidationResult.IS_POSSIBLE_LOCAL_ONLY:
            return Reason.TOO_SHORT
        case phonenumbers.ValidationResult.TOO_LONG:
            return Reason.TOO_LONG
        case _:
            return Reason.INVALID_NUMBER
