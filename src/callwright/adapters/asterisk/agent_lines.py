"""The agents' always-on lines: each stands in a bridge of its own, so that a connect is one order and no ringing.

A line is called until it stands as long as it is wanted. Browsers register with a secret of their session, which
Asterisk is given over ARI and keeps in memory only.
"""

from __future__ import annotations

import secrets
from collections.abc import Callable
from typing import Any

from callwright.adapters.asterisk.config_pjsip import agent_objects
from callwright.adapters.asterisk.switch import AgentLine, Switch, agent_of_line, log
from callwright.kit.errors import StoreUnavailable

AGAIN_S = 0.3
"""Pause between two calls to a telephone that is not there yet."""
RING_S = 10


class AgentLines:
    """Sets up and watches the lines of one switch. ``on_ready``, ``on_gone``: told of each that stands or is gone."""

    def __init__(
        self, switch: Switch, on_ready: Callable[[AgentLine], None], on_gone: Callable[[AgentLine], None]
    ) -> None:
        self._switch = switch
        self._on_ready, self._on_gone = on_ready, on_gone
        self._secrets: dict[int, str] = {}

    def line(self, agent_id: int) -> AgentLine:
        lines = self._switch.lines
        if agent_id not in lines:
            lines[agent_id] = AgentLine(agent_id=agent_id)
        return lines[agent_id]

    # --- telephones -----------------------------------------------------------------------------------------------

    async def provide_phone(self, agent_id: int) -> str:
        """Make the agent's endpoint with a new secret, and return it; an earlier one is void."""
        self._secrets[agent_id] = secret = secrets.token_urlsafe(24)
        if not await self._put_phone(agent_id, secret):
            raise StoreUnavailable("The telephone system cannot be reached; try again in a moment.")
        return secret

    async def put_phones_again(self) -> None:
        """After Asterisk's restart: it has forgotten them."""
        for agent_id, secret in list(self._secrets.items()):
            await self._put_phone(agent_id, secret)

    async def _put_phone(self, agent_id: int, secret: str) -> bool:
        for kind, fields in agent_objects(self._switch.plan, agent_id, secret).items():
            status, found = await self._switch.client.ask(
                "PUT",
                f"/asterisk/config/dynamic/res_pjsip/{kind}/agent-{agent_id}",
                body={"fields": [{"attribute": name, "value": str(value)} for name, value in fields.items()]},
            )
            if status not in (200, 204):
                log.error("Asterisk did not take the %s of agent %d: %s %s", kind, agent_id, status, _said(found))
                return False
        return True

    # --- lines ----------------------------------------------------------------------------------------------------

    def call(self, agent_id: int) -> None:
        line = self.line(agent_id)
        line.wanted = True
        if line.up:
            self._switch.loop.call_soon(self._tell_up, line)
        elif line.channel is None and line.timer is None:
            self._dial(line)

    def _tell_up(self, line: AgentLine) -> None:
        if line.up and line.wanted and self._switch.sink is not None:
            self._switch.sink.on_agent_line(line.agent_id, True)

    def release(self, agent_id: int) -> None:
        line = self._switch.lines.get(agent_id)
        if line is None:
            return
        line.wanted = line.up = False
        line.waiting.clear()
        if line.timer is not None:
            line.timer.cancel()
            line.timer = None
        if line.channel is not None:
            channel, line.channel = line.channel, None
            self._switch.client.order("DELETE", f"/channels/{channel}", key=agent_id, then=_whatever)
        self._switch.client.order("DELETE", f"/bridges/{line.bridge}", key=agent_id, then=_whatever)

    def _dial(self, line: AgentLine) -> None:
        line.timer = None
        switch = self._switch
        if not line.wanted or line.channel is not None:
            return
        if not switch.client.up:
            self._again(line)
            return
        channel = line.channel = switch.fresh("line", line.agent_id)
        switch.client.order(
            "POST", f"/bridges/{line.bridge}", key=line.agent_id, query={"type": "mixing"}, then=_whatever
        )

        def dialed(status: int, found: Any) -> None:
            if status != 200 and line.channel == channel:
                line.channel = None
                self._again(line)

        switch.client.order(
            "POST",
            f"/channels/{channel}",
            key=line.agent_id,
            query={
                "endpoint": f"PJSIP/agent-{line.agent_id}",
                "context": "callwright-agent-line",
                "extension": "s",
                "priority": 1,
                "callerId": "Callwright <0>",
                "timeout": RING_S,
            },
            then=dialed,
        )

    def _again(self, line: AgentLine) -> None:
        if line.wanted and line.timer is None:
            line.timer = self._switch.loop.call_later(AGAIN_S, self._dial, line)

    # --- events ---------------------------------------------------------------------------------------------------

    def on_start(self, channel: str) -> None:
        """A line has been picked up and is in our hands."""
        agent_id = agent_of_line(channel)
        if agent_id is None:
            return
        line = self.line(agent_id)
        if line.channel != channel or not line.wanted:
            self._switch.client.order("DELETE", f"/channels/{channel}", key=agent_id, then=_whatever)
            return

        def entered(status: int, found: Any) -> None:
            if line.channel != channel:
                return
            if status not in (200, 204):
                log.error("The line of agent %d did not get into its bridge: %s %s", agent_id, status, _said(found))
                self._switch.client.order("DELETE", f"/channels/{channel}", key=agent_id, then=_whatever)
                return
            self.stands(line)

        self._switch.client.order(
            "POST", f"/bridges/{line.bridge}/addChannel", key=agent_id, query={"channel": channel}, then=entered
        )

    def stands(self, line: AgentLine) -> None:
        line.up = True
        self._tell_up(line)
        self._on_ready(line)

    def on_destroyed(self, channel: str, *, silent: bool = False) -> None:
        agent_id = agent_of_line(channel)
        line = self._switch.lines.get(agent_id) if agent_id is not None else None
        if line is None or line.channel != channel:
            return
        was_up, line.up, line.channel, line.lent_to = line.up, False, None, None
        if was_up:
            self._on_gone(line)
            if line.wanted and self._switch.sink is not None:
                if silent:
                    self._switch.sink.on_agent_line(line.agent_id, False, silent=True)
                else:
                    self._switch.sink.on_agent_line(line.agent_id, False)
        self._again(line)

    def all_gone(self) -> None:
        """Asterisk is gone, and every line with it."""
        for line in list(self._switch.lines.values()):
            if line.channel is not None:
                self.on_destroyed(line.channel)


def _said(found: Any) -> Any:
    return found.get("message", found) if isinstance(found, dict) else found


def _whatever(status: int, body: Any) -> None:
    """For orders about things that may be gone or there already."""
