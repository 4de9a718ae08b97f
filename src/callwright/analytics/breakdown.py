"""Figures that are more than one number: shares by outcome and disposition, the funnel, counters, abandon windows,
tiers against their target."""

from __future__ import annotations

import statistics
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import polars as pl

from callwright.analytics.definition import Counts, Dimension, divide
from callwright.analytics.measure import Measure
from callwright.kit.words import Words
from callwright.model.agent import AgentState
from callwright.model.outcome import Outcome

TIER_TARGETS: Mapping[int, float] = {1: 0.15, 2: 0.11, 3: 0.07, 4: 0.03, 5: 0.01}
"""Expected deals per record dialled, by list tier (kpi.yaml)."""

FUNNEL_STEPS: tuple[tuple[str, str, Words], ...] = (
    ("dialled", "accounts_called", Words(en="Dialled", zh="外拨", ru="Набрано")),
    ("answered", "accounts_answered", Words(en="Answered", zh="接听", ru="Ответили")),
    ("effective", "effective", Words(en="Effective", zh="有效沟通", ru="Содержательно")),
    ("interested", "interested", Words(en="Interested", zh="有意向", ru="Интерес")),
    ("signed", "successful", Words(en="Signed", zh="成交", ru="Сделка")),
)


_PAUSE_S = 4 * 3600.0
"""So long without an answer, and a stretch of dialling is over."""

OUTCOME_WORDS: Mapping[str, Words] = {
    Outcome.TALKED: Words(en="Talked", zh="已通话", ru="Разговор"),
    Outcome.MESSAGE_PLAYED: Words(en="Message played", zh="语音已播放", ru="Сообщение проиграно"),
    Outcome.ABANDONED: Words(en="Abandoned", zh="呼损", ru="Потерян"),
    Outcome.HUNG_UP_WAITING: Words(en="Hung up while waiting", zh="等待中挂机", ru="Сброс при ожидании"),
    Outcome.MACHINE: Words(en="Answering machine", zh="语音信箱", ru="Автоответчик"),
    Outcome.FAX: Words(en="Fax or modem", zh="传真", ru="Факс"),
    Outcome.FAX_SENT: Words(en="Fax sent", zh="传真已发送", ru="Факс отправлен"),
    Outcome.FAX_FAILED: Words(en="Fax not sent", zh="传真未送达", ru="Факс не отправлен"),
    Outcome.SCREENING: Words(en="Screening assistant", zh="来电助理", ru="Голосовой помощник"),
    Outcome.NO_ANSWER: Words(en="No answer", zh="无人接听", ru="Нет ответа"),
    Outcome.BUSY: Words(en="Busy", zh="占线", ru="Занято"),
    Outcome.REJECTED: Words(en="Rejected", zh="拒接", ru="Отклонён"),
    Outcome.REJECTED_FOREVER: Words(en="Rejected as unwanted", zh="标记为骚扰", ru="Отклонён как нежелательный"),
    Outcome.SWITCHED_OFF: Words(en="Switched off", zh="关机", ru="Выключен"),
    Outcome.UNREACHABLE: Words(en="Unreachable", zh="无法接通", ru="Недоступен"),
    Outcome.SUSPENDED: Words(en="Suspended", zh="停机", ru="Отключён"),
    Outcome.NO_SUCH_NUMBER: Words(en="No such number", zh="空号", ru="Нет такого номера"),
    Outcome.NUMBER_CHANGED: Words(en="Number changed", zh="改号", ru="Номер изменён"),
    Outcome.CARRIER_FAILURE: Words(en="Carrier's failure", zh="运营商故障", ru="Сбой оператора связи"),
    Outcome.OUR_FAILURE: Words(en="Our failure", zh="我方故障", ru="Наш сбой"),
    Outcome.DROPPED: Words(en="Taken back by us", zh="我方撤回", ru="Снят нами"),
    Outcome.UNKNOWN: Words(en="Fate unknown", zh="结果不明", ru="Исход неизвестен"),
    "in_progress": Words(en="In progress", zh="进行中", ru="Идёт"),
    "undisposed": Words(en="Disposition due", zh="待填结果", ru="Итог не внесён"),
}


@dataclass(frozen=True, kw_only=True, slots=True)
class Share:
    """One line of a break-down: how many, and what part of ``whole``."""

    code: str
    count: int
    share: float


@dataclass(frozen=True, kw_only=True, slots=True)
class FunnelStep:
    """A step of the funnel, in records. ``step_rate``: of the step before; ``overall_rate``: of those dialled."""

    code: str
    words: Words
    count: int
    step_rate: float | None
    overall_rate: float | None


@dataclass(frozen=True, kw_only=True, slots=True)
class AbandonWindow:
    """Abandoned calls of one campaign in ``(from_at, until_at]``. ``rate`` None: nothing to judge."""

    campaign_id: int
    from_at: float
    until_at: float
    abandoned: int
    put_through: int
    rate: float | None
    limit: float | None

    @property
    def kept(self) -> bool:
        """Is the limit kept? True where there is none or nothing to judge."""
        return self.limit is None or self.rate is None or self.rate <= self.limit


@dataclass(frozen=True, kw_only=True, slots=True)
class TierResult:
    tier: int
    target: float
    dialled: int
    deals: int
    rate: float | None

    @property
    def difference(self) -> float | None:
        return None if self.rate is None else self.rate - self.target


def funnel(counts: Counts) -> list[FunnelStep]:
    """The funnel of one group's counts."""
    steps: list[FunnelStep] = []
    values = [int(counts[count] or 0) for _, count, _ in FUNNEL_STEPS]
    for i, (code, _, words) in enumerate(FUNNEL_STEPS):
        steps.append(
            FunnelStep(
                code=code,
                words=words,
                count=values[i],
                step_rate=divide(values[i], values[i - 1]) if i else None,
                overall_rate=divide(values[i], values[0]),
            )
        )
    return steps


def shares_of_not_connected(measure: Measure) -> list[Share]:
    """Calls made without a talk, by the system's outcome, largest first. ``in_progress``: no outcome yet."""
    rest = measure.calls.lazy().filter(pl.col("calls_made") & ~pl.col("connected"))
    return _shares(rest, "outcome", "in_progress")


def shares_of_connected(measure: Measure) -> list[Share]:
    """Talks by the agent's disposition, largest first. ``undisposed``: still due."""
    return _shares(measure.calls.lazy().filter("connected"), "disposition", "undisposed")


def _shares(calls: pl.LazyFrame, column: str, absent: str) -> list[Share]:
    code = pl.col(column).cast(pl.String).fill_null(absent).alias("code")
    rows = (
        calls.group_by(column)
        .agg(pl.len())
        .select(code, "len")
        .collect()
        .sort(["len", "code"], descending=[True, False])
    )
    whole = int(rows["len"].sum())
    return [Share(code=code, count=n, share=n / whole) for code, n in rows.iter_rows()]


def counters(measure: Measure) -> dict[str, int | dict[str, int] | None]:
    """Logins, logouts, not-ready entries by reason; help requests and internal calls are measured later: None."""
    away = measure.time.filter((pl.col("state") == AgentState.NOT_READY.value) & pl.col("not_ready_entries"))
    by_reason = away.group_by(pl.col("reason").cast(pl.String).fill_null("none")).agg(pl.len()).sort("reason")
    total = measure.total()
    return {
        "logins": int(total["logins"] or 0),
        "logouts": int(total["logouts"] or 0),
        "not_ready": {str(reason): int(n) for reason, n in by_reason.iter_rows()},
        "help_requests": None,
        "internal_calls": None,
    }


def not_ready_seconds(measure: Measure) -> dict[str, float]:
    """Not-ready seconds by reason, longest first."""
    away = measure.time.filter(pl.col("state") == AgentState.NOT_READY.value)
    sums = away.group_by(pl.col("reason").cast(pl.String).fill_null("none")).agg(pl.col("seconds").sum())
    return {str(reason): round(s, 6) for reason, s in sums.sort("seconds", descending=True).iter_rows()}


def state_seconds(measure: Measure) -> dict[str, float]:
    """Agents' seconds by state (every state of model.agent but offline)."""
    sums = dict(measure.time.group_by(pl.col("state").cast(pl.String)).agg(pl.col("seconds").sum()).iter_rows())
    return {s.value: round(sums.get(s.value, 0.0), 6) for s in AgentState if s is not AgentState.OFFLINE}


def calls_per_hour_variation(measure: Measure) -> float | None:
    """Coefficient of variation (standard deviation / mean) of calls per outbound hour over the clock hours worked."""
    rates = [calls / hours for calls, hours in measure.productive_by_clock_hour() if hours > 1 / 60]
    if len(rates) < 2 or not (mean := statistics.fmean(rates)):
        return None
    return statistics.stdev(rates) / mean


def abandon_windows(
    measure: Measure, *, window_s: float, limit: float | None = None, until_at: float | None = None
) -> list[AbandonWindow]:
    """Each campaign's abandon rate in the rule pack's window that ends at ``until_at`` (default: the last answer)."""
    windows = []
    for campaign_id, times, abandoned in _answers(measure):
        end = float(times[-1]) if until_at is None else until_at
        inside = (times > end - window_s) & (times <= end)
        windows.append(_window(campaign_id, end - window_s, end, abandoned[inside], limit))
    return windows


def worst_abandon_windows(measure: Measure, *, window_s: float, limit: float | None = None) -> list[AbandonWindow]:
    """Each campaign's worst moment among those that can be judged: the window was full, or dialling then paused.

    A window that has only begun to fill says little: its first abandoned call makes 100 %. The end of a day's work is
    judged, also of the first day.
    """
    windows = []
    for campaign_id, times, abandoned in _answers(measure):
        starts = np.searchsorted(times, times - window_s, side="right")
        lost = np.concatenate([[0], np.cumsum(abandoned)])
        places = np.arange(len(times))
        rates = (lost[1:] - lost[starts]) / (places - starts + 1)
        pauses = np.append(np.diff(times), np.inf) >= _PAUSE_S
        judged = (times - times[0] >= window_s) | pauses
        worst = int(np.argmax(np.where(judged, rates, -1.0)))
        span = slice(int(starts[worst]), worst + 1)
        end = float(times[worst])
        windows.append(_window(campaign_id, end - window_s, end, abandoned[span], limit))
    return windows


def _answers(measure: Measure) -> list[tuple[int, np.ndarray, np.ndarray]]:
    """Per campaign: instants of the answers that were put through or abandoned, in order, and which were abandoned."""
    return [
        (int(part["campaign_id"][0]), part["at"].to_numpy(), part["abandoned"].to_numpy())
        for part in measure.answers.partition_by("campaign_id", maintain_order=True)
    ]


def _window(campaign_id: int, begin: float, end: float, abandoned: np.ndarray, limit: float | None) -> AbandonWindow:
    lost = int(abandoned.sum())
    return AbandonWindow(
        campaign_id=campaign_id,
        from_at=begin,
        until_at=end,
        abandoned=lost,
        put_through=len(abandoned) - lost,
        rate=divide(lost, len(abandoned)),
        limit=limit,
    )


def tiers_against_target(measure: Measure) -> list[TierResult]:
    """Deals per record dialled of each list tier beside the deal rate expected of it."""
    return [
        TierResult(
            tier=tier,
            target=TIER_TARGETS[tier],
            dialled=int(group.counts["accounts_called"] or 0),
            deals=int(group.counts["successful"] or 0),
            rate=divide(group.counts["successful"], group.counts["accounts_called"]),
        )
        for group in measure.by((Dimension.TIER,))
        if isinstance(tier := group.key[0], int) and tier in TIER_TARGETS
    ]
