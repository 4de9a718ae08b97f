"""Which column fills what: by the headings alone, or as a saved profile says.

A profile is TOML or JSON (see docs/lists.md): ``[columns]`` heading = target, and optionally ``country``,
``select`` and ``tiers`` of the list. Columns a profile does not name are mapped by their heading; what no field
takes becomes a fact.
"""

from __future__ import annotations

import json
import tomllib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import polars as pl

from callwright.kit.errors import BadInput
from callwright.lists.columns import MANY, Target, plain_heading, recognise
from callwright.lists.nearest import nearest
from callwright.lists.values import parse_instant, time_zone

_KEYS = ("columns", "country", "select", "tiers", "encoding", "delimiter")


@dataclass(frozen=True, kw_only=True, slots=True)
class Profile:
    """A saved way of reading a kind of file. ``columns``: heading -> target (``phone``, ``fact:city``, ``skip``)."""

    name: str = ""
    columns: Mapping[str, str] = field(default_factory=dict)
    country: str | None = None
    select: str | None = None
    tiers: tuple[str, ...] = ()
    encoding: str | None = None
    delimiter: str | None = None

    def as_dict(self) -> dict[str, Any]:
        """The form in which it is stored; ``profile_from`` reads it back."""
        full: dict[str, Any] = {"columns": dict(self.columns), "country": self.country, "select": self.select}
        full |= {"tiers": list(self.tiers), "encoding": self.encoding, "delimiter": self.delimiter}
        return {key: value for key, value in full.items() if value}


@dataclass(frozen=True, kw_only=True, slots=True)
class ColumnUse:
    """One column: its place (``c3``), its heading, what it fills, and the fact's name if it is one."""

    column: str
    heading: str
    target: Target
    fact: str = ""

    def __str__(self) -> str:
        return f"fact:{self.fact}" if self.target is Target.FACT else str(self.target)


@dataclass(frozen=True, kw_only=True, slots=True)
class ColumnMapping:
    """What every column of a file fills."""

    uses: tuple[ColumnUse, ...]
    warnings: tuple[str, ...] = ()

    def columns(self, target: Target) -> list[str]:
        return [u.column for u in self.uses if u.target is target]

    def column(self, target: Target) -> str | None:
        return next(iter(self.columns(target)), None)

    def facts(self) -> dict[str, str]:
        """Fact name -> column. An owner is a fact too: who it is may mean something to people who are no agents."""
        return {u.fact: u.column for u in self.uses if u.target in (Target.FACT, Target.OWNER)}

    def as_dict(self) -> dict[str, str]:
        """Heading -> target, for the report and for saving."""
        return {u.heading: str(u) for u in self.uses}


def load_profile(path: Path) -> Profile:
    """A profile from a TOML or JSON file. Raises BadInput naming the key."""
    try:
        text = path.read_text(encoding="utf-8-sig")
        data = json.loads(text) if path.suffix.lower() == ".json" else tomllib.loads(text)
    except FileNotFoundError:
        raise BadInput(f"There is no mapping profile {path}.") from None
    except (json.JSONDecodeError, tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise BadInput(f"The mapping profile {path.name} cannot be read: {error}.") from None
    return profile_from(data, name=path.stem)


def profile_from(data: object, *, name: str) -> Profile:
    """A profile from its stored form. Raises BadInput for an unknown key, target or type."""
    if not isinstance(data, dict):
        raise BadInput(f"The mapping profile {name!r} must be a table with the key 'columns'.")
    for key in data:
        if key not in _KEYS:
            raise BadInput(f"The mapping profile {name!r} has an unknown key {key!r}; {_nearest(str(key), _KEYS)}")
    columns = data.get("columns", {})
    if not isinstance(columns, dict) or not all(isinstance(v, str) for v in columns.values()):
        raise BadInput(f'In the mapping profile {name!r}, \'columns\' must be lines like "Heading" = "phone".')
    for heading, target in columns.items():
        _target(target, heading)
    tiers = data.get("tiers", [])
    if not isinstance(tiers, list) or not all(isinstance(t, str) for t in tiers):
        raise BadInput(f"In the mapping profile {name!r}, 'tiers' must be a list of rules like \"tier 1: spend > 60\".")
    for key in ("country", "select", "encoding", "delimiter"):
        if data.get(key) is not None and not isinstance(data[key], str):
            raise BadInput(f"In the mapping profile {name!r}, {key!r} must be text.")
    return Profile(
        name=name,
        columns=columns,
        country=data.get("country"),
        select=data.get("select"),
        tiers=tuple(tiers),
        encoding=data.get("encoding"),
        delimiter=data.get("delimiter"),
    )


def map_columns(headings: Sequence[str], profile: Profile | None, sample: pl.DataFrame) -> ColumnMapping:
    """What each column fills. Raises BadInput where no column holds telephone numbers or the profile does not fit."""
    wanted = {plain_heading(h): t for h, t in (profile.columns if profile else {}).items()}
    warnings: list[str] = []
    missing = set(wanted) - {plain_heading(h) for h in headings}
    for plain in sorted(missing):
        name = next(h for h in profile.columns if plain_heading(h) == plain) if profile else plain
        if wanted[plain] == Target.PHONE:
            raise BadInput(f"The file has no column {name!r}, which the profile reads; {_nearest(name, headings)}")
        warnings.append(f"The profile names a column {name!r} that the file does not have.")
    uses: list[ColumnUse] = []
    taken: set[Target] = set()
    explicit = {_target(t, h)[0] for h, t in wanted.items()}
    for position, heading in enumerate(headings):
        column = f"c{position}"
        said = wanted.get(plain_heading(heading))
        if said is not None:
            target, fact = _target(said, heading)
            if target in taken and target not in MANY:
                raise BadInput(f"The profile fills {said!r} from two columns; {heading!r} is the second.")
        else:
            target, fact = recognise(heading) or Target.FACT, heading
            claimed = target in explicit and (target not in MANY or target is Target.PHONE)
            if (target not in MANY and target in taken) or claimed:
                target = Target.FACT
            elif not _plausible(target, sample.get_column(column)):
                warnings.append(f"No cell of {heading!r} is a {target.replace('_', ' ')}; it is kept as a fact.")
                target = Target.FACT
        taken.add(target)
        uses.append(ColumnUse(column=column, heading=heading, target=target, fact=fact or heading))
    if Target.PHONE not in taken:
        uses = _with_phones_by_content(uses, sample, warnings)
    return ColumnMapping(uses=tuple(uses), warnings=tuple(warnings))


_LOOKS_RIGHT: Mapping[Target, Callable[[str], object]] = {
    Target.TIER: lambda cell: cell in ("1", "2", "3", "4", "5"),
    Target.PRIORITY: lambda cell: cell.lstrip("-").isdecimal(),
    Target.TIME_ZONE: time_zone,
    Target.CONSENT_DATE: lambda cell: parse_instant(cell) is not None,
}


def _plausible(target: Target, cells: pl.Series) -> bool:
    """Whether at least one cell fits what its heading promises ("tier" may well mean gold and silver)."""
    look = _LOOKS_RIGHT.get(target)
    filled = [text for text in cells.drop_nulls().str.strip_chars().unique().to_list() if text]
    return look is None or not filled or any(look(text) for text in filled)


def _target(said: str, heading: str) -> tuple[Target, str]:
    word, _, fact = said.partition(":")
    try:
        target = Target(word.strip().lower())
    except ValueError:
        raise BadInput(f"Column {heading!r} cannot fill {said!r}; {_nearest(said, list(Target))}") from None
    return target, fact.strip()


def _with_phones_by_content(uses: list[ColumnUse], sample: pl.DataFrame, warnings: list[str]) -> list[ColumnUse]:
    """Columns whose cells are all long numbers, where no heading told."""
    looks = r"^[\s'+(]*(?:[0-9][\s\-().]*){9,15}$"
    found: list[ColumnUse] = []
    for use in uses:
        cells = (
            sample.get_column(use.column).drop_nulls() if use.column in sample.columns else pl.Series(dtype=pl.String)
        )
        if use.target is Target.FACT and len(cells) and cells.str.contains(looks).mean() == 1.0:
            found.append(use)
    if len(found) != 1:
        headings = ", ".join(repr(u.heading) for u in uses[:12])
        raise BadInput(
            f"No column can be told to hold telephone numbers (there are {headings}); "
            'say which with a profile: [columns] "Heading" = "phone".'
        )
    chosen = found[0]
    warnings.append(f"No heading names a telephone number; {chosen.heading!r} is read as such.")
    phone = ColumnUse(column=chosen.column, heading=chosen.heading, target=Target.PHONE)
    return [phone if u is chosen else u for u in uses]


def _nearest(word: str, choices: Sequence[str]) -> str:
    best = nearest(word, choices)
    return "there are none." if best is None else f"the nearest is {best!r}."
