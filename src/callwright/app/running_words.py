"""What ``callwright run`` says besides its board and report."""

from __future__ import annotations

from callwright.kit.words import Language, Words

WORDS: dict[str, Words] = {
    "data": Words(
        en="The records are in {place}.",
        zh="数据保存在 {place}。",
        ru="Данные лежат в {place}.",
    ),
    "next": Words(
        en='Try next: callwright report "{name}" --by hour; callwright report "{name}" --explain abandon_rate; '
        "callwright why NUMBER; callwright run --sample --web 8080",
        zh="接下来可试：callwright report “{name}” --by hour；callwright report “{name}” --explain abandon_rate；"
        "callwright why 号码；callwright run --sample --web 8080",
        ru='Дальше: callwright report "{name}" --by hour; callwright report "{name}" --explain abandon_rate; '
        "callwright why НОМЕР; callwright run --sample --web 8080",
    ),
    "stay": Words(
        en="Press Ctrl-C to end.",
        zh="按 Ctrl-C 结束。",
        ru="Ctrl-C — завершить.",
    ),
    "desk": Words(
        en="The agents' page: {address}",
        zh="坐席页面：{address}",
        ru="Страница оператора: {address}",
    ),
    "telephone_begin": Words(
        en="Over a real Asterisk, with SIPp as the carrier and the people called, {speed:g} times faster than life: "
        "rings, talks, wrap-ups and waits are shorter by so much, announcements are not. A delay of ours weighs "
        "{speed:g} times as much, the two-second rule included. Hours in which nobody is called are left out.",
        zh="通过真实的 Asterisk，由 SIPp 充当运营商和被叫客户，比实际快 {speed:g} 倍：振铃、通话、话后处理和等待"
        "按此缩短，运营商提示音不缩短。我方的每一点延迟（包括两秒规则）都放大 {speed:g} 倍。无人被呼叫的时段略过。",
        ru="Через настоящий Asterisk, оператор связи и абоненты — SIPp, в {speed:g} раз быстрее жизни: гудки, "
        "разговоры, обработка и ожидания во столько раз короче, объявления — нет. Наша задержка весит в {speed:g} раз "
        "больше, в том числе для правила двух секунд. Часы без звонков пропускаются.",
    ),
    "telephone_end": Words(
        en="On the wire (Asterisk {asterisk}): {dials:,} numbers dialled, {answers:,} answered, {talks:,} talks with "
        "an agent; {calls:,} calls as Asterisk counts them, agents' lines included. From the answer to the agent: "
        "median {median:.0f} ms, 95 % within {high:.0f} ms (real time). {real:.0f} s in all; {skipped:.1f} h left out.",
        zh="线路上（Asterisk {asterisk}）：拨打 {dials:,} 个号码，接通 {answers:,}，与座席通话 {talks:,}；"
        "Asterisk 自计 {calls:,} 个呼叫（含座席线路）。从接听到座席：中位数 {median:.0f} 毫秒，"
        "95% 在 {high:.0f} 毫秒内（真实时间）。共 {real:.0f} 秒；略过 {skipped:.1f} 小时。",
        ru="На линии (Asterisk {asterisk}): набрано номеров {dials:,}, ответов {answers:,}, разговоров с оператором "
        "{talks:,}; по счёту Asterisk — {calls:,} вызовов вместе с линиями операторов. От ответа до оператора: медиана "
        "{median:.0f} мс, 95 % — до {high:.0f} мс (настоящего времени). Всего {real:.0f} с; пропущено {skipped:.1f} ч.",
    ),
    "page": Words(
        en="The live page: {address}",
        zh="实时页面：{address}",
        ru="Страница: {address}",
    ),
}


def say(key: str, language: Language) -> str:
    return WORDS[key].say(language)
