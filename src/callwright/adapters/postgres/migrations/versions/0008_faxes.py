"""Faxes sent and received, each with its pages and, where it failed, why."""

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "faxes",
        sa.Column("id", sa.BigInteger, sa.Identity(), primary_key=True),
        sa.Column("at", sa.TIMESTAMP(timezone=True), nullable=False),
        sa.Column("number", sa.Text, nullable=False, server_default=""),
        sa.Column("ours", sa.Text, nullable=False, server_default=""),
        sa.Column("pages", sa.Integer, nullable=False, server_default="0"),
        sa.Column("whole", sa.Boolean, nullable=False),
        sa.Column("why", sa.Text, nullable=False, server_default=""),
        sa.Column("attempt_id", sa.BigInteger),
        sa.Column("document", sa.Text, nullable=False, server_default=""),
        sa.Column("file", sa.Text, nullable=False, server_default=""),
        sa.Column("station", sa.Text, nullable=False, server_default=""),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_faxes")),
    )
    op.create_index("ix_faxes_at", "faxes", ["at"])
    op.create_index("uq_faxes_file", "faxes", ["file"], unique=True, postgresql_where=sa.text("file <> ''"))


def downgrade() -> None:
    op.drop_table("faxes")
