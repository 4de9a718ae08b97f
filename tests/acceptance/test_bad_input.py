"""Bad input at the command line: one sentence on standard error that says what to do, the right status, no trace."""

from __future__ import annotations

import asyncio
import csv
import json
import os
import shutil
import socket
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import asyncpg
import pytest

from callwright.app.cli import main

CAMPAIGN = """name = "small"
purpose = "service"
country = "PT"
caller_ids = ["+351210000001"]

[hours]
time = "09:00-20:00"
weekdays = "mon-fri"

[dial]
max_tries = 2
"""
GOOD = "phone,name\n+351910000001,Ana\n+351910000002,Rui\n"
TRUTH = "phone_number,results\n+351910000001,answer:60:success\n+351910000002,busy\n"


@dataclass
class Said:
    status: int
    out: str
    err: str


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
def place(tmp_path: Path) -> Path:
    (tmp_path / "c.toml").write_text(CAMPAIGN, encoding="utf-8")
    (tmp_path / "people.csv").write_text(GOOD, encoding="utf-8")
    (tmp_path / "truth.csv").write_text(TRUTH, encoding="utf-8")
    return tmp_path


async def _rows(url: str) -> dict[str, int]:
    """Rows of every table that has any."""
    connection = await asyncpg.connect(url)
    try:
        tables = await connection.fetch("select tablename from pg_tables where schemaname = 'public'")
        counts = {}
        for (table,) in tables:
            found = await connection.fetchval(f'select count(*) from "{table}"')  # noqa: S608  names from the catalogue
            if found and table not in ("alembic_version", "commit_marks"):
                counts[table] = found
        return counts
    finally:
        await connection.close()


def _stored() -> dict[str, int]:
    return asyncio.run(_rows(os.environ["CALLWRIGHT_DATABASE_URL"]))


def _one_sentence(told: Said, status: int, said: str) -> None:
    assert told.status == status, told.err
    assert said in told.err
    assert told.err.count("\n") == 1, told.err
    assert told.err.rstrip().endswith((".", "?")), told.err


# --- files of a campaign ------------------------------------------------------------------------------------------


@pytest.mark.parametrize("command", ["rehearse", "run"])
@pytest.mark.parametrize(
    ("file", "old", "new", "said"),
    [
        ("c.toml", "purpose", "purpsoe", "c.toml, line 2: `purpsoe` is not a key; did you mean `purpose`?"),
        ("c.toml", "max_tries", "max_try", "line 11: `max_try` in [dial] is not a key; did you mean `max_tries`?"),
        ("c.toml", "09:00-20:00", "09:00-25:61", "line 7: `time` in [hours] must be hours of one day"),
        ("c.toml", "09:00-20:00", "20:00-09:00", "line 7: `time` in [hours]"),
        ("c.toml", "mon-fri", "mon-fry", "line 8"),
        ("c.toml", '"PT"', '"Portugal"', "line 3: `country` must be a two-letter country code"),
        ("c.toml", '"PT"', '"PT', "line 3"),
        ("c.toml", 'country = "PT"', 'packs = ["atlantis"]', "There is no rule pack 'atlantis'"),
        ("truth.csv", "+351910000002,busy", "", "+351910000002"),
        ("truth.csv", "busy", "bussy", 'line 3 (+351910000002): "bussy" is no result; did you mean "busy"'),
        ("truth.csv", "answer:60", "answer:sixty", "line 2 (+351910000001)"),
        ("truth.csv", "success", "sucess", "sucess"),
        ("truth.csv", "phone_number", "number", "line 1"),
    ],
)
def test_a_wrong_campaign_or_truth(
    run: Run, place: Path, command: str, file: str, old: str, new: str, said: str
) -> None:
    text = (place / file).read_text(encoding="utf-8")
    assert old in text
    (place / file).write_text(text.replace(old, new, 1), encoding="utf-8")
    arguments: list[str | Path] = [command, place / "c.toml", "--list", place / "people.csv", "--agents", "1"]
    _one_sentence(run(*arguments, "--truth", place / "truth.csv"), 1, said)
    assert _stored() == {}


@pytest.mark.parametrize(
    ("arguments", "status", "said"),
    [
        (["rehearse", "absent.toml"], 1, "absent.toml does not exist"),
        (["rehearse", "c.toml", "--list", "absent.csv"], 1, "absent.csv"),
        (["rehearse", "c.toml", "--list", "."], 1, "."),
        (["rehearse", "c.toml", "--list", "people.csv", "--truth", "absent.csv"], 1, "absent.csv"),
        (["rehearse", "c.toml", "--list", "people.csv", "--floor", "absent.toml"], 1, "absent.toml"),
        (["rehearse", "c.toml", "--list", "people.csv", "--events", "absent/log.jsonl"], 1, "cannot be written"),
        (["rehearse", "c.toml", "--list", "people.csv", "--from", "2026-02-30"], 2, "no instant"),
        (["rehearse", "c.toml", "--list", "people.csv", "--from", "2026-03-02", "--until", "2026-03-01"], 2, "after"),
        (["rehearse", "c.toml"], 1, "No list to call"),
        (["run", "c.toml", "--list", "absent.csv", "--once"], 1, "absent.csv"),
        (["run", "absent.toml", "--once"], 1, "absent.toml does not exist"),
        (["run", "c.toml", "--list", "people.csv", "--speed", "0"], 2, "--speed"),
        (["import", "people.csv", "--list", "x", "--select", "age >"], 1, "age"),
        (["import", "people.csv", "--list", "x", "--map", "nobody's"], 1, "nobody's"),
    ],
)
def test_absent_unwritable_and_impossible(
    run: Run, place: Path, monkeypatch: pytest.MonkeyPatch, arguments: list[str], status: int, said: str
) -> None:
    monkeypatch.chdir(place)
    _one_sentence(run(*arguments), status, said)
    assert _stored() == {}


# --- lists --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"", "is empty"),
        (bytes(range(256)) * 20, "people.csv"),
        (b"PK\x03\x04 not really a workbook", "people.csv"),
    ],
    ids=["empty", "binary", "broken workbook"],
)
def test_a_list_that_is_none(run: Run, place: Path, content: bytes, said: str) -> None:
    (place / "people.csv").write_bytes(content)
    _one_sentence(run("import", place / "people.csv", "--list", "x"), 1, said)
    assert _stored() == {}


@pytest.mark.parametrize(
    ("content", "stored", "rejected"),
    [
        (b"phone,name\n", 0, 0),
        ("phone,name\n+351910000001,Ana\n".encode("utf-16"), 1, 0),
        ("phone,name\n+351910000001,Анна\n+351910000002,Мария\n".encode("cp1251"), 2, 0),
        ("phone,name\n+351910000001,张伟\n+351910000002,王芳\n".encode("gb18030"), 2, 0),
        (b"phone,name\n" + b"+351910000001,Ana\n" * 2000 + b"+351910000002\xff\xfe,\xfa\n", 1, 2000),
        (b"phone,name\r\n+351910000001,A\x00na\r\n\r\n\r\n", 0, 1),
    ],
    ids=["header only", "utf-16", "cp1251", "gb18030", "duplicates, a broken byte far down", "a nul and empty lines"],
)
def test_an_odd_list_is_accounted_for_to_the_row(
    run: Run, place: Path, content: bytes, stored: int, rejected: int
) -> None:
    (place / "people.csv").write_bytes(content)
    told = run("import", place / "people.csv", "--list", "x", "--json")
    assert told.status == 0, told.err
    counts = json.loads(told.out)
    assert (counts["stored"], counts["rejected"]) == (stored, rejected), counts
    assert _stored().get("leads", 0) == stored


def test_an_error_file_that_cannot_be_written_stops_the_import(run: Run, place: Path) -> None:
    (place / "people.csv").write_text(GOOD + "12,Short\n", encoding="utf-8")
    told = run("import", place / "people.csv", "--list", "x", "--errors", place / "c.toml" / "errors.csv")
    _one_sentence(told, 1, "errors.csv")
    assert _stored() == {}


def test_ragged_rows_formulas_and_unknown_zones_are_sorted_out_one_by_one(run: Run, place: Path) -> None:
    rows = [
        "phone,name,time_zone",
        "+351910000001,Ana,Europe/Lisbon",
        "+351910000002",
        "+351910000003,Rui,Europe/Lisbon,more,and more",
        "=1+351910000004,Eva,Europe/Lisbon",
        "+351910000005,Isa,Europe/Lissabon",
        "+351910000001,Ana again,Europe/Lisbon",
        "12,Short,Europe/Lisbon",
        '+351910000006,"=HYPERLINK(""http://x"")",Europe/Lisbon',
    ]
    (place / "people.csv").write_text("\n".join(rows) + "\n", encoding="utf-8")
    errors = place / "errors.csv"
    told = run("import", place / "people.csv", "--list", "x", "--errors", errors, "--json")
    assert told.status == 0, told.err
    counts = json.loads(told.out)
    with errors.open(encoding="utf-8-sig", newline="") as file:
        rejected = list(csv.reader(file))[1:]
    stored = _stored()
    assert stored["customers"] + len(rejected) == len(rows) - 1, (counts, rejected)
    assert stored["customers"] == stored["leads"]
    kept_cells = [cell for row in rejected for cell in row]
    assert not any(cell.startswith("=") for cell in kept_cells), "a spreadsheet would calculate it"
    assert any("1+351910000004" in cell for cell in kept_cells), "nothing is lost"


# --- the machine --------------------------------------------------------------------------------------------------


def test_a_port_that_is_taken(run: Run, place: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        told = run("run", place / "c.toml", "--list", place / "people.csv", "--once", "--web", str(port))
    _one_sentence(told, 1, f"The port {port} on this machine is taken")
    assert _stored() == {}


@pytest.fixture
def full_disk() -> Iterator[Path]:
    """A disk of 8 MB: not enough for a database."""
    if os.geteuid() != 0:
        pytest.skip("needs root to mount a small disk")
    disk = Path(tempfile.mkdtemp(prefix="callwright-full-"))
    mounted = subprocess.run(["mount", "-t", "tmpfs", "-o", "size=8m,mode=711", "tmpfs", disk], check=False)
    if mounted.returncode:
        disk.rmdir()
        pytest.skip("cannot mount a small disk here")
    yield disk
    subprocess.run(["umount", "-l", disk], check=True)
    shutil.rmtree(disk, ignore_errors=True)


def test_a_full_disk(full_disk: Path, place: Path) -> None:
    environment = {**os.environ, "CALLWRIGHT_HOME": str(full_disk), "CALLWRIGHT_LANGUAGE": "en"}
    environment.pop("CALLWRIGHT_DATABASE_URL", None)
    command: list[str | Path] = [Path(sys.executable).with_name("callwright"), "import", place / "people.csv"]
    done = subprocess.run([*command, "--list", "x"], env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 1
    assert "is full: free some space" in done.stderr
    assert done.stderr.count("\n") == 1


def test_a_full_disk_under_the_event_log(full_disk: Path, place: Path) -> None:
    (full_disk / "filler").write_bytes(b"x" * (8 * 1024 * 1024 - 8192))
    people = "phone\n" + "".join(f"+35191{n:07d}\n" for n in range(300))
    (place / "people.csv").write_text(people, encoding="utf-8")
    command: list[str | Path] = [Path(sys.executable).with_name("callwright"), "rehearse", place / "c.toml"]
    command += ["--list", place / "people.csv", "--events", full_disk / "log.jsonl"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 1
    assert "No space left" in done.stderr
    assert done.stderr.count("\n") == 1, done.stderr
