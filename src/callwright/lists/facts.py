"""Customer facts as JSON text, for a whole column of people at once, and back for one."""

from __future__ import annotations

import json
from collections.abc import Mapping

import polars as pl

_ESCAPES = {chr(code): json.dumps(chr(code))[1:-1] for code in (*range(32), 34, 92)}


def facts_as_json(facts: Mapping[str, str]) -> pl.Expr:
    """``{"city": "Tver", ...}`` of each row. ``facts``: name -> column; empty cells are left out."""
    if not facts:
        return pl.lit("{}")
    parts: list[pl.Expr] = []
    for name, column in facts.items():
        # null where the cell is empty, and concat_str leaves nulls out
        cell = pl.col(column).str.replace_many(list(_ESCAPES), list(_ESCAPES.values()))
        value = pl.concat_str(pl.lit(json.dumps(name, ensure_ascii=False) + ':"'), cell, pl.lit('"'))
        parts.append(pl.when(pl.col(column) != "").then(value))
    return pl.concat_str(pl.lit("{"), pl.concat_str(parts, separator=",", ignore_nulls=True), pl.lit("}"))
