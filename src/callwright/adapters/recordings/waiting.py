"""Notes that the database could not take yet: in memory, and as small files so that a crash does not lose them."""

from __future__ import annotations

import json
import os
from contextlib import suppress
from dataclasses import asdict
from pathlib import Path

from callwright.adapters.recordings.ports import Note


class Waiting:
    """One note per recording. A full disk costs the file only: the note stays in memory."""

    def __init__(self, directory: Path) -> None:
        self._directory = directory
        self._notes = {note.recording_id: note for note in self._on_disk()}

    def __len__(self) -> int:
        return len(self._notes)

    def all(self) -> list[Note]:
        return list(self._notes.values())

    def get(self, recording_id: int) -> Note | None:
        return self._notes.get(recording_id)

    def put(self, note: Note) -> None:
        """Keep it in memory, merged into what waits already."""
        known = self._notes.get(note.recording_id)
        self._notes[note.recording_id] = note if known is None else known.merged(note)

    def write(self, recording_id: int) -> None:
        """Put its note, as it is now, on the disk too. Blocking; one at a time."""
        note = self._notes.get(recording_id)
        if note is None:
            return
        with suppress(OSError):
            self._directory.mkdir(parents=True, exist_ok=True, mode=0o700)
            beside = self._file(recording_id).with_suffix(".new")
            with beside.open("w", encoding="utf-8") as out:
                json.dump(asdict(note), out)
                out.flush()
                os.fsync(out.fileno())
            beside.rename(self._file(recording_id))

    def done(self, note: Note) -> None:
        """The database has this note; one that has grown meanwhile stays."""
        if self._notes.get(note.recording_id) == note:
            del self._notes[note.recording_id]
            self._file(note.recording_id).unlink(missing_ok=True)

    def _file(self, recording_id: int) -> Path:
        return self._directory / f"{recording_id}.json"

    def _on_disk(self) -> list[Note]:
        found = []
        for file in sorted(self._directory.glob("*.json")):
            with suppress(ValueError, TypeError, KeyError):  # a spoilt one stays on the disk for a human
                said = json.loads(file.read_text(encoding="utf-8"))
                said["hushes"] = tuple((at, on) for at, on in said["hushes"])
                found.append(Note(**said))
        return found
