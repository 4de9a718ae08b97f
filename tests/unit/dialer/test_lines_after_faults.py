"""Agents' lines and people's calls after something died: a silent telephone, a switch that is away, our restart."""

from __future__ import annotations

import asyncio
from typing import Any

from callwright.compliance import NoHolidays, RuleBook
from callwright.desk.ports import NoScreens
from callwright.dialer.network import LiveCall
from callwright.dialer.ports import Trunk
from callwright.dialer.service import LEASE_S, Dialer
from callwright.model.agent import Agent, AgentState
from callwright.model.attempt import AttemptState, Mode
from callwright.model.campaign import MessageRules
from callwright.model.outcome import Outcome
from support.leads import a_lead


def people() -> list[Any]:
    return [a_lead(n) for n in range(1, 20)]


async def talk(kit: Any, agents: int = 1) -> int:
    """A talk of agent 1; its attempt."""
    await kit.start()
    await kit.agents(agents)
    first = kit.network.orders[0].attempt_id
    kit.network.sink.on_answered(first)
    await kit.clock.sleep(5.0)
    return int(first)


async def reborn(kit: Any) -> Dialer:
    """The process died and another takes over, with the same network."""
    kit.running.cancel()
    kit.dialer._close = _nothing
    await asyncio.gather(kit.running, return_exceptions=True)
    kit.running = None
    await kit.clock.sleep(LEASE_S + 1.0)
    dialer = Dialer(
        clock=kit.clock,
        store=kit.store,
        network=kit.network,
        screens=NoScreens(),
        book=RuleBook.load(holidays=NoHolidays()),
        trunks=[Trunk(name="t1", channels=50, calls_per_s=50.0)],
        owner="second",
    )
    dialer.add_agents([Agent(id=n, name=f"agent {n}") for n in (1, 2)])
    await dialer.add_campaign(kit.campaign)
    return dialer


async def _nothing() -> None:
    return


def test_a_line_that_was_silent_has_a_short_grace_and_the_person_no_further_wait(floor: Any) -> None:
    async def scenario(kit: Any) -> None:
        first = await talk(kit)
        kit.network.sink.on_agent_line(1, False, silent=True)
        await kit.clock.sleep(0.7)
        assert kit.network.played == []
        await kit.clock.sleep(0.2)
        assert kit.network.played == [(first, "safe_harbour")]
        assert kit.dialer.seats()[1].state is AgentState.OFFLINE

    floor(scenario, people())


def test_a_silent_line_that_is_back_in_time_talks_on(floor: Any) -> None:
    async def scenario(kit: Any) -> None:
        first = await talk(kit)
        kit.network.sink.on_agent_line(1, False, silent=True)
        await kit.clock.sleep(0.6)
        kit.network.sink.on_agent_line(1, True)
        await kit.clock.sleep(5.0)
        assert kit.network.joined == [(first, 1), (first, 1)]
        assert kit.attempt(0).state is AttemptState.CONNECTED

    floor(scenario, people())


def test_while_the_switch_is_away_no_agent_is_lost(floor: Any) -> None:
    async def scenario(kit: Any) -> None:
        first = await talk(kit)
        sink = kit.network.sink
        sink.on_network(False)
        sink.on_lost(first)
        sink.on_agent_line(1, False)
        kit.dialer.dispose(1, first, "refused")
        await kit.clock.sleep(60.0)
        assert (kit.dialer.seats()[1].state, kit.dialer.seats()[1].reason) == (AgentState.NOT_READY, "line")
        sink.on_network(True)
        sink.on_agent_line(1, True)
        assert kit.dialer.seats()[1].state is not AgentState.NOT_READY

    floor(scenario, people())


def test_whoever_talks_when_the_switch_is_back_must_have_a_line_again(floor: Any) -> None:
    async def scenario(kit: Any) -> None:
        await talk(kit)
        sink = kit.network.sink
        sink.on_network(False)
        sink.on_agent_line(1, False)
        await kit.clock.sleep(20.0)
        assert kit.dialer.seats()[1].state is AgentState.IN_CALL
        sink.on_network(True)
        await kit.clock.sleep(3.5)
        assert kit.dialer.seats()[1].state is AgentState.OFFLINE

    floor(scenario, people())


def test_after_a_restart_an_agent_without_a_line_is_lost_and_the_person_looked_after(floor: Any) -> None:
    async def scenario(kit: Any) -> None:
        first = await talk(kit)
        kit.network.live = [LiveCall(attempt_id=first, answered=True, agent_id=1)]
        kit.network.lines_stand = False  # the browser died with us
        dialer = await reborn(kit)
        assert dialer.seats()[1].state is AgentState.IN_CALL
        await kit.clock.sleep(5.2)
        assert dialer.seats()[1].state is AgentState.OFFLINE
        assert kit.network.played[-1] == (first, "safe_harbour")

    floor(scenario, people())


def test_after_a_restart_what_rings_is_known_to_ring(floor: Any) -> None:
    async def scenario(kit: Any) -> None:
        await kit.start()
        await kit.agents(1)
        first = kit.network.orders[0].attempt_id
        kit.network.live = [LiveCall(attempt_id=first, answered=False, agent_id=None, ringing=True)]
        dialer = await reborn(kit)
        attempt = dialer.floor.calls[first].attempt
        assert attempt.state is AttemptState.RINGING
        assert attempt.rang_at == kit.clock.now()

    floor(scenario, people())


def test_after_a_restart_a_message_whose_end_nobody_heard_is_over_after_its_length(floor: Any) -> None:
    async def scenario(kit: Any) -> None:
        await kit.start()
        await kit.clock.sleep(1.0)
        first = kit.network.orders[0].attempt_id
        kit.network.sink.on_answered(first)
        await kit.clock.sleep(1.0)
        kit.network.live = [LiveCall(attempt_id=first, answered=True, agent_id=None)]
        await reborn(kit)
        await kit.clock.sleep(19.0)
        assert kit.network.hung_up == []
        await kit.clock.sleep(2.0)
        assert kit.network.hung_up == [first]
        assert kit.attempt(0).outcome is Outcome.MESSAGE_PLAYED
        assert kit.attempt(0).disposition == "message_played"

    floor(scenario, people(), mode=Mode.MESSAGE, message=MessageRules(length_s=20.0))
