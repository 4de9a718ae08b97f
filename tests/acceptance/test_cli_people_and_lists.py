"""The commands that stay, on a real database: import, lists, why, ban, freeze, campaigns; JSON and exit statuses."""

from __future__ import annotations

import asyncio
import csv
import json
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from callwright.adapters.postgres.store import PostgresStore
from callwright.app.cli import main

PEOPLE = """phone_number,name,city
+442083104729,Ann,Leeds
020 8311 2648,Bob,York
+442083112648,Bob again,York
12,Short,Hull
=1+1,Formula,Bath
"""


@dataclass
class Said:
    status: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        assert self.out.count("\n") == 1, "one JSON object on one line"
        return json.loads(self.out)


Run = Callable[..., Said]


@pytest.fixture
def run(embedded_database_url: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Run:
    monkeypatch.setenv("CALLWRIGHT_DATABASE_URL", embedded_database_url)
    monkeypatch.setenv("CALLWRIGHT_LANGUAGE", "en")

    def call(*arguments: str | Path) -> Said:
        capsys.readouterr()
        with pytest.raises(SystemExit) as left:
            main([str(each) for each in arguments])
        told = capsys.readouterr()
        assert "Traceback" not in told.err
        return Said(status=left.value.code if isinstance(left.value.code, int) else 0, out=told.out, err=told.err)

    return call


@pytest.fixture
def people(tmp_path: Path) -> Path:
    file = tmp_path / "people.csv"
    file.write_text(PEOPLE, encoding="utf-8")
    return file


def test_a_list_goes_in_is_asked_about_and_comes_back(run: Run, people: Path, tmp_path: Path) -> None:
    dry = run("import", people, "--list", "spring", "--country", "GB", "--dry-run", "--json").json
    assert (dry["read"], dry["stored"], dry["rejected"], dry["dry_run"]) == (5, 2, 3, True)
    assert run("lists", "--json").json == {"lists": []}, "a dry run stores nothing"

    errors = tmp_path / "bad.csv"
    done = run(
        "import", people, "--list", "spring", "--country", "GB", "--errors", errors, "--save-map", "people", "--json"
    )
    report = done.json
    assert done.status == 0
    assert report["read"] == report["stored"] + report["rejected"] == 5
    assert report["duplicates_in_file"] == 1
    assert report["mapping"]["phone_number"] == "phone"
    with errors.open(encoding="utf-8-sig", newline="") as file:
        rejected = list(csv.reader(file))
    assert len(rejected) == 1 + 3

    (shown,) = run("lists", "--json").json["lists"]
    assert (shown["name"], shown["leads"], shown["batches"][0]["id"]) == ("spring", 2, report["batch_id"])

    told = run("why", "+442083104729", "--json").json
    (record,) = told["records"]
    assert (told["number"], record["list"], record["name"]) == ("+442083104729", "spring", "Ann")
    assert record["may_call_now"] is False, "the list belongs to no campaign"
    assert any("no campaign" in reason for reason in record["reasons"])
    by_record = run("why", str(record["lead"]), "--json").json
    assert by_record["records"][0]["lead"] == record["lead"]

    clean = tmp_path / "clean.csv"
    assert run("lists", "clean", "spring", "--output", clean).status == 0
    with clean.open(encoding="utf-8-sig", newline="") as file:
        assert {row["phone number"] for row in csv.DictReader(file)} == {"+442083104729", "+442083112648"}

    again = run("import", people, "--list", "summer", "--map", "people")
    assert again.status == 0, "the stored mapping holds the country too"
    assert "0" not in run("lists", "reset", "summer").out.split()[0]
    assert "2 records" in run("lists", "undo", str(report["batch_id"])).out
    assert run("lists", "undo", str(report["batch_id"])).status == 1


def test_a_ban_and_a_freeze_are_in_the_answer(run: Run, people: Path) -> None:
    assert run("import", people, "--list", "spring", "--country", "GB").status == 0

    def rules(number: str) -> set[str]:
        return {rule["rule"] for record in run("why", number, "--json").json["records"] for rule in record["rules"]}

    assert not {"do_not_call", "frozen"} & rules("+442083104729")
    assert run("ban", "+442083104729", "--reason", "asked").status == 0
    assert "do_not_call" in rules("+442083104729")
    assert "do_not_call" not in rules("+442083112648")
    assert run("freeze", "020 8311 2648", "--country", "GB", "--by", "Eve").status == 0
    assert "frozen" in rules("+442083112648")
    assert run("freeze", "+442083112648", "--by", "Eve", "--lift").status == 0
    assert "frozen" not in rules("+442083112648")
    assert run("freeze", "+442083112648", "--by", "Eve", "--lift").status == 1
    stranger = run("why", "+442083999999", "--json").json
    assert stranger["records"][0]["lead"] is None


@pytest.mark.parametrize("language", ["en", "zh", "ru"])
def test_why_answers_in_words(run: Run, people: Path, language: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CALLWRIGHT_LANGUAGE", language)
    run("import", people, "--list", "spring", "--country", "GB")
    said = run("why", "+442083104729").out
    assert {"en": "belongs to no campaign", "zh": "未分配给任何活动", "ru": "не привязан ни к одной кампании"}[
        language
    ] in said


@pytest.mark.parametrize(
    ("arguments", "status", "said"),
    [
        (["why", "02083104729"], 1, "write it as +442079460001"),
        (["why", "7"], 1, "There is no record 7"),
        (["why"], 2, "Missing argument"),
        (["report", "nothing"], 1, "There is no campaign 'nothing'"),
        (["report", "nothing", "--format", "xlsx"], 2, "needs --output"),
        (["report", "nothing", "--by", "weekday"], 1, "choose from campaign"),
        (["report", "nothing", "--zone", "Mars/Base"], 1, "IANA name"),
        (["report", "nothing", "--from", "yesterday"], 2, "no instant"),
        (["lists", "reset", "nothing"], 1, "There is no list 'nothing'"),
        (["lists", "clean", "nothing", "-o", "x.pdf"], 2, "must end with .csv or .xlsx"),
        (["ban", "+1", "--reason", "x"], 1, "cannot be read as a telephone number"),
        (["ban", "+442083104729", "--campaign", "nothing"], 1, "There is no campaign"),
        (["freeze", "+442083104729"], 2, "--by"),
        (["import", "/nowhere.csv", "--list", "a"], 1, "no file /nowhere.csv"),
        (["import", "/nowhere.csv"], 2, "--list"),
        (["lsits"], 2, "Did you mean 'lists'"),
    ],
)
def test_what_is_wrong_is_one_sentence_and_a_status(run: Run, arguments: list[str], status: int, said: str) -> None:
    told = run(*arguments)
    assert (told.status, told.out) == (status, "")
    assert said in told.err
    assert told.err.count("\n") == 1


def test_a_server_that_is_not_there_is_told(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CALLWRIGHT_DATABASE_URL", "postgresql://nobody:x@127.0.0.1:1/none")
    told = run("lists")
    assert told.status == 1
    assert told.err.count("\n") == 1


def test_no_campaign_yet(run: Run) -> None:
    assert run("campaigns", "--json").json == {"campaigns": []}
    assert "callwright run" in run("campaigns").out
    assert run("migrate").status == 0


def test_a_record_of_unknown_fate_waits_for_a_human(run: Run, people: Path, embedded_database_url: str) -> None:
    assert run("import", people, "--list", "spring", "--country", "GB").status == 0
    assert run("held", "--json").json == {"held": []}

    async def hold() -> None:
        store = await PostgresStore.connect(embedded_database_url)
        async with store.connected() as connection:
            await connection.execute("update leads set status = 'held'")
        await store.close()

    asyncio.run(hold())
    shown = run("held", "--json").json["held"]
    assert {record["name"] for record in shown} == {"Ann", "Bob"}
    ann, bob = (next(r["lead"] for r in shown if r["name"] == name) for name in ("Ann", "Bob"))
    assert "callwright held --release" in run("held").out

    assert run("held", "--release", str(ann)).status == 1, "nobody says who decides it"
    refused = run("held", "--release", str(ann), "--release", "999", "--by", "Eve")
    assert refused.status == 1
    assert "999" in refused.err
    assert len(run("held", "--json").json["held"]) == 2, "one that is not held: none is released"

    assert run("held", "--release", str(ann), "--by", "Eve", "--json").json == {"released": [ann], "by": "Eve"}
    assert [record["lead"] for record in run("held", "--json").json["held"]] == [bob]
    told = run("why", str(ann), "--json").json["records"][0]
    assert told["status"] == "due"
    assert run("held", "--release-all", "--by", "Eve").status == 0
    assert run("held").out.strip() == "No record is held."
