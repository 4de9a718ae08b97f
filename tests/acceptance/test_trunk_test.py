"""``callwright trunk test`` and ``callwright asterisk`` against a real Asterisk and a real far side."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from tests.integration.asterisk.conftest import SECRET, THEIRS, Telephone, asterisk_root, far, telephone
from tests.support.far_asterisk import FarAsterisk, Parties

__all__ = ["asterisk_root", "far", "telephone"]  # fixtures of the telephone's own tests


@pytest.fixture
def operator(telephone: Telephone, far: FarAsterisk, tmp_path: Path, embedded_database_url: str) -> dict[str, str]:
    """An operator's environment: a telephony.toml for the running Asterisk."""
    plan = telephone.plan
    (tmp_path / "telephony.toml").write_text(
        f"""
allowed_prefixes = ["+"]
[[trunk]]
name = "main"
host = "{THEIRS}"
port = {far.port}
channels = 5
calls_per_s = 5
[asterisk]
sip_port = {plan.sip_port}
http_port = {plan.http_port}
media_url = "{plan.media_url}"
ari_secret_env = "OPERATORS_SECRET"
sounds = "{telephone.process.sounds}"
""",
        encoding="utf-8",
    )
    return {
        **os.environ,
        "CALLWRIGHT_TELEPHONY": str(tmp_path / "telephony.toml"),
        "CALLWRIGHT_ASTERISK_URL": f"http://127.0.0.1:{plan.http_port}",
        "CALLWRIGHT_DATABASE_URL": embedded_database_url,
        "OPERATORS_SECRET": SECRET,
        "SOUNDS": str(telephone.process.sounds),
        "CALLWRIGHT_LANGUAGE": "en",
    }


def callwright(environment: dict[str, str], *arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-c", "from callwright.app.cli import main; main()", *arguments],
        env=environment,
        capture_output=True,
        text=True,
        timeout=90,
        check=False,
    )


@pytest.fixture
def parties(far: FarAsterisk) -> Iterator[Parties]:
    """The far side's telephones, on a loop of their own: the command under test is a process."""
    import asyncio
    import threading

    loop = asyncio.new_event_loop()
    server = Parties(far.host, far.media_port)
    loop.run_until_complete(server.start())
    thread = threading.Thread(target=loop.run_forever)
    thread.start()
    yield server
    asyncio.run_coroutine_threadsafe(server.close(), loop).result(5)
    loop.call_soon_threadsafe(loop.stop)
    thread.join()
    loop.close()


def test_a_call_to_our_own_telephone_is_described(operator: dict[str, str], parties: Parties) -> None:
    done = callwright(operator, "trunk", "test", "main", "+14407000042", "--listen", "3", "--json")
    found: dict[str, Any] = json.loads(done.stdout)
    assert done.returncode == 0, done.stderr
    assert found["answered"]
    assert found["sound_heard"]
    assert 1.0 < found["heard_s"] < 4.0
    assert found["rang_after_s"] < found["answered_after_s"] < found["ended_after_s"]
    heard = parties.by_name["14407000042"].heard
    assert len(heard) > 50  # our prompt went there


def test_a_number_the_carrier_does_not_know_is_explained(operator: dict[str, str], parties: Parties) -> None:
    done = callwright(operator, "trunk", "test", "main", "+19990000000")
    assert done.returncode == 1
    assert "SIP 404" in done.stdout
    assert "number_format" in done.stdout


def test_a_number_on_the_do_not_call_list_is_not_called_even_for_a_test(
    operator: dict[str, str], parties: Parties
) -> None:
    assert callwright(operator, "ban", "+14407000043").returncode == 0
    done = callwright(operator, "trunk", "test", "main", "+14407000043")
    assert done.returncode == 1
    assert "do-not-call" in done.stderr
    assert "14407000043" not in parties.by_name


@pytest.mark.parametrize(
    ("trunk", "number", "said"), [("main", "020 7946", "country code"), ("none", "+14407000044", "There is no trunk")]
)
def test_what_cannot_be_called_is_refused(operator: dict[str, str], trunk: str, number: str, said: str) -> None:
    done = callwright(operator, "trunk", "test", trunk, number)
    assert done.returncode == 1
    assert said in done.stderr


def test_status_tells_of_trunks_and_calls(operator: dict[str, str]) -> None:
    found = json.loads(callwright(operator, "asterisk", "status", "--json").stdout)
    assert found["running"]
    assert [trunk["name"] for trunk in found["trunks"]] == ["main"]
    assert found["calls"] == 0


def test_status_of_an_asterisk_that_is_not_there(operator: dict[str, str]) -> None:
    done = callwright(operator | {"CALLWRIGHT_ASTERISK_URL": "http://127.0.0.1:1"}, "asterisk", "status")
    assert done.returncode == 1
    assert "callwright asterisk run" in done.stdout


def test_the_configuration_is_written_for_an_asterisk_of_ones_own(operator: dict[str, str], tmp_path: Path) -> None:
    done = callwright(operator, "asterisk", "config", str(tmp_path / "etc"))
    assert done.returncode == 0, done.stderr
    pjsip = tmp_path / "etc" / "pjsip.conf"
    assert "trunk-main" in pjsip.read_text()
    assert pjsip.stat().st_mode & 0o007 == 0
