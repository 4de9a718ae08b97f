"""Listening to calls: the sound of a call's person, before and after the answer, brought to a ``Hearing``.

A snoop on the person's channel and a media socket in a bridge of their own: the call itself is not touched, so
listening goes on whatever is done with it, and leaves when nothing more is to be learned.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from callwright.adapters.asterisk.media import MediaServer, MediaSession
from callwright.adapters.asterisk.switch import AriCall, At, Switch, log
from callwright.kit.clock import Clock
from callwright.model.outcome import Media

if TYPE_CHECKING:
    from callwright.robot.hearing import Heard, Hearing

MakeHearing = Callable[[], "Hearing"]
AFTER_PERSON_S = 8.0
LONGEST_S = 60.0
"""Nobody is listened to for longer: the greeting that has not ended by then does not matter."""


class _Ear:
    """One call being listened to."""

    def __init__(self, ears: Ears, call: AriCall, hearing: Hearing, name: str) -> None:
        self._ears = ears
        self.call = call
        self._hearing = hearing
        self.tap, self.ear, self.bridge = f"tap-{name}", f"ear-{name}", f"tapb-{name}"
        self.arrived: set[str] = set()
        self.session: MediaSession | None = None
        self.frames = self.after_person = 0

    def on_media_start(self, session: MediaSession) -> None:
        self.session = session

    def on_frame(self, frame: bytes) -> None:
        self.frames += 1
        for heard in self._hearing.feed(frame, answered=self.call.up):
            self._ears.heard(self, heard)
        if self.call.verdict is Media.HUMAN:
            self.after_person += 1
        if self.frames > LONGEST_S * 50 or self.after_person > AFTER_PERSON_S * 50:
            self._ears.stop(self.call)

    def on_media_mark(self, mark: str) -> None:
        return

    def on_media_end(self) -> None:
        self.session = None


class Ears:
    """Listens to calls of one switch. ``on_beep``: a machine may be spoken to; ``on_ringing``: it rings, in sound."""

    def __init__(
        self,
        switch: Switch,
        clock: Clock,
        server: MediaServer | None,
        make_hearing: MakeHearing | None,
        on_beep: Callable[[AriCall], None],
        on_ringing: Callable[[AriCall], None],
    ) -> None:
        self._switch = switch
        self._clock = clock
        self._server = server
        self._make_hearing = make_hearing
        self._on_beep = on_beep
        self._on_ringing = on_ringing
        self._ears: dict[int, _Ear] = {}

    @property
    def can_listen(self) -> bool:
        return self._server is not None and self._make_hearing is not None

    def begin(self, call: AriCall) -> None:
        """Listen to the call from now on, if it is not listened to yet."""
        if call.listening or self._server is None or self._make_hearing is None or call.at is At.ENDING:
            return
        call.listening = True
        switch = self._switch
        ear = self._ears[call.attempt_id] = _Ear(
            self, call, self._make_hearing(), switch.fresh("x", call.attempt_id)[2:]
        )
        self._server.expect(ear.ear, ear)
        switch.order(call, "POST", f"/bridges/{ear.bridge}", type="mixing")
        switch.order(
            call,
            "POST",
            f"/channels/{call.channel}/snoop/{ear.tap}",
            app=switch.app,
            appArgs="tap",
            spy="in",
            then=self._look(ear),
        )
        switch.order(
            call,
            "POST",
            "/channels/externalMedia",
            channelId=ear.ear,
            app=switch.app,
            external_host="callwright-media",
            transport="websocket",
            encapsulation="none",
            connection_type="client",
            format="slin",
            direction="both",
            then=self._look(ear),
        )

    def _look(self, ear: _Ear) -> Any:
        def look(status: int, found: Any) -> None:
            if status not in (200, 201, 204) and ear.call.at is not At.ENDING:
                log.warning("Call %d cannot be listened to: %s %s", ear.call.attempt_id, status, found)
                self._deaf(ear)

        return look

    def _deaf(self, ear: _Ear) -> None:
        """Who cannot be heard is taken for a person: nobody is hung up on because of a fault of ours."""
        call = ear.call
        self.stop(call)
        if call.up and self._wants_verdict(call):
            self._verdict(call, Media.HUMAN, None)

    def on_start(self, channel: str) -> None:
        """A snoop or a media channel is there; with both the sound flows."""
        attempt_id = int(channel.split("-")[1])
        ear = self._ears.get(attempt_id)
        if ear is None or channel not in (ear.tap, ear.ear):
            self._switch.client.order("DELETE", f"/channels/{channel}", key=attempt_id, then=_whatever)
            return
        ear.arrived.add(channel)
        if len(ear.arrived) == 2:
            self._switch.order(
                ear.call,
                "POST",
                f"/bridges/{ear.bridge}/addChannel",
                channel=f"{ear.tap},{ear.ear}",
                then=self._look(ear),
            )

    def heard(self, ear: _Ear, heard: Heard) -> None:
        call, sink = ear.call, self._switch.sink
        if sink is None or call.at is At.ENDING:
            return
        media = heard.media
        match heard.kind:
            case "announcement" if media is not None and not call.up and call.early is None:
                call.early = media
                sink.on_early_media(call.attempt_id, media)
            case "signal" if heard.why == "ringing" and not call.up:
                self._on_ringing(call)  # a carrier that rings in sound only
            case "verdict" if media is not None and self._wants_verdict(call):
                self._verdict(call, media, heard)
            case "revised" if media is not None and call.verdict is not None:
                self._verdict(call, media, heard)
            case "beep" | "greeting_end":
                self._on_beep(call)

    @staticmethod
    def _wants_verdict(call: AriCall) -> bool:
        return call.order is not None and call.order.detect_machine and call.verdict is None

    def _verdict(self, call: AriCall, media: Media, heard: Heard | None) -> None:
        call.verdict = media
        if self._switch.sink is not None:
            ended_at = self._clock.now() if media is Media.HUMAN and heard is not None else None
            self._switch.sink.on_verdict(call.attempt_id, media, ended_at)
        if media not in (Media.MACHINE, Media.HUMAN):  # a person is listened to for a beep that proves otherwise
            self.stop(call)

    def stop(self, call: AriCall) -> None:
        """Nothing more is to be learned from this call."""
        ear = self._ears.pop(call.attempt_id, None)
        if ear is None:
            return
        if self._server is not None:
            self._server.forget(ear.ear)
        for path in (f"/channels/{ear.tap}", f"/channels/{ear.ear}", f"/bridges/{ear.bridge}"):
            self._switch.order(call, "DELETE", path, then=_whatever)

    def all_gone(self) -> None:
        self._ears.clear()


def _whatever(status: int, body: Any) -> None:
    """For orders about things that may be gone already."""
