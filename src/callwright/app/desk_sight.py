"""A dialer as the screens may see it (``web.ports.FloorSight``)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from callwright.desk.service import Seat
from callwright.dialer.service import Dialer
from callwright.model.attempt import Attempt
from callwright.model.campaign import Campaign
from callwright.model.people import Lead
from callwright.web.callbacks import lawful_windows


class DeskSight:
    """``telephones``: whether agents have real lines; on a simulated network every line stands and is silent."""

    def __init__(self, dialer: Dialer, *, telephones: bool) -> None:
        self._dialer = dialer
        self._telephones = telephones

    def seats(self) -> Mapping[int, Seat]:
        return self._dialer.floor.desk.seats

    def campaigns(self) -> Sequence[Campaign]:
        return [run.campaign for run in self._dialer.floor.runs.values() if not run.done]

    def line_up(self, agent_id: int) -> bool | None:
        return self._dialer.line_up(agent_id) if self._telephones else None

    def call_of(self, agent_id: int) -> tuple[Attempt, Lead | None] | None:
        seat = self.seats().get(agent_id)
        call = self._dialer.floor.calls.get(seat.attempt_id) if seat is not None and seat.attempt_id else None
        return None if call is None else (call.attempt, call.lead)

    def callback_windows(self, attempt_id: int, from_at: float, until_at: float) -> Sequence[tuple[float, float]]:
        call = self._dialer.floor.calls.get(attempt_id)
        if call is None or call.lead is None:
            return []
        phone = next((p for p in call.lead.phones if p.id == call.attempt.phone_id), None)
        if phone is None:
            return []
        return lawful_windows(self._dialer.floor.book, call.run.campaign, call.lead, phone, from_at, until_at)
