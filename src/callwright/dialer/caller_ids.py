"""The number we show: which of a campaign's caller IDs a person sees, and how hard each may be worked.

Precedence: the number a promised call-back was promised on; the number this person was shown before; the same area
code; the same state; the longest common beginning within the country; the campaign's own order. Among equals a
customer's number is theirs by a hash that moves nobody else when numbers come or go. A number at its daily cap or
resting is passed over; where the person's own number only rests, or none is free, the dial waits.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from hashlib import blake2b

from callwright.dialer.answer_watch import AnswerWatch
from callwright.dialer.lines import Tell, next_midnight
from callwright.dialer.ports import CallerId, LineChange, LineUse
from callwright.lists.area_codes import STATE_OF_AREA_CODE
from callwright.model.attempt import Attempt

_TELLS = 8
"""Characters of a number after which nothing more is local about it."""
_MOST_PLACES = 100_000
_TWO_DIGITS = frozenset(
    f"{n}"
    for n in (20, 27, *range(30, 35), 36, 39, 40, 41, *range(43, 50), *range(51, 59), *range(60, 67), 81, 82, 84, 86)
) | frozenset(f"{n}" for n in (*range(90, 96), 98))
"""Calling codes of two digits; 1 and 7 have one, all others three."""


@dataclass(frozen=True, kw_only=True, slots=True)
class NoCallerId:
    """No number may be shown now. ``rule``: "caller_id_rest", "caller_id_cap", "caller_id_withdrawn" (all of them)."""

    rule: str
    until: float | None


class _Own:
    """One of our numbers."""

    __slots__ = ("cap", "last_at", "number", "region", "rest_s", "seed", "today", "withdrawn")

    def __init__(self, number: str) -> None:
        self.number = number
        self.seed = int.from_bytes(blake2b(number.encode(), digest_size=8).digest(), "big")
        self.region = _state_of(number)
        self.cap: int | None = None
        self.rest_s = 0.0
        self.withdrawn = False
        self.today = 0
        self.last_at = -math.inf

    @property
    def limited(self) -> bool:
        return self.cap is not None or self.rest_s > 0.0

    def free_at(self, now: float, day_ends: float) -> float | None:
        """None: it may be shown now; else when it may be."""
        if self.cap is not None and self.today >= self.cap:
            return day_ends
        if self.rest_s > 0.0 and now < self.last_at + self.rest_s:
            return self.last_at + self.rest_s
        return None


Group = tuple[tuple[_Own, ...], bool]  # equals; True: whose is told by the hash, False: the first free one


class _Pool:
    """A campaign's numbers, with what is local to a place worked out once."""

    __slots__ = ("free", "numbers", "owns", "places")

    def __init__(self, owns: Sequence[_Own]) -> None:
        self.owns = tuple(owns)
        self.numbers = {own.number: own for own in owns}
        self.free = not any(own.limited or own.withdrawn for own in owns)  # every number may be shown at any time
        self.places: dict[tuple[str, str], tuple[Group, ...]] = {}

    def groups(self, number: str, region: str) -> tuple[Group, ...]:
        """The numbers in groups of equals, the nearest to the called number first."""
        place = (number[:_TELLS], region)
        found = self.places.get(place)
        if found is None:
            if len(self.places) >= _MOST_PLACES:
                self.places.clear()
            found = self.places[place] = self._find_groups(place[0], region)
        return found

    def _find_groups(self, number: str, region: str) -> tuple[Group, ...]:
        country = _country_part(number)
        state = region or _state_of(number)
        ranks: dict[tuple[int, int], list[_Own]] = {}
        for own in self.owns:
            if own.withdrawn:
                continue
            common = _common(own.number, number)
            if common < len(country):
                rank = (3, 0)
            elif country == "+1" and common >= 5:
                rank = (0, 0)
            elif state and own.region == state:
                rank = (1, 0)
            else:
                rank = (2, 0 if country == "+1" else -common)
            ranks.setdefault(rank, []).append(own)
        return tuple((tuple(ranks[rank]), rank[0] < 3) for rank in sorted(ranks))


class CallerIds:
    """The caller IDs of one floor. Numbers nobody described have no cap and never rest."""

    def __init__(self, now: float, time_zone: str = "UTC") -> None:
        self.tell: Tell = lambda change: None
        self.watch = AnswerWatch()
        self._zone = time_zone
        self._day_ends = next_midnight(now, time_zone)
        self._owns: dict[str, _Own] = {}
        self._pools: dict[tuple[str, ...], _Pool] = {}
        self._taken: dict[
            int, tuple[_Own, float]
        ] = {}  # attempt -> its limited number, and when it was last shown before

    def know(self, described: Sequence[CallerId], now: float) -> None:
        """Take up what the store says of our numbers; an operator may have withdrawn one, or given it back."""
        changed = False
        for each in described:
            own = self._own(each.number)
            region = each.region.rpartition("-")[2] or _state_of(each.number)
            before = (own.cap, own.rest_s, own.region, own.withdrawn)
            if own.withdrawn is not each.withdrawn:
                state = "withdrawn" if each.withdrawn else "given_back"
                self.tell(LineChange(at=now, kind="caller_id", name=each.number, state=state))
            own.cap, own.rest_s, own.region, own.withdrawn = each.daily_cap, each.rest_s, region, each.withdrawn
            changed = changed or before != (own.cap, own.rest_s, own.region, own.withdrawn)
        if changed:
            self._pools.clear()

    def read_back(self, used: LineUse) -> None:
        """Take up how often each number was shown today before this process began."""
        for number, (dials, last_at) in used.shown_today.items():
            own = self._own(number)
            own.today, own.last_at = dials, last_at
        self.watch.believe_low(used.answered_low)

    def room(self, pool: tuple[str, ...], now: float) -> float:
        """How many dials may be made at this instant with the pool's numbers (infinite where nothing limits them)."""
        if not pool:
            return math.inf
        known = self._pool(pool)
        if known.free:
            return math.inf
        self._move(now)
        room = 0.0
        for own in known.owns:
            if own.withdrawn or own.free_at(now, self._day_ends) is not None:
                continue
            if own.rest_s > 0.0:
                room += 1
            else:
                room += math.inf if own.cap is None else own.cap - own.today
        return room

    def choose(
        self,
        pool: tuple[str, ...],
        number: str,
        now: float,
        *,
        region: str = "",
        customer_id: int | None = None,
        before: str | None = None,
        promised: bool = False,
    ) -> str | NoCallerId | None:
        """The caller ID for a dial to ``number``; None: the campaign has none. ``before``: what this customer was shown
        last; ``promised``: this is the call-back they asked for, made from the number they know, come what may."""
        if not pool:
            return None
        known = self._pool(pool)
        own = known.numbers.get(before) if before is not None else None
        if known.free:
            if own is not None:
                return own.number
            members, by_hash = known.groups(number, region)[0]
            return (_theirs(members, number, customer_id) if by_hash else members[0]).number
        self._move(now)
        if own is not None and not own.withdrawn:
            free_at = own.free_at(now, self._day_ends)
            if free_at is None or promised:
                return own.number
            if free_at < self._day_ends:
                return NoCallerId(rule="caller_id_rest", until=free_at)
        groups = known.groups(number, region)
        for members, by_hash in groups:
            free = [each for each in members if each.free_at(now, self._day_ends) is None]
            if free:
                return (_theirs(free, number, customer_id) if by_hash else free[0]).number
        waits = [each.free_at(now, self._day_ends) or now for members, _ in groups for each in members]
        if not waits:
            return NoCallerId(rule="caller_id_withdrawn", until=None)
        until = min(waits)
        return NoCallerId(rule="caller_id_cap" if until >= self._day_ends else "caller_id_rest", until=until)

    def keeps(self, pool: tuple[str, ...], before: str | None) -> bool:
        """Whether a number shown before stays the customer's own: not where it is withdrawn, or none of the pool's."""
        if len(pool) == 1:
            return True  # nothing to keep apart
        own = self._pool(pool).numbers.get(before) if before is not None else None
        return own is not None and not own.withdrawn

    def take(self, attempt_id: int, caller_id: str | None, now: float) -> None:
        """A dial shows this number."""
        own = self._owns.get(caller_id) if caller_id is not None else None
        if own is not None and own.limited:
            self._taken[attempt_id] = (own, own.last_at)
            own.today += 1
            own.last_at = now

    def untake(self, attempt_id: int) -> None:
        """The dial was not made after all."""
        taken = self._taken.pop(attempt_id, None)
        if taken is not None:
            own, last_at = taken
            own.today -= 1
            own.last_at = last_at

    def dialed(self, attempt_id: int) -> None:
        """The dial is on its way: it can no longer be untaken."""
        if self._taken:
            self._taken.pop(attempt_id, None)

    def result(self, attempt: Attempt, answered: bool, now: float) -> None:
        """A dial told something about its caller ID: a person answered, or nobody did."""
        if attempt.caller_id is None:
            return
        stratum = (attempt.campaign_id, min(attempt.number_try_no, 3), attempt.number[:3])
        said = self.watch.result(attempt.caller_id, stratum, answered, now)
        if said is None or not said.changed:
            return
        found = said.comparison
        detail = {
            "calls": found.calls,
            "rate": round(found.rate, 4),
            "expected": round(found.expected, 4),
            "z": round(found.z, 2),
        }
        state = "answers_low" if said.low else "answers_fine"
        self.tell(LineChange(at=now, kind="caller_id", name=attempt.caller_id, state=state, detail=detail))

    def _own(self, number: str) -> _Own:
        own = self._owns.get(number)
        if own is None:
            own = self._owns[number] = _Own(number)
        return own

    def _pool(self, pool: tuple[str, ...]) -> _Pool:
        known = self._pools.get(pool)
        if known is None:
            known = self._pools[pool] = _Pool([self._own(number) for number in dict.fromkeys(pool)])
        return known

    def _move(self, now: float) -> None:
        if now >= self._day_ends:
            self._day_ends = next_midnight(now, self._zone)
            for own in self._owns.values():
                own.today = 0


def caller_id_for(pool: Sequence[str], number: str, customer_id: int | None, region: str = "") -> str | None:
    """The number a person would be shown who was never called: by place and hash alone, whatever rests just now."""
    shown = CallerIds(0.0).choose(tuple(pool), number, 0.0, region=region, customer_id=customer_id)
    assert not isinstance(shown, NoCallerId)
    return shown


def _theirs(members: Sequence[_Own], number: str, customer_id: int | None) -> _Own:
    """The member with the greatest weight for this customer (rendezvous hashing)."""
    if len(members) == 1:
        return members[0]
    who = (customer_id if customer_id is not None else int(number[1:] or 0)) * 0x9E3779B97F4A7C15
    best, heaviest = members[0], -1
    for own in members:
        weight = _mixed(own.seed ^ who)
        if weight > heaviest:
            best, heaviest = own, weight
    return best


def _mixed(x: int) -> int:
    """64 bits stirred until each depends on all (the finish of splitmix64)."""
    x &= 0xFFFFFFFFFFFFFFFF
    x = ((x ^ (x >> 30)) * 0xBF58476D1CE4E5B9) & 0xFFFFFFFFFFFFFFFF
    x = ((x ^ (x >> 27)) * 0x94D049BB133111EB) & 0xFFFFFFFFFFFFFFFF
    return x ^ (x >> 31)


def _state_of(number: str) -> str:
    return STATE_OF_AREA_CODE.get(number[2:5], "") if number.startswith("+1") else ""


def _country_part(number: str) -> str:
    """The number's calling code with its plus."""
    if number[1:2] in ("1", "7"):
        return number[:2]
    return number[:3] if number[1:3] in _TWO_DIGITS else number[:4]


def _common(a: str, b: str) -> int:
    n = 0
    for x, y in zip(a, b, strict=False):
        if x != y:
            break
        n += 1
    return n
