"""After a crash: what lies in the spool is taken in, what was interrupted is finished, what is lost is said."""

from __future__ import annotations

import asyncio
import re
import time
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from callwright.adapters.recordings.ports import OVER, Note, State
from callwright.adapters.recordings.taking import PART, SIDES, facts_of, left_parts
from callwright.kit.errors import BadInput

if TYPE_CHECKING:
    from callwright.adapters.recordings.vault import Vault

_SPOOLED = re.compile(r"(\d{1,18})-(person|agent)\.wav")
_NO_FILE = "it was recording when the switch died, and no file was found"
_SETTLED_S = 10.0
"""What began so lately may have begun after the caller asked the switch what is live."""
_PAGE = 500


@dataclass(kw_only=True, slots=True)
class Recovered:
    """What ``recover`` did: kept, already kept before, lost and why, and files left where they are and why."""

    kept: list[int] = field(default_factory=list)
    known: list[int] = field(default_factory=list)
    lost: dict[int, str] = field(default_factory=dict)
    left: dict[str, str] = field(default_factory=dict)
    put_off: list[int] = field(default_factory=list)


async def recover_spool(
    vault: Vault, spool: Path, *, live: Collection[int] | None, quiet_s: float, now: float
) -> Recovered:
    """See ``Vault.recover``."""
    done = Recovered()
    await _settle_parts(vault)
    await vault.catch_up()
    spooled = await vault.off_loop(_spooled_files, spool)
    over = {attempt_id: files for attempt_id, files in spooled.items() if attempt_id not in (live or ())}
    growing = await _growing(vault, over, quiet_s)
    for attempt_id, files in over.items():
        if attempt_id in growing:
            done.left |= {file.name: "it is still being written" for file in files.values()}
        else:
            await _recover_one(vault, attempt_id, files, done)
    if live is not None:
        await _give_up(vault, {*live, *growing}, done, now - _SETTLED_S)
    await vault.copy_list()
    return done


async def _recover_one(vault: Vault, attempt_id: int, files: Mapping[str, Path], done: Recovered) -> None:
    row = await vault.rows.find(attempt_id)
    known = row is not None and row.state in OVER
    begun = {} if known else await vault.off_loop(_begun_by_files, files, row.note if row else None)
    try:
        kept = await vault.finished(attempt_id, files.get("person"), files.get("agent"), **begun)
    except BadInput as error:
        kept = None
        done.left |= {file.name: str(error) for file in files.values()}
    if kept is not None:
        (done.known if known else done.kept).append(attempt_id)
    elif vault.waits(attempt_id):
        done.put_off.append(attempt_id)
    elif (found := await vault.rows.find(attempt_id)) is not None and found.state is State.LOST:
        done.lost[attempt_id] = found.why
    done.left |= {
        file.name: "it is not what was taken in, or no audio; look at it and remove it"
        for file in files.values()
        if file.name not in done.left and not vault.waits(attempt_id) and file.exists()
    }


async def _give_up(vault: Vault, live: Collection[int], done: Recovered, before: float) -> None:
    """What was recording, is not any more, and left no file."""
    after = 0
    while page := await vault.rows.page((State.RECORDING,), after_id=after, most=_PAGE):
        after = page[-1].id
        for row in page:
            fresh = row.note.began_at is not None and row.note.began_at > before
            if row.id in live or fresh or vault.waits(row.id):
                continue
            if await vault.rows.lose(row.id, _NO_FILE, before + _SETTLED_S):
                done.lost[row.id] = _NO_FILE


async def _settle_parts(vault: Vault) -> None:
    """Name what was committed and not named; drop what was never committed: its sources lie in the spool."""
    for part in await vault.off_loop(left_parts, vault.directory):
        row = await vault.rows.find(int(part.name.partition("-")[0]))
        name = str(part.relative_to(vault.directory)).removesuffix(PART)
        if row is not None and row.sealed is not None and row.sealed.file == name and row.state is State.KEPT:
            await vault.off_loop(part.rename, vault.directory / name)
        else:
            await vault.off_loop(partial(part.unlink, missing_ok=True))


def _spooled_files(spool: Path) -> dict[int, dict[str, Path]]:
    """The spool's recordings by attempt and side."""
    found: dict[int, dict[str, Path]] = {}
    for file in sorted(spool.iterdir()):
        if match := _SPOOLED.fullmatch(file.name):
            found.setdefault(int(match[1]), {})[match[2]] = file
    return dict(sorted(found.items()))


async def _growing(vault: Vault, spooled: Mapping[int, Mapping[str, Path]], quiet_s: float) -> set[int]:
    """The attempts whose files are still written to. Waits only where some were written to lately."""
    young = {
        attempt_id: sizes
        for attempt_id, files in spooled.items()
        if (sizes := await vault.off_loop(_sizes_if_young, files, quiet_s)) is not None
    }
    if young:
        await asyncio.sleep(quiet_s)
    return {attempt_id for attempt_id, sizes in young.items() if _sizes(spooled[attempt_id]) != sizes}


def _sizes_if_young(files: Mapping[str, Path], quiet_s: float) -> list[int] | None:
    youngest_s = time.time() - max((file.stat().st_mtime for file in files.values() if file.exists()), default=0.0)
    return _sizes(files) if youngest_s < quiet_s else None


def _sizes(files: Mapping[str, Path]) -> list[int]:
    return [file.stat().st_size if file.exists() else 0 for file in files.values()]


def _begun_by_files(files: Mapping[str, Path], note: Note | None) -> dict[str, float]:
    """Where no event told the beginnings: the file's last write less its length, and its end."""
    told: dict[str, float] = {}
    for side in SIDES:
        file = files.get(side)
        if file is None:
            continue
        last = file.stat().st_mtime
        told["ended_at"] = max(told.get("ended_at", 0.0), last)
        if note is None or getattr(note, f"{side}_began_at") is None:
            try:
                with file.open("rb") as opened:
                    facts = facts_of(opened, file.stat().st_size)
            except BadInput:
                continue
            told[f"began_at_{side}"] = last - facts.frames / facts.rate
    if note is not None and note.ended_at is not None:
        told.pop("ended_at", None)
    return told
