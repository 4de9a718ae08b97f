"""The same clips to Asterisk's own detection: a Local channel plays each, ``AMD()`` listens at its other end.

An Asterisk of its own with a dozen modules and the distribution's ``amd.conf``; many calls at once, in real time.
"""

from __future__ import annotations

import os
import shutil
import socket
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Protocol

from _calls import write_wav
from callwright.adapters.asterisk.plan import TelephonePlan
from callwright.adapters.asterisk.process import AsteriskProcess
from callwright.adapters.asterisk.root import find_root
from callwright.adapters.postgres.embedded import default_home

_MODULES = (
    *("app_amd", "app_playback", "app_verbose", "pbx_config", "func_env", "func_strings", "func_logic"),
    *("format_wav", "format_sln", "codec_ulaw", "res_timing_timerfd", "res_clioriginate"),
)
_DIALPLAN = """[general]
static=yes
[clip]
exten => _X.,1,Answer()
 same => n,Playback({clips}/${{EXTEN}})
 same => n,Wait(8)
[amd]
exten => _X.,1,Set(BEGAN=${{STRFTIME(,,%s.%3q)}})
 same => n,AMD()
 same => n,Set(FILE({verdicts}/${{EXTEN}})=${{AMDSTATUS}} ${{AMDCAUSE}} ${{BEGAN}} ${{STRFTIME(,,%s.%3q)}})
 same => n,Hangup()
"""
_LONGEST_S = 9.0


class Playable(Protocol):
    @property
    def pcm(self) -> bytes: ...


@dataclass(frozen=True, kw_only=True)
class AmdVerdict:
    """``status``: HUMAN, MACHINE or NOTSURE; empty where the call brought none."""

    status: str
    cause: str
    after_s: float


def judge(clips: Sequence[Playable], *, at_once: int = 16) -> tuple[str, list[AmdVerdict]]:
    """Asterisk's version, and its verdict on every clip. Raises NotFound where there is no Asterisk."""
    process = AsteriskProcess(find_root(default_home()), f"bench-amd-{os.getpid()}")
    places = process.places
    clip_place, verdict_place = places.spool / "clips", places.spool / "verdicts"
    process.configure(_plan(), others=_files(process, clip_place, verdict_place))
    try:
        folders = [process.root.inside(place) for place in (clip_place, verdict_place)]
        for folder in folders:
            folder.mkdir(exist_ok=True)
            folder.chmod(0o777)
        for number, clip in enumerate(clips):
            write_wav(folders[0] / f"{number:06}.wav", clip.pcm)
        process.start()
        _run(process, len(clips), folders[1], at_once)
        version = ".".join(map(str, process.root.version))
        return version, [_read(folders[1] / f"{number:06}") for number in range(len(clips))]
    finally:
        process.remove()


def _plan() -> TelephonePlan:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = int(probe.getsockname()[1])
    return TelephonePlan(http_port=port, ari_secret="not used")


def _files(process: AsteriskProcess, clips: PurePosixPath, verdicts: PurePosixPath) -> dict[str, str]:
    load = "".join(f"load = {name}.so\n" for name in _MODULES)
    own = process.root.inside("/etc/asterisk/amd.conf")
    return {
        "modules.conf": f"[modules]\nautoload=no\n{load}",
        "extensions.conf": _DIALPLAN.format(clips=clips, verdicts=verdicts),
        "amd.conf": own.read_text() if own.exists() else "[general]\n",
        "http.conf": "[general]\nenabled=no\n",
    }


def _run(process: AsteriskProcess, count: int, verdicts: Path, at_once: int) -> None:
    """Originate all, at most ``at_once`` under way."""
    begun: dict[int, float] = {}
    waiting = list(range(count))[::-1]
    while waiting or begun:
        now = time.monotonic()
        for number in [n for n, at in begun.items() if now - at > _LONGEST_S or (verdicts / f"{n:06}").exists()]:
            del begun[number]
        while waiting and len(begun) < at_once:
            number = waiting.pop()
            process.console(f"channel originate Local/{number:06}@clip/n extension {number:06}@amd")
            begun[number] = time.monotonic()
        time.sleep(0.02)


def _read(file: Path) -> AmdVerdict:
    try:
        status, cause, began, ended = file.read_text().split()
    except (OSError, ValueError):
        return AmdVerdict(status="", cause="", after_s=0.0)
    return AmdVerdict(status=status, cause=cause, after_s=float(ended) - float(began))


def available() -> str:
    """Empty, or why there is no Asterisk to compare with."""
    try:
        find_root(default_home())
    except Exception as error:
        return str(error)
    return "" if shutil.which("chroot") else "chroot is missing"
