"""Calls with sound in Python, for the benches of media: dialled by the adapter, each bridged with a media socket."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from typing import Any

from _far_end import FarEnd
from _telephone import SECRET, a_permit, asterisk, bench_plan, until
from callwright.adapters.asterisk.ari import AriAddress
from callwright.adapters.asterisk.media import MediaListener, MediaServer, MediaSession
from callwright.adapters.asterisk.network import AsteriskNetwork
from callwright.adapters.asterisk.process import AsteriskProcess
from callwright.adapters.asterisk.prompts import Prompts
from callwright.dialer.network import Originate
from callwright.dialer.ports import Trunk
from callwright.kit.loop_clock import LoopClock


class Robot(MediaListener):
    """One call's sound. Keeps when frames came, and the last second of them."""

    def __init__(self) -> None:
        self.session: MediaSession | None = None
        self.at: list[float] = []
        self.frames: list[bytes] = []

    def on_media_start(self, session: MediaSession) -> None:
        self.session = session

    def on_frame(self, frame: bytes) -> None:
        self.at.append(time.perf_counter())
        self.frames.append(frame)
        if len(self.frames) > 100:
            del self.frames[:50]

    def on_media_mark(self, mark: str) -> None:
        return

    def on_media_end(self) -> None:
        self.session = None


class _Sink:
    """Bridges whoever answers with their robot."""

    def __init__(self, network: AsteriskNetwork, media: MediaServer, robots: Mapping[int, Robot]) -> None:
        self.network, self.media, self.robots = network, media, robots
        self.ended: list[int] = []
        client = network.switch.client
        before = client._on_event

        def on_event(event: Mapping[str, Any]) -> None:
            if event["type"] == "StasisStart" and event["channel"]["id"].startswith("robot-"):
                self._bridge(int(event["channel"]["id"].partition("-")[2]))
            before(event)

        client._on_event = on_event

    def on_answered(self, attempt_id: int) -> None:
        switch = self.network.switch
        self.media.expect(f"robot-{attempt_id}", self.robots[attempt_id])
        call = switch.calls[attempt_id]
        switch.order(call, "POST", f"/bridges/robots-{attempt_id}", type="mixing")
        switch.order(
            call,
            "POST",
            "/channels/externalMedia",
            channelId=f"robot-{attempt_id}",
            app=switch.app,
            external_host="callwright-media",
            transport="websocket",
            encapsulation="none",
            connection_type="client",
            format="slin",
            direction="both",
        )

    def _bridge(self, attempt_id: int) -> None:
        switch = self.network.switch
        call = switch.calls[attempt_id]
        path = f"/bridges/robots-{attempt_id}/addChannel"
        switch.order(call, "POST", path, channel=f"{call.channel},robot-{attempt_id}")

    def on_ended(self, attempt_id: int, **_: Any) -> None:
        self.ended.append(attempt_id)

    def _ignore(self, *_: Any, **__: Any) -> None:
        return

    on_ringing = on_early_media = on_verdict = on_joined = on_key = on_inbound = on_aside = on_agent_line = _ignore
    on_network = on_play_ended = on_lost = _ignore


def number_of(attempt_id: int) -> str:
    """Without the plus, as the far end names it."""
    return f"1202{attempt_id:07d}"


@asynccontextmanager
async def robot_calls(robots: Sequence[Robot], far: FarEnd) -> AsyncIterator[tuple[AsteriskProcess, AsteriskNetwork]]:
    """One call with sound for each robot, attempt ids from 1, all up; they end with the context."""
    media = MediaServer(user="callwright", secret=SECRET)
    port = await media.start()
    plan = bench_plan(far.port, media_url=f"ws://127.0.0.1:{port}/media")
    with asterisk(plan, "media") as process:
        network = AsteriskNetwork(
            address=AriAddress(port=plan.http_port, secret=SECRET),
            plan=plan,
            trunks=[Trunk(name="main", channels=10_000, calls_per_s=1000.0)],
            clock=LoopClock(asyncio.get_running_loop()),
            prompts=Prompts(process.root, process.sounds),
            media=media,
        )
        await network.start()
        by_id = dict(enumerate(robots, 1))
        sink = _Sink(network, media, by_id)
        network.listen(sink)  # type: ignore[arg-type]  # its class hides what it ignores
        for attempt_id in by_id:
            number = f"+{number_of(attempt_id)}"
            network.originate(
                Originate(
                    attempt_id=attempt_id,
                    permit=a_permit(number),
                    trunk="main",
                    caller_id="+12020000000",
                    ring_timeout_s=15.0,
                )
            )
            if attempt_id % 5 == 0:
                await asyncio.sleep(0.05)
        await until(lambda: all(robot.at for robot in robots), 20.0)
        try:
            yield process, network
        finally:
            for attempt_id in by_id:
                network.hang_up(attempt_id)
            await asyncio.sleep(0.5)
            await network.close()
            await media.close()
