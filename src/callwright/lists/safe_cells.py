"""Cells that a spreadsheet will not run: exports and error files go through here."""

from __future__ import annotations

import re

_STARTERS = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")
_NUMBER = re.compile(r"^\+[0-9]{6,15}$")
_PLAIN_FIGURE = re.compile(r"^-?[0-9]+([.,][0-9]+)?$")


def safe_cell(text: str) -> str:
    """``text`` so that no spreadsheet reads a formula into it: an apostrophe before a dangerous first sign.

    E.164 numbers and plain figures are harmless and stay as they are. The reader takes it off again.
    """
    begins = text.lstrip(" \u00a0")
    if not begins.startswith(_STARTERS) and not text.startswith(_STARTERS):
        return text
    if _NUMBER.match(text) or _PLAIN_FIGURE.match(text):
        return text
    return "'" + text
