"""What is particular to the simulated carrier's answered calls; the rest is in ``tests/contract/network``."""

from __future__ import annotations

import random
from collections.abc import Awaitable, Callable
from typing import Any

import pytest

from callwright.compliance.permit import _SEAL, DialPermit
from callwright.dialer.network import Aside, Originate, TransferTarget
from callwright.dialer.ports import Trunk
from callwright.sim.carrier import CarrierHabits, SimCarrier
from callwright.sim.truth import TruthPeople, parse_results
from callwright.sim.virtual_time import VirtualClock, run_virtual

NUMBER, OUTSIDE = "+12025550123", "+12025550199"
EXACT = CarrierHabits(post_dial_from_s=1.0, post_dial_to_s=1.0, false_alarm=0.0, miss=0.0, music_patience_s=60.0)


class Sink:
    def __init__(self, clock: VirtualClock) -> None:
        self.clock, self.log = clock, list[tuple[Any, ...]]()

    def __getattr__(self, name: str) -> Callable[..., None]:
        return lambda *facts, **more: self.log.append((self.clock.now(), name.removeprefix("on_"), *facts))

    def when(self, kind: str) -> float:
        return next(event[0] for event in reversed(self.log) if event[1] == kind)

    def kinds(self) -> list[str]:
        return [event[1] for event in self.log]


def talk(results: str, scenario: Callable[[SimCarrier, Sink, VirtualClock], Awaitable[None]]) -> None:
    """A talk of agent 7 with a person of this fate, under way."""

    async def main(clock: VirtualClock) -> None:
        people = TruthPeople({NUMBER: parse_results(results)})
        carrier = SimCarrier(
            clock, random.Random(1), people, [Trunk(name="t", channels=2, calls_per_s=9.0)], habits=EXACT
        )
        sink = Sink(clock)
        carrier.listen(sink)  # type: ignore[arg-type]  # answers to every name
        dial(carrier, clock)
        await clock.sleep(3.0)
        carrier.call_agent(7)
        carrier.join(1, 7)
        await clock.sleep(0.01)
        await scenario(carrier, sink, clock)

    run_virtual(main, 1_772_445_600.0)


def dial(carrier: SimCarrier, clock: VirtualClock, attempt_id: int = 1) -> None:
    permit = DialPermit(
        number=NUMBER,
        lead_id=None,
        customer_id=None,
        campaign_id=1,
        at=clock.now(),
        valid_until_s=clock.now() + 5.0,
        packs="",
        digest="",
        seal=_SEAL,
    )
    carrier.originate(Originate(attempt_id=attempt_id, permit=permit, trunk="t", caller_id=None, ring_timeout_s=20.0))


@pytest.mark.parametrize("music", ["hold", "park"])
def test_a_person_hears_music_for_so_long_and_hangs_up(music: str) -> None:
    async def scenario(carrier: SimCarrier, sink: Sink, clock: VirtualClock) -> None:
        began = clock.now()
        if music == "hold":
            carrier.hold(1, on=True)
        else:
            carrier.park(1)
        await clock.sleep(59.0)
        assert "ended" not in sink.kinds()
        await clock.sleep(2.0)
        assert sink.when("ended") - began == pytest.approx(60.0)

    talk("answer@1:500:success", scenario)


def test_a_talk_goes_on_where_it_stood_after_every_kind_of_music() -> None:
    async def scenario(carrier: SimCarrier, sink: Sink, clock: VirtualClock) -> None:
        began = clock.now() - 0.01
        await clock.sleep(10.0)
        carrier.park(1)
        await clock.sleep(30.0)
        carrier.join(1, 8)
        await clock.sleep(5.0)
        carrier.consult(1, 8, TransferTarget(name="seven", agent_id=7))
        await clock.sleep(20.0)
        carrier.join(1, 7)  # takes over: the consultation is at its end
        await clock.sleep(60.0)
        assert sink.when("ended") - began == pytest.approx(30.0 + 30.0 + 20.0, abs=0.05)
        assert carrier.counts["talks"] == 1
        said = carrier.conversation(1)
        assert said is not None
        assert said.disposition == "success"

    talk("answer@1:30:success", scenario)


def test_a_cut_line_is_told_and_the_person_hears_music_until_the_next_agent() -> None:
    async def scenario(carrier: SimCarrier, sink: Sink, clock: VirtualClock) -> None:
        carrier.cut_agent_line(7)
        assert sink.log[-1][1:] == ("agent_line", 7, False)
        await clock.sleep(20.0)
        assert "ended" not in sink.kinds()
        carrier.join(1, 7)
        await clock.sleep(11.0)
        assert "ended" in sink.kinds()

    talk("answer@1:10:success", scenario)


def test_the_companys_own_numbers_are_answered_even_where_a_truth_knows_them_not() -> None:
    async def scenario(carrier: SimCarrier, sink: Sink, clock: VirtualClock) -> None:
        carrier.transfer(1, TransferTarget(name="billing", number=OUTSIDE, trunk="t"))
        await clock.sleep(6.0)
        assert [event[3] for event in sink.log if event[1] == "aside"] == [Aside.RINGING, Aside.ANSWERED]
        assert carrier.channels_used("t") == 2
        await clock.sleep(130.0)
        assert "ended" in sink.kinds()
        assert carrier.channels_used("t") == 0

    talk("answer@1:500:success", scenario)


def test_no_orders_are_taken_while_the_network_is_down() -> None:
    async def scenario(carrier: SimCarrier, sink: Sink, clock: VirtualClock) -> None:
        carrier.turn(up=False)
        carrier.turn(up=False)
        dial(carrier, clock, 2)
        await clock.sleep(1.0)
        assert [event[1:3] for event in sink.log if event[1] in ("network", "ended")] == [
            ("network", False),
            ("ended", 2),
        ]
        carrier.turn(up=True)
        assert sink.log[-1][1:] == ("network", True)

    talk("answer@1:500:success", scenario)


def test_a_dead_switch_loses_every_call_and_their_ends() -> None:
    async def scenario(carrier: SimCarrier, sink: Sink, clock: VirtualClock) -> None:
        carrier.consult(1, 7, TransferTarget(name="billing", number=OUTSIDE, trunk="t"))
        await clock.sleep(6.0)
        carrier.lose_all()
        await clock.sleep(600.0)
        assert sink.kinds().count("lost") == 1
        assert "ended" not in sink.kinds()
        assert await carrier.live_calls() == []
        assert carrier.channels_used("t") == 0

    talk("answer@1:500:success", scenario)


def test_a_message_for_a_machine_begins_with_its_beep() -> None:
    async def scenario(carrier: SimCarrier, sink: Sink, clock: VirtualClock) -> None:
        carrier.play(1, "offer", 10.0, after_beep=True)
        await clock.sleep(30.0)
        answered = next(event[0] for event in sink.log if event[1] == "answered")
        assert sink.when("play_ended") - answered == pytest.approx(EXACT.machine_greeting_s + 10.0)

    talk("machine@1", scenario)


def test_only_keys_are_sent() -> None:
    async def scenario(carrier: SimCarrier, sink: Sink, clock: VirtualClock) -> None:
        carrier.send_keys(1, "1x2;#")
        assert carrier._calls[1].keys_sent == "12#"

    talk("answer@1:50:success", scenario)
