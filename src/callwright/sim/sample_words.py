"""What the sample campaign looks like in each country: invented numbers, names, handsets, and the campaign file."""

from __future__ import annotations

from dataclasses import dataclass

from callwright.kit.words import LANGUAGES, Language, Words


@dataclass(frozen=True, kw_only=True, slots=True)
class Country:
    """Where the people of a language's sample live. ``names``: pairs of (first names, last names) that agree."""

    code: str
    time_zone: str
    ranges: tuple[str, ...]  # E.164 up to the free digits
    free_digits: int
    names: tuple[tuple[tuple[str, ...], tuple[str, ...]], ...]
    name_order: str
    handsets: tuple[str, ...]


# Area codes of states in the Eastern zone whose law adds nothing to the federal rules here.
_EASTERN = (
    *(203, 207, 212, 215, 216, 234, 252, 267, 272, 276, 302, 304, 315, 330, 332, 336),
    *(339, 347, 351, 401, 404, 412, 413, 419, 434, 440, 445, 470, 475, 478, 484, 508),
    *(513, 516, 518, 540, 551, 567, 570, 571, 585, 603, 607, 609, 610, 614, 617, 631),
    *(646, 678, 681, 703, 704, 706, 716, 717, 718, 724, 732, 740, 743, 757, 762, 770),
    *(774, 781, 802, 803, 804, 814, 828, 843, 845, 848, 854, 856, 857, 860, 862, 864),
    *(878, 908, 910, 912, 914, 917, 919, 929, 934, 937, 959, 973, 978, 980, 984),
)

COUNTRIES: dict[Language, Country] = {
    "en": Country(
        code="US",
        time_zone="America/New_York",
        ranges=tuple(f"+1{area}55501" for area in _EASTERN),
        free_digits=2,
        names=(
            (
                ("Ada", "Ben", "Clara", "David", "Ella", "Frank", "Grace", "Henry", "Iris", "Jack", "Kate", "Liam"),
                ("Archer", "Baker", "Carver", "Draper", "Fisher", "Glover", "Hooper", "Mason", "Sawyer", "Weaver"),
            ),
        ),
        name_order="{first} {last}",
        handsets=("Aster 5", "Aster 6", "Borealis S", "Borealis X", "Corvid 2", "Corvid 3"),
    ),
    "zh": Country(
        code="CN",
        time_zone="Asia/Shanghai",
        ranges=tuple(f"+86{network}0000" for network in (130, 135, 139, 150, 158, 166, 177, 186, 189, 199)),
        free_digits=4,
        names=(
            (
                (
                    "伟",
                    "芳",
                    "娜",
                    "敏",
                    "静",
                    "丽",
                    "强",
                    "磊",
                    "军",
                    "洋",
                    "勇",
                    "艳",
                    "杰",
                    "涛",
                    "明",
                    "晓明",
                    "文静",
                ),
                ("王", "李", "张", "刘", "陈", "杨", "赵", "黄", "周", "吴", "徐", "孙", "胡", "朱", "高"),
            ),
        ),
        name_order="{last}{first}",
        handsets=("星云五", "星云六", "北斗S", "北斗X", "飞燕二", "飞燕三"),
    ),
    "ru": Country(
        code="RU",
        time_zone="Europe/Moscow",
        ranges=tuple(f"+7{city}000" for city in (495, 499)),
        free_digits=4,
        names=(
            (
                ("Анна", "Вера", "Дарья", "Елена", "Ирина", "Мария", "Ольга", "Полина"),
                ("Бондарева", "Гончарова", "Кузнецова", "Мельникова", "Плотникова", "Рыбакова", "Ткачёва"),
            ),
            (
                ("Алексей", "Борис", "Виктор", "Денис", "Иван", "Максим", "Павел", "Сергей"),
                ("Бондарев", "Гончаров", "Кузнецов", "Мельников", "Плотников", "Рыбаков", "Ткачёв"),
            ),
        ),
        name_order="{last} {first}",
        handsets=("Астра 5", "Астра 6", "Север S", "Север X", "Стриж 2", "Стриж 3"),
    ),
}

CAMPAIGN_NAME = Words(en="Spring handsets", zh="春季手机促销", ru="Весенние телефоны")
_REMARK = Words(
    en="The sample campaign: invented people, simulated network. Change it and run it again.",
    zh="示例活动：虚构客户，模拟网络。可修改后再次运行。",
    ru="Пример кампании: вымышленные люди, имитация сети. Измените и запустите снова.",
)
_OWN_DISPOSITIONS: tuple[tuple[str, Words, str], ...] = (
    ("out_of_town", Words(en="Out of town", zh="人在外地", ru="Не в городе"), "reached = true\neffective = true"),
    (
        "dislikes_brand",
        Words(en="Dislikes the brand", zh="不喜欢品牌", ru="Не нравится марка"),
        "reached = true\neffective = true\ncompleted = true",
    ),
    (
        "just_bought",
        Words(en="Has just bought one", zh="刚买过", ru="Недавно купил"),
        "reached = true\neffective = true\ncompleted = true",
    ),
    (
        "will_visit_shop",
        Words(en="Will visit the shop", zh="会到店看看", ru="Придёт в магазин"),
        "reached = true\neffective = true\ninterested = true\ncompleted = true",
    ),
    ("doubts_caller", Words(en="Doubts the caller", zh="质疑来电", ru="Не доверяет звонку"), "reached = true"),
)


def campaign_text(language: Language, agents: int) -> str:
    """The campaign file of the sample: one try per record, as in the source, abandoned calls made good."""
    country = COUNTRIES[language]
    own = "\n".join(
        f'[[disposition]]\ncode = "{code}"\n'
        + "".join(f'{each} = "{words.say(each)}"\n' for each in LANGUAGES)
        + f"{effects}\n"
        for code, words, effects in _OWN_DISPOSITIONS
    )
    once = "\n".join(
        f'{outcome} = {{ after = "1h", most = 1 }}' for outcome in ("carrier_failure", "our_failure", "dropped")
    )
    return f"""# {_REMARK.say(language)}
name = "{CAMPAIGN_NAME.say(language)}"
purpose = "sales"
mode = "predictive"
language = "{language}"
country = "{country.code}"
truth = "sample-truth.csv"
order_value = 2000.0

[hours]
time = "09:00-20:00"
weekdays = "mon-sat"

[dial]
max_tries = 1
ring_timeout = "20s"

[dial.retry]
abandoned = "30m"
{once}

[pacing]
controller = "callwright"

[floor]
agents = {agents}

[[list]]
name = "sample"
file = "sample-list.csv"
country = "{country.code}"

[[trunk]]
name = "simulated"
channels = 200
calls_per_s = 20
cost_per_minute = 0.01

{own}"""
