"""What the command line asks of a rehearsal or a run, as values: the seam between ``cli`` and the composition."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Literal

StoreKind = Literal["memory", "postgres"]
Telephony = Literal["simulated", "asterisk"]


@dataclass(frozen=True, kw_only=True, slots=True)
class RehearsalOptions:
    """``callwright rehearse``. ``from_at`` None: the next Monday 00:00 UTC after a fixed date, so that runs repeat.

    ``until_at`` None: until every record is done or no call is possible any more.
    """

    campaign: Path
    list_file: Path | None = None  # None: the lists that the campaign file names with their files
    truth: Path | None = None
    agents: int | None = None
    floor: Path | None = None
    from_at: float | None = None
    until_at: float | None = None
    seed: int = 1
    store: StoreKind = "memory"
    events: Path | None = None  # where the event log goes, as JSON lines
    history: Path | None = None  # where what happened goes, for ``callwright plan --history``


@dataclass(frozen=True, kw_only=True, slots=True)
class RunOptions:
    """``callwright run``. ``campaign`` None: the sample campaign. ``speed``: simulated seconds in one real second."""

    campaign: Path | None = None
    list_file: Path | None = None
    truth: Path | None = None
    agents: int | None = None
    floor: Path | None = None
    once: bool = False  # end with the report when the campaign is done, instead of staying until Ctrl-C
    speed: float | None = None  # None: chosen so that the sample ends in about a minute
    seed: int = 1
    web_port: int | None = None  # None: no web page
    telephony: Telephony = "simulated"
    desk_port: int | None = None  # the agents' page: agents are people; None: simulated ones
