"""From a controller's name, as campaigns write it, to the controller."""

from __future__ import annotations

from collections.abc import Callable
from difflib import get_close_matches
from random import Random

from callwright.kit.errors import BadInput
from callwright.model.campaign import PacingRules
from callwright.pacing.callwright import Callwright
from callwright.pacing.floor import Controller
from callwright.pacing.peers import OpenRatio, Vicidial, Webitel
from callwright.pacing.plain import FixedRatio, Progressive, ThresholdPolicy
from callwright.pacing.reference import Reference
from callwright.pacing.textbook import Binomial, ErlangB

_MAKERS: dict[str, Callable[[PacingRules], Controller]] = {
    "progressive": lambda rules: Progressive(lines_per_agent=rules.lines_per_agent),
    "fixed_ratio": lambda rules: FixedRatio(ratio=rules.fixed_ratio),
    "erlang_b": lambda rules: ErlangB(),
    "binomial": lambda rules: Binomial(),
    "vicidial_hard": lambda rules: Vicidial(method="hard"),
    "vicidial_average": lambda rules: Vicidial(method="average"),
    "vicidial_tapered": lambda rules: Vicidial(method="tapered"),
    "webitel": lambda rules: Webitel(),
    "open_ratio": lambda rules: OpenRatio(),
    "callwright": lambda rules: Callwright(drop_late_ringers=rules.drop_late_ringers),
    "reference": lambda rules: Reference(drop_late_ringers=rules.drop_late_ringers),
    "threshold": lambda rules: ThresholdPolicy(),
}
CONTROLLERS: tuple[str, ...] = tuple(_MAKERS)
"""Every name ``make_controller`` knows."""


def make_controller(
    name: str,
    *,
    rules: PacingRules | None = None,
    fixed_ratio: float | None = None,
    lines_per_agent: int | None = None,
    drop_late_ringers: bool | None = None,
    rng: Random | None = None,
) -> Controller:
    """A fresh controller. Single settings go before those of ``rules``; ``rng`` is for those that draw (none yet).

    Raises BadInput for an unknown name, naming the nearest right one.
    """
    make = _MAKERS.get(name)
    if make is None:
        near = get_close_matches(name, CONTROLLERS, n=1, cutoff=0.0)
        raise BadInput(f"There is no pacing controller {name!r}; write {near[0]!r} or one of {', '.join(CONTROLLERS)}.")
    base = rules or PacingRules()
    return make(
        PacingRules(
            controller=name,
            fixed_ratio=base.fixed_ratio if fixed_ratio is None else fixed_ratio,
            lines_per_agent=base.lines_per_agent if lines_per_agent is None else lines_per_agent,
            drop_late_ringers=base.drop_late_ringers if drop_late_ringers is None else drop_late_ringers,
        )
    )
