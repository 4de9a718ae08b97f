-- name: lease_campaign
insert into campaign_leases as held (campaign_id, owner, until)
values ($1, $2, to_timestamp($3::float8 + $4::float8))
on conflict (campaign_id) do update set owner = excluded.owner, until = excluded.until
where held.owner = excluded.owner or held.until <= to_timestamp($3::float8)
returning true;

-- name: campaign_by_name
select id, config from campaigns where name = $1;

-- name: campaign_configs
select id, config from campaigns where id = any($1::bigint[]);

-- name: add_campaign
insert into campaigns (name, config) values ($1, $2::text::jsonb)
on conflict (name) do update set config = excluded.config
returning id;

-- name: clear_dispositions
delete from dispositions where campaign_id = $1;

-- name: add_dispositions
insert into dispositions (
    campaign_id, code, en, zh, ru, reached, effective, interested, completed, success, by_system, effects
)
select $1, code, en, zh, ru, reached, effective, interested, completed, success, by_system, effects::jsonb
from unnest(
    $2::text[], $3::text[], $4::text[], $5::text[], $6::bool[], $7::bool[], $8::bool[], $9::bool[], $10::bool[],
    $11::bool[], $12::text[]
) as n (code, en, zh, ru, reached, effective, interested, completed, success, by_system, effects);

-- name: add_list
insert into lists (name, source) values ($1, $2)
on conflict (name) do update set name = excluded.name
returning id;

-- name: list_ids
select name, id from lists where campaign_id = $1 order by id;

-- name: attach_list
update lists set campaign_id = $2 where id = $1;

-- name: attach_leads
update leads set campaign_id = $2 where list_id = $1 and campaign_id is distinct from $2;

-- name: reset_list
-- The list may be called through once more: counters of tries and what ended a record by outcome begin anew; final
-- dispositions of those reached, do-not-call and freezes stay. Records in a call are left alone.
update leads set
    status = 'due', next_at = to_timestamp($2), tries = 0, outcome_tries = '{}', phone_tries = '{}',
    next_phone_id = null, called_since_reset = false
where list_id = $1 and (
    status in ('due', 'waiting', 'exhausted') or (status = 'uncallable' and last_outcome = 'no_trunk')
);

-- name: note_list_reset
update lists set reset_at = to_timestamp($2) where id = $1;

-- name: add_agent
insert into agents (name, team, site, tiers, seniority, inbound, pay_per_hour, lead)
values ($1, $2, $3, $4, $5, $6, $7, $8)
on conflict (name) do update set
    team = excluded.team, site = excluded.site, tiers = excluded.tiers, seniority = excluded.seniority,
    inbound = excluded.inbound, pay_per_hour = excluded.pay_per_hour, active = true,
    lead = agents.lead or excluded.lead
returning id;

-- name: add_skill
insert into skills (name) values ($1) on conflict (name) do update set name = excluded.name returning id;

-- name: clear_agent_skills
delete from agent_skills where agent_id = $1;

-- name: add_agent_skill
insert into agent_skills (agent_id, skill_id, level) values ($1, $2, $3);

-- name: add_shifts
insert into shifts (agent_id, began_at, ended_at)
select planned.agent_id, to_timestamp(planned.began_at), to_timestamp(planned.ended_at)
from unnest($1::bigint[], $2::float8[], $3::float8[]) as planned (agent_id, began_at, ended_at);

-- name: last_activity
select extract(epoch from greatest(
    (select max(dialed_at) from attempts),
    (select max(ended_at) from attempts),
    (select max(ended_at) from agent_states),
    (select max(until) from campaign_leases)
))::float8;

-- name: count_campaigns
select count(*) from campaigns where split_part(name, ' ', 1) = $1;

-- name: agents
select
    a.id, a.name, a.team, a.site, a.tiers, a.seniority, a.inbound, a.pay_per_hour, a.lead,
    coalesce(jsonb_object_agg(s.name, k.level) filter (where s.name is not null), '{}') as skills
from agents a
left join agent_skills k on k.agent_id = a.id
left join skills s on s.id = k.skill_id
where a.active
group by a.id
order by a.id;
