-- name: reserve_attempt_ids
-- The last of $1 consecutive ids; the lock makes nextval and setval one step.
with turn as materialized (select pg_advisory_xact_lock(7301100428))
select setval('attempt_ids', nextval('attempt_ids') + $1 - 1) from turn;

-- name: people_under_lock
-- Locks the words $1 (numbers and customers), then reads all that the rules ask about the people behind the numbers $2 and
-- the customers $3, calls since $4; as committed, because the lock came before the read. The function is in migration 0003.
select kind, id, number, customer_id, campaign_id, lead_id, a, b, c, x, y, z
from people_under_lock($1::text[], $2::text[], $3::bigint[], $4::float8);

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
select id from opened;

-- name: fail_doubtful_attempts
-- Committed, but the commit's answer was lost and the network was never asked.
update attempts set state = 'ended', outcome = 'our_failure', ended_at = dialed_at
where id = any($1::bigint[]) and state = 'dialing';

-- name: save_attempts
insert into attempts as a (
    id, campaign_id, list_id, lead_id, customer_id, phone_id, number, mode, state, tier, try_no, number_try_no,
    redial_of, caller_id, trunk, agent_id, answer_probability, permit, dialed_at, rang_at, answered_at, person_at,
    connected_at, ended_at, disposed_at, sip, q850, media, outcome, disposition, hold_s, wrap_s, keys, ended_by,
    transfer, cost, greeting_ended_at, left_at, alone_s
)
select
    id, campaign_id, list_id, lead_id, customer_id, phone_id, number, mode, state, tier, try_no, number_try_no,
    redial_of, caller_id, trunk, agent_id, answer_probability, permit, to_timestamp(dialed_at), to_timestamp(rang_at),
    to_timestamp(answered_at), to_timestamp(person_at), to_timestamp(connected_at), to_timestamp(ended_at),
    to_timestamp(disposed_at), sip, q850, media, outcome, disposition, hold_s, wrap_s, keys, ended_by, transfer, cost,
    to_timestamp(greeting_ended_at), to_timestamp(left_at), alone_s
from unnest(
    $1::bigint[], $2::bigint[], $3::bigint[], $4::bigint[], $5::bigint[], $6::bigint[], $7::text[], $8::text[],
    $9::text[], $10::smallint[], $11::int[], $12::int[], $13::bigint[], $14::text[], $15::text[], $16::bigint[],
    $17::real[], $18::text[], $19::float8[], $20::float8[], $21::float8[], $22::float8[], $23::float8[], $24::float8[],
    $25::float8[], $26::smallint[], $27::smallint[], $28::text[], $29::text[], $30::text[], $31::float8[],
    $32::float8[], $33::text[], $34::text[], $35::text[], $36::float8[],
    $37::float8[], $38::float8[], $39::float8[]
) as n (
    id, campaign_id, list_id, lead_id, customer_id, phone_id, number, mode, state, tier, try_no, number_try_no,
    redial_of, caller_id, trunk, agent_id, answer_probability, permit, dialed_at, rang_at, answered_at, person_at,
    connected_at, ended_at, disposed_at, sip, q850, media, outcome, disposition, hold_s, wrap_s, keys, ended_by,
    transfer, cost, greeting_ended_at, left_at, alone_s
)
on conflict (id) do update set
    state = excluded.state, trunk = excluded.trunk, agent_id = excluded.agent_id, rang_at = excluded.rang_at,
    answered_at = excluded.answered_at, person_at = excluded.person_at, connected_at = excluded.connected_at,
    ended_at = excluded.ended_at, disposed_at = excluded.disposed_at, sip = excluded.sip, q850 = excluded.q850,
    media = excluded.media, outcome = excluded.outcome, disposition = excluded.disposition, hold_s = excluded.hold_s,
    wrap_s = excluded.wrap_s, keys = excluded.keys, ended_by = excluded.ended_by, transfer = excluded.transfer,
    cost = excluded.cost, greeting_ended_at = excluded.greeting_ended_at, left_at = excluded.left_at,
    alone_s = excluded.alone_s;

-- name: unfinished_attempts
select
    id, campaign_id, list_id, lead_id, customer_id, phone_id, number, mode, state, tier, try_no, number_try_no,
    redial_of, caller_id, trunk, agent_id, answer_probability, permit, extract(epoch from dialed_at)::float8 as dialed_at,
    extract(epoch from rang_at)::float8 as rang_at, extract(epoch from answered_at)::float8 as answered_at,
    extract(epoch from person_at)::float8 as person_at, extract(epoch from connected_at)::float8 as connected_at,
    extract(epoch from ended_at)::float8 as ended_at, extract(epoch from disposed_at)::float8 as disposed_at,
    sip, q850, media, outcome, disposition, hold_s, wrap_s, keys, ended_by, transfer, cost,
    extract(epoch from greeting_ended_at)::float8 as greeting_ended_at, extract(epoch from left_at)::float8 as left_at,
    alone_s
from attempts
where campaign_id = $1 and state not in ('ended', 'unknown')
order by id;

-- name: answers_since
-- Our calls put through or abandoned, by the minute of their answer; a call under way is answered once a person is known.
select
    greatest($2, extract(epoch from date_trunc('minute', answered_at)))::float8 as at,
    count(*) as answered,
    count(*) filter (where outcome = 'abandoned') as abandoned
from attempts
where campaign_id = $1 and answered_at is not null and answered_at >= to_timestamp($2) and mode <> 'inbound'
    and case when outcome is null then person_at is not null
        else outcome in ('talked', 'message_played', 'abandoned') end
group by 1
order by 1;

-- name: past_dials
-- The newest $3 calls of the campaign since $2 that a person answered or that are over, oldest first, with what was
-- known before each.
with newest as (
    select * from attempts
    where campaign_id = $1 and dialed_at >= to_timestamp($2)
        and (person_at is not null or (state = 'ended' and outcome is not null))
    order by dialed_at desc, id desc
    limit $3
)
select
    a.id, a.mode, a.list_id, a.tier, a.agent_id, coalesce(p.line_type, '') as line_type,
    coalesce(c.time_zone, p.zones[1], '') as zone, a.number_try_no - 1 as tries,
    lag(a.outcome) over earlier as last_outcome, lag(a.disposition) over earlier as last_disposition,
    coalesce(bool_or(a.outcome in ('talked', 'message_played', 'abandoned', 'hung_up_waiting')) over (
        partition by a.lead_id order by a.dialed_at, a.id rows between unbounded preceding and 1 preceding
    ), false) as reached,
    a.answer_probability,
    extract(epoch from a.dialed_at)::float8 as dialed_at, extract(epoch from a.answered_at)::float8 as answered_at,
    extract(epoch from a.person_at)::float8 as person_at, extract(epoch from a.connected_at)::float8 as connected_at,
    extract(epoch from a.ended_at)::float8 as ended_at,
    extract(epoch from a.disposed_at)::float8 as disposed_at,
    coalesce(extract(epoch from coalesce(a.left_at, a.ended_at) - a.connected_at) - a.alone_s, 0)::float8 as talk_s,
    a.wrap_s, a.outcome, a.ended_by
from newest as a
left join phones as p on p.id = a.phone_id
left join customers as c on c.id = a.customer_id
window earlier as (partition by a.lead_id order by a.dialed_at, a.id)
order by a.dialed_at, a.id;
