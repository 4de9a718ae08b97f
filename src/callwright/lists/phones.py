"""The numbers of a chunk of rows: several per person, one line each, with what is wrong about the rest.

Rows and numbers are matched by ``row``; ``position`` is the order in which a person's numbers are tried.
"""

from __future__ import annotations

from dataclasses import dataclass

import phonenumbers
import polars as pl

from callwright.lists.columns import Target
from callwright.lists.mapping import ColumnMapping
from callwright.lists.numbers import NUMBER_SCHEMA, read_numbers
from callwright.lists.reasons import Reason
from callwright.lists.values import country_of

_BETWEEN = r"\s*[;,/、，；|\n]\s*|\s+(?:or|или|或)\s+"
_FINDINGS = {"row": pl.UInt32, "reason": pl.String, "detail": pl.String}


@dataclass(frozen=True, kw_only=True, slots=True)
class Phones:
    """``good``: row, position and NUMBER_SCHEMA; ``rejected`` rows have no good number; ``notes`` on further ones."""

    good: pl.DataFrame
    rejected: pl.DataFrame
    notes: pl.DataFrame


def findings(frame: pl.DataFrame, reason: Reason, detail: pl.Expr | None = None) -> pl.DataFrame:
    """(row, reason, detail) for every row of ``frame``."""
    text = pl.lit("") if detail is None else detail.cast(pl.String).fill_null("")
    return frame.select("row", reason=pl.lit(str(reason)), detail=text).cast(_FINDINGS)  # type: ignore[arg-type]  # polars types its schema as invariant


def no_findings() -> pl.DataFrame:
    return pl.DataFrame(schema=_FINDINGS)


def read_phones(rows: pl.DataFrame, mapping: ColumnMapping, country: str | None) -> Phones:
    """Validate and enrich every number of ``rows``."""
    items = _items(rows, mapping)
    read = _read(items, mapping, country)
    both = items.select("item", "row", "position", "text").join(read, on="item", how="left")
    good = both.filter(pl.col("number").is_not_null()).sort("row", "position")
    good = good.unique(("row", "number"), keep="first", maintain_order=True)
    bad = both.filter(pl.col("number").is_null()).sort("row", "position")
    without = rows.select("row").join(good.select("row"), on="row", how="anti")
    rejected = (
        without.join(bad.unique("row", keep="first"), on="row", how="left")
        .with_columns(pl.col("reason").fill_null(str(Reason.NO_NUMBER)))
        .select("row", "reason", pl.col("text").fill_null("").alias("detail"))
        .cast(_FINDINGS)  # type: ignore[arg-type]  # as above
    )
    extra = bad.join(good.select("row").unique(), on="row", how="semi")
    notes = findings(extra, Reason.EXTRA_NUMBER, pl.col("text"))
    good = good.select("row", "position", *[c for c in NUMBER_SCHEMA if c not in ("row", "reason")])
    return Phones(good=good, rejected=rejected, notes=notes)


def _items(rows: pl.DataFrame, mapping: ColumnMapping) -> pl.DataFrame:
    """(item, row, position, text, code, country): every number cell, split where one cell holds several."""
    code, land = mapping.column(Target.PHONE_CODE), mapping.column(Target.COUNTRY)
    parts: list[pl.DataFrame] = []
    for place, column in enumerate(mapping.columns(Target.PHONE)):
        part = rows.filter(pl.col(column).is_not_null()).select(
            "row",
            position=pl.lit(place * 100, pl.Int32),
            text=pl.col(column).str.strip_chars(),
            code=(pl.col(code).str.strip_chars("+ 0\t") if code else pl.lit(None)).cast(pl.String),
            country=(pl.col(land) if land else pl.lit(None)).cast(pl.String),
        )
        parts.append(part.filter(pl.col("text") != ""))
    items = pl.concat(parts)
    several = pl.col("text").str.contains(_BETWEEN) & (pl.col("text").str.count_matches("[0-9]") >= 12)
    split = items.filter(several)
    if split.height:
        pieces = (
            split.with_columns(text=pl.col("text").str.replace_all(_BETWEEN, ";").str.split(";"))
            .with_row_index("cell")
            .explode("text")
            .with_columns(position=pl.col("position") + pl.int_range(pl.len(), dtype=pl.Int32).over("cell").clip(0, 99))
            .drop("cell")
            .filter(pl.col("text") != "")
        )
        items = pl.concat([items.filter(~several), pieces])
    return items.with_row_index("item")


def _read(items: pl.DataFrame, mapping: ColumnMapping, country: str | None) -> pl.DataFrame:
    """NUMBER_SCHEMA by ``item``; a code in a column of its own and the row's own country come before the list's."""
    found: list[pl.DataFrame] = []
    rest = items
    if mapping.column(Target.PHONE_CODE) is not None:
        coded = rest.filter(
            pl.col("code").str.contains(r"^[1-9][0-9]{0,2}$") & ~pl.col("text").str.contains(r"^\s*['(]*\+")
        )
        with_code = coded.select(
            pl.col("item").alias("row"), text=pl.concat_str(pl.lit("+"), "code", pl.lit(" "), "text")
        )
        good = read_numbers(with_code, None).filter(pl.col("number").is_not_null()).rename({"row": "item"})
        found.append(good)
        rest = rest.join(good.select("item"), on="item", how="anti").with_columns(
            country=pl.coalesce(pl.col("code").map_elements(_country_of_code, return_dtype=pl.String), "country")
        )
    own: dict[str, str | None] = {c: country_of(c) for c in rest.get_column("country").drop_nulls().unique().to_list()}
    rest = rest.with_columns(
        country=pl.col("country").replace_strict(own, default=None, return_dtype=pl.String) if own else pl.lit(None)
    ).with_columns(pl.coalesce(pl.col("country").cast(pl.String), pl.lit(country, pl.String)))
    for (land,), part in rest.partition_by("country", as_dict=True).items():
        texts = part.select(pl.col("item").alias("row"), "text")
        found.append(read_numbers(texts, str(land) if land else None).rename({"row": "item"}))
    empty = pl.DataFrame(schema={("item" if k == "row" else k): v for k, v in NUMBER_SCHEMA.items()})
    return pl.concat([empty, *[f.select(empty.columns) for f in found]])


def _country_of_code(code: str) -> str | None:
    if not code.isascii() or not code.isdigit() or len(code) > 3:
        return None
    country = phonenumbers.region_code_for_country_code(int(code))
    return country if country in phonenumbers.SUPPORTED_REGIONS else None
