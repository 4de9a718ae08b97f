"""What the recording vault takes in, how long it holds up the event loop meanwhile, and how fast it gives audio back.

    python bench/recordings.py [--minutes M] [--calls N] [--json]

Both sides are read, aligned, encrypted, hashed twice, synced to the disk and listed; rows are kept in memory, so that
the figures are the vault's own. A call of ten minutes makes 19 MB of WAV.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import tempfile
from pathlib import Path
from statistics import median, quantiles
from time import perf_counter

import numpy as np

from callwright.adapters.recordings.keys import KeyRing
from callwright.adapters.recordings.memory import MemoryRows
from callwright.adapters.recordings.vault import Vault
from callwright.adapters.recordings.wav import wav_header


def killed_wav(path: Path, minutes: float, rng: np.random.Generator) -> Path:
    """Speech-like noise under a header that was never corrected."""
    samples = rng.integers(-8000, 8000, round(minutes * 60 * 8000)).astype("<i2")
    path.write_bytes(wav_header(rate=8000, channels=1, data_bytes=0) + samples.tobytes())
    return path


async def beat(gaps: list[float]) -> None:
    while True:
        before = perf_counter()
        await asyncio.sleep(0.001)
        gaps.append(perf_counter() - before - 0.001)


def memory_mb(name: str) -> float:
    lines = Path("/proc/self/status").read_text().splitlines()
    return next(int(line.split()[1]) / 1024 for line in lines if line.startswith(name))


async def measure(home: Path, minutes: float, calls: int) -> dict[str, float]:
    spool, rng = home / "spool", np.random.default_rng(1)
    spool.mkdir()
    pairs = [
        (killed_wav(spool / f"{n}-person.wav", minutes, rng), killed_wav(spool / f"{n}-agent.wav", minutes, rng))
        for n in range(1, calls + 1)
    ]
    vault = Vault(home / "vault", KeyRing.open(home / "keys" / "key", make=True), MemoryRows())
    idle: list[float] = []
    beating = asyncio.create_task(beat(idle))
    await asyncio.sleep(1.0)
    beating.cancel()
    gaps: list[float] = []
    beating = asyncio.create_task(beat(gaps))
    await asyncio.to_thread(Path("/proc/self/clear_refs").write_text, "5")  # the peak of memory is counted from here
    memory_before_mb = memory_mb("VmRSS")
    began = perf_counter()
    kept = await asyncio.gather(
        *(
            vault.finished(n, *pair, began_at_person=0.0, began_at_agent=0.3, ended_at=minutes * 60)
            for n, pair in enumerate(pairs, 1)
        )
    )
    taken_s = perf_counter() - began
    grown_mb = memory_mb("VmHWM") - memory_before_mb
    beating.cancel()
    volume_mb = sum(row.sealed.wav_bytes for row in kept if row is not None and row.sealed is not None) / 1e6
    began = perf_counter()
    for n in range(1, calls + 1):
        async for _ in vault.stream(n):
            pass
    read_s = perf_counter() - began
    began = perf_counter()
    faults = (await vault.verify()).faults
    verified_s = perf_counter() - began
    if faults:
        raise SystemExit(f"The vault is not sound: {faults[0]}.")
    seeks = []
    for at in rng.integers(44, int(minutes * 60 * 32_000), 200):
        began = perf_counter()
        await vault.read(1, int(at), 16_000)
        seeks.append(perf_counter() - began)
    vault.close()
    return {
        "taken_mb_per_s": round(volume_mb / taken_s, 1),
        "call_s": round(taken_s / calls, 3),
        "loop_gap_p50_ms": round(median(gaps) * 1e3, 2),
        "loop_gap_p99_ms": round(quantiles(gaps, n=100)[98] * 1e3, 2),
        "idle_gap_p99_ms": round(quantiles(idle, n=100)[98] * 1e3, 2),
        "memory_mb": round(grown_mb, 1),
        "read_mb_per_s": round(volume_mb / read_s, 1),
        "verified_mb_per_s": round(volume_mb / verified_s, 1),
        "seek_ms": round(median(seeks) * 1e3, 2),
    }


def main() -> None:
    parser = argparse.ArgumentParser(description="Speed of the recording vault.")
    parser.add_argument("--minutes", type=float, default=10.0, help="length of a call")
    parser.add_argument("--calls", type=int, default=8)
    parser.add_argument("--json", action="store_true", help="print one JSON object and no table")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="callwright-bench-") as home:
        figures = asyncio.run(measure(Path(home), options.minutes, options.calls))
    if not options.json:
        for name, figure in figures.items():
            print(f"{name:24}{figure:>12}")
    needed = 2 * 16_000 * 500 / 1e6  # the audio of 500 recorded calls at a time, in MB a second
    met = figures["taken_mb_per_s"] > needed
    print(json.dumps({"bench": "recordings", "goal_mb_per_s": needed, "met": met, **figures}))


if __name__ == "__main__":
    main()
