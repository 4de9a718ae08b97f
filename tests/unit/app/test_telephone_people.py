"""People behind a real network: what SIPp is told for each dial, which fates come true, what agents know of a talk."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from callwright.app.telephone_people import TelephonePeople
from callwright.compliance.permit import _SEAL, DialPermit
from callwright.dialer.network import Originate
from callwright.sim.truth import TruthPeople, parse_results
from callwright.sim.virtual_time import VirtualClock, run_virtual

NUMBER = "+12025550123"
SPEED = 10.0


class _Network:
    """Notes commands; events are made by the tests."""

    def __init__(self) -> None:
        self.sink: Any = None
        self.did: list[tuple[Any, ...]] = []

    def listen(self, sink: Any) -> None:
        self.sink = sink

    def __getattr__(self, name: str) -> Callable[..., None]:
        return lambda *args, **facts: self.did.append((name, *args, facts))


class _Sipp:
    def __init__(self) -> None:
        self.told: list[tuple[str, Any]] = []

    def tell(self, number: str, behaviour: Any) -> None:
        self.told.append((number, behaviour))


class _Dialer:
    def __init__(self) -> None:
        self.heard: list[tuple[Any, ...]] = []

    def __getattr__(self, name: str) -> Callable[..., None]:
        return lambda *args, **facts: self.heard.append((name, *args, facts))


def play(results: str, scenario: Callable[[TelephonePeople, _Network, _Sipp, VirtualClock], Any]) -> None:
    async def main(clock: VirtualClock) -> None:
        network, sipp = _Network(), _Sipp()
        truth = TruthPeople({NUMBER: parse_results(results)})
        people = TelephonePeople(network, sipp, truth, clock, speed=SPEED, seed=1, brief="sorry")  # type: ignore[arg-type]
        people.listen(_Dialer())  # type: ignore[arg-type]
        await scenario(people, network, sipp, clock)

    run_virtual(main, 1_772_445_600.0)


def order(attempt_id: int, clock: VirtualClock, **facts: Any) -> Originate:
    now = clock.now()
    permit = DialPermit(
        number=NUMBER,
        lead_id=None,
        customer_id=None,
        campaign_id=1,
        at=now,
        valid_until_s=now + 5.0,
        packs="",
        digest="",
        seal=_SEAL,
    )
    return Originate(
        attempt_id=attempt_id, permit=permit, trunk="main", caller_id=None, **{"ring_timeout_s": 20.0, **facts}
    )


def test_sipp_is_told_before_the_network_and_all_times_are_shorter() -> None:
    async def scenario(people: Any, network: _Network, sipp: _Sipp, clock: VirtualClock) -> None:
        people.originate(order(1, clock, detect_machine=True))
        ((number, behaviour),) = sipp.told
        assert (number, behaviour.ring_s, behaviour.stay_s) == (NUMBER, 0.9, 26.1)
        name, sent, _ = network.did[0]
        assert name == "originate"
        assert (sent.ring_timeout_s, sent.detect_machine) == (2.0, False)
        people.originate(order(1, clock))  # refused by the network as a duplicate; nothing is told anew
        assert len(sipp.told) == 1

    play("answer@9:261:success:300", scenario)


@pytest.mark.parametrize("talked", [True, False])
def test_a_person_goes_on_to_the_next_fate_only_after_a_talk(talked: bool) -> None:
    async def scenario(people: Any, network: _Network, sipp: _Sipp, clock: VirtualClock) -> None:
        people.originate(order(1, clock))
        network.sink.on_ringing(1)
        network.sink.on_answered(1)
        if talked:
            network.sink.on_joined(1, 7)
            said = people.conversation(1)
            assert (said.disposition, said.order_amount) == ("success", 300.0)
        network.sink.on_ended(1, sip=None, q850=16, by="person")
        people.originate(order(2, clock))
        assert (sipp.told[1][1].sip == 486) is talked

    play("answer@9:261:success:300;busy", scenario)


def test_a_dial_that_no_channel_took_was_none() -> None:
    async def scenario(people: Any, network: _Network, sipp: _Sipp, clock: VirtualClock) -> None:
        for attempt_id, signs in enumerate(((503, 34, "carrier"), (None, None, "us"), (486, 17, "person")), start=1):
            people.originate(order(attempt_id, clock))
            network.sink.on_ended(attempt_id, sip=signs[0], q850=signs[1], by=signs[2])
        people.originate(order(9, clock))
        assert [told[1].sip for told in sipp.told] == [486, 486, 486, 603]

    play("busy;rejected", scenario)


@pytest.mark.parametrize(("waits_s", "true"), [(20.0, True), (4.0, False)])
def test_nobody_at_home_is_known_only_after_the_whole_ringing(waits_s: float, true: bool) -> None:
    async def scenario(people: Any, network: _Network, sipp: _Sipp, clock: VirtualClock) -> None:
        people.originate(order(1, clock))
        network.sink.on_ringing(1)
        await clock.sleep(waits_s)
        network.sink.on_ended(1, sip=487, q850=19, by="us")
        people.originate(order(2, clock))
        assert (sipp.told[1][1].sip == 486) is true

    play("no_answer;busy", scenario)


def test_the_agent_ends_the_talks_that_agents_end() -> None:
    async def scenario(people: Any, network: _Network, sipp: _Sipp, clock: VirtualClock) -> None:
        people.originate(order(1, clock))
        network.sink.on_answered(1)
        network.sink.on_joined(1, 7)
        await clock.sleep(29.0)
        assert ("hang_up", 1, {"by": "agent"}) not in network.did
        await clock.sleep(2.0)
        assert network.did[-1] == ("hang_up", 1, {"by": "agent"})

    play("answer@9:30:refused:by=agent", scenario)


def test_every_message_is_the_brief_one_and_a_message_heard_is_a_fate_come_true() -> None:
    async def scenario(people: Any, network: _Network, sipp: _Sipp, clock: VirtualClock) -> None:
        for attempt_id, message in ((1, "safe_harbour"), (2, "offer")):
            people.originate(order(attempt_id, clock))
            network.sink.on_answered(attempt_id)
            people.play(attempt_id, message, 8.0)
            assert network.did[-1][:3] == ("play", attempt_id, "sorry")
            network.sink.on_play_ended(attempt_id)
            network.sink.on_ended(attempt_id, sip=None, q850=16, by="us")
        people.originate(order(3, clock))
        assert [told[1].sip == 486 for told in sipp.told] == [False, False, True]

    play("answer@9:30:refused;busy", scenario)
