-- name: save_faxes
insert into faxes (at, number, ours, pages, whole, why, attempt_id, document, file, station)
select to_timestamp(at), number, ours, pages, whole, why, attempt_id, document, file, station
from unnest(
    $1::float8[], $2::text[], $3::text[], $4::int[], $5::bool[], $6::text[], $7::bigint[], $8::text[], $9::text[],
    $10::text[]
) as n (at, number, ours, pages, whole, why, attempt_id, document, file, station)
on conflict (file) where file <> '' do nothing;

-- name: faxes_between
select
    extract(epoch from at)::float8 as at, number, ours, pages, whole, why, attempt_id, document, file, station
from faxes
where at >= to_timestamp($1) and at < to_timestamp($2)
order by at desc, id desc
limit $3;
