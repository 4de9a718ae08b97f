"""Dials counted by what their answer depends on: day, local hour, line type, number of the try, what came before.

Also the classes themselves, which the fit and the forecast share, and agents' time by day and hour.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from zoneinfo import ZoneInfo

import numpy as np
from numpy.typing import NDArray

from callwright.model.outcome import ANSWERED_BY_PERSON, NOT_COUNTED, Outcome
from callwright.planning.history import Dial, History

Numbers = NDArray[np.float64]
KINDS: tuple[str, ...] = ("mobile", "landline", "voip", "unknown")
"""Line types told apart; all others count as unknown."""
TRIES = 6
"""Tries told apart: the first to the fifth, then all later ones."""
BEFORE: tuple[str, ...] = (
    "", "no_answer", "busy", "rejected", "off", "unreachable", "suspended", "machine", "talked", "abandoned", "ours"
)  # fmt: skip
"""What a record's last attempt came to, in classes; "": it was never dialled."""
ALIVE: frozenset[str] = frozenset({"no_answer", "busy", "rejected", "machine", "talked", "abandoned"})
"""Classes after which the number is known to be in service."""
_BEFORE_OF: Mapping[str, str] = {
    Outcome.NO_ANSWER: "no_answer",
    Outcome.BUSY: "busy",
    Outcome.REJECTED: "rejected",
    Outcome.SWITCHED_OFF: "off",
    Outcome.UNREACHABLE: "unreachable",  # tried again sooner, and often a dead number in disguise
    Outcome.SUSPENDED: "suspended",
    Outcome.MACHINE: "machine",
    Outcome.SCREENING: "machine",
    Outcome.TALKED: "talked",
    Outcome.MESSAGE_PLAYED: "talked",
    Outcome.ABANDONED: "abandoned",
    Outcome.HUNG_UP_WAITING: "abandoned",
}
ENDS: tuple[Outcome, ...] = (
    Outcome.NO_ANSWER,
    Outcome.BUSY,
    Outcome.REJECTED,
    Outcome.SWITCHED_OFF,
    Outcome.UNREACHABLE,
    Outcome.SUSPENDED,
    Outcome.NO_SUCH_NUMBER,
    Outcome.NUMBER_CHANGED,
    Outcome.REJECTED_FOREVER,
    Outcome.MACHINE,
    Outcome.SCREENING,
    Outcome.FAX,
    Outcome.CARRIER_FAILURE,
    Outcome.OUR_FAILURE,
    Outcome.DROPPED,
)
"""How a dial ends that no person answered."""
_PERSON = frozenset(o.value for o in ANSWERED_BY_PERSON)
_FREE = frozenset(o.value for o in NOT_COUNTED)
_END_AT = {end.value: place for place, end in enumerate(ENDS)}


def kind_index(kind: str) -> int:
    return KINDS.index(kind) if kind in KINDS else KINDS.index("unknown")


def before_index(outcome: str) -> int:
    """The class of a record's last outcome; "" for one never dialled."""
    if not outcome:
        return 0
    return BEFORE.index(_BEFORE_OF.get(outcome, "ours"))


@dataclass(frozen=True, kw_only=True, slots=True)
class Cells:
    """One row per class that was dialled. ``days``: the local dates behind ``day``, in order."""

    days: tuple[int, ...]
    day: NDArray[np.int64]
    hour: NDArray[np.int64]
    kind: NDArray[np.int64]
    tries: NDArray[np.int64]  # counted ones before, at most TRIES - 1
    before: NDArray[np.int64]
    dials: Numbers
    answers: Numbers


@dataclass(frozen=True, kw_only=True, slots=True)
class Counted:
    """``cells``; ``ends`` how unanswered dials ended, by what came before; ``talks`` by disposition."""

    cells: Cells
    ends: Numbers  # (len(BEFORE), len(ENDS))
    talks: Mapping[str, int]
    abandons: int
    answers: int


class Wall:
    """Local days and hours of one zone, fast: the offset is looked up once per quarter of an hour."""

    def __init__(self, zone: str) -> None:
        self._zone = ZoneInfo(zone)
        self._known: dict[int, tuple[int, int]] = {}

    def day_hour(self, at: float) -> tuple[int, int]:
        """The local date as an ordinal, and the hour."""
        quarter = int(at // 900)
        found = self._known.get(quarter)
        if found is None:
            from datetime import datetime

            local = datetime.fromtimestamp(quarter * 900, self._zone)
            found = self._known[quarter] = local.toordinal(), local.hour
        return found


def count(history: History) -> Counted:
    """Count every outbound dial of a record (numbers outside the lists and returned calls are not planned)."""
    wall = Wall(history.zone)
    sums: dict[tuple[int, int, int, int, int], list[int]] = defaultdict(lambda: [0, 0])
    ends = np.zeros((len(BEFORE), len(ENDS)))
    talks: Counter[str] = Counter()
    abandons = answers = 0
    for dial, tries, before in _in_order(history.dials):
        person = dial.outcome in _PERSON
        cell = sums[(*wall.day_hour(dial.at), kind_index(dial.kind), min(tries, TRIES - 1), before)]
        cell[0] += 1
        cell[1] += person
        if person:
            answers += 1
            abandons += dial.outcome == Outcome.ABANDONED
            if dial.disposition:
                talks[dial.disposition] += 1
        elif dial.outcome in _END_AT:
            ends[before, _END_AT[dial.outcome]] += 1
    days = tuple(sorted({key[0] for key in sums}))
    keys = np.array(sorted(sums), dtype=np.int64).reshape(-1, 5)
    values = np.array([sums[key] for key in sorted(sums)], dtype=np.float64).reshape(-1, 2)
    place = {day: index for index, day in enumerate(days)}
    return Counted(
        cells=Cells(
            days=days,
            day=np.array([place[d] for d in keys[:, 0].tolist()], dtype=np.int64),
            hour=keys[:, 1],
            kind=keys[:, 2],
            tries=keys[:, 3],
            before=keys[:, 4],
            dials=values[:, 0],
            answers=values[:, 1],
        ),
        ends=ends,
        talks=talks,
        abandons=abandons,
        answers=answers,
    )


def _in_order(dials: Sequence[Dial]) -> Iterator[tuple[Dial, int, int]]:
    """Each record's dials with its tries so far and the class of its last outcome."""
    tries: dict[int, int] = {}
    last: dict[int, int] = {}
    for dial in sorted(dials, key=lambda d: d.at):
        if dial.inbound or not dial.lead:
            continue
        yield dial, tries.get(dial.lead, 0), last.get(dial.lead, 0)
        if dial.outcome not in _FREE:
            tries[dial.lead] = tries.get(dial.lead, 0) + 1
            last[dial.lead] = before_index(dial.outcome)
        elif dial.lead not in last:
            last[dial.lead] = before_index(dial.outcome)


WORKING = frozenset({"ready", "reserved", "preview", "in_call", "wrap_up"})
BUSY = frozenset({"in_call", "wrap_up"})


@dataclass(frozen=True, kw_only=True, slots=True)
class AgentHours:
    """Agents' seconds by (local day, hour): ready for calls or in them, and in them alone."""

    working: Mapping[tuple[int, int], float]
    busy: Mapping[tuple[int, int], float]


def agent_hours(history: History) -> AgentHours:
    wall = Wall(history.zone)
    working: dict[tuple[int, int], float] = defaultdict(float)
    busy: dict[tuple[int, int], float] = defaultdict(float)
    for presence in history.presences:
        if presence.state not in WORKING:
            continue
        for began_at, ended_at in by_hour(presence.began_at, presence.ended_at):
            key = wall.day_hour(began_at)
            working[key] += ended_at - began_at
            if presence.state in BUSY:
                busy[key] += ended_at - began_at
    return AgentHours(working=working, busy=busy)


def by_hour(began_at: float, ended_at: float) -> Iterator[tuple[float, float]]:
    """The stretch cut at full hours (of zones whose offset is whole hours; others are cut at odd minutes)."""
    while began_at < ended_at:
        stop = min(ended_at, (began_at // 3600 + 1) * 3600)
        yield began_at, stop
        began_at = stop
