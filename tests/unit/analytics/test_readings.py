"""Consistency checks, combinations, the funnel, counters, abandon windows."""

from __future__ import annotations

from typing import Any

import pytest

from callwright.analytics.breakdown import (
    OUTCOME_WORDS,
    abandon_windows,
    calls_per_hour_variation,
    counters,
    funnel,
    worst_abandon_windows,
)
from callwright.analytics.capacity import compare, plan_lines
from callwright.analytics.combinations import pictures_of_agents, robust_z
from callwright.analytics.consistency import AtMost, SumOf, check_counts, check_measure, check_published
from callwright.analytics.facts import facts_from_objects
from callwright.analytics.measure import Measure
from callwright.kit.errors import BadInput
from callwright.model.agent import Agent, AgentState, StateInterval
from callwright.model.attempt import Attempt, AttemptState, Mode
from callwright.model.campaign import Campaign
from callwright.model.outcome import Outcome
from callwright.model.people import Lead

CAMPAIGN = Campaign(id=1, name="c")
DAY_S = 86400.0


def call(id: int, outcome: Outcome, *, at: float = 0.0, talk_s: float = 0.0, **more: Any) -> Attempt:
    talked = outcome is Outcome.TALKED
    return Attempt(
        **{
            "id": id,
            "campaign_id": 1,
            "list_id": 1,
            "lead_id": id,
            "customer_id": id,
            "phone_id": id,
            "number": f"+1555{id:07}",
            "mode": Mode.PREDICTIVE,
            "dialed_at": at,
            "answered_at": at + 5 if talked or outcome is Outcome.ABANDONED else None,
            "person_at": at + 5 if talked or outcome is Outcome.ABANDONED else None,
            "connected_at": at + 5 if talked else None,
            "ended_at": at + 5 + talk_s,
            "state": AttemptState.ENDED,
            "outcome": outcome,
            **more,
        }
    )


def stretch(agent: int, state: AgentState, begin: float, end: float, reason: str | None = None) -> StateInterval:
    return StateInterval(agent_id=agent, state=state, reason=reason, began_at=begin, ended_at=end, campaign_id=1)


def measure_of(**objects: Any) -> Measure:
    return Measure(facts_from_objects(campaigns=[CAMPAIGN], **objects))


@pytest.mark.parametrize(
    ("printed", "code"),
    [
        ({"reached": 12, "accounts": 10}, "part_above_whole"),
        ({"talk_s": 3700.0, "login_s": 3600.0}, "part_above_whole"),
        ({"answered": 90, "machines": 20, "calls_made": 100}, "part_above_whole"),
        ({"put_through": 9, "abandoned": 2, "hung_up_waiting": 0, "answered": 10}, "part_above_whole"),
        ({"dials": 11, "calls_made": 8, "calls_failed_ours": 2}, "parts_miss_total"),
        ({"not_connected": 12, "busy": 4, "no_answer": 7}, "parts_miss_total"),
        ({"successful": 3, "connected": 100, "success_rate": 0.04}, "rate_disagrees"),
        ({"idle_rate": 1.2}, "share_out_of_range"),
        (
            {"login_s": 100.0, "talk_s": 50.0, "prep_s": 0.0, "wrap_s": 10.0, "idle_s": 30.0, "not_ready_s": 0.0},
            "parts_miss_total",
        ),
    ],
)
def test_figures_that_cannot_all_be_true_are_found(printed: dict[str, float], code: str) -> None:
    assert [f.code for f in check_published(printed)] == [code]


def test_figures_that_can_be_true_are_left_alone() -> None:
    assert check_published({"successful": 3, "connected": 100, "success_rate": 0.03, "roi": 7.5}) == []
    assert check_published({"completed": 3, "prep_s": 1800.0, "talk_s": 1800.0, "wrap_s": 0.0, "idle_s": 0.0}) == []
    printed = {"seats": 30.0, "day": 12.0, "night": 19.0}
    extra = SumOf(total="seats", parts=("day", "night"))
    assert [f.code for f in check_published(printed, relations=[extra])] == ["parts_miss_total"]
    assert check_published(printed, relations=[AtMost(parts=("day",), whole=("seats",))]) == []


def test_our_own_contradictions_are_found() -> None:
    agent = Agent(id=1, name="Ann")
    overlapping = [stretch(1, AgentState.READY, 0, 100), stretch(1, AgentState.WRAP_UP, 50, 150)]
    assert {f.code for f in check_measure(measure_of(agents=[agent], intervals=overlapping))} == {"time_overlaps"}
    talk = call(1, Outcome.TALKED, talk_s=500, disposition="refused", agent_id=1)
    states = [stretch(1, AgentState.IN_CALL, 0, 100)]
    codes = {f.code for f in check_measure(measure_of(agents=[agent], attempts=[talk], intervals=states))}
    assert "talk_disagrees" in codes
    strange = call(2, Outcome.NO_ANSWER, disposition="success")
    codes = {f.code for f in check_measure(measure_of(attempts=[strange]))}
    assert codes >= {"part_above_whole"}
    lead = Lead(id=1, campaign_id=1, list_id=1, customer_id=1, tier=1, phones=())
    assert check_counts(measure_of(attempts=[talk], leads=[lead]).total()) == []


def test_the_funnel_nests_and_the_steps_have_rates() -> None:
    attempts = [
        call(1, Outcome.TALKED, talk_s=9, disposition="success"),
        call(2, Outcome.TALKED, talk_s=9, disposition="interested"),
        call(3, Outcome.TALKED, talk_s=9, disposition="not_needed"),
        call(4, Outcome.TALKED, talk_s=9, disposition="refused"),
        *(call(i, Outcome.BUSY) for i in range(5, 9)),
    ]
    steps = funnel(measure_of(attempts=attempts).total())
    assert [s.count for s in steps] == [8, 4, 3, 2, 1]
    assert [s.step_rate for s in steps[1:]] == [0.5, 0.75, pytest.approx(2 / 3), 0.5]
    assert steps[-1].overall_rate == 1 / 8


def test_counters_know_logins_and_reasons() -> None:
    intervals = [
        stretch(1, AgentState.NOT_READY, 0, 60, "system"),
        stretch(1, AgentState.READY, 60, 100),
        stretch(1, AgentState.NOT_READY, 100, 200, "rest"),
        stretch(1, AgentState.NOT_READY, 200, 300, "rest"),  # the same rest, recorded in two pieces
        stretch(1, AgentState.NOT_READY, 300, 400, "meal"),
        stretch(1, AgentState.READY, 1000, 1100),  # a second login
        stretch(2, AgentState.READY, 1100, 1200),
    ]
    found = counters(measure_of(intervals=intervals))
    assert (found["logins"], found["logouts"]) == (3, 3)
    assert found["not_ready"] == {"system": 1, "rest": 1, "meal": 1}
    assert found["help_requests"] is None


def test_abandon_windows_forget_what_is_older() -> None:
    attempts = [call(i, Outcome.ABANDONED, at=float(i)) for i in range(1, 4)]
    attempts += [call(10 + i, Outcome.TALKED, at=2 * DAY_S + i, talk_s=1, disposition="refused") for i in range(97)]
    attempts += [call(900, Outcome.HUNG_UP_WAITING, at=3.0, person_at=4.0)]  # on neither side
    measure = measure_of(attempts=attempts)
    (day,) = abandon_windows(measure, window_s=DAY_S, limit=0.03)
    (month,) = abandon_windows(measure, window_s=30 * DAY_S, limit=0.03)
    assert (day.rate, day.abandoned, day.put_through) == (0.0, 0, 97)
    assert (month.rate, month.abandoned, month.put_through) == (0.03, 3, 97)
    assert month.kept
    assert not abandon_windows(measure, window_s=30 * DAY_S, limit=0.029)[0].kept
    (early,) = abandon_windows(measure, window_s=DAY_S, until_at=100.0)
    assert early.rate == 1.0


def test_the_worst_window_is_a_full_one() -> None:
    calm = [call(i, Outcome.TALKED, at=i * 3600.0, talk_s=1, disposition="refused") for i in range(1, 200)]
    bad = [call(1000 + i, Outcome.ABANDONED, at=100 * 3600.0 + i) for i in range(6)]
    first = call(2000, Outcome.ABANDONED, at=0.0)  # alone in its window: says nothing
    (worst,) = worst_abandon_windows(measure_of(attempts=[*calm, *bad, first]), window_s=DAY_S, limit=0.03)
    assert worst.until_at == pytest.approx(100 * 3600.0 + 10)
    assert (worst.abandoned, worst.put_through) == (6, 24)
    assert not worst.kept


def test_the_first_days_end_is_judged_too() -> None:
    first_day = [call(i, Outcome.TALKED, at=i * 60.0, talk_s=1, disposition="refused") for i in range(1, 97)]
    first_day += [call(500 + i, Outcome.ABANDONED, at=600.0 + i) for i in range(4)]
    later = [call(900, Outcome.TALKED, at=5 * DAY_S, talk_s=1, disposition="refused")]
    (worst,) = worst_abandon_windows(measure_of(attempts=[*first_day, *later]), window_s=DAY_S, limit=0.03)
    assert (worst.rate, worst.kept) == (0.04, False)


def test_every_outcome_has_a_name() -> None:
    assert set(OUTCOME_WORDS) >= {str(o) for o in Outcome}


def test_calls_per_hour_vary() -> None:
    intervals = [stretch(1, AgentState.READY, h * 3600.0, (h + 1) * 3600.0) for h in range(4)]
    even = [call(i, Outcome.BUSY, at=i * 360.0) for i in range(40)]
    assert calls_per_hour_variation(measure_of(attempts=even, intervals=intervals)) == 0
    uneven = [call(i, Outcome.BUSY, at=i * 36.0) for i in range(40)]
    found = calls_per_hour_variation(measure_of(attempts=uneven, intervals=intervals))
    assert found == pytest.approx(2.0)  # 40, 0, 0, 0: mean 10, deviation 20


def test_robust_z_is_not_moved_by_the_odd_one() -> None:
    z = robust_z([10, 11, 9, 10, 11, 9, 10, 1000])
    assert z[-1] is not None
    assert z[-1] > 100
    assert all(abs(v or 0) < 2 for v in z[:-1])
    assert robust_z([1, 2, 3]) == [None, None, None]
    assert robust_z([5, 5, 5, 5, 5]) == [0, 0, 0, 0, 0]
    assert robust_z([5, 5, 5, 5, None, 5]) == [0, 0, 0, 0, None, 0]
    lone = robust_z([5, 5, 5, 5, 5, 9])[-1]
    assert lone is not None
    assert lone > 3.5


def test_outliers_are_explained_in_words() -> None:
    agents = [Agent(id=i, name=f"agent {i}") for i in range(1, 9)]
    intervals: list[StateInterval] = []
    for a in agents:
        rest = 2400.0 if a.id == 8 else 100.0 + 10 * a.id
        intervals += [
            stretch(a.id, AgentState.NOT_READY, 0, rest, "rest"),
            stretch(a.id, AgentState.READY, rest, 3600),
        ]
    diligence = pictures_of_agents(measure_of(agents=agents, intervals=intervals))[0]
    remarks = {r.agent: [w.en for w in r.remarks] for r in diligence.rows}
    assert any("not ready far more" in text for text in remarks["agent 8"])
    assert all(not texts for agent, texts in remarks.items() if agent != "agent 8")


def test_plans_refuse_nonsense() -> None:
    for wrong in ({"lines": 0}, {"seconds_each": 0.0}, {"seconds_each": 1e6}):
        with pytest.raises(BadInput):
            plan_lines(**{"records": 10, "seconds_each": 30.0, "lines": 3, **wrong})
    assert plan_lines(records=0, seconds_each=30, lines=3).working_days == 0
    assert plan_lines(records=961 * 30, seconds_each=30, lines=30).working_days == 2
    assert compare({"a": 2.0, "b": None}, "a") == {"a": 1.0, "b": None}
