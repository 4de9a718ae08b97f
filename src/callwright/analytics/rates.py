"""The figures of kpi.yaml, one definition each, and a few of our own: pure functions of base counts.

The formula texts are kpi.yaml's, word for word; where the program must be more exact than the text, ``note`` says how.
Those that need parts of the program which are not there yet are defined, and say "no data".
"""

from __future__ import annotations

from callwright.analytics.definition import Counts, Rate, Unit, divide
from callwright.analytics.rate_parts import NO_REVIEWS, NO_SURVEY, W, rate
from callwright.analytics.rates_of_people import PEOPLE


def _usable(c: Counts) -> float | None:
    accounts, useless = c["accounts"], c["useless"]
    return None if accounts is None or useless is None else accounts - useless


def _success_value(c: Counts) -> float | None:
    rate, successful = divide(c["successful"], c["connected"]), c["successful"]
    return None if rate is None or successful is None else successful * rate


def _failure(c: Counts) -> float | None:
    done = divide(c["transferred"], c["offered"])
    return None if done is None else 1 - done


def _roi(c: Counts) -> float | None:
    revenue, cost = c["revenue"], c["cost"]
    return None if revenue is None or cost is None else divide(revenue - cost, cost)


U = Unit
_LIST_AND_PROJECT = (
    rate(
        "corruption_rate",
        W(en="Corruption rate", zh="无效数据比率", ru="Доля негодных записей"),
        "useless / accounts",
        U.SHARE,
        "useless",
        "accounts",
    ),
    rate(
        "valid_number_rate",
        W(en="Valid number rate", zh="外呼有效号码率", ru="Доля годных номеров"),
        "(accounts - useless) / accounts",
        U.SHARE,
        "accounts useless",
        "accounts",
        lambda c: divide(_usable(c), c["accounts"]),
    ),
    rate(
        "avg_attempts_unreached",
        W(en="Average calling attempt", zh="平均外拨圈数", ru="Среднее число попыток"),
        "attempts on unreached records / unreached records dialled",
        U.RATIO,
        "attempts_on_unreached",
        "unreached",
    ),
    rate(
        "reachable_rate",
        W(en="Reachable rate", zh="成功联系率", ru="Доля достигнутых"),
        "reached / (accounts - useless)",
        U.SHARE,
        "reached",
        "accounts useless",
        lambda c: divide(c["reached"], _usable(c)),
    ),
    rate(
        "contact_rate_dialled",
        W(en="Contact rate (dialled)", zh="外呼成功联系率", ru="Доля разговоров к набранным"),
        "connected / accounts_called",
        U.RATIO,
        "connected",
        "accounts_called",
        note=W(
            en="talks per record dialled; above 1 where records were talked to more than once",
            zh="每个外拨客户的通话数；多次通话时可大于 1",
            ru="разговоров на набранную запись; выше 1 при повторных разговорах",
        ),
    ),
    rate(
        "actual_contact_rate",
        W(en="Actual contact rate", zh="实际接触率", ru="Фактическая доля ответов"),
        "answered / calls_made",
        U.SHARE,
        "answered",
        "calls_made",
    ),
    rate(
        "callback_rate",
        W(en="Call back rate", zh="回拨率", ru="Доля повторных звонков"),
        "calls_repeat / calls_made",
        U.SHARE,
        "calls_repeat",
        "calls_made",
    ),
    rate(
        "completed_rate",
        W(en="Completed rate", zh="外呼成功率", ru="Доля завершённых"),
        "completed / reached",
        U.SHARE,
        "completed",
        "reached",
    ),
    rate(
        "hit_rate",
        W(en="Hit rate", zh="在线成功率", ru="Доля успешных"),
        "successful / completed",
        U.SHARE,
        "successful",
        "completed",
    ),
    rate(
        "success_rate",
        W(en="Success rate (talks)", zh="外呼在线成功率", ru="Доля успеха к разговорам"),
        "successful / connected",
        U.SHARE,
        "successful",
        "connected",
    ),
    rate(
        "success_value",
        W(en="Success value", zh="成功值", ru="Ценность успеха"),
        "successful * success_rate",
        U.RATIO,
        "successful",
        "connected",
        _success_value,
    ),
    rate(
        "questionnaire_progress",
        W(en="Questionnaire progress", zh="外呼问卷完成进度", ru="Выполнение анкет"),
        "completed / target quota",
        U.SHARE,
        "completed",
        "target_completed",
    ),
    rate(
        "response_rate",
        W(en="Response rate", zh="客户回应率", ru="Доля откликов"),
        "records with any reply in any channel / records contacted",
        U.SHARE,
        "accounts_answered",
        "accounts_called",
        note=W(
            en="by telephone so far: records answered or calling back",
            zh="目前仅电话：接听或回电的客户",
            ru="пока по телефону: ответившие или перезвонившие",
        ),
    ),
    rate(
        "calls_per_account",
        W(en="Call frequency", zh="外呼频率", ru="Частота звонков"),
        "calls_made / accounts_called",
        U.RATIO,
        "calls_made",
        "accounts_called",
    ),
)

_ROBOT = (
    rate(
        "transfer_rate",
        W(en="Re-forward rate", zh="转接率", ru="Доля передач"),
        "offered / answered",
        U.SHARE,
        "offered",
        "answered",
    ),
    rate(
        "transfer_success_rate",
        W(en="Transfer success rate", zh="成功转接率", ru="Доля удачных передач"),
        "transferred / offered",
        U.SHARE,
        "transferred",
        "offered",
    ),
    rate(
        "transfer_failure_rate",
        W(en="Transfer failure rate", zh="转接失败率", ru="Доля неудачных передач"),
        "1 - transferred / offered",
        U.SHARE,
        "transferred",
        "offered",
        _failure,
    ),
    rate(
        "turnover_rate",
        W(en="Turnover rate", zh="成交率", ru="Доля сделок"),
        "successful among transferred / transferred",
        U.SHARE,
        "transferred_successful",
        "transferred",
    ),
)

_QUALITY = (
    rate(
        "satisfaction_rate",
        W(en="Satisfaction rate", zh="短信满意率", ru="Доля довольных"),
        "satisfied replies / replies to the post-call survey",
        U.SHARE,
        "survey_satisfied",
        "survey_replies",
        missing=NO_SURVEY,
    ),
    rate(
        "complaint_rate",
        W(en="Complaint rate", zh="外呼投诉率", ru="Доля жалоб"),
        "complaints / connected",
        U.SHARE,
        "complaints",
        "connected",
    ),
    rate(
        "qa_excellent_rate",
        W(en="QA excellent rate", zh="外呼质检优秀率", ru="Доля отличных проверок"),
        "reviews graded excellent / reviews",
        U.SHARE,
        "reviews_excellent",
        "reviews",
        missing=NO_REVIEWS,
    ),
    rate(
        "qa_coverage",
        W(en="QA coverage", zh="质检覆盖率", ru="Охват проверками"),
        "calls reviewed / connected",
        U.SHARE,
        "reviews",
        "connected",
        missing=NO_REVIEWS,
    ),
    rate(
        "abandon_rate",
        W(en="Abandon rate", zh="呼损率", ru="Доля потерянных"),
        "abandoned / (abandoned + answered calls put through), per campaign and per rule-pack window",
        U.SHARE,
        "abandoned",
        "abandoned put_through",
        note=W(
            en="people who hung up within the limit are on neither side; the windows are shown apart",
            zh="限时内先行挂机者不计；各规则窗口另列",
            ru="сбросившие в пределах срока не входят; окна показаны отдельно",
        ),
    ),
)

_MONEY = (
    rate(
        "cost_per_contact",
        W(en="Cost per contact", zh="单次接触成本", ru="Затраты на контакт"),
        "cost / reached",
        U.MONEY,
        "cost",
        "reached",
    ),
    rate(
        "cost_per_success",
        W(en="Cost per success", zh="单次成交成本", ru="Затраты на успех"),
        "cost / successful",
        U.MONEY,
        "cost",
        "successful",
    ),
    rate(
        "roi",
        W(en="Return on investment", zh="投入产出比", ru="Окупаемость"),
        "(revenue - cost) / cost",
        U.SHARE,
        "revenue",
        "cost",
        _roi,
    ),
)

_OURS = (
    rate(
        "transfer_rate_dialled",
        W(en="Re-forward rate (dialled)", zh="转接率（按外拨）", ru="Доля передач к набранным"),
        "offered / calls_made",
        U.SHARE,
        "offered",
        "calls_made",
        in_kpi=False,
    ),
    rate(
        "talk_rate",
        W(en="Talk rate", zh="接通率", ru="Доля разговоров"),
        "connected / calls_made",
        U.SHARE,
        "connected",
        "calls_made",
        in_kpi=False,
    ),
    rate(
        "target_reached_rate",
        W(en="Right person rate", zh="本人核实率", ru="Доля верных владельцев"),
        "reached / accounts_called",
        U.SHARE,
        "reached",
        "accounts_called",
        in_kpi=False,
    ),
    rate(
        "deal_rate",
        W(en="Deal rate", zh="名单成交率", ru="Доля сделок по записям"),
        "successful / accounts_called",
        U.SHARE,
        "successful",
        "accounts_called",
        in_kpi=False,
    ),
    rate(
        "service_level",
        W(en="Service level of callers", zh="来电服务水平", ru="Уровень обслуживания звонящих"),
        "callers_in_time / callers_due",
        U.SHARE,
        "callers_in_time",
        "callers_due",
        note=W(
            en="within 20 s of their call, whatever the campaign aims at",
            zh="来电后 20 秒内，与活动目标无关",
            ru="за 20 с от звонка, какова бы ни была цель кампании",
        ),
        in_kpi=False,
    ),
    rate(
        "connected_in_time",
        W(en="Agent within 2 s of the answer", zh="接听 2 秒内接通坐席率", ru="Оператор за 2 с от ответа"),
        "given_within_2s / given_to_agents",
        U.SHARE,
        "given_within_2s",
        "given_to_agents",
        note=W(
            en="from the answer to the first agent",
            zh="自接听至首位坐席",
            ru="от ответа до первого оператора",
        ),
        in_kpi=False,
    ),
    rate(
        "connected_in_time_of_greeting",
        W(en="Agent within 2 s of the greeting", zh="首句 2 秒内接通坐席率", ru="Оператор за 2 с от приветствия"),
        "given_within_2s_of_greeting / greetings_heard",
        U.SHARE,
        "given_within_2s_of_greeting",
        "greetings_heard",
        note=W(
            en="from the end of the person's first words; only where detection heard it",
            zh="自客户首句结束起；仅限检测到者",
            ru="от конца первых слов; только где определение их слышало",
        ),
        in_kpi=False,
    ),
)

RATES: tuple[Rate, ...] = _LIST_AND_PROJECT + _ROBOT + PEOPLE + _QUALITY + _MONEY + _OURS
