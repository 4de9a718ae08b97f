"""Floors where each agent has a line of his own: preview and manual dialling. No controller, so nobody is lost."""

from __future__ import annotations

from random import Random

from _pacing_world import Day, Leads, Talks, World, lognormal

REVIEW_S = (20.0, 30.0)
"""How long an agent looks at a card before the call (both modes)."""
BY_HAND_S = (15.0, 29.0)
"""What looking up and dialling the number by hand takes besides."""


def run_personal_day(world: World, by_hand: bool, seed: int) -> Day:
    """One day of ``preview`` or (``by_hand``) ``manual``: review, dial one number, wait it out, talk, wrap up."""
    rng, day, end = Random(seed), Day(), world.hours * 3600.0
    leads, talks = Leads(world, rng), Talks(world, rng)
    for _ in range(world.agents):
        at = 0.0
        while True:
            at += rng.uniform(*REVIEW_S) + (rng.uniform(*BY_HAND_S) if by_hand else 0.0)
            if at >= end:
                break
            ((chance, _),) = leads.take(1, at)
            day.dials += 1
            if rng.random() >= chance:
                at += world.silence_s
                continue
            mu, sigma = lognormal(world.ring_mean_s, world.ring_cv)
            at += min(rng.lognormvariate(mu, sigma), world.silence_s - 0.1)
            if at >= end:
                break
            talk, wrap, _ = talks.draw()
            day.answers += 1
            day.busy_s += min(talk + wrap, end - at)
            at += talk + wrap
    day.outbound_s, day.staffed_s = day.busy_s, world.agents * end
    day.per_campaign = [(day.answers, 0)]
    return day
