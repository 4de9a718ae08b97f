"""What an app does around dialling: campaigns, lists and agents in; bans, freezes and consents at any time.

Functions over a ``PostgresStore``. Bulk import of leads lives in ``lists``, trunks in ``line_rows``, migrations in
``migrations``.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import replace

from callwright.adapters.postgres.campaign_json import campaign_to_json
from callwright.adapters.postgres.columns import ban_columns, consent_columns, freeze_columns
from callwright.adapters.postgres.connection import Connection
from callwright.adapters.postgres.sql import statement
from callwright.adapters.postgres.store import PostgresStore, lock_for_ban
from callwright.compliance import BanEntry, ConsentEntry, FreezeEntry
from callwright.kit.errors import NotFound
from callwright.model.agent import Agent
from callwright.model.campaign import Campaign


async def add_campaign(store: PostgresStore, campaign: Campaign) -> Campaign:
    """Store the campaign under its name (an earlier one of this name is replaced); returned with its id."""
    async with store.transaction() as going:
        connection = going.connection
        campaign_id = await connection.fetchval(
            statement("add_campaign"), campaign.name, campaign_to_json(replace(campaign, id=0))
        )
        await _store_dispositions(connection, campaign_id, campaign)
    store.forget_campaign(campaign_id)
    return replace(campaign, id=campaign_id)


async def _store_dispositions(connection: Connection, campaign_id: int, campaign: Campaign) -> None:
    known = list(campaign.dispositions.values())
    words = [[d.code for d in known], [d.words.en for d in known], [d.words.zh for d in known]]
    flags = [
        [getattr(d, name) for d in known]
        for name in ("reached", "effective", "interested", "completed", "success", "by_system")
    ]
    effects = [
        json.dumps(
            {
                "callback": d.callback,
                "ban": d.ban.value,
                "number_dead": d.number_dead,
                "freeze": d.freeze,
                "redial_s": d.redial_s,
            }
        )
        for d in known
    ]
    await connection.execute(statement("clear_dispositions"), campaign_id)
    await connection.execute(
        statement("add_dispositions"), campaign_id, *words, [d.words.ru for d in known], *flags, effects
    )


async def add_list(store: PostgresStore, name: str, *, source: str = "") -> int:
    """The id of the list of this name, made if there is none."""
    async with store.connected() as connection:
        return int(await connection.fetchval(statement("add_list"), name, source))


async def attach_list(store: PostgresStore, list_id: int, campaign_id: int) -> int:
    """Give the list's leads to the campaign; how many changed hands."""
    async with store.transaction() as going:
        await going.connection.execute(statement("attach_list"), list_id, campaign_id)
        return _rows(await going.connection.execute(statement("attach_leads"), list_id, campaign_id))


async def list_ids(store: PostgresStore, campaign_id: int) -> dict[str, int]:
    """The campaign's lists by name."""
    async with store.connected() as connection:
        return {row["name"]: row["id"] for row in await connection.fetch(statement("list_ids"), campaign_id)}


async def reset_list(store: PostgresStore, list_id: int, now: float) -> int:
    """Let the list be called through once more; how many leads are due again. Do-not-call and freezes stay."""
    async with store.transaction() as going:
        if _rows(await going.connection.execute(statement("note_list_reset"), list_id, now)) == 0:
            raise NotFound(f"There is no list with the id {list_id}.")
        return _rows(await going.connection.execute(statement("reset_list"), list_id, now))


async def add_agents(store: PostgresStore, agents: Iterable[Agent]) -> list[Agent]:
    """Store the agents by name (known ones are updated); returned with their ids."""
    stored = []
    async with store.transaction() as going:
        for agent in agents:
            agent_id = await going.connection.fetchval(
                statement("add_agent"),
                *(agent.name, agent.team, agent.site, sorted(agent.tiers), agent.seniority),
                *(agent.inbound, agent.pay_per_hour, agent.lead),
            )
            await going.connection.execute(statement("clear_agent_skills"), agent_id)
            for skill, level in sorted(agent.skills.items()):
                skill_id = await going.connection.fetchval(statement("add_skill"), skill)
                await going.connection.execute(statement("add_agent_skill"), agent_id, skill_id, level)
            stored.append(replace(agent, id=agent_id))
    return stored


async def add_shifts(
    store: PostgresStore, planned: Sequence[tuple[int, float, float]], agents: Sequence[Agent]
) -> None:
    """Planned presence as (place of the agent in ``agents`` from 1, begin, end); paid time."""
    ids = [agents[place - 1].id for place, _, _ in planned]
    async with store.transaction() as going:
        await going.connection.execute(
            statement("add_shifts"), ids, [begin for _, begin, _ in planned], [end for _, _, end in planned]
        )


async def last_activity(store: PostgresStore) -> float | None:
    """The last instant of a call, a shift or a dialer's lease that is known of; None in an empty base."""
    async with store.connected() as connection:
        found = await connection.fetchval(statement("last_activity"))
    return None if found is None else float(found)


async def count_campaigns(store: PostgresStore, first_word: str) -> int:
    """How many campaigns have a name that begins with this word."""
    async with store.connected() as connection:
        return int(await connection.fetchval(statement("count_campaigns"), first_word))


async def add_bans(store: PostgresStore, bans: Sequence[BanEntry]) -> None:
    """Do not call. From the return on nobody is dialled whom the entries concern."""
    async with store.transaction() as going:
        await lock_for_ban(going.connection, bans)
        await going.connection.execute(statement("save_bans"), *ban_columns(bans))


async def add_ban(store: PostgresStore, ban: BanEntry) -> None:
    await add_bans(store, [ban])


async def add_freeze(store: PostgresStore, freeze: FreezeEntry) -> None:
    async with store.transaction() as going:
        await lock_for_ban(going.connection, [freeze])
        await going.connection.execute(statement("save_freezes"), *freeze_columns([freeze]))


async def add_consents(store: PostgresStore, consents: Sequence[ConsentEntry]) -> None:
    async with store.transaction() as going:
        await going.connection.execute(statement("save_consents"), *consent_columns(consents))


async def recover_claims(store: PostgresStore, campaign_id: int) -> int:
    """Give back the claims of a dialer that died before it opened an attempt; how many. Only while nobody dials."""
    claimed = await store.claimed_leads(campaign_id)
    live = {attempt.lead_id for attempt in await store.live_attempts(campaign_id)}
    idle = [lead for lead in claimed if lead.id not in live]
    await store.release_leads(idle)
    return len(idle)


def _rows(tag: str) -> int:
    return int(tag.rsplit(" ", 1)[-1])
