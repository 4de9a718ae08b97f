"""A campaign's floor learned from its history: ``fit_floor``. Every part carries its uncertainty; nothing is a guess
without saying so (``FloorFit.assumed``).

What is learned: answers by hour, line type, try and what came before, with each day's own luck; how unanswered dials
end; ring, talk and wrap-up times; agents' coming and their pauses; what talks lead to; and by how much this floor is
quicker or slower than the model's (``drag``, added once the pace of the model is known).
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from math import log

import numpy as np
from numpy.typing import NDArray

from callwright.model.campaign import Campaign
from callwright.model.outcome import NUMBER_DEAD, Ban, Outcome
from callwright.planning.blocks import Block, BlockFit, fit_blocks
from callwright.planning.cells import ALIVE, BEFORE, ENDS, KINDS, TRIES, Cells, Counted, count
from callwright.planning.history import History
from callwright.planning.spans import DayLevel, fit_days
from callwright.planning.staff import StaffFit, fit_staff

Numbers = NDArray[np.float64]
MOST_DAYS = 60
"""The answer model looks at so many last days."""
_USUAL_RATE = 0.25
_USUAL_ENDS: Mapping[Outcome, float] = {
    Outcome.NO_ANSWER: 0.60,
    Outcome.REJECTED: 0.10,
    Outcome.SWITCHED_OFF: 0.12,
    Outcome.BUSY: 0.07,
    Outcome.UNREACHABLE: 0.05,
    Outcome.SUSPENDED: 0.02,
    Outcome.NO_SUCH_NUMBER: 0.03,
}
"""Before there is a history: what lists of consumers are like; worth ``_ENDS_WORTH`` dials."""
_ENDS_WORTH, _ROW_WORTH = 20.0, 15.0
_DEAD_ENDS = np.array([end in NUMBER_DEAD or end is Outcome.SUSPENDED for end in ENDS])
_HARDER = 0.08
"""Log-odds by which each further try is expected to be less ready to answer, before the data have their say: those who
answer easily are gone. With people's own readiness spread by s and an answer rate p it is about s² p per try; s is
taken as 0.5."""
_SAMPLES = 4000
_FEW_ANSWERS = 50


@dataclass(frozen=True, kw_only=True, slots=True)
class TalkEnd:
    """What a talk may lead to: ``again_s`` None: the record is done. ``share_at``: its column in ``talk_ends``."""

    code: str
    success: bool
    again_s: float | None


@dataclass(frozen=True, kw_only=True, slots=True)
class FloorFit:
    """All that a plan knows of a floor. Times in seconds; ``talk`` and ``wrap`` are logarithms of daily means."""

    zone: str
    answers: BlockFit
    ends: Numbers  # (len(BEFORE), len(ENDS)) counts with the prior in them
    talk_ends: tuple[TalkEnd, ...]
    talk_counts: Numbers
    talk: DayLevel
    wrap: DayLevel
    talk_sample: Numbers  # seconds, around a mean of 1
    wrap_sample: Numbers
    answer_after: Numbers  # seconds from the order to the answer
    over_after: Numbers  # from the order to the end of a dial nobody answered
    staff: StaffFit
    drag: DayLevel = field(default_factory=lambda: DayLevel(level=0.0, error=0.3, spread=0.1, freedom=3.0))
    dials: int = 0
    seen_answers: int = 0
    days: int = 0
    assumed: tuple[str, ...] = ()  # codes of what rests on usual figures instead of history (``planning.words``)

    @property
    def handle_s(self) -> float:
        return float(np.exp(self.talk.level) + np.exp(self.wrap.level))

    @property
    def talk_cv(self) -> float:
        return float(self.talk_sample.std())


def fit_floor(history: History, campaign: Campaign) -> FloorFit:
    """Learn. Works from no history at all (usual figures, wide) to years of it."""
    counted = count(history)
    talks = _by_day([(d.at, d.talk_s) for d in history.dials if d.talk_s > 0])
    wraps = _by_day([(p.began_at, p.ended_at - p.began_at) for p in history.presences if p.state == "wrap_up"])
    staff = fit_staff(history)
    assumed = list(staff.assumed)
    if counted.answers < _FEW_ANSWERS:
        assumed.append("answers")
    if sum(map(len, talks)) < _FEW_ANSWERS:
        assumed.append("talk")
    talk_ends, talk_counts = _talk_ends(counted, campaign)
    finished = [d for d in history.dials if not d.inbound and d.over_s > 0]
    answered = {o.value for o in (Outcome.TALKED, Outcome.ABANDONED, Outcome.HUNG_UP_WAITING, Outcome.MESSAGE_PLAYED)}
    return FloorFit(
        zone=history.zone,
        answers=fit_answers(counted.cells),
        ends=_ends(counted),
        talk_ends=talk_ends,
        talk_counts=talk_counts,
        talk=_mean_span(talks, mean_s=120.0, cv=1.0),
        wrap=_mean_span(wraps, mean_s=30.0, cv=0.7),
        talk_sample=_shape(talks, cv=1.0),
        wrap_sample=_shape(wraps, cv=0.5),
        answer_after=_sample([d.over_s for d in finished if d.outcome in answered], mean_s=13.5, cv=0.5),
        over_after=_sample([d.over_s for d in finished if d.outcome not in answered], mean_s=20.0, cv=0.4),
        staff=staff,
        dials=int(counted.cells.dials.sum()),
        seen_answers=counted.answers,
        days=len(counted.cells.days),
        assumed=tuple(assumed),
    )


def fit_answers(cells: Cells) -> BlockFit:
    """The log-odds of an answer: a level, and effects of hour, line type, try, what came before, and day."""
    days = max(1, len(cells.days))
    recent = cells.day >= days - MOST_DAYS
    centre = [0.0] * len(BEFORE)
    centre[BEFORE.index("suspended")] = -2.0
    centre[BEFORE.index("machine")] = -1.0
    blocks = (
        Block(name="level", size=1, spread=0.8, strength=None, centre=(log(_USUAL_RATE / (1 - _USUAL_RATE)),)),
        Block(name="hour", size=24, spread=0.25, walk=True),
        Block(name="kind", size=len(KINDS), spread=0.4),
        Block(name="tries", size=TRIES, spread=0.2, walk=True, centre=tuple(-_HARDER * n for n in range(TRIES))),
        Block(name="before", size=len(BEFORE), spread=0.4, centre=tuple(centre)),
        Block(name="day", size=days, spread=0.2, strength=2.0),
    )
    columns = (
        np.zeros(int(recent.sum()), dtype=np.int64),
        cells.hour[recent],
        cells.kind[recent],
        cells.tries[recent],
        cells.before[recent],
        cells.day[recent],
    )
    return fit_blocks("binomial", cells.answers[recent], cells.dials[recent], columns, blocks)


def _ends(counted: Counted) -> Numbers:
    """A number that has rung, was busy or was rejected is in service: dead ends, which first dials find, are no part of
    what is expected of the later ones."""
    usual = np.array([_USUAL_ENDS.get(end, 0.0) for end in ENDS])
    pooled = counted.ends.sum(0) + _ENDS_WORTH * usual / usual.sum()
    alive = np.where(_DEAD_ENDS, 0.02 * pooled, pooled)
    rows = np.array([alive if before in ALIVE else pooled for before in BEFORE])
    return np.asarray(counted.ends + _ROW_WORTH * rows / rows.sum(1, keepdims=True))


def _talk_ends(counted: Counted, campaign: Campaign) -> tuple[tuple[TalkEnd, ...], Numbers]:
    """Dispositions as what follows from them, and their counts with a little of the usual in them."""
    found: dict[TalkEnd, float] = defaultdict(float)
    found[TalkEnd(code="done", success=False, again_s=None)] += 4.0
    found[TalkEnd(code="success", success=True, again_s=None)] += 0.3
    for code, number in counted.talks.items():
        known = campaign.dispositions.get(code)
        if known is None or known.machine:
            continue
        again = 2 * 3600.0 if known.callback else None if known.ban is not Ban.NONE else known.redial_s
        name = "success" if known.success else "done" if again is None else code
        found[TalkEnd(code=name, success=known.success, again_s=again)] += number
    return tuple(found), np.array(list(found.values()))


def _by_day(spans: Sequence[tuple[float, float]]) -> list[Numbers]:
    days: dict[int, list[float]] = defaultdict(list)
    for at, span_s in spans:
        if span_s > 0:
            days[int(at // 86400)].append(span_s)
    return [np.array(days[day]) for day in sorted(days)]


def _mean_span(days: Sequence[Numbers], *, mean_s: float, cv: float) -> DayLevel:
    """The logarithm of a day's mean; the usual mean is believed within a factor of two or so."""
    pooled = np.concatenate(days) if days else np.zeros(0)
    own_cv = (cv * 10 + len(pooled) * (pooled.std() / pooled.mean())) / (10 + len(pooled)) if len(pooled) else cv
    return fit_days(
        np.array([log(day.mean()) for day in days]),
        np.array([own_cv**2 / len(day) for day in days]),
        level=log(mean_s),
        doubt=0.6,
        spread=0.05,
    )


def _shape(days: Sequence[Numbers], *, cv: float) -> Numbers:
    """Spans around a mean of 1: those seen, filled up with a lognormal while they are few."""
    seen: Numbers = np.concatenate(days)[-_SAMPLES:] if days else np.zeros(0)
    seen = seen / seen.mean() if len(seen) else seen
    sample = np.concatenate([seen, _lognormal(max(0, 200 - len(seen)), 1.0, cv)])
    return np.asarray(sample / sample.mean())


def _sample(seen: Sequence[float], *, mean_s: float, cv: float) -> Numbers:
    return np.asarray(np.concatenate([np.array(seen[-_SAMPLES:]), _lognormal(max(0, 100 - len(seen)), mean_s, cv)]))


def _lognormal(size: int, mean: float, cv: float) -> Numbers:
    """Quantiles of a lognormal, evenly spread: a sample without chance."""
    variance = np.log(1 + cv * cv)
    middles = (np.arange(size) + 0.5) / max(size, 1)
    normal = (middles**0.1349 - (1 - middles) ** 0.1349) / 0.1975  # Tukey's lambda
    return np.asarray(mean * np.exp(np.sqrt(variance) * normal - variance / 2))
