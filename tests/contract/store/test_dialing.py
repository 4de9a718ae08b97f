"""Opening attempts under the number's lock, saving them, and what the rules are shown of a person."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from typing import Any

import pytest

from callwright.compliance import BanEntry, ConsentEntry, DialPermit, FreezeEntry, PastKind, Refusal
from callwright.compliance.ledger import LedgerEntry
from callwright.dialer.ports import Answers, Batch, Callback, Order, Trunk
from callwright.model.agent import Agent, AgentState, StateInterval
from callwright.model.attempt import AttemptState, Mode
from callwright.model.outcome import Media, Outcome

DAY_S = 86400.0


async def test_attempt_ids_are_never_given_twice(world: Any) -> None:
    ranges = await asyncio.gather(*(world.store.reserve_attempt_ids(count) for count in (1, 500, 3, 40) * 5))
    ids = [attempt_id for ids in ranges for attempt_id in ids]
    assert len(ids) == len(set(ids)) == 544 * 5
    assert min(ids) >= 1


async def test_a_permit_stores_the_attempt_and_the_ledgers_yes(world: Any) -> None:
    (lead,) = await world.leads(1)
    attempt = await world.dial(lead)
    (live,) = await world.store.live_attempts(world.campaign.id)
    assert (live.id, live.state, live.number) == (attempt.id, AttemptState.DIALING, attempt.number)
    (row,) = await world.stored("ledger")
    assert (row["decision"], row["attempt_id"], row["number"]) == ("permit", attempt.id, attempt.number)
    assert (row["packs"], row["digest"], row["at"]) == ("international@2020-01-01", "0" * 32, world.now)


async def test_a_refusal_stores_nothing(world: Any) -> None:
    (lead,) = await world.leads(1)
    await world.add_ban(BanEntry(number=lead.phones[0].number, at=world.now))
    (answer,) = await world.store.open_attempts([await world.request(lead)], world.obey, world.now)
    assert isinstance(answer, Refusal)
    assert await world.store.live_attempts(world.campaign.id) == []
    assert await world.stored("ledger") == []


async def test_answers_come_in_the_order_of_the_requests(world: Any) -> None:
    leads = await world.leads(4)
    await world.add_ban(BanEntry(customer_id=leads[2].customer_id, at=world.now))
    requests = [await world.request(lead) for lead in reversed(leads)]
    answers = await world.store.open_attempts(requests, world.obey, world.now)
    assert [isinstance(answer, DialPermit) for answer in answers] == [True, False, True, True]
    permitted = [answer.number for answer in answers if isinstance(answer, DialPermit)]
    assert permitted == [leads[nth].phones[0].number for nth in (3, 1, 0)]


async def test_no_second_live_attempt_on_a_number_or_lead(world: Any) -> None:
    one, two = await world.leads(2)
    attempt = await world.dial(one)
    same_number = replace(one.phones[0], id=99)
    for lead, phone in ((two, same_number), (one, two.phones[0])):
        request = await world.request(lead, phone=phone)
        (answer,) = await world.store.open_attempts([request], world.permit, world.now)
        assert isinstance(answer, Refusal)
        assert answer.rule == "live_attempt"
        assert world.shown[-1].live_on_number == (phone is same_number)
        assert world.shown[-1].live_on_lead == (lead is one)
    await world.end(attempt)
    await world.dial(one)


@pytest.mark.parametrize("state", [AttemptState.PARKED, AttemptState.HANDED_ON])
async def test_who_is_parked_or_handed_on_is_on_the_line(world: Any, state: AttemptState) -> None:
    (lead,) = await world.leads(1)
    attempt = await world.dial(lead)
    attempt.state = state
    await world.store.save(Batch(attempts={attempt.id: attempt}))
    (answer,) = await world.store.open_attempts([await world.request(lead)], world.permit, world.now)
    assert isinstance(answer, Refusal)
    assert world.shown[-1].live_on_number
    assert [a.id for a in await world.store.live_attempts(world.campaign.id)] == [attempt.id]


async def test_two_requests_of_one_call_see_each_other(world: Any) -> None:
    (lead,) = await world.leads(1)
    requests = [await world.request(lead), await world.request(lead)]
    first, second = await world.store.open_attempts(requests, world.permit, world.now)
    assert isinstance(first, DialPermit)
    assert isinstance(second, Refusal)
    assert len(world.shown[-1].history) == 1


async def test_racing_dialers_open_one_attempt(world: Any) -> None:
    (lead,) = await world.leads(1)
    requests = [await world.request(lead) for _ in range(8)]
    answers = await asyncio.gather(*(world.store.open_attempts([r], world.permit, world.now) for r in requests))
    assert sum(isinstance(answer, DialPermit) for (answer,) in answers) == 1


@pytest.mark.parametrize(
    ("outcome", "facts", "kind"),
    [
        (Outcome.NO_ANSWER, {}, PastKind.ATTEMPT),
        (Outcome.MACHINE, {"disposition": "machine"}, PastKind.ATTEMPT),
        (Outcome.TALKED, {"disposition": "success"}, PastKind.CONVERSATION),
        (Outcome.TALKED, {"disposition": "refused"}, PastKind.REFUSAL),
        (Outcome.ABANDONED, {"disposition": "abandoned"}, PastKind.ABANDONED),
        (Outcome.CARRIER_FAILURE, {}, None),
        (Outcome.OUR_FAILURE, {}, None),
        (Outcome.DROPPED, {}, None),
        (Outcome.DROPPED, {"rang_at": 59.5}, None),
        (Outcome.DROPPED, {"rang_at": 3.0}, PastKind.ATTEMPT),
    ],
)
async def test_how_an_ended_attempt_counts(world: Any, outcome: Outcome, facts: Any, kind: PastKind | None) -> None:
    (lead,) = await world.leads(1)
    facts = {key: world.now + value if key == "rang_at" else value for key, value in facts.items()}
    await world.call(lead, outcome, at=world.now, **facts)
    history = await world.history(lead, at=world.now + 100)
    assert [past.kind for past in history] == ([] if kind is None else [kind])
    for past in history:
        assert (past.at, past.number) == (world.now, lead.phones[0].number)
        assert (past.campaign_id, past.purpose) == (world.campaign.id, "sales")


async def test_an_unfinished_or_lost_attempt_counts(world: Any) -> None:
    (lead,) = await world.leads(1)
    attempt = await world.dial(lead)
    assert [past.kind for past in await world.history(lead)] == [PastKind.ATTEMPT]
    attempt.state, attempt.outcome = AttemptState.UNKNOWN, Outcome.UNKNOWN
    await world.store.save(Batch(attempts={attempt.id: attempt}))
    assert [past.kind for past in await world.history(lead)] == [PastKind.UNKNOWN_FATE]
    assert await world.store.live_attempts(world.campaign.id) == []


async def test_history_is_newest_first_and_covers_the_persons_numbers_for_60_days(world: Any) -> None:
    lead = world.lead(0)
    mobile = lead.phones[0]
    lead.phones = (mobile, replace(mobile, id=50, number="+12025550777", position=1))
    (lead,) = await world.add_leads([lead])
    for days in (70, 59, 1):
        attempt = await world.dial(lead, at=world.now - days * DAY_S, phone=lead.phones[days == 1])
        await world.end(attempt)
    history = await world.history(lead)
    assert [past.at for past in history] == [world.now - DAY_S, world.now - 59 * DAY_S]
    assert [past.number for past in history] == ["+12025550777", mobile.number]


async def test_a_number_shared_by_two_people_shares_its_history(world: Any) -> None:
    one, two = world.lead(0), world.lead(1)
    two.phones = (replace(one.phones[0], id=2),)
    one, two = await world.add_leads([one, two])
    await world.call(one, Outcome.NO_ANSWER, at=world.now - 100)
    await world.call(two, Outcome.BUSY, at=world.now - 50)
    for lead in (one, two):
        assert [past.at for past in await world.history(lead)] == [world.now - 50, world.now - 100]


async def test_the_rules_see_bans_freezes_and_consents(world: Any) -> None:
    one, two = await world.leads(2)
    number = one.phones[0].number
    await world.add_ban(
        BanEntry(number=number, scope="campaign", campaign_id=world.campaign.id, at=1.0, reason="said so")
    )
    await world.add_ban(BanEntry(customer_id=one.customer_id, at=2.0, until=world.now + 9, source="letter"))
    await world.add_ban(BanEntry(number="+120255500", scope="prefix", at=3.0))
    await world.add_ban(BanEntry(number="+1999", scope="prefix", at=4.0))
    await world.add_freeze(FreezeEntry(number=number, from_at=5.0, confirmed_by="Li", reason="angry"))
    await world.add_consent(ConsentEntry(customer_id=one.customer_id, kind="call", granted_at=6.0, proof="form 7"))
    await world.history(one)
    person = world.shown[-1]
    assert sorted(ban.at for ban in person.bans) == [1.0, 2.0, 3.0]
    assert {ban.scope for ban in person.bans} == {"campaign", "everywhere", "prefix"}
    assert [(f.from_at, f.confirmed_by) for f in person.freezes] == [(5.0, "Li")]
    assert [(c.kind, c.granted_at, c.proof) for c in person.consents] == [("call", 6.0, "form 7")]
    await world.history(two)
    assert [ban.at for ban in world.shown[-1].bans] == [3.0]


async def test_an_attempt_is_saved_with_all_its_facts(world: Any) -> None:
    (lead,) = await world.leads(1)
    attempt = await world.dial(lead)
    attempt.state, attempt.outcome = AttemptState.WRAPPING, Outcome.TALKED
    attempt.rang_at, attempt.answered_at, attempt.person_at = world.now + 1.5, world.now + 9.25, world.now + 9.25
    attempt.connected_at, attempt.ended_at = world.now + 9.5, world.now + 70.125
    attempt.agent_id, attempt.sip, attempt.q850, attempt.media = 3, 200, 16, Media.HUMAN
    attempt.hold_s, attempt.wrap_s, attempt.keys, attempt.ended_by, attempt.cost = 1.5, 2.5, "19", "person", 0.25
    attempt.transfer, attempt.disposition = "offered", "success"
    attempt.greeting_ended_at, attempt.left_at, attempt.alone_s = world.now + 8.5, world.now + 60.5, 4.5
    await world.store.save(Batch(attempts={attempt.id: attempt}))
    (again,) = await world.store.live_attempts(world.campaign.id)
    for name in attempt.__slots__:
        expected = world.permit_packs if name == "permit" else getattr(attempt, name)
        assert getattr(again, name) == expected, name


async def test_a_returned_call_is_inserted_and_may_meet_our_own(world: Any) -> None:
    (lead,) = await world.leads(1)
    ours = await world.dial(lead)
    theirs = (await world.request(lead)).attempt
    theirs.mode, theirs.state, theirs.answered_at, theirs.person_at = Mode.INBOUND, AttemptState.WAITING, 1.0, 1.0
    await world.store.save(Batch(attempts={theirs.id: theirs}))
    assert [a.id for a in await world.store.live_attempts(world.campaign.id)] == [ours.id, theirs.id]
    await world.end(ours)
    (answer,) = await world.store.open_attempts([await world.request(lead)], world.permit, world.now)
    assert isinstance(answer, Refusal)
    assert world.shown[-1].live_on_number
    await world.end(theirs, Outcome.TALKED)
    await world.dial(lead)


async def test_answers_since(world: Any) -> None:
    leads = await world.leads(5)
    ends = [Outcome.TALKED, Outcome.ABANDONED, Outcome.HUNG_UP_WAITING, Outcome.MACHINE, Outcome.NO_ANSWER]
    for nth, (lead, outcome) in enumerate(zip(leads, ends, strict=True)):
        attempt = await world.dial(lead)
        if outcome is not Outcome.NO_ANSWER:
            attempt.state = AttemptState.WAITING
            attempt.answered_at = attempt.person_at = world.now + nth
            await world.store.save(Batch(attempts={attempt.id: attempt}))
            assert _sums(await world.store.answers_since(world.campaign.id, world.now))[0] == min(nth, 2) + 1
        await world.end(attempt, outcome)
    # as the figures count: who hung up within the limit is on neither side
    assert _sums(await world.store.answers_since(world.campaign.id, world.now)) == (2, 1)
    assert _sums(await world.store.answers_since(world.campaign.id, world.now + 1)) == (1, 1)
    assert await world.store.answers_since(world.campaign.id + 1, 0.0) == []


def _sums(counts: list[Answers]) -> tuple[int, int]:
    return sum(each.answered for each in counts), sum(each.abandoned for each in counts)


async def test_a_returned_call_is_no_answer_of_ours(world: Any) -> None:
    (lead,) = await world.leads(1)
    theirs = (await world.request(lead)).attempt
    theirs.mode, theirs.state, theirs.answered_at, theirs.person_at = Mode.INBOUND, AttemptState.WAITING, 1e9, 1e9
    await world.store.save(Batch(attempts={theirs.id: theirs}))
    await world.end(theirs, Outcome.TALKED)
    assert await world.store.answers_since(world.campaign.id, 0.0) == []


async def test_past_dials_know_what_was_known_before_each(world: Any) -> None:
    lead, other = await world.leads(2)
    now = world.now
    await world.call(lead, Outcome.NO_ANSWER, at=now - 9000)
    await world.call(other, Outcome.BUSY, at=now - 8000)
    await world.call(lead, Outcome.ABANDONED, at=now - 5000)
    await world.call(lead, Outcome.TALKED, at=now - 2000, disposition="callback")
    ringing = await world.dial(other)  # nobody has answered yet
    told = await world.store.past_dials(world.campaign.id, now - 10_000, 10)
    assert [(d.outcome, d.last_outcome, d.last_disposition, d.reached) for d in told] == [
        ("no_answer", None, None, False),
        ("busy", None, None, False),
        ("abandoned", "no_answer", None, False),
        ("talked", "abandoned", None, True),
    ]
    assert [d.dialed_at for d in told] == sorted(d.dialed_at for d in told)
    phone = lead.phones[0]
    assert (told[-1].line_type, told[-1].list_id) == (phone.line_type, lead.list_id)
    assert told[-1].zone == (lead.time_zone or phone.zones[0])
    assert [d.outcome for d in await world.store.past_dials(world.campaign.id, now - 10_000, 2)] == [
        "abandoned",
        "talked",
    ]
    assert await world.store.past_dials(world.campaign.id, now, 10) == []
    ringing.answered_at = ringing.person_at = ringing.connected_at = now + 12.5
    ringing.state = AttemptState.CONNECTED
    await world.store.save(Batch(attempts={ringing.id: ringing}))
    (talk,) = await world.store.past_dials(world.campaign.id, now, 10)
    assert (talk.outcome, talk.ended_at, talk.person_at, talk.talk_s) == (None, None, now + 12.5, 0.0)


async def test_completed_records_are_counted_once_and_by_fact(world: Any) -> None:
    leads = await world.leads(3)
    await world.call(leads[0], Outcome.TALKED, at=world.now - 200, disposition="success")
    await world.call(leads[0], Outcome.TALKED, at=world.now - 100, disposition="not_interested")
    await world.call(leads[1], Outcome.TALKED, at=world.now, disposition="interested")
    await world.call(leads[2], Outcome.TALKED, at=world.now, disposition="refused")
    completed = await world.store.completed(world.campaign.id, ["city", "n", "shoe"])
    assert completed.total == 2
    assert completed.by == {"city": {"Москва": 2}, "n": {"0": 1, "1": 1}, "shoe": {"": 2}}


async def test_a_batch_stores_all_its_parts(world: Any) -> None:
    (lead,) = await world.leads(1)
    attempt = await world.dial(lead)
    refusal = LedgerEntry(
        at=world.now,
        decision="refuse",
        rule="outside_hours",
        packs="p",
        number=attempt.number,
        customer_id=1,
        lead_id=1,
        campaign_id=world.campaign.id,
        digest="d",
        until=world.now + 60,
    )
    await world.store.save(
        Batch(
            intervals=[
                StateInterval(agent_id=3, state=AgentState.NOT_READY, reason="meal", began_at=1.0, ended_at=2.5)
            ],
            ledger=[refusal],
            orders=[
                Order(
                    attempt_id=attempt.id,
                    lead_id=1,
                    customer_id=1,
                    campaign_id=world.campaign.id,
                    agent_id=3,
                    at=7.0,
                    amount=9.5,
                )
            ],
            callbacks=[Callback(lead_id=1, campaign_id=world.campaign.id, agent_id=3, due_at=world.now + 5)],
            bans=[BanEntry(number=attempt.number, at=8.0)],
            freezes=[FreezeEntry(customer_id=1, from_at=9.0, reason="minor")],
            outbox=[("sms", {"to": "王"})],
        )
    )
    (interval,) = await world.stored("intervals")
    assert (interval["state"], interval["reason"], interval["ended_at"]) == ("not_ready", "meal", 2.5)
    assert [row["rule"] for row in await world.stored("ledger")] == ["", "outside_hours"]
    assert [row["amount"] for row in await world.stored("orders")] == [9.5]
    assert [row["due_at"] for row in await world.stored("callbacks")] == [world.now + 5]
    assert [row["at"] for row in await world.stored("bans")] == [8.0]
    assert [row["reason"] for row in await world.stored("freezes")] == ["minor"]
    assert await world.stored("outbox") == [{"topic": "sms", "payload": {"to": "王"}}]


async def test_campaign_agents_and_trunks_come_back_as_given(world: Any) -> None:
    assert await world.store.campaign("spring") == world.campaign
    assert await world.store.campaign("autumn") is None
    agents = await world.add_agents(
        [
            Agent(id=0, name="Анна", team="a", tiers=frozenset({1, 2}), skills={"ru": 9, "en": 3}),
            Agent(id=0, name="Bo", lead=True),
        ]
    )
    assert await world.store.agents() == agents
    trunks = [Trunk(name="one", channels=30, calls_per_s=5.5, prefixes=("+1", "+44"), cost_per_minute=0.02)]
    await world.add_trunks(trunks)
    assert await world.store.trunks() == trunks
