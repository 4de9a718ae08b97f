"""Fail-over: what one carrier would not carry is dialled again at once over another, for the same agent.

Lawful, because the carrier's failure is no attempt on the person; and only where their telephone has not rung. Each
trunk is tried at most once for a record; then the campaign's rule for ``carrier_failure`` holds. Every try is an
attempt of its own with its own permit, and the failed one is committed before the next is asked for.
"""

from __future__ import annotations

from collections.abc import Callable, Coroutine
from itertools import groupby
from typing import Any

from callwright.desk.service import Seat
from callwright.dialer.finishing import Finishing
from callwright.dialer.hopper import put_back
from callwright.dialer.opening import Opening, Wish
from callwright.dialer.state import Call, CampaignRun, FloorState
from callwright.kit.errors import StoreUnavailable
from callwright.model.agent import AgentState
from callwright.model.attempt import Mode
from callwright.model.outcome import Outcome
from callwright.model.people import OPEN_STATUSES

_Waiting = tuple[CampaignRun, Wish, float | None]  # the last: since when the agent is held


class FailOver:
    """Takes failed dials from ``Finishing`` and opens them anew, all that have gathered in one go."""

    def __init__(
        self,
        floor: FloorState,
        opening: Opening,
        finishing: Finishing,
        *,
        spawn: Callable[[Coroutine[Any, Any, None]], None],
        may_dial: Callable[[CampaignRun], bool],
    ) -> None:
        self._floor = floor
        self._opening = opening
        self._finishing = finishing
        self._spawn = spawn
        self._may_dial = may_dial
        self._waiting: list[_Waiting] = []
        finishing.fail_over = self.take

    def take(self, call: Call, outcome: Outcome) -> bool:
        """Whether the failed call is dialled over another trunk; then its attempt is ended here, and its record and
        agent stay in our hands."""
        attempt, lead, run = call.attempt, call.lead, call.run
        if lead is None or attempt.trunk is None or outcome is not Outcome.CARRIER_FAILURE or call.end_as is not None:
            return False
        tried = (*run.tried.get(lead.id, ()), attempt.trunk)
        if (
            not self._floor.lines.several
            or attempt.rang_at is not None
            or call.early is not None
            or lead.status not in OPEN_STATUSES
            or not self._may_dial(run)
            or not self._floor.lines.other_way(attempt.number, tried, self._floor.clock.now())
        ):
            run.tried.pop(lead.id, None)
            return False
        seat = call.seat
        run.tried[lead.id] = tried
        lead.next_phone_id = attempt.phone_id
        if seat is not None:  # held on as if the line still rang
            run.reserved_calls[seat.agent.id] = run.reserved_calls.get(seat.agent.id, 0) + 1
        self._finishing.passed_on(call, outcome)
        wish = Wish(lead=lead, seat=seat, mode=attempt.mode)
        if not self._waiting:
            self._spawn(self._open())
        self._waiting.append((run, wish, seat.since if seat is not None else None))
        return True

    async def _open(self) -> None:
        try:
            await self._floor.journal.drain()  # a live attempt of the record would forbid the next
        finally:
            waiting, self._waiting = self._waiting, []
        for run, group in groupby(sorted(waiting, key=lambda each: each[0].id), key=lambda each: each[0]):
            await self._open_for(run, list(group))

    async def _open_for(self, run: CampaignRun, waiting: list[_Waiting]) -> None:
        wishes = []
        for _, wish, held_since in waiting:
            if self._may_dial(run) and (wish.seat is None or self._is_held(wish.seat, held_since)):
                wishes.append(wish)
            else:
                put_back(run, wish.lead)
                self._let_go(run, wish, opened=False)
        opened: set[int] = set()
        try:
            opened = {call.attempt.lead_id or 0 for call in await self._opening.open(run, wishes)} if wishes else set()
        except StoreUnavailable:
            self._floor.journal.lost_store()
        finally:
            for wish in wishes:
                self._let_go(run, wish, opened=wish.lead.id in opened)

    @staticmethod
    def _is_held(seat: Seat, since: float | None) -> bool:
        return seat.state is AgentState.RESERVED and seat.since == since

    def _let_go(self, run: CampaignRun, wish: Wish, *, opened: bool) -> None:
        """The agent was counted as having a line; a line that was opened counts by itself."""
        seat = wish.seat
        if seat is None or seat.agent.id not in run.reserved_calls:
            return
        run.reserved_calls[seat.agent.id] -= 1
        if not opened:
            self._finishing.free_seat(run, seat, wish.mode or Mode.PROGRESSIVE)
