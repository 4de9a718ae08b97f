"""Hearing who answered: frames in, judgements out. One ``Hearing`` per call, fed from the first early sound on.

Before the answer it knows the network's announcements; after it, a person, a machine, a fax, a screening assistant or
nobody, and for a machine the moment to speak. Verdicts come as early as the learned thresholds allow and lean towards
the person: a lost one is worse than a machine that reaches an agent.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum

from callwright.model.outcome import Media
from callwright.robot.announcements import BEFORE_ANSWER, AnnouncementBook, AnnouncementEar, Match
from callwright.robot.learned import Learned, shipped
from callwright.robot.signals import Fax, Signal, SpecialInformation, Supervisory, is_beep
from callwright.robot.sound import FRAME_BYTES, FRAME_S, pcm_of_ulaw, samples_of
from callwright.robot.spectrum import LOOK_FRAMES, Looks, Spectrum
from callwright.robot.timing import Timing
from callwright.robot.tones import Tone, ToneWatch
from callwright.robot.voice import VoiceActivity

_SOONEST_S = 0.3  # of voice and what follows it, before any verdict
_BOOK_S = 20.0  # after the answer a greeting or an assistant is looked up this long
_SPEECH_BEFORE_ANSWER_S = 1.5
_SILENT_FRAME = bytes(FRAME_BYTES)


class HeardKind(StrEnum):
    """What a judgement is about."""

    ANNOUNCEMENT = "announcement"  # before the answer: the network says what is wrong
    VERDICT = "verdict"  # who answered; once per call
    REVISED = "revised"  # the verdict turned out otherwise: a beep after a person, an assistant that waits for a reply
    BEEP = "beep"  # the machine's beep has ended: speak now
    GREETING_END = "greeting_end"  # the machine has fallen silent (``media`` SILENCE) without a beep
    SIGNAL = "signal"  # before the answer: ringing, busy, congestion, unknown speech; ``media`` is None


@dataclass(frozen=True, kw_only=True, slots=True)
class Heard:
    """``at_s`` counts from the first frame fed, ``since_answer_s`` from the answer (None before it).

    ``why`` is a stable word for logs and counts: "trees", "deadline", "beep", "silence", "fax:answer tone",
    "sit:intercept", "book:NAME", "ringing", ...
    """

    kind: HeardKind
    media: Media | None
    at_s: float
    since_answer_s: float | None
    why: str
    confidence: float


@dataclass(frozen=True, kw_only=True, slots=True)
class HearingSettings:
    """How long to wait for what.

    ``silence_counts_as``: what a call on which nobody speaks is; HUMAN where the law counts a silent pick-up as an
    answer by a person. ``patience`` below 1 calls somebody a person sooner and lets more machines pass, above 1 the
    other way; it never makes anybody a machine. ``after_person_s``: how long a person is listened to for a beep that
    would prove the verdict wrong.
    """

    silence_s: float = 3.0
    silence_counts_as: Media = Media.SILENCE
    greeting_silence_s: float = 2.0
    screening_wait_s: float = 3.5
    patience: float = 1.0
    after_person_s: float = 8.0


class Hearing:
    """Listens to one call."""

    def __init__(
        self,
        *,
        settings: HearingSettings | None = None,
        announcements: AnnouncementBook | None = None,
        learned: Learned | None = None,
    ) -> None:
        self.settings = settings or HearingSettings()
        self.verdict: Media | None = None
        self._learned = learned or shipped()
        self._spectrum = Spectrum()
        self._tones = ToneWatch()
        self._voice = VoiceActivity(self._learned.voice)
        self._timing = Timing()  # of what is said after the answer
        self._early = Timing()
        self._information, self._supervisory, self._fax = SpecialInformation(), Supervisory(), Fax()
        self._book = announcements
        self._ear = AnnouncementEar(announcements) if announcements else None
        self._pending: list[bytes] = []
        self._answered_at: int | None = None  # frame
        self._frames = 0
        self._loudest_db = -60.0
        self._announced = False
        self._spoke_early = False
        self._greeting_ended_at_voiced_s = -1.0
        self._beeps = 0
        self._person_since_s = 0.0

    @property
    def done(self) -> bool:
        """Nothing more can come of listening: frames are no longer looked at and need not be fed."""
        if self.verdict is Media.HUMAN:
            return self._timing.frames * FRAME_S > self._person_since_s + self.settings.after_person_s
        return self.verdict is Media.FAX

    def feed(self, frame: bytes, *, answered: bool) -> list[Heard]:
        """Hear the next 20 ms: 320 bytes of 16-bit samples. Judgements come with every fifth frame."""
        if self.done:
            return []
        if answered and self._answered_at is None:
            self._answered_at = self._frames + len(self._pending)
        self._pending.append(frame if len(frame) == FRAME_BYTES else frame[:FRAME_BYTES].ljust(FRAME_BYTES, b"\0"))
        return list(self._hear()) if len(self._pending) == LOOK_FRAMES else []

    def feed_ulaw(self, frame: bytes, *, answered: bool) -> list[Heard]:
        """Hear the next 20 ms: 160 bytes of mu-law."""
        return self.feed(pcm_of_ulaw(frame), answered=answered)

    def silence(self, seconds: float) -> list[Heard]:
        """Frames that did not come are heard as silence, so that time goes on."""
        answered = self._answered_at is not None
        return [heard for _ in range(round(seconds / FRAME_S)) for heard in self.feed(_SILENT_FRAME, answered=answered)]

    def end(self) -> list[Heard]:
        """The call is over: judge what is still in hand."""
        missing = (LOOK_FRAMES - len(self._pending)) % LOOK_FRAMES
        return self.silence(missing * FRAME_S)

    def _hear(self) -> Iterator[Heard]:
        looks = self._spectrum.look(samples_of(b"".join(self._pending)))
        self._pending.clear()
        ended, tonal = self._tones.watch(looks)
        self._note(looks, tonal)
        match = self._look_up(looks, tonal)
        if self._answered_at is None or self._answered_at >= self._frames:
            yield from self._before_answer(ended, match)
        else:
            yield from self._after_answer(ended, match)

    def _note(self, looks: Looks, tonal: list[bool]) -> None:
        for voiced, level in zip(self._voice.follow(looks, tonal), looks.level_db.tolist(), strict=True):
            answered = self._answered_at is not None and self._frames >= self._answered_at
            (self._timing if answered else self._early).note(voiced, level)
            if voiced and answered:
                self._loudest_db = max(self._loudest_db, level)
            self._frames += 1

    def _look_up(self, looks: Looks, tonal: list[bool]) -> Match | None:
        if self._ear is None or self._announced or self._timing.frames * FRAME_S > _BOOK_S:
            return None
        return self._ear.hear(looks, tonal)

    # before the answer

    def _before_answer(self, ended: list[Tone], match: Match | None) -> Iterator[Heard]:
        for tone in ended:
            information = self._information.hear(tone)
            if information and not self._announced:
                self._announced = information.media is not None and information.name != "sit"  # words may say more
                yield self._signalled(information)
            elif rhythm := self._supervisory.hear(tone, self._now_s):
                yield self._signalled(rhythm)
        if match and match.announcement.media in BEFORE_ANSWER:
            self._announced = True
            yield self._of(HeardKind.ANNOUNCEMENT, match.announcement.media, _book(match), _trust(match))
        elif not self._announced and not self._spoke_early and self._early.voiced_s >= _SPEECH_BEFORE_ANSWER_S:
            self._spoke_early = True
            yield self._of(HeardKind.SIGNAL, None, "unknown speech", 0.7)

    def _signalled(self, signal: Signal) -> Heard:
        kind = HeardKind.ANNOUNCEMENT if signal.media else HeardKind.SIGNAL
        return self._of(kind, signal.media, signal.name, signal.confidence)

    # after it

    def _after_answer(self, ended: list[Tone], match: Match | None) -> Iterator[Heard]:
        if match:
            self._announced = True
            yield from self._settle(match.announcement.media, _book(match), _trust(match))
        if fax := self._fax_of(ended):
            yield from self._settle(fax.media or Media.FAX, fax.name, fax.confidence)
        yield from self._beep(ended)
        if self.verdict in (None, self.settings.silence_counts_as):
            yield from self._judge()
        if self.verdict is Media.MACHINE:
            yield from self._wait_for_end()

    def _fax_of(self, ended: list[Tone]) -> Signal | None:
        if self.verdict not in (None, Media.SILENCE):
            return None
        spoken = self._timing.spoken
        found = [self._fax.hear_running(self._tones.current), *(self._fax.hear(tone, spoken=spoken) for tone in ended)]
        return next((signal for signal in found if signal), None)

    def _beep(self, ended: list[Tone]) -> Iterator[Heard]:
        spoken = self._timing.spoken
        for tone in ended:
            if self.verdict is Media.FAX or not is_beep(tone, spoken=spoken, loudest_voice_db=self._loudest_db):
                continue
            if self.verdict is not Media.HUMAN or tone.length_s >= 0.15:
                yield from self._settle(Media.MACHINE, "beep", 0.9)
                self._beeps += 1
                yield self._of(HeardKind.BEEP, Media.MACHINE, f"{tone.hz:.0f} Hz, {tone.length_s:.2f} s", 0.95)

    def _judge(self) -> Iterator[Heard]:
        """The staged verdict: at every step, is the probability enough?"""
        timing, limits = self._timing, self._learned.thresholds
        since = timing.since_onset_s
        if not timing.spoken:
            if self.verdict is None and timing.frames * FRAME_S >= self.settings.silence_s:
                yield from self._settle(self.settings.silence_counts_as, "silence", 0.8)
            return
        if since < _SOONEST_S:
            return
        machine = self._learned.trees.probability(timing.figures())
        if machine <= limits.human / self.settings.patience:
            yield from self._settle(Media.HUMAN, "trees", 1.0 - machine)
        elif machine >= limits.machine:
            yield from self._settle(Media.MACHINE, "trees", machine)
        elif since >= limits.deadline_s:
            is_machine = machine >= limits.machine_late
            yield from self._settle(
                Media.MACHINE if is_machine else Media.HUMAN, "deadline", machine if is_machine else 1.0 - machine
            )

    def _wait_for_end(self) -> Iterator[Heard]:
        """A machine's greeting ends in silence where no beep comes; one that goes on waiting wants an answer."""
        timing, settings = self._timing, self.settings
        if self._beeps or not timing.spoken:
            return
        new = timing.voiced_s > self._greeting_ended_at_voiced_s + 0.4
        if new and timing.silence_s >= settings.greeting_silence_s:
            self._greeting_ended_at_voiced_s = timing.voiced_s
            yield self._of(HeardKind.GREETING_END, Media.SILENCE, "silence", 0.7)
        if timing.silence_s >= settings.screening_wait_s and 2.0 <= timing.voiced_s <= 12.0:
            self.verdict = Media.SCREENING
            yield self._of(HeardKind.REVISED, Media.SCREENING, "waits without a beep", 0.5)

    def _settle(self, media: Media, why: str, confidence: float) -> Iterator[Heard]:
        """The verdict, or another one than before."""
        if media is self.verdict:
            return
        kind = HeardKind.VERDICT if self.verdict is None else HeardKind.REVISED
        self.verdict = media
        self._person_since_s = self._timing.frames * FRAME_S
        yield self._of(kind, media, why, confidence)

    @property
    def _now_s(self) -> float:
        return self._frames * FRAME_S

    def _of(self, kind: HeardKind, media: Media | None, why: str, confidence: float) -> Heard:
        since = None if self._answered_at is None else round((self._frames - self._answered_at) * FRAME_S, 2)
        return Heard(
            kind=kind,
            media=media,
            at_s=round(self._now_s, 2),
            since_answer_s=since,
            why=why,
            confidence=round(confidence, 3),
        )


def _book(match: Match) -> str:
    return f"book:{match.announcement.name}"


def _trust(match: Match) -> float:
    return min(0.99, 0.6 + match.agreement / 2)
