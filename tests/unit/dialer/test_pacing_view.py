"""What the dialer tells its controllers: chances, callers, stages, shares of lines, budgets; also after a restart."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import pytest

from callwright.desk.ports import NoScreens
from callwright.dialer import service
from callwright.dialer.abandon_window import AbandonWindow
from callwright.dialer.network import LiveCall
from callwright.dialer.pacing_view import MARGIN, NextChances, PacingView
from callwright.dialer.ports import Answers, Trunk
from callwright.dialer.service import LEASE_S, Dialer
from callwright.kit.errors import BadInput, Conflict
from callwright.model.agent import Agent, AgentState
from callwright.model.attempt import Mode
from callwright.model.campaign import MachineRules, PacingRules
from callwright.model.outcome import Media, Outcome
from callwright.model.people import Lead, LineType, Phone
from callwright.pacing import Floor
from callwright.pacing.floor import CallResolved, HandleEnded, InboundArrived, Observation

WIDE = PacingRules(controller="fixed_ratio", fixed_ratio=4.0)
PORTO = "+351220000000"
DAY_S = 86_400.0


def a_lead(n: int, tier: int = 5, campaign: int = 1) -> Lead:
    phone = Phone(id=n, number=f"+35191{n:07d}", country="PT", line_type=LineType.MOBILE, zones=("Europe/Lisbon",))
    return Lead(id=n, campaign_id=campaign, list_id=1, customer_id=n, tier=tier, phones=(phone,))


class Listener:
    """In a controller's place: opens ``lines`` whenever it is asked, and keeps what it is told."""

    def __init__(self, inner: Any) -> None:
        self.inner = inner
        self.told: list[Observation] = []
        self.floors: list[Floor] = []

    def decide(self, floor: Floor) -> Any:
        self.floors.append(floor)
        return self.inner.decide(floor)

    def observe(self, observation: Observation) -> None:
        self.told.append(observation)
        self.inner.observe(observation)


def listen_to(run: Any) -> list[Listener]:
    """All controllers of the campaign from now on."""
    made: list[Listener] = []
    make = run.make_controller

    def listening() -> Listener:
        made.append(Listener(make()))
        return made[-1]

    run.make_controller = listening
    run.controllers.clear()
    return made


def floor_now(kit: Any, tier: int | None = None, campaign: int = 1) -> Floor:
    view, run = PacingView(kit.dialer.floor), kit.dialer.floor.runs[campaign]
    seats = [s for s in view.seats(run) if tier is None or tier in s.agent.tiers]
    return view.floor_of(run, seats, tier)


def test_every_lines_chance_is_told_and_learned_from(floor: Any) -> None:
    async def scenario(kit: Any) -> None:
        await kit.start()
        run = kit.dialer.floor.runs[1]
        await kit.agents(2)
        assert len(kit.network.orders) == 8
        first = kit.attempt(0)
        assert first.answer_probability is not None
        assert 0.2 < first.answer_probability < 0.45
        seen = floor_now(kit)
        assert [r.answer_probability for r in seen.ringing] == [first.answer_probability] * 8
        assert {r.kind for r in seen.ringing} == {"mobile"}
        sights = {call.sight.history.tries for call in run.calls.values()}
        for order in kit.network.orders[2:8]:
            kit.network.sink.on_ended(order.attempt_id, sip=486, q850=17, by="person")  # busy
        assert (run.beliefs.resolved, sights) == (6, {0})
        await kit.clock.sleep(1.0)
        next_chances = floor_now(kit).next_answer_probabilities
        assert next_chances is not None
        assert 0 < next_chances[0] < first.answer_probability  # nobody of six answered
        assert list(next_chances[:3]) == [next_chances[0], next_chances[1], next_chances[2]]
        assert len(next_chances) == min(64, len(run.hopper))
        with pytest.raises(IndexError):
            next_chances[len(next_chances)]
        kit.network.sink.on_ended(kit.network.orders[0].attempt_id, sip=503, q850=41, by="carrier")
        assert run.beliefs.resolved == 6  # the carrier's failure says nothing of the person
        busy = next(lead for lead in kit.store.all_leads() if lead.last_outcome is Outcome.BUSY)
        sight = run.beliefs.sight(busy, busy.phones[0], kit.clock.now())
        assert (sight.history.tries, sight.history.last) == (1, "busy")

    floor(scenario, [a_lead(n) for n in range(1, 101)], pacing=WIDE)


def test_somebody_elses_belief_goes_before_the_learned_one(floor: Any) -> None:
    async def scenario(kit: Any) -> None:
        kit.dialer.floor.answer_probability = lambda lead, phone, at: 0.77 if lead.id == 1 else None
        await kit.start()
        await kit.agents(1)
        assert kit.attempt(0).answer_probability == 0.77
        assert 0.2 < kit.attempt(1).answer_probability < 0.45
        run = kit.dialer.floor.runs[1]
        run.hopper.appendleft(a_lead(1))
        assert NextChances(kit.dialer.floor, run, None, kit.clock.now())[0] == 0.77

    floor(scenario, [a_lead(n) for n in range(1, 20)], pacing=WIDE)


@pytest.mark.parametrize(
    ("detect", "machine", "share"),
    [
        ("off", MachineRules(), 0.0),
        ("sync", MachineRules(), 0.008),
        ("sync", MachineRules(false_alarms=0.02), 0.02),
        ("sync", MachineRules(machine="connect"), 0.0),
        ("sync", MachineRules(machine="leave_message"), 0.008),
        ("async", MachineRules(), 0.0),
        ("async", MachineRules(free_agent=True), 0.008),
    ],
)
def test_false_alarms_count_where_the_campaign_hangs_up_on_machines(
    floor: Any, detect: str, machine: MachineRules, share: float
) -> None:
    async def scenario(kit: Any) -> None:
        await kit.start()
        await kit.agents(1)
        assert floor_now(kit).false_alarms == share

    floor(scenario, [a_lead(1)], detect_machines=detect, machine=machine)


def test_callers_are_told_apart_served_first_and_counted(floor: Any) -> None:
    async def scenario(kit: Any) -> None:
        await kit.start()
        run = kit.dialer.floor.runs[1]
        listener = listen_to(run)
        await kit.agents(1)
        sink, orders = kit.network.sink, kit.network.orders
        sink.on_answered(orders[0].attempt_id)  # the only agent talks
        sink.on_inbound(7001, "+351930000001", PORTO)
        await kit.clock.sleep(12.0)
        sink.on_inbound(7002, "+351930000002", PORTO)
        await kit.clock.sleep(1.0)
        sink.on_answered(orders[1].attempt_id)  # and somebody we dialled
        await kit.clock.sleep(0.5)
        seen = floor_now(kit)
        assert [round(s, 1) for s in seen.inbound_waiting_s] == [13.5, 1.5]
        assert [round(s, 1) for s in seen.waiting_s] == [0.5]
        assert (seen.inbound_target, seen.inbound_within_s) == (0.7, 15.0)
        assert (seen.inbound_offered, seen.inbound_in_time) == (0, 0)
        assert [type(o) for o in listener[0].told if isinstance(o, InboundArrived)] == [InboundArrived] * 2
        sink.on_ended(orders[0].attempt_id, sip=None, q850=16, by="person")
        kit.dialer.dispose(1, orders[0].attempt_id, "not_needed")
        await kit.clock.sleep(0.1)
        first = kit.dialer.floor.desk.seat(1).attempt_id
        assert kit.dialer.floor.calls[first].attempt.number == "+351930000001"  # not the person we dialled
        seen = floor_now(kit)
        assert (seen.inbound_offered, seen.inbound_in_time) == (1, 1)
        await kit.clock.sleep(20.0)
        sink.on_ended(first, sip=None, q850=16, by="person")
        kit.dialer.dispose(1, first, "not_needed")
        await kit.clock.sleep(0.1)
        ended = [o for o in listener[0].told if isinstance(o, HandleEnded)]
        assert [o.inbound for o in ended] == [False, True]
        second = kit.dialer.floor.desk.seat(1).attempt_id
        sink.on_ended(second, sip=None, q850=16, by="person")
        seen = floor_now(kit)
        assert (seen.inbound_offered, seen.inbound_in_time) == (2, 1)  # the second waited for 23 s
        assert run.window.answers == 2  # those we dialled: callers are nobody's abandon budget

    floor(
        scenario,
        [a_lead(n) for n in range(1, 20)],
        pacing=WIDE,
        caller_ids=(PORTO,),
        inbound=True,
        inbound_target=0.7,
        inbound_within_s=15.0,
    )


def test_a_caller_who_leaves_in_time_is_on_neither_side(floor: Any) -> None:
    async def scenario(kit: Any) -> None:
        await kit.start()
        for call_id, stays_s in ((7001, 5.0), (7002, 25.0)):  # nobody is there
            kit.network.sink.on_inbound(call_id, f"+35193000{call_id}", PORTO)
            await kit.clock.sleep(stays_s)
            (waiting,) = kit.dialer.floor.runs[1].waiting
            kit.network.sink.on_ended(waiting, sip=None, q850=16, by="person")
        returned = kit.dialer.floor.runs[1].returned
        assert (returned.offered, returned.in_time) == (1, 0)
        returned.move(kit.clock.now() + DAY_S)
        assert returned.offered == 0

    floor(scenario, [a_lead(1)], caller_ids=(PORTO,), inbound=True)


def test_stages_reach_the_view_and_the_end_of_the_talk(floor: Any) -> None:
    async def scenario(kit: Any) -> None:
        await kit.start()
        made = listen_to(kit.dialer.floor.runs[1])
        await kit.agents(2)
        with pytest.raises(Conflict):
            kit.dialer.note_stage(1, "opening")
        kit.network.sink.on_answered(kit.network.orders[0].attempt_id)
        agent = kit.attempt(0).agent_id
        for wrong in ("", "x" * 65, "a\nb"):
            with pytest.raises(BadInput):
                kit.dialer.note_stage(agent, wrong)
        kit.dialer.note_stage(agent, "opening")
        await kit.clock.sleep(30.0)
        kit.dialer.note_stage(agent, "closing")
        kit.dialer.note_stage(agent, "closing")
        await kit.clock.sleep(4.0)
        (view,) = [v for v in floor_now(kit).agents if v.agent_id == agent]
        assert (view.stage, view.stage_s, view.elapsed_s) == ("closing", pytest.approx(4.0), pytest.approx(34.0))
        kit.network.sink.on_ended(kit.network.orders[0].attempt_id, sip=None, q850=16, by="person")
        (view,) = [v for v in floor_now(kit).agents if v.agent_id == agent]
        assert (view.state, view.stage) == ("wrapping", "")
        kit.dialer.dispose(agent, kit.network.orders[0].attempt_id, "not_needed")
        (end,) = [o for o in made[0].told if isinstance(o, HandleEnded)]
        assert end.stages == (("opening", 0.0), ("closing", 30.0))
        assert kit.kinds().count("stage") == 2

    floor(scenario, [a_lead(n) for n in range(1, 40)], pacing=WIDE)


def test_a_line_counts_for_the_share_of_those_it_may_land_on(floor: Any) -> None:
    """Ten agents of tier 4 and one who may call tiers 1 and 4: each tier sees the other's lines by that one agent."""

    async def scenario(kit: Any) -> None:
        await kit.start()
        kit.dialer.add_agents(
            [Agent(id=n, name=f"agent {n}", tiers=frozenset({4} if n < 11 else {1, 4})) for n in range(1, 12)]
        )
        for n in range(1, 12):
            kit.dialer.log_in(n, [1])
            kit.dialer.ready(n)
        await kit.clock.sleep(1.0)
        tiers = [kit.attempt(n).tier for n in range(len(kit.network.orders))]
        assert set(tiers) == {1, 4}
        told = kit.attempt(0).answer_probability
        for tier, other, share in ((1, 4, 1 / 11), (4, 1, 1.0)):
            seen = floor_now(kit, tier)
            assert len(seen.agents) == (1 if tier == 1 else 11)
            by_tier = {a.id: a.tier for a in kit.store.all_attempts()}
            weights = {t: [r.answer_probability for r in seen.ringing if by_tier[r.id] == t] for t in (tier, other)}
            assert weights[tier] == [told] * tiers.count(tier)
            assert weights[other] == pytest.approx([told * share] * tiers.count(other))
            chances = seen.next_answer_probabilities
            assert chances is not None
            assert len(chances) == sum(lead.tier == tier for lead in kit.dialer.floor.runs[1].hopper)

    leads = [a_lead(n, tier=1 if n % 2 else 4) for n in range(1, 101)]
    floor(scenario, leads, pacing=PacingRules(controller="progressive"), tier_agents=True)


def test_two_tiers_never_dial_for_one_idle_agent_in_one_turn(floor: Any) -> None:
    async def scenario(kit: Any) -> None:
        await kit.start()
        kit.dialer.add_agents([Agent(id=1, name="one", tiers=frozenset({1, 4}))])
        kit.dialer.log_in(1, [1])
        kit.dialer.ready(1)
        await kit.clock.sleep(2.0)
        assert len(kit.network.orders) == 1

    leads = [a_lead(n, tier=1 if n % 2 else 4) for n in range(1, 41)]
    floor(scenario, leads, pacing=PacingRules(controller="progressive"), tier_agents=True)


def test_agents_without_the_skill_are_not_dialled_for(floor: Any) -> None:
    async def scenario(kit: Any) -> None:
        await kit.start()
        kit.dialer.add_agents(
            [Agent(id=n, name=f"agent {n}", skills={"russian": 5} if n == 1 else {}) for n in range(1, 6)]
        )
        for n in range(1, 6):
            kit.dialer.log_in(n, [1])
            kit.dialer.ready(n)
        await kit.clock.sleep(2.0)
        assert [view.agent_id for view in floor_now(kit).agents] == [1]
        assert len(kit.network.orders) == 1

    floor(
        scenario,
        [a_lead(n) for n in range(1, 41)],
        pacing=PacingRules(controller="progressive"),
        skills={"russian": 3},
    )


def test_campaigns_that_share_agents_see_each_others_lines_and_keep_their_own_budgets(floor: Any) -> None:
    async def scenario(kit: Any) -> None:
        second = replace(kit.campaign, id=2, name="autumn", priority=-1)
        kit.store.add_campaign(second)
        kit.store.add_leads([a_lead(100 + n, campaign=2) for n in range(1, 41)])
        await kit.dialer.add_campaign(second)
        await kit.start()
        kit.dialer.add_agents([Agent(id=n, name=f"agent {n}") for n in range(1, 5)])
        for n in range(1, 5):
            kit.dialer.log_in(n, [1, 2] if n < 3 else [2])
            kit.dialer.ready(n)
        await kit.clock.sleep(2.0)
        runs = kit.dialer.floor.runs
        assert runs[1].ringing
        runs[1].window.answered(kit.clock.now())
        runs[1].window.abandoned(kit.clock.now())
        ours, theirs = floor_now(kit, campaign=1), floor_now(kit, campaign=2)
        assert (len(ours.agents), len(theirs.agents)) == (2, 4)
        assert {r.id for r in ours.ringing} == {r.id for r in theirs.ringing} == {*runs[1].ringing, *runs[2].ringing}
        told = kit.attempt(0).answer_probability
        of_second = [r for r in ours.ringing if r.id in runs[2].ringing]
        assert [r.answer_probability for r in of_second] == pytest.approx([told / 2] * len(of_second))
        assert (ours.abandons, ours.answers, theirs.abandons, theirs.answers) == (1, 1, 0, 0)

    floor(scenario, [a_lead(n) for n in range(1, 41)], pacing=PacingRules(controller="progressive"))


def test_the_budget_counts_as_the_figures_do(floor: Any) -> None:
    """Who hangs up within the limit, and what was a machine after all, is no live answer."""

    async def scenario(kit: Any) -> None:
        await kit.start()
        await kit.agents(1)
        sink, ids, run = kit.network.sink, [o.attempt_id for o in kit.network.orders], kit.dialer.floor.runs[1]
        sink.on_answered(ids[0])
        sink.on_answered(ids[1])
        await kit.clock.sleep(1.0)
        sink.on_ended(ids[1], sip=None, q850=16, by="person")  # within the 2 s
        assert (run.window.answers, run.window.abandons) == (1, 0)
        sink.on_answered(ids[2])
        sink.on_verdict(ids[2], Media.MACHINE)  # late, and before an agent
        assert (run.window.answers, run.window.answers_today) == (1, 1)
        sink.on_answered(ids[3])
        await kit.clock.sleep(3.0)
        assert (run.window.answers, run.window.abandons, run.window.abandons_today) == (2, 1, 1)
        sink.on_ended(ids[0], sip=None, q850=16, by="person")
        kit.dialer.dispose(1, ids[0], "answering_machine")
        assert (run.window.answers, run.window.abandons) == (1, 1)
        seen = floor_now(kit)
        assert (seen.limit, seen.window_s) == (run.rule.limit * MARGIN, run.rule.window_s)
        assert (seen.clock, seen.wait_limit_s, seen.min_ring_s) == (
            run.rule.clock,
            run.rule.wait_limit_s,
            run.rule.min_ring_s,
        )

    floor(scenario, [a_lead(n) for n in range(1, 40)], pacing=WIDE, detect_machines="async")


def test_a_window_read_back_is_the_window_that_was() -> None:
    """Against one that lived on: the same counts at the restart, and (by the minute) at every later time."""
    rng, begin = random.Random(4), 1_780_000_000.0
    old = AbandonWindow(window_s=2 * DAY_S, zone="America/New_York")
    minutes: dict[int, list[int]] = {}
    at = begin
    for _ in range(4000):
        at += rng.expovariate(1 / 60.0)
        old.answered(at)
        lost = rng.random() < 0.05
        if lost:
            old.abandoned(at)
        count = minutes.setdefault(int(at // 60), [0, 0])
        count[0] += 1
        count[1] += lost
    counts = [Answers(at=60.0 * m, answered=n, abandoned=a) for m, (n, a) in minutes.items()]
    new = AbandonWindow(window_s=2 * DAY_S, zone="America/New_York")
    new.read_back([c for c in counts if c.at + 60 > at - 2 * DAY_S], at)
    old.move(at)
    assert (new.answers_today, new.abandons_today) == (old.answers_today, old.abandons_today)
    assert new.answers_today > 100
    for later in (0.0, 3600.0, DAY_S, 1.5 * DAY_S, 3 * DAY_S):
        for window in (old, new):
            window.move(at + later)
        assert abs(new.answers - old.answers) <= 4
        assert abs(new.abandons - old.abandons) <= 2
    assert (new.answers, new.abandons, new.answers_today) == (0, 0, 0)


async def _reborn(kit: Any, live: Sequence[LiveCall]) -> tuple[Dialer, list[Listener]]:
    """The process is gone, and another takes over."""
    kit.running.cancel()
    kit.dialer._close = _nothing
    await asyncio.gather(kit.running, return_exceptions=True)
    kit.running = None
    await kit.clock.sleep(LEASE_S + 1.0)
    kit.network.live = list(live)
    dialer = Dialer(
        clock=kit.clock,
        store=kit.store,
        network=kit.network,
        screens=NoScreens(),
        book=kit.dialer.floor.book,
        trunks=[Trunk(name="t1", channels=50, calls_per_s=50.0)],
        owner="second",
    )
    dialer.add_agents([Agent(id=n, name=f"agent {n}") for n in (1, 2)])
    made: list[Listener] = []
    make = service.make_controller

    def listening(*args: Any, **fields: Any) -> Listener:
        made.append(Listener(make(*args, **fields)))
        return made[-1]

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(service, "make_controller", listening)
        await dialer.add_campaign(kit.campaign)
    return dialer, made


async def _nothing() -> None:
    return


def test_after_a_restart_it_knows_what_it_knew(floor: Any) -> None:
    async def scenario(kit: Any) -> None:
        await kit.start()
        before = listen_to(kit.dialer.floor.runs[1])
        await kit.agents(2)
        sink, ids = kit.network.sink, [o.attempt_id for o in kit.network.orders]
        for attempt_id in ids[:2]:
            sink.on_answered(attempt_id)
        await kit.clock.sleep(40.0)
        for attempt_id in ids[:2]:
            sink.on_ended(attempt_id, sip=None, q850=16, by="person")
            await kit.clock.sleep(3.0)
            kit.dialer.dispose(kit.dialer.floor.calls[attempt_id].attempt.agent_id, attempt_id, "not_needed")
        for attempt_id in ids[2:4]:
            sink.on_ended(attempt_id, sip=486, q850=17, by="person")
        for attempt_id in ids[4:7]:  # three at once: one of them finds nobody
            sink.on_answered(attempt_id)
        await kit.clock.sleep(3.0)
        run = kit.dialer.floor.runs[1]
        assert (run.window.answers, run.window.abandons) == (5, 1)
        rings = ids[7]
        sink.on_ringing(rings)
        await kit.dialer.committed()
        chance = floor_now(kit).next_answer_probabilities[0]
        talking = [c for c in run.calls.values() if c.seat is not None]
        live = [LiveCall(attempt_id=c.attempt.id, answered=True, agent_id=c.seat.agent.id) for c in talking]
        live.append(LiveCall(attempt_id=rings, answered=False, agent_id=None, ringing=True))
        dialer, made = await _reborn(kit, live)
        again = dialer.floor.runs[1]
        assert (again.window.answers, again.window.abandons) == (5, 1)
        assert (again.window.answers_today, again.window.abandons_today) == (5, 1)
        assert list(again.ringing) == [rings]  # pacing sees what still rings
        told = made[0].told
        assert [o.at for o in told] == sorted(o.at for o in told)
        then = [o for o in before[0].told if isinstance(o, CallResolved | HandleEnded)]
        assert len(told) == 9  # those who talk have answered, and end in the second life
        assert told == then
        lead = a_lead(99)
        sight = again.beliefs.sight(lead, lead.phones[0], kit.clock.now())
        assert again.beliefs.chance(sight, kit.clock.now()) == pytest.approx(chance, abs=0.1)
        assert again.beliefs.resolved == 7
        assert dialer.floor.desk.seat(1).state is AgentState.IN_CALL

    floor(scenario, [a_lead(n) for n in range(1, 40)], pacing=WIDE)


def test_an_abandon_cut_off_by_the_crash_is_counted(floor: Any) -> None:
    """Who waited when the dialer died was let down; who heard why goes on hearing it and stays counted."""

    async def scenario(kit: Any) -> None:
        await kit.start()
        await kit.agents(1)
        sink, ids = kit.network.sink, [o.attempt_id for o in kit.network.orders]
        for attempt_id in ids[:2]:
            sink.on_answered(attempt_id)
        await kit.clock.sleep(3.0)  # the second hears the message
        sink.on_answered(ids[2])
        await kit.clock.sleep(0.5)  # the third waits
        assert kit.dialer.floor.runs[1].window.abandons == 1
        await kit.dialer.committed()
        agent = LiveCall(attempt_id=ids[0], answered=True, agent_id=1)
        dialer, _ = await _reborn(kit, [agent, LiveCall(attempt_id=ids[1], answered=True, agent_id=None)])
        window = dialer.floor.runs[1].window
        assert (window.answers, window.abandons) == (3, 2)

    floor(scenario, [a_lead(n) for n in range(1, 40)], pacing=WIDE, mode=Mode.PREDICTIVE)
