"""How a figure is defined: its ratio, and the reasons why it may have no data."""

from __future__ import annotations

from collections.abc import Callable

from callwright.analytics.definition import Counts, Rate, Unit, divide, total
from callwright.kit.words import Words

W = Words
NO_SURVEY = W(
    en="no data: the survey after the call is not connected yet",
    zh="无数据：尚未接入话后评价",
    ru="нет данных: опрос после звонка ещё не подключён",
)
NO_REVIEWS = W(
    en="no data: reviews come with the quality room",
    zh="无数据：质检功能尚未接入",
    ru="нет данных: проверки качества ещё не подключены",
)
NO_STAFF = W(
    en="no data: joiners and leavers are not recorded yet",
    zh="无数据：尚未记录入离职",
    ru="нет данных: приём и увольнения ещё не ведутся",
)
NOTHING_TO_DIVIDE = W(en="no data: nothing to divide by", zh="无数据：分母为零", ru="нет данных: делить не на что")
WRONG_GRAIN = W(
    en="no data: without meaning in this grouping",
    zh="无数据：此分组下无意义",
    ru="нет данных: в такой группировке не имеет смысла",
)


def rate(
    id: str,
    words: Words,
    formula: str,
    unit: Unit,
    top: str,
    bottom: str = "",
    compute: Callable[[Counts], float | None] | None = None,
    *,
    note: Words | None = None,
    missing: Words | None = None,
    in_kpi: bool = True,
) -> Rate:
    """``top`` / ``bottom``: base counts, separated by blanks. Without ``compute`` the figure is sum / sum."""
    above, below = tuple(top.split()), tuple(bottom.split())

    def ratio(c: Counts) -> float | None:
        return divide(total(c, *above), total(c, *below))

    return Rate(
        id=id,
        words=words,
        formula=formula,
        unit=unit,
        top=above,
        bottom=below,
        compute=compute or ratio,
        note=note,
        missing=missing,
        in_kpi=in_kpi,
    )


def hours_of(*names: str) -> Callable[[Counts], float | None]:
    return lambda c: divide(total(c, *names), 3600.0)
