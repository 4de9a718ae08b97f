"""The list of hashes: append-only, each entry bound to the one before, so that nothing can be taken out unseen.

Pure. Everything that ever happens to a recording is an entry: kept with its hashes, lost, purged, exported, held. The
database holds the list; the vault's directory has a second copy as text (``list_file``).
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable
from dataclasses import dataclass, replace
from enum import StrEnum

GENESIS = "0" * 64


class Deed(StrEnum):
    KEPT = "kept"
    LOST = "lost"
    PURGED = "purged"
    EXPORTED = "exported"
    HEARD = "heard"
    HELD = "held"
    RELEASED = "released"
    REWRAPPED = "rewrapped"


@dataclass(frozen=True, kw_only=True, slots=True)
class Entry:
    """One line of the list. ``seq`` counts from 1 without a gap; hashes are hexadecimal sha256."""

    deed: Deed
    at: float
    seq: int = 0
    recording_id: int | None = None
    wav_sha256: str = ""
    file_sha256: str = ""
    file_bytes: int = 0
    who: str = ""
    why: str = ""
    previous: str = ""
    link: str = ""


def linked(entry: Entry, *, seq: int, previous: str) -> Entry:
    """The entry as it stands behind the one whose link is ``previous``."""
    placed = replace(entry, seq=seq, previous=previous)
    return replace(placed, link=link_of(placed))


def link_of(entry: Entry) -> str:
    """The hash over all that the entry says, the previous link included."""
    said = [
        *(entry.seq, entry.deed.value, f"{entry.at:.3f}", entry.recording_id, entry.wav_sha256, entry.file_sha256),
        *(entry.file_bytes, entry.who, entry.why, entry.previous),
    ]
    return hashlib.sha256(json.dumps(said, ensure_ascii=True, separators=(",", ":")).encode()).hexdigest()


class ChainWalk:
    """Follows the list entry by entry; ``fault`` is set at the first one that does not fit."""

    def __init__(self) -> None:
        self.seq, self.link = 0, GENESIS
        self.fault: str | None = None

    def follow(self, entries: Iterable[Entry]) -> None:
        for entry in entries:
            if self.fault is not None:
                return
            if entry.seq != self.seq + 1:
                self.fault = f"entry {self.seq + 1} is missing"
            elif entry.previous != self.link:
                self.fault = f"entry {entry.seq} does not follow entry {self.seq}: one of them was replaced"
            elif entry.link != link_of(entry):
                self.fault = f"entry {entry.seq} was altered"
            else:
                self.seq, self.link = entry.seq, entry.link


def as_line(entry: Entry) -> str:
    """The entry as the text copy has it."""
    said = {
        "seq": entry.seq,
        "at": f"{entry.at:.3f}",
        "deed": entry.deed.value,
        "recording": entry.recording_id,
        "wav": entry.wav_sha256,
        "file": entry.file_sha256,
        "bytes": entry.file_bytes,
        "who": entry.who,
        "why": entry.why,
        "link": entry.link,
    }
    return json.dumps(said, ensure_ascii=False) + "\n"


def seq_and_link(line: str) -> tuple[int, str] | None:
    """What a line of the text copy says; None for one that was cut off or spoilt."""
    try:
        said = json.loads(line)
        return int(said["seq"]), str(said["link"])
    except (ValueError, KeyError, TypeError):
        return None
