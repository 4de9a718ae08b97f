"""Do-not-call against dialling at the same instant: once the ban is committed, nobody is dialled."""

from __future__ import annotations

import asyncio
import random
from typing import Any

import pytest

from callwright.compliance import BanEntry, DialPermit

LEADS = 40


@pytest.mark.parametrize("races", [2_000, pytest.param(100_000, marks=pytest.mark.soak)])
async def test_nobody_is_dialled_after_the_ban_committed(world: Any, races: int) -> None:
    """Each round bans some of the numbers while dialers open attempts on all of them, then starts anew.

    A breach is a permit that was asked for after the ban had returned, or one that was committed after the ban.
    """
    rng = random.Random(races)
    leads = await world.leads(LEADS)
    breaches = done = both = 0
    while done < races:
        asked: dict[int, Any] = {lead.id: await world.request(lead) for lead in leads}
        banned: set[str] = set()
        permits: list[str] = []

        async def ban(lead: Any, banned: set[str] = banned) -> None:
            await asyncio.sleep(rng.random() * 0.004)
            by_customer = rng.random() < 0.5
            number = lead.phones[0].number
            await world.add_ban(
                BanEntry(customer_id=lead.customer_id, at=world.now)
                if by_customer
                else BanEntry(number=number, at=world.now)
            )
            banned.add(number)

        async def dial(lead: Any, asked: Any = asked, banned: set[str] = banned, permits: list[str] = permits) -> None:
            nonlocal breaches
            await asyncio.sleep(rng.random() * 0.004)
            number = lead.phones[0].number
            was_banned = number in banned
            (answer,) = await world.store.open_attempts([asked[lead.id]], world.obey, world.now)
            if isinstance(answer, DialPermit):
                permits.append(number)
                breaches += was_banned

        await asyncio.gather(*(deed(lead) for lead in leads for deed in (ban, dial)))
        done += len(leads)
        both += len(permits)
        breaches += await world.count_attempts_after_bans()
        await world.clear_bans_and_attempts()
        world.shown.clear()
    assert breaches == 0
    assert 0 < both < done, "the races were no races"
