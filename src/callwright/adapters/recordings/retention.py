"""How long a recording is kept: pure. The law's minimum first, then the law's maximum and the campaign's own word."""

from __future__ import annotations

from dataclasses import dataclass

from callwright.adapters.recordings.ports import Recording

_DAY_S = 86400.0


@dataclass(frozen=True, kw_only=True, slots=True)
class Keep:
    """Seconds from a recording's end. ``asked_s``: what the campaign says; None: nothing is said."""

    at_least_s: float | None = None
    at_most_s: float | None = None
    asked_s: float | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class Due:
    """From when a recording is to be purged, and why."""

    at: float
    why: str


def due(recording: Recording, keep: Keep) -> Due | None:
    """None: it is kept until somebody says how long. A minimum that is longer than a maximum wins."""
    over_at = recording.over_at
    limits = [
        (seconds, why)
        for seconds, why in ((keep.asked_s, "as the campaign asks"), (keep.at_most_s, "the most the rule packs allow"))
        if seconds is not None
    ]
    if over_at is None or not limits:
        return None
    seconds, why = min(limits)
    if keep.at_least_s is not None and keep.at_least_s > seconds:
        seconds, why = keep.at_least_s, "the least the rule packs demand"
    return Due(at=over_at + seconds, why=f"kept {seconds / _DAY_S:g} days, {why}")
