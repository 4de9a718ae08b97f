"""The other side of a floor's telephone, by SIPp: people who answer, ring on or hang up soon, and agents' telephones.

Each kind has an address of its own. Whoever speaks sends one constant sound, so that a packet tells who is heard.
"""

from __future__ import annotations

import subprocess
from pathlib import Path

SIP_PORT = 5060
VOICES = {"agent": 0x31, "person": 0xB1, "music": 0x52, "notice": 0x43}
"""The mu-law byte that each voice is made of."""

_REPLY = """
[last_Via:]
[last_From:]
[last_To:];tag=[pid]p[call_number]
[last_Call-ID:]
[last_CSeq:]
Contact: <sip:[local_ip]:[local_port]>
"""
_SDP = """Content-Type: application/sdp
Content-Length: [len]

v=0
o=- 1 1 IN IP4 [local_ip]
s=-
c=IN IP4 [media_ip]
t=0 0
m=audio [rtpstream_audio_port] RTP/AVP 0
a=rtpmap:0 PCMU/8000
"""
_EMPTY = "Content-Length: 0\n\n"


def _send(line: str, rest: str = _EMPTY, *, again: bool = False) -> str:
    retrans = ' retrans="500"' if again else ""
    return f"<send{retrans}><![CDATA[\nSIP/2.0 {line}{_REPLY}{rest}]]></send>\n"


def _speak(voice: str) -> str:
    return f'<nop><action><exec rtp_stream="{voice}.ulaw,-1,0"/></action></nop>\n'


_INVITED = '<recv request="INVITE"/>\n'
_ENDED_BY_THEM = '<recv request="BYE"/>\n' + _send("200 OK").replace(";tag=[pid]p[call_number]", "")
_HANGS_UP = (
    '<send retrans="500"><![CDATA[\nBYE [$target] SIP/2.0\n'
    "Via: SIP/2.0/UDP [local_ip]:[local_port];branch=[branch]\n"
    "From: <sip:person@[local_ip]:[local_port]>;tag=[pid]p[call_number]\n"
    "To: <[$caller]>;tag=[$tag]\n"
    "[last_Call-ID:]\nCSeq: 7 BYE\nMax-Forwards: 70\nContent-Length: 0\n\n]]></send>\n"
    '<recv response="200" timeout="4000" ontimeout="done"/>\n<label id="done"/>\n'
)
_WHO_CALLS = (
    '<recv request="INVITE"><action>'
    '<ereg regexp="&lt;(sip:[^&gt;]+)&gt;;tag=([^;]+)" search_in="hdr" header="From:" check_it="true"'
    ' assign_to="all,caller,tag"/>'
    '<ereg regexp="&lt;(sip:[^&gt;]+)&gt;" search_in="hdr" header="Contact:" check_it="true"'
    ' assign_to="whole,target"/>'
    '</action></recv>\n<Reference variables="all,whole"/>\n'
)
_ANSWERS = _send("200 OK", _SDP, again=True) + '<recv request="ACK"/>\n'

SCENARIOS = {
    # answer, and speak until we hang up
    "talkers": _INVITED
    + _send("180 Ringing")
    + '<pause milliseconds="100"/>\n'
    + _ANSWERS
    + _speak("person")
    + _ENDED_BY_THEM,
    # ring until they are taken back
    "ringers": _INVITED
    + _send("180 Ringing")
    + '<recv request="CANCEL"/>\n'
    + _send("200 OK")
    + _send("487 Request Terminated", again=True).replace("[last_CSeq:]", "CSeq: [$cseq]")
    + '<recv request="ACK" timeout="4000" ontimeout="done"/>\n<label id="done"/>\n',
    # ring a while, answer, hear two seconds, hang up
    "brief": _WHO_CALLS
    + _send("180 Ringing")
    + '<pause milliseconds="1500"/>\n'
    + _ANSWERS
    + '<pause milliseconds="2000"/>\n'
    + _HANGS_UP,
    # an agent's telephone: picks up at once and sends sound as long as the line stands
    "agents": _INVITED + _ANSWERS + _speak("agent") + _ENDED_BY_THEM,
}
SCENARIOS["ringers"] = SCENARIOS["ringers"].replace(
    _INVITED,
    '<recv request="INVITE"><action><ereg regexp="[0-9]+ INVITE" search_in="hdr" header="CSeq:"'
    ' check_it="true" assign_to="cseq"/></action></recv>\n',
)


class Parties:
    """SIPp processes, by name; each plays one scenario at one address."""

    def __init__(self, directory: Path) -> None:
        self._directory = directory
        self._running: dict[str, subprocess.Popen[bytes]] = {}
        for voice, byte in VOICES.items():
            (directory / f"{voice}.ulaw").write_bytes(bytes([byte]) * 8000)
        for name, steps in SCENARIOS.items():
            text = f'<?xml version="1.0" encoding="ISO-8859-1" ?>\n<scenario name="{name}">\n{steps}</scenario>\n'
            (directory / f"{name}.xml").write_text(text, encoding="utf-8")

    def start(self, name: str, scenario: str, address: str) -> None:
        command = ["sipp", "-sf", f"{scenario}.xml", "-i", address, "-p", str(SIP_PORT), "-mi", address]
        with (self._directory / f"{name}.out").open("wb") as out:
            self._running[name] = subprocess.Popen(
                [*command, "-nostdin", "-aa", "-max_socket", "2000", "-trace_err", "-error_file", f"{name}.err"],
                stdin=subprocess.DEVNULL,
                stdout=out,
                stderr=subprocess.STDOUT,
                cwd=self._directory,
            )

    def kill(self, name: str) -> None:
        """As a crash of the telephone, or a cut wire, would: without a word."""
        process = self._running.pop(name, None)
        if process is not None:
            process.kill()
            process.wait()

    def close(self) -> None:
        for name in list(self._running):
            self.kill(name)
