"""The questions others ask: may this number be dialled now, why not, and when may it be.

``permit_dial`` is the only maker of ``DialPermit``. All answers are exact: instants come from the edges of rules, never
from trying minute by minute.
"""

from __future__ import annotations

from math import isfinite

from callwright.compliance.book import RuleBook
from callwright.compliance.facts import DialFacts, digest_of
from callwright.compliance.permit import PERMIT_LIFE_S, DialPermit, Refusal, seal_permit
from callwright.compliance.quota import check_quota
from callwright.compliance.rule_set import RuleSet
from callwright.compliance.rules import (
    Finding,
    Rule,
    check_appearance,
    check_bans,
    check_clock,
    check_consent,
    check_freezes,
    check_history,
    check_hours,
    check_live,
    check_number,
)
from callwright.compliance.say import words_of
from callwright.kit.errors import BadInput
from callwright.model.numbers import is_e164

RULES: tuple[Rule, ...] = (
    check_clock,
    check_number,
    check_bans,
    check_freezes,
    check_consent,
    check_appearance,
    check_live,
    check_hours,
    check_history,
    check_quota,
)
_DAY_S = 86400.0
OWN_NUMBER = "own-number"
"""In place of rule packs on the permit of a call to ourselves."""
_STEPS = 10_000  # of a search that always moves forward; more means a defect


def permit_own_number(number: str, *, now: float, banned: bool) -> DialPermit:
    """A permit to call a telephone of our own (an operator tries a trunk). No campaign, no person, no law of hours.

    Raises BadInput on a number that is none, and on one that must not be called: a person's after all.
    """
    if not isfinite(now):
        raise BadInput("The instant of a dial has to be a number of seconds; check the clock.")
    if not is_e164(number):
        raise BadInput(f"{number} is no number with its country code: write it like +442079460001.")
    if banned:
        raise BadInput(f"{number} is on the do-not-call list: nobody is called there, not even for a test.")
    return seal_permit(
        number=number,
        lead_id=None,
        customer_id=None,
        campaign_id=0,
        at=now,
        valid_until_s=now + PERMIT_LIFE_S,
        packs=OWN_NUMBER,
        digest="",
    )


def permit_dial(facts: DialFacts, book: RuleBook) -> DialPermit | Refusal:
    """Yes with a permit for the next seconds, or no with the first rule that refuses."""
    now = facts.now
    if not isfinite(now):
        raise BadInput("The instant of a dial has to be a number of seconds; check the clock.")
    rules = _rules_at(facts, book, now)
    for rule in RULES:
        findings = rule(facts, now, rules, book)
        if findings:
            return _refuse(facts, book, rules, rule, findings[0])
    openings = rules.openings(rules.zones_for(facts.phone, facts.person_zone), facts.campaign_hours)
    closes_at = openings.to_at if openings is not None and openings.is_open(now) else now
    return seal_permit(
        number=facts.phone.number,
        lead_id=facts.lead_id,
        customer_id=facts.customer_id,
        campaign_id=facts.campaign_id,
        at=now,
        valid_until_s=min(now + PERMIT_LIFE_S, closes_at, rules.until_at),
        packs=rules.label,
        digest=digest_of(facts, rules.label),
    )


def refusals_now(facts: DialFacts, book: RuleBook) -> tuple[Refusal, ...]:
    """Every rule that refuses now, in the order of ``RULES``; empty: the call may be made."""
    rules = _rules_at(facts, book, facts.now)
    return tuple(
        _refuse(facts, book, rules, rule, finding) for rule in RULES for finding in rule(facts, facts.now, rules, book)
    )


def next_permitted_at(facts: DialFacts, book: RuleBook, horizon_days: float = 60) -> float | None:
    """The earliest instant from ``facts.now`` on at which every rule allows, if nothing else happens meanwhile.

    None: not within the horizon, or never by itself. A call that is running now is taken to have ended by the time
    the minimum gap (at least a minute) has passed; a clock that is off never gets right by itself.
    """
    at, end = facts.now, facts.now + horizon_days * _DAY_S
    for _ in range(_STEPS):
        rules = _rules_at(facts, book, at)
        for rule in RULES:
            findings = rule(facts, at, rules, book)
            if findings:
                break
        else:
            return at
        later = max(_or_ever(finding.until) for finding in findings)
        at = min(later, rules.until_at)
        if at > end:
            return None
    raise AssertionError("the search for a lawful instant does not move on")


def next_open_at(facts: DialFacts, book: RuleBook, at: float) -> float | None:
    """The first instant from ``at`` on inside the lawful hours, whatever the other rules say (for call-backs)."""
    for _ in range(_STEPS):
        rules = _rules_at(facts, book, at)
        openings = rules.openings(rules.zones_for(facts.phone, facts.person_zone), facts.campaign_hours)
        opens = openings.next_open(at) if openings is not None else None
        if opens is not None and opens < rules.until_at:
            return opens
        if not isfinite(rules.until_at):
            return None
        at = rules.until_at
    return None


def _rules_at(facts: DialFacts, book: RuleBook, at: float) -> RuleSet:
    phone = facts.phone
    return book.rules_for(facts.packs, phone.country, phone.region, facts.person_region, facts.purpose, at)


def _refuse(facts: DialFacts, book: RuleBook, rules: RuleSet, rule: Rule, finding: Finding) -> Refusal:
    until = _settled(facts, book, rules, rule, finding)
    return Refusal(
        rule=finding.rule,
        words=words_of(finding, facts, until),
        pack=finding.pack,
        until=until,
        at=facts.now,
        number=facts.phone.number,
        lead_id=facts.lead_id,
        customer_id=facts.customer_id,
        campaign_id=facts.campaign_id,
        packs=rules.label,
        digest=digest_of(facts, rules.label),
    )


def _settled(facts: DialFacts, book: RuleBook, rules: RuleSet, rule: Rule, finding: Finding) -> float | None:
    """The instant from which this very rule allows: later where it refuses again, earlier where a pack changes."""
    until = finding.until
    for _ in range(_STEPS):
        at = min(_or_ever(until), rules.until_at)
        if not isfinite(at):
            return None
        rules = _rules_at(facts, book, at)
        again = [found for found in rule(facts, at, rules, book) if _same(found, finding)]
        if not again:
            return at
        until = again[0].until
    raise AssertionError("the search for the end of a refusal does not move on")


_HOURS = frozenset({"outside_hours", "holiday"})
_QUOTA = frozenset({"quota_days", "quota_part_of_day"})


def _same(one: Finding, other: Finding) -> bool:
    """Whether both are the same rule; the hours are one rule, whoever closes the instant."""
    return one.rule == other.rule or {one.rule, other.rule} <= _HOURS or {one.rule, other.rule} <= _QUOTA


def _or_ever(until: float | None) -> float:
    return float("inf") if until is None else until
