"""The raw material of all figures: frames of attempts, records, agent states, orders, shifts.

``Facts`` is what every figure is computed from; a ``FactSource`` loads it for campaigns and a period. Here lives the
source over the engines' own objects (rehearsals, tests); PostgreSQL's is ``adapters.postgres.facts``. No figure is
defined here. Instants are epoch seconds (UTC) as Float64, spans are seconds.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Protocol

import polars as pl

from callwright.kit.words import Words
from callwright.model.agent import Agent, StateInterval
from callwright.model.attempt import Attempt, Mode
from callwright.model.campaign import Campaign
from callwright.model.outcome import STANDARD_DISPOSITIONS, Disposition
from callwright.model.people import Lead

Schema = dict[str, "pl.DataType | type[pl.DataType]"]

ATTEMPTS: Schema = {
    "attempt_id": pl.Int64,
    "campaign_id": pl.Int64,
    "list_id": pl.Int64,
    "lead_id": pl.Int64,  # null: a number outside every list (manual dialling, unknown caller)
    "agent_id": pl.Int64,
    "tier": pl.Int8,
    "caller_id": pl.Categorical,
    "dialed_at": pl.Float64,
    "answered_at": pl.Float64,
    "try_no": pl.Int32,  # of the record, counting this one
    "redial": pl.Boolean,  # makes good an abandoned call
    "inbound": pl.Boolean,  # a person returned our call: no dial of ours
    "person": pl.Boolean,  # a person was recognised on the line
    "joined": pl.Boolean,  # an agent and the person were connected
    "offered": pl.Boolean,  # the robot tried to hand over
    "picked_up": pl.Boolean,  # and an agent took it
    "outcome": pl.Categorical,  # model.outcome.Outcome; null while the call lives
    "disposition": pl.Categorical,
    "talk_s": pl.Float64,  # with our agents, holding included; 0 without
    "ring_s": pl.Float64,
    "hold_s": pl.Float64,
    "connect_s": pl.Float64,  # from the answer to the first agent; null: no agent
    "wait_s": pl.Float64,  # from the answer to the first agent, or to the end where none came; null: not answered
    "connect_from_greeting_s": pl.Float64,  # from the end of the first words; null: not heard, or no agent
    "cost": pl.Float64,
}
LEADS: Schema = {
    "lead_id": pl.Int64,
    "campaign_id": pl.Int64,
    "list_id": pl.Int64,
    "tier": pl.Int8,
    "status": pl.Categorical,  # model.people.LeadStatus, as it stands now
    "last_outcome": pl.Categorical,
    "reached_outside": pl.Boolean,  # reached by an attempt outside the period
}
INTERVALS: Schema = {
    "agent_id": pl.Int64,
    "campaign_id": pl.Int64,  # null: waiting for several campaigns at once
    "state": pl.Categorical,
    "reason": pl.Categorical,
    "began_at": pl.Float64,  # cut to the period
    "ended_at": pl.Float64,
    "cut": pl.Boolean,  # by the beginning of the period: it goes on from before
    "goes_on": pl.Boolean,  # after the end of the period
}
ORDERS: Schema = {"attempt_id": pl.Int64, "amount": pl.Float64}
COMPLAINTS: Schema = {"attempt_id": pl.Int64}
SHIFTS: Schema = {
    "agent_id": pl.Int64,
    "began_at": pl.Float64,  # cut to the period
    "ended_at": pl.Float64,
    "paid": pl.Boolean,
}
DISPOSITIONS: Schema = {
    "campaign_id": pl.Int64,
    "disposition": pl.Categorical,
    "reached": pl.Boolean,
    "effective": pl.Boolean,
    "interested": pl.Boolean,
    "completed": pl.Boolean,
    "success": pl.Boolean,
}
AGENTS: Schema = {
    "agent_id": pl.Int64,
    "agent": pl.String,
    "team": pl.String,
    "site": pl.String,
    "pay_per_hour": pl.Float64,
}
CAMPAIGNS: Schema = {"campaign_id": pl.Int64, "campaign": pl.String, "target_completed": pl.Int64}
LISTS: Schema = {"list_id": pl.Int64, "list": pl.String}

COMPLETION_PURPOSES = frozenset({"survey", "notice", "service", "care", "verification", "reminder", "invitation"})
"""Purposes that sell nothing: there a completed record is a successful one (kpi.yaml, ``successful``)."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Period:
    """``[from_at, until_at)``; None: without an end. Calls belong to the instant they were dialled."""

    from_at: float | None = None
    until_at: float | None = None

    def holds(self, at: float) -> bool:
        return (self.from_at is None or at >= self.from_at) and (self.until_at is None or at < self.until_at)


WHOLE = Period()


def _empty(schema: Schema) -> pl.DataFrame:
    return pl.DataFrame(schema=schema)


@dataclass(frozen=True, kw_only=True, slots=True)
class Facts:
    """Everything the figures of some campaigns and a period are computed from. Columns: the schemas of this module."""

    attempts: pl.DataFrame
    leads: pl.DataFrame
    dispositions: pl.DataFrame
    campaigns: pl.DataFrame
    intervals: pl.DataFrame = field(default_factory=lambda: _empty(INTERVALS))
    orders: pl.DataFrame = field(default_factory=lambda: _empty(ORDERS))
    complaints: pl.DataFrame = field(default_factory=lambda: _empty(COMPLAINTS))
    shifts: pl.DataFrame = field(default_factory=lambda: _empty(SHIFTS))
    agents: pl.DataFrame = field(default_factory=lambda: _empty(AGENTS))
    lists: pl.DataFrame = field(default_factory=lambda: _empty(LISTS))
    period: Period = WHOLE
    names: Mapping[str, Words] = field(default_factory=dict)  # disposition code -> what people call it


class FactSource(Protocol):
    """Loads facts. ``campaign_ids`` empty: all campaigns."""

    async def load(self, campaign_ids: Sequence[int], period: Period = WHOLE) -> Facts: ...


class OrderLike(Protocol):
    @property
    def attempt_id(self) -> int: ...
    @property
    def amount(self) -> float: ...


@dataclass(frozen=True, kw_only=True, slots=True)
class Shift:
    """A planned stretch of work of one agent."""

    agent_id: int
    began_at: float
    ended_at: float
    paid: bool = True


def disposition_rows(
    campaign_id: int, purpose: str, dispositions: Mapping[str, Disposition] = STANDARD_DISPOSITIONS
) -> list[tuple[int, str, bool, bool, bool, bool, bool]]:
    """Rows of the dispositions frame for one campaign.

    The funnel's steps contain each other, so success implies interest and interest an effective conversation; where
    nothing is sold, completion is the success.
    """
    rows = []
    for code, d in dispositions.items():
        success = d.success or (d.completed and purpose in COMPLETION_PURPOSES)
        interested = d.interested or d.success
        rows.append((campaign_id, code, d.reached, d.effective or interested, interested, d.completed, success))
    return rows


def facts_from_objects(
    *,
    campaigns: Iterable[Campaign],
    attempts: Iterable[Attempt] = (),
    leads: Iterable[Lead] = (),
    intervals: Iterable[StateInterval] = (),
    orders: Iterable[OrderLike] = (),
    agents: Iterable[Agent] = (),
    lists: Mapping[int, str] | None = None,
    complaints: Iterable[int] = (),
    shifts: Iterable[Shift] = (),
    period: Period = WHOLE,
) -> Facts:
    """Facts of the given campaigns from the engines' objects; whatever belongs to another campaign is left out.

    ``complaints`` are attempt ids, ``lists`` maps list ids to names. An agent's time that belongs to no campaign counts
    unless the agent worked for other campaigns only; ``shifts`` are taken as given, those of absent agents too.
    """
    chosen = list(campaigns)
    ids = {c.id for c in chosen}
    every = [a for a in attempts if a.campaign_id in ids]
    inside = every if period == WHOLE else [a for a in every if period.holds(a.dialed_at)]
    flags = _frame(DISPOSITIONS, [r for c in chosen for r in disposition_rows(c.id, c.purpose, c.dispositions)])
    reaching = {(c.id, code) for c in chosen for code, d in c.dispositions.items() if d.reached}
    outside = {
        a.lead_id
        for a in every
        if not period.holds(a.dialed_at) and a.disposition and (a.campaign_id, a.disposition) in reaching
    }
    kept = {a.id for a in inside}
    every_interval = list(intervals)
    ours = {i.agent_id for i in every_interval if i.campaign_id in ids}
    others = {i.agent_id for i in every_interval if i.campaign_id is not None} - ours
    working = [
        i for i in every_interval if i.campaign_id in ids or (i.campaign_id is None and i.agent_id not in others)
    ]
    return Facts(
        attempts=_attempt_frame(inside),
        leads=_lead_frame([lead for lead in leads if lead.campaign_id in ids], outside),
        dispositions=flags,
        campaigns=_frame(CAMPAIGNS, [(c.id, c.name, c.target_completed) for c in chosen]),
        intervals=intervals_within(_interval_frame(working), period),
        orders=_frame(ORDERS, [(o.attempt_id, o.amount) for o in orders if o.attempt_id in kept]),
        complaints=_frame(COMPLAINTS, [(c,) for c in complaints if c in kept]),
        shifts=cut_to_period(_frame(SHIFTS, [(s.agent_id, s.began_at, s.ended_at, s.paid) for s in shifts]), period),
        agents=_frame(AGENTS, [(a.id, a.name, a.team, a.site, a.pay_per_hour) for a in agents]),
        lists=_frame(LISTS, list((lists or {}).items())),
        period=period,
        names=disposition_names(chosen),
    )


def disposition_names(campaigns: Iterable[Campaign]) -> dict[str, Words]:
    """What people call the dispositions of these campaigns, their own ones included."""
    return {code: d.words for campaign in campaigns for code, d in campaign.dispositions.items()}


def cut_to_period(stretches: pl.DataFrame, period: Period) -> pl.DataFrame:
    """Stretches with ``began_at`` and ``ended_at`` cut to the period; those outside it go."""
    if period == WHOLE:
        return stretches
    return stretches.with_columns(
        pl.col("began_at").clip(lower_bound=period.from_at), pl.col("ended_at").clip(upper_bound=period.until_at)
    ).filter(pl.col("ended_at") > pl.col("began_at"))


def intervals_within(intervals: pl.DataFrame, period: Period) -> pl.DataFrame:
    """State intervals cut to the period, with the marks of what was cut."""
    begin = float("-inf") if period.from_at is None else period.from_at
    end = float("inf") if period.until_at is None else period.until_at
    marked = intervals.with_columns(cut=pl.col("began_at") < begin, goes_on=pl.col("ended_at") > end)
    return cut_to_period(marked, period).select(list(INTERVALS))


def _frame(schema: Schema, rows: Sequence[Sequence[object]]) -> pl.DataFrame:
    return pl.DataFrame(rows, schema=schema, orient="row") if rows else _empty(schema)


def _columns(schema: Schema, columns: Mapping[str, Sequence[object]]) -> pl.DataFrame:
    return pl.DataFrame({name: pl.Series(name, columns[name], dtype=kind) for name, kind in schema.items()})


def _ring_s(a: Attempt) -> float:
    if a.rang_at is None:
        return 0.0
    over_at = a.answered_at if a.answered_at is not None else a.ended_at
    return 0.0 if over_at is None else over_at - a.rang_at


def _between(began_at: float | None, ended_at: float | None) -> float | None:
    return None if began_at is None or ended_at is None else ended_at - began_at


def _attempt_frame(attempts: Sequence[Attempt]) -> pl.DataFrame:
    inbound = Mode.INBOUND
    return _columns(
        ATTEMPTS,
        {
            "attempt_id": [a.id for a in attempts],
            "campaign_id": [a.campaign_id for a in attempts],
            "list_id": [a.list_id for a in attempts],
            "lead_id": [a.lead_id for a in attempts],
            "agent_id": [a.agent_id for a in attempts],
            "tier": [a.tier for a in attempts],
            "caller_id": [a.caller_id for a in attempts],
            "dialed_at": [a.dialed_at for a in attempts],
            "answered_at": [a.answered_at for a in attempts],
            "try_no": [a.try_no for a in attempts],
            "redial": [a.redial_of is not None for a in attempts],
            "inbound": [a.mode is inbound for a in attempts],
            "person": [a.person_at is not None for a in attempts],
            "joined": [a.connected_at is not None for a in attempts],
            "offered": [a.transfer is not None for a in attempts],
            "picked_up": [a.transfer == "picked_up" for a in attempts],
            "outcome": [None if a.outcome is None else a.outcome.value for a in attempts],
            "disposition": [a.disposition for a in attempts],
            "talk_s": [a.talk_s for a in attempts],
            "ring_s": [_ring_s(a) for a in attempts],
            "hold_s": [a.hold_s for a in attempts],
            "connect_s": [_between(a.answered_at, a.connected_at) for a in attempts],
            "wait_s": [
                _between(a.answered_at, a.ended_at if a.connected_at is None else a.connected_at) for a in attempts
            ],
            "connect_from_greeting_s": [_between(a.greeting_ended_at, a.connected_at) for a in attempts],
            "cost": [a.cost for a in attempts],
        },
    )


def _lead_frame(leads: Sequence[Lead], reached_outside: set[int | None]) -> pl.DataFrame:
    return _columns(
        LEADS,
        {
            "lead_id": [x.id for x in leads],
            "campaign_id": [x.campaign_id for x in leads],
            "list_id": [x.list_id for x in leads],
            "tier": [x.tier for x in leads],
            "status": [x.status.value for x in leads],
            "last_outcome": [x.last_outcome for x in leads],
            "reached_outside": [x.id in reached_outside for x in leads],
        },
    )


def _interval_frame(intervals: Sequence[StateInterval]) -> pl.DataFrame:
    return _columns(
        {name: kind for name, kind in INTERVALS.items() if name not in ("cut", "goes_on")},
        {
            "agent_id": [i.agent_id for i in intervals],
            "campaign_id": [i.campaign_id for i in intervals],
            "state": [i.state.value for i in intervals],
            "reason": [i.reason for i in intervals],
            "began_at": [i.began_at for i in intervals],
            "ended_at": [i.ended_at for i in intervals],
        },
    )
