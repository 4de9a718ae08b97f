"""The early warning about a caller ID, by simulation: how often it is wrong, how soon it is right."""

from __future__ import annotations

import random

import pytest

from callwright.dialer.answer_watch import BLOCK, FALSE_ALARM, AnswerWatch, Verdict, compare

NUMBERS = [f"+4420794600{n:02d}" for n in range(8)]


def calls(
    watch: AnswerWatch, rng: random.Random, count: int, *, rates: dict[str, float] | None = None, base: float = 0.3
) -> list[tuple[str, Verdict]]:
    """So many calls, spread over the numbers; first tries are answered more often than later ones."""
    said = []
    for n in range(count):
        number = rng.choice(NUMBERS)
        attempt = rng.choice((1, 1, 2, 3))
        rate = base * (1.3 if attempt == 1 else 0.7) * (rates or {}).get(number, 1.0)
        verdict = watch.result(number, (1, attempt, "+44"), rng.random() < rate, n)
        if verdict is not None:
            said.append((number, verdict))
    return said


@pytest.mark.parametrize("base", [0.05, 0.3, 0.6])
def test_numbers_as_good_as_their_peers_are_accused_no_more_often_than_stated(base: float) -> None:
    rng = random.Random(11)
    blocks = accused = 0
    while blocks < 4000:
        for _, verdict in calls(AnswerWatch(), rng, 40_000, base=base):
            blocks += 1
            accused += verdict.comparison.z < -3.09
    # with the stated rate, 4,000 blocks give 4 on average; 12 or more once in a thousand such tests
    assert accused < 12, f"{accused} of {blocks} blocks; {FALSE_ALARM:.1%} are stated"


def test_a_number_that_falls_by_a_half_is_noticed_in_its_next_blocks() -> None:
    rng, noticed = random.Random(5), 0
    for _ in range(200):
        watch = AnswerWatch()
        calls(watch, rng, 1000)
        said = [v for number, v in calls(watch, rng, 8 * 2 * BLOCK, rates={NUMBERS[0]: 0.5}) if number == NUMBERS[0]]
        noticed += any(verdict.low for verdict in said)
    assert noticed >= 190, f"{noticed} of 200 were noticed within two blocks"


def test_the_warning_comes_once_and_goes_when_the_number_is_like_its_peers_again() -> None:
    rng, watch = random.Random(2), AnswerWatch()
    low = [v for n, v in calls(watch, rng, 20_000, rates={NUMBERS[3]: 0.4}) if n == NUMBERS[3]]
    assert low[0].low
    assert [verdict.changed for verdict in low] == [True, *[False] * (len(low) - 1)]
    fine = [v for n, v in calls(watch, rng, 20_000) if n == NUMBERS[3]]
    assert sum(verdict.changed for verdict in fine) == 1
    assert not fine[-1].low


def test_a_restart_remembers_the_warning_and_does_not_say_it_again() -> None:
    watch = AnswerWatch()
    watch.believe_low({NUMBERS[3]})
    said = [v for n, v in calls(watch, random.Random(2), 20_000, rates={NUMBERS[3]: 0.4}) if n == NUMBERS[3]]
    assert said[0].low
    assert not any(verdict.changed for verdict in said)


def test_harder_calls_are_no_reproach() -> None:
    """A number that is given only fourth tries is answered less, and is no worse than its peers at those."""
    rng, watch = random.Random(9), AnswerWatch()
    for n in range(40_000):
        number = rng.choice(NUMBERS)
        attempt = 3 if number == NUMBERS[0] or rng.random() < 0.2 else 1
        verdict = watch.result(number, (1, attempt, "+44"), rng.random() < (0.4 if attempt == 1 else 0.1), n)
        if verdict is not None and number == NUMBERS[0]:
            assert not verdict.low
            assert verdict.comparison.expected == pytest.approx(0.1, abs=0.05)


def test_nobody_to_compare_with_says_nothing() -> None:
    assert compare({(1, 1, "+44"): [300, 3]}, {(1, 1, "+44"): [300, 3]}) is None
    watch = AnswerWatch()
    assert all(watch.result("+442079460001", (1, 1, "+44"), n % 9 == 0, n) is None for n in range(3000))


def test_one_table_by_hand() -> None:
    """20 of 100 against 45 of 150 beside it: expected 26, hypergeometric variance 11.58 (by hand)."""
    found = compare({(1, 1, "+44"): [100, 20]}, {(1, 1, "+44"): [250, 65]})
    assert found is not None
    assert (found.rate, found.expected) == (0.2, 0.26)
    assert found.z == pytest.approx((20 - 26 + 0.5) / 11.5904**0.5, abs=1e-3)
