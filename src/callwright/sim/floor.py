"""The plan of a simulated floor: teams, their shifts, pauses, habits and pay. Values only; ``agents`` lives them.

FLOOR.toml is read into a ``FloorPlan`` by ``app.floor_file`` and documented in ``docs/floor.md``.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from callwright.model.agent import Agent
from callwright.sim.people import Lognormal

EVERY_DAY = frozenset(range(7))
WORK_DAYS = frozenset(range(5))


@dataclass(frozen=True, kw_only=True, slots=True)
class Shift:
    """Presence on some weekdays (Monday 0), local minutes after midnight; ``to_minute`` may lie after midnight."""

    weekdays: frozenset[int] = WORK_DAYS
    from_minute: int = 9 * 60
    to_minute: int = 18 * 60


@dataclass(frozen=True, kw_only=True, slots=True)
class Pause:
    """A planned pause: at a local time of day, or every so often since the log-in; begun up to ``spread_s`` later."""

    reason: str = "rest"
    length_s: float = 600.0
    at_minute: int | None = None
    every_s: float | None = None
    spread_s: float = 0.0


@dataclass(frozen=True, kw_only=True, slots=True)
class PreviewHabit:
    """How long an agent reads a card, and how often they decline it."""

    from_s: float = 20.0
    to_s: float = 30.0
    decline: float = 0.0
    reasons: tuple[str, ...] = ("not suitable",)


@dataclass(frozen=True, kw_only=True, slots=True)
class Team:
    """Agents who are alike. No shifts: present from the beginning to the end. ``campaigns`` empty: all."""

    name: str = "Agent"
    agents: int = 10
    site: str = ""
    tiers: frozenset[int] = frozenset({1, 2, 3, 4, 5})
    seniority: int = 0
    skills: Mapping[str, int] = field(default_factory=dict)
    inbound: bool = True
    pay_per_hour: float = 0.0
    campaigns: tuple[str, ...] = ()
    shifts: tuple[Shift, ...] = ()
    pauses: tuple[Pause, ...] = ()
    wrap_up: Lognormal = field(default_factory=lambda: Lognormal(mean=20.0, cv=0.0))
    preview: PreviewHabit = field(default_factory=PreviewHabit)
    attendance: float = 1.0  # probability of coming on a planned day
    login_s: float = 0.0  # from the log-in to being ready


@dataclass(frozen=True, kw_only=True, slots=True)
class FloorPlan:
    """All teams of a floor. Agents are numbered through in the order of teams."""

    teams: tuple[Team, ...]
    time_zone: str = "UTC"

    @staticmethod
    def of(agents: int) -> FloorPlan:
        """``agents`` alike, always present, wrapping up for 20 s."""
        return FloorPlan(teams=(Team(agents=agents),))

    def agents(self, first_id: int = 1) -> list[Agent]:
        """The agents, with ids from ``first_id`` on."""
        return [
            Agent(
                id=first_id + index,
                name=f"{team.name} {number}",
                team=team.name,
                site=team.site,
                tiers=team.tiers,
                seniority=team.seniority,
                skills=dict(team.skills),
                inbound=team.inbound,
                pay_per_hour=team.pay_per_hour,
            )
            for index, (team, number) in enumerate(self._places())
        ]

    def teams_by_agent(self, first_id: int = 1) -> dict[int, Team]:
        return {first_id + index: team for index, (team, _) in enumerate(self._places())}

    def presences_of(self, from_at: float, until_at: float, first_id: int = 1) -> list[tuple[int, float, float]]:
        """Every agent's planned stretches between two instants, as (agent id, begin, end)."""
        zone = ZoneInfo(self.time_zone)
        planned: list[tuple[int, float, float]] = []
        for index, (team, _) in enumerate(self._places()):
            if not team.shifts:
                planned.append((first_id + index, from_at, until_at))
                continue
            for begin, end in presences(team, zone, from_at):
                if begin >= until_at:
                    break
                planned.append((first_id + index, max(begin, from_at), min(end, until_at)))
        return planned

    def _places(self) -> Iterator[tuple[Team, int]]:
        for team in self.teams:
            for number in range(1, team.agents + 1):
                yield team, number


def presences(team: Team, zone: ZoneInfo, after: float) -> Iterator[tuple[float, float]]:
    """The team's shifts that end after ``after``, as (begin, end) instants in order; endless where any shift is."""
    day = datetime.fromtimestamp(after, zone).date() - timedelta(days=1)
    while any(shift.weekdays for shift in team.shifts):
        today = sorted(
            (local_instant(day, shift.from_minute, zone), _end_of(shift, day, zone))
            for shift in team.shifts
            if day.weekday() in shift.weekdays
        )
        yield from (presence for presence in today if presence[1] > after)
        day += timedelta(days=1)


def _end_of(shift: Shift, day: date, zone: ZoneInfo) -> float:
    over_night = shift.to_minute <= shift.from_minute
    return local_instant(day + timedelta(days=1) if over_night else day, shift.to_minute, zone)


def local_instant(day: date, minute: int, zone: ZoneInfo) -> float:
    """The instant at which the wall clock of ``zone`` shows ``minute`` of ``day``."""
    day += timedelta(days=minute // 1440)
    return datetime(day.year, day.month, day.day, minute % 1440 // 60, minute % 60, tzinfo=zone).timestamp()
