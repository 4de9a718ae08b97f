"""The floors the pacing benches are run on, by name: the plain one, and those that hurt."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from math import log
from random import Random
from typing import Any

from _pacing_world import Callers, World

HOUR = 3600.0
JUMP_AT = 2 * HOUR
HANDLE_S = 140.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Scenario:
    """``make(agents, p)`` gives the floor. ``against`` is what its utilisation is measured by: another scenario's, or
    ``warm``: the same floor once the controller has had a day of it, where a model is wrong at first.
    ``p``: the answer rate it is run at. ``jump_at``: when something happens that the next minutes are judged by.
    """

    about: str
    make: Callable[[int, float], World]
    p: float = 0.3
    against: str = ""
    jump_at: float | None = None
    controllers: int = 1


def floor(agents: int, p: float, **more: Any) -> World:
    return World(**({"agents": agents, "p_at": lambda _: p} | more))


def _of(about: str, p: float = 0.3, against: str = "", **more: Any) -> Scenario:
    return Scenario(about=about, make=lambda agents, rate: floor(agents, rate, **more), p=p, against=against)


def _jump(agents: int, p: float, **more: Any) -> World:
    return floor(agents, p, p_at=lambda at: p if at < JUMP_AT else min(0.95, 3 * p), **more)


def _list_change(agents: int, p: float, **more: Any) -> World:
    return floor(
        agents,
        p,
        p_at=lambda at: 0.15 if at < JUMP_AT else 0.45,
        ring_mean_at=lambda at: 12.0 if at < JUMP_AT else 7.0,
        **more,
    )


def _lunch(n: int, rng: Random) -> tuple[float, float] | None:
    if n % 3:
        return None
    begin = 3 * HOUR + rng.uniform(0.0, 600.0)
    return begin, begin + HOUR


def _blended(agents: int, p: float) -> World:
    load = 0.2 * agents  # a fifth of the agents' time is callers'
    return floor(agents, p, callers=Callers(per_hour=load * HOUR / HANDLE_S))


def _two_campaigns(agents: int, p: float) -> World:
    return floor(agents, p, also=(floor(agents, p / 2, talk_mean_s=60.0, ring_mean_s=9.0),))


def _two_tiers(agents: int, p: float) -> World:
    """Everybody may have the first tier's leads, every other agent the second's too."""
    also = (floor(agents, p / 2, talk_mean_s=200.0),)
    return floor(agents, p, also=also, serves=lambda n: (0, 1) if n % 2 else (0,))


_AMD: dict[str, Any] = {"machines": 0.15, "passed": 0.1}

SCENARIOS: dict[str, Scenario] = {
    "plain": _of("as in the table above"),
    "untold": _of("no lead's chance is told", told=lambda _: None, against="plain"),
    "told_double": _of("every lead's chance told twice too high", told=lambda p: min(0.98, 2 * p), against="plain"),
    "told_half": _of("every lead's chance told twice too low", told=lambda p: p / 2, against="plain"),
    "mixed": _of("leads' chances Beta (a + b = 3), told", spread=3.0),
    "mixed_noise": _of("the same, each told off by x2 at random", spread=3.0, noise=log(2), against="mixed"),
    "mixed_untold": _of("the same, untold", spread=3.0, told=lambda _: None, against="mixed"),
    "talk_half": _of("talk x 0.5", talk_mean_s=60.0, against="warm"),
    "talk_long": _of("talk x 2.5", talk_mean_s=300.0, against="warm"),
    "talk_even": _of("talk, cv 0.4", talk_cv=0.4, against="warm"),
    "talk_wild": _of("talk, cv 2", talk_cv=2.0, against="warm"),
    "talk_bimodal": _of("two in five talks end after 5-20 s", short_talks=0.4, against="warm"),
    "wrap_random": _of("wrap-up lognormal, cv 1", wrap_cv=1.0, against="plain"),
    "ring_double": _of("ring x 2: 24 s, unanswered 50 s", ring_mean_s=24.0, silence_s=50.0, against="warm"),
    "ring_half": _of("ring x 0.5: 6 s", ring_mean_s=6.0, against="warm"),
    "stages": _of("the script tells greeting, offer and closing", stages=True),
    "jump": Scenario(
        about="the answer rate trebles, told the old one",
        make=lambda n, p: _jump(n, p, told=lambda _: p),
        p=0.2,
        jump_at=JUMP_AT,
    ),
    "jump_untold": Scenario(
        about="the same, nothing told", make=lambda n, p: _jump(n, p, told=lambda _: None), p=0.2, jump_at=JUMP_AT
    ),
    "list_change": Scenario(
        about="another list (class and chance told): p .15 -> .45, ring 12 -> 7 s",
        make=lambda n, p: _list_change(n, p, kind_at=lambda at: "old" if at < JUMP_AT else "new"),
        jump_at=JUMP_AT,
    ),
    "list_change_untold": Scenario(
        about="the same and nobody says so",
        make=lambda n, p: _list_change(n, p, told=lambda _: None),
        jump_at=JUMP_AT,
    ),
    "lunch": _of("a third of the agents away for an hour", away=_lunch, against="plain"),
    "shift_start": _of("agents log in over ten minutes", login=lambda n, rng: rng.uniform(0.0, 600.0), against="plain"),
    "lossy": _of("one dial in five fails after 1-3 s", lossy=0.2, against="plain"),
    "amd_share": _of(
        "1 % of persons taken for machines, the share told", false_alarm=0.01, alarms_told="share", **_AMD
    ),
    "amd_counted": _of("the same, counted as abandons", false_alarm=0.01, alarms_told="counted", **_AMD),
    "amd_2.5_share": _of("2.5 %, the share told", false_alarm=0.025, alarms_told="share", **_AMD),
    "amd_2.5_counted": _of("2.5 %, counted", false_alarm=0.025, alarms_told="counted", **_AMD),
    "campaigns": Scenario(about="two campaigns on the same agents", make=_two_campaigns, controllers=2),
    "tiers": Scenario(about="two tiers; half of the agents for both", make=_two_tiers, controllers=2),
    "budget_spent": _of("3.2 % of 10,000 abandoned before today", carried=(10_000, 320)),
    "budget_saved": _of("1 % of 10,000 abandoned before today", carried=(10_000, 100), against="plain"),
    "limit_1": _of("the abandon limit is 1 %", limit=0.01),
    "inbound": Scenario(about="a fifth of the agents' time is callers', 80 % in 20 s promised", make=_blended),
}
ROWS = ("plain", "mixed")
"""What the main table holds; the others are the table of trials."""
