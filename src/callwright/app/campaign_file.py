"""CAMPAIGN.toml: a manager's campaign as a file, into ``model.campaign.Campaign`` and what surrounds it.

Every key is described in ``docs/campaign.md``. How a table or a value is checked is in ``toml_check``; the way back,
from a plan to a file, is in ``campaign_write``.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path

from callwright.app.toml_check import Document, Table, parse_document, read_document
from callwright.app.trunk_keys import read_trunk
from callwright.dialer.ports import CallerId, LineRules, Trunk
from callwright.kit.words import LANGUAGES, Words
from callwright.model.attempt import Mode
from callwright.model.campaign import (
    STANDARD_RETRY,
    CallQuota,
    Campaign,
    DayPart,
    DialRules,
    Hours,
    MachineRules,
    MessageRules,
    PacingRules,
    PreviewRules,
    RetryRule,
)
from callwright.model.outcome import STANDARD_DISPOSITIONS, Ban, Disposition, Outcome
from callwright.pacing import CONTROLLERS

MODES = tuple(mode.value for mode in Mode if mode is not Mode.INBOUND)
EFFECTS = ("reached", "effective", "interested", "completed", "success", "callback", "number_dead", "freeze")


@dataclass(frozen=True, kw_only=True, slots=True)
class ListPlan:
    """A list the campaign calls: a stored one by name, or a file to load. ``tiers``: rules in the order of trial."""

    name: str
    file: Path | None = None
    country: str = ""
    mapping: str | None = None  # a stored profile's name, or a file
    select: str = ""  # rule over customer facts; empty: everybody
    tiers: tuple[tuple[int, str], ...] = ()


@dataclass(frozen=True, kw_only=True, slots=True)
class CampaignPlan:
    """A campaign file as read: the campaign, its lists, and hints for a rehearsal or a run on this machine."""

    campaign: Campaign
    lists: tuple[ListPlan, ...] = ()
    select: str = ""
    tiers: tuple[tuple[int, str], ...] = ()
    trunks: tuple[Trunk, ...] = ()
    agents: int | None = None
    floor: Path | None = None
    truth: Path | None = None
    source: Path | None = field(default=None, compare=False)
    caller_ids: tuple[CallerId, ...] = field(default=(), compare=False)  # what telephony.toml says of our numbers
    line_rules: LineRules | None = field(default=None, compare=False)  # likewise, of all trunks


def read_campaign(path: Path, *, campaign_id: int = 1) -> CampaignPlan:
    """The plan in a campaign file; its file names are taken from the file's own directory. Raises BadInput."""
    return _read(read_document(path), campaign_id, path.parent, path)


def parse_campaign(text: str, *, name: str = "campaign", campaign_id: int = 1) -> CampaignPlan:
    """The same from text in memory."""
    return _read(parse_document(text, name), campaign_id, Path(), None)


def _read(document: Document, campaign_id: int, directory: Path, source: Path | None) -> CampaignPlan:
    top = document.top()
    lists = tuple(_list_plan(table, directory) for table in top.each_table("list"))
    floor = top.table("floor")
    plan = CampaignPlan(
        campaign=_campaign(top, campaign_id, lists),
        lists=lists,
        select=top.text("select"),
        tiers=_tiers(top),
        trunks=tuple(read_trunk(table) for table in top.each_table("trunk")),
        agents=floor.whole("agents", 0, least=1, most=5000) or None,
        floor=_path(floor, "file", directory),
        truth=_path(top, "truth", directory),
        source=source,
    )
    document.finish()
    return plan


def _campaign(top: Table, campaign_id: int, lists: tuple[ListPlan, ...]) -> Campaign:
    top.need("name")
    standard = Campaign(id=campaign_id, name="")
    own = {plan.name: plan for plan in lists}
    names = tuple(dict.fromkeys([*top.texts("lists"), *own]))
    mix = _numbers(top.table("list_mix"), known=names)
    starts_at, ends_at = top.instant("starts"), top.instant("ends")
    if starts_at is not None and ends_at is not None and ends_at <= starts_at:
        top.fault("ends", "must come after `starts`")
    dispositions = _dispositions(top)
    mode = Mode(top.choice("mode", standard.mode.value, MODES))
    return Campaign(
        id=campaign_id,
        name=top.text("name"),
        purpose=top.text("purpose", standard.purpose),
        mode=mode,
        language=top.choice("language", standard.language, LANGUAGES),
        lists=names,
        list_mix=mix,
        packs=top.texts("packs"),
        country=_country(top),
        hours=_hours(top.table("hours")),
        starts_at=starts_at,
        ends_at=ends_at,
        priority=top.whole("priority", 0, least=-1000, most=1000),
        dial=_dial(top.table("dial")),
        pacing=_pacing(top.table("pacing")),
        preview=_preview(top.table("preview")),
        message=_message(top.table("message"), dispositions, mode),
        dispositions=dispositions,
        detect_machines=top.choice("detect_machines", standard.detect_machines, ("off", "sync", "async")),
        machine=_machine(top.table("machine")),
        whisper_name=top.flag("whisper_name", False),
        transfer=_transfer(top.table("transfer")),
        wrap_up_s=top.span("wrap_up", standard.wrap_up_s),
        max_call_s=top.span("max_call", standard.max_call_s, least=10),
        skills={key: int(level) for key, level in _numbers(top.table("skills"), least=1, most=10).items()},
        tier_agents=top.flag("tier_agents", False),
        caller_ids=top.texts("caller_ids"),
        target_completed=top.whole("target_completed", 0, least=1) or None,
        quotas=_quotas(top.table("quotas")),
        order_value=top.number("order_value", 0.0, least=0),
        cost_per_call_s=top.number("cost_per_call_s", 0.0, least=0),
        inbound=top.flag("inbound", False),
        inbound_target=top.share("inbound_target", standard.inbound_target),
        inbound_within_s=top.span("inbound_within", standard.inbound_within_s, least=1, most=3600),
        consent_needed=top.text("consent_needed") or None,
        record=top.flag("record", True),
        keep_recordings_s=top.span("keep_recordings", None, most=36_600 * 86_400.0),
    )


def _country(table: Table) -> str:
    country = table.text("country").upper()
    if country and not (len(country) == 2 and country.isascii() and country.isalpha()):
        table.fault("country", f'must be a two-letter country code such as "GB", not "{country}"')
        return ""
    return country


def _path(table: Table, key: str, directory: Path) -> Path | None:
    written = table.text(key)
    return directory / written if written else None


def _numbers(
    table: Table, *, known: tuple[str, ...] | None = None, least: float = 0, most: float | None = None
) -> dict[str, float]:
    for key in table.open_keys():
        if known is not None and key not in known:
            table.fault(key, f"is not one of the campaign's lists ({', '.join(known) or 'it has none'})")
    return {key: table.number(key, 0.0, least=least, most=most) for key in table.open_keys()}


def _hours(table: Table) -> Hours:
    standard = Hours()
    from_minute, to_minute = table.hours("time", (standard.from_minute, standard.to_minute))
    weekdays = table.weekdays("weekdays", standard.weekdays)
    return Hours(from_minute=from_minute, to_minute=to_minute, weekdays=weekdays)


def _dial(table: Table) -> DialRules:
    standard = DialRules()
    quota = table.table("quota")
    return DialRules(
        max_tries=table.whole("max_tries", standard.max_tries, least=1, most=10_000),
        max_tries_per_number=table.whole("max_tries_per_number", 0, least=1, most=10_000) or None,
        min_gap_s=table.span("min_gap", standard.min_gap_s, least=1),
        ring_timeout_s=table.span("ring_timeout", standard.ring_timeout_s, least=5, most=180),
        retry=_retry(table.table("retry")),
        quota=_quota(quota) if quota.values else None,
        next_number_at_once=table.flag("next_number_at_once", False),
    )


def _retry(table: Table) -> Mapping[Outcome, RetryRule | None]:
    rules = dict(STANDARD_RETRY)
    for outcome, standard in STANDARD_RETRY.items():
        value = table.raw(outcome.value)
        if isinstance(value, dict):
            rule = table.table(outcome.value)
            rule.need("after")
            after = rule.span("after", standard.delay_s if standard else 3600.0, least=1)
            rules[outcome] = RetryRule(delay_s=after, most=rule.whole("most", 0, least=1) or None)
        elif value is False or value == "never":
            rules[outcome] = None
        elif value is not None:
            rules[outcome] = RetryRule(delay_s=table.span(outcome.value, 3600.0, least=1))
    return rules


def _quota(table: Table) -> CallQuota:
    parts = []
    for each in table.each_table("part"):
        each.need("name")
        each.need("time")
        from_minute, to_minute = each.hours("time", (0, 24 * 60))
        weekdays = each.weekdays("weekdays", frozenset(range(7)))
        parts.append(DayPart(name=each.text("name"), from_minute=from_minute, to_minute=to_minute, weekdays=weekdays))
    return CallQuota(
        parts=tuple(parts),
        most_per_part=table.whole("most_per_part", 0, least=1) or None,
        most=table.whole("most", 0, least=1) or None,
        days=table.whole("days", 1, least=1, most=366),
    )


def _pacing(table: Table) -> PacingRules:
    standard = PacingRules()
    return PacingRules(
        controller=table.choice("controller", standard.controller, CONTROLLERS),
        abandon_target=table.share("abandon_target", None),
        max_lines=table.whole("max_lines", standard.max_lines, least=1, most=100_000),
        max_calls_per_s=table.number("max_calls_per_s", standard.max_calls_per_s, least=0.01, most=10_000),
        lines_per_agent=table.whole("lines_per_agent", standard.lines_per_agent, least=1, most=20),
        fixed_ratio=table.number("fixed_ratio", standard.fixed_ratio, least=1, most=20),
        drop_late_ringers=table.flag("drop_late_ringers", standard.drop_late_ringers),
    )


def _preview(table: Table) -> PreviewRules:
    standard = PreviewRules()
    return PreviewRules(
        countdown_s=table.span("countdown", standard.countdown_s, least=1),
        on_expiry=table.choice("on_expiry", standard.on_expiry, ("accept", "release")),
    )


def _message(table: Table, dispositions: Mapping[str, Disposition], mode: Mode) -> MessageRules:
    standard = MessageRules()
    keys = table.table("keys")
    pressed: dict[str, str] = {}
    for key in keys.open_keys():
        if key not in set("0123456789*#"):
            keys.fault(key, 'is not a key of a telephone: "0".."9", "*" or "#"')
        pressed[key] = keys.choice(key, "", tuple(dispositions))
    return MessageRules(
        message=table.text("message", standard.message),
        length_s=table.span("length", standard.length_s, least=1),
        keys=pressed,
        leave_on_machine=table.flag("leave_on_machine", standard.leave_on_machine),
        fax=_fax(table, mode),
    )


def _fax(table: Table, mode: Mode) -> str:
    """The document's name among the installation's faxes (docs/trunks.md)."""
    document = table.text("fax")
    if document and not re.fullmatch(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}\.(tif|tiff|pdf)", document):
        table.fault("fax", f'must be the name of a TIFF or PDF such as "offer.tif", not "{document}"')
    elif document and mode is not Mode.MESSAGE:
        table.fault("fax", f'is sent by a campaign of mode "message" only, not "{mode}"')
    return document


def _machine(table: Table) -> MachineRules:
    standard = MachineRules()
    return MachineRules(
        machine=table.choice("machine", standard.machine, ("hang_up", "leave_message", "connect")),
        screening=table.choice("screening", standard.screening, ("hang_up", "connect", "say_name")),
        fax=table.choice("fax", standard.fax, ("number_dead", "hang_up")),
        silence=table.choice("silence", standard.silence, ("person", "hang_up")),
        name_message=table.text("name_message", standard.name_message),
        name_length_s=table.span("name_length", standard.name_length_s, least=1),
        free_agent=table.flag("free_agent", False),
        false_alarms=table.share("false_alarms", standard.false_alarms),
    )


def _transfer(table: Table) -> Mapping[str, str]:
    """``[transfer]``: name = "+number", and no other number can be dialled for a talk."""
    numbers = {name: table.text(name) for name in table.open_keys()}
    for name, number in numbers.items():
        digits = number[1:]
        plain = number[:1] == "+" and digits.isascii() and digits.isdigit() and digits[:1] != "0"
        if not (plain and 7 <= len(digits) <= 15):
            table.fault(name, f'must be a whole number such as "+351210000099", not "{number}"')
    return numbers


def _dispositions(top: Table) -> Mapping[str, Disposition]:
    """The standard ones, with the file's own added or put in their place."""
    known = dict(STANDARD_DISPOSITIONS)
    for table in top.each_table("disposition"):
        table.need("code")
        table.need("en")
        code = table.text("code")
        en = table.text("en", code)
        words = Words(en=en, zh=table.text("zh", en), ru=table.text("ru", en))
        effects = {name: table.flag(name, False) for name in EFFECTS}
        known[code] = Disposition(
            code=code,
            words=words,
            ban=Ban(table.choice("ban", Ban.NONE.value, tuple(Ban))),
            redial_s=table.span("redial", None, least=1),
            by_system=table.flag("by_system", False),
            **effects,
        )
    return known


def _quotas(table: Table) -> Mapping[str, Mapping[str, int]]:
    read: dict[str, Mapping[str, int]] = {}
    for fact in table.open_keys():
        values = table.table(fact)
        read[fact] = {value: values.whole(value, 0, least=0) for value in values.open_keys()}
    return read


def _list_plan(table: Table, directory: Path) -> ListPlan:
    table.need("name")
    return ListPlan(
        name=table.text("name"),
        file=_path(table, "file", directory),
        country=_country(table),
        mapping=table.text("map") or None,
        select=table.text("select"),
        tiers=_tiers(table),
    )


def _tiers(table: Table) -> tuple[tuple[int, str], ...]:
    """``[tiers]``: 1 = "rule", 2 = "rule" ... in the order of the file."""
    rules = table.table("tiers")
    read = []
    for key in rules.open_keys():
        if key not in ("1", "2", "3", "4", "5"):
            rules.fault(key, "is not a tier: tiers are 1 (best) to 5")
        else:
            read.append((int(key), rules.text(key)))
    return tuple(read)


def with_id(plan: CampaignPlan, campaign_id: int) -> CampaignPlan:
    """The plan of a campaign that has got its number in a store."""
    return replace(plan, campaign=replace(plan.campaign, id=campaign_id))
