"""The simulated carrier's answered calls: who talks with whom, music, third parties, agents' lines.

``Switchboard`` is the half of ``carrier.SimCarrier`` that begins where somebody has answered. A talk stands still while
the person hears music and goes on where it was; whoever hears music too long hangs up.
"""

from __future__ import annotations

import random
from abc import ABC, abstractmethod
from collections import Counter
from functools import partial

from callwright.dialer.network import Aside, Coaching, ConsultEnd, NetworkSink, TransferTarget
from callwright.kit.clock import Clock
from callwright.kit.errors import BadInput
from callwright.model.numbers import is_e164
from callwright.sim.fates import ANSWERING, Fate, Population
from callwright.sim.fates import FateKind as K
from callwright.sim.habits import CarrierHabits, Conversation
from callwright.sim.sim_call import At, Line, SimCall, Third

_KEYS = frozenset("0123456789*#ABCD")
_WITH_US = (At.ANSWERED, At.JOINING, At.TALKING, At.PLAYING, At.PARKED)


class Switchboard(ABC):
    """Commands for answered calls; see ``dialer.network.Network``."""

    _clock: Clock
    _people: Population
    _habits: CarrierHabits
    _thirds: random.Random
    _lines: dict[str, Line]
    _sink: NetworkSink | None
    counts: Counter[str]

    def __init__(self) -> None:
        self._calls: dict[int, SimCall] = {}
        self._talks: dict[int, Conversation] = {}
        self._agent_lines: set[int] = set()
        self._coached: dict[int, tuple[int, Coaching]] = {}  # team lead -> agent, how

    @abstractmethod
    def _end(self, call: SimCall, sip: int | None, q850: int | None, by: str, came_true: bool) -> None: ...

    @abstractmethod
    def _came_true(self, call: SimCall, *, taken_back: bool) -> bool: ...

    # --- agents and persons -------------------------------------------------------------------------------------------

    def join(self, attempt_id: int, agent_id: int, *, whisper: str | None = None) -> None:
        call = self._calls.get(attempt_id)
        if call is None or call.at not in _WITH_US:
            return
        if call.second is not None:
            call.second.cancel()
        self._drop_third(call)
        delay_s = self._habits.join_s + (self._habits.whisper_s if whisper else 0.0)
        call.joins_late = delay_s > 0.0
        if call.at is not At.TALKING:  # else another agent takes over, and the talk goes on
            was_playing, call.at = call.at is At.PLAYING, At.JOINING
            if call.timer is not None and (was_playing or not delay_s):
                call.timer.cancel()
            if was_playing and delay_s:
                self._wait(call)
        call.second = self._clock.call_later(delay_s, partial(self._joined, call, agent_id))

    def _joined(self, call: SimCall, agent_id: int) -> None:
        first = not call.talked
        call.second, call.agent_id, call.talked = None, agent_id, True
        if first or call.at is not At.TALKING or call.left_s >= 0.0:
            if call.timer is not None:
                call.timer.cancel()
            call.at = At.TALKING
            if first:
                self._begin_talk(call)
            else:
                self._resume(call)
        if self._sink is not None:
            self._sink.on_joined(call.id, agent_id)

    def _begin_talk(self, call: SimCall) -> None:
        self.counts["talks"] += 1
        fate = call.fate
        self._talks[call.id] = Conversation(
            disposition=fate.disposition,
            order_amount=fate.order_amount,
            callback_in_s=fate.callback_in_s,
            talk_s=fate.talk_s,
        )
        self._talk(call, fate.talk_s)

    def _talk(self, call: SimCall, seconds: float) -> None:
        call.talk_ends_at = self._clock.now() + seconds
        call.timer = self._clock.call_later(seconds, partial(self._talk_over, call))

    def _talk_over(self, call: SimCall) -> None:
        self._end(call, None, 16, call.fate.ended_by, True)

    def _wait(self, call: SimCall) -> None:
        """Nobody speaks to the person: their patience runs."""
        call.timer = self._clock.call_later(call.fate.patience_s, partial(self._person_hangs_up, call))

    def _person_hangs_up(self, call: SimCall) -> None:
        self._end(call, None, 16, "person", self._came_true(call, taken_back=False))

    # --- music --------------------------------------------------------------------------------------------------------

    def hold(self, attempt_id: int, *, on: bool) -> None:
        call = self._calls.get(attempt_id)
        if call is None or call.at is not At.TALKING or (call.third is not None and not call.third.with_all):
            return
        if on and call.left_s < 0.0:
            self._hear_music(call)
        elif not on and call.left_s >= 0.0:
            self._resume(call)

    def park(self, attempt_id: int) -> None:
        call = self._calls.get(attempt_id)
        if call is None or call.at not in _WITH_US:
            return
        self._drop_third(call)
        if call.second is not None:
            call.second.cancel()
            call.second = None
        self._hear_music(call)
        call.at, call.agent_id = At.PARKED, None

    def _hear_music(self, call: SimCall) -> None:
        """The talk stands still, if there is one; the person's patience with music runs, anew each time."""
        if call.at is At.TALKING and call.left_s < 0.0:
            call.left_s = max(0.0, call.talk_ends_at - self._clock.now())
        if call.timer is not None:
            call.timer.cancel()
        call.timer = self._clock.call_later(self._habits.music_patience_s, partial(self._person_hangs_up, call))

    def _resume(self, call: SimCall) -> None:
        """The person is spoken to again."""
        left_s, call.left_s, call.at = call.left_s, -1.0, At.TALKING
        if call.timer is not None:
            call.timer.cancel()
        self._talk(call, left_s if left_s >= 0.0 else call.fate.talk_s)

    # --- third parties ------------------------------------------------------------------------------------------------

    def transfer(self, attempt_id: int, target: TransferTarget) -> None:
        call = self._calls.get(attempt_id)
        if call is None or call.at not in (At.TALKING, At.PARKED):
            return
        self._drop_third(call)
        self._hear_music(call)
        call.at, call.agent_id = At.PARKED, None
        self._call_third(call, target, blind=True)

    def consult(self, attempt_id: int, agent_id: int, target: TransferTarget) -> None:
        call = self._calls.get(attempt_id)
        if call is None or call.at is not At.TALKING or call.third is not None:
            return
        self._hear_music(call)
        self._call_third(call, target, blind=False)

    def end_consult(self, attempt_id: int, how: ConsultEnd) -> None:
        call = self._calls.get(attempt_id)
        if call is None or call.third is None or call.third.blind:
            return
        third = call.third
        if how is ConsultEnd.RESUME:
            self._drop_third(call)
        elif how is ConsultEnd.CONFERENCE:
            if not third.answered:
                return
            third.with_all = True
        elif third.target.agent_id is not None:
            call.agent_id, call.third = third.target.agent_id, None
        else:
            call.agent_id, third.blind = None, True
            if not third.answered:
                call.at = At.PARKED
                return
        if call.left_s >= 0.0:
            self._resume(call)

    def _call_third(self, call: SimCall, target: TransferTarget, *, blind: bool) -> None:
        third = call.third = Third(target, blind)
        clock, number = self._clock, target.number or ""
        if target.agent_id is not None:
            up = target.agent_id in self._agent_lines
            third.timer = clock.call_later(0.0, partial(self._third_answers if up else self._third_fails, call, third))
            return
        line = self._lines.get(target.trunk or "")
        allowed = line is not None and is_e164(number) and number.startswith(line.trunk.prefixes)
        if line is None or not allowed or not line.takes(clock.now()):
            third.timer = clock.call_later(0.0, partial(self._third_fails, call, third))
            return
        try:
            fate = self._people.on_dial(number, clock.now(), self._thirds)
        except BadInput:  # a truth about the people called knows nothing of the company's own numbers
            fate = Fate(kind=K.PERSON, ring_s=4.0, talk_s=120.0)
        third.line, third.fate = line, fate
        third.timer = clock.call_later(self._habits.post_dial_from_s, partial(self._third_rings, call, third))

    def _third_rings(self, call: SimCall, third: Third) -> None:
        fate, most_s = third.fate, third.target.ring_timeout_s
        assert fate is not None
        answers = fate.kind in ANSWERING and fate.ring_s <= most_s
        ring_s = min(fate.ring_s, most_s) if fate.kind is not K.NO_ANSWER else most_s
        deed = self._third_answers if answers else self._third_fails
        third.timer = self._clock.call_later(ring_s, partial(deed, call, third))
        if fate.kind in ANSWERING or fate.kind is K.NO_ANSWER:
            self._tell_aside(call, Aside.RINGING)

    def _third_answers(self, call: SimCall, third: Third) -> None:
        third.answered, third.timer = True, None
        if third.fate is not None:
            third.timer = self._clock.call_later(third.fate.talk_s, partial(self._third_leaves, call, third))
        if third.blind:
            self._resume(call)
        self._tell_aside(call, Aside.ANSWERED)

    def _third_fails(self, call: SimCall, third: Third) -> None:
        self._drop_third(call)
        if not third.blind and call.left_s >= 0.0:
            self._resume(call)
        self._tell_aside(call, Aside.FAILED)

    def _third_leaves(self, call: SimCall, third: Third) -> None:
        """The third party has said what there was to say."""
        if third.blind:
            self._end(call, None, 16, "us", True)
        else:
            self._third_fails(call, third)

    def _drop_third(self, call: SimCall) -> None:
        third, call.third = call.third, None
        if third is None:
            return
        if third.timer is not None:
            third.timer.cancel()
        if third.line is not None:
            third.line.busy -= 1
        if third.fate is not None:
            self._people.on_end(third.target.number or "", third.fate, came_true=third.answered)

    def _tell_aside(self, call: SimCall, what: Aside) -> None:
        if self._sink is not None:
            self._sink.on_aside(call.id, what)

    # --- beside the talk ----------------------------------------------------------------------------------------------

    def send_keys(self, attempt_id: int, keys: str) -> None:
        call = self._calls.get(attempt_id)
        if call is not None and call.at >= At.ANSWERED:
            call.keys_sent += "".join(key for key in keys if key in _KEYS)

    def coach(self, agent_id: int, lead_id: int, how: Coaching) -> None:
        if how is Coaching.OFF:
            self._coached.pop(lead_id, None)
        elif any(call.agent_id == agent_id for call in self._calls.values()):
            self._coached[lead_id] = (agent_id, how)

    def hush_recording(self, attempt_id: int, *, on: bool) -> None:
        call = self._calls.get(attempt_id)
        if call is not None:
            call.hushed = on

    # --- the agents' lines --------------------------------------------------------------------------------------------

    def call_agent(self, agent_id: int) -> None:
        self._agent_lines.add(agent_id)
        self._clock.call_later(0.0, partial(self._tell_line, agent_id))

    def _tell_line(self, agent_id: int) -> None:
        if agent_id in self._agent_lines and self._sink is not None:
            self._sink.on_agent_line(agent_id, True)

    def release_agent(self, agent_id: int) -> None:
        self._agent_lines.discard(agent_id)

    def cut_agent_line(self, agent_id: int) -> None:
        """The agent's browser dies, or the wire to it."""
        if agent_id not in self._agent_lines:
            return
        self._agent_lines.discard(agent_id)
        for call in self._calls.values():
            if call.agent_id == agent_id and call.at is At.TALKING and call.left_s < 0.0:
                self._hear_music(call)
        if self._sink is not None:
            self._sink.on_agent_line(agent_id, False)

    @staticmethod
    def _stop_timers(call: SimCall, *, but_verdict: bool = False) -> None:
        if call.timer is not None:
            call.timer.cancel()
        if call.second is not None:
            call.second.cancel()
            call.second = None
        if call.verdict is not None and not but_verdict:
            call.verdict.cancel()
            call.verdict = None
