"""What happens when a number is dialled: ``Fate``, its kinds, and ``Population``, whoever decides fates.

The carrier (``carrier``) turns a fate into the signs a real network gives; this module knows no codes and no time.
"""

from __future__ import annotations

import random
from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol


class FateKind(StrEnum):
    """Who or what ends the ringing. The values are the words of truth files."""

    PERSON = "answer"
    MACHINE = "machine"
    FAX = "fax"
    SCREENING = "screening"
    NO_ANSWER = "no_answer"
    BUSY = "busy"
    REJECTED = "rejected"
    REJECTED_FOREVER = "rejected_forever"
    SWITCHED_OFF = "switched_off"
    UNREACHABLE = "unreachable"
    SUSPENDED = "suspended"
    NO_SUCH_NUMBER = "no_such_number"
    NUMBER_CHANGED = "number_changed"
    CARRIER_FAILURE = "carrier_failure"


ANSWERING = frozenset({FateKind.PERSON, FateKind.MACHINE, FateKind.FAX, FateKind.SCREENING})
AGENT_HEARS_MACHINE = "answering_machine"
"""What an agent who was given a machine says of it, where the campaign has such a disposition."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Fate:
    """One dial's fate. ``ring_s`` ringing until the answer or the end (0: none; ignored where nothing rings).

    For persons: ``talk_s`` with an agent, ``patience_s`` without one (from the answer, or the end of a message),
    ``disposition`` what the agent will note, ``keys`` pressed from ``key_after_s`` into a message on, ``listens_s``
    into a message after which they hang up (None: they hear it out), ``ended_by`` who ends the talk.
    ``announced``: the carrier says what is wrong in early media before it ends the call.
    """

    kind: FateKind
    ring_s: float = 0.0
    talk_s: float = 0.0
    patience_s: float = 60.0
    disposition: str = "not_interested"
    order_amount: float | None = None
    callback_in_s: float | None = None
    keys: str = ""
    key_after_s: float = 3.0
    listens_s: float | None = None
    ended_by: str = "person"
    announced: bool = True


class Population(Protocol):
    """The people (and machines) behind the numbers."""

    def on_dial(self, number: str, at: float, rng: random.Random) -> Fate:
        """What this dial will come to, if nobody cuts it short."""
        ...

    def on_end(self, number: str, fate: Fate, *, came_true: bool) -> None:
        """The dial is over. ``came_true`` False: we or the carrier cut it short, or nobody spoke to the person."""
        ...

    def on_call_us(self, number: str, at: float, rng: random.Random) -> Fate | None:
        """The person rings us back; None: they do not, after all."""
        ...
