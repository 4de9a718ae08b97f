"""The next lawful instant against a search that tries every step, over random people, pasts, quotas and packs."""

from __future__ import annotations

import dataclasses
from datetime import UTC, datetime
from itertools import pairwise

from hypothesis import given, settings
from hypothesis import strategies as st

from callwright.adapters.holidays_calendar import PackageHolidays
from callwright.compliance import (
    BanEntry,
    ConsentEntry,
    DialFacts,
    DialPermit,
    FreezeEntry,
    PastCall,
    PastKind,
    Refusal,
    RuleBook,
    next_permitted_at,
    permit_dial,
    refusals_now,
)
from callwright.model.campaign import CallQuota, DayPart, Hours
from callwright.model.people import Phone

BOOK = RuleBook.load(holidays=PackageHolidays())
STEP_S, HORIZON_DAYS = 900, 5
NUMBER = "+12125550100"
STARTS = [  # moments with something about to change: summer time, holidays, a new version of a pack, plain days
    datetime(2026, 3, 6, 23, tzinfo=UTC), datetime(2026, 10, 23, 9, tzinfo=UTC), datetime(2026, 8, 8, 12, tzinfo=UTC),
    datetime(2024, 2, 6, 3, tzinfo=UTC), datetime(2026, 2, 12, 15, tzinfo=UTC), datetime(2025, 8, 30, 6, tzinfo=UTC),
    datetime(2026, 5, 12, 10, tzinfo=UTC),
]  # fmt: skip
PLACES = [
    ("US", "", "America/New_York"), ("US", "FL", "America/New_York"), ("US", "TX", "America/Chicago"),
    ("GB", "", "Europe/London"), ("FR", "", "Europe/Paris"), ("CN", "", "Asia/Shanghai"),
    ("RU", "", "Europe/Moscow"), ("CA", "", "America/St_Johns"), ("PT", "", "Europe/Lisbon"),
]  # fmt: skip
steps = st.integers(-40 * 96, HORIZON_DAYS * 96)
past_steps = st.one_of(st.integers(-2 * 96, 0), st.integers(-62 * 96, 0))


@st.composite
def facts_of_anybody(draw: st.DrawFn) -> DialFacts:
    now = draw(st.sampled_from(STARTS)).timestamp() + draw(st.integers(0, 96)) * STEP_S
    country, region, zone = draw(st.sampled_from(PLACES))

    def later(step: int) -> float:
        return now + step * STEP_S

    purposes = st.sampled_from(["sales", "debt"])
    calls = draw(
        st.lists(
            st.builds(
                PastCall,
                past_steps.map(later),
                st.sampled_from([NUMBER, "+12125550101"]),
                st.sampled_from([k for k in PastKind if k is not PastKind.UNKNOWN_FATE]),
                st.integers(1, 2),
                purposes,
            ),
            max_size=10,
        )
    )
    edges = draw(st.lists(st.integers(1, 95), min_size=2, max_size=4, unique=True).map(sorted))
    parts = tuple(DayPart(name=str(a), from_minute=a * 15, to_minute=b * 15) for a, b in pairwise(edges))
    quota = st.builds(
        CallQuota,
        parts=st.sampled_from([(), parts, parts[:1]]),
        most_per_part=st.sampled_from([None, 1, 2]),
        most=st.sampled_from([None, 2, 4]),
        days=st.integers(1, 3),
    )
    maybe_later = st.one_of(st.none(), steps.map(later))
    consent = st.builds(
        ConsentEntry,
        customer_id=st.just(7),
        kind=st.just("call"),
        granted_at=st.one_of(st.just(0.0), steps.map(later)),
        expires_at=maybe_later,
        revoked_at=maybe_later,
    )
    freeze = st.builds(
        FreezeEntry, customer_id=st.just(7), from_at=steps.map(later), until_at=maybe_later, confirmed_by=st.just("li")
    )
    return DialFacts(
        now=now,
        campaign_id=1,
        phone=Phone(id=1, number=NUMBER, country=country, region=region, zones=(zone,)),
        purpose=draw(purposes),
        packs=draw(st.sampled_from([(), ("uk",), ("us-reg-f",), ("france",)])),
        campaign_hours=draw(
            st.sampled_from([Hours(), Hours(from_minute=0, to_minute=1440, weekdays=frozenset(range(7)))])
        ),
        min_gap_s=draw(st.sampled_from([0.0, 900.0, 7200.0])),
        quota=draw(st.one_of(st.none(), quota)),
        customer_id=7,
        bans=tuple(draw(st.lists(st.builds(BanEntry, customer_id=st.just(7), until=steps.map(later)), max_size=1))),
        freezes=tuple(draw(st.lists(freeze, max_size=2))),
        consents=tuple(draw(st.lists(consent, max_size=2))),
        history=tuple(sorted(calls, reverse=True)),
        agent_guaranteed=draw(st.booleans()),
        callback_promised=draw(st.booleans()),
    )


@settings(max_examples=200, deadline=None)
@given(facts_of_anybody())
def test_next_permitted_at_is_the_first_instant_that_is_permitted(facts: DialFacts) -> None:
    found = next_permitted_at(facts, BOOK, horizon_days=HORIZON_DAYS)
    tried = None
    for step in range(HORIZON_DAYS * 96 + 1):
        at = facts.now + step * STEP_S
        if isinstance(permit_dial(dataclasses.replace(facts, now=at), BOOK), DialPermit):
            tried = at
            break
    assert found == tried


@settings(max_examples=200, deadline=None)
@given(facts_of_anybody())
def test_until_is_the_first_instant_at_which_that_rule_is_silent(facts: DialFacts) -> None:
    same_rule = ({"outside_hours", "holiday"}, {"quota_days", "quota_part_of_day"})

    def refuses(rule: str, at: float) -> bool:
        alike = next((group for group in same_rule if rule in group), {rule})
        return any(r.rule in alike for r in refusals_now(dataclasses.replace(facts, now=at), BOOK))

    for refusal in refusals_now(facts, BOOK):
        end = (
            facts.now + HORIZON_DAYS * 96 * STEP_S
            if refusal.until is None
            else min(refusal.until, facts.now + 2 * 86400)
        )
        at = facts.now
        while at < end:
            assert refuses(refusal.rule, at), (refusal.rule, at - facts.now)
            at += STEP_S * 4
        if refusal.until is not None:
            assert not refuses(refusal.rule, refusal.until)


@settings(max_examples=200, deadline=None)
@given(facts_of_anybody(), st.sampled_from([("uk",), ("france",), ("us-federal", "canada"), ("us-tx", "china")]))
def test_more_packs_never_permit_more(facts: DialFacts, packs: tuple[str, ...]) -> None:
    """Strictest of each: what is refused stays refused under any further pack of the campaign."""
    if isinstance(permit_dial(facts, BOOK), Refusal) and facts.phone.country not in ("GB", "RU"):
        wider = dataclasses.replace(facts, packs=(*facts.packs, *packs))
        assert isinstance(permit_dial(wider, BOOK), Refusal)
