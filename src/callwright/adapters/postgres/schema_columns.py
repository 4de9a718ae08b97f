"""The kinds of columns that the tables are declared with."""

from __future__ import annotations

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import JSONB


def id_column() -> sa.Column[int]:
    return sa.Column("id", sa.BigInteger, sa.Identity(), primary_key=True)


def at_column(name: str, *, required: bool = False, now: bool = False) -> sa.Column[object]:
    return sa.Column(
        name, sa.TIMESTAMP(timezone=True), nullable=not (required or now), server_default=sa.func.now() if now else None
    )


def ref_column(name: str, to: str, *, required: bool = False, cascade: bool = False) -> sa.Column[int]:
    return sa.Column(
        name, sa.BigInteger, sa.ForeignKey(f"{to}.id", ondelete="CASCADE" if cascade else None), nullable=not required
    )


def text_column(name: str, *, required: bool = True) -> sa.Column[str]:
    return sa.Column(name, sa.Text, nullable=not required, server_default="" if required else None)


def count_column(name: str, default: int = 0) -> sa.Column[int]:
    return sa.Column(name, sa.Integer, nullable=False, server_default=str(default))


def flag_column(name: str) -> sa.Column[bool]:
    return sa.Column(name, sa.Boolean, nullable=False, server_default=sa.false())


def json_column(name: str) -> sa.Column[object]:
    return sa.Column(name, JSONB, nullable=False, server_default=sa.text("'{}'::jsonb"))
