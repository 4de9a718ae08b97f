"""A real network with invented people behind it: SIPp is told what each dialled number will do, in a faster time.

The dialer sees the network's port on its own (scaled) clock; Asterisk and SIPp live in real seconds. What was said in a
talk, and whether a fate came true, is decided here as the simulated carrier decides it (``sim.carrier``).
"""

from __future__ import annotations

import random
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

from callwright.adapters.asterisk.network import AsteriskNetwork
from callwright.adapters.sipp.people import SippPeople
from callwright.app.sipp_people import behaviour_of
from callwright.dialer.network import NetworkSink, Originate, TransferTarget
from callwright.kit.clock import Clock, Timer
from callwright.sim.fates import ANSWERING, Fate, FateKind, Population
from callwright.sim.habits import Conversation
from callwright.sim.signs import NO_CHANNEL, SHORT_RING_S

K = FateKind
FRUITLESS = frozenset({"safe_harbour"})
"""Messages after which a person counts as not spoken to."""


@dataclass(kw_only=True, slots=True, eq=False)
class _Call:
    number: str
    fate: Fate
    ring_timeout_s: float
    rang_at: float | None = None
    answered: bool = False
    answered_real: float = 0.0
    talked: bool = False
    heard: bool = False
    message: str = ""
    hangs_up: Timer | None = None  # the agent, who has said what there was to say


class TelephonePeople:
    """``dialer.network.Network`` (what is not here is the inner one's) and ``sim.agents.Conversations``.

    ``brief``: the prompt played for every message (real speech cannot be sped up).
    """

    def __init__(
        self,
        inner: AsteriskNetwork,
        sipp: SippPeople,
        people: Population,
        clock: Clock,
        *,
        speed: float,
        seed: int,
        brief: str,
    ) -> None:
        self._inner, self._sipp, self._people, self._clock = inner, sipp, people, clock
        self._speed = speed
        self._rng = random.Random(seed)
        self._brief = brief
        self._calls: dict[int, _Call] = {}
        self._talks: dict[int, Conversation] = {}
        self.counts: Counter[str] = Counter()
        """dials, answers, talks, cut_off (a fate that did not come true)."""
        self.joins_s: list[float] = []
        """Real seconds from the answer to agent and person hearing each other."""

    def conversation(self, attempt_id: int) -> Conversation | None:
        return self._talks.pop(attempt_id, None)

    # --- commands that differ ---------------------------------------------------------------------------------------

    def listen(self, sink: NetworkSink) -> None:
        self._inner.listen(_Told(self, sink))

    def originate(self, order: Originate) -> None:
        number, speed = order.permit.number, self._speed
        if order.attempt_id not in self._calls:
            fate = self._people.on_dial(number, self._clock.now(), self._rng)
            self._calls[order.attempt_id] = _Call(number=number, fate=fate, ring_timeout_s=order.ring_timeout_s)
            self._sipp.tell(number, behaviour_of(fate).faster(speed))
            self.counts["dials"] += 1
        self._inner.originate(
            replace(
                order,
                ring_timeout_s=order.ring_timeout_s / speed,
                max_call_s=max(30.0, order.max_call_s / speed),
                detect_machine=False,
            )
        )

    def play(self, attempt_id: int, message: str, length_s: float, *, after_beep: bool = False) -> None:
        call = self._calls.get(attempt_id)
        if call is not None:
            call.message = message
        self._inner.play(attempt_id, self._brief, length_s / self._speed, after_beep=after_beep)

    def transfer(self, attempt_id: int, target: TransferTarget) -> None:
        self._inner.transfer(attempt_id, self._sooner(target))

    def consult(self, attempt_id: int, agent_id: int, target: TransferTarget) -> None:
        self._inner.consult(attempt_id, agent_id, self._sooner(target))

    def _sooner(self, target: TransferTarget) -> TransferTarget:
        return replace(target, ring_timeout_s=max(1.0, target.ring_timeout_s / self._speed))

    def join(self, attempt_id: int, agent_id: int, *, whisper: str | None = None) -> None:
        self._inner.join(attempt_id, agent_id)  # a name takes longer to say than a sped-up person waits

    def __getattr__(self, name: str) -> Any:
        """Every other command is the network's own."""
        return getattr(self._inner, name)

    # --- what happens to the people ---------------------------------------------------------------------------------

    def ringing(self, attempt_id: int) -> None:
        call = self._calls.get(attempt_id)
        if call is not None:
            call.rang_at = self._clock.now()

    def answered(self, attempt_id: int) -> None:
        call = self._calls.get(attempt_id)
        if call is not None:
            call.answered, call.answered_real = True, time.monotonic()
            self.counts["answers"] += 1

    def joined(self, attempt_id: int) -> None:
        call = self._calls.get(attempt_id)
        if call is None or call.talked:
            return
        fate, call.talked = call.fate, True
        self.counts["talks"] += 1
        self.joins_s.append(time.monotonic() - call.answered_real)
        self._talks[attempt_id] = Conversation(
            disposition=fate.disposition,
            order_amount=fate.order_amount,
            callback_in_s=fate.callback_in_s,
            talk_s=fate.talk_s,
        )
        if fate.ended_by == "agent" or fate.kind is not K.PERSON:
            call.hangs_up = self._clock.call_later(fate.talk_s, partial(self._inner.hang_up, attempt_id, by="agent"))

    def played(self, attempt_id: int) -> None:
        call = self._calls.get(attempt_id)
        if call is not None and call.message not in FRUITLESS:
            call.heard = True

    def over(self, attempt_id: int, came_true: Callable[[_Call], bool]) -> None:
        call = self._calls.pop(attempt_id, None)
        if call is None:
            return
        if call.hangs_up is not None:
            call.hangs_up.cancel()
        true = came_true(call)
        self.counts["cut_off"] += not true
        self._people.on_end(call.number, call.fate, came_true=true)

    def came_true(self, call: _Call, *, taken_back: bool) -> bool:
        """Whether the call came as far as its fate says (as ``sim.carrier`` says it)."""
        kind = call.fate.kind
        if kind is K.PERSON:
            return call.talked or call.heard
        if kind in ANSWERING:
            return call.answered
        if not taken_back:
            return True
        if kind is not K.NO_ANSWER or call.rang_at is None:
            return False
        # the network has waited its part of the faster second; what it is late by is not the person's
        return self._clock.now() - call.rang_at >= min(SHORT_RING_S, call.ring_timeout_s) - 0.05 * self._speed


class _Told:
    """What the network reports: noted, and handed on to the dialer."""

    def __init__(self, people: TelephonePeople, sink: NetworkSink) -> None:
        self._people, self._sink = people, sink

    def on_ringing(self, attempt_id: int) -> None:
        self._people.ringing(attempt_id)
        self._sink.on_ringing(attempt_id)

    def on_answered(self, attempt_id: int) -> None:
        self._people.answered(attempt_id)
        self._sink.on_answered(attempt_id)

    def on_joined(self, attempt_id: int, agent_id: int) -> None:
        self._people.joined(attempt_id)
        self._sink.on_joined(attempt_id, agent_id)

    def on_play_ended(self, attempt_id: int) -> None:
        self._people.played(attempt_id)
        self._sink.on_play_ended(attempt_id)

    def on_ended(self, attempt_id: int, *, sip: int | None, q850: int | None, by: str) -> None:
        refused = (sip, q850) in ((None, None), NO_CHANNEL)
        self._people.over(attempt_id, lambda call: not refused and self._people.came_true(call, taken_back=by == "us"))
        self._sink.on_ended(attempt_id, sip=sip, q850=q850, by=by)

    def on_lost(self, attempt_id: int) -> None:
        self._people.over(attempt_id, lambda call: call.talked)
        self._sink.on_lost(attempt_id)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._sink, name)
