"""Headings and states of ``callwright trunk`` and ``callwright caller-id`` in the three languages."""

from __future__ import annotations

from collections.abc import Mapping

from callwright.kit.words import Words


def _w(en: str, zh: str, ru: str) -> Words:
    return Words(en=en, zh=zh, ru=ru)


COLUMNS: Mapping[str, Words] = {
    "name": _w("Trunk", "线路", "Транк"),
    "channels": _w("Channels", "并发", "Каналы"),
    "calls_per_s": _w("Calls/s", "每秒呼叫", "Вызовов/с"),
    "prefixes": _w("May dial", "可拨", "Может звонить"),
    "denied": _w("Not", "禁拨", "Кроме"),
    "cost_per_minute": _w("Cost of a minute", "每分钟费用", "Цена минуты"),
    "most_per_hour": _w("Most per hour", "每小时上限", "Макс. в час"),
    "most_per_day": _w("Most per day", "每日上限", "Макс. в день"),
    "breaker": _w("State", "状态", "Состояние"),
    "live": _w("Calls", "通话", "Звонков"),
    "dials": _w("Dials, 5 min", "5 分钟拨打", "Наборов, 5 мин"),
    "asr": _w("Answered", "接通", "Отвечено"),
    "failed": _w("Failed", "失败", "Сбоев"),
    "post_dial": _w("Post-dial delay", "拨号时延", "Задержка"),
    "spent_hour": _w("Spent, hour", "本小时花费", "За час"),
    "spent_day": _w("Spent, day", "当日花费", "За день"),
    "number": _w("Number", "号码", "Номер"),
    "daily_cap": _w("Daily cap", "每日上限", "Лимит в день"),
    "rest": _w("Rest", "间隔", "Пауза"),
    "region": _w("Region", "地区", "Регион"),
    "state": _w("State", "状态", "Состояние"),
    "shown": _w("Shown today", "今日使用", "Показан сегодня"),
    "calls": _w("Calls", "呼叫", "Звонков"),
    "rate": _w("Answered", "接通率", "Отвечено"),
    "expected": _w("Its peers", "同类号码", "У других"),
    "z": _w("z", "z", "z"),
}
HEADINGS: Mapping[str, Words] = {
    "refused": _w("Calls not made, last 24 hours:", "最近 24 小时未拨出的呼叫：", "Звонки не сделаны за 24 часа:"),
    "told": _w("What happened:", "事件：", "Что произошло:"),
    "none": _w("There is none yet.", "暂无。", "Пока нет ни одного."),
}
SAID: Mapping[str, Words] = {
    "closed": _w("works", "正常", "работает"),
    "open": _w("failing, not used", "故障停用", "сбоит, не используется"),
    "half_open": _w("on trial", "试拨中", "проверяется"),
    "in_use": _w("in use", "使用中", "используется"),
    "withdrawn": _w("withdrawn", "已停用", "отозван"),
    "answers_low": _w("answered less than its peers", "接通率偏低", "отвечают реже, чем у других"),
}
WITHDRAWN = _w(
    "{number} is withdrawn: it is not shown any more.", "{number} 已停用。", "{number} отозван: больше не показывается."
)
GIVEN_BACK = _w("{number} is shown again.", "{number} 已恢复使用。", "{number} снова используется.")
