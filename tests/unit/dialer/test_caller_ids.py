"""Which number a person sees: precedence, the same one always, caps, rest, and numbers that are withdrawn."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from callwright.dialer.caller_ids import CallerIds, NoCallerId, caller_id_for
from callwright.dialer.ports import CallerId, LineUse

NOW = 1_772_438_400.0  # Monday 2026-03-02 08:00 UTC
MIDNIGHT = NOW + 16 * 3600.0
NEW_YORK, BUFFALO, TEXAS, LONDON, LEEDS = (
    "+12125550100",
    "+17165550100",
    "+12145550100",
    "+442079460001",
    "+441134960001",
)
POOL = (TEXAS, BUFFALO, NEW_YORK, LONDON, LEEDS)


def known(*described: CallerId) -> CallerIds:
    callers = CallerIds(NOW)
    callers.know(described, NOW)
    return callers


def chosen(callers: CallerIds, number: str, pool: tuple[str, ...] = POOL, **facts: Any) -> Any:
    return callers.choose(pool, number, facts.pop("now", NOW), **facts)


@pytest.mark.parametrize(
    ("number", "region", "shown"),
    [
        ("+12125550111", "NY", NEW_YORK),  # the same area code
        ("+16465550111", "NY", {NEW_YORK, BUFFALO}),  # the same state
        ("+16465550111", "", {NEW_YORK, BUFFALO}),  # which its area code tells too
        ("+13055550111", "FL", {NEW_YORK, BUFFALO, TEXAS}),  # the same country
        ("+442079460999", "", LONDON),  # the longest common beginning
        ("+441134960999", "", LEEDS),
        ("+447400123456", "", {LONDON, LEEDS}),
        ("+351912345678", "", TEXAS),  # nothing local: the campaign's own order
    ],
)
def test_local_presence(number: str, region: str, shown: str | set[str]) -> None:
    seen = {caller_id_for(POOL, number, customer, region) for customer in range(200)}
    assert seen == (shown if isinstance(shown, set) else {shown})


def test_a_region_given_by_the_operator_counts() -> None:
    toll_free = "+18005550100"
    callers = known(CallerId(number=toll_free, region="US-FL"))
    assert chosen(callers, "+13055550111", (TEXAS, toll_free), region="FL") == toll_free


def test_precedence_promise_before_own_before_local() -> None:
    callers = known(CallerId(number=TEXAS, daily_cap=1, rest_s=60.0))
    callers.take(1, TEXAS, NOW - 10.0)
    assert chosen(callers, "+12125550111", before=BUFFALO) == BUFFALO, "the number they know beats the local one"
    assert chosen(callers, "+12125550111", before=TEXAS, promised=True) == TEXAS, "promised, though capped and resting"
    assert chosen(callers, "+12125550111", before=TEXAS) == NEW_YORK, "at its cap: another for today"
    assert chosen(callers, "+12125550111", before="+999") == NEW_YORK, "a number the campaign has no more"


def test_where_the_persons_own_number_rests_the_dial_waits() -> None:
    callers = known(CallerId(number=NEW_YORK, rest_s=30.0))
    callers.take(1, NEW_YORK, NOW)
    assert chosen(callers, "+12125550111", before=NEW_YORK, now=NOW + 10.0) == NoCallerId(
        rule="caller_id_rest", until=NOW + 30.0
    )
    assert chosen(callers, "+12125550111", now=NOW + 10.0) == BUFFALO, "somebody new sees the next nearest"
    assert chosen(callers, "+12125550111", before=NEW_YORK, now=NOW + 30.0) == NEW_YORK


def test_all_numbers_capped_or_resting_nobody_is_dialled_without_one() -> None:
    callers = known(CallerId(number=LONDON, daily_cap=1), CallerId(number=LEEDS, rest_s=45.0))
    pool = (LONDON, LEEDS)
    assert callers.room(pool, NOW) == 2
    callers.take(1, LONDON, NOW)
    callers.take(2, LEEDS, NOW)
    assert callers.room(pool, NOW) == 0
    assert chosen(callers, "+447400123456", pool) == NoCallerId(rule="caller_id_rest", until=NOW + 45.0)
    callers.untake(2)
    assert chosen(callers, "+447400123456", pool) == LEEDS, "that dial was not made"
    only = known(CallerId(number=LONDON, daily_cap=1))
    only.take(1, LONDON, NOW)
    assert chosen(only, "+447400123456", (LONDON,)) == NoCallerId(rule="caller_id_cap", until=MIDNIGHT)
    assert chosen(only, "+447400123456", (LONDON,), now=MIDNIGHT) == LONDON


def test_a_withdrawn_number_is_shown_no_more_until_it_is_given_back() -> None:
    told: list[Any] = []
    callers = known()
    callers.tell = told.append
    assert chosen(callers, "+442079460999", before=LONDON) == LONDON
    callers.know([CallerId(number=LONDON, withdrawn=True)], NOW)
    assert chosen(callers, "+442079460999", before=LONDON) == LEEDS
    assert not callers.keeps(POOL, LONDON)
    assert chosen(callers, "+442079460999", (LONDON,)) == NoCallerId(rule="caller_id_withdrawn", until=None)
    callers.know([CallerId(number=LONDON)], NOW)
    assert chosen(callers, "+442079460999") == LONDON
    assert [(change.name, change.state) for change in told] == [(LONDON, "withdrawn"), (LONDON, "given_back")]


def test_caps_go_on_where_a_restart_left_them() -> None:
    callers = known(CallerId(number=LONDON, daily_cap=10, rest_s=60.0))
    callers.read_back(LineUse(shown_today={LONDON: (9, NOW - 20.0)}))
    assert chosen(callers, "+442079460999", (LONDON,)) == NoCallerId(rule="caller_id_rest", until=NOW + 40.0)
    callers.take(1, LONDON, NOW + 40.0)
    assert chosen(callers, "+442079460999", (LONDON,), now=NOW + 200.0) == NoCallerId(
        rule="caller_id_cap", until=MIDNIGHT
    )


def test_the_hash_moves_only_the_customers_of_a_number_that_goes() -> None:
    pool = tuple(f"+4420794600{n:02d}" for n in range(10))
    before = {customer: caller_id_for(pool, "+447400123456", customer) for customer in range(5000)}
    counts = [sum(shown == number for shown in before.values()) for number in pool]
    assert min(counts) > 400, "spread evenly"
    assert max(counts) < 600
    less = pool[1:]
    moved = {c for c in before if caller_id_for(less, "+447400123456", c) != before[c]}
    assert moved == {c for c, shown in before.items() if shown == pool[0]}


LIMITS = st.tuples(st.none() | st.integers(1, 5), st.sampled_from([0.0, 5.0, 60.0]))
DIALS = st.lists(
    st.tuples(st.integers(0, 12), st.sampled_from([0.0, 1.0, 20.0, 4000.0]), st.sampled_from(["made", "made", "not"])),
    max_size=80,
)


@settings(max_examples=200, deadline=None)
@given(st.lists(LIMITS, min_size=4, max_size=4), DIALS)
def test_never_above_a_cap_never_before_its_rest_and_always_the_same_to_the_same(
    limits: list[tuple[int | None, float]], dials: list[tuple[int, float, str]]
) -> None:
    pool = tuple(f"+4420794600{n:02d}" for n in range(len(limits)))
    rules = dict(zip(pool, limits, strict=True))
    callers = known(*(CallerId(number=n, daily_cap=cap, rest_s=rest) for n, (cap, rest) in rules.items()))
    now, shown, made = NOW, dict[int, str](), list[tuple[float, str]]()
    for attempt_id, (customer, wait_s, what) in enumerate(dials):
        now += wait_s
        number = f"+4474001234{customer:02d}"
        got = callers.choose(pool, number, now, customer_id=customer, before=shown.get(customer))
        if isinstance(got, NoCallerId):
            assert got.until is not None
            assert got.until > now
            continue
        assert got is not None
        callers.take(attempt_id, got, now)
        if what == "not":
            callers.untake(attempt_id)
            continue
        callers.dialed(attempt_id)
        cap, rest_s = rules[got]
        today = [at for at, n in made if n == got and at // 86400.0 == now // 86400.0]
        assert cap is None or len(today) < cap
        assert all(now - at >= rest_s for at, n in made if n == got)
        made.append((now, got))
        own = shown.setdefault(customer, got)
        if got != own:
            own_cap = rules[own][0]
            used = sum(n == own and at // 86400.0 == now // 86400.0 for at, n in made)
            assert own_cap is not None, "only a cap that is reached takes their own number from them"
            assert used >= own_cap
