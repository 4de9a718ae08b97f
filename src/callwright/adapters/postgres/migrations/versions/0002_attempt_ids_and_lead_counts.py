"""What autogeneration does not see: the sequence of attempt ids, and the triggers that keep the lead counts.

Counting open leads takes seconds on ten million, so every statement that touches leads adds its difference to
``lead_counts``, whoever wrote it. Rows are only added (no lock is waited for) and summed up now and then.
"""

from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

_FUNCTION = """
create function count_leads() returns trigger language plpgsql as $$
begin
    if tg_op = 'INSERT' then
        insert into lead_counts (campaign_id, leads, open)
        select campaign_id, count(*), count(*) filter (where status in ('due', 'waiting', 'claimed'))
        from new_rows where campaign_id is not null group by campaign_id;
    elsif tg_op = 'DELETE' then
        insert into lead_counts (campaign_id, leads, open)
        select campaign_id, -count(*), -count(*) filter (where status in ('due', 'waiting', 'claimed'))
        from old_rows where campaign_id is not null group by campaign_id;
    else
        insert into lead_counts (campaign_id, leads, open)
        select campaign_id, sum(leads), sum(open)
        from (
            select campaign_id, 1 as leads, (status in ('due', 'waiting', 'claimed'))::int as open from new_rows
            union all
            select campaign_id, -1, -(status in ('due', 'waiting', 'claimed'))::int from old_rows
        ) change
        where campaign_id is not null
        group by campaign_id
        having sum(leads) <> 0 or sum(open) <> 0;
    end if;
    return null;
end
$$
"""

_TRIGGERS = {
    "insert": "referencing new table as new_rows",
    "update": "referencing old table as old_rows new table as new_rows",
    "delete": "referencing old table as old_rows",
}


def upgrade() -> None:
    op.execute("create sequence if not exists attempt_ids")
    op.execute(_FUNCTION)
    for deed, rows in _TRIGGERS.items():
        op.execute(
            f"create trigger count_leads_{deed} after {deed} on leads {rows}"
            " for each statement execute function count_leads()"
        )


def downgrade() -> None:
    for deed in _TRIGGERS:
        op.execute(f"drop trigger count_leads_{deed} on leads")
    op.execute("drop function count_leads")
    op.execute("drop sequence attempt_ids")
