"""Originates per second, sustained: leads in PostgreSQL, permits, attempts, Asterisk over ARI, SIPp as the world, outcomes.

    python bench/telephone_originates.py [--minutes 1] [--rate 220] [--bare-seconds 20] [--json]

The requirement: at least 200 per second for 10 minutes on two cores, and no call lost. A message campaign runs through the
whole dialer: claims, permits under the number's lock, attempts committed before the dial, a message played to whoever
answers, outcomes committed. Before it, for comparison, the same calls over the adapter alone, with neither rules nor
database. A fifth of the calls fails at once, two fifths do not answer (half of them ring for the lawful 15 s and are taken
back), two fifths answer and end soon (half hang up, half hear the message out).

Lost is: an attempt without its end, an end that is not what the number does, an attempt without its INVITE or an INVITE
without its attempt, a channel that stands when all is over.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import json
import math
import os
import time
import wave
from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from _telephone import (
    FATE_OF_DIGIT,
    SECRET,
    Shares,
    Sipp,
    asterisk,
    bench_plan,
    people_scenario,
    percentiles,
    print_figures,
    resident_mib,
)
from hopper import database

from callwright.adapters.asterisk.ari import AriAddress
from callwright.adapters.asterisk.network import AsteriskNetwork
from callwright.adapters.asterisk.plan import TelephonePlan
from callwright.adapters.asterisk.process import AsteriskProcess
from callwright.adapters.asterisk.prompts import Prompts
from callwright.adapters.holidays_calendar import PackageHolidays
from callwright.adapters.postgres import setup
from callwright.adapters.postgres.migrations import migrate
from callwright.adapters.postgres.store import PostgresStore
from callwright.compliance import DialFacts, DialPermit, RuleBook, permit_dial
from callwright.desk.ports import NoScreens
from callwright.dialer.network import Originate
from callwright.dialer.ports import Trunk
from callwright.dialer.service import Dialer
from callwright.kit.loop_clock import LoopClock
from callwright.model.attempt import Mode
from callwright.model.campaign import Campaign, DialRules, Hours, MessageRules, PacingRules
from callwright.model.people import LineType, Phone

NUMBERS_FROM = 2_020_000_000
RING_S = 15.0
MESSAGE_S = 1.0
TRUE_ENDS: Mapping[str, frozenset[str]] = {
    "busy": frozenset({"busy"}),
    "no_such_number": frozenset({"no_such_number"}),
    "rings": frozenset({"no_answer", "dropped"}),
    "no_answer": frozenset({"unreachable", "dropped"}),
    "leaves": frozenset({"message_played", "dropped"}),
    "listens": frozenset({"message_played", "dropped"}),
}
"""What an attempt may end as, by what its number does ("dropped": it rang when the bench ended)."""
_LEADS = (
    "insert into customers (id, name, facts) overriding system value"
    " select id, 'Person ' || id, '{}' from generate_series(1::bigint, $1::bigint) id",
    "insert into phones (id, customer_id, number, country, line_type, zones) overriding system value"
    " select id, id, '+1' || ($2::bigint + id), 'US', 'mobile', array[$3::text]"
    " from generate_series(1::bigint, $1::bigint) id",
    "insert into leads (id, list_id, campaign_id, customer_id, tier, priority, next_at) overriding system value"
    " select id, $2, $3, id, 1, 0, now() - interval '1 hour' from generate_series(1::bigint, $1::bigint) id",
    "insert into consents (customer_id, kind, granted_at) select id, 'artificial_voice', now() - interval '1 day'"
    " from generate_series(1::bigint, $1::bigint) id",
    "insert into lead_counts (campaign_id, leads, open) values ($2, $1, $1)",
)


def noon_zone() -> str:
    """A zone where it is about noon now, so that the hours of the law do not decide whether the bench runs."""
    west = datetime.now(UTC).hour - 12
    return f"Etc/GMT{'+' if west >= 0 else '-'}{abs(west)}"


@contextmanager
def message(process: AsteriskProcess) -> Iterator[str]:
    """A message of ``MESSAGE_S``, where Asterisk finds it."""
    name = f"bench-{os.getpid()}"
    process.sounds.mkdir(parents=True, exist_ok=True)
    file = process.sounds / f"{name}.wav"
    with wave.open(str(file), "wb") as written:
        written.setnchannels(1)
        written.setsampwidth(2)
        written.setframerate(8000)
        tone = (round(8000 * math.sin(2 * math.pi * 440 * n / 8000)) for n in range(int(8000 * MESSAGE_S)))
        written.writeframes(b"".join(sample.to_bytes(2, "little", signed=True) for sample in tone))
    file.chmod(0o644)
    try:
        yield name
    finally:
        file.unlink(missing_ok=True)


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


# --- the adapter alone ------------------------------------------------------------------------------------------------


class BareSink:
    """Plays the message to who answers, hangs up after it, counts ends."""

    def __init__(self, network: AsteriskNetwork, said: str) -> None:
        self.network, self.said = network, said
        self.ends: Counter[str] = Counter()
        self.live: set[int] = set()

    def on_answered(self, attempt_id: int) -> None:
        self.network.play(attempt_id, self.said, MESSAGE_S)

    def on_play_ended(self, attempt_id: int) -> None:
        self.network.hang_up(attempt_id)

    def on_ended(self, attempt_id: int, *, sip: int | None, q850: int | None, by: str) -> None:
        self.live.discard(attempt_id)
        self.ends[f"{sip or q850}"] += 1

    def on_lost(self, attempt_id: int) -> None:
        self.live.discard(attempt_id)
        self.ends["lost"] += 1

    def _ignore(self, *_: Any, **__: Any) -> None:
        return

    on_ringing = on_early_media = on_verdict = on_joined = on_key = on_inbound = on_aside = on_agent_line = _ignore
    on_network = _ignore


def a_permit(book: RuleBook, zone: str, number: str) -> DialPermit:
    facts = DialFacts(
        now=time.time(),
        campaign_id=1,
        phone=Phone(id=1, number=number, country="US", zones=(zone,), line_type=LineType.MOBILE),
        campaign_hours=Hours(from_minute=0, to_minute=24 * 60, weekdays=frozenset(range(7))),
        purpose="service",
        lead_id=1,
        customer_id=1,
    )
    answer = permit_dial(facts, book)
    assert isinstance(answer, DialPermit), answer
    return answer


async def bare(arguments: argparse.Namespace, plan: TelephonePlan, process: AsteriskProcess, sipp: Sipp) -> dict[str, Any]:
    """The adapter alone, at the same rate."""
    with message(process) as said:
        network = await connect(plan, process, arguments.rate)
        sink = BareSink(network, said)
        network.listen(sink)
        book, zone = RuleBook.load(holidays=PackageHolidays()), noon_zone()
        ears, loop = Ears(network), Loop()
        shares = Shares({"asterisk": process.pid() or 0, "python": os.getpid(), "sipp": sipp.process.pid})
        began, dialed = time.monotonic(), 0
        while (passed := time.monotonic() - began) < arguments.bare_seconds:
            due = int(passed * arguments.rate)
            for n in range(dialed + 1, due + 1):
                sink.live.add(n)
                network.originate(
                    Originate(
                        attempt_id=n,
                        permit=a_permit(book, zone, f"+1{NUMBERS_FROM + n}"),
                        trunk="main",
                        caller_id="+12020000000",
                        ring_timeout_s=RING_S,
                    )
                )
            dialed = due
            await asyncio.sleep(0.02)
        took, taken = time.monotonic() - began, shares.taken()
        for n in list(sink.live):
            network.hang_up(n)
        await until(lambda: not sink.live, 10.0)
        left = await channels_left(network)
        await loop.close()
        await network.close()
    return {
        "bare_per_s": round(dialed / took, 1),
        **{f"bare_{name}_cores": share for name, share in taken.items()},
        **{f"bare_{name}_ms_per_call": round(1000 * share * took / dialed, 2) for name, share in taken.items()},
        **percentiles("bare_event", ears.delays),
        **percentiles("bare_loop_late", loop.late),
        "bare_lost": len(sink.live) + sink.ends["lost"] + left,
    }


# --- the whole path ---------------------------------------------------------------------------------------------------


async def whole(
    arguments: argparse.Namespace, plan: TelephonePlan, process: AsteriskProcess, sipp: Sipp, url: str, server: int
) -> dict[str, Any]:
    await migrate(url)
    store = await PostgresStore.connect(url)
    seconds = arguments.minutes * 60.0
    with message(process) as said:
        campaign = await fill(store, said, arguments.rate, leads=int(seconds * arguments.rate * 1.2) + 5000)
        trunk = Trunk(name="main", channels=100_000, calls_per_s=arguments.rate)
        network = await connect(plan, process, arguments.rate)
        clock = LoopClock(asyncio.get_running_loop())
        dialer = Dialer(
            clock=clock,
            store=store,
            network=network,
            screens=NoScreens(),
            book=RuleBook.load(holidays=PackageHolidays()),
            trunks=[trunk],
            owner="bench",
        )
        run = await dialer.add_campaign(campaign)
        ears, loop = Ears(network), Loop()
        pids = {"asterisk": process.pid() or 0, "python": os.getpid(), "postgres": server, "sipp": sipp.process.pid}
        shares, began, memory = Shares(pids), time.monotonic(), []
        running = asyncio.create_task(dialer.run())
        dials: list[tuple[float, int]] = [(0.0, 0)]
        most_live = 0
        while (passed := time.monotonic() - began) < seconds and not running.done():
            await asyncio.sleep(min(5.0, seconds - passed + 0.001))
            dials.append((time.monotonic() - began, run.dials))
            most_live = max(most_live, len(run.calls))
            memory.append(resident_mib(os.getpid()))
        taken, events = shares.taken(), ears.events
        dialer.wind_down()
        await asyncio.wait_for(running, 60.0)
        left = await channels_left(network)
        await loop.close()
        await network.close()
    untrue, ends = await judged(store)
    await store.close()
    rates = [(b[1] - a[1]) / (b[0] - a[0]) for a, b in zip(dials, dials[1:], strict=False)]
    return {
        "seconds": round(dials[-1][0], 1),
        "per_s": round(dials[-1][1] / dials[-1][0], 1),
        "slowest_5_s_per_s": round(min(rates[1:] or rates), 1),
        **{f"{name}_cores": share for name, share in taken.items()},
        **{f"{name}_ms_per_call": round(1000 * s * dials[-1][0] / dials[-1][1], 2) for name, s in taken.items()},
        "events_per_call": round(events / max(1, dials[-1][1]), 2),
        **percentiles("event", ears.delays),
        **percentiles("loop_late", loop.late),
        "most_calls_at_once": most_live,
        "python_mib": f"{memory[0]:.0f} -> {memory[-1]:.0f}" if memory else "",
        "attempts": ends.total(),
        "ends": dict(ends.most_common()),
        "refused": dict(run.refusals),
        "untrue_ends": untrue,
        "channels_left": left,
    }


async def fill(store: PostgresStore, said: str, rate: float, *, leads: int) -> Campaign:
    campaign = await setup.add_campaign(
        store,
        Campaign(
            id=0,
            name="bench",
            purpose="service",
            mode=Mode.MESSAGE,
            hours=Hours(from_minute=0, to_minute=24 * 60, weekdays=frozenset(range(7))),
            dial=DialRules(ring_timeout_s=RING_S),
            pacing=PacingRules(max_lines=100_000, max_calls_per_s=2 * rate),
            message=MessageRules(message=said, length_s=MESSAGE_S),
            caller_ids=("+12020000000",),
        ),
    )
    list_id = await setup.add_list(store, "bench")
    async with store.connected() as connection:
        await connection.execute("set session_replication_role = replica")
        await connection.execute(_LEADS[0], leads, timeout=600)
        await connection.execute(_LEADS[1], leads, NUMBERS_FROM, noon_zone(), timeout=600)
        await connection.execute(_LEADS[2], leads, list_id, campaign.id, timeout=600)
        await connection.execute(_LEADS[3], leads, timeout=600)
        await connection.execute(_LEADS[4], leads, campaign.id)
        await connection.execute("reset session_replication_role")
        for table in ("customers", "phones", "leads", "consents"):
            await connection.execute(f"vacuum analyze {table}", timeout=600)
    return campaign


async def judged(store: PostgresStore) -> tuple[int, Counter[str]]:
    """(attempts whose end is not what their number does, or that have none; all ends)."""
    untrue, ends = 0, Counter[str]()
    async with store.connected() as connection:
        rows = await connection.fetch(
            "select right(number, 1) as digit, state, outcome, count(*) as n from attempts group by 1, 2, 3"
        )
    for row in rows:
        true = row["state"] == "ended" and row["outcome"] in TRUE_ENDS[FATE_OF_DIGIT[row["digit"]]]
        untrue += 0 if true else row["n"]
        ends[row["outcome"] or row["state"]] += row["n"]
    return untrue, ends


# --- both -------------------------------------------------------------------------------------------------------------


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
    while not true() and time.monotonic() < limit:
        await asyncio.sleep(0.05)


async def channels_left(network: AsteriskNetwork, within_s: float = 5.0) -> int:
    """Channels that stand although all calls are over; the last ones are given a moment."""
    limit = time.monotonic() + within_s
    while (left := len(await network.switch.client.get("/channels"))) and time.monotonic() < limit:
        await asyncio.sleep(0.1)
    return left


def measure(arguments: argparse.Namespace) -> dict[str, Any]:
    figures: dict[str, Any] = {}
    if arguments.bare_seconds:
        with Sipp(people_scenario()) as sipp, prepared(sipp) as (plan, process):
            figures |= asyncio.run(bare(arguments, plan, process, sipp))
    if arguments.minutes:
        with database(None) as url, Sipp(people_scenario()) as sipp, prepared(sipp) as (plan, process):
            figures |= asyncio.run(whole(arguments, plan, process, sipp, url, postmaster_of(url)))
            sipp.stop()
            figures["invites"] = sipp.counts.get("0_INVITE_Recv", -1)
            figures["lost"] = (
                figures["untrue_ends"] + figures["channels_left"] + abs(figures["attempts"] - figures["invites"])
            )
            if os.environ.get("BENCH_KEEP"):
                print(sipp.counts, sipp.errors[:3000])
    return figures | {"load": " ".join(f"{load:.1f}" for load in os.getloadavg())}


@contextmanager
def prepared(sipp: Sipp) -> Iterator[tuple[TelephonePlan, AsteriskProcess]]:
    plan = bench_plan(sipp.port)
    with asterisk(plan, "originates") as process:
        yield plan, process


def postmaster_of(url: str) -> int:
    from urllib.parse import parse_qs, urlsplit

    socket_directory = Path(parse_qs(urlsplit(url).query)["host"][0])
    return int((socket_directory.parent / "pgdata" / "postmaster.pid").read_text().split()[0])


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--minutes", type=float, default=1.0)
    parser.add_argument("--rate", type=float, default=220.0, help="calls per second the trunk allows")
    parser.add_argument("--bare-seconds", type=float, default=20.0, help="of the adapter alone, before (0: without)")
    parser.add_argument("--json", action="store_true")
    arguments = parser.parse_args()
    figures = measure(arguments)
    if arguments.json:
        print(json.dumps(figures))
    else:
        print_figures(figures)


if __name__ == "__main__":
    main()
