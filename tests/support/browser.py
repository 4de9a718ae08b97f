"""A headless browser for the pages: Debian's Chromium, driven by playwright, with a microphone that plays a file.

Every page complains of errors in its scripts and of anything that is fetched from elsewhere.
"""

from __future__ import annotations

import json
import shutil
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from playwright.async_api import Browser, Page, async_playwright

CHROMIUM = shutil.which("chromium") or "/usr/bin/chromium"
AXE = Path(__file__).parents[2] / "ui" / "node_modules" / "axe-core" / "axe.min.js"
_FLAGS = [
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--use-fake-ui-for-media-stream",
    "--use-fake-device-for-media-stream",
    "--autoplay-policy=no-user-gesture-required",
    "--allow-loopback-in-peer-connection",
    "--disable-features=WebRtcHideLocalIpsWithMdns",
]


@asynccontextmanager
async def browser(microphone: Path | None = None) -> AsyncIterator[Browser]:
    """``microphone``: a WAV file that is heard over and over instead of the built-in beeps."""
    flags = [*_FLAGS, *([f"--use-file-for-fake-audio-capture={microphone}"] if microphone is not None else [])]
    async with async_playwright() as driver:
        opened = await driver.chromium.launch(executable_path=CHROMIUM, args=flags)
        try:
            yield opened
        finally:
            await opened.close()


class Watched:
    """A page, and what went wrong on it."""

    def __init__(self, page: Page, address: str) -> None:
        self.page = page
        self.faults: list[str] = []
        home = urlsplit(address).netloc
        page.on("pageerror", lambda error: self.faults.append(f"script: {error}"))
        page.on("request", lambda request: self._check(request.url, home))
        page.on("console", lambda said: self._hear(said.type, said.text))

    def _check(self, url: str, home: str) -> None:
        if urlsplit(url).netloc != home and not url.startswith(("blob:", "data:")):
            self.faults.append(f"fetched from elsewhere: {url}")

    def _hear(self, kind: str, text: str) -> None:
        """A refused request is the test's business; a policy that stops the page is a fault."""
        if kind == "error" and "status of" not in text and "ERR_" not in text and "WebSocket" not in text:
            self.faults.append(f"console: {text}")


@asynccontextmanager
async def open_page(
    opened: Browser, address: str, path: str = "", script: str | None = None, **context: Any
) -> AsyncIterator[Watched]:
    """A page of its own browser context (cookies, language, colours); fails at the end if anything went wrong."""
    options: dict[str, Any] = {"viewport": {"width": 1280, "height": 800}, "locale": "en-GB", **context}
    kept = await opened.new_context(permissions=["microphone"], **options)
    if script is not None:
        await kept.add_init_script(script)
    page = await kept.new_page()
    watched = Watched(page, address)
    await page.goto(address + path)
    await page.wait_for_selector("body[data-ready]")
    yield watched
    await kept.close()
    assert watched.faults == []


async def accessibility_faults(page: Page) -> list[str]:
    """What axe-core finds: "rule: element" for each."""
    await page.evaluate(AXE.read_text(encoding="utf-8"))
    found = await page.evaluate("async () => (await axe.run(document)).violations")
    return [f"{rule['id']}: {json.dumps([node['html'][:120] for node in rule['nodes']])}" for rule in found]
