"""``Records`` out of a database, by plain SQL of our own."""

from __future__ import annotations

import json
from datetime import datetime
from typing import Any

import asyncpg

from callwright.adapters.postgres.rows import attempt_from, leads_from
from callwright.compliance import BanEntry
from callwright.compliance.ledger import LedgerEntry
from callwright.dialer.ports import Order
from callwright.model.agent import AgentState, StateInterval
from callwright.model.campaign import Campaign
from support.records import Records

_LEADS = """
select l.*, c.name, c.language, c.time_zone, c.facts, c.caller_id as shown_as
from leads l join customers c on c.id = l.customer_id where campaign_id = $1 order by l.id
"""
_PHONES = "select p.* from phones p where customer_id in (select customer_id from leads where campaign_id = $1)"


async def read_records(url: str, campaign: Campaign, **more: Any) -> Records:
    """Everything the database holds of the campaign (of the whole floor, where a record names none)."""
    connection = await asyncpg.connect(url)
    await connection.set_type_codec("jsonb", schema="pg_catalog", encoder=json.dumps, decoder=json.loads)

    async def rows(query: str, *values: Any) -> list[dict[str, Any]]:
        return [
            {key: v.timestamp() if isinstance(v, datetime) else v for key, v in row.items()}
            for row in await connection.fetch(query, *values)
        ]

    try:
        return Records(
            campaign=campaign,
            attempts=[
                attempt_from(row)
                for row in await rows("select * from attempts where campaign_id = $1 order by id", campaign.id)
            ],
            leads=leads_from(await rows(_LEADS, campaign.id), await rows(_PHONES, campaign.id)),
            intervals=[
                StateInterval(**_without(row, "id", state=AgentState(row["state"])))
                for row in await rows("select * from agent_states order by began_at, id")
            ],
            ledger=[LedgerEntry(**_without(row, "id")) for row in await rows("select * from ledger order by id")],
            bans=[(row["at"], BanEntry(**_without(row, "id"))) for row in await rows("select * from bans order by id")],
            orders=[Order(**_without(row, "id")) for row in await rows("select * from orders order by id")],
            promised=[row["lead_id"] for row in await rows("select lead_id from callbacks")],
            **more,
        )
    finally:
        await connection.close()


def _without(row: dict[str, Any], *names: str, **changed: Any) -> dict[str, Any]:
    return {key: value for key, value in row.items() if key not in names} | changed
