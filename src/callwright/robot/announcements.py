"""Announcements known by their sound: fingerprints an operator teaches, and the ear that recognises them.

A fingerprint is one word of 16 bits per 20 ms: does the loudness of each band, against the next one, rise or fall?
Level, companding, noise and the telephone's colour leave most bits as they are; a strange recording agrees in half of
them. The ear compares the line with every taught moment at once and follows all diagonals; whoever agrees for over a
second is then compared word by word. Two announcements that begin alike are told apart where they part.
"""

from __future__ import annotations

import base64
import json
from collections import deque
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from callwright.kit.errors import BadInput
from callwright.model.outcome import Media
from callwright.robot.sound import FRAME_S, FRAME_SAMPLES, samples_of
from callwright.robot.spectrum import LOOK_FRAMES, Looks, Row, Spectrum
from callwright.robot.tones import ToneWatch

Words = NDArray[np.uint16]
Flags = NDArray[np.bool_]

BEFORE_ANSWER = frozenset(
    {
        Media.ANNOUNCED_NO_SUCH_NUMBER,
        Media.ANNOUNCED_SWITCHED_OFF,
        Media.ANNOUNCED_SUSPENDED,
        Media.ANNOUNCED_UNREACHABLE,
    }
)
MEANINGS = BEFORE_ANSWER | {Media.MACHINE, Media.SCREENING}
"""What an announcement may mean. The last two are heard after the answer only, the others before it or after it."""

_APART = 2  # frames between the moments that are compared
_BITS = 16
_POWERS = (1 << np.arange(_BITS)).astype(np.uint16)
_LOUD_WITHIN_DB = 28.0
_DECAY = np.float32(0.985)  # a memory of 1.3 s
_SUSPECT_FRAMES = 38.0
_SUSPECT = 0.30
_SURE = 0.38  # agreement: 0 chance, 1 identical
_SURE_PART = 0.08
_PART_FRAMES = 15
_LEAST_FRAMES = 60  # 1.2 s of sound
_LEAST_SHARE = 0.6  # of the announcement, but never more than _ENOUGH_FRAMES: another may only begin like it
_ENOUGH_FRAMES = 200
_CLEARLY = 0.10  # by how much another meaning must agree less
_PAST_FRAMES = 800


@dataclass(frozen=True, kw_only=True, slots=True)
class Announcement:
    """A taught one. ``prints``: two readings half a frame apart, in words; ``loud``: where there is sound in them."""

    name: str
    media: Media
    language: str
    prints: tuple[Words, Words]
    loud: tuple[Flags, Flags]

    @property
    def length_s(self) -> float:
        return len(self.prints[0]) * FRAME_S


def teach(pcm: bytes, *, name: str, media: Media, language: str = "") -> Announcement:
    """Learn an announcement from its sound (8 kHz, 16 bits). Raises BadInput when there is too little to know it by."""
    if media not in MEANINGS:
        raise BadInput(f"An announcement cannot mean {media.value}: choose one of {', '.join(sorted(MEANINGS))}.")
    samples = samples_of(pcm)
    prints, loud = zip(*(_read(samples[shift:]) for shift in (0, FRAME_SAMPLES // 2)), strict=True)
    if int(loud[0].sum()) < _LEAST_FRAMES:
        raise BadInput(
            f"The recording '{name}' has only {int(loud[0].sum()) * FRAME_S:.1f} s of speech in it:"
            f" give one with at least {_LEAST_FRAMES * FRAME_S:.1f} s."
        )
    return Announcement(
        name=name, media=media, language=language, prints=(prints[0], prints[1]), loud=(loud[0], loud[1])
    )


def _read(samples: NDArray[np.float32]) -> tuple[Words, Flags]:
    spectrum, tones, words = Spectrum(), ToneWatch(), _WordStream()
    step = LOOK_FRAMES * FRAME_SAMPLES
    padded = np.concatenate((samples, np.zeros(-len(samples) % step, dtype=np.float32)))
    prints, levels, tonal = [], [], []
    for start in range(0, len(padded), step):
        looks = spectrum.look(padded[start : start + step])
        prints.append(words.next(looks))
        levels.append(looks.level_db)
        tonal.extend(tones.watch(looks)[1])
    level = np.concatenate(levels)
    return np.concatenate(prints), (level > level.max() - _LOUD_WITHIN_DB) & ~np.array(tonal)


class _WordStream:
    """Looks in, words out."""

    def __init__(self) -> None:
        self._before: Row = np.zeros((_APART, _BITS))

    def next(self, looks: Looks) -> Words:
        steps = np.concatenate((self._before, looks.bands_db[:, 1:] - looks.bands_db[:, :-1]))
        self._before = steps[-_APART:]
        words: Words = ((steps[_APART:] > steps[:-_APART]) @ _POWERS).astype(np.uint16)
        return words


class AnnouncementBook:
    """Taught announcements, ready to be listened for by any number of calls. ``dump`` and ``load`` are its file."""

    def __init__(self, announcements: Iterable[Announcement] = ()) -> None:
        self.announcements: dict[str, Announcement] = {each.name: each for each in announcements}
        self._laid: _Laid | None = None

    def __len__(self) -> int:
        return len(self.announcements)

    def __iter__(self) -> Iterator[Announcement]:
        return iter(self.announcements.values())

    def add(self, announcement: Announcement) -> None:
        """Take it in, in place of one of the same name."""
        self.announcements[announcement.name] = announcement
        self._laid = None

    def remove(self, name: str) -> None:
        del self.announcements[name]
        self._laid = None

    def laid(self) -> _Laid:
        if self._laid is None:
            self._laid = _Laid(tuple(self.announcements.values()))
        return self._laid

    def dump(self) -> str:
        return json.dumps(
            {
                "format": 1,
                "announcements": [
                    {
                        "name": each.name,
                        "means": each.media.value,
                        "language": each.language,
                        "prints": [base64.b64encode(p.astype("<u2").tobytes()).decode() for p in each.prints],
                        "loud": [base64.b64encode(np.packbits(flags).tobytes()).decode() for flags in each.loud],
                    }
                    for each in self.announcements.values()
                ],
            },
            ensure_ascii=False,
            indent=1,
        )

    @classmethod
    def load(cls, text: str) -> AnnouncementBook:
        """Raises BadInput when it is not such a file."""
        try:
            data = json.loads(text)
            if data["format"] != 1:
                raise ValueError(data["format"])
            return cls(_loaded(each) for each in data["announcements"])
        except (KeyError, TypeError, ValueError) as error:
            raise BadInput(
                "The book of announcements cannot be read: restore it from a copy, or delete it and teach again."
            ) from error


def _loaded(data: dict[str, object]) -> Announcement:
    prints = [np.frombuffer(base64.b64decode(p), dtype="<u2").astype(np.uint16) for p in data["prints"]]  # type: ignore[attr-defined]
    loud = [
        np.unpackbits(np.frombuffer(base64.b64decode(flags), dtype=np.uint8), count=len(p)).astype(bool)
        for flags, p in zip(data["loud"], prints, strict=True)  # type: ignore[call-overload]
    ]
    return Announcement(
        name=str(data["name"]),
        media=Media(str(data["means"])),
        language=str(data["language"]),
        prints=(prints[0], prints[1]),
        loud=(loud[0], loud[1]),
    )


class _Laid:
    """All readings of all announcements in one row, for comparison in one stroke."""

    def __init__(self, announcements: tuple[Announcement, ...]) -> None:
        self.announcements = announcements
        readings = [(a, p, flags) for a in announcements for p, flags in zip(a.prints, a.loud, strict=True)]
        self.words: Words = np.concatenate([p for _, p, _ in readings] or [np.zeros(0, np.uint16)])
        self.loud: NDArray[np.float32] = np.concatenate([f for *_, f in readings] or [np.zeros(0, bool)]).astype(
            np.float32
        )
        lengths = [len(p) for _, p, _ in readings]
        self.starts = np.cumsum([0, *lengths])[:-1]
        self.of = np.repeat(np.arange(len(readings)) // 2, lengths)
        self.start_of = np.repeat(self.starts, lengths)
        self.needed = [
            max(_LEAST_FRAMES, min(_ENOUGH_FRAMES, int(_LEAST_SHARE * int(a.loud[0].sum())))) for a in announcements
        ]


@dataclass(frozen=True, kw_only=True, slots=True)
class Match:
    """``agreement``: 0 chance, 1 identical; ``sound_s``: on how much sound it rests."""

    announcement: Announcement
    agreement: float
    sound_s: float


class AnnouncementEar:
    """Listens to one line for the announcements of a book."""

    def __init__(self, book: AnnouncementBook) -> None:
        self._laid = book.laid()
        size = len(self._laid.words)
        self._sum = np.zeros(size, dtype=np.float32)
        self._weight = np.zeros(size, dtype=np.float32)
        self._stream = _WordStream()
        self._words: deque[int] = deque(maxlen=_PAST_FRAMES)
        self._loud: deque[bool] = deque(maxlen=_PAST_FRAMES)
        self._peak_db = -60.0

    def hear(self, looks: Looks, tonal: list[bool]) -> Match | None:
        """Five more frames; a match as soon as there is one beyond doubt."""
        laid = self._laid
        if not len(laid.words):
            return None
        for word, level, tone in zip(self._stream.next(looks).tolist(), looks.level_db.tolist(), tonal, strict=True):
            self._peak_db = max(self._peak_db - 0.05, level)
            loud = not tone and level > self._peak_db - _LOUD_WITHIN_DB
            self._words.append(word)
            self._loud.append(loud)
            self._step(np.uint16(word), loud)
        return self._judge()

    def _step(self, word: np.uint16, loud: bool) -> None:
        """Every diagonal goes on by one frame."""
        laid = self._laid
        for row in (self._sum, self._weight):
            row[1:] = row[:-1]
            row[laid.starts] = 0.0
            row *= _DECAY
        if loud:
            unlike = np.bitwise_count(laid.words ^ word).astype(np.float32)
            self._sum += laid.loud * (1.0 - unlike * np.float32(2.0 / _BITS))
            self._weight += laid.loud

    def _judge(self) -> Match | None:
        suspects = np.nonzero((self._weight > _SUSPECT_FRAMES) & (self._sum > _SUSPECT * self._weight))[0]
        if not len(suspects):
            return None
        best: dict[int, Match] = {}
        for at in self._peaks(suspects):
            match = self._compare(int(at))
            which = int(self._laid.of[at])
            if match and (which not in best or match.agreement > best[which].agreement):
                best[which] = match
        ranked = sorted(best.values(), key=lambda match: -match.agreement)
        if not ranked or ranked[0].agreement < _SURE:
            return None
        first = ranked[0]
        if any(
            o.announcement.media != first.announcement.media and o.agreement > first.agreement - _CLEARLY
            for o in ranked
        ):
            return None  # they still say the same words
        return first

    def _peaks(self, suspects: NDArray[np.intp]) -> list[int]:
        """The best place of each announcement's readings, ten at most."""
        order = suspects[np.argsort(-(self._sum[suspects] / self._weight[suspects]))]
        chosen: dict[int, int] = {}
        for at in order.tolist():
            chosen.setdefault(int(self._laid.start_of[at]), at)
            if len(chosen) == 10:
                break
        return list(chosen.values())

    def _compare(self, at: int) -> Match | None:
        """Word by word, from as far back as both go."""
        laid = self._laid
        length = min(at - int(laid.start_of[at]) + 1, len(self._words))
        heard = np.array(self._words, dtype=np.uint16)[-length:]
        both = np.array(self._loud)[-length:] & (laid.loud[at - length + 1 : at + 1] > 0)
        agree = 1.0 - np.bitwise_count(laid.words[at - length + 1 : at + 1] ^ heard)[both] * (2.0 / _BITS)
        agree = self._since_it_began(agree)
        if len(agree) < laid.needed[laid.of[at]]:
            return None
        parts = agree[: len(agree) // _PART_FRAMES * _PART_FRAMES].reshape(-1, _PART_FRAMES).mean(axis=1)
        if float(parts.min()) < _SURE_PART:
            return None
        return Match(
            announcement=laid.announcements[int(laid.of[at])],
            agreement=float(agree.mean()),
            sound_s=len(agree) * FRAME_S,
        )

    @staticmethod
    def _since_it_began(agree: Row) -> Row:
        """Without what was on the line before the announcement (it may have been cut into at any place)."""
        gain = (agree - _SURE / 2)[::-1].cumsum()
        return agree[len(agree) - 1 - int(gain.argmax()) :]
