"""Recordings: one row per recorded attempt, the list of hashes, legal holds.

The list only grows: a trigger refuses to change or delete what it says, whoever asks.
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

_REFUSE = """
create function refuse_to_change_the_list() returns trigger language plpgsql as $$
begin
    raise exception 'the list of recordings only grows: % is refused', lower(tg_op);
end
$$
"""


def _at(name: str, *, required: bool = False) -> sa.Column[object]:
    return sa.Column(name, sa.TIMESTAMP(timezone=True), nullable=not required)


def _text(name: str) -> sa.Column[str]:
    return sa.Column(name, sa.Text, nullable=False, server_default="")


def upgrade() -> None:
    op.create_table(
        "recordings",
        sa.Column("attempt_id", sa.BigInteger, autoincrement=False, nullable=False),
        sa.Column("campaign_id", sa.BigInteger),
        sa.Column("customer_id", sa.BigInteger),
        sa.Column("state", sa.Text, nullable=False),
        _at("person_began_at"),
        _at("agent_began_at"),
        _at("ended_at"),
        sa.Column("hushes", JSONB, nullable=False, server_default=sa.text("'[]'::jsonb")),
        sa.Column("sealed", JSONB),
        sa.Column("key_id", sa.Text),
        sa.Column("wrapped_key", sa.LargeBinary),
        _text("why"),
        _at("taken_at"),
        _at("purged_at"),
        _at("erased_at"),
        sa.PrimaryKeyConstraint("attempt_id", name="pk_recordings"),
    )
    op.create_index("ix_recordings_state_attempt_id", "recordings", ["state", "attempt_id"])
    op.create_index("ix_recordings_began", "recordings", [sa.text("least(person_began_at, agent_began_at)")])
    op.create_table(
        "recording_list",
        sa.Column("seq", sa.BigInteger, autoincrement=False, nullable=False),
        sa.Column("at", sa.Float, nullable=False),
        sa.Column("deed", sa.Text, nullable=False),
        sa.Column("recording_id", sa.BigInteger),
        _text("wav_sha256"),
        _text("file_sha256"),
        sa.Column("file_bytes", sa.BigInteger, nullable=False, server_default="0"),
        _text("who"),
        _text("why"),
        _text("previous"),
        _text("link"),
        sa.PrimaryKeyConstraint("seq", name="pk_recording_list"),
    )
    op.create_index("ix_recording_list_recording_id", "recording_list", ["recording_id"])
    op.execute(_REFUSE)
    op.execute(
        "create trigger only_grow before update or delete on recording_list"
        " for each row execute function refuse_to_change_the_list()"
    )
    op.create_table(
        "recording_holds",
        sa.Column("id", sa.BigInteger, sa.Identity(), nullable=False),
        sa.Column("scope", sa.Text, nullable=False),
        sa.Column("target_id", sa.BigInteger, nullable=False),
        _text("who"),
        _text("why"),
        _at("at", required=True),
        _at("released_at"),
        _text("released_by"),
        _text("released_why"),
        sa.PrimaryKeyConstraint("id", name="pk_recording_holds"),
    )
    op.create_index(
        "ix_recording_holds_in_force",
        "recording_holds",
        ["scope", "target_id"],
        postgresql_where=sa.text("released_at is null"),
    )


def downgrade() -> None:
    op.drop_table("recording_holds")
    op.drop_table("recording_list")
    op.execute("drop function refuse_to_change_the_list")
    op.drop_table("recordings")
