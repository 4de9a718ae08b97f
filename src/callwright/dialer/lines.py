"""Lines: which trunk carries a call, how many more may be opened, and what forbids one more.

Channels and calls per second are limits of each trunk; the campaign's own limits come on top of them. What a trunk has
cost is in ``spend``, how it fares in ``trunk_health``, what is never dialled by accident in ``toll_fraud``.
"""

from __future__ import annotations

import math
from collections import deque
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from callwright.dialer.ports import LineChange, LineRules, LineUse, Trunk
from callwright.dialer.spend import SpendMeter
from callwright.dialer.toll_fraud import RISKY, PrefixCap, longest_prefix, risky_prefix
from callwright.dialer.trunk_health import SILENT_S, Breaker, BreakerState, Health, HealthWindow
from callwright.model.attempt import Attempt

_MOST_ROUTES = 200_000
Tell = Callable[[LineChange], None]


@dataclass(frozen=True, kw_only=True, slots=True)
class NoLine:
    """Nothing carries the call now. ``rule`` says why: "no_room" (ask again at once), "breaker", "spend_hour",
    "spend_day", "calls_per_hour" (not before ``until``), "denied_prefix", "risky_prefix", "no_prefix" (never)."""

    rule: str
    until: float | None = None
    about: str = ""  # the beginning meant

    @property
    def never(self) -> bool:
        return self.until is None and self.rule != "no_room"


NO_ROOM = NoLine(rule="no_room")


class _Use:
    """A trunk in use."""

    __slots__ = (
        *("breaker", "busy", "health", "last_sign_at", "refilled_at", "rings", "signless", "spend", "tokens"),
        *("told_cap", "trunk"),
    )

    def __init__(self, trunk: Trunk, now: float) -> None:
        self.trunk = trunk
        self.busy = 0
        self.tokens = max(1.0, trunk.calls_per_s)
        self.refilled_at = now
        self.breaker = Breaker()
        self.health = HealthWindow()
        self.spend = SpendMeter(trunk.most_per_hour, trunk.most_per_day)
        self.signless: deque[tuple[float, int]] = deque()  # (dialed at, attempt) in order; may have had a sign since
        self.last_sign_at = -math.inf
        self.rings = False  # it tells us when a telephone rings; some carriers say nothing before the answer
        self.told_cap: str | None = None


class _Held:
    """A channel that is occupied by an attempt."""

    __slots__ = ("answered_at", "caps", "dialed_at", "judged", "rate", "use")

    def __init__(self, use: _Use, rate: float, caps: tuple[PrefixCap, ...], dialed_at: float) -> None:
        self.use, self.rate, self.caps, self.dialed_at = use, rate, caps, dialed_at
        self.answered_at: float | None = None
        self.judged = False  # the breaker has had its evidence of this dial


class _Route:
    """What may carry numbers of one beginning: trunks with the cost of a second, best first; or why nothing may."""

    __slots__ = ("caps", "refused", "ways")

    def __init__(self, ways: list[tuple[_Use, float]], caps: tuple[PrefixCap, ...], refused: NoLine | None) -> None:
        self.ways, self.caps, self.refused = ways, caps, refused


class Lines:
    """The trunks of one floor. For each number: by the longest prefix, then in their order; or the cheapest first."""

    def __init__(self, trunks: Sequence[Trunk], now: float, rules: LineRules | None = None) -> None:
        self.rules = rules or LineRules()
        self.tell: Tell = lambda change: None
        self._use = [_Use(trunk, now) for trunk in trunks]
        self._by_name = {use.trunk.name: use for use in self._use}
        self._caps = [PrefixCap(prefix, most) for prefix, most in self.rules.calls_per_hour.items()]
        self._held: dict[int, _Held] = {}
        self._routes: dict[str, _Route] = {}
        told = [*RISKY, *self.rules.denied_prefixes, *self.rules.calls_per_hour]
        told += [p for t in trunks for p in (*t.prefixes, *t.denied_prefixes, *t.rates)]
        self._tells = max(map(len, told))  # digits after which nothing more is decided
        self._day_ends = next_midnight(now, self.rules.time_zone)

    @property
    def several(self) -> bool:
        return len(self._use) > 1

    # --- before the dial --------------------------------------------------------------------------------------------

    def room(self, now: float) -> tuple[int, int]:
        """(free channels, calls that may be opened at this instant) over all trunks that may be dialled over."""
        free = rate = 0
        for use in self._use:
            if use.signless and use.signless[0][0] <= now - SILENT_S:
                self._look_at_silence(use, now)
            room = use.trunk.channels - use.busy
            if use.breaker.state is not BreakerState.CLOSED or use.spend.capped:
                why = self._blocked(use, now, use.trunk.cost_per_minute / 60.0)
                if use.spend.capped:
                    self._tell_spend(use, now, why)
                if why is not None:
                    continue
                if use.breaker.state is not BreakerState.CLOSED:
                    room = min(room, 1)  # the trial
            self._refill(use, now)
            free += room
            rate += min(room, int(use.tokens))
        return free, rate

    def take(self, attempt_id: int, number: str, now: float, *, without: Collection[str] = ()) -> Trunk | NoLine:
        """Occupy a channel for ``number`` (E.164) of a trunk not named in ``without``; or say why there is none."""
        route = self._route(number)
        if route.refused is not None:
            return route.refused
        for cap in route.caps:
            until = cap.free_at(now)
            if until is not None:
                self._tell_cap(cap, now, until)
                return NoLine(rule="calls_per_hour", until=until, about=cap.prefix)
            cap.told = False
        blocked: NoLine | None = None
        for use, rate in route.ways:
            if without and use.trunk.name in without:
                continue
            why = None
            if use.breaker.state is not BreakerState.CLOSED or use.spend.capped:
                why = self._blocked(use, now, rate)
            if why is not None:
                if blocked is None or (why.until or math.inf) < (blocked.until or math.inf):
                    blocked = why
                continue
            self._refill(use, now)
            if use.busy < use.trunk.channels and use.tokens >= 1.0:
                use.tokens -= 1.0
                self._hold(attempt_id, use, rate, route.caps, now)
                use.signless.append((now, attempt_id))
                for cap in route.caps:
                    cap.note(now)
                return use.trunk
            blocked = NO_ROOM  # it will have room in a moment
        if blocked is None:  # every way has been tried
            return NoLine(rule="breaker", until=now + 60.0)
        return blocked

    def untake(self, attempt_id: int) -> None:
        """The call was not dialled after all."""
        held = self._held.pop(attempt_id, None)
        if held is None:
            return
        use = held.use
        use.busy -= 1
        use.tokens += 1.0
        use.spend.over(held.rate, None, held.dialed_at)
        use.breaker.undecided(attempt_id)
        if use.signless and use.signless[-1][1] == attempt_id:
            use.signless.pop()
        for cap in held.caps:
            cap.forget(held.dialed_at)

    def other_way(self, number: str, tried: Collection[str], now: float) -> bool:
        """Whether a trunk not in ``tried`` may be dialled over for this number."""
        route = self._route(number)
        if route.refused is not None or any(cap.free_at(now) is not None for cap in route.caps):
            return False
        return any(
            use.trunk.name not in tried and self._blocked(use, now, rate) is None and use.trunk.channels > 0
            for use, rate in route.ways
        )

    # --- the life of the call ---------------------------------------------------------------------------------------

    def adopt(self, attempt: Attempt, now: float) -> None:
        """A call found alive after a restart occupies its channel."""
        use = self._by_name.get(attempt.trunk or "")
        if use is None or attempt.id in self._held:
            return
        rate = self._rate(use.trunk, attempt.number)
        held = self._hold(attempt.id, use, rate, (), attempt.dialed_at)
        held.judged = True  # what it tells of the trunk is old
        if attempt.answered_at is not None:
            held.answered_at = attempt.answered_at
            use.spend.answered(rate, attempt.answered_at)

    def rings(self, attempt_id: int, now: float) -> None:
        """The far end says that a telephone rings, or speaks to us before the answer."""
        held = self._held.get(attempt_id)
        if held is not None:
            held.use.rings = True
            self._sign(attempt_id, now)

    def _sign(self, attempt_id: int, now: float) -> None:
        """A sign of life; a dial's first one counts."""
        held = self._held.get(attempt_id)
        if held is None:
            return
        held.use.last_sign_at = now
        if held.judged:
            return
        held.judged = True
        held.use.health.sign(now, now - held.dialed_at)
        self._judge(held.use, attempt_id, False, now)

    def answered(self, attempt_id: int, now: float) -> None:
        held = self._held.get(attempt_id)
        if held is None or held.answered_at is not None:
            return
        self._sign(attempt_id, now)
        held.answered_at = now
        held.use.spend.answered(held.rate, now)
        held.use.health.resolved(now, answered=True, failed=False)

    def over(self, attempt_id: int, now: float, failed: bool | None) -> None:
        """The call is over. ``failed``: the carrier did not carry it; None: that is not known, or the end was ours."""
        held = self._held.pop(attempt_id, None)
        if held is None:
            return
        self._move(now)
        use = held.use
        use.busy -= 1
        use.spend.over(held.rate, held.answered_at, now)
        if held.answered_at is None and failed is not None:
            use.health.resolved(now, answered=False, failed=failed)
            if not held.judged:
                self._judge(use, attempt_id, failed, now)
        use.breaker.undecided(attempt_id)

    def cost(self, trunk: str | None, number: str, seconds: float) -> float:
        """What ``seconds`` from the answer on cost on the trunk, to this number."""
        if trunk not in self._by_name or seconds <= 0:
            return 0.0
        return self._rate(self._by_name[trunk].trunk, number) * seconds

    # --- for restarts and operators ---------------------------------------------------------------------------------

    def windows(self, now: float) -> tuple[float, float, tuple[str, ...]]:
        """What ``read_back`` wants to know: (from when, since which midnight, of which beginnings)."""
        self._move(now)
        day_from = next_midnight(self._day_ends - 36 * 3600.0, self.rules.time_zone)
        return now - 3600.0, day_from, tuple(cap.prefix for cap in self._caps)

    def read_back(self, used: LineUse) -> None:
        """Take up what was spent and dialled before this process began."""
        for name, use in self._by_name.items():
            minutes = {minute: cost for (trunk, minute), cost in used.spent.items() if trunk == name}
            use.spend.read_back(minutes, used.spent_today.get(name, 0.0))
        for cap in self._caps:
            cap.read_back(used.dialed.get(cap.prefix, []))

    def health(self, name: str, now: float) -> Health:
        return self._by_name[name].health.read(now)

    def breaker(self, name: str) -> BreakerState:
        return self._by_name[name].breaker.state

    def spent(self, name: str, now: float) -> tuple[float, float]:
        """(this hour, this day), as counted against the caps."""
        self._move(now)
        meter = self._by_name[name].spend
        return meter.hour(now), meter.day(now)

    # --- within -----------------------------------------------------------------------------------------------------

    def _hold(self, attempt_id: int, use: _Use, rate: float, caps: tuple[PrefixCap, ...], dialed_at: float) -> _Held:
        held = self._held[attempt_id] = _Held(use, rate, caps, dialed_at)
        use.busy += 1
        use.spend.opened(rate)
        use.breaker.dialed(attempt_id)
        return held

    def _blocked(self, use: _Use, now: float, rate: float) -> NoLine | None:
        """What forbids any call over the trunk now, besides channels and calls per second."""
        breaker = use.breaker
        if breaker.state is not BreakerState.CLOSED:
            was_open = breaker.state is BreakerState.OPEN
            allowed = breaker.allows(now)
            if was_open and breaker.state is BreakerState.HALF_OPEN:
                self._tell_breaker(use, now)
            if not allowed:
                until = breaker.until if breaker.state is BreakerState.OPEN else now + 1.0
                return NoLine(rule="breaker", until=until, about=use.trunk.name)
        if use.spend.capped:
            self._move(now)
            cap = use.spend.blocked(now, rate, self._day_ends)
            if cap is not None:
                return NoLine(rule=cap[0], until=cap[1], about=use.trunk.name)
        return None

    def _route(self, number: str) -> _Route:
        beginning = number[: self._tells]
        route = self._routes.get(beginning)
        if route is None:
            if len(self._routes) >= _MOST_ROUTES:
                self._routes.clear()
            route = self._routes[beginning] = self._find_route(beginning)
        return route

    def _find_route(self, number: str) -> _Route:
        """Trunks that may dial the beginning, best first; where none may, the nearest reason."""
        denied = longest_prefix(number, self.rules.denied_prefixes)
        if denied is not None:
            return _Route([], (), NoLine(rule="denied_prefix", about=denied))
        risky = risky_prefix(number)
        found: list[tuple[tuple[float, int], _Use, float]] = []
        refused = NoLine(rule="no_prefix", about=number)
        for use in self._use:
            may = longest_prefix(number, use.trunk.prefixes)
            if may is None:
                continue
            denied = longest_prefix(number, use.trunk.denied_prefixes)
            if denied is not None:
                refused = NoLine(rule="denied_prefix", about=denied)
            elif risky is not None and not may.startswith(risky):
                refused = NoLine(rule="risky_prefix", about=risky)
            else:
                rate = self._rate(use.trunk, number)
                found.append(((rate, -len(may)) if self.rules.least_cost else (-len(may), 0), use, rate))
        found.sort(key=lambda way: way[0])  # stable: the order of the trunks decides among equals
        caps = tuple(cap for cap in self._caps if number.startswith(cap.prefix))
        return _Route([(use, rate) for _, use, rate in found], caps, None if found else refused)

    @staticmethod
    def _rate(trunk: Trunk, number: str) -> float:
        """The cost of a second."""
        if trunk.rates:
            own = longest_prefix(number, tuple(trunk.rates))
            if own is not None:
                return trunk.rates[own] / 60.0
        return trunk.cost_per_minute / 60.0

    @staticmethod
    def _refill(use: _Use, now: float) -> None:
        rate = use.trunk.calls_per_s
        use.tokens = min(max(1.0, rate), use.tokens + (now - use.refilled_at) * rate)
        use.refilled_at = now

    def _move(self, now: float) -> None:
        """A new day begins at midnight."""
        if now >= self._day_ends:
            self._day_ends = next_midnight(now, self.rules.time_zone)
            for use in self._use:
                use.spend.new_day()

    def _look_at_silence(self, use: _Use, now: float) -> None:
        """Dials without a sign of life for too long are evidence before they end: where the trunk tells of ringing, or
        has never told anything, and nothing at all has come from it since."""
        signless, edge = use.signless, now - SILENT_S
        while signless and signless[0][0] <= edge:
            _, attempt_id = signless.popleft()
            held = self._held.get(attempt_id)
            if held is None or held.use is not use or held.judged or use.last_sign_at > held.dialed_at:
                continue
            if use.rings or use.last_sign_at == -math.inf:
                held.judged = True
                self._judge(use, attempt_id, True, now)

    def _judge(self, use: _Use, attempt_id: int, failed: bool, now: float) -> None:
        before = use.breaker.state
        use.breaker.note(attempt_id, failed, now)
        if use.breaker.state is not before:
            self._tell_breaker(use, now)

    def _tell_breaker(self, use: _Use, now: float) -> None:
        state, seen = use.breaker.state, use.health.read(now)
        until = use.breaker.until if state is BreakerState.OPEN else None
        self._say(use, now, state.value, until, {"dials": seen.dials, "failed": seen.failed, "answered": seen.answered})

    def _tell_cap(self, cap: PrefixCap, now: float, until: float) -> None:
        if not cap.told:
            cap.told = True
            detail = {"most": cap.most}
            self.tell(
                LineChange(at=now, kind="prefix", name=cap.prefix, state="calls_per_hour", until=until, detail=detail)
            )

    def _tell_spend(self, use: _Use, now: float, why: NoLine | None) -> None:
        told = why.rule if why is not None and why.rule.startswith("spend") else None
        if told == use.told_cap:
            return
        use.told_cap, meter = told, use.spend
        detail = {
            "hour": round(meter.hour(now), 4),
            "day": round(meter.day(now), 4),
            "most_per_hour": meter.most_per_hour,
            "most_per_day": meter.most_per_day,
        }
        self._say(use, now, told or "spend_free", why.until if told is not None and why is not None else None, detail)

    def _say(self, use: _Use, now: float, state: str, until: float | None, detail: Mapping[str, Any]) -> None:
        self.tell(LineChange(at=now, kind="trunk", name=use.trunk.name, state=state, until=until, detail=detail))


def prefixes_named(trunks: Iterable[Trunk]) -> frozenset[str]:
    """Every beginning that some trunk may dial."""
    return frozenset(prefix for trunk in trunks for prefix in trunk.prefixes)


def next_midnight(at: float, zone: str) -> float:
    """The first midnight of the zone after ``at``."""
    local = datetime.fromtimestamp(at, ZoneInfo(zone))
    day = local.replace(hour=0, minute=0, second=0, microsecond=0, fold=0)
    return (day + timedelta(days=1)).timestamp()
