"""The named statements. A file holds several; each begins with ``-- name: ...`` and is read by that name.

Parameters are bound ($1, $2, ...), never pasted. Instants travel as float seconds and become ``timestamptz`` in SQL.
"""

from __future__ import annotations

import re
from functools import cache
from importlib.resources import files

_PARAMETER = re.compile(r"\$(\d+)")
_NAME = re.compile(r"^-- name: *(\w+) *$", re.MULTILINE)


@cache
def statement(name: str) -> str:
    """The statement of this name. Raises KeyError where no file has it: a defect."""
    return _all()[name]


@cache
def all_in_one(names: tuple[str, ...]) -> str:
    """The named changes as one statement, for one round trip: each a CTE, parameters numbered through.

    Built from our own files only; values stay bound. They see the data as before the statement, not each other's work.
    """
    parts, taken = [], 0
    for name in names:
        body = statement(name)
        parts.append(f"{name} as (\n{_renumbered(body, taken)}\n)")
        taken += max(int(number) for number in _PARAMETER.findall(body))
    return "with " + ",\n".join(parts) + "\nselect"


def _renumbered(body: str, taken: int) -> str:
    return _PARAMETER.sub(lambda parameter: f"${int(parameter[1]) + taken}", body)


@cache
def _all() -> dict[str, str]:
    found: dict[str, str] = {}
    for file in sorted(files(__name__).iterdir(), key=lambda f: f.name):
        if not file.name.endswith(".sql"):
            continue
        parts = _NAME.split(file.read_text(encoding="utf-8"))
        for name, body in zip(parts[1::2], parts[2::2], strict=True):
            if name in found:
                raise KeyError(f"Two statements are named {name}.")
            found[name] = body.strip().rstrip(";")
    return found
