"""What the telephone's benches share: an Asterisk of its own, SIPp as carrier and people, who takes how much processor.

The people called are told apart by the last digit of their number, so that the truth of every attempt can be checked
against what the number does (``FATE_OF_DIGIT``). Everything runs on loopback, on free ports.
"""

from __future__ import annotations

import argparse
import asyncio
import csv
import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from statistics import quantiles
from types import TracebackType
from typing import Any
from urllib.parse import parse_qs, urlsplit

from callwright.adapters.asterisk.ari import AriAddress
from callwright.adapters.asterisk.network import AsteriskNetwork
from callwright.adapters.asterisk.plan import SipTrunk, TelephonePlan
from callwright.adapters.asterisk.process import AsteriskProcess
from callwright.adapters.asterisk.prompts import Prompts
from callwright.adapters.asterisk.root import find_root
from callwright.adapters.holidays_calendar import PackageHolidays
from callwright.adapters.postgres import setup
from callwright.adapters.postgres.embedded import default_home
from callwright.adapters.postgres.store import PostgresStore
from callwright.compliance import DialFacts, DialPermit, RuleBook, permit_dial
from callwright.dialer.ports import Trunk
from callwright.kit.errors import CallwrightError
from callwright.kit.loop_clock import LoopClock
from callwright.model.campaign import Campaign, Hours
from callwright.model.people import LineType, Phone

NUMBERS_FROM = 2_020_000_000
ALWAYS = Hours(from_minute=0, to_minute=24 * 60, weekdays=frozenset(range(7)))
OURS, CARRIER, AGENTS = "127.0.0.41", "127.0.0.42", "127.0.0.43"
SECRET = "only for the time of a bench"
_TICK = os.sysconf("SC_CLK_TCK")

FATE_OF_DIGIT = {
    **dict.fromkeys("0", "busy"),  # 486 at once
    **dict.fromkeys("1", "no_such_number"),  # 404 at once
    **dict.fromkeys("23", "rings"),  # until we take it back
    **dict.fromkeys("45", "no_answer"),  # rings for 1.5 s, then the carrier's 480
    **dict.fromkeys("67", "leaves"),  # answers after 0.3 s, hangs up 0.4 s later
    **dict.fromkeys("89", "listens"),  # answers after 0.3 s, stays until we hang up
}
"""A fifth fails at once, two fifths do not answer, two fifths answer and are soon over."""


def free_port(host: str, kind: int = socket.SOCK_STREAM) -> int:
    with socket.socket(socket.AF_INET, kind) as probe:
        probe.bind((host, 0))
        return int(probe.getsockname()[1])


# --- Asterisk and SIPp ------------------------------------------------------------------------------------------------


@contextmanager
def asterisk(plan: TelephonePlan, name: str = "bench") -> Iterator[AsteriskProcess]:
    """An Asterisk for the time of a bench, in directories of its own."""
    process = AsteriskProcess(find_root(default_home()), f"{name}-{os.getpid()}")
    process.configure(plan)
    try:
        process.start()
        yield process
    finally:
        process.remove()


def bench_plan(carrier_port: int, **more: Any) -> TelephonePlan:
    """One trunk to the carrier on loopback."""
    return TelephonePlan(
        trunks=(SipTrunk(name="main", host=CARRIER, port=carrier_port, codecs=("ulaw",), announcements=False),),
        sip_bind=OURS,
        sip_port=free_port(OURS, socket.SOCK_DGRAM),
        media_address=OURS,
        http_port=free_port("127.0.0.1"),
        ari_secret=SECRET,
        **more,
    )


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


# --- our side ----------------------------------------------------------------------------------------


async def connect(plan: TelephonePlan, process: AsteriskProcess, rate: float) -> AsteriskNetwork:
    network = AsteriskNetwork(
        address=AriAddress(port=plan.http_port, secret=SECRET),
        plan=plan,
        trunks=[Trunk(name="main", channels=100_000, calls_per_s=2 * rate)],
        clock=LoopClock(asyncio.get_running_loop()),
        prompts=Prompts(process.root, process.sounds),
    )
    await network.start()
    return network


async def until(true: Any, within_s: float) -> None:
    limit = time.monotonic() + within_s
    while not true() and time.monotonic() < limit:  # noqa: ASYNC110
        await asyncio.sleep(0.05)


async def channels_left(network: AsteriskNetwork, within_s: float = 5.0) -> int:
    """Channels that stand although all calls are over; the last ones are given a moment."""
    limit = time.monotonic() + within_s
    while (left := len(await network.switch.client.get("/channels"))) and time.monotonic() < limit:  # noqa: ASYNC110
        await asyncio.sleep(0.1)
    return left


def postmaster_of(url: str) -> int:
    """The embedded server's process."""
    socket_directory = Path(parse_qs(urlsplit(url).query)["host"][0])
    return int((socket_directory.parent / "pgdata" / "postmaster.pid").read_text().split()[0])


# --- permits --------------------------------------------------------------------------------------------------------


def noon_zone() -> str:
    """A zone where it is about noon now, so that the hours of the law do not decide whether the bench runs."""
    west = datetime.now(UTC).hour - 12
    return f"Etc/GMT{'+' if west >= 0 else '-'}{abs(west)}"


def a_permit(number: str) -> DialPermit:
    """The rules' yes for a number, by the rules themselves."""
    facts = DialFacts(
        now=time.time(),
        campaign_id=1,
        phone=Phone(id=1, number=number, country="US", zones=(noon_zone(),), line_type=LineType.MOBILE),
        campaign_hours=ALWAYS,
        purpose="service",
        lead_id=1,
        customer_id=1,
    )
    answer = permit_dial(facts, _book())
    assert isinstance(answer, DialPermit), answer
    return answer


@cache
def _book() -> RuleBook:
    return RuleBook.load(holidays=PackageHolidays())


# --- leads ----------------------------------------------------------------------------------------------


_LEADS: Mapping[str, str] = {
    "customers": "insert into customers (id, name, facts) overriding system value"
    " select id, 'Person ' || id, '{}' from generate_series($1::bigint, $2::bigint) id",
    "phones": "insert into phones (id, customer_id, number, country, line_type, zones) overriding system value"
    " select id, id, '+1' || ($3::bigint + id), 'US', 'mobile', array[$4::text]"
    " from generate_series($1::bigint, $2::bigint) id",
    "leads": "insert into leads (id, list_id, campaign_id, customer_id, tier, priority, next_at)"
    " overriding system value select id, $3, $4, id, 1, 0, now() - interval '1 hour'"
    " from generate_series($1::bigint, $2::bigint) id",
    "consents": "insert into consents (customer_id, kind, granted_at)"
    " select id, 'artificial_voice', now() - interval '1 day' from generate_series($1::bigint, $2::bigint) id",
}


async def fill(store: PostgresStore, campaign: Campaign, leads: int, *, after: int = 0) -> Campaign:
    """The campaign, as stored, with so many leads who may be called now and have agreed to it; ids behind ``after``."""
    campaign = await setup.add_campaign(store, campaign)
    list_id = await setup.add_list(store, campaign.name)
    more: Mapping[str, tuple[Any, ...]] = {"phones": (NUMBERS_FROM, noon_zone()), "leads": (list_id, campaign.id)}
    async with store.connected() as connection:
        await connection.execute("set session_replication_role = replica")
        for table, statement in _LEADS.items():
            await connection.execute(statement, after + 1, after + leads, *more.get(table, ()), timeout=600)
        await connection.execute(
            "insert into lead_counts (campaign_id, leads, open) values ($1, $2, $2)", campaign.id, leads
        )
        await connection.execute("reset session_replication_role")
        for table in _LEADS:
            await connection.execute(f"vacuum analyze {table}", timeout=600)
    return campaign


# --- figures ----------------------------------------------------------------------------------------------------------


class Shares:
    """Processor time by program, in shares of one core; a program is a process with its children."""

    def __init__(self, pids: Mapping[str, int]) -> None:
        self._pids = pids
        self._began = time.monotonic()
        self._used = self._read()

    def taken(self) -> dict[str, float]:
        """Since it was made."""
        took, now = time.monotonic() - self._began, self._read()
        return {name: round((now[name] - self._used[name]) / took, 3) for name in self._pids}

    def _read(self) -> dict[str, float]:
        parents: dict[int, list[int]] = {}
        ticks: dict[int, int] = {}
        for place in Path("/proc").iterdir():
            if not place.name.isdigit():
                continue
            with suppress(OSError):
                fields = (place / "stat").read_text().rpartition(")")[2].split()
                parents.setdefault(int(fields[1]), []).append(int(place.name))
                ticks[int(place.name)] = sum(map(int, fields[11:15]))  # own and waited-for children's
        used = {}
        for name, pid in self._pids.items():
            children, total = [pid], 0
            while children:
                at = children.pop()
                total += ticks.get(at, 0)
                children += parents.get(at, []) if at != os.getpid() else []  # our children are programs of their own
            used[name] = total / _TICK
        return used


def percentiles(name: str, seconds: Sequence[float], *cuts: int) -> dict[str, float]:
    """``name_p50_ms`` and so on, and the most."""
    if len(seconds) < 2:
        return {}
    found = quantiles(seconds, n=100)
    return {f"{name}_p{cut}_ms": round(found[cut - 1] * 1000, 2) for cut in cuts or (50, 99)} | {
        f"{name}_max_ms": round(max(seconds) * 1000, 2)
    }


def resident_mib(pid: int) -> float:
    for line in Path(f"/proc/{pid}/status").read_text().splitlines():
        if line.startswith("VmRSS:"):
            return int(line.split()[1]) / 1024
    return 0.0


def run(parser: argparse.ArgumentParser, measure: Callable[[argparse.Namespace], Mapping[str, Any]]) -> None:
    """Measure and print, as a table or with ``--json``; where a part is missing, say so in one sentence."""
    parser.add_argument("--json", action="store_true")
    arguments = parser.parse_args()
    if shutil.which("sipp") is None:
        sys.exit("SIPp is missing: apt-get install sip-tester, then try again.")
    try:
        find_root(default_home())
    except CallwrightError as error:
        sys.exit(str(error))
    figures = measure(arguments)
    if arguments.json:
        print(json.dumps(figures))
        return
    width = max(map(len, figures))
    for name, value in figures.items():
        print(f"{name:>{width}}  {value:,}" if isinstance(value, int | float) else f"{name:>{width}}  {value}")


class Ears:
    """How long Asterisk's events are under way to us: every tenth one's own time against ours."""

    def __init__(self, network: AsteriskNetwork) -> None:
        self.delays: list[float] = []
        self.events = 0
        client = network.switch.client
        deal_with = client._on_event

        def on_event(event: Mapping[str, Any]) -> None:
            self.events += 1
            if self.events % 10 == 0:
                at = datetime.strptime(event["timestamp"], "%Y-%m-%dT%H:%M:%S.%f%z").timestamp()
                self.delays.append(time.time() - at)
            deal_with(event)

        client._on_event = on_event


class Loop:
    """How late the event loop is: a timer of 10 ms, and by how much it was missed."""

    def __init__(self) -> None:
        self.late: list[float] = []
        self._task = asyncio.create_task(self._watch())

    async def _watch(self) -> None:
        while True:
            before = time.perf_counter()
            await asyncio.sleep(0.01)
            self.late.append(time.perf_counter() - before - 0.01)

    async def close(self) -> None:
        self._task.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await self._task
