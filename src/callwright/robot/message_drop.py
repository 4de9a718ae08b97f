"""Leaving a message on a machine: when to begin, when to begin again, when to let it be.

A pure state machine over what ``Hearing`` reports. The one who plays asks ``hear`` and ``tick`` and does what they say.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from callwright.model.outcome import Media
from callwright.robot.hearing import Heard, HeardKind


class DropAction(StrEnum):
    NOTHING = "nothing"
    START = "start"  # play the message from its beginning
    RESTART = "restart"  # a beep came later: what was said before it is not on the tape; stop and play again
    GIVE_UP = "give_up"  # no moment to speak came, or it is no machine


@dataclass(kw_only=True, slots=True)
class MessageDrop:
    """One message on one call. ``longest_wait_s`` counts from the answer."""

    longest_wait_s: float = 45.0
    restarts_left: int = 2
    speaking: bool = False
    over: bool = False

    def hear(self, heard: Heard) -> DropAction:
        if self.over:
            return DropAction.NOTHING
        match heard.kind:
            case HeardKind.BEEP if self.speaking:
                return self._again()
            case HeardKind.BEEP | HeardKind.GREETING_END:
                if self.speaking:
                    return DropAction.NOTHING
                self.speaking = True
                return DropAction.START
            case HeardKind.VERDICT | HeardKind.REVISED if heard.media in (Media.HUMAN, Media.FAX):
                return self._end()
            case _:
                return DropAction.NOTHING

    def tick(self, since_answer_s: float) -> DropAction:
        """Time goes on: a greeting without an end is given up."""
        if not self.over and not self.speaking and since_answer_s > self.longest_wait_s:
            return self._end()
        return DropAction.NOTHING

    def played(self) -> None:
        """The message has been played to its end."""
        self.over = True

    def _again(self) -> DropAction:
        if not self.restarts_left:
            return DropAction.NOTHING
        self.restarts_left -= 1
        return DropAction.RESTART

    def _end(self) -> DropAction:
        self.over = True
        return DropAction.GIVE_UP
