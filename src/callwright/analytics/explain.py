"""The calls behind a figure: its definition in words, its base counts, and the ids that make each of them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import polars as pl

from callwright.analytics.catalogue import COUNT_BY_ID, definition_of
from callwright.analytics.definition import Count, Rate, Source, Unit
from callwright.analytics.facts import Facts
from callwright.analytics.measure import Measure
from callwright.analytics.prepare import CALL_FLAGS, CALL_SUMS, RECORD_FLAGS
from callwright.analytics.report import why_no_data
from callwright.kit.words import Language, Words


@dataclass(frozen=True, kw_only=True, slots=True)
class Evidence:
    """What makes one base count. ``attempt_ids`` are its calls, ``lead_ids`` its records; agents' time has neither,
    but ``seconds_by_agent``."""

    count_id: str
    words: Words
    meaning: Words
    value: float | None
    attempt_ids: tuple[int, ...] = ()
    lead_ids: tuple[int, ...] = ()
    seconds_by_agent: Mapping[str, float] | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class Explanation:
    """A figure with its definition and what stands above and below its fraction line."""

    id: str
    words: Words
    formula: str
    unit: Unit
    value: float | None
    note: Words | None
    no_data: Words | None  # why ``value`` is None
    top: tuple[Evidence, ...]
    bottom: tuple[Evidence, ...]

    def lines(self, language: Language, *, most_ids: int = 20) -> list[str]:
        """The explanation as text; of long lists of ids only the first ``most_ids`` are shown."""
        told = [f"{self.words.say(language)} ({self.id})", f"  = {self.formula}"]
        if self.note is not None:
            told.append(f"  {self.note.say(language)}")
        told.append(
            f"  = {self.value:.6g}" if self.value is not None else f"  {(self.no_data or self.words).say(language)}"
        )
        for mark, side in (("▲", self.top), ("▼", self.bottom)):
            for e in side:
                value = "-" if e.value is None else f"{e.value:,.10g}"
                told.append(f"{mark} {e.count_id} = {value}: {e.meaning.say(language)}")
                told += [f"    {line}" for line in _ids(e, most_ids)]
        return told


def _ids(evidence: Evidence, most: int) -> list[str]:
    lines = []
    for name, ids in (("calls", evidence.attempt_ids), ("records", evidence.lead_ids)):
        if ids:
            rest = f" ... (+{len(ids) - most:,})" if len(ids) > most else ""
            lines.append(f"{name}: " + ", ".join(map(str, ids[:most])) + rest)
    for agent, seconds in list((evidence.seconds_by_agent or {}).items())[:most]:
        lines.append(f"{agent}: {seconds:,.1f} s")
    return lines


def explain(figure_id: str, facts: Facts, *, tz: str = "UTC") -> Explanation:
    """The definition of a figure or base count and the calls behind it. Raises BadInput for an unknown id."""
    definition = definition_of(figure_id)
    measure = Measure(facts, tz=tz)
    counts = measure.total()
    if isinstance(definition, Count):
        return Explanation(
            id=definition.id,
            words=definition.words,
            formula=definition.meaning.en,
            unit=definition.unit,
            value=counts[definition.id],
            note=None,
            no_data=None,
            top=(_evidence(definition.id, measure),),
            bottom=(),
        )
    value = definition.compute(counts)
    return Explanation(
        id=definition.id,
        words=definition.words,
        formula=definition.formula,
        unit=definition.unit,
        value=value,
        note=definition.note,
        no_data=why_no_data(definition, counts) if value is None else None,
        top=tuple(_evidence(c, measure) for c in definition.top),
        bottom=tuple(_evidence(c, measure) for c in definition.bottom),
    )


def _evidence(count_id: str, measure: Measure) -> Evidence:
    count = COUNT_BY_ID[count_id]
    attempts: tuple[int, ...] = ()
    leads: tuple[int, ...] = ()
    by_agent: dict[str, float] | None = None
    calls = measure.calls
    if count_id in CALL_FLAGS:
        attempts = _column(calls.filter(pl.col(count_id)), "attempt_id")
    elif count_id in CALL_SUMS:
        attempts = _column(calls.filter(pl.col(count_id) != 0), "attempt_id")
    elif count_id in RECORD_FLAGS:
        behind = calls.filter(pl.col(f"r_{count_id}") & pl.col("lead_id").is_not_null())
        attempts, leads = _column(behind, "attempt_id"), _column(behind, "lead_id")
    elif count.source is Source.LEAD:
        records = measure.records if count_id == "accounts" else measure.records.filter(pl.col(count_id))
        leads = _column(records, "lead_id")
    elif count.source in (Source.STATE, Source.SHIFT):
        by_agent = measure.by_agent(count_id)
    return Evidence(
        count_id=count_id,
        words=count.words,
        meaning=count.meaning,
        value=measure.total()[count_id],
        attempt_ids=attempts,
        lead_ids=leads,
        seconds_by_agent=by_agent,
    )


def _column(frame: pl.DataFrame, name: str) -> tuple[int, ...]:
    return tuple(frame.select(pl.col(name).unique().sort())[name].to_list())


def definition_lines(language: Language, definition: Rate | Count) -> str:
    """One line for a list of definitions: name, id, formula or meaning."""
    what = definition.formula if isinstance(definition, Rate) else definition.meaning.say(language)
    return f"{definition.words.say(language)} ({definition.id}): {what}"
