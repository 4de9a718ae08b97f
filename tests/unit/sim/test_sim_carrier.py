"""What is particular to the simulated carrier; what every network does is in ``tests/contract/network``."""

from __future__ import annotations

import random
from collections.abc import Awaitable, Callable
from types import SimpleNamespace
from typing import Any

import pytest

from callwright.dialer.network import Originate
from callwright.dialer.ports import Trunk
from callwright.model.outcome import Media
from callwright.sim.carrier import CarrierHabits, Conversation, SimCarrier
from callwright.sim.fates import Fate
from callwright.sim.truth import TruthPeople, parse_results
from callwright.sim.virtual_time import VirtualClock, run_virtual

NUMBER = "+12025550123"
EXACT = CarrierHabits(post_dial_from_s=1.0, post_dial_to_s=1.0, false_alarm=0.0, miss=0.0)


class Sink:
    """Notes events with their instants and answers each by ``reply``."""

    def __init__(self, clock: VirtualClock) -> None:
        self.clock = clock
        self.log: list[tuple[Any, ...]] = []
        self.reply: Callable[..., None] = lambda *event: None

    def __getattr__(self, name: str) -> Callable[..., None]:
        def note(*facts: Any, **more: Any) -> None:
            self.log.append((round(self.clock.now(), 6), name.removeprefix("on_"), *facts, *more.values()))
            self.reply(name.removeprefix("on_"), *facts)

        return note

    def at(self, kind: str) -> list[float]:
        return [event[0] for event in self.log if event[1] == kind]


class Recorded(TruthPeople):
    """A truth that also notes whether its fates came true."""

    came_true: list[bool]

    def on_end(self, number: str, fate: Fate, *, came_true: bool) -> None:
        self.came_true.append(came_true)
        super().on_end(number, fate, came_true=came_true)


def on_carrier(
    results: str,
    scenario: Callable[[SimCarrier, Sink, VirtualClock, Recorded], Awaitable[None]],
    habits: CarrierHabits = EXACT,
    **trunk: Any,
) -> None:
    async def main(clock: VirtualClock) -> None:
        people = Recorded({NUMBER: parse_results(results)})
        people.came_true = []
        facts: dict[str, Any] = {"channels": 10, "calls_per_s": 10.0, **trunk}
        carrier = SimCarrier(clock, random.Random(7), people, [Trunk(name="t", **facts)], habits=habits)
        sink = Sink(clock)
        carrier.listen(sink)
        await scenario(carrier, sink, clock, people)

    run_virtual(main, 0.0)


def order(attempt_id: int, **facts: Any) -> Originate:
    known: dict[str, Any] = {"trunk": "t", "caller_id": "+12025550100", "ring_timeout_s": 20.0, **facts}
    return Originate(attempt_id=attempt_id, permit=SimpleNamespace(number=NUMBER), **known)  # type: ignore[arg-type]  # only the number is read


def joins(carrier: SimCarrier) -> Callable[..., None]:
    return lambda kind, id, *rest: carrier.join(id, 3) if kind == "answered" else None


def test_a_talk_of_the_truth_is_exact_and_its_conversation_known_once() -> None:
    async def scenario(carrier: SimCarrier, sink: Sink, clock: VirtualClock, people: Recorded) -> None:
        sink.reply = joins(carrier)
        carrier.originate(order(1))
        await clock.sleep(300.0)
        assert sink.log == [
            (1.0, "ringing", 1),
            (10.0, "answered", 1),
            (10.0, "joined", 1, 3),
            (271.0, "ended", 1, None, 16, "person"),
        ]
        said = Conversation(disposition="success", order_amount=300.0, callback_in_s=None, talk_s=261.0)
        assert carrier.conversation(1) == said
        assert carrier.conversation(1) is None
        assert people.came_true == [True]

    on_carrier("answer@9:261:success:300", scenario)


def test_a_talk_of_no_length_is_joined_and_over_at_the_same_instant() -> None:
    async def scenario(carrier: SimCarrier, sink: Sink, clock: VirtualClock, people: Recorded) -> None:
        sink.reply = joins(carrier)
        carrier.originate(order(1))
        await clock.sleep(30.0)
        assert [event[:2] for event in sink.log] == [
            (1.0, "ringing"),
            (4.0, "answered"),
            (4.0, "joined"),
            (4.0, "ended"),
        ]

    on_carrier("answer@3:0:refused", scenario)


@pytest.mark.parametrize(
    ("results", "deeds", "came_true"),
    [
        ("no_answer", {}, True),  # rang to the end
        ("no_answer", {"after": ("ringing", 5.0)}, False),  # taken back early: not an attempt on the person
        ("no_answer", {"after": ("ringing", 15.0)}, True),  # a late ringer: a plain no answer
        ("answer@3:9:refused", {"after": ("ringing", 1.0)}, False),
        ("answer@30:9:refused", {}, False),  # they would have answered, we gave up before
        ("answer@3:9:refused", {}, False),  # nobody spoke to them
        ("answer@3:9:refused", {"play": "safe_harbour"}, False),
        ("answer@3:9:refused", {"play": "offer"}, True),
        ("answer@3:9:refused", {"join": True}, True),
        ("answer@3:9:refused", {"join": True, "after": ("joined", 2.0)}, True),  # the agent ended it
        ("machine@3", {"after": ("answered", 1.0)}, True),
        ("machine@3", {"after": ("ringing", 1.0)}, False),
        ("busy", {}, True),
        ("carrier_failure", {}, True),  # the file says so
    ],
)
def test_which_ends_count_as_the_fates_own(results: str, deeds: dict[str, Any], came_true: bool) -> None:
    async def scenario(carrier: SimCarrier, sink: Sink, clock: VirtualClock, people: Recorded) -> None:
        def reply(kind: str, id: int, *rest: Any) -> None:
            if kind == "answered" and "play" in deeds:
                carrier.play(id, deeds["play"], 5.0)
            if kind == "answered" and "join" in deeds:
                carrier.join(id, 3)
            if kind == "play_ended":
                carrier.hang_up(id)
            if deeds.get("after", ("",))[0] == kind:
                clock.call_later(deeds["after"][1], lambda: carrier.hang_up(id))

        sink.reply = reply
        carrier.originate(order(1))
        await clock.sleep(200.0)
        assert [event[1] for event in sink.log][-1] == "ended"
        assert people.came_true == [came_true]

    on_carrier(results, scenario)


def test_a_dial_the_carrier_loses_leaves_the_person_where_they_were() -> None:
    async def scenario(carrier: SimCarrier, sink: Sink, clock: VirtualClock, people: Recorded) -> None:
        carrier.originate(order(1))
        await clock.sleep(20.0)
        assert sink.log == [(1.0, "ended", 1, 503, 41, "carrier")]
        assert people.came_true == [False]

    on_carrier("busy", scenario, CarrierHabits(post_dial_from_s=1.0, post_dial_to_s=1.0, failure=1.0))


def test_a_person_waits_their_patience_out_even_where_the_join_takes_time() -> None:
    async def scenario(carrier: SimCarrier, sink: Sink, clock: VirtualClock, people: Recorded) -> None:
        sink.reply = joins(carrier)
        carrier.originate(order(1))
        await clock.sleep(60.0)
        assert [(e[0], e[1]) for e in sink.log[1:]] == [(4.0, "answered"), (6.0, "joined"), (15.0, "ended")]

    on_carrier("answer@3:9:refused", scenario, CarrierHabits(post_dial_from_s=1.0, post_dial_to_s=1.0, join_s=2.0))


def test_a_person_gives_up_while_the_join_is_being_set_up() -> None:
    async def scenario(carrier: SimCarrier, sink: Sink, clock: VirtualClock, people: Recorded) -> None:
        sink.reply = joins(carrier)
        carrier.originate(order(1))
        await clock.sleep(100.0)
        assert [(e[0], e[1]) for e in sink.log[1:]] == [(4.0, "answered"), (34.0, "ended")]
        assert people.came_true == [False]

    habits = CarrierHabits(post_dial_from_s=1.0, post_dial_to_s=1.0, join_s=40.0)
    on_carrier("answer@3:9:refused:patience=30", scenario, habits)


def test_detection_errs_as_often_as_it_is_told_to() -> None:
    async def scenario(carrier: SimCarrier, sink: Sink, clock: VirtualClock, people: Recorded) -> None:
        for attempt_id in range(2000):
            carrier.originate(order(attempt_id, detect_machine=True))
            await clock.sleep(0.2)
        await clock.sleep(60.0)
        heard = [event[3] for event in sink.log if event[1] == "verdict"]
        assert len(heard) == 2000
        assert heard.count(Media.MACHINE) / 2000 == pytest.approx(0.1, abs=0.025)

    habits = CarrierHabits(false_alarm=0.1)
    on_carrier("answer@1:9:refused", scenario, habits, channels=1000, calls_per_s=1000.0)


def test_a_person_we_let_down_rings_back_once_and_is_the_same_person() -> None:
    async def scenario(carrier: SimCarrier, sink: Sink, clock: VirtualClock, people: Recorded) -> None:
        carrier.originate(order(1))
        await clock.sleep(100_000.0)
        (inbound,) = [event for event in sink.log if event[1] == "inbound"]
        assert inbound[3:] == (NUMBER, "+12025550100")

    habits = CarrierHabits(return_after_abandon=1.0, return_after_missed=1.0)
    on_carrier("answer@3:9:success", scenario, habits)


def test_whoever_was_spoken_to_or_saw_no_number_does_not_ring_back() -> None:
    async def scenario(carrier: SimCarrier, sink: Sink, clock: VirtualClock, people: Recorded) -> None:
        carrier.originate(order(1, caller_id=None))
        await clock.sleep(100.0)
        sink.reply = joins(carrier)
        carrier.originate(order(2))
        await clock.sleep(100_000.0)
        assert "inbound" not in [event[1] for event in sink.log]

    on_carrier("answer@3:9:success", scenario, CarrierHabits(return_after_abandon=1.0))


def test_a_returned_call_accepted_too_late_ends_at_once() -> None:
    async def scenario(carrier: SimCarrier, sink: Sink, clock: VirtualClock, people: Recorded) -> None:
        carrier.ring_us(NUMBER, "+12025550100")
        await clock.sleep(100.0)
        call_id = sink.log[0][2]
        carrier.accept_inbound(call_id, 9)
        await clock.sleep(1.0)
        assert sink.log[1:] == [(100.0, "ended", 9, None, 16, "person")]

    on_carrier("answer@3:9:success", scenario)


def test_channels_are_given_back_at_every_end() -> None:
    async def scenario(carrier: SimCarrier, sink: Sink, clock: VirtualClock, people: Recorded) -> None:
        sink.reply = joins(carrier)
        for attempt_id in range(12):
            carrier.originate(order(attempt_id))
        assert carrier.channels_used("t") == 10
        await clock.sleep(500.0)
        assert carrier.channels_used("t") == 0
        assert carrier.peak_channels("t") == 10
        assert carrier.counts["no_channel"] == 2

    on_carrier("no_answer;busy;answer:5:success;machine", scenario)


def test_an_agent_is_replaced_without_the_talk_beginning_again() -> None:
    async def scenario(carrier: SimCarrier, sink: Sink, clock: VirtualClock, people: Recorded) -> None:
        sink.reply = joins(carrier)
        carrier.originate(order(1))
        await clock.sleep(7.0)
        carrier.join(1, 4)
        await clock.sleep(30.0)
        assert [(e[0], e[1]) for e in sink.log[2:]] == [(4.0, "joined"), (7.0, "joined"), (13.0, "ended")]
        assert [c.agent_id for c in await carrier.live_calls()] == []

    on_carrier("answer@3:9:success", scenario)


@pytest.mark.parametrize(
    ("results", "sent", "ended"),
    [("fax@5", True, "us"), ("machine@5", False, "us"), ("answer@5:30:refused:patience=8", False, "person")],
)
def test_only_a_fax_takes_a_fax(results: str, sent: bool, ended: str) -> None:
    async def scenario(carrier: SimCarrier, sink: Sink, clock: VirtualClock, people: Recorded) -> None:
        def reply(kind: str, attempt_id: int, *facts: Any) -> None:
            if kind == "answered":
                carrier.send_fax(attempt_id, "offer.tif")
                carrier.send_fax(attempt_id, "offer.tif")

        sink.reply = reply
        carrier.originate(order(1))
        await clock.sleep(50.0)
        told = [event[2:5] for event in sink.log if event[1] == "fax"]
        assert told == [(1, sent, int(sent))]
        if ended == "us":
            carrier.send_fax(1, "offer.tif")  # a dialer that was restarted asks
            assert [event[2:5] for event in sink.log if event[1] == "fax"] == told * 2
            carrier.hang_up(1)
        await clock.sleep(1.0)
        assert [event[-1] for event in sink.log if event[1] == "ended"] == [ended]

    on_carrier(results, scenario)
