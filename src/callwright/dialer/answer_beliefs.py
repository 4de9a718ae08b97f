"""What a campaign believes of the answers to come, and how it learns: leads and calls in, chances out.

The mathematics are ``pacing.likelihood``; here is how a lead looks to it before the dial, and which ends of calls say
something of the person. What is learned lives in memory and is learned anew from the store after a restart.
"""

from __future__ import annotations

from datetime import datetime
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from callwright.model.outcome import ANSWERED_BY_PERSON, NOT_COUNTED, Outcome
from callwright.model.people import Lead, Phone
from callwright.pacing.likelihood import AnswerLikelihood, History, Likelihood, Sight, history_of

_QUARTER_S = 900.0
"""No zone changes its hour within a quarter of an hour."""
_FRESH = history_of(0, None, reached=False)
_REACHED = frozenset(outcome.value for outcome in ANSWERED_BY_PERSON)


class AnswerBeliefs:
    """One campaign's; see ``AnswerLikelihood``."""

    def __init__(self) -> None:
        self._model = AnswerLikelihood()
        self._hours: dict[str, int] = {}  # by zone, of the present quarter of an hour
        self._quarter = -1

    def sight(self, lead: Lead, phone: Phone, now: float) -> Sight:
        """How a dial of this number looks now."""
        zone = lead.time_zone or (phone.zones[0] if phone.zones else "")
        return Sight(lead.list_id, phone.line_type.value, self.hour(zone, now), _history(lead, phone))

    def chance(self, sight: Sight, now: float) -> float:
        """That a live person answers, 0..1."""
        return self._model.chance(sight, now)

    def believe(self, sight: Sight, now: float) -> Likelihood:
        """The same with how sure it is."""
        return self._model.believe(sight, now)

    @property
    def resolved(self) -> int:
        """Calls it has learned from."""
        return self._model.resolved

    def learn(
        self, sight: Sight, *, answered: bool, outcome: Outcome | None, ring_s: float, by_us: bool, at: float
    ) -> None:
        """A line stopped ringing. ``outcome`` as far as it is known; ``by_us``: we took the call back."""
        if answered:
            self._model.learn(sight, answered=True, at=at, ring_s=ring_s)
        elif by_us and outcome in (Outcome.DROPPED, Outcome.NO_ANSWER):
            self._model.learn(sight, answered=False, at=at, ring_s=ring_s, taken_back=True)
        elif outcome not in NOT_COUNTED and outcome is not Outcome.UNKNOWN:
            self._model.learn(sight, answered=False, at=at, ring_s=ring_s)

    def hour(self, zone: str, now: float) -> int:
        """The hour of the week's day in ``zone``, as ``Sight`` counts it; of UTC where the zone is unknown."""
        quarter = int(now // _QUARTER_S)
        if quarter != self._quarter:
            self._hours.clear()
            self._quarter = quarter
        known = self._hours.get(zone)
        if known is None:
            local = datetime.fromtimestamp(now, _zone(zone))
            known = self._hours[zone] = local.hour + 24 * max(0, local.weekday() - 4)
        return known


def _zone(name: str) -> ZoneInfo:
    try:
        return ZoneInfo(name or "UTC")
    except (ZoneInfoNotFoundError, ValueError):
        return ZoneInfo("UTC")


def _history(lead: Lead, phone: Phone) -> History:
    last = lead.last_outcome
    if last is None and not lead.callback:
        return _FRESH
    tries = lead.phone_tries.get(phone.id, 0)
    if last is not None and ":" in last:
        last = last.partition(":")[0]  # an agent's "declined: why"
    reached = not _REACHED.isdisjoint(lead.outcome_tries)
    return history_of(tries, last, reached=reached, promised=lead.callback)
