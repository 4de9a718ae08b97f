"""The sample campaign of ``make run``: some thousand invented people, what happens at each number, and the campaign.

The shares are those published for the handset campaign (15,000 numbers, 37 agents, 5 days; golden case of the figures'
catalogue), apportioned exactly, so that the report of the sample shows them again. Talk times are invented.

The numbers belong to nobody where a country keeps such numbers (North America's 555-01xx); elsewhere they carry an
exchange of zeros. They are dialled on the simulated network only.
"""

from __future__ import annotations

import csv
import math
import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import accumulate
from pathlib import Path

from callwright.kit.errors import BadInput
from callwright.kit.words import Language
from callwright.sim.people import Lognormal
from callwright.sim.sample_words import COUNTRIES, Country, campaign_text

CONNECTED = 10969
NOT_CONNECTED: dict[str, int] = {  # of 15,000 records; a truth file's word -> records
    "no_answer": 1708,
    "rejected": 793,
    "switched_off": 551,
    "suspended": 521,
    "unreachable": 184,
    "no_such_number": 164,
    "busy": 99,
    "carrier_failure": 11,  # "hung up automatically": the network's own doing
}
ORDERS = 10
TALKS: dict[str, tuple[float, Lognormal]] = {  # disposition -> (percent of the connected, talk seconds)
    "not_needed": (95.59, Lognormal(mean=45.0, cv=0.8)),
    "refused": (2.00, Lognormal(mean=12.0, cv=0.6)),
    "not_convenient": (0.74, Lognormal(mean=18.0, cv=0.5)),
    "out_of_town": (0.47, Lognormal(mean=35.0, cv=0.5)),
    "dislikes_brand": (0.38, Lognormal(mean=70.0, cv=0.7)),
    "just_bought": (0.35, Lognormal(mean=60.0, cv=0.6)),
    "interested": (0.34, Lognormal(mean=190.0, cv=0.6)),  # "will consider"
    "not_interested": (0.09, Lognormal(mean=40.0, cv=0.7)),
    "will_visit_shop": (0.04, Lognormal(mean=160.0, cv=0.5)),
    "doubts_caller": (0.01, Lognormal(mean=80.0, cv=0.7)),
}
SUCCESS_TALK = Lognormal(mean=320.0, cv=0.5)
DEFAULT_PEOPLE = 3000
_MOST_PEOPLE = 6000
_RING = Lognormal(mean=8.0, cv=0.4)
_LONGEST_RING_S = 14.0  # everybody who will answer does so before a late ringer may be dropped
_HANDSET_PRICES = (1299, 1699, 1999, 2499, 3299)


@dataclass(frozen=True, kw_only=True, slots=True)
class Sample:
    """The files of a sample campaign, and where its people live."""

    list_file: Path
    truth_file: Path
    campaign_file: Path
    time_zone: str
    people: int


def write_sample(
    directory: Path, *, language: Language = "en", people: int = DEFAULT_PEOPLE, seed: int = 1, agents: int = 30
) -> Sample:
    """Write list, truth and campaign file into ``directory``; the same arguments give the same bytes."""
    if not 1 <= people <= _MOST_PEOPLE:
        raise BadInput(f"The sample can have 1 to {_MOST_PEOPLE} people, not {people}.")
    country = COUNTRIES[language]
    rng = random.Random(seed)
    numbers = _numbers(country, people, rng)
    results = sample_results(people, rng)
    sample = Sample(
        list_file=directory / "sample-list.csv",
        truth_file=directory / "sample-truth.csv",
        campaign_file=directory / "sample-campaign.toml",
        time_zone=country.time_zone,
        people=people,
    )
    try:
        directory.mkdir(parents=True, exist_ok=True)
        _write(sample.list_file, LIST_HEADER, _list_rows(country, language, numbers, rng))
        _write(sample.truth_file, ("phone_number", "results"), zip(numbers, results, strict=True))
        sample.campaign_file.write_text(campaign_text(language, agents), encoding="utf-8", newline="\n")
    except OSError as error:
        raise BadInput(f"The sample cannot be written to {directory}: {error.strerror}.") from None
    return sample


LIST_HEADER = (
    "phone_number",
    "name",
    "language",
    "time_zone",
    "consent",
    "consent_date",
    "consent_proof",
    "handset",
    "months_same_handset",
    "monthly_spend",
    "data_mb",
)


def _list_rows(
    country: Country, language: Language, numbers: Sequence[str], rng: random.Random
) -> Iterator[tuple[object, ...]]:
    for number in numbers:
        first, last = rng.choice(country.names)
        name = country.name_order.format(first=rng.choice(first), last=rng.choice(last))
        yield (
            number,
            name,
            language,
            country.time_zone,
            "yes",
            f"2025-{rng.randint(1, 12):02d}-{rng.randint(1, 28):02d}",
            f"form {rng.randint(10_000, 99_999)}",
            rng.choice(country.handsets),
            rng.randint(1, 48),
            rng.randint(18, 190),
            int(rng.lognormvariate(7.0, 1.0)),
        )


def _write(path: Path, header: Sequence[str], rows: Iterator[tuple[object, ...]]) -> None:
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(header)
        writer.writerows(rows)


def _numbers(country: Country, people: int, rng: random.Random) -> list[str]:
    """Distinct numbers, drawn from all the country's invented ones."""
    per_range = 10**country.free_digits
    chosen = rng.sample(range(len(country.ranges) * per_range), people)
    return [f"{country.ranges[i // per_range]}{i % per_range:0{country.free_digits}d}" for i in chosen]


def sample_results(people: int, rng: random.Random) -> list[str]:
    """A truth file's results for so many people in the published shares, in random order."""
    words = list(NOT_CONNECTED)
    counts = apportion(people, [CONNECTED, *NOT_CONNECTED.values()])
    connected = counts[0]
    results = [word for word, n in zip(words, counts[1:], strict=True) for _ in range(n)]
    sold = round(connected * ORDERS / CONNECTED)
    talks = apportion(connected, [percent for percent, _ in TALKS.values()])
    talks[0] -= sold  # the source does not say among whom its orders are; nearly all talks end "not needed"
    for (code, (_, talk)), n in zip(TALKS.items(), talks, strict=True):
        results.extend(_answer(code, talk, rng) for _ in range(n))
    results.extend(f"{_answer('success', SUCCESS_TALK, rng)}:{rng.choice(_HANDSET_PRICES)}" for _ in range(sold))
    rng.shuffle(results)
    return results


def _answer(code: str, talk: Lognormal, rng: random.Random) -> str:
    ring_s = min(_LONGEST_RING_S, max(1.0, _RING.sampler()(rng)))
    return f"answer@{ring_s:.1f}:{max(2, round(talk.sampler()(rng)))}:{code}"


def apportion(whole: int, weights: Sequence[float]) -> list[int]:
    """``whole`` in whole parts as near to the weights as can be (largest remainders; ties to the first)."""
    total = list(accumulate(weights))[-1]
    exact = [whole * weight / total for weight in weights]
    parts = [math.floor(share) for share in exact]
    by_remainder = sorted(range(len(parts)), key=lambda i: (parts[i] - exact[i], i))
    for i in by_remainder[: whole - sum(parts)]:
        parts[i] += 1
    return parts
