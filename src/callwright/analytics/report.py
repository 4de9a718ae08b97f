"""A report: figures of the whole and of each group, break-downs, combinations and contradictions, as values.

``build_report`` computes it; ``render`` and ``workbook`` show it; nothing here formats.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from callwright.analytics.breakdown import (
    AbandonWindow,
    FunnelStep,
    Share,
    TierResult,
    abandon_windows,
    calls_per_hour_variation,
    counters,
    funnel,
    not_ready_seconds,
    shares_of_connected,
    shares_of_not_connected,
    tiers_against_target,
    worst_abandon_windows,
)
from callwright.analytics.catalogue import RATE_BY_ID
from callwright.analytics.combinations import Picture, pictures_of_agents
from callwright.analytics.consistency import Finding, check_measure
from callwright.analytics.definition import Counts, Dimension, Rate, Unit
from callwright.analytics.facts import Facts, Period
from callwright.analytics.measure import Key, Measure
from callwright.analytics.rate_parts import NOTHING_TO_DIVIDE, WRONG_GRAIN
from callwright.kit.errors import BadInput
from callwright.kit.words import Language, Words

_DAY_S = 86400.0


@dataclass(frozen=True, kw_only=True, slots=True)
class AbandonLimit:
    """The rule pack's limit (share) and its window, as compliance gives them."""

    limit: float = 0.03
    window_s: float = 30 * _DAY_S


@dataclass(frozen=True, kw_only=True, slots=True)
class Row:
    """Counts and figures of one group."""

    key: Key
    counts: Counts
    figures: Mapping[str, float | None]


@dataclass(frozen=True, kw_only=True, slots=True)
class Report:
    """Everything a report shows. ``rows`` are the groups of ``by``; ``total`` is the whole."""

    campaigns: tuple[str, ...]
    period: Period
    tz: str
    language: Language
    by: tuple[Dimension, ...]
    total: Row
    rows: tuple[Row, ...]
    funnel: tuple[FunnelStep, ...]
    counters: Mapping[str, int | dict[str, int] | None]
    not_connected: tuple[Share, ...]
    connected: tuple[Share, ...]
    not_ready: Mapping[str, float]
    calls_per_hour_cv: float | None
    abandon: tuple[AbandonWindow, ...]
    worst_abandon: tuple[AbandonWindow, ...]
    abandon_limit: AbandonLimit
    tiers: tuple[TierResult, ...]
    pictures: tuple[Picture, ...]
    findings: tuple[Finding, ...]
    names: Mapping[str, Words]  # of dispositions


def figures_of(counts: Counts) -> dict[str, float | None]:
    """Every numeric figure of the catalogue from base counts; None where there is no data."""
    return {r.id: r.compute(counts) for r in RATE_BY_ID.values() if r.unit is not Unit.STRUCTURE}


def why_no_data(rate: Rate, counts: Counts) -> Words:
    """The reason why a figure is None."""
    if rate.missing is not None:
        return rate.missing
    return WRONG_GRAIN if any(counts[n] is None for n in rate.needs) else NOTHING_TO_DIVIDE


def read_dimensions(text: str) -> tuple[Dimension, ...]:
    """``"agent,hour"`` as dimensions. Raises BadInput naming those there are."""
    names = [n.strip().lower().replace("-", "_") for n in text.split(",") if n.strip()]
    try:
        return tuple(dict.fromkeys(Dimension(n) for n in names))
    except ValueError:
        there = ", ".join(Dimension)
        raise BadInput(f"Figures cannot be grouped by {text!r}; choose from {there}, separated by commas.") from None


def check_zone(tz: str) -> str:
    """``tz`` if it is an IANA zone; raises BadInput otherwise."""
    try:
        return ZoneInfo(tz).key
    except (ZoneInfoNotFoundError, ValueError, OSError):
        raise BadInput(f"{tz!r} is no time zone; give an IANA name such as Asia/Shanghai.") from None


def build_report(
    facts: Facts,
    *,
    by: Sequence[Dimension] = (),
    tz: str = "UTC",
    language: Language = "en",
    abandon_limit: AbandonLimit | None = None,
) -> Report:
    """The report of some facts (they carry their period), grouped ``by`` any mix of dimensions."""
    measure = Measure(facts, tz=check_zone(tz))
    limit = abandon_limit or AbandonLimit()
    total = measure.total()
    return Report(
        names=facts.names,
        campaigns=tuple(facts.campaigns["campaign"].to_list()),
        period=facts.period,
        tz=tz,
        language=language,
        by=tuple(by),
        total=Row(key=(), counts=total, figures=figures_of(total)),
        rows=tuple(Row(key=g.key, counts=g.counts, figures=figures_of(g.counts)) for g in measure.by(by)) if by else (),
        funnel=tuple(funnel(total)),
        counters=counters(measure),
        not_connected=tuple(shares_of_not_connected(measure)),
        connected=tuple(shares_of_connected(measure)),
        not_ready=not_ready_seconds(measure),
        calls_per_hour_cv=calls_per_hour_variation(measure),
        abandon=tuple(abandon_windows(measure, window_s=limit.window_s, limit=limit.limit)),
        worst_abandon=tuple(worst_abandon_windows(measure, window_s=limit.window_s, limit=limit.limit)),
        abandon_limit=limit,
        tiers=tuple(tiers_against_target(measure)),
        pictures=pictures_of_agents(measure),
        findings=tuple(check_measure(measure, by)),
    )
