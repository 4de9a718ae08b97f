"""What the simulated carrier holds: a call under way and how far it is, and a trunk in use."""

from __future__ import annotations

from enum import IntEnum

from callwright.dialer.network import TransferTarget
from callwright.dialer.ports import Trunk
from callwright.kit.clock import Timer
from callwright.sim.fates import Fate


class At(IntEnum):
    DIALING = 0
    RINGING = 1
    OFFERED = 2  # a returned call we have not accepted yet
    ANSWERED = 3
    JOINING = 4
    TALKING = 5
    PLAYING = 6
    PARKED = 7  # hears music, with nobody
    ENDING = 8


class Line:
    """A trunk in use."""

    __slots__ = ("busy", "peak", "refilled_at", "tokens", "trunk")

    def __init__(self, trunk: Trunk, now: float) -> None:
        self.trunk = trunk
        self.busy = self.peak = 0
        self.tokens = max(1.0, trunk.calls_per_s)
        self.refilled_at = now

    def takes(self, now: float) -> bool:
        """Whether a further call passes the channel and the calls-per-second limit; if so it occupies a channel."""
        rate = self.trunk.calls_per_s
        self.tokens = min(max(1.0, rate), self.tokens + (now - self.refilled_at) * rate)
        self.refilled_at = now
        if self.busy >= self.trunk.channels or self.tokens < 1.0 - 1e-6:
            return False
        self.tokens -= 1.0
        self.busy += 1
        self.peak = max(self.peak, self.busy)
        return True


class Third:
    """The third party of a consultation or transfer."""

    __slots__ = ("answered", "blind", "fate", "line", "target", "timer", "with_all")

    def __init__(self, target: TransferTarget, blind: bool) -> None:
        self.target = target
        self.blind = blind  # for the person alone: our agent has left, or leaves at the answer
        self.answered = False
        self.with_all = False  # a conference
        self.fate: Fate | None = None  # None: an agent
        self.line: Line | None = None
        self.timer: Timer | None = None


class SimCall:
    __slots__ = (
        "agent_id",
        "at",
        "caller_id",
        "detect",
        "fate",
        "faxed",
        "heard",
        "hushed",
        "id",
        "joins_late",
        "keys",
        "keys_sent",
        "left_s",
        "line",
        "number",
        "picked_up_at",
        "rang_at",
        "ring_timeout_s",
        "second",
        "talk_ends_at",
        "talked",
        "third",
        "timer",
        "verdict",
    )

    def __init__(self, id: int, number: str, fate: Fate, line: Line | None, caller_id: str | None) -> None:
        self.id = id
        self.number = number
        self.fate = fate
        self.line = line
        self.caller_id = caller_id
        self.at = At.DIALING
        self.ring_timeout_s = 0.0
        self.rang_at: float | None = None
        self.detect = False
        self.agent_id: int | None = None
        self.talked = False  # joined with an agent
        self.heard = False  # a message that counts was begun
        self.faxed: tuple[bool, str] | None = None  # how the sending of a document went
        self.keys = ""
        self.talk_ends_at = 0.0
        self.left_s = -1.0  # talk left while on hold, parked, consulted about
        self.picked_up_at = 0.0
        self.joins_late = False  # the join under way takes time
        self.keys_sent = ""  # pressed by our agents
        self.hushed = False  # the recording holds silence
        self.third: Third | None = None
        self.timer: Timer | None = None  # what happens next
        self.second: Timer | None = None  # keys, or the set-up of a join, beside it
        self.verdict: Timer | None = None
