"""A published call centre that blends inbound calls with a dialer, as a fast event simulation of whole days.

The inputs are those of ``../shared/data/sim/blend.yaml`` (Deslauriers et al. 2007, simulated 1,000 days by Montreal's
ContactCenters). What decides is the house's own: ``pacing.ThresholdPolicy`` says how many calls to dial,
``desk.routing.choose_agent`` who takes a call. Only numbers live here; no carrier, no store, no clock.

A day's busyness is stratified: day ``i`` of ``n`` draws from the i-th of n equally likely slices of its distribution,
which removes most of the difference between two runs of 1,000 days and leaves every mean as it is.

``reach``: the source lists .28, .28, .29, .29 without saying where its preliminary period counts. Its own results do:
321.9 calls reached of 1,109.0 dialled is .2903, so every dial from 11:00 on was reached with probability .29 (with .28
until noon it would be .2857, eleven standard errors away). Hence (.28, .29, .29) here.
"""

from __future__ import annotations

import math
import random
from collections.abc import Sequence
from dataclasses import dataclass

from callwright.pacing import ThresholdPolicy
from callwright.sim.blend_day import BlendDay, BlendFloor, BlendModel

__all__ = ["BlendFigures", "BlendModel", "simulate_blend"]


@dataclass(frozen=True, kw_only=True, slots=True)
class BlendFigures:
    """Means over days, named as in the published table; occupancies and service level in percent."""

    days: int
    dials_tried: float
    dials_sd: float
    arrived_inbound: float
    arrived_outbound: float
    served_inbound: float
    served_outbound: float
    abandoned_inbound: float
    abandoned_outbound: float
    service_level: float
    occupancy_inbound_only: float
    occupancy_blend: float
    occupancy_all: float
    mean_queue_inbound: float
    mean_queue_outbound: float


def simulate_blend(
    days: int, seed: int, *, model: BlendModel | None = None, policy: ThresholdPolicy | None = None
) -> BlendFigures:
    """Simulate ``days`` independent days."""
    model, policy = model or BlendModel(), policy or ThresholdPolicy(least_free=4, ratio=2.0)
    rng = random.Random(seed)
    all_days = [
        BlendFloor(model, policy, random.Random(rng.getrandbits(64))).run(busyness)
        for busyness in _stratified_busyness(model.busyness_shape, days, rng)
    ]
    return _figures(all_days, model)


def _figures(days: Sequence[BlendDay], model: BlendModel) -> BlendFigures:
    n = len(days)

    def mean(name: str) -> float:
        return math.fsum(getattr(day, name) for day in days) / n

    dials = mean("dials")
    busy_in, busy_blend = mean("busy_inbound_only_s"), mean("busy_blend_s")
    staffed_in, staffed_blend = mean("staffed_inbound_only_s"), mean("staffed_blend_s")
    return BlendFigures(
        days=n,
        dials_tried=dials,
        dials_sd=math.sqrt(math.fsum((day.dials - dials) ** 2 for day in days) / max(1, n - 1)),
        arrived_inbound=mean("arrived_inbound"),
        arrived_outbound=mean("arrived_outbound"),
        served_inbound=mean("served_inbound"),
        served_outbound=mean("served_outbound"),
        abandoned_inbound=mean("abandoned_inbound"),
        abandoned_outbound=mean("abandoned_outbound"),
        service_level=100.0 * mean("served_in_time") / (mean("arrived_inbound") - mean("abandoned_in_time")),
        occupancy_inbound_only=100.0 * busy_in / staffed_in,
        occupancy_blend=100.0 * busy_blend / staffed_blend,
        occupancy_all=100.0 * (busy_in + busy_blend) / (staffed_in + staffed_blend),
        mean_queue_inbound=mean("queued_inbound_s") / model.day_s,
        mean_queue_outbound=mean("queued_outbound_s") / model.day_s,
    )


def _stratified_busyness(shape: float, days: int, rng: random.Random) -> list[float]:
    """One Gamma(shape, rate shape) variate from each of ``days`` equally likely slices, in random order."""
    fine = sorted(rng.gammavariate(shape, 1.0 / shape) for _ in range(64 * days))
    drawn = [fine[64 * i + rng.randrange(64)] for i in range(days)]
    rng.shuffle(drawn)
    return drawn
