"""From the rows of the statement ``people_under_lock`` to the person records that the rules read.

One read serves a whole set of requests; a call permitted earlier in the same set counts for the later ones, as if each
had been committed by itself.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from typing import Any

from callwright.adapters.history import kind_of
from callwright.adapters.postgres.rows import Row, outcome_from
from callwright.compliance import BanEntry, ConsentEntry, FreezeEntry, PastCall, PastKind
from callwright.dialer.ports import DialRequest, PersonRecord
from callwright.model.attempt import LIVE_STATES, Attempt
from callwright.model.campaign import Campaign

_LIVE = frozenset(state.value for state in LIVE_STATES)


class PersonRows:
    """The records behind one set of requests."""

    def __init__(self, rows: Iterable[Row], campaigns: Mapping[int, Campaign]) -> None:
        self._campaigns = campaigns
        self._bans: dict[int, BanEntry] = {}
        self._freezes: dict[int, FreezeEntry] = {}
        self._consents: defaultdict[int, list[ConsentEntry]] = defaultdict(list)
        self._of_number: defaultdict[str, dict[int, PastCall]] = defaultdict(dict)
        self._of_customer: defaultdict[int, dict[int, PastCall]] = defaultdict(dict)
        self._live_numbers: set[str] = set()
        self._live_leads: set[int] = set()
        readers = {"h": self._read_call, "b": self._read_ban, "f": self._read_freeze, "c": self._read_consent}
        for row in rows:
            readers[row["kind"]](row)

    def record(self, request: DialRequest) -> PersonRecord:
        attempt = request.attempt
        number, customer_id, lead_id = attempt.number, attempt.customer_id, attempt.lead_id
        return PersonRecord(
            bans=tuple(b for b in self._bans.values() if _concerns(b, number, customer_id)),
            freezes=tuple(f for f in self._freezes.values() if _concerns(f, number, customer_id)),
            consents=tuple(self._consents.get(customer_id, ())) if customer_id is not None else (),
            history=self._history(number, customer_id),
            live_on_number=number in self._live_numbers,
            live_on_lead=lead_id is not None and lead_id in self._live_leads,
        )

    def is_live(self, attempt: Attempt) -> bool:
        return attempt.number in self._live_numbers or attempt.lead_id in self._live_leads

    def begin(self, attempt: Attempt) -> None:
        """The attempt is permitted: the later requests of this set see it."""
        self._live_numbers.add(attempt.number)
        if attempt.lead_id is not None:
            self._live_leads.add(attempt.lead_id)
        self._note(attempt.id, attempt.number, attempt.customer_id, attempt.campaign_id, attempt.dialed_at)

    def _note(
        self,
        attempt_id: int,
        number: str,
        customer_id: int | None,
        campaign_id: int,
        at: float,
        kind: PastKind = PastKind.ATTEMPT,
    ) -> None:
        campaign = self._campaigns.get(campaign_id)
        past = PastCall(at, number, kind, campaign_id, campaign.purpose if campaign is not None else "")
        self._of_number[number][attempt_id] = past
        if customer_id is not None:
            self._of_customer[customer_id][attempt_id] = past

    def _history(self, number: str, customer_id: int | None) -> tuple[PastCall, ...]:
        calls: dict[int, PastCall] = self._of_number.get(number, {})
        if customer_id is not None and customer_id in self._of_customer:
            calls = calls | self._of_customer[customer_id]
        return tuple(sorted(calls.values(), key=lambda past: -past.at)) if len(calls) > 1 else tuple(calls.values())

    def _read_call(self, row: Row) -> None:
        number, customer_id, lead_id = row["number"], row["customer_id"], row["lead_id"]
        if row["a"] in _LIVE:
            self._live_numbers.add(number)
            if lead_id is not None:
                self._live_leads.add(lead_id)
        kind = kind_of(
            outcome=outcome_from(row["b"]),
            disposition=row["c"],
            rang_at=row["y"],
            ended_at=row["z"],
            campaign=self._campaigns.get(row["campaign_id"]),
        )
        if kind is not None:
            self._note(row["id"], number, customer_id, row["campaign_id"], row["x"], kind)

    def _read_ban(self, row: Row) -> None:
        self._bans[row["id"]] = BanEntry(
            number=row["number"],
            customer_id=row["customer_id"],
            scope=row["a"],
            campaign_id=row["campaign_id"],
            at=row["x"],
            source=row["c"],
            reason=row["b"],
            until=row["y"],
        )

    def _read_freeze(self, row: Row) -> None:
        self._freezes[row["id"]] = FreezeEntry(
            number=row["number"],
            customer_id=row["customer_id"],
            from_at=row["x"],
            until_at=row["y"],
            confirmed_by=row["a"],
            reason=row["b"],
        )

    def _read_consent(self, row: Row) -> None:
        self._consents[row["customer_id"]].append(
            ConsentEntry(
                customer_id=row["customer_id"],
                kind=row["a"],
                granted_at=row["x"],
                expires_at=row["y"],
                revoked_at=row["z"],
                proof=row["b"],
            )
        )


def _concerns(entry: Any, number: str, customer_id: int | None) -> bool:
    if entry.customer_id is not None and entry.customer_id == customer_id:
        return True
    if entry.number is None:
        return False
    if getattr(entry, "scope", "") == "prefix":
        return number.startswith(entry.number)
    return bool(entry.number == number)
