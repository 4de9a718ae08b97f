"""The floor as pacing sees it: one campaign's agents, and every call and caller who may land on one of them.

Campaigns that share agents each keep their own abandon budget and see each other's lines. A line that may land on
others as well (another tier's, a campaign that shares a part of the agents) counts for the share of those it may land
on who are ours.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import islice
from typing import overload

from callwright.desk.routing import suits
from callwright.desk.service import Seat
from callwright.dialer.recycle import phone_to_dial
from callwright.dialer.state import PHASE, CampaignRun, FloorState
from callwright.model.attempt import Mode
from callwright.model.campaign import Campaign
from callwright.model.people import Lead
from callwright.pacing import AgentView, Floor, RingingCall

MARGIN = 0.97
"""Pacing is told so much of the lawful abandon limit: when a day is closed its last calls must not pass it."""
LOOK_AHEAD = 64
"""Leads whose chances pacing may ask for."""


class PacingView:
    """Describes one floor to its campaigns' controllers."""

    def __init__(self, floor: FloorState) -> None:
        self._floor = floor

    def seats(self, run: CampaignRun) -> list[Seat]:
        """Agents at work who may be given the campaign's calls; their views are made where there are none."""
        if run.views is None:
            skills = run.campaign.skills
            run.views = {
                seat.agent.id: (seat, AgentView(state=PHASE[seat.state], elapsed_s=0.0, agent_id=seat.agent.id))
                for seat in self._floor.desk.at_work(run.id)
                if suits(seat.agent, skills=skills, tier=None)
            }
        return [seat for seat, _ in run.views.values()]

    def floor_of(self, run: CampaignRun, seats: list[Seat], tier: int | None, *, some: bool = False) -> Floor:
        """For the agents ``seats``; ``tier``: they are those who may call this tier; ``some``: only some of them."""
        floor, now = self._floor, self._floor.clock.now()
        views = self._agents(run, seats, now, some=some or tier is not None)
        ids = frozenset(seat.agent.id for seat in seats) if tier is not None or len(floor.runs) > 1 else None
        ringing: list[RingingCall] = []
        waiting: list[float] = []
        callers: list[float] = []
        offered = in_time = 0
        target, within_s = 0.0, 20.0
        for other in floor.runs.values():
            ours = self.seats(other) if ids is not None else []
            shares = _Shares(ours, ids, by_tier=other.campaign.tier_agents)
            if ids is not None and not shares.any:
                continue
            if other.campaign.inbound:
                other.returned.move(now)
                offered, in_time = offered + other.returned.offered, in_time + other.returned.in_time
                if other.campaign.inbound_target > target:
                    target, within_s = other.campaign.inbound_target, other.campaign.inbound_within_s
            for call in other.waiting.values():
                if shares.of(call.attempt.tier) > 0.0:
                    if call.attempt.mode is Mode.INBOUND:
                        callers.append(now - (call.attempt.left_at or call.attempt.dialed_at))
                    else:
                        waiting.append(now - (call.attempt.left_at or call.attempt.person_at or now))
            if other is run or other.campaign.mode is Mode.PREDICTIVE:
                _add_ringing(ringing, other, shares, now)
        lines, rate = self.room(run, now)
        window, rule = run.window, run.rule
        window.move(now)
        return Floor(
            now=now,
            agents=views,
            ringing=ringing,
            waiting_s=waiting,
            answers=window.answers,
            abandons=window.abandons,
            answers_today=window.answers_today,
            abandons_today=window.abandons_today,
            limit=rule.limit * MARGIN,
            window_s=rule.window_s,
            wait_limit_s=rule.wait_limit_s,
            min_ring_s=rule.min_ring_s,
            clock=rule.clock,
            lines_allowed=lines,
            rate_allowed=rate,
            next_answer_probabilities=NextChances(floor, run, tier, now),
            false_alarms=false_alarms(run.campaign),
            inbound_waiting_s=callers,
            inbound_target=target,
            inbound_within_s=within_s,
            inbound_offered=offered,
            inbound_in_time=in_time,
        )

    def _agents(self, run: CampaignRun, seats: list[Seat], now: float, *, some: bool) -> list[AgentView]:
        views = run.views or {}
        for seat, view in views.values():
            view.elapsed_s = now - seat.since
        for agent_id, (stage, since) in self._floor.stages.items():
            if agent_id in views:
                view = views[agent_id][1]
                view.stage, view.stage_s = stage, now - since
        if not some:
            return [view for _, view in views.values()]
        return [views[seat.agent.id][1] for seat in seats]

    def room(self, run: CampaignRun, now: float) -> tuple[int, int]:
        """(lines the campaign may still open, calls it may open at this instant)."""
        free, rate = self._floor.lines.room(now)
        own_lines, own_rate = self._own_limits(run, now)
        return max(0, min(free, own_lines)), max(0, int(min(rate, own_rate)))

    def own_room(self, run: CampaignRun, now: float) -> float:
        """Calls that the campaign's own limits let it dial at this instant, whatever the trunks' are."""
        return min(self._own_limits(run, now))

    def _own_limits(self, run: CampaignRun, now: float) -> tuple[int, float]:
        pacing, pool = run.campaign.pacing, run.campaign.caller_ids
        rate: float = int(pacing.max_calls_per_s)
        if pool:
            rate = min(rate, self._floor.callers.room(pool, now))
        return pacing.max_lines - run.live, rate


class _Shares:
    """How much of a campaign's calls may land on the agents ``ids`` (None: all of them)."""

    def __init__(self, seats: list[Seat], ids: frozenset[int] | None, *, by_tier: bool) -> None:
        self._seats, self._ids, self._by_tier = seats, ids, by_tier
        self._known: dict[int, float] = {}
        self.all = ids is None
        self.any = ids is not None and any(seat.agent.id in ids for seat in seats)

    def of(self, tier: int) -> float:
        """The share of those who may be given a call of ``tier`` that is among ours; 1 where nobody may."""
        if self._ids is None:
            return 1.0
        key = tier if self._by_tier else 0
        share = self._known.get(key)
        if share is None:
            able = [s.agent.id for s in self._seats if not self._by_tier or tier in s.agent.tiers]
            share = sum(agent_id in self._ids for agent_id in able) / len(able) if able else 1.0
            self._known[key] = share
        return share


def _add_ringing(ringing: list[RingingCall], other: CampaignRun, shares: _Shares, now: float) -> None:
    for call in other.ringing.values():
        view = call.view
        if view is None or call.end_as is not None:
            continue
        view.elapsed_s = now - call.attempt.dialed_at
        if shares.all:
            ringing.append(view)
            continue
        share, chance = shares.of(call.attempt.tier), view.answer_probability
        if share >= 1.0 or (chance is None and share > 0.0):
            ringing.append(view)
        elif chance is not None and share > 0.0:
            part = RingingCall(id=view.id, elapsed_s=view.elapsed_s, answer_probability=chance * share, kind=view.kind)
            ringing.append(part)


def false_alarms(campaign: Campaign) -> float:
    """Share of live persons who are hung up on as machines, unseen by any count: the campaign's detection hangs up, or
    leaves them the machines' message, before an agent has heard them. 0..1."""
    machine = campaign.machine
    if campaign.detect_machines == "off" or machine.machine == "connect":
        return 0.0
    if campaign.detect_machines == "async" and not machine.free_agent:
        return 0.0  # an agent has them first; who waits for one is out within seconds
    return machine.false_alarms


class NextChances(Sequence[float]):
    """Chances of the next leads to be answered, in dialling order, worked out only as far as they are asked for."""

    def __init__(self, floor: FloorState, run: CampaignRun, tier: int | None, now: float) -> None:
        self._floor, self._run, self._now = floor, run, now
        self._leads: Sequence[Lead] = run.hopper
        if tier is not None:
            self._leads = list(islice((lead for lead in run.hopper if lead.tier == tier), LOOK_AHEAD))
        self._length = min(LOOK_AHEAD, len(self._leads))

    def __len__(self) -> int:
        return self._length

    @overload
    def __getitem__(self, place: int) -> float: ...
    @overload
    def __getitem__(self, place: slice) -> list[float]: ...
    def __getitem__(self, place: int | slice) -> float | list[float]:
        if isinstance(place, slice):
            return [self[n] for n in range(*place.indices(self._length))]
        if place < 0:
            place += self._length
        if not 0 <= place < self._length:
            raise IndexError(place)
        return lead_chance(self._floor, self._run, self._leads[place], self._now)


def lead_chance(floor: FloorState, run: CampaignRun, lead: Lead, now: float) -> float:
    """That a dial of the lead's next number now is answered; 0 where it has none."""
    phone = phone_to_dial(lead, run.campaign)
    if phone is None:
        return 0.0
    told = floor.answer_probability(lead, phone, now) if floor.answer_probability is not None else None
    return run.beliefs.chance(run.beliefs.sight(lead, phone, now), now) if told is None else told
