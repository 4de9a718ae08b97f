"""The figures of agents' time and of the staff. See ``rates``."""

from __future__ import annotations

from callwright.analytics.definition import Counts, Rate, Unit, divide, total
from callwright.analytics.rate_parts import NO_STAFF, W, hours_of, rate

PRODUCTIVE = ("prep_s", "talk_s", "wrap_s", "idle_s")
productive_hours = hours_of(*PRODUCTIVE)


def _non_productive(c: Counts) -> float | None:
    paid, productive = c["paid_s"], total(c, *PRODUCTIVE)
    return None if paid is None or productive is None else max(paid - productive, 0.0) / 3600.0


def _occupancy(c: Counts) -> float | None:
    login, away = c["login_s"], c["not_ready_s"]
    return None if login is None or away is None else divide(total(c, "prep_s", "talk_s", "wrap_s"), login - away)


def _attrition(c: Counts) -> float | None:
    heads = total(c, "heads_at_start", "heads_at_end")
    return None if heads is None else divide(c["leavers"], heads / 2)


U = Unit
PEOPLE: tuple[Rate, ...] = (
    rate(
        "paid_hours",
        W(en="Paid hours", zh="付薪工时", ru="Оплаченные часы"),
        "paid_s / 3600",
        U.HOURS,
        "paid_s",
        "",
        hours_of("paid_s"),
    ),
    rate(
        "productivity_hours",
        W(en="Productivity hours", zh="外呼总时长", ru="Часы работы на линии"),
        "(handling + waiting seconds) / 3600",
        U.HOURS,
        "prep_s talk_s wrap_s idle_s",
        "",
        productive_hours,
    ),
    rate(
        "non_productivity_hours",
        W(en="Non-productivity hours", zh="非外呼工作总时长", ru="Часы вне линии"),
        "paid time outside outbound work (rest, meal, training, meeting, paperwork) / 3600",
        U.HOURS,
        "paid_s prep_s talk_s wrap_s idle_s",
        "",
        _non_productive,
    ),
    rate(
        "completed_per_hour",
        W(en="Completed per hour", zh="每小时外呼成功量", ru="Завершённых в час"),
        "completed / productivity_hours",
        U.PER_HOUR,
        "completed",
        "prep_s talk_s wrap_s idle_s",
        lambda c: divide(c["completed"], productive_hours(c)),
    ),
    rate(
        "successful_per_hour",
        W(en="Successful per hour", zh="每小时在线成功量", ru="Успешных в час"),
        "successful / productivity_hours",
        U.PER_HOUR,
        "successful",
        "prep_s talk_s wrap_s idle_s",
        lambda c: divide(c["successful"], productive_hours(c)),
    ),
    rate(
        "calls_per_hour",
        W(en="Calls per hour", zh="每小时呼叫次数", ru="Звонков в час"),
        "calls_made / outbound hours; with its coefficient of variation by hour",
        U.PER_HOUR,
        "calls_made",
        "prep_s talk_s wrap_s idle_s",
        lambda c: divide(c["calls_made"], productive_hours(c)),
    ),
    rate(
        "calls_per_agent",
        W(en="Talks per agent", zh="人均呼出通话量", ru="Разговоров на оператора"),
        "connected / agents who dialled",
        U.RATIO,
        "connected",
        "agents_dialled",
    ),
    rate(
        "avg_handle_time",
        W(en="Average handle time", zh="平均处理时长", ru="Среднее время обработки"),
        "(prep_s + talk_s + wrap_s) / calls handled",
        U.SECONDS,
        "prep_s talk_s wrap_s",
        "handled",
    ),
    rate(
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
    rate(
        "work_efficiency",
        W(en="Work efficiency", zh="工时效率", ru="Эффективность времени"),
        "talk_s (answer to hang-up) / login_s",
        U.SHARE,
        "talk_s",
        "login_s",
    ),
    rate(
        "not_ready_rate",
        W(en="Not-ready rate", zh="示忙率", ru="Доля неготовности"),
        "not_ready_s / login_s",
        U.SHARE,
        "not_ready_s",
        "login_s",
    ),
    rate(
        "idle_rate",
        W(en="Idle rate", zh="空闲率", ru="Доля ожидания"),
        "idle_s / login_s",
        U.SHARE,
        "idle_s",
        "login_s",
    ),
    rate(
        "occupancy",
        W(en="Occupancy", zh="占用率", ru="Загрузка"),
        "(prep_s + talk_s + wrap_s) / (login_s - not_ready_s)",
        U.SHARE,
        "prep_s talk_s wrap_s",
        "login_s not_ready_s",
        _occupancy,
    ),
    rate(
        "attendance_rate",
        W(en="Attendance rate", zh="员工出勤率", ru="Явка"),
        "agents present / agents scheduled",
        U.SHARE,
        "agent_days_present",
        "agent_days_scheduled",
    ),
    rate(
        "scheduled_hours",
        W(en="Scheduled hours", zh="排班工时", ru="Часы по графику"),
        "scheduled hours per day * days",
        U.HOURS,
        "scheduled_s",
        "",
        hours_of("scheduled_s"),
    ),
    rate(
        "adherence_rate",
        W(en="Adherence", zh="工时吻合率", ru="Соблюдение графика"),
        "login_s / scheduled_s",
        U.RATIO,
        "login_s",
        "scheduled_s",
    ),
    rate(
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
