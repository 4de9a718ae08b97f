"""Figures that must be read together (kpi.yaml, combinations): agents as rows, outliers explained in words.

An outlier is found by the robust z-score (distance from the median in units of the median absolute deviation), so that
one odd agent does not move the yardstick.
"""

from __future__ import annotations

import statistics
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from callwright.analytics.catalogue import RATE_BY_ID
from callwright.analytics.definition import Dimension
from callwright.analytics.measure import Measure
from callwright.kit.words import Words

OUTLIER_Z = 3.5
"""Beyond this many robust standard deviations an agent is an outlier (Iglewicz and Hoaglin)."""
_TOGETHER_Z = 2.0
"""Two figures that both stray so far in the direction that the reading names are worth a remark."""
_MAD_TO_SIGMA = 1.4826
_FEWEST_AGENTS = 5  # with fewer there is no crowd to stand out from


@dataclass(frozen=True, kw_only=True, slots=True)
class Combination:
    """Figures read as one picture, and how to read them."""

    id: str
    words: Words
    figures: tuple[str, ...]
    reading: Words


@dataclass(frozen=True, kw_only=True, slots=True)
class AgentRow:
    """One agent in a combination: the figures, their robust z-scores, and what they say together."""

    agent: str
    values: Mapping[str, float | None]
    z: Mapping[str, float | None]
    remarks: tuple[Words, ...]


@dataclass(frozen=True, kw_only=True, slots=True)
class Picture:
    combination: Combination
    rows: tuple[AgentRow, ...]


COMBINATIONS: tuple[Combination, ...] = (
    Combination(
        id="diligence",
        words=Words(en="Diligence", zh="勤奋度", ru="Усердие"),
        figures=("work_efficiency", "idle_rate", "not_ready_rate"),
        reading=Words(
            en="high / low / low is a working agent; high idle or not-ready shows stopped dialling, wrap-up overload "
            "or rest",
            zh="高/低/低为勤奋坐席；空闲或示忙偏高说明停拨、话后处理过多或休息",
            ru="высоко / низко / низко: оператор работает; высокое ожидание или неготовность: остановка набора, "
            "перегрузка постобработкой или отдых",
        ),
    ),
    Combination(
        id="conversation",
        words=Words(en="Conversation", zh="沟通", ru="Разговор"),
        figures=("avg_talk_time", "calls_per_hour"),
        reading=Words(
            en="short and many is best; long and few asks for coaching; short and few asks for a look at "
            "work_efficiency",
            zh="短而多最佳；长而少需辅导；短而少应查看工时效率",
            ru="коротко и много лучше всего; долго и мало: нужен наставник; коротко и мало: проверьте work_efficiency",
        ),
    ),
    Combination(
        id="yield",
        words=Words(en="Yield", zh="产出", ru="Отдача"),
        figures=("successful", "success_rate"),
        reading=Words(
            en="their product (success_value) stops both spraying and cherry-picking",
            zh="二者之积（成功值）兼防滥拨与挑单",
            ru="их произведение (success_value) мешает и гнать количество, и выбирать лёгкое",
        ),
    ),
)

_HIGH_LOW: Mapping[tuple[str, bool], Words] = {
    ("work_efficiency", True): Words(
        en="talks far more of the time than the others",
        zh="通话占比远高于他人",
        ru="говорит намного большую часть времени, чем другие",
    ),
    ("work_efficiency", False): Words(
        en="talks far less of the time than the others",
        zh="通话占比远低于他人",
        ru="говорит намного меньшую часть времени, чем другие",
    ),
    ("idle_rate", True): Words(
        en="waits far more than the others: has dialling stopped for this agent?",
        zh="空闲远高于他人：是否停止外拨？",
        ru="ждёт намного больше других: не остановился ли набор?",
    ),
    ("idle_rate", False): Words(
        en="waits far less than the others", zh="空闲远低于他人", ru="ждёт намного меньше других"
    ),
    ("not_ready_rate", True): Words(
        en="is not ready far more than the others: rest, or wrap-up done while not ready?",
        zh="示忙远高于他人：休息，或在示忙中做话后处理？",
        ru="не готов намного чаще других: отдых или постобработка в неготовности?",
    ),
    ("not_ready_rate", False): Words(
        en="is not ready far less than the others", zh="示忙远低于他人", ru="не готов намного реже других"
    ),
    ("avg_talk_time", True): Words(
        en="talks far longer per call than the others", zh="单通时长远高于他人", ru="говорит намного дольше других"
    ),
    ("avg_talk_time", False): Words(
        en="talks far shorter per call than the others", zh="单通时长远低于他人", ru="говорит намного короче других"
    ),
    ("calls_per_hour", True): Words(
        en="makes far more calls per hour than the others",
        zh="每小时呼叫远多于他人",
        ru="звонит в час намного больше других",
    ),
    ("calls_per_hour", False): Words(
        en="makes far fewer calls per hour than the others",
        zh="每小时呼叫远少于他人",
        ru="звонит в час намного меньше других",
    ),
    ("successful", True): Words(
        en="has far more successes than the others", zh="成交量远高于他人", ru="успехов намного больше, чем у других"
    ),
    ("successful", False): Words(
        en="has far fewer successes than the others", zh="成交量远低于他人", ru="успехов намного меньше, чем у других"
    ),
    ("success_rate", True): Words(
        en="succeeds in far more talks than the others: good, or picking easy ones?",
        zh="成功率远高于他人：能力强，还是挑单？",
        ru="доля успеха намного выше: мастерство или выбор лёгких?",
    ),
    ("success_rate", False): Words(
        en="succeeds in far fewer talks than the others", zh="成功率远低于他人", ru="доля успеха намного ниже"
    ),
}
_LONG_AND_FEW = Words(en="long and few: coaching", zh="通话长而次数少：需辅导", ru="долго и мало: нужен наставник")
_SHORT_AND_FEW = Words(
    en="short and few: look at work_efficiency",
    zh="通话短而次数少：查看工时效率",
    ru="коротко и мало: проверьте work_efficiency",
)


def robust_z(values: Sequence[float | None]) -> list[float | None]:
    """Robust z-scores. None where the value is not known or there is no crowd; a crowd of equals has spread 0.

    With more than half of the values equal the median deviation is 0; then the mean deviation is the yardstick.
    """
    known = [v for v in values if v is not None]
    if len(known) < _FEWEST_AGENTS:
        return [None] * len(values)
    middle = statistics.median(known)
    distances = [abs(v - middle) for v in known]
    sigma = _MAD_TO_SIGMA * statistics.median(distances) or 1.2533 * statistics.fmean(distances)
    if sigma < 1e-12:
        return [None if v is None else 0.0 for v in values]
    return [None if v is None else (v - middle) / sigma for v in values]


def pictures_of_agents(measure: Measure) -> tuple[Picture, ...]:
    """The three combinations with every known agent as a row, in the order of their names."""
    groups = [g for g in measure.by((Dimension.AGENT,)) if g.key[0] is not None]
    groups.sort(key=lambda g: str(g.key[0]))
    pictures = []
    for combination in COMBINATIONS:
        values: dict[str, list[float | None]] = {
            f: [RATE_BY_ID[f].compute(g.counts) if f in RATE_BY_ID else g.counts[f] for g in groups]
            for f in combination.figures
        }
        z = {f: robust_z(column) for f, column in values.items()}
        rows = []
        for i, group in enumerate(groups):
            scores = {f: z[f][i] for f in combination.figures}
            rows.append(
                AgentRow(
                    agent=str(group.key[0]),
                    values={f: values[f][i] for f in combination.figures},
                    z=scores,
                    remarks=_remarks(combination, scores),
                )
            )
        pictures.append(Picture(combination=combination, rows=tuple(rows)))
    return tuple(pictures)


def _remarks(combination: Combination, z: Mapping[str, float | None]) -> tuple[Words, ...]:
    found = [_HIGH_LOW[f, score > 0] for f, score in z.items() if score is not None and abs(score) > OUTLIER_Z]
    if combination.id == "conversation":
        length, number = z["avg_talk_time"], z["calls_per_hour"]
        if length is not None and number is not None and number < -_TOGETHER_Z:
            if length > _TOGETHER_Z:
                found.append(_LONG_AND_FEW)
            elif length < -_TOGETHER_Z:
                found.append(_SHORT_AND_FEW)
    return tuple(found)
