"""Values as they are typed at the command line: instants, and the paths and options that several commands share."""

from __future__ import annotations

import json
import sys
from datetime import UTC, datetime
from typing import Any

import typer


def parse_instant(text: str) -> float:
    """ "2026-03-02", "2026-03-02T09:00" (UTC) or with an offset, as epoch seconds; a wrong one is wrong use."""
    try:
        read = datetime.fromisoformat(text)
    except ValueError:
        raise typer.BadParameter(
            f"{text!r} is no instant: write 2026-03-02, 2026-03-02T09:00 (UTC) or 2026-03-02T09:00+08:00."
        ) from None
    return (read if read.tzinfo else read.replace(tzinfo=UTC)).timestamp()


def print_json(value: Any) -> None:
    """One JSON object on standard output; a lone surrogate or NaN never leaves the program."""
    json.dump(value, sys.stdout, ensure_ascii=False, allow_nan=False)
    sys.stdout.write("\n")
