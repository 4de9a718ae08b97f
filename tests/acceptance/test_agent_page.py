"""The agents' and the leads' pages in a real browser, on a real floor with simulated calls: everything but sound."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator

import pytest
from playwright.async_api import Browser, Page, expect

from callwright.kit.words import LANGUAGES
from callwright.model.attempt import Mode
from callwright.model.campaign import PreviewRules
from callwright.web.desk_words import words_for
from conftest import missing
from support.browser import AXE, CHROMIUM, Watched, accessibility_faults, browser, open_page
from support.desk_floor import PASSWORD, DeskFloor, desk_floor

pytestmark = pytest.mark.filterwarnings("default::ResourceWarning:playwright")
expect.set_options(timeout=20_000)


@pytest.fixture
async def chromium() -> AsyncIterator[Browser]:
    import shutil

    if shutil.which(CHROMIUM) is None:
        missing("no Chromium at /usr/bin/chromium: install chromium")
    if not AXE.exists():
        missing("no axe-core under ui/node_modules: run make ui")
    async with browser() as opened:
        yield opened


async def sign_in(page: Page, name: str = "Anna") -> None:
    await page.fill("[name=name]", name)
    await page.fill("[name=password]", PASSWORD)
    await page.click("#sign-in-form button")
    await expect(page.locator("#who")).to_have_text(name)


async def begin(page: Page, name: str = "Anna") -> None:
    """Signed in, shift begun, ready."""
    await sign_in(page, name)
    await page.click("#begin-form button")
    await expect(state(page)).to_have_attribute("data-state", "not_ready")
    await page.click("#ready")


def state(page: Page):  # type: ignore[no-untyped-def]
    return page.locator("#state-name")


async def in_state(page: Page, name: str) -> None:
    await expect(state(page)).to_have_attribute("data-state", name)


async def test_a_shift_with_a_call_back_and_a_sale(chromium: Browser) -> None:
    async with desk_floor() as floor, open_page(chromium, floor.address) as watched:
        page = watched.page
        await page.fill("[name=name]", "Anna")
        await page.fill("[name=password]", "wrong guess")
        await page.click("#sign-in-form button")
        await expect(page.locator("#sign-in-fault")).to_have_text("The name or the password is wrong.")
        await begin(page)
        await in_state(page, "in_call")
        await expect(page.locator("#phone")).to_have_text("Simulated calls: no sound")
        await expect(page.locator("#person-name")).to_have_text("Ada Lovelace")
        await expect(page.locator("#person-facts")).to_contain_text("Family L")
        await expect(page.locator("#person-time")).to_contain_text("Europe/Oslo")
        await expect(page).to_have_title("● Ada Lovelace")
        await expect(page.locator("#save")).to_be_hidden()

        await page.keyboard.press("h")
        await expect(page.locator("#call-held")).to_be_visible()
        await page.keyboard.press("h")
        await expect(page.locator("#call-held")).to_be_hidden()
        await page.click("#hush")
        await expect(page.locator("#call-hushed")).to_be_visible()
        await page.click("#hush")
        await page.select_option("#pause", "meal")
        await expect(page.locator("#state-pending")).to_have_text("Pause after this call")
        await page.click("#ready")
        await expect(page.locator("#state-pending")).to_have_text("")

        await page.keyboard.press("x")
        await in_state(page, "wrap_up")
        await page.keyboard.press("6")
        await expect(page.locator("#callback")).to_be_visible()
        await expect(page.locator("#callback-legend")).to_have_text("Call back when? (Europe/Oslo)")
        await page.locator("#callback-day").select_option(index=1)
        due_at = float(await page.input_value("#callback-time"))
        await page.check("#callback-mine")
        await page.click("#save")
        await in_state(page, "in_call")
        await expect(page.locator("#person-name")).to_have_text("Niels Abel")
        ada = floor.store.all_leads()[0]
        assert (ada.next_at, ada.callback, ada.callback_agent_id) == (due_at, True, 1)
        assert due_at > time.time() + 3600

        await page.keyboard.press("x")
        await in_state(page, "wrap_up")
        await page.keyboard.press("1")
        await page.fill("#amount", "249.5")
        await page.locator("#amount").press("Enter")
        await expect(page.locator("#person-name")).to_have_text("Sofie Lie")
        assert [order.amount for order in floor.store.orders] == [249.5]
        said = [event.data["disposition"] for event in floor.events if event.kind == "dispose"]
        assert said == ["callback", "success"]


async def test_keys_are_inert_while_typing_and_listed(chromium: Browser) -> None:
    async with desk_floor(mode=Mode.MANUAL) as floor, open_page(chromium, floor.address) as watched:
        page = watched.page
        await begin(page)
        await in_state(page, "ready")
        await page.focus("#dial-number")
        await page.keyboard.type("p r x ? m")
        await expect(page.locator("#keys")).to_be_hidden()
        await in_state(page, "ready")
        await page.fill("#dial-number", "+4720000002")
        await page.keyboard.press("Enter")
        await in_state(page, "in_call")
        await expect(page.locator("#person-name")).to_have_text("Niels Abel")
        await page.keyboard.press("?")
        await expect(page.locator("#keys")).to_be_visible()
        await page.keyboard.press("x")  # a dialogue is open: nothing is hung up
        await page.keyboard.press("Escape")
        await in_state(page, "in_call")
        await page.keyboard.press("x")
        await in_state(page, "wrap_up")


@pytest.mark.parametrize("expiry", ["accept", "release"])
async def test_a_card_counts_down(chromium: Browser, expiry: str) -> None:
    rules = PreviewRules(countdown_s=2.0, on_expiry=expiry)
    async with desk_floor(mode=Mode.PREVIEW, preview=rules) as floor, open_page(chromium, floor.address) as watched:
        page = watched.page
        await begin(page)
        await in_state(page, "preview")
        first = await page.text_content("#person-name")
        words = "Dials in" if expiry == "accept" else "Goes to somebody else in"
        await expect(page.locator("#card-countdown")).to_contain_text(words)
        if expiry == "accept":
            await in_state(page, "in_call")
            await expect(page.locator("#person-name")).to_have_text(first)
            return
        await expect(page.locator("#person-name")).not_to_have_text(first)
        await page.select_option("#decline", "too_early")
        await expect(page.locator("#card-countdown")).to_contain_text(words)
        await page.click("#accept")
        await in_state(page, "in_call")
        reasons = [event.data["reason"] for event in floor.events if event.kind == "decline"]
        assert reasons == ["too_early"]


async def test_a_cut_connection_shows_since_when_and_goes_on_where_it_was(chromium: Browser) -> None:
    async with desk_floor() as floor, open_page(chromium, floor.address) as watched:
        page = watched.page
        await begin(page)
        await in_state(page, "in_call")
        await page.context.set_offline(True)
        floor.screens.close()
        await expect(page.locator("#stale")).to_contain_text("No connection. What you see is from")
        attempt = floor.dialer.floor.desk.seat(1).attempt_id
        assert attempt is not None
        floor.dialer.floor.network.hang_up(attempt)  # the call ends while the page is cut off
        await asyncio.sleep(0.3)
        await in_state(page, "in_call")
        numbers = floor.screens.channel(1).number
        await page.context.set_offline(False)
        await in_state(page, "wrap_up")
        await expect(page.locator("#stale")).to_be_hidden()
        assert floor.screens.channel(1).number == numbers  # it was told what it missed, nothing happened anew


async def test_a_reload_in_a_call_keeps_the_call(chromium: Browser) -> None:
    async with desk_floor() as floor, open_page(chromium, floor.address) as watched:
        page = watched.page
        await begin(page)
        await in_state(page, "in_call")
        attempt = floor.dialer.floor.desk.seat(1).attempt_id
        await page.reload()
        await in_state(page, "in_call")
        await expect(page.locator("#person-name")).to_have_text("Ada Lovelace")
        assert floor.dialer.floor.desk.seat(1).attempt_id == attempt


async def test_handing_over_parking_and_taking_up(chromium: Browser) -> None:
    async with (
        desk_floor() as floor,
        open_page(chromium, floor.address) as anna,
        open_page(chromium, floor.address) as boris,
    ):
        await begin(anna.page)
        await in_state(anna.page, "in_call")
        await anna.page.click("#park")
        await expect(anna.page.locator("#parked li")).to_contain_text("Ada Lovelace")
        await in_state(anna.page, "in_call")  # ready at once, and the next person is there
        await expect(anna.page.locator("#person-name")).to_have_text("Niels Abel")
        await sign_in(boris.page, "Boris")
        await boris.page.click("#begin-form button")
        await in_state(boris.page, "not_ready")
        await boris.page.select_option("#pause", "rest")
        await expect(state(boris.page)).to_contain_text("Rest")
        await expect(boris.page.locator("#parked button")).to_be_enabled()
        await boris.page.click("#parked button")
        await in_state(boris.page, "in_call")
        await expect(boris.page.locator("#person-name")).to_have_text("Ada Lovelace")
        await boris.page.click("#hand-over-toggle")
        await boris.page.click("#queue")
        await in_state(boris.page, "not_ready")  # back in the pause from which he helped
        assert {seat.attempt_id is not None for seat in floor.dialer.floor.desk.seats.values()} == {True, False}


async def test_a_lead_sees_the_floor_and_helps_in_two_clicks(chromium: Browser) -> None:
    async with (
        desk_floor() as floor,
        open_page(chromium, floor.address) as anna,
        open_page(chromium, floor.address) as lena,
    ):
        await begin(anna.page)
        await in_state(anna.page, "in_call")
        await sign_in(lena.page, "Lena")
        await lena.page.click("#begin-form button")
        await in_state(lena.page, "not_ready")
        await lena.page.click("#to-floor")
        row = lena.page.locator("tr", has_text="Anna")
        await expect(row).to_contain_text("Ada Lovelace")
        await row.get_by_role("button", name="Whisper").click()
        await expect(row.get_by_role("button", name="Stop")).to_be_visible()
        assert any(event.kind == "coach" for event in floor.events)
        assert await accessibility_faults(lena.page) == []
        await row.get_by_role("button", name="Stop").click()
        await row.get_by_role("button", name="Take over").click()
        await lena.page.get_by_role("button", name="Yes").click()
        await expect(lena.page.locator("tr", has_text="Lena")).to_contain_text("Ada Lovelace")
        await anna.page.goto(floor.address + "floor")
        await expect(anna.page.locator("#state-name")).to_be_visible()  # sent back to her desk


@pytest.mark.parametrize("colours", ["light", "dark"])
async def test_every_state_is_accessible(chromium: Browser, colours: str) -> None:
    async with desk_floor() as floor, open_page(chromium, floor.address, color_scheme=colours) as watched:
        page = watched.page
        faults = {"sign-in": await accessibility_faults(page)}
        await sign_in(page)
        faults["begin"] = await accessibility_faults(page)
        await page.click("#begin-form button")
        await in_state(page, "not_ready")
        faults["paused"] = await accessibility_faults(page)
        await page.click("#ready")
        await in_state(page, "in_call")
        await page.click("#keypad-toggle")
        await page.click("#hand-over-toggle")
        faults["call"] = await accessibility_faults(page)
        await page.keyboard.press("x")
        await in_state(page, "wrap_up")
        await page.keyboard.press("6")
        await expect(page.locator("#callback")).to_be_visible()
        faults["result"] = await accessibility_faults(page)
        await page.keyboard.press("?")
        faults["keys"] = await accessibility_faults(page)
        assert {place: found for place, found in faults.items() if found} == {}


@pytest.mark.parametrize("locale", ["zh-CN", "ru-RU"])
async def test_the_page_speaks_the_browsers_language_and_fits(chromium: Browser, locale: str) -> None:
    language = next(each for each in LANGUAGES if locale.startswith(each))
    words = words_for(language)
    size = {"width": 1024, "height": 700}
    async with desk_floor() as floor, open_page(chromium, floor.address, locale=locale, viewport=size) as watched:
        page = watched.page
        await expect(page.locator("#sign-in-title")).to_have_text(words["sign_in_title"])
        await begin(page)
        await in_state(page, "in_call")
        await expect(state(page)).to_have_text(words["state_in_call"])
        await fits(watched)
        await page.keyboard.press("x")
        await expect(state(page)).to_have_text(words["state_wrap_up"])
        await page.keyboard.press("1")
        await expect(page.locator("#save")).to_be_in_viewport()
        await page.select_option("#language", "en")
        await expect(state(page)).to_have_text("Note the result")
        await fits(watched)


async def fits(watched: Watched) -> None:
    """Nothing stands out to the side."""
    wide = await watched.page.evaluate(
        "() => { const d = document.documentElement; return d.scrollWidth - d.clientWidth; }"
    )
    assert wide <= 0


async def test_two_floors_are_not_one(chromium: Browser) -> None:
    """A page that comes back to another server (a restart) takes the whole picture, not its old numbers."""
    async with desk_floor() as floor:
        stream: DeskFloor = floor
        listener, hello = stream.screens.channel(1).listen("of another server", 7)
        assert "view" in hello
        stream.screens.channel(1).forget(listener)
