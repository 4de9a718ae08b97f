"""What the screens need of the rest of the house: a floor to act on and to see, and telephones for browsers.

``dialer.service.Dialer`` is a ``FloorControl``: everything an agent or a team lead may do stands here. ``FloorSight``
and ``Phones`` are made in ``app``.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from callwright.desk.service import Seat
from callwright.dialer.network import Coaching, ConsultEnd
from callwright.kit.errors import Conflict
from callwright.model.attempt import Attempt
from callwright.model.campaign import Campaign
from callwright.model.people import Lead


class Parked(Protocol):
    """A person who waits with music until somebody takes them up again (``dialer``'s)."""

    @property
    def attempt_id(self) -> int: ...
    @property
    def campaign_id(self) -> int: ...
    @property
    def number(self) -> str: ...
    @property
    def name(self) -> str: ...
    @property
    def since(self) -> float: ...
    @property
    def parked_by(self) -> int | None: ...


class HandOnTargets(Protocol):
    """To whom a call may be handed: agents who are ready now (id, name), and names the campaign gives numbers to."""

    @property
    def agents(self) -> Sequence[tuple[int, str]]: ...
    @property
    def names(self) -> Sequence[str]: ...


class InHand(Protocol):
    """The call an agent has in hand, as the dialer tells its changes (``dialer``'s ``CallInHand``)."""

    @property
    def attempt_id(self) -> int: ...
    @property
    def role(self) -> str:
        """ "agent", "helper" (consulted by another agent) or "coach"."""
        ...

    @property
    def number(self) -> str: ...
    @property
    def name(self) -> str: ...
    @property
    def on_hold(self) -> bool: ...
    @property
    def hushed(self) -> bool: ...
    @property
    def aside(self) -> str | None:
        """None, "ringing", "talking" or "conference"."""
        ...

    @property
    def with_whom(self) -> str: ...


class FloorControl(Protocol):
    """Everything an agent and a team lead may do. Raises NotFound, Conflict and BadInput with a sentence that helps.

    What they change counts from the next ``committed()``.
    """

    def log_in(self, agent_id: int, campaign_ids: Sequence[int]) -> None: ...
    def log_out(self, agent_id: int) -> None: ...
    def ready(self, agent_id: int) -> None: ...
    def pause(self, agent_id: int, reason: str) -> None: ...
    def agent_lost(self, agent_id: int) -> None: ...
    def accept_preview(self, agent_id: int) -> None: ...
    def decline_preview(self, agent_id: int, reason: str) -> None: ...
    async def dial_manual(self, agent_id: int, campaign_id: int, number: str) -> object | None:
        """None: the rules refused."""
        ...

    def dispose(
        self,
        agent_id: int,
        attempt_id: int,
        code: str,
        *,
        order_amount: float | None = None,
        callback_at: float | None = None,
        callback_mine: bool = False,
    ) -> None: ...
    async def committed(self) -> None:
        """All that was said before is on disk."""
        ...

    def hang_up(self, agent_id: int) -> None: ...
    def hold(self, agent_id: int, on: bool) -> None: ...
    def note_stage(self, agent_id: int, stage: str) -> None: ...
    def send_keys(self, agent_id: int, keys: str) -> None: ...
    def hush_recording(self, agent_id: int, on: bool) -> None: ...
    def transfer(self, agent_id: int, to: int | str) -> None: ...
    def consult(self, agent_id: int, to: int | str) -> None: ...
    def end_consult(self, agent_id: int, how: ConsultEnd) -> None: ...
    def park(self, agent_id: int) -> None: ...
    def parked(self) -> Sequence[Parked]: ...
    def retrieve(self, agent_id: int, attempt_id: int) -> None: ...
    def back_to_queue(self, agent_id: int) -> None: ...
    def hand_on_targets(self, agent_id: int) -> HandOnTargets: ...
    def coach(self, lead_id: int, agent_id: int, how: Coaching) -> None: ...
    def take_over(self, lead_id: int, agent_id: int) -> None: ...


class FloorSight(Protocol):
    """What there is to see of a floor, without changing it."""

    def seats(self) -> Mapping[int, Seat]: ...
    def campaigns(self) -> Sequence[Campaign]:
        """Those that run."""
        ...

    def call_of(self, agent_id: int) -> tuple[Attempt, Lead | None] | None:
        """The call the agent is in or wraps up (after a restart the screens were not told of it)."""
        ...

    def line_up(self, agent_id: int) -> bool | None:
        """Whether the agent's telephone line stands; None on a floor without telephones."""
        ...

    def callback_windows(self, attempt_id: int, from_at: float, until_at: float) -> Sequence[tuple[float, float]]:
        """When the person of this call may lawfully be called again."""
        ...


@dataclass(frozen=True, kw_only=True, slots=True)
class PhoneLine:
    """How a browser registers as an agent's telephone. The secret is of this session only."""

    url: str  # ws://... or wss://... of the switch
    user: str
    secret: str
    domain: str

    def as_dict(self) -> dict[str, Any]:
        return {"url": self.url, "user": self.user, "secret": self.secret, "domain": self.domain}


class Phones(Protocol):
    """Telephones for browsers."""

    @property
    def origins(self) -> Sequence[str]:
        """Where browsers connect to (``ws://127.0.0.1:8088``): what the page's policy lets through."""
        ...

    async def line(self, agent_id: int) -> PhoneLine | None:
        """A line for this agent with a new secret; None: there are no telephones on this floor."""
        ...


class Plans(Protocol):
    """Answers managers' questions; takes half a minute, elsewhere than on the dialer's loop."""

    async def ask(
        self, campaign: str, *, agents: int, share: float, finish_by: str | None, limit: float | None
    ) -> Mapping[str, Any]:
        """``planning.answers.answer``'s object. Raises BadInput, and Conflict where another plan is being made."""
        ...


class NoPlans:
    """A floor without a place to plan."""

    async def ask(
        self, campaign: str, *, agents: int, share: float, finish_by: str | None, limit: float | None
    ) -> Mapping[str, Any]:
        raise Conflict("This floor makes no plans.")


class NoPhones:
    """A floor whose network is simulated: nobody hears anything."""

    origins: Sequence[str] = ()

    async def line(self, agent_id: int) -> PhoneLine | None:
        return None
