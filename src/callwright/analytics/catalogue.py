"""The catalogue: every base count and every figure by id. Ask here; the definitions are in ``counts`` and ``rates``.

``funnel`` and ``counters`` are figures too, but objects instead of numbers: ``breakdown`` computes them.
"""

from __future__ import annotations

import difflib
from collections.abc import Mapping

from callwright.analytics.counts import COUNTS
from callwright.analytics.definition import Count, Rate, Unit
from callwright.analytics.rates import RATES
from callwright.kit.errors import BadInput
from callwright.kit.words import Words

COUNT_BY_ID: Mapping[str, Count] = {c.id: c for c in COUNTS}
KPI_COUNTS: tuple[str, ...] = tuple(c.id for c in COUNTS if c.in_kpi)
"""The base counts of kpi.yaml, by the names it gives them."""

FUNNEL = Rate(
    id="funnel",
    words=Words(en="Sales funnel", zh="电话销售漏斗", ru="Воронка продаж"),
    formula="dialled > answered > effective > interested > signed, each with its step rate",
    unit=Unit.STRUCTURE,
    top=("accounts_called", "accounts_answered", "effective", "interested", "successful"),
    bottom=(),
    compute=lambda counts: counts["successful"],
)
COUNTERS = Rate(
    id="counters",
    words=Words(en="Counts", zh="次数指标", ru="Счётчики"),
    formula="logins, logouts, not-ready entries by reason, internal help requests, internal calls",
    unit=Unit.STRUCTURE,
    top=("logins", "logouts", "not_ready_entries", "help_requests", "internal_calls"),
    bottom=(),
    compute=lambda counts: counts["logins"],
)
RATE_BY_ID: Mapping[str, Rate] = {r.id: r for r in (*RATES, FUNNEL, COUNTERS)}
KPI_RATES: tuple[str, ...] = tuple(r.id for r in RATE_BY_ID.values() if r.in_kpi)


def definition_of(figure_id: str) -> Count | Rate:
    """The definition of a figure or base count. Raises BadInput naming the nearest id."""
    found = RATE_BY_ID.get(figure_id) or COUNT_BY_ID.get(figure_id)
    if found is not None:
        return found
    near = difflib.get_close_matches(figure_id, [*RATE_BY_ID, *COUNT_BY_ID], n=1, cutoff=0.0)
    raise BadInput(f"There is no figure {figure_id!r}; the nearest is {near[0]!r}.")
