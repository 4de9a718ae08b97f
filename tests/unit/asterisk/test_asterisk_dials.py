"""Orders to Asterisk without an Asterisk: bursts are spread, what is taken back in time never leaves."""

from __future__ import annotations

import asyncio
import time
from datetime import UTC, datetime
from typing import Any
from urllib.parse import parse_qs, urlencode

import pytest

from callwright.adapters.asterisk.ari import AriAddress, AriClient, _encoded
from callwright.adapters.asterisk.dials import Dials
from callwright.adapters.asterisk.limits import SPREAD, TrunkLimits
from callwright.adapters.asterisk.listening import Ears
from callwright.adapters.asterisk.plan import SipTrunk, TelephonePlan
from callwright.adapters.asterisk.switch import Switch
from callwright.compliance import DialFacts, DialPermit, NoHolidays, RuleBook, permit_dial
from callwright.dialer.network import Originate
from callwright.dialer.ports import Trunk
from callwright.kit.loop_clock import LoopClock
from callwright.model.campaign import Hours
from callwright.model.people import Phone

RATE = 50.0
BOOK = RuleBook.load(holidays=NoHolidays())


class Wire(AriClient):
    """Notes every request and when it left."""

    def __init__(self) -> None:
        super().__init__(AriAddress(), on_event=lambda event: None, on_up=lambda: None, on_down=lambda: None)
        self.sent: list[tuple[float, str, str]] = []

    def order(self, method: str, path: str, **_: Any) -> bool:
        self.sent.append((time.monotonic(), method, path))
        return True


class Ends:
    def __init__(self) -> None:
        self.told: list[tuple[Any, ...]] = []

    def on_ended(self, attempt_id: int, *, sip: int | None, q850: int | None, by: str) -> None:
        self.told.append((attempt_id, sip, q850, by))


class Desk:
    """The parts of the adapter that dial."""

    def __init__(self) -> None:
        clock = LoopClock(asyncio.get_running_loop())
        self.wire, self.ends = Wire(), Ends()
        self.switch = Switch(self.wire, TelephonePlan(trunks=(SipTrunk(name="main", host="127.0.0.1"),)))
        self.switch.sink = self.ends  # type: ignore[assignment]  # all that is told here is an end
        self.switch.takes_orders = True
        limits = TrunkLimits([Trunk(name="main", channels=100, calls_per_s=RATE)], clock)
        ears = Ears(self.switch, clock, None, None, lambda call: None, lambda call: None)
        self.dials = Dials(self.switch, clock, limits, ears, lambda call: None)

    def dial(self, count: int) -> None:
        for attempt_id in range(1, count + 1):
            order = Originate(
                attempt_id=attempt_id, permit=_permit(), trunk="main", caller_id="+12025550000", ring_timeout_s=20.0
            )
            self.dials.originate(order)

    async def until(self, requests: int) -> None:
        async with asyncio.timeout(5.0):
            while len(self.wire.sent) < requests:  # noqa: ASYNC110
                await asyncio.sleep(0.005)


def _permit() -> DialPermit:
    west = datetime.now(UTC).hour - 12  # a zone where it is about noon: the law's hours do not decide this test
    facts = DialFacts(
        now=time.time(),
        campaign_id=1,
        purpose="service",
        phone=Phone(
            id=1, number="+12025550100", country="US", zones=(f"Etc/GMT{'+' if west >= 0 else '-'}{abs(west)}",)
        ),
        campaign_hours=Hours(from_minute=0, to_minute=24 * 60, weekdays=frozenset(range(7))),
        lead_id=1,
        customer_id=1,
    )
    answer = permit_dial(facts, BOOK)
    assert isinstance(answer, DialPermit), answer
    return answer


async def test_a_turns_dials_leave_one_by_one_in_their_order() -> None:
    desk = Desk()
    began = time.monotonic()
    desk.dial(10)
    assert len(desk.wire.sent) == 1, "the first leaves at once"
    await desk.until(10)
    assert [path for _, _, path in desk.wire.sent] == [
        f"/channels/{desk.switch.calls[n].channel}" for n in range(1, 11)
    ]
    least = 9 / (SPREAD * RATE)
    assert desk.wire.sent[-1][0] - began >= least - 0.01
    assert desk.ends.told == []


async def test_what_is_taken_back_before_it_leaves_never_does_and_ends_once() -> None:
    desk = Desk()
    desk.dial(5)
    desk.dials.hang_up(4)
    desk.dials.hang_up(4)
    assert desk.ends.told == [], "commands return at once, the end is told later"
    await desk.until(4)
    await asyncio.sleep(2 / RATE)
    assert desk.ends.told == [(4, 487, 16, "us")]
    assert [path for _, method, path in desk.wire.sent if method == "DELETE"] == []
    assert sorted(desk.switch.calls) == [1, 2, 3, 5]


async def test_what_waits_while_the_network_goes_is_not_dialled_and_is_our_failure() -> None:
    desk = Desk()
    desk.dial(3)
    desk.switch.takes_orders = False
    await asyncio.sleep(4 / RATE)
    assert len(desk.wire.sent) == 1
    assert desk.ends.told == [(2, None, None, "us"), (3, None, None, "us")]


async def test_nothing_committed_stays_behind_when_the_program_leaves() -> None:
    desk = Desk()
    desk.dial(6)
    desk.dials.hang_up(5)
    desk.dials.send_waiting()
    assert len(desk.wire.sent) == 5
    await asyncio.sleep(8 / (SPREAD * RATE))
    assert len(desk.wire.sent) == 5, "and none leaves twice"
    assert desk.ends.told == [(5, 487, 16, "us")]


@pytest.mark.parametrize("value", ["PJSIP/+12025550100@trunk-main", "a b&c=d/e?f#g%h", "Müller, 张", "", 7, "~._-"])
def test_words_reach_asterisk_as_they_are(value: object) -> None:
    query = {"endpoint": value, "priority": 1}
    assert parse_qs(_encoded(query), keep_blank_values=True) == parse_qs(urlencode(query), keep_blank_values=True)
