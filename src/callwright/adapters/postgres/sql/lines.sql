-- Trunks and caller IDs: how they are set up, what they have done, and what an operator should know of them.

-- name: add_trunk
insert into trunks (
    name, channels, calls_per_s, prefixes, cost_per_minute, denied_prefixes, rates, most_per_hour, most_per_day, position
)
values ($1, $2, $3, $4, $5, $6, $7::text::jsonb, $8, $9, $10)
on conflict (name) do update set
    channels = excluded.channels, calls_per_s = excluded.calls_per_s, prefixes = excluded.prefixes,
    cost_per_minute = excluded.cost_per_minute, denied_prefixes = excluded.denied_prefixes, rates = excluded.rates,
    most_per_hour = excluded.most_per_hour, most_per_day = excluded.most_per_day, position = excluded.position;

-- name: trunks
select name, channels, calls_per_s, prefixes, cost_per_minute, denied_prefixes, rates, most_per_hour, most_per_day
from trunks
order by position, id;

-- name: add_caller_id
-- What an operator has withdrawn stays withdrawn.
insert into caller_ids (number, daily_cap, rest_s, region) values ($1, $2, $3, $4)
on conflict (number) do update set
    daily_cap = excluded.daily_cap, rest_s = excluded.rest_s, region = excluded.region;

-- name: caller_ids
select number, daily_cap, coalesce(rest_s, 0) as rest_s, region, withdrawn_at is not null as withdrawn
from caller_ids
order by id;

-- name: withdraw_caller_id
insert into caller_ids (number, withdrawn_at, withdrawn_why) values ($1, to_timestamp($2::float8), $3)
on conflict (number) do update set withdrawn_at = excluded.withdrawn_at, withdrawn_why = excluded.withdrawn_why;

-- name: give_caller_id_back
update caller_ids set withdrawn_at = null, withdrawn_why = '' where number = $1 and withdrawn_at is not null;

-- name: save_shown
update customers c set caller_id = n.caller_id
from unnest($1::bigint[], $2::text[]) as n (id, caller_id)
where c.id = n.id;

-- name: save_line_changes
insert into line_changes (at, kind, name, state, until, detail)
select to_timestamp(at), kind, name, state, to_timestamp(until), detail::jsonb
from unnest($1::float8[], $2::text[], $3::text[], $4::text[], $5::float8[], $6::text[])
    as n (at, kind, name, state, until, detail);

-- name: spent_by_minute
-- No call is longer than a day; what was dialled before cannot have ended since.
select trunk, floor(extract(epoch from ended_at) / 60)::int as minute, sum(cost) as cost
from attempts
where dialed_at >= to_timestamp($1::float8 - 86400) and ended_at >= to_timestamp($1::float8)
    and trunk is not null and cost > 0 and mode <> 'inbound'
group by 1, 2;

-- name: spent_by_trunk
select trunk, sum(cost) as cost
from attempts
where dialed_at >= to_timestamp($1::float8 - 86400) and ended_at >= to_timestamp($1::float8)
    and trunk is not null and cost > 0 and mode <> 'inbound'
group by 1;

-- name: dialed_by_prefix
select p.prefix, array_agg(extract(epoch from a.dialed_at)::float8 order by a.dialed_at) as instants
from unnest($2::text[]) as p (prefix)
join attempts a on starts_with(a.number, p.prefix)
where a.dialed_at > to_timestamp($1::float8) and a.mode <> 'inbound'
group by 1;

-- name: shown_by_caller_id
-- The day's dials, and the last one even where it was just before midnight.
select caller_id, count(*) filter (where dialed_at >= to_timestamp($1::float8)) as dials,
    extract(epoch from max(dialed_at))::float8 as last_at
from attempts
where dialed_at >= to_timestamp(least($1::float8, $2::float8)) and caller_id is not null and mode <> 'inbound'
group by 1;

-- name: answered_low
select name
from (
    select distinct on (name) name, state
    from line_changes
    where kind = 'caller_id' and state in ('answers_low', 'answers_fine')
    order by name, at desc, id desc
) latest
where state = 'answers_low';

-- name: trunk_figures
-- What a trunk's calls came to between two instants; calls under way count as dials once they are answered.
select trunk,
    count(*) filter (where answered_at is not null or ended_at is not null) as dials,
    count(*) filter (where answered_at is not null) as answered,
    count(*) filter (where outcome = 'carrier_failure') as failed,
    avg(extract(epoch from coalesce(rang_at, answered_at) - dialed_at))::float8 as post_dial_s,
    count(*) filter (where state not in ('ended', 'unknown', 'wrapping')) as live
from attempts
where dialed_at >= to_timestamp($1::float8) and dialed_at <= to_timestamp($2::float8)
    and trunk is not null and mode <> 'inbound'
group by 1;

-- name: answered_now
select trunk, number, extract(epoch from answered_at)::float8 as answered_at
from attempts
where state not in ('ended', 'unknown') and state <> 'wrapping' and answered_at is not null
    and trunk is not null and mode <> 'inbound';

-- name: line_refusals
-- Calls not made because no trunk or caller ID was to be had.
select rule, count(*) as times, extract(epoch from max(at))::float8 as last_at, max(number) as example
from ledger
where (rule like 'trunk:%' or rule like 'caller\_id\_%') and decision = 'refuse'
    and at >= to_timestamp($1::float8) and at <= to_timestamp($2::float8)
group by 1
order by 2 desc, 1;

-- name: line_changes_since
select extract(epoch from at)::float8 as at, kind, name, state, extract(epoch from until)::float8 as until, detail
from line_changes
where at >= to_timestamp($1::float8) and at <= to_timestamp($2::float8)
order by line_changes.at desc, id desc
limit 1000;

-- name: answers_by_caller_id
-- Only calls that tell something of the number: not those that a carrier or we failed or took back.
select caller_id, campaign_id, least(number_try_no, 3)::int as try, left(number, 3) as beginning,
    count(*) as calls, count(*) filter (where person_at is not null) as answered
from attempts
where dialed_at >= to_timestamp($1::float8) and dialed_at <= to_timestamp($2::float8)
    and caller_id is not null and mode <> 'inbound' and state = 'ended'
    and outcome not in ('carrier_failure', 'our_failure', 'dropped')
group by 1, 2, 3, 4;

-- name: caller_id_details
select number, withdrawn_why, extract(epoch from withdrawn_at)::float8 as withdrawn_at
from caller_ids
where withdrawn_at is not null;
