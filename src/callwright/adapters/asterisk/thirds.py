"""Third parties: blind transfer, consultation, conference. A third party's channel is named after its call."""

from __future__ import annotations

import math
import re
from collections.abc import Container
from typing import Any

from callwright.adapters.asterisk.agent_lines import AgentLines
from callwright.adapters.asterisk.limits import TrunkLimits
from callwright.adapters.asterisk.switch import AriCall, At, Switch, Third
from callwright.dialer.network import Aside, ConsultEnd, TransferTarget


def call_of_third(channel: str) -> int | None:
    found = re.match(r"third-([0-9]+)-", channel)
    return int(found.group(1)) if found else None


class Thirds:
    """Calls third parties for the calls of one switch."""

    def __init__(self, switch: Switch, lines: AgentLines, limits: TrunkLimits) -> None:
        self._switch = switch
        self._lines = lines
        self._limits = limits
        self._occupied: dict[str, str] = {}  # channel -> the trunk it is on

    # --- commands -------------------------------------------------------------------------------------------------

    def transfer(self, call: AriCall, target: TransferTarget) -> None:
        if call.at not in (At.ANSWERED, At.JOINED):
            return
        self.drop(call)
        call.agent_id, call.joined, call.at = None, False, At.ANSWERED
        self._hear_music(call)
        self._call(call, target, blind=True)

    def consult(self, call: AriCall, agent_id: int, target: TransferTarget) -> None:
        if call.at is not At.JOINED or call.third is not None:
            return
        self._hear_music(call)
        self._call(call, target, blind=False)

    def end_consult(self, call: AriCall, how: ConsultEnd) -> None:
        third = call.third
        if third is None or third.blind:
            return
        if how is ConsultEnd.RESUME:
            self.drop(call)
            self._talk_on(call)
        elif how is ConsultEnd.CONFERENCE:
            if third.answered:
                third.with_all = True
                self._talk_on(call)
        elif third.target.agent_id is not None:
            self._give_to_helper(call, third)
        else:
            self._leave_with_third(call, third)

    def _give_to_helper(self, call: AriCall, third: Third) -> None:
        """The agent who was asked takes the call, on their own line; the first one's stays where it is."""
        assert third.target.agent_id is not None
        line = self._lines.line(third.target.agent_id)
        call.third, line.lent_to = None, None
        if line.channel is not None:
            self._add(call, line.bridge, line.channel)
        call.agent_id, call.joined, call.at = third.target.agent_id, True, At.JOINED
        self._switch.music(call, on=False)
        self._switch.enter_bridge(call, line.bridge)

    def _leave_with_third(self, call: AriCall, third: Third) -> None:
        """Person and third party go on without us; where it still rings, the person waits with music."""
        call.agent_id, call.joined, third.blind = None, False, True
        if third.answered:
            self._alone_together(call, third)
        else:
            call.at = At.ANSWERED
            self._hear_music(call)

    # --- the third party's life -----------------------------------------------------------------------------------

    def _call(self, call: AriCall, target: TransferTarget, *, blind: bool) -> None:
        switch = self._switch
        third = call.third = Third(target=target, blind=blind)
        if target.agent_id is not None:
            line = switch.lines.get(target.agent_id)
            if line is None or not line.up or line.channel is None:
                switch.loop.call_soon(self._fails, call, third)
                return
            third.channel, line.lent_to = line.channel, self._bridge(call)
            self._add(call, self._bridge(call), line.channel)
            switch.loop.call_soon(self._answers, call, third)
            return
        number, trunk = target.number or "", target.trunk or ""
        endpoint = switch.endpoint(number, trunk)
        if endpoint is None or not self._limits.may_dial(trunk, number) or not self._limits.take(trunk):
            switch.loop.call_soon(self._fails, call, third)
            return
        channel = third.channel = switch.fresh("third", call.attempt_id)
        self._occupied[channel] = trunk

        def dialed(status: int, found: Any) -> None:
            if status not in (200, 0):
                self._give_back(channel)
                self._fails(call, third)

        switch.order(
            call,
            "POST",
            f"/channels/{third.channel}",
            endpoint=endpoint,
            context="callwright-third",
            extension="s",
            priority=1,
            callerId=target.caller_id or call.called or "",
            timeout=math.ceil(target.ring_timeout_s),
            then=dialed,
        )

    def on_ringing(self, channel: str) -> None:
        found = self._of(channel)
        if found is not None and not found[1].answered:
            self._tell(found[0], Aside.RINGING)

    def on_start(self, channel: str) -> None:
        """The third party has answered."""
        found = self._of(channel)
        if found is None:
            self._switch.client.order("DELETE", f"/channels/{channel}", then=_whatever)
            return
        call, third = found
        if third.blind:
            self._alone_together(call, third)
        else:
            self._add(call, self._bridge(call), channel)
        self._answers(call, third)

    def _answers(self, call: AriCall, third: Third) -> None:
        if call.third is third:
            third.answered = True
            self._tell(call, Aside.ANSWERED)

    def _fails(self, call: AriCall, third: Third) -> None:
        if call.third is not third:
            return
        call.third = None
        if not third.blind:
            self._talk_on(call)
        self._tell(call, Aside.FAILED)

    def on_destroyed(self, channel: str) -> None:
        """The third party did not answer, or has left."""
        self._give_back(channel)
        found = self._of(channel)
        if found is None:
            return
        call, third = found
        if third.blind and third.answered:  # they have talked without us: with the third party gone the call is over
            call.third = None
            call.by = call.by or "us"
            self._switch.order(call, "DELETE", f"/channels/{call.channel}")
        else:
            self._fails(call, third)

    def compare(self, channels: Container[str]) -> None:
        """What Asterisk holds after a time unseen: third parties that are not there have left."""
        for channel in [channel for channel in self._occupied if channel not in channels]:
            self.on_destroyed(channel)

    def _give_back(self, channel: str) -> None:
        trunk = self._occupied.pop(channel, None)
        if trunk is not None:
            self._limits.give_back(trunk)

    def drop(self, call: AriCall) -> None:
        """The third party goes: an outside one is hung up, an agent's line goes back to its place."""
        third, call.third = call.third, None
        if third is None:
            return
        if third.target.agent_id is None:
            self._switch.order(call, "DELETE", f"/channels/{third.channel}", then=_whatever)
            return
        line = self._switch.lines.get(third.target.agent_id)
        if line is not None and line.channel == third.channel and line.lent_to is not None:
            line.lent_to = None
            self._add(call, line.bridge, third.channel)

    def on_call_over(self, call: AriCall) -> None:
        """The person has left; the third party has nobody to talk with but, in a consultation, the agent."""
        self.drop(call)
        self._switch.order(call, "DELETE", f"/bridges/call-{call.attempt_id}", then=_whatever)

    # --- small things ---------------------------------------------------------------------------------------------

    def _of(self, channel: str) -> tuple[AriCall, Third] | None:
        attempt_id = call_of_third(channel)
        call = self._switch.calls.get(attempt_id) if attempt_id is not None else None
        if call is None or call.third is None or call.third.channel != channel:
            return None
        return call, call.third

    def _bridge(self, call: AriCall) -> str:
        assert call.agent_id is not None
        return self._lines.line(call.agent_id).bridge

    def _add(self, call: AriCall, bridge: str, channel: str) -> None:
        self._switch.order(call, "POST", f"/bridges/{bridge}/addChannel", channel=channel)

    def _hear_music(self, call: AriCall) -> None:
        self._switch.stop_playback(call)
        self._switch.leave_bridge(call)
        self._switch.music(call, on=True)

    def _talk_on(self, call: AriCall) -> None:
        if call.agent_id is not None and call.at is At.JOINED and call.bridge is None:
            self._switch.music(call, on=False)
            self._switch.enter_bridge(call, self._bridge(call))

    def _alone_together(self, call: AriCall, third: Third) -> None:
        """Person and third party in a bridge of their own."""
        bridge = f"call-{call.attempt_id}"
        self._switch.order(call, "POST", f"/bridges/{bridge}", type="mixing", then=_whatever)
        self._switch.music(call, on=False)
        call.at = At.JOINED
        self._switch.enter_bridge(call, bridge)
        self._add(call, bridge, third.channel)

    def _tell(self, call: AriCall, what: Aside) -> None:
        if self._switch.sink is not None:
            self._switch.sink.on_aside(call.attempt_id, what)


def _whatever(status: int, body: Any) -> None:
    """For orders about things that may be gone or there already."""
