"""What the parts of the adapter share: the connection, the calls and agents' lines we know, and who hears of them.

Names of channels and bridges tell what they are, so that after a restart of ours (or of Asterisk) everything can be
told from a list: a dialled call's channel bears the attempt's id and nothing else.
"""

from __future__ import annotations

import asyncio
import itertools
import logging
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import IntEnum
from typing import Any

from callwright.adapters.asterisk.ari import AriClient, Then
from callwright.adapters.asterisk.fax_box import FaxResult
from callwright.adapters.asterisk.plan import SipTrunk, TelephonePlan
from callwright.dialer.network import NetworkSink, Originate, TransferTarget
from callwright.model.numbers import is_e164
from callwright.model.outcome import Media

log = logging.getLogger("callwright.asterisk")
_ATTEMPT = re.compile(r"0*[1-9][0-9]*")


class At(IntEnum):
    """How far a call is."""

    DIALING = 0
    RINGING = 1
    OFFERED = 2  # a returned call we have not accepted
    ANSWERED = 3  # with us, alone
    JOINED = 4  # in an agent's bridge, or one with a third party
    ENDING = 5


@dataclass(slots=True, kw_only=True, eq=False)
class Third:
    """The third party of a transfer or consultation."""

    target: TransferTarget
    blind: bool
    channel: str = ""
    answered: bool = False
    with_all: bool = False
    timer: asyncio.TimerHandle | None = None


@dataclass(slots=True, kw_only=True, eq=False)
class AriCall:
    """One person's call as we know it."""

    attempt_id: int
    channel: str
    order: Originate | None = None
    at: At = At.DIALING
    number: str = ""
    trunk: str | None = None
    up: bool = False  # the far end has answered, whether or not the application has the call yet
    in_stasis: bool = False
    answered_at: float | None = None
    by: str | None = None  # who ends it, where it was us
    signs: tuple[int | None, int | None] | None = None  # SIP and Q.850 of an end of our own making
    ring_timer: asyncio.TimerHandle | None = None
    leaves: asyncio.TimerHandle | None = None  # our order is still with us: bursts are spread
    agent_id: int | None = None  # joined with, or being joined with
    joined: bool = False
    bridge: str | None = None  # where the channel is, as far as we have ordered
    music: bool = False
    playback: str | None = None
    third: Third | None = None
    early: Media | None = None
    listening: bool = False
    verdict: Media | None = None
    record: bool = False  # to be recorded once an agent is on the line
    recording: bool = False
    after_beep: tuple[str, float] | None = None  # the message that waits for the beep
    inbound: bool = False
    called: str = ""
    faxing: bool = False  # in the dialplan's hands, a document is being sent
    faxed: FaxResult | None = None


@dataclass(slots=True, kw_only=True, eq=False)
class AgentLine:
    """An agent's always-on line."""

    agent_id: int
    channel: str | None = None
    up: bool = False
    wanted: bool = False
    timer: asyncio.TimerHandle | None = None
    waiting: list[tuple[int, str | None]] = field(default_factory=list)  # joins ordered before it stood
    lent_to: str | None = None  # the bridge it is in, where that is not its own

    @property
    def bridge(self) -> str:
        return bridge_of(self.agent_id)


class Switch:
    """One Asterisk and everything we know of it."""

    def __init__(self, client: AriClient, plan: TelephonePlan) -> None:
        self.client = client
        self.plan = plan
        self.app = client.address.app
        self.trunks: Mapping[str, SipTrunk] = {trunk.name: trunk for trunk in plan.trunks}
        self.calls: dict[int, AriCall] = {}
        self.by_channel: dict[str, AriCall] = {}
        self.offered: dict[int, AriCall] = {}
        self.lines: dict[int, AgentLine] = {}
        self.sink: NetworkSink | None = None
        self.takes_orders = False
        self.numbers = itertools.count(1)
        self._loop: asyncio.AbstractEventLoop | None = None

    @property
    def loop(self) -> asyncio.AbstractEventLoop:
        if self._loop is None:
            self._loop = asyncio.get_running_loop()
        return self._loop

    def fresh(self, kind: str, of: int) -> str:
        """A name for a channel, bridge or playback that nothing had before."""
        return f"{kind}-{of}-{int(self.loop.time() * 1000):x}-{next(self.numbers)}"

    # --- orders ---------------------------------------------------------------------------------------------------

    def order(self, call: AriCall, method: str, path: str, *, then: Then | None = None, **query: Any) -> None:
        """An order concerning one call: orders of one call are carried out in turn."""
        self.client.order(method, path, key=call.attempt_id, query=query or None, then=then)

    def leave_bridge(self, call: AriCall) -> None:
        if call.bridge is not None:
            self.order(call, "POST", f"/bridges/{call.bridge}/removeChannel", channel=call.channel, then=_whatever)
            call.bridge = None

    def enter_bridge(self, call: AriCall, bridge: str, *, then: Then | None = None) -> None:
        call.bridge = bridge
        self.order(call, "POST", f"/bridges/{bridge}/addChannel", channel=call.channel, then=then)

    def music(self, call: AriCall, *, on: bool) -> None:
        if on != call.music:
            call.music = on
            self.order(call, "POST" if on else "DELETE", f"/channels/{call.channel}/moh", then=_whatever)

    def stop_playback(self, call: AriCall) -> None:
        """Before anything else is done with the channel: adding it to a bridge in a playback hangs the socket."""
        call.after_beep = None
        if call.playback is not None:
            playback, call.playback = call.playback, None
            self.order(call, "DELETE", f"/playbacks/{playback}", then=_whatever)

    def forget(self, call: AriCall) -> None:
        """The call is over."""
        call.at = At.ENDING
        for timer in (call.ring_timer, call.leaves):
            if timer is not None:
                timer.cancel()
        self.by_channel.pop(call.channel, None)
        if self.calls.get(call.attempt_id) is call:
            del self.calls[call.attempt_id]

    def endpoint(self, number: str, trunk: str) -> str | None:
        """The dial string for a number over a trunk; None where it may not be dialled: no such trunk, not plain
        digits, or a beginning that this installation does not let out."""
        sip = self.trunks.get(trunk)
        if sip is None or not is_e164(number):
            return None
        if not number.startswith(self.plan.allowed_prefixes) or number.startswith(self.plan.denied_prefixes or ("-",)):
            return None
        digits = number if sip.number_format == "+digits" else number[1:]
        return f"PJSIP/{sip.dial_prefix}{digits}@trunk-{trunk}"


def channel_of(attempt_id: int) -> str:
    """The name of a dialled call's channel: the attempt's id, always as long. Asterisk takes a new name that another
    channel's name begins with for one in use: "1" could not be dialled while "12" lives."""
    return f"{attempt_id:012d}"


def bridge_of(agent_id: int) -> str:
    return f"agent-{agent_id}"


def agent_of_bridge(bridge: str) -> int | None:
    found = re.fullmatch(r"agent-([0-9]+)", bridge)
    return int(found.group(1)) if found else None


def agent_of_line(channel: str) -> int | None:
    found = re.match(r"line-([0-9]+)-", channel)
    return int(found.group(1)) if found else None


def attempt_of(channel: Mapping[str, Any]) -> int | None:
    """The attempt whose person's channel this is: by its name, or for a returned call by what we wrote on it."""
    name = str(channel.get("id", ""))
    if _ATTEMPT.fullmatch(name):
        return int(name)
    written = str((channel.get("channelvars") or {}).get("CALLWRIGHT_ATTEMPT") or "")
    if (
        name
        and not name.startswith(("line-", "third-", "rec-", "tap-", "ear-", "coach-"))
        and _ATTEMPT.fullmatch(written)
    ):
        return int(written)
    return None


def _whatever(status: int, body: Any) -> None:
    """For orders about things that may be gone already."""
