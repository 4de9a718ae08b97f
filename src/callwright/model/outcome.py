"""What became of a call, in separate layers: carrier, media, system, agent (disposition), business.

The layers never overwrite each other. ``Outcome`` is the system's word; a ``Disposition`` is the final word on an
answered call, exactly one per call, given by an agent or, where no agent took part, by the system.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from callwright.kit.words import Words


class Media(StrEnum):
    """What was heard: on early media before the answer (announcements) or after it."""

    HUMAN = "human"
    MACHINE = "machine"
    FAX = "fax"
    SCREENING = "screening"
    SILENCE = "silence"
    ANNOUNCED_NO_SUCH_NUMBER = "announced_no_such_number"
    ANNOUNCED_SWITCHED_OFF = "announced_switched_off"
    ANNOUNCED_SUSPENDED = "announced_suspended"
    ANNOUNCED_UNREACHABLE = "announced_unreachable"


class Outcome(StrEnum):
    """The system's word on an attempt."""

    # answered by a person
    TALKED = "talked"  # an agent and the person were connected
    MESSAGE_PLAYED = "message_played"  # a message campaign's message reached a person
    ABANDONED = "abandoned"  # answered by a person, nobody and no message within the limit
    HUNG_UP_WAITING = "hung_up_waiting"  # the person hung up within the limit, before anybody was connected
    # answered, not by a person
    MACHINE = "machine"
    FAX = "fax"
    SCREENING = "screening"
    FAX_SENT = "fax_sent"  # a fax campaign's document was received to its end
    FAX_FAILED = "fax_failed"  # answered by whomever, and the document did not go through
    # not answered: the number or its owner
    NO_ANSWER = "no_answer"
    BUSY = "busy"
    REJECTED = "rejected"
    REJECTED_FOREVER = "rejected_forever"  # SIP 607: the person declared the call unwanted
    SWITCHED_OFF = "switched_off"
    UNREACHABLE = "unreachable"
    SUSPENDED = "suspended"
    NO_SUCH_NUMBER = "no_such_number"
    NUMBER_CHANGED = "number_changed"
    # ours or the carrier's: never counts as an attempt on the person
    CARRIER_FAILURE = "carrier_failure"
    OUR_FAILURE = "our_failure"
    DROPPED = "dropped"  # we took it back before the answer (another number won, late ringer, agent left)
    # after a crash
    UNKNOWN = "unknown"  # fate unknown: kept from automatic redial


ANSWERED_BY_PERSON = frozenset({Outcome.TALKED, Outcome.MESSAGE_PLAYED, Outcome.ABANDONED, Outcome.HUNG_UP_WAITING})
ANSWERED = ANSWERED_BY_PERSON | {
    Outcome.MACHINE,
    Outcome.FAX,
    Outcome.SCREENING,
    Outcome.FAX_SENT,
    Outcome.FAX_FAILED,
}
NOT_COUNTED = frozenset({Outcome.CARRIER_FAILURE, Outcome.OUR_FAILURE, Outcome.DROPPED})
"""Outcomes that are our own or the carrier's doing: no attempt on the person in any cap or count of tries.

A ringing call we dropped did disturb: compliance counts it from its ring time, see ``compliance.facts``."""
NUMBER_DEAD = frozenset({Outcome.NO_SUCH_NUMBER, Outcome.NUMBER_CHANGED})
"""Outcomes after which this number is never dialled again for this customer."""

_SIP: dict[int, Outcome] = {
    404: Outcome.NO_SUCH_NUMBER,
    604: Outcome.NO_SUCH_NUMBER,
    484: Outcome.NO_SUCH_NUMBER,
    410: Outcome.NUMBER_CHANGED,
    486: Outcome.BUSY,
    600: Outcome.BUSY,
    480: Outcome.UNREACHABLE,
    408: Outcome.NO_ANSWER,
    487: Outcome.NO_ANSWER,
    603: Outcome.REJECTED,
    608: Outcome.REJECTED,
    607: Outcome.REJECTED_FOREVER,
}
_Q850: dict[int, Outcome] = {
    1: Outcome.NO_SUCH_NUMBER,
    22: Outcome.NUMBER_CHANGED,
    28: Outcome.NO_SUCH_NUMBER,
    17: Outcome.BUSY,
    18: Outcome.NO_ANSWER,
    19: Outcome.NO_ANSWER,
    20: Outcome.UNREACHABLE,
    21: Outcome.REJECTED,
    27: Outcome.UNREACHABLE,
    31: Outcome.NO_ANSWER,
    34: Outcome.CARRIER_FAILURE,
    38: Outcome.CARRIER_FAILURE,
    41: Outcome.CARRIER_FAILURE,
    42: Outcome.CARRIER_FAILURE,
}
_ANNOUNCED: dict[Media, Outcome] = {
    Media.ANNOUNCED_NO_SUCH_NUMBER: Outcome.NO_SUCH_NUMBER,
    Media.ANNOUNCED_SWITCHED_OFF: Outcome.SWITCHED_OFF,
    Media.ANNOUNCED_SUSPENDED: Outcome.SUSPENDED,
    Media.ANNOUNCED_UNREACHABLE: Outcome.UNREACHABLE,
}
_OURS = frozenset({34, 38, 41, 42})


def outcome_of_failure(*, sip: int | None, q850: int | None, early: Media | None, by: str | None = None) -> Outcome:
    """The outcome of an unanswered call from its SIP code, Q.850 cause and the announcement heard before.

    The announcement decides where there is one (a carrier's 480 may mean switched off or suspended); then causes that
    are the carrier's own (34, 38, 41, 42, any 5xx), then the SIP code, then Q.850. Unknown signs are the carrier's
    failure: an unexplained end must not count as an attempt on the person. A 404 with a congestion cause is theirs.
    ``by`` "us" without any sign: the carrier never heard of the call.
    """
    if by == "us" and sip is None and q850 is None and early is None:
        return Outcome.OUR_FAILURE
    if early in _ANNOUNCED:
        return _ANNOUNCED[early]
    if q850 in _OURS or (sip is not None and 500 <= sip < 600):
        return Outcome.CARRIER_FAILURE
    if sip is not None and sip in _SIP:
        return _SIP[sip]
    if q850 is not None and q850 in _Q850:
        return _Q850[q850]
    return Outcome.CARRIER_FAILURE


class Ban(StrEnum):
    """How far an opt-out reaches."""

    NONE = "none"
    CAMPAIGN = "campaign"
    EVERYWHERE = "everywhere"


@dataclass(frozen=True, kw_only=True, slots=True)
class Disposition:
    """The final word on an answered call and what follows from it.

    ``reached`` the target person spoke (right-party contact); ``completed`` questionnaire or presentation finished;
    ``success`` sold or agreed; ``effective`` a conversation worth the name; ``interested`` showed interest (both feed
    the funnel). ``machine``: the agent heard no person, so the attempt's outcome becomes MACHINE. ``redial_s`` None:
    not called again for this purpose; else seconds until the next try.
    """

    code: str
    words: Words
    reached: bool = False
    effective: bool = False
    interested: bool = False
    completed: bool = False
    success: bool = False
    callback: bool = False
    ban: Ban = Ban.NONE
    number_dead: bool = False
    freeze: bool = False
    machine: bool = False
    redial_s: float | None = None
    by_system: bool = False


def _d(code: str, en: str, zh: str, ru: str, **effects: object) -> Disposition:
    return Disposition(code=code, words=Words(en=en, zh=zh, ru=ru), **effects)  # type: ignore[arg-type]


_HOUR, _DAY = 3600.0, 86400.0

STANDARD_DISPOSITIONS: dict[str, Disposition] = {
    d.code: d
    for d in (
        _d(
            "success",
            "Agreed",
            "成交",
            "Согласие",
            reached=True,
            effective=True,
            interested=True,
            completed=True,
            success=True,
        ),
        _d(
            "interested",
            "Interested, will consider",
            "考虑",
            "Интересно, подумает",
            reached=True,
            effective=True,
            interested=True,
            completed=True,
            redial_s=7 * _DAY,
        ),
        _d(
            "not_interested",
            "Not interested",
            "不感兴趣",
            "Не интересно",
            reached=True,
            effective=True,
            completed=True,
        ),
        _d("not_needed", "Not needed", "不需要", "Не нужно", reached=True, effective=True, completed=True),
        _d("refused", "Refused to listen", "拒绝接听", "Отказ от разговора", reached=True),
        _d("callback", "Call back later", "预约回拨", "Перезвонить", reached=True, callback=True),
        _d("not_convenient", "Not convenient now", "不方便", "Неудобно говорить", redial_s=4 * _HOUR),
        _d("not_target", "Target person absent", "非本人", "Нет нужного лица", redial_s=1 * _DAY),
        _d("wrong_number", "Wrong number", "错号", "Неверный номер", number_dead=True),
        _d("minor", "A minor answered", "未成年人", "Несовершеннолетний", redial_s=1 * _DAY, freeze=True),
        _d(
            "never_call",
            "Never call again",
            "拒绝来电",
            "Больше не звонить",
            reached=True,
            ban=Ban.EVERYWHERE,
        ),
        _d(
            "no_more_offers",
            "No more calls of this campaign",
            "本活动勿扰",
            "Не звонить по этой кампании",
            reached=True,
            ban=Ban.CAMPAIGN,
        ),
        _d("complaint", "Complains, risky", "投诉风险", "Жалоба, риск", reached=True, freeze=True),
        _d("answering_machine", "A machine answered", "接通语音信箱", "Ответил автоответчик", redial_s=4 * _HOUR),
        _d(
            "answering_machine",
            "Answering machine heard",
            "语音信箱（坐席）",
            "Автоответчик (оператор)",
            machine=True,
            redial_s=4 * _HOUR,
        ),
        _d("no_disposition", "Not filled in", "未填写", "Не заполнено", redial_s=1 * _DAY, by_system=True),
        _d("abandoned", "Nobody was free", "呼损", "Потерянный вызов", by_system=True),
        _d(
            "hung_up_waiting",
            "Hung up at once",
            "接通即挂",
            "Сброс сразу",
            redial_s=4 * _HOUR,
            by_system=True,
        ),
        _d(
            "message_played",
            "Message delivered",
            "语音已送达",
            "Сообщение доставлено",
            reached=True,
            effective=True,
            completed=True,
            by_system=True,
        ),
        _d(
            "message_cut",
            "Message not heard out",
            "语音未听完",
            "Сообщение прервано",
            redial_s=4 * _HOUR,
            by_system=True,
        ),
        _d("machine", "Answering machine", "语音信箱", "Автоответчик", redial_s=4 * _HOUR, by_system=True),
        _d("fax", "Fax or modem", "传真", "Факс", number_dead=True, by_system=True),
        # Nobody spoke: neither reached nor completed, or the funnel would count people whom nobody heard.
        _d("fax_sent", "Fax sent", "传真已发送", "Факс отправлен", by_system=True),
        _d("fax_failed", "Fax not sent", "传真未送达", "Факс не отправлен", redial_s=1 * _HOUR, by_system=True),
        _d(
            "screening",
            "Screening assistant",
            "来电助理",
            "Голосовой помощник",
            redial_s=1 * _DAY,
            by_system=True,
        ),
        _d(
            "lost",
            "Call lost by a failure of ours",
            "系统故障",
            "Сбой системы",
            redial_s=1 * _DAY,
            by_system=True,
        ),
    )
}
"""Dispositions every campaign has; a campaign file may add its own. ``by_system`` ones no agent can choose."""
