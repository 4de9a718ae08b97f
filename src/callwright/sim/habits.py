"""How the simulated carrier and the people's telephones behave: values only."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True, slots=True)
class Conversation:
    """What an agent knows after a talk."""

    disposition: str
    order_amount: float | None
    callback_in_s: float | None
    talk_s: float


@dataclass(frozen=True, kw_only=True, slots=True)
class CarrierHabits:
    """The carrier's own behaviour. Times in seconds, the rest probabilities."""

    post_dial_from_s: float = 0.5
    post_dial_to_s: float = 2.5
    join_s: float = 0.0  # from the order to join until agent and person hear each other
    whisper_s: float = 0.8  # a name said to the agent before that
    detect_person_s: float = 1.2
    detect_machine_s: float = 2.6
    detect_after_words_s: float = 0.4  # a person's first words are over so long before the verdict on them
    machine_greeting_s: float = 9.0  # from a machine's answer to its beep
    false_alarm: float = 0.025  # a person taken for a machine
    miss: float = 0.05  # a machine taken for a person
    failure: float = 0.0  # dials the carrier loses
    music_patience_s: float = 300.0  # a person who hears music hangs up after it
    return_after_abandon: float = 0.0  # persons who ring back after we let them down
    return_after_missed: float = 0.0  # ... after they missed our call
    return_mean_s: float = 1200.0
    fruitless_messages: frozenset[str] = frozenset({"safe_harbour"})
    """Messages after which the person counts as not spoken to."""
