"""What the telephone's benches share: an Asterisk of its own, leads, permits, who takes how much processor.

Everything runs on loopback, on free ports. The people called are in ``_people``, those who are heard in ``_far_end``.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import json
import os
import shutil
import socket
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from statistics import quantiles
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
