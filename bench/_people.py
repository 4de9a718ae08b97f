"""SIPp as the carrier and the people called, and as the agents' telephones.

The people called are told apart by the last digit of their number, so that the truth of every attempt can be checked
against what the number does (``FATE_OF_DIGIT``).
"""

from __future__ import annotations

import csv
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from types import TracebackType

from _telephone import CARRIER, free_port

FATE_OF_DIGIT = {
    **dict.fromkeys("0", "busy"),  # 486 at once
    **dict.fromkeys("1", "no_such_number"),  # 404 at once
    **dict.fromkeys("23", "rings"),  # until we take it back
    **dict.fromkeys("45", "no_answer"),  # rings for 1.5 s, then the carrier's 480
    **dict.fromkeys("67", "leaves"),  # answers after 0.3 s, hangs up 0.4 s later
    **dict.fromkeys("89", "listens"),  # answers after 0.3 s, stays until we hang up
}
"""A fifth fails at once, two fifths do not answer, two fifths answer and are soon over."""


class Sipp:
    """SIPp with one scenario at ``host``:``port``; ``counts`` after its end: what it saw of each message."""

    def __init__(self, scenario: str, *, host: str = CARRIER, port: int | None = None, media: bool = False) -> None:
        self.host = host
        self.port = port or free_port(host, socket.SOCK_DGRAM)
        self._home = tempfile.TemporaryDirectory(prefix="callwright-sipp-")
        home = Path(self._home.name)
        (home / "people.xml").write_text(scenario, encoding="utf-8")
        command = ["sipp", "-sf", "people.xml", "-i", host, "-p", str(self.port), "-mi", host, "-nostdin", "-aa"]
        command += ["-trace_counts", "-trace_err", "-fd", "1", "-buff_size", "8388608", "-watchdog_interval", "0"]
        if media:
            command.append("-rtp_echo")
        self.process = subprocess.Popen(
            command, cwd=home, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, stdin=subprocess.DEVNULL
        )
        self._home_path = home
        time.sleep(0.5)
        if self.process.poll() is not None:
            raise RuntimeError(f"SIPp ended at once: {self.errors[-500:]}")

    def stop(self) -> None:
        """End it; calls still up are given 3 s."""
        for how in (signal.SIGUSR1, signal.SIGTERM, signal.SIGKILL):
            if self.process.poll() is None:
                self.process.send_signal(how)
                with suppress(subprocess.TimeoutExpired):
                    self.process.wait(3.0)

    @property
    def counts(self) -> Mapping[str, int]:
        """The last line of SIPp's counters, by column."""
        for file in self._home_path.glob("*_counts.csv"):
            with file.open(newline="") as lines:
                rows = [row for row in csv.reader(lines, delimiter=";") if row]
            if len(rows) > 1:
                return {name: int(value) for name, value in zip(rows[0], rows[-1], strict=False) if value.isdigit()}
        return {}

    @property
    def errors(self) -> str:
        return "\n".join(file.read_text(errors="replace") for file in self._home_path.glob("*_errors.log"))

    def __enter__(self) -> Sipp:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.stop()
        self._home.cleanup()


def people_scenario() -> str:
    """The people of ``FATE_OF_DIGIT``."""
    rules = {"busy": "0", "nosuch": "1"}
    digits = "".join(f'<test assign_to="{n}" variable="digit" compare="equal" value="{d}"/>' for n, d in rules.items())
    return f"""<?xml version="1.0" encoding="ISO-8859-1" ?>
<scenario name="people">
  <recv request="INVITE">
    <action>
      <ereg regexp="sip:[+]?[0-9]*([0-9])@" search_in="msg" check_it="true" assign_to="uri,last"/>
      <todouble assign_to="digit" variable="last"/>
      {digits}
      <test assign_to="rings" variable="digit" compare="less_than" value="4"/>
      <test assign_to="fails" variable="digit" compare="less_than" value="6"/>
      <test assign_to="leaves" variable="digit" compare="less_than" value="8"/>
      <ereg regexp="[0-9]+ INVITE" search_in="hdr" header="CSeq:" check_it="true" assign_to="cseq"/>
    </action>
  </recv>
  <nop next="busy" test="busy"/>
  <nop next="nosuch" test="nosuch"/>
  {_reply("180 Ringing", retrans=False)}
  <nop next="ringing" test="rings"/>
  <nop next="failing" test="fails"/>
  <recv request="CANCEL" timeout="300" ontimeout="answer" next="cancelled"/>

  <label id="failing"/>
  <recv request="CANCEL" timeout="1500" ontimeout="noanswer" next="cancelled"/>
  <label id="noanswer"/>
  {_reply("480 Temporarily Unavailable", cause=18)}
  <recv request="ACK" timeout="9000" ontimeout="done" next="done"/>

  <label id="ringing"/>
  <recv request="CANCEL" timeout="180000" ontimeout="done" next="cancelled"/>

  <label id="busy"/>
  {_reply("486 Busy Here", cause=17)}
  <recv request="ACK" timeout="9000" ontimeout="done" next="done"/>
  <label id="nosuch"/>
  {_reply("404 Not Found", cause=1)}
  <recv request="ACK" timeout="9000" ontimeout="done" next="done"/>

  <label id="answer"/>
  {_reply("200 OK", sdp=True)}
  <recv request="ACK"/>
  <nop next="leaving" test="leaves"/>
  <recv request="BYE" timeout="60000" ontimeout="leave" next="left"/>
  <label id="leaving"/>
  <recv request="BYE" timeout="400" ontimeout="leave" next="left"/>
  {GOODBYES}
  <Reference variables="uri"/>
</scenario>
"""


def answering_scenario(ring_ms: Sequence[int] = (100,)) -> str:
    """Everybody answers, after the first, second ... of ``ring_ms`` by the number's last digit, and never hangs up."""
    of_digit = [ring_ms[digit * len(ring_ms) // 10] for digit in range(10)]
    tests = "".join(
        f'<test assign_to="is{digit}" variable="digit" compare="equal" value="{digit}"/>' for digit in range(1, 10)
    )
    ways = "".join(f'<nop next="ring{digit}" test="is{digit}"/>\n' for digit in range(1, 10))
    rings = "".join(
        f'''<label id="ring{digit}"/>
  <recv request="CANCEL" timeout="{of_digit[digit]}" ontimeout="answer" next="cancelled"/>
  '''
        for digit in range(10)
    )
    return f"""<?xml version="1.0" encoding="ISO-8859-1" ?>
<scenario name="answering">
  <recv request="INVITE">
    <action>
      <ereg regexp="sip:[+a-z]*[0-9]*([0-9])@" search_in="msg" check_it="true" assign_to="uri,last"/>
      <todouble assign_to="digit" variable="last"/>
      {tests}
      <ereg regexp="[0-9]+ INVITE" search_in="hdr" header="CSeq:" check_it="true" assign_to="cseq"/>
    </action>
  </recv>
  {_reply("180 Ringing", retrans=False)}
  {ways}
  {rings}
  <label id="answer"/>
  {_reply("200 OK", sdp=True)}
  <recv request="ACK"/>
  <recv request="BYE" next="left"/>
  {GOODBYES}
  <Reference variables="uri"/>
</scenario>
"""


def _reply(line: str, *, cause: int | None = None, sdp: bool = False, retrans: bool = True) -> str:
    reason = "" if cause is None else f"Reason: Q.850;cause={cause}\n"
    kind = "Content-Type: application/sdp\n" if sdp else ""
    body = (
        "v=0\no=- 1 1 IN IP4 [local_ip]\ns=-\nc=IN IP4 [media_ip]\nt=0 0\n"
        "m=audio [media_port] RTP/AVP 0\na=rtpmap:0 PCMU/8000\n"
        if sdp
        else ""
    )
    return f"""<send{' retrans="500"' if retrans else ""}><![CDATA[
SIP/2.0 {line}
[last_Via:]
[last_From:]
[last_To:];tag=[pid]p[call_number]
[last_Call-ID:]
CSeq: [$cseq]
Contact: <sip:[local_ip]:[local_port]>
{reason}{kind}Content-Length: {"[len]" if sdp else "0"}

{body}]]></send>"""


GOODBYES = """
  <label id="leave"/>
  <send retrans="500"><![CDATA[
BYE sip:[remote_ip]:[remote_port] SIP/2.0
Via: SIP/2.0/[transport] [local_ip]:[local_port];branch=[branch]
From: <sip:people@[local_ip]:[local_port]>;tag=[pid]p[call_number]
[last_From:to]
[last_Call-ID:]
CSeq: 2 BYE
Max-Forwards: 70
Content-Length: 0

]]></send>
  <recv response="200" timeout="9000" ontimeout="done" next="done"/>
  <label id="left"/>
  <send><![CDATA[
SIP/2.0 200 OK
[last_Via:]
[last_From:]
[last_To:]
[last_Call-ID:]
[last_CSeq:]
Content-Length: 0

]]></send>
  <nop next="done"/>
  <label id="cancelled"/>
  <send><![CDATA[
SIP/2.0 200 OK
[last_Via:]
[last_From:]
[last_To:];tag=[pid]p[call_number]
[last_Call-ID:]
[last_CSeq:]
Content-Length: 0

]]></send>
  <send retrans="500"><![CDATA[
SIP/2.0 487 Request Terminated
[last_Via:]
[last_From:]
[last_To:];tag=[pid]p[call_number]
[last_Call-ID:]
CSeq: [$cseq]
Content-Length: 0

]]></send>
  <recv request="ACK" timeout="9000" ontimeout="done"/>
  <label id="done"/>
"""
