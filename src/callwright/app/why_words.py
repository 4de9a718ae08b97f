"""The words of ``callwright why`` on a record's own state and on the calls made. The rules' words are compliance's."""

from __future__ import annotations

from datetime import datetime
from zoneinfo import ZoneInfo

from callwright.adapters.postgres.overview import PastAttempt
from callwright.app.board_words import WORDS
from callwright.kit.words import Words
from callwright.model.campaign import Campaign
from callwright.model.outcome import STANDARD_DISPOSITIONS
from callwright.model.people import Lead, LeadStatus, Phone

NO_LIST = Words(
    en="No list has this number, so no campaign calls it.",
    zh="没有名单包含此号码，因此没有活动会拨打它。",
    ru="Этого номера нет ни в одном списке, поэтому ему никто не звонит.",
)
NO_CAMPAIGN = Words(
    en="The list belongs to no campaign, so nobody calls it.",
    zh="该名单未分配给任何活动，因此不会被拨打。",
    ru="Список не привязан ни к одной кампании, поэтому ему никто не звонит.",
)
_STATUS: dict[LeadStatus, Words] = {
    LeadStatus.DUE: Words(en="The record is due.", zh="该客户可拨打。", ru="Запись готова к набору."),
    LeadStatus.CLAIMED: Words(
        en="The record is in the hopper or in a call now.",
        zh="该客户已进入拨号队列或正在通话。",
        ru="Запись сейчас в очереди набора или в разговоре.",
    ),
    LeadStatus.DONE: Words(
        en="The record is done: {last}. It is not called again for this campaign.",
        zh="该客户已完成：{last}，本活动不再拨打。",
        ru="Запись завершена: {last}. В этой кампании больше не звонят.",
    ),
    LeadStatus.EXHAUSTED: Words(
        en="All attempts are used up: {tries} of {most}.",
        zh="拨打次数已用完：{tries}/{most}。",
        ru="Попытки исчерпаны: {tries} из {most}.",
    ),
    LeadStatus.UNCALLABLE: Words(
        en="The record cannot be called: no number of it is usable, or it may not be called ({last}).",
        zh="该客户无法拨打：没有可用号码或不允许拨打（{last}）。",
        ru="Звонить нельзя: нет пригодного номера или звонки запрещены ({last}).",
    ),
    LeadStatus.HELD: Words(
        en="The fate of an attempt is unknown: a human has to decide before the next call (callwright held).",
        zh="某次呼叫结果未知：须人工确认后才能再次拨打（callwright held）。",
        ru="Судьба одного звонка неизвестна: перед следующим должен решить человек (callwright held).",
    ),
}
_WAITING = Words(
    en="After {last} the record waits until {when}.",
    zh="上次结果：{last}，等待至 {when}。",
    ru="После «{last}» запись ждёт до {when}.",
)
_DEAD = Words(
    en="The number is dead ({why}) and is not dialled again.",
    zh="该号码已失效（{why}），不再拨打。",
    ru="Номер недействителен ({why}), его больше не набирают.",
)
_OWNER = Words(
    en="Only the agent the record belongs to may call.",
    zh="仅所属坐席可以拨打。",
    ru="Звонить может только закреплённый оператор.",
)
_CALLBACK = Words(
    en="The person asked to be called back at {when}.",
    zh="客户要求于 {when} 回拨。",
    ru="Человек просил перезвонить {when}.",
)
_CALLED = Words(
    en="{when}: {number} was called for {campaign}: {what}.",
    zh="{when}：为 {campaign} 拨打 {number}：{what}。",
    ru="{when}: звонок на {number} по кампании {campaign}: {what}.",
)
_NOW = Words(en="It may be called now.", zh="现在可以拨打。", ru="Сейчас можно звонить.")
_NEXT = Words(
    en="It may be called next at {when}.", zh="下次可拨打时间：{when}。", ru="Следующий звонок возможен {when}."
)
_NOT_SOON = Words(
    en="No lawful instant comes by itself within 60 days.",
    zh="60 天内不会自行出现可拨打的时刻。",
    ru="В ближайшие 60 дней законного момента само собой не наступит.",
)
_NOTHING = Words(en="nothing yet", zh="无", ru="ничего")
_TALKED = Words(
    en="talked {span:.0f} s with {agent}", zh="与 {agent} 通话 {span:.0f} 秒", ru="разговор {span:.0f} с, {agent}"
)


def local(at: float, zone: str) -> str:
    """The instant on the person's own clock, with its zone."""
    return f"{datetime.fromtimestamp(at, ZoneInfo(zone)):%Y-%m-%d %H:%M} ({zone})"


def word_of(code: str | None) -> Words:
    """An outcome or a disposition in words; one of the user's own stays as it is."""
    if not code:
        return _NOTHING
    if code in STANDARD_DISPOSITIONS:
        return STANDARD_DISPOSITIONS[code].words
    return WORDS.get(code) or Words(en=code, zh=code, ru=code)


def _fill(words: Words, last: Words, **values: object) -> Words:
    return Words(
        en=words.en.format(last=last.en, **values),
        zh=words.zh.format(last=last.zh, **values),
        ru=words.ru.format(last=last.ru, **values),
    )


def status_words(lead: Lead, phone: Phone, campaign: Campaign | None, now: float, zone: str) -> list[Words]:
    """What the record's own state says about its next call."""
    last = word_of(lead.last_outcome)
    said: list[Words] = []
    if phone.dead is not None:
        why = word_of(phone.dead)
        said.append(
            Words(en=_DEAD.en.format(why=why.en), zh=_DEAD.zh.format(why=why.zh), ru=_DEAD.ru.format(why=why.ru))
        )
    if lead.status is LeadStatus.WAITING or (lead.status is LeadStatus.DUE and lead.next_at > now):
        words = _CALLBACK if lead.callback else _WAITING
        said.append(_fill(words, last, when=local(lead.next_at, zone)))
    else:
        most = campaign.dial.max_tries if campaign is not None else "?"
        said.append(_fill(_STATUS.get(lead.status, _STATUS[LeadStatus.DUE]), last, tries=lead.tries, most=most))
    if lead.owner_agent_id is not None:
        said.append(_OWNER)
    return said


def next_words(next_at: float | None, now: float, zone: str) -> Words:
    """When the record may be called, both by its own state and by the rules."""
    if next_at is None:
        return _NOT_SOON
    return _NOW if next_at <= now else _fill(_NEXT, _NOTHING, when=local(next_at, zone))


def say_call(call: PastAttempt, zone: str) -> Words:
    """A call made, retold."""
    what = word_of(call.disposition or call.outcome or call.state)
    told = {}
    for language in ("en", "zh", "ru"):
        said = getattr(what, language)
        if call.talk_s > 0 and call.agent:
            said += ", " + getattr(_TALKED, language).format(span=call.talk_s, agent=call.agent)
        told[language] = getattr(_CALLED, language).format(
            when=local(call.at, zone), number=call.number, campaign=call.campaign, what=said
        )
    return Words(**told)
