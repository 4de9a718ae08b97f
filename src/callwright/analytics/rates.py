"""The figures of kpi.yaml, one definition each, and a few of our own: pure functions of base counts.

The formula texts are kpi.yaml's, word for word; where the program must be more exact than the text, ``note`` says how.
Those that need parts of the program which are not there yet are defined, and say "no data".
"""

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


def _sum(*names: str) -> Callable[[Counts], float | None]:
    return lambda c: total(c, *names)


def _share(top: str, bottom: str) -> Callable[[Counts], float | None]:
    return lambda c: divide(c[top], c[bottom])


def _rate(
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


def _usable(c: Counts) -> float | None:
    accounts, useless = c["accounts"], c["useless"]
    return None if accounts is None or useless is None else accounts - useless


def _hours(*names: str) -> Callable[[Counts], float | None]:
    return lambda c: divide(total(c, *names), 3600.0)


PRODUCTIVE = ("prep_s", "talk_s", "wrap_s", "idle_s")
productive_hours = _hours(*PRODUCTIVE)


def _non_productive(c: Counts) -> float | None:
    paid, productive = c["paid_s"], total(c, *PRODUCTIVE)
    return None if paid is None or productive is None else max(paid - productive, 0.0) / 3600.0


def _success_value(c: Counts) -> float | None:
    rate, successful = divide(c["successful"], c["connected"]), c["successful"]
    return None if rate is None or successful is None else successful * rate


def _occupancy(c: Counts) -> float | None:
    login, away = c["login_s"], c["not_ready_s"]
    return None if login is None or away is None else divide(total(c, "prep_s", "talk_s", "wrap_s"), login - away)


def _failure(c: Counts) -> float | None:
    done = divide(c["transferred"], c["offered"])
    return None if done is None else 1 - done


def _roi(c: Counts) -> float | None:
    revenue, cost = c["revenue"], c["cost"]
    return None if revenue is None or cost is None else divide(revenue - cost, cost)


def _attrition(c: Counts) -> float | None:
    heads = total(c, "heads_at_start", "heads_at_end")
    return None if heads is None else divide(c["leavers"], heads / 2)


U = Unit
_LIST_AND_PROJECT = (
    _rate(
        "corruption_rate",
        W(en="Corruption rate", zh="无效数据比率", ru="Доля негодных записей"),
        "useless / accounts",
        U.SHARE,
        "useless",
        "accounts",
    ),
    _rate(
        "valid_number_rate",
        W(en="Valid number rate", zh="外呼有效号码率", ru="Доля годных номеров"),
        "(accounts - useless) / accounts",
        U.SHARE,
        "accounts useless",
        "accounts",
        lambda c: divide(_usable(c), c["accounts"]),
    ),
    _rate(
        "avg_attempts_unreached",
        W(en="Average calling attempt", zh="平均外拨圈数", ru="Среднее число попыток"),
        "attempts on unreached records / unreached records dialled",
        U.RATIO,
        "attempts_on_unreached",
        "unreached",
    ),
    _rate(
        "reachable_rate",
        W(en="Reachable rate", zh="成功联系率", ru="Доля достигнутых"),
        "reached / (accounts - useless)",
        U.SHARE,
        "reached",
        "accounts useless",
        lambda c: divide(c["reached"], _usable(c)),
    ),
    _rate(
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
    _rate(
        "actual_contact_rate",
        W(en="Actual contact rate", zh="实际接触率", ru="Фактическая доля ответов"),
        "answered / calls_made",
        U.SHARE,
        "answered",
        "calls_made",
    ),
    _rate(
        "callback_rate",
        W(en="Call back rate", zh="回拨率", ru="Доля повторных звонков"),
        "calls_repeat / calls_made",
        U.SHARE,
        "calls_repeat",
        "calls_made",
    ),
    _rate(
        "completed_rate",
        W(en="Completed rate", zh="外呼成功率", ru="Доля завершённых"),
        "completed / reached",
        U.SHARE,
        "completed",
        "reached",
    ),
    _rate(
        "hit_rate",
        W(en="Hit rate", zh="在线成功率", ru="Доля успешных"),
        "successful / completed",
        U.SHARE,
        "successful",
        "completed",
    ),
    _rate(
        "success_rate",
        W(en="Success rate (talks)", zh="外呼在线成功率", ru="Доля успеха к разговорам"),
        "successful / connected",
        U.SHARE,
        "successful",
        "connected",
    ),
    _rate(
        "success_value",
        W(en="Success value", zh="成功值", ru="Ценность успеха"),
        "successful * success_rate",
        U.RATIO,
        "successful",
        "connected",
        _success_value,
    ),
    _rate(
        "questionnaire_progress",
        W(en="Questionnaire progress", zh="外呼问卷完成进度", ru="Выполнение анкет"),
        "completed / target quota",
        U.SHARE,
        "completed",
        "target_completed",
    ),
    _rate(
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
    _rate(
        "calls_per_account",
        W(en="Call frequency", zh="外呼频率", ru="Частота звонков"),
        "calls_made / accounts_called",
        U.RATIO,
        "calls_made",
        "accounts_called",
    ),
)

_ROBOT = (
    _rate(
        "transfer_rate",
        W(en="Re-forward rate", zh="转接率", ru="Доля передач"),
        "offered / answered",
        U.SHARE,
        "offered",
        "answered",
    ),
    _rate(
        "transfer_success_rate",
        W(en="Transfer success rate", zh="成功转接率", ru="Доля удачных передач"),
        "transferred / offered",
        U.SHARE,
        "transferred",
        "offered",
    ),
    _rate(
        "transfer_failure_rate",
        W(en="Transfer failure rate", zh="转接失败率", ru="Доля неудачных передач"),
        "1 - transferred / offered",
        U.SHARE,
        "transferred",
        "offered",
        _failure,
    ),
    _rate(
        "turnover_rate",
        W(en="Turnover rate", zh="成交率", ru="Доля сделок"),
        "successful among transferred / transferred",
        U.SHARE,
        "transferred_successful",
        "transferred",
    ),
)

_PEOPLE = (
    _rate(
        "paid_hours",
        W(en="Paid hours", zh="付薪工时", ru="Оплаченные часы"),
        "paid_s / 3600",
        U.HOURS,
        "paid_s",
        "",
        _hours("paid_s"),
    ),
    _rate(
        "productivity_hours",
        W(en="Productivity hours", zh="外呼总时长", ru="Часы работы на линии"),
        "(handling + waiting seconds) / 3600",
        U.HOURS,
        "prep_s talk_s wrap_s idle_s",
        "",
        productive_hours,
    ),
    _rate(
        "non_productivity_hours",
        W(en="Non-productivity hours", zh="非外呼工作总时长", ru="Часы вне линии"),
        "paid time outside outbound work (rest, meal, training, meeting, paperwork) / 3600",
        U.HOURS,
        "paid_s prep_s talk_s wrap_s idle_s",
        "",
        _non_productive,
    ),
    _rate(
        "completed_per_hour",
        W(en="Completed per hour", zh="每小时外呼成功量", ru="Завершённых в час"),
        "completed / productivity_hours",
        U.PER_HOUR,
        "completed",
        "prep_s talk_s wrap_s idle_s",
        lambda c: divide(c["completed"], productive_hours(c)),
    ),
    _rate(
        "successful_per_hour",
        W(en="Successful per hour", zh="每小时在线成功量", ru="Успешных в час"),
        "successful / productivity_hours",
        U.PER_HOUR,
        "successful",
        "prep_s talk_s wrap_s idle_s",
        lambda c: divide(c["successful"], productive_hours(c)),
    ),
    _rate(
        "calls_per_hour",
        W(en="Calls per hour", zh="每小时呼叫次数", ru="Звонков в час"),
        "calls_made / outbound hours; with its coefficient of variation by hour",
        U.PER_HOUR,
        "calls_made",
        "prep_s talk_s wrap_s idle_s",
        lambda c: divide(c["calls_made"], productive_hours(c)),
    ),
    _rate(
        "calls_per_agent",
        W(en="Talks per agent", zh="人均呼出通话量", ru="Разговоров на оператора"),
        "connected / agents who dialled",
        U.RATIO,
        "connected",
        "agents_dialled",
    ),
    _rate(
        "avg_handle_time",
        W(en="Average handle time", zh="平均处理时长", ru="Среднее время обработки"),
        "(prep_s + talk_s + wrap_s) / calls handled",
        U.SECONDS,
        "prep_s talk_s wrap_s",
        "handled",
    ),
    _rate(
        "avg_talk_time",
        W(en="Average talk time", zh="项目呼出均长", ru="Среднее время разговора"),
        "talk_s / connected",
        U.SECONDS,
        "talked_s",
        "connected",
        note=W(
            en="talk of calls made only (talked_s); returned calls are not in it",
            zh="只计外拨通话 (talked_s)，不含回电",
            ru="только исходящие (talked_s), без ответных звонков",
        ),
    ),
    _rate(
        "work_efficiency",
        W(en="Work efficiency", zh="工时效率", ru="Эффективность времени"),
        "talk_s (answer to hang-up) / login_s",
        U.SHARE,
        "talk_s",
        "login_s",
    ),
    _rate(
        "not_ready_rate",
        W(en="Not-ready rate", zh="示忙率", ru="Доля неготовности"),
        "not_ready_s / login_s",
        U.SHARE,
        "not_ready_s",
        "login_s",
    ),
    _rate(
        "idle_rate",
        W(en="Idle rate", zh="空闲率", ru="Доля ожидания"),
        "idle_s / login_s",
        U.SHARE,
        "idle_s",
        "login_s",
    ),
    _rate(
        "occupancy",
        W(en="Occupancy", zh="占用率", ru="Загрузка"),
        "(prep_s + talk_s + wrap_s) / (login_s - not_ready_s)",
        U.SHARE,
        "prep_s talk_s wrap_s",
        "login_s not_ready_s",
        _occupancy,
    ),
    _rate(
        "attendance_rate",
        W(en="Attendance rate", zh="员工出勤率", ru="Явка"),
        "agents present / agents scheduled",
        U.SHARE,
        "agent_days_present",
        "agent_days_scheduled",
    ),
    _rate(
        "scheduled_hours",
        W(en="Scheduled hours", zh="排班工时", ru="Часы по графику"),
        "scheduled hours per day * days",
        U.HOURS,
        "scheduled_s",
        "",
        _hours("scheduled_s"),
    ),
    _rate(
        "adherence_rate",
        W(en="Adherence", zh="工时吻合率", ru="Соблюдение графика"),
        "login_s / scheduled_s",
        U.RATIO,
        "login_s",
        "scheduled_s",
    ),
    _rate(
        "attrition_rate",
        W(en="Staff turnover", zh="流失率", ru="Текучесть"),
        "leavers / ((heads at start + heads at end) / 2)",
        U.SHARE,
        "leavers",
        "heads_at_start heads_at_end",
        _attrition,
        missing=NO_STAFF,
    ),
)

_QUALITY = (
    _rate(
        "satisfaction_rate",
        W(en="Satisfaction rate", zh="短信满意率", ru="Доля довольных"),
        "satisfied replies / replies to the post-call survey",
        U.SHARE,
        "survey_satisfied",
        "survey_replies",
        missing=NO_SURVEY,
    ),
    _rate(
        "complaint_rate",
        W(en="Complaint rate", zh="外呼投诉率", ru="Доля жалоб"),
        "complaints / connected",
        U.SHARE,
        "complaints",
        "connected",
    ),
    _rate(
        "qa_excellent_rate",
        W(en="QA excellent rate", zh="外呼质检优秀率", ru="Доля отличных проверок"),
        "reviews graded excellent / reviews",
        U.SHARE,
        "reviews_excellent",
        "reviews",
        missing=NO_REVIEWS,
    ),
    _rate(
        "qa_coverage",
        W(en="QA coverage", zh="质检覆盖率", ru="Охват проверками"),
        "calls reviewed / connected",
        U.SHARE,
        "reviews",
        "connected",
        missing=NO_REVIEWS,
    ),
    _rate(
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
    _rate(
        "cost_per_contact",
        W(en="Cost per contact", zh="单次接触成本", ru="Затраты на контакт"),
        "cost / reached",
        U.MONEY,
        "cost",
        "reached",
    ),
    _rate(
        "cost_per_success",
        W(en="Cost per success", zh="单次成交成本", ru="Затраты на успех"),
        "cost / successful",
        U.MONEY,
        "cost",
        "successful",
    ),
    _rate(
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
    _rate(
        "transfer_rate_dialled",
        W(en="Re-forward rate (dialled)", zh="转接率（按外拨）", ru="Доля передач к набранным"),
        "offered / calls_made",
        U.SHARE,
        "offered",
        "calls_made",
        in_kpi=False,
    ),
    _rate(
        "talk_rate",
        W(en="Talk rate", zh="接通率", ru="Доля разговоров"),
        "connected / calls_made",
        U.SHARE,
        "connected",
        "calls_made",
        in_kpi=False,
    ),
    _rate(
        "target_reached_rate",
        W(en="Right person rate", zh="本人核实率", ru="Доля верных владельцев"),
        "reached / accounts_called",
        U.SHARE,
        "reached",
        "accounts_called",
        in_kpi=False,
    ),
    _rate(
        "deal_rate",
        W(en="Deal rate", zh="名单成交率", ru="Доля сделок по записям"),
        "successful / accounts_called",
        U.SHARE,
        "successful",
        "accounts_called",
        in_kpi=False,
    ),
    _rate(
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
    _rate(
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
    _rate(
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

RATES: tuple[Rate, ...] = _LIST_AND_PROJECT + _ROBOT + _PEOPLE + _QUALITY + _MONEY + _OURS
