"""Findings in words: one sentence per rule in every language of the house, with the facts in it."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from functools import lru_cache
from zoneinfo import ZoneInfo

from callwright.compliance.calendar import Windows
from callwright.compliance.facts import DialFacts
from callwright.compliance.permit import LIVE_WORDS
from callwright.compliance.rules import Finding
from callwright.kit.words import Words


def words_of(finding: Finding, facts: DialFacts, until: float | None) -> Words:
    """The sentence for this finding, followed by when the rule ends."""
    said = _SAY[finding.rule.partition(":")[0]](finding, facts)
    pack = f" ({finding.pack})" if finding.pack else ""
    if until is None:
        return Words(en=f"{said.en}{pack}.", zh=f"{said.zh}{pack}。", ru=f"{said.ru}{pack}.")
    when = local_time(until, _zone(facts))
    return Words(
        en=f"{said.en}{pack}; not before {when}.",
        zh=f"{said.zh}{pack}；{when} 之前不可拨打。",
        ru=f"{said.ru}{pack}; не раньше {when}.",
    )


def local_time(at: float, zone: str) -> str:
    """The instant on the person's wall clock: ``2026-03-02 09:00 Europe/Paris``."""
    known = _zone_info(zone)
    moment = datetime.fromtimestamp(at, known if known is not None else UTC)
    return f"{moment:%Y-%m-%d %H:%M:%S} {zone if known is not None else 'UTC'}".replace(":00 ", " ", 1)


@lru_cache(maxsize=1024)
def _zone_info(zone: str) -> ZoneInfo | None:
    try:
        return ZoneInfo(zone)
    except (ValueError, OSError, KeyError):
        return None


def _zone(facts: DialFacts) -> str:
    return facts.person_zone or (facts.phone.zones[0] if facts.phone.zones else "UTC")


def _span(span_s: float) -> tuple[str, str, str]:
    if span_s >= 2 * 86400:
        return f"{span_s / 86400:g} days", f"{span_s / 86400:g} 天", f"{span_s / 86400:g} дн."
    if span_s >= 3600:
        return f"{span_s / 3600:g} h", f"{span_s / 3600:g} 小时", f"{span_s / 3600:g} ч"
    return f"{span_s / 60:g} min", f"{span_s / 60:g} 分钟", f"{span_s / 60:g} мин"


def _clock_text(windows: Windows) -> str:
    return ", ".join(f"{a // 60:02d}:{a % 60:02d}-{b // 60:02d}:{b % 60:02d}" for a, b in windows)


def _clock_off(f: Finding, facts: DialFacts) -> Words:
    off = f"{f.detail[0]:.1f}"
    return Words(
        en=f"Our clock is off by {off} s; set it right, nothing is dialled until then",
        zh=f"本机时钟偏差 {off} 秒；校准之前不拨打任何号码",
        ru=f"Наши часы расходятся на {off} с; пока не исправлены, ничего не набирается",
    )


def _invalid_number(f: Finding, facts: DialFacts) -> Words:
    number = facts.phone.number
    return Words(
        en=f"{number!r} is not a valid telephone number",
        zh=f"{number!r} 不是有效的电话号码",
        ru=f"{number!r} — не телефонный номер",
    )


def _premium_number(f: Finding, facts: DialFacts) -> Words:
    number = facts.phone.number
    return Words(
        en=f"{number} is a premium-rate number, which is never dialled",
        zh=f"{number} 是高额收费号码，从不拨打",
        ru=f"{number} — платный номер, такие не набираются",
    )


def _dead_number(f: Finding, facts: DialFacts) -> Words:
    number, why = facts.phone.number, f.detail[0]
    return Words(
        en=f"{number} is out of use ({why})", zh=f"{number} 已停用（{why}）", ru=f"{number} не используется ({why})"
    )


def _unknown_country(f: Finding, facts: DialFacts) -> Words:
    number = facts.phone.number
    return Words(
        en=f"The country of {number} is unknown, so its rules are too",
        zh=f"{number} 的国家未知，无法确定适用规则",
        ru=f"Страна номера {number} неизвестна, а значит, и её правила",
    )


def _unknown_zone(f: Finding, facts: DialFacts) -> Words:
    zones = ", ".join(f.detail[0]) or "-"
    return Words(
        en=f"The time zone of the person is unknown ({zones})",
        zh=f"此人所在时区未知（{zones}）",
        ru=f"Часовой пояс человека неизвестен ({zones})",
    )


def _do_not_call(f: Finding, facts: DialFacts) -> Words:
    scope, at, source, reason = f.detail
    since = local_time(at, _zone(facts))
    more = ", ".join(part for part in (source, reason) if part) or "-"
    return Words(
        en=f"On the do-not-call list since {since} ({scope}: {more})",
        zh=f"自 {since} 起在勿扰名单中（{scope}：{more}）",
        ru=f"В списке «не звонить» с {since} ({scope}: {more})",
    )


def _frozen(f: Finding, facts: DialFacts) -> Words:
    by, reason = f.detail
    return Words(
        en=f"Frozen by {by} ({reason or '-'})",
        zh=f"已被 {by} 冻结（{reason or '-'}）",
        ru=f"Заморожен: {by} ({reason or '-'})",
    )


def _no_consent(f: Finding, facts: DialFacts) -> Words:
    kind, revoked = f.detail
    if revoked:
        return Words(
            en=f"The consent '{kind}' was revoked",
            zh=f"已撤回“{kind}”同意",
            ru=f"Согласие «{kind}» отозвано",
        )
    return Words(
        en=f"There is no valid consent '{kind}'", zh=f"没有有效的“{kind}”同意", ru=f"Нет действующего согласия «{kind}»"
    )


def _caller_id(f: Finding, facts: DialFacts) -> Words:
    shown, source = f.detail
    return Words(
        en=f"The caller ID {shown} may not be shown: {source}",
        zh=f"不得显示主叫号码 {shown}：{source}",
        ru=f"Номер {shown} нельзя показывать: {source}",
    )


def _label(f: Finding, facts: DialFacts) -> Words:
    has, limit = f.detail
    return Words(
        en=f"The on-screen label has {has} characters, at most {limit} are allowed",
        zh=f"屏显标签有 {has} 个字符，最多允许 {limit} 个",
        ru=f"В метке на экране {has} символов, допустимо {limit}",
    )


def _live_attempt(f: Finding, facts: DialFacts) -> Words:
    return Words(en=LIVE_WORDS.en.rstrip("."), zh=LIVE_WORDS.zh.rstrip("。"), ru=LIVE_WORDS.ru.rstrip("."))


def _outside_hours(f: Finding, facts: DialFacts) -> Words:
    zone, windows = f.detail
    now = local_time(facts.now, zone)
    if not windows:
        return Words(
            en=f"It is {now}, a day without calls",
            zh=f"当地时间 {now}，当天不可拨打",
            ru=f"Сейчас {now}, день без звонков",
        )
    hours = _clock_text(windows)
    return Words(
        en=f"It is {now}; calls are allowed {hours}",
        zh=f"当地时间 {now}；允许拨打时段为 {hours}",
        ru=f"Сейчас {now}; звонить можно {hours}",
    )


def _holiday(f: Finding, facts: DialFacts) -> Words:
    now = local_time(facts.now, f.detail[0])
    return Words(
        en=f"It is {now}, a public holiday", zh=f"当地时间 {now}，公共假日", ru=f"Сейчас {now}, праздничный день"
    )


_AFTER = {
    "conversation": Words(en="a conversation", zh="通话", ru="разговора"),
    "refusal": Words(en="a refusal", zh="拒绝", ru="отказа"),
    "abandoned": Words(en="an abandoned call", zh="呼损", ru="потерянного вызова"),
}


def _cool_down(f: Finding, facts: DialFacts) -> Words:
    after, at, span_s = f.detail
    what, since, (en, zh, ru) = _AFTER[after], local_time(at, _zone(facts)), _span(span_s)
    return Words(
        en=f"No call for {en} after {what.en} ({since})",
        zh=f"{what.zh}（{since}）后 {zh}内不可拨打",
        ru=f"Без звонков {ru} после {what.ru} ({since})",
    )


def _cap(f: Finding, facts: DialFacts) -> Words:
    made, span_s = f.detail
    most = f.rule.rpartition(":")[2].partition("-")[0]
    en, zh, ru = _span(span_s)
    return Words(
        en=f"{made} calls in {en}, at most {most} are allowed",
        zh=f"{zh}内已拨打 {made} 次，最多允许 {most} 次",
        ru=f"Звонков за {ru}: {made}, допустимо {most}",
    )


def _min_gap(f: Finding, facts: DialFacts) -> Words:
    at, gap_s = f.detail
    since, (en, zh, ru) = local_time(at, _zone(facts)), _span(gap_s)
    return Words(
        en=f"Dialled at {since}; the least gap between calls is {en}",
        zh=f"上次拨打于 {since}；两次拨打至少间隔 {zh}",
        ru=f"Набран {since}; наименьший промежуток {ru}",
    )


def _unknown_fate(f: Finding, facts: DialFacts) -> Words:
    at = local_time(f.detail[0], _zone(facts))
    return Words(
        en=f"Nobody knows how the call of {at} ended; a human has to settle it first",
        zh=f"{at} 的通话结果未知，需先由人工处理",
        ru=f"Неизвестно, чем кончился звонок {at}; сначала это решает человек",
    )


def _quota_part_of_day(f: Finding, facts: DialFacts) -> Words:
    return Words(
        en="This part of the day has had its tries by the campaign's quota, or is none of its parts",
        zh="按活动配额，此时段的拨打次数已用完，或不在任何时段内",
        ru="Попытки в этой части дня исчерпаны квотой кампании, или она не входит в её части",
    )


def _quota_days(f: Finding, facts: DialFacts) -> Words:
    most, days = f.detail
    return Words(
        en=f"The campaign's quota of {most} tries in {days} days is used up",
        zh=f"活动配额（{days} 天内 {most} 次）已用完",
        ru=f"Квота кампании ({most} попыток за {days} дн.) исчерпана",
    )


_SAY: dict[str, Callable[[Finding, DialFacts], Words]] = {
    "clock_off": _clock_off,
    "invalid_number": _invalid_number,
    "premium_number": _premium_number,
    "dead_number": _dead_number,
    "unknown_country": _unknown_country,
    "unknown_zone": _unknown_zone,
    "do_not_call": _do_not_call,
    "frozen": _frozen,
    "no_consent": _no_consent,
    "caller_id": _caller_id,
    "label": _label,
    "live_attempt": _live_attempt,
    "outside_hours": _outside_hours,
    "holiday": _holiday,
    "cool_down": _cool_down,
    "cap": _cap,
    "min_gap": _min_gap,
    "unknown_fate": _unknown_fate,
    "quota_part_of_day": _quota_part_of_day,
    "quota_days": _quota_days,
}
