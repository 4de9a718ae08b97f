"""One round trip for the heart of dialling: lock the people, then read what the rules ask about them.

A function and not a statement, because a statement's view of the data is older than the locks it waits for; each
statement inside a volatile function sees what was committed when it began, so a ban that held the lock is seen.

Columns mean: bans scope, reason, source, at, until; freezes confirmed_by, reason, -, from, until; consents kind, proof,
-, granted, expires, revoked; history state, outcome, disposition, dialed, rang, ended.
"""

from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

_FUNCTION = """
create function people_under_lock(words text[], numbers text[], customers bigint[], since float8)
returns table (
    kind text, id bigint, number text, customer_id bigint, campaign_id bigint, lead_id bigint,
    a text, b text, c text, x float8, y float8, z float8
) language plpgsql volatile as $$
#variable_conflict use_column
begin
    -- every number and customer, in one order for everybody; then, shared, the lock of bans on beginnings of numbers
    perform pg_advisory_xact_lock(key)
    from (select distinct hashtextextended(word, 0) as key from unnest(words) as word order by key) as keys;
    perform pg_advisory_xact_lock_shared(7301100429);
    return query
    select
        'b', id, number, customer_id, campaign_id, null::bigint, scope, reason, source,
        extract(epoch from at)::float8, extract(epoch from until)::float8, null::float8
    from bans where number = any(numbers)
    union all
    select
        'b', id, number, customer_id, campaign_id, null, scope, reason, source,
        extract(epoch from at)::float8, extract(epoch from until)::float8, null
    from bans where customer_id = any(customers)
    union all
    select
        'b', id, number, customer_id, campaign_id, null, scope, reason, source,
        extract(epoch from at)::float8, extract(epoch from until)::float8, null
    from bans where scope = 'prefix'
    union all
    select
        'f', id, number, customer_id, null, null, confirmed_by, reason, null,
        extract(epoch from from_at)::float8, extract(epoch from until_at)::float8, null
    from freezes where number = any(numbers) and lifted_at is null
    union all
    select
        'f', id, number, customer_id, null, null, confirmed_by, reason, null,
        extract(epoch from from_at)::float8, extract(epoch from until_at)::float8, null
    from freezes where customer_id = any(customers) and lifted_at is null
    union all
    select
        'c', id, null, customer_id, null, null, kind, proof, null,
        extract(epoch from granted_at)::float8, extract(epoch from expires_at)::float8,
        extract(epoch from revoked_at)::float8
    from consents where customer_id = any(customers)
    union all
    select
        'h', id, number, customer_id, campaign_id, lead_id, state, outcome, disposition,
        extract(epoch from dialed_at)::float8, extract(epoch from rang_at)::float8, extract(epoch from ended_at)::float8
    from attempts where number = any(numbers) and dialed_at >= to_timestamp(since)
    union all
    select
        'h', id, number, customer_id, campaign_id, lead_id, state, outcome, disposition,
        extract(epoch from dialed_at)::float8, extract(epoch from rang_at)::float8, extract(epoch from ended_at)::float8
    from attempts where customer_id = any(customers) and dialed_at >= to_timestamp(since);
end
$$
"""


def upgrade() -> None:
    op.execute(_FUNCTION)


def downgrade() -> None:
    op.execute("drop function people_under_lock")
