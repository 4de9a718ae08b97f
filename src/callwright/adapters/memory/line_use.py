"""What trunks and caller IDs have done lately, counted from attempts: the counterpart of a few SQL statements."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence

from callwright.dialer.ports import LineUse
from callwright.model.attempt import Attempt, Mode


def use_of(attempts: Iterable[Attempt], *, hour_from: float, day_from: float, prefixes: Sequence[str]) -> LineUse:
    """See ``Store.line_use``. Returned calls are nobody's dial."""
    used = LineUse(dialed={prefix: [] for prefix in prefixes})
    for attempt in attempts:
        if attempt.mode is Mode.INBOUND:
            continue
        if attempt.trunk is not None and attempt.ended_at is not None and attempt.cost:
            if attempt.ended_at >= hour_from:
                minute = (attempt.trunk, math.floor(attempt.ended_at / 60.0))
                used.spent[minute] = used.spent.get(minute, 0.0) + attempt.cost
            if attempt.ended_at >= day_from:
                used.spent_today[attempt.trunk] = used.spent_today.get(attempt.trunk, 0.0) + attempt.cost
        if attempt.caller_id is not None and attempt.dialed_at >= min(day_from, hour_from):
            dials, last_at = used.shown_today.get(attempt.caller_id, (0, -math.inf))
            dials += attempt.dialed_at >= day_from
            used.shown_today[attempt.caller_id] = (dials, max(last_at, attempt.dialed_at))
        if attempt.dialed_at > hour_from:
            for prefix in prefixes:
                if attempt.number.startswith(prefix):
                    used.dialed[prefix].append(attempt.dialed_at)
    return used
