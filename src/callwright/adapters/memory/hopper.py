"""The leads of one campaign, ordered for claiming. Heaps with lazy deletion; leads are held by reference.

Every ``put`` gives the lead a new ticket; a heap entry is valid while it holds its lead's latest ticket and the lead
still has the status under which it was pushed. Stale entries are dropped when they come to the top.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from heapq import heappop, heappush

from callwright.model.people import OPEN_STATUSES, Lead, LeadStatus

_Due = tuple[int, float, int, int, Lead]  # -priority, next_at, id, ticket
_Waiting = tuple[float, int, int, Lead]  # next_at, id, ticket


class Hopper:
    """Due leads by list and by the agent they belong to, waiting leads by time, and the set of open ones."""

    def __init__(self) -> None:
        self.leads: dict[int, Lead] = {}
        self._open: set[int] = set()
        self._due: dict[tuple[int, int | None], list[_Due]] = {}
        self._waiting: list[_Waiting] = []
        self._ticket = 0
        self._tickets: dict[int, int] = {}

    @property
    def open(self) -> int:
        return len(self._open)

    def put(self, lead: Lead) -> None:
        """Take the lead as it is now: new, released or saved."""
        self.leads[lead.id] = lead
        status = lead.status
        if status in OPEN_STATUSES:
            self._open.add(lead.id)
        else:
            self._open.discard(lead.id)
        if status is LeadStatus.WAITING:
            heappush(self._waiting, (lead.next_at, lead.id, self._next_ticket(lead), lead))
        elif status is LeadStatus.DUE:
            self._push_due(lead)
        else:
            self._tickets.pop(lead.id, None)

    def promote(self, now: float) -> int:
        """Waiting leads whose time has come become due; how many."""
        waiting, count = self._waiting, 0
        while waiting and waiting[0][0] <= now:
            _, _, ticket, lead = heappop(waiting)
            if lead.status is LeadStatus.WAITING and self._tickets.get(lead.id) == ticket:
                lead.status = LeadStatus.DUE
                self._push_due(lead)
                count += 1
        return count

    def free_missed(self, before: float) -> int:
        """Due personal call-backs older than ``before`` lose their agent; how many."""
        missed = [
            lead
            for (_, agent_id), heap in self._due.items()
            if agent_id is not None
            for *_, lead in heap
            if lead.status is LeadStatus.DUE and lead.callback_agent_id is not None and lead.next_at < before
        ]
        count = 0
        for lead in missed:
            if lead.callback_agent_id is not None:  # an entry of an owned lead may stand in two heaps
                lead.callback_agent_id = None
                self.put(lead)
                count += 1
        return count

    def claim(self, limit: int, *, list_id: int | None, agent_ids: Sequence[int]) -> list[Lead]:
        whose: Collection[int | None] = agent_ids or (None,)
        heaps = [h for key, h in self._due.items() if key[1] in whose and list_id in (None, key[0])]
        claimed: list[Lead] = []
        while len(claimed) < limit:
            heaps = [heap for heap in heaps if self._drop_stale(heap)]
            if not heaps:
                break
            lead = heappop(min(heaps) if len(heaps) > 1 else heaps[0])[4]
            lead.status = LeadStatus.CLAIMED
            del self._tickets[lead.id]
            claimed.append(lead)
        return claimed

    def next_due_at(self) -> float | None:
        """0.0 while a lead is due, else the earliest waiting lead's time."""
        if any(self._drop_stale(heap) for heap in self._due.values()):
            return 0.0
        waiting = self._waiting
        while waiting:
            next_at, lead_id, ticket, lead = waiting[0]
            if lead.status is LeadStatus.WAITING and self._tickets.get(lead_id) == ticket:
                return next_at
            heappop(waiting)
        return None

    def _push_due(self, lead: Lead) -> None:
        entry = (-lead.priority, lead.next_at, lead.id, self._next_ticket(lead), lead)
        for agent_id in _belongs_to(lead):
            heap = self._due.get((lead.list_id, agent_id))
            if heap is None:
                heap = self._due[lead.list_id, agent_id] = []
            heappush(heap, entry)

    def _drop_stale(self, heap: list[_Due]) -> bool:
        """Whether a valid entry is left on top."""
        while heap:
            _, _, lead_id, ticket, lead = heap[0]
            if lead.status is LeadStatus.DUE and self._tickets.get(lead_id) == ticket:
                return True
            heappop(heap)
        return False

    def _next_ticket(self, lead: Lead) -> int:
        self._ticket += 1
        self._tickets[lead.id] = self._ticket
        return self._ticket


def _belongs_to(lead: Lead) -> tuple[int | None, ...]:
    owner, caller_back = lead.owner_agent_id, lead.callback_agent_id
    if owner is None or caller_back is None or owner == caller_back:
        return (owner if owner is not None else caller_back,)
    return (owner, caller_back)
