"""A list worked off, record by record, in all possible futures at once: ``deplete``.

Every step agents can take so many talks (``surface``); due records are dialled in the order of the hopper until they
have them, or the lines, or the due records are used up. What is not reached comes back by the campaign's own rules.
Records are numbered through all worlds: record r of world w is ``w * records + r``.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from callwright.planning.cells import BEFORE, ENDS, TRIES
from callwright.planning.draws import Futures
from callwright.planning.fit import TalkEnd
from callwright.planning.grid import Grid
from callwright.planning.rules import NEVER, Columns, Ids, Rules
from callwright.planning.surface import Surface

Numbers = NDArray[np.float64]
COLUMNS = ("dials", "talks", "abandons", "successes", "done", "first", "busy_s")
"""What a trace counts, cumulated by step; ``first``: records that were dialled for the first time."""
_ABANDONED, _TALKED = BEFORE.index("abandoned"), BEFORE.index("talked")
_LINE_S = 20.0  # a line's time for one dial, where the number of lines is the bound


class _Worlds:
    """The state of all worlds. ``first`` and ``later`` hold, by step, promised call-backs and all other returns."""

    def __init__(self, columns: Columns, grid: Grid, rules: Rules, futures: Futures, worlds: range) -> None:
        self.grid, self.rules, self.worlds = grid, rules, worlds
        count, self.records = len(worlds), len(columns.kind)
        self.kind = np.tile(columns.kind.astype(np.int16) * (TRIES * len(BEFORE)), count)
        self.calendar = np.tile(columns.calendar.astype(np.int16), count)
        self.tries = np.tile(columns.tries.astype(np.int16), count)
        self.before = np.tile(columns.before.astype(np.int16), count)
        self.end_tries = np.tile(columns.end_tries.astype(np.int16), (1, count))
        pick = slice(worlds.start, worlds.stop)
        self.table = futures.base[pick].reshape(count, -1)
        self.hour, self.day = futures.hour[pick], futures.day[pick]
        self.ends, self.talk_ends = futures.ends[pick], futures.talk_ends[pick]
        self.handle_s, self.ready, self.drag = futures.handle_s[pick], futures.ready[pick], futures.drag[pick]
        self.doubt = futures.doubt[pick]
        self.several = grid.open_at.shape[0] > 1
        self.dialled = self.tries > 0
        self.dials = np.zeros(count * self.records, dtype=np.uint64)
        self.salt = np.uint64(futures.seed)
        self.shift_ids = np.uint64(worlds.start * self.records)
        if rules.caps is not None:
            self.cap_from = np.full(count * self.records, -1e18)
            self.cap_count = np.zeros(count * self.records, dtype=np.int16)
        steps = len(grid.at) + 1
        self.first: list[list[Ids]] = [[] for _ in range(steps)]
        self.later: list[list[Ids]] = [[] for _ in range(steps)]
        waits = columns.due_at > grid.at[0]
        offsets = (np.arange(count) * self.records)[:, None]
        now = np.flatnonzero(~waits)
        # With one calendar the due records wait in one common order, and a pointer per world walks along it.
        self.raw_step = -1
        self.order = now if not self.several else now[:0]
        self.pointer = np.zeros(count, dtype=np.int64)
        self.queue: Ids = (offsets + now).ravel() if self.several else now[:0]
        self.front: Ids = now[:0]
        rest = np.flatnonzero(waits)
        if len(rest):
            self.come_back((offsets + rest).ravel(), np.tile(columns.due_at[rest], count))

    def come_back(self, ids: Ids, at: Numbers, *, promised: bool = False) -> None:
        """Put records into the step in which they may be dialled again, never into the present one."""
        raw = np.floor((at - self.grid.start) / self.grid.step_s + 1e-9).astype(np.int64)
        raw = np.clip(raw, self.raw_step + 1, self.grid.next_open.shape[1] - 1)
        steps = self.grid.next_open[self.calendar[ids], raw].astype(np.int16)
        order = np.argsort(steps, kind="stable")
        ids, steps = ids[order], steps[order]
        edges = [0, *(np.flatnonzero(np.diff(steps)) + 1).tolist(), len(ids)]
        into = self.first if promised else self.later
        for begin, end in pairwise(edges):
            if end > begin:
                into[steps[begin]].append(ids[begin:end])

    def take_up(self, step: int) -> None:
        """Records whose time has come join: promised call-backs before all others, the rest behind."""
        self.raw_step = round((float(self.grid.at[step]) - self.grid.start) / self.grid.step_s)
        if self.first[step]:
            self.front = self._by_world(np.concatenate([self.front, *self.first[step]]))
        if self.later[step]:
            self.queue = self._by_world(np.concatenate([self.queue, *self.later[step]]))
        self.first[step], self.later[step] = [], []

    def _by_world(self, ids: Ids) -> Ids:
        return ids[np.argsort((ids // self.records).astype(np.int16), kind="stable")]

    def candidates(self, step: int, looks: Ids) -> tuple[Ids, NDArray[np.bool_], list[Ids]]:
        """The next records of every world in their order, as many as ``looks`` says, (world, place), and which places
        are filled; and the three sources' counts by world: front, order, queue."""
        count = len(self.worlds)
        front, front_at = self._edges(self.front)
        queue_ids = self.queue
        if self.several:
            queue_ids = queue_ids[self.grid.open_at[self.calendar[queue_ids], step]]
        queue, queue_at = self._edges(queue_ids)
        left = len(self.order) - self.pointer
        some = np.minimum(looks, front + left + queue)
        look = int(some.max(initial=0))
        place = np.arange(look)[None, :]
        wanted = place < some[:, None]
        in_front = wanted & (place < front[:, None])
        in_order = wanted & ~in_front & (place < (front + left)[:, None])
        in_queue = wanted & ~in_front & ~in_order
        ids = np.zeros((count, look), dtype=np.int64)
        if in_front.any():
            ids[in_front] = self.front[(front_at[:, None] + place)[in_front]]
        if in_order.any():
            offsets = (np.arange(count) * self.records)[:, None]
            along = np.minimum(self.pointer[:, None] + place - front[:, None], max(0, len(self.order) - 1))
            ids[in_order] = (self.order[along] + offsets)[in_order]
        if in_queue.any():
            ids[in_queue] = queue_ids[(queue_at[:, None] + place - (front + left)[:, None])[in_queue]]
        return ids, in_front | in_order | in_queue, [front, left, queue]

    def _edges(self, ids: Ids) -> tuple[Ids, Ids]:
        """How many of these (ordered by world) each world has, and where its first one stands."""
        at = np.searchsorted(ids // self.records, np.arange(len(self.worlds) + 1))
        return np.diff(at), at[:-1]

    def remove(self, dialled: NDArray[np.int64], ids: Ids, counts: list[Ids]) -> None:
        """Take the first ``dialled`` candidates of each world out of where they waited."""
        front, left, _ = counts
        self.pointer += np.clip(dialled - front, 0, left)
        gone = np.zeros(len(self.kind), dtype=bool)
        gone[ids] = True
        if len(self.front):
            self.front = self.front[~gone[self.front]]
        if len(self.queue):
            self.queue = self.queue[~gone[self.queue]]

    def luck(self, ids: Ids, what: int) -> Numbers:
        """A uniform number that belongs to this world, record and dial: plans for other agents or limits meet the same
        luck, so that their differences are theirs and not chance's. (The mixing function of splitmix64.)"""
        with np.errstate(over="ignore"):
            mixed = (ids.astype(np.uint64) + self.shift_ids) * np.uint64(0x9E3779B97F4A7C15)
            mixed += self.dials[ids] * np.uint64(0xD1B54A32D192ED03) + self.salt * np.uint64(0x8CB92BA72F3D8DD7)
            mixed += np.uint64(what) * np.uint64(0xABC98388FB8FAC03)
            mixed = (mixed ^ (mixed >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
            mixed = (mixed ^ (mixed >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
            mixed ^= mixed >> np.uint64(31)
        return np.asarray((mixed >> np.uint64(11)).astype(np.float64) * 2.0**-53)

    def chances(self, ids: Ids, step: int) -> Numbers:
        """Of an answer, (world, place)."""
        index = self.kind[ids] + np.minimum(self.tries[ids], TRIES - 1) * len(BEFORE) + self.before[ids]
        odds = np.take_along_axis(self.table, index.astype(np.int64), axis=1)
        odds += (self.hour[:, self.grid.hour[step]] + self.day[:, self.grid.day[step]])[:, None]
        return np.asarray(1.0 / (1.0 + np.exp(-odds)))


def deplete(
    columns: Columns,
    grid: Grid,
    rules: Rules,
    futures: Futures,
    surface: Surface,
    talk_ends: Sequence[TalkEnd],
    *,
    agents: int,
    worlds: range,
    talk_cv: float = 1.0,
    until: int | None = None,
) -> Numbers:
    """What has come of the list by the end of each step, (world, step, len(COLUMNS)). ``until``: so many steps."""
    state = _Worlds(columns, grid, rules, futures, worlds)
    rng = np.random.default_rng((futures.seed, worlds.start))
    present = futures.present[worlds.start : worlds.stop, :, :agents].sum(-1)
    steps, count = len(grid.at) if until is None else min(until, len(grid.at)), len(worlds)
    trace = np.zeros((count, steps, len(COLUMNS)))
    totals = np.zeros((count, len(COLUMNS)))
    credit, usual = np.zeros(count), np.full(count, 0.2)
    again = np.array([NEVER if end.again_s is None else end.again_s for end in talk_ends])
    success = np.array([end.success for end in talk_ends])
    most = int(min(rules.calls_per_s * grid.step_s, rules.max_lines * grid.step_s / _LINE_S))
    for step in range(steps):
        state.take_up(step)
        day = int(grid.day[step])
        ready = present[:, day] * state.ready[:, day, grid.hour[step]]
        odds = surface.busy_odds(np.maximum(ready, 0.3), usual) + state.drag[:, day]
        engaged = ready / (1.0 + np.exp(-odds))
        talks = engaged * grid.step_s / state.handle_s[:, day]
        if step == 0 or grid.day[step] != grid.day[step - 1]:
            credit = engaged.copy()  # everybody is free in the morning: so many talks begin before the first is over
        credit += np.maximum(0.0, talks + talk_cv * np.sqrt(talks) * rng.standard_normal(count))
        wanted = (credit / (1.0 - surface.abandons)).astype(np.int64)
        looks = np.minimum(most, (1.4 * (wanted + 3) / usual).astype(np.int64) + 40)
        ids, there, counts = state.candidates(step, looks)
        if there.any():
            p = np.where(there, state.chances(ids, step), 0.0)
            answered = state.luck(ids, 0) < p
            before = answered.cumsum(1) - answered
            dialled = there & (before < wanted[:, None])
            taken = dialled.sum(1)
            usual = np.where(taken > 5, np.clip(p.sum(1) / np.maximum(there.sum(1), 1), 0.005, 0.95), usual)
            answered &= dialled
            lost = answered & (state.luck(ids, 1) < surface.abandons)
            talked = answered & ~lost
            starved = (answered.sum(1) < wanted) & (there.sum(1) < looks)
            state.remove(taken, ids[dialled], counts)
            fresh = dialled & ~state.dialled[ids]
            state.dialled[ids[dialled]] = True
            won, done = _end_talks(state, ids[talked], step, again, success)
            done += _end_others(state, ids[lost], ids[dialled & ~answered], step)
            state.dials[ids[dialled]] += np.uint64(1)
            got = talked.sum(1)
            # What could not be dialled is not made up for, but agents left idle are free when records come.
            credit = np.minimum(credit - got, np.where(starved, engaged, talks + engaged))
            off = state.doubt[:, day]
            flows = (taken * off, got * off, lost.sum(1) * off, won * off)
            totals += np.stack((*flows, done, fresh.sum(1), got * off * state.handle_s[:, day]), axis=1)
        else:
            credit = np.minimum(credit, engaged)
        trace[:, step] = totals
    return trace


def _count_by_world(state: _Worlds, ids: Ids) -> NDArray[np.int64]:
    return np.bincount(ids // state.records, minlength=len(state.worlds))


def _end_talks(
    state: _Worlds, ids: Ids, step: int, again: Numbers, success: NDArray[np.bool_]
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Successes among these talks, and records that are done with them, by world; the others come back."""
    shares = state.talk_ends[ids // state.records]
    ends = np.minimum((state.luck(ids, 2)[:, None] > shares).sum(1), len(again) - 1)
    state.tries[ids] += 1
    state.before[ids] = _TALKED
    delay = again[ends]
    back = (delay >= 0) & (state.tries[ids] < state.rules.max_tries)
    if back.any():
        at = _after(state, step) + np.maximum(delay[back], state.rules.gap_s)
        state.come_back(ids[back], at, promised=True)
    return _count_by_world(state, ids[success[ends]]), _count_by_world(state, ids[~back])


def _end_others(state: _Worlds, lost: Ids, unanswered: Ids, step: int) -> NDArray[np.int64]:
    """Abandoned and unanswered dials: how many records are done with them; the others come back by the rules."""
    rules, now = state.rules, _after(state, step)
    state.tries[lost] += 1
    state.before[lost] = _ABANDONED
    if rules.abandoned_s >= 0 and len(lost):
        state.come_back(lost, np.full(len(lost), now + max(rules.abandoned_s, rules.gap_s)))
        lost = lost[:0]
    before = state.before[unanswered]
    shares = state.ends[unanswered // state.records, before]
    ends = np.minimum((state.luck(unanswered, 3)[:, None] > shares).sum(1), len(ENDS) - 1)
    counted = rules.counted[ends]
    state.tries[unanswered] += counted
    state.end_tries[ends, unanswered] += 1
    state.before[unanswered] = np.where(counted | (before == 0), rules.before[ends], before)
    most = rules.most[ends]
    over = (rules.delay_s[ends] < 0) | (state.tries[unanswered] >= rules.max_tries)
    over |= (most > 0) & (state.end_tries[ends, unanswered] > most)
    back = unanswered[~over]
    if len(back):
        at = now + np.maximum(rules.delay_s[ends[~over]], rules.gap_s)
        state.come_back(back, _kept_apart(state, back, at, now))
    return _count_by_world(state, unanswered[over]) + _count_by_world(state, lost)


def _kept_apart(state: _Worlds, ids: Ids, at: Numbers, now: float) -> Numbers:
    """``at`` moved behind the window of the rules' cap where the record's tries in it are used up."""
    caps = state.rules.caps
    if caps is None:
        return at
    anew = now >= state.cap_from[ids] + caps.window_s
    state.cap_from[ids[anew]] = now
    state.cap_count[ids] = np.where(anew, 1, state.cap_count[ids] + 1)
    full = state.cap_count[ids] >= caps.most
    return np.where(full, np.maximum(at, state.cap_from[ids] + caps.window_s), at)


def _after(state: _Worlds, step: int) -> float:
    """The middle of the step, as the instant its dials end."""
    return float(state.grid.at[step] + state.grid.step_s / 2)
