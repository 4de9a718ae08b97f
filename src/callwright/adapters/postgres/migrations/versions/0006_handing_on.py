"""Calls that are parked or handed on: since when our agents have left, and how long the person was between two of them.

A parked person and one who talks with somebody outside are on the line: nobody dials them meanwhile. And when whoever
answered had said their first words, for the time from there to the agent.
"""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None

_BEFORE = "state in ('dialing', 'ringing', 'detecting', 'waiting', 'connected', 'playing') and mode <> 'inbound'"
_LIVE = (
    "state in ('dialing', 'ringing', 'detecting', 'waiting', 'connected', 'parked', 'handed_on', 'playing')"
    " and mode <> 'inbound'"
)


def _live_means(states: str) -> None:
    for column in ("lead", "number"):
        op.drop_index(f"uq_attempts_live_{column}", "attempts")
    op.create_index("uq_attempts_live_lead", "attempts", ["lead_id"], unique=True, postgresql_where=sa.text(states))
    op.create_index("uq_attempts_live_number", "attempts", ["number"], unique=True, postgresql_where=sa.text(states))


def upgrade() -> None:
    op.add_column("attempts", sa.Column("greeting_ended_at", sa.DateTime(timezone=True)))
    op.add_column("attempts", sa.Column("left_at", sa.DateTime(timezone=True)))
    op.add_column("attempts", sa.Column("alone_s", sa.Float, nullable=False, server_default="0"))
    _live_means(_LIVE)


def downgrade() -> None:
    _live_means(_BEFORE)
    op.drop_column("attempts", "alone_s")
    op.drop_column("attempts", "left_at")
    op.drop_column("attempts", "greeting_ended_at")
