"""Single cells that are neither numbers to dial nor facts: dates, time zones, yes and no, countries, names."""

from __future__ import annotations

import functools
import zoneinfo
from datetime import UTC, datetime

import phonenumbers

from callwright.lists.nearest import nearest

_FORMATS = ("%d.%m.%Y", "%d.%m.%Y %H:%M", "%d.%m.%Y %H:%M:%S", "%Y/%m/%d", "%Y/%m/%d %H:%M", "%Y年%m月%d日", "%Y%m%d")
_NO = frozenset({"no", "n", "0", "false", "none", "revoked", "否", "无", "不同意", "нет", "н", "отозвано", "отказ"})
_YES = frozenset({"yes", "y", "1", "true", "granted", "是", "有", "同意", "да", "д", "есть"})
_COUNTRIES = {
    "USA": "US", "CHN": "CN", "RUS": "RU", "GBR": "GB", "UK": "GB", "CAN": "CA", "DEU": "DE", "FRA": "FR", "KAZ": "KZ",
    "TWN": "TW", "HKG": "HK", "CHINA": "CN", "RUSSIA": "RU", "UNITED STATES": "US", "中国": "CN", "中國": "CN",
    "РОССИЯ": "RU", "РФ": "RU", "КАЗАХСТАН": "KZ",
}  # fmt: skip
DEFAULT_CONSENT = "call"
"""The kind of a consent whose column only says yes."""


def parse_instant(text: str) -> float | None:
    """A date or instant as epoch seconds; None where it is impossible or could be read two ways. No zone: UTC."""
    plain = text.strip()
    try:
        read = datetime.fromisoformat(plain)
    except ValueError:
        for form in _FORMATS:
            try:
                read = datetime.strptime(plain, form)  # noqa: DTZ007 -- the zone is set below
                break
            except ValueError:
                continue
        else:
            return None
    if read.tzinfo is None:
        read = read.replace(tzinfo=UTC)
    return read.timestamp()


def consent_kind(text: str) -> str | None:
    """The kind of consent a cell grants; None where it says no."""
    plain = text.strip().casefold()
    if not plain or plain in _NO:
        return None
    return DEFAULT_CONSENT if plain in _YES else text.strip()


def country_of(text: str) -> str | None:
    """Two letters for what people write; None where unknown."""
    plain = text.strip().upper()
    plain = _COUNTRIES.get(plain, plain)
    return plain if plain in phonenumbers.SUPPORTED_REGIONS else None


@functools.cache
def _zones() -> frozenset[str]:
    return frozenset(zoneinfo.available_timezones())


def time_zone(text: str) -> str | None:
    """The IANA name, in its right case; None where there is no such zone."""
    if text in _zones():
        return text
    return _zones_by_lower().get(text.strip().replace(" ", "_").lower())


@functools.cache
def _zones_by_lower() -> dict[str, str]:
    return {z.lower(): z for z in _zones()}


@functools.lru_cache(1000)
def nearest_zone(text: str) -> str:
    return nearest(text, sorted(_zones())) or "?"
