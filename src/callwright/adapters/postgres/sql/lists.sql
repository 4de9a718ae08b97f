-- Statements of the list import, its undo and the cleaned list. Instants travel as datetimes here: batch and customers must agree to the microsecond.

-- name: lock_imports
select pg_advisory_xact_lock(7301100428);

-- name: make_list
insert into lists (name, source, provenance, created_at) values ($1, $2, $3::text::jsonb, $4)
on conflict (name) do nothing;

-- name: lock_list
select id, campaign_id from lists where name = $1 for update;

-- name: find_list
select id, campaign_id from lists where name = $1;

-- name: make_batch
insert into import_batches (list_id, file, sha256, profile, created_at)
values ($1, $2, $3, $4, $5) returning id;

-- name: same_file_before
select max(id) from import_batches where list_id = $1 and sha256 = $2 and undone_at is null;

-- name: agents_by_name
select name, id from agents where active;

-- name: any_phone
select exists (select from phones);

-- name: make_import_tables
create temporary table import_numbers (number text not null) on commit drop;
create temporary table import_known (
    customer_id bigint not null, external_id text, name text, language text, time_zone text, facts jsonb not null
) on commit drop;
create temporary table import_known_phones (
    customer_id bigint not null, number text not null, country text not null, region text not null,
    line_type text not null, carrier text not null, zones text[] not null, position smallint not null
) on commit drop;
create temporary table import_known_emails (customer_id bigint not null, email text not null) on commit drop;

-- name: known_numbers
select n.number, p.customer_id,
    exists (select from leads l where l.list_id = $1 and l.customer_id = p.customer_id) as in_list
from import_numbers n join phones p on p.number = n.number
order by p.customer_id;

-- name: reserve_ids
-- The last of $2 ids. Others may draw ids between the two calls; the gap keeps theirs out of ours.
select setval(s.seq, nextval(s.seq) + $2 + 1000)
from (select pg_get_serial_sequence($1, 'id')::regclass as seq) s;

-- name: may_skip_checks
select coalesce((select rolsuper from pg_roles where rolname = current_user), false);

-- name: skip_checks
set local session_replication_role = replica;

-- name: count_leads
insert into lead_counts (campaign_id, leads, open) values ($1, $2, $2);

-- name: update_known_people
update customers c set
    facts = c.facts || k.facts,
    external_id = coalesce(c.external_id, k.external_id),
    name = case when c.name = '' then coalesce(k.name, '') else c.name end,
    language = case when c.language = '' then coalesce(k.language, '') else c.language end,
    time_zone = coalesce(c.time_zone, k.time_zone)
from import_known k where k.customer_id = c.id;

-- name: add_known_phones
insert into phones (customer_id, number, country, region, line_type, carrier, zones, position)
select k.customer_id, k.number, k.country, k.region, k.line_type, k.carrier, k.zones,
    k.position + 1 + coalesce((select max(p.position) from phones p where p.customer_id = k.customer_id), -1)
from import_known_phones k
on conflict (customer_id, number) do nothing;

-- name: add_known_emails
insert into emails (customer_id, email) select customer_id, email from import_known_emails
on conflict (customer_id, email) do nothing;

-- name: empty_import_tables
truncate import_numbers, import_known, import_known_phones, import_known_emails;

-- name: finish_batch
update import_batches set rows_read = $2, rows_stored = $3, rows_rejected = $4 where id = $1;

-- name: refresh_statistics
analyze leads, customers, phones;

-- name: count_list
update lists set leads = leads + $2 where id = $1;

-- name: find_profile
select mapping::text from mapping_profiles where name = $1;

-- name: save_profile
insert into mapping_profiles (name, mapping) values ($1, $2::text::jsonb)
on conflict (name) do update set mapping = excluded.mapping;

-- name: lock_batch
select id, list_id, created_at, undone_at is not null as undone from import_batches where id = $1 for update;

-- name: lock_undoable_leads
select l.id from leads l
where l.batch_id = $1 and l.status <> 'claimed' and l.tries = 0 and l.last_attempt_id is null
    and not exists (select from attempts a where a.customer_id = l.customer_id and a.lead_id = l.id)
order by l.id
for update of l skip locked;

-- name: delete_leads
with gone as (delete from leads where id = any ($1::bigint[]) returning customer_id)
select array_agg(customer_id) from gone;

-- name: count_batch_leads
select count(*) from leads where batch_id = $1;

-- name: delete_customers
delete from customers c
where c.id = any ($1::bigint[]) and c.created_at = $2
    and not exists (select from leads l where l.customer_id = c.id)
    and not exists (select from attempts a where a.customer_id = c.id)
    and not exists (select from bans b where b.customer_id = c.id)
    and not exists (select from freezes f where f.customer_id = c.id);

-- name: mark_undone
update import_batches set undone_at = $2 where id = $1;

-- name: number_histories
select l.customer_id, c.external_id, c.name, p.id as phone_id, p.number, p.position, p.country, p.line_type, p.carrier,
    p.dead, l.tier, l.status, c.facts::text as facts,
    exists (
        select from bans b
        where (b.number = p.number or b.customer_id = l.customer_id)
            and (b.until is null or b.until > $2) and (b.scope = 'everywhere' or b.campaign_id = l.campaign_id)
    ) as banned,
    a.id as attempt_id, extract(epoch from coalesce(a.ended_at, a.dialed_at))::float8 as at, a.outcome, a.disposition,
    d.reached, d.effects::text as effects
from leads l
join customers c on c.id = l.customer_id
join phones p on p.customer_id = l.customer_id
left join attempts a on a.customer_id = l.customer_id and a.number = p.number and a.state = 'ended'
left join dispositions d on d.campaign_id = a.campaign_id and d.code = a.disposition
where l.list_id = $1
order by l.id, p.position, p.id, a.dialed_at, a.id;
