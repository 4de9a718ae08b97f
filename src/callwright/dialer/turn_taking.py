"""Who may dial now, where campaigns or tiers dial for the same agents.

A campaign of larger priority goes first for as long as it has somebody to dial; equals take turns (``pacing.sharing``).
Who waits may still dial for agents whom nobody before it shares. Nobody waits for a campaign whose own limits are
reached, or whose last attempt to dial came to nothing (every record refused, no line that reaches it).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from callwright.desk.service import Seat
from callwright.dialer.state import CampaignRun
from callwright.pacing import FairShares

Key = tuple[int, int | None]
"""Campaign, and tier where tiers route."""
_SEEN_S = 5.0
"""A campaign that has not asked for agents for so long is over, or asleep."""


@dataclass(frozen=True, slots=True)
class _Dialling:
    priority: int
    agents: frozenset[int]
    at: float


class TurnTaking:
    """The turns of one floor's campaigns."""

    def __init__(self) -> None:
        self._shares = FairShares[Key]()
        self._dialling: dict[Key, _Dialling] = {}
        self._in_vain: set[Key] = set()
        self._rivals: list[Key] = []
        self._weight = 1.0

    def seats_for(self, run: CampaignRun, tier: int | None, seats: Sequence[Seat], now: float) -> list[Seat]:
        """Those of ``seats`` for whom calls may be dialled now: all, those that nobody before it shares, or none."""
        key = (run.id, tier)
        own = _Dialling(run.campaign.priority, frozenset(seat.agent.id for seat in seats), now)
        self._dialling = {k: d for k, d in self._dialling.items() if now - d.at <= _SEEN_S}
        self._dialling[key] = own
        others = [(k, d) for k, d in self._dialling.items() if k != key and not d.agents.isdisjoint(own.agents)]
        equals = {k: d.agents for k, d in others if d.priority == own.priority}
        self._rivals = list(equals)
        self._weight = sum(1.0 / (1 + sum(agent in agents for agents in equals.values())) for agent in own.agents)
        first = self._shares.before(key, self._rivals, now, self._weight)
        first += [k for k, d in others if d.priority > own.priority and self._shares.is_hungry(k, now)]
        taken = frozenset[int]().union(*(self._dialling[k].agents for k in first))
        return [seat for seat in seats if seat.agent.id not in taken]

    def dialled(
        self, run: CampaignRun, tier: int | None, chances: Sequence[float], *, wanted: int, more: bool, now: float
    ) -> None:
        """After ``seats_for`` of the same: of ``wanted`` calls those with these ``chances`` of an answer were dialled.

        ``more``: records are left, and the campaign's own limits are not reached.
        """
        key = (run.id, tier)
        self._shares.opened(key, self._rivals, now, chances, self._weight)
        if chances:
            self._in_vain.discard(key)
        elif wanted > 0:
            self._in_vain.add(key)
        if not more or key in self._in_vain:
            self._shares.full(key)
