"""What the dialer needs of a telephone network: a ``Network`` that carries calls, a ``NetworkSink`` that hears of them.

Two exist: the simulated carrier (``sim.carrier``) and Asterisk (``adapters.asterisk``). One contract suite in
``tests/contract/network`` runs over both.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol

from callwright.compliance import DialPermit
from callwright.model.outcome import Media


@dataclass(frozen=True, kw_only=True, slots=True)
class Originate:
    """An order to dial. It cannot be made without a permit, and the permit's number is what is dialled."""

    attempt_id: int  # also the channel id: a second originate with the same id is refused by the network
    permit: DialPermit
    trunk: str
    caller_id: str | None
    ring_timeout_s: float
    detect_machine: bool = False
    max_call_s: float = 3600.0  # the network itself ends a longer call, even where nobody commands it any more
    record: bool = False  # both sides, from the moment an agent is on the line


@dataclass(frozen=True, kw_only=True, slots=True)
class TransferTarget:
    """Somebody of the company's own whom a call may be handed to: a number the campaign names, never a free text.

    Either ``agent_id`` (their line) or ``number`` (E.164, dialled over ``trunk``) is set.
    """

    name: str
    agent_id: int | None = None
    number: str | None = None
    trunk: str | None = None
    caller_id: str | None = None
    ring_timeout_s: float = 25.0


@dataclass(frozen=True, kw_only=True, slots=True)
class LiveCall:
    """A channel the network holds right now (for recovery)."""

    attempt_id: int
    answered: bool
    agent_id: int | None  # joined with this agent
    ringing: bool = False


@dataclass(frozen=True, kw_only=True, slots=True)
class FaxReceived:
    """A call to one of our fax numbers, and what came of it."""

    file: str  # its name among the received ones, also where nothing came
    number: str  # who called, as far as the carrier says; never a proof of who it is
    called: str
    pages: int
    whole: bool  # to its end
    why: str = ""  # where it was not
    station: str = ""  # what the sending machine calls itself
    at: float


class Aside(StrEnum):
    """How far the third party of a consultation or transfer is."""

    RINGING = "ringing"
    ANSWERED = "answered"
    FAILED = "failed"  # did not answer, or is gone before the matter was settled


class ConsultEnd(StrEnum):
    """What becomes of a consultation."""

    RESUME = "resume"  # the third party goes, agent and person talk on
    TRANSFER = "transfer"  # the agent goes, person and third party talk
    CONFERENCE = "conference"  # all three talk


class Coaching(StrEnum):
    """How a team lead takes part in an agent's call."""

    LISTEN = "listen"  # hears both, is heard by nobody
    WHISPER = "whisper"  # is heard by the agent only
    BARGE = "barge"  # is heard by both
    OFF = "off"


class NetworkSink(Protocol):
    """What the network reports, by direct call, in the order in which it happened, for one attempt at a time."""

    def on_ringing(self, attempt_id: int) -> None: ...
    def on_early_media(self, attempt_id: int, media: Media) -> None: ...
    def on_answered(self, attempt_id: int) -> None: ...
    def on_verdict(self, attempt_id: int, media: Media, greeting_ended_at: float | None = None) -> None:
        """The answering-machine detection's word, only where the order asked for detection.

        ``greeting_ended_at``: when whoever answered had said their first words, where that was heard.
        """
        ...

    def on_joined(self, attempt_id: int, agent_id: int) -> None:
        """Agent and person hear each other."""
        ...

    def on_play_ended(self, attempt_id: int) -> None: ...
    def on_fax(self, attempt_id: int, *, sent: bool, pages: int, why: str) -> None:
        """How a ``send_fax`` went: ``pages`` that were sent, and ``why`` it failed in the network's own words. The call
        still stands, unless its end follows at once. A call that we end meanwhile tells its end only."""
        ...

    def on_fax_received(self, fax: FaxReceived) -> None:
        """A fax came to one of our fax numbers. It may be told again after a restart: ``fax.file`` is its name."""
        ...

    def on_key(self, attempt_id: int, key: str) -> None: ...
    def on_ended(self, attempt_id: int, *, sip: int | None, q850: int | None, by: str) -> None:
        """The last event of a call. ``by``: "person", "agent", "us" or "carrier"."""
        ...

    def on_lost(self, attempt_id: int) -> None:
        """The last event of a call whose end nobody saw: the switch died with it, or it is gone after a lost link."""
        ...

    def on_inbound(self, call_id: int, number: str, called: str) -> None:
        """A person calls one of our caller IDs. ``call_id`` is the network's; see ``accept_inbound``."""
        ...

    def on_aside(self, attempt_id: int, what: Aside) -> None:
        """The third party of a consultation or transfer.

        After FAILED agent and person talk again (consultation, conference; a hold under way ends), or the person waits
        alone, with music, for the next ``join`` (blind transfer). A third party of the company's own who leaves after
        a transfer ends the call: ``on_ended``.
        """
        ...

    def on_agent_line(self, agent_id: int, up: bool, *, silent: bool = False) -> None:
        """The agent's always-on line stands, or is gone (the browser died, the wire was cut). ``silent``: nothing had
        been heard of it for seconds before, so that there is little to wait for.

        A person who talked over a line that is gone stays in the network, hears music, and waits for the next ``join``.
        """
        ...

    def on_network(self, up: bool) -> None:
        """The network takes orders again, or takes none: while it does not, nothing must be dialled."""
        ...


class Network(Protocol):
    """Carries calls. Commands return at once; what became of them arrives at the sink. Unknown ids are ignored."""

    def listen(self, sink: NetworkSink) -> None:
        """Send events to ``sink`` from now on (replaces an earlier one: a restarted dialer)."""
        ...

    def originate(self, order: Originate) -> None:
        """Dial. While the network takes no orders (``on_network``) the call ends at once, by us."""
        ...

    def accept_inbound(self, call_id: int, attempt_id: int, *, record: bool = False) -> None:
        """Answer a returned call; from here on it bears the attempt's id in commands and events. ``record``: as in
        ``Originate``."""
        ...

    def refuse_inbound(self, call_id: int) -> None: ...
    def join(self, attempt_id: int, agent_id: int, *, whisper: str | None = None) -> None:
        """Let agent and person hear each other; a play or hold under way ends. ``whisper``: a text the agent hears
        first (the person's name)."""
        ...

    def play(self, attempt_id: int, message: str, length_s: float, *, after_beep: bool = False) -> None:
        """Play a message to the person, who is with nobody meanwhile. ``after_beep``: a machine is spoken to; begin
        when its beep (or the silence after its greeting) has been heard."""
        ...

    def send_fax(self, attempt_id: int, document: str) -> None:
        """Send a document to whatever answered; ``on_fax`` follows. For a call that is sending already, or has sent,
        nothing is sent again: the result is told (after a restart of ours nobody else knows it)."""
        ...

    def hang_up(self, attempt_id: int, *, by: str = "us") -> None: ...
    def hold(self, attempt_id: int, *, on: bool) -> None:
        """The person hears music instead of the agent, or the agent again."""
        ...

    def park(self, attempt_id: int) -> None:
        """Take the person away from whoever they talk with; they hear music until the next ``join``."""
        ...

    def send_keys(self, attempt_id: int, keys: str) -> None:
        """Press keys (0-9, *, #, A-D) towards the person's side; others are left out."""
        ...

    def transfer(self, attempt_id: int, target: TransferTarget) -> None:
        """Blind transfer to a number: the agent leaves at once, the person hears ringing, then the target.

        ``on_aside`` ANSWERED: they talk, and the call ends as any other. FAILED: the person is alone, with music.
        (To another agent a call is given by ``join`` with their id.)
        """
        ...

    def consult(self, attempt_id: int, agent_id: int, target: TransferTarget) -> None:
        """Put the person on hold and call the target for the agent; see ``on_aside``, then ``end_consult``.

        An agent as the target is spoken to over their own line, at once.
        """
        ...

    def end_consult(self, attempt_id: int, how: ConsultEnd) -> None:
        """Settle a consultation, whose third party may still be ringing unless all three are to talk. After CONFERENCE
        it may be settled again: RESUME takes the third party out, TRANSFER lets the agent leave."""
        ...

    def coach(self, agent_id: int, lead_id: int, how: Coaching) -> None:
        """Put the team lead's line (``lead_id`` is their agent id) into the agent's call, or take it out again. It ends
        by itself with the agent's part in the call."""
        ...

    def hush_recording(self, attempt_id: int, *, on: bool) -> None:
        """While on, the recording holds silence (card numbers are being said)."""
        ...

    def call_agent(self, agent_id: int) -> None:
        """Set up the agent's always-on line; ``on_agent_line`` tells when it stands (again, where it stood already)."""
        ...

    def release_agent(self, agent_id: int) -> None:
        """Let the agent's line go; no ``on_agent_line`` follows."""
        ...

    async def live_calls(self) -> Sequence[LiveCall]: ...
