"""Replaying recordings to the ear that hears who answered, and teaching it announcements.

The book of announcements is one file, ``detection/announcements.json`` under the home directory; ``load_book`` gives it
to whoever makes a ``Hearing``.
"""

from __future__ import annotations

import json
import wave
from collections import Counter
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path

from callwright.adapters.postgres.embedded import default_home
from callwright.app.settings import Settings
from callwright.kit.errors import BadInput, NotFound
from callwright.model.outcome import Media
from callwright.robot import AnnouncementBook, Heard, HeardKind, Hearing, frames_of, teach
from callwright.robot.sound import FRAME_S, RATE

MEANINGS = {
    "no_such_number": Media.ANNOUNCED_NO_SUCH_NUMBER,
    "switched_off": Media.ANNOUNCED_SWITCHED_OFF,
    "suspended": Media.ANNOUNCED_SUSPENDED,
    "unreachable": Media.ANNOUNCED_UNREACHABLE,
    "machine": Media.MACHINE,
    "screening": Media.SCREENING,
}
_HEARD_ON_S = 5.0


def book_file(home: Path) -> Path:
    return home / "detection" / "announcements.json"


def load_book(home: Path) -> AnnouncementBook:
    """The operator's announcements; an empty book where none was taught."""
    file = book_file(home)
    return AnnouncementBook.load(file.read_text(encoding="utf-8")) if file.exists() else AnnouncementBook()


def _save_book(home: Path, book: AnnouncementBook) -> None:
    file = book_file(home)
    file.parent.mkdir(parents=True, exist_ok=True)
    new = file.with_suffix(".new")
    new.write_text(book.dump(), encoding="utf-8")
    new.replace(file)


def read_call(file: Path) -> bytes:
    """A recording's sound: 8 kHz, 16 bits; of two channels the first, which is the person's. Raises BadInput."""
    try:
        with wave.open(str(file)) as sound:
            channels, width, rate = sound.getnchannels(), sound.getsampwidth(), sound.getframerate()
            pcm: bytes = sound.readframes(sound.getnframes())
    except FileNotFoundError as error:
        raise NotFound(f"There is no file {file}.") from error
    except (OSError, EOFError, wave.Error) as error:
        raise BadInput(f"{file} is not a WAV file that can be read: give one of 8 kHz and 16 bits.") from error
    if (width, rate) != (2, RATE) or channels not in (1, 2):
        raise BadInput(f"{file} has {rate} Hz and {8 * width} bits: give a WAV of 8000 Hz, 16 bits and one channel.")
    if channels == 1:
        return pcm
    return b"".join(pcm[at : at + 2] for at in range(0, len(pcm), 4))


def hear_call(pcm: bytes, book: AnnouncementBook, *, answered_at_s: float) -> list[Heard]:
    """Everything heard in a recording whose call was answered at ``answered_at_s``.

    One that ends without a verdict is heard on in silence: a short one would have none.
    """
    hearing = Hearing(announcements=book)
    heard = [h for n, f in enumerate(frames_of(pcm)) for h in hearing.feed(f, answered=n * FRAME_S >= answered_at_s)]
    if hearing.verdict is None and answered_at_s * RATE * 2 < len(pcm):
        heard += hearing.silence(_HEARD_ON_S)
    return heard + hearing.end()


def replay(
    settings: Settings, files: Sequence[Path], *, expect: str | None, answered_at_s: float, as_json: bool
) -> None:
    """Print what was heard in each file, and where ``expect`` is given how many were heard so."""
    book = load_book(settings.home or default_home())
    verdicts: Counter[str] = Counter()
    rows = []
    for file in files:
        heard = hear_call(read_call(file), book, answered_at_s=answered_at_s)
        verdict = first_verdict(heard)
        verdicts[verdict] += 1
        rows.append({"file": str(file), "verdict": verdict, "heard": [asdict(each) for each in heard]})
        if not as_json:
            mark = "" if expect in (None, verdict) else f"   expected {expect}"
            print(f"{file}: {verdict}{mark}")
            for each in heard:
                print(f"  {_line(each)}")
    right = verdicts[expect] if expect else None
    if as_json:
        print(json.dumps({"files": rows, "verdicts": dict(verdicts), "expected": expect, "right": right}))
    elif expect:
        print(f"{right} of {len(files)} heard as {expect}.")


def first_verdict(heard: Sequence[Heard]) -> str:
    """The word for a whole call: its verdict, else the announcement before the answer, else "none"."""
    for kind in (HeardKind.VERDICT, HeardKind.ANNOUNCEMENT):
        for each in heard:
            if each.kind is kind and each.media is not None:
                return each.media.value
    return "none"


def _line(heard: Heard) -> str:
    when = f"{heard.at_s:7.2f} s" if heard.since_answer_s is None else f"{heard.since_answer_s:7.2f} s after answer"
    return f"{when:24}{heard.kind:13}{heard.media or '':28}{heard.why} ({heard.confidence:.2f})"


def teach_announcement(settings: Settings, file: Path, *, means: str, name: str, language: str) -> None:
    if means not in MEANINGS:
        raise BadInput(f"An announcement cannot mean {means!r}: choose one of {', '.join(MEANINGS)}.")
    home = settings.home or default_home()
    book = load_book(home)
    taught = teach(read_call(file), name=name, media=MEANINGS[means], language=language)
    book.add(taught)
    _save_book(home, book)
    print(f"Taught: {name}, {taught.length_s:.1f} s, means {means}. The book holds {len(book)}: {book_file(home)}")


def forget_announcement(settings: Settings, name: str) -> None:
    home = settings.home or default_home()
    book = load_book(home)
    if name not in book.announcements:
        raise NotFound(f"No announcement is named {name!r}: callwright detection list shows them.")
    book.remove(name)
    _save_book(home, book)
    print(f"Forgotten: {name}. The book holds {len(book)}.")


def list_announcements(settings: Settings, *, as_json: bool) -> None:
    words = {media: word for word, media in MEANINGS.items()}
    rows = [
        {"name": a.name, "means": words[a.media], "language": a.language, "length_s": round(a.length_s, 1)}
        for a in load_book(settings.home or default_home())
    ]
    if as_json:
        print(json.dumps(rows, ensure_ascii=False))
        return
    for row in rows:
        print(f"{row['name']:32}{row['means']:16}{row['language']:8}{row['length_s']:6.1f} s")
    if not rows:
        print("The book is empty: callwright detection teach FILE.wav --means switched_off --name NAME")
