"""What a live board shows, gathered from the dialer's events: counts and states, no drawing (``board``, ``web``)."""

from __future__ import annotations

from collections import Counter, deque
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from callwright.dialer.events import Event
from callwright.dialer.state import CampaignRun
from callwright.kit.clock import utc
from callwright.model.campaign import Campaign

LINE_STATES = ("dialing", "ringing", "detecting", "waiting", "connected", "playing")
AGENT_STATES = ("ready", "reserved", "preview", "in_call", "wrap_up", "not_ready")
FUNNEL = ("dialled", "answered", "effective", "interested", "signed")
TOLD = frozenset({"connect", "abandon", "dispose", "ban", "freeze", "callback", "campaign", "store", "inbound"})
"""Events worth a line on the board; dials and rings are counted only."""
_NEXT_LINE = {"ring": "ringing", "answer": "detecting", "person": "waiting", "connect": "connected", "play": "playing"}


@dataclass(frozen=True, kw_only=True, slots=True)
class Probe:
    """What only the dialer itself knows: records left, and the abandon account of the rule pack's window."""

    records: int
    open: int
    answers: int
    abandons: int


def probe_of(run: CampaignRun) -> Callable[[], Probe]:
    """The probe of a running campaign."""
    return lambda: Probe(
        records=run.total_leads, open=run.open_leads, answers=run.window.answers, abandons=run.window.abandons
    )


@dataclass(frozen=True, kw_only=True, slots=True)
class BoardSnapshot:
    """A floor at one instant, as plain values; ``as_dict`` is what the web page gets."""

    at: float
    campaign: str
    mode: str
    agents: Mapping[str, int]
    lines: Mapping[str, int]
    outcomes: Mapping[str, int]
    dispositions: Mapping[str, int]
    refusals: Mapping[str, int]
    funnel: Mapping[str, int]
    dials: int
    redials: int
    answers: int
    abandons: int
    abandon_rate: float | None
    abandon_limit: float
    talk_s: float
    orders: int
    records: int
    done: int
    finished: bool
    events: tuple[tuple[float, str, Mapping[str, Any]], ...] = ()

    def as_dict(self) -> dict[str, Any]:
        shown = {name: getattr(self, name) for name in self.__slots__}
        shown["events"] = [{"at": at, "kind": kind, **data} for at, kind, data in self.events]
        return shown


@dataclass(kw_only=True, eq=False)
class BoardKeeper:
    """Listens to a dialer's events (``dialer.listeners.append(keeper)``) and keeps the board's counts."""

    campaign: Campaign
    abandon_limit: float
    probe: Callable[[], Probe]
    now: Callable[[], float]
    finished: bool = False
    _agents: dict[int, str] = field(default_factory=dict)
    _lines: dict[int, str] = field(default_factory=dict)
    _lead_of: dict[int, int | None] = field(default_factory=dict)
    _reached: dict[str, set[int]] = field(default_factory=lambda: {stage: set() for stage in FUNNEL})
    _outcomes: Counter[str] = field(default_factory=Counter)
    _dispositions: Counter[str] = field(default_factory=Counter)
    _refusals: Counter[str] = field(default_factory=Counter)
    _events: deque[tuple[float, str, Mapping[str, Any]]] = field(default_factory=lambda: deque(maxlen=8))
    _dials: int = 0
    _redials: int = 0
    _answers: int = 0
    _abandons: int = 0
    _talk_s: float = 0.0
    _orders: int = 0

    def __call__(self, event: Event) -> None:
        data = event.data
        if data.get("campaign") not in (None, self.campaign.id):
            return  # another campaign of the floor; events without one carry an attempt that may be ours
        attempt = data.get("attempt")
        match event.kind:
            case "agent":
                self._agents[data["agent"]] = data["state"]
            case "dial":
                self._dialled(attempt, data)
            case "inbound" if attempt is not None:
                self._lines[attempt] = "ringing"
                self._lead_of[attempt] = data.get("lead")
            case "ring" | "answer" | "person" | "connect" | "play" if attempt in self._lines:
                self._lines[attempt] = _NEXT_LINE[event.kind]
                if event.kind == "person":
                    self._answers += 1
                    self._pass("answered", attempt)
            case "abandon" if attempt in self._lines:
                self._abandons += 1
            case "end" if attempt in self._lines:
                self._ended(attempt, data)
            case "dispose" if attempt in self._lead_of:
                self._disposed(attempt, data)
            case "refuse":
                self._refusals[data["rule"]] += 1
            case "campaign" if data.get("what") == "done":
                self.finished = True
        if event.kind in TOLD:
            self._events.append((event.at, event.kind, dict(data)))

    def _dialled(self, attempt: Any, data: Mapping[str, Any]) -> None:
        self._dials += 1
        self._redials += data.get("redial_of") is not None
        self._lines[attempt] = "dialing"
        self._lead_of[attempt] = data.get("lead")
        self._pass("dialled", attempt)

    def _pass(self, stage: str, attempt: Any) -> None:
        lead = self._lead_of.get(attempt)
        if lead is not None:
            self._reached[stage].add(lead)

    def _ended(self, attempt: Any, data: Mapping[str, Any]) -> None:
        del self._lines[attempt]
        self._outcomes[data["outcome"]] += 1
        if "disposition" in data:
            self._disposed(attempt, data)
        elif data["outcome"] != "talked":  # a talk's disposition is still to come
            self._lead_of.pop(attempt, None)

    def _disposed(self, attempt: Any, data: Mapping[str, Any]) -> None:
        code = data["disposition"]
        self._dispositions[code] += 1
        self._talk_s += data.get("talk_s") or 0.0
        disposition = self.campaign.dispositions.get(code)
        if disposition is not None:
            self._orders += disposition.success
            for stage, passed in (
                ("effective", disposition.effective),
                ("interested", disposition.interested),
                ("signed", disposition.success),
            ):
                if passed:
                    self._pass(stage, attempt)
        self._lead_of.pop(attempt, None)

    def snapshot(self) -> BoardSnapshot:
        probe = self.probe()
        agents = Counter(self._agents.values())
        lines = Counter(self._lines.values())
        return BoardSnapshot(
            at=self.now(),
            campaign=self.campaign.name,
            mode=self.campaign.mode.value,
            agents={state: agents[state] for state in AGENT_STATES},
            lines={state: lines[state] for state in LINE_STATES},
            outcomes=dict(self._outcomes),
            dispositions=dict(self._dispositions),
            refusals=dict(self._refusals),
            funnel={stage: len(self._reached[stage]) for stage in FUNNEL},
            dials=self._dials,
            redials=self._redials,
            answers=self._answers,
            abandons=self._abandons,
            abandon_rate=probe.abandons / probe.answers if probe.answers else None,
            abandon_limit=self.abandon_limit,
            talk_s=self._talk_s,
            orders=self._orders,
            records=probe.records,
            done=max(0, probe.records - probe.open),
            finished=self.finished,
            events=tuple(self._events),
        )


def clock_face(at: float) -> str:
    """The instant as a board shows it: day and time in UTC."""
    return utc(at).strftime("%Y-%m-%d %H:%M:%S")
