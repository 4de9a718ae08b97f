"""The figures of a rehearsal as plain JSON values, in the shape ``callwright rehearse --json`` promises."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from callwright.analytics.breakdown import counters, funnel, state_seconds, worst_abandon_windows
from callwright.analytics.catalogue import COUNT_BY_ID, KPI_COUNTS, KPI_RATES, RATE_BY_ID
from callwright.analytics.definition import Unit
from callwright.analytics.facts import Facts
from callwright.analytics.measure import Measure
from callwright.analytics.report import AbandonLimit, figures_of


def rehearsal_json(
    facts: Facts,
    *,
    refusals: Mapping[str, int] | None = None,
    abandon_limit: AbandonLimit | None = None,
    tz: str = "UTC",
) -> dict[str, Any]:
    """``base``, ``figures``, ``abandon``, ``agents``, ``refusals``, and ``extra`` with the counts that are ours.

    ``abandon.rate`` is the whole run's; ``worst_window`` the worst full window of any campaign. A figure without data
    is None. ``refusals`` counts the ledger's refusals by rule.
    """
    measure = Measure(facts, tz=tz)
    limit = abandon_limit or AbandonLimit()
    counts = measure.total()
    numbers = figures_of(counts)
    figures: dict[str, Any] = {f: numbers.get(f) for f in KPI_RATES if RATE_BY_ID[f].unit is not Unit.STRUCTURE}
    figures["funnel"] = {
        s.code: {"count": s.count, "step_rate": s.step_rate, "overall_rate": s.overall_rate} for s in funnel(counts)
    }
    figures["counters"] = counters(measure)
    worst = [w.rate for w in worst_abandon_windows(measure, window_s=limit.window_s) if w.rate is not None]
    return {
        "base": {name: counts[name] for name in KPI_COUNTS},
        "figures": figures,
        "extra": {name: counts[name] for name, c in COUNT_BY_ID.items() if not c.in_kpi}
        | {r.id: numbers[r.id] for r in RATE_BY_ID.values() if not r.in_kpi},
        "abandon": {
            "rate": numbers["abandon_rate"],
            "limit": limit.limit,
            "window": limit.window_s,
            "worst_window": max(worst, default=None),
        },
        "agents": {"occupancy": numbers["occupancy"], "seconds": state_seconds(measure)},
        "refusals": dict(sorted((refusals or {}).items())),
    }
