"""From rows of text to people with numbers: everything about a row that can be decided without the database.

``Preparer`` sees the chunks of one file in order and remembers the numbers already taken, so that the first row
with a number wins. What is rejected and what is only noted comes out beside what is good; the three add up.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TypeVar

import polars as pl

from callwright.lists.chunk import Chunk
from callwright.lists.columns import Target
from callwright.lists.facts import facts_as_json
from callwright.lists.mapping import ColumnMapping
from callwright.lists.phones import findings, no_findings, read_phones
from callwright.lists.reasons import Reason
from callwright.lists.select import TierRule, compile_rule, compile_tiers
from callwright.lists.values import DEFAULT_CONSENT, consent_kind, nearest_zone, parse_instant, time_zone

V = TypeVar("V")
DEFAULT_TIER = 5
_FROM_NUMBER = ("country", "region", "line_type", "carrier")
_EMAIL = r"^[^@\s,;<>\"]+@[^@\s,;<>\"]+\.[^@\s,;<>\".]{2,}$"
_PRIORITY_LIMIT = 2_000_000_000


@dataclass(frozen=True, kw_only=True, slots=True)
class Prepared:
    """One chunk, ready to store.

    ``people``: row, external_id, name, language, time_zone, tier, priority, owner_agent_id, facts (JSON), consent_kind,
    consent_at, consent_proof. ``phones``: row, position, number, country, region, line_type, carrier, zones.
    ``emails``: row, email. ``rejected`` and ``notes``: row, reason, detail. ``rows``: the text as read.
    """

    people: pl.DataFrame
    phones: pl.DataFrame
    emails: pl.DataFrame
    rejected: pl.DataFrame
    notes: pl.DataFrame
    rows: pl.DataFrame

    def without(self, rejected: pl.DataFrame) -> Prepared:
        """The same with more rows rejected (the ones the database already has)."""
        keep = {
            name: getattr(self, name).join(rejected.select("row"), on="row", how="anti", maintain_order="left")
            for name in ("people", "phones", "emails", "notes")
        }
        return Prepared(**keep, rejected=pl.concat([self.rejected, rejected]), rows=self.rows)


class Preparer:
    """Prepares the chunks of one file, in their order."""

    def __init__(
        self,
        mapping: ColumnMapping,
        *,
        country: str | None = None,
        select: str | None = None,
        tiers: tuple[str, ...] = (),
        owners: Mapping[str, int] | None = None,
        now: float,
    ) -> None:
        self._mapping = mapping
        self._country = country
        self._owners = dict(owners or {})
        self._now = now
        names = _rule_columns(mapping)
        self._select = compile_rule(select, names) if select and select.strip() else None
        self._tiers: list[TierRule] = compile_tiers(tiers, names)
        self._seen = pl.DataFrame(schema={"number": pl.UInt64, "first": pl.UInt32})

    def prepare(self, chunk: Chunk) -> Prepared:
        rows = chunk.rows
        phones = read_phones(rows, self._mapping, self._country)
        people, wrong = self._people(rows)
        notes = [phones.notes]
        rejected = pl.concat([phones.rejected, *wrong]).unique("row", keep="first", maintain_order=True)
        left = rows.join(rejected.select("row"), on="row", how="anti", maintain_order="left")
        left = _with_first_number(left, phones.good)
        if self._select is not None:
            taken = left.select("row", ok=self._select)
            out = findings(taken.filter(~pl.col("ok")), Reason.NOT_SELECTED)
            rejected = pl.concat([rejected, out])
            left = left.join(out.select("row"), on="row", how="anti", maintain_order="left")
        numbers, doubles, more = self._first_of_each(
            phones.good.join(left.select("row"), on="row", how="semi", maintain_order="left")
        )
        rejected = pl.concat([rejected, doubles]).sort("row")
        left = left.join(doubles.select("row"), on="row", how="anti", maintain_order="left")
        people = people.join(left.select("row"), on="row", how="semi", maintain_order="left")
        people = self._with_tiers(people, left)
        emails, bad_emails = self._emails(left)
        notes += [more, bad_emails, self._unknown_owners(left)]
        kept = people.select("row")
        return Prepared(
            people=people,
            phones=numbers,
            emails=emails,
            rejected=rejected,
            notes=pl.concat(notes).join(kept, on="row", how="semi").sort("row"),
            rows=rows,
        )

    # --- people ----------------------------------------------------------------------------------------------------

    def _text(self, target: Target) -> pl.Expr:
        column = self._mapping.column(target)
        return pl.lit(None, pl.String) if column is None else pl.col(column).str.strip_chars()

    def _people(self, rows: pl.DataFrame) -> tuple[pl.DataFrame, list[pl.DataFrame]]:
        zone, tier, priority = (self._text(t) for t in (Target.TIME_ZONE, Target.TIER, Target.PRIORITY))
        people = rows.select(
            "row",
            external_id=self._text(Target.EXTERNAL_ID),
            name=_full_name(self._text),
            language=self._text(Target.LANGUAGE).fill_null("").str.to_lowercase(),
            zone_text=zone,
            tier_text=tier,
            priority_text=priority,
            owner=self._text(Target.OWNER),
            facts=facts_as_json(self._mapping.facts()),
            kind_text=self._text(Target.CONSENT_KIND),
            date_text=self._text(Target.CONSENT_DATE),
            consent_proof=self._text(Target.CONSENT_PROOF).fill_null(""),
        )
        wrong: list[pl.DataFrame] = []
        people = self._with_zone(people, wrong)
        people = self._with_ranks(people, wrong)
        people = self._with_consent(people, wrong)
        owner = pl.lit(None, pl.Int64)
        if self._owners:
            owner = pl.col("owner").replace_strict(self._owners, default=None, return_dtype=pl.Int64)
        people = people.with_columns(owner_agent_id=owner)
        columns = ["row", "external_id", "name", "language", "time_zone", "tier", "priority", "owner_agent_id", "facts"]
        return people.select(*columns, "consent_kind", "consent_at", "consent_proof"), wrong

    def _with_zone(self, people: pl.DataFrame, wrong: list[pl.DataFrame]) -> pl.DataFrame:
        zones = _by_value(people.get_column("zone_text"), time_zone)
        people = people.with_columns(time_zone=_translated("zone_text", zones))
        bad = people.filter(pl.col("zone_text").is_not_null() & pl.col("time_zone").is_null())
        if bad.height:
            near = _by_value(bad.get_column("zone_text"), nearest_zone)
            wrong.append(findings(bad, Reason.BAD_TIME_ZONE, _translated("zone_text", near)))
        return people

    def _with_ranks(self, people: pl.DataFrame, wrong: list[pl.DataFrame]) -> pl.DataFrame:
        for name in ("tier", "priority"):
            whole = pl.col(f"{name}_text").str.replace(r"\.0+$", "").cast(pl.Int64, strict=False)
            people = people.with_columns(whole.alias(name))
        given = pl.col("tier_text").is_not_null() & (pl.col("tier_text") != "")
        bad = people.filter(given & ~pl.col("tier").is_between(1, 5).fill_null(False))
        wrong.append(findings(bad, Reason.BAD_TIER))
        given = pl.col("priority_text").is_not_null() & (pl.col("priority_text") != "")
        fits = pl.col("priority").is_between(-_PRIORITY_LIMIT, _PRIORITY_LIMIT).fill_null(False)
        wrong.append(findings(people.filter(given & ~fits), Reason.BAD_PRIORITY))
        return people.with_columns(pl.col("priority").fill_null(0))

    def _with_consent(self, people: pl.DataFrame, wrong: list[pl.DataFrame]) -> pl.DataFrame:
        kinds = _by_value(people.get_column("kind_text"), consent_kind)
        dates = _by_value(people.get_column("date_text"), parse_instant)
        has_kinds = self._mapping.column(Target.CONSENT_KIND) is not None
        # a date alone is a consent to be called; a kind alone is none, there is nothing to prove it by
        kind = (
            _translated("kind_text", kinds)
            if has_kinds
            else pl.when(pl.col("date_text").is_not_null()).then(pl.lit(DEFAULT_CONSENT))
        )
        at = (
            pl.col("date_text").replace_strict(dates, default=None, return_dtype=pl.Float64)
            if dates
            else pl.lit(None, pl.Float64)
        )
        people = people.with_columns(consent_kind=kind, consent_at=at)
        valid = (pl.col("consent_at") <= self._now).fill_null(False)
        wrong.append(findings(people.filter(pl.col("consent_kind").is_not_null() & ~valid), Reason.BAD_CONSENT_DATE))
        return people

    def _with_tiers(self, people: pl.DataFrame, left: pl.DataFrame) -> pl.DataFrame:
        if self._tiers:
            ruled = pl.lit(None, pl.Int64)
            for rule in reversed(self._tiers):
                ruled = pl.when(rule.condition).then(pl.lit(rule.tier, pl.Int64)).otherwise(ruled)
            people = people.join(left.select("row", ruled=ruled), on="row", how="left", maintain_order="left")
            people = people.with_columns(tier=pl.coalesce("ruled", "tier")).drop("ruled")
        return people.with_columns(pl.col("tier").fill_null(DEFAULT_TIER))

    def _emails(self, left: pl.DataFrame) -> tuple[pl.DataFrame, pl.DataFrame]:
        parts = [
            left.select("row", email=pl.col(c).str.strip_chars().str.to_lowercase()).filter(pl.col("email") != "")
            for c in self._mapping.columns(Target.EMAIL)
        ]
        if not parts:
            return pl.DataFrame(schema={"row": pl.UInt32, "email": pl.String}), no_findings()
        emails = pl.concat(parts).unique(("row", "email"), keep="first", maintain_order=True)
        fits = pl.col("email").str.contains(_EMAIL)
        return emails.filter(fits), findings(emails.filter(~fits), Reason.BAD_EMAIL, pl.col("email"))

    def _unknown_owners(self, left: pl.DataFrame) -> pl.DataFrame:
        column = self._mapping.column(Target.OWNER)
        if column is None or not self._owners:  # nobody is an agent: the column means something else
            return no_findings()
        owners = left.select("row", owner=pl.col(column).str.strip_chars()).filter(pl.col("owner") != "")
        return findings(
            owners.filter(~pl.col("owner").is_in(list(self._owners))), Reason.UNKNOWN_OWNER, pl.col("owner")
        )

    # --- duplicates ------------------------------------------------------------------------------------------------

    def _first_of_each(self, phones: pl.DataFrame) -> tuple[pl.DataFrame, pl.DataFrame, pl.DataFrame]:
        """(numbers that stay, rows rejected as duplicates, notes on further numbers that belong to an earlier row)."""
        keyed = phones.with_columns(key=pl.col("number").str.slice(1).cast(pl.UInt64))
        firsts = keyed.group_by("key").agg(pl.col("row").min().alias("here")).rename({"key": "number"})
        met = self._seen.join(firsts.select("number"), on="number", how="semi")  # the small side is hashed
        firsts = firsts.join(met, on="number", how="left")
        firsts = firsts.with_columns(owner=pl.coalesce("first", "here"))
        if firsts.get_column("first").null_count() == firsts.height and firsts.height == phones.height:
            double = keyed.clear().with_columns(owner=pl.lit(None, pl.UInt32))  # the usual case: nothing twice
            mine = phones
        else:
            keyed = keyed.join(
                firsts.select("number", "owner"), left_on="key", right_on="number", how="left", maintain_order="left"
            )
            double = keyed.filter(pl.col("owner") != pl.col("row"))
            mine = keyed.filter(pl.col("owner") == pl.col("row")).select(phones.columns)
        new = firsts.filter(pl.col("first").is_null()).select("number", pl.col("here").alias("first"))
        self._seen = pl.concat([self._seen, new], rechunk=False)
        gone = double.join(mine.select("row"), on="row", how="anti").unique("row", keep="first", maintain_order=True)
        further = double.join(mine.select("row"), on="row", how="semi")
        return (
            mine,
            findings(gone, Reason.DUPLICATE_IN_FILE, pl.col("owner")),
            findings(further, Reason.EXTRA_DUPLICATE, pl.col("owner")),
        )


def _with_first_number(left: pl.DataFrame, phones: pl.DataFrame) -> pl.DataFrame:
    """The rows with what their first number tells, as columns that rules can ask for."""
    first = phones.unique("row", keep="first", maintain_order=True).select("row", *_FROM_NUMBER)
    return left.join(
        first.rename({n: f"number_{n}" for n in _FROM_NUMBER}), on="row", how="left", maintain_order="left"
    )


def _rule_columns(mapping: ColumnMapping) -> dict[str, str]:
    """Names a rule may use: every heading and fact, and what the number tells (a heading of that name wins)."""
    told = {name: f"number_{name}" for name in _FROM_NUMBER}
    headings = {u.heading: u.column for u in mapping.uses}
    facts = {name: column for name, column in mapping.facts().items() if name not in headings}
    return told | facts | headings


def _by_value(column: pl.Series, translate: Callable[[str], V | None]) -> dict[str, V | None]:
    """Each distinct text of a column with its translation."""
    return {text: translate(text) for text in column.drop_nulls().unique().to_list() if text}


def _translated(column: str, table: Mapping[str, str | None]) -> pl.Expr:
    if not table:
        return pl.lit(None, pl.String)
    return pl.col(column).replace_strict(dict(table), default=None, return_dtype=pl.String)


def _full_name(text: Callable[[Target], pl.Expr]) -> pl.Expr:
    """The name, or put together from its parts: family name first without a space where it is written in Chinese."""
    first, middle, last = text(Target.FIRST_NAME), text(Target.MIDDLE_NAME), text(Target.LAST_NAME)
    western = pl.concat_str([first, middle, last], separator=" ", ignore_nulls=True)
    chinese = pl.concat_str([last, first], ignore_nulls=True)
    parts = pl.when(last.str.contains(r"[\u4e00-\u9fff]").fill_null(False)).then(chinese).otherwise(western)
    return pl.coalesce(text(Target.NAME), parts).fill_null("")
