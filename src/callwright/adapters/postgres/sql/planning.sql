-- What plans are learned from and made for. Words and instants as the history has them; absent ids are 0.

-- name: plan_dials
select
    coalesce(a.lead_id, 0), extract(epoch from a.dialed_at)::float8, coalesce(p.line_type, 'unknown'),
    a.outcome, coalesce(a.disposition, ''),
    coalesce(extract(epoch from coalesce(a.answered_at, a.ended_at) - a.dialed_at), 0)::float8,
    coalesce(extract(epoch from coalesce(a.left_at, a.ended_at) - a.connected_at) - a.alone_s, 0)::float8,
    coalesce(a.agent_id, 0), a.mode = 'inbound'
from attempts as a
left join phones as p on p.id = a.phone_id
where a.campaign_id = $1 and a.outcome is not null
order by a.dialed_at desc
limit $2

-- name: plan_presences
select agent_id, state, extract(epoch from began_at)::float8, extract(epoch from ended_at)::float8
from agent_states as s
where
    began_at >= to_timestamp($2::float8) and state <> 'offline' and ended_at > began_at
    and (
        campaign_id = $1
        or (
            campaign_id is null
            and exists (select from agent_states as t where t.agent_id = s.agent_id and t.campaign_id = $1)
        )
    )
order by began_at

-- name: plan_shifts
select agent_id, extract(epoch from began_at)::float8, extract(epoch from ended_at)::float8
from shifts
where
    began_at >= to_timestamp($2::float8)
    and agent_id in (select agent_id from agent_states where campaign_id = $1)

-- name: plan_records
select
    p.line_type, p.country, p.region, p.zones, c.time_zone, l.tries, coalesce(l.last_outcome, '') as last_outcome,
    case when l.status = 'waiting' then extract(epoch from l.next_at)::float8 else 0 end as due_at, l.outcome_tries
from leads as l
inner join customers as c on c.id = l.customer_id
cross join lateral (
    select * from phones as q
    where q.customer_id = l.customer_id and q.dead is null
    order by (q.id = l.next_phone_id) desc nulls last, q.position, q.id
    limit 1
) as p
where l.campaign_id = $1 and l.status in ('due', 'waiting', 'claimed')
order by l.priority desc, l.next_at, l.id
