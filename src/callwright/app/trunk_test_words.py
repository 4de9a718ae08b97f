"""What ``callwright trunk test`` says, and what an operator can do about each refusal, in the three languages."""

from __future__ import annotations

from collections.abc import Mapping

from callwright.kit.words import Words


def _w(en: str, zh: str, ru: str) -> Words:
    return Words(en=en, zh=zh, ru=ru)


SAID: Mapping[str, Words] = {
    "called": _w(
        "Called {number} over {trunk}.", "已通过 {trunk} 呼叫 {number}。", "Звонок на {number} через {trunk}."
    ),
    "trunk_offline": _w(
        "Asterisk says that {trunk} does not answer its OPTIONS: the host may be wrong, or a firewall is between.",
        "Asterisk 报告 {trunk} 未应答 OPTIONS：主机可能有误，或被防火墙阻隔。",
        "Asterisk сообщает: {trunk} не отвечает на OPTIONS — неверный адрес или мешает межсетевой экран.",
    ),
    "trunk_missing": _w(
        "The running Asterisk does not know {trunk}: write its configuration anew with callwright asterisk config.",
        "正在运行的 Asterisk 不认识 {trunk}：请重新生成配置 (callwright asterisk config) 并重新加载。",
        "Работающий Asterisk не знает {trunk}: обновите его конфигурацию (callwright asterisk config).",
    ),
    "rang": _w("It rang after {seconds} s.", "{seconds} 秒后开始振铃。", "Гудки пошли через {seconds} с."),
    "announced": _w(
        "Before the answer the network announced: {what}.",
        "接通前网络播报：{what}。",
        "До ответа сеть объявила: {what}.",
    ),
    "nobody": _w(
        "Nobody answered in time; the signalling works.",
        "无人应答；信令正常。",
        "Никто не ответил вовремя; сигнализация работает.",
    ),
    "failed": _w(
        "It was not put through: SIP {sip}, cause {q850}.",
        "未能接通：SIP {sip}，原因 {q850}。",
        "Соединения нет: SIP {sip}, причина {q850}.",
    ),
    "answered": _w("It was answered after {seconds} s.", "{seconds} 秒后接听。", "Ответили через {seconds} с."),
    "heard": _w(
        "We heard sound from there (level {level}).",
        "已听到对方声音（电平 {level}）。",
        "Слышен звук с той стороны (уровень {level}).",
    ),
    "silent": _w(
        "We heard nothing from there: is the media address right, and are the RTP ports open?",
        "未听到任何声音：请检查媒体地址和 RTP 端口。",
        "Звука с той стороны нет: верен ли адрес медиа, открыты ли порты RTP?",
    ),
    "not_measured": _w(
        "The sound was not measured: a running floor has the media port.",
        "未测量声音：媒体端口正被运行中的座席使用。",
        "Звук не измерен: порт медиа занят работающей площадкой.",
    ),
    "spoken": _w(
        "Our message was played to its end: did you hear it?",
        "我方语音已播放完毕：您听到了吗？",
        "Наше сообщение проиграно до конца: вы его слышали?",
    ),
    "cut": _w(
        "The call ended before our message was over.",
        "语音未播完通话即结束。",
        "Разговор закончился раньше нашего сообщения.",
    ),
}

ADVICE: Mapping[int, Words] = {  # by SIP code; 0: none of them
    0: _w(
        "No answer that says more: is the carrier's host reachable from here?",
        "没有更多信息：请检查能否访问运营商主机。",
        "Подробностей нет: доступен ли отсюда узел оператора?",
    ),
    401: _w(
        "The carrier wants us to sign in: give username and secret_env.",
        "运营商要求认证：请填写 username 和 secret_env。",
        "Оператор требует входа: укажите username и secret_env.",
    ),
    403: _w(
        "The carrier refuses us: a wrong username or secret, an unknown address, or a caller ID it does not allow.",
        "运营商拒绝：账号或密码错误、地址未登记，或主叫号码不被允许。",
        "Оператор отказал: неверные имя или пароль, незнакомый адрес или недопустимый номер вызывающего.",
    ),
    404: _w(
        "The carrier does not know the number: try another number_format or dial_prefix.",
        "运营商不认识该号码：请尝试其他 number_format 或 dial_prefix。",
        "Оператор не знает номера: попробуйте другой number_format или dial_prefix.",
    ),
    407: _w(
        "The carrier wants us to sign in: give username and secret_env.",
        "运营商要求认证：请填写 username 和 secret_env。",
        "Оператор требует входа: укажите username и secret_env.",
    ),
    408: _w(
        "Nothing came back: wrong host or port, or a firewall is between.",
        "没有任何回应：主机或端口错误，或被防火墙阻隔。",
        "Ответа не было: неверный адрес или порт либо мешает межсетевой экран.",
    ),
    480: _w(
        "The telephone cannot be reached now; the trunk itself works.",
        "对方暂时无法接通；线路本身正常。",
        "Абонент сейчас недоступен; сам транк работает.",
    ),
    484: _w(
        "The number is incomplete for the carrier: try another number_format or dial_prefix.",
        "号码对运营商来说不完整：请尝试其他 number_format 或 dial_prefix。",
        "Для оператора номер неполон: попробуйте другой number_format или dial_prefix.",
    ),
    486: _w("The telephone is busy; the trunk works.", "对方忙；线路正常。", "Занято; транк работает."),
    488: _w(
        "No common codec: set codecs to what the carrier takes.",
        "没有共同的编解码：请按运营商要求设置 codecs。",
        "Нет общего кодека: укажите в codecs то, что принимает оператор.",
    ),
    503: _w(
        "The carrier has no capacity for us now, or the trunk is switched off there.",
        "运营商暂无容量，或线路已被停用。",
        "У оператора сейчас нет ёмкости, или транк там отключён.",
    ),
    603: _w("The call was declined; the trunk works.", "对方拒接；线路正常。", "Звонок отклонён; транк работает."),
}
