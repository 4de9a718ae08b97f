"""What a number does when it is called, one call after the other: values, and the rows SIPp reads them from.

A behaviour that came true hands the number on to its next one. SIPp knows only what a telephone knows, so that is told
by time: who is let go before ``true_after_s`` does the same again at the next call.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

FOREVER_S = 7200.0
"""Longer than any call lasts here."""
GAP_S = 0.6
"""From the beginning of one key to that of the next."""


CODES = (*(400, 401, 403, 404, 407, 408, 410, 480, 481, 483, 484, 486, 487, 488, 491), *range(500, 505))
CODES += (580, 600, 603, 604, 606, 607, 608)
"""The SIP codes a failure may have."""


class Deed(StrEnum):
    """How a call begins; the values are labels of the scenario."""

    RINGS = "rings"  # 180, then ``then``
    AT_ONCE = "at_once"  # ``then`` without a ringing
    ANNOUNCES = "announces"  # 183 with the sound as early media, then ``then``


class Then(StrEnum):
    """What comes after the ringing."""

    ANSWERS = "answers"
    FAILS = "fails"


@dataclass(frozen=True, kw_only=True, slots=True)
class Behaviour:
    """One call's course.

    ``ring_s``: ringing, or the announcement's length. A failure ends with ``sip`` and ``q850`` (in a Reason header).
    Who answers plays ``sound`` (None: is silent), presses ``keys`` from ``keys_after_s`` on, hangs up after ``stay_s``.
    ``true_after_s``: where the other end hangs up, so long after the answer (not answered: after the ringing began)
    the behaviour has come true.
    """

    deed: Deed
    then: Then
    ring_s: float = 0.0
    sip: int = 480
    q850: int = 18
    sound: str | None = None
    stay_s: float = FOREVER_S
    keys: str = ""
    keys_after_s: float = 3.0
    true_after_s: float = 0.0

    def faster(self, times: float) -> Behaviour:
        """The same in less time, for a run on a faster clock. Sounds keep their speed, so announcements do too."""
        return Behaviour(
            deed=self.deed,
            then=self.then,
            ring_s=self.ring_s if self.deed is Deed.ANNOUNCES else self.ring_s / times,
            sip=self.sip,
            q850=self.q850,
            sound=self.sound,
            stay_s=self.stay_s / times,
            keys=self.keys,
            keys_after_s=self.keys_after_s / times,
            true_after_s=self.true_after_s / times,
        )


NO_NEXT = -1


def row(behaviour: Behaviour, places: Mapping[str, int], next_line: int = NO_NEXT) -> str:
    """What SIPp reads of a behaviour. ``places``: the scenario's labels, and where its sounds and keys are;
    ``next_line``: of fates.csv, what the number does after it came true (NO_NEXT: the same)."""
    key_ms = round(behaviour.keys_after_s * 1000) if behaviour.keys else 0
    stay_ms = max(20, round(behaviour.stay_s * 1000))
    before_ms = min(stay_ms - 10, key_ms) if behaviour.keys else stay_ms
    return ";".join(
        str(value)
        for value in (
            places[behaviour.deed],
            places[behaviour.then if behaviour.then is Then.ANSWERS else failure_place(behaviour.sip)],
            behaviour.q850,
            max(1, round(behaviour.ring_s * 1000)),
            places[sound_place(behaviour.sound)],
            before_ms,
            places[keys_place(behaviour.keys)],
            max(10, stay_ms - before_ms - pressing_ms(behaviour.keys)),
            round(behaviour.true_after_s * 1000),
            next_line,
        )
    )


def pressing_ms(keys: str) -> int:
    """How long it takes to press them."""
    return round(len(keys) * GAP_S * 1000)


def failure_place(sip: int) -> str:
    return f"fails {sip}"


def sound_place(sound: str | None) -> str:
    return f"sound {sound}" if sound is not None else "no sound"


def keys_place(keys: str) -> str:
    return f"keys {keys}" if keys else "no keys"


def lines(people: Mapping[str, Sequence[Behaviour]], places: Mapping[str, int]) -> tuple[list[str], list[str]]:
    """(people.csv, fates.csv) without their first lines; the last behaviour of a number is for every further call."""
    fates: list[str] = []
    known: dict[tuple[Behaviour, ...], int] = {}
    numbers = []
    for number, behaviours in people.items():
        next_line = _chain(tuple(behaviours[1:]), places, fates, known)
        numbers.append(person(number, row(behaviours[0], places, next_line)))
    return numbers, fates


def person(number: str, behaviour_row: str) -> str:
    """One line of people.csv."""
    return f"{number.lstrip('+')};{behaviour_row}"


def _chain(
    behaviours: tuple[Behaviour, ...],
    places: Mapping[str, int],
    fates: list[str],
    known: dict[tuple[Behaviour, ...], int],
) -> int:
    """The line of the first of these, which leads to the others; equal ends are written once."""
    if not behaviours:
        return NO_NEXT
    if behaviours not in known:
        fates.append(row(behaviours[0], places, _chain(behaviours[1:], places, fates, known)))
        known[behaviours] = len(fates) - 1
    return known[behaviours]
