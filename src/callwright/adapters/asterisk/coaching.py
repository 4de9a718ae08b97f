"""A team lead in an agent's call: heard by nobody, by the agent, or by both.

Listening and whispering go through a snoop on the agent's line, in a bridge with the lead's line; barging puts the
lead's line into the agent's bridge. All of it follows the agent's line, so it ends with the agent's part in the call.
"""

from __future__ import annotations

import re
from typing import Any

from callwright.adapters.asterisk.agent_lines import AgentLines
from callwright.adapters.asterisk.switch import Switch
from callwright.dialer.network import Coaching


class Coaches:
    """Who coaches whom on one switch."""

    def __init__(self, switch: Switch, lines: AgentLines) -> None:
        self._switch = switch
        self._lines = lines
        self._snoops: dict[int, str] = {}  # team lead -> snoop channel
        self._of_agent: dict[int, int] = {}  # team lead -> agent

    def coach(self, agent_id: int, lead_id: int, how: Coaching) -> None:
        lead, agent = self._lines.line(lead_id), self._lines.line(agent_id)
        self._end_snoop(lead_id)
        if how is Coaching.OFF or lead.channel is None or agent.channel is None:
            self._take_back(lead_id)
            return
        if how is Coaching.BARGE and lead.lent_to == coaching_bridge(lead_id):
            self._order(lead_id, "DELETE", f"/bridges/{lead.lent_to}")
        self._of_agent[lead_id] = agent_id
        if how is Coaching.BARGE:
            lead.lent_to = agent.bridge
            self._order(lead_id, "POST", f"/bridges/{agent.bridge}/addChannel", channel=lead.channel)
            return
        bridge = lead.lent_to = coaching_bridge(lead_id)
        snoop = self._snoops[lead_id] = self._switch.fresh("coach", lead_id)
        self._order(lead_id, "POST", f"/bridges/{bridge}", type="mixing")
        self._order(lead_id, "POST", f"/bridges/{bridge}/addChannel", channel=lead.channel)
        self._order(
            lead_id,
            "POST",
            f"/channels/{agent.channel}/snoop/{snoop}",
            app=self._switch.app,
            appArgs="coach",
            spy="both",
            whisper="out" if how is Coaching.WHISPER else "none",
        )

    def on_start(self, snoop: str) -> None:
        """The snoop is there: put it with the lead."""
        found = re.match(r"coach-([0-9]+)-", snoop)
        lead_id = int(found.group(1)) if found else 0
        if self._snoops.get(lead_id) != snoop:
            self._order(lead_id, "DELETE", f"/channels/{snoop}")
            return
        self._order(lead_id, "POST", f"/bridges/{coaching_bridge(lead_id)}/addChannel", channel=snoop)

    def on_call_over(self, agent_id: int) -> None:
        """The agent's part in a call is over, and with it the coaching."""
        for lead_id in [lead for lead, agent in self._of_agent.items() if agent == agent_id]:
            self._end_snoop(lead_id)
            self._take_back(lead_id)

    def _end_snoop(self, lead_id: int) -> None:
        snoop = self._snoops.pop(lead_id, None)
        if snoop is not None:
            self._order(lead_id, "DELETE", f"/channels/{snoop}")

    def _take_back(self, lead_id: int) -> None:
        self._of_agent.pop(lead_id, None)
        lead = self._lines.line(lead_id)
        if lead.lent_to is None:
            return
        lent_to, lead.lent_to = lead.lent_to, None
        if lead.channel is not None:
            self._order(lead_id, "POST", f"/bridges/{lead.bridge}/addChannel", channel=lead.channel)
        if lent_to == coaching_bridge(lead_id):
            self._order(lead_id, "DELETE", f"/bridges/{lent_to}")

    def _order(self, lead_id: int, method: str, path: str, **query: Any) -> None:
        self._switch.client.order(method, path, key=lead_id, query=query or None, then=_whatever)


def coaching_bridge(lead_id: int) -> str:
    return f"coach-{lead_id}"


def _whatever(status: int, body: Any) -> None:
    """For orders about things that may be gone or there already."""
