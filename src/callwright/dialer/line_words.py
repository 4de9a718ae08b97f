"""Trunks and caller IDs in words: why a call was not made, and what became of a trunk or a number."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from callwright.dialer.ports import LineChange
from callwright.kit.words import Words

_NO: dict[str, Words] = {
    "trunk:breaker": Words(
        en="The trunk {about} fails too many calls; it is tried again later",
        zh="线路 {about} 失败过多，稍后再试",
        ru="Транк {about} не проводит звонки; попытка будет позже",
    ),
    "trunk:spend_hour": Words(
        en="The trunk {about} has used up its money for this hour",
        zh="线路 {about} 本小时费用已达上限",
        ru="Лимит расходов транка {about} на этот час исчерпан",
    ),
    "trunk:spend_day": Words(
        en="The trunk {about} has used up its money for this day",
        zh="线路 {about} 当日费用已达上限",
        ru="Лимит расходов транка {about} на этот день исчерпан",
    ),
    "trunk:calls_per_hour": Words(
        en="Numbers that begin with {about} have had their calls of this hour",
        zh="以 {about} 开头的号码本小时呼叫数已达上限",
        ru="Звонки на номера {about}… за этот час исчерпаны",
    ),
    "trunk:denied_prefix": Words(
        en="Numbers that begin with {about} are denied",
        zh="禁止呼叫以 {about} 开头的号码",
        ru="Номера {about}… запрещены",
    ),
    "trunk:risky_prefix": Words(
        en="Numbers that begin with {about} are premium or satellite; no trunk allows them by name",
        zh="以 {about} 开头的号码为高价或卫星号码，没有线路明确允许",
        ru="Номера {about}… платные или спутниковые; ни один транк не разрешает их явно",
    ),
    "trunk:no_prefix": Words(
        en="No trunk may dial numbers that begin with {about}",
        zh="没有线路可呼叫以 {about} 开头的号码",
        ru="Ни один транк не может звонить на номера {about}…",
    ),
    "caller_id_rest": Words(
        en="The caller IDs are resting", zh="主叫号码正在休息", ru="Исходящие номера отдыхают между звонками"
    ),
    "caller_id_cap": Words(
        en="The caller IDs have had their calls of this day",
        zh="主叫号码当日呼叫数已达上限",
        ru="Дневной лимит исходящих номеров исчерпан",
    ),
    "caller_id_withdrawn": Words(
        en="All caller IDs are withdrawn", zh="所有主叫号码均已停用", ru="Все исходящие номера отозваны"
    ),
}
_STATE: dict[tuple[str, str], Words] = {
    ("trunk", "open"): Words(
        en="{name}: {failed} of the last {dials} calls failed; it is not used until {until}, then one call is tried.",
        zh="{name}：最近 {dials} 次呼叫中 {failed} 次失败；{until} 前停止使用，之后先试拨一次。",
        ru="{name}: не удалось {failed} из последних {dials} звонков; до {until} не используется, затем один пробный.",
    ),
    ("trunk", "half_open"): Words(
        en="{name}: one call at a time is tried over it.",
        zh="{name}：正在逐个试拨。",
        ru="{name}: по нему пробуют по одному звонку.",
    ),
    ("trunk", "closed"): Words(
        en="{name}: calls go through again.", zh="{name}：已恢复正常。", ru="{name}: звонки снова проходят."
    ),
    ("trunk", "spend_hour"): Words(
        en="{name}: {hour:.2f} spent in the last hour, at most {most_per_hour:.2f} allowed; it waits until {until}.",
        zh="{name}：最近一小时已花费 {hour:.2f}，上限 {most_per_hour:.2f}；暂停至 {until}。",
        ru="{name}: за последний час потрачено {hour:.2f}, допустимо {most_per_hour:.2f}; пауза до {until}.",
    ),
    ("trunk", "spend_day"): Words(
        en="{name}: {day:.2f} spent today, at most {most_per_day:.2f} allowed; it waits until {until}.",
        zh="{name}：今日已花费 {day:.2f}，上限 {most_per_day:.2f}；暂停至 {until}。",
        ru="{name}: сегодня потрачено {day:.2f}, допустимо {most_per_day:.2f}; пауза до {until}.",
    ),
    ("trunk", "spend_free"): Words(
        en="{name}: there is money again.", zh="{name}：费用额度已恢复。", ru="{name}: лимит расходов снова свободен."
    ),
    ("prefix", "calls_per_hour"): Words(
        en="{name}: {most} calls in an hour are made; the next at {until}.",
        zh="{name}：一小时内已拨打 {most} 次；下一次不早于 {until}。",
        ru="{name}: сделано {most} звонков за час; следующий в {until}.",
    ),
    ("caller_id", "answers_low"): Words(
        en="{name}: {rate:.0%} of {calls} calls were answered, {expected:.0%} with the other numbers; let it rest or"
        " ask its carrier whether it is labelled as spam.",
        zh="{name}：{calls} 次呼叫接通率 {rate:.0%}，其他号码为 {expected:.0%}；建议停用或向运营商查询是否被标记。",
        ru="{name}: отвечено {rate:.0%} из {calls} звонков, у других номеров {expected:.0%}; дайте номеру отдохнуть или"
        " узнайте у оператора, не помечен ли он как спам.",
    ),
    ("caller_id", "answers_fine"): Words(
        en="{name}: answered like the other numbers again.",
        zh="{name}：接通率已恢复正常。",
        ru="{name}: на звонки снова отвечают как у других номеров.",
    ),
    ("caller_id", "withdrawn"): Words(en="{name}: withdrawn.", zh="{name}：已停用。", ru="{name}: отозван."),
    ("caller_id", "given_back"): Words(
        en="{name}: shown again.", zh="{name}：已恢复使用。", ru="{name}: снова используется."
    ),
}


def refusal_words(rule: str, about: str) -> Words:
    """Why no call was made; ``rule`` with its family ("trunk:breaker")."""
    known = _NO.get(rule, Words(en=rule, zh=rule, ru=rule))
    return _filled(known, {"about": about})


def change_words(change: LineChange, when: Callable[[float], str]) -> Words:
    """What became of a trunk, a beginning or a caller ID; ``when`` writes an instant."""
    known = _STATE.get((change.kind, change.state))
    if known is None:
        return Words(**dict.fromkeys(("en", "zh", "ru"), f"{change.name}: {change.state}"))
    until = "-" if change.until is None else when(change.until)
    return _filled(known, {**change.detail, "name": change.name, "until": until})


def _filled(words: Words, values: Mapping[str, Any]) -> Words:
    return Words(en=words.en.format(**values), zh=words.zh.format(**values), ru=words.ru.format(**values))
