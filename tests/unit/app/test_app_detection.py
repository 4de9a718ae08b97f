"""The commands that replay recordings and teach announcements, on files."""

from __future__ import annotations

import json
import wave
from pathlib import Path

import pytest

from callwright.app.detection import (
    forget_announcement,
    list_announcements,
    load_book,
    read_call,
    replay,
    teach_announcement,
)
from callwright.app.settings import Settings
from callwright.kit.errors import BadInput, NotFound
from support.robot_sounds import Sound, line, silence, voice


def _wav(path: Path, sound: Sound, *, rate: int = 8000, channels: int = 1) -> Path:
    with wave.open(str(path), "wb") as file:
        file.setnchannels(channels)
        file.setsampwidth(2)
        file.setframerate(rate)
        pcm = line(sound)
        file.writeframes(pcm if channels == 1 else b"".join(pcm[i : i + 2] + b"\1\1" for i in range(0, len(pcm), 2)))
    return path


def test_taught_listed_recognised_forgotten(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    settings = Settings(home=tmp_path / "home")
    off = _wav(tmp_path / "off.wav", voice(4.0, seed=9))
    teach_announcement(settings, off, means="switched_off", name="Carrier: off", language="ru")
    assert [a.name for a in load_book(tmp_path / "home")] == ["Carrier: off"]
    capsys.readouterr()
    list_announcements(settings, as_json=True)
    assert json.loads(capsys.readouterr().out) == [
        {"name": "Carrier: off", "means": "switched_off", "language": "ru", "length_s": 4.0}
    ]
    replay(settings, [off], expect="announced_switched_off", answered_at_s=60.0, as_json=True)
    said = json.loads(capsys.readouterr().out)
    assert (said["verdicts"], said["right"]) == ({"announced_switched_off": 1}, 1)
    assert said["files"][0]["heard"][-1]["why"] == "book:Carrier: off"
    forget_announcement(settings, "Carrier: off")
    assert len(load_book(tmp_path / "home")) == 0
    with pytest.raises(NotFound, match="detection list"):
        forget_announcement(settings, "Carrier: off")


def test_replay_counts_what_was_expected(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    person = _wav(tmp_path / "person.wav", voice(0.5))
    machine = _wav(tmp_path / "machine.wav", voice(9.0, seed=3))
    replay(Settings(home=tmp_path), [person, machine], expect="human", answered_at_s=0.0, as_json=False)
    said = capsys.readouterr().out
    assert f"{person}: human\n" in said
    assert f"{machine}: machine   expected human\n" in said
    assert said.endswith("1 of 2 heard as human.\n")


def test_of_two_channels_the_persons_is_read(tmp_path: Path) -> None:
    both = _wav(tmp_path / "both.wav", voice(1.0), channels=2)
    assert read_call(both) == read_call(_wav(tmp_path / "one.wav", voice(1.0)))


def test_bad_files_say_what_to_do(tmp_path: Path) -> None:
    with pytest.raises(BadInput, match="8000 Hz"):
        read_call(_wav(tmp_path / "wide.wav", silence(1), rate=16000))
    (tmp_path / "text.wav").write_text("no sound")
    with pytest.raises(BadInput, match="WAV"):
        read_call(tmp_path / "text.wav")
    with pytest.raises(NotFound):
        read_call(tmp_path / "none.wav")
    with pytest.raises(BadInput, match="choose one of"):
        teach_announcement(Settings(home=tmp_path), tmp_path / "x.wav", means="gone", name="x", language="")
