"""How a base count is defined: where it is read, and in which groupings it has a meaning."""

from __future__ import annotations

from callwright.analytics.definition import ANY, OF_CAMPAIGNS, OF_LISTS, OF_TIME, Count, Dimension, Source
from callwright.kit.words import Words

W = Words
OF_AGENTS = OF_TIME - {Dimension.CAMPAIGN}


def kpi(id: str, words: Words, meaning: Words, source: Source = Source.ATTEMPT, **more: object) -> Count:
    return count(id, words, meaning, source, in_kpi=True, **more)


def count(id: str, words: Words, meaning: Words, source: Source = Source.ATTEMPT, **more: object) -> Count:
    grains = {
        Source.LEAD: OF_LISTS,
        Source.STATE: OF_TIME,
        Source.SHIFT: OF_AGENTS,
        Source.CAMPAIGN: OF_CAMPAIGNS,
    }.get(source, ANY)
    return Count(id=id, words=words, meaning=meaning, source=source, **{"grains": grains, **more})  # type: ignore[arg-type]  # fields of Count by name
