"""``callwright rehearse`` as documented: its JSON, its event log, its exit statuses, and how it is interrupted."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest
import yaml

from callwright.app.cli import main
from callwright.app.options import RehearsalOptions
from callwright.app.rehearsal import rehearse
from callwright.app.settings import Settings

CAMPAIGN = """
name = "small"
country = "GB"
packs = ["uk"]
[hours]
time = "09:00-20:00"
weekdays = "mon-fri"
[dial]
max_tries = 9
min_gap = "5m"
[dial.retry]
busy = "5m"
no_answer = "10m"
[pacing]
drop_late_ringers = false
"""
FATES = (
    "answer:60:success:300",
    "no_answer;answer:30:not_interested",
    "busy;no_answer;answer:20:refused",
    "no_such_number",
)
KPI = Path(__file__).parents[3] / "shared" / "kpi.yaml"


@pytest.fixture
def files(tmp_path: Path) -> Path:
    numbers = [f"+4420831{n:05d}" for n in range(400, 480)]
    (tmp_path / "c.toml").write_text(CAMPAIGN)
    (tmp_path / "list.csv").write_text("phone_number,time_zone\n" + "".join(f"{n},Europe/London\n" for n in numbers))
    truth = "".join(f"{number},{FATES[i % len(FATES)]}\n" for i, number in enumerate(numbers))
    (tmp_path / "truth.csv").write_text(f"phone_number,results\n{truth}")
    return tmp_path


def _rehearse(files: Path, capsys: pytest.CaptureFixture[str], *more: str) -> tuple[int, str, str]:
    arguments = [
        "rehearse",
        str(files / "c.toml"),
        "--list",
        str(files / "list.csv"),
        "--truth",
        str(files / "truth.csv"),
    ]
    capsys.readouterr()
    with pytest.raises(SystemExit) as left:
        main([*arguments, *more])
    told = capsys.readouterr()
    return int(left.value.code or 0), told.out, told.err


def test_the_json_has_every_promised_key_and_the_files_own_totals(
    files: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    status, out, err = _rehearse(files, capsys, "--agents", "5", "--json", "--seed", "7")
    assert (status, err, out.count("\n")) == (0, "", 1)
    said: dict[str, Any] = json.loads(out)
    assert {"seed", "wall_s", "virtual_s", "attempts", "base", "figures", "abandon", "agents", "refusals"} <= set(said)
    assert said["seed"] == 7
    assert {"rate", "limit", "window"} <= set(said["abandon"])
    assert {"occupancy", "seconds"} <= set(said["agents"])
    base = said["base"]
    assert (base["accounts"], base["successful"], base["reached"]) == (80, 20, 60)
    assert base["talk_s"] == pytest.approx(20 * 60 + 20 * 30 + 20 * 20)
    assert said["attempts"] == base["calls_made"] == 20 * (1 + 2 + 3 + 1) + said["redials"]
    assert said["open_records"] == 0


def test_the_json_has_every_base_count_and_figure_of_the_catalogue(
    files: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    if not KPI.exists():
        pytest.skip(f"{KPI} is not on this machine")
    kpi = KPI.read_text(encoding="utf-8")
    ids = {each["id"] for each in yaml.safe_load(kpi)["rates"]}
    head = [line[2:].strip() for line in kpi.splitlines() if line.startswith("#   ")]
    listed = " ".join(head).partition("paid_s")[2].partition("agent time")[0]
    counts = {line.split()[0] for line in head if line.split() and line.split()[0].replace("_", "").isalpha()}
    said = json.loads(_rehearse(files, capsys, "--agents", "5", "--json")[1])
    assert ids == set(said["figures"])
    assert {"paid_s", *listed.split()} <= set(said["base"])
    assert {"accounts", "useless", "calls_made", "connected", "offered", "complaints"} <= counts & set(said["base"])


def test_a_report_for_people_and_the_event_log(files: Path, capsys: pytest.CaptureFixture[str]) -> None:
    status, out, _ = _rehearse(files, capsys, "--agents", "5", "--events", str(files / "log.jsonl"))
    assert status == 0
    assert "Actual contact rate" in out
    events = [json.loads(line) for line in (files / "log.jsonl").read_text().splitlines()]
    assert {"dial", "ring", "person", "connect", "end", "dispose", "agent"} <= {event["kind"] for event in events}
    assert [event["at"] for event in events] == sorted(event["at"] for event in events)


def test_being_watched_changes_nothing(files: Path) -> None:
    told: list[tuple[int, int]] = []
    logs = []
    for on_progress in (None, lambda done, total: told.append((done, total))):
        log = files / f"log{len(logs)}.jsonl"
        options = RehearsalOptions(
            campaign=files / "c.toml", list_file=files / "list.csv", truth=files / "truth.csv", agents=5, events=log
        )
        rehearse(options, Settings(), on_progress)
        logs.append(log.read_bytes())
    assert logs[0] == logs[1]
    assert told[0] == (0, 80)
    assert [done for done, _ in told] == sorted(done for done, _ in told)


@pytest.mark.parametrize(
    ("change", "more", "status", "said"),
    [
        (
            ("c.toml", "max_tries", "max_trys"),
            [],
            1,
            "line 9: `max_trys` in [dial] is not a key; did you mean `max_tries`?\n",
        ),
        (("c.toml", '"uk"', '"ukk"'), [], 1, "uk"),
        (("truth.csv", "+442083100401", "+442083100999"), [], 1, "+442083100401"),
        (("truth.csv", "busy", "bussy"), [], 1, "line 4"),
        (("list.csv", "phone_number", "shoe_size"), ["--seed", "-1"], 2, "--seed"),
        (("c.toml", "", ""), ["--list", "/nowhere.csv"], 1, "/nowhere.csv"),
        (("c.toml", "", ""), ["--floor", "/nowhere.toml"], 1, "/nowhere.toml"),
        (("c.toml", "", ""), ["--agents", "0"], 2, "--agents"),
        (("c.toml", "", ""), ["--agents", "2", "--floor", "f"], 2, "not both"),
        (("c.toml", "", ""), ["--from", "2026-03-03", "--until", "2026-03-02"], 2, "must come after"),
        (("c.toml", "", ""), ["--events", "/nowhere/log"], 1, "/nowhere/log"),
        (("c.toml", "", ""), ["--store", "file"], 2, "--store"),
    ],
)
def test_wrong_files_and_options_are_told(
    files: Path,
    capsys: pytest.CaptureFixture[str],
    change: tuple[str, str, str],
    more: list[str],
    status: int,
    said: str,
) -> None:
    name, old, new = change
    if old:
        text = (files / name).read_text()
        assert old in text
        (files / name).write_text(text.replace(old, new, 1))
    left, out, err = _rehearse(files, capsys, *more)
    assert (left, out) == (status, "")
    assert said in err
    assert "Traceback" not in err


def _program(*arguments: str, **more: Any) -> subprocess.Popen[str]:
    command = [sys.executable, "-c", "from callwright.app.cli import main; main()", *arguments]
    return subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, **more)


def test_a_reader_that_goes_away_is_no_error(files: Path) -> None:
    read, write = os.pipe()
    os.close(read)
    program = _program_with_output(write, "report", "--help")
    _, err = program.communicate(timeout=60)
    assert (program.returncode, err) == (1, "")


def _program_with_output(write: int, *arguments: str) -> subprocess.Popen[str]:
    command = [sys.executable, "-c", "from callwright.app.cli import main; main()", *arguments]
    program = subprocess.Popen(command, stdout=write, stderr=subprocess.PIPE, text=True)
    os.close(write)
    return program


def test_ctrl_c_ends_a_rehearsal_without_a_traceback(files: Path) -> None:
    log = files / "log.jsonl"
    numbers = [f"+4420{n:08d}" for n in range(83000000, 83030000)]
    (files / "list.csv").write_text("phone_number\n" + "\n".join(numbers) + "\n")
    program = _program(
        "rehearse", f"{files}/c.toml", "--list", f"{files}/list.csv", "--agents", "50", "--events", str(log)
    )
    deadline = time.monotonic() + 60
    while not (log.exists() and log.stat().st_size) and program.poll() is None and time.monotonic() < deadline:
        time.sleep(0.05)
    program.send_signal(signal.SIGINT)
    out, err = program.communicate(timeout=60)
    assert (program.returncode, out, err) == (130, "", "Interrupted.\n")


def test_help_and_version_load_nothing_heavy() -> None:
    code = (
        "import sys\nfrom callwright.app.cli import main\n"
        "try: main(['--help'])\nexcept SystemExit: pass\n"
        "print([name for name in ('polars', 'sqlalchemy', 'asyncpg', 'numpy', 'fastapi') if name in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.endswith("[]\n")
    assert "rehearse" in done.stdout
