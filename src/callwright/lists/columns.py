"""What column headings mean: the fields a list may fill and the words people use for them in three languages."""

from __future__ import annotations

import re
import unicodedata
from enum import StrEnum


class Target(StrEnum):
    """What a column fills. The rest are facts (``fact``, in a profile also ``fact:name``) or left out (``skip``)."""

    PHONE = "phone"
    PHONE_CODE = "phone_code"  # a country code in a column of its own
    COUNTRY = "country"
    EMAIL = "email"
    NAME = "name"
    FIRST_NAME = "first_name"
    MIDDLE_NAME = "middle_name"
    LAST_NAME = "last_name"
    EXTERNAL_ID = "external_id"
    LANGUAGE = "language"
    TIME_ZONE = "time_zone"
    TIER = "tier"
    PRIORITY = "priority"
    OWNER = "owner"
    CONSENT_KIND = "consent_kind"
    CONSENT_DATE = "consent_date"
    CONSENT_PROOF = "consent_proof"
    FACT = "fact"
    SKIP = "skip"


MANY = frozenset({Target.PHONE, Target.EMAIL, Target.FACT, Target.SKIP})
"""Targets that several columns may fill."""

VICIDIAL_COLUMNS = (
    "vendor_lead_code",
    "source_id",
    "list_id",
    "phone_code",
    "phone_number",
    "title",
    "first_name",
    "middle_initial",
    "last_name",
    "address1",
    "address2",
    "address3",
    "city",
    "state",
    "province",
    "postal_code",
    "country_code",
    "gender",
    "date_of_birth",
    "alt_phone",
    "email",
    "security_phrase",
    "comments",
    "rank",
    "owner",
)
"""The standard order of a VICIdial lead file, which often has no header."""

_T = Target
_SYNONYMS: dict[Target, str] = {
    _T.PHONE: (
        "phone|phone number|phonenumber|telephone|tel|tel no|mobile|mobile number|mobile phone|cell|"
        "cell phone|cellphone|cellular|msisdn|number|contact number|phone no|alt phone|alternate phone|"
        "phone1|phone2|phone3|phone4|phone 1|phone 2|phone 3|home phone|work phone|phone home|phone work|"
        "phone mobile|landline|alt phone 2|电话|电话号码|手机|手机号|手机号码|移动电话|联系电话|联系方式|"
        "固定电话|座机|备用电话|家庭电话|办公电话|电话1|电话2|电话3|手机1|手机2|號碼|電話|手機|號码|号码|"
        "телефон|номер телефона|номер|тел|мобильный|мобильный телефон|сотовый|сотовый телефон|"
        "домашний телефон|рабочий телефон|доп телефон|дополнительный телефон|телефон1|телефон2|телефон3|"
        "контактный телефон"
    ),
    _T.PHONE_CODE: (
        "phone code|dial code|calling code|country calling code|区号码|国际区号|код страны телефона|телефонный код"
    ),
    _T.COUNTRY: "country code|country|country iso|国家|国家代码|國家|страна|код страны",
    _T.EMAIL: (
        "email|e mail|mail|email address|e mail address|email1|email2|邮箱|电子邮箱|电子邮件|邮件|郵箱|"
        "почта|эл почта|электронная почта|емейл"
    ),
    _T.NAME: (
        "name|full name|fullname|customer name|customer|client|client name|contact name|姓名|名字|客户|"
        "客户姓名|客户名称|联系人|имя и фамилия|фио|клиент|контакт|имя клиента|контактное лицо"
    ),
    _T.FIRST_NAME: "first name|firstname|given name|名|имя",
    _T.MIDDLE_NAME: "middle initial|middle name|patronymic|отчество",
    _T.LAST_NAME: "last name|lastname|surname|family name|姓|姓氏|фамилия",
    _T.EXTERNAL_ID: (
        "external id|customer id|client id|contact id|crm id|vendor lead code|vendor code|account|"
        "account id|account number|id|客户编号|客户号|编号|客户id|客户代码|код клиента|ид|ид клиента|"
        "лицевой счет|лицевой счёт|номер договора"
    ),
    _T.LANGUAGE: "language|lang|locale|语言|語言|язык",
    _T.TIME_ZONE: "time zone|timezone|tz|tzid|iana zone|时区|時區|часовой пояс|таймзона",
    _T.TIER: "tier|quality tier|list tier|等级|质量等级|级别|уровень|тир|категория качества",
    _T.PRIORITY: "priority|rank|优先级|优先|приоритет|ранг",
    _T.OWNER: (
        "owner|agent|assigned to|account manager|归属|归属坐席|坐席|负责人|ответственный|менеджер|владелец|оператор"
    ),
    _T.CONSENT_KIND: "consent|consent kind|consent type|opt in|同意|同意类型|授权|согласие|вид согласия|тип согласия",
    _T.CONSENT_DATE: (
        "consent date|consent at|consented at|consent time|opt in date|opt in at|同意日期|同意时间|授权日期|"
        "授权时间|дата согласия"
    ),
    _T.CONSENT_PROOF: (
        "consent proof|proof|consent source|consent url|opt in source|同意凭证|授权凭证|同意证明|"
        "доказательство согласия|подтверждение согласия|источник согласия"
    ),
}


def plain_heading(heading: str) -> str:
    """A heading without case, width, punctuation and doubled spaces, for comparing."""
    folded = unicodedata.normalize("NFKC", heading).casefold().strip()
    return re.sub(r"[\W_]+", " ", folded).strip()


TARGET_OF: dict[str, Target] = {
    plain_heading(word): target for target, words in _SYNONYMS.items() for word in words.split("|") if word
}
"""Plain heading -> target."""


def recognise(heading: str) -> Target | None:
    """What a heading means by itself, None where it names no field of ours."""
    return TARGET_OF.get(plain_heading(heading))
