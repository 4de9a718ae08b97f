"""One face over the stores of the contract suite: set up a campaign with leads, dial, look at what is stored."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterable, Sequence
from dataclasses import replace
from typing import Any

import pytest

from callwright.adapters.memory.people import PeopleFile
from callwright.adapters.memory.store import MemoryStore
from callwright.adapters.postgres import line_rows, setup
from callwright.adapters.postgres.store import PostgresStore
from callwright.compliance import BanEntry, ConsentEntry, DialPermit, FreezeEntry, PastCall, Refusal
from callwright.compliance.permit import seal_permit
from callwright.dialer.ports import Batch, CallerId, DialRequest, PersonRecord, Store, Trunk
from callwright.kit.words import Words
from callwright.model.agent import Agent
from callwright.model.attempt import Attempt, AttemptState, Mode
from callwright.model.campaign import Campaign
from callwright.model.outcome import Outcome
from callwright.model.people import Lead, LineType, Phone

NOW = 1_772_438_400.0  # 2026-03-02 08:00 UTC


class World:
    """A store with one campaign and one list. ``people`` keeps what ``decide`` was shown, request by request."""

    now = NOW
    permit_packs: str | None = "international@2020-01-01"

    def __init__(self, store: Store) -> None:
        self.store = store
        self.campaign = Campaign(id=0, name="spring", purpose="sales")
        self.list_id = 0
        self.shown: list[PersonRecord] = []

    # --- setting up, per store ---

    async def begin(self) -> None:
        raise NotImplementedError

    async def add_leads(self, leads: Sequence[Lead]) -> list[Lead]:
        """Store leads (with their customers and phones); the same leads with the ids they were given."""
        raise NotImplementedError

    async def add_ban(self, ban: BanEntry) -> None:
        raise NotImplementedError

    async def add_freeze(self, freeze: FreezeEntry) -> None:
        raise NotImplementedError

    async def add_consent(self, consent: ConsentEntry) -> None:
        raise NotImplementedError

    async def add_agents(self, agents: Iterable[Agent]) -> list[Agent]:
        raise NotImplementedError

    async def add_trunks(self, trunks: Iterable[Trunk]) -> None:
        raise NotImplementedError

    async def add_caller_ids(self, caller_ids: Iterable[CallerId]) -> None:
        raise NotImplementedError

    async def stored(self, what: str) -> list[dict[str, Any]]:
        """Rows of "ledger", "intervals", "orders", "callbacks", "outbox", "bans", "freezes" with their main columns."""
        raise NotImplementedError

    async def count_attempts_after_bans(self) -> int:
        """Attempts that were committed after a ban of their number or customer."""
        raise NotImplementedError

    async def clear_bans_and_attempts(self) -> None:
        raise NotImplementedError

    # --- the same for all ---

    async def leads(self, count: int, **facts: Any) -> list[Lead]:
        return await self.add_leads([self.lead(nth, **facts) for nth in range(count)])

    def lead(self, nth: int, **facts: Any) -> Lead:
        phone = Phone(
            id=nth + 1,
            number=f"+1202555{nth:04d}",
            country="US",
            region="DC",
            line_type=LineType.MOBILE,
            zones=("America/New_York",),
        )
        made = Lead(
            id=nth + 1,
            campaign_id=self.campaign.id,
            list_id=self.list_id,
            customer_id=nth + 1,
            tier=3,
            phones=(phone,),
            next_at=NOW + nth,
            name=f"Person {nth}",
            language="en",
            facts={"city": "Москва", "n": str(nth)},
        )
        for name, value in facts.items():
            setattr(made, name, value)
        return made

    async def claim(self, limit: int = 100, **more: Any) -> list[Lead]:
        return await self.store.claim_leads(self.campaign.id, owner="tester", now=NOW, limit=limit, **more)

    async def request(self, lead: Lead, *, phone: Phone | None = None, at: float = NOW) -> DialRequest:
        (attempt_id,) = await self.store.reserve_attempt_ids(1)
        phone = phone or lead.phones[0]
        attempt = Attempt(
            id=attempt_id,
            campaign_id=self.campaign.id,
            list_id=lead.list_id,
            lead_id=lead.id,
            customer_id=lead.customer_id,
            phone_id=phone.id,
            number=phone.number,
            mode=Mode.PREDICTIVE,
            dialed_at=at,
            tier=lead.tier,
        )
        return DialRequest(attempt=attempt, lead=lead, phone=phone)

    def permit(self, request: DialRequest, person: PersonRecord) -> DialPermit | Refusal:
        """A decide that says yes, whatever it is shown."""
        self.shown.append(person)
        return make_permit(request.attempt)

    def obey(self, request: DialRequest, person: PersonRecord) -> DialPermit | Refusal:
        """A decide that refuses the banned and whom a call is under way to."""
        self.shown.append(person)
        if person.bans:
            return Refusal(rule="do_not_call", words=Words(en="Banned.", zh="禁止。", ru="Запрет."))
        return make_permit(request.attempt)

    async def dial(self, lead: Lead, *, at: float = NOW, phone: Phone | None = None) -> Attempt:
        """One permitted attempt."""
        request = await self.request(lead, at=at, phone=phone)
        (answer,) = await self.store.open_attempts([request], self.permit, at)
        assert isinstance(answer, DialPermit), answer
        return request.attempt

    async def end(self, attempt: Attempt, outcome: Outcome = Outcome.NO_ANSWER, **facts: Any) -> None:
        """Save the attempt as ended, a minute after it was dialled."""
        attempt.state, attempt.outcome = AttemptState.ENDED, outcome
        attempt.ended_at = attempt.dialed_at + 60
        for name, value in facts.items():
            setattr(attempt, name, value)
        await self.store.save(Batch(attempts={attempt.id: attempt}))

    async def call(self, lead: Lead, outcome: Outcome, *, at: float, **facts: Any) -> Attempt:
        attempt = await self.dial(lead, at=at)
        await self.end(attempt, outcome, **facts)
        return attempt

    async def history(self, lead: Lead, *, at: float = NOW) -> list[PastCall]:
        """What the rules are shown of this lead's person."""
        request = await self.request(lead, at=at)

        def refuse(request: DialRequest, person: PersonRecord) -> Refusal:
            self.shown.append(person)
            return Refusal(rule="test", words=Words(en="No.", zh="否。", ru="Нет."))

        await self.store.open_attempts([request], refuse, at)
        return list(self.shown[-1].history)


def make_permit(attempt: Attempt) -> DialPermit:
    return seal_permit(
        number=attempt.number,
        lead_id=attempt.lead_id,
        customer_id=attempt.customer_id,
        campaign_id=attempt.campaign_id,
        at=attempt.dialed_at,
        valid_until_s=attempt.dialed_at + 5,
        packs="international@2020-01-01",
        digest="0" * 32,
    )


class MemoryWorld(World):
    store: MemoryStore

    async def begin(self) -> None:
        self.campaign = replace(self.campaign, id=1)
        self.list_id = 1
        self.store.add_campaign(self.campaign)

    async def add_leads(self, leads: Sequence[Lead]) -> list[Lead]:
        self.store.add_leads(leads)
        return list(leads)

    async def add_ban(self, ban: BanEntry) -> None:
        self.store.add_ban(ban)

    async def add_freeze(self, freeze: FreezeEntry) -> None:
        self.store.add_freeze(freeze)

    async def add_consent(self, consent: ConsentEntry) -> None:
        self.store.add_consent(consent)

    async def add_agents(self, agents: Iterable[Agent]) -> list[Agent]:
        known = [replace(agent, id=nth) for nth, agent in enumerate(agents, 1)]
        self.store.add_agents(known)
        return known

    async def add_trunks(self, trunks: Iterable[Trunk]) -> None:
        self.store.add_trunks(trunks)

    async def add_caller_ids(self, caller_ids: Iterable[CallerId]) -> None:
        self.store.add_caller_ids(caller_ids)

    async def stored(self, what: str) -> list[dict[str, Any]]:
        items = getattr(self.store, what)
        if what == "outbox":
            return [{"topic": topic, "payload": dict(payload)} for topic, payload in items]
        return [{name: getattr(item, name) for name in item.__dataclass_fields__} for item in items]

    async def count_attempts_after_bans(self) -> int:
        return 0  # nothing runs between a ban and an attempt here

    async def clear_bans_and_attempts(self) -> None:
        self.store._people = PeopleFile()


class PostgresWorld(World):
    store: PostgresStore

    async def count_attempts_after_bans(self) -> int:
        async with self.store.connected() as connection:
            if await connection.fetchval("show track_commit_timestamp") != "on":
                return 0  # a given server without it: what was seen in the process has to do
            return int(
                await connection.fetchval(
                    "select count(*) from attempts a join bans b"
                    " on b.number = a.number or b.customer_id = a.customer_id"
                    " where pg_xact_commit_timestamp(a.xmin) > pg_xact_commit_timestamp(b.xmin)"
                )
            )

    async def clear_bans_and_attempts(self) -> None:
        async with self.store.connected() as connection:
            await connection.execute("truncate bans, attempts, ledger")

    async def begin(self) -> None:
        self.campaign = await setup.add_campaign(self.store, self.campaign)
        self.list_id = await setup.add_list(self.store, "people")
        await setup.attach_list(self.store, self.list_id, self.campaign.id)

    async def add_leads(self, leads: Sequence[Lead]) -> list[Lead]:
        async with self.store.transaction() as going:
            for lead in leads:
                await self._insert(going.connection, lead)
        return await self.store.leads([lead.id for lead in leads])

    async def _insert(self, connection: Any, lead: Lead) -> None:
        await connection.execute(
            "insert into customers (id, name, language, time_zone, facts) overriding system value"
            " values ($1, $2, $3, $4, $5) on conflict do nothing",
            *(lead.customer_id, lead.name, lead.language, lead.time_zone, dict(lead.facts)),
        )
        for p in lead.phones:
            await connection.execute(
                "insert into phones (id, customer_id, number, country, region, line_type, zones, position)"
                " overriding system value values ($1, $2, $3, $4, $5, $6, $7, $8) on conflict do nothing",
                *(p.id, lead.customer_id, p.number, p.country, p.region, p.line_type, list(p.zones), p.position),
            )
        await connection.execute(
            "insert into leads (id, list_id, campaign_id, customer_id, tier, priority, status, next_at,"
            " owner_agent_id, callback_agent_id) overriding system value"
            " values ($1, $2, $3, $4, $5, $6, $7, to_timestamp($8), $9, $10)",
            *(lead.id, lead.list_id, lead.campaign_id, lead.customer_id, lead.tier, lead.priority, lead.status),
            *(lead.next_at, lead.owner_agent_id, lead.callback_agent_id),
        )

    async def add_ban(self, ban: BanEntry) -> None:
        await setup.add_ban(self.store, ban)

    async def add_freeze(self, freeze: FreezeEntry) -> None:
        await setup.add_freeze(self.store, freeze)

    async def add_consent(self, consent: ConsentEntry) -> None:
        await setup.add_consents(self.store, [consent])

    async def add_agents(self, agents: Iterable[Agent]) -> list[Agent]:
        return await setup.add_agents(self.store, agents)

    async def add_trunks(self, trunks: Iterable[Trunk]) -> None:
        await line_rows.add_trunks(self.store, trunks)

    async def add_caller_ids(self, caller_ids: Iterable[CallerId]) -> None:
        await line_rows.add_caller_ids(self.store, caller_ids)

    async def stored(self, what: str) -> list[dict[str, Any]]:
        queries = {
            "ledger": "select *, extract(epoch from at)::float8 as at from ledger order by id",
            "intervals": "select *, extract(epoch from began_at)::float8 as began_at,"
            " extract(epoch from ended_at)::float8 as ended_at from agent_states order by id",
            "orders": "select *, extract(epoch from at)::float8 as at from orders order by id",
            "callbacks": "select *, extract(epoch from due_at)::float8 as due_at from callbacks order by id",
            "line_changes": "select * from line_changes order by id",
            "outbox": "select topic, payload from outbox order by id",
            "bans": "select *, extract(epoch from at)::float8 as at from bans order by id",
            "freezes": "select *, extract(epoch from from_at)::float8 as from_at from freezes order by id",
        }
        async with self.store.connected() as connection:
            return [dict(row) for row in await connection.fetch(queries[what])]


@pytest.fixture(params=["memory", "embedded", "installed"])
def store_url(request: pytest.FixtureRequest) -> str | None:
    """Where the store's database is; None for the memory store."""
    return None if request.param == "memory" else request.getfixturevalue(f"{request.param}_database_url")


@pytest.fixture
async def world(store_url: str | None) -> AsyncIterator[World]:
    store = MemoryStore() if store_url is None else await PostgresStore.connect(store_url, most_connections=8)
    made = MemoryWorld(store) if isinstance(store, MemoryStore) else PostgresWorld(store)
    await made.begin()
    yield made
    if isinstance(store, PostgresStore):
        await store.close()
