"""Recordings: both sides of a call apart, by two snoops on the person's channel, so that they go on through transfers.

What proves a recording is Asterisk's event that it has begun, never the answer to our order.
"""

from __future__ import annotations

import re
from typing import Any, Protocol

from callwright.adapters.asterisk.switch import AriCall, Switch, log

SIDES = ("person", "agent")
_SPY = {"person": "in", "agent": "out"}


class RecordingSink(Protocol):
    """Who keeps recordings (the vault, by the composition). Called on the loop; must return at once."""

    def on_recording(self, attempt_id: int, side: str, name: str, at: float) -> None:
        """It has begun: the proof."""
        ...

    def on_recorded(self, attempt_id: int, side: str, name: str, seconds: float, at: float) -> None:
        """It is complete; the file ``name``.wav lies in the spool."""
        ...

    def on_recording_failed(self, attempt_id: int, side: str, why: str) -> None: ...


def side_of(name: str) -> tuple[int, str] | None:
    """Attempt and side of a recording or its snoop, by name."""
    found = re.fullmatch(r"(?:rec-)?([0-9]+)-(person|agent)", name)
    return (int(found.group(1)), found.group(2)) if found else None


class Recorder:
    """Records calls of one switch for a ``RecordingSink``."""

    def __init__(self, switch: Switch, sink: RecordingSink | None) -> None:
        self._switch = switch
        self.sink = sink

    def begin(self, call: AriCall) -> None:
        """Record the call from now on."""
        if call.recording or self.sink is None:
            return
        call.recording = True
        for side in SIDES:
            self._switch.order(
                call,
                "POST",
                f"/channels/{call.channel}/snoop/rec-{call.attempt_id}-{side}",
                app=self._switch.app,
                appArgs="rec",
                spy=_SPY[side],
                then=self._begun(call.attempt_id, side),
            )

    def on_start(self, snoop: str) -> None:
        """The snoop is there: record it."""
        found = side_of(snoop)
        if found is None:
            return
        attempt_id, side = found
        self._switch.client.order(
            "POST",
            f"/channels/{snoop}/record",
            key=attempt_id,
            query={"name": f"{attempt_id}-{side}", "format": "wav", "ifExists": "fail"},
            then=self._begun(attempt_id, side),
        )

    def _begun(self, attempt_id: int, side: str) -> Any:
        def look(status: int, found: Any) -> None:
            if status not in (200, 201, 204):
                said = found.get("message", found) if isinstance(found, dict) else found
                self._failed(attempt_id, side, f"{status} {said}")

        return look

    def _failed(self, attempt_id: int, side: str, why: str) -> None:
        call = self._switch.calls.get(attempt_id)
        if call is not None or not why.startswith("404"):  # a call that ended meanwhile is not a failure
            log.error("The %s's side of call %d is not recorded: %s", side, attempt_id, why)
        if self.sink is not None:
            self.sink.on_recording_failed(attempt_id, side, why)

    def hush(self, call: AriCall, *, on: bool) -> None:
        """Silence instead of sound, so that the time line stays."""
        if call.recording:
            for side in SIDES:
                method = "POST" if on else "DELETE"
                self._switch.order(call, method, f"/recordings/live/{call.attempt_id}-{side}/mute")

    def on_event(self, kind: str, recording: dict[str, Any], at: float) -> None:
        name = str(recording.get("name", ""))
        found = side_of(name)
        if found is None or self.sink is None:
            return
        attempt_id, side = found
        if kind == "RecordingStarted":
            self.sink.on_recording(attempt_id, side, name, at)
        elif kind == "RecordingFinished":
            self.sink.on_recorded(attempt_id, side, name, float(recording.get("duration") or 0.0), at)
        else:
            self._failed(attempt_id, side, str(recording.get("cause", "unknown")))
