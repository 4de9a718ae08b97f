"""Facts from PostgreSQL: the same figures as from the engines' objects, and as hand-written SQL counts them."""

from __future__ import annotations

import importlib.util
import sys
from pathlib import Path
from typing import Any

import asyncpg
import pytest

from callwright.adapters.postgres.campaign_json import campaign_to_json
from callwright.adapters.postgres.facts import PostgresFacts
from callwright.analytics.definition import Dimension
from callwright.analytics.facts import Period, facts_from_objects
from callwright.analytics.measure import Measure
from callwright.kit.errors import StoreUnavailable

# the floor of the unit tests: a conftest is no module, so it is read from its file
_FILE = Path(__file__).parents[2] / "unit" / "analytics" / "conftest.py"
_SPEC = importlib.util.spec_from_file_location("generated_floor", _FILE)
assert _SPEC is not None
assert _SPEC.loader is not None
generated_floor = importlib.util.module_from_spec(_SPEC)
sys.modules["generated_floor"] = generated_floor
_SPEC.loader.exec_module(generated_floor)

# Constant pieces of hand-written statements, nothing from outside: hence the noqa below.
OUTBOUND = "a.mode <> 'inbound'"
MACHINE = "coalesce(a.outcome, '') in ('machine', 'fax', 'screening', 'fax_sent')"
PERSON = (
    "((a.person_at is not null or coalesce(a.outcome, '') in "
    f"('talked', 'message_played', 'abandoned', 'hung_up_waiting')) and not {MACHINE})"
)
OURS = "coalesce(a.outcome, '') in ('carrier_failure', 'our_failure', 'dropped')"
MADE = f"({OUTBOUND} and not ({OURS} and not {PERSON}))"
REACHED_IDS = (
    "select lead_id from attempts b join dispositions e on (e.campaign_id, e.code) = (b.campaign_id, b.disposition) "
    "where e.reached and lead_id is not null"
)
CLOSED = "(l.status in ('done', 'exhausted', 'uncallable') or coalesce(l.last_outcome, '') = 'suspended')"
UNREACHED_IDS = f"select l.id from leads l where l.id not in ({REACHED_IDS}) and not {CLOSED}"  # noqa: S608
CALLS = "from attempts a left join dispositions d on (d.campaign_id, d.code) = (a.campaign_id, a.disposition) where"
SECONDS = "select sum(extract(epoch from ended_at - began_at)) from"

BY_HAND = {
    "accounts": "select count(*) from leads",
    "useless": f"select count(*) from leads l where l.id not in ({REACHED_IDS}) and {CLOSED}",  # noqa: S608
    "accounts_called": f"select count(distinct lead_id) {CALLS} {MADE}",
    "calls_made": f"select count(*) {CALLS} {MADE}",
    "calls_failed_ours": f"select count(*) {CALLS} {OUTBOUND} and {OURS} and not {PERSON}",
    "calls_repeat": f"select count(*) {CALLS} {MADE} and try_no >= 2",
    "redials_after_abandon": f"select count(*) {CALLS} {MADE} and redial_of is not null",
    "answered": f"select count(*) {CALLS} {OUTBOUND} and {PERSON}",
    "connected": f"select count(*) {CALLS} {OUTBOUND} and coalesce(left_at, ended_at) > connected_at",
    "reached": f"select count(distinct lead_id) {CALLS} d.reached",
    "unreached": f"select count(distinct lead_id) {CALLS} {MADE} and lead_id in ({UNREACHED_IDS})",
    "attempts_on_unreached": f"select count(*) {CALLS} {MADE} and lead_id in ({UNREACHED_IDS})",
    "completed": f"select count(distinct lead_id) {CALLS} d.completed",
    "successful": f"select count(distinct lead_id) {CALLS} (d.success or d.completed and a.campaign_id = 2)",
    "offered": f"select count(*) {CALLS} {OUTBOUND} and {PERSON} and transfer is not null",
    "transferred": f"select count(*) {CALLS} {OUTBOUND} and {PERSON} and transfer = 'picked_up'",
    "abandoned": f"select count(*) {CALLS} {OUTBOUND} and {PERSON} and "
    f"(outcome = 'abandoned' or ({OURS} and connected_at is null))",
    "put_through": f"select count(*) {CALLS} {OUTBOUND} and {PERSON} and not ({OURS} and connected_at is null) "  # noqa: S608
    "and outcome is distinct from 'abandoned' and (connected_at is not null or outcome = 'message_played')",
    "given_to_agents": f"select count(*) {CALLS} {OUTBOUND} and {PERSON} and connected_at is not null",
    "given_within_2s": f"select count(*) {CALLS} {OUTBOUND} and {PERSON} "
    "and connected_at - answered_at < interval '2.00001 s'",
    "greetings_heard": f"select count(*) {CALLS} {OUTBOUND} and {PERSON} "
    "and connected_at is not null and greeting_ended_at is not null",
    "given_within_2s_of_greeting": f"select count(*) {CALLS} {OUTBOUND} and {PERSON} "
    "and connected_at - greeting_ended_at < interval '2.00001 s'",
    "callers_due": "select count(*) from attempts where mode = 'inbound' and (connected_at is not null "
    "or ended_at - answered_at > interval '20.000001 s')",
    "callers_in_time": "select count(*) from attempts where mode = 'inbound' "
    "and connected_at - answered_at <= interval '20.000001 s'",
    "complaints": "select count(*) from complaints",
    "revenue": "select sum(amount) from orders",
    "ring_s": f"select sum(extract(epoch from coalesce(answered_at, ended_at) - rang_at)) {CALLS} {MADE}",  # noqa: S608
    "hold_s": "select sum(hold_s) from attempts",
    "paid_s": f"{SECONDS} shifts where paid",
    "scheduled_s": f"{SECONDS} shifts",
    "login_s": f"{SECONDS} agent_states where state <> 'offline'",
    "talk_s": f"{SECONDS} agent_states where state = 'in_call'",
    "prep_s": f"{SECONDS} agent_states where state in ('preview', 'reserved')",
    "wrap_s": f"{SECONDS} agent_states where state = 'wrap_up'",
    "idle_s": f"{SECONDS} agent_states where state = 'ready'",
    "not_ready_s": f"{SECONDS} agent_states where state = 'not_ready'",
    "playback_s": f"{SECONDS} agent_states where state = 'not_ready' and reason = 'playback'",
    "internal_s": f"{SECONDS} agent_states where state = 'not_ready' and reason = 'internal'",
    "pay": "select sum(extract(epoch from s.ended_at - s.began_at) / 3600 * pay_per_hour) from shifts s "
    "join agents on agents.id = agent_id where paid",
    "agent_days_scheduled": "select count(*) from (select distinct agent_id, date(t) from shifts, "
    "generate_series(date_trunc('hour', began_at), ended_at - interval '1 microsecond', interval '1 hour') t) x",
}


async def store_floor(connection: Any, floor: Any) -> None:
    """The floor's objects as rows, as the store would have written them."""
    rows = connection.executemany
    for c in floor.campaigns:
        await connection.execute(
            "insert into campaigns (id, name, config) overriding system value values ($1, $2, $3)",
            c.id,
            c.name,
            campaign_to_json(c),
        )
        await rows(
            "insert into dispositions (campaign_id, code, reached, effective, interested, completed, success) "
            "values ($1, $2, $3, $4, $5, $6, $7)",
            [
                (c.id, d.code, d.reached, d.effective, d.interested, d.completed, d.success)
                for d in c.dispositions.values()
            ],
        )
    await rows("insert into lists (id, name) overriding system value values ($1, $2)", [(1, "spring"), (2, "autumn")])
    await rows(
        "insert into agents (id, name, team, site, pay_per_hour) overriding system value values ($1, $2, $3, $4, $5)",
        [(a.id, a.name, a.team, a.site, a.pay_per_hour) for a in floor.agents],
    )
    await rows("insert into customers (id) overriding system value values ($1)", [(x.id,) for x in floor.leads])
    await rows(
        "insert into leads (id, list_id, campaign_id, customer_id, tier, status, last_outcome) overriding system value "
        "values ($1, $2, $3, $4, $5, $6, $7)",
        [(x.id, x.list_id, x.campaign_id, x.customer_id, x.tier, x.status.value, x.last_outcome) for x in floor.leads],
    )
    await rows(
        "insert into attempts (id, campaign_id, list_id, lead_id, customer_id, number, mode, state, tier, try_no, "
        "redial_of, caller_id, agent_id, dialed_at, rang_at, answered_at, person_at, connected_at, ended_at, outcome, "
        "disposition, hold_s, transfer, cost, greeting_ended_at, left_at, alone_s) "
        "values ($1, $2, $3, $4, $5, $6, $7, 'ended', $8, $9, $10, $11, $12, "
        "to_timestamp($13), to_timestamp($14), to_timestamp($15), to_timestamp($16), to_timestamp($17), "
        "to_timestamp($18), $19, $20, $21, $22, $23, to_timestamp($24), to_timestamp($25), $26)",
        [
            (
                *(a.id, a.campaign_id, a.list_id, a.lead_id, a.customer_id, a.number, a.mode.value, a.tier, a.try_no),
                *(a.redial_of, a.caller_id, a.agent_id, a.dialed_at, a.rang_at, a.answered_at, a.person_at),
                *(a.connected_at, a.ended_at, a.outcome and a.outcome.value, a.disposition, a.hold_s, a.transfer),
                *(a.cost, a.greeting_ended_at, a.left_at, a.alone_s),
            )
            for a in floor.attempts
        ],
    )
    await rows(
        "insert into agent_states (agent_id, state, reason, began_at, ended_at, campaign_id) "
        "values ($1, $2, $3, to_timestamp($4), to_timestamp($5), $6)",
        [(i.agent_id, i.state.value, i.reason, i.began_at, i.ended_at, i.campaign_id) for i in floor.intervals],
    )
    await rows(
        "insert into shifts (agent_id, began_at, ended_at, paid) values ($1, to_timestamp($2), to_timestamp($3), $4)",
        [(s.agent_id, s.began_at, s.ended_at, s.paid) for s in floor.shifts],
    )
    campaign_of = {a.id: a.campaign_id for a in floor.attempts}
    await rows(
        "insert into orders (attempt_id, campaign_id, at, amount) values ($1, $2, now(), $3)",
        [(o.attempt_id, campaign_of[o.attempt_id], o.amount) for o in floor.orders],
    )
    await rows("insert into complaints (attempt_id, at) values ($1, now())", [(c,) for c in floor.complaints])


@pytest.fixture
async def stored(database_url: str) -> tuple[str, Any]:
    floor = generated_floor.make_floor(11, 400)
    connection = await asyncpg.connect(database_url, server_settings={"timezone": "UTC"})
    await store_floor(connection, floor)
    await connection.close()
    return database_url, floor


def differences(ours: Any, theirs: Any) -> dict[str, tuple[Any, Any]]:
    return {
        k: (ours[k], v) for k, v in theirs.items() if ours[k] != (None if v is None else pytest.approx(v, abs=2e-3))
    }


async def test_every_count_equals_hand_written_sql(stored: tuple[str, Any]) -> None:
    url, _ = stored
    counts = Measure(await PostgresFacts(url).load([])).total()
    connection = await asyncpg.connect(url, server_settings={"timezone": "UTC"})
    by_hand = {name: float(await connection.fetchval(sql) or 0) for name, sql in BY_HAND.items()}
    await connection.close()
    assert differences(counts, by_hand) == {}
    assert sum(1 for v in by_hand.values() if v) > 25  # the floor has something of nearly everything


@pytest.mark.parametrize(
    "by", [(), (Dimension.AGENT,), (Dimension.CAMPAIGN, Dimension.TIER), (Dimension.DAY, Dimension.HOUR)]
)
async def test_the_same_figures_as_from_objects(stored: tuple[str, Any], by: tuple[Dimension, ...]) -> None:
    url, floor = stored
    theirs = Measure(facts_from_objects(**floor.as_facts_arguments()), tz="Asia/Shanghai").by(by)
    ours = Measure(await PostgresFacts(url).load([]), tz="Asia/Shanghai").by(by)
    assert [g.key for g in ours] == [g.key for g in theirs]
    for mine, yours in zip(ours, theirs, strict=True):
        assert differences(mine.counts, yours.counts) == {}, mine.key


async def test_one_campaign_and_a_period(stored: tuple[str, Any]) -> None:
    url, floor = stored
    at = sorted(a.dialed_at for a in floor.attempts)
    period = Period(from_at=at[100], until_at=at[300])
    arguments = {**floor.as_facts_arguments(), "campaigns": floor.campaigns[:1]}
    theirs = Measure(facts_from_objects(**arguments, period=period)).total()
    ours = Measure(await PostgresFacts(url).load([1], period)).total()
    assert differences(ours, theirs) == {}


async def test_a_campaign_without_calls(database_url: str) -> None:
    connection = await asyncpg.connect(database_url)
    await connection.execute("insert into campaigns (name, config) values ('new', '{}')")
    await connection.close()
    counts = Measure(await PostgresFacts(database_url).load([])).total()
    assert counts["calls_made"] == counts["accounts"] == counts["login_s"] == 0


async def test_a_database_that_does_not_answer() -> None:
    with pytest.raises(StoreUnavailable, match="does not answer"):
        await PostgresFacts("postgresql://nobody@127.0.0.1:1/none").load([])
