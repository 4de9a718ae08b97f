"""After a crash every unfinished attempt is adopted, closed or kept from redial, by what the network still holds."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from callwright.compliance import NoHolidays, RuleBook
from callwright.desk.ports import NoScreens
from callwright.dialer.network import Aside, LiveCall
from callwright.dialer.ports import Trunk
from callwright.dialer.service import LEASE_S, Dialer
from callwright.kit.errors import Conflict
from callwright.model.agent import Agent, AgentState
from callwright.model.attempt import AttemptState
from callwright.model.campaign import PacingRules
from callwright.model.outcome import Outcome
from callwright.model.people import Lead, LeadStatus, LineType, Phone

WIDE = PacingRules(controller="fixed_ratio", fixed_ratio=4.0)


def a_lead(n: int) -> Lead:
    phone = Phone(
        id=n, number=f"+35191{n:07d}", country="PT", line_type=LineType.MOBILE, zones=("Europe/Lisbon",), position=0
    )
    return Lead(id=n, campaign_id=1, list_id=1, customer_id=n, tier=5, phones=(phone,))


async def crash(kit: Any) -> None:
    """The process is gone: nothing is closed, given back or flushed by it."""
    kit.running.cancel()
    kit.dialer._close = _nothing  # a dead process cleans up nothing
    await asyncio.gather(kit.running, return_exceptions=True)
    kit.running = None
    await kit.clock.sleep(LEASE_S + 1.0)


async def _nothing() -> None:
    return


async def reborn(kit: Any) -> Dialer:
    dialer = Dialer(
        clock=kit.clock,
        store=kit.store,
        network=kit.network,
        screens=NoScreens(),
        book=RuleBook.load(holidays=NoHolidays()),
        trunks=[Trunk(name="t1", channels=50, calls_per_s=50.0)],
        owner="second",
    )
    dialer.listeners.append(kit.events.append)
    dialer.add_agents([Agent(id=n, name=f"agent {n}") for n in (1, 2)])
    await dialer.add_campaign(kit.campaign)
    return dialer


def test_every_unfinished_attempt_gets_its_true_end(floor: Any) -> None:
    async def scenario(kit: Any) -> None:
        await kit.start()
        await kit.agents(2)
        sink = kit.network.sink
        ids = [order.attempt_id for order in kit.network.orders]
        assert len(ids) >= 5
        talking, wrapping, ringing, gone, waiting = ids[:5]
        sink.on_answered(talking)
        sink.on_answered(wrapping)
        await kit.clock.sleep(1.0)
        sink.on_ended(wrapping, sip=None, q850=16, by="person")
        sink.on_ringing(ringing)
        sink.on_ringing(gone)
        await kit.clock.sleep(0.5)
        sink.on_answered(waiting)
        await kit.clock.sleep(0.2)
        agent = {a.id: a for a in kit.store.all_attempts()}[talking].agent_id
        await crash(kit)
        kit.network.live = [
            LiveCall(attempt_id=talking, answered=True, agent_id=agent),
            LiveCall(attempt_id=ringing, answered=False, agent_id=None),
        ]
        dialer = await reborn(kit)
        by_id = {a.id: a for a in kit.store.all_attempts()}
        assert by_id[talking].state is AttemptState.CONNECTED
        assert dialer.floor.desk.seat(agent).state is AgentState.IN_CALL
        assert by_id[ringing].state is AttemptState.RINGING
        assert (by_id[wrapping].outcome, by_id[wrapping].disposition) == (Outcome.TALKED, "no_disposition")
        assert (by_id[gone].state, by_id[gone].outcome) == (AttemptState.UNKNOWN, Outcome.UNKNOWN)
        assert (by_id[waiting].outcome, by_id[waiting].disposition) == (Outcome.ABANDONED, "abandoned")
        leads = {x.id: x for x in kit.store.all_leads()}
        assert leads[by_id[gone].lead_id].status is LeadStatus.HELD
        held_number = by_id[gone].number
        # the talk ends under the new dialer, with its one disposition
        kit.network.sink.on_ended(talking, sip=None, q850=16, by="person")
        dialer.dispose(agent, talking, "success")
        await dialer.committed()
        assert by_id[talking].disposition == "success"
        # hours later nobody has redialled the one of unknown fate
        running = asyncio.create_task(dialer.run())
        dialer.log_in(3 - agent, [1])
        dialer.ready(3 - agent)
        await kit.clock.sleep(3 * 3600.0)
        dialed = [order.permit.number for order in kit.network.orders]
        assert dialed.count(held_number) == 1
        dialer.stop()
        await running

    floor(scenario, [a_lead(n) for n in range(1, 30)], pacing=WIDE)


def test_claims_of_the_dead_dialer_go_back(floor: Any) -> None:
    async def scenario(kit: Any) -> None:
        await kit.start()
        await kit.agents(1)
        assert kit.dialer.floor.runs[1].hopper
        await crash(kit)
        dialer = await reborn(kit)
        live = {a.lead_id for a in await kit.store.live_attempts(1)}
        held = {x.id for x in kit.store.all_leads() if x.status is LeadStatus.HELD}
        claimed = {x.id for x in kit.store.all_leads() if x.status is LeadStatus.CLAIMED}
        assert claimed <= live
        assert len(held) == len(kit.network.orders)
        assert dialer.floor.runs[1].open_leads == 30 - len(held)

    floor(scenario, [a_lead(n) for n in range(1, 31)], pacing=WIDE)


def test_a_second_dialer_is_kept_out_while_the_lease_runs(floor: Any) -> None:
    async def scenario(kit: Any) -> None:
        await kit.start()
        with pytest.raises(Conflict, match="being run by another dialer"):
            await reborn(kit)

    floor(scenario, [a_lead(1)])


def test_parked_and_handed_on_persons_survive_a_crash(floor: Any) -> None:
    async def scenario(kit: Any) -> None:
        await kit.start()
        await kit.agents(2)
        sink = kit.network.sink
        parked, handed, said, gone = (order.attempt_id for order in kit.network.orders[:4])
        for attempt_id in (parked, handed, said, gone):
            sink.on_answered(attempt_id)
            await kit.clock.sleep(1.0)
            agent = {a.id: a for a in kit.store.all_attempts()}[attempt_id].agent_id
            if attempt_id == parked:
                kit.dialer.park(agent)
                continue
            kit.dialer.transfer(agent, "billing")
            sink.on_aside(attempt_id, Aside.ANSWERED)
            if attempt_id in (said, gone):
                kit.dialer.dispose(agent, attempt_id, "success")
        await kit.dialer.committed()
        await crash(kit)
        kit.network.live = [LiveCall(attempt_id=n, answered=True, agent_id=None) for n in (parked, handed, said)]
        dialer = await reborn(kit)
        by_id = {a.id: a for a in kit.store.all_attempts()}
        assert [call.attempt_id for call in dialer.parked()] == [parked]
        assert by_id[handed].state is by_id[said].state is AttemptState.HANDED_ON
        assert (by_id[gone].state, by_id[gone].disposition) == (AttemptState.ENDED, "success")
        dialer.log_in(1, [1])
        dialer.pause(1, "rest")
        dialer.retrieve(1, parked)
        kit.network.sink.on_ended(parked, sip=None, q850=16, by="person")
        dialer.dispose(1, parked, "refused")
        kit.network.sink.on_ended(handed, sip=None, q850=16, by="person")
        kit.network.sink.on_ended(said, sip=None, q850=16, by="person")
        await dialer.committed()
        words = [by_id[n].disposition for n in (parked, handed, said)]
        assert words == ["refused", "no_disposition", "success"]
        assert {by_id[n].state for n in (parked, handed, said)} == {AttemptState.ENDED}
        leads = {x.id: x for x in kit.store.all_leads()}
        assert [leads[by_id[n].lead_id].tries for n in (parked, handed, said, gone)] == [1, 1, 1, 1]
        assert len(dialer.floor.calls) == 0

    floor(scenario, [a_lead(n) for n in range(1, 30)], pacing=WIDE, transfer={"billing": "+351210000099"})


def test_an_agent_found_talking_keeps_the_call_and_their_line(floor: Any) -> None:
    async def scenario(kit: Any) -> None:
        await kit.start()
        await kit.agents(1)
        first = kit.network.orders[0].attempt_id
        kit.network.sink.on_answered(first)
        await kit.dialer.committed()
        await crash(kit)
        kit.network.live = [LiveCall(attempt_id=first, answered=True, agent_id=1)]
        dialer = await reborn(kit)
        assert dialer.line_up(1)
        assert dialer.floor.desk.seat(1).state is AgentState.IN_CALL
        dialer.log_in(1, [1])  # the page comes back
        dialer.hold(1, True)
        kit.network.sink.on_ended(first, sip=None, q850=16, by="person")
        dialer.dispose(1, first, "success")
        assert dialer.floor.desk.seat(1).state is AgentState.READY

    floor(scenario, [a_lead(n) for n in range(1, 30)])
