"""When a message on a machine begins, begins again, or is let be."""

from __future__ import annotations

from callwright.model.outcome import Media
from callwright.robot import DropAction, Heard, HeardKind, MessageDrop


def _heard(kind: HeardKind, media: Media = Media.MACHINE) -> Heard:
    return Heard(kind=kind, media=media, at_s=9.0, since_answer_s=8.0, why="", confidence=0.9)


def test_the_beep_starts_it_once() -> None:
    drop = MessageDrop()
    assert drop.hear(_heard(HeardKind.VERDICT)) is DropAction.NOTHING
    assert drop.hear(_heard(HeardKind.BEEP)) is DropAction.START
    drop.played()
    assert drop.hear(_heard(HeardKind.BEEP)) is DropAction.NOTHING


def test_silence_starts_it_and_a_late_beep_starts_it_again_twice_at_most() -> None:
    drop = MessageDrop()
    assert drop.hear(_heard(HeardKind.GREETING_END, Media.SILENCE)) is DropAction.START
    assert drop.hear(_heard(HeardKind.GREETING_END, Media.SILENCE)) is DropAction.NOTHING
    assert [drop.hear(_heard(HeardKind.BEEP)) for _ in range(3)] == [
        DropAction.RESTART,
        DropAction.RESTART,
        DropAction.NOTHING,
    ]


def test_a_person_gets_no_message_for_machines() -> None:
    drop = MessageDrop()
    assert drop.hear(_heard(HeardKind.VERDICT, Media.HUMAN)) is DropAction.GIVE_UP
    assert drop.hear(_heard(HeardKind.BEEP)) is DropAction.NOTHING


def test_a_greeting_without_an_end_is_given_up_and_a_message_under_way_is_not() -> None:
    drop = MessageDrop(longest_wait_s=30.0)
    assert drop.tick(29.0) is DropAction.NOTHING
    assert drop.tick(30.5) is DropAction.GIVE_UP
    assert drop.tick(31.0) is DropAction.NOTHING
    speaking = MessageDrop(longest_wait_s=30.0)
    speaking.hear(_heard(HeardKind.BEEP))
    assert speaking.tick(60.0) is DropAction.NOTHING
