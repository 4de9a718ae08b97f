"""What the calls have shown about a number: one state, and the call that proves it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

from callwright.kit.words import Words
from callwright.model.outcome import NUMBER_DEAD, STANDARD_DISPOSITIONS, Disposition, Outcome


class NumberState(StrEnum):
    """The states of a cleaned list, the first that holds in this order of weight where several calls tell."""

    DO_NOT_CALL = "do_not_call"
    VERIFIED = "verified"  # the target person spoke on this number
    WRONG_OWNER = "wrong_owner"
    DEAD = "dead"
    SUSPENDED = "suspended"
    SWITCHED_OFF = "switched_off"
    UNVERIFIED = "unverified"


STATE_WORDS: Mapping[NumberState, Words] = {
    NumberState.DO_NOT_CALL: Words(en="do not call", zh="勿扰", ru="не звонить"),
    NumberState.VERIFIED: Words(en="verified", zh="已核实", ru="подтверждён"),
    NumberState.WRONG_OWNER: Words(en="wrong owner", zh="机主不符", ru="другой владелец"),
    NumberState.DEAD: Words(en="dead", zh="空号", ru="не существует"),
    NumberState.SUSPENDED: Words(en="suspended", zh="停机", ru="заблокирован"),
    NumberState.SWITCHED_OFF: Words(en="switched off", zh="关机", ru="выключен"),
    NumberState.UNVERIFIED: Words(en="unverified", zh="未核实", ru="не проверен"),
}


@dataclass(frozen=True, kw_only=True, slots=True)
class Evidence:
    """One finished call. ``reached``, ``dead``: what the disposition says in its campaign, None where unknown."""

    attempt_id: int
    at: float
    outcome: Outcome | None
    disposition: str | None
    reached: bool | None = None
    dead: bool | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class NumberHistory:
    """A person's number with all that is known of it. ``calls`` oldest first."""

    customer_id: int
    external_id: str | None
    name: str
    number: str
    position: int
    country: str
    line_type: str
    carrier: str
    tier: int
    lead_status: str
    facts: Mapping[str, str]
    banned: bool
    calls: Sequence[Evidence]
    dead: str | None = None  # what ended this number, as the dialer noted it


@dataclass(frozen=True, kw_only=True, slots=True)
class Finding:
    state: NumberState
    evidence: Evidence | None


def judge_number(history: NumberHistory) -> Finding:
    """The state of a number. The newest call that tells anything decides; a do-not-call stands above all calls."""
    told: Finding | None = None
    for call in reversed(history.calls):
        state = _state_of(call)
        if state is not None:
            told = Finding(state=state, evidence=call)
            break
    if history.banned:
        return Finding(state=NumberState.DO_NOT_CALL, evidence=told.evidence if told else None)
    if told is not None:
        return told
    last = history.calls[-1] if history.calls else None
    if history.dead is not None:
        wrong = history.dead == "wrong_number"
        return Finding(state=NumberState.WRONG_OWNER if wrong else NumberState.DEAD, evidence=last)
    return Finding(state=NumberState.UNVERIFIED, evidence=last)


def _state_of(call: Evidence) -> NumberState | None:
    """What one call tells about its number, None where it tells nothing (busy, no answer)."""
    standard: Disposition | None = STANDARD_DISPOSITIONS.get(call.disposition or "")
    dead = call.dead if call.dead is not None else bool(standard and standard.number_dead)
    reached = call.reached if call.reached is not None else bool(standard and standard.reached)
    if reached:
        return NumberState.VERIFIED
    if dead:
        return NumberState.DEAD if call.outcome is Outcome.FAX else NumberState.WRONG_OWNER
    if call.outcome in NUMBER_DEAD:
        return NumberState.DEAD
    if call.outcome is Outcome.SUSPENDED:
        return NumberState.SUSPENDED
    if call.outcome is Outcome.SWITCHED_OFF:
        return NumberState.SWITCHED_OFF
    return None
