"""Originates per second, sustained, through everything: PostgreSQL, rules, dialer, Asterisk over ARI, SIPp as people.

    python bench/telephone_originates.py [--minutes 1] [--rate 220] [--bare-seconds 20] [--json]

The requirement: at least 200 per second for 10 minutes on two cores, and no call lost. A message campaign runs through
the whole dialer: claims, permits under the number's lock, attempts committed before the dial, a message played to
whoever answers, outcomes committed. Before it, for comparison, the same calls over the adapter alone, with neither
history nor database. A fifth of the calls fails at once, two fifths do not answer (half of them ring for the lawful
15 s and are taken back), two fifths answer and end soon (half hang up, half hear the message out).

Lost is: an attempt without its end, an end that is not what the number does, an attempt without its INVITE or an INVITE
without its attempt, a channel that stands when all is over. "Not dialled" are attempts whose permit was older than its
five seconds when their turn came, on a machine that is too busy: they end as our failure, for another try in a minute.
"""

from __future__ import annotations

import argparse
import asyncio
import math
import os
import time
import wave
from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from itertools import pairwise
from typing import Any

from _people import FATE_OF_DIGIT, Sipp, people_scenario
from _telephone import (
    ALWAYS,
    NUMBERS_FROM,
    Ears,
    Loop,
    Shares,
    a_permit,
    asterisk,
    bench_plan,
    channels_left,
    connect,
    fill,
    percentiles,
    postmaster_of,
    resident_mib,
    run,
    until,
)
from callwright.adapters.asterisk.network import AsteriskNetwork
from callwright.adapters.asterisk.plan import TelephonePlan
from callwright.adapters.asterisk.process import AsteriskProcess
from callwright.adapters.holidays_calendar import PackageHolidays
from callwright.adapters.postgres.migrations import migrate
from callwright.adapters.postgres.store import PostgresStore
from callwright.compliance import RuleBook
from callwright.desk.ports import NoScreens
from callwright.dialer.network import Originate
from callwright.dialer.ports import Trunk
from callwright.dialer.service import Dialer
from callwright.kit.loop_clock import LoopClock
from callwright.model.attempt import Mode
from callwright.model.campaign import Campaign, DialRules, MessageRules, PacingRules
from hopper import database

RING_S = 15.0
MESSAGE_S = 1.0
TRUE_ENDS: Mapping[str, frozenset[str]] = {
    "busy": frozenset({"busy", "dropped"}),
    "no_such_number": frozenset({"no_such_number", "dropped"}),
    "rings": frozenset({"no_answer", "dropped"}),
    "no_answer": frozenset({"unreachable", "dropped"}),
    "leaves": frozenset({"message_played", "dropped"}),
    "listens": frozenset({"message_played", "dropped"}),
}
"""What an attempt may end as, by what its number does ("dropped": it was under way when the bench ended)."""


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


async def bare(
    arguments: argparse.Namespace, plan: TelephonePlan, process: AsteriskProcess, sipp: Sipp
) -> dict[str, Any]:
    """The adapter alone, at the same rate."""
    with message(process) as said:
        network = await connect(plan, process, arguments.rate)
        sink = BareSink(network, said)
        network.listen(sink)
        ears, loop = Ears(network), Loop()
        shares = Shares({"asterisk": process.pid() or 0, "python": os.getpid(), "sipp": sipp.process.pid})
        began, dialed, most_live = time.monotonic(), 0, 0
        while (passed := time.monotonic() - began) < arguments.bare_seconds:
            due = int(passed * arguments.rate)
            for n in range(dialed + 1, due + 1):
                sink.live.add(n)
                network.originate(
                    Originate(
                        attempt_id=n,
                        permit=a_permit(f"+1{NUMBERS_FROM + n}"),
                        trunk="main",
                        caller_id="+12020000000",
                        ring_timeout_s=RING_S,
                    )
                )
            dialed, most_live = due, max(most_live, len(sink.live))
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
        "bare_most_calls_at_once": most_live,
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
        campaign = await fill(store, bench_campaign(said, arguments.rate), int(seconds * arguments.rate * 1.2) + 5000)
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
    rates = [(b[1] - a[1]) / (b[0] - a[0]) for a, b in pairwise(dials)]
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
        "not_dialled": ends["our_failure"],
        "refused": dict(run.refusals),
        "untrue_ends": untrue,
        "channels_left": left,
    }


def bench_campaign(said: str, rate: float) -> Campaign:
    return Campaign(
        id=0,
        name="bench",
        purpose="service",
        mode=Mode.MESSAGE,
        hours=ALWAYS,
        dial=DialRules(ring_timeout_s=RING_S),
        pacing=PacingRules(max_lines=100_000, max_calls_per_s=2 * rate),
        message=MessageRules(message=said, length_s=MESSAGE_S),
        caller_ids=("+12020000000",),
    )


async def judged(store: PostgresStore) -> tuple[int, Counter[str]]:
    """(attempts whose end is not what their number does, or that have none; all ends)."""
    untrue, ends = 0, Counter[str]()
    async with store.connected() as connection:
        rows = await connection.fetch(
            "select right(number, 1) as digit, state, outcome, count(*) as n from attempts group by 1, 2, 3"
        )
    for row in rows:
        allowed = TRUE_ENDS[FATE_OF_DIGIT[row["digit"]]] | {"our_failure"}
        true = row["state"] == "ended" and row["outcome"] in allowed
        untrue += 0 if true else row["n"]
        ends[row["outcome"] or row["state"]] += row["n"]
    return untrue, ends


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
            dialled = figures["attempts"] - figures["not_dialled"]
            figures["lost"] = figures["untrue_ends"] + figures["channels_left"] + abs(dialled - figures["invites"])
            if os.environ.get("BENCH_KEEP"):
                print(sipp.counts, sipp.errors[:3000])
    return figures | {"load": " ".join(f"{load:.1f}" for load in os.getloadavg())}


@contextmanager
def prepared(sipp: Sipp) -> Iterator[tuple[TelephonePlan, AsteriskProcess]]:
    plan = bench_plan(sipp.port)
    with asterisk(plan, "originates") as process:
        yield plan, process


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--minutes", type=float, default=1.0)
    parser.add_argument("--rate", type=float, default=220.0, help="calls per second the trunk allows")
    parser.add_argument("--bare-seconds", type=float, default=20.0, help="of the adapter alone, before (0: without)")
    run(parser, measure)


if __name__ == "__main__":
    main()
