"""The simulated carrier: a ``dialer.network.Network`` that turns fates into the signs a real network gives.

One plain object and one or two timers per call, no task. Events never arrive inside a command: what a command causes
at once arrives by a timer of 0 s. Whatever the sink does inside an event is allowed for.
"""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Sequence
from functools import partial
from itertools import count

from callwright.dialer.network import LiveCall, NetworkSink, Originate
from callwright.dialer.ports import Trunk
from callwright.kit.clock import Clock
from callwright.model.numbers import is_e164
from callwright.model.outcome import Media
from callwright.sim.fates import ANSWERING, Fate, Population
from callwright.sim.fates import FateKind as K
from callwright.sim.habits import CarrierHabits, Conversation
from callwright.sim.signs import BY_PERSON, HEARD_AS, NO_CHANNEL, SHORT_RING_S, SIGNS
from callwright.sim.sim_call import At, Line, SimCall
from callwright.sim.switchboard import Switchboard

__all__ = ["CarrierHabits", "Conversation", "SimCarrier"]

_FAX_PAGE_S = 40.0  # a document of one page, from the answer
_FAX_WAIT_S = 35.0  # for a fax to answer our tones (T.30's timer T1)
_PAUSE_AFTER_WORDS_S = 1.5  # who has no beep is silent so long before a message meant for after it begins


class SimCarrier(Switchboard):
    """A carrier with trunks, in front of a population. See ``dialer.network.Network`` for the commands."""

    def __init__(
        self,
        clock: Clock,
        rng: random.Random,
        people: Population,
        trunks: Sequence[Trunk],
        *,
        habits: CarrierHabits | None = None,
    ) -> None:
        super().__init__()
        self._clock = clock
        self._people = people
        self._habits = habits or CarrierHabits()
        # one rng per concern, so that more calls of one kind do not change the fates of the others
        seed = rng.getrandbits(64)
        self._fates = random.Random(seed)
        self._thirds = random.Random(seed ^ 0x7A11)
        self._network = random.Random(rng.getrandbits(64))
        self._detection = random.Random(rng.getrandbits(64))
        self._returns = random.Random(rng.getrandbits(64))
        self._lines = {trunk.name: Line(trunk, clock.now()) for trunk in trunks}
        self._offered: dict[int, SimCall] = {}
        self._call_ids = count(1)
        self._sink: NetworkSink | None = None
        self._up = True
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
        if not self._up:
            self._refuse(order, None, None, "us")
            return
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

    def accept_inbound(self, call_id: int, attempt_id: int, *, record: bool = False) -> None:
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

    def play(self, attempt_id: int, message: str, length_s: float, *, after_beep: bool = False) -> None:
        call = self._calls.get(attempt_id)
        if call is None or call.at not in (At.ANSWERED, At.PLAYING, At.TALKING, At.PARKED):
            return
        self._drop_third(call)
        if call.at is At.TALKING:
            self._hear_music(call)  # the talk stands still
        self._stop_timers(call, but_verdict=True)
        fate, call.at, call.agent_id = call.fate, At.PLAYING, None
        if after_beep:
            length_s += self._until_beep_s(call)
        fruitful = message not in self._habits.fruitless_messages
        call.heard = call.heard or fruitful
        if fate.listens_s is not None and fate.listens_s < length_s and fate.kind is K.PERSON:
            call.timer = self._clock.call_later(fate.listens_s, partial(self._person_hangs_up, call))
        else:
            call.timer = self._clock.call_later(length_s, partial(self._played, call))
        if fate.keys and fruitful and fate.kind is K.PERSON:
            call.keys = fate.keys
            call.second = self._clock.call_later(fate.key_after_s, partial(self._press, call))

    def send_fax(self, attempt_id: int, document: str) -> None:
        """A fax takes it; a person hangs up on the tones; whatever else answered hears them to the end of its wait."""
        call = self._calls.get(attempt_id)
        if call is not None and call.faxed is not None:
            self._faxed(call, *call.faxed)
        if call is None or call.at is not At.ANSWERED:
            return
        self._stop_timers(call)
        fate, call.at, call.heard = call.fate, At.PLAYING, True
        if fate.kind is K.PERSON:
            wait_s, over = fate.patience_s, partial(self._tones_unwanted, call)
        elif fate.kind is K.FAX:
            wait_s, over = _FAX_PAGE_S, partial(self._faxed, call, True, "")
        else:
            wait_s, over = _FAX_WAIT_S, partial(self._faxed, call, False, "No fax answered the tones")
        call.timer = self._clock.call_later(wait_s, over)

    def _faxed(self, call: SimCall, sent: bool, why: str) -> None:
        if call.faxed is None:
            call.timer = self._clock.call_later(call.fate.patience_s, partial(self._person_hangs_up, call))
            call.faxed = (sent, why)
        if self._sink is not None:
            self._sink.on_fax(call.id, sent=sent, pages=int(sent), why=why)

    def _tones_unwanted(self, call: SimCall) -> None:
        if self._sink is not None:
            self._sink.on_fax(call.id, sent=False, pages=0, why="The call dropped prematurely")
        if call.at is not At.ENDING:
            self._person_hangs_up(call)

    def _until_beep_s(self, call: SimCall) -> float:
        if call.fate.kind is not K.MACHINE:
            return _PAUSE_AFTER_WORDS_S
        return max(0.0, call.picked_up_at + self._habits.machine_greeting_s - self._clock.now())

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

    async def live_calls(self) -> Sequence[LiveCall]:
        return [
            LiveCall(attempt_id=c.id, answered=c.at >= At.ANSWERED, agent_id=c.agent_id, ringing=c.at is At.RINGING)
            for c in self._calls.values()
            if c.at is not At.ENDING
        ]

    # --- disasters ------------------------------------------------------------------------------------------------

    def turn(self, *, up: bool) -> None:
        """The network takes no orders any more, or again; calls under way go on."""
        if up != self._up:
            self._up = up
            if self._sink is not None:
                self._sink.on_network(up)

    def lose_all(self) -> None:
        """The switch dies and is back at once: every call is cut, and nobody sees how."""
        for call in list(self._calls.values()):
            self._vanish(call, came_true=call.talked)
            if self._sink is not None:
                self._sink.on_lost(call.id)

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
        call.at, call.picked_up_at = At.ANSWERED, self._clock.now()
        if call.timer is not None:
            call.timer.cancel()
        if not inbound and self._sink is not None:
            self._sink.on_answered(call.id)
        if call.at is At.ANSWERED or (call.at is At.JOINING and call.joins_late):
            self._wait(call)
        if call.detect and call.at is not At.ENDING:
            heard, after_s = self._detected(call.fate.kind)
            call.verdict = self._clock.call_later(after_s, partial(self._judge, call, heard))

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
        words_over_at = self._clock.now() - self._habits.detect_after_words_s if heard is Media.HUMAN else None
        if self._sink is not None:
            self._sink.on_verdict(call.id, heard, words_over_at)

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
        self._vanish(call, came_true=came_true)
        self._maybe_ring_back(call)
        if self._sink is not None:
            self._sink.on_ended(call.id, sip=sip, q850=q850, by=by)

    def _vanish(self, call: SimCall, *, came_true: bool) -> None:
        del self._calls[call.id]
        self._stop_timers(call)
        if call.third is not None:
            self._drop_third(call)
        call.at = At.ENDING
        if call.line is not None:
            call.line.busy -= 1
        self._people.on_end(call.number, call.fate, came_true=came_true)

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
