"""From a CampaignPlan back to the text of a campaign file: only what differs from the standard is written."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import tomlkit

from callwright.app.campaign_file import EFFECTS, CampaignPlan, ListPlan
from callwright.app.spans import say_hours, say_span, say_weekdays
from callwright.app.trunk_keys import trunk_as_dict
from callwright.kit.clock import utc
from callwright.model.campaign import (
    STANDARD_RETRY,
    CallQuota,
    Campaign,
    DialRules,
    Hours,
    MachineRules,
    MessageRules,
    PacingRules,
    PreviewRules,
    RetryRule,
)
from callwright.model.outcome import STANDARD_DISPOSITIONS, Ban, Disposition


def write_campaign(plan: CampaignPlan) -> str:
    """The file's text. Reading it again gives an equal plan."""
    return tomlkit.dumps(plan_as_dict(plan))


def plan_as_dict(plan: CampaignPlan) -> dict[str, Any]:
    """The file's content as plain values: what ``campaign_file`` reads, and what a store keeps of a campaign."""
    written = _campaign(plan.campaign, named={each.name for each in plan.lists})
    written |= _present(
        truth=str(plan.truth) if plan.truth else None,
        select=plan.select,
        tiers={str(tier): rule for tier, rule in plan.tiers},
        floor=_present(agents=plan.agents, file=str(plan.floor) if plan.floor else None),
        list=[_list(each) for each in plan.lists],
        trunk=[trunk_as_dict(each) for each in plan.trunks],
    )
    # Plain keys must stand before the first table, or TOML would take them for the table's.
    return dict(sorted(written.items(), key=lambda item: isinstance(item[1], dict | list) and not _plain(item[1])))


def _plain(value: object) -> bool:
    return isinstance(value, list) and not any(isinstance(each, dict) for each in value)


def _present(**values: Any) -> dict[str, Any]:
    """Without what is None or empty."""
    return {key: value for key, value in values.items() if value is not None and value not in ("", [], {})}


def _changed(standard: Any, **values: tuple[Any, Any]) -> dict[str, Any]:
    """Of (value, as written) pairs by field, those whose value differs from ``standard``'s; field names lose "_s"."""
    return {
        key.removesuffix("_s") if key in _SPANS else key: written
        for key, (value, written) in values.items()
        if value != getattr(standard, key)
    }


_SPANS = frozenset(
    {
        "min_gap_s",
        "ring_timeout_s",
        "wrap_up_s",
        "max_call_s",
        "keep_recordings_s",
        "countdown_s",
        "length_s",
        "name_length_s",
        "inbound_within_s",
    }
)


def _same(rules: Any, *names: str) -> dict[str, tuple[Any, Any]]:
    """The named fields, written as they are; spans as people write them."""
    return {name: (value := getattr(rules, name), _said(name, value)) for name in names}


def _said(name: str, value: Any) -> Any:
    if name in _SPANS and value is not None:
        return say_span(value)
    return list(value) if isinstance(value, tuple) else value


def _campaign(campaign: Campaign, named: set[str]) -> dict[str, Any]:
    standard = Campaign(id=campaign.id, name="")
    written = _changed(
        standard,
        **_same(campaign, "name", "purpose"),
        mode=(campaign.mode, campaign.mode.value),
        **_same(
            campaign,
            "language",
            "packs",
            "country",
            "priority",
            "detect_machines",
            "whisper_name",
            "wrap_up_s",
            "max_call_s",
            "tier_agents",
            "caller_ids",
            "target_completed",
            "order_value",
            "cost_per_call_s",
            "inbound",
            "inbound_target",
            "inbound_within_s",
            "consent_needed",
            "record",
            "keep_recordings_s",
        ),
        list_mix=(campaign.list_mix, dict(campaign.list_mix)),
        skills=(campaign.skills, dict(campaign.skills)),
        quotas=(campaign.quotas, {fact: dict(most) for fact, most in campaign.quotas.items()}),
    )
    return written | _present(
        lists=[name for name in campaign.lists if name not in named],
        starts=utc(campaign.starts_at) if campaign.starts_at is not None else None,
        ends=utc(campaign.ends_at) if campaign.ends_at is not None else None,
        hours=_hours(campaign.hours),
        dial=_dial(campaign.dial),
        pacing=_changed(
            PacingRules(),
            **_same(
                campaign.pacing,
                "controller",
                "abandon_target",
                "max_lines",
                "max_calls_per_s",
                "lines_per_agent",
                "fixed_ratio",
                "drop_late_ringers",
            ),
        ),
        preview=_changed(PreviewRules(), **_same(campaign.preview, "countdown_s", "on_expiry")),
        message=_changed(
            MessageRules(),
            **_same(campaign.message, "message", "length_s", "leave_on_machine", "fax"),
            keys=(campaign.message.keys, dict(campaign.message.keys)),
        ),
        machine=_changed(
            MachineRules(),
            **_same(
                campaign.machine,
                "machine",
                "screening",
                "fax",
                "silence",
                "name_message",
                "name_length_s",
                "free_agent",
                "false_alarms",
            ),
        ),
        transfer=dict(campaign.transfer),
        disposition=[
            _disposition(each)
            for code, each in campaign.dispositions.items()
            if each != STANDARD_DISPOSITIONS.get(code)
        ],
    )


def _hours(hours: Hours) -> dict[str, Any]:
    if hours == Hours():
        return {}
    return {"time": say_hours(hours.from_minute, hours.to_minute), "weekdays": say_weekdays(hours.weekdays)}


def _dial(dial: DialRules) -> dict[str, Any]:
    retry = {outcome.value: _retry(rule) for outcome, rule in dial.retry.items() if rule != STANDARD_RETRY.get(outcome)}
    return _changed(
        DialRules(),
        **_same(dial, "max_tries", "max_tries_per_number", "min_gap_s", "ring_timeout_s", "next_number_at_once"),
    ) | _present(retry=retry, quota=_quota(dial.quota) if dial.quota else None)


def _retry(rule: RetryRule | None) -> object:
    if rule is None:
        return "never"
    if rule.most is None:
        return say_span(rule.delay_s)
    return {"after": say_span(rule.delay_s), "most": rule.most}


def _quota(quota: CallQuota) -> Mapping[str, Any]:
    return _present(
        most=quota.most,
        days=quota.days,
        most_per_part=quota.most_per_part,
        part=[
            {
                "name": part.name,
                "time": say_hours(part.from_minute, part.to_minute),
                "weekdays": say_weekdays(part.weekdays),
            }
            for part in quota.parts
        ],
    )


def _disposition(disposition: Disposition) -> dict[str, Any]:
    words = disposition.words
    written: dict[str, Any] = {"code": disposition.code, "en": words.en, "zh": words.zh, "ru": words.ru}
    written |= {name: True for name in EFFECTS if getattr(disposition, name)}
    return written | _present(
        ban=disposition.ban.value if disposition.ban is not Ban.NONE else None,
        redial=say_span(disposition.redial_s) if disposition.redial_s is not None else None,
        by_system=disposition.by_system or None,
    )


def _list(plan: ListPlan) -> dict[str, Any]:
    return _present(
        name=plan.name,
        file=str(plan.file) if plan.file else None,
        country=plan.country,
        map=plan.mapping,
        select=plan.select,
        tiers={str(tier): rule for tier, rule in plan.tiers},
    )
