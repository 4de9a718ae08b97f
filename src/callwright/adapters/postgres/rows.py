"""From rows to the nouns of the model. The statements name their columns as the model does."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from typing import Any

from callwright.dialer.ports import PastDial
from callwright.model.agent import Agent
from callwright.model.attempt import Attempt, AttemptState, Mode
from callwright.model.outcome import Media, Outcome
from callwright.model.people import Lead, LeadStatus, LineType, Phone

Row = Mapping[str, Any]

_MODES = {mode.value: mode for mode in Mode}
_STATES = {state.value: state for state in AttemptState}
_OUTCOMES = {outcome.value: outcome for outcome in Outcome}
_STATUSES = {status.value: status for status in LeadStatus}
_LINE_TYPES = {kind.value: kind for kind in LineType}


def outcome_from(word: str | None) -> Outcome | None:
    return None if word is None else _OUTCOMES[word]


def leads_from(lead_rows: Iterable[Row], phone_rows: Iterable[Row]) -> list[Lead]:
    """Leads with their customers' phones, in the order of the lead rows."""
    phones: defaultdict[int, list[Phone]] = defaultdict(list)
    for row in phone_rows:
        phones[row["customer_id"]].append(_phone(row))
    return [_lead(row, tuple(phones[row["customer_id"]])) for row in lead_rows]


def _phone(row: Row) -> Phone:
    return Phone(
        id=row["id"],
        number=row["number"],
        country=row["country"],
        region=row["region"],
        line_type=_LINE_TYPES.get(row["line_type"], LineType.UNKNOWN),
        carrier=row["carrier"],
        zones=tuple(row["zones"]),
        position=row["position"],
        dead=row["dead"],
    )


def _lead(row: Row, phones: tuple[Phone, ...]) -> Lead:
    return Lead(
        id=row["id"],
        campaign_id=row["campaign_id"],
        list_id=row["list_id"],
        customer_id=row["customer_id"],
        tier=row["tier"],
        phones=phones,
        priority=row["priority"],
        status=_STATUSES[row["status"]],
        next_at=row["next_at"],
        next_phone_id=row["next_phone_id"],
        tries=row["tries"],
        outcome_tries=row["outcome_tries"],
        phone_tries={int(phone_id): tries for phone_id, tries in row["phone_tries"].items()},
        last_outcome=row["last_outcome"],
        last_attempt_id=row["last_attempt_id"],
        last_attempt_at=row["last_attempt_at"],
        redial_of=row["redial_of"],
        callback_agent_id=row["callback_agent_id"],
        callback=row["callback"],
        owner_agent_id=row["owner_agent_id"],
        called_since_reset=row["called_since_reset"],
        shown_as=row["shown_as"],
        name=row["name"],
        language=row["language"],
        time_zone=row["time_zone"],
        facts=row["facts"],
    )


def attempt_from(row: Row) -> Attempt:
    facts = dict(row)
    facts["mode"] = _MODES[row["mode"]]
    facts["state"] = _STATES[row["state"]]
    facts["outcome"] = outcome_from(row["outcome"])
    facts["media"] = None if row["media"] is None else Media(row["media"])
    return Attempt(**facts)


def past_dial_from(row: Row) -> PastDial:
    facts = dict(row)
    facts["mode"], facts["outcome"] = _MODES[row["mode"]], outcome_from(row["outcome"])
    return PastDial(**facts)


def agent_from(row: Row) -> Agent:
    return Agent(
        id=row["id"],
        name=row["name"],
        team=row["team"],
        site=row["site"],
        tiers=frozenset(row["tiers"]),
        seniority=row["seniority"],
        skills=row["skills"],
        inbound=row["inbound"],
        pay_per_hour=row["pay_per_hour"],
        lead=row["lead"],
    )
