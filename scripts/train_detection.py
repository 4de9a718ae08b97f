"""Learns who answered from made calls and writes src/callwright/robot/learned.json.

    scripts/fetch-sounds && .venv/bin/python scripts/train_detection.py [--calls 600] [--folds]

The shipped model knows only the training voices of bench/_calls.py; thresholds are chosen on predictions for training
voices that the trees had not seen. ``--folds`` also leaves out one language after the other, with every voice that
speaks it anywhere, and reports what the rest learns about it.
"""

from __future__ import annotations

import argparse
import json
import sys
import warnings
from dataclasses import asdict, dataclass
from itertools import product
from multiprocessing import Pool
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from sklearn.ensemble import GradientBoostingClassifier
from sklearn.neural_network import MLPClassifier
from sklearn.preprocessing import StandardScaler

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT / "bench"))

import _calls as calls  # noqa: E402
from callwright.robot.learned import Learned, Thresholds, Trees  # noqa: E402
from callwright.robot.sound import FRAME_S, samples_of  # noqa: E402
from callwright.robot.spectrum import LOOK_FRAMES, Looks, Spectrum  # noqa: E402
from callwright.robot.timing import FEATURES as TIMING_FEATURES  # noqa: E402
from callwright.robot.timing import Timing  # noqa: E402
from callwright.robot.tones import ToneWatch  # noqa: E402
from callwright.robot.voice import FEATURES as VOICE_FEATURES  # noqa: E402
from callwright.robot.voice import VoiceActivity, VoiceFeatures, VoiceWeights  # noqa: E402

STEP = LOOK_FRAMES * 160
GIVE_UP_S = 5.0
LISTENED_S = 7.0


@dataclass
class Heard:
    """A call as the trees see it: one row of figures per step."""

    truth: str
    kind: str
    voice: str
    language: str
    figures: NDArray[np.float64]
    beep_s: float  # when the beep is known to be one; infinite where there is none


def looks_of(clip: calls.Clip) -> list[tuple[Looks, list[bool]]]:
    spectrum, tones = Spectrum(), ToneWatch()
    samples = samples_of(clip.pcm)
    out = []
    for start in range(0, len(samples) - STEP + 1, STEP):
        looks = spectrum.look(samples[start : start + STEP])
        out.append((looks, tones.watch(looks)[1]))
    return out


def voice_rows(clip: calls.Clip) -> tuple[NDArray[np.float64], NDArray[np.bool_]]:
    features = VoiceFeatures()
    looks = looks_of(clip)
    rows = np.vstack([features.rows(each, tonal) for each, tonal in looks])
    tonal = np.concatenate([np.array(t) for _, t in looks])
    truth = np.concatenate([[False], clip.speech])[: len(rows)]  # the window of 64 ms is late by a frame
    return rows[~tonal], truth[~tonal]


def learn_voice(names: list[str], per_speaker: int) -> VoiceWeights:
    made = _make(names, per_speaker, seed=11)
    with Pool(2) as pool:
        pairs = pool.map(voice_rows, made, chunksize=16)
    rows, truth = np.vstack([r for r, _ in pairs]), np.concatenate([t for _, t in pairs])
    scale = StandardScaler().fit(rows)
    net = MLPClassifier((16,), max_iter=30, early_stopping=True, random_state=1)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # it may stop before it is perfect
        net.fit(scale.transform(rows), truth)
    print(f"voice: {len(truth)} frames, right in {net.score(scale.transform(rows), truth):.1%} of the training's")
    hidden = net.coefs_[0] / scale.scale_[:, None]  # the scaling goes into the weights
    bias = net.intercepts_[0] - scale.mean_ @ hidden
    return VoiceWeights(
        hidden=tuple(tuple(round(float(w), 4) for w in row) for row in hidden),
        hidden_bias=tuple(round(float(w), 4) for w in bias),
        output=tuple(round(float(w), 4) for w in net.coefs_[1][:, 0]),
        output_bias=round(float(net.intercepts_[1][0]), 4),
        on=0.0,
        off=-1.0,
    )


def _make(
    names: list[str], per_speaker: int, seed: int, truths: tuple[str, ...] = ("human", "machine")
) -> list[calls.Clip]:
    speakers = [calls.recorded_speakers()[name] for name in names]
    return list(calls.make_calls(speakers, per_speaker=per_speaker, seed=seed, truths=truths, length_s=LISTENED_S))


def hear(task: tuple[calls.Clip, VoiceWeights]) -> Heard:
    clip, weights = task
    activity, timing = VoiceActivity(weights), Timing()
    rows = []
    for looks, tonal in looks_of(clip):
        for voiced, level in zip(activity.follow(looks, tonal), looks.level_db.tolist(), strict=True):
            timing.note(voiced, level)
        rows.append(timing.figures())
    beep_s = clip.beep_end_s + 0.15 if clip.beep_end_s else float("inf")
    return Heard(
        truth=clip.truth,
        kind=clip.kind,
        voice=clip.voice,
        language=clip.language,
        figures=np.array(rows),
        beep_s=beep_s,
    )


def hear_all(names: list[str], per_speaker: int, seed: int, weights: VoiceWeights) -> list[Heard]:
    with Pool(2) as pool:
        return pool.map(hear, [(clip, weights) for clip in _make(names, per_speaker, seed)], chunksize=16)


def rows_of(heard: list[Heard]) -> tuple[NDArray[np.float64], NDArray[np.bool_]]:
    """Every step of every call at which a verdict could be taken."""
    xs, ys = [], []
    for call in heard:
        since = call.figures[:, TIMING_FEATURES.index("since_onset")]
        use = (since >= 0.3) & (since <= GIVE_UP_S)
        xs.append(call.figures[use])
        ys.append(np.full(int(use.sum()), call.truth == "machine"))
    return np.vstack(xs), np.concatenate(ys)


def grow(heard: list[Heard]) -> GradientBoostingClassifier:
    x, y = rows_of(heard)
    return GradientBoostingClassifier(
        n_estimators=80, max_depth=4, learning_rate=0.12, subsample=0.5, min_samples_leaf=200, random_state=3
    ).fit(x, y)


def exported(model: GradientBoostingClassifier) -> Trees:
    trees = []
    for (tree,) in model.estimators_:
        t = tree.tree_
        trees.append(
            tuple(
                (-1, round(float(t.value[n][0][0]) * model.learning_rate, 5), 0, 0)
                if t.children_left[n] < 0
                else (
                    int(t.feature[n]),
                    round(float(t.threshold[n]), 4),
                    int(t.children_left[n]),
                    int(t.children_right[n]),
                )
                for n in range(t.node_count)
            )
        )
    prior = float(model.init_.class_prior_[1])
    return Trees(start=round(float(np.log(prior / (1 - prior))), 5), trees=tuple(trees))


Decision = tuple[str, float]


def decide(call: Heard, chances: NDArray[np.float64], t: Thresholds) -> Decision:
    """The verdict of the staged rule and when it falls, counted from the answer."""
    figures = call.figures
    since = figures[:, TIMING_FEATURES.index("since_onset")]
    for at in range(len(figures)):
        if since[at] < 0.3:
            continue
        clock = (at + 1) * LOOK_FRAMES * FRAME_S
        if clock >= call.beep_s:
            return "machine", clock
        if chances[at] <= t.human:
            return "human", clock
        if chances[at] >= t.machine:
            return "machine", clock
        if since[at] >= t.deadline_s:
            return ("machine" if chances[at] >= t.machine_late else "human"), clock
    return "silence", len(figures) * LOOK_FRAMES * FRAME_S


def judge(heard: list[Heard], chances: list[NDArray[np.float64]], t: Thresholds) -> tuple[float, float, float]:
    """Humans lost, machines passed, the median second of a human's verdict."""
    found = [(call, *decide(call, chance, t)) for call, chance in zip(heard, chances, strict=True)]
    people = [(v, s) for call, v, s in found if call.truth == "human"]
    machines = [v for call, v, _ in found if call.truth == "machine"]
    lost = sum(v == "machine" for v, _ in people) / len(people)
    passed = sum(v != "machine" for v in machines) / len(machines)
    return lost, passed, float(np.median([s for v, s in people if v == "human"]))


def chances_of(model: GradientBoostingClassifier, heard: list[Heard]) -> list[NDArray[np.float64]]:
    return [model.predict_proba(call.figures)[:, 1] for call in heard]


def choose(heard: list[Heard], chances: list[NDArray[np.float64]]) -> Thresholds:
    """The earliest verdicts for people that lose at most 0.4 % of them and pass at most 7 % of machines."""
    best: tuple[float, Thresholds] | None = None
    for human in (0.02, 0.03, 0.04, 0.06, 0.08, 0.1):
        for machine in (0.98, 0.99, 0.995):
            for deadline, late in product((3.4, 3.8), (0.8, 0.9)):
                t = Thresholds(human=human, machine=machine, machine_late=late, deadline_s=deadline)
                lost, passed, median = judge(heard, chances, t)
                cost = median + 400 * max(0.0, lost - 0.004) + 60 * max(0.0, passed - 0.07) + 0.05 * deadline
                if best is None or cost < best[0]:
                    best = cost, t
    assert best is not None
    return best[1]


def held_out_thresholds(heard: list[Heard]) -> Thresholds:
    """Thresholds from what trees grown on the other voices say about each voice."""
    chances: dict[int, NDArray[np.float64]] = {}
    for name in sorted({call.voice for call in heard}):
        rest = [call for call in heard if call.voice != name]
        model = grow(rest)
        for call, chance in zip(
            [c for c in heard if c.voice == name], chances_of(model, [c for c in heard if c.voice == name]), strict=True
        ):
            chances[id(call)] = chance
    return choose(heard, [chances[id(call)] for call in heard])


def fold_report(per_speaker: int) -> None:
    """Leave one language out, with every voice that speaks it."""
    everyone = list(calls.recorded_speakers())
    print(
        f"{'left out':10}{'voices left out':30}{'calls':>7}{'humans lost':>13}{'machines passed':>17}{'median s':>10}"
    )
    for language in sorted({name[:2] for name in everyone}):
        singers = {name.split("-")[1] for name in everyone if name[:2] == language}
        test = [name for name in everyone if name.split("-")[1] in singers]
        train = [name for name in everyone if name not in test]
        weights = learn_voice(train, per_speaker // 4)
        heard = hear_all(train, per_speaker, 21, weights)
        thresholds = held_out_thresholds(heard)
        unheard = [c for c in hear_all(test, per_speaker, 22, weights) if c.language == language]
        lost, passed, median = judge(unheard, chances_of(grow(heard), unheard), thresholds)
        print(
            f"{language:10}{' '.join(test):30}{len(unheard):>7}{lost:>12.2%}{passed:>16.2%}{median:>10.2f}", flush=True
        )


def main() -> None:
    parser = argparse.ArgumentParser(description="Learn who answered.")
    parser.add_argument("--calls", type=int, default=600, help="calls of each truth per voice")
    parser.add_argument("--folds", action="store_true", help="only report what leaving out each language does")
    options = parser.parse_args()
    if options.folds:
        fold_report(options.calls)
        return
    names = list(calls.TRAINING_VOICES)
    weights = learn_voice(names, options.calls // 4)
    heard = hear_all(names, options.calls, 1, weights)
    thresholds = held_out_thresholds(heard)
    model = grow(heard)
    learned = Learned(voice=weights, trees=exported(model), thresholds=thresholds)
    check = max(
        abs(learned.trees.probability(list(row)) - float(p))
        for call in heard[:50]
        for row, p in zip(call.figures, model.predict_proba(call.figures)[:, 1], strict=True)
    )
    print(f"trees: {len(learned.trees.trees)}; our arithmetic differs from the library's by at most {check:.4f}")
    print(thresholds)
    save(learned)
    test = hear_all(list(calls.TEST_VOICES), max(50, options.calls // 2), 2, weights)
    lost, passed, median = judge(test, chances_of(model, test), thresholds)
    print(f"unheard voices: {len(test)} calls, lost {lost:.2%}, passed {passed:.2%}, median {median:.2f} s")


def save(learned: Learned) -> None:
    data = {
        "voice_features": VOICE_FEATURES,
        "timing_features": TIMING_FEATURES,
        "voice": asdict(learned.voice),
        "thresholds": asdict(learned.thresholds),
        "trees": {"start": learned.trees.start, "trees": learned.trees.trees},
    }
    path = ROOT / "src/callwright/robot/learned.json"
    path.write_text(json.dumps(data, separators=(",", ":")) + "\n")
    print(f"wrote {path}: {path.stat().st_size} bytes")


if __name__ == "__main__":
    main()
