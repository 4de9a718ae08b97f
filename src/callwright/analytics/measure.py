"""Counting: base counts of facts, grouped by any mix of dimensions. Only adds up what ``prepare`` has judged."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from functools import cached_property

import polars as pl

from callwright.analytics.catalogue import COUNT_BY_ID
from callwright.analytics.counts import COUNTS
from callwright.analytics.definition import Counts, Dimension, Source
from callwright.analytics.facts import Facts
from callwright.analytics.prepare import (
    CALL_FLAGS,
    CALL_SUMS,
    PRODUCTIVE_STATES,
    QUARTER_S,
    RECORD_FLAGS,
    TIME_KINDS,
    TIME_MOMENTS,
    classify_records,
    cut_at_steps,
    is_state,
    judge_calls,
    judge_time,
    mark_unreached,
)

Key = tuple[str | int | date | None, ...]
D = Dimension
_KEY_COLUMN = {
    D.CAMPAIGN: "campaign_id",
    D.LIST: "list_id",
    D.TIER: "tier",
    D.AGENT: "agent_id",
    D.TEAM: "team",
    D.SITE: "site",
    D.CALLER_ID: "caller_id",
    D.HOUR: "hour",
    D.DAY: "day",
}


@dataclass(frozen=True, kw_only=True, slots=True)
class Group:
    """The base counts of one group. ``key`` has one name per dimension of the grouping, None: not known."""

    key: Key
    counts: Counts


class Measure:
    """Base counts of some facts. Keeps the judged frames, so that several groupings cost one judgement.

    ``tz`` is the IANA zone that hours and days are read in.
    """

    def __init__(self, facts: Facts, *, tz: str = "UTC") -> None:
        self.facts = facts
        self.tz = tz
        self._counted: dict[tuple[Dimension, ...], list[Group]] = {}

    @cached_property
    def calls(self) -> pl.DataFrame:
        """Every attempt with its judgements (see ``prepare.judge_calls``)."""
        return mark_unreached(self._judged, self.records)

    @cached_property
    def records(self) -> pl.DataFrame:
        """Every lead with its class (see ``prepare.classify_records``)."""
        return classify_records(self.facts, self._judged)

    @cached_property
    def _judged(self) -> pl.DataFrame:
        return judge_calls(self.facts)

    @cached_property
    def time(self) -> pl.DataFrame:
        """Every stretch of agent time with its seconds by kind (see ``prepare.judge_time``)."""
        return judge_time(self.facts)

    @cached_property
    def _has_target(self) -> bool:
        return bool(self.facts.campaigns["target_completed"].is_not_null().any())

    @cached_property
    def _only_campaign(self) -> int | None:
        ids = self.facts.campaigns["campaign_id"]
        return int(ids[0]) if len(ids) == 1 else None

    def total(self) -> Counts:
        """The base counts of everything."""
        return self.by(())[0].counts

    @cached_property
    def answers(self) -> pl.DataFrame:
        """The answers that were put through or abandoned, in order: campaign_id, at, abandoned."""
        return (
            self.calls.lazy()
            .filter(pl.col("abandoned") | pl.col("put_through"))
            .select("campaign_id", "abandoned", at=pl.col("answered_at").fill_null(pl.col("dialed_at")))
            .sort("campaign_id", "at")
            .collect()
        )

    def by_agent(self, count_id: str) -> dict[str, float]:
        """One count of every known agent, largest first."""
        values = {str(g.key[0]): g.counts[count_id] for g in self.by((Dimension.AGENT,)) if g.key[0] is not None}
        known = {agent: value for agent, value in values.items() if value}
        return dict(sorted(known.items(), key=lambda item: -item[1]))

    def by(self, dimensions: Sequence[Dimension]) -> list[Group]:
        """Base counts of every group, ordered by key. Without dimensions: one group, also where there is nothing."""
        wanted = tuple(dimensions)
        if wanted not in self._counted:
            self._counted[wanted] = self._count(wanted)
        return self._counted[wanted]

    def _count(self, dimensions: tuple[Dimension, ...]) -> list[Group]:
        keys = [_KEY_COLUMN[d] for d in dimensions]
        parts = [
            self._of_calls(keys),
            self._of_records(keys),
            self._of_diallers(keys),
            *self._of_leads(dimensions, keys),
            *self._of_time(dimensions, keys),
            *self._of_shifts(dimensions, keys),
            *self._of_campaigns(dimensions, keys),
        ]
        if keys:
            joined = pl.concat(parts, how="diagonal_relaxed").group_by(keys).agg(pl.exclude(keys).sum()).sort(keys)
        else:
            joined = pl.concat(parts, how="horizontal")
        return [self._group(dimensions, keys, row) for row in joined.iter_rows(named=True)]

    # --- one part per source of counts ----------------------------------------------------------------------------

    def _of_calls(self, keys: list[str]) -> pl.DataFrame:
        return _add_up(self._keyed(self.calls, keys, "dialed_at"), keys, [pl.col(*CALL_FLAGS, *CALL_SUMS).sum()])

    def _of_records(self, keys: list[str]) -> pl.DataFrame:
        flags = [f"r_{name}" for name in RECORD_FLAGS]
        calls = self.calls.lazy().filter(
            pl.col("lead_id").is_not_null() & (pl.col("calls_made") | pl.col("person_on_line") | pl.col("reached"))
        )
        per_record = self._keyed(calls, keys, "dialed_at").group_by([*keys, "lead_id"]).agg(pl.col(flags).any())
        sums = [pl.col(f"r_{name}").sum().alias(name) for name in RECORD_FLAGS]
        return _add_up(per_record, keys, sums)

    def _of_diallers(self, keys: list[str]) -> pl.DataFrame:
        calls = self.calls.lazy().filter(pl.col("calls_made") & pl.col("agent_id").is_not_null())
        return _add_up(
            self._keyed(calls, keys, "dialed_at"), keys, [pl.col("agent_id").n_unique().alias("agents_dialled")]
        )

    def _of_leads(self, dimensions: Sequence[Dimension], keys: list[str]) -> list[pl.DataFrame]:
        if not _fits("accounts", dimensions, None):
            return []
        sums = [pl.len().alias("accounts"), pl.col("useless", "untouched", "reached_outside").sum()]
        return [_add_up(self.records, keys, sums)]

    def _of_time(self, dimensions: Sequence[Dimension], keys: list[str]) -> list[pl.DataFrame]:
        if not _fits("login_s", dimensions, self._only_campaign):
            return []
        time = self.time
        if "hour" in keys or "day" in keys:
            time = cut_at_steps(time, ("seconds",), TIME_MOMENTS)
        if self._only_campaign is not None:
            time = time.with_columns(campaign_id=pl.lit(self._only_campaign))
        fine = list(dict.fromkeys([*keys, "agent_id", "state", "reason"]))
        few = _add_up(self._keyed(time, keys, "at"), fine, [pl.col("seconds", *TIME_MOMENTS).sum()])
        kinds = [pl.when(kind).then("seconds").otherwise(0.0).alias(name) for name, kind in TIME_KINDS.items()]
        sums = [pl.col(*TIME_KINDS, *TIME_MOMENTS).sum()]
        if self.facts.shifts.is_empty():  # agents without any recorded shift are paid while they are logged in
            few = few.join(self.facts.agents.select("agent_id", "pay_per_hour"), on="agent_id", how="left")
            kinds += [(pl.col("seconds") / 3600.0 * pl.col("pay_per_hour").fill_null(0.0)).alias("pay")]
            sums += [pl.col("login_s").sum().alias("paid_s"), pl.col("pay").sum()]
        return [_add_up(few.with_columns(kinds), keys, sums)]

    def _of_shifts(self, dimensions: Sequence[Dimension], keys: list[str]) -> list[pl.DataFrame]:
        if self.facts.shifts.is_empty() or not _fits("paid_s", dimensions, self._only_campaign):
            return []
        work = self._shifts.with_columns(campaign_id=pl.lit(self._only_campaign))
        agent_day = pl.struct("agent_id", "on_day")
        sums = [
            pl.col("paid_s", "scheduled_s", "pay").sum(),
            agent_day.n_unique().alias("agent_days_scheduled"),
            agent_day.filter("was_there").n_unique().alias("agent_days_present"),
        ]
        return [_add_up(self._keyed(work, keys, "at"), keys, sums)]

    def _of_campaigns(self, dimensions: Sequence[Dimension], keys: list[str]) -> list[pl.DataFrame]:
        if not _fits("target_completed", dimensions, None):
            return []
        return [_add_up(self.facts.campaigns, keys, [pl.col("target_completed").sum()])]

    @cached_property
    def _shifts(self) -> pl.DataFrame:
        """Shifts in quarter hours, with their pay, their local day and whether the agent logged in on it."""
        length = pl.col("ended_at") - pl.col("began_at")
        planned = self.facts.shifts.with_columns(scheduled_s=length, paid_s=pl.when("paid").then(length).otherwise(0.0))
        edges = (self._local(pl.col(c)).dt.date().alias("on_day") for c in ("began_at", "ended_at"))
        seen = pl.concat([self.time.select("agent_id", edge) for edge in edges]).unique().with_columns(was_there=True)
        rates = self.facts.agents.select("agent_id", "pay_per_hour")
        return (
            cut_at_steps(planned, ("scheduled_s", "paid_s"))
            .join(rates, on="agent_id", how="left")
            .with_columns(
                pay=pl.col("paid_s") / 3600.0 * pl.col("pay_per_hour").fill_null(0.0),
                on_day=self._local(pl.col("at")).dt.date(),
            )
            .join(seen, on=["agent_id", "on_day"], how="left")
            .with_columns(pl.col("was_there").fill_null(False))
        )

    def productive_by_clock_hour(self) -> list[tuple[int, float]]:
        """Calls made and productive hours of each clock hour (UTC) in which agents worked."""
        hour = (pl.col("at") / 3600.0).floor().cast(pl.Int64).alias("clock_hour")
        work = cut_at_steps(
            self.time.lazy().filter(is_state(*PRODUCTIVE_STATES)).select("began_at", "ended_at", "seconds").collect(),
            ("seconds",),
            step_s=3600.0,
        )
        hours = work.lazy().group_by(hour).agg(pl.col("seconds").sum() / 3600.0)
        dialled = self.calls.lazy().filter("calls_made").select(at="dialed_at").group_by(hour).agg(pl.len())
        rows = hours.join(dialled, on="clock_hour", how="left").sort("clock_hour").collect()
        return [(int(n or 0), float(h)) for h, n in rows.select("seconds", "len").iter_rows()]

    # --- keys -----------------------------------------------------------------------------------------------------

    def _local(self, at: pl.Expr) -> pl.Expr:
        return (at * 1e6).cast(pl.Int64).cast(pl.Datetime("us", "UTC")).dt.convert_time_zone(self.tz)

    def _keyed(self, frame: pl.DataFrame | pl.LazyFrame, keys: list[str], at: str) -> pl.LazyFrame:
        """The frame with the key columns that it does not have by itself."""
        lazy = frame.lazy()
        if "team" in keys or "site" in keys:
            lazy = lazy.join(self.facts.agents.lazy().select("agent_id", "team", "site"), on="agent_id", how="left")
        if "hour" in keys or "day" in keys:
            # zones are asked once per quarter hour, not once per row
            quarter = (pl.col(at) / QUARTER_S).floor().cast(pl.Int64).alias("quarter")
            local = self._local(pl.col("quarter") * QUARTER_S)
            quarters = lazy.select(quarter).unique().with_columns(hour=local.dt.hour(), day=local.dt.date())
            lazy = lazy.with_columns(quarter).join(quarters, on="quarter", how="left")
        return lazy

    @cached_property
    def _names(self) -> dict[str, dict[int, str]]:
        f = self.facts
        return {
            "campaign_id": dict(f.campaigns.select("campaign_id", "campaign").iter_rows()),
            "list_id": dict(f.lists.select("list_id", "list").iter_rows()),
            "agent_id": dict(f.agents.select("agent_id", "agent").iter_rows()),
        }

    def _group(self, dimensions: Sequence[Dimension], keys: list[str], row: dict[str, object]) -> Group:
        key = tuple(self._name(column, row[column]) for column in keys)
        counts: dict[str, float | None] = {}
        for count in COUNTS:
            value = row.get(count.id)
            known = count.source is not Source.LATER and _fits(count.id, dimensions, self._only_campaign)
            counts[count.id] = _number(value) if known else None
        if not self._has_target:
            counts["target_completed"] = None
        calls, pay = counts["call_cost"], counts["pay"]
        counts["cost"] = None if calls is None or pay is None else calls + pay
        if self.facts.shifts.is_empty():
            counts["scheduled_s"] = counts["agent_days_scheduled"] = 0 if counts["paid_s"] is not None else None
        return Group(key=key, counts=counts)

    def _name(self, column: str, value: object) -> str | int | date | None:
        if isinstance(value, int) and column in self._names:
            return self._names[column].get(value, str(value))
        return value if isinstance(value, str | int | date) else None


def _number(value: object) -> float:
    if isinstance(value, int):
        return value
    return round(value, 6) if isinstance(value, float) else 0


def _fits(count_id: str, dimensions: Sequence[Dimension], only_campaign: int | None) -> bool:
    """May this count be grouped so? Facts of a single campaign may always be grouped by campaign."""
    grains = COUNT_BY_ID[count_id].grains
    return all(d in grains or (d is D.CAMPAIGN and only_campaign is not None) for d in dimensions)


def _add_up(frame: pl.DataFrame | pl.LazyFrame, keys: list[str], sums: Sequence[pl.Expr]) -> pl.DataFrame:
    lazy = frame.lazy()
    return (lazy.group_by(keys).agg(*sums) if keys else lazy.select(*sums)).collect()
