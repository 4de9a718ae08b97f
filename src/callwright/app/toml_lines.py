"""On which line of a TOML file a key stands. The standard reader gives values without places; errors need both.

A light scan over a document that tomllib has already accepted; it need not check anything, only find.
"""

from __future__ import annotations

import re
import tomllib

Path = tuple[str | int, ...]
"""Where a value stands: keys, and positions in arrays of tables; ``()`` is the document itself."""

_HEADER = re.compile(r"\s*(\[\[?)(.+?)(\]\]?)\s*(?:#.*)?$")
_KEY = re.compile(r"""\s*((?:"(?:[^"\\]|\\.)*"|'[^']*'|[A-Za-z0-9_-]+|[ \t]*\.[ \t]*)+?)\s*=""")
_TOKENS = re.compile(r"\"\"\"|'''|\"(?:[^\"\\\n]|\\.)*\"|'[^'\n]*'|#[^\n]*|[\[\]{}]")


def key_lines(text: str) -> dict[Path, int]:
    """The line (from 1) of every table header and key of a valid TOML document, inline tables' keys included."""
    lines: dict[Path, int] = {(): 1}
    counts: dict[Path, int] = {}
    base: Path = ()
    rows = text.split("\n")
    at = 0
    while at < len(rows):
        row = rows[at]
        header = _HEADER.match(row)
        if header:
            base = _resolve(_split(header[2]), counts, repeated=header[1] == "[[")
            lines.setdefault(base, at + 1)
            at += 1
            continue
        key = _KEY.match(row)
        if not key:
            at += 1
            continue
        path = (*base, *_split(key[1]))
        lines.setdefault(path, at + 1)
        at = _skip_value(rows, at, key.end(), path, lines)
    return lines


def _split(dotted: str) -> tuple[str, ...]:
    """The parts of a dotted key, quotes removed; tomllib itself does the reading."""
    found: list[str] = []
    node: object = tomllib.loads(f"{dotted.strip()} = 0")
    while isinstance(node, dict):
        ((part, node),) = node.items()
        found.append(part)
    return tuple(found)


def _resolve(parts: tuple[str, ...], counts: dict[Path, int], *, repeated: bool) -> Path:
    """The path of a table header: a part that names an array of tables means its latest element."""
    path: Path = ()
    for index, part in enumerate(parts):
        path = (*path, part)
        if repeated and index == len(parts) - 1:
            counts[path] = counts.get(path, 0) + 1
        if path in counts:
            path = (*path, counts[path] - 1)
    return path


def _skip_value(rows: list[str], at: int, column: int, path: Path, lines: dict[Path, int]) -> int:
    """The row after the value that begins at ``rows[at][column]``; notes the keys of inline tables on the way."""
    depth = 0
    inside: str | None = None  # the closing mark of a multi-line string
    while at < len(rows):
        row = rows[at]
        if depth and not inside:
            for found in re.finditer(r"([A-Za-z0-9_-]+)\s*=", row[column:]):
                lines.setdefault((*path, found[1]), at + 1)
        while True:
            if inside:
                end = row.find(inside, column)
                if end < 0:
                    break
                column, inside = end + 3, None
                continue
            token = _TOKENS.search(row, column)
            if not token or token[0].startswith("#"):
                break
            column = token.end()
            if token[0] in ('"""', "'''"):
                inside = token[0]
            elif token[0] in "[{":
                depth += 1
                if token[0] == "{":
                    for found in re.finditer(r"([A-Za-z0-9_-]+)\s*=", row[column:]):
                        lines.setdefault((*path, found[1]), at + 1)
            elif token[0] in "]}":
                depth -= 1
        at, column = at + 1, 0
        if depth <= 0 and not inside:
            return at
    return at
