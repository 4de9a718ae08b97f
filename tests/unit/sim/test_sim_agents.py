"""Simulated agents come and go by plan, and act on the desk as people at a screen would."""

from __future__ import annotations

import random
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any, cast
from zoneinfo import ZoneInfo

import pytest

from callwright.kit.errors import Conflict
from callwright.model.agent import AgentState as A
from callwright.model.attempt import Attempt, Mode
from callwright.model.people import Lead
from callwright.sim.agents import SimAgents
from callwright.sim.carrier import Conversation
from callwright.sim.floor import FloorPlan, Pause, PreviewHabit, Shift, Team, local_instant, presences
from callwright.sim.people import Lognormal
from callwright.sim.virtual_time import VirtualClock, run_virtual

MONDAY = datetime(2026, 3, 2, tzinfo=UTC).timestamp()
HOUR = 3600.0
SAID = Conversation(disposition="callback", order_amount=12.5, callback_in_s=600.0, talk_s=9.0)


class Desk:
    """Keeps seats' states as the real desk would, and notes what agents do, with the hour of the day."""

    def __init__(self, clock: VirtualClock) -> None:
        self.clock = clock
        self.log: list[tuple[Any, ...]] = []
        self.states: dict[int, A] = {}
        self.agents: SimAgents = cast(SimAgents, None)
        self.refuse = False

    def note(self, *what: Any) -> None:
        self.log.append((round((self.clock.now() - MONDAY) / HOUR, 4), *what))

    def go(self, agent_id: int, state: A, reason: str | None = None) -> None:
        self.states[agent_id] = state
        self.agents.on_state(agent_id, state, reason)

    def log_in(self, agent_id: int, campaign_ids: Sequence[int]) -> None:
        self.note("in", agent_id, tuple(campaign_ids))
        self.go(agent_id, A.NOT_READY, "login")

    def log_out(self, agent_id: int) -> None:
        self.note("out", agent_id)
        self.go(agent_id, A.OFFLINE)

    def ready(self, agent_id: int) -> None:
        self.note("ready", agent_id)
        self.go(agent_id, A.READY)

    def pause(self, agent_id: int, reason: str) -> None:
        self.note("pause", agent_id, reason)
        if self.states[agent_id] is not A.IN_CALL:
            self.go(agent_id, A.NOT_READY, reason)

    def accept_preview(self, agent_id: int) -> None:
        self.note("accept", agent_id)
        if self.refuse:
            raise Conflict("The card is gone.")

    def decline_preview(self, agent_id: int, reason: str) -> None:
        self.note("decline", agent_id, reason)

    def dispose(self, agent_id: int, attempt_id: int, code: str, **facts: Any) -> None:
        self.note("dispose", agent_id, attempt_id, code, facts)
        if self.refuse:
            raise Conflict("Somebody was faster.")

    def conversation(self, attempt_id: int) -> Conversation | None:
        return SAID if attempt_id == 5 else None


def on_floor(
    team: Team, scenario: Callable[[Desk, SimAgents, VirtualClock], Awaitable[None]], zone: str = "UTC"
) -> None:
    async def main(clock: VirtualClock) -> None:
        desk = Desk(clock)
        desk.agents = SimAgents(clock, random.Random(4), desk, FloorPlan(teams=(team,), time_zone=zone))
        desk.agents.start(desk, {"spring": 11, "autumn": 12})
        await scenario(desk, desk.agents, clock)

    run_virtual(main, MONDAY)


def test_a_team_without_shifts_comes_at_once_and_stays() -> None:
    async def scenario(desk: Desk, agents: SimAgents, clock: VirtualClock) -> None:
        await clock.sleep(30 * HOUR)
        assert desk.log == [(0.0, "in", 1, (11, 12)), (0.0, "in", 2, (11, 12)), (0.0, "ready", 1), (0.0, "ready", 2)]

    on_floor(Team(agents=2), scenario)


def test_shifts_are_kept_in_local_time_and_weekends_are_free() -> None:
    async def scenario(desk: Desk, agents: SimAgents, clock: VirtualClock) -> None:
        await clock.sleep(7 * 24 * HOUR)
        assert [(at, what) for at, what, *_ in desk.log if what in ("in", "out")] == [
            (24.0 * day + at, what) for day in range(5) for at, what in ((1.0, "in"), (10.0, "out"))
        ]

    on_floor(Team(agents=1, campaigns=("spring",), shifts=(Shift(),)), scenario, "Asia/Shanghai")


def test_pauses_by_the_clock_and_by_the_hours_worked() -> None:
    pauses = (
        Pause(reason="meal", length_s=0.5 * HOUR, at_minute=12 * 60),
        Pause(reason="rest", length_s=0.25 * HOUR, every_s=2 * HOUR),
    )

    async def scenario(desk: Desk, agents: SimAgents, clock: VirtualClock) -> None:
        await clock.sleep(24 * HOUR)
        assert [(at, *rest) for at, *rest in desk.log if rest[0] != "in"] == [
            (9.0, "ready", 1),
            (11.0, "pause", 1, "rest"),
            (11.25, "ready", 1),
            (12.0, "pause", 1, "meal"),
            (12.5, "ready", 1),
            (13.0, "pause", 1, "rest"),
            (13.25, "ready", 1),
            (15.0, "out", 1),
        ]

    on_floor(Team(agents=1, shifts=(Shift(from_minute=540, to_minute=900),), pauses=pauses), scenario)


def test_a_pause_begun_in_a_call_is_left_to_the_desk_and_counted_from_its_true_beginning() -> None:
    team = Team(agents=1, pauses=(Pause(reason="rest", length_s=600.0, every_s=HOUR),))

    async def scenario(desk: Desk, agents: SimAgents, clock: VirtualClock) -> None:
        await clock.sleep(0.9 * HOUR)
        desk.go(1, A.IN_CALL)
        await clock.sleep(0.2 * HOUR)
        assert desk.log[-1] == (1.0, "pause", 1, "rest")
        desk.go(1, A.NOT_READY, "rest")  # the call and its wrap-up are over
        await clock.sleep(0.5 * HOUR)
        assert desk.log[-1] == (round(1.1 + 600 / HOUR, 4), "ready", 1)

    on_floor(team, scenario)


def test_an_agent_wraps_up_and_notes_what_was_said() -> None:
    async def scenario(desk: Desk, agents: SimAgents, clock: VirtualClock) -> None:
        await clock.sleep(1.0)
        for attempt_id in (5, 6):
            attempt = Attempt(
                id=attempt_id,
                campaign_id=11,
                list_id=None,
                lead_id=None,
                customer_id=None,
                phone_id=None,
                number="",
                mode=Mode.PREDICTIVE,
                dialed_at=0.0,
            )
            agents.on_call(1, attempt, None)
            agents.on_call_ended(1, attempt)
            await clock.sleep(60.0)
        facts = {"order_amount": 12.5, "callback_at": MONDAY + 1.0 + 25.0 + 600.0}
        assert desk.log[2:] == [
            (round(26.0 / HOUR, 4), "dispose", 1, 5, "callback", facts),
            (round(86.0 / HOUR, 4), "dispose", 1, 6, "not_convenient", {"order_amount": None, "callback_at": None}),
        ]
        desk.refuse = True
        agents.on_call_ended(1, attempt)
        await clock.sleep(60.0)
        assert agents.counts["not_accepted"] == 1

    on_floor(Team(agents=1, wrap_up=Lognormal(mean=25.0, cv=0.0)), scenario)


def test_an_agent_reads_a_card_and_decides_once() -> None:
    team = Team(agents=1, preview=PreviewHabit(from_s=20.0, to_s=20.0, decline=0.5, reasons=("called today",)))

    async def scenario(desk: Desk, agents: SimAgents, clock: VirtualClock) -> None:
        await clock.sleep(1.0)
        for _ in range(400):
            desk.go(1, A.PREVIEW)
            agents.on_preview(1, cast(Lead, None), None)
            await clock.sleep(30.0)
        desk.go(1, A.PREVIEW)
        agents.on_preview(1, cast(Lead, None), 10.0)
        await clock.sleep(10.0)
        decided = len(desk.log)
        desk.go(1, A.RESERVED)  # the countdown was faster
        await clock.sleep(30.0)
        assert len(desk.log) == decided
        declined = [entry for entry in desk.log if entry[1] == "decline"]
        assert len(declined) == pytest.approx(200, abs=50)
        assert {entry[3] for entry in declined} == {"called today"}
        assert decided == 2 + 400
        desk.refuse = True
        for _ in range(20):
            desk.go(1, A.PREVIEW)
            agents.on_preview(1, cast(Lead, None), None)
            await clock.sleep(30.0)
        assert agents.counts["not_accepted"] > 0

    on_floor(team, scenario)


def test_some_days_some_agents_do_not_come() -> None:
    async def scenario(desk: Desk, agents: SimAgents, clock: VirtualClock) -> None:
        await clock.sleep(24 * HOUR)
        came = sum(entry[1] == "in" for entry in desk.log)
        assert came + agents.counts["absences"] == 200
        assert came == pytest.approx(160, abs=25)

    on_floor(Team(agents=200, attendance=0.8, shifts=(Shift(),)), scenario)


def test_states_of_agents_who_are_not_simulated_are_ignored() -> None:
    async def scenario(desk: Desk, agents: SimAgents, clock: VirtualClock) -> None:
        agents.on_state(99, A.READY, None)
        agents.on_preview(99, cast(Lead, None), None)
        agents.on_call_ended(99, cast(Attempt, None))
        await clock.sleep(100.0)

    on_floor(Team(agents=1), scenario)


# --- the plan -------------------------------------------------------------------------------------------------------


def test_a_night_shift_ends_the_next_morning_and_is_found_in_its_middle() -> None:
    team = Team(shifts=(Shift(weekdays=frozenset({6}), from_minute=22 * 60, to_minute=6 * 60),))
    begin, end = next(presences(team, ZoneInfo("UTC"), MONDAY + HOUR))
    assert (begin - MONDAY, end - MONDAY) == (-2 * HOUR, 6 * HOUR)


def test_local_instants_hold_over_the_change_of_the_clocks() -> None:
    zone = ZoneInfo("Europe/Berlin")
    team = Team(shifts=(Shift(weekdays=frozenset(range(7))),))
    around = presences(team, zone, datetime(2026, 3, 28, tzinfo=UTC).timestamp())
    lengths = [end - begin for begin, end in (next(around) for _ in range(3))]
    assert lengths == [9 * HOUR] * 3
    saturday, sunday = (datetime(2026, 3, day, tzinfo=zone).date() for day in (28, 29))
    assert local_instant(sunday, 540, zone) - local_instant(saturday, 540, zone) == 23 * HOUR


def test_agents_are_numbered_through_and_bear_their_teams_facts() -> None:
    team = Team(name="Day", agents=2, tiers=frozenset({4}), skills={"en": 5}, pay_per_hour=9.0)
    plan = FloorPlan(teams=(team, replace(team, name="Night", agents=1)))
    agents = plan.agents(first_id=10)
    assert [(a.id, a.name, a.team) for a in agents] == [
        (10, "Day 1", "Day"),
        (11, "Day 2", "Day"),
        (12, "Night 1", "Night"),
    ]
    assert agents[0].tiers == frozenset({4})
    assert plan.teams_by_agent(10)[12].name == "Night"
    assert plan.presences_of(0.0, 5.0, 10) == [(10, 0.0, 5.0), (11, 0.0, 5.0), (12, 0.0, 5.0)]
    assert len(FloorPlan.of(7).agents()) == 7
