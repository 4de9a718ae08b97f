"""Callers who share the agents with the people we dial: how many come, and how many agents to hold for them."""

from __future__ import annotations

from math import exp, isfinite

import numpy as np

from callwright.pacing.floor import Floor
from callwright.pacing.survival import Numbers

_MEMORY_S = 900.0
_HELD_PER_CALL = 0.5
"""Agents held for each call that is missing to the promised service level."""


class Callers:
    """Learns the callers' rate; holds agents back while the promised share of them is not answered in time."""

    def __init__(self) -> None:
        self._came, self._at = 0.0, 0.0

    def arrived(self, at: float) -> None:
        """A caller came."""
        if isfinite(at):
            self._came = self._fade(at) + 1.0
            self._at = max(at, self._at)

    def _fade(self, now: float) -> float:
        return self._came * exp(-max(0.0, now - self._at) / _MEMORY_S)

    def per_s(self, now: float) -> float:
        """Callers a second, of the last quarter of an hour."""
        return self._fade(now) / _MEMORY_S

    def due(self, now: float, horizon_s: int) -> Numbers | float:
        """Expected callers by each coming second; Poisson, so their variance too."""
        rate = self.per_s(now)
        return rate * np.arange(1.0, horizon_s + 1) if rate > 1e-9 else 0.0

    def agents_held(self, floor: Floor, staffed: int) -> float:
        """Agents to keep from the people we dial: none while the level is kept with something to spare (one call once
        there were twenty, and a twentieth of those that may be late), then more for each call it lacks. Callers who
        have waited too long already are counted as late.
        """
        if floor.inbound_target <= 0:
            return 0.0
        late = sum(waited > floor.inbound_within_s for waited in floor.inbound_waiting_s)
        offered = floor.inbound_offered
        lacking = floor.inbound_target * (offered + late) - floor.inbound_in_time
        reserve = min(1.0, 0.05 * offered) + 0.05 * offered * (1.0 - floor.inbound_target)  # for the rest of the day
        held = _HELD_PER_CALL * (lacking + reserve) if self.per_s(floor.now) > 1e-6 or offered else 0.0
        return min(float(staffed), max(0.0, held))
