"""The fast path for telephone numbers: libphonenumber's own metadata turned into conditions over whole columns.

A ``Plan`` says which national numbers of a calling code are valid, of which country and kind, exactly where
libphonenumber would say so without any doubt; whatever is doubtful here (a leading digit that may be a trunk
prefix, a transformation rule, a leading zero) is left to ``numbers.parse_slowly``. So the fast path may miss, but
must never accept wrongly or differently; a test compares the two.
"""

from __future__ import annotations

import functools
import re
from dataclasses import dataclass

import phonenumbers
import polars as pl
from phonenumbers.phonemetadata import PhoneMetadata, PhoneNumberDesc

from callwright.model.people import LineType

_KINDS = (  # the order in which libphonenumber asks
    ("premium_rate", "premium"),
    ("toll_free", "toll_free"),
    ("shared_cost", "premium"),
    ("voip", "voip"),
    ("personal_number", "unknown"),
    ("pager", "pager"),
    ("uan", "unknown"),
    ("voicemail", "unknown"),
)
_LINE_TYPES: dict[str, LineType] = {
    "premium": LineType.PREMIUM,
    "toll_free": LineType.TOLL_FREE,
    "voip": LineType.VOIP,
    "fixed": LineType.LANDLINE,
    "mobile": LineType.MOBILE,
}
_SAFE_IDD = frozenset({"00", "011", "810"})


def line_type_of(kind: str) -> LineType:
    """Our word for a kind. ``either`` (North America: landline or mobile), pagers and the like are unknown."""
    return _LINE_TYPES.get(kind, LineType.UNKNOWN)


@dataclass(frozen=True, kw_only=True, slots=True)
class _Kind:
    name: str
    pattern: str
    lengths: tuple[int, ...]

    def matches(self) -> pl.Expr:
        fits = pl.col("national").str.contains(self.pattern)
        return fits & pl.col("length").is_in(self.lengths) if self.lengths else fits


@dataclass(frozen=True, kw_only=True, slots=True)
class _Region:
    country: str
    leading: str | None
    general: _Kind
    kinds: tuple[_Kind, ...]
    fixed: _Kind | None
    mobile: _Kind | None

    def kind(self) -> pl.Expr:
        """The kind of a number's column ``national`` in this region, null where it is not valid here."""
        fixed = pl.lit(False) if self.fixed is None else self.fixed.matches()
        mobile = pl.lit(False) if self.mobile is None else self.mobile.matches()
        fixed_name = "fixed" if self.fixed is None else self.fixed.name
        cases = [(kind.matches(), kind.name) for kind in self.kinds]
        cases += [(fixed & mobile, "either"), (fixed, fixed_name), (mobile, "mobile")]
        first = pl.coalesce(*(pl.when(condition).then(pl.lit(name)) for condition, name in cases))
        return pl.when(self.general.matches()).then(first)


@dataclass(frozen=True, kw_only=True, slots=True)
class Plan:
    """One calling code. ``strips``: a national number that libphonenumber might shorten by a trunk prefix."""

    calling_code: str
    general: str
    strips: str | None
    regions: tuple[_Region, ...]

    def classify(self, numbers: pl.DataFrame) -> pl.DataFrame:
        """``numbers`` (row, national) -> (row, national, country, kind) of those that are valid beyond doubt."""
        rest = numbers.with_columns(length=pl.col("national").str.len_bytes()).filter(
            pl.col("national").str.contains(r"^[1-9][0-9]{3,14}$")
        )
        if self.strips is not None:
            rest = rest.filter(~pl.col("national").str.contains(self.strips))
        found: list[pl.DataFrame] = []
        for region in self.regions:
            if rest.is_empty():
                break
            mine = rest
            if region.leading is not None:
                mine = rest.filter(pl.col("national").str.contains(region.leading))
                rest = rest.filter(~pl.col("national").str.contains(region.leading))
            tried = mine.with_columns(kind=region.kind(), country=pl.lit(region.country))
            found.append(tried.filter(pl.col("kind").is_not_null()))
            if region.leading is None:
                rest = tried.filter(pl.col("kind").is_null()).drop("kind", "country")
        columns = ("row", "national", "country", "kind")
        if not found:
            empty = numbers.clear().with_columns(country=pl.lit("", pl.String), kind=pl.lit("", pl.String))
            return empty.select(columns)
        return pl.concat([f.select(columns) for f in found])


def _whole(pattern: str) -> str:
    return "^(?:" + pattern.replace(r"\d", "[0-9]") + ")$"


def _kind(name: str, desc: PhoneNumberDesc | None) -> _Kind | None:
    if desc is None or not desc.national_number_pattern or desc.national_number_pattern == "NA":
        return None
    lengths = tuple(desc.possible_length or ())
    return _Kind(name=name, pattern=_whole(desc.national_number_pattern), lengths=lengths)


def _region(country: str, data: PhoneMetadata) -> _Region | None:
    general = _kind("general", data.general_desc)
    if general is None:
        return None
    kinds = [_kind(name, getattr(data, source)) for source, name in _KINDS]
    fixed, mobile = _kind("fixed", data.fixed_line), _kind("mobile", data.mobile)
    if fixed is not None and mobile is not None and fixed.pattern == mobile.pattern:
        fixed, mobile = _Kind(name="either", pattern=fixed.pattern, lengths=fixed.lengths), None
    leading = None if data.leading_digits is None else "^(?:" + data.leading_digits.replace(r"\d", "[0-9]") + ")"
    return _Region(
        country=country,
        leading=leading,
        general=general,
        kinds=tuple(k for k in kinds if k),
        fixed=fixed,
        mobile=mobile,
    )


@functools.cache
def plan_of(calling_code: str) -> Plan | None:
    """The plan of a calling code such as "86", or None where only the slow path is right."""
    countries = phonenumbers.COUNTRY_CODE_TO_REGION_CODE.get(int(calling_code), ())
    if not countries or countries[0] == "001":
        return None
    regions: list[_Region] = []
    for country in countries:
        data = PhoneMetadata.metadata_for_region(country, None)
        region = None if data is None else _region(country, data)
        if region is None:
            return None
        regions.append(region)
    main = PhoneMetadata.metadata_for_region(countries[0], None)
    assert main is not None
    general = str(getattr(main.general_desc, "national_number_pattern", "")).replace(r"\d", "[0-9]")
    strips: str | None = None
    prefix = main.national_prefix_for_parsing
    if prefix:
        prefix = prefix.replace(r"\d", "[0-9]")
        # with a transformation rule every number that begins so is doubtful; without one only those that stay
        # possible after the prefix is taken away
        strips = f"^(?:{prefix})" if main.national_prefix_transform_rule else f"^(?:{prefix})(?:{general})$"
    return Plan(calling_code=calling_code, general=_whole(general), strips=strips, regions=tuple(regions))


@dataclass(frozen=True, kw_only=True, slots=True)
class HomeRules:
    """How numbers without a country code are read in a country: trunk prefix and international prefix."""

    calling_code: str
    trunk: str | None  # "0", "8"; None: none, or not a plain digit
    international: str | None  # "00", "011"


@functools.cache
def home_rules(country: str) -> HomeRules | None:
    """Rules for national numbers of ``country``; None where only the slow path is right (not the code's main country).

    Canada shares every rule that matters with the United States.
    """
    data = PhoneMetadata.metadata_for_region(country, None)
    if data is None or data.country_code is None:
        return None
    code = str(data.country_code)
    if phonenumbers.region_code_for_country_code(data.country_code) != country and country != "CA":
        return None
    prefix, parsing = data.national_prefix, data.national_prefix_for_parsing
    plain = prefix is not None and parsing is not None and _strips_only(prefix, parsing)
    trunk = prefix if plain and not data.national_prefix_transform_rule else None
    if trunk is not None and code.startswith(trunk) and trunk != code:
        trunk = None
    idd = data.international_prefix
    # China's pattern has carrier codes before the prefix; they begin with 1 and are 8 digits or longer
    if country == "CN":
        idd = "00"
    return HomeRules(calling_code=code, trunk=trunk, international=idd if idd in _SAFE_IDD else None)


def _strips_only(prefix: str, parsing: str) -> bool:
    """Whether the pattern takes exactly ``prefix`` off numbers that begin with it (other prefixes begin otherwise)."""
    if parsing == prefix:
        return True
    other = (
        parsing.removeprefix(f"{prefix}|") if parsing.startswith(f"{prefix}|") else parsing.removesuffix(f"|{prefix}")
    )
    first = other.lstrip("(")[:1]
    nested = re.sub(r"\([^()]*\)", "", re.sub(r"\([^()]*\)", "", other))
    return other != parsing and first.isdigit() and first != prefix[:1] and "|" not in nested


def may_be_international(country: str) -> str | None:
    """The pattern of the country's international prefix, for leaving such numbers to the slow path."""
    data = PhoneMetadata.metadata_for_region(country, None)
    if data is None or not data.international_prefix:
        return None
    return "^(?:" + str(re.sub(r"\\d", "[0-9]", data.international_prefix)) + ")"
