"""A rule pack: the dated numbers of one place. A pack has versions; each holds from a day on.

Values only. ``pack_file`` reads them, ``book`` knows which apply to a call, ``rules`` what a number does.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date
from typing import Literal

from callwright.compliance.calendar import Windows
from callwright.compliance.facts import PastKind

Per = Literal["person", "number", "subject"]
"""Whose calls are counted: all of the person, those to this number, or those of the person for the same purpose."""
AbandonClock = Literal["connect", "greeting_start", "greeting_end"]
CLOCKS: tuple[AbandonClock, ...] = ("connect", "greeting_start", "greeting_end")  # strictest first


@dataclass(frozen=True, kw_only=True, slots=True)
class AbandonNumbers:
    limit: float
    window_s: float
    source: str
    clock: AbandonClock = "connect"
    wait_limit_s: float = 2.0
    min_ring_s: float = 15.0
    identification_message: bool = False
    false_machines_count: bool = False


@dataclass(frozen=True, kw_only=True, slots=True)
class Cap:
    """At most ``most`` calls in any ``window_s``."""

    most: int
    window_s: float
    per: Per
    source: str
    code: str  # "cap:us-reg-f:7-in-7-days"


@dataclass(frozen=True, kw_only=True, slots=True)
class CoolDown:
    """Rest for ``span_s`` after a call of one of ``kinds``."""

    after: str
    kinds: frozenset[PastKind]
    span_s: float
    per: Per
    unless_agent: bool  # an agent held for the call lifts it
    source: str
    code: str


@dataclass(frozen=True, kw_only=True, slots=True)
class ConsentRule:
    kind: str
    when: Literal["always", "artificial_voice"]
    except_purposes: frozenset[str]
    source: str


@dataclass(frozen=True, kw_only=True, slots=True)
class CallerIdRule:
    forbidden_prefixes: tuple[str, ...]
    required_prefixes: tuple[str, ...]  # one of them; empty: any
    source: str


@dataclass(frozen=True, kw_only=True, slots=True)
class HolidayRule:
    windows: Windows  # lawful on public holidays; empty: closed
    swapped_days: bool  # weekend days made working days count as working days
    source: str


@dataclass(frozen=True, kw_only=True, slots=True)
class DutyNumbers:
    """Duties that no single dial can break; others keep them. Spans None where the pack is silent."""

    keep_records_s: float | None = None
    erase_recordings_s: float | None = None  # the most a recording may be kept
    keep_consent_s: float | None = None
    revoke_within_s: float | None = None
    purchase_relation_s: float | None = None
    inquiry_relation_s: float | None = None
    label_max_chars: int | None = None
    label_category: bool = False
    operator_contract: bool = False
    operator_opt_out: bool = False
    source: str = ""


@dataclass(frozen=True, kw_only=True, slots=True)
class PackVersion:
    """The numbers of a pack from one day on. ``hours`` by weekday, Monday first; None: the pack says nothing."""

    pack: str
    country: str
    region: str
    day: date
    from_at: float
    hours: tuple[Windows, ...] | None = None
    hours_source: str = ""
    holidays: HolidayRule | None = None
    both_zones: bool = False
    abandon: AbandonNumbers | None = None
    caps: tuple[Cap, ...] = ()
    cool_downs: tuple[CoolDown, ...] = ()
    consents: tuple[ConsentRule, ...] = ()
    caller_id: CallerIdRule | None = None
    duties: DutyNumbers = field(default_factory=DutyNumbers)

    @property
    def label(self) -> str:
        return f"{self.pack}@{self.day.isoformat()}"


@dataclass(frozen=True, kw_only=True, slots=True)
class RulePack:
    """``purposes``: only calls for these are meant (empty: all). ``country`` "" : everywhere (only "international").

    ``territories``: places with a country code of their own where this country's law holds too.
    """

    name: str
    country: str
    region: str
    purposes: frozenset[str]
    versions: tuple[PackVersion, ...]  # ascending
    territories: frozenset[str] = frozenset()

    def holds_in(self, country: str) -> bool:
        return bool(country) and (country == self.country or country in self.territories)

    def in_force(self, at: float) -> PackVersion | None:
        found = None
        for version in self.versions:
            if version.from_at <= at:
                found = version
        return found
