-- Who signs in at the agents' and the leads' screens. Of a session's token only the digest is stored.

-- name: account
select id, name, lead, password_hash from agents where active and name = $1;

-- name: accounts
select id, name, team, lead, password_hash is not null as signs_in from agents where active order by name;

-- name: add_account
insert into agents (name, team, lead) values ($1, $2, $3) on conflict (name) do nothing returning id;

-- name: set_lead
update agents set lead = $2 where active and name = $1;

-- name: set_password
-- A new password ends every session that the old one began.
with changed as (
    update agents set password_hash = $2 where active and name = $1 returning id
), ended as (
    delete from agent_sessions where agent_id in (select id from changed)
)
select id from changed;

-- name: begin_agent_session
with old as (
    delete from agent_sessions where until_at < to_timestamp($3::float8)
)
insert into agent_sessions (digest, agent_id, began_at, until_at)
values ($1, $2, to_timestamp($3::float8), to_timestamp($4::float8));

-- name: agent_session
select s.agent_id, a.name, a.lead, extract(epoch from s.until_at)::float8 as until_at
from agent_sessions s
join agents a on a.id = s.agent_id
where s.digest = $1 and s.until_at > to_timestamp($2::float8) and a.active and a.password_hash is not null;

-- name: end_agent_session
delete from agent_sessions where digest = $1;
