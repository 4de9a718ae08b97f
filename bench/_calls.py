"""Made calls for the detection of who answered: what a telephone line brings after the answer, with its truth.

Voices are recorded ones (scripts/fetch-sounds) or espeak-ng's, which is marked synthetic; people and machines are
composed from the same speakers, so that only how they speak differs, never who. Lines are made worse the way lines are:
level, echo, noise, babble, clipping, companding, lost packets, alike for people and machines. The durations of what
people say and the pauses machines make are assumptions of this file, not measurements of the world.
"""

from __future__ import annotations

import os
import random
import subprocess
import wave
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from _line import RATE, Sound, companded, lossy, noise_of

TRAINING_VOICES = ("fr-june", "it-carlo", "es-colombia", "ru-ivrvoice")
TEST_VOICES = ("en-allison", "es-allison", "it-menardi", "fr-armelle")
"""Allison speaks English and Spanish: she is wholly in the test, so no voice of the test was ever trained on."""


def sounds_directory() -> Path:
    return Path(os.environ.get("CALLWRIGHT_SOUNDS", "/var/cache/callwright/sounds"))


def read_wav(path: Path) -> Sound:
    with wave.open(str(path)) as file:
        return np.frombuffer(file.readframes(file.getnframes()), dtype="<i2").astype(float) / 32768.0


def write_wav(path: Path, pcm: bytes) -> None:
    with wave.open(str(path), "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(RATE)
        file.writeframes(pcm)


@dataclass(frozen=True, kw_only=True)
class Speaker:
    """Everything one voice has said, trimmed, by length."""

    name: str
    language: str
    synthetic: bool = False
    prompts: dict[str, Sound] = field(repr=False)
    hellos: tuple[str, ...] = ()  # prompts people really answer with, where known (espeak)
    greetings: tuple[str, ...] = ()

    def between(self, low_s: float, high_s: float) -> list[str]:
        return [n for n, s in self.prompts.items() if low_s <= len(s) / RATE < high_s]


@dataclass(frozen=True, kw_only=True)
class Clip:
    """One answered call. ``voice_at`` per sample: speech (of the person or machine called) is on; no background."""

    name: str
    truth: str  # "human", "machine", "silence"
    kind: str
    voice: str
    language: str
    synthetic: bool
    pcm: bytes = field(repr=False)
    speech: NDArray[np.bool_] = field(repr=False)  # per 20 ms
    beep_end_s: float | None = None
    greeting_end_s: float | None = None
    snr_db: float = 0.0


# voices


def trimmed(sound: Sound) -> Sound:
    """Without the silence at both ends."""
    frames = len(sound) // 80
    if frames < 3:
        return sound
    level = np.sqrt((sound[: frames * 80].reshape(frames, 80) ** 2).mean(axis=1))
    loud = np.nonzero(level > max(0.02 * level.max(), 0.0015))[0]
    return sound[loud[0] * 80 : (loud[-1] + 1) * 80] if len(loud) else sound[:0]


_NOT_SPEECH = ("silence/", "beep", "tt-monkeys", "ascending", "descending", "tone", "dictate/", "hold", "ring")


@cache
def recorded_speakers() -> dict[str, Speaker]:
    found = {}
    for name in (*TRAINING_VOICES, *TEST_VOICES):
        folder = sounds_directory() / name
        if not folder.is_dir():
            continue
        prompts = {}
        for path in sorted(folder.rglob("*.wav")):
            key = str(path.relative_to(folder).with_suffix(""))
            if not any(part in key for part in _NOT_SPEECH):
                sound = trimmed(read_wav(path))
                if len(sound) > 0.15 * RATE:
                    prompts[key] = sound
        found[name] = Speaker(name=name, language=name[:2], prompts=prompts)
    return found


_SPOKEN: dict[str, tuple[tuple[str, ...], tuple[str, ...], tuple[str, ...]]] = {
    # language: what people answer, companies answer, machines say
    "en": (
        ("Hello?", "Hi.", "Yes?", "Hello, who is this?", "John Miller.", "Yeah, hello.", "Good morning."),
        ("Good morning, Miller and Sons, how can I help?", "Thank you for calling Baxter, this is Jane."),
        (
            "Hi. You've reached John. I can't come to the phone right now. Leave a message after the tone.",
            "You have reached the voicemail box of four one five, two two seven. Please leave a message.",
            "The person you are trying to reach is not available. At the tone, please record your message.",
            "Hello! This is Anna. I'm probably at work. Leave your name and number and I'll call you back.",
            "Leave a message.",
        ),
    ),
    "ru": (
        ("Алло?", "Да.", "Слушаю вас.", "Алло, кто это?", "Да, алло.", "Говорите."),
        ("Компания Вектор, добрый день, слушаю вас.", "Добрый день, вы позвонили в салон Весна, Мария."),
        (
            "Здравствуйте. Вы позвонили Ивану. Сейчас я не могу ответить. Оставьте сообщение после сигнала.",
            "Абонент не может ответить на ваш звонок. Оставьте голосовое сообщение после звукового сигнала.",
            "Вас приветствует голосовая почта. Пожалуйста, говорите после сигнала.",
            "Оставьте сообщение.",
        ),
    ),
    "cmn": (
        ("喂？", "喂，你好。", "你好，哪位？", "哎。", "喂，请讲。"),
        ("您好，华信公司。",),
        (
            "您好，我现在不方便接听电话，请在提示音后留言，我会尽快给您回电。",
            "您拨打的用户暂时无法接听，请在嘀声后留言，录音完毕后挂机即可。",
            "您好。我是机主的智能助理，请问您有什么事情，我可以帮您转告机主。",
        ),
    ),
    "de": (
        ("Hallo?", "Müller.", "Ja, bitte?", "Guten Tag, Schneider."),
        ("Autohaus Becker, guten Tag, was kann ich für Sie tun?",),
        (
            "Guten Tag, Sie sind mit dem Anschluss von Familie Weber verbunden. Nachrichten bitte nach dem Signalton.",
            "Hallo, ich bin gerade nicht da. Bitte hinterlassen Sie eine Nachricht.",
        ),
    ),
    "pt-br": (
        ("Alô?", "Oi.", "Pronto.", "Alô, quem fala?"),
        ("Bom dia, clínica São Lucas, em que posso ajudar?",),
        (
            "Oi, aqui é a Paula. No momento não posso atender. Deixe o seu recado após o sinal.",
            "Sua chamada está sendo encaminhada para a caixa postal e estará sujeita a cobrança após o sinal.",
        ),
    ),
}
_ESPEAK_FORMS = ("+m3", "+f2", "+m7", "+f4")


@cache
def synthetic_speakers() -> dict[str, Speaker]:
    """espeak-ng's voices: four forms of five languages."""
    cache_folder = sounds_directory().parent / "espeak"
    found = {}
    for language, texts in _SPOKEN.items():
        for form in _ESPEAK_FORMS:
            name = f"{language}{form}"
            prompts: dict[str, Sound] = {}
            names: list[tuple[str, ...]] = []
            for group, sentences in zip(("hello", "company", "machine"), texts, strict=True):
                keys = []
                for at, text in enumerate(sentences):
                    path = cache_folder / name / f"{group}-{at}.wav"
                    if not path.exists():
                        _speak(text, name, path)
                    keys.append(f"{group}-{at}")
                    prompts[keys[-1]] = trimmed(read_wav(path))
                names.append(tuple(keys))
            found[name] = Speaker(
                name=f"espeak {name}",
                language=language,
                synthetic=True,
                prompts=prompts,
                hellos=names[0] + names[1],
                greetings=names[2],
            )
    return found


def _speak(text: str, voice: str, path: Path) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    speed = {"+m3": 165, "+f2": 150, "+m7": 185, "+f4": 200}[voice[voice.index("+") :]]
    raw = path.with_suffix(".raw.wav")
    subprocess.run(["espeak-ng", "-v", voice, "-s", str(speed), "-w", raw, text], check=True)
    subprocess.run(["sox", "-q", raw, "-r", "8000", "-c", "1", "-b", "16", path, "norm", "-3"], check=True)
    raw.unlink()


# composition


def pause(seconds: float) -> Sound:
    return np.zeros(int(seconds * RATE))


def tone(hz: float, seconds: float, level: float = 0.25) -> Sound:
    at = np.arange(int(seconds * RATE)) / RATE
    sound = level * np.sin(2 * np.pi * hz * at)
    ramp = min(40, len(sound) // 4)
    sound[:ramp] *= np.linspace(0, 1, ramp)
    sound[-ramp:] *= np.linspace(1, 0, ramp)
    return sound


@dataclass
class Take:
    """A composition under way: sound and which of it is speech."""

    sound: list[Sound] = field(default_factory=list)
    speech: list[NDArray[np.bool_]] = field(default_factory=list)
    greeting_end: int = 0
    beep_end: int | None = None

    def length(self) -> int:
        return sum(map(len, self.sound))

    def wait(self, seconds: float) -> None:
        self._add(pause(max(0.0, seconds)), speech=False)

    def say(self, sound: Sound) -> None:
        self._add(sound, speech=True)
        self.greeting_end = self.length()

    def other(self, sound: Sound) -> None:
        self._add(sound, speech=False)

    def beep(self, rng: random.Random) -> None:
        hz = rng.choice((440, 620, 800, 850, 1000, 1000, 1004, 1100, 1200, 1400, 1633))
        level = 10 ** (rng.uniform(-20, -6) / 20)
        self._add(tone(hz, rng.choice((0.12, 0.2, 0.25, 0.3, 0.4, 0.5, 0.75, 1.0)), level), speech=False)
        self.beep_end = self.length()

    def _add(self, sound: Sound, *, speech: bool) -> None:
        self.sound.append(sound)
        on = np.zeros(len(sound), dtype=bool)
        if speech and len(sound):
            frames = max(1, len(sound) // 80)
            level = np.sqrt((sound[: frames * 80].reshape(frames, -1) ** 2).mean(axis=1)) if len(sound) >= 80 else None
            if level is not None:
                on[: frames * 80] = np.repeat(level > 0.04 * level.max(), len(sound[: frames * 80]) // frames)
        self.speech.append(on)


Composer = Callable[[Take, Speaker, random.Random], None]


def _short(speaker: Speaker, rng: random.Random, low: float = 0.22, high: float = 1.15) -> Sound:
    if speaker.hellos:
        names = [n for n in speaker.hellos if low <= len(speaker.prompts[n]) / RATE < high] or list(speaker.hellos)
        return speaker.prompts[rng.choice(names)]
    return speaker.prompts[rng.choice(speaker.between(low, high))]


def _long(speaker: Speaker, rng: random.Random, low: float = 3.0, high: float = 22.0) -> Sound:
    if speaker.greetings:
        names = [n for n in speaker.greetings if low <= len(speaker.prompts[n]) / RATE < high]
        return speaker.prompts[rng.choice(names or list(speaker.greetings))]
    return speaker.prompts[rng.choice(speaker.between(low, high))]


def _human_delay(rng: random.Random) -> float:
    return min(2.2, max(0.06, rng.lognormvariate(-0.85, 0.65)))


def human_hello(take: Take, speaker: Speaker, rng: random.Random) -> None:
    take.wait(_human_delay(rng))
    take.say(_short(speaker, rng, 0.22, 1.0))
    take.wait(rng.uniform(2.5, 4.5))
    take.say(_short(speaker, rng))


def human_twice(take: Take, speaker: Speaker, rng: random.Random) -> None:
    take.wait(_human_delay(rng))
    hello = _short(speaker, rng, 0.25, 0.8)
    take.say(hello)
    take.wait(rng.uniform(0.7, 2.0))
    take.say(np.clip(hello * rng.uniform(1.0, 1.6), -1, 1))
    take.wait(rng.uniform(0.8, 2.5))
    take.say(_short(speaker, rng))


def human_two_words(take: Take, speaker: Speaker, rng: random.Random) -> None:
    take.wait(_human_delay(rng))
    take.say(_short(speaker, rng, 0.22, 0.7))
    take.wait(rng.uniform(0.1, 0.5))
    take.say(_short(speaker, rng, 0.3, 1.0))


def human_company(take: Take, speaker: Speaker, rng: random.Random) -> None:
    take.wait(_human_delay(rng))
    take.say(_short(speaker, rng, 1.2, 2.8))


def machine_system(take: Take, speaker: Speaker, rng: random.Random) -> None:
    """A mailbox's own greeting: the person at | digits | is unavailable | leave a message."""
    prompts = speaker.prompts
    take.wait(rng.uniform(0.0, 1.2))
    if "vm-theperson" in prompts and rng.random() < 0.85:
        take.say(prompts["vm-theperson"])
        for _ in range(rng.randint(3, 5)):
            take.wait(rng.uniform(0.03, 0.12))
            take.say(prompts.get(f"digits/{rng.randint(0, 9)}", prompts["vm-theperson"]))
        take.wait(rng.uniform(0.05, 0.3))
        take.say(prompts[rng.choice([n for n in ("vm-isunavail", "vm-isonphone") if n in prompts])])
        take.wait(rng.uniform(0.1, 0.5))
    take.say(prompts.get("vm-intro", _long(speaker, rng)))
    take.wait(rng.uniform(0.1, 1.2))
    take.beep(rng)


def machine_personal(take: Take, speaker: Speaker, rng: random.Random) -> None:
    take.wait(rng.uniform(0.0, 1.8))
    take.say(_long(speaker, rng))
    take.wait(rng.uniform(0.2, 1.5))
    take.beep(rng)


def machine_hi_pause(take: Take, speaker: Speaker, rng: random.Random) -> None:
    """ "Hi." a pause "You have reached ..." """
    take.wait(rng.uniform(0.1, 1.8))
    take.say(_short(speaker, rng, 0.2, 0.8))
    take.wait(min(0.9, max(0.08, rng.lognormvariate(-1.35, 0.45))))
    take.say(_long(speaker, rng, 2.5))
    take.wait(rng.uniform(0.2, 1.5))
    take.beep(rng)


def machine_short(take: Take, speaker: Speaker, rng: random.Random) -> None:
    """ "Leave a message." beep"""
    take.wait(rng.uniform(0.1, 1.5))
    take.say(_short(speaker, rng, 0.8, 2.3))
    take.wait(rng.uniform(0.1, 0.9))
    take.beep(rng)


def machine_music(take: Take, speaker: Speaker, rng: random.Random) -> None:
    take.wait(rng.uniform(0.0, 0.8))
    take.other(0.5 * _music(rng, rng.uniform(1.0, 4.0)))
    take.wait(rng.uniform(0.0, 0.4))
    take.say(_long(speaker, rng))
    take.wait(rng.uniform(0.2, 1.0))
    take.beep(rng)


def machine_no_beep(take: Take, speaker: Speaker, rng: random.Random) -> None:
    """A menu, an assistant that waits for an answer, a mailbox that is full."""
    take.wait(rng.uniform(0.0, 1.5))
    take.say(_long(speaker, rng))


def machine_late(take: Take, speaker: Speaker, rng: random.Random) -> None:
    """Two seconds of silence before the greeting."""
    take.wait(rng.uniform(1.8, 2.6))
    take.say(_long(speaker, rng))
    take.wait(rng.uniform(0.2, 1.0))
    take.beep(rng)


def silent(take: Take, speaker: Speaker, rng: random.Random) -> None:
    take.wait(8.0)


@cache
def _all_music() -> tuple[Sound, ...]:
    return tuple(read_wav(path) for path in sorted((sounds_directory() / "music").glob("*.wav")))


def _music(rng: random.Random, seconds: float) -> Sound:
    tune = rng.choice(_all_music())
    start = rng.randrange(0, len(tune) - int(seconds * RATE) - 1)
    return tune[start : start + int(seconds * RATE)]


KINDS: dict[str, tuple[str, Composer, float]] = {
    # kind: truth, composer, share within the truth
    "hello": ("human", human_hello, 0.60),
    "hello, hello": ("human", human_twice, 0.14),
    "two words": ("human", human_two_words, 0.14),
    "company": ("human", human_company, 0.12),
    "mailbox": ("machine", machine_system, 0.33),
    "personal": ("machine", machine_personal, 0.33),
    "hi, pause": ("machine", machine_hi_pause, 0.10),
    "short": ("machine", machine_short, 0.05),
    "music first": ("machine", machine_music, 0.06),
    "no beep": ("machine", machine_no_beep, 0.08),
    "late": ("machine", machine_late, 0.05),
    "silent": ("silence", silent, 1.0),
}


# the line


def line(take: Take, rng: random.Random, *, length_s: float, babble: Sound | None) -> tuple[bytes, float]:
    """The composition as it comes out of a telephone line; and its signal to noise ratio."""
    chance = np.random.default_rng(rng.randrange(1 << 32))
    sound = np.concatenate([*take.sound, np.zeros(int(length_s * RATE))])[: int(length_s * RATE)]
    spoken = np.concatenate([*take.speech, np.zeros(len(sound), dtype=bool)])[: len(sound)]
    level_db = rng.uniform(-35.0, -10.0)
    active = float(np.sqrt((sound[spoken] ** 2).mean())) if spoken.any() else 0.0
    if active:
        sound = sound * (10 ** (level_db / 20) / active)
    if rng.random() < 0.3:  # the far end's echo of itself
        shift, gain = rng.randrange(240, 1000), 10 ** (rng.uniform(-28, -14) / 20)
        sound = sound + gain * np.concatenate([np.zeros(shift), sound[:-shift]])
    snr_db = rng.choice((45.0, 35.0, 30.0, 25.0, 20.0, 15.0, 10.0))
    sound = sound + noise_of(len(sound), rng, chance, babble) * 10 ** ((level_db - snr_db) / 20)
    if rng.random() < 0.1:
        sound = sound * 10 ** (rng.uniform(3, 9) / 20) if level_db > -20 else sound
    pcm = np.clip(np.round(sound * 32767), -32768, 32767).astype(np.int16)
    if rng.random() < 0.8:
        pcm = companded(pcm)
    if rng.random() < 0.35:
        pcm = lossy(pcm, rng.uniform(0.003, 0.03), rng)
    return pcm.tobytes(), snr_db


@cache
def babble_of(names: tuple[str, ...]) -> Sound:
    """Six people of these voices at once, a minute of it."""
    rng = random.Random(4711)
    out = np.zeros(60 * RATE)
    for _ in range(6):
        track = [np.zeros(0)]
        while sum(map(len, track)) < len(out):
            speaker = recorded_speakers()[rng.choice(names)]
            track.append(speaker.prompts[rng.choice(sorted(speaker.prompts))])
        out += np.concatenate(track)[: len(out)]
    return out


def make_calls(
    speakers: list[Speaker],
    *,
    per_speaker: int,
    seed: int,
    length_s: float = 8.0,
    truths: tuple[str, ...] = ("human", "machine"),
    whole: bool = False,
) -> Iterator[Clip]:
    """``per_speaker`` calls of each truth with each voice. ``whole``: as long as the composition, for beeps."""
    real = tuple(sorted(s.name for s in speakers if not s.synthetic)) or tuple(sorted(recorded_speakers()))[:2]
    babble = babble_of(real) if recorded_speakers() else None
    for speaker in speakers:
        for truth in truths:
            kinds = [(kind, compose, share) for kind, (t, compose, share) in KINDS.items() if t == truth]
            for number in range(per_speaker):
                rng = random.Random(f"{seed} {speaker.name} {truth} {number}")
                kind, compose, _ = rng.choices(kinds, [share for *_, share in kinds])[0]
                take = Take()
                compose(take, speaker, rng)
                long = max(length_s, take.length() / RATE + 4.0) if whole else length_s
                pcm, snr_db = line(take, rng, length_s=long, babble=babble)
                frames = len(pcm) // 320
                spoken = np.concatenate([*take.speech, np.zeros(frames * 160, dtype=bool)])[: frames * 160]
                yield Clip(
                    name=f"{speaker.name}-{truth}-{number}".replace(" ", "-").replace("+", "-"),
                    truth=truth,
                    kind=kind,
                    voice=speaker.name,
                    language=speaker.language,
                    synthetic=speaker.synthetic,
                    pcm=pcm,
                    speech=spoken.reshape(frames, 160).mean(axis=1) > 0.5,
                    beep_end_s=take.beep_end / RATE if take.beep_end else None,
                    greeting_end_s=take.greeting_end / RATE,
                    snr_db=snr_db,
                )
