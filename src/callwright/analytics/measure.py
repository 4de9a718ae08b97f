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
    RECORD_FLAGS,
    TIME_SUMS,
    classify_records,
    cut_at_quarters,
    judge_calls,
    judge_time,
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
_SHIFT_SUMS = ("paid_s", "scheduled_s", "pay", "agent_days_scheduled", "agent_days_present")


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

    @cached_property
    def calls(self) -> pl.DataFrame:
        """Every attempt with its judgements (see ``prepare.judge_calls``)."""
        return judge_calls(self.facts)

    @cached_property
    def records(self) -> pl.DataFrame:
        """Every lead with its class (see ``prepare.classify_records``)."""
        return classify_records(self.facts, self.calls)

    @cached_property
    def time(self) -> pl.DataFrame:
        """Every stretch of agent time with its seconds by kind (see ``prepare.judge_time``)."""
        return judge_time(self.facts)

    @cached_property
    def _only_campaign(self) -> int | None:
        ids = self.facts.campaigns["campaign_id"]
        return int(ids[0]) if len(ids) == 1 else None

    def total(self) -> Counts:
        """The base counts of everything."""
        return self.by(())[0].counts

    def by(self, dimensions: Sequence[Dimension]) -> list[Group]:
        """Base counts of every group, ordered by key. Without dimensions: one group, also where there is nothing."""
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
            once = ("logins", "logouts", "not_ready_entries")
            time = cut_at_quarters(time, tuple(c for c in TIME_SUMS if c not in once), once)
        if self._only_campaign is not None:
            time = time.with_columns(campaign_id=pl.lit(self._only_campaign))
        return [_add_up(self._keyed(time, keys, "at"), keys, [pl.col(*TIME_SUMS).sum()])]

    def _of_shifts(self, dimensions: Sequence[Dimension], keys: list[str]) -> list[pl.DataFrame]:
        if not _fits("paid_s", dimensions, self._only_campaign):
            return []
        work = self._paid_time.with_columns(campaign_id=pl.lit(self._only_campaign))
        sums = [pl.col("paid_s", "scheduled_s", "pay").sum(), *self._attendance]
        return [_add_up(self._keyed(work, keys, "at"), keys, sums)]

    def _of_campaigns(self, dimensions: Sequence[Dimension], keys: list[str]) -> list[pl.DataFrame]:
        if not _fits("target_completed", dimensions, None):
            return []
        return [_add_up(self.facts.campaigns, keys, [pl.col("target_completed").sum()])]

    @cached_property
    def _paid_time(self) -> pl.DataFrame:
        """Shifts in quarter hours with pay. Where no shift is recorded at all, agents are paid while logged in."""
        planned = not self.facts.shifts.is_empty()
        source = self.facts.shifts if planned else self.facts.intervals.filter(pl.col("state") != "offline")
        paid = pl.col("paid") if planned else pl.lit(True)
        length = pl.col("ended_at") - pl.col("began_at")
        time = cut_at_quarters(
            source.with_columns(
                paid_s=pl.when(paid).then(length).otherwise(0.0), scheduled_s=length if planned else pl.lit(0.0)
            ).select("agent_id", "began_at", "ended_at", "paid_s", "scheduled_s"),
            ("paid_s", "scheduled_s"),
        )
        rate = self.facts.agents.select("agent_id", "pay_per_hour")
        present = (
            cut_at_quarters(self.time.select("agent_id", "began_at", "ended_at"), ())
            .select("agent_id", self._local("at").dt.date().alias("on_day"))
            .unique()
            .with_columns(was_there=True)
        )
        return (
            time.join(rate, on="agent_id", how="left")
            .with_columns(
                pay=pl.col("paid_s") / 3600.0 * pl.col("pay_per_hour").fill_null(0.0),
                on_day=self._local("at").dt.date(),
            )
            .drop("pay_per_hour")
            .join(present, on=["agent_id", "on_day"], how="left")
            .with_columns(pl.col("was_there").fill_null(False))
        )

    @property
    def _attendance(self) -> list[pl.Expr]:
        agent_day = pl.struct("agent_id", "on_day")
        planned = pl.col("scheduled_s") > 0
        return [
            agent_day.filter(planned).n_unique().alias("agent_days_scheduled"),
            agent_day.filter(planned & pl.col("was_there")).n_unique().alias("agent_days_present"),
        ]

    # --- keys -----------------------------------------------------------------------------------------------------

    def _local(self, column: str) -> pl.Expr:
        return (pl.col(column) * 1e6).cast(pl.Int64).cast(pl.Datetime("us", "UTC")).dt.convert_time_zone(self.tz)

    def _keyed(self, frame: pl.DataFrame | pl.LazyFrame, keys: list[str], at: str) -> pl.LazyFrame:
        """The frame with the key columns that it does not have by itself."""
        frame = frame.lazy()
        if "team" in keys or "site" in keys:
            frame = frame.join(self.facts.agents.lazy().select("agent_id", "team", "site"), on="agent_id", how="left")
        if "hour" in keys:
            frame = frame.with_columns(hour=self._local(at).dt.hour())
        if "day" in keys:
            frame = frame.with_columns(day=self._local(at).dt.date())
        return frame

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
        if not self.facts.campaigns["target_completed"].is_not_null().any():
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
