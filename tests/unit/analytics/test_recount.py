"""Every base count against an independent, naive recount over the engines' own objects."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from callwright.analytics.catalogue import KPI_COUNTS
from callwright.analytics.definition import Dimension
from callwright.analytics.facts import Period, facts_from_objects
from callwright.analytics.measure import Measure
from callwright.model.agent import AgentState
from callwright.model.attempt import Attempt, Mode
from callwright.model.people import LeadStatus

PERSONS = {"talked", "message_played", "abandoned", "hung_up_waiting"}
MACHINES = {"machine", "fax", "screening", "fax_sent"}
OURS = {"carrier_failure", "our_failure", "dropped"}


def is_person(a: Attempt) -> bool:
    return (a.person_at is not None or a.outcome in PERSONS) and a.outcome not in MACHINES


def counts_of_calls(floor: Any, calls: Iterable[Attempt]) -> dict[str, float]:
    """The base counts of calls and records, one call after the other, as kpi.yaml words them."""
    n: Counter[str] = Counter()
    records: dict[str, set[int]] = defaultdict(set)
    campaigns = {c.id: c for c in floor.campaigns}
    amount = defaultdict(float)
    for o in floor.orders:
        amount[o.attempt_id] += o.amount
    unreached = record_classes(floor)["unreached"]
    for a in calls:
        d = campaigns[a.campaign_id].dispositions.get(a.disposition or "")
        person = is_person(a)
        if d is not None and a.lead_id is not None:
            survey = campaigns[a.campaign_id].purpose == "survey"
            if d.reached:
                records["reached"].add(a.lead_id)
            if d.completed:
                records["completed"].add(a.lead_id)
            if d.success or (survey and d.completed):
                records["successful"].add(a.lead_id)
        n["complaints"] += floor.complaints.count(a.id)
        n["revenue"] += amount[a.id]
        n["call_cost"] += a.cost
        n["hold_s"] += a.hold_s
        if a.mode is Mode.INBOUND:
            n["inbound_calls"] += 1
            until = a.ended_at if a.connected_at is None else a.connected_at
            if a.answered_at is not None and until is not None:
                late = until - a.answered_at > 20.0 + 1e-6
                n["callers_due"] += a.connected_at is not None or late
                n["callers_in_time"] += a.connected_at is not None and not late
            continue
        n["dials"] += 1
        if a.outcome in OURS and not person:
            n["calls_failed_ours"] += 1
            continue
        n["calls_made"] += 1
        n["calls_repeat"] += a.try_no >= 2
        n["redials_after_abandon"] += a.redial_of is not None
        if a.rang_at is not None:
            n["ring_s"] += (a.answered_at or a.ended_at or a.rang_at) - a.rang_at
        if a.lead_id is not None:
            records["accounts_called"].add(a.lead_id)
            if a.lead_id in unreached:
                records["unreached"].add(a.lead_id)
                n["attempts_on_unreached"] += 1
        talk = 0.0
        if a.connected_at is not None and a.ended_at is not None:
            talk = (a.left_at or a.ended_at) - a.connected_at - a.alone_s
        if talk > 0:
            n["connected"] += 1
            n["talked_s"] += talk
        if not person:
            continue
        n["answered"] += 1
        if a.transfer:
            n["offered"] += 1
            n["transferred"] += a.transfer == "picked_up"
        if a.outcome == "abandoned" or (a.outcome in OURS and a.connected_at is None):
            n["abandoned"] += 1
        elif a.connected_at is not None or a.outcome == "message_played":
            n["put_through"] += 1
        if a.connected_at is not None:
            n["given_to_agents"] += 1
            n["given_within_2s"] += a.connected_at - a.answered_at <= 2.0 + 1e-6
            if a.greeting_ended_at is not None:
                n["greetings_heard"] += 1
                n["given_within_2s_of_greeting"] += a.connected_at - a.greeting_ended_at <= 2.0 + 1e-6
    return {**n, **{name: len(ids) for name, ids in records.items()}}


def record_classes(floor: Any) -> dict[str, set[int]]:
    called, reached = set(), set()
    campaigns = {c.id: c for c in floor.campaigns}
    for a in floor.attempts:
        d = campaigns[a.campaign_id].dispositions.get(a.disposition or "")
        if d is not None and d.reached:
            reached.add(a.lead_id)
        if a.mode is not Mode.INBOUND and not (a.outcome in OURS and not is_person(a)):
            called.add(a.lead_id)
    classes: dict[str, set[int]] = {"useless": set(), "unreached": set(), "accounts": set()}
    for lead in floor.leads:
        classes["accounts"].add(lead.id)
        if lead.id in reached:
            continue
        shut = lead.status in {LeadStatus.DONE, LeadStatus.EXHAUSTED, LeadStatus.UNCALLABLE}
        if shut or lead.last_outcome == "suspended":
            classes["useless"].add(lead.id)
        elif lead.id in called:
            classes["unreached"].add(lead.id)
    return classes


def agent_seconds(floor: Any) -> dict[str, float]:
    names = {
        AgentState.IN_CALL: "talk_s",
        AgentState.PREVIEW: "prep_s",
        AgentState.RESERVED: "prep_s",
        AgentState.WRAP_UP: "wrap_s",
        AgentState.READY: "idle_s",
        AgentState.NOT_READY: "not_ready_s",
    }
    sums: Counter[str] = Counter()
    for i in floor.intervals:
        length = i.ended_at - i.began_at
        sums[names[i.state]] += length
        sums["login_s"] += length
        if i.reason in {"playback", "internal"}:
            sums[f"{i.reason}_s"] += length
    for s in floor.shifts:
        sums["scheduled_s"] += s.ended_at - s.began_at
        sums["paid_s"] += (s.ended_at - s.began_at) * s.paid
    return dict(sums)


def same(found: float | None, expected: float) -> bool:
    return found == pytest.approx(expected, abs=2e-3)


@settings(max_examples=60, deadline=None)
@given(seed=st.integers(0, 10**9), size=st.integers(0, 120))
def test_every_base_count_equals_the_naive_recount(generate_floor: Callable[..., Any], seed: int, size: int) -> None:
    floor = generate_floor(seed, size)
    counts = Measure(facts_from_objects(**floor.as_facts_arguments())).total()
    classes = record_classes(floor)
    expected = {
        **dict.fromkeys(KPI_COUNTS, 0),
        **counts_of_calls(floor, floor.attempts),
        **agent_seconds(floor),
        "accounts": len(classes["accounts"]),
        "useless": len(classes["useless"]),
    }
    wrong = {name: (counts[name], value) for name, value in expected.items() if not same(counts[name], value)}
    assert not wrong


@settings(max_examples=25, deadline=None)
@given(
    seed=st.integers(0, 10**9),
    by=st.lists(st.sampled_from(Dimension), unique=True, min_size=1, max_size=3),
    tz=st.sampled_from(["UTC", "Asia/Shanghai", "America/New_York", "Asia/Kathmandu"]),
)
def test_every_grouping_equals_the_naive_recount(
    generate_floor: Callable[..., Any], seed: int, by: list[Dimension], tz: str
) -> None:
    floor = generate_floor(seed, 80)
    agents = {a.id: a for a in floor.agents}
    zone = ZoneInfo(tz)

    def key(a: Attempt) -> tuple[object, ...]:
        agent = agents.get(a.agent_id or 0)
        local = datetime.fromtimestamp(a.dialed_at, zone)
        parts: dict[Dimension, object] = {
            Dimension.CAMPAIGN: {1: "sale", 2: "survey"}[a.campaign_id],
            Dimension.LIST: {1: "spring", 2: "autumn", None: None}[a.list_id],
            Dimension.TIER: a.tier,
            Dimension.AGENT: agent.name if agent else None,
            Dimension.TEAM: agent.team if agent else None,
            Dimension.SITE: agent.site if agent else None,
            Dimension.CALLER_ID: a.caller_id,
            Dimension.HOUR: local.hour,
            Dimension.DAY: local.date(),
        }
        return tuple(parts[d] for d in by)

    expected: dict[tuple[object, ...], list[Attempt]] = defaultdict(list)
    for a in floor.attempts:
        expected[key(a)].append(a)
    groups = {g.key: g.counts for g in Measure(facts_from_objects(**floor.as_facts_arguments()), tz=tz).by(by)}
    for k, calls in expected.items():
        recount = counts_of_calls(floor, calls)
        wrong = {name: (groups[k][name], v) for name, v in recount.items() if not same(groups[k][name], v)}
        assert not wrong, (k, wrong)
    totals = agent_seconds(floor)
    for name in ("login_s", "talk_s", "not_ready_s", "paid_s", "scheduled_s"):
        values = [c[name] for c in groups.values()]
        if None not in values:
            assert same(sum(v or 0 for v in values), totals.get(name, 0)), name


def test_time_of_agents_is_cut_at_local_hours() -> None:
    from callwright.model.agent import Agent, StateInterval
    from callwright.model.campaign import Campaign

    nine = datetime(2026, 3, 2, 9, 50, tzinfo=ZoneInfo("Asia/Kathmandu")).timestamp()
    facts = facts_from_objects(
        campaigns=[Campaign(id=1, name="c")],
        agents=[Agent(id=7, name="Ann")],
        intervals=[
            StateInterval(
                agent_id=7, state=AgentState.READY, reason=None, began_at=nine, ended_at=nine + 5400, campaign_id=1
            )
        ],
    )
    hours = {g.key[0]: g.counts for g in Measure(facts, tz="Asia/Kathmandu").by((Dimension.HOUR,))}
    assert {h: c["idle_s"] for h, c in hours.items()} == {9: 600, 10: 3600, 11: 1200}
    assert [c["logins"] for c in hours.values()] == [1, 0, 0]


def test_a_period_takes_calls_by_their_dialling_and_cuts_time(generate_floor: Callable[..., Any]) -> None:
    floor = generate_floor(5, 100)
    middle = floor.attempts[50].dialed_at
    arguments = floor.as_facts_arguments()
    before, after = (
        Measure(facts_from_objects(**arguments, period=p)).total()
        for p in (Period(until_at=middle), Period(from_at=middle))
    )
    whole = Measure(facts_from_objects(**arguments)).total()
    assert before["dials"] == sum(a.dialed_at < middle and a.mode is not Mode.INBOUND for a in floor.attempts)
    for name in ("dials", "calls_made", "answered", "login_s", "idle_s", "paid_s"):
        assert same((before[name] or 0) + (after[name] or 0), whole[name] or 0), name
    assert before["useless"] == after["useless"] == whole["useless"]
