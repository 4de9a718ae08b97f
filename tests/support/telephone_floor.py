"""A floor with about a hundred live calls over real processes, to be hurt: and who watches it from outside.

Callwright (``telephone_runner``), PostgreSQL, Asterisk and SIPp each run as processes of their own. The tests look at
the wire (``telephone_wire``), ask Asterisk over HTTP and PostgreSQL by plain SQL; what Callwright says of itself counts
only where it is itself what is tested.
"""

from __future__ import annotations

import asyncio
import base64
import json
import os
import random
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import asyncpg

from callwright.adapters.asterisk.process import AsteriskProcess
from callwright.adapters.asterisk.prompts import Prompts
from callwright.adapters.asterisk.root import AsteriskRoot, find_root
from callwright.adapters.postgres.embedded import EmbeddedPostgres, default_home
from callwright.adapters.postgres.postmaster import find_postmaster
from callwright.app.campaign_file import CampaignPlan, ListPlan
from callwright.app.database import fill, open_database
from callwright.app.settings import Settings
from callwright.kit.errors import CallwrightError
from callwright.model.agent import Agent
from callwright.model.attempt import Mode
from callwright.model.campaign import Campaign, DialRules, Hours, MessageRules, PacingRules
from support.telephone_parties import VOICES, Parties
from support.telephone_runner import HOSTS, KINDS, plan_of
from support.telephone_wire import Flow, Wire

RUNNER = Path(__file__).with_name("telephone_runner.py")
AGENTS, TALKERS, RINGERS, NOTICES, PARKED = 64, 66, 24, 10, 6
NOTICE = "faults_notice"
PEOPLE = {"talkers": 600, "ringers": 120, "notices": 60, "brief": 3000}
_ANY_TIME = Hours(from_minute=0, to_minute=1440, weekdays=frozenset(range(7)))


def campaigns() -> dict[str, Campaign]:
    """One for each kind of people: agents talk to the first, the others hear a message or only ring."""

    def campaign(name: str, mode: Mode, lines: int, per_s: float, **more: Any) -> Campaign:
        return Campaign(
            id=0,
            name=name,
            purpose="service",
            mode=mode,
            country="NO",
            lists=(name,),
            hours=_ANY_TIME,
            pacing=PacingRules(max_lines=lines, max_calls_per_s=per_s),
            message=MessageRules(message=NOTICE, length_s=300.0),
            **more,
        )

    return {
        "talkers": campaign("talkers", Mode.PROGRESSIVE, TALKERS, 15.0),
        "ringers": campaign("ringers", Mode.MESSAGE, RINGERS, 5.0, dial=DialRules(ring_timeout_s=170.0)),
        "notices": campaign("notices", Mode.MESSAGE, NOTICES, 5.0),
        "brief": campaign("brief", Mode.MESSAGE, 40, 4.0),
    }


class TelephoneFloor:
    """Everything, started by ``open_floor``."""

    def __init__(self, root: AsteriskRoot, home: Path) -> None:
        self.home = home
        self.net = f"127.50.{random.SystemRandom().randint(1, 250)}"
        self.name = f"faults-{os.getpid()}-{self.net.rpartition('.')[2]}"
        self.ours = f"{self.net}.{HOSTS['ours']}"
        self.process = AsteriskProcess(root, self.name)
        self._root = root
        self.database = EmbeddedPostgres(home / "postgres", settings={"fsync": "off", "full_page_writes": "off"})
        self.url = ""
        self.config: dict[str, Any] = {
            "name": self.name,
            "net": self.net,
            "agents": AGENTS,
            "silence_s": 3,
            "paused": [],
            "browsers": {},
            "secret": "only for this test run",
            "media_port": 8089,
            "events": str(home / "events.jsonl"),
            "control": str(home / "control.sock"),
            "root": str(root.directory) if root.directory else "",
            "sounds": str(self.process.sounds),
        }
        (home / "parties").mkdir()
        self.parties = Parties(home / "parties")
        self.wire = Wire(self.net)
        self.runner: subprocess.Popen[bytes] | None = None
        self._log = (home / "runner.log").open("ab")
        self._control: Any = None

    # --- life -----------------------------------------------------------------------------------------------------

    def start(self) -> None:
        self.url = self.config["database_url"] = self.database.start()
        asyncio.run(self._fill())
        self.start_parties()
        self.configure()
        self.process.start()
        self.start_runner()

    def configure(self) -> None:
        """Asterisk's files, and its sounds: music and notice are one constant byte, to be told apart on the wire."""
        self.process.configure(plan_of(self.config))
        self.process.sounds.mkdir(parents=True, exist_ok=True)
        Prompts(self._root, self.process.sounds).prepare({})
        notice = self.process.sounds / f"{NOTICE}.ulaw"
        notice.write_bytes(bytes([VOICES["notice"]]) * 8000 * 300)
        notice.chmod(0o644)
        place = self.process.places.database / "music"
        own = f"[default]\nmode=files\ndirectory={place}\n"
        (self._root.inside(self.process.places.etc) / "musiconhold.conf").write_text(own, encoding="utf-8")
        music = self._root.inside(place)
        music.mkdir(exist_ok=True)
        music.chmod(0o755)
        (music / "music.ulaw").write_bytes(bytes([VOICES["music"]]) * 8000 * 30)
        (music / "music.ulaw").chmod(0o644)

    def start_parties(self) -> None:
        for name, scenario in (("talkers", "talkers"), ("ringers", "ringers"), ("brief", "brief")):
            self.parties.start(name, scenario, f"{self.net}.{HOSTS[name]}")
        for name in ("agents", "phones", "spare"):
            self.parties.start(name, "agents", f"{self.net}.{HOSTS[name]}")

    async def _fill(self) -> None:
        async with open_database(Settings(database_url=self.url)) as database:
            staff = [Agent(id=0, name=f"agent {n}") for n in range(1, AGENTS + 1)]
            for name, campaign in campaigns().items():
                file = self.home / f"{name}.csv"
                numbers = (f"{KINDS[name]}{n:06d}" for n in range(100_001, 100_001 + PEOPLE[name]))
                file.write_text("phone\n" + "\n".join(numbers) + "\n", encoding="utf-8")
                plan = CampaignPlan(campaign=campaign, lists=(ListPlan(name=name, file=file, country="NO"),))
                await fill(database, plan, agents=staff, trunks=(), now=time.time())

    def start_runner(self) -> float:
        """Start Callwright; returns the moment before its exec."""
        file = self.home / "config.json"
        file.write_text(json.dumps(self.config), encoding="utf-8")
        environment = {**os.environ, "PYTHONPATH": str(Path(__file__).parents[1])}
        at = time.time()
        self.runner = subprocess.Popen(
            [sys.executable, RUNNER, file], env=environment, stdout=self._log, stderr=subprocess.STDOUT
        )
        return at

    def kill_runner(self) -> float:
        assert self.runner is not None
        at = time.time()
        self.runner.send_signal(signal.SIGKILL)
        self.runner.wait()
        self._hang_up_control()
        return at

    def kill_database(self) -> float:
        found = find_postmaster(self.database.pgdata)
        assert found is not None
        at = time.time()
        os.kill(found.pid, signal.SIGKILL)
        return at

    def close(self) -> None:
        self._hang_up_control()
        if self.runner is not None and self.runner.poll() is None:
            self.runner.kill()
            self.runner.wait()
        self._log.close()
        self.parties.close()
        self.process.remove()
        (self.process.sounds / f"{NOTICE}.ulaw").unlink(missing_ok=True)
        self.wire.close()
        if self.url:
            self.database.start()
            self.database.stop()

    # --- the floor as it says itself ------------------------------------------------------------------------------

    def ask(self, do: str, agent: int = 0) -> dict[str, Any]:
        """An order to Callwright (see ``telephone_runner``). Raises OSError where it does not listen."""
        if self._control is None:
            link = socket.socket(socket.AF_UNIX)
            link.settimeout(5.0)
            try:
                link.connect(self.config["control"])
            except OSError:
                link.close()
                raise
            self._control = link.makefile("rw")
            link.close()  # the file keeps it
        self._control.write(json.dumps({"do": do, "agent": agent}) + "\n")
        self._control.flush()
        line = self._control.readline()
        if not line:
            self._hang_up_control()
            raise ConnectionError("Callwright has closed its control socket.")
        found: dict[str, Any] = json.loads(line)
        return found

    def _hang_up_control(self) -> None:
        if self._control is not None:
            self._control.close()
            self._control = None

    def events(self, since: float, *kinds: str) -> list[dict[str, Any]]:
        text = Path(self.config["events"]).read_text(encoding="utf-8") if Path(self.config["events"]).exists() else ""
        lines = (json.loads(line) for line in text.splitlines() if line.endswith("}"))
        return [e for e in lines if e["at"] >= since and (not kinds or e["kind"] in kinds)]

    def kinds(self) -> dict[int, str]:
        """The kind of people each attempt was dialled to."""
        return {e["attempt"]: e["trunk"] for e in self.events(0.0, "dial")}

    def campaign(self, name: str) -> Campaign:
        async def read() -> Campaign | None:
            async with open_database(Settings(database_url=self.url)) as database:
                return await database.store.campaign(name)

        found = asyncio.run(read())
        assert found is not None
        return found

    def agents_in(self, *states: str) -> list[int]:
        return [int(n) for n, state in self.ask("look")["agents"].items() if state in states]

    # --- the floor as others see it -------------------------------------------------------------------------------

    def ari(
        self, path: str, *, user: str | None = "callwright", secret: str | None = None, within_s: float = 5.0
    ) -> Any:
        """GET from Asterisk. Raises urllib's HTTPError."""
        headers = self.credentials(user, secret) if user is not None else {}
        request = urllib.request.Request(f"http://{self.ours}:8088{path}", headers=headers)
        with urllib.request.urlopen(request, timeout=within_s) as answer:
            return json.loads(answer.read())

    def credentials(self, user: str = "callwright", secret: str | None = None) -> dict[str, str]:
        word = base64.b64encode(f"{user}:{secret or self.config['secret']}".encode()).decode()
        return {"Authorization": f"Basic {word}"}

    def channels(self) -> dict[int, str]:
        """The people's calls that Asterisk holds: attempt and state."""
        return {int(c["id"]): c["state"] for c in self.ari("/ari/channels") if c["id"].isdigit()}

    def sql(self, query: str, *values: Any) -> list[Any]:
        async def fetch() -> list[Any]:
            connection = await asyncpg.connect(self.url)
            try:
                return list(await connection.fetch(query, *values))
            finally:
                await connection.close()

        return asyncio.run(fetch())

    def attempts(self, ids: Any) -> dict[int, Any]:
        rows = self.sql("select * from attempts where id = any($1::bigint[])", sorted(ids))
        return {row["id"]: row for row in rows}

    def talking(self) -> dict[tuple[int, int], Flow]:
        """People who hear an agent now."""
        return self.wire.hearing(HOSTS["talkers"], "agent", time.time())

    def told_notice(self) -> dict[tuple[int, int], Flow]:
        return self.wire.hearing(HOSTS["notices"], "notice", time.time())

    def hearing_music(self) -> dict[tuple[int, int], Flow]:
        return self.wire.hearing(HOSTS["talkers"], "music", time.time())

    # --- filling --------------------------------------------------------------------------------------------------

    def until(self, what: Callable[[], Any], within_s: float, why: str) -> Any:
        """Wait until ``what`` is true; its value."""
        limit = time.monotonic() + within_s
        while True:
            try:
                found = what()
            except OSError:
                found = None
            if found:
                return found
            assert self.runner is None or self.runner.poll() is None, f"Callwright ended: {self.last_words()}"
            assert time.monotonic() < limit, f"not within {within_s} s: {why}; {self.last_words()}"
            time.sleep(0.05)

    def last_words(self) -> str:
        log = (self.home / "runner.log").read_text(errors="replace").splitlines()[-15:]
        return "\n".join([*log, self.process.last_words()])

    def fill_up(self, within_s: float = 60.0) -> None:
        """About a hundred live calls of every kind: talks, people parked with music, ringing, notices, brief ones."""
        look = lambda: self.ask("look")  # noqa: E731
        self.until(lambda: len(look()["lines"]) >= AGENTS - 2, within_s, "the agents' lines stand")
        self.until(lambda: len(self.talking()) >= TALKERS - PARKED - 4, within_s, "agents talk")
        parked = sum(state == "parked" for state in look()["calls"].values())
        busy = [n for n, state in look()["agents"].items() if state == "in_call"]
        for agent in busy[: max(0, PARKED - parked)]:
            self.ask("park", int(agent))
        self.until(lambda: len(self.hearing_music()) >= PARKED - 1, within_s, "people are parked with music")
        self.until(lambda: len(self.talking()) >= TALKERS - PARKED - 4, within_s, "agents talk again")
        self.until(
            lambda: sum(s == "Ringing" for s in self.channels().values()) >= RINGERS - 2, within_s, "people ring"
        )
        self.until(lambda: len(self.told_notice()) >= NOTICES - 2, within_s, "people hear the notice")

        def brief() -> set[str]:
            kinds = self.kinds()
            return {state for n, state in look()["calls"].items() if kinds.get(int(n)) == "brief"}

        self.until(lambda: brief() >= {"ringing", "playing"}, within_s, "brief calls come and go")

    def census(self) -> str:
        states: dict[str, int] = {}
        for state in self.ask("look")["calls"].values():
            states[state] = states.get(state, 0) + 1
        return f"{len(self.channels())} live calls: " + ", ".join(f"{n} {s}" for s, n in sorted(states.items()))


def telephone_root() -> AsteriskRoot:
    """The Asterisk to test with; the test is left out, with the reason, where a part is missing."""
    from tests.conftest import missing

    if os.geteuid() != 0:
        missing("these tests watch the wire and run Asterisk in a root of its own: run them as root")
    if shutil.which("sipp") is None:
        missing("sipp is not installed: apt-get install sip-tester")
    try:
        return find_root(default_home())
    except CallwrightError as error:
        missing(str(error))
        raise


@contextmanager
def open_floor(root: AsteriskRoot, *, browsers: dict[int, str] | None = None) -> Iterator[TelephoneFloor]:
    """A running floor, gone afterwards with everything of it. ``browsers``: further agents, with their secrets."""
    home = Path(tempfile.mkdtemp(prefix="callwright-faults-"))
    home.chmod(0o711)
    floor = TelephoneFloor(root, home)
    floor.config["browsers"] = browsers or {}
    try:
        floor.start()
        yield floor
    finally:
        floor.close()
        shutil.rmtree(home, ignore_errors=True)
