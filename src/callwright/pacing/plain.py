"""The plain paces: progressive, fixed ratio, and the threshold policy of a published blend centre.

They look at the floor of the moment and learn nothing.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from callwright.pacing.floor import Decision, Floor, HandleEnded, Observation, allowed, count_phase


def progressive_lines(floor: Floor) -> int:
    """Lines that cannot lose anybody: one per idle agent that no ringing line and no waiting person may need."""
    return allowed(floor, count_phase(floor, "idle") - len(floor.ringing) - len(floor.waiting_s))


@dataclass(slots=True, kw_only=True)
class Progressive:
    """``lines_per_agent`` numbers for each agent who is reserved first; the first answer wins, the rest is dropped.

    Reserved agents' lines ring already; only idle agents get new ones.
    """

    lines_per_agent: int = 1

    def decide(self, floor: Floor) -> Decision:
        idle = count_phase(floor, "idle")
        spare_ringing = max(0, len(floor.ringing) - self.lines_per_agent * count_phase(floor, "reserved"))
        lines = self.lines_per_agent * (idle - len(floor.waiting_s)) - spare_ringing
        return Decision(lines_to_open=allowed(floor, lines), why=f"progressive: {idle} agents are idle")

    def observe(self, observation: Observation) -> None:
        """Nothing to learn."""


@dataclass(slots=True, kw_only=True)
class FixedRatio:
    """ "Power" dialling: ``ratio`` lines per idle agent, whoever answers."""

    ratio: float = 1.5

    def decide(self, floor: Floor) -> Decision:
        idle = count_phase(floor, "idle") - len(floor.waiting_s)
        lines = int(self.ratio * idle + 0.5) - len(floor.ringing) if idle > 0 else 0
        return Decision(lines_to_open=allowed(floor, lines), why=f"fixed_ratio: {self.ratio} lines per idle agent")

    def observe(self, observation: Observation) -> None:
        """Nothing to learn."""


@dataclass(slots=True, kw_only=True)
class ThresholdPolicy:
    """Deslauriers et al. 2007: at each end of service, if ``least_free`` agents are free, dial a burst.

    As a controller it decides once per end of service it was told of, and takes every agent for a blend agent.
    """

    least_free: int = 4
    ratio: float = 2.0
    _services_ended: int = field(default=0, init=False)

    def calls_to_dial(self, free_all: int, free_blend: int) -> int:
        """Calls to dial at the end of a service; ``free_all`` counts all groups."""
        return int(self.ratio * free_blend + 0.5) if free_all >= self.least_free else 0

    def decide(self, floor: Floor) -> Decision:
        if not self._services_ended:
            return Decision(lines_to_open=0, why="threshold: no service has ended since the last decision")
        self._services_ended = 0
        idle = count_phase(floor, "idle")
        lines = self.calls_to_dial(idle, idle)
        return Decision(lines_to_open=allowed(floor, lines), why=f"threshold: {idle} agents are free")

    def observe(self, observation: Observation) -> None:
        if isinstance(observation, HandleEnded):
            self._services_ended += 1
