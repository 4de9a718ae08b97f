"""What was learned offline, read from ``learned.json``: the voice's network, the trees, the thresholds.

The trees are evaluated by the few lines below; the library that grew them is needed in training only
(``scripts/train_detection.py``, which writes the file).
"""

from __future__ import annotations

import json
import math
from dataclasses import dataclass
from functools import cache
from importlib import resources

from callwright.robot import timing, voice
from callwright.robot.voice import VoiceWeights

Node = tuple[int, float, int, int]
"""Feature, threshold, next node when at most it, next node when above; a leaf has feature -1 and its value second."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Trees:
    """A boosted ensemble of shallow trees."""

    start: float
    trees: tuple[tuple[Node, ...], ...]

    def probability(self, figures: list[float]) -> float:
        """That a machine is speaking."""
        score = self.start
        for tree in self.trees:
            feature, value, below, above = tree[0]
            while feature >= 0:
                feature, value, below, above = tree[below if figures[feature] <= value else above]
            score += value
        return 1.0 / (1.0 + math.exp(-score))


@dataclass(frozen=True, kw_only=True, slots=True)
class Thresholds:
    """When a probability is enough. ``deadline_s`` counts from the first voice; then ``machine_late`` decides."""

    human: float
    machine: float
    machine_late: float
    deadline_s: float


@dataclass(frozen=True, kw_only=True, slots=True)
class Learned:
    voice: VoiceWeights
    trees: Trees
    thresholds: Thresholds

    @classmethod
    def from_json(cls, text: str) -> Learned:
        """Raises ValueError when the file was learned on other features than this program computes."""
        data = json.loads(text)
        if tuple(data["voice_features"]) != voice.FEATURES or tuple(data["timing_features"]) != timing.FEATURES:
            raise ValueError("learned.json belongs to other features: run scripts/train_detection.py again.")
        return cls(
            voice=VoiceWeights(**{**data["voice"], "hidden": tuple(map(tuple, data["voice"]["hidden"]))}),
            trees=Trees(
                start=data["trees"]["start"],
                trees=tuple(
                    tuple((int(f), float(v), int(b), int(a)) for f, v, b, a in tree) for tree in data["trees"]["trees"]
                ),
            ),
            thresholds=Thresholds(**data["thresholds"]),
        )


@cache
def shipped() -> Learned:
    """What comes with the program."""
    return Learned.from_json((resources.files("callwright.robot") / "learned.json").read_text(encoding="utf-8"))
