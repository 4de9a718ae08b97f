"""Who answered: our detection and Asterisk's app_amd on the same made calls, in one run.

    python bench/detection.py [--calls N] [--no-amd] [--json]

Recorded voices that the shipped model has never heard, and espeak-ng's, apart. Every call is made (bench/_calls.py says
how): the figures tell how the two compare on these calls, not how often either errs in the world.
"""

from __future__ import annotations

import argparse
import json
import math
import time
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from multiprocessing import Pool
from typing import Any

import _app_amd
import _calls as calls
from callwright.robot import Heard, Hearing, frames_of

FIGURES = ("human", "machine", "silence", "none")


@dataclass(frozen=True, kw_only=True)
class Judged:
    """One clip and what became of it here."""

    clip: calls.Clip
    verdict: str
    after_s: float
    heard: list[Heard]
    cpu_s: float


def hear(clip: calls.Clip) -> Judged:
    began = time.process_time()
    hearing = Hearing()
    heard = [each for frame in frames_of(clip.pcm) for each in hearing.feed(frame, answered=True)] + hearing.end()
    cpu = time.process_time() - began
    first = next((each for each in heard if each.kind == "verdict"), None)
    return Judged(
        clip=clip,
        verdict=first.media.value if first and first.media else "none",
        after_s=(first.since_answer_s or 0.0) if first else 0.0,
        heard=heard,
        cpu_s=cpu,
    )


def wilson(hits: int, of: int) -> tuple[float, float]:
    """The interval that holds the true share with 95 %."""
    if not of:
        return 0.0, 1.0
    z, p = 1.96, hits / of
    middle = p + z * z / (2 * of)
    spread = z * math.sqrt(p * (1 - p) / of + z * z / (4 * of * of))
    return max(0.0, (middle - spread) / (1 + z * z / of)), (middle + spread) / (1 + z * z / of)


def share(hits: int, of: int) -> dict[str, Any]:
    low, high = wilson(hits, of)
    return {
        "hits": hits,
        "of": of,
        "share": round(hits / of, 4) if of else 0.0,
        "low": round(low, 4),
        "high": round(high, 4),
    }


def told(figure: dict[str, Any]) -> str:
    return f"{figure['hits']}/{figure['of']} = {figure['share']:.1%} [{figure['low']:.1%}, {figure['high']:.1%}]"


def quantile(values: Sequence[float], q: float) -> float:
    ordered = sorted(values)
    return round(ordered[min(len(ordered) - 1, int(q * len(ordered)))], 2) if ordered else 0.0


def table(truths: Sequence[str], verdicts: Sequence[str], seconds: Sequence[float]) -> dict[str, Any]:
    """Confusion, errors with their intervals, decision times."""
    confusion: dict[str, dict[str, int]] = {t: dict.fromkeys(FIGURES, 0) for t in ("human", "machine", "silence")}
    for truth, verdict in zip(truths, verdicts, strict=True):
        confusion[truth][verdict] = confusion[truth].get(verdict, 0) + 1
    people, machines = confusion["human"], confusion["machine"]
    human_s = [s for t, v, s in zip(truths, verdicts, seconds, strict=True) if t == v == "human"]
    machine_s = [s for t, v, s in zip(truths, verdicts, seconds, strict=True) if t == v == "machine"]
    return {
        "confusion": confusion,
        "humans_lost": share(people["machine"], sum(people.values())),
        "machines_passed": share(machines["human"], sum(machines.values())),
        "machines_not_caught": share(sum(machines.values()) - machines["machine"], sum(machines.values())),
        "human_s": {"p50": quantile(human_s, 0.5), "p95": quantile(human_s, 0.95)},
        "machine_s": {"p50": quantile(machine_s, 0.5), "p95": quantile(machine_s, 0.95)},
    }


def by_kind(judged: Sequence[Judged], verdicts: Sequence[str]) -> dict[str, dict[str, Any]]:
    """Errors that matter, kind by kind: a person taken for a machine, a machine not caught."""
    out: dict[str, list[int]] = defaultdict(lambda: [0, 0])
    for each, verdict in zip(judged, verdicts, strict=True):
        wrong = verdict == "machine" if each.clip.truth == "human" else verdict == "human"
        out[each.clip.kind][0] += wrong
        out[each.clip.kind][1] += 1
    return {kind: share(*counts) for kind, counts in out.items()}


def beeps(judged: Sequence[Judged]) -> dict[str, Any]:
    """Was the beep's end found within 0.3 s, and was anything else taken for one?"""
    with_beep = [
        each for each in judged if each.clip.beep_end_s and each.clip.beep_end_s < len(each.clip.pcm) / 16000 - 0.3
    ]
    found, late = 0, []
    for each in with_beep:
        at = [h.since_answer_s or 0.0 for h in each.heard if h.kind == "beep"]
        hit = [s - (each.clip.beep_end_s or 0.0) for s in at if abs(s - (each.clip.beep_end_s or 0.0)) <= 0.3]
        found += bool(hit)
        late += hit[:1]
    false = sum(
        any(h.kind == "beep" and abs((h.since_answer_s or 0) - (each.clip.beep_end_s or -9)) > 0.3 for h in each.heard)
        for each in judged
    )
    return {
        "found": share(found, len(with_beep)),
        "false": share(false, len(judged)),
        "late_s_p50": quantile(late, 0.5),
    }


def corrected(judged: Sequence[Judged]) -> dict[str, Any]:
    """Of the machines first taken for a person, how many the beep gave away afterwards."""
    passed = [each for each in judged if each.clip.truth == "machine" and each.verdict == "human"]
    return share(sum(any(h.kind == "revised" for h in each.heard) for each in passed), len(passed))


def run_set(name: str, clips: list[calls.Clip], *, with_amd: bool) -> dict[str, Any]:
    with Pool(2) as pool:
        judged = pool.map(hear, clips, chunksize=8)
    truths = [clip.truth for clip in clips]
    verdicts = [each.verdict for each in judged]
    result: dict[str, Any] = {
        "set": name,
        "clips": len(clips),
        "voices": sorted({clip.voice for clip in clips}),
        "callwright": table(truths, verdicts, [each.after_s for each in judged]),
        "kinds": {"callwright": by_kind(judged, verdicts)},
        "beep": beeps(judged),
        "corrected": corrected(judged),
        "cpu_share": round(sum(each.cpu_s for each in judged) / sum(len(c.pcm) / 16000 for c in clips), 5),
    }
    if with_amd:
        version, amd = _app_amd.judge(clips)
        words = [{"HUMAN": "human", "MACHINE": "machine", "NOTSURE": "notsure"}.get(v.status, "none") for v in amd]
        result["app_amd"] = table(truths, words, [v.after_s for v in amd])
        result["asterisk"] = version
        result["kinds"]["app_amd"] = by_kind(judged, words)
    return result


def show(result: dict[str, Any]) -> None:
    print(f"\n{result['set']}: {result['clips']} calls; voices: {', '.join(result['voices'])}")
    sides = [side for side in ("callwright", "app_amd") if side in result]
    for side in sides:
        figures = result[side]
        print(f"  {side}")
        for truth, row in figures["confusion"].items():
            if sum(row.values()):
                print(f"    {truth:9} heard as " + ", ".join(f"{verdict} {n}" for verdict, n in row.items() if n))
        print(f"    humans lost      {told(figures['humans_lost'])}")
        print(f"    machines passed  {told(figures['machines_passed'])}")
        print(f"    human after {figures['human_s']['p50']} s (p95 {figures['human_s']['p95']}),", end=" ")
        print(f"machine after {figures['machine_s']['p50']} s (p95 {figures['machine_s']['p95']})")
    print(f"  {'errors by kind':16}" + "".join(f"{side:>32}" for side in sides))
    for kind in result["kinds"]["callwright"]:
        print(f"  {kind:16}" + "".join(f"{told(result['kinds'][side][kind]):>32}" for side in sides))
    print(f"  beep found {told(result['beep']['found'])}, {result['beep']['late_s_p50']} s after its end;", end=" ")
    print(f"false {told(result['beep']['false'])}")
    print(f"  machines passed that the beep gave away later: {told(result['corrected'])}")
    print(f"  processor: {result['cpu_share']:.2%} of a core per call while listening")


def main() -> None:
    parser = argparse.ArgumentParser(description="Who answered: ours against app_amd.")
    parser.add_argument("--calls", type=int, default=40, help="calls of each truth with each recorded voice")
    parser.add_argument("--no-amd", action="store_true", help="leave app_amd out")
    parser.add_argument("--json", action="store_true", help="print one JSON object and no table")
    options = parser.parse_args()
    missing = "asked to leave it out" if options.no_amd else _app_amd.available()
    recorded = [speaker for name, speaker in calls.recorded_speakers().items() if name in calls.TEST_VOICES]
    if not recorded:
        raise SystemExit("There are no recorded voices: run scripts/fetch-sounds first.")
    truths = ("human", "machine", "silence")
    sets = {
        "recorded voices": list(calls.make_calls(recorded, per_speaker=options.calls, seed=77, truths=truths)),
        "synthetic voices": list(
            calls.make_calls(
                list(calls.synthetic_speakers().values()),
                per_speaker=max(2, options.calls // 5),
                seed=78,
                truths=truths,
            )
        ),
    }
    results = [run_set(name, clips, with_amd=not missing) for name, clips in sets.items()]
    if not options.json:
        for result in results:
            show(result)
        if missing:
            print(f"\napp_amd was not asked: {missing}")
    real = results[0]["callwright"]
    met = {
        "humans_lost": real["humans_lost"]["share"] <= 0.01,
        "machines_passed": real["machines_passed"]["share"] <= 0.05,
        "median_s": real["human_s"]["p50"] < 1.5,
        "cpu": results[0]["cpu_share"] < 0.005,
    }
    print(json.dumps({"bench": "detection", "met": met, "sets": results}))


if __name__ == "__main__":
    main()
