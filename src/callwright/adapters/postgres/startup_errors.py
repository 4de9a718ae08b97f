"""What went wrong while the embedded server started, in one sentence that says what to do."""

from __future__ import annotations

import errno
import re
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from callwright.kit.errors import BadInput, CallwrightError, Conflict, StoreFull, StoreUnavailable

_FULL = (errno.ENOSPC, errno.EDQUOT)
_FORBIDDEN = (errno.ENOENT, errno.EACCES, errno.EPERM, errno.EROFS, errno.ENOTDIR, errno.ELOOP)


@contextmanager
def told_plainly(data_dir: Path) -> Iterator[None]:
    """Translates the system's errors on our directory."""
    try:
        yield
    except subprocess.TimeoutExpired as fault:
        raise StoreUnavailable(
            f"PostgreSQL did not answer within {fault.timeout:.0f} seconds: look into {data_dir / 'run'}"
            " for its log and try again."
        ) from fault
    except OSError as fault:
        if fault.errno in _FULL:
            raise disk_full(data_dir) from fault
        if fault.errno in _FORBIDDEN:
            raise BadInput(
                f"Cannot write to {fault.filename or data_dir} ({fault.strerror}):"
                " set CALLWRIGHT_HOME to a directory that is yours."
            ) from fault
        raise StoreUnavailable(f"PostgreSQL could not start in {data_dir}: {fault}.") from fault


def disk_full(data_dir: Path) -> StoreFull:
    return StoreFull(
        f"The disk under {data_dir} is full: free some space there, or move CALLWRIGHT_HOME to another disk."
    )


def failed_program(data_dir: Path, what: str, output: str) -> CallwrightError:
    """The error for a failed initdb, start or migration from what the program and its log said."""
    if "No space left on device" in output or "Disk quota exceeded" in output:
        return disk_full(data_dir)
    if "Address already in use" in output or "could not bind" in output:
        return Conflict(
            "The port asked for the embedded PostgreSQL is taken by another program: choose another one, or none."
        )
    if "Permission denied" in output:
        return BadInput(
            f"{what}: permission denied under {data_dir}; set CALLWRIGHT_HOME to a directory that is yours."
        )
    return StoreUnavailable(f"{what}: {_last_complaint(output)}.")


def _last_complaint(output: str) -> str:
    complaints = re.findall(r"(?:FATAL|PANIC|[Ee]rror|ERROR): *(.+)", output)
    lines = [line for line in output.strip().splitlines() if line.strip()]
    said = complaints[-1] if complaints else (lines[-1] if lines else "it said nothing")
    return str(said).strip().rstrip(".")
