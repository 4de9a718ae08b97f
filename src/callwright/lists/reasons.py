"""Why a row, or a part of it, was not stored: one code and one phrase in three languages each."""

from __future__ import annotations

from enum import StrEnum

from callwright.kit.words import Language, Words


class Reason(StrEnum):
    """Codes are stable: they stand in reports and error files. ``say_reason`` puts them in words."""

    # the row
    RAGGED = "ragged"
    UNCLOSED_QUOTE = "unclosed_quote"
    NUL_BYTE = "nul_byte"
    HUGE_CELL = "huge_cell"
    # the number
    NO_NUMBER = "no_number"
    NOT_A_NUMBER = "not_a_number"
    SHORTENED = "shortened"
    NO_COUNTRY = "no_country"
    TOO_SHORT = "too_short"
    TOO_LONG = "too_long"
    INVALID_NUMBER = "invalid_number"
    PREMIUM = "premium"
    # the other columns
    BAD_TIME_ZONE = "bad_time_zone"
    BAD_TIER = "bad_tier"
    BAD_PRIORITY = "bad_priority"
    BAD_CONSENT_DATE = "bad_consent_date"
    # the list
    DUPLICATE_IN_FILE = "duplicate_in_file"
    DUPLICATE_IN_LIST = "duplicate_in_list"
    DUPLICATE_IN_BASE = "duplicate_in_base"
    NOT_SELECTED = "not_selected"
    # the row is stored, this part of it is not
    EXTRA_NUMBER = "extra_number"
    EXTRA_DUPLICATE = "extra_duplicate"
    BAD_EMAIL = "bad_email"
    UNKNOWN_OWNER = "unknown_owner"


PARTIAL = frozenset({Reason.EXTRA_NUMBER, Reason.EXTRA_DUPLICATE, Reason.BAD_EMAIL, Reason.UNKNOWN_OWNER})
"""Reasons that concern a part of a stored row; every other one rejects the row."""

_R = Reason
_WORDS: dict[Reason, Words] = {
    _R.RAGGED: Words(
        en="The row has {detail} fields, the header has another number",
        zh="该行有 {detail} 个字段，与表头不符",
        ru="В строке полей: {detail}, в заголовке другое число",
    ),
    _R.UNCLOSED_QUOTE: Words(
        en="A quotation mark is opened and never closed", zh="引号未闭合", ru="Кавычка открыта и не закрыта"
    ),
    _R.NUL_BYTE: Words(en="The row contains a NUL byte", zh="该行含有 NUL 字节", ru="В строке есть байт NUL"),
    _R.HUGE_CELL: Words(
        en="A cell is longer than {detail} characters",
        zh="某个单元格超过 {detail} 个字符",
        ru="Ячейка длиннее {detail} символов",
    ),
    _R.NO_NUMBER: Words(en="There is no telephone number", zh="没有电话号码", ru="Нет номера телефона"),
    _R.NOT_A_NUMBER: Words(en="Not a telephone number", zh="不是电话号码", ru="Это не номер телефона"),
    _R.SHORTENED: Words(
        en="The spreadsheet has shortened the number (E notation); format the column as text",
        zh="号码被电子表格截短（科学计数法），请将该列设为文本格式",
        ru="Таблица сократила номер (запись с E); задайте столбцу текстовый формат",
    ),
    _R.NO_COUNTRY: Words(
        en="The number has no country code and the list has no country",
        zh="号码没有国家代码，名单也未指定国家",
        ru="У номера нет кода страны, и у списка страна не задана",
    ),
    _R.TOO_SHORT: Words(en="The number is too short", zh="号码太短", ru="Номер слишком короткий"),
    _R.TOO_LONG: Words(en="The number is too long", zh="号码太长", ru="Номер слишком длинный"),
    _R.INVALID_NUMBER: Words(
        en="No such number can exist in the numbering plan",
        zh="编号计划中不存在该号码",
        ru="Такого номера нет в плане нумерации",
    ),
    _R.PREMIUM: Words(
        en="A premium-rate number is never dialled", zh="收费号码不予拨打", ru="Платные номера не набираются"
    ),
    _R.BAD_TIME_ZONE: Words(
        en="Unknown time zone; the nearest is {detail}",
        zh="未知时区，最接近的是 {detail}",
        ru="Неизвестный часовой пояс; ближайший {detail}",
    ),
    _R.BAD_TIER: Words(en="The tier is not 1 to 5", zh="等级不在 1 到 5 之间", ru="Уровень не от 1 до 5"),
    _R.BAD_PRIORITY: Words(en="The priority is not a whole number", zh="优先级不是整数", ru="Приоритет не целое число"),
    _R.BAD_CONSENT_DATE: Words(
        en="The date of consent is missing, impossible or in the future",
        zh="同意日期缺失、无效或在未来",
        ru="Дата согласия отсутствует, невозможна или в будущем",
    ),
    _R.DUPLICATE_IN_FILE: Words(
        en="The same number stands in row {detail}", zh="与第 {detail} 行号码重复", ru="Тот же номер в строке {detail}"
    ),
    _R.DUPLICATE_IN_LIST: Words(
        en="This person is already in the list", zh="该客户已在本名单中", ru="Этот человек уже есть в списке"
    ),
    _R.DUPLICATE_IN_BASE: Words(
        en="This number is already in the base", zh="该号码已在库中", ru="Этот номер уже есть в базе"
    ),
    _R.NOT_SELECTED: Words(
        en="The selection rule does not take this row", zh="不符合筛选规则", ru="Не подходит под правило отбора"
    ),
    _R.EXTRA_NUMBER: Words(
        en="A further number was left out: {detail}", zh="其他号码未导入：{detail}", ru="Другой номер не взят: {detail}"
    ),
    _R.EXTRA_DUPLICATE: Words(
        en="A further number was left out, it belongs to row {detail}",
        zh="其他号码未导入，已属于第 {detail} 行",
        ru="Другой номер не взят, он есть в строке {detail}",
    ),
    _R.BAD_EMAIL: Words(
        en="The e-mail address was left out: {detail}", zh="邮箱地址无效：{detail}", ru="Адрес почты не взят: {detail}"
    ),
    _R.UNKNOWN_OWNER: Words(
        en="Stored without an owner: no agent is called {detail}",
        zh="没有名为 {detail} 的坐席，未指定归属",
        ru="Без ответственного: нет оператора {detail}",
    ),
}


def say_reason(reason: Reason, detail: str, language: Language) -> str:
    """The reason in words, with its detail (a row number, a value) filled in."""
    return _WORDS[reason].say(language).replace("{detail}", detail)
