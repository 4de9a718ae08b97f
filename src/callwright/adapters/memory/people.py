"""What a rehearsal knows of the people called: bans, freezes, consents, past calls and calls under way.

Kept by customer and by number. Past calls are plain lists, newest first, pruned to the longest window of any rule.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TypeVar

from callwright.adapters.history import HISTORY_S, kind_of
from callwright.compliance import BanEntry, ConsentEntry, FreezeEntry, PastCall, PastKind
from callwright.dialer.ports import DialRequest, PersonRecord
from callwright.model.attempt import LIVE_STATES, Attempt, Mode
from callwright.model.campaign import Campaign

_SEVERAL = -1
_E = TypeVar("_E")


class PeopleFile:
    """The person records; ``record`` is the read under the number lock, here simply the present."""

    def __init__(self) -> None:
        self._bans_of_number: dict[str, list[BanEntry]] = {}
        self._bans_of_customer: dict[int, list[BanEntry]] = {}
        self._bans_of_prefix: list[BanEntry] = []
        self._freezes_of_number: dict[str, list[FreezeEntry]] = {}
        self._freezes_of_customer: dict[int, list[FreezeEntry]] = {}
        self._consents: dict[int, list[ConsentEntry]] = {}
        self._past_of_number: dict[str, list[PastCall]] = {}
        self._past_of_customer: dict[int, list[PastCall]] = {}
        self._past_of_attempt: dict[int, PastCall] = {}
        self._customer_of_number: dict[str, int | None] = {}
        self._live_number: dict[str, int] = {}
        self._live_lead: dict[int, int] = {}
        self._returned: dict[int, Attempt] = {}  # live calls from people, which may run beside ours

    def add_ban(self, ban: BanEntry) -> None:
        if ban.number is not None and ban.scope == "prefix":
            self._bans_of_prefix.append(ban)
        elif ban.number is not None:
            self._bans_of_number.setdefault(ban.number, []).append(ban)
        if ban.customer_id is not None:
            self._bans_of_customer.setdefault(ban.customer_id, []).append(ban)

    def add_freeze(self, freeze: FreezeEntry) -> None:
        if freeze.number is not None:
            self._freezes_of_number.setdefault(freeze.number, []).append(freeze)
        if freeze.customer_id is not None:
            self._freezes_of_customer.setdefault(freeze.customer_id, []).append(freeze)

    def add_consent(self, consent: ConsentEntry) -> None:
        self._consents.setdefault(consent.customer_id, []).append(consent)

    def record(self, request: DialRequest, now: float) -> PersonRecord:
        attempt = request.attempt
        number, customer_id, lead_id = attempt.number, attempt.customer_id, attempt.lead_id
        return PersonRecord(
            bans=self._bans(number, customer_id),
            freezes=_both(self._freezes_of_number, number, self._freezes_of_customer, customer_id),
            consents=tuple(self._consents.get(customer_id, ())) if customer_id is not None else (),
            history=self._history(number, customer_id, now - HISTORY_S),
            live_on_number=number in self._live_number,
            live_on_lead=lead_id is not None and lead_id in self._live_lead,
        )

    def _bans(self, number: str, customer_id: int | None) -> tuple[BanEntry, ...]:
        bans = _both(self._bans_of_number, number, self._bans_of_customer, customer_id)
        if not self._bans_of_prefix:
            return bans
        return bans + tuple(ban for ban in self._bans_of_prefix if number.startswith(ban.number or ""))

    def is_live(self, attempt: Attempt) -> bool:
        """Whether another attempt is under way on this attempt's number or lead."""
        return attempt.number in self._live_number or (
            attempt.lead_id is not None and attempt.lead_id in self._live_lead
        )

    def begin(self, attempt: Attempt, campaign: Campaign | None) -> None:
        """An attempt was committed: it is live and stands in the history. A returned call comes here when saved."""
        number, customer_id = attempt.number, attempt.customer_id
        self._set_live(attempt)
        if attempt.mode is Mode.INBOUND:
            self._returned[attempt.id] = attempt
        if self._customer_of_number.setdefault(number, customer_id) != customer_id:
            self._customer_of_number[number] = _SEVERAL
        self.note(attempt, campaign)

    def note(self, attempt: Attempt, campaign: Campaign | None) -> None:
        """Show the attempt in the history as it is now, and end its being live where it is over."""
        if attempt.state not in LIVE_STATES:
            self._end_live(attempt)
        old = self._past_of_attempt.get(attempt.id)
        kind = _kind(attempt, campaign)
        if kind is not (old.kind if old is not None else None):
            self._rewrite(attempt, campaign, old, kind)

    def _set_live(self, attempt: Attempt) -> None:
        self._live_number.setdefault(attempt.number, attempt.id)
        if attempt.lead_id is not None:
            self._live_lead.setdefault(attempt.lead_id, attempt.id)

    def _end_live(self, attempt: Attempt) -> None:
        if self._live_number.get(attempt.number) == attempt.id:
            del self._live_number[attempt.number]
        if attempt.lead_id is not None and self._live_lead.get(attempt.lead_id) == attempt.id:
            del self._live_lead[attempt.lead_id]
        if self._returned:
            self._returned.pop(attempt.id, None)
            for other in self._returned.values():
                self._set_live(other)

    def _rewrite(
        self, attempt: Attempt, campaign: Campaign | None, old: PastCall | None, kind: PastKind | None
    ) -> None:
        number, customer_id, new = attempt.number, attempt.customer_id, None
        if kind is None:
            del self._past_of_attempt[attempt.id]
        else:
            purpose = campaign.purpose if campaign is not None else ""
            new = PastCall(attempt.dialed_at, number, kind, attempt.campaign_id, purpose)
            self._past_of_attempt[attempt.id] = new
        calls = self._past_of_number.get(number)
        if calls is None:
            calls = self._past_of_number[number] = []
        _replace(calls, old, new)
        if customer_id is not None:
            calls = self._past_of_customer.get(customer_id)
            if calls is None:
                calls = self._past_of_customer[customer_id] = []
            _replace(calls, old, new)

    def _history(self, number: str, customer_id: int | None, since: float) -> Sequence[PastCall]:
        of_number = self._past_of_number.get(number)
        of_customer = self._past_of_customer.get(customer_id) if customer_id is not None else None
        if of_customer is not None:
            _prune(of_customer, since)
        if of_number is None or (customer_id is not None and self._customer_of_number.get(number) == customer_id):
            return tuple(of_customer) if of_customer else ()  # every call to the number was to this customer
        _prune(of_number, since)
        if not of_customer:
            return tuple(of_number)
        seen = set(map(id, of_customer))
        others = [past for past in of_number if id(past) not in seen]
        return sorted([*of_customer, *others], key=lambda past: -past.at)


def _kind(attempt: Attempt, campaign: Campaign | None) -> PastKind | None:
    if attempt.outcome is None:
        return PastKind.ATTEMPT
    return kind_of(
        outcome=attempt.outcome,
        disposition=attempt.disposition,
        rang_at=attempt.rang_at,
        ended_at=attempt.ended_at,
        campaign=campaign,
    )


def _both(
    by_number: dict[str, list[_E]], number: str, by_customer: dict[int, list[_E]], customer_id: int | None
) -> tuple[_E, ...]:
    of_number = by_number.get(number)
    of_customer = by_customer.get(customer_id) if customer_id is not None else None
    if of_number is None and of_customer is None:
        return ()
    found = list(of_number or ())
    found += [entry for entry in of_customer or () if all(entry is not known for known in found)]
    return tuple(found)


def _replace(calls: list[PastCall], old: PastCall | None, new: PastCall | None) -> None:
    """Put ``new`` where ``old`` stood; a wholly new call goes to its place by time, nearly always the front."""
    if old is not None:
        for place, past in enumerate(calls):
            if past is old:
                if new is None:
                    del calls[place]
                else:
                    calls[place] = new
                return
    if new is not None:
        place = 0
        while place < len(calls) and calls[place].at > new.at:
            place += 1
        calls.insert(place, new)


def _prune(calls: list[PastCall], since: float) -> None:
    while calls and calls[-1].at < since:
        calls.pop()
