-- Recordings: rows, the list of hashes, holds. See adapters.recordings.

-- name: lock_recording_list
-- Whoever adds to the list, and whoever sets a hold, comes one after the other.
select pg_advisory_xact_lock(7301100430);

-- name: add_recording
-- The attempt knows campaign and customer.
insert into recordings (attempt_id, campaign_id, customer_id, state)
select
    $1, coalesce($2::bigint, (select campaign_id from attempts where id = $1)),
    (select customer_id from attempts where id = $1), 'recording'
on conflict (attempt_id) do nothing;

-- name: lock_recording
select
    state, campaign_id, why, hushes, sealed ->> 'file' as file,
    extract(epoch from person_began_at)::float8 as person_began_at,
    extract(epoch from agent_began_at)::float8 as agent_began_at,
    extract(epoch from ended_at)::float8 as ended_at
from recordings
where attempt_id = $1
for update;

-- name: note_recording
update recordings
set state = $2, campaign_id = $3, person_began_at = to_timestamp($4::float8), agent_began_at = to_timestamp($5::float8),
    ended_at = to_timestamp($6::float8), hushes = $7, why = $8
where attempt_id = $1;

-- name: keep_recording
update recordings
set state = 'kept', sealed = $2, key_id = $3, wrapped_key = $4, taken_at = to_timestamp($5::float8)
where attempt_id = $1;

-- name: lose_recording
update recordings set state = 'lost', why = $2 where attempt_id = $1;

-- name: recordings_told
select
    r.attempt_id, r.campaign_id, r.state, r.hushes, r.sealed, r.key_id, r.wrapped_key, r.why,
    extract(epoch from r.person_began_at)::float8 as person_began_at,
    extract(epoch from r.agent_began_at)::float8 as agent_began_at,
    extract(epoch from r.ended_at)::float8 as ended_at,
    extract(epoch from r.taken_at)::float8 as taken_at,
    extract(epoch from r.purged_at)::float8 as purged_at,
    coalesce(r.customer_id, a.customer_id) as customer_id,
    coalesce(c.name, '') as campaign, coalesce(g.name, '') as agent,
    coalesce(p.country, '') as country, coalesce(p.region, '') as region,
    exists (
        select from recording_holds h
        where h.released_at is null and (
            (h.scope = 'attempt' and h.target_id = r.attempt_id)
            or (h.scope = 'customer' and h.target_id = coalesce(r.customer_id, a.customer_id))
            or (h.scope = 'campaign' and h.target_id = r.campaign_id)
        )
    ) as held
from recordings r
left join attempts a on a.id = r.attempt_id
left join campaigns c on c.id = r.campaign_id
left join agents g on g.id = a.agent_id
left join phones p on p.id = a.phone_id
where r.attempt_id = any($1::bigint[]);

-- name: recordings_page
select attempt_id from recordings
where state = any($1::text[]) and attempt_id > $2
order by attempt_id
limit $3;

-- name: recordings_wanted
select r.attempt_id
from recordings r
left join attempts a on a.id = r.attempt_id
left join campaigns c on c.id = r.campaign_id
left join agents g on g.id = a.agent_id
where ($1::text is null or c.name = $1)
    and ($2::text is null or g.name = $2)
    and ($3::float8 is null or least(r.person_began_at, r.agent_began_at) >= to_timestamp($3))
    and ($4::float8 is null or least(r.person_began_at, r.agent_began_at) < to_timestamp($4))
order by least(r.person_began_at, r.agent_began_at) desc nulls last, r.attempt_id desc
limit $5;

-- name: unerased_recordings
select attempt_id, sealed ->> 'file' as file from recordings where state = 'purged' and erased_at is null;

-- name: recordings_erased
update recordings set erased_at = now() where attempt_id = any($1::bigint[]) and state = 'purged';

-- name: purge_recording
update recordings
set state = 'purged', why = $2, wrapped_key = null, purged_at = to_timestamp($3::float8)
where attempt_id = $1;

-- name: rewrap_recording
update recordings set key_id = $3, wrapped_key = $4
where attempt_id = $1 and state = 'kept' and wrapped_key = $2
returning true;

-- name: recording_hold_target
select case $1::text
    when 'attempt' then exists (select from attempts where id = $2) or exists (select from recordings where attempt_id = $2)
    when 'customer' then exists (select from customers where id = $2)
    else exists (select from campaigns where id = $2)
end;

-- name: add_recording_hold
insert into recording_holds (scope, target_id, who, why, at) values ($1, $2, $3, $4, to_timestamp($5::float8))
returning id;

-- name: release_recording_hold
update recording_holds
set released_at = to_timestamp($2::float8), released_by = $3, released_why = $4
where id = $1 and released_at is null
returning scope, target_id, who, why, extract(epoch from at)::float8 as at;

-- name: recording_holds_in_force
select id, scope, target_id, who, why, extract(epoch from at)::float8 as at
from recording_holds
where released_at is null
order by id;

-- name: last_recording_entry
select seq, link from recording_list order by seq desc limit 1;

-- name: add_recording_entry
insert into recording_list (
    seq, at, deed, recording_id, wav_sha256, file_sha256, file_bytes, who, why, previous, link
) values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11);

-- name: recording_entries
select seq, at, deed, recording_id, wav_sha256, file_sha256, file_bytes, who, why, previous, link
from recording_list
where seq > $1
order by seq
limit $2;
