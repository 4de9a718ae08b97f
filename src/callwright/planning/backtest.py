"""Predictions held against what came: how often an 80 % range held the truth, and how far the middle was off."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np

from callwright.model.outcome import Outcome
from callwright.planning.cells import BUSY
from callwright.planning.deplete import COLUMNS
from callwright.planning.forecast import Planner, Runs
from callwright.planning.history import History
from callwright.planning.ranges import LEVEL, Range, range_of


@dataclass(frozen=True, kw_only=True, slots=True)
class Prediction:
    """``what`` was predicted of ``when``, and what came."""

    what: str
    when: str
    range: Range
    actual: float

    @property
    def held(self) -> bool:
        return self.range.holds(self.actual)

    def as_dict(self) -> dict[str, object]:
        return {"what": self.what, "when": self.when, **self.range.as_dict(), "actual": self.actual, "held": self.held}


@dataclass(frozen=True, kw_only=True, slots=True)
class Coverage:
    """Of ``count`` ranges ``held`` held the truth. ``off``: median of |middle - actual| / actual; ``width``: median of
    (high - low) / middle."""

    what: str
    count: int
    held: int
    off: float | None
    width: float | None

    @property
    def share(self) -> float:
        return self.held / self.count if self.count else 0.0


def coverage(predictions: Sequence[Prediction]) -> list[Coverage]:
    """By what was predicted, then all together."""
    names = list(dict.fromkeys(p.what for p in predictions))
    rows = [_coverage(name, [p for p in predictions if p.what == name]) for name in names]
    return [*rows, _coverage("all", list(predictions))]


def _coverage(what: str, predictions: Sequence[Prediction]) -> Coverage:
    off, width = [], []
    for p in predictions:
        low, middle, high = p.range.low, p.range.middle, p.range.high
        if middle is not None and p.actual:
            off.append(abs(middle - p.actual) / abs(p.actual))
        if low is not None and middle and high is not None:
            width.append((high - low) / abs(middle))
    return Coverage(
        what=what,
        count=len(predictions),
        held=sum(p.held for p in predictions),
        off=float(np.median(off)) if off else None,
        width=float(np.median(width)) if width else None,
    )


def table(rows: Iterable[Coverage]) -> str:
    """For a terminal or a document."""
    lines = [f"| predicted | ranges | held (meant: {LEVEL:.0%}) | middle off by | width |", "|---|---|---|---|---|"]
    for row in rows:
        off = "-" if row.off is None else f"{row.off:.0%}"
        width = "-" if row.width is None else f"{row.width:.0%}"
        lines.append(f"| {row.what} | {row.count} | {row.share:.0%} | {off} | {width} |")
    return "\n".join(lines)


def day_by_day(planner: Planner, runs: Runs, came: History, *, days: int = 3) -> list[Prediction]:
    """Each of the next days: dials, talks, successes and agents' busy hours predicted, against ``came``, the whole
    history."""
    dispositions = planner.campaign.dispositions
    found: list[Prediction] = []
    spans = planner.grid.instants_of_days()
    ends = np.searchsorted(planner.grid.at, [end for _, end in spans]) - 1
    for number, (began, ended) in enumerate(spans[:days]):
        last = runs.traces[:, ends[number]]
        before = runs.traces[:, ends[number - 1]] if number else np.zeros_like(last)
        gained = dict(zip(COLUMNS, (last - before).T, strict=True))
        dials = [d for d in came.dials if began <= d.at < ended + 3600 and not d.inbound]
        talks = [d for d in dials if d.outcome == Outcome.TALKED]
        won = sum(1 for d in talks if (known := dispositions.get(d.disposition)) is not None and known.success)
        busy_s = sum(
            max(0.0, min(p.ended_at, ended) - max(p.began_at, began)) for p in came.presences if p.state in BUSY
        )
        when = f"day {number + 1}"
        for what, actual in (("dials", len(dials)), ("talks", len(talks)), ("successes", won)):
            found.append(Prediction(what=what, when=when, range=range_of(gained[what]), actual=float(actual)))
        found.append(
            Prediction(what="busy hours", when=when, range=range_of(gained["busy_s"] / 3600), actual=busy_s / 3600)
        )
    return found


def finish_predictions(
    planner: Planner, runs: Runs, progress: Sequence[tuple[float, int]], *, total: int
) -> list[Prediction]:
    """Hours until shares of the records were done. ``progress``: instants, and records done by then, both rising."""
    found = []
    share_done = runs.share_done()
    instants, counts = np.array(progress, dtype=np.float64).T
    for share in (0.5, 0.8, 0.9):
        place = int(np.searchsorted(counts, share * total))
        if place in (0, len(counts)) or instants[place - 1] < planner.grid.at[0]:
            continue
        part = (share * total - counts[place - 1]) / (counts[place] - counts[place - 1])
        came_at = instants[place - 1] + part * (instants[place] - instants[place - 1])
        times = planner.times_until(runs, share_done, share)
        found.append(
            Prediction(
                what="hours to finish",
                when=f"{share:.0%} done",
                range=range_of((times - planner.grid.start) / 3600),
                actual=float(came_at - planner.grid.start) / 3600,
            )
        )
    return found
