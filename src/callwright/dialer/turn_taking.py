"""Who may open lines now, where campaigns or tiers dial for the same agents.

A campaign of larger priority goes first for as long as it has somebody to dial; equals take turns (``pacing.sharing``).
Who waits may still dial for agents whom nobody before it shares.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from callwright.desk.service import Seat
from callwright.dialer.state import Call, CampaignRun
from callwright.pacing import FairShares

Key = tuple[int, int | None]
"""Campaign, and tier where tiers route."""


@dataclass(frozen=True, slots=True)
class _Dialling:
    priority: int
    agents: frozenset[int]


class TurnTaking:
    """The turns of one floor's predictive campaigns."""

    def __init__(self) -> None:
        self._shares = FairShares[Key]()
        self._dialling: dict[Key, _Dialling] = {}
        self._rivals: list[Key] = []
        self._weight = 1.0

    def seats_for(self, run: CampaignRun, tier: int | None, seats: Sequence[Seat], now: float) -> list[Seat]:
        """Those of ``seats`` for whom lines may be opened now: all, those that nobody before it shares, or none."""
        key, own = (run.id, tier), _Dialling(run.campaign.priority, frozenset(seat.agent.id for seat in seats))
        self._dialling[key] = own
        others = [(k, d) for k, d in self._dialling.items() if k != key and not d.agents.isdisjoint(own.agents)]
        self._rivals = [k for k, d in others if d.priority == own.priority]
        equals = [d.agents for _, d in others if d.priority == own.priority]
        self._weight = sum(1.0 / (1 + sum(agent in agents for agents in equals)) for agent in own.agents)
        first = self._shares.before(key, self._rivals, now, self._weight)
        first += [k for k, d in others if d.priority > own.priority and self._shares.is_hungry(k, now)]
        taken = frozenset[int]().union(*(self._dialling[k].agents for k in first))
        return [seat for seat in seats if seat.agent.id not in taken]

    def opened(self, run: CampaignRun, tier: int | None, calls: Sequence[Call], *, more: bool, now: float) -> None:
        """After ``seats_for`` of the same: ``calls`` were opened. ``more``: leads and lines are left."""
        chances = [
            1.0 if c.view is None or c.view.answer_probability is None else c.view.answer_probability for c in calls
        ]
        self._shares.opened((run.id, tier), self._rivals, now, sum(chances), self._weight)
        if not more:
            self._shares.full((run.id, tier))
