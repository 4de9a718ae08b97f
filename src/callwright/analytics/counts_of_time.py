"""The base counts of agents' time: their states, their shifts. See ``counts``."""

from __future__ import annotations

from callwright.analytics.count_parts import OF_AGENTS, W, count
from callwright.analytics.definition import Count, Source, Unit
from callwright.kit.words import Words


def state(id: str, words: Words, meaning: Words, *, kpi: bool = True) -> Count:
    return count(id, words, meaning, Source.STATE, unit=Unit.SECONDS, in_kpi=kpi)


AGENT_TIME: tuple[Count, ...] = (
    count(
        "paid_s",
        W(en="Paid time", zh="付薪时间", ru="Оплаченное время"),
        W(
            en="seconds of paid shifts; where no shift is recorded at all, login_s",
            zh="付薪班次秒数；完全没有排班时取登录时长",
            ru="секунды оплаченных смен; если смен нет вовсе, login_s",
        ),
        Source.SHIFT,
        unit=Unit.SECONDS,
        in_kpi=True,
    ),
    count(
        "scheduled_s",
        W(en="Scheduled time", zh="排班时间", ru="Время по графику"),
        W(en="seconds of shifts", zh="排班秒数", ru="секунды смен"),
        Source.SHIFT,
        unit=Unit.SECONDS,
        in_kpi=True,
    ),
    state(
        "login_s",
        W(en="Login time", zh="登录时长", ru="Время в системе"),
        W(
            en="seconds in any state but offline",
            zh="除离线外各状态秒数",
            ru="секунды во всех состояниях, кроме «вне сети»",
        ),
    ),
    state(
        "talk_s",
        W(en="Talk time", zh="通话时长", ru="Время разговора"),
        W(
            en="agents' seconds in calls, answer to hang-up, holding and returned calls included",
            zh="坐席通话秒数（接通至挂机，含保持与回电）",
            ru="секунды операторов в звонках, от ответа до отбоя, с удержанием и ответными",
        ),
    ),
    count(
        "ring_s",
        W(en="Ringing time", zh="振铃时长", ru="Время вызова"),
        W(
            en="seconds the calls made rang (line time, no part of login_s)",
            zh="外拨振铃秒数（线路时间，不属登录时长）",
            ru="секунды вызова исходящих (время линий, не часть login_s)",
        ),
        unit=Unit.SECONDS,
        in_kpi=True,
    ),
    state(
        "prep_s",
        W(en="Preparation time", zh="准备时长", ru="Время подготовки"),
        W(
            en="seconds reading a card or held for a call being dialled (preview, reserved)",
            zh="预览与预占秒数",
            ru="секунды просмотра карточки и брони под набор",
        ),
    ),
    state(
        "wrap_s",
        W(en="Wrap-up time", zh="话后处理时长", ru="Время постобработки"),
        W(en="seconds in wrap-up", zh="话后处理秒数", ru="секунды постобработки"),
    ),
    count(
        "hold_s",
        W(en="Hold time", zh="保持时长", ru="Время удержания"),
        W(en="seconds on hold, a part of talk_s", zh="保持秒数，属通话时长", ru="секунды удержания, часть talk_s"),
        unit=Unit.SECONDS,
        in_kpi=True,
    ),
    state(
        "playback_s",
        W(en="Playback time", zh="录音回放时长", ru="Прослушивание записей"),
        W(
            en="not-ready seconds with the reason playback",
            zh="原因为 playback 的示忙秒数",
            ru="секунды неготовности с причиной playback",
        ),
    ),
    state(
        "idle_s",
        W(en="Idle time", zh="空闲时长", ru="Время ожидания"),
        W(en="seconds ready for a call", zh="就绪等待秒数", ru="секунды готовности"),
    ),
    state(
        "not_ready_s",
        W(en="Not-ready time", zh="示忙时长", ru="Время неготовности"),
        W(en="not-ready seconds, for any reason", zh="各原因示忙秒数", ru="секунды неготовности по любой причине"),
    ),
    state(
        "internal_s",
        W(en="Internal time", zh="内部通话时长", ru="Внутренние звонки"),
        W(
            en="not-ready seconds with the reason internal (calls among colleagues)",
            zh="原因为 internal 的示忙秒数（内部通话）",
            ru="секунды неготовности с причиной internal (звонки коллегам)",
        ),
    ),
    count(
        "logins",
        W(en="Logins", zh="登录次数", ru="Входы"),
        W(en="times agents logged in", zh="登录次数", ru="входы операторов"),
        Source.STATE,
    ),
    count(
        "logouts",
        W(en="Logouts", zh="退出次数", ru="Выходы"),
        W(en="times agents logged out", zh="退出次数", ru="выходы операторов"),
        Source.STATE,
    ),
    count(
        "not_ready_entries",
        W(en="Not-ready entries", zh="示忙次数", ru="Уходы в неготовность"),
        W(en="times agents became not ready", zh="进入示忙的次数", ru="уходы в неготовность"),
        Source.STATE,
    ),
    count(
        "agents_dialled",
        W(en="Agents who dialled", zh="外呼坐席数", ru="Звонившие операторы"),
        W(
            en="distinct agents with a call made",
            zh="有外拨的坐席数",
            ru="разные операторы с исходящим звонком",
        ),
    ),
    count(
        "agent_days_scheduled",
        W(en="Agents scheduled", zh="排班人次", ru="Операторов по графику"),
        W(
            en="agents with a shift, once per day",
            zh="有排班的坐席，按日计",
            ru="операторы со сменой, раз в день",
        ),
        Source.SHIFT,
    ),
    count(
        "agent_days_present",
        W(en="Scheduled agents present", zh="出勤人次", ru="Вышедшие по графику"),
        W(
            en="agents with a shift who logged in on its day, once per day",
            zh="有排班且当日登录的坐席，按日计",
            ru="операторы со сменой, вошедшие в её день, раз в день",
        ),
        Source.SHIFT,
    ),
    count(
        "pay",
        W(en="Pay", zh="人工成本", ru="Оплата труда"),
        W(
            en="paid hours times pay per hour",
            zh="付薪工时乘时薪",
            ru="оплаченные часы на ставку",
        ),
        Source.SHIFT,
        unit=Unit.MONEY,
    ),
    count(
        "cost",
        W(en="Cost", zh="总成本", ru="Затраты"),
        W(en="call_cost + pay", zh="通信成本 + 人工成本", ru="call_cost + pay"),
        Source.DERIVED,
        unit=Unit.MONEY,
        grains=OF_AGENTS,
    ),
    count(
        "target_completed",
        W(en="Target quota", zh="目标完成量", ru="Целевая квота"),
        W(
            en="completed questionnaires the campaign aims at",
            zh="项目目标问卷数",
            ru="целевое число анкет кампании",
        ),
        Source.CAMPAIGN,
    ),
)
