"""The rules, one function each: facts and an instant in, ``Finding``s out (empty: the rule allows).

A finding's ``until`` may be too early where a pack changes meanwhile; ``decide`` asks the same rule again then. The
order of ``RULES`` is the order in which reasons are named.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from callwright.compliance.book import RuleBook
from callwright.compliance.calendar import DAY_S, DayKind, Windows, day_of, weekday_of
from callwright.compliance.facts import BanEntry, DialFacts, PastCall, PastKind
from callwright.compliance.packs import Per
from callwright.compliance.permit import LIVE_ASK_AGAIN_S
from callwright.compliance.rule_set import RuleSet
from callwright.model.attempt import Mode
from callwright.model.numbers import is_e164
from callwright.model.people import LineType

CLOCK_LIMIT_S = 2.0
_BY_ITSELF = frozenset({Mode.PREVIEW, Mode.PROGRESSIVE, Mode.PREDICTIVE, Mode.MESSAGE})


@dataclass(frozen=True, slots=True)
class Finding:
    """A rule refuses at an instant. ``detail`` is what ``words`` needs to say so."""

    rule: str
    pack: str | None = None
    until: float | None = None
    detail: tuple[Any, ...] = ()


Findings = tuple[Finding, ...] | list[Finding]
Rule = Callable[[DialFacts, float, RuleSet, RuleBook], Findings]
NOTHING: tuple[Finding, ...] = ()


def check_clock(facts: DialFacts, at: float, rules: RuleSet, book: RuleBook) -> Findings:
    """Our clock is off by more than two seconds (or says nonsense): every other answer would be a guess."""
    if -CLOCK_LIMIT_S <= facts.clock_offset_s <= CLOCK_LIMIT_S:  # a NaN fails here too
        return NOTHING
    return (Finding("clock_off", detail=(facts.clock_offset_s,)),)


def check_number(facts: DialFacts, at: float, rules: RuleSet, book: RuleBook) -> Findings:
    """The number can be dialled at all."""
    phone = facts.phone
    if not is_e164(phone.number):
        return (Finding("invalid_number"),)
    if phone.line_type is LineType.PREMIUM:
        return (Finding("premium_number"),)
    if phone.dead is not None:
        return (Finding("dead_number", detail=(phone.dead,)),)
    if not phone.country:
        return (Finding("unknown_country"),)
    return NOTHING


def check_bans(facts: DialFacts, at: float, rules: RuleSet, book: RuleBook) -> Findings:
    """Do not call: an entry on the number, the person or the beginning of the number."""
    for ban in facts.bans:
        if (ban.until is None or at < ban.until) and _bans(ban, facts):
            return (Finding("do_not_call", until=ban.until, detail=(ban.scope, ban.at, ban.source, ban.reason)),)
    return NOTHING


def _bans(ban: BanEntry, facts: DialFacts) -> bool:
    if ban.scope == "prefix":
        return ban.number is not None and facts.phone.number.startswith(ban.number)
    if ban.scope == "campaign" and ban.campaign_id != facts.campaign_id:
        return False
    return _means(ban.number, ban.customer_id, facts)


def _means(number: str | None, customer_id: int | None, facts: DialFacts) -> bool:
    return number == facts.phone.number or (customer_id is not None and customer_id == facts.customer_id)


def check_freezes(facts: DialFacts, at: float, rules: RuleSet, book: RuleBook) -> Findings:
    """Frozen by a human for a time. Candidates nobody has confirmed stop nothing."""
    for freeze in facts.freezes:
        if (
            freeze.confirmed_by is None
            or at < freeze.from_at
            or (freeze.until_at is not None and at >= freeze.until_at)
        ):
            continue
        if _means(freeze.number, freeze.customer_id, facts):
            return (Finding("frozen", until=freeze.until_at, detail=(freeze.confirmed_by, freeze.reason)),)
    return NOTHING


def check_consent(facts: DialFacts, at: float, rules: RuleSet, book: RuleBook) -> Findings:
    """Every consent that the campaign or a pack asks for is given and still holds."""
    if facts.consent_needed is None and not rules.consents:
        return NOTHING
    out: list[Finding] = []
    if facts.consent_needed is not None:
        _need(facts.consent_needed, None, facts, at, out)
    artificial = facts.ai_voice or facts.mode is Mode.MESSAGE
    for pack, rule in rules.consents:
        if facts.purpose not in rule.except_purposes and (rule.when == "always" or artificial):
            _need(rule.kind, pack, facts, at, out)
    return out


def _need(kind: str, pack: str | None, facts: DialFacts, at: float, out: list[Finding]) -> None:
    coming: list[float] = []
    revoked = False
    for consent in facts.consents:
        if consent.kind == kind and consent.customer_id == facts.customer_id:
            if consent.granted_at <= at < consent.ends_at():
                return
            if at < consent.granted_at < consent.ends_at():
                coming.append(consent.granted_at)
            revoked = revoked or (consent.revoked_at is not None and consent.revoked_at <= at)
    out.append(Finding("no_consent", pack, min(coming, default=None), (kind, revoked)))


def check_appearance(facts: DialFacts, at: float, rules: RuleSet, book: RuleBook) -> Findings:
    """What the person sees: the caller ID and, where a pack limits it, the label on the screen."""
    shown = facts.caller_id
    for version in rules.versions:
        rule = version.caller_id
        if rule is None:
            continue
        if shown is not None and rule.forbidden_prefixes and shown.startswith(rule.forbidden_prefixes):
            return (Finding(f"caller_id:{version.pack}", version.pack, None, (shown, rule.source)),)
        if rule.required_prefixes and (shown is None or not shown.startswith(rule.required_prefixes)):
            return (Finding(f"caller_id:{version.pack}", version.pack, None, (shown or "-", rule.source)),)
    if rules.label_limit is not None and facts.screen_label is not None:
        limit, pack = rules.label_limit
        if len(facts.screen_label) > limit:
            return (Finding("label", pack, None, (len(facts.screen_label), limit)),)
    return NOTHING


def check_live(facts: DialFacts, at: float, rules: RuleSet, book: RuleBook) -> Findings:
    """No second call while one is running. Its end is not known, so ``until`` is only when to ask again."""
    if not (facts.live_on_number or facts.live_on_lead):
        return NOTHING
    again = facts.now + max(facts.min_gap_s, LIVE_ASK_AGAIN_S)
    return (Finding("live_attempt", until=again),) if at < again else NOTHING


def check_hours(facts: DialFacts, at: float, rules: RuleSet, book: RuleBook) -> Findings:
    """The wall clock of every candidate zone is inside the hours of the campaign and of every pack."""
    zones = rules.zones_for(facts.phone, facts.person_zone)
    openings = rules.openings(zones, facts.campaign_hours)
    if openings is None:
        return (Finding("unknown_zone", detail=(zones,)),)
    if openings.is_open(at):
        return NOTHING
    return (_closed_by(facts, at, rules, book, zones, openings.next_open(at)),)


def _closed_by(
    facts: DialFacts, at: float, rules: RuleSet, book: RuleBook, zones: tuple[str, ...], until: float | None
) -> Finding:
    """Who closes this instant: the campaign or a pack, in which zone, and whether it is for a holiday."""
    hours = facts.campaign_hours
    for zone in zones:
        line = book.zone_line(zone)
        if line is None:
            continue
        wall_s = at + line.offset_at(at)
        day, minute = day_of(wall_s), wall_s % DAY_S / 60
        for version in rules.versions:
            windows = rules.pack_windows(version, day)
            if _inside(minute, windows):
                continue
            plain = version.hours[weekday_of(day)] if version.hours is not None else ((0, 1440),)
            if rules.day_kind(version, day) is DayKind.HOLIDAY and _inside(minute, plain):
                return Finding("holiday", version.pack, until, (zone,))
            return Finding("outside_hours", version.pack, until, (zone, windows))
        windows = rules.campaign_windows(day, hours)
        if not _inside(minute, windows):
            return Finding("outside_hours", None, until, (zone, windows))
    return Finding("outside_hours", None, until, (zones[0], ()))


def _inside(minute: float, windows: Windows) -> bool:
    return any(a <= minute < b for a, b in windows)


def check_history(facts: DialFacts, at: float, rules: RuleSet, book: RuleBook) -> Findings:
    """What past calls forbid: an unknown fate, cool-downs, caps, the minimum gap."""
    history = facts.history
    if not history:
        return NOTHING
    out: list[Finding] = []
    number, campaign = facts.phone.number, facts.campaign_id
    if facts.mode in _BY_ITSELF:
        for call in history:
            if call.kind is PastKind.UNKNOWN_FATE and (call.number == number or call.campaign_id == campaign):
                out.append(Finding("unknown_fate", detail=(call.at,)))
                break
    for pack, rest in rules.cool_downs:
        if (rest.unless_agent and facts.agent_guaranteed) or (rest.after == "conversation" and facts.callback_promised):
            continue
        since = [
            c.at for c in history if c.kind in rest.kinds and at < c.at + rest.span_s and _counts(c, rest.per, facts)
        ]
        if since:
            out.append(Finding(rest.code, pack, max(since) + rest.span_s, (rest.after, max(since), rest.span_s)))
    for pack, cap in rules.caps:
        counted = [c.at for c in history if at < c.at + cap.window_s and _counts(c, cap.per, facts)]
        if len(counted) >= cap.most:
            counted.sort(reverse=True)
            out.append(Finding(cap.code, pack, counted[cap.most - 1] + cap.window_s, (len(counted), cap.window_s)))
    gap = facts.min_gap_s
    if gap > 0:
        person = not facts.next_number_at_once
        near = (c.at for c in history if c.number == number or (person and c.campaign_id == campaign))
        last = max(near, default=None)
        if last is not None and at < last + gap:
            out.append(Finding("min_gap", until=last + gap, detail=(last, gap)))
    return out


def _counts(call: PastCall, per: Per, facts: DialFacts) -> bool:
    if per == "person":
        return True
    return call.purpose == facts.purpose if per == "subject" else call.number == facts.phone.number
