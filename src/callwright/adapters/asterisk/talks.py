"""Answered calls: with whom the person speaks, what they hear. One order to Asterisk where one is enough."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from callwright.adapters.asterisk.agent_lines import AgentLines
from callwright.adapters.asterisk.switch import AgentLine, AriCall, At, Switch, log

_KEYS = frozenset("0123456789*#ABCD")
_FAILED_LOOK_S = 0.3
Say = Callable[[str, Callable[[str | None], None]], None]
"""Makes a text a sound and tells its name for Asterisk, soon; None where nothing can be said."""


class Talks:
    """Joins, holds, parks, plays on one switch."""

    def __init__(self, switch: Switch, lines: AgentLines, say: Say, drop_third: Callable[[AriCall], None]) -> None:
        self._switch = switch
        self._lines = lines
        self._say = say
        self._drop_third = drop_third
        self._after: dict[str, Callable[[], None]] = {}  # playback -> what its end begins

    # --- agents and persons ---------------------------------------------------------------------------------------

    def join(self, call: AriCall, agent_id: int, whisper: str | None) -> None:
        """The agent's line may still have to be set up; then the person is joined as soon as it stands."""
        if call.at not in (At.ANSWERED, At.JOINED):
            return
        self._drop_third(call)
        call.agent_id, call.joined = agent_id, False
        line = self._lines.line(agent_id)
        if not line.up:
            line.waiting.append((call.attempt_id, whisper))
            self._lines.call(agent_id)
            return
        self._whisper_then_enter(call, line, whisper)

    def _whisper_then_enter(self, call: AriCall, line: AgentLine, whisper: str | None) -> None:
        if not whisper:
            self._enter(call, line)
            return
        self._say(whisper, lambda sound: self._whisper(call, line, sound))

    def _whisper(self, call: AriCall, line: AgentLine, sound: str | None) -> None:
        if sound is None or call.at is At.ENDING:
            self._enter(call, line)
            return
        switch = self._switch
        playback = switch.fresh("whisper", call.attempt_id)
        self._after[playback] = lambda: self._enter(call, line)

        def begun(status: int, found: Any) -> None:
            if status not in (200, 201) and self._after.pop(playback, None) is not None:
                log.warning("The name could not be whispered: %s %s", status, found)
                self._enter(call, line)

        switch.order(call, "POST", f"/bridges/{line.bridge}/play/{playback}", media=f"sound:{sound}", then=begun)

    def _enter(self, call: AriCall, line: AgentLine) -> None:
        if call.at not in (At.ANSWERED, At.JOINED) or call.agent_id != line.agent_id:
            return
        switch = self._switch
        switch.stop_playback(call)
        switch.music(call, on=False)

        def entered(status: int, found: Any) -> None:
            if status in (200, 204) or call.at is At.ENDING or call.bridge != line.bridge:
                return
            log.error("Call %d did not get to agent %d: %s %s", call.attempt_id, line.agent_id, status, found)
            if line.channel is not None:  # set the line up anew: it is not what it seemed
                switch.client.order("DELETE", f"/channels/{line.channel}", key=line.agent_id)

        call.at = At.JOINED
        switch.enter_bridge(call, line.bridge, then=entered)

    def on_entered(self, call: AriCall, bridge: str) -> None:
        """Person and agent hear each other."""
        line = self._switch.lines.get(call.agent_id) if call.agent_id is not None else None
        if line is None or bridge != line.bridge or call.joined:
            return
        call.joined = True
        if self._switch.sink is not None:
            self._switch.sink.on_joined(call.attempt_id, line.agent_id)

    def on_line_ready(self, line: AgentLine) -> None:
        waiting, line.waiting = line.waiting, []
        for attempt_id, whisper in waiting:
            call = self._switch.calls.get(attempt_id)
            if call is not None and call.agent_id == line.agent_id and not call.joined:
                self._whisper_then_enter(call, line, whisper)

    def on_line_gone(self, line: AgentLine) -> None:
        """Whoever spoke over it hears music until they are joined with somebody."""
        for call in self._switch.calls.values():
            if call.agent_id == line.agent_id and call.at is At.JOINED:
                self.alone_with_music(call)

    def alone_with_music(self, call: AriCall) -> None:
        switch = self._switch
        call.joined, call.at = False, At.ANSWERED
        switch.leave_bridge(call)
        switch.stop_playback(call)
        switch.music(call, on=True)

    # --- music ----------------------------------------------------------------------------------------------------

    def hold(self, call: AriCall, *, on: bool) -> None:
        switch = self._switch
        if call.at is not At.JOINED or not call.joined or on == call.music:
            return
        if on:
            switch.leave_bridge(call)
            switch.music(call, on=True)
        elif call.agent_id is not None:
            switch.music(call, on=False)
            switch.enter_bridge(call, self._lines.line(call.agent_id).bridge)

    def park(self, call: AriCall) -> None:
        if call.at not in (At.ANSWERED, At.JOINED):
            return
        self._drop_third(call)
        call.agent_id = None
        self.alone_with_music(call)

    # --- messages -------------------------------------------------------------------------------------------------

    def play(self, call: AriCall, sound: str) -> None:
        if call.at not in (At.ANSWERED, At.JOINED):
            return
        switch = self._switch
        self._drop_third(call)
        switch.stop_playback(call)
        switch.leave_bridge(call)
        switch.music(call, on=False)
        call.at, call.agent_id, call.joined = At.ANSWERED, None, False
        playback = call.playback = switch.fresh("play", call.attempt_id)

        def begun(status: int, found: Any) -> None:
            if status in (200, 201) or call.playback != playback:
                return
            call.playback = None
            if status == 404:  # the person has hung up: their end is told in a moment
                switch.loop.call_later(_FAILED_LOOK_S, self._failed_unless_over, call)
                return
            log.error("The message %s cannot be played: %s %s", sound, status, found)
            self._play_failed(call)

        switch.order(call, "POST", f"/channels/{call.channel}/play/{playback}", media=f"sound:{sound}", then=begun)

    def _play_failed(self, call: AriCall) -> None:
        """A message nobody heard must not count as one: the call ends by us."""
        call.by = call.by or "us"
        self._switch.order(call, "DELETE", f"/channels/{call.channel}")

    def _failed_unless_over(self, call: AriCall) -> None:
        if call.at is At.ANSWERED and call.by is None and call.playback is None:
            log.error("A message could not be played to call %d: is its sound missing?", call.attempt_id)
            self._play_failed(call)

    def on_playback(self, playback: str, state: str) -> None:
        after = self._after.pop(playback, None)
        if after is not None:
            after()
            return
        if not playback.startswith("play-"):
            return
        attempt_id = int(playback.split("-")[1])
        call = self._switch.calls.get(attempt_id)
        if call is None or (call.playback != playback and not _begun_before_us(call)):
            return
        call.playback = None
        if call.by is not None:
            return  # it is being ended: the end will tell
        if state == "failed":
            # so ends, too, the message of a person who hangs up: their end is told in a moment
            self._switch.loop.call_later(_FAILED_LOOK_S, self._failed_unless_over, call)
        elif self._switch.sink is not None:
            self._switch.sink.on_play_ended(attempt_id)

    def send_keys(self, call: AriCall, keys: str) -> None:
        keys = "".join(key for key in keys if key in _KEYS)
        if keys and call.at in (At.ANSWERED, At.JOINED):
            self._switch.order(call, "POST", f"/channels/{call.channel}/dtmf", dtmf=keys, duration=120, between=80)


def _begun_before_us(call: AriCall) -> bool:
    """Whether a message that ends may be one of an earlier run's, from which we have taken the call over."""
    return call.order is None and not call.inbound and call.playback is None and call.at is At.ANSWERED
