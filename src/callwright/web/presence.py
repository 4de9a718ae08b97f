"""Agents whose browser is gone. A late beat alone ends nothing: where there is a telephone line, its sound decides.

A throttled tab, a slow link or a server that was busy must not log out anybody who talks. So: an agent in a call or in
wrap-up is never touched from here, nor anybody whose line stands; only on a floor without telephones, or where the line
is down too, a screen that has been silent for long frees the seat.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable

from callwright.kit.errors import CallwrightError
from callwright.model.agent import AgentState
from callwright.web.desk_parts import DeskParts

SILENT_S = 60.0
"""A screen not heard of for so long is closed."""
LOOK_S = 5.0
_TOUCHED = frozenset({AgentState.READY, AgentState.PREVIEW, AgentState.RESERVED, AgentState.NOT_READY})


def gone(parts: DeskParts, *, now: float, since: float) -> list[int]:
    """Agents to be taken off the floor. ``since``: when we began to listen (before it nobody can have been heard)."""
    return [
        agent_id
        for agent_id, seat in parts.sight.seats().items()
        if seat.state in _TOUCHED
        and not parts.screens.watched(agent_id)
        and not parts.sight.line_up(agent_id)
        and now - max(parts.last_beats.get(agent_id, since), seat.since) > SILENT_S
    ]


async def watch(parts: DeskParts, now: Callable[[], float]) -> None:
    """Look every few seconds, until cancelled."""
    since = now()
    while True:
        await asyncio.sleep(LOOK_S)
        for agent_id in gone(parts, now=now(), since=since):
            try:
                parts.floor.agent_lost(agent_id)
            except CallwrightError:  # the seat changed at this very moment: the next look sees it
                continue
