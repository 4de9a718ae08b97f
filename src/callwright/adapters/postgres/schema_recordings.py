"""The tables of recordings (see ``adapters.recordings``), declared into the one schema."""

from __future__ import annotations

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import JSONB


def _at(name: str, *, required: bool = False) -> sa.Column[object]:
    return sa.Column(name, sa.TIMESTAMP(timezone=True), nullable=not required)


def _text(name: str, *, required: bool = True) -> sa.Column[str]:
    return sa.Column(name, sa.Text, nullable=not required, server_default="" if required else None)


def declare_recordings(metadata: sa.MetaData) -> None:
    sa.Table(  # one per attempt, from the switch's word that it records
        "recordings",
        metadata,
        sa.Column("attempt_id", sa.BigInteger, primary_key=True, autoincrement=False),
        sa.Column("campaign_id", sa.BigInteger),
        sa.Column("customer_id", sa.BigInteger),
        sa.Column("state", sa.Text, nullable=False),  # recording, failed, kept, lost, purged
        _at("person_began_at"),
        _at("agent_began_at"),
        _at("ended_at"),
        sa.Column("hushes", JSONB, nullable=False, server_default=sa.text("'[]'::jsonb")),  # [instant, on]
        sa.Column("sealed", JSONB),  # what is known of the encrypted file, without its key
        _text("key_id", required=False),
        sa.Column("wrapped_key", sa.LargeBinary),
        _text("why"),
        _at("taken_at"),
        _at("purged_at"),
        _at("erased_at"),
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
        _text("wav_sha256"),
        _text("file_sha256"),
        sa.Column("file_bytes", sa.BigInteger, nullable=False, server_default="0"),
        _text("who"),
        _text("why"),
        _text("previous"),
        _text("link"),
    )

    sa.Table(  # while one is in force, nothing it concerns is purged
        "recording_holds",
        metadata,
        sa.Column("id", sa.BigInteger, sa.Identity(), primary_key=True),
        sa.Column("scope", sa.Text, nullable=False),  # attempt, customer, campaign
        sa.Column("target_id", sa.BigInteger, nullable=False),
        _text("who"),
        _text("why"),
        _at("at", required=True),
        _at("released_at"),
        _text("released_by"),
        _text("released_why"),
        sa.Index("ix_recording_holds_in_force", "scope", "target_id", postgresql_where=sa.text("released_at is null")),
    )
