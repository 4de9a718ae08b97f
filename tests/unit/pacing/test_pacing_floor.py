"""Whole days of the small floor in ``bench/pacing_floor.py`` with fixed seeds: the limit holds."""

from __future__ import annotations

import importlib.util
import sys
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from callwright.pacing import make_controller


def _load() -> ModuleType:
    path = Path(__file__).parents[3] / "bench" / "pacing_floor.py"
    sys.path.insert(0, str(path.parent))  # the bench's own modules lie beside it
    spec = importlib.util.spec_from_file_location("pacing_floor_bench", path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    return module


bench = _load()


def run(name: str, seed: int, **world: Any) -> Any:
    given = {"p_at": lambda at: 0.3, "hours": 1.0} | world
    return bench.run_day(bench.World(**given), make_controller(name), seed)


@pytest.mark.parametrize(("agents", "least"), [(5, 0.66), (20, 0.82), (50, 0.89)])
@pytest.mark.parametrize("seed", [1, 2])
def test_the_reference_works_hard_within_the_limit(agents: int, least: float, seed: int) -> None:
    day = run("reference", seed, agents=agents)
    assert day.abandon_rate <= 0.03
    assert day.utilisation > least


@pytest.mark.parametrize("seed", [1, 2])
def test_the_reference_beats_progressive_and_vicidial(seed: int) -> None:
    reference, *others = (
        run(name, seed, agents=20).utilisation for name in ("reference", "progressive", "vicidial_average")
    )
    assert reference > max(others) + 0.12


def test_progressive_loses_nobody() -> None:
    assert run("progressive", 1, agents=10).abandons == 0


@pytest.mark.parametrize(
    "world",
    [
        {"told": lambda p: 0.1},
        {"told": lambda p: 0.9},
        {"told": lambda p: None},
        {"talk_mean_s": 40.0},
        {"talk_mean_s": 300.0, "talk_cv": 0.3},
        {"wrap_s": 0.0},
        {"ring_mean_s": 5.0},
        {"limit": 0.01},
    ],
)
def test_wrong_beliefs_do_not_break_the_limit(world: dict[str, Any]) -> None:
    day = run("reference", 1, agents=20, hours=1.0, **world)
    assert day.abandon_rate <= world.get("limit", 0.03)
    assert day.utilisation > 0.75


def test_a_threefold_answer_rate_is_mastered_within_two_minutes() -> None:
    day = run("reference", 2, agents=50, hours=1.2, p_at=lambda at: 0.2 if at < 3600 else 0.6, told=lambda p: 0.2)
    assert day.abandon_rate <= 0.03
    lost = [at for at in day.abandoned_at if 3720 < at < 3960]
    answered = [at for at in day.answered_at if 3720 < at < 3960]
    assert len(lost) <= 0.03 * len(answered) + 2


def test_many_short_days_seldom_pass_the_limit() -> None:
    days = [run("reference", seed, agents=5, hours=0.25) for seed in range(20)]
    assert sum(day.abandon_rate > 0.03 for day in days) <= 1
