"""Sound of many calls in one Python process: both ways at once, how even it comes, and that it is the right sound.

    python bench/telephone_media.py [--sessions 150] [--seconds 30] [--json]

The requirement: 150 two-way sessions at once, gaps between frames below 25 ms at p99. Each session is a call dialled by
the adapter over SIP to a party that sends a tone of its own over RTP; Python hears it as frames over a WebSocket, and
answers every frame with one of another tone, which the party hears. At the end every tone is looked for at its other
side. "python" gaps are between frames as this process gets them, "far" gaps between packets as the party's kernel does.
"""

from __future__ import annotations

import argparse
import asyncio
import os
from itertools import pairwise
from typing import Any

import numpy as np

from _far_end import FarEnd, Heard, strongest, tone_samples
from _robots import Robot, number_of, robot_calls
from _telephone import Shares, percentiles, resident_mib, run

FRAME = 320
APART_HZ = 6.0
"""So far a heard tone may be from the one that was sent; neighbours' tones are farther away."""


class Speaking(Robot):
    """Answers each frame with one of its own tone."""

    def __init__(self, hz: int) -> None:
        super().__init__()
        self.hz = hz
        sound = tone_samples(hz, 1.0).tobytes()
        self._tone = [sound[at : at + FRAME] for at in range(0, len(sound), FRAME)]

    def on_frame(self, frame: bytes) -> None:
        super().on_frame(frame)
        if self.session is not None:
            self.session.send(self._tone[len(self.at) % len(self._tone)])

    def tone(self) -> float:
        """What has been heard in the last second."""
        return strongest(np.frombuffer(b"".join(self.frames[-50:]), dtype="<i2"))


async def measure(arguments: argparse.Namespace) -> dict[str, Any]:
    count = arguments.sessions
    theirs = {number_of(n): 300 + 17 * n % 2700 for n in range(1, count + 1)}
    robots = [Speaking(320 + 23 * n % 2700) for n in range(1, count + 1)]
    with FarEnd(theirs) as far:
        async with robot_calls(robots, far) as (process, _):
            up = sum(1 for robot in robots if robot.session is not None)
            await asyncio.sleep(2.0)
            await asyncio.to_thread(far.heard)
            for robot in robots:
                robot.at.clear()
            shares = Shares({"asterisk": process.pid() or 0, "python": os.getpid(), "far": far.process.pid or 0})
            await asyncio.sleep(arguments.seconds)
            taken, frames = shares.taken(), sum(len(robot.at) for robot in robots)
            python_gaps = [b - a for robot in robots for a, b in pairwise(robot.at)]
            heard = await asyncio.to_thread(far.heard)
            wrong_here = sum(
                abs(strongest(np.frombuffer(b"".join(robot.frames[-50:]), dtype="<i2")) - theirs[number_of(n)])
                > APART_HZ
                for n, robot in enumerate(robots, 1)
            )
    far_gaps = [gap for each in heard.values() for gap in each.gaps()]
    wrong_there = sum(
        abs(heard.get(number_of(n), Heard(at=[], payload=[bytes(160)])).tone() - robot.hz) > APART_HZ
        for n, robot in enumerate(robots, 1)
    )
    return {
        "sessions": up,
        **{f"{name}_cores": share for name, share in taken.items()},
        "python_mib": round(resident_mib(os.getpid())),
        "frames_per_s": round(frames / arguments.seconds),
        "frames_missing_share": round(1 - frames / (count * arguments.seconds * 50), 4),
        **percentiles("python_gap", python_gaps),
        **percentiles("far_gap", far_gaps),
        "wrong_tones_here": wrong_here,
        "wrong_tones_there": wrong_there,
        "load": " ".join(f"{load:.1f}" for load in os.getloadavg()),
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--sessions", type=int, default=150)
    parser.add_argument("--seconds", type=float, default=30.0)
    run(parser, lambda arguments: asyncio.run(measure(arguments)))


if __name__ == "__main__":
    main()
