-- name: promote_due
-- In steps, so that a morning on which a million leads come due does not hold everybody up.
with promoted as (
    update leads set status = 'due'
    where id = any(array(
        select id from leads
        where campaign_id = $1 and status = 'waiting' and next_at <= to_timestamp($2)
        order by next_at limit 5000
        for update skip locked
    ))
    returning 1
)
select count(*) from promoted;

-- name: claim_leads
-- The inner array comes from ix_leads_due alone, whatever the planner thinks of the limit.
-- The mark $2 is locked, so that a claim whose answer was lost can be waited for.
with turn as materialized (select pg_advisory_xact_lock(hashtextextended($2, 0)))
update leads set status = 'claimed', claimed_by = $2
from turn
where id = any(array(
    select id from leads
    where campaign_id = $1 and status = 'due' and owner_agent_id is null and callback_agent_id is null
    order by priority desc, next_at, id limit $3
    for update skip locked
))
returning id;

-- name: claim_leads_of_list
with turn as materialized (select pg_advisory_xact_lock(hashtextextended($2, 0)))
update leads set status = 'claimed', claimed_by = $2
from turn
where id = any(array(
    select id from leads
    where campaign_id = $1 and list_id = $4 and status = 'due'
        and owner_agent_id is null and callback_agent_id is null
    order by priority desc, next_at, id limit $3
    for update skip locked
))
returning id;

-- name: claim_leads_of_agents
with turn as materialized (select pg_advisory_xact_lock(hashtextextended($2, 0)))
update leads set status = 'claimed', claimed_by = $2
from turn
where id = any(array(
    select id from leads
    where campaign_id = $1 and status = 'due' and (owner_agent_id is not null or callback_agent_id is not null)
        and (owner_agent_id = any($4::bigint[]) or callback_agent_id = any($4::bigint[]))
        and ($5::bigint is null or list_id = $5)
    order by priority desc, next_at, id limit $3
    for update skip locked
))
returning id;

-- name: free_missed_callbacks
update leads set callback_agent_id = null
where campaign_id = $1 and status = 'due' and (owner_agent_id is not null or callback_agent_id is not null)
    and callback_agent_id is not null and next_at < to_timestamp($2);

-- name: completed_records
select c.facts
from customers c
join leads l on l.customer_id = c.id
where l.id in (
    select a.lead_id from attempts a
    join dispositions d on d.campaign_id = a.campaign_id and d.code = a.disposition
    where a.campaign_id = $1 and d.completed
);

-- name: leads_by_id
select
    l.id, l.campaign_id, l.list_id, l.customer_id, l.tier, l.priority, l.status,
    extract(epoch from l.next_at)::float8 as next_at, l.next_phone_id, l.tries, l.outcome_tries, l.phone_tries,
    l.last_outcome, l.last_attempt_id, extract(epoch from l.last_attempt_at)::float8 as last_attempt_at, l.redial_of,
    l.callback, l.callback_agent_id, l.owner_agent_id, l.called_since_reset,
    c.name, c.language, c.time_zone, c.facts, c.caller_id as shown_as
from leads l
join customers c on c.id = l.customer_id
where l.id = any($1::bigint[])
order by l.priority desc, l.next_at, l.id;

-- name: phones_of_customers
select id, customer_id, number, country, region, line_type, carrier, zones, position, dead
from phones
where customer_id = any($1::bigint[])
order by customer_id, position, id;

-- name: release_leads
update leads set status = 'due', claimed_by = null where id = any($1::bigint[]) and status = 'claimed';

-- name: wait_for_claim
select pg_advisory_xact_lock(hashtextextended($1, 0));

-- name: unclaim_doubtful
-- Committed perhaps, but the answer was lost. Each claim has a mark of its own.
update leads set status = 'due', claimed_by = null where campaign_id = $1 and status = 'claimed' and claimed_by = $2;

-- name: claimed_lead_ids
select id from leads where campaign_id = $1 and status = 'claimed';

-- name: lead_id_for_number
select l.id
from phones p
join leads l on l.customer_id = p.customer_id and l.campaign_id = $1
where p.number = $2
order by l.id
limit 1;

-- name: save_leads
update leads l set
    status = n.status, priority = n.priority, next_at = to_timestamp(n.next_at), next_phone_id = n.next_phone_id,
    tries = n.tries, outcome_tries = n.outcome_tries::jsonb, phone_tries = n.phone_tries::jsonb,
    last_outcome = n.last_outcome, last_attempt_id = n.last_attempt_id,
    last_attempt_at = to_timestamp(n.last_attempt_at), redial_of = n.redial_of, callback = n.callback,
    callback_agent_id = n.callback_agent_id, owner_agent_id = n.owner_agent_id,
    called_since_reset = n.called_since_reset,
    claimed_by = case when n.status = 'claimed' then l.claimed_by end
from unnest(
    $1::bigint[], $2::text[], $3::int[], $4::float8[], $5::bigint[], $6::int[], $7::text[], $8::text[], $9::text[],
    $10::bigint[], $11::float8[], $12::bigint[], $13::bool[], $14::bigint[], $15::bigint[], $16::bool[]
) as n (
    id, status, priority, next_at, next_phone_id, tries, outcome_tries, phone_tries, last_outcome,
    last_attempt_id, last_attempt_at, redial_of, callback, callback_agent_id, owner_agent_id, called_since_reset
)
where l.id = n.id;

-- name: progress
select
    coalesce(sum(leads), 0)::bigint as leads, coalesce(sum(open), 0)::bigint as open, count(*) as rows,
    case
        when exists (select from leads where campaign_id = $1 and status = 'due'
            and owner_agent_id is null and callback_agent_id is null) then 0.0
        when exists (select from leads where campaign_id = $1 and status = 'due'
            and (owner_agent_id is not null or callback_agent_id is not null)) then 0.0
        else (select extract(epoch from min(next_at)) from leads where campaign_id = $1 and status = 'waiting')
    end::float8 as next_due_at
from lead_counts where campaign_id = $1;

-- name: fold_lead_counts
with gone as (
    delete from lead_counts
    where id = any(array(select id from lead_counts where campaign_id = $1 for update skip locked))
    returning leads, open
)
insert into lead_counts (campaign_id, leads, open) select $1, sum(leads), sum(open) from gone having count(*) > 0;
