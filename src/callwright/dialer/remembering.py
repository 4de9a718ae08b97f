"""What a campaign knows again after a restart: its abandon budget, whom people answered, and how the last hour went.

The budget is exact. Beliefs and controllers learn from the calls that were answered or are over what they learned then,
in the order of events; calls under way are taken up by recovery.
"""

from __future__ import annotations

from callwright.dialer.ports import PastDial
from callwright.dialer.state import CampaignRun, FloorState
from callwright.model.attempt import Mode
from callwright.model.outcome import ANSWERED_BY_PERSON, NOT_COUNTED, Outcome
from callwright.pacing import Abandoned, CallResolved, HandleEnded, InboundArrived, Observation
from callwright.pacing.likelihood import Sight, history_of

LEARN_FROM_S = 14 * 86_400.0
"""Older calls tell little of today's answers."""
LEARN_FROM = 20_000
"""Most calls that are read; a fifth of a second's work."""
TELL_FROM_S = 3600.0
"""Controllers are told what happened in the last hour."""


async def remember(floor: FloorState, run: CampaignRun, now: float) -> None:
    """Before a campaign's first turn, and before its calls under way are taken up again."""
    run.window.read_back(await floor.store.answers_since(run.id, now - run.rule.window_s), now)
    past = await floor.store.past_dials(run.id, now - LEARN_FROM_S, LEARN_FROM)
    told: list[tuple[float, int, Observation]] = []
    for dial in sorted(past, key=resolved_at):
        if dial.mode is Mode.INBOUND:
            _serve_again(run, dial, now)
        else:
            _learn(run, dial)
        if (dial.disposed_at or dial.ended_at or now) >= now - TELL_FROM_S:
            told += (
                (what.at, dial.tier, what) for what in observations_of(dial) if now - TELL_FROM_S <= what.at <= now
            )
    for _, tier, what in sorted(told, key=lambda each: each[0]):
        run.controller(tier).observe(what)


def resolved_at(dial: PastDial) -> float:
    """When the line stopped ringing, or the verdict on who answered fell."""
    return dial.person_at or dial.answered_at or dial.ended_at or dial.dialed_at


def answered_live(dial: PastDial) -> bool:
    """Whether the line counted as answered by a person when it was answered (an agent may have heard a machine)."""
    return dial.outcome in ANSWERED_BY_PERSON or dial.person_at is not None


def observations_of(dial: PastDial) -> list[Observation]:
    """What the controller was told of the call while it went on."""
    told: list[Observation] = []
    if dial.mode is Mode.INBOUND:
        told.append(InboundArrived(at=dial.dialed_at))
    else:
        at = resolved_at(dial)
        told.append(
            CallResolved(
                kind=dial.line_type,
                ring_s=at - dial.dialed_at,
                answered=answered_live(dial),
                answer_probability=dial.answer_probability,
                at=at,
            )
        )
    if dial.outcome is Outcome.ABANDONED:
        told.append(Abandoned(at=dial.ended_at or resolved_at(dial)))
    if dial.connected_at is not None and dial.agent_id is not None and dial.disposed_at is not None:
        told.append(
            HandleEnded(
                agent_id=dial.agent_id,
                talk_s=dial.talk_s,
                wrap_s=dial.wrap_s,
                at=dial.disposed_at,
                inbound=dial.mode is Mode.INBOUND,
            )
        )
    return told


def _learn(run: CampaignRun, dial: PastDial) -> None:
    if dial.outcome in NOT_COUNTED and dial.outcome is not Outcome.DROPPED:
        return
    if dial.tries > 0 and dial.last_outcome is None:
        return  # how the earlier tries ended lies too far back
    promised = run.campaign.dispositions.get(dial.last_disposition or "")
    history = history_of(
        dial.tries,
        dial.last_outcome,
        reached=dial.reached,
        promised=promised is not None and promised.callback,
    )
    at = resolved_at(dial)
    run.beliefs.learn(
        Sight(dial.list_id, dial.line_type, run.beliefs.hour(dial.zone, dial.dialed_at), history),
        answered=answered_live(dial),
        outcome=dial.outcome,
        ring_s=at - dial.dialed_at,
        by_us=dial.ended_by == "us",
        at=at,
    )


def _serve_again(run: CampaignRun, dial: PastDial, now: float) -> None:
    """The caller counts for today's service level."""
    if dial.dialed_at < run.returned.day_begins(now):
        return
    if dial.connected_at is not None:
        run.returned.served(dial.connected_at - dial.dialed_at, now)
    elif dial.ended_at is not None:
        run.returned.gave_up(dial.ended_at - dial.dialed_at, now)
