"""The base counts, one definition each. How they are read from the frames is in ``measure``.

Two decisions that every reader should know. A dial that our side or the carrier failed or took back is not an attempt
on the person: it is in ``dials`` and ``calls_failed_ours``, not in ``calls_made``. A call that a person answered counts
on the person whatever failed afterwards, and if it failed on our side before anybody was there it is abandoned.
"""

from __future__ import annotations

from callwright.analytics.count_parts import W, count, kpi
from callwright.analytics.counts_of_time import AGENT_TIME
from callwright.analytics.definition import Count, Source, Unit

_RECORDS = (
    kpi(
        "accounts",
        W(en="Records", zh="客户数据总量", ru="Записи"),
        W(
            en="customer records drawn for the campaign",
            zh="为项目抽取的客户数据",
            ru="записи клиентов, отобранные для кампании",
        ),
        Source.LEAD,
    ),
    kpi(
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
    count(
        "untouched",
        W(en="Records not dialled yet", zh="尚未外拨数据", ru="Ещё не набранные записи"),
        W(en="records not dialled, not closed", zh="尚未外拨且未关闭的数据", ru="записи без набора и не закрытые"),
        Source.LEAD,
    ),
    count(
        "reached_outside",
        W(en="Reached outside the period", zh="期外已联系数据", ru="Достигнутые вне периода"),
        W(
            en="records reached before or after the period, not in it",
            zh="在统计期之外联系成功的数据",
            ru="записи, достигнутые до или после периода",
        ),
        Source.LEAD,
    ),
    kpi(
        "accounts_called",
        W(en="Records dialled", zh="外拨客户量", ru="Набранные записи"),
        W(
            en="distinct records dialled at least once",
            zh="至少外拨一次的客户数",
            ru="разные записи с хотя бы одной попыткой",
        ),
        Source.RECORD,
    ),
    count(
        "accounts_answered",
        W(en="Records answered", zh="接听客户量", ru="Ответившие записи"),
        W(
            en="distinct records of which a person answered, or called back",
            zh="有人接听或回电的客户数",
            ru="разные записи, где ответил или перезвонил человек",
        ),
        Source.RECORD,
    ),
    kpi(
        "reached",
        W(en="Reached", zh="成功联系量", ru="Достигнуто"),
        W(
            en="records where the target person was reached, by the disposition",
            zh="按结果代码联系到本人的客户数，无论完成或拒绝",
            ru="записи, где по итогу разговора достигнуто нужное лицо",
        ),
        Source.RECORD,
    ),
    kpi(
        "unreached",
        W(en="Unreached", zh="未能联系量", ru="Недостигнуто"),
        W(
            en="records dialled, never reached, that may be called again",
            zh="已外拨、从未联系成功、仍可再拨的客户数",
            ru="набранные недостигнутые записи, которым можно звонить ещё",
        ),
        Source.RECORD,
    ),
    count(
        "effective",
        W(en="Effective conversations", zh="有效沟通客户量", ru="Содержательные разговоры"),
        W(
            en="records with a conversation worth the name, by the disposition",
            zh="按结果代码有有效沟通的客户数",
            ru="записи с содержательным разговором по итогу",
        ),
        Source.RECORD,
    ),
    count(
        "interested",
        W(en="Interested", zh="意向客户量", ru="Заинтересованы"),
        W(
            en="records that showed interest, by the disposition",
            zh="按结果代码有意向的客户数",
            ru="записи с интересом по итогу",
        ),
        Source.RECORD,
    ),
    kpi(
        "completed",
        W(en="Completed", zh="外呼成功量", ru="Завершено"),
        W(
            en="records whose questionnaire or presentation was completed, by the disposition",
            zh="完成问卷或介绍的客户数",
            ru="записи с завершённой анкетой или презентацией",
        ),
        Source.RECORD,
    ),
    kpi(
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
    kpi(
        "calls_made",
        W(en="Calls made", zh="电话外拨次数", ru="Набрано звонков"),
        W(
            en="dial attempts on people; dials that our side or the carrier failed or took back are shown apart",
            zh="对客户的外拨次数；因我方或运营商失败、撤回的另计",
            ru="попытки дозвона людям; сорванные нами или оператором показаны отдельно",
        ),
    ),
    kpi(
        "calls_repeat",
        W(en="Repeat calls", zh="重拨次数", ru="Повторные звонки"),
        W(
            en="calls made that are the 2nd or later for their record",
            zh="同一客户第二次及以后的外拨",
            ru="попытки, вторые и далее для записи",
        ),
    ),
    count(
        "dials",
        W(en="Dials", zh="拨号总次数", ru="Все наборы"),
        W(
            en="calls_made + calls_failed_ours: every dial the network was asked for",
            zh="calls_made + calls_failed_ours：向网络发起的全部拨号",
            ru="calls_made + calls_failed_ours: все наборы, отданные в сеть",
        ),
    ),
    count(
        "calls_failed_ours",
        W(en="Dials failed by us or the carrier", zh="我方或运营商失败", ru="Сорвано нами или оператором"),
        W(
            en="dials that our side or the carrier failed, or we took back, before a person answered",
            zh="在客户接听前因我方或运营商失败、或被撤回的拨号",
            ru="наборы, сорванные нами или оператором или снятые до ответа человека",
        ),
    ),
    count(
        "redials_after_abandon",
        W(en="Redials after abandoned calls", zh="呼损后重拨", ru="Повторы после потерянных"),
        W(
            en="calls made that make good an abandoned call",
            zh="为弥补呼损而再次外拨的次数",
            ru="попытки взамен потерянного вызова",
        ),
    ),
    count(
        "attempts_on_unreached",
        W(en="Attempts on unreached records", zh="未联系数据外拨次数", ru="Попытки по недостигнутым"),
        W(
            en="calls made to records that are unreached",
            zh="对未能联系数据的外拨次数",
            ru="попытки по недостигнутым записям",
        ),
    ),
    kpi(
        "answered",
        W(en="Answered by a person", zh="人工接听量", ru="Отвечено человеком"),
        W(
            en="calls made that a person answered; voicemail, fax and screening assistants excluded",
            zh="由真人接听的外拨；不含语音信箱、传真、来电助理",
            ru="попытки, где ответил человек; без автоответчика, факса и помощника",
        ),
    ),
    count(
        "machines",
        W(en="Answered by a machine", zh="机器接听量", ru="Отвечено автоматом"),
        W(
            en="calls made that voicemail, a fax or a screening assistant answered",
            zh="由语音信箱、传真或来电助理接听的外拨",
            ru="попытки, где ответил автоответчик, факс или помощник",
        ),
    ),
    kpi(
        "connected",
        W(en="Talks", zh="人工呼出通话量", ru="Разговоры"),
        W(
            en="calls made with talk time above 0 s",
            zh="通话时长大于 0 秒的外拨",
            ru="попытки с разговором дольше 0 с",
        ),
    ),
    count(
        "talks_with_machines",
        W(en="Talks with machines", zh="与机器的通话", ru="Разговоры с автоматом"),
        W(
            en="calls in connected that a machine had answered",
            zh="connected 中由机器接听者",
            ru="те из connected, где отвечал автомат",
        ),
    ),
    count(
        "put_through",
        W(en="Put through", zh="已接续量", ru="Соединено"),
        W(
            en="answered calls in which an agent or the campaign's message was there",
            zh="接听后由坐席或项目语音接续",
            ru="отвеченные, где был оператор или сообщение кампании",
        ),
    ),
    count(
        "given_to_agents",
        W(en="Given to agents", zh="转至坐席量", ru="Отдано операторам"),
        W(
            en="answered calls in which an agent was connected",
            zh="接听后接通坐席的呼叫",
            ru="отвеченные, где был соединён оператор",
        ),
    ),
    count(
        "given_within_2s",
        W(en="... within 2 s of the answer", zh="……接听后 2 秒内", ru="… за 2 с от ответа"),
        W(
            en="given to the first agent within 2 s of the answer",
            zh="接听后 2 秒内接通首位坐席",
            ru="первый оператор соединён за 2 с от ответа",
        ),
    ),
    count(
        "greetings_heard",
        W(en="Given to agents, greeting heard", zh="转至坐席且测得首句", ru="Отдано операторам, приветствие услышано"),
        W(
            en="given_to_agents of which detection heard the end of the first words",
            zh="转至坐席且检测到首句结束的呼叫",
            ru="отданные операторам, где определение услышало конец первых слов",
        ),
    ),
    count(
        "given_within_2s_of_greeting",
        W(en="... within 2 s of the greeting", zh="……首句后 2 秒内", ru="… за 2 с от приветствия"),
        W(
            en="given to the first agent within 2 s of the end of the person's first words",
            zh="客户首句结束后 2 秒内接通首位坐席",
            ru="первый оператор соединён за 2 с от конца первых слов",
        ),
    ),
    kpi(
        "abandoned",
        W(en="Abandoned", zh="呼损量", ru="Потеряно"),
        W(
            en="answered by a person, no agent or message within the limit",
            zh="有人接听而限时内无坐席或语音",
            ru="ответил человек, но в срок не было ни оператора, ни сообщения",
        ),
    ),
    count(
        "hung_up_waiting",
        W(en="Hung up while waiting", zh="等待中挂机", ru="Сброс при ожидании"),
        W(
            en="answered, hung up within the limit before anybody was there",
            zh="接听后在时限内先行挂机",
            ru="отвечено, сброшено в пределах срока",
        ),
    ),
    kpi(
        "offered",
        W(en="Offered by the robot", zh="机器人转接量", ru="Предложено роботом"),
        W(
            en="answered calls the robot found willing and tried to transfer",
            zh="机器人判定有意向并尝试转接",
            ru="отвеченные, которые робот пытался передать",
        ),
    ),
    kpi(
        "transferred",
        W(en="Transferred", zh="成功转接量", ru="Передано"),
        W(
            en="offered calls that an agent picked up",
            zh="坐席接起的转接",
            ru="предложенные, принятые оператором",
        ),
    ),
    count(
        "transferred_successful",
        W(en="Transferred and successful", zh="转接成交量", ru="Передано и успешно"),
        W(
            en="transferred calls that ended in success",
            zh="转接后成交的通话",
            ru="переданные, закончившиеся успехом",
        ),
    ),
    kpi(
        "complaints",
        W(en="Complaints", zh="外呼投诉量", ru="Жалобы"),
        W(en="complaints attributed to a call", zh="归因到通话的投诉", ru="жалобы, отнесённые к звонку"),
    ),
    count(
        "inbound_calls",
        W(en="Returned calls", zh="回电量", ru="Ответные звонки"),
        W(
            en="calls in which people returned ours; no dials",
            zh="客户回电，不计外拨",
            ru="звонки людей в ответ на наши; не наборы",
        ),
    ),
    count(
        "callers_due",
        W(en="Callers served or kept waiting", zh="已接或久候的来电", ru="Обслуженные и заждавшиеся"),
        W(
            en="returned calls that an agent took, or that waited over 20 s; who gave up sooner is on neither side",
            zh="坐席接起的或等待超过 20 秒的回电；更早放弃者不计",
            ru="ответные звонки, взятые оператором или ждавшие дольше 20 с; кто сбросил раньше, не считается",
        ),
    ),
    count(
        "callers_in_time",
        W(en="... answered within 20 s", zh="……20 秒内接起", ru="… отвечено за 20 с"),
        W(
            en="returned calls that an agent took within 20 s",
            zh="坐席在 20 秒内接起的回电",
            ru="ответные звонки, взятые оператором за 20 с",
        ),
    ),
    count(
        "handled",
        W(en="Calls handled", zh="坐席处理量", ru="Обработано звонков"),
        W(
            en="calls in which an agent talked, returned ones included",
            zh="坐席通话的来电与外拨",
            ru="звонки с разговором оператора, включая ответные",
        ),
    ),
    count(
        "talked_s",
        W(en="Talk of calls made", zh="外拨通话时长", ru="Разговоры исходящих"),
        W(
            en="talk seconds of calls made, counted where and when the call was dialled",
            zh="外拨通话秒数，归入拨号之时",
            ru="секунды разговоров исходящих, по моменту набора",
        ),
        unit=Unit.SECONDS,
    ),
    count(
        "orders",
        W(en="Orders", zh="订单量", ru="Заказы"),
        W(en="orders taken in calls", zh="通话中成立的订单", ru="заказы из звонков"),
    ),
    count(
        "revenue",
        W(en="Revenue", zh="收入", ru="Выручка"),
        W(en="amounts of the orders", zh="订单金额", ru="суммы заказов"),
        unit=Unit.MONEY,
    ),
    count(
        "call_cost",
        W(en="Cost of calls", zh="通信成本", ru="Стоимость связи"),
        W(en="what the carriers charged", zh="运营商费用", ru="плата операторам связи"),
        unit=Unit.MONEY,
    ),
)

_LATER = tuple(
    count(id, words, words, Source.LATER)
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

COUNTS: tuple[Count, ...] = _RECORDS + _CALLS + AGENT_TIME + _LATER
