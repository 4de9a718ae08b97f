"""The base counts, one definition each. How they are read from the frames is in ``measure``.

Two decisions that every reader should know. A dial that our side or the carrier failed or took back is not an attempt
on the person: it is in ``dials`` and ``calls_failed_ours``, not in ``calls_made``. A call that a person answered counts
on the person whatever failed afterwards, and if it failed on our side before anybody was there it is abandoned.
"""

from __future__ import annotations

from callwright.analytics.definition import ANY, OF_CAMPAIGNS, OF_LISTS, OF_TIME, Count, Dimension, Source, Unit
from callwright.kit.words import Words

W = Words
_OF_AGENTS = OF_TIME - {Dimension.CAMPAIGN}


def _kpi(id: str, words: Words, meaning: Words, source: Source = Source.ATTEMPT, **more: object) -> Count:
    return _count(id, words, meaning, source, in_kpi=True, **more)


def _count(id: str, words: Words, meaning: Words, source: Source = Source.ATTEMPT, **more: object) -> Count:
    grains = {
        Source.LEAD: OF_LISTS,
        Source.STATE: OF_TIME,
        Source.SHIFT: _OF_AGENTS,
        Source.CAMPAIGN: OF_CAMPAIGNS,
    }.get(source, ANY)
    return Count(id=id, words=words, meaning=meaning, source=source, **{"grains": grains, **more})  # type: ignore[arg-type]  # fields of Count by name


_RECORDS = (
    _kpi(
        "accounts",
        W(en="Records", zh="客户数据总量", ru="Записи"),
        W(
            en="customer records drawn for the campaign",
            zh="为项目抽取的客户数据",
            ru="записи клиентов, отобранные для кампании",
        ),
        Source.LEAD,
    ),
    _kpi(
        "useless",
        W(en="Useless records", zh="无效数据总量", ru="Негодные записи"),
        W(
            en="records never reached that are closed (no usable number, wrong number, frozen, attempt cap reached) or "
            "whose number is suspended",
            zh="从未联系成功且已关闭的数据（无可用号码、错号、冻结、达到呼叫上限）或号码停机",
            ru="недостигнутые закрытые записи (нет годного номера, неверный номер, заморозка, исчерпаны попытки) или "
            "с отключённым номером",
        ),
        Source.LEAD,
    ),
    _count(
        "untouched",
        W(en="Records not dialled yet", zh="尚未外拨数据", ru="Ещё не набранные записи"),
        W(en="records not dialled, not closed", zh="尚未外拨且未关闭的数据", ru="записи без набора и не закрытые"),
        Source.LEAD,
    ),
    _count(
        "reached_outside",
        W(en="Reached outside the period", zh="期外已联系数据", ru="Достигнутые вне периода"),
        W(
            en="records reached before or after the period, not in it",
            zh="在统计期之外联系成功的数据",
            ru="записи, достигнутые до или после периода",
        ),
        Source.LEAD,
    ),
    _kpi(
        "accounts_called",
        W(en="Records dialled", zh="外拨客户量", ru="Набранные записи"),
        W(
            en="distinct records dialled at least once",
            zh="至少外拨一次的客户数",
            ru="разные записи с хотя бы одной попыткой",
        ),
        Source.RECORD,
    ),
    _count(
        "accounts_answered",
        W(en="Records answered", zh="接听客户量", ru="Ответившие записи"),
        W(
            en="distinct records of which a person answered, or called back",
            zh="有人接听或回电的客户数",
            ru="разные записи, где ответил или перезвонил человек",
        ),
        Source.RECORD,
    ),
    _kpi(
        "reached",
        W(en="Reached", zh="成功联系量", ru="Достигнуто"),
        W(
            en="records where the target person was reached, by the disposition",
            zh="按结果代码联系到本人的客户数，无论完成或拒绝",
            ru="записи, где по итогу разговора достигнуто нужное лицо",
        ),
        Source.RECORD,
    ),
    _kpi(
        "unreached",
        W(en="Unreached", zh="未能联系量", ru="Недостигнуто"),
        W(
            en="records dialled, never reached, that may be called again",
            zh="已外拨、从未联系成功、仍可再拨的客户数",
            ru="набранные недостигнутые записи, которым можно звонить ещё",
        ),
        Source.RECORD,
    ),
    _count(
        "effective",
        W(en="Effective conversations", zh="有效沟通客户量", ru="Содержательные разговоры"),
        W(
            en="records with a conversation worth the name, by the disposition",
            zh="按结果代码有有效沟通的客户数",
            ru="записи с содержательным разговором по итогу",
        ),
        Source.RECORD,
    ),
    _count(
        "interested",
        W(en="Interested", zh="意向客户量", ru="Заинтересованы"),
        W(
            en="records that showed interest, by the disposition",
            zh="按结果代码有意向的客户数",
            ru="записи с интересом по итогу",
        ),
        Source.RECORD,
    ),
    _kpi(
        "completed",
        W(en="Completed", zh="外呼成功量", ru="Завершено"),
        W(
            en="records whose questionnaire or presentation was completed, by the disposition",
            zh="完成问卷或介绍的客户数",
            ru="записи с завершённой анкетой или презентацией",
        ),
        Source.RECORD,
    ),
    _kpi(
        "successful",
        W(en="Successful", zh="在线成功量", ru="Успешно"),
        W(
            en="records sold or agreed, by the disposition; where nothing is sold: completed",
            zh="成交或同意的客户数；非销售项目即完成数",
            ru="записи с продажей или согласием; без продаж: завершённые",
        ),
        Source.RECORD,
    ),
)

_CALLS = (
    _kpi(
        "calls_made",
        W(en="Calls made", zh="电话外拨次数", ru="Набрано звонков"),
        W(
            en="dial attempts on people; dials that our side or the carrier failed or took back are shown apart",
            zh="对客户的外拨次数；因我方或运营商失败、撤回的另计",
            ru="попытки дозвона людям; сорванные нами или оператором показаны отдельно",
        ),
    ),
    _kpi(
        "calls_repeat",
        W(en="Repeat calls", zh="重拨次数", ru="Повторные звонки"),
        W(
            en="calls made that are the 2nd or later for their record",
            zh="同一客户第二次及以后的外拨",
            ru="попытки, вторые и далее для записи",
        ),
    ),
    _count(
        "dials",
        W(en="Dials", zh="拨号总次数", ru="Все наборы"),
        W(
            en="calls_made + calls_failed_ours: every dial the network was asked for",
            zh="calls_made + calls_failed_ours：向网络发起的全部拨号",
            ru="calls_made + calls_failed_ours: все наборы, отданные в сеть",
        ),
    ),
    _count(
        "calls_failed_ours",
        W(en="Dials failed by us or the carrier", zh="我方或运营商失败", ru="Сорвано нами или оператором"),
        W(
            en="dials that our side or the carrier failed, or we took back, before a person answered",
            zh="在客户接听前因我方或运营商失败、或被撤回的拨号",
            ru="наборы, сорванные нами или оператором или снятые до ответа человека",
        ),
    ),
    _count(
        "redials_after_abandon",
        W(en="Redials after abandoned calls", zh="呼损后重拨", ru="Повторы после потерянных"),
        W(
            en="calls made that make good an abandoned call",
            zh="为弥补呼损而再次外拨的次数",
            ru="попытки взамен потерянного вызова",
        ),
    ),
    _count(
        "attempts_on_unreached",
        W(en="Attempts on unreached records", zh="未联系数据外拨次数", ru="Попытки по недостигнутым"),
        W(
            en="calls made to records that are unreached",
            zh="对未能联系数据的外拨次数",
            ru="попытки по недостигнутым записям",
        ),
    ),
    _kpi(
        "answered",
        W(en="Answered by a person", zh="人工接听量", ru="Отвечено человеком"),
        W(
            en="calls made that a person answered; voicemail, fax and screening assistants excluded",
            zh="由真人接听的外拨；不含语音信箱、传真、来电助理",
            ru="попытки, где ответил человек; без автоответчика, факса и помощника",
        ),
    ),
    _count(
        "machines",
        W(en="Answered by a machine", zh="机器接听量", ru="Отвечено автоматом"),
        W(
            en="calls made that voicemail, a fax or a screening assistant answered",
            zh="由语音信箱、传真或来电助理接听的外拨",
            ru="попытки, где ответил автоответчик, факс или помощник",
        ),
    ),
    _kpi(
        "connected",
        W(en="Talks", zh="人工呼出通话量", ru="Разговоры"),
        W(
            en="calls made with talk time above 0 s",
            zh="通话时长大于 0 秒的外拨",
            ru="попытки с разговором дольше 0 с",
        ),
    ),
    _count(
        "talks_with_machines",
        W(en="Talks with machines", zh="与机器的通话", ru="Разговоры с автоматом"),
        W(
            en="calls in connected that a machine had answered",
            zh="connected 中由机器接听者",
            ru="те из connected, где отвечал автомат",
        ),
    ),
    _count(
        "put_through",
        W(en="Put through", zh="已接续量", ru="Соединено"),
        W(
            en="answered calls in which an agent or the campaign's message was there",
            zh="接听后由坐席或项目语音接续",
            ru="отвеченные, где был оператор или сообщение кампании",
        ),
    ),
    _count(
        "given_to_agents",
        W(en="Given to agents", zh="转至坐席量", ru="Отдано операторам"),
        W(
            en="answered calls in which an agent was connected",
            zh="接听后接通坐席的呼叫",
            ru="отвеченные, где был соединён оператор",
        ),
    ),
    _count(
        "given_within_2s",
        W(en="... within 2 s of the answer", zh="……接听后 2 秒内", ru="… за 2 с от ответа"),
        W(
            en="given to the first agent within 2 s of the answer",
            zh="接听后 2 秒内接通首位坐席",
            ru="первый оператор соединён за 2 с от ответа",
        ),
    ),
    _count(
        "greetings_heard",
        W(en="Given to agents, greeting heard", zh="转至坐席且测得首句", ru="Отдано операторам, приветствие услышано"),
        W(
            en="given_to_agents of which detection heard the end of the first words",
            zh="转至坐席且检测到首句结束的呼叫",
            ru="отданные операторам, где определение услышало конец первых слов",
        ),
    ),
    _count(
        "given_within_2s_of_greeting",
        W(en="... within 2 s of the greeting", zh="……首句后 2 秒内", ru="… за 2 с от приветствия"),
        W(
            en="given to the first agent within 2 s of the end of the person's first words",
            zh="客户首句结束后 2 秒内接通首位坐席",
            ru="первый оператор соединён за 2 с от конца первых слов",
        ),
    ),
    _kpi(
        "abandoned",
        W(en="Abandoned", zh="呼损量", ru="Потеряно"),
        W(
            en="answered by a person, no agent or message within the limit",
            zh="有人接听而限时内无坐席或语音",
            ru="ответил человек, но в срок не было ни оператора, ни сообщения",
        ),
    ),
    _count(
        "hung_up_waiting",
        W(en="Hung up while waiting", zh="等待中挂机", ru="Сброс при ожидании"),
        W(
            en="answered, hung up within the limit before anybody was there",
            zh="接听后在时限内先行挂机",
            ru="отвечено, сброшено в пределах срока",
        ),
    ),
    _kpi(
        "offered",
        W(en="Offered by the robot", zh="机器人转接量", ru="Предложено роботом"),
        W(
            en="answered calls the robot found willing and tried to transfer",
            zh="机器人判定有意向并尝试转接",
            ru="отвеченные, которые робот пытался передать",
        ),
    ),
    _kpi(
        "transferred",
        W(en="Transferred", zh="成功转接量", ru="Передано"),
        W(
            en="offered calls that an agent picked up",
            zh="坐席接起的转接",
            ru="предложенные, принятые оператором",
        ),
    ),
    _count(
        "transferred_successful",
        W(en="Transferred and successful", zh="转接成交量", ru="Передано и успешно"),
        W(
            en="transferred calls that ended in success",
            zh="转接后成交的通话",
            ru="переданные, закончившиеся успехом",
        ),
    ),
    _kpi(
        "complaints",
        W(en="Complaints", zh="外呼投诉量", ru="Жалобы"),
        W(en="complaints attributed to a call", zh="归因到通话的投诉", ru="жалобы, отнесённые к звонку"),
    ),
    _count(
        "inbound_calls",
        W(en="Returned calls", zh="回电量", ru="Ответные звонки"),
        W(
            en="calls in which people returned ours; no dials",
            zh="客户回电，不计外拨",
            ru="звонки людей в ответ на наши; не наборы",
        ),
    ),
    _count(
        "callers_due",
        W(en="Callers served or kept waiting", zh="已接或久候的来电", ru="Обслуженные и заждавшиеся"),
        W(
            en="returned calls that an agent took, or that waited over 20 s; who gave up sooner is on neither side",
            zh="坐席接起的或等待超过 20 秒的回电；更早放弃者不计",
            ru="ответные звонки, взятые оператором или ждавшие дольше 20 с; кто сбросил раньше, не считается",
        ),
    ),
    _count(
        "callers_in_time",
        W(en="... answered within 20 s", zh="……20 秒内接起", ru="… отвечено за 20 с"),
        W(
            en="returned calls that an agent took within 20 s",
            zh="坐席在 20 秒内接起的回电",
            ru="ответные звонки, взятые оператором за 20 с",
        ),
    ),
    _count(
        "handled",
        W(en="Calls handled", zh="坐席处理量", ru="Обработано звонков"),
        W(
            en="calls in which an agent talked, returned ones included",
            zh="坐席通话的来电与外拨",
            ru="звонки с разговором оператора, включая ответные",
        ),
    ),
    _count(
        "talked_s",
        W(en="Talk of calls made", zh="外拨通话时长", ru="Разговоры исходящих"),
        W(
            en="talk seconds of calls made, counted where and when the call was dialled",
            zh="外拨通话秒数，归入拨号之时",
            ru="секунды разговоров исходящих, по моменту набора",
        ),
        unit=Unit.SECONDS,
    ),
    _count(
        "orders",
        W(en="Orders", zh="订单量", ru="Заказы"),
        W(en="orders taken in calls", zh="通话中成立的订单", ru="заказы из звонков"),
    ),
    _count(
        "revenue",
        W(en="Revenue", zh="收入", ru="Выручка"),
        W(en="amounts of the orders", zh="订单金额", ru="суммы заказов"),
        unit=Unit.MONEY,
    ),
    _count(
        "call_cost",
        W(en="Cost of calls", zh="通信成本", ru="Стоимость связи"),
        W(en="what the carriers charged", zh="运营商费用", ru="плата операторам связи"),
        unit=Unit.MONEY,
    ),
)


def _state(id: str, words: Words, meaning: Words, *, kpi: bool = True) -> Count:
    return _count(id, words, meaning, Source.STATE, unit=Unit.SECONDS, in_kpi=kpi)


_AGENT_TIME = (
    _count(
        "paid_s",
        W(en="Paid time", zh="付薪时间", ru="Оплаченное время"),
        W(
            en="seconds of paid shifts; where no shift is recorded at all, login_s",
            zh="付薪班次秒数；完全没有排班时取登录时长",
            ru="секунды оплаченных смен; если смен нет вовсе, login_s",
        ),
        Source.SHIFT,
        unit=Unit.SECONDS,
        in_kpi=True,
    ),
    _count(
        "scheduled_s",
        W(en="Scheduled time", zh="排班时间", ru="Время по графику"),
        W(en="seconds of shifts", zh="排班秒数", ru="секунды смен"),
        Source.SHIFT,
        unit=Unit.SECONDS,
        in_kpi=True,
    ),
    _state(
        "login_s",
        W(en="Login time", zh="登录时长", ru="Время в системе"),
        W(
            en="seconds in any state but offline",
            zh="除离线外各状态秒数",
            ru="секунды во всех состояниях, кроме «вне сети»",
        ),
    ),
    _state(
        "talk_s",
        W(en="Talk time", zh="通话时长", ru="Время разговора"),
        W(
            en="agents' seconds in calls, answer to hang-up, holding and returned calls included",
            zh="坐席通话秒数（接通至挂机，含保持与回电）",
            ru="секунды операторов в звонках, от ответа до отбоя, с удержанием и ответными",
        ),
    ),
    _count(
        "ring_s",
        W(en="Ringing time", zh="振铃时长", ru="Время вызова"),
        W(
            en="seconds the calls made rang (line time, no part of login_s)",
            zh="外拨振铃秒数（线路时间，不属登录时长）",
            ru="секунды вызова исходящих (время линий, не часть login_s)",
        ),
        unit=Unit.SECONDS,
        in_kpi=True,
    ),
    _state(
        "prep_s",
        W(en="Preparation time", zh="准备时长", ru="Время подготовки"),
        W(
            en="seconds reading a card or held for a call being dialled (preview, reserved)",
            zh="预览与预占秒数",
            ru="секунды просмотра карточки и брони под набор",
        ),
    ),
    _state(
        "wrap_s",
        W(en="Wrap-up time", zh="话后处理时长", ru="Время постобработки"),
        W(en="seconds in wrap-up", zh="话后处理秒数", ru="секунды постобработки"),
    ),
    _count(
        "hold_s",
        W(en="Hold time", zh="保持时长", ru="Время удержания"),
        W(en="seconds on hold, a part of talk_s", zh="保持秒数，属通话时长", ru="секунды удержания, часть talk_s"),
        unit=Unit.SECONDS,
        in_kpi=True,
    ),
    _state(
        "playback_s",
        W(en="Playback time", zh="录音回放时长", ru="Прослушивание записей"),
        W(
            en="not-ready seconds with the reason playback",
            zh="原因为 playback 的示忙秒数",
            ru="секунды неготовности с причиной playback",
        ),
    ),
    _state(
        "idle_s",
        W(en="Idle time", zh="空闲时长", ru="Время ожидания"),
        W(en="seconds ready for a call", zh="就绪等待秒数", ru="секунды готовности"),
    ),
    _state(
        "not_ready_s",
        W(en="Not-ready time", zh="示忙时长", ru="Время неготовности"),
        W(en="not-ready seconds, for any reason", zh="各原因示忙秒数", ru="секунды неготовности по любой причине"),
    ),
    _state(
        "internal_s",
        W(en="Internal time", zh="内部通话时长", ru="Внутренние звонки"),
        W(
            en="not-ready seconds with the reason internal (calls among colleagues)",
            zh="原因为 internal 的示忙秒数（内部通话）",
            ru="секунды неготовности с причиной internal (звонки коллегам)",
        ),
    ),
    _count(
        "logins",
        W(en="Logins", zh="登录次数", ru="Входы"),
        W(en="times agents logged in", zh="登录次数", ru="входы операторов"),
        Source.STATE,
    ),
    _count(
        "logouts",
        W(en="Logouts", zh="退出次数", ru="Выходы"),
        W(en="times agents logged out", zh="退出次数", ru="выходы операторов"),
        Source.STATE,
    ),
    _count(
        "not_ready_entries",
        W(en="Not-ready entries", zh="示忙次数", ru="Уходы в неготовность"),
        W(en="times agents became not ready", zh="进入示忙的次数", ru="уходы в неготовность"),
        Source.STATE,
    ),
    _count(
        "agents_dialled",
        W(en="Agents who dialled", zh="外呼坐席数", ru="Звонившие операторы"),
        W(
            en="distinct agents with a call made",
            zh="有外拨的坐席数",
            ru="разные операторы с исходящим звонком",
        ),
    ),
    _count(
        "agent_days_scheduled",
        W(en="Agents scheduled", zh="排班人次", ru="Операторов по графику"),
        W(
            en="agents with a shift, once per day",
            zh="有排班的坐席，按日计",
            ru="операторы со сменой, раз в день",
        ),
        Source.SHIFT,
    ),
    _count(
        "agent_days_present",
        W(en="Scheduled agents present", zh="出勤人次", ru="Вышедшие по графику"),
        W(
            en="agents with a shift who logged in on its day, once per day",
            zh="有排班且当日登录的坐席，按日计",
            ru="операторы со сменой, вошедшие в её день, раз в день",
        ),
        Source.SHIFT,
    ),
    _count(
        "pay",
        W(en="Pay", zh="人工成本", ru="Оплата труда"),
        W(
            en="paid hours times pay per hour",
            zh="付薪工时乘时薪",
            ru="оплаченные часы на ставку",
        ),
        Source.SHIFT,
        unit=Unit.MONEY,
    ),
    _count(
        "cost",
        W(en="Cost", zh="总成本", ru="Затраты"),
        W(en="call_cost + pay", zh="通信成本 + 人工成本", ru="call_cost + pay"),
        Source.DERIVED,
        unit=Unit.MONEY,
        grains=_OF_AGENTS,
    ),
    _count(
        "target_completed",
        W(en="Target quota", zh="目标完成量", ru="Целевая квота"),
        W(
            en="completed questionnaires the campaign aims at",
            zh="项目目标问卷数",
            ru="целевое число анкет кампании",
        ),
        Source.CAMPAIGN,
    ),
)

_LATER = tuple(
    _count(id, words, words, Source.LATER)
    for id, words in (
        ("survey_replies", W(en="Replies to the survey", zh="短信评价回复量", ru="Ответы на опрос")),
        ("survey_satisfied", W(en="Satisfied replies", zh="满意回复量", ru="Довольные ответы")),
        ("reviews", W(en="Reviews", zh="质检量", ru="Проверки качества")),
        ("reviews_excellent", W(en="Reviews graded excellent", zh="质检优秀量", ru="Проверки на «отлично»")),
        ("leavers", W(en="Leavers", zh="离职人数", ru="Уволившиеся")),
        ("heads_at_start", W(en="Heads at start", zh="期初人数", ru="Штат в начале")),
        ("heads_at_end", W(en="Heads at end", zh="期末人数", ru="Штат в конце")),
        ("help_requests", W(en="Internal help requests", zh="内部求助次数", ru="Запросы помощи")),
        ("internal_calls", W(en="Internal calls", zh="内部通话次数", ru="Внутренние звонки")),
    )
)

COUNTS: tuple[Count, ...] = _RECORDS + _CALLS + _AGENT_TIME + _LATER
