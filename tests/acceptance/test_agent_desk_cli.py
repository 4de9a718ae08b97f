"""``callwright agent`` and ``callwright run --desk`` as users run them: on the embedded database, in processes."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

import httpx
import pytest

CALLWRIGHT = [sys.executable, "-c", "from callwright.app.cli import main; main()"]
OWN = {"x-callwright": "1"}
CAMPAIGN = """
name = "desk"
purpose = "service"
mode = "progressive"
country = "GB"

[[list]]
name = "people"
file = "people.csv"
"""


@pytest.fixture
def home() -> Iterator[Path]:
    place = Path(tempfile.mkdtemp(prefix="callwright-test-"))
    place.chmod(0o711)  # the database's account passes through
    (place / "campaign.toml").write_text(CAMPAIGN, encoding="utf-8")
    (place / "people.csv").write_text("phone,name\n+442079460001,Ada\n", encoding="utf-8")
    yield place
    shutil.rmtree(place, ignore_errors=True)


def environment(home: Path) -> dict[str, str]:
    return {**os.environ, "CALLWRIGHT_HOME": str(home), "CALLWRIGHT_LANGUAGE": "en"}


def callwright(home: Path, *arguments: str, said: str = "") -> subprocess.CompletedProcess[str]:
    command = [*CALLWRIGHT, *arguments]
    return subprocess.run(
        command, env=environment(home), input=said, capture_output=True, text=True, timeout=120, check=False
    )


def test_from_nobody_to_a_shift_and_a_clean_end(home: Path) -> None:
    campaign = str(home / "campaign.toml")
    refused = callwright(home, "run", campaign, "--desk", "0")
    assert refused.returncode == 1
    assert "Nobody can sign in yet" in refused.stderr

    assert callwright(home, "agent", "add", "Anna", "--team", "Day", "--lead").returncode == 0
    assert "at least 8 characters" in callwright(home, "agent", "password", "Anna", said="short\n").stderr
    assert callwright(home, "agent", "password", "Anna", said="correct horse\n").returncode == 0
    listed = json.loads(callwright(home, "agent", "list", "--json").stdout)
    assert [(a["name"], a["team"], a["lead"], a["signs_in"]) for a in listed["agents"]] == [("Anna", "Day", True, True)]

    with (home / "err").open("w") as errors:
        running = subprocess.Popen(
            [*CALLWRIGHT, "run", campaign, "--desk", "0"],
            env=environment(home),
            stdout=subprocess.PIPE,
            stderr=errors,
            text=True,
        )
    assert running.stdout is not None
    try:
        address = running.stdout.readline().rpartition(" ")[2].strip()
        assert urlsplit(address).hostname == "127.0.0.1", (address, (home / "err").read_text())
        work_a_moment(address, home)
        running.send_signal(signal.SIGTERM)
        assert running.wait(timeout=30) == 0, (home / "err").read_text()
    finally:
        running.kill()
        running.wait()
        running.stdout.close()


def work_a_moment(address: str, home: Path) -> None:
    """Sign in, begin, be ready; a new password ends the session."""
    with httpx.Client(base_url=address, headers=OWN, timeout=30) as client:
        assert client.get("/api/me").status_code == 401
        assert client.post("/api/login", json={"name": "Anna", "password": "wrong horse"}).status_code == 401
        assert client.post("/api/login", json={"name": "Anna", "password": "correct horse"}).json()["lead"] is True
        me = client.get("/api/me").json()
        assert [campaign["name"] for campaign in me["campaigns"]] == ["desk"]
        assert client.get("/api/phone").json() == {"line": None}
        begun = client.post("/api/shift/begin", json={"campaigns": [me["campaigns"][0]["id"]]})
        assert begun.status_code == 200, begun.text
        assert client.post("/api/ready").status_code == 200
        agents = client.get("/api/floor").json()["agents"]
        assert agents[0]["state"] in ("ready", "not_ready", "reserved", "in_call")
        assert callwright(home, "agent", "password", "Anna", said="another horse\n").returncode == 0
        limit = time.monotonic() + 40
        while client.get("/api/me").status_code == 200:
            assert time.monotonic() < limit, "the session of the old password still stands"
            time.sleep(1.0)
