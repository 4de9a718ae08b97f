"""``callwright plan`` and the page ``/plan`` as documented."""

from __future__ import annotations

import json
import shutil
from collections.abc import AsyncIterator, Mapping
from pathlib import Path
from typing import Any

import pytest
from playwright.async_api import Browser, expect

from callwright.adapters.postgres import planning as rows
from callwright.app.campaign_file import read_campaign
from callwright.app.cli import main
from callwright.app.database import fill, scratch_database
from callwright.app.plan_process import PlanProcess
from callwright.app.settings import Settings
from callwright.kit.words import LANGUAGES
from callwright.planning import surface
from callwright.planning.history import read_history
from conftest import missing
from support.browser import AXE, CHROMIUM, accessibility_faults, browser, open_page
from support.desk_floor import PASSWORD, desk_floor
from support.planning_made import made_history

CAMPAIGN = """
name = "small"
country = "GB"
packs = ["uk"]
[hours]
time = "09:00-18:00"
weekdays = "mon-sun"
[[list]]
name = "small"
file = "list.csv"
"""
ASKED = ("--agents", "6", "--finish-by", "Fri 18:00", "--done", "70%", "--abandon-limit", "1%", "--from", "2026-03-05")


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(surface, "_AGENT_HOURS", 3.0)  # short stretches of play: rough
    numbers = "".join(f"+4420831{n:05d},Europe/London\n" for n in range(400, 900))
    (tmp_path / "list.csv").write_text(f"phone_number,time_zone\n{numbers}")
    (tmp_path / "c.toml").write_text(CAMPAIGN)
    made_history(1).write(tmp_path / "h.json")
    return tmp_path


def plan(folder: Path, capsys: pytest.CaptureFixture[str], *more: str) -> tuple[int, str, str]:
    with pytest.raises(SystemExit) as left:
        main(["plan", str(folder / "c.toml"), *more])
    said = capsys.readouterr()
    return int(left.value.code or 0), said.out, said.err


def test_the_answer_as_json_and_as_a_picture(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    picture = folder / "p.png"
    status, out, err = plan(
        folder, capsys, *ASKED, "--history", str(folder / "h.json"), "--png", str(picture), "--json"
    )
    assert (status, err) == (0, "")
    told = json.loads(out)
    assert (told["records"], told["open"], told["agents"]) == (500, 500, 6)
    assert told["history"] == {
        "dials": 4500,
        "answers": told["history"]["answers"],
        "days": 3,
        "assumed": [],
        "cut": False,
    }
    assert 1200 < told["history"]["answers"] < 1500
    assert told["pace"]["answer_rate"]["low"] < 0.3 < told["pace"]["answer_rate"]["high"]
    needed = told["deadline"]["needed"]
    assert needed["low"] <= needed["middle"] <= (needed["high"] or 99)
    assert told["other_limit"]["limit"] == 0.01
    assert picture.read_bytes()[:8] == b"\x89PNG\r\n\x1a\n"
    assert len(picture.read_bytes()) > 10_000


def test_the_table_says_what_it_assumed(
    folder: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", "140")
    monkeypatch.setenv("CALLWRIGHT_LANGUAGE", "en")
    status, out, _ = plan(folder, capsys, "--agents", "6", "--records", "300", "--from", "2026-03-05")
    assert status == 0
    assert "usual figures stand for" in out
    assert "Lines needed in the busiest hour" in out
    assert "Open records: 300" in out


@pytest.mark.parametrize(
    ("wrong", "status", "sentence"),
    [
        (("--finish-by", "Someday"), 1, "is no deadline"),
        (("--finish-by", "2026-03-01T18:00"), 1, "deadline lies before"),
        (("--done", "150%"), 2, "is no share"),
        (("--hours", "9-18"), 1, "are no hours"),
        (("--hours", "09:00-18:00", "--days", "noday"), 1, "are no weekdays"),
        (("--zone", "Mars/Base"), 1, "no time zone"),
        (("--history", "/nowhere/h.json"), 1, "cannot be read"),
        (("--list", "/nowhere/list.csv"), 1, "list.csv"),
    ],
)
def test_bad_input_is_one_clear_sentence(
    folder: Path, capsys: pytest.CaptureFixture[str], wrong: tuple[str, ...], status: int, sentence: str
) -> None:
    left, out, err = plan(folder, capsys, "--agents", "6", "--from", "2026-03-05", *wrong)
    assert (left, out) == (status, "")
    assert sentence in err
    assert "Traceback" not in err


def test_a_file_that_is_no_history_is_refused(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (folder / "h.json").write_text("{}")
    status, _, err = plan(folder, capsys, "--history", str(folder / "h.json"))
    assert status == 1
    assert "is no history" in err


async def test_the_pages_plans_are_made_in_a_process_of_their_own(folder: Path) -> None:
    process = PlanProcess(Settings())
    told = await process.ask(str(folder / "c.toml"), agents=5, share=0.7, finish_by=None, limit=None)
    assert (told["agents"], told["deadline"]) == (5, None)


def test_a_rehearsal_leaves_the_same_history_whatever_store_it_runs_on(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    found = []
    for store in ("memory", "postgres"):
        file = folder / f"{store}.json"
        until = ("--until", "2026-03-02T11:00", "--agents", "4")
        with pytest.raises(SystemExit) as left:
            main(["rehearse", str(folder / "c.toml"), *until, "--store", store, "--history", str(file), "--json"])
        assert left.value.code in (0, None)
        capsys.readouterr()
        told = read_history(file)
        facts = sorted(
            (d.at, d.kind, d.outcome, d.disposition, round(d.over_s, 3), round(d.talk_s, 3)) for d in told.dials
        )
        states = sorted((p.agent, p.state, round(p.began_at, 3)) for p in told.presences)
        found.append((len(facts), facts, len(states), states))
    assert found[0][0] > 50
    assert found[0] == found[1]


async def test_the_open_work_of_a_campaign_in_the_database(folder: Path, embedded_database_url: str) -> None:
    settings = Settings(database_url=embedded_database_url)
    async with scratch_database(settings) as database:
        wanted = read_campaign(folder / "c.toml")
        filled = await fill(database, wanted, agents=(), trunks=(), now=1_772_668_800.0)
        work = await rows.load_work(database.store, filled.campaign.id)
        history = await rows.load_history(database.store, filled.campaign.id, rows.main_zone(work))
    assert (len(work.records), work.done) == (500, 0)
    first = work.records[0]
    assert (first.kind, first.place.country, first.place.own_zone) == ("landline", "GB", "Europe/London")
    assert (first.tries, first.last_outcome, first.due_at) == (0, "", 0.0)
    assert (history.zone, list(history.dials)) == ("Europe/London", [])


@pytest.fixture
async def chromium() -> AsyncIterator[Browser]:
    if shutil.which(CHROMIUM) is None:
        missing("no Chromium at /usr/bin/chromium: install chromium")
    if not AXE.exists():
        missing("no axe-core under ui/node_modules: run make ui")
    async with browser() as opened:
        yield opened


@pytest.mark.filterwarnings("default::ResourceWarning:playwright")
async def test_the_page_answers_in_every_language_on_screens_of_every_size(
    chromium: Browser, folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    _, out, _ = plan(folder, capsys, *ASKED, "--history", str(folder / "h.json"), "--json")
    answer: dict[str, Any] = json.loads(out)

    class Plans:
        async def ask(self, campaign: str, **asked: Any) -> Mapping[str, Any]:
            assert campaign == "Spring offer"
            return {**answer, "agents": asked["agents"]}

    async with desk_floor() as floor:
        floor.parts.plans = Plans()
        size = {"width": 1280, "height": 800}
        async with open_page(chromium, floor.address, viewport=size) as lead:
            page = lead.page
            await page.fill("[name=name]", "Lena")
            await page.fill("[name=password]", PASSWORD)
            await page.click("#sign-in-form button")
            await expect(page.locator("#who")).to_have_text("Lena")
            await page.goto(f"{floor.address.rstrip('/')}/plan")
            await page.wait_for_selector("body[data-ready]")
            await page.fill("#agents", "7")
            await page.click("#ask")
            await expect(page.locator("#rows tr")).to_have_count(20)
            assert await page.locator("svg.chart polygon.band").count() == 2
            for language in LANGUAGES:
                await page.select_option("#language", language)
                await expect(page.locator("html")).to_have_attribute("lang", {"zh": "zh-CN"}.get(language, language))
                await expect(page.locator("#rows tr")).to_have_count(20)
                assert await accessibility_faults(page) == []
            await page.set_viewport_size({"width": 390, "height": 844})
            assert await page.evaluate("document.documentElement.scrollWidth") <= 390
            assert await accessibility_faults(page) == []


@pytest.mark.filterwarnings("default::ResourceWarning:playwright")
async def test_the_page_is_no_agents(chromium: Browser) -> None:
    async with desk_floor() as floor, open_page(chromium, floor.address) as anna:
        await anna.page.fill("[name=name]", "Anna")
        await anna.page.fill("[name=password]", PASSWORD)
        await anna.page.click("#sign-in-form button")
        await expect(anna.page.locator("#who")).to_have_text("Anna")
        await anna.page.goto(f"{floor.address.rstrip('/')}/plan")
        await anna.page.wait_for_url(floor.address)
