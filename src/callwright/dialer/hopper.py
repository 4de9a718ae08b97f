"""The hopper: leads claimed from the store and about to be dialled, in the order they should be.

A lead in the hopper is claimed: no other dialer gets it. The hopper is short, because what is claimed early is dialled
by yesterday's facts; a hopper that is closed gives its leads back.
"""

from __future__ import annotations

import math
from collections import deque
from collections.abc import Callable

from callwright.dialer.state import CampaignRun, FloorState
from callwright.kit.errors import Conflict
from callwright.model.people import OPEN_STATUSES, Lead, LeadStatus

CLAIM = 100
"""Leads claimed at once."""
WIDEST = 2000
"""Most leads in a hopper whose head nobody present may call (routing by tier)."""
LOOK_AGAIN_S = 2.0
LOOK_ANYWAY_S = 30.0
"""How often the store is asked although nothing is known to be due: somebody may have added leads."""
"""How often an empty hopper asks the store."""
LOOK_PERSONAL_S = 15.0
LOOK_UNSEEN_S = 60.0
"""How often the store is asked for owned leads and personal call-backs, once there were some and before."""
MISSED_AFTER_S = 1800.0
"""A personal call-back so long overdue is anybody's: the customer was promised a call, not a voice."""
PROMOTE_S = 5.0
_READ_AGAIN = 20


async def refill(floor: FloorState, run: CampaignRun, wanted: int) -> None:
    """Have at least ``wanted`` leads in the hopper, where so many are due."""
    if len(run.hopper) >= wanted:
        return
    now = floor.clock.now()
    since = now - run.looked_at
    if since < (LOOK_ANYWAY_S if run.nothing_due_until > now else LOOK_AGAIN_S):
        return
    run.looked_at = now
    await floor.store.promote_due(run.id, now)
    limit = max(CLAIM, 2 * wanted)
    if run.campaign.list_mix and run.list_ids:
        claimed = await _claim_by_mix(floor, run, limit, now)
    else:
        claimed = await floor.store.claim_leads(run.id, owner=floor.owner, now=now, limit=limit)
    run.hopper.extend(_not_in_hand(run, claimed))
    run.nothing_due_until = -math.inf
    if len(claimed) >= limit:
        run.looked_at = -math.inf  # there may be more: ask again as soon as these are used
    elif not claimed:
        await look_at_progress(floor, run)
        run.nothing_due_until = math.inf if run.next_due_at is None else run.next_due_at


async def refill_wider(floor: FloorState, run: CampaignRun) -> bool:
    """Claim beyond a hopper that is full of leads nobody free may call; False where that is no use now."""
    now = floor.clock.now()
    if len(run.hopper) >= WIDEST or now - run.looked_wider_at < LOOK_AGAIN_S:
        return False
    run.looked_wider_at = now
    claimed = await floor.store.claim_leads(run.id, owner=floor.owner, now=now, limit=4 * CLAIM)
    run.hopper.extend(_not_in_hand(run, claimed))
    return bool(claimed)


async def _claim_by_mix(floor: FloorState, run: CampaignRun, limit: int, now: float) -> list[Lead]:
    """Claims shared among the lists by their weights; a list that runs dry leaves its share to the others."""
    claimed: list[Lead] = []
    open_lists = {name: weight for name, weight in run.campaign.list_mix.items() if name in run.list_ids and weight > 0}
    while open_lists and len(claimed) < limit:
        total = sum(open_lists.values())
        room = limit - len(claimed)
        for name, weight in list(open_lists.items()):
            share = max(1, round(room * weight / total))
            got = await floor.store.claim_leads(
                run.id, owner=floor.owner, now=now, limit=share, list_id=run.list_ids[name]
            )
            claimed.extend(got)
            if len(got) < share:
                del open_lists[name]
    return _interleave(claimed, run)


def _interleave(leads: list[Lead], run: CampaignRun) -> list[Lead]:
    """The claimed leads so ordered that every stretch of the hopper shows the mix, not one list after the other."""
    weight_of = {run.list_ids[n]: w for n, w in run.campaign.list_mix.items() if n in run.list_ids}
    seen: dict[int, int] = {}
    keyed = []
    for lead in leads:
        nth = seen[lead.list_id] = seen.get(lead.list_id, 0) + 1
        keyed.append((nth / weight_of.get(lead.list_id, 1.0), lead.list_id, nth, lead))
    keyed.sort(key=lambda k: k[:3])
    return [k[3] for k in keyed]


async def refill_personal(floor: FloorState, run: CampaignRun) -> None:
    """Fetch due leads that belong to one of the agents present (owned records, personal call-backs)."""
    now = floor.clock.now()
    if now - run.looked_personal_at < (LOOK_PERSONAL_S if run.personal_seen else LOOK_UNSEEN_S):
        return
    run.looked_personal_at = now
    missed = 0
    if run.personal_seen:
        missed = await floor.store.free_missed_callbacks(run.id, now - MISSED_AFTER_S)
    if missed:
        floor.emit("callback", campaign=run.id, missed=missed)
    present = [seat.agent.id for seat in floor.desk.at_work(run.id)]
    if not present:
        return
    claimed = await floor.store.claim_leads(run.id, owner=floor.owner, now=now, limit=len(present), agent_ids=present)
    run.personal_seen = run.personal_seen or bool(claimed)
    for lead in _not_in_hand(run, claimed):
        agent_id = lead.callback_agent_id or lead.owner_agent_id
        if agent_id is not None:
            run.personal.setdefault(agent_id, deque()).append(lead)


def take(run: CampaignRun, suits: Callable[[Lead], bool] | None = None) -> Lead | None:
    """The next lead out of the hopper; with ``suits`` the first that suits, the others keep their place."""
    if suits is None:
        return run.hopper.popleft() if run.hopper else None
    for i, lead in enumerate(run.hopper):
        if suits(lead):
            del run.hopper[i]
            return lead
    return None


def _not_in_hand(run: CampaignRun, claimed: list[Lead]) -> list[Lead]:
    """Leads just claimed, without those somebody asked for by name while the claim was under way."""
    held = run.in_hand | {lead.id for lead in run.hopper}
    return [lead for lead in claimed if lead.id not in held]


def put_back(run: CampaignRun, lead: Lead) -> None:
    """A claimed lead that could not be dialled now: to the head of the hopper, or to the agent it belongs to."""
    run.hand_back(lead)
    if lead.status not in OPEN_STATUSES:
        return
    agent_id = lead.callback_agent_id or lead.owner_agent_id
    if agent_id is None:
        run.hopper.appendleft(lead)
    else:
        run.personal.setdefault(agent_id, deque()).appendleft(lead)


def put_last(run: CampaignRun, lead: Lead) -> None:
    """The same behind everybody else in the hopper."""
    run.hand_back(lead)
    if lead.status not in OPEN_STATUSES:
        return
    agent_id = lead.callback_agent_id or lead.owner_agent_id
    (run.hopper if agent_id is None else run.personal.setdefault(agent_id, deque())).append(lead)


def take_aside(floor: FloorState, run: CampaignRun, lead: Lead) -> Lead | None:
    """The record somebody asks for by name (dialled by hand, or the person calls us), claimed, so that nobody else is
    given it: our own copy where the hopper has one. None while it is in a call or on an agent's card.
    """
    if lead.id in run.in_hand or any(card.id == lead.id for card, _ in run.previews.values()):
        return None
    run.in_hand.add(lead.id)
    for agent_id, queue in [(None, run.hopper), *run.personal.items()]:
        for place, waiting in enumerate(queue):
            if waiting.id == lead.id:
                del queue[place]
                if agent_id is not None and not queue:
                    del run.personal[agent_id]
                return waiting
    if lead.status in OPEN_STATUSES:
        lead.status = LeadStatus.CLAIMED
        floor.journal.batch.leads[lead.id] = lead
    return lead


async def read_for_number(floor: FloorState, run: CampaignRun, number: str) -> Lead | None:
    """The campaign's record with this number as it is now, nothing of it still on its way to the store.

    Raises Conflict where records change faster than they can be read.
    """
    for _ in range(_READ_AGAIN):
        await floor.journal.drain()
        before = run.hand_backs
        lead = await floor.store.lead_for_number(run.id, number)
        if run.hand_backs == before:
            return lead
    raise Conflict(f"The record of {number} cannot be read in peace just now; try again in a moment.")


async def give_back(floor: FloorState, run: CampaignRun) -> None:
    """Return everything that is claimed and not being dialled."""
    leads = [*run.hopper, *(lead for queue in run.personal.values() for lead in queue)]
    run.hopper.clear()
    run.personal.clear()
    for lead in leads:
        lead.status = LeadStatus.DUE
    if leads:
        await floor.store.release_leads(leads)


async def look_at_progress(floor: FloorState, run: CampaignRun) -> None:
    """Read the campaign's counters: how many records are open and when the next one is due."""
    progress = await floor.store.progress(run.id)
    run.open_leads, run.total_leads, run.next_due_at = progress.open, progress.leads, progress.next_due_at
