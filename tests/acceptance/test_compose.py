"""The compose file: what it starts exists, and the configuration it writes for Asterisk is booted here."""

from __future__ import annotations

import os
import re
import shutil
import socket
import subprocess
import sys
import time
from pathlib import Path, PurePosixPath
from typing import Any

import pytest
import yaml
from tests.integration.asterisk.conftest import asterisk_root
from tests.support.far_asterisk import free_port

from callwright.adapters.asterisk.config import MODULES, OPTIONAL
from callwright.adapters.asterisk.root import PACKAGES, AsteriskRoot
from callwright.app.settings import KNOWN

__all__ = ["asterisk_root"]  # a fixture of the telephone's own tests
DEPLOY = Path(__file__).parents[2] / "deploy"


@pytest.fixture(scope="module")
def compose() -> dict[str, Any]:
    found: dict[str, Any] = yaml.safe_load((DEPLOY / "compose.yaml").read_text(encoding="utf-8"))
    return found


def test_every_setting_in_it_is_one_that_the_program_knows(compose: dict[str, Any]) -> None:
    named = compose["services"]["callwright"]["environment"]
    assert set(named) <= set(KNOWN)


def test_nothing_in_it_is_published_and_every_secret_must_be_set(compose: dict[str, Any]) -> None:
    text = (DEPLOY / "compose.yaml").read_text(encoding="utf-8")
    assert all("ports" not in service for service in compose["services"].values())
    secrets = set(re.findall(r"\$\{(\w*(?:PASSWORD|SECRET))(:\?[^}]*)?\}", text))
    assert {name for name, _ in secrets} == {"POSTGRES_PASSWORD", "ARI_SECRET"}
    assert all(demand for _, demand in secrets)
    assert "listen_addresses=127.0.0.1" in compose["services"]["postgres"]["command"]


def test_the_images_have_the_packages_of_the_bootstrap() -> None:
    text = (DEPLOY / "asterisk.Dockerfile").read_text(encoding="utf-8")
    assert all(re.search(rf"\b{package}\b", text) for package in PACKAGES)


def test_the_commands_in_it_are_commands_of_ours(compose: dict[str, Any]) -> None:
    for name in ("asterisk-config", "callwright"):
        words = [word for word in compose["services"][name]["command"] if not word.startswith("/")][:2]
        path = words if name == "asterisk-config" else words[:1]
        done = subprocess.run(
            [sys.executable, "-c", "from callwright.app.cli import main; main()", *path, "--help"],
            capture_output=True,
            check=False,
        )
        assert done.returncode == 0, done.stderr


def test_the_configuration_it_writes_boots_an_asterisk_with_all_we_need(
    compose: dict[str, Any], asterisk_root: AsteriskRoot, tmp_path: Path
) -> None:
    base = PurePosixPath(f"/srv/callwright/compose-{os.getpid()}")
    seen = asterisk_root.inside(base)
    etc = base / "etc"
    ports = {"sip_port": free_port(socket.SOCK_DGRAM), "http_port": free_port()}
    (tmp_path / "telephony.toml").write_text(
        f"""
allowed_prefixes = ["+44"]
[[trunk]]
name = "north"
host = "127.0.0.1"
port = 5999
channels = 5
calls_per_s = 5
[asterisk]
sip_port = {ports["sip_port"]}
http_port = {ports["http_port"]}
ari_secret_env = "CALLWRIGHT_ASTERISK_SECRET"
""",
        encoding="utf-8",
    )
    words = [str(asterisk_root.inside(etc)) if w == "/etc/asterisk" else w for w in _words(compose)]
    environment = {
        **os.environ,
        "CALLWRIGHT_TELEPHONY": str(tmp_path / "telephony.toml"),
        "CALLWRIGHT_ASTERISK_SECRET": "compose",
    }
    try:
        subprocess.run(
            [sys.executable, "-c", "from callwright.app.cli import main; main()", *words, "--etc", str(etc)],
            env=environment,
            check=True,
        )
        console = asterisk_root.inside("/run/asterisk")  # the image makes it; a root without init has none
        console.mkdir(exist_ok=True)
        for place in (seen, console):
            _own(asterisk_root, place)
        server = compose["services"]["asterisk"]["command"]
        assert server[0] == "asterisk"
        arguments = [str(etc / "asterisk.conf") if w == "/etc/asterisk/asterisk.conf" else w for w in server[1:]]
        with (tmp_path / "console.log").open("wb") as log:
            process = subprocess.Popen(asterisk_root.command(*arguments), stdout=log, stderr=log)
        try:
            _console(asterisk_root, etc, "core waitfullybooted")  # the console answers before the modules are there
            shown = _console(asterisk_root, etc, "module show")
            assert [m for m in MODULES if m not in OPTIONAL and f"{m}.so" not in shown] == []
            assert "trunk-north" in _console(asterisk_root, etc, "pjsip show endpoints")
        finally:
            process.terminate()
            try:
                process.wait(15)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()
    finally:
        shutil.rmtree(seen, ignore_errors=True)


def _words(compose: dict[str, Any]) -> list[str]:
    return list(compose["services"]["asterisk-config"]["command"])


def _own(root: AsteriskRoot, directory: Path) -> None:
    """The account of the images: Asterisk's own in the root."""
    if os.geteuid() == 0:
        shutil.chown(directory, "root", "root")
        users = (line.split(":") for line in root.inside("/etc/passwd").read_text().splitlines())
        uid, gid = next((int(u[2]), int(u[3])) for u in users if u[0] == "asterisk")
        for place in (directory, *directory.rglob("*")):
            os.chown(place, uid, gid)


def _console(root: AsteriskRoot, etc: PurePosixPath, command: str, *, within_s: float = 20.0) -> str:
    limit = time.monotonic() + within_s
    while True:
        done = subprocess.run(
            root.command("-r", "-C", str(etc / "asterisk.conf"), "-x", command),
            capture_output=True,
            text=True,
            check=False,
        )
        if done.returncode == 0 or time.monotonic() >= limit:
            return done.stdout
        time.sleep(0.1)
