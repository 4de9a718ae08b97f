"""What the people of a test cost: SIPp as the carrier and everybody called, by its own CPU time.

    python bench/telephone_people.py [--rate 250] [--stay 4] [--seconds 20] [--json]

A second SIPp dials them: each rings, answers, stays and is hung up on. Once silent, where only the signalling counts,
and once with everybody sending sound (8 kHz mu-law, 50 packets a second each), which nobody here listens to.
"""

from __future__ import annotations

import argparse
import csv
import json
import subprocess
import time
from pathlib import Path
from tempfile import TemporaryDirectory

from callwright.adapters.asterisk.root import find_root
from callwright.adapters.postgres.embedded import default_home
from callwright.adapters.sipp.behaviour import Behaviour, Deed, Then
from callwright.adapters.sipp.people import SippPeople
from callwright.adapters.sipp.process import find_sipp, free_port
from callwright.adapters.sipp.sounds import SoundShop, make

PEOPLE, DRIVER = "127.0.0.61", "127.0.0.62"
NUMBERS = [f"1202555{n:04d}" for n in range(1000)]


def measure(*, sound: bool, rate: int, stay_s: float, seconds: int, cache: Path) -> dict[str, float]:
    """Dial for so long; what the people's process used, and how many were there at once."""
    behaviour = Behaviour(
        deed=Deed.RINGS, then=Then.ANSWERS, ring_s=0.2, sound="person" if sound else None, stay_s=600.0
    )
    sounds = make(cache, SoundShop(find_root(default_home())), ["person"]) if sound else {}
    people = SippPeople(PEOPLE, {number: [behaviour] for number in NUMBERS}, sounds)
    people.start()
    try:
        before, began = _cpu_s(people.pid or 0), time.monotonic()
        rows = _dial(people, rate, stay_s, seconds)
        used, took = _cpu_s(people.pid or 0) - before, time.monotonic() - began
    finally:
        people.stop()
    last = rows[-1]
    return {
        "calls": int(last["SuccessfulCall(C)"]),
        "failed": int(last["FailedCall(C)"]),
        "at_once": max(int(row["CurrentCall"]) for row in rows),
        "cpu_percent": round(100.0 * used / took, 1),
        "cpu_ms_per_call": round(1000.0 * used / max(1, int(last["SuccessfulCall(C)"])), 2),
    }


def _dial(people: SippPeople, rate: int, stay_s: float, seconds: int) -> list[dict[str, str]]:
    """Dial them by SIPp's own caller; its statistics, line by line."""
    said = subprocess.run([find_sipp(), "-sd", "uac"], capture_output=True, text=True, check=False)
    (people.directory / "uac.xml").write_text(said.stdout.replace("[service]", "[field0]"))
    (people.directory / "numbers.csv").write_text("\n".join(["RANDOM", *NUMBERS]) + "\n")
    command = [
        *(find_sipp(), "-sf", "uac.xml", "-inf", "numbers.csv", "-nostdin"),
        *("-i", DRIVER, "-mi", DRIVER, "-p", str(free_port(DRIVER)), "-mp", str(free_port(DRIVER))),
        *("-r", str(rate), "-l", "5000", "-m", str(rate * seconds), "-d", str(round(stay_s * 1000))),
        *("-trace_stat", "-fd", "2", f"{people.host}:{people.port}"),
    ]
    subprocess.run(command, cwd=people.directory, capture_output=True, check=False, timeout=seconds * 3 + 120)
    with next(people.directory.glob("uac_*_.csv")).open() as file:
        return list(csv.DictReader(file, delimiter=";"))


def _cpu_s(pid: int) -> float:
    fields = Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / 100.0


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rate", type=int, default=250)
    parser.add_argument("--stay", type=float, default=4.0)
    parser.add_argument("--seconds", type=int, default=20)
    parser.add_argument("--json", action="store_true")
    asked = parser.parse_args()
    with TemporaryDirectory() as directory:
        found = {
            name: measure(sound=sound, rate=asked.rate, stay_s=asked.stay, seconds=asked.seconds, cache=Path(directory))
            for name, sound in (("silent", False), ("with sound", True))
        }
    if asked.json:
        print(json.dumps(found))
        return
    for name, row in found.items():
        print(f"{name:11} " + "  ".join(f"{what} {value:g}" for what, value in row.items()))


if __name__ == "__main__":
    main()
