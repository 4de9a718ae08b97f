"""After every (re)connection: what Asterisk holds against what we know. No events are replayed, so lists decide.

A call of ours that is not there any more is lost: nobody saw how it ended. One we do not know (an earlier run's) is
taken up, for the dialer to adopt or end. Helpers' channels and bridges that serve nobody are removed.
"""

from __future__ import annotations

from collections.abc import Callable, Container, Mapping
from typing import Any

from callwright.adapters.asterisk.agent_lines import AgentLines
from callwright.adapters.asterisk.recorder import side_of
from callwright.adapters.asterisk.switch import (
    AriCall,
    At,
    Switch,
    agent_of_bridge,
    agent_of_line,
    attempt_of,
    log,
)
from callwright.adapters.asterisk.thirds import call_of_third

_HELPERS = ("rec-", "tap-", "ear-", "coach-", "third-")


class Reconciler:
    """Compares one switch's lists with what we know."""

    def __init__(self, switch: Switch, lines: AgentLines, compare_thirds: Callable[[Container[str]], None]) -> None:
        self._switch = switch
        self._lines = lines
        self._compare_thirds = compare_thirds

    async def reconcile(self) -> tuple[list[AriCall], list[AriCall]]:
        """(calls of ours that are gone, calls that were answered while we were away). Raises AriRefused."""
        switch = self._switch
        before = list(switch.calls.values())
        channels = {str(c["id"]): c for c in await switch.client.get("/channels")}
        bridges = await switch.client.get("/bridges")
        where = self._where(bridges)
        gone = [
            call for call in before if call.channel not in channels and call.at is not At.ENDING and call.leaves is None
        ]
        answered = [
            call
            for call in before
            if call.channel in channels and not call.in_stasis and _in_stasis(channels[call.channel])
        ]
        self._compare_thirds(channels)
        self._take_up_lines(channels, where)
        for name, channel in channels.items():
            attempt_id = attempt_of(channel)
            if attempt_id is not None and attempt_id not in switch.calls:
                self._take_up(attempt_id, channel, where.get(name))
        self._clear_away(channels, where)
        for bridge in bridges:
            name = str(bridge["id"])
            serves = name.startswith(("tapb-", "call-", "coach-")) or agent_of_bridge(name) not in (None, *switch.lines)
            if serves and not bridge.get("channels"):
                switch.client.order("DELETE", f"/bridges/{name}", then=_whatever)
        return gone, answered

    @staticmethod
    def _where(bridges: Any) -> dict[str, str]:
        """In which bridge each channel is."""
        return {str(channel): str(bridge["id"]) for bridge in bridges for channel in bridge.get("channels", ())}

    def _take_up(self, attempt_id: int, channel: Mapping[str, Any], bridge: str | None) -> None:
        up = channel.get("state") == "Up"
        call = AriCall(attempt_id=attempt_id, channel=str(channel["id"]))
        call.number = str((channel.get("connected") or {}).get("number") or "")
        call.up, call.in_stasis, call.bridge = up, _in_stasis(channel), bridge
        call.at = At.ANSWERED if up else At.RINGING if channel.get("state") == "Ringing" else At.DIALING
        if bridge is not None:
            call.at = At.JOINED
            call.agent_id = agent_of_bridge(bridge)
            call.joined = call.agent_id is not None
        self._switch.calls[attempt_id] = self._switch.by_channel[call.channel] = call

    def _take_up_lines(self, channels: Mapping[str, Mapping[str, Any]], where: Mapping[str, str]) -> None:
        for line in list(self._switch.lines.values()):
            if line.channel is not None and line.channel not in channels:
                self._lines.on_destroyed(line.channel)
        for name, channel in channels.items():
            agent_id = agent_of_line(name)
            if agent_id is None:
                continue
            line = self._lines.line(agent_id)
            if line.channel is None:
                line.channel = name
            if line.channel == name and not line.up:
                if where.get(name) is not None:
                    self._lines.stands(line)
                elif _in_stasis(channel):
                    line.wanted = True
                    self._lines.on_start(name)

    def _clear_away(self, channels: Mapping[str, Mapping[str, Any]], where: Mapping[str, str]) -> None:
        """Helpers of calls that are no more; and the recordings that go on."""
        switch = self._switch
        for name in channels:
            recorded = side_of(name)
            if recorded is not None and recorded[0] in switch.calls:
                switch.calls[recorded[0]].recording = True
            elif name.startswith(_HELPERS):
                third = call_of_third(name)
                if third is not None and third in switch.calls and where.get(name) is not None:
                    continue  # it talks with the person
                log.info("Removing %s, which an earlier run left.", name)
                switch.client.order("DELETE", f"/channels/{name}", then=_whatever)


def _in_stasis(channel: Mapping[str, Any]) -> bool:
    return str((channel.get("dialplan") or {}).get("app_name", "")) == "Stasis"


def _whatever(status: int, body: Any) -> None:
    """For things that may be gone already."""
