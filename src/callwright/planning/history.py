"""What a plan is learned from and what it is made for: dials, agents' time, planned shifts; and the open records.

Plain facts, whoever read them (the database, a rehearsal, a file). Instants are epoch seconds UTC, spans seconds.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, NamedTuple

from callwright.kit.errors import BadInput
from callwright.model.agent import StateInterval
from callwright.model.attempt import Attempt, Mode
from callwright.model.people import OPEN_STATUSES, Lead, LeadStatus

FORMAT = 1


class Dial(NamedTuple):
    """One finished dial. ``kind``: the number's line type. ``over_s``: from the order to its answer or end."""

    lead: int  # 0: a number outside every list
    at: float
    kind: str
    outcome: str
    disposition: str
    over_s: float
    talk_s: float
    agent: int  # 0: none
    inbound: bool


class Presence(NamedTuple):
    """A stretch of an agent's time in one state (``model.agent.AgentState``; offline is left out)."""

    agent: int
    state: str
    began_at: float
    ended_at: float


class PlannedShift(NamedTuple):
    agent: int
    began_at: float
    ended_at: float


@dataclass(frozen=True, kw_only=True, slots=True)
class History:
    """``zone``: whose wall clock the hours and days are."""

    zone: str
    dials: Sequence[Dial] = ()
    presences: Sequence[Presence] = ()
    shifts: Sequence[PlannedShift] = ()
    cut: bool = False  # there were more dials than are read

    def before(self, at: float) -> History:
        """What was known at an instant: for backtests."""
        return History(
            zone=self.zone,
            dials=[d for d in self.dials if d.at < at],
            presences=[p._replace(ended_at=min(p.ended_at, at)) for p in self.presences if p.began_at < at],
            shifts=[s for s in self.shifts if s.began_at < at],
        )

    def write(self, path: Path) -> None:
        """As one JSON file. Raises BadInput where it cannot be written."""
        try:
            path.write_text(json.dumps({"format": FORMAT, **asdict(self)}), encoding="utf-8")
        except OSError as error:
            raise BadInput(f"The history {path} cannot be written: {error.strerror}.") from None


def read_history(path: Path) -> History:
    """A file that ``History.write`` made. Raises BadInput on anything else."""
    try:
        told: Any = json.loads(path.read_text(encoding="utf-8"))
        if told["format"] != FORMAT:
            raise BadInput(f"{path.name} is a history of format {told['format']}; make it anew with --history.")
        return History(
            zone=str(told["zone"]),
            dials=[Dial(*row) for row in told["dials"]],
            presences=[Presence(*row) for row in told["presences"]],
            shifts=[PlannedShift(*row) for row in told["shifts"]],
            cut=bool(told["cut"]),
        )
    except OSError as error:
        raise BadInput(f"The history {path} cannot be read: {error.strerror}.") from None
    except (ValueError, KeyError, TypeError):
        raise BadInput(f"{path.name} is no history; make one with callwright rehearse ... --history FILE.") from None


@dataclass(frozen=True, kw_only=True, slots=True)
class Place:
    """Where records live as the rules see it: country, region, candidate zones, the person's own zone."""

    country: str = ""
    region: str = ""
    zones: tuple[str, ...] = ()
    own_zone: str | None = None


class Record(NamedTuple):
    """One open record. ``due_at`` 0: at once. ``last_outcome`` "": never dialled."""

    kind: str
    place: Place
    tries: int = 0
    last_outcome: str = ""
    due_at: float = 0.0
    outcome_tries: Mapping[str, int] = {}  # read only


@dataclass(frozen=True, kw_only=True, slots=True)
class Work:
    """What is to be called: the open records, in the order of their claim, and those that are done already."""

    records: Sequence[Record]
    done: int = 0

    @property
    def total(self) -> int:
        return self.done + len(self.records)


def history_of(
    *,
    zone: str,
    attempts: Iterable[Attempt],
    kind_of: Callable[[Attempt], str],
    intervals: Iterable[StateInterval] = (),
    shifts: Iterable[tuple[int, float, float]] = (),
) -> History:
    """The history in the engines' own objects; unfinished dials are left out."""
    return History(
        zone=zone,
        dials=[dial_of(a, kind_of(a)) for a in attempts if a.outcome is not None],
        presences=[
            Presence(i.agent_id, i.state.value, i.began_at, i.ended_at) for i in intervals if i.state.value != "offline"
        ],
        shifts=[PlannedShift(*shift) for shift in shifts],
    )


def dial_of(attempt: Attempt, kind: str) -> Dial:
    assert attempt.outcome is not None
    over_at = attempt.answered_at if attempt.answered_at is not None else attempt.ended_at
    return Dial(
        lead=attempt.lead_id or 0,
        at=attempt.dialed_at,
        kind=kind,
        outcome=attempt.outcome.value,
        disposition=attempt.disposition or "",
        over_s=max(0.0, over_at - attempt.dialed_at) if over_at is not None else 0.0,
        talk_s=attempt.talk_s,
        agent=attempt.agent_id or 0,
        inbound=attempt.mode is Mode.INBOUND,
    )


def work_of(leads: Iterable[Lead]) -> Work:
    """The work left in the engines' own objects, in the order in which leads are claimed."""
    done, open_leads = 0, []
    for lead in leads:
        if lead.status in OPEN_STATUSES and lead.phones:
            open_leads.append(lead)
        else:
            done += 1
    open_leads.sort(key=lambda lead: (-lead.priority, lead.next_at, lead.id))
    return Work(records=[_record(lead) for lead in open_leads], done=done)


def _record(lead: Lead) -> Record:
    phone = next((p for p in lead.phones if p.id == lead.next_phone_id), None)
    phone = phone or next((p for p in lead.phones if p.dead is None), lead.phones[0])
    return Record(
        kind=phone.line_type.value,
        place=Place(country=phone.country, region=phone.region, zones=phone.zones, own_zone=lead.time_zone),
        tries=lead.tries,
        last_outcome=lead.last_outcome or "",
        due_at=lead.next_at if lead.status is LeadStatus.WAITING else 0.0,
        outcome_tries=dict(lead.outcome_tries),
    )
