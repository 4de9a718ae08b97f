"""The main job on real input: 33,000 customers of a bank's telemarketing file, reached as the file says.

The truth file made by ``examples/bank/prepare.py`` says at which attempt each customer answers and how long they talk;
the rehearsal must come to the same sums through hopper, rules, pacing, agents and report. What it adds (customers whose
call was abandoned are called again) is shown apart.
"""

from __future__ import annotations

import random
import subprocess
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from callwright.app.options import RehearsalOptions, StoreKind
from callwright.app.rehearsal import rehearse
from callwright.app.rehearsed import as_dict
from callwright.app.settings import Settings

ROOT = Path(__file__).parents[2]
SCRIPT = ROOT / "examples" / "bank" / "prepare.py"
SOURCE = ROOT.parent / "shared" / "data" / "bank" / "bank-additional-first33000.csv.gz"
MOST_CPU_S = (
    200.0  # against something gone badly wrong; the speed itself is measured in bench/ (a busy machine takes 3 x)
)


@dataclass(frozen=True, kw_only=True, slots=True)
class Expected:
    """The sums of a file: what any rehearsal of it has to come to."""

    customers: int
    deals: int
    talk_s: int
    attempts: int


def _prepared(file: Path, out: Path) -> Path:
    command = [sys.executable, str(SCRIPT), str(file), "--out", str(out)]
    subprocess.run(command, check=True, capture_output=True, text=True)
    return out


def _rehearsed(place: Path, agents: int, *, store: StoreKind = "memory", settings: Settings | None = None) -> Any:
    options = RehearsalOptions(
        campaign=place / "campaign.toml",
        list_file=place / "list.csv",
        truth=place / "truth.csv",
        agents=agents,
        seed=7,
        store=store,
    )
    return as_dict(rehearse(options, settings or Settings()))


def _check(told: Any, expected: Expected) -> None:
    base, extra = told["base"], told["extra"]
    assert told["open_records"] == 0
    assert base["reached"] == expected.customers
    assert base["successful"] == expected.deals
    assert base["talk_s"] == expected.talk_s  # to the second, over every call
    # every attempt is the file's, or makes good an abandoned call, or was ours or the carrier's doing: shown apart
    assert base["calls_made"] - extra["redials_after_abandon"] == expected.attempts
    assert told["attempts"] == base["calls_made"]
    assert told["redials"] == extra["redials_after_abandon"]
    assert told["dials"] == base["calls_made"] + extra["calls_failed_ours"]
    assert extra["redials_after_abandon"] == base["abandoned"]  # each person we let down was reached afterwards
    assert told["abandon"]["rate"] <= told["abandon"]["limit"]


@pytest.mark.timeout(600)
def test_the_file_comes_out_as_it_went_in(tmp_path: Path) -> None:
    if not SOURCE.exists():
        pytest.skip(f"the UCI file is not at {SOURCE}")
    place = _prepared(SOURCE, tmp_path)
    began = time.process_time()
    told = _rehearsed(place, 50)
    spent_s = time.process_time() - began
    _check(told, Expected(customers=33_000, deals=2_101, talk_s=8_445_300, attempts=88_141))
    print(f"{told['attempts']} attempts in {spent_s:.1f} s of CPU ({told['attempts'] / spent_s:.0f}/s)")
    assert spent_s < MOST_CPU_S


def _other_rows(seed: int, count: int) -> tuple[list[str], Expected]:
    """Rows of the published format that are nobody's: long campaigns, talks of no length, all kinds of lines."""
    chance = random.Random(seed)
    rows, deals, talk_s, attempts = [], 0, 0, 0
    for n in range(count):
        tries = 40 if n == 0 else min(40, int(chance.expovariate(0.5)) + 1)
        duration = 0 if n % 40 == 1 else int(chance.lognormvariate(5.0, 0.9))
        deal = chance.random() < 0.2
        kind = chance.choice(("cellular", "cellular", "telephone", "unknown"))
        facts = f'{chance.randint(18, 95)};"student";"single";"unknown";"no";"yes";"no";"{kind}";"aug";"wed"'
        rest = '999;0;"nonexistent";1.4;93.2;-36.1;4.963;5228.1'
        rows.append(f'{facts};{duration};{tries};{rest};"{"yes" if deal else "no"}"')
        deals, talk_s, attempts = deals + deal, talk_s + duration, attempts + tries
    return rows, Expected(customers=count, deals=deals, talk_s=talk_s, attempts=attempts)


HEADER = (
    '"age";"job";"marital";"education";"default";"housing";"loan";"contact";"month";"day_of_week";"duration";"campaign"'
    ';"pdays";"previous";"poutcome";"emp.var.rate";"cons.price.idx";"cons.conf.idx";"euribor3m";"nr.employed";"y"'
)


def _other_file(directory: Path, rows: Sequence[str]) -> Path:
    file = directory / "other.csv"
    file.write_text("\n".join([HEADER, *rows]) + "\n", encoding="utf-8")
    return file


def test_any_file_of_the_format_on_both_stores(tmp_path: Path, embedded_database_url: str) -> None:
    rows, expected = _other_rows(20260302, 800)
    place = _prepared(_other_file(tmp_path, rows), tmp_path / "out")
    in_memory = _rehearsed(place, 7)
    _check(in_memory, expected)
    settings = Settings(database_url=embedded_database_url)
    on_postgres = _rehearsed(place, 7, store="postgres", settings=settings)
    _check(on_postgres, expected)
    assert on_postgres["base"] == pytest.approx(in_memory["base"])
    assert on_postgres["refusals"] == in_memory["refusals"]
