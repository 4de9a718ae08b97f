"""Small planning arithmetic: how long a list takes on so many lines, what saved customers are worth, mode comparisons.

Shifts, skills and answer probabilities belong to the rehearsal, which plans by running the campaign.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass

from callwright.analytics.definition import divide
from callwright.kit.errors import BadInput


@dataclass(frozen=True, kw_only=True, slots=True)
class LinePlan:
    """Dialling ``records`` once: line time of each line, and working days of ``day_s``."""

    seconds_each_line: float
    working_days: int


def plan_lines(*, records: int, seconds_each: float, lines: int, day_s: float = 8 * 3600.0) -> LinePlan:
    """How long ``lines`` lines need for ``records`` calls of ``seconds_each``, all lines always busy."""
    if lines < 1 or seconds_each <= 0 or day_s < seconds_each or records < 0:
        raise BadInput("A line plan needs at least one line, and calls longer than 0 s and shorter than a day.")
    rounds = math.ceil(records / lines)
    rounds_a_day = int(day_s // seconds_each)
    return LinePlan(seconds_each_line=rounds * seconds_each, working_days=math.ceil(rounds / rounds_a_day))


@dataclass(frozen=True, kw_only=True, slots=True)
class Retention:
    kept: int
    revenue_a_year: float


def value_of_retention(*, customers: int, churn_before: float, churn_after: float, revenue_a_month: float) -> Retention:
    """What a lower share of leaving customers keeps: customers, and their revenue in twelve months."""
    kept = round(customers * (churn_before - churn_after))
    return Retention(kept=kept, revenue_a_year=kept * revenue_a_month * 12)


def compare(values: Mapping[str, float | None], base: str) -> dict[str, float | None]:
    """Each value as a multiple of ``base``'s (dialling modes by talk seconds per agent hour, say)."""
    return {name: divide(value, values[base]) for name, value in values.items()}
