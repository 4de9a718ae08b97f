"""What agents and team leads may ask of the floor in a talk, as one flat list of methods: ``Dialer`` has them all.

Each raises Conflict, NotFound or BadInput with what to do instead. The deeds themselves are in ``handing``.
"""

from __future__ import annotations

from callwright.desk.ports import CallInHand
from callwright.dialer.handing import Handing, HandOnTargets, ParkedCall
from callwright.dialer.network import Aside, Coaching, ConsultEnd
from callwright.dialer.stages import note_stage
from callwright.dialer.state import FloorState


class Deeds:
    """Deeds in a talk; ``to`` is an agent's id, or a name: of the campaign's numbers, or an agent's."""

    floor: FloorState
    _handing: Handing

    def hold(self, agent_id: int, on: bool) -> None:
        """The person hears music, or the agent again."""
        self._handing.hold(agent_id, on)

    def send_keys(self, agent_id: int, keys: str) -> None:
        """Press keys towards the person's side."""
        self._handing.send_keys(agent_id, keys)

    def note_stage(self, agent_id: int, stage: str) -> None:
        """Where the agent's talk is, as its script tells."""
        note_stage(self.floor, agent_id, stage)

    def hush_recording(self, agent_id: int, on: bool) -> None:
        """The recording holds silence while card numbers are said."""
        self._handing.hush_recording(agent_id, on)

    def transfer(self, agent_id: int, to: int | str) -> None:
        """Hand the person on at once: to a ready agent, or to a number the campaign names."""
        self._handing.transfer(agent_id, to)

    def consult(self, agent_id: int, to: int | str) -> None:
        """Speak to somebody while the person hears music; see ``end_consult``."""
        self._handing.consult(agent_id, to)

    def end_consult(self, agent_id: int, how: ConsultEnd) -> None:
        """Go back to the person, hand them on, or talk all three; after that again, to end the talk of three."""
        self._handing.end_consult(agent_id, how)

    def park(self, agent_id: int) -> None:
        """The person hears music until somebody takes them up; the agent is free."""
        self._handing.park(agent_id)

    def parked(self) -> list[ParkedCall]:
        """Everybody who is parked, longest first."""
        return self._handing.parked()

    def retrieve(self, agent_id: int, attempt_id: int) -> None:
        """A ready or paused agent takes up a parked person."""
        self._handing.retrieve(agent_id, attempt_id)

    def back_to_queue(self, agent_id: int) -> None:
        """The person waits, before all others, for another agent; this one is free."""
        self._handing.back_to_queue(agent_id)

    def coach(self, lead_id: int, agent_id: int, how: Coaching) -> None:
        """A team lead listens, whispers or speaks in an agent's call, or leaves it again."""
        self._handing.coach(lead_id, agent_id, how)

    def take_over(self, lead_id: int, agent_id: int) -> None:
        """A team lead becomes the agent of an agent's call."""
        self._handing.take_over(lead_id, agent_id)

    def in_hand(self, agent_id: int) -> CallInHand | None:
        """The call the agent takes part in, for a screen that begins anew."""
        return self._handing.in_hand(agent_id)

    def hand_on_targets(self, agent_id: int) -> HandOnTargets:
        """To whom the agent may hand the call they are in."""
        return self._handing.hand_on_targets(agent_id)

    def on_aside(self, attempt_id: int, what: Aside) -> None:
        self._handing.on_aside(attempt_id, what)
