"""Reading a TOML file into typed values, with errors that name the key, the line and the nearest right key.

All faults of a file are gathered and raised together by ``Document.finish``. Which keys a file has is told by the
asking: a key nobody asked for is unknown. What the values mean is not known here (see ``campaign_file``).
"""

from __future__ import annotations

import difflib
import tomllib
from collections.abc import Callable, Collection, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import date, datetime
from pathlib import Path as FilePath
from typing import Any, TypeVar

from rapidfuzz import fuzz, process

from callwright.app.spans import parse_hours, parse_span, parse_weekdays
from callwright.app.toml_lines import Path, key_lines
from callwright.kit.errors import BadInput

T = TypeVar("T")
_NAMES = {bool: "true or false", int: "a whole number", float: "a number", str: "a text in quotes"}


def nearest(word: str, known: Collection[str]) -> str | None:
    """The known word that ``word`` most likely was meant to be, None where nothing is near."""
    found = process.extractOne(word, sorted(known), scorer=fuzz.ratio, score_cutoff=60)
    if found:
        return str(found[0])
    close = [name for name in sorted(known) if word and (word in name.split("_") or name in word.split("_"))]
    return close[0] if close else next(iter(difflib.get_close_matches(word, sorted(known), n=1)), None)


def read_document(path: FilePath) -> Document:
    """The file as a Document. Raises BadInput where it cannot be read or is not TOML."""
    try:
        data = path.read_bytes()
    except FileNotFoundError:
        raise BadInput(f"{path} does not exist: give the path of the file.") from None
    except OSError as error:
        raise BadInput(f"{path} cannot be read ({error.strerror}): give a readable TOML file.") from None
    return parse_document(data, str(path))


def parse_document(data: bytes | str, name: str) -> Document:
    """The text as a Document; ``name`` is what errors call it."""
    try:
        text = data.decode("utf-8-sig") if isinstance(data, bytes) else data
    except UnicodeDecodeError as error:
        line = bytes(data[: error.start]).count(b"\n") + 1  # type: ignore[arg-type]  # it is bytes: str cannot fail
        raise BadInput(f"{name}, line {line}: not UTF-8; save the file as UTF-8.") from None
    text = text.replace("\r\n", "\n")
    try:
        values = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise BadInput(f"{name}: {_plain(str(error))}; correct the TOML there.") from None
    return Document(name=name, lines=key_lines(text), values=values)


def _plain(message: str) -> str:
    return message.rstrip(".").replace("(at line", "(line")


@dataclass(kw_only=True, slots=True)
class Document:
    """A TOML file being read: its values, the lines of its keys, and the faults found so far."""

    name: str
    lines: dict[Path, int]
    values: Mapping[str, Any]
    faults: list[tuple[int, str]] = field(default_factory=list)
    tables: list[Table] = field(default_factory=list)

    def top(self) -> Table:
        return Table(document=self, path=(), values=self.values)

    def fault(self, path: Path, text: str) -> None:
        where = path
        while where not in self.lines:
            where = where[:-1]
        self.faults.append((self.lines[where], text))

    def finish(self) -> None:
        """Raise BadInput with every fault, unknown keys included, in the order of lines."""
        for table in self.tables:
            table.note_unknown_keys()
        if not self.faults:
            return
        faults = sorted(set(self.faults))
        said = [f"line {line}: {text}{'' if text.endswith('?') else '.'}" for line, text in faults]
        if len(said) == 1:
            raise BadInput(f"{self.name}, {said[0]}")
        raise BadInput(f"{self.name} has {len(said)} faults; correct them:\n" + "\n".join(f"  {each}" for each in said))


class Table:
    """One table of the document. Each method reads one key; a fault is noted and the default returned."""

    __slots__ = ("_asked", "_children", "document", "path", "values")

    def __init__(self, *, document: Document, path: Path, values: Mapping[str, Any]) -> None:
        self.document, self.path, self.values = document, path, values
        self._asked: set[str] = set()
        document.tables.append(self)

    def __contains__(self, key: str) -> bool:
        return key in self.values

    @property
    def title(self) -> str:
        """The table as errors call it: "[dial]", or "" for the file's top."""
        names = [str(part) for part in self.path if isinstance(part, str)]
        return f"[{'.'.join(names)}]" if names else ""

    def fault(self, key: str, text: str) -> None:
        place = f"`{key}`" + (f" in {self.title}" if self.title else "")
        self.document.fault((*self.path, key), f"{place} {text}")

    def raw(self, key: str) -> Any:
        self._asked.add(key)
        return self.values.get(key)

    def open_keys(self) -> list[str]:
        """All keys of a table whose keys are the user's own words (names of lists, outcomes, digits)."""
        self._asked.update(self.values)
        return list(self.values)

    def need(self, key: str) -> None:
        if key not in self.values:
            self._asked.add(key)
            self.document.fault(self.path, f"`{key}` is missing{' in ' + self.title if self.title else ''}")

    def _typed(self, key: str, kind: type[T], default: T) -> T:
        value = self.raw(key)
        if value is None:
            return default
        if kind is float and isinstance(value, int) and not isinstance(value, bool):
            value = float(value)
        if not isinstance(value, kind) or (kind is not bool and isinstance(value, bool)):
            self.fault(key, f"must be {_NAMES[kind]}, not {_show(value)}")
            return default
        return value

    def text(self, key: str, default: str = "") -> str:
        return self._typed(key, str, default)

    def flag(self, key: str, default: bool) -> bool:
        return self._typed(key, bool, default)

    def whole(self, key: str, default: int, *, least: int | None = None, most: int | None = None) -> int:
        return self._within(key, self._typed(key, int, default), default, least, most)

    def number(self, key: str, default: float, *, least: float | None = None, most: float | None = None) -> float:
        return self._within(key, self._typed(key, float, default), default, least, most)

    def _within(self, key: str, value: T, default: T, least: Any, most: Any) -> T:
        if key not in self.values or (  # a default needs no check
            (least is None or value >= least) and (most is None or value <= most)
        ):
            return value
        room = (
            f"between {least:g} and {most:g}"
            if least is not None and most is not None
            else (f"at least {least:g}" if least is not None else f"at most {most:g}")
        )
        self.fault(key, f"must be {room}, not {value}")
        return default

    def share(self, key: str, default: T) -> float | T:
        """A share 0..1, written 0.03 or "3%"."""
        value = self.raw(key)
        if isinstance(value, str) and value.strip().endswith("%"):
            with suppress(ValueError):
                value = float(value.strip()[:-1]) / 100
        if value is None:
            return default
        if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value <= 1:
            self.fault(key, f'must be a share such as 0.03 or "3%", not {_show(value)}')
            return default
        return float(value)

    def span(self, key: str, default: T, *, least: float = 0.0, most: float = 366 * 86400.0) -> float | T:
        """A span in seconds: a number of seconds or "10m", "4h", "2d"."""
        value = self.raw(key)
        if value is None:
            return default
        seconds: float | None = None
        if isinstance(value, int | float) and not isinstance(value, bool):
            seconds = float(value)
        elif isinstance(value, str):
            seconds = _or_none(parse_span, value)
        if seconds is None or not least <= seconds <= most:
            reason = "" if seconds is None else f" between {least:g} and {most:g} seconds"
            self.fault(key, f'must be a span{reason} such as "10m", "4h", "2d" or seconds, not {_show(value)}')
            return default
        return seconds

    def hours(self, key: str, default: tuple[int, int]) -> tuple[int, int]:
        """ "09:00-20:00" as minutes after midnight."""
        return self._parsed(key, parse_hours, default, 'hours of one day such as "09:00-20:00"')

    def weekdays(self, key: str, default: frozenset[int]) -> frozenset[int]:
        """ "mon-fri" or ["mon", "wed"] as numbers, Monday 0."""
        value = self.raw(key)
        if isinstance(value, list) and all(isinstance(day, str) for day in value):
            value = ",".join(value)
        return self._parsed(key, parse_weekdays, default, 'weekdays such as "mon-fri" or "mon, wed"', value)

    def _parsed(self, key: str, parse: Callable[[str], T], default: T, expected: str, value: object | None = None) -> T:
        value = self.raw(key) if value is None else value
        if value is None:
            return default
        parsed = _or_none(parse, value) if isinstance(value, str) else None
        if parsed is None:
            self.fault(key, f"must be {expected}, not {_show(value)}")
            return default
        return parsed

    def instant(self, key: str) -> float | None:
        """A date and time with its offset, 2026-03-02T09:00:00+08:00, as epoch seconds."""
        value = self.raw(key)
        if value is None:
            return None
        if isinstance(value, str):
            value = _or_none(datetime.fromisoformat, value) or value
        if isinstance(value, datetime) and value.tzinfo is not None:
            return value.timestamp()
        lacks = " (the offset to UTC is missing)" if isinstance(value, date) else ""
        self.fault(key, f"must be a date and time such as 2026-03-02T09:00:00+08:00, not {_show(value)}{lacks}")
        return None

    def choice(self, key: str, default: str, known: Collection[str]) -> str:
        value = self.text(key, default)
        if value not in known:
            self.fault(key, f"cannot be {_show(value)}{_meant(value, known)}")
            return default
        return value

    def texts(self, key: str, default: Sequence[str] = (), *, known: Collection[str] | None = None) -> tuple[str, ...]:
        value = self.raw(key)
        if value is None:
            return tuple(default)
        if isinstance(value, str):
            value = [value]
        if not isinstance(value, list) or not all(isinstance(each, str) for each in value):
            self.fault(key, f'must be a list of texts such as ["a", "b"], not {_show(value)}')
            return tuple(default)
        for each in value:
            if known is not None and each not in known:
                self.fault(key, f"cannot hold {_show(each)}{_meant(each, known)}")
        return tuple(value)

    def table(self, key: str) -> Table:
        """The table under ``key``; an empty one where there is none."""
        value = self.raw(key)
        if value is not None and not isinstance(value, dict):
            self.fault(key, f"must be a table [{key}], not {_show(value)}")
            value = None
        return Table(document=self.document, path=(*self.path, key), values=value or {})

    def each_table(self, key: str) -> list[Table]:
        """The tables of ``[[key]]``."""
        value = self.raw(key)
        if value is None:
            return []
        if not isinstance(value, list) or not all(isinstance(each, dict) for each in value):
            self.fault(key, f"must be written as [[{key}]] tables, not {_show(value)}")
            return []
        return [
            Table(document=self.document, path=(*self.path, key, index), values=each)
            for index, each in enumerate(value)
        ]

    def note_unknown_keys(self) -> None:
        for key in self.values:
            if key not in self._asked:
                self.fault(key, "is not a key" + self._hint(key))

    def _hint(self, key: str) -> str:
        found = nearest(key, self._asked)
        if found is None or found in self.values:
            for other in self.document.tables:
                if other is not self and key in other._asked:
                    return f"; it belongs in {other.title or 'the top of the file, before the first [table]'}"
        return f"; did you mean `{found}`?" if found else f"; the keys here are {', '.join(sorted(self._asked))}"


def _or_none(parse: Callable[[str], T], text: str) -> T | None:
    try:
        return parse(text)
    except (ValueError, IndexError):
        return None


def _meant(value: str, known: Collection[str]) -> str:
    found = nearest(value, known)
    listed = ", ".join(sorted(known))
    return f"; did you mean `{found}`?" if found else f"; it may be {listed}"


def _show(value: object) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, str):
        return f'"{value}"' if len(value) <= 60 else f'"{value[:57]}..."'
    if isinstance(value, dict):
        return "a table"
    if isinstance(value, list):
        return "a list"
    return str(value)
