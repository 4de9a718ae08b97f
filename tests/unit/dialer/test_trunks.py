"""Which trunk carries a call, and what forbids one more: never above channels, rate, money or hourly counts."""

from __future__ import annotations

import random
from typing import Any

import phonenumbers
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from phonenumbers import PhoneNumberType

from callwright.dialer.lines import NO_ROOM, Lines, NoLine
from callwright.dialer.ports import LineRules, LineUse, Trunk
from callwright.dialer.spend import RESERVE_S
from callwright.dialer.toll_fraud import RISKY
from callwright.dialer.trunk_health import BreakerState
from callwright.model.attempt import Attempt, Mode

NOW = 1_772_438_400.0  # Monday 2026-03-02 08:00 UTC
DAY_ENDS = NOW + 16 * 3600.0


def trunk(name: str, **facts: Any) -> Trunk:
    return Trunk(name=name, **{"channels": 10, "calls_per_s": 100.0, **facts})


def name_of(taken: Trunk | NoLine) -> str:
    return taken.name if isinstance(taken, Trunk) else taken.rule


# --- which one ----------------------------------------------------------------------------------------------------


def test_the_longest_prefix_comes_first_then_the_order_of_the_trunks() -> None:
    lines = Lines([trunk("world"), trunk("uk", prefixes=("+44",)), trunk("uk2", prefixes=("+44",))], NOW)
    assert name_of(lines.take(1, "+442079460001", NOW)) == "uk"
    assert name_of(lines.take(2, "+442079460001", NOW, without=("uk",))) == "uk2"
    assert name_of(lines.take(3, "+351912345678", NOW)) == "world"


def test_the_cheapest_comes_first_where_the_operator_wants_it() -> None:
    dear = trunk("dear", prefixes=("+44",), cost_per_minute=0.03)
    cheap = trunk("cheap", cost_per_minute=0.05, rates={"+44": 0.02, "+447": 0.04})
    lines = Lines([dear, cheap], NOW, LineRules(least_cost=True))
    assert name_of(lines.take(1, "+442079460001", NOW)) == "cheap"
    assert name_of(lines.take(2, "+447400123456", NOW)) == "dear"
    assert lines.cost("cheap", "+447400123456", 90.0) == pytest.approx(0.06)
    assert lines.cost("cheap", "+351912345678", 60.0) == pytest.approx(0.05)


def test_a_full_trunk_is_passed_over_and_a_given_back_channel_is_used_again() -> None:
    lines = Lines([trunk("one", channels=1), trunk("two", channels=1)], NOW)
    assert [name_of(lines.take(n, "+442079460001", NOW)) for n in (1, 2, 3)] == ["one", "two", "no_room"]
    lines.over(1, NOW, None)
    assert name_of(lines.take(4, "+442079460001", NOW)) == "one"
    lines.untake(4)
    assert lines.room(NOW) == (1, 1)


def test_denied_beginnings_say_why_and_never_come_back_by_themselves() -> None:
    lines = Lines([trunk("one", denied_prefixes=("+447",))], NOW, LineRules(denied_prefixes=("+4420",)))
    for number, rule, about in (
        ("+447400123456", "denied_prefix", "+447"),
        ("+442079460001", "denied_prefix", "+4420"),
        ("+881612345678", "risky_prefix", "+881"),
    ):
        why = lines.take(1, number, NOW)
        assert isinstance(why, NoLine)
        assert (why.rule, why.about, why.never) == (rule, about, True)
    assert name_of(Lines([trunk("uk", prefixes=("+44",))], NOW).take(1, "+351912345678", NOW)) == "no_prefix"


def test_a_risky_beginning_is_dialled_where_a_trunk_names_it() -> None:
    lines = Lines([trunk("world"), trunk("sat", prefixes=("+8816",))], NOW)
    assert name_of(lines.take(1, "+881612345678", NOW)) == "sat"
    assert name_of(lines.take(2, "+881712345678", NOW)) == "risky_prefix"


def test_the_risky_list_holds_every_network_code_and_no_ordinary_number() -> None:
    for code in ("870", "878", "881", "882", "883", "888", "979"):
        assert f"+{code}" in RISKY
    kinds = (PhoneNumberType.MOBILE, PhoneNumberType.FIXED_LINE, PhoneNumberType.TOLL_FREE)
    for region in phonenumbers.SUPPORTED_REGIONS:
        for kind in kinds:
            example = phonenumbers.example_number_for_type(region, kind)
            if example is not None:
                number = phonenumbers.format_number(example, phonenumbers.PhoneNumberFormat.E164)
                assert not number.startswith(RISKY), (region, number)


def test_each_national_beginning_on_the_list_is_premium_by_libphonenumber() -> None:
    """Of random numbers that begin so, every valid one is of the premium kind."""
    rng = random.Random(1)
    for prefix in RISKY:
        if prefix in ("+870", "+878", "+881", "+882", "+883", "+888", "+979"):
            continue
        seen, premium = 0, 0
        for _ in range(6000):
            number = prefix + "".join(rng.choice("0123456789") for _ in range(rng.randint(8, 14) - len(prefix)))
            try:
                parsed = phonenumbers.parse(number)
            except phonenumbers.NumberParseException:
                continue
            if phonenumbers.is_valid_number(parsed):
                seen += 1
                premium += phonenumbers.number_type(parsed) == PhoneNumberType.PREMIUM_RATE
            if seen >= 20:
                break
        assert seen, prefix
        assert premium == seen, (prefix, premium, seen)


# --- toll fraud: money and counts ---------------------------------------------------------------------------------


def test_money_is_counted_while_calls_run_and_the_hour_lets_it_go_again() -> None:
    told: list[Any] = []
    lines = Lines([trunk("one", cost_per_minute=1.0, most_per_hour=10.0)], NOW)
    lines.tell = told.append
    for n in range(5):
        assert name_of(lines.take(n, "+442079460001", NOW)) == "one"
        lines.answered(n, NOW)
    assert lines.spent("one", NOW)[0] == pytest.approx(5.0), "a minute is kept for each call"
    assert lines.room(NOW + 40)[0] > 0, "5 x (40 s + 1 min) and a minute more are 9.33"
    why = lines.take(9, "+442079460001", NOW + 60)
    assert isinstance(why, NoLine)
    assert why.rule == "spend_hour"
    assert lines.room(NOW + 60) == (0, 0)
    assert [(change.name, change.state) for change in told] == [("one", "spend_hour")]
    for n in range(5):
        lines.over(n, NOW + 60, None)
    assert name_of(lines.take(10, "+442079460001", NOW + 61)) == "one", "half of it was only kept back"
    assert lines.spent("one", NOW + 61) == (pytest.approx(6.0), pytest.approx(6.0))
    lines.untake(10)
    assert lines.spent("one", NOW + 3600 + 180)[0] == 0.0
    lines.room(NOW + 61)
    assert told[-1].state == "spend_free"


def test_a_days_money_comes_back_at_midnight_of_the_operators_zone() -> None:
    lines = Lines([trunk("one", cost_per_minute=60.0, most_per_day=100.0)], NOW, LineRules(time_zone="Asia/Shanghai"))
    midnight = NOW + 8 * 3600.0  # 00:00 in Shanghai
    lines.take(1, "+442079460001", NOW)
    lines.answered(1, NOW)
    lines.over(1, NOW + 60.0, None)
    why = lines.take(2, "+442079460001", NOW + 61.0)
    assert isinstance(why, NoLine)
    assert (why.rule, why.until) == ("spend_day", midnight)
    assert name_of(lines.take(2, "+442079460001", midnight)) == "one"


def test_at_most_so_many_dials_an_hour_to_a_beginning() -> None:
    told: list[Any] = []
    lines = Lines([trunk("world"), trunk("sat", prefixes=("+881",))], NOW, LineRules(calls_per_hour={"+881": 3}))
    lines.tell = told.append
    for n in range(3):
        assert name_of(lines.take(n, "+881612345678", NOW + n)) == "sat"
    lines.untake(2)
    assert name_of(lines.take(3, "+881612345678", NOW + 5)) == "sat", "a dial that was not made does not count"
    why = lines.take(4, "+881612345678", NOW + 6)
    assert isinstance(why, NoLine)
    assert (why.rule, why.about, why.until) == ("calls_per_hour", "+881", NOW + 3600.0)
    lines.take(5, "+881612345678", NOW + 7)
    assert [(change.kind, change.name) for change in told] == [("prefix", "+881")], "told once"
    assert name_of(lines.take(6, "+442079460001", NOW + 7)) == "world"
    assert name_of(lines.take(7, "+881612345678", NOW + 3600.0)) == "sat"


def test_caps_go_on_where_a_restart_left_them() -> None:
    rules = LineRules(calls_per_hour={"+44": 2})
    lines = Lines([trunk("one", cost_per_minute=1.0, most_per_hour=10.0, most_per_day=30.0)], NOW, rules)
    hour_from, day_from, asked = lines.windows(NOW)
    assert (hour_from, day_from, asked) == (NOW - 3600.0, NOW - 8 * 3600.0, ("+44",))
    minute = int(NOW // 60)
    lines.read_back(
        LineUse(
            spent={("one", minute - 10): 4.0, ("one", minute - 1): 2.0, ("other", minute): 50.0},
            spent_today={"one": 25.0},
            dialed={"+44": [NOW - 1000.0]},
        )
    )
    assert lines.spent("one", NOW) == (pytest.approx(6.0), pytest.approx(25.0))
    lines.adopt(_attempt(7, answered_at=NOW - 120.0), NOW)
    assert lines.spent("one", NOW) == (pytest.approx(9.0), pytest.approx(28.0)), "two minutes and one kept back"
    assert name_of(lines.take(8, "+442079460001", NOW)) == "one"
    assert name_of(lines.take(9, "+351912345678", NOW)) == "spend_hour"
    lines.over(7, NOW, None)
    lines.untake(8)
    assert name_of(lines.take(10, "+442079460001", NOW + 1)) == "one"
    assert name_of(lines.take(11, "+442079460002", NOW + 1)) == "calls_per_hour"


def _attempt(attempt_id: int, **facts: Any) -> Attempt:
    return Attempt(
        id=attempt_id,
        campaign_id=1,
        list_id=None,
        lead_id=None,
        customer_id=None,
        phone_id=None,
        number="+442079460001",
        mode=Mode.PREDICTIVE,
        dialed_at=NOW - 130.0,
        trunk="one",
        **facts,
    )


DEEDS = st.lists(
    st.tuples(
        st.sampled_from(["dial", "dial", "dial", "answer", "end", "fail", "untake", "look"]),
        st.integers(0, 30),
        st.sampled_from([0.0, 0.01, 0.3, 5.0, 70.0, 700.0, 30_000.0]),
        st.sampled_from(["+442079460001", "+447400123456", "+881612345678"]),
    ),
    max_size=120,
)


@settings(max_examples=150, deadline=None)
@given(DEEDS, st.integers(1, 4), st.floats(0.2, 3.0), st.floats(1.0, 30.0), st.integers(0, 4))
def test_never_above_channels_rate_money_or_counts(
    deeds: list[tuple[str, int, float, str]], channels: int, per_s: float, most: float, per_hour: int
) -> None:
    """Whatever is done in whatever order; money counted anew here, from the calls alone."""
    one = trunk(
        "one",
        channels=channels,
        calls_per_s=per_s,
        cost_per_minute=0.5,
        rates={"+881": 4.0},
        prefixes=("+", "+881"),
        most_per_hour=most,
        most_per_day=2 * most,
    )
    lines = Lines([one], NOW, LineRules(calls_per_hour={"+881": per_hour}))
    rate = {"+442079460001": 0.5 / 60, "+447400123456": 0.5 / 60, "+881612345678": 4.0 / 60}
    now, live, costs = NOW, {}, []  # type: ignore[var-annotated]  # attempt -> (number, answered at); (ended at, cost)
    dials: list[tuple[float, str, int]] = []
    for attempt_id, (deed, which, wait_s, number) in enumerate(deeds):
        now += wait_s
        chosen = sorted(live)[which % len(live)] if live else None
        if deed == "dial":
            if not isinstance(lines.take(attempt_id, number, now), Trunk):
                continue
            live[attempt_id] = (number, None)
            dials.append((now, number, attempt_id))
            under_way = sum(rate[n] * (RESERVE_S + (now - at if at is not None else 0.0)) for n, at in live.values())
            midnight = DAY_ENDS + (now - DAY_ENDS) // 86400.0 * 86400.0
            assert sum(cost for at, cost in costs if at > now - 3600.0) + under_way <= most + 1e-6
            assert sum(cost for at, cost in costs if at >= midnight) + under_way <= 2 * most + 1e-6
        elif deed == "look":
            free, at_once = lines.room(now)
            assert 0 <= at_once <= free <= channels - len(live)
        elif chosen is None:
            continue
        elif deed == "answer":
            lines.answered(chosen, now)
            if live[chosen][1] is None:
                live[chosen] = (live[chosen][0], now)
        elif deed == "untake":
            if live[chosen][1] is None:
                lines.untake(chosen)
                del live[chosen]
                dials = [dial for dial in dials if dial[2] != chosen]
        else:
            number, answered_at = live.pop(chosen)
            lines.over(chosen, now, deed == "fail" and answered_at is None)
            if answered_at is not None:
                costs.append((now, rate[number] * (now - answered_at)))
        assert len(live) <= channels
    for at, _, _ in dials:
        assert sum(at <= other < at + 1.0 for other, _, _ in dials) <= max(1.0, per_s) + per_s + 1e-6
        assert sum(at <= other < at + 3600.0 and n.startswith("+881") for other, n, _ in dials) <= per_hour


def test_one_more_than_the_trunk_takes_is_asked_again_at_once() -> None:
    lines = Lines([trunk("one", channels=1)], NOW)
    lines.take(1, "+442079460001", NOW)
    assert lines.take(2, "+442079460001", NOW) is NO_ROOM
    assert not NO_ROOM.never


# --- health -------------------------------------------------------------------------------------------------------


def test_figures_of_the_last_minutes() -> None:
    lines = Lines([trunk("one", channels=100)], NOW)
    for n in range(10):
        lines.take(n, "+442079460001", NOW)
        if n < 6:
            lines.rings(n, NOW + 2.0)
        if n < 3:
            lines.answered(n, NOW + 10.0)
    for n in range(10):
        lines.over(n, NOW + 30.0, n >= 8)
    seen = lines.health("one", NOW + 60.0)
    assert (seen.dials, seen.answered, seen.failed, seen.post_dial_s) == (10, 3, 2, 2.0)
    assert seen.answer_seizure_ratio == pytest.approx(0.3)
    assert seen.failure_share == pytest.approx(0.2)
    assert lines.health("one", NOW + 400.0).dials == 0


def test_a_dead_carrier_costs_six_dials_and_a_trial_now_and_then() -> None:
    told: list[Any] = []
    lines = Lines([trunk("dead"), trunk("good", prefixes=("+44",), denied_prefixes=("+4420",))], NOW)
    lines.tell = told.append
    now, dials = NOW, 0
    for n in range(18_000):  # a call every 200 ms for an hour
        now += 0.2
        taken = lines.take(n, "+442079460001", now)
        if isinstance(taken, Trunk):
            dials += 1
            lines.over(n, now, True)
        else:
            assert taken.rule == "breaker"
    assert dials == 6 + 7, "six at first; then a trial after 30 s, 1, 2, 4, 8, 15, 15 min ..."
    assert [change.state for change in told[:3]] == ["open", "half_open", "open"]
    assert told[2].until - told[2].at == pytest.approx(60.0)
    assert lines.breaker("dead") is BreakerState.OPEN
    now = told[-1].until + 0.1
    assert name_of(lines.take(30_000, "+442079460001", now)) == "dead"
    assert name_of(lines.take(30_001, "+442079460001", now)) == "breaker", "one trial at a time"
    assert lines.room(now)[0] == 10, "what is left of the other trunk's room"
    lines.rings(30_000, now + 1.0)
    assert told[-1].state == "closed"
    assert name_of(lines.take(30_002, "+442079460001", now + 1.0)) == "dead"


def test_a_carrier_that_says_nothing_at_all_is_found_out_before_its_dials_end() -> None:
    lines = Lines([trunk("mute", channels=1000)], NOW)
    for n in range(6):
        lines.take(n, "+442079460001", NOW + n)
    assert lines.room(NOW + 19.0)[0] > 0
    assert lines.room(NOW + 21.0) == (0, 0)
    assert lines.breaker("mute") is BreakerState.OPEN


def test_a_carrier_that_says_nothing_before_the_answer_is_no_dead_one() -> None:
    lines, now = Lines([trunk("quiet", channels=1000)], NOW), NOW
    lines.take(0, "+442079460001", now)
    lines.answered(0, now + 5.0)
    for n in range(1, 200):  # every tenth call is answered, the others are given up after half a minute
        now += 3.0
        lines.take(n, "+442079460001", now)
        if n % 10 == 0:
            lines.answered(n, now)
        if n > 10:
            lines.over(n - 10, now, None)
        lines.room(now)
        assert lines.breaker("quiet") is BreakerState.CLOSED


def test_what_we_take_back_ourselves_says_nothing_of_the_trunk() -> None:
    lines = Lines([trunk("one", channels=100)], NOW)
    for n in range(50):
        lines.take(n, "+442079460001", NOW)
        lines.over(n, NOW, None)
    assert lines.breaker("one") is BreakerState.CLOSED
    assert lines.health("one", NOW).dials == 0
