"""What the network reports to the floor, handed to whoever carries it out: by this ``Dialer`` is the network's sink.

Told by direct call in the order in which it happened; nothing here decides.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Coroutine
from typing import Any

from callwright.dialer.agent_lines import AgentLines
from callwright.dialer.calls import Calls
from callwright.dialer.faxing import fax_over, fax_received
from callwright.dialer.inbound import take_returned_call
from callwright.dialer.network import FaxReceived
from callwright.dialer.state import FloorState
from callwright.model.outcome import Media


class Hearing(ABC):
    """The network's events; see ``network.NetworkSink``."""

    floor: FloorState
    _calls: Calls
    _lines: AgentLines

    @abstractmethod
    def _wake(self) -> None: ...

    @abstractmethod
    def _spawn(self, work: Coroutine[Any, Any, None]) -> None: ...

    def on_ringing(self, attempt_id: int) -> None:
        self._calls.on_ringing(attempt_id)

    def on_early_media(self, attempt_id: int, media: Media) -> None:
        self._calls.on_early_media(attempt_id, media)

    def on_answered(self, attempt_id: int) -> None:
        self._calls.on_answered(attempt_id)

    def on_verdict(self, attempt_id: int, media: Media, greeting_ended_at: float | None = None) -> None:
        self._calls.on_verdict(attempt_id, media, greeting_ended_at)

    def on_joined(self, attempt_id: int, agent_id: int) -> None:
        self._calls.on_joined(attempt_id, agent_id)

    def on_play_ended(self, attempt_id: int) -> None:
        self._calls.on_play_ended(attempt_id)

    def on_fax(self, attempt_id: int, *, sent: bool, pages: int, why: str) -> None:
        fax_over(self.floor, attempt_id, sent=sent, pages=pages, why=why)

    def on_fax_received(self, fax: FaxReceived) -> None:
        fax_received(self.floor, fax)

    def on_key(self, attempt_id: int, key: str) -> None:
        self._calls.on_key(attempt_id, key)

    def on_ended(self, attempt_id: int, *, sip: int | None, q850: int | None, by: str) -> None:
        self._calls.on_ended(attempt_id, sip=sip, q850=q850, by=by)

    def on_lost(self, attempt_id: int) -> None:
        self._calls.on_lost(attempt_id)

    def on_agent_line(self, agent_id: int, up: bool, *, silent: bool = False) -> None:
        self._lines.on_line(agent_id, up, silent=silent)

    def on_network(self, up: bool) -> None:
        """While the network takes no orders nothing is opened; when it does again, the floor goes on at once."""
        if up == self.floor.network_up:
            return
        self.floor.network_up = up
        self._lines.on_network(up)
        self.floor.emit("network", down=not up)
        self._wake()

    def on_inbound(self, call_id: int, number: str, called: str) -> None:
        self._spawn(take_returned_call(self.floor, self._calls, call_id, number, called))
