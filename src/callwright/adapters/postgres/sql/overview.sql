-- What the command line asks about the whole: campaigns, lists, and the dossier of one person.

-- name: campaign_overview
select id, name, status, coalesce(config ->> 'mode', '') as mode, coalesce(config ->> 'purpose', '') as purpose,
    (select array_agg(l.name order by l.name) from lists l where l.campaign_id = c.id) as lists
from campaigns c
order by id;

-- name: list_overview
select l.id, l.name, c.name as campaign, l.leads, extract(epoch from l.created_at)::float8 as created_at,
    extract(epoch from l.reset_at)::float8 as reset_at
from lists l
left join campaigns c on c.id = l.campaign_id
order by l.name;

-- name: batch_overview
select id, list_id, file, rows_read, rows_stored, rows_rejected, extract(epoch from created_at)::float8 as created_at,
    extract(epoch from undone_at)::float8 as undone_at
from import_batches
order by id;

-- name: leads_of_number
select l.id, li.name as list, c.name as campaign
from phones p
join leads l on l.customer_id = p.customer_id
join lists li on li.id = l.list_id
left join campaigns c on c.id = l.campaign_id
where p.number = $1
order by l.id;

-- name: lead_places
select l.id, li.name as list, c.name as campaign
from leads l
join lists li on li.id = l.list_id
left join campaigns c on c.id = l.campaign_id
where l.id = any($1::bigint[])
order by l.id;

-- name: ledger_of_person
-- The newest decisions on a number or on any number of the customers.
select extract(epoch from at)::float8 as at, decision, rule, packs, number, customer_id, lead_id, campaign_id, digest,
    extract(epoch from until)::float8 as until, attempt_id
from ledger
where number = any($1::text[]) or lead_id = any($2::bigint[])
order by at desc, id desc
limit $3;

-- name: calls_of_person
select a.id, a.number, extract(epoch from a.dialed_at)::float8 as at, a.state, a.outcome, a.disposition, c.name as campaign,
    g.name as agent,
    coalesce(extract(epoch from coalesce(a.left_at, a.ended_at) - a.connected_at)::float8 - a.alone_s, 0) as talk_s
from attempts a
join campaigns c on c.id = a.campaign_id
left join agents g on g.id = a.agent_id
where a.number = any($1::text[]) or a.lead_id = any($2::bigint[])
order by a.dialed_at desc, a.id desc
limit $3;

-- name: number_is_banned
select exists (select from bans where number = $1)

-- name: lift_freezes
update freezes set lifted_at = to_timestamp($2::float8)
where number = $1 and lifted_at is null;

-- name: held_records
select l.id as lead, cu.name, li.name as list, c.name as campaign, a.number, extract(epoch from a.dialed_at)::float8 as at
from leads l
join customers cu on cu.id = l.customer_id
join lists li on li.id = l.list_id
left join campaigns c on c.id = l.campaign_id
left join attempts a on a.id = l.last_attempt_id
where l.status = 'held' and ($1::bigint is null or l.campaign_id = $1)
    and not exists (select from attempts live where live.lead_id = l.id and live.state <> 'ended') -- dialled by hand just now
order by a.dialed_at nulls first, l.id;

-- name: release_held
update leads set status = 'due', next_at = to_timestamp($2::float8), last_outcome = $3
where id = any($1::bigint[]) and status = 'held'
    and not exists (select from attempts a where a.lead_id = leads.id and a.state <> 'ended')
returning id;
