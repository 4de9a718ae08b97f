"""The words of a plan, in the three languages of the house; the command line, the picture and the page share them."""

from __future__ import annotations

from callwright.kit.words import Language, Words

_TABLE: tuple[tuple[str, str, str, str], ...] = (
    ("plan", "Plan", "计划", "План"),
    ("plan_title", "How long, with how many agents", "需要多久，需要多少坐席", "Сколько времени и сколько операторов"),
    ("plan_campaign", "Campaign", "活动", "Кампания"),
    ("plan_agents", "Agents planned", "计划坐席数", "Операторов по плану"),
    ("plan_deadline", "Finish by", "完成期限", "Закончить к"),
    ("plan_share", "Records done, %", "完成比例，%", "Обработано записей, %"),
    ("plan_limit", "Try an abandon limit of, %", "试算呼损上限，%", "Другой предел потерь, %"),
    ("plan_ask", "Work it out", "计算", "Рассчитать"),
    ("plan_working", "Working it out: up to half a minute.", "正在计算，最多半分钟。", "Считаем: до полуминуты."),
    ("plan_question", "Question", "问题", "Вопрос"),
    ("plan_low", "from", "从", "от"),
    ("plan_middle", "most likely about", "大约", "скорее всего около"),
    ("plan_high", "to", "到", "до"),
    (
        "plan_range_note",
        "Each range holds the truth in eight of ten cases; one in ten lies below it, one in ten above.",
        "每个区间在十次中有八次包含实际结果；一次偏低，一次偏高。",
        "Каждый диапазон верен в восьми случаях из десяти; один раз из десяти выйдет меньше, один раз больше.",
    ),
    ("plan_first_pass", "Every record dialled once", "全部拨打一遍", "Все записи набраны по разу"),
    ("plan_half", "Half of the records done", "一半记录完成", "Обработана половина записей"),
    ("plan_finish", "{share} of the records done", "{share} 的记录完成", "Обработано {share} записей"),
    ("plan_all", "The last record done", "最后一条记录完成", "Обработана последняя запись"),
    ("plan_talks_an_hour", "Conversations an hour", "每小时通话数", "Разговоров в час"),
    (
        "plan_talks_an_agent_hour",
        "... for each agent who is there",
        "……每位在岗坐席",
        "... на каждого работающего оператора",
    ),
    ("plan_busy", "Agents' time in talk and wrap-up", "坐席通话与话后时间占比",
     "Доля времени в разговоре и после него"),
    ("plan_ready", "Agents there for calls, of those planned", "实际在线坐席占计划比例", "На линии из запланированных"),
    ("plan_answer_rate", "Dials answered", "接通率", "Доля ответов"),
    ("plan_handle_s", "Talk and wrap-up of a conversation", "每通通话与话后时长", "Разговор и завершение"),
    ("plan_one_more", "One more agent adds, conversations an hour", "增加一位坐席，每小时多通话",
     "Ещё один оператор: разговоров в час"),
    ("plan_one_more_successes", "... and successes a day", "……每天多成功", "... и успехов в день"),
    ("plan_earlier", "... and finishes earlier by", "……提前完成", "... и закончит раньше на"),
    ("plan_lines", "Lines needed in the busiest hour", "最忙时所需线路", "Нужно линий в пиковый час"),
    ("plan_lines_enough", "Order {lines} lines to be safe.", "建议准备 {lines} 条线路。",
     "С запасом закажите линий: {lines}."),
    ("plan_chance", "Chance to be done by {time}", "在 {time} 前完成的可能性", "Вероятность успеть к {time}"),
    ("plan_share_by", "Records done by then", "届时完成比例", "Обработано к этому времени"),
    ("plan_needed", "Agents needed for it", "所需坐席数", "Нужно операторов"),
    (
        "plan_recommended",
        "Plan {agents} agents to be done by {time} in {sure} of cases.",
        "安排 {agents} 位坐席，{sure} 的情况下可在 {time} 前完成。",
        "Запланируйте операторов: {agents} — тогда к {time} успеете в {sure} случаев.",
    ),
    (
        "plan_never",
        "No number of agents is enough to be done by {time} in {sure} of cases: redialling rules and lawful hours take"
        " longer. By then {low} to {high} can be done.",
        "无论多少坐席，都无法在 {sure} 的情况下于 {time} 前完成："
        "重拨间隔与合法时段需要更久。届时可完成 {low} 到 {high}。",
        "Сколько ни взять операторов, в {sure} случаев к {time} не успеть: повторы и разрешённые часы требуют больше"
        " времени. К этому сроку будет обработано от {low} до {high}.",
    ),
    ("plan_other_limit", "With an abandon limit of {limit}: conversations an hour", "呼损上限 {limit} 时：每小时通话数",
     "При пределе потерь {limit}: разговоров в час"),
    ("plan_other_finish", "... done", "……完成时间", "... закончено"),
    ("plan_later", "... later by", "……推迟", "... позже на"),
    ("plan_day", "Day", "日期", "День"),
    ("plan_dials", "Dials", "外拨", "Наборы"),
    ("plan_talks", "Conversations", "通话", "Разговоры"),
    ("plan_successes", "Successes", "成功", "Успехи"),
    ("plan_done", "Records done", "完成比例", "Обработано"),
    ("plan_not_within", "later than {time}", "晚于 {time}", "позже {time}"),
    ("plan_no_number", "no number is enough", "多少都不够", "никакого не хватит"),
    ("plan_curve", "Records done over time", "完成进度", "Ход обработки"),
    ("plan_by_agents", "Records done by the deadline, by agents", "按坐席数，期限前完成比例",
     "Обработано к сроку, по числу операторов"),
    (
        "plan_learned",
        "Learned from {dials} dials and {answers} answers (days: {days}). Open records: {open}.",
        "依据 {days} 天内 {dials} 次外拨、{answers} 次接通；未完成记录 {open} 条。",
        "По данным: наборов {dials}, ответов {answers}, дней {days}; открыто записей: {open}.",
    ),
    (
        "plan_assumed",
        "Too little history; usual figures stand for: {what}. The ranges are wide for it.",
        "历史数据不足，以下采用一般经验值：{what}。因此区间较宽。",
        "Данных мало; обычные значения взяты для: {what}. Поэтому диапазоны широкие.",
    ),
    ("plan_assumed_answers", "answers", "接通情况", "ответы"),
    ("plan_assumed_talk", "talk and wrap-up times", "通话与话后时长", "время разговора и завершения"),
    ("plan_assumed_coming", "agents' coming", "坐席到岗", "явка операторов"),
    ("plan_assumed_ready", "agents' pauses", "坐席休息", "паузы операторов"),
    ("plan_hours", "h", "小时", "ч"),
    ("error_busy_planning", "Another plan is being worked out. Try again in half a minute.",
     "正在计算另一份计划，请半分钟后再试。", "Считается другой план. Повторите через полминуты."),
)  # fmt: skip
PLAN_WORDS: dict[str, Words] = {key: Words(en=en, zh=zh, ru=ru) for key, en, zh, ru in _TABLE}


def say(key: str, language: Language, **fill: object) -> str:
    """The phrase, with its gaps filled."""
    return PLAN_WORDS[key].say(language).format(**fill)
