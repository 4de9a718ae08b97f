"""What a valid number tells beyond itself: carrier, region and every time zone its owner may be in.

Looked up by prefix in libphonenumber's data, once per distinct prefix of a whole column. The geocoder's data is left
aside: it takes seconds to load, and only the state of a North American number changes what may be done.
"""

from __future__ import annotations

import functools
from collections import defaultdict
from collections.abc import Iterable
from typing import TypeVar

import polars as pl
from phonenumbers.phonenumberutil import PhoneNumberType as T
from phonenumbers.phonenumberutil import is_number_type_geographical

from callwright.lists.area_codes import STATE_OF_AREA_CODE

ZONE_SEPARATOR = ","
V = TypeVar("V")
_CARRIER_KINDS = ("mobile", "either", "pager")


def zones_of(text: str) -> tuple[str, ...]:
    """The tuple behind a ``zones`` cell."""
    return tuple(text.split(ZONE_SEPARATOR)) if text else ()


def with_facts(numbers: pl.DataFrame) -> pl.DataFrame:
    """``numbers`` (code, national, country, kind) with carrier, region and zones ("" where unknown) added."""
    if numbers.is_empty():
        return numbers.with_columns(
            carrier=pl.lit("", pl.String), region=pl.lit("", pl.String), zones=pl.lit("", pl.String)
        )
    parts = [_one_code(part, str(key[0])) for key, part in numbers.partition_by("code", as_dict=True).items()]
    return pl.concat(parts)


def _one_code(numbers: pl.DataFrame, code: str) -> pl.DataFrame:
    geographic = is_number_type_geographical(T.MOBILE, int(code))
    local = ["fixed", "either", "mobile"] if geographic else ["fixed", "either"]
    whole_code = ZONE_SEPARATOR.join(_zone_table().get(code, {}).get("", ()))
    zones = pl.when(pl.col("kind").is_in(local)).then(_by_longest_prefix(_zone_texts(code), whole_code))
    carrier = pl.when(pl.col("kind").is_in(_CARRIER_KINDS)).then(_by_longest_prefix(_carrier_table().get(code, {}), ""))
    region: pl.Expr = pl.lit("")
    if code == "1":
        area = pl.col("national").str.slice(0, 3)
        state = area.replace_strict(STATE_OF_AREA_CODE, default="", return_dtype=pl.String)
        region = pl.when(pl.col("kind").is_in(["fixed", "either"]) & pl.col("country").is_in(["US", "CA"])).then(state)
        region = region.otherwise(pl.lit(""))
    return numbers.with_columns(
        zones=zones.otherwise(pl.lit(whole_code)), carrier=carrier.otherwise(pl.lit("")), region=region
    )


def _by_longest_prefix(table: dict[str, str], default: str) -> pl.Expr:
    """The value of the longest key that ``national`` begins with."""
    by_length: dict[int, dict[str, str]] = defaultdict(dict)
    for key, value in table.items():
        by_length[len(key)][key] = value
    by_length.pop(0, None)
    hits = [
        pl.col("national").str.slice(0, length).replace_strict(keys, default=None, return_dtype=pl.String)
        for length, keys in sorted(by_length.items(), reverse=True)
    ]
    return pl.coalesce(*hits, pl.lit(default))


@functools.cache
def _zone_table() -> dict[str, dict[str, tuple[str, ...]]]:
    from phonenumbers.tzdata import TIMEZONE_DATA

    return _by_code((key, tuple(z for z in zones if z != "Etc/Unknown")) for key, zones in TIMEZONE_DATA.items())


@functools.cache
def _zone_texts(code: str) -> dict[str, str]:
    return {key: ZONE_SEPARATOR.join(zones) for key, zones in _zone_table().get(code, {}).items()}


@functools.cache
def _carrier_table() -> dict[str, dict[str, str]]:
    from phonenumbers.carrierdata import CARRIER_DATA

    return _by_code((key, names["en"]) for key, names in CARRIER_DATA.items() if "en" in names)


def _by_code(entries: Iterable[tuple[str, V]]) -> dict[str, dict[str, V]]:
    """Prefixes with their calling code split off: {"86": {"1380": ...}}."""
    from phonenumbers import COUNTRY_CODE_TO_REGION_CODE

    split: dict[str, dict[str, V]] = defaultdict(dict)
    for key, value in entries:
        code = next((key[:n] for n in (1, 2, 3) if int(key[:n]) in COUNTRY_CODE_TO_REGION_CODE), None)
        if code is not None:
            split[code][key[len(code) :]] = value
    return split
