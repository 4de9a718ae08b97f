"""Everything an agent does. Deeds in a call name the attempt: a click that comes late never hits the next person."""

from __future__ import annotations

from typing import Any, Literal

from fastapi import APIRouter
from pydantic import Field

from callwright.dialer.network import ConsultEnd
from callwright.kit.errors import BadInput, Conflict
from callwright.web.desk_parts import AgentSession, DeskParts, Parts
from callwright.web.routes_session import Body

routes = APIRouter(prefix="/api")
_AHEAD_S = 14 * 86400.0
_MOST_AHEAD_S = 180 * 86400.0


class BeginShift(Body):
    campaigns: list[int] = Field(min_length=1, max_length=100)


class Reason(Body):
    reason: str = Field(min_length=1, max_length=100)


class OfCall(Body):
    attempt: int


class Switch(OfCall):
    on: bool


class Keys(OfCall):
    keys: str = Field(pattern=r"^[0-9*#A-D]{1,32}$")


class Stage(OfCall):
    stage: str = Field(min_length=1, max_length=64)


class Target(OfCall):
    to: int | str = Field(description="an agent's id, or a name of the campaign's [transfer]")


class Settle(OfCall):
    how: Literal["resume", "transfer", "conference"]


class Dispose(OfCall):
    code: str = Field(min_length=1, max_length=100)
    order_amount: float | None = Field(default=None, ge=0, le=1e12, allow_inf_nan=False)
    callback_at: float | None = Field(default=None, ge=0, le=1e11, allow_inf_nan=False)
    callback_mine: bool = False


class Dial(Body):
    campaign: int
    number: str = Field(pattern=r"^\+[0-9]{4,18}$")


# --- the shift --------------------------------------------------------------------------------------------------------


@routes.post("/shift/begin")
async def begin_shift(body: BeginShift, session: AgentSession, parts: Parts) -> dict[str, Any]:
    running = {campaign.id for campaign in parts.sight.campaigns()}
    unknown = [campaign for campaign in body.campaigns if campaign not in running]
    if unknown:
        raise BadInput(f"Campaign {unknown[0]} is not running; choose one that is.")
    parts.floor.log_in(session.agent_id, body.campaigns)
    return {}


@routes.post("/shift/end")
async def end_shift(session: AgentSession, parts: Parts) -> dict[str, Any]:
    parts.floor.log_out(session.agent_id)
    return {}


@routes.post("/ready")
async def ready(session: AgentSession, parts: Parts) -> dict[str, Any]:
    parts.floor.ready(session.agent_id)
    return {}


@routes.post("/pause")
async def pause(body: Reason, session: AgentSession, parts: Parts) -> dict[str, Any]:
    parts.floor.pause(session.agent_id, body.reason)
    return {}


# --- whom to call -----------------------------------------------------------------------------------------------------


@routes.post("/card/accept")
async def accept_card(session: AgentSession, parts: Parts) -> dict[str, Any]:
    parts.floor.accept_preview(session.agent_id)
    return {}


@routes.post("/card/decline")
async def decline_card(body: Reason, session: AgentSession, parts: Parts) -> dict[str, Any]:
    parts.floor.decline_preview(session.agent_id, body.reason)
    return {}


@routes.post("/dial")
async def dial(body: Dial, session: AgentSession, parts: Parts) -> dict[str, Any]:
    """Dial a number of the campaign's lists; the rules may refuse."""
    dialed = await parts.floor.dial_manual(session.agent_id, body.campaign, body.number)
    return {"dialed": dialed is not None}


# --- in the call ------------------------------------------------------------------------------------------------------


@routes.post("/call/hang-up")
async def hang_up(body: OfCall, session: AgentSession, parts: Parts) -> dict[str, Any]:
    _in_call(parts, session.agent_id, body.attempt)
    parts.floor.hang_up(session.agent_id)
    return {}


@routes.post("/call/hold")
async def hold(body: Switch, session: AgentSession, parts: Parts) -> dict[str, Any]:
    _in_call(parts, session.agent_id, body.attempt)
    parts.floor.hold(session.agent_id, body.on)
    return {}


@routes.post("/call/keys")
async def keys(body: Keys, session: AgentSession, parts: Parts) -> dict[str, Any]:
    _in_call(parts, session.agent_id, body.attempt)
    parts.floor.send_keys(session.agent_id, body.keys)
    return {}


@routes.post("/call/stage")
async def stage(body: Stage, session: AgentSession, parts: Parts) -> dict[str, Any]:
    """Where the conversation is, as the script on the page tells; pacing reckons with it."""
    _in_call(parts, session.agent_id, body.attempt)
    parts.floor.note_stage(session.agent_id, body.stage)
    return {}


@routes.post("/call/hush")
async def hush(body: Switch, session: AgentSession, parts: Parts) -> dict[str, Any]:
    """While card data are said the recording holds silence."""
    _in_call(parts, session.agent_id, body.attempt)
    parts.floor.hush_recording(session.agent_id, body.on)
    return {}


@routes.get("/handovers")
async def handovers(session: AgentSession, parts: Parts) -> dict[str, Any]:
    """To whom this call may be handed, and who waits parked."""
    seat = parts.sight.seats().get(session.agent_id)
    mine = seat.campaigns if seat is not None else ()
    in_call = seat is not None and seat.attempt_id is not None
    targets = parts.floor.hand_on_targets(session.agent_id) if in_call else None
    return {
        "agents": [{"to": agent_id, "name": name} for agent_id, name in targets.agents] if targets is not None else [],
        "names": list(targets.names) if targets is not None else [],
        "parked": [
            {"attempt": p.attempt_id, "name": p.name, "number": p.number, "since": p.since, "by": p.parked_by}
            for p in parts.floor.parked()
            if p.campaign_id in mine
        ],
    }


@routes.post("/call/transfer")
async def transfer(body: Target, session: AgentSession, parts: Parts) -> dict[str, Any]:
    _in_call(parts, session.agent_id, body.attempt)
    parts.floor.transfer(session.agent_id, body.to)
    return {}


@routes.post("/call/consult")
async def consult(body: Target, session: AgentSession, parts: Parts) -> dict[str, Any]:
    _in_call(parts, session.agent_id, body.attempt)
    parts.floor.consult(session.agent_id, body.to)
    return {}


@routes.post("/call/consult/end")
async def end_consult(body: Settle, session: AgentSession, parts: Parts) -> dict[str, Any]:
    _in_call(parts, session.agent_id, body.attempt)
    parts.floor.end_consult(session.agent_id, ConsultEnd(body.how))
    return {}


@routes.post("/call/park")
async def park(body: OfCall, session: AgentSession, parts: Parts) -> dict[str, Any]:
    _in_call(parts, session.agent_id, body.attempt)
    parts.floor.park(session.agent_id)
    return {}


@routes.post("/call/retrieve")
async def retrieve(body: OfCall, session: AgentSession, parts: Parts) -> dict[str, Any]:
    """Take up a parked person."""
    parts.floor.retrieve(session.agent_id, body.attempt)
    return {}


@routes.post("/call/queue")
async def back_to_queue(body: OfCall, session: AgentSession, parts: Parts) -> dict[str, Any]:
    """Give the person to the next free agent."""
    _in_call(parts, session.agent_id, body.attempt)
    parts.floor.back_to_queue(session.agent_id)
    return {}


# --- after the call ---------------------------------------------------------------------------------------------------


@routes.get("/callback-times")
async def callback_times(attempt: int, session: AgentSession, parts: Parts) -> dict[str, Any]:
    """When the person of the agent's own call may lawfully be called in the next fortnight."""
    _own(parts, session.agent_id, attempt)
    now = parts.now()
    return {"windows": [list(w) for w in parts.sight.callback_windows(attempt, now, now + _AHEAD_S)]}


@routes.post("/call/dispose")
async def dispose(body: Dispose, session: AgentSession, parts: Parts) -> dict[str, Any]:
    """The final word; the answer means that it is on disk."""
    if body.callback_at is not None:
        _check_callback(parts, session.agent_id, body.attempt, body.callback_at)
    parts.floor.dispose(
        session.agent_id,
        body.attempt,
        body.code,
        order_amount=body.order_amount,
        callback_at=body.callback_at,
        callback_mine=body.callback_mine,
    )
    await parts.floor.committed()
    return {}


def _check_callback(parts: DeskParts, agent_id: int, attempt: int, at: float) -> None:
    _own(parts, agent_id, attempt)
    now = parts.now()
    if not now < at <= now + _MOST_AHEAD_S:
        raise BadInput("A call-back lies in the future, at most half a year ahead; choose another time.")
    if not any(opens <= at < closes for opens, closes in parts.sight.callback_windows(attempt, at, at + 60.0)):
        raise BadInput("At that time the person may not be called; choose one of the hours offered.")


def _in_call(parts: DeskParts, agent_id: int, attempt: int) -> None:
    seat = parts.sight.seats().get(agent_id)
    if seat is None or seat.attempt_id != attempt or seat.state.value != "in_call":
        raise Conflict("That call is over; what you see now is the present state.")


def _own(parts: DeskParts, agent_id: int, attempt: int) -> None:
    seat = parts.sight.seats().get(agent_id)
    if seat is None or seat.attempt_id != attempt:
        raise Conflict("That call is over; what you see now is the present state.")
