"""Faxes over Asterisk: a call is sent into the dialplan that sends the document, and comes back with how it went.

While the fax is sent nobody commands the call. The result stands in a variable of the channel, so that it is told
whether the call comes back, or its end comes first, or we were away meanwhile. Received faxes are told by their notes.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from callwright.adapters.asterisk.config_dialplan import (
    FAX_CONTEXT,
    FAX_STATION_VARIABLE,
    FAX_VARIABLE,
    FAXED_VARIABLE,
)
from callwright.adapters.asterisk.fax_box import FaxBox, FaxResult
from callwright.adapters.asterisk.switch import AriCall, At, Switch, log
from callwright.dialer.network import FaxReceived
from callwright.kit.errors import CallwrightError

_KEEP_NOTE_S = 5.0
"""A note is kept until the store has surely committed what it says; the store leaves out one that is told twice."""


class Faxes:
    """Sends and receives the faxes of one switch."""

    def __init__(self, switch: Switch, box: FaxBox | None) -> None:
        self._switch = switch
        self._box = box
        self._told: set[str] = set()

    # --- sending ------------------------------------------------------------------------------------------------------

    def send(self, call: AriCall, document: str) -> None:
        switch = self._switch
        if call.faxed is not None:
            switch.loop.call_soon(self._tell, call, call.faxed)
        elif call.faxing or call.at is not At.ANSWERED:
            return
        elif call.order is None:  # taken over from an earlier run, which may have begun
            self._look(call, document)
        else:
            self._begin(call, document)

    def _begin(self, call: AriCall, document: str) -> None:
        switch = self._switch
        try:
            path = self._box.path(document) if self._box is not None else ""
        except CallwrightError as error:
            log.error("Call %d is sent no fax: %s", call.attempt_id, error)
            path = ""
        if not path:
            missing = FaxResult(whole=False, pages=0, why=f"There is no document {document}", station="")
            switch.loop.call_soon(self._tell, call, missing)
            return
        call.faxing = True
        station = call.order.caller_id if call.order is not None else None
        channel = f"/channels/{call.channel}"
        switch.order(call, "POST", f"{channel}/variable", variable=FAX_VARIABLE, value=path)
        switch.order(call, "POST", f"{channel}/variable", variable=FAX_STATION_VARIABLE, value=station or "")

        def continued(status: int, found: Any) -> None:
            if status not in (200, 204, 0) and call.faxing and call.at is not At.ENDING:
                log.error("Call %d cannot be sent a fax: %s %s", call.attempt_id, status, found)
                self._tell(call, FaxResult(whole=False, pages=0, why="Asterisk refused", station=""))

        switch.order(
            call, "POST", f"{channel}/continue", context=FAX_CONTEXT, extension="s", priority=1, then=continued
        )

    def on_back(self, call: AriCall, channel: Mapping[str, Any]) -> None:
        """The call is in our hands again."""
        self._tell(call, FaxResult.read(_result(channel)))

    def on_destroyed(self, channel: Mapping[str, Any], call: AriCall | None) -> None:
        """The far end left first, as faxes do; or a call that brought us one is over."""
        if call is None:
            if _result(channel):
                self.collect()
        elif call.faxing and call.by is None:
            result = FaxResult.read(_result(channel))
            why = "" if result.whole else f"The other side hung up: {result.why}"
            self._tell(call, replace(result, why=why))

    def look_again(self) -> None:
        """After a time unseen: what has come back, and what has come in."""
        for call in list(self._switch.calls.values()):
            if call.faxing:
                self._look(call, None)
        self.collect()

    def _look(self, call: AriCall, document: str | None) -> None:
        """How far is it? ``document``: to be sent where nothing has been begun."""

        def look(status: int, found: Any) -> None:
            if status != 200 or call.at is At.ENDING or call.faxed is not None:
                return
            place = found.get("dialplan") or {}
            if place.get("context") == FAX_CONTEXT:
                call.faxing = True
                if place.get("app_name") == "Stasis":
                    self._tell(call, FaxResult.read(_result(found)))
            elif document is not None and not call.faxing:
                self._begin(call, document)

        self._switch.order(call, "GET", f"/channels/{call.channel}", then=look)

    def _tell(self, call: AriCall, result: FaxResult) -> None:
        call.faxing, call.faxed = False, result
        if self._switch.sink is not None and call.by is None:
            self._switch.sink.on_fax(call.attempt_id, sent=result.whole, pages=result.pages, why=result.why)

    # --- receiving ----------------------------------------------------------------------------------------------------

    def collect(self) -> None:
        """Tell of every received fax that has not been told."""
        sink = self._switch.sink
        if self._box is None or sink is None:
            return
        for note in self._box.notes():
            if note.file in self._told:
                continue
            self._told.add(note.file)
            sink.on_fax_received(
                FaxReceived(
                    file=note.file,
                    number=note.number,
                    called=note.called,
                    pages=note.result.pages,
                    whole=note.result.whole,
                    why=note.result.why,
                    station=note.result.station,
                    at=note.at,
                )
            )
            self._switch.loop.call_later(_KEEP_NOTE_S, self._box.told, note)


def _result(channel: Mapping[str, Any]) -> str:
    return str((channel.get("channelvars") or {}).get(FAXED_VARIABLE) or "")
