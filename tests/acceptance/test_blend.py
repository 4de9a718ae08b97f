"""The published blend centre: 1,000 simulated days land inside every 95 % confidence interval of the source."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml

from callwright.sim.blend import BlendFigures, simulate_blend

SOURCE = Path(__file__).resolve().parents[3] / "shared" / "data" / "sim" / "blend.yaml"
SEED, DAYS = 1, 1000


@pytest.fixture(scope="module")
def published() -> dict[str, Any]:
    if not SOURCE.exists():
        pytest.skip(f"the published results are not at {SOURCE}")
    results: dict[str, Any] = yaml.safe_load(SOURCE.read_text())["results"]
    return results


@pytest.fixture(scope="module")
def ours() -> BlendFigures:
    return simulate_blend(DAYS, SEED)


@pytest.mark.parametrize(
    ("table", "row", "figure"),
    [
        ("arrived", "inbound", "arrived_inbound"),
        ("arrived", "outbound", "arrived_outbound"),
        ("served", "inbound", "served_inbound"),
        ("served", "outbound", "served_outbound"),
        ("abandoned", "inbound", "abandoned_inbound"),
        ("abandoned", "outbound", "abandoned_outbound"),
        ("occupancy_percent", "inbound_only", "occupancy_inbound_only"),
        ("occupancy_percent", "blend", "occupancy_blend"),
        ("occupancy_percent", "all", "occupancy_all"),
        ("mean_queue", "inbound", "mean_queue_inbound"),
        ("mean_queue", "outbound", "mean_queue_outbound"),
    ],
)
def test_a_mean_lies_inside_the_published_interval(
    published: dict[str, Any], ours: BlendFigures, table: str, row: str, figure: str
) -> None:
    low, high = published[table][row]
    assert low <= getattr(ours, figure) <= high


def test_dials_tried_agree_in_mean_and_spread(published: dict[str, Any], ours: BlendFigures) -> None:
    mean, sd = published["dials_tried"]["mean"], published["dials_tried"]["sd"]
    assert abs(ours.dials_tried - mean) <= 1.96 * sd / DAYS**0.5
    assert ours.dials_sd == pytest.approx(sd, rel=0.06)  # the spread of a standard deviation of 1,000 days is 2.2 %


def test_the_service_level_agrees(published: dict[str, Any], ours: BlendFigures) -> None:
    assert ours.service_level == pytest.approx(published["service_level_percent"], abs=0.5)


def test_the_same_seed_gives_the_same_days() -> None:
    assert simulate_blend(3, 5) == simulate_blend(3, 5)
    assert simulate_blend(3, 5) != simulate_blend(3, 6)
