"""Figures that cannot all be true: sums that miss their total, rates that disagree with their counts, parts larger than
the whole.

The same relations judge what we computed (``check_measure``) and what somebody printed (``check_published``). A finding
is a sentence with the numbers in it, never a correction.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import polars as pl

from callwright.analytics.breakdown import shares_of_connected, shares_of_not_connected
from callwright.analytics.catalogue import RATE_BY_ID
from callwright.analytics.definition import Counts, Dimension, Unit
from callwright.analytics.measure import Measure
from callwright.kit.words import Words


@dataclass(frozen=True, kw_only=True, slots=True)
class Finding:
    """One contradiction. ``figures`` are the ids that take part in it."""

    code: str
    figures: tuple[str, ...]
    words: Words


@dataclass(frozen=True, kw_only=True, slots=True)
class SumOf:
    """``total`` is the sum of ``parts``. With ``some_parts`` those that are given must make it up alone."""

    total: str
    parts: tuple[str, ...]
    some_parts: bool = False


@dataclass(frozen=True, kw_only=True, slots=True)
class AtMost:
    """The sum of ``parts`` is not above the sum of ``whole``."""

    parts: tuple[str, ...]
    whole: tuple[str, ...]


Relation = SumOf | AtMost

NOT_CONNECTED_PARTS = (
    "no_answer",
    "rejected",
    "rejected_forever",
    "powered_off",
    "switched_off",
    "suspended",
    "unreachable",
    "no_such_number",
    "number_changed",
    "busy",
    "auto_hangup",
    "abandoned",
    "hung_up_waiting",
    "machine",
    "fax",
    "screening",
    "fax_sent",
    "fax_failed",
    "message_played",
    "unknown",
    "in_progress",
)
"""Names under which calls without a talk are broken down, ours and those of published reports."""

RELATIONS: tuple[Relation, ...] = (
    SumOf(total="dials", parts=("calls_made", "calls_failed_ours")),
    SumOf(total="not_connected", parts=NOT_CONNECTED_PARTS, some_parts=True),
    SumOf(total="login_s", parts=("talk_s", "prep_s", "wrap_s", "idle_s", "not_ready_s")),
    SumOf(total="cost", parts=("call_cost", "pay")),
    AtMost(parts=("useless",), whole=("accounts",)),
    AtMost(parts=("accounts_called",), whole=("calls_made",)),
    AtMost(parts=("calls_repeat",), whole=("calls_made",)),
    AtMost(parts=("redials_after_abandon",), whole=("calls_repeat",)),
    AtMost(parts=("answered", "machines"), whole=("calls_made",)),
    AtMost(parts=("put_through", "abandoned", "hung_up_waiting"), whole=("answered",)),
    AtMost(parts=("given_to_agents",), whole=("answered",)),
    AtMost(parts=("given_within_2s",), whole=("given_to_agents",)),
    AtMost(parts=("callers_in_time",), whole=("callers_due",)),
    AtMost(parts=("callers_due",), whole=("inbound_calls",)),
    AtMost(parts=("given_within_2s_of_greeting",), whole=("greetings_heard",)),
    AtMost(parts=("greetings_heard",), whole=("given_to_agents",)),
    AtMost(parts=("connected",), whole=("answered", "talks_with_machines")),
    AtMost(parts=("reached",), whole=("answered", "inbound_calls", "talks_with_machines")),
    AtMost(parts=("reached",), whole=("accounts",)),
    AtMost(parts=("unreached",), whole=("accounts_called",)),
    AtMost(parts=("completed",), whole=("reached",)),
    AtMost(parts=("successful",), whole=("completed",)),
    AtMost(parts=("offered",), whole=("answered",)),
    AtMost(parts=("transferred",), whole=("offered",)),
    AtMost(parts=("transferred_successful",), whole=("transferred",)),
    AtMost(parts=("talk_s",), whole=("login_s",)),
    AtMost(parts=("hold_s",), whole=("talk_s",)),
    AtMost(parts=("playback_s", "internal_s"), whole=("not_ready_s",)),
    AtMost(parts=("agent_days_present",), whole=("agent_days_scheduled",)),
)
_ABOVE_ONE = frozenset({"roi"})


def check_published(
    values: Mapping[str, float], *, relations: Iterable[Relation] = (), tolerance: float = 0.005
) -> list[Finding]:
    """Contradictions within printed figures, by catalogue ids (and the outcome names of ``NOT_CONNECTED_PARTS``).

    Only relations whose figures are all given are judged; ``relations`` adds the report's own. Rates may be off by
    ``tolerance`` (shares absolutely, others relatively), because print rounds; counts must be exact.
    """
    known: Counts = dict(values)
    findings = [f for r in (*RELATIONS, *relations) if (f := _judge(r, known)) is not None]
    for figure, printed in values.items():
        rate = RATE_BY_ID.get(figure)
        if rate is None or rate.unit is Unit.STRUCTURE or any(n not in values for n in rate.needs):
            continue
        computed = rate.compute(values)
        slack = tolerance if rate.unit is Unit.SHARE else tolerance * abs(computed or 0.0)
        if computed is not None and abs(computed - printed) > slack + 1e-9:
            findings.append(_rate_disagrees(figure, printed, computed, rate.needs))
    return findings + _out_of_range(values)


def check_counts(counts: Counts) -> list[Finding]:
    """Contradictions within the base counts of one group. Without any agent's states, time is not judged."""
    timed = bool(counts["login_s"])
    relations = [r for r in RELATIONS if timed or not (isinstance(r, AtMost) and "talk_s" in r.whole)]
    findings = [f for r in relations if (f := _judge(r, counts)) is not None]
    shares = {r.id: r.compute(counts) for r in RATE_BY_ID.values() if r.unit is Unit.SHARE}
    return findings + _out_of_range({k: v for k, v in shares.items() if v is not None})


def check_measure(measure: Measure, dimensions: Sequence[Dimension] = ()) -> list[Finding]:
    """Contradictions within computed figures.

    The counts among themselves, the groups of ``dimensions`` and the break-downs against the total, records against
    their classes, agents' time that overlaps, calls against agents' states.
    """
    total = measure.total()
    findings = check_counts(total)
    for name in ("calls_made", "answered", "connected", "abandoned", "login_s", "accounts"):
        groups = [g.counts[name] for g in measure.by(dimensions)]
        known = [g for g in groups if g is not None]
        if len(known) == len(groups):
            findings += _sum_finding("groups_miss_total", name, total[name], sum(known), (name,))
    lost = sum(s.count for s in shares_of_not_connected(measure))
    talks = sum(s.count for s in shares_of_connected(measure))
    whole = total["calls_made"]
    findings += _sum_finding("outcomes_miss_total", "calls_made", whole, lost + talks, ("calls_made", "connected"))
    findings += _records_of_lists(measure)
    findings += _overlaps(measure)
    findings += _talk_of_calls_and_states(measure)
    return findings


def _judge(relation: Relation, values: Counts) -> Finding | None:
    match relation:
        case SumOf(total=whole, parts=parts, some_parts=some):
            given = [p for p in parts if values.get(p) is not None]
            if values.get(whole) is None or len(given) < (2 if some else len(parts)):
                return None
            found = _sum_finding("parts_miss_total", whole, values[whole], _add(values, given), (whole, *given))
            return found[0] if found else None
        case AtMost(parts=parts, whole=wholes):
            if any(values.get(n) is None for n in (*parts, *wholes)):
                return None
            part, limit = _add(values, parts), _add(values, wholes)
            if part <= limit + 1e-6 * max(1.0, abs(limit)):
                return None
            left, right = " + ".join(parts), " + ".join(wholes)
            return Finding(
                code="part_above_whole",
                figures=(*parts, *wholes),
                words=Words(
                    en=f"{left} is {_show(part)}, but cannot be above {right}, which is {_show(limit)}.",
                    zh=f"{left} 为 {_show(part)}，不可能大于 {right} 的 {_show(limit)}。",
                    ru=f"{left} = {_show(part)}, но не может быть больше {right} = {_show(limit)}.",
                ),
            )


def _add(values: Counts, names: Iterable[str]) -> float:
    return sum(values.get(n) or 0.0 for n in names)


def _sum_finding(code: str, name: str, total: float | None, parts: float, figures: tuple[str, ...]) -> list[Finding]:
    if total is None or abs(total - parts) <= 1e-6 * max(1.0, abs(total)):
        return []
    return [
        Finding(
            code=code,
            figures=figures,
            words=Words(
                en=f"{name} is {_show(total)}, but its parts sum to {_show(parts)}.",
                zh=f"{name} 为 {_show(total)}，但各分项之和为 {_show(parts)}。",
                ru=f"{name} = {_show(total)}, но сумма частей {_show(parts)}.",
            ),
        )
    ]


def _rate_disagrees(figure: str, printed: float, computed: float, needs: tuple[str, ...]) -> Finding:
    a, b = (f"{x:.4g}" for x in (printed, computed))
    return Finding(
        code="rate_disagrees",
        figures=(figure, *needs),
        words=Words(
            en=f"{figure} is given as {a}, but its own counts make {b}.",
            zh=f"{figure} 标为 {a}，但按其计数应为 {b}。",
            ru=f"{figure} указано {a}, но по исходным числам {b}.",
        ),
    )


def _out_of_range(values: Mapping[str, float]) -> list[Finding]:
    return [
        Finding(
            code="share_out_of_range",
            figures=(figure,),
            words=Words(
                en=f"{figure} is {value:.4g}, but a share lies between 0 and 1.",
                zh=f"{figure} 为 {value:.4g}，但比率应在 0 与 1 之间。",
                ru=f"{figure} = {value:.4g}, но доля лежит между 0 и 1.",
            ),
        )
        for figure, value in values.items()
        if figure in RATE_BY_ID
        and RATE_BY_ID[figure].unit is Unit.SHARE
        and figure not in _ABOVE_ONE
        and not -1e-9 <= value <= 1 + 1e-9
    ]


def _records_of_lists(measure: Measure) -> list[Finding]:
    """Every record drawn is reached, unreached, useless, untouched or reached outside the period."""
    records = measure.records
    if records.is_empty():
        return []
    classes = ("unreached", "useless", "untouched", "reached_outside")
    parts = sum(int(records[c].sum()) for c in classes) + int(records["reached"].sum())
    return _sum_finding("records_miss_total", "accounts", records.height, parts, ("accounts", "reached", *classes))


def _overlaps(measure: Measure) -> list[Finding]:
    time = measure.time
    early = (pl.col("agent_id") == pl.col("agent_id").shift(1)) & (
        pl.col("began_at") < pl.col("ended_at").shift(1) - 0.0015
    )
    n = int(time.select(early.sum()).item() or 0)
    if not n:
        return []
    return [
        Finding(
            code="time_overlaps",
            figures=("login_s",),
            words=Words(
                en=f"{n} stretches of agents' time begin before the one before has ended.",
                zh=f"有 {n} 段坐席时间在前一段结束前开始。",
                ru=f"{n} отрезков времени операторов начинаются раньше конца предыдущего.",
            ),
        )
    ]


def _talk_of_calls_and_states(measure: Measure) -> list[Finding]:
    """Agents' seconds in calls and the calls' own talk seconds agree (where agents' states were recorded at all)."""
    if measure.time.is_empty():
        return []
    calls = float(measure.calls.select(pl.col("talk_s").sum()).item())
    states = measure.total()["talk_s"] or 0.0
    slack = 1.0 + 0.001 * max(calls, states)  # calls may straddle the ends of the period
    period = measure.facts.period
    if abs(calls - states) <= slack or period.from_at is not None or period.until_at is not None:
        return []
    return [
        Finding(
            code="talk_disagrees",
            figures=("talk_s", "talked_s"),
            words=Words(
                en=f"The calls' talk is {calls:,.0f} s, but agents were in calls for {states:,.0f} s.",
                zh=f"通话记录时长 {calls:,.0f} 秒，但坐席通话状态为 {states:,.0f} 秒。",
                ru=f"Разговоры по звонкам {calls:,.0f} с, а операторы были в звонках {states:,.0f} с.",
            ),
        )
    ]


def _show(value: float) -> str:
    return f"{value:,.0f}" if value == int(value) else f"{value:,.2f}"
