"""Listening to the line: who answered, what the network announced, when a machine is ready for a message.

Pure: sound comes in as 20 ms frames, judgements go out; no clock, no I/O, no task. ``hearing.Hearing`` is the door, one
per call. What it decides and how well is in ``docs/detection.md``. The sockets the frames come from are the adapters'.
"""

from callwright.robot.announcements import Announcement, AnnouncementBook, teach
from callwright.robot.hearing import Heard, HeardKind, Hearing, HearingSettings
from callwright.robot.message_drop import DropAction, MessageDrop
from callwright.robot.sound import FRAME_BYTES, FRAME_S, RATE, frames_of, pcm_of_ulaw

__all__ = [
    "FRAME_BYTES",
    "FRAME_S",
    "RATE",
    "Announcement",
    "AnnouncementBook",
    "DropAction",
    "Heard",
    "HeardKind",
    "Hearing",
    "HearingSettings",
    "MessageDrop",
    "frames_of",
    "pcm_of_ulaw",
    "teach",
]
