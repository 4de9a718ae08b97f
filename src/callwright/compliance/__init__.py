"""May this person be called, now, for this? The sole maker of ``DialPermit``; dated rule packs as data.

``facts`` what is asked about, ``packs`` and ``pack_file`` the numbers of a place, ``book`` which of them apply and
``rule_set`` what they make together, ``calendar`` lawful hours as instants, ``rules`` and ``quota`` one function per
rule, ``decide`` the answers, ``say`` their words, ``ledger`` the row kept of each, ``explain`` the answer to "why". No
I/O, no clock of its own, no vendor.
"""

from callwright.compliance.book import AbandonRule, Duties, RuleBook
from callwright.compliance.calendar import DayKind, HolidayCalendar, NoHolidays
from callwright.compliance.decide import next_open_at, next_permitted_at, permit_dial, permit_own_number, refusals_now
from callwright.compliance.explain import WhyAnswer, why
from callwright.compliance.facts import (
    BanEntry,
    ConsentEntry,
    DialFacts,
    FreezeEntry,
    PastCall,
    PastKind,
    past_kind,
)
from callwright.compliance.ledger import LedgerEntry
from callwright.compliance.permit import DialPermit, ForgedPermit, Refusal, refuse_live

__all__ = [
    "AbandonRule",
    "BanEntry",
    "ConsentEntry",
    "DayKind",
    "DialFacts",
    "DialPermit",
    "Duties",
    "ForgedPermit",
    "FreezeEntry",
    "HolidayCalendar",
    "LedgerEntry",
    "NoHolidays",
    "PastCall",
    "PastKind",
    "Refusal",
    "RuleBook",
    "WhyAnswer",
    "next_open_at",
    "next_permitted_at",
    "past_kind",
    "permit_dial",
    "permit_own_number",
    "refusals_now",
    "refuse_live",
    "why",
]
