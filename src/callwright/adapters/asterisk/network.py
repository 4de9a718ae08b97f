"""The dialer's ``Network`` on Asterisk: orders out, events in, for every call of one switch.

The parts: ``dials`` (a call from order to end), ``talks`` (joins, music, messages), ``thirds`` (transfers),
``agent_lines``, ``coaching``, ``recorder``, ``listening``; ``reconcile`` after every connection. This module hands
every order and event to whom it concerns.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Any

from callwright.adapters.asterisk.agent_lines import AgentLines
from callwright.adapters.asterisk.ari import AriAddress, AriClient, AriRefused
from callwright.adapters.asterisk.coaching import Coaches
from callwright.adapters.asterisk.dials import NO_MEDIA, Dials
from callwright.adapters.asterisk.fax_box import FaxBox
from callwright.adapters.asterisk.faxes import Faxes
from callwright.adapters.asterisk.limits import TrunkLimits
from callwright.adapters.asterisk.listening import Ears, MakeHearing
from callwright.adapters.asterisk.media import MediaServer
from callwright.adapters.asterisk.plan import TelephonePlan
from callwright.adapters.asterisk.prompts import Prompts
from callwright.adapters.asterisk.reconcile import Reconciler
from callwright.adapters.asterisk.recorder import Recorder, RecordingSink
from callwright.adapters.asterisk.switch import AriCall, At, Switch
from callwright.adapters.asterisk.talks import Talks
from callwright.adapters.asterisk.thirds import Thirds
from callwright.dialer.network import Coaching, ConsultEnd, LiveCall, NetworkSink, Originate, TransferTarget
from callwright.dialer.ports import Trunk
from callwright.kit.clock import Clock
from callwright.kit.errors import StoreUnavailable

log = logging.getLogger("callwright.asterisk")
GIVE_UP_S = 6.0
"""An Asterisk that cannot be reached for so long has lost its calls, as far as we can ever know."""
_AGAIN_S = 0.5


class AsteriskNetwork:
    """See ``dialer.network.Network``. ``await start()`` before the dialer runs, ``await close()`` after it."""

    def __init__(
        self,
        *,
        address: AriAddress,
        plan: TelephonePlan,
        trunks: Sequence[Trunk],
        clock: Clock,
        prompts: Prompts,
        media: MediaServer | None = None,
        make_hearing: MakeHearing | None = None,
        recordings: RecordingSink | None = None,
        faxes: FaxBox | None = None,
        request_connections: int = 3,
    ) -> None:
        client = AriClient(
            address,
            on_event=self._on_event,
            on_up=self._on_up,
            on_down=self._on_down,
            request_connections=request_connections,
        )
        self._clock = clock
        self._prompts = prompts
        self.switch = switch = Switch(client, plan)
        self.limits = TrunkLimits(trunks, clock)
        self.agent_lines = AgentLines(switch, self._line_ready, self._line_gone)
        self._thirds = Thirds(switch, self.agent_lines, self.limits)
        self._talks = Talks(switch, self.agent_lines, prompts.say, self._thirds.drop)
        self._coaches = Coaches(switch, self.agent_lines)
        self.recorder = Recorder(switch, recordings)
        self._faxes = Faxes(switch, faxes)
        self._ears = Ears(switch, clock, media, make_hearing, self._speak_after_beep, self._rings_in_sound)
        self._dials = Dials(switch, clock, self.limits, self._ears, self._on_over)
        self._reconciler = Reconciler(switch, self.agent_lines, self._thirds.compare)
        self._ready = asyncio.Event()
        self._reconciling: asyncio.Task[None] | None = None
        self._give_up: asyncio.TimerHandle | None = None
        self._handlers: dict[str, Callable[[Mapping[str, Any]], None]] = {
            "StasisStart": self._on_start,
            "ChannelStateChange": self._on_state,
            "Dial": self._dials.on_dial,
            "ChannelDestroyed": self._on_destroyed,
            "ChannelDtmfReceived": self._on_dtmf,
            "ChannelEnteredBridge": self._on_entered,
            "PlaybackFinished": self._on_playback,
            "RecordingStarted": self._on_recording,
            "RecordingFinished": self._on_recording,
            "RecordingFailed": self._on_recording,
        }

    # --- life -----------------------------------------------------------------------------------------------------

    async def start(self, within_s: float = 15.0) -> None:
        """Connect. Raises StoreUnavailable where Asterisk does not answer in time."""
        self.switch.client.start()
        try:
            async with asyncio.timeout(within_s):
                await self._ready.wait()
        except TimeoutError:
            await self.close()
            address = self.switch.client.address
            raise StoreUnavailable(
                f"Asterisk does not answer on {address.host}:{address.port}: is it running, and is the secret right?"
            ) from None

    async def close(self) -> None:
        """Leave; the calls stay with Asterisk."""
        self._dials.send_waiting()
        if self._give_up is not None:
            self._give_up.cancel()
        if self._reconciling is not None:
            self._reconciling.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._reconciling
        self.switch.sink = None
        await self.switch.client.close()

    def listen(self, sink: NetworkSink) -> None:
        self.switch.sink = sink

    def _on_up(self) -> None:
        self._reconciling = asyncio.create_task(self._reconcile(), name="reconcile")

    async def _reconcile(self) -> None:
        while True:
            try:
                await self.agent_lines.put_phones_again()
                gone, answered = await self._reconciler.reconcile()
                break
            except AriRefused as error:
                log.warning("What Asterisk holds could not be read: %s", error)
                if not self.switch.client.up:
                    return  # the connection is gone again; the next one reconciles
                await asyncio.sleep(_AGAIN_S)
        if self._give_up is not None:
            self._give_up.cancel()
            self._give_up = None
        for call in gone:
            self._lose(call)
        for call in answered:
            self._dials.answer(call)
        self._faxes.look_again()
        self._ready.set()
        self._tell_network(True)

    def _on_down(self) -> None:
        self._ready.clear()
        self._ears.all_gone()
        for call in self.switch.calls.values():
            call.listening = False
        self._tell_network(False)
        if self._give_up is None:
            self._give_up = self.switch.loop.call_later(GIVE_UP_S, self._lose_all)

    def _tell_network(self, up: bool) -> None:
        if up != self.switch.takes_orders:
            self.switch.takes_orders = up
            if self.switch.sink is not None:
                self.switch.sink.on_network(up)

    def _lose_all(self) -> None:
        self._give_up = None
        log.error("Asterisk has been away for %.0f s: its calls are lost.", GIVE_UP_S)
        for call in list(self.switch.calls.values()):
            self._lose(call)
        self._thirds.compare(())
        self.agent_lines.all_gone()

    def _lose(self, call: AriCall) -> None:
        """The call is gone and nobody saw how."""
        self._dials.over(call)
        if self.switch.sink is not None:
            if call.by is not None:  # we had ordered its end
                self._dials.tell_ended(call, 487 if not call.up else None, 16, call.by)
            else:
                self.switch.sink.on_lost(call.attempt_id)

    async def live_calls(self) -> Sequence[LiveCall]:
        """Raises StoreUnavailable while Asterisk cannot be asked."""
        try:
            async with asyncio.timeout(GIVE_UP_S):
                await self._ready.wait()
        except TimeoutError:
            raise StoreUnavailable("Asterisk cannot be asked which calls it holds.") from None
        return [
            LiveCall(
                attempt_id=call.attempt_id,
                answered=call.up and call.in_stasis,  # one that waits for us in the dialplan is told in a moment
                agent_id=call.agent_id if call.joined else None,
                ringing=call.at is At.RINGING,
            )
            for call in self.switch.calls.values()
            if call.at is not At.ENDING and call.by is None
        ]

    # --- from the order to the end: see ``dials`` -----------------------------------------------------------------

    def originate(self, order: Originate) -> None:
        self._dials.originate(order)

    def hang_up(self, attempt_id: int, *, by: str = "us") -> None:
        self._dials.hang_up(attempt_id, by=by)

    def accept_inbound(self, call_id: int, attempt_id: int, *, record: bool = False) -> None:
        self._dials.accept_inbound(call_id, attempt_id, record=record)

    def refuse_inbound(self, call_id: int) -> None:
        self._dials.refuse_inbound(call_id)

    def _on_over(self, call: AriCall) -> None:
        self._end_coaching(call)
        if call.third is not None or (call.bridge or "").startswith("call-"):
            self._thirds.on_call_over(call)

    # --- answered calls -------------------------------------------------------------------------------------------

    def join(self, attempt_id: int, agent_id: int, *, whisper: str | None = None) -> None:
        call = self._living(attempt_id)
        if call is not None:
            self._end_coaching(call)
            self._talks.join(call, agent_id, whisper)

    def play(self, attempt_id: int, message: str, length_s: float, *, after_beep: bool = False) -> None:
        call = self._living(attempt_id)
        if call is None:
            return
        sound = self._prompts.sound(message)
        if after_beep and self._ears.can_listen and call.listening:
            switch = self.switch
            switch.stop_playback(call)
            switch.leave_bridge(call)
            call.after_beep = (sound, length_s)
            return
        self._end_coaching(call)
        self._talks.play(call, sound)

    def send_fax(self, attempt_id: int, document: str) -> None:
        call = self._living(attempt_id)
        if call is not None:
            self._ears.stop(call)
            self._faxes.send(call, document)

    def _rings_in_sound(self, call: AriCall) -> None:
        self._dials.on_state(call, "Ringing")

    def _speak_after_beep(self, call: AriCall) -> None:
        """The machine records now."""
        if call.after_beep is not None and call.by is None:
            (sound, _), call.after_beep = call.after_beep, None
            self._ears.stop(call)
            self._talks.play(call, sound)

    def hold(self, attempt_id: int, *, on: bool) -> None:
        call = self._living(attempt_id)
        if call is not None and (call.third is None or call.third.with_all):
            self._talks.hold(call, on=on)

    def park(self, attempt_id: int) -> None:
        call = self._living(attempt_id)
        if call is not None:
            self._end_coaching(call)
            self._talks.park(call)

    def send_keys(self, attempt_id: int, keys: str) -> None:
        call = self._living(attempt_id)
        if call is not None:
            self._talks.send_keys(call, keys)

    def transfer(self, attempt_id: int, target: TransferTarget) -> None:
        call = self._living(attempt_id)
        if call is not None:
            self._end_coaching(call)
            self._thirds.transfer(call, target)

    def consult(self, attempt_id: int, agent_id: int, target: TransferTarget) -> None:
        call = self._living(attempt_id)
        if call is not None:
            self._thirds.consult(call, agent_id, target)

    def end_consult(self, attempt_id: int, how: ConsultEnd) -> None:
        call = self._living(attempt_id)
        if call is not None:
            if how is ConsultEnd.TRANSFER:
                self._end_coaching(call)
            self._thirds.end_consult(call, how)

    def coach(self, agent_id: int, lead_id: int, how: Coaching) -> None:
        self._coaches.coach(agent_id, lead_id, how)

    def hush_recording(self, attempt_id: int, *, on: bool) -> None:
        call = self._living(attempt_id)
        if call is not None:
            self.recorder.hush(call, on=on)

    def call_agent(self, agent_id: int) -> None:
        self.agent_lines.call(agent_id)

    def release_agent(self, agent_id: int) -> None:
        self.agent_lines.release(agent_id)

    def _living(self, attempt_id: int) -> AriCall | None:
        call = self.switch.calls.get(attempt_id)
        return call if call is not None and call.by is None and call.up else None

    def _end_coaching(self, call: AriCall) -> None:
        if call.agent_id is not None:
            self._coaches.on_call_over(call.agent_id)

    def _line_ready(self, line: Any) -> None:
        self._talks.on_line_ready(line)

    def _line_gone(self, line: Any) -> None:
        self._coaches.on_call_over(line.agent_id)
        self._talks.on_line_gone(line)

    # --- events ---------------------------------------------------------------------------------------------------

    def _on_event(self, event: Mapping[str, Any]) -> None:
        handler = self._handlers.get(event["type"])
        if handler is not None:
            handler(event)

    def _on_start(self, event: Mapping[str, Any]) -> None:
        """A channel is in our hands."""
        name = event["channel"]["id"]
        match event["args"]:
            case ["dialed", *_]:
                call = self.switch.by_channel.get(name)
                if call is not None:
                    self._dials.answer(call)
            case ["faxed", *_]:
                call = self.switch.by_channel.get(name)
                if call is not None:
                    self._faxes.on_back(call, event["channel"])
            case ["agent", *_]:
                self.agent_lines.on_start(name)
            case ["third", *_]:
                self._thirds.on_start(name)
            case ["rec", *_]:
                self.recorder.on_start(name)
            case ["coach", *_]:
                self._coaches.on_start(name)
            case ["inbound", number, called, *_]:
                self._dials.offer(name, number, called)
            case _ if name.startswith(("tap-", "ear-")):
                self._ears.on_start(name)

    def _on_state(self, event: Mapping[str, Any]) -> None:
        name, state = event["channel"]["id"], event["channel"]["state"]
        call = self.switch.by_channel.get(name)
        if call is not None:
            self._dials.on_state(call, state)
        elif state == "Ringing":
            self._thirds.on_ringing(name)

    def _on_destroyed(self, event: Mapping[str, Any]) -> None:
        name = event["channel"]["id"]
        call = self.switch.by_channel.get(name)
        self._faxes.on_destroyed(event["channel"], call)
        if call is not None:
            self._dials.on_destroyed(call, event)
        elif name.startswith("line-"):
            self.agent_lines.on_destroyed(name, silent=event.get("cause") == NO_MEDIA)
        elif name.startswith("third-"):
            self._thirds.on_destroyed(name)

    def _on_entered(self, event: Mapping[str, Any]) -> None:
        call = self.switch.by_channel.get(event["channel"]["id"])
        if call is not None and call.at is At.JOINED:
            self._talks.on_entered(call, event["bridge"]["id"])
            if call.joined and call.record:
                self.recorder.begin(call)

    def _on_dtmf(self, event: Mapping[str, Any]) -> None:
        call = self.switch.by_channel.get(event["channel"]["id"])
        if call is not None and call.at in (At.ANSWERED, At.JOINED) and self.switch.sink is not None:
            self.switch.sink.on_key(call.attempt_id, event["digit"])

    def _on_playback(self, event: Mapping[str, Any]) -> None:
        self._talks.on_playback(event["playback"]["id"], event["playback"].get("state", ""))

    def _on_recording(self, event: Mapping[str, Any]) -> None:
        at = _instant(event.get("timestamp")) or self._clock.now()
        self.recorder.on_event(event["type"], event["recording"], at)


def _instant(text: Any) -> float | None:
    try:
        return datetime.strptime(str(text), "%Y-%m-%dT%H:%M:%S.%f%z").timestamp()
    except ValueError:
        return None
