"""``callwright plan`` carried out: facts from the database, a campaign file or a rehearsal; the law; the answer."""

from __future__ import annotations

import asyncio
import time
from collections import Counter
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Any

from callwright.app import simulated
from callwright.app.plan_sources import lawful
from callwright.app.plan_when import parse_deadline, say_zone
from callwright.app.settings import Settings
from callwright.kit.errors import BadInput
from callwright.model.campaign import Campaign, Hours
from callwright.planning.answers import STANDARD_SHARE, Question, answer
from callwright.planning.forecast import Law, Planner, make_planner
from callwright.planning.history import History, Place, Record, Work, read_history, work_of
from callwright.planning.rules import Caps

_DAY_S = 86_400.0


@dataclass(frozen=True, kw_only=True, slots=True)
class PlanOptions:
    """``campaign``: a name in the database, or a campaign file with its lists. ``records``: so many fresh ones like the
    campaign's instead of the open ones. ``history``: a rehearsal's file instead of the campaign's own past."""

    campaign: str
    agents: int = 12
    share: float = STANDARD_SHARE
    finish_by: str | None = None
    abandon_limit: float | None = None
    records: int | None = None
    list_file: Path | None = None
    history: Path | None = None
    shift: Hours | None = None
    zone: str | None = None
    from_at: float | None = None
    seed: int = 1


@dataclass(frozen=True, kw_only=True, slots=True)
class Sources:
    """Everything a plan is made of."""

    campaign: Campaign
    history: History
    work: Work


def make_plan(options: PlanOptions, settings: Settings) -> dict[str, Any]:
    """The answer as ``--json`` prints it (docs/planning.md), and how long it took."""
    began = time.perf_counter()
    sources = load(options, settings)
    planner = planner_of(sources, options)
    deadline = parse_deadline(options.finish_by, planner.grid.start, planner.grid.zone) if options.finish_by else None
    question = Question(agents=options.agents, share=options.share, deadline=deadline, limit=options.abandon_limit)
    return {**answer(planner, question), "wall_s": round(time.perf_counter() - began, 2)}


def load(options: PlanOptions, settings: Settings) -> Sources:
    """Campaign, history and work as the options say. Raises BadInput or NotFound with what would help."""
    if options.campaign.endswith(".toml"):
        sources = _from_file(options)
    else:
        if options.list_file is not None:
            raise BadInput("--list belongs to a campaign file; a campaign of the database has its lists there.")
        sources = asyncio.run(_from_database(options, settings))
    if options.history is not None:
        sources = replace(sources, history=read_history(options.history))
    if options.records is not None:
        sources = replace(sources, work=_fresh(sources, options.records))
    if options.zone is not None:
        say_zone(options.zone)
        sources = replace(sources, history=replace(sources.history, zone=options.zone))
    return sources


async def _from_database(options: PlanOptions, settings: Settings) -> Sources:
    from callwright.adapters.postgres import overview, planning
    from callwright.app.database import open_database

    async with open_database(settings) as database:
        campaign_id = await overview.campaign_id(database.store, options.campaign)
        campaign = await database.store.campaign(options.campaign)
        assert campaign is not None  # its id was just found
        work = await planning.load_work(database.store, campaign_id)
        zone = options.zone or planning.main_zone(work)
        return Sources(
            campaign=campaign, work=work, history=await planning.load_history(database.store, campaign_id, zone)
        )


def _from_file(options: PlanOptions) -> Sources:
    from callwright.app.campaign_file import read_campaign
    from callwright.app.options import RehearsalOptions
    from callwright.app.rehearsal import load_lists

    path = Path(options.campaign)
    wanted = RehearsalOptions(campaign=path, list_file=options.list_file)
    plan = simulated.list_plans(wanted, read_campaign(path))
    leads = load_lists(plan, options.from_at or time.time()).leads
    return Sources(
        campaign=plan.campaign, work=work_of(leads), history=History(zone=options.zone or simulated.main_zone(leads))
    )


def _fresh(sources: Sources, records: int) -> Work:
    """So many records never dialled, of the places and line types the campaign has (else of its country)."""
    if records < 1:
        raise BadInput("A plan needs at least one record: give --records 1 or more.")
    known = Counter((r.kind, r.place) for r in sources.work.records)
    if not known:
        kinds = Counter(d.kind for d in sources.history.dials) or Counter({"unknown": 1})
        place = Place(country=sources.campaign.country, zones=(sources.history.zone,), own_zone=sources.history.zone)
        known = Counter({(kind, place): number for kind, number in kinds.items()})
    total, given, found = sum(known.values()), 0, list[Record]()
    for (kind, place), number in known.most_common():
        given += number
        share = round(records * given / total) - len(found)
        found.extend(Record(kind=kind, place=place) for _ in range(share))
    # Kinds in turns, as a mixed list has them.
    step = next(n for n in (7919, 104_729, 1_299_709) if records % n)
    return Work(records=[found[place * step % records] for place in range(records)])


def planner_of(sources: Sources, options: PlanOptions) -> Planner:
    campaign = sources.campaign
    book = simulated.rule_book()
    book.check_names(campaign.packs)
    start = max(options.from_at if options.from_at is not None else time.time(), campaign.starts_at or 0.0)
    rule = book.abandon_rule(campaign.packs, campaign.country, start, campaign_target=campaign.pacing.abandon_target)
    return make_planner(
        campaign=campaign,
        history=sources.history,
        work=sources.work,
        start=start,
        windows=partial(lawful, book, campaign),
        shift=options.shift,
        law=Law(
            limit=rule.limit,
            wait_limit_s=rule.wait_limit_s,
            min_ring_s=rule.min_ring_s,
            abandoned_rest_s=rule.redial_cool_down_s,
            caps=_caps(campaign, sources.work, start),
        ),
        agents=options.agents,
        seed=options.seed,
    )


def _caps(campaign: Campaign, work: Work, at: float) -> Caps | None:
    """The tightest cap of the campaign's quota and of the packs in the place most records are of."""
    found: list[Caps] = []
    quota = campaign.dial.quota
    if quota is not None and quota.most is not None:
        found.append(Caps(most=quota.most, window_s=quota.days * _DAY_S))
    if quota is not None and quota.most_per_part is not None and quota.parts:
        found.append(Caps(most=quota.most_per_part * len(quota.parts), window_s=_DAY_S))
    place = Counter(record.place for record in work.records).most_common(1)
    if place:
        where = place[0][0]
        rules = simulated.rule_book().rules_for(campaign.packs, where.country, where.region, "", campaign.purpose, at)
        found.extend(Caps(most=cap.most, window_s=cap.window_s) for _, cap in rules.caps if cap.window_s is not None)
    return min(found, key=lambda cap: cap.most / cap.window_s, default=None)
