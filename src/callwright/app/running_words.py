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
    "page": Words(
        en="The live page: {address}",
        zh="实时页面：{address}",
        ru="Страница: {address}",
    ),
}


def say(key: str, language: Language) -> str:
    return WORDS[key].say(language)
