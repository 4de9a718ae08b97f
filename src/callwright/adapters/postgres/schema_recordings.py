"""The tables of recordings (see ``adapters.recordings``), declared into the one schema."""

from __future__ import annotations

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import JSONB

from callwright.adapters.postgres.schema_columns import at_column, text_column


def declare_recordings(metadata: sa.MetaData) -> None:
    sa.Table(  # one per attempt, from the switch's word that it records
        "recordings",
        metadata,
        sa.Column("attempt_id", sa.BigInteger, primary_key=True, autoincrement=False),
        sa.Column("campaign_id", sa.BigInteger),
        sa.Column("customer_id", sa.BigInteger),
        sa.Column("state", sa.Text, nullable=False),  # recording, failed, kept, lost, purged
        at_column("person_began_at"),
        at_column("agent_began_at"),
        at_column("ended_at"),
        sa.Column("hushes", JSONB, nullable=False, server_default=sa.text("'[]'::jsonb")),  # [instant, on]
        sa.Column("sealed", JSONB),  # what is known of the encrypted file, without its key
        text_column("key_id", required=False),
        sa.Column("wrapped_key", sa.LargeBinary),
        text_column("why"),
        at_column("taken_at"),
        at_column("purged_at"),
        at_column("erased_at"),
        sa.Index("ix_recordings_state_attempt_id", "state", "attempt_id"),
        sa.Index("ix_recordings_began", sa.text("least(person_began_at, agent_began_at)")),
    )

    sa.Table(  # append-only, each entry bound to the one before by its hash
        "recording_list",
        metadata,
        sa.Column("seq", sa.BigInteger, primary_key=True, autoincrement=False),
        sa.Column("at", sa.Float, nullable=False),
        sa.Column("deed", sa.Text, nullable=False),
        sa.Column("recording_id", sa.BigInteger, index=True),
        text_column("wav_sha256"),
        text_column("file_sha256"),
        sa.Column("file_bytes", sa.BigInteger, nullable=False, server_default="0"),
        text_column("who"),
        text_column("why"),
        text_column("previous"),
        text_column("link"),
    )

    sa.Table(  # while one is in force, nothing it concerns is purged
        "recording_holds",
        metadata,
        sa.Column("id", sa.BigInteger, sa.Identity(), primary_key=True),
        sa.Column("scope", sa.Text, nullable=False),  # attempt, customer, campaign
        sa.Column("target_id", sa.BigInteger, nullable=False),
        text_column("who"),
        text_column("why"),
        at_column("at", required=True),
        at_column("released_at"),
        text_column("released_by"),
        text_column("released_why"),
        sa.Index("ix_recording_holds_in_force", "scope", "target_id", postgresql_where=sa.text("released_at is null")),
    )
