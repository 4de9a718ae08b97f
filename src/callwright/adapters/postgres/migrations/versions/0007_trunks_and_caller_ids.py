"""Trunks with rates, denied beginnings and spend caps; caller IDs that can be withdrawn; what operators should know."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import ARRAY, JSONB

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None

_REFUSED = r"rule like 'trunk:%' or rule like 'caller\_id\_%'"


def upgrade() -> None:
    op.add_column("trunks", sa.Column("denied_prefixes", ARRAY(sa.Text), nullable=False, server_default="{}"))
    op.add_column("trunks", sa.Column("rates", JSONB, nullable=False, server_default=sa.text("'{}'::jsonb")))
    op.add_column("trunks", sa.Column("most_per_hour", sa.Float))
    op.add_column("trunks", sa.Column("most_per_day", sa.Float))
    op.add_column("trunks", sa.Column("position", sa.Integer, nullable=False, server_default="0"))
    op.drop_column("caller_ids", "campaign_id")
    op.add_column("caller_ids", sa.Column("withdrawn_at", sa.TIMESTAMP(timezone=True)))
    op.add_column("caller_ids", sa.Column("withdrawn_why", sa.Text, nullable=False, server_default=""))
    op.add_column("customers", sa.Column("caller_id", sa.Text))
    op.create_table(
        "line_changes",
        sa.Column("id", sa.BigInteger, sa.Identity(), primary_key=True),
        sa.Column("at", sa.TIMESTAMP(timezone=True), nullable=False),
        sa.Column("kind", sa.Text, nullable=False),
        sa.Column("name", sa.Text, nullable=False),
        sa.Column("state", sa.Text, nullable=False),
        sa.Column("until", sa.TIMESTAMP(timezone=True)),
        sa.Column("detail", JSONB, nullable=False, server_default=sa.text("'{}'::jsonb")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_line_changes")),
    )
    op.create_index("ix_line_changes_at", "line_changes", ["at"])
    op.create_index("ix_attempts_dialed_at", "attempts", ["dialed_at"], postgresql_using="brin")
    op.create_index("ix_ledger_lines", "ledger", ["at"], postgresql_where=sa.text(_REFUSED))


def downgrade() -> None:
    op.drop_index("ix_ledger_lines", table_name="ledger")
    op.drop_index("ix_attempts_dialed_at", table_name="attempts")
    op.drop_table("line_changes")
    op.drop_column("customers", "caller_id")
    op.drop_column("caller_ids", "withdrawn_why")
    op.drop_column("caller_ids", "withdrawn_at")
    op.add_column("caller_ids", sa.Column("campaign_id", sa.BigInteger, sa.ForeignKey("campaigns.id")))
    for column in ("position", "most_per_day", "most_per_hour", "rates", "denied_prefixes"):
        op.drop_column("trunks", column)
