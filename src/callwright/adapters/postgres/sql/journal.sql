-- name: save_dead_phones
update phones p set dead = n.why, dead_at = now()
from unnest($1::bigint[], $2::text[]) as n (id, why)
where p.id = n.id and p.dead is null;

-- name: save_intervals
insert into agent_states (agent_id, state, reason, began_at, ended_at, campaign_id, attempt_id)
select agent_id, state, reason, to_timestamp(began_at), to_timestamp(ended_at), campaign_id, attempt_id
from unnest($1::bigint[], $2::text[], $3::text[], $4::float8[], $5::float8[], $6::bigint[], $7::bigint[])
    as n (agent_id, state, reason, began_at, ended_at, campaign_id, attempt_id);

-- name: save_ledger
insert into ledger (at, decision, rule, packs, number, customer_id, lead_id, campaign_id, attempt_id, digest, until)
select
    to_timestamp(at), decision, rule, packs, number, customer_id, lead_id, campaign_id, attempt_id, digest,
    to_timestamp(until)
from unnest(
    $1::float8[], $2::text[], $3::text[], $4::text[], $5::text[], $6::bigint[], $7::bigint[], $8::bigint[],
    $9::bigint[], $10::text[], $11::float8[]
) as n (at, decision, rule, packs, number, customer_id, lead_id, campaign_id, attempt_id, digest, until);

-- name: save_orders
insert into orders (attempt_id, lead_id, customer_id, campaign_id, agent_id, at, amount)
select attempt_id, lead_id, customer_id, campaign_id, agent_id, to_timestamp(at), amount
from unnest($1::bigint[], $2::bigint[], $3::bigint[], $4::bigint[], $5::bigint[], $6::float8[], $7::float8[])
    as n (attempt_id, lead_id, customer_id, campaign_id, agent_id, at, amount);

-- name: save_legs
insert into legs (attempt_id, kind, agent_id, began_at, answered_at, ended_at)
select attempt_id, kind, agent_id, to_timestamp(began_at), to_timestamp(answered_at), to_timestamp(ended_at)
from unnest($1::bigint[], $2::text[], $3::bigint[], $4::float8[], $5::float8[], $6::float8[])
    as n (attempt_id, kind, agent_id, began_at, answered_at, ended_at);

-- name: save_callbacks
insert into callbacks (lead_id, campaign_id, agent_id, due_at, made_by_attempt_id)
select lead_id, campaign_id, agent_id, to_timestamp(due_at), made_by_attempt_id
from unnest($1::bigint[], $2::bigint[], $3::bigint[], $4::float8[], $5::bigint[])
    as n (lead_id, campaign_id, agent_id, due_at, made_by_attempt_id);

-- name: save_outbox
insert into outbox (topic, payload) select topic, payload::jsonb from unnest($1::text[], $2::text[]) as n (topic, payload);

-- name: lock_people_for_ban
select count(pg_advisory_xact_lock(key))
from (select distinct hashtextextended(word, 0) as key from unnest($1::text[]) as word order by key) as keys;

-- name: lock_all_prefixes
select pg_advisory_xact_lock(7301100429);

-- name: save_bans
insert into bans (number, customer_id, scope, campaign_id, at, until, source, reason)
select number, customer_id, scope, campaign_id, to_timestamp(at), to_timestamp(until), source, reason
from unnest(
    $1::text[], $2::bigint[], $3::text[], $4::bigint[], $5::float8[], $6::float8[], $7::text[], $8::text[]
) as n (number, customer_id, scope, campaign_id, at, until, source, reason);

-- name: save_freezes
insert into freezes (number, customer_id, from_at, until_at, reason, confirmed_by)
select number, customer_id, to_timestamp(from_at), to_timestamp(until_at), reason, confirmed_by
from unnest($1::text[], $2::bigint[], $3::float8[], $4::float8[], $5::text[], $6::text[])
    as n (number, customer_id, from_at, until_at, reason, confirmed_by);

-- name: save_consents
insert into consents (customer_id, kind, granted_at, expires_at, revoked_at, proof)
select customer_id, kind, to_timestamp(granted_at), to_timestamp(expires_at), to_timestamp(revoked_at), proof
from unnest($1::bigint[], $2::text[], $3::float8[], $4::float8[], $5::float8[], $6::text[])
    as n (customer_id, kind, granted_at, expires_at, revoked_at, proof);

-- name: mark_commit
-- Waits for another transaction with this mark; true where there is none that committed.
insert into commit_marks (mark) values ($1) on conflict do nothing returning true;

-- name: forget_old_marks
delete from commit_marks where at < now() - interval '1 day';
