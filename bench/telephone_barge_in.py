"""Barge-in: from the order to be silent until the far end hears silence.

    python bench/telephone_barge_in.py [--sessions 10] [--rounds 10] [--json]

The requirement: within 40 ms. In each round every session is given two seconds of sound at once, speaks for a while,
and is told to stop (``flush``) at an instant of its own. The far end is a party reached over SIP; the time its kernel
gives the last packet that can be heard, and the 20 ms which that packet lasts, is when the voice has stopped. For
comparison, in the same run: the time from giving a session the sound until the first of it is heard, and how long the
voice would have gone on without the flush.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import random
import time
from typing import Any

from _far_end import FRAME_S, FarEnd, Heard, tone_samples
from _robots import Robot, number_of, robot_calls
from _telephone import Shares, percentiles, run

SPEAK_S = 2.0
QUIET_S = 0.5


async def measure(arguments: argparse.Namespace) -> dict[str, Any]:
    robots = [Robot() for _ in range(arguments.sessions)]
    sound = tone_samples(500, SPEAK_S).tobytes()
    said: list[list[tuple[float, float]]] = [[] for _ in robots]
    rng = random.Random(7)

    async def speak(robot: Robot, times: list[tuple[float, float]]) -> None:
        for _ in range(arguments.rounds):
            assert robot.session is not None, "a call with sound did not come up"
            began = time.time()
            robot.session.send(sound)
            await asyncio.sleep(rng.uniform(0.4, SPEAK_S - 0.6))
            flushed = time.time()
            robot.session.flush()
            times.append((began, flushed))
            await asyncio.sleep(QUIET_S)

    with FarEnd({number_of(n): 300 for n in range(1, len(robots) + 1)}) as far:
        async with robot_calls(robots, far) as (process, _):
            await asyncio.sleep(1.0)
            await asyncio.to_thread(far.heard)
            shares = Shares({"asterisk": process.pid() or 0, "python": os.getpid()})
            await asyncio.gather(*(speak(robot, times) for robot, times in zip(robots, said, strict=True)))
            taken = shares.taken()
            heard = await asyncio.to_thread(far.heard)
    begins: list[float] = []
    stops: list[float] = []
    for n, times in enumerate(said, 1):
        audible = heard_at(heard.get(number_of(n), Heard()))
        for (began, flushed), (until, _) in zip(times, [*times[1:], (time.time(), 0.0)], strict=True):
            at = [each for each in audible if began <= each < until]
            assert at, f"nothing was heard of a round of session {n}"
            begins.append(at[0] - began)
            stops.append(at[-1] + FRAME_S - flushed)
    return {
        "barge_ins": len(stops),
        **percentiles("silence", stops, 50, 95, 99),
        **percentiles("first_sound", begins, 50, 95, 99),
        "without_flush_ms": round(1000 * sum(b + SPEAK_S - f for times in said for b, f in times) / len(stops)),
        **{f"{name}_cores": share for name, share in taken.items()},
        "load": " ".join(f"{load:.1f}" for load in os.getloadavg()),
    }


def heard_at(heard: Heard) -> list[float]:
    """When packets arrived that can be heard."""
    return [at for at, loud in zip(heard.at, heard.loud(), strict=True) if loud]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--sessions", type=int, default=10)
    parser.add_argument("--rounds", type=int, default=10)
    run(parser, lambda arguments: asyncio.run(measure(arguments)))


if __name__ == "__main__":
    main()
