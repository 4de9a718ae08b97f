"""Agents sign in at a screen: a password's hash, whether they lead, and the sessions that stand.

Of a session's token only the digest is kept: who reads the table cannot sit down at anybody's desk.
"""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("agents", sa.Column("password_hash", sa.Text))
    op.add_column("agents", sa.Column("lead", sa.Boolean, nullable=False, server_default=sa.false()))
    op.create_table(
        "agent_sessions",
        sa.Column("digest", sa.LargeBinary, primary_key=True),
        sa.Column("agent_id", sa.BigInteger, sa.ForeignKey("agents.id", ondelete="CASCADE"), nullable=False),
        sa.Column("began_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("until_at", sa.DateTime(timezone=True), nullable=False),
    )
    op.create_index("ix_agent_sessions_agent_id", "agent_sessions", ["agent_id"])


def downgrade() -> None:
    op.drop_table("agent_sessions")
    op.drop_column("agents", "lead")
    op.drop_column("agents", "password_hash")
