"""What Asterisk can play: the house's recorded prompts, and texts spoken by espeak-ng where no recording exists.

A prompt is a WAV file (8 kHz, mono, 16 bit) ``NAME.wav`` in the prompts directory, found as sound:callwright/NAME.
"""

from __future__ import annotations

import asyncio
import hashlib
import logging
import re
import shutil
import subprocess
import wave
from collections.abc import Callable, Mapping
from pathlib import Path

from callwright.adapters.asterisk.root import AsteriskRoot
from callwright.kit.errors import BadInput

log = logging.getLogger("callwright.asterisk")
FOLDER = "callwright"
SAY_WITHIN_S = 0.5
"""A name that cannot be said within this is not said: the person is waiting."""
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,63}")
SAFE_HARBOUR = (
    "This is an automated call service. We called you and have nobody free to speak to you. We are sorry. Goodbye."
)
"""What a person hears when nobody is free, until the operator records the company's own words."""


class Prompts:
    """The prompts of one Asterisk; ``directory`` is where they must lie, as we see it."""

    def __init__(self, root: AsteriskRoot, directory: Path, *, voice: str = "en-us") -> None:
        self._root = root
        self._directory = directory
        self._voice = voice

    def sound(self, message: str) -> str:
        """The sound Asterisk plays for a campaign's message. Raises BadInput on a name that is none."""
        if not _NAME.fullmatch(message):
            raise BadInput(f"{message!r} is no name of a message: letters, digits, - and _ only.")
        return f"{FOLDER}/{message}"

    def prepare(self, texts: Mapping[str, str]) -> None:
        """Make what is missing of these prompts (name -> text to be spoken); recordings that lie there are kept."""
        self._directory.mkdir(parents=True, exist_ok=True)
        for name, text in {"safe_harbour": SAFE_HARBOUR, **texts}.items():
            file = self._directory / f"{name}.wav"
            if not file.exists():
                self._speak(text, file)

    def take_in(self, recordings: Path) -> None:
        """Copy the operator's own recordings (NAME.wav, 8 kHz mono 16 bit) to where Asterisk finds them.

        Raises BadInput on a file that Asterisk could not play.
        """
        self._directory.mkdir(parents=True, exist_ok=True)
        for file in sorted(recordings.glob("*.wav")):
            self.sound(file.stem)
            with wave.open(str(file)) as opened:
                if (opened.getframerate(), opened.getnchannels(), opened.getsampwidth()) != (8000, 1, 2):
                    raise BadInput(f"{file} must be a WAV of 8 kHz, mono, 16 bit: sox IN -r 8000 -c 1 -b 16 OUT.")
            copy = self._directory / file.name
            shutil.copyfile(file, copy)
            copy.chmod(0o644)

    def has(self, message: str) -> bool:
        return (self._directory / f"{message}.wav").exists()

    def say(self, text: str, then: Callable[[str | None], None]) -> None:
        """``then`` is told the sound that says ``text``, or None where it could not be made in time."""
        name = f"say-{hashlib.sha256(f'{self._voice} {text}'.encode()).hexdigest()[:24]}"
        if self.has(name):
            then(f"{FOLDER}/{name}")
            return
        loop = asyncio.get_running_loop()
        made = loop.run_in_executor(None, self._speak, text, self._directory / f"{name}.wav")
        told = False

        def tell(sound: str | None) -> None:
            nonlocal told
            if not told:
                told = True
                then(sound)

        made.add_done_callback(lambda done: tell(None if done.exception() else f"{FOLDER}/{name}"))
        loop.call_later(SAY_WITHIN_S, tell, None)

    def _speak(self, text: str, file: Path) -> None:
        command = ["espeak-ng", "-v", self._voice, "-s", "150", "--stdout", "--", text.replace("\x00", " ")[:500]]
        if self._root.directory is not None:
            command = ["chroot", str(self._root.directory), *command]
        try:
            said = subprocess.run(command, capture_output=True, check=True, timeout=20).stdout
        except (OSError, subprocess.SubprocessError) as error:
            log.warning("A text could not be spoken (is espeak-ng there?): %s", error)
            raise
        making = file.with_suffix(".making")
        to_telephone(said, making)
        making.chmod(0o644)
        making.rename(file)


def to_telephone(spoken: bytes, file: Path) -> None:
    """espeak's 22 kHz WAV as 8 kHz mono 16 bit."""
    import numpy as np

    start = spoken.find(b"data") + 8
    rate = int.from_bytes(spoken[24:28], "little")
    samples = np.frombuffer(spoken[start : len(spoken) - (len(spoken) - start) % 2], dtype="<i2").astype(np.float64)
    taps = 63  # a windowed sinc below 3.6 kHz, so that nothing folds back
    n = np.arange(taps) - taps // 2
    low_pass = np.sinc(2 * 3600 / rate * n) * np.hamming(taps)
    filtered = np.convolve(samples, low_pass / low_pass.sum(), mode="same")
    at = np.arange(0, len(filtered) - 1, rate / 8000)
    out = np.interp(at, np.arange(len(filtered)), filtered)
    with wave.open(str(file), "wb") as written:
        written.setnchannels(1)
        written.setsampwidth(2)
        written.setframerate(8000)
        written.writeframes(np.clip(out, -32768, 32767).astype("<i2").tobytes())
