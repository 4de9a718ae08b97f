"""Leads without a database: a list file as the objects the dialer works on, for rehearsals."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from itertools import groupby
from pathlib import Path

from callwright.compliance import ConsentEntry
from callwright.lists.mapping import Profile, map_columns
from callwright.lists.number_facts import zones_of
from callwright.lists.prepare import Prepared, Preparer
from callwright.lists.reader import open_table
from callwright.lists.report import ImportReport, Tally
from callwright.model.people import Lead, LineType, Phone


@dataclass(frozen=True, kw_only=True, slots=True)
class LoadedList:
    """``leads`` in the order of the file, ids from the ones asked for; ``report`` as an import would give it.

    ``consents``: those the file proves, of the leads' customers.
    """

    leads: list[Lead]
    report: ImportReport
    consents: list[ConsentEntry] = field(default_factory=list)


def load_leads(
    path: Path,
    *,
    country: str | None,
    campaign_id: int,
    list_id: int,
    list_name: str = "",
    profile: Profile | None = None,
    select: str | None = None,
    tiers: tuple[str, ...] = (),
    owners: Mapping[str, int] | None = None,
    now: float = 0.0,
    first_id: int = 1,
) -> LoadedList:
    """Read, map, validate, select and tier a list file as an import does, into leads that are due at ``now``.

    Ids of leads, customers and phones start at ``first_id`` and follow the file, so that the same file gives the same
    leads. Raises BadInput where an import would.
    """
    profile = profile or Profile()
    with open_table(path, encoding=profile.encoding, delimiter=profile.delimiter) as table:
        mapping = map_columns(table.columns, profile, table.sample())
        preparer = Preparer(
            mapping,
            country=country or profile.country,
            select=select or profile.select,
            tiers=tiers or profile.tiers,
            owners=owners,
            now=now,
        )
        tally = Tally(table=table, mapping=mapping)
        leads: list[Lead] = []
        consents: list[ConsentEntry] = []
        phone_id = first_id
        for chunk in table.chunks():
            prepared = preparer.prepare(chunk)
            tally.add(chunk, prepared)
            consents.extend(_consents(prepared, first_id + len(leads)))
            for lead in _leads(prepared, first_id + len(leads), phone_id):
                lead.campaign_id, lead.list_id, lead.next_at = campaign_id, list_id, now
                leads.append(lead)
                phone_id += len(lead.phones)
    return LoadedList(leads=leads, report=tally.report(list_name=list_name), consents=consents)


def _consents(prepared: Prepared, first_lead_id: int) -> Iterator[ConsentEntry]:
    """One for each person whose row grants one; leads and customers share their ids here."""
    rows = prepared.people.select("consent_kind", "consent_at", "consent_proof").iter_rows()
    for customer_id, (kind, granted_at, proof) in enumerate(rows, start=first_lead_id):
        if kind is not None:
            yield ConsentEntry(customer_id=customer_id, kind=kind, granted_at=granted_at, proof=proof)


def _leads(prepared: Prepared, lead_id: int, phone_id: int) -> Iterator[Lead]:
    rows = prepared.phones.select(
        "row", "number", "country", "region", "line_type", "carrier", "zones"
    ).iter_rows()  # sorted by row and position
    phones = groupby(rows, key=lambda r: r[0])
    kinds = {str(k): k for k in LineType}
    zones: dict[str, tuple[str, ...]] = {}
    people = prepared.people.select(
        "row", "name", "language", "time_zone", "tier", "priority", "owner_agent_id", "facts"
    ).iter_rows()
    for row, name, language, time_zone, tier, priority, owner, facts in people:
        phones_row, group = next(phones)
        assert phones_row == row
        mine: list[Phone] = []
        for place, (_, number, country, region, line_type, carrier, zone_text) in enumerate(group):
            known = zones.get(zone_text)
            if known is None:
                known = zones[zone_text] = zones_of(zone_text)
            mine.append(
                Phone(
                    id=phone_id,
                    number=number,
                    country=country,
                    region=region,
                    line_type=kinds[line_type],
                    carrier=carrier,
                    zones=known,
                    position=place,
                )
            )
            phone_id += 1
        yield Lead(
            id=lead_id,
            campaign_id=0,
            list_id=0,
            customer_id=lead_id,
            tier=tier,
            phones=tuple(mine),
            priority=priority,
            owner_agent_id=owner,
            name=name,
            language=language,
            time_zone=time_zone,
            facts=json.loads(facts),
        )
        lead_id += 1
