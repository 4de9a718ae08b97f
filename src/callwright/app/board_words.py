"""The words of the live boards, on the terminal and on the page."""

from __future__ import annotations

from callwright.kit.words import Language, Words


def _w(en: str, zh: str, ru: str) -> Words:
    return Words(en=en, zh=zh, ru=ru)


WORDS: dict[str, Words] = {
    "agents": _w("Agents", "坐席", "Операторы"),
    "lines": _w("Lines", "线路", "Линии"),
    "calls": _w("Calls", "呼叫", "Звонки"),
    "funnel": _w("Funnel", "漏斗", "Воронка"),
    "outcomes": _w("Outcomes", "呼叫结果", "Исходы"),
    "events": _w("Last events", "最近事件", "Последние события"),
    "records": _w("Records done", "已完成客户", "Обработано записей"),
    "dials": _w("Dials", "外拨次数", "Наборов"),
    "answers": _w("Answered by people", "真人接听", "Ответили люди"),
    "abandons": _w("Abandoned", "呼损", "Потеряно"),
    "abandon_rate": _w("Abandon rate", "呼损率", "Доля потерь"),
    "limit": _w("limit", "上限", "предел"),
    "talk": _w("Talk time", "通话时长", "Время разговоров"),
    "orders": _w("Agreed", "成交", "Согласий"),
    "refusals": _w("Refused by rules", "规则拒拨", "Отклонено правилами"),
    "finished": _w("The campaign is done", "活动已完成", "Кампания завершена"),
    "nothing": _w("nothing yet", "暂无", "пока ничего"),
    # agent states
    "ready": _w("ready", "空闲", "готов"),
    "reserved": _w("reserved", "已预留", "зарезервирован"),
    "preview": _w("reads a card", "预览中", "читает карточку"),
    "in_call": _w("talks", "通话中", "говорит"),
    "wrap_up": _w("wraps up", "话后处理", "обработка"),
    "not_ready": _w("not ready", "示忙", "не готов"),
    # line states
    "dialing": _w("dialling", "拨号中", "набор"),
    "ringing": _w("ringing", "振铃中", "звонит"),
    "detecting": _w("listening", "识别中", "распознавание"),
    "waiting": _w("waits for an agent", "等待坐席", "ждёт оператора"),
    "connected": _w("talking", "通话中", "разговор"),
    "playing": _w("message", "播放语音", "сообщение"),
    # the funnel
    "dialled": _w("dialled", "外拨", "набрано"),
    "answered": _w("answered", "接听", "ответили"),
    "effective": _w("effective", "有效沟通", "содержательно"),
    "interested": _w("interested", "有意向", "заинтересованы"),
    "signed": _w("signed", "成交", "согласились"),
    # event kinds
    "connect": _w("connected", "接通", "соединено"),
    "abandon": _w("abandoned", "呼损", "потерян"),
    "dispose": _w("result", "结果", "итог"),
    "ban": _w("do not call", "勿扰", "не звонить"),
    "freeze": _w("freeze proposed", "建议冻结", "предложена заморозка"),
    "callback": _w("call-back promised", "预约回拨", "обещан перезвон"),
    "campaign": _w("campaign", "活动", "кампания"),
    "store": _w("database", "数据库", "база данных"),
    "inbound": _w("rings back", "客户回拨", "перезванивает"),
    # outcomes
    "talked": _w("talked", "通话", "разговор"),
    "message_played": _w("message delivered", "语音已送达", "сообщение доставлено"),
    "abandoned": _w("abandoned", "呼损", "потерян"),
    "hung_up_waiting": _w("hung up at once", "接通即挂", "сброс сразу"),
    "machine": _w("answering machine", "语音信箱", "автоответчик"),
    "fax": _w("fax", "传真", "факс"),
    "fax_sent": _w("fax sent", "传真已发送", "факс отправлен"),
    "fax_failed": _w("fax not sent", "传真未送达", "факс не отправлен"),
    "screening": _w("screening assistant", "来电助理", "голосовой помощник"),
    "no_answer": _w("no answer", "无人接听", "нет ответа"),
    "busy": _w("busy", "忙线", "занято"),
    "rejected": _w("rejected", "拒接", "отклонён"),
    "rejected_forever": _w("declared unwanted", "标记骚扰", "помечен нежелательным"),
    "switched_off": _w("switched off", "关机", "выключен"),
    "unreachable": _w("unreachable", "无法接通", "недоступен"),
    "suspended": _w("suspended", "停机", "отключён"),
    "no_such_number": _w("no such number", "空号", "нет номера"),
    "number_changed": _w("number changed", "号码变更", "номер изменён"),
    "carrier_failure": _w("carrier's failure", "运营商故障", "сбой оператора связи"),
    "our_failure": _w("our failure", "系统故障", "наш сбой"),
    "dropped": _w("taken back", "主动取消", "отозван"),
    "unknown": _w("fate unknown", "结果未知", "неизвестно"),
}


def say(key: str, language: Language) -> str:
    """The word for ``key``; a key of the user's own (a rule, a disposition) stays as it is."""
    words = WORDS.get(key)
    return words.say(language) if words else key


def say_duration(span_s: float) -> str:
    """Hours and minutes, the same in every language: 12:05:09."""
    whole = int(span_s)
    return f"{whole // 3600}:{whole // 60 % 60:02d}:{whole % 60:02d}"


def say_rate(rate: float | None) -> str:
    return "–" if rate is None else f"{rate * 100:.2f} %"
