"""The simulated carrier: a ``dialer.ports.Network`` that turns fates into the signs a real network gives.

One plain object and one or two timers per call, no task. Events never arrive inside a command: what a command causes
at once arrives by a timer of 0 s. Whatever the sink does inside an event is allowed for.
"""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from itertools import count

from callwright.dialer.network import LiveCall, NetworkSink, Originate
from callwright.dialer.ports import Trunk
from callwright.kit.clock import Clock
from callwright.model.outcome import Media
from callwright.sim.fates import ANSWERING, Fate, Population
from callwright.sim.fates import FateKind as K
from callwright.sim.signs import BY_PERSON, HEARD_AS, NO_CHANNEL, SHORT_RING_S, SIGNS, is_e164
from callwright.sim.sim_call import At, Line, SimCall


@dataclass(frozen=True, kw_only=True, slots=True)
class Conversation:
    """What an agent knows after a talk."""

    disposition: str
    order_amount: float | None
    callback_in_s: float | None
    talk_s: float


@dataclass(frozen=True, kw_only=True, slots=True)
class CarrierHabits:
    """The carrier's own behaviour. Times in seconds, the rest probabilities."""

    post_dial_from_s: float = 0.5
    post_dial_to_s: float = 2.5
    join_s: float = 0.0  # from the order to join until agent and person hear each other
    detect_person_s: float = 1.2
    detect_machine_s: float = 2.6
    false_alarm: float = 0.025  # a person taken for a machine
    miss: float = 0.05  # a machine taken for a person
    failure: float = 0.0  # dials the carrier loses
    return_after_abandon: float = 0.0  # persons who ring back after we let them down
    return_after_missed: float = 0.0  # ... after they missed our call
    return_mean_s: float = 1200.0
    fruitless_messages: frozenset[str] = frozenset({"safe_harbour"})
    """Messages after which the person counts as not spoken to."""


class SimCarrier:
    """A carrier with trunks, in front of a population. See ``dialer.ports.Network`` for the commands."""

    def __init__(
        self,
        clock: Clock,
        rng: random.Random,
        people: Population,
        trunks: Sequence[Trunk],
        *,
        habits: CarrierHabits | None = None,
    ) -> None:
        self._clock = clock
        self._people = people
        self._habits = habits or CarrierHabits()
        # one rng per concern, so that more calls of one kind do not change the fates of the others
        self._fates = random.Random(rng.getrandbits(64))
        self._network = random.Random(rng.getrandbits(64))
        self._detection = random.Random(rng.getrandbits(64))
        self._returns = random.Random(rng.getrandbits(64))
        self._lines = {trunk.name: Line(trunk, clock.now()) for trunk in trunks}
        self._calls: dict[int, SimCall] = {}
        self._offered: dict[int, SimCall] = {}
        self._call_ids = count(1)
        self._talks: dict[int, Conversation] = {}
        self._sink: NetworkSink | None = None
        self.counts: Counter[str] = Counter()
        """dials, answers, talks, refused_duplicates, no_channel, inbound."""

    # --- commands -------------------------------------------------------------------------------------------------

    def listen(self, sink: NetworkSink) -> None:
        self._sink = sink

    def originate(self, order: Originate) -> None:
        """Dial. A second order with a live id is refused and counted, without an event."""
        if order.attempt_id in self._calls:
            self.counts["refused_duplicates"] += 1
            return
        clock, number = self._clock, order.permit.number
        self.counts["dials"] += 1
        line = self._lines.get(order.trunk)
        if line is None or not is_e164(number) or not number.startswith(line.trunk.prefixes):
            self._refuse(order, None, None, "us")
            return
        if not line.takes(clock.now()):
            self.counts["no_channel"] += 1
            self._refuse(order, *NO_CHANNEL, "carrier")
            return
        habits, network = self._habits, self._network
        fate = self._people.on_dial(number, clock.now(), self._fates)
        call = SimCall(order.attempt_id, number, fate, line, order.caller_id)
        call.ring_timeout_s = order.ring_timeout_s
        call.detect = order.detect_machine
        self._calls[call.id] = call
        post_dial_s = habits.post_dial_from_s
        if habits.post_dial_to_s > post_dial_s:
            post_dial_s += (habits.post_dial_to_s - post_dial_s) * network.random()
        if habits.failure and network.random() < habits.failure:
            call.timer = clock.call_later(post_dial_s, partial(self._end, call, 503, 41, "carrier", False))
        else:
            call.timer = clock.call_later(post_dial_s, partial(self._dialed, call))

    def accept_inbound(self, call_id: int, attempt_id: int) -> None:
        call = self._offered.pop(call_id, None)
        if call is None:
            # the person gave up before: the attempt ends at once
            self._clock.call_later(0.0, partial(self._tell_ended, attempt_id, None, 16, "person"))
            return
        call.id = attempt_id
        self._calls[attempt_id] = call
        self._pick_up(call)

    def refuse_inbound(self, call_id: int) -> None:
        call = self._offered.pop(call_id, None)
        if call is not None:
            self._stop_timers(call)
            call.at = At.ENDING

    def join(self, attempt_id: int, agent_id: int) -> None:
        call = self._calls.get(attempt_id)
        if call is None or call.at not in (At.ANSWERED, At.PLAYING, At.TALKING):
            return
        if call.second is not None:
            call.second.cancel()
        if call.at is not At.TALKING:  # else another agent takes over, and the talk goes on
            was_playing, call.at = call.at is At.PLAYING, At.JOINING
            if call.timer is not None and (was_playing or not self._habits.join_s):
                call.timer.cancel()
            if was_playing and self._habits.join_s:
                self._wait(call)
        call.second = self._clock.call_later(self._habits.join_s, partial(self._joined, call, agent_id))

    def play(self, attempt_id: int, message: str, length_s: float) -> None:
        call = self._calls.get(attempt_id)
        if call is None or call.at not in (At.ANSWERED, At.PLAYING, At.TALKING):
            return
        self._stop_timers(call, but_verdict=True)
        fate, call.at = call.fate, At.PLAYING
        fruitful = message not in self._habits.fruitless_messages
        call.heard = call.heard or fruitful
        if fate.listens_s is not None and fate.listens_s < length_s and fate.kind is K.PERSON:
            call.timer = self._clock.call_later(fate.listens_s, partial(self._person_hangs_up, call))
        else:
            call.timer = self._clock.call_later(length_s, partial(self._played, call))
        if fate.keys and fruitful and fate.kind is K.PERSON:
            call.keys = fate.keys
            call.second = self._clock.call_later(fate.key_after_s, partial(self._press, call))

    def hang_up(self, attempt_id: int, *, by: str = "us") -> None:
        call = self._calls.get(attempt_id)
        if call is None or call.at is At.ENDING:
            return
        answered = call.at >= At.ANSWERED
        came_true = self._came_true(call, taken_back=True)
        self._stop_timers(call)
        call.at = At.ENDING
        sip, q850 = (None, 16) if answered else (487, 16)
        call.timer = self._clock.call_later(0.0, partial(self._end, call, sip, q850, by, came_true))

    def hold(self, attempt_id: int, *, on: bool) -> None:
        """On hold the person's talk stands still; held for good they would wait for ever, as agents do come back."""
        call = self._calls.get(attempt_id)
        if call is None or call.at is not At.TALKING:
            return
        if on and call.left_s < 0.0:
            call.left_s = call.talk_ends_at - self._clock.now()
            if call.timer is not None:
                call.timer.cancel()
        elif not on and call.left_s >= 0.0:
            self._talk(call, call.left_s)
            call.left_s = -1.0

    async def live_calls(self) -> Sequence[LiveCall]:
        return [
            LiveCall(attempt_id=c.id, answered=c.at >= At.ANSWERED, agent_id=c.agent_id)
            for c in self._calls.values()
            if c.at is not At.ENDING
        ]

    # --- for the simulation's own people --------------------------------------------------------------------------

    def conversation(self, attempt_id: int) -> Conversation | None:
        """What the agent heard in a talk that has begun; None where there was none. Forgotten once read."""
        return self._talks.pop(attempt_id, None)

    def channels_used(self, trunk: str) -> int:
        return self._lines[trunk].busy

    def peak_channels(self, trunk: str) -> int:
        return self._lines[trunk].peak

    def ring_us(self, number: str, called: str, fate: Fate | None = None) -> None:
        """A person calls one of our numbers now (``fate`` None: the population says who they are)."""
        fate = fate or self._people.on_call_us(number, self._clock.now(), self._fates)
        if fate is None:
            return
        self.counts["inbound"] += 1
        call = SimCall(0, number, fate, None, called)
        call.at = At.OFFERED
        call_id = next(self._call_ids)
        self._offered[call_id] = call
        call.timer = self._clock.call_later(fate.patience_s, partial(self._offer_over, call_id))
        if self._sink is not None:
            self._sink.on_inbound(call_id, number, called)

    # --- before the answer ----------------------------------------------------------------------------------------

    def _refuse(self, order: Originate, sip: int | None, q850: int | None, by: str) -> None:
        """The dial fails at once; nobody's telephone was touched."""
        self._clock.call_later(0.0, partial(self._tell_ended, order.attempt_id, sip, q850, by))

    def _tell_ended(self, attempt_id: int, sip: int | None, q850: int | None, by: str) -> None:
        if self._sink is not None:
            self._sink.on_ended(attempt_id, sip=sip, q850=q850, by=by)

    def _dialed(self, call: SimCall) -> None:
        """The post-dial delay is over: ringing, an announcement, or the end."""
        fate, sink, clock = call.fate, self._sink, self._clock
        kind, ring_s = fate.kind, fate.ring_s
        signs = SIGNS.get(kind)
        if signs is not None and signs[2] is not None:
            if not fate.announced:
                self._fail(call)
                return
            call.timer = clock.call_later(ring_s, partial(self._fail, call))
            if sink is not None:
                sink.on_early_media(call.id, signs[2])
            return
        if ring_s <= 0.0 and kind is not K.NO_ANSWER:
            self._rung(call)
            return
        call.at, call.rang_at = At.RINGING, clock.now()
        if ring_s <= 0.0 or ring_s > call.ring_timeout_s:
            call.timer = clock.call_later(call.ring_timeout_s, partial(self._rang_out, call))
        else:
            call.timer = clock.call_later(ring_s, partial(self._rung, call))
        if sink is not None:
            sink.on_ringing(call.id)

    def _rung(self, call: SimCall) -> None:
        """The ringing is over by somebody's deed."""
        if call.fate.kind in ANSWERING:
            self.counts["answers"] += 1
            self._pick_up(call)
        else:
            self._fail(call)

    def _fail(self, call: SimCall) -> None:
        sip, q850, _ = SIGNS[call.fate.kind]
        self._end(call, sip, q850, "person" if call.fate.kind in BY_PERSON else "carrier", True)

    def _rang_out(self, call: SimCall) -> None:
        self._end(call, 487, 19, "us", self._came_true(call, taken_back=True))

    # --- after the answer -----------------------------------------------------------------------------------------

    def _pick_up(self, call: SimCall) -> None:
        inbound = call.at is At.OFFERED
        call.at = At.ANSWERED
        if call.timer is not None:
            call.timer.cancel()
        if not inbound and self._sink is not None:
            self._sink.on_answered(call.id)
        if call.at is At.ANSWERED or (call.at is At.JOINING and self._habits.join_s):
            self._wait(call)
        if call.detect and call.at is not At.ENDING:
            heard, after_s = self._detected(call.fate.kind)
            call.verdict = self._clock.call_later(after_s, partial(self._judge, call, heard))

    def _wait(self, call: SimCall) -> None:
        """Nobody speaks to the person: their patience runs."""
        call.timer = self._clock.call_later(call.fate.patience_s, partial(self._person_hangs_up, call))

    def _detected(self, kind: K) -> tuple[Media, float]:
        habits, chance = self._habits, self._detection.random()
        if kind is K.PERSON:
            if chance < habits.false_alarm:
                return Media.MACHINE, habits.detect_machine_s
            return Media.HUMAN, habits.detect_person_s
        if chance < habits.miss:
            return Media.HUMAN, habits.detect_person_s
        return HEARD_AS[kind], habits.detect_machine_s

    def _judge(self, call: SimCall, heard: Media) -> None:
        call.verdict = None
        if self._sink is not None:
            self._sink.on_verdict(call.id, heard)

    def _joined(self, call: SimCall, agent_id: int) -> None:
        first = call.at is not At.TALKING
        call.second, call.agent_id, call.talked = None, agent_id, True
        if first:
            if call.timer is not None:
                call.timer.cancel()
            call.at = At.TALKING
            self.counts["talks"] += 1
            fate = call.fate
            self._talks[call.id] = Conversation(
                disposition=fate.disposition,
                order_amount=fate.order_amount,
                callback_in_s=fate.callback_in_s,
                talk_s=fate.talk_s,
            )
            self._talk(call, fate.talk_s)
        if self._sink is not None:
            self._sink.on_joined(call.id, agent_id)

    def _talk(self, call: SimCall, seconds: float) -> None:
        call.talk_ends_at = self._clock.now() + seconds
        call.timer = self._clock.call_later(seconds, partial(self._talk_over, call))

    def _talk_over(self, call: SimCall) -> None:
        self._end(call, None, 16, call.fate.ended_by, True)

    def _played(self, call: SimCall) -> None:
        call.at = At.ANSWERED
        call.timer = None
        if self._sink is not None:
            self._sink.on_play_ended(call.id)
        if call.at is At.ANSWERED and call.timer is None:
            self._wait(call)

    def _press(self, call: SimCall) -> None:
        key, call.keys = call.keys[0], call.keys[1:]
        call.second = self._clock.call_later(1.0, partial(self._press, call)) if call.keys else None
        if self._sink is not None:
            self._sink.on_key(call.id, key)

    def _person_hangs_up(self, call: SimCall) -> None:
        self._end(call, None, 16, "person", self._came_true(call, taken_back=False))

    # --- the end --------------------------------------------------------------------------------------------------

    def _came_true(self, call: SimCall, *, taken_back: bool) -> bool:
        """Whether the call came as far as its fate says (``Population.on_end``)."""
        kind = call.fate.kind
        if kind is K.PERSON:
            return call.talked or call.heard
        if kind in ANSWERING:
            return call.at >= At.ANSWERED
        if not taken_back:
            return True
        if kind is not K.NO_ANSWER or call.rang_at is None:
            return False
        return self._clock.now() - call.rang_at >= min(SHORT_RING_S, call.ring_timeout_s) - 1e-6

    def _end(self, call: SimCall, sip: int | None, q850: int | None, by: str, came_true: bool) -> None:
        del self._calls[call.id]
        self._stop_timers(call)
        call.at = At.ENDING
        if call.line is not None:
            call.line.busy -= 1
        self._people.on_end(call.number, call.fate, came_true=came_true)
        self._maybe_ring_back(call)
        if self._sink is not None:
            self._sink.on_ended(call.id, sip=sip, q850=q850, by=by)

    def _maybe_ring_back(self, call: SimCall) -> None:
        habits = self._habits
        if call.caller_id is None or call.line is None or call.talked or call.heard:
            return
        kind = call.fate.kind
        if kind is K.PERSON:
            chance = habits.return_after_abandon
        else:
            chance = habits.return_after_missed if kind is K.NO_ANSWER else 0.0
        if chance and self._returns.random() < chance:
            delay_s = self._returns.expovariate(1.0 / habits.return_mean_s)
            self._clock.call_later(delay_s, partial(self.ring_us, call.number, call.caller_id))

    def _offer_over(self, call_id: int) -> None:
        """The person hangs up before we accepted; they are gone when we try to."""
        del self._offered[call_id]

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
