"""Pages in a real browser, on screens of every kind; and what is wrong with them although no test looks for it."""

import contextlib
import os
import re
import shutil
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any, NoReturn

import pytest
from playwright.async_api import Browser, BrowserContext, Page, Request, async_playwright, expect

AXE = Path(__file__).parent / "npm" / "node_modules" / "axe-core" / "axe.min.js"
RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]
SETTLED = """() => Promise.allSettled(document.getAnimations()
    .filter((it) => it.playState === "running" && it.effect.getComputedTiming().endTime < 2000).map((it) => it.finished))"""

WIDER = """() => {
  const page = document.documentElement;
  const room = page.clientWidth;  // innerWidth grows on a phone with what is too wide
  const scrolled = [page, ...document.querySelectorAll("dialog[open]")].filter((it) => it.scrollWidth > it.clientWidth);
  if (!scrolled.length) return [];
  const beyond = (it) => it.getBoundingClientRect().right > room + 1 || it.getBoundingClientRect().left < -1;
  const found = [...scrolled, ...[...document.querySelectorAll("body *")].filter(beyond)];
  return ["wider than the screen", ...found.map((it) => it.outerHTML.slice(0, 200))];
}"""

Screen = dict[str, Any]  # options of a browser context: also color_scheme, reduced_motion, locale, timezone_id …
PHONE: Screen = {
    "viewport": {"width": 390, "height": 844},
    "device_scale_factor": 2,
    "is_mobile": True,
    "has_touch": True,
}
PROJECTOR: Screen = {"viewport": {"width": 1600, "height": 900}}
OLD_PROJECTOR: Screen = {"viewport": {"width": 1024, "height": 768}}
DESKTOP: Screen = {"viewport": {"width": 1280, "height": 800}}

expect.set_options(timeout=20_000)  # other programs take the processor too


def missing(what: str) -> NoReturn:
    """A skip on a laptop, a failure in CI."""
    (pytest.fail if "CI" in os.environ else pytest.skip)(f"{what} on this machine (scripts/test installs it)")
    raise AssertionError


class Screens:
    """Opens pages, each on a device of its own: `page.context` has its storage, its cookies and its network."""

    def __init__(self, chromium: Browser) -> None:
        self.chromium = chromium
        self.faults: list[str] = []
        self.expected: list[str] = []

    async def open(self, url: str, screen: Screen = PHONE, **options: Any) -> Page:
        context = await self.chromium.new_context(**{"locale": "en-GB"} | screen | options)
        self._watch(context)
        page = await context.new_page()
        await page.goto(url)
        return page

    async def close(self) -> None:
        """All devices."""
        for context in self.chromium.contexts:
            await context.close()

    def expect(self, *patterns: str) -> None:
        """Errors that match these are part of the test."""
        self.expected += patterns

    def _watch(self, context: BrowserContext) -> None:
        # Chromium writes to the console what its content security policy forbids, and every response from 400 on.
        context.on("console", lambda said: self._fault(f"{said.text} {said.location['url']}", said.type == "error"))
        context.on("weberror", lambda thrown: self._fault(str(thrown.error)))
        context.on("requestfailed", self._failed)

    def _failed(self, request: Request) -> None:
        left = request.failure == "net::ERR_ABORTED"  # by the page, which has gone elsewhere
        self._fault(f"{request.method} {request.url}: {request.failure}", not left)

    def _fault(self, text: str, counts: bool = True) -> None:
        if counts:
            self.faults.append(text)

    def unexpected(self) -> list[str]:
        return [fault for fault in self.faults if not any(re.search(it, fault) for it in self.expected)]


@contextlib.asynccontextmanager
async def chromium() -> AsyncIterator[Browser]:
    """Debian's Chromium, without a window."""
    path = shutil.which("chromium-headless-shell") or shutil.which("chromium") or missing("no Chromium")
    async with async_playwright() as playwright:
        started = await playwright.chromium.launch(executable_path=path, args=["--no-sandbox"])
        yield started
        await started.close()


async def axe(page: Page) -> list[str]:
    """What axe-core finds on the page as it is now: the rule, what is wrong, and where."""
    source = AXE.read_text() if AXE.exists() else missing("no axe-core")
    await page.evaluate(SETTLED)  # what fades in is pale until it is there
    console = await page.context.new_cdp_session(page)  # which the page's policy does not bind; the page it still does
    await console.send("Runtime.evaluate", {"expression": source})
    found = await page.evaluate(
        "rules => axe.run({ runOnly: rules, resultTypes: ['violations'], preload: false })", RULES
    )
    return [
        f"{it['id']}: {it['help']}: {node['html'][:200]}\n{node['failureSummary']}"
        for it in found["violations"]
        for node in it["nodes"]
    ]


async def barriers(page: Page) -> list[str]:
    """The same, and for what one has to scroll sideways."""
    return [*await axe(page), *await page.evaluate(WIDER)]


async def narrow(page: Page) -> list[str]:
    """The same at a width of 320, which is 1280 at a zoom of 400 %."""
    before = page.viewport_size
    assert before
    await page.set_viewport_size(before | {"width": 320})
    found = await barriers(page)
    await page.set_viewport_size(before)
    return found
