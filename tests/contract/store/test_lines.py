"""Trunks and caller IDs as stores keep them: set up, shown to whom, and what the caps read after a start."""

from __future__ import annotations

from typing import Any

from callwright.dialer.ports import Batch, CallerId, LineChange, Trunk
from callwright.model.attempt import Attempt, AttemptState, Mode
from callwright.model.outcome import Outcome

HOUR_S, DAY_S = 3600.0, 86400.0


async def test_trunks_come_back_as_given_in_the_order_of_preference(world: Any) -> None:
    trunks = [
        Trunk(
            name="z",
            channels=30,
            calls_per_s=5.5,
            prefixes=("+1", "+44"),
            denied_prefixes=("+1900",),
            cost_per_minute=0.02,
            rates={"+44": 0.01, "+447": 0.03},
            most_per_hour=10.0,
            most_per_day=99.5,
        ),
        Trunk(name="a", channels=1, calls_per_s=1.0),
    ]
    await world.add_trunks(trunks)
    assert await world.store.trunks() == trunks
    changed = [Trunk(name="z", channels=2, calls_per_s=1.0), trunks[1]]
    await world.add_trunks(changed)
    assert await world.store.trunks() == changed


async def test_caller_ids_come_back_as_given(world: Any) -> None:
    known = [
        CallerId(number="+442079460002", daily_cap=40, rest_s=2.5, region="GB-LND"),
        CallerId(number="+442079460001"),
    ]
    await world.add_caller_ids(known)
    assert await world.store.caller_ids() == known


async def test_a_customer_is_shown_the_same_number_in_their_next_call(world: Any) -> None:
    await world.leads(2)
    one, two = await world.claim()
    assert (one.shown_as, two.shown_as) == (None, None)
    await world.store.save(Batch(shown={one.customer_id: "+442079460001"}))
    await world.store.release_leads([one, two])
    again = {lead.id: lead.shown_as for lead in await world.claim()}
    assert again == {one.id: "+442079460001", two.id: None}
    await world.store.save(Batch(shown={one.customer_id: "+442079460002", two.customer_id: "+442079460001"}))
    await world.store.release_leads([one, two])
    again = {lead.id: lead.shown_as for lead in await world.claim()}
    assert again == {one.id: "+442079460002", two.id: "+442079460001"}


async def test_what_an_operator_should_know_is_kept(world: Any) -> None:
    change = LineChange(
        at=world.now, kind="trunk", name="a", state="open", until=world.now + 30.0, detail={"dials": 6, "failed": 6}
    )
    await world.store.save(
        Batch(line_changes=[change, LineChange(at=world.now, kind="trunk", name="a", state="closed")])
    )
    assert [(row["name"], row["state"], row["detail"]) for row in await world.stored("line_changes")] == [
        ("a", "open", {"dials": 6, "failed": 6}),
        ("a", "closed", {}),
    ]


async def test_who_was_under_the_early_warning_still_is_after_a_start(world: Any) -> None:
    said = [("+1", "answers_low"), ("+2", "answers_low"), ("+2", "answers_fine"), ("+3", "withdrawn")]
    changes = [
        LineChange(at=world.now + n, kind="caller_id", name=name, state=state) for n, (name, state) in enumerate(said)
    ]
    await world.store.save(Batch(line_changes=changes))
    assert (await world.store.line_use(hour_from=world.now, day_from=world.now)).answered_low == {"+1"}


async def test_the_caps_read_what_was_spent_dialled_and_shown(world: Any) -> None:
    now = world.now
    leads = await world.leads(8)
    calls = [  # seconds before now of the dial and of the end, trunk, cost, caller ID
        (100.0, 40.0, "a", 0.5, "+1"),
        (130.0, 50.0, "a", 0.25, "+1"),
        (3_700.0, 3_500.0, "b", 2.0, "+2"),  # ended within the hour
        (5_000.0, 4_000.0, "a", 7.0, "+2"),  # today, but not within the hour
        (90_000.0, 89_000.0, "a", 99.0, "+2"),  # yesterday
        (20.0, 10.0, "a", 0.0, "+3"),  # unanswered
    ]
    for lead, (dialed, ended, trunk, cost, shown) in zip(leads, calls, strict=False):
        await _call(world, lead, dialed_at=now - dialed, ended_at=now - ended, trunk=trunk, cost=cost, caller_id=shown)
    live = await _call(world, leads[6], dialed_at=now - 5.0, ended_at=None, trunk="b", cost=0.0, caller_id="+1")
    returned = Attempt(
        id=900_001,
        campaign_id=world.campaign.id,
        list_id=None,
        lead_id=None,
        customer_id=None,
        phone_id=None,
        number="+12025559999",
        mode=Mode.INBOUND,
        dialed_at=now - 60.0,
        caller_id="+1",
        state=AttemptState.ENDED,
        outcome=Outcome.TALKED,
        ended_at=now,
        cost=3.0,
        trunk="a",
    )
    await world.store.save(Batch(attempts={returned.id: returned}))
    used = await world.store.line_use(hour_from=now - HOUR_S, day_from=now - 6 * HOUR_S, prefixes=("+1202555", "+44"))
    minutes = {("a", int((now - 40.0) // 60)): 0.0, ("a", int((now - 50.0) // 60)): 0.0}
    for ended, cost in ((40.0, 0.5), (50.0, 0.25)):
        minutes["a", int((now - ended) // 60)] += cost
    assert used.spent == {**minutes, ("b", int((now - 3500.0) // 60)): 2.0}
    assert used.spent_today == {"a": 7.75, "b": 2.0}
    assert [round(at - now, 3) for at in sorted(used.dialed["+1202555"])] == [-130.0, -100.0, -20.0, -5.0]
    assert used.dialed["+44"] == []
    assert {number: (dials, round(at - now, 3)) for number, (dials, at) in used.shown_today.items()} == {
        "+1": (3, -5.0),
        "+2": (2, -3700.0),
        "+3": (1, -20.0),
    }
    assert live.outcome is None
    just_after_midnight = await world.store.line_use(hour_from=now - HOUR_S, day_from=now - 1.0)
    assert just_after_midnight.shown_today["+1"][0] == 0, "none today"
    assert round(just_after_midnight.shown_today["+1"][1] - now, 3) == -5.0, "but its rest is known"


async def _call(world: Any, lead: Any, *, dialed_at: float, ended_at: float | None, **facts: Any) -> Attempt:
    request = await world.request(lead, at=dialed_at)
    attempt: Attempt = request.attempt
    for name, value in facts.items():
        setattr(attempt, name, value)
    await world.store.open_attempts([request], world.permit, dialed_at)
    if ended_at is not None:
        attempt.state, attempt.outcome, attempt.ended_at = AttemptState.ENDED, Outcome.NO_ANSWER, ended_at
        await world.store.save(Batch(attempts={attempt.id: attempt}))
    return attempt
