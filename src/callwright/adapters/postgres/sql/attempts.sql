-- name: reserve_attempt_ids
-- The last of $1 consecutive ids; the lock makes nextval and setval one step.
with turn as materialized (select pg_advisory_xact_lock(7301100428))
select setval('attempt_ids', nextval('attempt_ids') + $1 - 1) from turn;

-- name: lock_people
-- The lock that a do-not-call write takes: every number and customer, in one order for everybody; and then, shared, the
-- lock of bans that name the beginning of a number.
select pg_advisory_xact_lock_shared(7301100429), count(pg_advisory_xact_lock(key))
from (select distinct hashtextextended(word, 0) as key from unnest($1::text[]) as word order by key) as keys;

-- name: people
-- All that the rules ask about the people behind these numbers ($1) and customers ($2), as committed: the lock came
-- before, so nothing is missed. Columns mean: bans scope, reason, source, at, until; freezes confirmed_by, reason, -,
-- from, until, lifted; consents kind, proof, -, granted, expires, revoked; history state, outcome, disposition, dialed,
-- rang, ended.
select
    'b' as kind, id, number, customer_id, campaign_id, null::bigint as lead_id, scope as a, reason as b, source as c,
    extract(epoch from at)::float8 as x, extract(epoch from until)::float8 as y, null::float8 as z
from bans where number = any($1::text[])
union all
select
    'b', id, number, customer_id, campaign_id, null, scope, reason, source,
    extract(epoch from at)::float8, extract(epoch from until)::float8, null
from bans where customer_id = any($2::bigint[])
union all
select
    'b', id, number, customer_id, campaign_id, null, scope, reason, source,
    extract(epoch from at)::float8, extract(epoch from until)::float8, null
from bans where scope = 'prefix'
union all
select
    'f', id, number, customer_id, null, null, confirmed_by, reason, null,
    extract(epoch from from_at)::float8, extract(epoch from until_at)::float8, null
from freezes where number = any($1::text[]) and lifted_at is null
union all
select
    'f', id, number, customer_id, null, null, confirmed_by, reason, null,
    extract(epoch from from_at)::float8, extract(epoch from until_at)::float8, null
from freezes where customer_id = any($2::bigint[]) and lifted_at is null
union all
select
    'c', id, null, customer_id, null, null, kind, proof, null,
    extract(epoch from granted_at)::float8, extract(epoch from expires_at)::float8,
    extract(epoch from revoked_at)::float8
from consents where customer_id = any($2::bigint[])
union all
select
    'h', id, number, customer_id, campaign_id, lead_id, state, outcome, disposition,
    extract(epoch from dialed_at)::float8, extract(epoch from rang_at)::float8, extract(epoch from ended_at)::float8
from attempts where number = any($1::text[]) and dialed_at >= to_timestamp($3)
union all
select
    'h', id, number, customer_id, campaign_id, lead_id, state, outcome, disposition,
    extract(epoch from dialed_at)::float8, extract(epoch from rang_at)::float8, extract(epoch from ended_at)::float8
from attempts where customer_id = any($2::bigint[]) and dialed_at >= to_timestamp($3);

-- name: open_attempts
-- The attempts and, of those that were stored, the ledger's yes. Rows that meet a live attempt are left out.
with opened as (
    insert into attempts (
        id, campaign_id, list_id, lead_id, customer_id, phone_id, number, mode, state, tier, try_no, number_try_no,
        redial_of, caller_id, trunk, agent_id, answer_probability, permit, dialed_at
    )
    select
        id, campaign_id, list_id, lead_id, customer_id, phone_id, number, mode, 'dialing', tier, try_no, number_try_no,
        redial_of, caller_id, trunk, agent_id, answer_probability, permit, to_timestamp(dialed_at)
    from unnest(
        $1::bigint[], $2::bigint[], $3::bigint[], $4::bigint[], $5::bigint[], $6::bigint[], $7::text[], $8::text[],
        $9::smallint[], $10::int[], $11::int[], $12::bigint[], $13::text[], $14::text[], $15::bigint[], $16::real[],
        $17::text[], $18::float8[]
    ) as n (
        id, campaign_id, list_id, lead_id, customer_id, phone_id, number, mode, tier, try_no, number_try_no,
        redial_of, caller_id, trunk, agent_id, answer_probability, permit, dialed_at
    )
    on conflict do nothing
    returning id
), noted as (
    insert into ledger (at, decision, rule, packs, number, customer_id, lead_id, campaign_id, attempt_id, digest)
    select to_timestamp(at), 'permit', '', packs, number, customer_id, lead_id, campaign_id, id, digest
    from unnest(
        $1::bigint[], $2::bigint[], $4::bigint[], $5::bigint[], $7::text[], $17::text[], $19::float8[], $20::text[]
    ) as n (id, campaign_id, lead_id, customer_id, number, packs, at, digest)
    join opened using (id)
)
select id, pg_current_xact_id()::text as xid from opened;

-- name: fail_doubtful_attempts
-- Committed, but the commit's answer was lost and the network was never asked.
update attempts set state = 'ended', outcome = 'our_failure', ended_at = dialed_at
where id = any($1::bigint[]) and state = 'dialing';

-- name: save_attempts
insert into attempts as a (
    id, campaign_id, list_id, lead_id, customer_id, phone_id, number, mode, state, tier, try_no, number_try_no,
    redial_of, caller_id, trunk, agent_id, answer_probability, permit, dialed_at, rang_at, answered_at, person_at,
    connected_at, ended_at, disposed_at, sip, q850, media, outcome, disposition, hold_s, wrap_s, keys, ended_by,
    transfer, cost
)
select
    id, campaign_id, list_id, lead_id, customer_id, phone_id, number, mode, state, tier, try_no, number_try_no,
    redial_of, caller_id, trunk, agent_id, answer_probability, permit, to_timestamp(dialed_at), to_timestamp(rang_at),
    to_timestamp(answered_at), to_timestamp(person_at), to_timestamp(connected_at), to_timestamp(ended_at),
    to_timestamp(disposed_at), sip, q850, media, outcome, disposition, hold_s, wrap_s, keys, ended_by, transfer, cost
from unnest(
    $1::bigint[], $2::bigint[], $3::bigint[], $4::bigint[], $5::bigint[], $6::bigint[], $7::text[], $8::text[],
    $9::text[], $10::smallint[], $11::int[], $12::int[], $13::bigint[], $14::text[], $15::text[], $16::bigint[],
    $17::real[], $18::text[], $19::float8[], $20::float8[], $21::float8[], $22::float8[], $23::float8[], $24::float8[],
    $25::float8[], $26::smallint[], $27::smallint[], $28::text[], $29::text[], $30::text[], $31::float8[],
    $32::float8[], $33::text[], $34::text[], $35::text[], $36::float8[]
) as n (
    id, campaign_id, list_id, lead_id, customer_id, phone_id, number, mode, state, tier, try_no, number_try_no,
    redial_of, caller_id, trunk, agent_id, answer_probability, permit, dialed_at, rang_at, answered_at, person_at,
    connected_at, ended_at, disposed_at, sip, q850, media, outcome, disposition, hold_s, wrap_s, keys, ended_by,
    transfer, cost
)
on conflict (id) do update set
    state = excluded.state, trunk = excluded.trunk, agent_id = excluded.agent_id, rang_at = excluded.rang_at,
    answered_at = excluded.answered_at, person_at = excluded.person_at, connected_at = excluded.connected_at,
    ended_at = excluded.ended_at, disposed_at = excluded.disposed_at, sip = excluded.sip, q850 = excluded.q850,
    media = excluded.media, outcome = excluded.outcome, disposition = excluded.disposition, hold_s = excluded.hold_s,
    wrap_s = excluded.wrap_s, keys = excluded.keys, ended_by = excluded.ended_by, transfer = excluded.transfer,
    cost = excluded.cost;

-- name: unfinished_attempts
select
    id, campaign_id, list_id, lead_id, customer_id, phone_id, number, mode, state, tier, try_no, number_try_no,
    redial_of, caller_id, trunk, agent_id, answer_probability, permit, extract(epoch from dialed_at)::float8 as dialed_at,
    extract(epoch from rang_at)::float8 as rang_at, extract(epoch from answered_at)::float8 as answered_at,
    extract(epoch from person_at)::float8 as person_at, extract(epoch from connected_at)::float8 as connected_at,
    extract(epoch from ended_at)::float8 as ended_at, extract(epoch from disposed_at)::float8 as disposed_at,
    sip, q850, media, outcome, disposition, hold_s, wrap_s, keys, ended_by, transfer, cost
from attempts
where campaign_id = $1 and state not in ('ended', 'unknown')
order by id;

-- name: answers_since
select
    count(*) filter (where case when outcome is null then person_at is not null
        else outcome in ('talked', 'message_played', 'abandoned', 'hung_up_waiting') end) as by_person,
    count(*) filter (where outcome = 'abandoned') as abandoned
from attempts
where campaign_id = $1 and answered_at is not null and answered_at >= to_timestamp($2);
