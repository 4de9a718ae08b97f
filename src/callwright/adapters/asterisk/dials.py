"""A call from our order to its end, beside what is said in between: dialling, ringing, returned calls, the end."""

from __future__ import annotations

import logging
import math
from collections.abc import Callable, Mapping
from typing import Any

from callwright.adapters.asterisk.config_dialplan import APP_VARIABLE, ATTEMPT_VARIABLE, LIMIT_VARIABLE
from callwright.adapters.asterisk.config_pjsip import twin
from callwright.adapters.asterisk.limits import TrunkLimits
from callwright.adapters.asterisk.listening import Ears
from callwright.adapters.asterisk.switch import AriCall, At, Switch, channel_of
from callwright.dialer.network import Originate
from callwright.kit.clock import Clock

log = logging.getLogger("callwright.asterisk")
_POST_DIAL_S = 12.0
"""Longest silence of a carrier after our INVITE, beside the time it may ring."""
_BY_PERSON = frozenset({486, 600, 603, 607, 608})
NO_MEDIA = 44  # Q.850 that Asterisk gives a call whose sound has stopped (rtp_timeout)


class Dials:
    """Dials and ends the calls of one switch. ``on_over``: told of every call that is over, before the dialer is."""

    def __init__(
        self, switch: Switch, clock: Clock, limits: TrunkLimits, ears: Ears, on_over: Callable[[AriCall], None]
    ) -> None:
        self._switch = switch
        self._clock = clock
        self._limits = limits
        self._ears = ears
        self._on_over = on_over

    # --- dialling -------------------------------------------------------------------------------------------------

    def originate(self, order: Originate) -> None:
        switch, attempt_id, number = self._switch, order.attempt_id, order.permit.number
        if attempt_id in switch.calls:
            return  # a second order with a live id is refused
        endpoint = switch.endpoint(number, order.trunk)
        if not order.permit.is_valid_at(self._clock.now()):
            log.error("The permit of call %d is stale: it is not dialled.", attempt_id)
            endpoint = None
        channel = channel_of(attempt_id)
        call = AriCall(attempt_id=attempt_id, channel=channel, order=order, number=number, trunk=order.trunk)
        call.record = order.record
        if not self._switch.takes_orders or endpoint is None or not self._limits.may_dial(order.trunk, number):
            switch.loop.call_soon(self.tell_ended, call, None, None, "us")
            return
        if not self._limits.take(order.trunk):
            switch.loop.call_soon(self.tell_ended, call, 503, 34, "carrier")
            return
        switch.calls[attempt_id] = switch.by_channel[call.channel] = call
        wait_s = self._limits.wait_s(order.trunk)
        if wait_s > 0.0:
            call.leaves = switch.loop.call_later(wait_s, self._send_late, call, order, endpoint)
        else:
            self._send(call, order, endpoint)

    def send_waiting(self) -> None:
        """Nothing that is committed stays behind when we leave."""
        for call in list(self._switch.calls.values()):
            if call.leaves is not None and call.by is None and call.order is not None:
                call.leaves.cancel()
                endpoint = self._switch.endpoint(call.number, call.order.trunk)
                if endpoint is not None:
                    self._send_late(call, call.order, endpoint)

    def _send_late(self, call: AriCall, order: Originate, endpoint: str) -> None:
        call.leaves = None
        if self._switch.takes_orders and order.permit.is_valid_at(self._clock.now()):
            self._send(call, order, endpoint)
        else:
            self._end(call, None, None, "us")

    def _send(self, call: AriCall, order: Originate, endpoint: str) -> None:
        switch = self._switch
        call.ring_timer = switch.loop.call_later(order.ring_timeout_s + _POST_DIAL_S, self._rang_out, call)

        def dialed(status: int, found: Any) -> None:
            if status not in (200, 0):
                self._not_dialed(call, status, found)

        sent = switch.client.order(
            "POST",
            f"/channels/{call.channel}",
            key=call.attempt_id,
            query={
                "endpoint": twin(endpoint, call.attempt_id),
                "context": "callwright-dialed",
                "extension": "s",
                "priority": 1,
                "callerId": order.caller_id or "anonymous",
                "timeout": math.ceil(order.ring_timeout_s + _POST_DIAL_S) + 5,
            },
            body={
                "variables": {LIMIT_VARIABLE: str(math.ceil(order.max_call_s)), APP_VARIABLE: switch.app},
            },
            then=dialed,
        )
        if not sent:
            self._end(call, None, None, "us")

    def _not_dialed(self, call: AriCall, status: int, found: Any) -> None:
        """Asterisk did not take the order. It answers 409 both to a name in use and to an endpoint it does not have."""
        said = found.get("message", found.get("error")) if isinstance(found, dict) else found
        if status == 409:

            def look(status: int, found: Any) -> None:
                if status == 404 and call.at is not At.ENDING:
                    log.error("Call %d was not dialled: is the trunk %s configured?", call.attempt_id, call.trunk)
                    self._end(call, None, None, "us")

            self._switch.order(call, "GET", f"/channels/{call.channel}", then=look)
            return
        if call.at is not At.ENDING:
            log.error("Call %d was not dialled: %s %s", call.attempt_id, status, said)
            self._end(call, None, None, "us")

    def _rang_out(self, call: AriCall) -> None:
        call.ring_timer = None
        if not call.up and call.by is None:
            call.by, call.signs = "us", (487, 19)
            self._switch.order(call, "DELETE", f"/channels/{call.channel}", reason_code=19)

    def hang_up(self, attempt_id: int, *, by: str = "us") -> None:
        call = self._switch.calls.get(attempt_id)
        if call is None or call.by is not None:
            return
        call.by = by
        if not call.up:
            call.signs = (487, 16)
        if call.leaves is None:
            self._switch.order(call, "DELETE", f"/channels/{call.channel}", reason_code=16)
        else:
            call.leaves.cancel()
            call.leaves = self._switch.loop.call_later(0.0, self._end_unsent, call)

    def _end_unsent(self, call: AriCall) -> None:
        """It was taken back before Asterisk heard of it."""
        call.leaves = None
        self._end(call, 487, 16, call.by or "us")

    # --- returned calls -------------------------------------------------------------------------------------------

    def accept_inbound(self, call_id: int, attempt_id: int, *, record: bool = False) -> None:
        switch = self._switch
        call = switch.offered.pop(call_id, None)
        if call is None:  # the person gave up before: the attempt ends at once
            gone = AriCall(attempt_id=attempt_id, channel="")
            switch.loop.call_soon(self.tell_ended, gone, None, 16, "person")
            return
        call.attempt_id, call.up, call.at, call.record = attempt_id, True, At.ANSWERED, record
        switch.calls[attempt_id] = call
        switch.order(call, "POST", f"/channels/{call.channel}/variable", variable=ATTEMPT_VARIABLE, value=attempt_id)
        switch.order(call, "POST", f"/channels/{call.channel}/answer")

    def refuse_inbound(self, call_id: int) -> None:
        call = self._switch.offered.pop(call_id, None)
        if call is not None:
            self._switch.by_channel.pop(call.channel, None)
            self._switch.order(call, "DELETE", f"/channels/{call.channel}", reason_code=21)

    # --- events ---------------------------------------------------------------------------------------------------

    def offer(self, channel: str, number: str, called: str) -> None:
        call_id = next(self._switch.numbers)
        number, called = _e164(number), _e164(called)
        call = AriCall(attempt_id=0, channel=channel, at=At.OFFERED, inbound=True, number=number, called=called)
        call.in_stasis = True
        self._switch.offered[call_id] = self._switch.by_channel[channel] = call
        if self._switch.sink is not None:
            self._switch.sink.on_inbound(call_id, number, called)

    def answer(self, call: AriCall) -> None:
        """The person has answered and the call is in our hands."""
        if call.in_stasis:
            return
        call.in_stasis = call.up = True
        self._stop_ringing(call)
        if call.by is not None:
            return  # it is being ended: the end will tell
        call.at, call.answered_at = At.ANSWERED, self._clock.now()
        if self._switch.sink is not None:
            self._switch.sink.on_answered(call.attempt_id)
        if call.order is not None and call.order.detect_machine and call.by is None:
            self._ears.begin(call)
        elif call.listening:
            self._ears.stop(call)

    def on_state(self, call: AriCall, state: str) -> None:
        if state == "Ringing":
            self._ring(call)
        elif state == "Up":
            call.up = True
            self._stop_ringing(call)

    def on_dial(self, event: Mapping[str, Any]) -> None:
        """Early media: what the carrier says before the answer may be an announcement."""
        call = self._switch.by_channel.get((event.get("peer") or {}).get("id", ""))
        if call is None or event.get("dialstatus") != "PROGRESS" or call.up or call.by is not None:
            return
        trunk = self._switch.trunks.get(call.trunk or "")
        if trunk is not None and trunk.announcements:
            self._ears.begin(call)

    def _ring(self, call: AriCall) -> None:
        if call.at is not At.DIALING or call.by is not None:
            return
        call.at = At.RINGING
        self._stop_ringing(call)
        if call.order is not None:
            call.ring_timer = self._switch.loop.call_later(call.order.ring_timeout_s, self._rang_out, call)
        if self._switch.sink is not None:
            self._switch.sink.on_ringing(call.attempt_id)

    @staticmethod
    def _stop_ringing(call: AriCall) -> None:
        if call.ring_timer is not None:
            call.ring_timer.cancel()
            call.ring_timer = None

    # --- the end --------------------------------------------------------------------------------------------------

    def on_destroyed(self, call: AriCall, event: Mapping[str, Any]) -> None:
        if call.at is At.OFFERED:  # the person gave up before we accepted
            self._switch.by_channel.pop(call.channel, None)
            for call_id, offered in list(self._switch.offered.items()):
                if offered is call:
                    del self._switch.offered[call_id]
            return
        cause, sip = _number(event.get("cause")), _number(event.get("tech_cause"))
        if not call.up:
            if call.signs is not None:
                self._end(call, *call.signs, call.by or "us")
            else:
                self._end(call, sip, cause, call.by or ("person" if sip in _BY_PERSON else "carrier"))
            return
        if not call.in_stasis and self._switch.sink is not None:
            call.in_stasis = True
            self._switch.sink.on_answered(call.attempt_id)  # answered, and gone before we had the call
        self._end(call, None, cause, call.by or ("carrier" if cause == NO_MEDIA else "person"))

    def _end(self, call: AriCall, sip: int | None, q850: int | None, by: str) -> None:
        self.over(call)
        self.tell_ended(call, sip, q850, by)

    def over(self, call: AriCall) -> None:
        if call.at is At.ENDING:
            return
        self._ears.stop(call)
        self._on_over(call)
        if call.trunk is not None and call.order is not None:
            self._limits.give_back(call.trunk)
        self._switch.forget(call)

    def tell_ended(self, call: AriCall, sip: int | None, q850: int | None, by: str) -> None:
        if self._switch.sink is not None:
            self._switch.sink.on_ended(call.attempt_id, sip=sip, q850=q850, by=by)


def _e164(number: str) -> str:
    return number if number.startswith("+") or not number else f"+{number}"


def _number(value: Any) -> int | None:
    try:
        return int(value) or None
    except (TypeError, ValueError):
        return None
