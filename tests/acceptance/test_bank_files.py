"""The UCI file into list, truth and campaign: same for the same file, valid numbers, no leakage, the file's totals."""

from __future__ import annotations

import csv
import gzip
import importlib.util
import subprocess
import sys
from pathlib import Path
from types import ModuleType

import phonenumbers
import pytest

from callwright.app.campaign_file import read_campaign

ROOT = Path(__file__).parents[2]
SCRIPT = ROOT / "examples" / "bank" / "prepare.py"
SOURCE = ROOT.parent / "shared" / "data" / "bank" / "bank-additional-first33000.csv.gz"
HEADER = '"age";"contact";"duration";"campaign";"y"\n'


def _prepare() -> ModuleType:
    spec = importlib.util.spec_from_file_location("bank_prepare", SCRIPT)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module  # dataclasses look their module up
    spec.loader.exec_module(module)
    return module


def _rows(path: Path) -> list[dict[str, str]]:
    with path.open(newline="", encoding="utf-8") as file:
        return list(csv.DictReader(file))


def _run(file: Path, out: Path, *more: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, str(SCRIPT), str(file), "--out", str(out), *more]
    return subprocess.run(command, capture_output=True, text=True, check=False)


@pytest.mark.parametrize("country", ["GB", "PT", "US"])
def test_any_rows_become_a_list_a_truth_and_a_campaign(tmp_path: Path, country: str) -> None:
    kinds = ("cellular", "telephone", "unknown")
    rows = [f"{20 + n % 60};{kinds[n % 3]};{n * 3};{1 + n % 70};{'yes' if n % 5 == 0 else 'no'}" for n in range(2000)]
    source = tmp_path / "bank.csv"
    source.write_text(HEADER + "\n".join(rows) + "\n")
    done = _run(source, tmp_path / "out", "--country", country)
    assert done.returncode == 0, done.stderr
    assert f"2000 customers, 400 deals, {3 * sum(range(2000))} talk seconds" in done.stdout
    assert "invented" in done.stdout
    listed, truth = _rows(tmp_path / "out" / "list.csv"), _rows(tmp_path / "out" / "truth.csv")
    assert [row["phone_number"] for row in listed] == [row["phone_number"] for row in truth]
    assert len({row["phone_number"] for row in listed}) == 2000
    assert set(listed[0]) == {"phone_number", "external_id", "time_zone", "age", "contact"}
    assert all(phonenumbers.is_valid_number(phonenumbers.parse(row["phone_number"])) for row in listed)
    for n, row in enumerate(truth):
        fates = row["results"].split(";")
        assert len(fates) == 1 + n % 70
        assert fates[-1] == (f"answer:{n * 3}:success:1" if n % 5 == 0 else f"answer:{n * 3}:not_interested")
        assert not any(fate.startswith("answer") for fate in fates[:-1])
    plan = read_campaign(tmp_path / "out" / "campaign.toml")
    assert plan.campaign.dial.max_tries > 70
    assert plan.campaign.max_call_s > 3 * 1999
    assert plan.truth == tmp_path / "out" / "truth.csv"
    again = _run(source, tmp_path / "again", "--country", country)
    assert again.returncode == 0
    for name in ("list.csv", "truth.csv", "campaign.toml"):
        assert (tmp_path / "out" / name).read_bytes() == (tmp_path / "again" / name).read_bytes()


@pytest.mark.parametrize("contact", ["cellular", "telephone"])
def test_a_line_type_is_in_the_number(contact: str) -> None:
    module = _prepare()
    given = list(module.numbers([{"contact": contact}] * 60_000, module.COUNTRIES["GB"]))
    assert len(set(given)) == 60_000
    wanted = phonenumbers.PhoneNumberType.MOBILE if contact == "cellular" else phonenumbers.PhoneNumberType.FIXED_LINE
    for number in given[::97]:
        assert phonenumbers.number_type(phonenumbers.parse(number)) == wanted


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ('"age";"y"\n1;no\n', "lacks the column campaign, duration, contact"),
        (HEADER, "no rows"),
        (HEADER + "1;cellular;12;x;no\n", "line 2: campaign is 'x'; a whole number from 1"),
        (HEADER + "1;cellular;12;0;no\n", "line 2: campaign is '0'"),
        (HEADER + "1;cellular;1.5;1;no\n", "line 2: duration is '1.5'"),
        (HEADER + "1;cellular;12;1;maybe\n", "line 2: y is 'maybe'"),
        (HEADER + "1;cellular;12\n", "line 2: 3 cells where the header has 5"),
    ],
)
def test_a_wrong_file_is_told_in_one_sentence(tmp_path: Path, content: str, said: str) -> None:
    source = tmp_path / "bank.csv"
    source.write_text(content)
    done = _run(source, tmp_path / "out")
    assert done.returncode == 1
    assert said in done.stderr
    assert done.stderr.count("\n") == 1
    assert not (tmp_path / "out" / "list.csv").exists()


def test_the_real_file_gives_its_own_totals(tmp_path: Path) -> None:
    if not SOURCE.exists():
        pytest.skip(f"{SOURCE} is not on this machine")
    with gzip.open(SOURCE, "rt", encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file, delimiter=";"))
    totals = _prepare().prepare(SOURCE, tmp_path, "GB")
    assert totals["customers"] == len(rows) == len(_rows(tmp_path / "list.csv"))
    assert totals["deals"] == sum(row["y"] == "yes" for row in rows)
    assert totals["talk_s"] == sum(int(row["duration"]) for row in rows)
    assert totals["attempts"] == sum(int(row["campaign"]) for row in rows)
    truth = _rows(tmp_path / "truth.csv")
    assert sum(len(row["results"].split(";")) for row in truth) == totals["attempts"]
