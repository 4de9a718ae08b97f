"""What is heard at the numbers: 8 kHz mu-law files for SIPp, and captures of key presses (RFC 4733).

Voices are Asterisk's own recorded prompts where they are at hand, else espeak-ng's. ``make`` writes what is missing.
"""

from __future__ import annotations

import shutil
import struct
import subprocess
import wave
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path, PurePosixPath
from tempfile import TemporaryDirectory

import numpy as np
from numpy.typing import NDArray

from callwright.adapters.asterisk.prompts import to_telephone
from callwright.adapters.asterisk.root import AsteriskRoot
from callwright.adapters.sipp.behaviour import GAP_S
from callwright.kit.errors import NotFound

RATE = 8000
Sound = NDArray[np.int16]
_RECORDED = PurePosixPath("/usr/share/asterisk/sounds/en")
_EVENT_TYPE = 101  # the payload type our answers name for telephone events
_PRESS_S, _FRAME_S = 0.12, 0.02


class SoundShop:
    """Makes sounds from an Asterisk's prompts and espeak-ng."""

    def __init__(self, root: AsteriskRoot | None) -> None:
        self._root = root

    def recorded(self, name: str, otherwise: str) -> Sound:
        """A prompt of Asterisk's; where it is not there, ``otherwise`` is spoken."""
        if self._root is not None:
            file = self._root.inside(_RECORDED / f"{name}.wav").resolve()
            if not file.exists():  # a link of the root's own file system
                file = next(self._root.inside("/usr/share/asterisk/sounds").glob(f"en_US*/{name}.wav"), file)
            if file.exists():
                return _read(file)
        return self.spoken(otherwise)

    def spoken(self, text: str, *, voice: str = "en-us", words_per_minute: int = 160) -> Sound:
        """Raises NotFound where there is no espeak-ng."""
        command = ["espeak-ng", "-v", voice, "-s", str(words_per_minute), "--stdout", "--", text]
        if shutil.which("espeak-ng") is None and self._root is not None and self._root.directory is not None:
            command = ["chroot", str(self._root.directory), *command]
        try:
            said = subprocess.run(command, capture_output=True, check=True, timeout=30).stdout
        except (OSError, subprocess.SubprocessError) as error:
            raise NotFound("There is no espeak-ng to speak with: apt-get install espeak-ng.") from error
        with TemporaryDirectory() as directory:
            file = Path(directory) / "spoken.wav"
            to_telephone(said, file)
            return _read(file)


def _read(file: Path) -> Sound:
    with wave.open(str(file)) as opened:
        return np.frombuffer(opened.readframes(opened.getnframes()), dtype="<i2")


def tone(*hertz: float, seconds: float, level: float = 0.25) -> Sound:
    at = np.arange(round(seconds * RATE)) / RATE
    mixed = sum((np.sin(2 * np.pi * h * at) for h in hertz), np.zeros_like(at)) * (level / len(hertz))
    return (mixed * 32767).astype(np.int16)


def silence(seconds: float) -> Sound:
    return np.zeros(round(seconds * RATE), dtype=np.int16)


def joined(*parts: Sound) -> Sound:
    return np.concatenate(parts)


def ulaw(sound: Sound) -> bytes:
    """G.711 mu-law."""
    samples = sound.astype(np.int32)
    sign = np.where(samples < 0, 0x80, 0)
    magnitude = np.minimum(np.abs(samples), 32635) + 132
    exponent = np.floor(np.log2(magnitude)).astype(np.int32) - 7
    mantissa = (magnitude >> (exponent + 3)) & 15
    return bytes((~(sign | (exponent << 4) | mantissa) & 0xFF).astype(np.uint8))


_VACANT_CODE = ((985.2, 0.38), (1370.6, 0.274), (1776.7, 0.38))
"""The special information tones before "no such number"."""


def _person(shop: SoundShop) -> Sound:
    """Hello, a wait for the other's first words, then talk with pauses."""
    talk = (
        ("Yes, that is me. What is it about?", 2.5),
        ("I see. And what would that cost?", 3.0),
        ("Well, I would have to think about it.", 4.0),
    )
    parts = [shop.recorded("hello", "Hello?"), silence(1.6)]
    for text, pause_s in talk:
        parts += [shop.spoken(text), silence(pause_s)]
    return joined(silence(0.2), *parts)


def _machine(shop: SoundShop) -> Sound:
    return joined(
        silence(0.5),
        shop.recorded("vm-nobodyavail", "Nobody is available to take your call."),
        silence(0.1),
        shop.recorded("vm-intro", "Please leave a message after the tone."),
        silence(0.3),
        tone(1000.0, seconds=0.4),
        silence(40.0),
    )


def _fax(shop: SoundShop) -> Sound:
    return joined(silence(0.4), tone(2100.0, seconds=3.0), silence(1.5))


def _screening(shop: SoundShop) -> Sound:
    return joined(
        silence(0.4),
        shop.spoken(
            "Hi, the person you are calling is using a screening service. Please say your name and why you are calling."
        ),
        silence(30.0),
    )


def _agent(shop: SoundShop) -> Sound:
    return joined(shop.spoken("Good day, this is the sales department.", voice="en-gb"), silence(2.0))


def _announced(text: str) -> Callable[[SoundShop], Sound]:
    return lambda shop: joined(silence(0.3), shop.spoken(text), silence(1.5))


def _no_such_number(shop: SoundShop) -> Sound:
    said = shop.recorded("ss-noservice", "The number you have dialed is not in service.")
    tones = (tone(hertz, seconds=seconds) for hertz, seconds in _VACANT_CODE)
    return joined(silence(0.3), *tones, silence(0.3), said, silence(1.5))


SOUNDS: dict[str, Callable[[SoundShop], Sound]] = {
    "person": _person,
    "machine": _machine,
    "fax": _fax,
    "screening": _screening,
    "agent": _agent,
    "switched_off": _announced("The telephone you are calling is switched off."),
    "unreachable": _announced("The subscriber cannot be reached at the moment."),
    "suspended": _announced("The service of this number has been suspended."),
    "no_such_number": _no_such_number,
}
"""Every sound by name; announcements under the name of what they announce."""


def make(directory: Path, shop: SoundShop, names: Iterable[str]) -> dict[str, Path]:
    """Write the named sounds into ``directory``, those that lie there already excepted."""
    directory.mkdir(parents=True, exist_ok=True)
    files = {}
    for name in names:
        file = files[name] = directory / f"{name}.ulaw"
        if not file.exists():
            making = file.with_suffix(".making")
            making.write_bytes(ulaw(SOUNDS[name](shop)))
            making.rename(file)
    return files


def write_keys(file: Path, keys: Sequence[str]) -> None:
    """A capture of these keys being pressed, one every GAP_S, for SIPp to play."""
    packets: list[tuple[float, bytes]] = []
    sequence, stamp_of = 1, 160
    for place, key in enumerate(keys):
        event, began_s = "0123456789*#ABCD".index(key), place * GAP_S
        steps = round(_PRESS_S / _FRAME_S)
        for step in range(steps + 3):  # the end is said three times
            end = step >= steps
            length = min(step + 1, steps) * 160
            marker = 0x80 if step == 0 else 0
            rtp = struct.pack(
                "!BBHII", 0x80, _EVENT_TYPE | marker, sequence, stamp_of + round(began_s * RATE), 0x0C0FFEE0
            )
            packets.append(
                (began_s + step * _FRAME_S, rtp + struct.pack("!BBH", event, 0x80 | 10 if end else 10, length))
            )
            sequence += 1
    with file.open("wb") as out:
        out.write(struct.pack("<IHHiIII", 0xA1B2C3D4, 2, 4, 0, 0, 65535, 1))
        for at_s, payload in packets:
            frame = _frame(payload)
            seconds = 1_000_000 + int(at_s)
            out.write(struct.pack("<IIII", seconds, round(at_s % 1 * 1e6), len(frame), len(frame)) + frame)


def _frame(payload: bytes) -> bytes:
    """Ethernet, IPv4 and UDP around a payload; SIPp puts its own addresses in."""
    length = 8 + len(payload)
    udp = struct.pack("!HHHH", 4000, 4000, length, 0)
    ip = struct.pack("!BBHHHBBH4s4s", 0x45, 0, 20 + length, 0, 0, 64, 17, 0, b"\x7f\0\0\1", b"\x7f\0\0\1")
    return bytes(12) + b"\x08\x00" + ip + udp + payload
