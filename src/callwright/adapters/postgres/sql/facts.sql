-- The raw material of the figures, copied out in binary. Every column has a fixed width and no nulls, so that a million
-- rows are read as one array: absent ids are -1, absent instants -infinity, words travel as their 64-bit hash (0: none)
-- and are looked up once per distinct word.

-- name: fact_attempts
-- marks: tier in the lowest three bits, then one bit each: redial, inbound, person, offered, picked up; then the try
select
    id, campaign_id, coalesce(list_id, -1), coalesce(lead_id, -1), coalesce(agent_id, -1),
    tier
    + case when redial_of is null then 0 else 8 end
    + case when mode = 'inbound' then 16 else 0 end
    + case when person_at is null then 0 else 32 end
    + case when transfer is null then 0 when transfer = 'picked_up' then 192 else 64 end
    + try_no * 256,
    dialed_at, coalesce(rang_at, '-infinity'), coalesce(answered_at, '-infinity'),
    coalesce(greeting_ended_at, '-infinity'), coalesce(connected_at, '-infinity'),
    coalesce(left_at, '-infinity'), coalesce(ended_at, '-infinity'),
    coalesce(hashtextextended(caller_id, 0), 0), coalesce(hashtextextended(outcome, 0), 0),
    coalesce(hashtextextended(disposition, 0), 0),
    hold_s, alone_s, cost
from attempts
where campaign_id = any($1::bigint[]) and dialed_at >= to_timestamp($2::float8) and dialed_at < to_timestamp($3::float8)

-- name: fact_attempt_span
select extract(epoch from min(lo.dialed_at))::float8 as first_at, extract(epoch from max(hi.dialed_at))::float8 as last_at
from unnest($1::bigint[]) as c (id)
cross join lateral (
    select a.dialed_at from attempts as a
    where a.campaign_id = c.id and a.dialed_at >= to_timestamp($2::float8) and a.dialed_at < to_timestamp($3::float8)
    order by a.dialed_at limit 1
) as lo
cross join lateral (
    select a.dialed_at from attempts as a
    where a.campaign_id = c.id and a.dialed_at >= to_timestamp($2::float8) and a.dialed_at < to_timestamp($3::float8)
    order by a.dialed_at desc limit 1
) as hi

-- name: fact_attempt_words
select id, caller_id, outcome, disposition from attempts where id = any($1::bigint[])

-- name: fact_leads
select
    id, coalesce(campaign_id, -1), list_id, tier, hashtextextended(status, 0),
    coalesce(hashtextextended(last_outcome, 0), 0)
from leads
where campaign_id = any($1::bigint[])

-- name: fact_lead_words
select id, status, last_outcome from leads where id = any($1::bigint[])

-- name: fact_leads_reached_outside
select distinct lead_id
from attempts
where
    campaign_id = any($1::bigint[]) and lead_id is not null
    and not (dialed_at >= to_timestamp($2::float8) and dialed_at < to_timestamp($3::float8))
    and (campaign_id, disposition) in (select * from unnest($4::bigint[], $5::text[]))

-- name: fact_intervals
select
    id, agent_id, coalesce(campaign_id, -1), began_at, ended_at, hashtextextended(state, 0),
    coalesce(hashtextextended(reason, 0), 0)
from agent_states
where
    (
        campaign_id = any($1::bigint[])
        or (
            campaign_id is null
            and agent_id not in (
                select g.id from agents as g
                where
                    exists (select from agent_states as s where s.agent_id = g.id and s.campaign_id is not null)
                    and not exists (
                        select from agent_states as s where s.agent_id = g.id and s.campaign_id = any($1::bigint[])
                    )
            )
        )
    )
    and ended_at > to_timestamp($2::float8) and began_at < to_timestamp($3::float8)

-- name: fact_interval_words
select id, state, reason from agent_states where id = any($1::bigint[])

-- name: fact_shifts
select agent_id, extract(epoch from began_at)::float8, extract(epoch from ended_at)::float8, paid
from shifts
where
    ended_at > to_timestamp($2::float8) and began_at < to_timestamp($3::float8)
    and agent_id in (
        select agent_id from agent_states where campaign_id = any($1::bigint[])
        union
        select agent_id from attempts where campaign_id = any($1::bigint[]) and agent_id is not null
    )

-- name: fact_orders
select o.attempt_id, o.amount
from orders as o
where o.campaign_id = any($1::bigint[])

-- name: fact_complaints
select c.attempt_id
from complaints as c
inner join attempts as a on a.id = c.attempt_id
where a.campaign_id = any($1::bigint[])

-- name: fact_campaigns
select id, name, config from campaigns where cardinality($1::bigint[]) = 0 or id = any($1::bigint[]) order by id

-- name: fact_agents
select id, name, team, site, pay_per_hour from agents

-- name: fact_lists
select id, name from lists
