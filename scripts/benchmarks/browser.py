"""Pages in Debian's Chromium, to be measured from inside and from outside."""

import contextlib
import ctypes
import os
import shutil
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any

from playwright.async_api import Browser, CDPSession, Page, async_playwright

from benchmarks.rig import CORES, REST_CORES, Broken

PHONE = {"viewport": {"width": 390, "height": 844}, "device_scale_factor": 2, "is_mobile": True, "has_touch": True}
PROJECTOR = {"viewport": {"width": 1600, "height": 900}}


@contextlib.asynccontextmanager
async def chromium() -> AsyncIterator[Browser]:
    """Started on all cores: it has processes of its own for the page, for the network and for what a graphics card does."""
    if (path := shutil.which("chromium")) is None:
        raise Broken("There is no Chromium here; scripts/test installs it.")
    os.sched_setaffinity(0, CORES)
    ctypes.CDLL(None).prctl(36, 1)  # PR_SET_CHILD_SUBREAPER: whose parent ends becomes a child of ours
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=path, args=["--no-sandbox"])
        os.sched_setaffinity(0, REST_CORES)
        try:
            yield browser
        finally:
            helpers = list(below(os.getpid()))
            await browser.close()
            collect(helpers)


def below(process: int) -> Iterator[int]:
    """All processes that this one has started, and those that they have."""
    for children in Path(f"/proc/{process}/task").glob("*/children"):
        for child in map(int, children.read_text().split()):
            yield child
            yield from below(child)


def collect(helpers: list[int]) -> None:
    """Wait for Chromium's helpers, so that their work counts as ours: nobody else does, once it has ended."""
    for process in helpers:
        if Path(f"/proc/{process}/comm").exists() and "chromium" in Path(f"/proc/{process}/comm").read_text():
            with contextlib.suppress(ChildProcessError):
                os.waitpid(process, 0)


class Tab:
    """A page with a cache of its own, and the browser's tools for it."""

    def __init__(self, page: Page, tools: CDPSession) -> None:
        self.page, self.tools = page, tools

    async def tell(self, method: str, **parameters: Any) -> Any:
        return await self.tools.send(method, parameters)

    async def spent(self) -> dict[str, float]:
        """Seconds of CPU of the page's main thread so far, by kind of work; Task is all of it."""
        metrics = (await self.tell("Performance.getMetrics"))["metrics"]
        return {it["name"].removesuffix("Duration"): it["value"] for it in metrics if it["name"].endswith("Duration")}


@contextlib.asynccontextmanager
async def tab(browser: Browser, screen: Any, script: str) -> AsyncIterator[Tab]:
    """A new one. `script` runs in each of its documents before anything else."""
    context = await browser.new_context(**screen)
    await context.add_init_script(script)
    page = await context.new_page()
    opened = Tab(page, await context.new_cdp_session(page))
    await opened.tell("Performance.enable", timeDomain="threadTicks")  # which other programs do not make longer
    yield opened
    await context.close()
