"""The tables of the lines to carriers: trunks, the numbers we show, what became of them, faxes."""

from __future__ import annotations

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import ARRAY

from callwright.adapters.postgres.schema_columns import at_column, count_column, id_column, json_column, text_column


def declare_lines(metadata: sa.MetaData) -> None:
    sa.Table(
        "trunks",
        metadata,
        id_column(),
        sa.Column("name", sa.Text, nullable=False, unique=True),
        sa.Column("channels", sa.Integer, nullable=False),
        sa.Column("calls_per_s", sa.Float, nullable=False),
        sa.Column("prefixes", ARRAY(sa.Text), nullable=False, server_default="{+}"),
        sa.Column("cost_per_minute", sa.Float, nullable=False, server_default="0"),
        sa.Column("denied_prefixes", ARRAY(sa.Text), nullable=False, server_default="{}"),
        json_column("rates"),
        sa.Column("most_per_hour", sa.Float),
        sa.Column("most_per_day", sa.Float),
        count_column("position"),  # order of preference
    )

    sa.Table(
        "caller_ids",
        metadata,
        id_column(),
        sa.Column("number", sa.Text, nullable=False, unique=True),
        text_column("region"),
        sa.Column("daily_cap", sa.Integer),
        sa.Column("rest_s", sa.Float),
        at_column("withdrawn_at"),
        text_column("withdrawn_why"),
    )

    sa.Table(  # what an operator should know of trunks and caller IDs
        "line_changes",
        metadata,
        id_column(),
        at_column("at", required=True),
        sa.Column("kind", sa.Text, nullable=False),  # trunk, prefix, caller_id
        sa.Column("name", sa.Text, nullable=False),
        sa.Column("state", sa.Text, nullable=False),
        at_column("until"),
        json_column("detail"),
        sa.Index("ix_line_changes_at", "at"),
    )

    sa.Table(  # sent and received, or not; ``file`` names a received one
        "faxes",
        metadata,
        id_column(),
        at_column("at", required=True),
        text_column("number"),
        text_column("ours"),
        sa.Column("pages", sa.Integer, nullable=False, server_default="0"),
        sa.Column("whole", sa.Boolean, nullable=False),
        text_column("why"),
        sa.Column("attempt_id", sa.BigInteger),
        text_column("document"),
        text_column("file"),
        text_column("station"),
        sa.Index("ix_faxes_at", "at"),
        sa.Index("uq_faxes_file", "file", unique=True, postgresql_where=sa.text("file <> ''")),
    )
