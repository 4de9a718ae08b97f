"""The word somebody may have meant, for error messages."""

from __future__ import annotations

from collections.abc import Iterable

from rapidfuzz import fuzz, process, utils


def nearest(word: str, choices: Iterable[str]) -> str | None:
    """The choice most like ``word``, whatever its case; None where there are no choices."""
    best = process.extractOne(word, [str(c) for c in choices], scorer=fuzz.ratio, processor=utils.default_process)
    return None if best is None else str(best[0])
