"""``MemoryStore``: the dialer's Store without a database. Built for speed: objects by reference, nothing is copied.

Two differences from PostgreSQL follow from that: a lead or attempt the engine changes is seen changed here before it is
saved (only what the hopper, the history and the counters know waits for ``save``), and nothing outlives the process.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Any

from callwright.adapters.memory.answers import AnswerCounts
from callwright.adapters.memory.hopper import Hopper
from callwright.adapters.memory.line_use import use_of
from callwright.adapters.memory.past_dials import past_dials_of
from callwright.adapters.memory.people import PeopleFile
from callwright.compliance import BanEntry, ConsentEntry, DialPermit, FreezeEntry, Refusal
from callwright.compliance.ledger import LedgerEntry
from callwright.compliance.permit import refuse_live
from callwright.dialer.ports import (
    Answers,
    Batch,
    Callback,
    CallerId,
    Completed,
    Decide,
    DialRequest,
    Fax,
    Leg,
    LineChange,
    LineUse,
    Order,
    PastDial,
    Progress,
    Trunk,
)
from callwright.kit.errors import StoreUnavailable
from callwright.model.agent import Agent, StateInterval
from callwright.model.attempt import Attempt, AttemptState
from callwright.model.campaign import Campaign
from callwright.model.people import Lead, LeadStatus

_FINISHED = frozenset({AttemptState.ENDED, AttemptState.UNKNOWN})


class MemoryStore:
    """Set it up with the ``add_*`` methods, hand it to the dialer, read the report from its lists afterwards.

    While ``available`` is False every Store method raises StoreUnavailable, as with a database that went away.
    """

    def __init__(self) -> None:
        self.available = True
        self.intervals: list[StateInterval] = []
        self.legs: list[Leg] = []
        self.orders: list[Order] = []
        self.callbacks: list[Callback] = []
        self._ledger: list[LedgerEntry | tuple[DialPermit, int]] = []
        self.bans: list[BanEntry] = []
        self.freezes: list[FreezeEntry] = []
        self.outbox: list[tuple[str, Mapping[str, Any]]] = []
        self._attempts: dict[int, Attempt] = {}
        self._next_attempt_id = 1
        self._unfinished: dict[int, Attempt] = {}
        self._leases: dict[int, tuple[str, float]] = {}
        self._people = PeopleFile()
        self._answers: dict[int, AnswerCounts] = {}
        self._hoppers: dict[int, Hopper] = {}
        self._leads: dict[int, Lead] = {}
        self._leads_of_phone: dict[int, list[Lead]] = {}
        self._lead_of_number: dict[tuple[int, str], Lead] = {}
        self._campaigns: dict[int, Campaign] = {}
        self._agents: dict[int, Agent] = {}
        self._trunks: dict[str, Trunk] = {}
        self._caller_ids: dict[str, CallerId] = {}
        self._shown: dict[int, str] = {}  # customer -> the number they know us by
        self.line_changes: list[LineChange] = []
        self.faxes: list[Fax] = []

    # --- setting up ---------------------------------------------------------------------------------------------

    def add_campaign(self, campaign: Campaign) -> None:
        self._campaigns[campaign.id] = campaign
        self._hopper(campaign.id)

    def add_leads(self, leads: Iterable[Lead]) -> None:
        for lead in leads:
            self._leads[lead.id] = lead
            self._hopper(lead.campaign_id).put(lead)
            for phone in lead.phones:
                self._leads_of_phone.setdefault(phone.id, []).append(lead)
                self._lead_of_number.setdefault((lead.campaign_id, phone.number), lead)

    def add_agents(self, agents: Iterable[Agent]) -> None:
        self._agents.update((agent.id, agent) for agent in agents)

    def add_trunks(self, trunks: Iterable[Trunk]) -> None:
        self._trunks.update((trunk.name, trunk) for trunk in trunks)

    def add_caller_ids(self, caller_ids: Iterable[CallerId]) -> None:
        self._caller_ids.update((each.number, each) for each in caller_ids)

    def add_ban(self, ban: BanEntry) -> None:
        self.bans.append(ban)
        self._people.add_ban(ban)

    def add_freeze(self, freeze: FreezeEntry) -> None:
        self.freezes.append(freeze)
        self._people.add_freeze(freeze)

    def add_consent(self, consent: ConsentEntry) -> None:
        self._people.add_consent(consent)

    # --- reading for reports ------------------------------------------------------------------------------------

    def all_attempts(self) -> list[Attempt]:
        """Every attempt ever opened, in the order of opening."""
        return list(self._attempts.values())

    def all_leads(self) -> list[Lead]:
        return list(self._leads.values())

    @property
    def ledger(self) -> list[LedgerEntry]:
        """Every yes and no in order. The rows of the yeses are made here, not while the campaign dials."""
        made = [
            row if isinstance(row, LedgerEntry) else LedgerEntry.of(row[0], attempt_id=row[1]) for row in self._ledger
        ]
        self._ledger = [*made]
        return made

    # --- the Store port -----------------------------------------------------------------------------------------

    async def reserve_attempt_ids(self, count: int) -> range:
        self._check()
        first = self._next_attempt_id
        self._next_attempt_id += count
        return range(first, first + count)

    async def lease_campaign(self, campaign_id: int, owner: str, now: float, lease_s: float) -> bool:
        self._check()
        held = self._leases.get(campaign_id)
        if held is not None and held[0] != owner and held[1] > now:
            return False
        self._leases[campaign_id] = (owner, now + lease_s)
        return True

    async def promote_due(self, campaign_id: int, now: float) -> int:
        self._check()
        return self._hopper(campaign_id).promote(now)

    async def claim_leads(
        self,
        campaign_id: int,
        *,
        owner: str,
        now: float,
        limit: int,
        list_id: int | None = None,
        agent_ids: Sequence[int] = (),
    ) -> list[Lead]:
        self._check()
        claimed = self._hopper(campaign_id).claim(limit, list_id=list_id, agent_ids=agent_ids)
        if self._shown:
            for lead in claimed:
                lead.shown_as = self._shown.get(lead.customer_id, lead.shown_as)
        return claimed

    async def free_missed_callbacks(self, campaign_id: int, before: float) -> int:
        self._check()
        return self._hopper(campaign_id).free_missed(before)

    async def release_leads(self, leads: Sequence[Lead]) -> None:
        self._check()
        for lead in leads:
            lead.status = LeadStatus.DUE
            self._hopper(lead.campaign_id).put(lead)

    async def open_attempts(
        self, requests: Sequence[DialRequest], decide: Decide, now: float
    ) -> list[DialPermit | Refusal]:
        self._check()
        return [self._open_attempt(request, decide, now) for request in requests]

    async def save(self, batch: Batch) -> None:
        self._check()
        for attempt in batch.attempts.values():
            self._save_attempt(attempt)
        for lead in batch.leads.values():
            self._leads[lead.id] = lead
            self._hopper(lead.campaign_id).put(lead)
        for phone_id, why in batch.dead_phones.items():
            self._end_phone(phone_id, why)
        for ban in batch.bans:
            self.add_ban(ban)
        for freeze in batch.freezes:
            self.add_freeze(freeze)
        self.intervals += batch.intervals
        self._ledger += batch.ledger
        self.legs += batch.legs
        self.orders += batch.orders
        self.callbacks += batch.callbacks
        self.outbox += batch.outbox
        self._shown.update(batch.shown)
        self.line_changes += batch.line_changes
        for fax in batch.faxes:
            if not fax.file or all(known.file != fax.file for known in self.faxes):
                self.faxes.append(fax)

    async def live_attempts(self, campaign_id: int) -> list[Attempt]:
        self._check()
        return [attempt for attempt in self._unfinished.values() if attempt.campaign_id == campaign_id]

    async def claimed_leads(self, campaign_id: int) -> list[Lead]:
        self._check()
        return [lead for lead in self._hopper(campaign_id).leads.values() if lead.status is LeadStatus.CLAIMED]

    async def leads(self, lead_ids: Sequence[int]) -> list[Lead]:
        self._check()
        return [self._leads[lead_id] for lead_id in lead_ids if lead_id in self._leads]

    async def lead_for_number(self, campaign_id: int, number: str) -> Lead | None:
        self._check()
        return self._lead_of_number.get((campaign_id, number))

    async def answers_since(self, campaign_id: int, since: float) -> list[Answers]:
        self._check()
        counts = self._answers.get(campaign_id)
        return counts.since(since) if counts is not None else []

    async def past_dials(self, campaign_id: int, since: float, most: int) -> list[PastDial]:
        self._check()
        return past_dials_of(self._attempts, self._leads, campaign_id, since, most)

    async def completed(self, campaign_id: int, facts: Sequence[str]) -> Completed:
        self._check()
        found, seen, campaign = Completed(), set[int](), self._campaigns.get(campaign_id)
        for attempt in self._attempts.values():
            code = attempt.disposition if attempt.campaign_id == campaign_id else None
            known = campaign.dispositions.get(code) if campaign is not None and code is not None else None
            if known is not None and known.completed and attempt.lead_id not in seen:
                if attempt.lead_id is not None:
                    seen.add(attempt.lead_id)
                lead = self._leads.get(attempt.lead_id or 0)
                found.add(lead.facts if lead is not None else {}, facts)
        return found

    async def progress(self, campaign_id: int) -> Progress:
        self._check()
        hopper = self._hopper(campaign_id)
        return Progress(leads=len(hopper.leads), open=hopper.open, next_due_at=hopper.next_due_at())

    async def campaign(self, name: str) -> Campaign | None:
        self._check()
        return next((campaign for campaign in self._campaigns.values() if campaign.name == name), None)

    async def agents(self) -> list[Agent]:
        self._check()
        return list(self._agents.values())

    async def trunks(self) -> list[Trunk]:
        self._check()
        return list(self._trunks.values())

    async def caller_ids(self) -> list[CallerId]:
        self._check()
        return list(self._caller_ids.values())

    async def line_use(self, *, hour_from: float, day_from: float, prefixes: Sequence[str] = ()) -> LineUse:
        self._check()
        used = use_of(self._attempts.values(), hour_from=hour_from, day_from=day_from, prefixes=prefixes)
        standing = {change.name: change.state for change in self.line_changes if change.state.startswith("answers_")}
        used.answered_low = {name for name, state in standing.items() if state == "answers_low"}
        return used

    # --- within -------------------------------------------------------------------------------------------------

    def _check(self) -> None:
        if not self.available:
            raise StoreUnavailable("The database does not answer; dialling waits until it is back.")

    def _hopper(self, campaign_id: int) -> Hopper:
        hopper = self._hoppers.get(campaign_id)
        if hopper is None:
            hopper = self._hoppers[campaign_id] = Hopper()
        return hopper

    def _open_attempt(self, request: DialRequest, decide: Decide, now: float) -> DialPermit | Refusal:
        attempt = request.attempt
        answer = decide(request, self._people.record(request, now))
        if isinstance(answer, Refusal):
            return answer
        if self._people.is_live(attempt):
            return refuse_live(answer)
        self._attempts[attempt.id] = attempt
        self._unfinished[attempt.id] = attempt
        self._people.begin(attempt, self._campaigns.get(attempt.campaign_id))
        attempt.permit = answer.packs
        self._ledger.append((answer, attempt.id))
        return answer

    def _save_attempt(self, attempt: Attempt) -> None:
        campaign = self._campaigns.get(attempt.campaign_id)
        if attempt.id in self._attempts:
            self._people.note(attempt, campaign)
        else:  # a returned call is not opened here first
            self._attempts[attempt.id] = self._unfinished[attempt.id] = attempt
            self._people.begin(attempt, campaign)
        if attempt.state in _FINISHED:
            self._unfinished.pop(attempt.id, None)
        if attempt.answered_at is not None:
            counts = self._answers.get(attempt.campaign_id)
            if counts is None:
                counts = self._answers[attempt.campaign_id] = AnswerCounts()
            counts.note(attempt)

    def _end_phone(self, phone_id: int, why: str) -> None:
        for lead in self._leads_of_phone.get(phone_id, ()):
            lead.phones = tuple(
                replace(phone, dead=why) if phone.id == phone_id and phone.dead is None else phone
                for phone in lead.phones
            )
