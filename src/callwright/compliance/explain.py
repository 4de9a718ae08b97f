"""Why a person was or was not called, and when they may be called next: the answer behind ``callwright why``."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from callwright.compliance.book import RuleBook
from callwright.compliance.decide import next_permitted_at, refusals_now
from callwright.compliance.facts import DialFacts
from callwright.compliance.ledger import LedgerEntry
from callwright.compliance.permit import Refusal
from callwright.compliance.say import local_time
from callwright.kit.words import Language, Words

_MAY = Words(en="May be called now.", zh="现在可以拨打。", ru="Сейчас можно звонить.")
_NEVER = Words(
    en="No lawful instant comes by itself within 60 days.",
    zh="60 天内不会自行出现可拨打的时刻。",
    ru="В ближайшие 60 дней законного момента само собой не наступит.",
)


@dataclass(frozen=True, kw_only=True, slots=True)
class WhyAnswer:
    """``reasons`` says yes, or every rule that refuses now and when the next call may be; ``past`` retells the ledger,
    newest first; ``lines`` is all of it in the language asked for."""

    may_call_now: bool
    reasons: tuple[Words, ...]
    next_at: float | None
    past: tuple[Words, ...]
    refusals: tuple[Refusal, ...]
    lines: tuple[str, ...]


def why(facts: DialFacts, book: RuleBook, entries: Sequence[LedgerEntry] = (), language: Language = "en") -> WhyAnswer:
    """All that is to be said about calling this number now; ``entries`` are the ledger's rows about the person."""
    zone = facts.person_zone or (facts.phone.zones[0] if facts.phone.zones else "UTC")
    refusals = refusals_now(facts, book)
    next_at = next_permitted_at(facts, book)
    reasons = tuple(refusal.words for refusal in refusals) or (_MAY,)
    if refusals:
        reasons += (_NEVER if next_at is None else _next_words(local_time(next_at, zone)),)
    past = tuple(_retell(entry, zone) for entry in sorted(entries, key=lambda entry: -entry.at))
    return WhyAnswer(
        may_call_now=not refusals,
        reasons=reasons,
        next_at=next_at,
        past=past,
        refusals=refusals,
        lines=tuple(words.say(language) for words in (*reasons, *past)),
    )


def _next_words(when: str) -> Words:
    return Words(
        en=f"May be called next at {when}.",
        zh=f"下次可拨打时间：{when}。",
        ru=f"Следующий звонок возможен {when}.",
    )


def _retell(entry: LedgerEntry, zone: str) -> Words:
    when, number = local_time(entry.at, zone), entry.number
    if entry.decision == "permit":
        return Words(
            en=f"{when}: {number} was permitted under {entry.packs}.",
            zh=f"{when}：允许拨打 {number}，依据 {entry.packs}。",
            ru=f"{when}: звонок {number} разрешён по {entry.packs}.",
        )
    return Words(
        en=f"{when}: {number} was refused by {entry.rule} under {entry.packs}.",
        zh=f"{when}：拒绝拨打 {number}，规则 {entry.rule}，依据 {entry.packs}。",
        ru=f"{when}: звонок {number} отклонён правилом {entry.rule} по {entry.packs}.",
    )
