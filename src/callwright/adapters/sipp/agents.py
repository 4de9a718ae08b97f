"""SIPp as agents' ordinary telephones: they answer an always-on line at once, send sound, and stay until let go."""

from __future__ import annotations

from pathlib import Path

from callwright.adapters.sipp.process import Sipp
from callwright.adapters.sipp.scenario import CONTACT, OK, SDP, Script

_PICKS_UP = (
    "SIP/2.0 200 OK\n[last_Via:]\n[last_From:]\n[last_To:]\n[last_Call-ID:]\n[last_CSeq:]\n"
    f"{CONTACT}\nContent-Type: application/sdp\nContent-Length: [len]\n\n{SDP}"
)


def scenario(sound: Path | None) -> str:
    """The scenario's XML."""
    script = Script("agents")
    script.recv("BYE", optional="global", next="left")
    script.recv("CANCEL", optional="global", next="left")
    script.recv("OPTIONS", optional="global", next="left")
    script.recv("INVITE", next="called")
    script.recv("INVITE", optional="global", next="again")
    script.recv("UPDATE", optional="global", next="updated")
    script.wall()
    script.label("called")
    script.send(_PICKS_UP.replace("[last_To:]", "[last_To:];tag=[pid]a[call_number]"), retrans="500")
    script.recv("ACK", timeout="32000", ontimeout="over")
    if sound is not None:
        script.nop(f'<exec rtp_stream="{sound},-1,0"/>')
    script.label("stays")
    script.nop('<assign assign_to="long_ms" value="86400000"/>')
    script.pause("long_ms")
    script.nop(next="stays")
    script.label("again")
    script.send(_PICKS_UP, retrans="500")
    script.recv("ACK", timeout="8000", ontimeout="stays", next="stays")
    script.label("updated")
    script.send(OK)
    script.nop(next="stays")
    script.label("left")
    script.send(OK)
    script.label("over")
    return script.xml(())


class SippAgents(Sipp):
    """Ordinary telephones of agents: they pick up at once and speak on and on. ``contact`` is what Asterisk is told."""

    def __init__(self, host: str, sound: Path | None, *, port: int = 0) -> None:
        super().__init__(host, port=port)
        (self.directory / "agents.xml").write_text(scenario(sound))

    def start(self) -> None:
        self.run("-sf", "agents.xml")

    def contact(self, agent_id: int) -> str:
        return f"sip:agent{agent_id}@{self.host}:{self.port}"
