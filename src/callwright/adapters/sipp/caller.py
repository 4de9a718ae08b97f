"""How SIPp plays a person who calls us: rings, gives up after a while, or talks and hangs up."""

from __future__ import annotations

from pathlib import Path

from callwright.adapters.sipp.scenario import CONTACT, OK, SDP, Script

_HEAD = """{via}
From: <sip:{number}@[local_ip]:[local_port]>;tag=[pid]c[call_number]
To: <sip:{called}@[remote_ip]:[remote_port]>{peer}
Call-ID: [call_id]
CSeq: {cseq}
Max-Forwards: 70
"""
_NEW_VIA = "Via: SIP/2.0/[transport] [local_ip]:[local_port];branch=[branch]"
_SAME_VIA = "[last_Via:]"


def scenario(number: str, called: str, *, stay_s: float, patience_s: float, sound: Path | None) -> str:
    """The scenario's XML, for one call."""

    def request(method: str, cseq: str, *, via: str = _NEW_VIA, peer: bool = True) -> str:
        head = _HEAD.format(via=via, number=number, called=called, cseq=cseq, peer="[peer_tag_param]" if peer else "")
        return f"{method} sip:{called}@[remote_ip]:[remote_port] SIP/2.0\n{head}"

    script = Script("caller")
    script.send(
        f"{request('INVITE', '1 INVITE', peer=False)}{CONTACT}\nContent-Type: application/sdp\n"
        f"Content-Length: [len]\n\n{SDP}",
        retrans="500",
    )
    script.nop(next="rings")
    script.recv("BYE", optional="global", next="left")
    script.recv("100", optional="global")
    script.wall()
    script.label("rings")
    # SIPp rests at the first of these, and only its own time-out counts
    script.recv("180", optional="true", timeout=str(round(patience_s * 1000)), ontimeout="gives_up")
    script.recv("183", optional="true")
    for code in ("403", "404", "480", "486", "488", "503", "603"):
        script.recv(code, optional="true", next="refused")
    script.recv("200")
    script.send(f"{request('ACK', '1 ACK')}Content-Length: 0\n")
    if sound is not None:
        script.nop(f'<exec rtp_stream="{sound},-1,0"/>')
    script.nop(f'<assign assign_to="stay_ms" value="{round(stay_s * 1000)}"/>')
    script.pause("stay_ms")
    script.send(f"{request('BYE', '2 BYE')}Content-Length: 0\n", retrans="500")
    script.recv("200", timeout="8000", ontimeout="over", next="over")
    script.label("gives_up")
    script.send(f"{request('CANCEL', '1 CANCEL', via=_SAME_VIA, peer=False)}Content-Length: 0\n", retrans="500")
    script.recv("200", timeout="8000", ontimeout="over")
    script.recv("487", timeout="8000", ontimeout="over")
    script.label("refused")
    script.send(f"{request('ACK', '1 ACK', via=_SAME_VIA)}Content-Length: 0\n")
    script.nop(next="over")
    script.label("left")
    script.send(OK)
    script.label("over")
    return script.xml(())
