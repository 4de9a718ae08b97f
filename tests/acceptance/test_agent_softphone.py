"""The browser's softphone against a real Asterisk: it registers, takes a dialled call, hears and is heard."""

from __future__ import annotations

import asyncio
import shutil
import time
import wave
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any

import numpy as np
import psutil
import pytest
from playwright.async_api import Page, expect

from callwright.adapters.asterisk.root import AsteriskRoot, find_root
from callwright.dialer.service import LINE_GRACE_S
from callwright.kit.errors import CallwrightError
from conftest import missing
from support.browser import AXE, CHROMIUM, browser, open_page
from support.desk_floor import PASSWORD, DeskFloor, desk_floor
from support.telephone import HOME, TRUNK, Telephone, telephone, tone_share

ADA, NIELS, OFFICE = "+14407000001", "+16207000002", "+18207000003"
PEOPLE = (("Ada", ADA, {"city": "Oslo"}), ("Niels", NIELS, {"city": "Bergen"}))
AGENT_HZ, ADA_HZ, NIELS_HZ, OFFICE_HZ = 1000.0, 440.0, 620.0, 820.0
SECOND = 8000
expect.set_options(timeout=20_000)

LISTENER = """
// Watches what arrives from the switch: the loudest pitch, and when a wanted one was first heard.
(() => {
  const Real = RTCPeerConnection;
  window.heard = { hertz: 0, level: -200, first: {} };
  window.RTCPeerConnection = class extends Real {
    constructor(...given) {
      super(...given);
      this.addEventListener("track", ({ streams: [stream] }) => {
        const sound = new AudioContext();
        const ear = sound.createAnalyser();
        ear.fftSize = 1024;
        ear.smoothingTimeConstant = 0;
        sound.createMediaStreamSource(stream).connect(ear);
        const levels = new Float32Array(ear.frequencyBinCount);
        setInterval(() => {
          ear.getFloatFrequencyData(levels);
          let best = 0;
          for (let i = 1; i < levels.length; i++) if (levels[i] > levels[best]) best = i;
          const hertz = best * sound.sampleRate / ear.fftSize;
          window.heard.hertz = levels[best] > -70 ? hertz : 0;
          window.heard.level = levels[best];
          const mark = Math.round(window.heard.hertz / 100) * 100;
          window.heard.first[mark] ??= (performance.timeOrigin + performance.now()) / 1000;
        }, 10);
      });
    }
  };
})();
"""


@pytest.fixture(scope="module")
def asterisk_root() -> AsteriskRoot:
    try:
        return find_root(HOME)
    except CallwrightError as error:
        missing(str(error))
        raise


@pytest.fixture
def microphone(tmp_path: Path) -> Path:
    """Half a second of the agent's tone, a short silence, over and over: a steady one is taken for noise."""
    rate = 48_000
    at = np.arange(rate // 2) / rate
    burst = (9_000 * np.sin(2 * np.pi * AGENT_HZ * at)).astype("<i2")
    file = tmp_path / "agent.wav"
    with wave.open(str(file), "wb") as written:
        written.setnchannels(1)
        written.setsampwidth(2)
        written.setframerate(rate)
        written.writeframes(np.concatenate([burst, np.zeros(rate // 10, dtype="<i2")]).tobytes())
    return file


@pytest.fixture
async def at_work(
    asterisk_root: AsteriskRoot, microphone: Path, request: pytest.FixtureRequest
) -> AsyncIterator[tuple[Telephone, DeskFloor, Page]]:
    """Anna with a registered softphone whose line stands, about to say that she is ready.

    A parameter is the time a line may be gone.
    """
    if not AXE.exists():
        missing("the page's telephone is not built: run make ui")
    if shutil.which(CHROMIUM) is None:
        missing("no Chromium at /usr/bin/chromium: install chromium")
    async with (
        telephone(asterisk_root) as switch,
        desk_floor(
            network=switch.network,
            phones=switch.phones,
            trunk=TRUNK.name,
            people=PEOPLE,
            line_grace_s=getattr(request, "param", LINE_GRACE_S),
            transfer={"Back office": OFFICE},
        ) as floor,
        browser(microphone) as opened,
        open_page(opened, floor.address, script=LISTENER) as watched,
    ):
        page = watched.page
        await page.fill("[name=name]", "Anna")
        await page.fill("[name=password]", PASSWORD)
        await page.click("#sign-in-form button")
        await page.click("#begin-form button")
        await expect(page.locator("#phone")).to_have_attribute("data-state", "line")
        yield switch, floor, page


async def hears(page: Page, hertz: float, within_s: float = 5.0) -> None:
    """The browser's speaker gets this tone."""
    limit = time.monotonic() + within_s
    heard: Any = None
    while time.monotonic() < limit:
        heard = await page.evaluate("() => window.heard")
        if abs(heard["hertz"] - hertz) < 50:
            return
        await asyncio.sleep(0.05)
    raise AssertionError(f"the browser does not hear {hertz} Hz but {heard}")


async def heard_by(
    switch: Telephone, party: str, hertz: float, *, gone: bool = False, share: float = 0.6, within_s: float = 9.0
) -> None:
    """Of what the party has heard in the last second at least ``share`` is this pitch, or (``gone``) nothing."""
    limit = time.monotonic() + within_s
    heard = 0.0
    while time.monotonic() < limit:
        heard = tone_share(switch.far.sound(party), hertz)
        if heard < 0.1 if gone else heard > share:
            return
        await asyncio.sleep(0.1)
    raise AssertionError(
        f"{party} hears {heard:.2f} of {hertz} Hz, gone: {gone}; {pitches(switch.far.sound(party, 10.0))}"
    )


def pitches(samples: np.ndarray) -> list[int]:
    """The loudest pitch of each half second; 0: silence."""
    found = []
    for begin in range(0, len(samples) - SECOND // 2, SECOND // 2):
        part = samples[begin : begin + SECOND // 2]
        loudest = int(np.argmax(np.abs(np.fft.rfft(part * np.hanning(len(part)))))) * 2
        found.append(loudest if float(np.sqrt(np.mean(part**2))) > 30 else 0)
    return found


async def in_state(page: Page, name: str) -> None:
    await expect(page.locator("#state-name")).to_have_attribute("data-state", name)


async def test_a_call_is_taken_heard_held_and_ended(at_work: tuple[Telephone, DeskFloor, Page]) -> None:
    switch, _, page = at_work
    ordered: list[float] = []
    join = switch.network.join

    def noted_join(attempt_id: int, agent_id: int, *, whisper: str | None = None) -> None:
        ordered.append(time.time())
        join(attempt_id, agent_id, whisper=whisper)

    switch.network.join = noted_join  # type: ignore[method-assign]
    await page.click("#ready")
    await in_state(page, "in_call")
    await expect(page.locator("#person-name")).to_have_text("Ada")
    await hears(page, ADA_HZ)
    first = (await page.evaluate("() => window.heard.first"))["400"]
    took_s = first - ordered[0]
    print(f"from the order to join to the tone in the browser: {took_s * 1000:.0f} ms")
    assert took_s < 0.5
    await heard_by(switch, ADA, AGENT_HZ)
    assert await meter(page, "#level-far") > 0.2
    assert await meter(page, "#level-own") > 0.2

    await page.keyboard.press("m")
    await expect(page.locator("#mute")).to_have_text("Unmute")
    await heard_by(switch, ADA, AGENT_HZ, gone=True)
    await in_state(page, "in_call")  # a muted line still sends, and counts as alive
    await page.keyboard.press("m")
    await heard_by(switch, ADA, AGENT_HZ)

    await page.keyboard.press("h")
    await expect(page.locator("#call-held")).to_be_visible()
    await heard_by(switch, ADA, AGENT_HZ, gone=True)  # music, not the agent
    await page.keyboard.press("h")
    await heard_by(switch, ADA, AGENT_HZ)
    await hears(page, ADA_HZ)

    await page.keyboard.press("x")
    await in_state(page, "wrap_up")
    await page.keyboard.press("5")
    await page.click("#save")
    await in_state(page, "in_call")  # the next person over the same line, without ringing
    await expect(page.locator("#person-name")).to_have_text("Niels")
    await hears(page, NIELS_HZ)
    await heard_by(switch, NIELS, AGENT_HZ)


async def meter(page: Page, selector: str) -> float:
    """The highest of a second's readings of a level meter."""
    readings = []
    for _ in range(10):
        readings.append(await page.locator(selector).evaluate("each => each.value"))
        await asyncio.sleep(0.1)
    return float(max(readings))


@pytest.mark.parametrize("at_work", [20.0], indirect=True)  # what is tested takes 1 to 4 s, but not on any machine
async def test_a_reloaded_page_takes_its_call_up_again(at_work: tuple[Telephone, DeskFloor, Page]) -> None:
    switch, floor, page = at_work
    await page.click("#ready")
    await in_state(page, "in_call")
    await hears(page, ADA_HZ)
    attempt = floor.dialer.floor.desk.seat(1).attempt_id
    began = time.monotonic()
    await page.reload()
    await in_state(page, "in_call")
    await expect(page.locator("#phone")).to_have_attribute("data-state", "line")
    await hears(page, ADA_HZ, within_s=15.0)
    print(f"from the reload to the person's voice again: {time.monotonic() - began:.1f} s")
    assert floor.dialer.floor.desk.seat(1).attempt_id == attempt
    await heard_by(switch, ADA, AGENT_HZ)


async def test_asking_first_and_handing_over(at_work: tuple[Telephone, DeskFloor, Page]) -> None:
    switch, _, page = at_work
    await page.click("#ready")
    await in_state(page, "in_call")
    await hears(page, ADA_HZ)
    await page.click("#hand-over-toggle")
    await page.select_option("#hand-over-to", label="Back office")
    await page.click("#consult")
    await expect(page.locator("#aside-what")).to_have_text("You talk with Back office")
    await hears(page, OFFICE_HZ)
    await heard_by(switch, OFFICE, AGENT_HZ)
    await page.click("#settle-conference")
    await expect(page.locator("#aside-what")).to_have_text("All three talk, with Back office")
    await heard_by(switch, ADA, OFFICE_HZ, share=0.2)
    await page.click("#settle-transfer")
    await in_state(page, "wrap_up")
    await heard_by(switch, ADA, OFFICE_HZ)
    await page.keyboard.press("5")
    await page.click("#save")
    await in_state(page, "in_call")
    await expect(page.locator("#person-name")).to_have_text("Niels")
    await page.click("#hand-over-toggle")
    await page.select_option("#hand-over-to", label="Back office")
    await page.click("#transfer")
    await in_state(page, "wrap_up")
    await heard_by(switch, NIELS, OFFICE_HZ)


async def test_a_browser_that_is_killed_is_noticed(at_work: tuple[Telephone, DeskFloor, Page]) -> None:
    _, floor, page = at_work
    await page.click("#ready")
    await in_state(page, "in_call")
    await hears(page, ADA_HZ)
    killed_at = time.monotonic()
    for process in psutil.Process().children(recursive=True):
        if "chrom" in process.name():  # this test's own browser
            process.kill()
    noticed_s = await until(lambda: not floor.dialer.line_up(1), killed_at)
    lost_s = await until(lambda: floor.dialer.floor.desk.seat(1).state.value == "offline", killed_at)
    print(f"a killed browser: music after {noticed_s:.1f} s, another agent is sought after {lost_s:.1f} s")
    assert noticed_s < 5.0


async def test_a_page_that_is_closed_is_noticed_at_once(at_work: tuple[Telephone, DeskFloor, Page]) -> None:
    _, floor, page = at_work
    await page.click("#ready")
    await in_state(page, "in_call")
    await hears(page, ADA_HZ)
    closed_at = time.monotonic()
    await page.close(run_before_unload=True)
    noticed_s = await until(lambda: not floor.dialer.line_up(1), closed_at)
    lost_s = await until(lambda: floor.dialer.floor.desk.seat(1).state.value == "offline", closed_at)
    print(f"a closed page: music after {noticed_s:.1f} s, another agent is sought after {lost_s:.1f} s")
    assert lost_s < 5.0


async def until(holds: Callable[[], bool], since: float, within_s: float = 12.0) -> float:
    """Seconds from ``since`` until it holds."""
    while not holds():
        assert time.monotonic() - since < within_s, "nobody noticed"
        await asyncio.sleep(0.02)
    return time.monotonic() - since
