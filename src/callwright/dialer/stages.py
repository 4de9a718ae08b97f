"""Where a conversation is, as its script tells: pacing learns from it how long talks go on from there."""

from __future__ import annotations

from callwright.dialer.state import FloorState
from callwright.kit.errors import BadInput, Conflict
from callwright.model.attempt import AttemptState

LONGEST_NAME = 64
MOST_STAGES = 200
"""Of one talk; a script that goes round in circles is listened to no further."""


def note_stage(floor: FloorState, agent_id: int, stage: str) -> None:
    """The agent's talk has come to ``stage``, a name of the script's. Told again it changes nothing.

    Raises NotFound (no such agent), Conflict where the agent talks with nobody, BadInput for a name that is none.
    """
    if not stage or len(stage) > LONGEST_NAME or not stage.isprintable():
        raise BadInput(f"A stage has a name of 1 to {LONGEST_NAME} characters.")
    seat, now = floor.desk.seat(agent_id), floor.clock.now()
    call = floor.calls.get(seat.attempt_id) if seat.attempt_id is not None else None
    if call is None or call.seat is not seat or call.attempt.state is not AttemptState.CONNECTED:
        raise Conflict(f"{seat.agent.name} talks with nobody now.")
    began = call.attempt.connected_at
    if floor.stages.get(agent_id, ("", now))[0] == stage or began is None or len(call.stages) >= MOST_STAGES:
        return
    call.stages.append((stage, now - began))
    floor.stages[agent_id] = (stage, now)
    for run in floor.runs.values():
        run.stirred = run.stirred or run.id in seat.campaigns
    floor.emit("stage", attempt=call.attempt.id, agent=agent_id, stage=stage)
