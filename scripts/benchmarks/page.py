"""The player's page on a slow phone with a slow line: what it loads, when it can be used; and a tap until it is kept."""

import asyncio
import statistics
from collections.abc import Awaitable, Callable

from playwright.async_api import Browser

from benchmarks import client, quizzes
from benchmarks.browser import PHONE, Tab, chromium, tab
from benchmarks.latency import percentile
from benchmarks.quizzes import Quiz
from benchmarks.report import Number, Reference
from benchmarks.rig import Rig

SLOWER = 4
LINE = {"offline": False, "latency": 150, "downloadThroughput": 1_600_000 / 8, "uploadThroughput": 750_000 / 8}
LINE_NAME = f"CPU {SLOWER} × slower, 1.6 Mbit/s down, 750 kbit/s up, 150 ms for every request, nothing cached"
RUNS, RUNS_QUICK = 9, 3
TAPS, TAPS_QUICK = 100, 20
BYTES, USABLE_MS, KEPT_MS = 60_000, 1_000.0, 100.0
SETTLE_S = 1.0
READING_S = 0.2

# Something can be used when it stands in a frame that has been painted.
# A tap is kept when the page says so once more than before, in the frame that follows at the latest.
PROBE = """
const there = (it) => it.checkVisibility({ visibilityProperty: true }) && !it.disabled;
const kept = () => document.body.textContent.match(/kept/gi)?.length ?? 0;
globalThis.usable = (selector) => new Promise((done) => {
  const look = () => {
    if ([...document.querySelectorAll(selector)].some(there)) setTimeout(() => done(performance.now()));
    else requestAnimationFrame(look);
  };
  look();
});
globalThis.tapped = () => new Promise((done) => addEventListener("pointerdown", ({ timeStamp }) => {
  const before = kept();
  const watching = new MutationObserver(() => {
    if (kept() === before) return;
    watching.disconnect();
    requestAnimationFrame(() => done(performance.now() - timeStamp));
  });
  watching.observe(document.body, { subtree: true, childList: true, characterData: true });
}, { once: true, capture: true }));
"""


async def measure(rig: Rig, quick: bool) -> list[Number]:
    """First with a node that has nothing else to do, for what counts there is the page."""
    node = rig.node("node")
    async with client.http(node.port) as host, chromium() as browser:
        quiz = await quizzes.make(rig, host, TAPS + 1)
        url = f"http://127.0.0.1:{node.port}/?quiz={quiz.id}"
        loaded = await loads(browser, url, quiz, RUNS_QUICK if quick else RUNS)
        return [*loaded, *await taps(browser, url, quiz, TAPS_QUICK if quick else TAPS)]


class Loads:
    """What came over the line, and when what these selectors name could be used, of several times it was loaded."""

    def __init__(self, *selectors: str) -> None:
        self.usable: dict[str, list[float]] = {selector: [] for selector in selectors}
        self.cpu_ms: list[float] = []
        self.bytes: dict[str, int] = {}  # of the last time, by request

    async def load(self, on: Tab, go: Callable[[], Awaitable[object]]) -> None:
        """`go` returns when the first bytes are there: what waits for the end of the loading comes too late to look."""
        self.bytes.clear()
        await slow(on)
        before = await on.spent()
        await go()
        looks = "selectors => Promise.all(selectors.map(usable))"
        for times, ms in zip(self.usable.values(), await on.page.evaluate(looks, list(self.usable)), strict=True):
            times.append(ms)
        self.cpu_ms.append(1000 * ((await on.spent())["Task"] - before["Task"]))
        await asyncio.sleep(SETTLE_S)  # what is loaded later, on the slow line, counts too

    def count(self, finished: dict[str, object]) -> None:
        self.bytes[str(finished["requestId"])] = int(float(str(finished["encodedDataLength"])))


async def slow(on: Tab) -> None:
    await on.tell("Network.enable")
    await on.tell("Network.setCacheDisabled", cacheDisabled=True)
    await on.tell("Network.emulateNetworkConditions", **LINE)
    await on.tell("Emulation.setCPUThrottlingRate", rate=SLOWER)


async def loads(browser: Browser, url: str, quiz: Quiz, runs: int) -> list[Number]:
    """Newcomers in the lobby; then, of players who have joined, reloads in the middle of a question."""
    new, again = Loads("#name", "#join button"), Loads("button.choice")
    for _ in range(runs):
        async with tab(browser, PHONE, PROBE) as phone:
            phone.tools.on("Network.loadingFinished", new.count)
            await new.load(phone, lambda: phone.page.goto(url, wait_until="commit"))
    await quiz.open_next()
    for i in range(runs):
        async with tab(browser, PHONE, PROBE) as phone:
            await join(phone, url, f"Player {i}")
            phone.tools.on("Network.loadingFinished", again.count)
            await again.load(phone, lambda: phone.page.reload(wait_until="commit"))
    total = sum(new.bytes.values())
    detail = f"{len(new.bytes)} responses with their heads, as they came over the line, and for {SETTLE_S:g} s more"
    size = Number(
        "page", "the player's page, all it loads", total, "bytes", f"≤ {BYTES:,}", total <= BYTES, detail=detail
    )
    return [
        size,
        usable("a newcomer can type a name", new, "#name"),
        usable("a newcomer can join", new, "#join button"),
        usable("a player can choose, after a reload", again, "button.choice"),
    ]


async def join(phone: Tab, url: str, name: str) -> None:
    await phone.page.goto(url)
    await phone.page.locator("#name").fill(name)
    await phone.page.locator("#name").press("Enter")
    await phone.page.locator("button.choice").first.wait_for()


def usable(name: str, loaded: Loads, selector: str) -> Number:
    times = loaded.usable[selector]
    median, worst = statistics.median(times), max(times)
    return Number(
        "page",
        f"until {name}, median",
        median,
        "ms",
        f"< {USABLE_MS:,.0f} ms",
        median < USABLE_MS,
        [Reference(f"the slowest of {len(times)}", worst)],
        f"{LINE_NAME}; CPU of its main thread meanwhile {statistics.median(loaded.cpu_ms):.0f} ms",
    )


async def taps(browser: Browser, url: str, quiz: Quiz, number: int) -> list[Number]:
    """One phone, nothing slowed down: what the page and the server need."""
    times: list[float] = []
    async with tab(browser, PHONE, PROBE) as phone:
        await join(phone, url, "Ana")
        choice = phone.page.locator("button.choice").first
        for _ in range(number):
            await quiz.open_next()
            await asyncio.sleep(READING_S)
            kept = asyncio.ensure_future(phone.page.evaluate("tapped()"))
            await choice.tap()
            times.append(await kept)
    p99 = percentile(times, 0.99)
    detail = f"{number} taps on one phone, from the finger on the glass to the picture that says so"
    half = Reference("half of them", statistics.median(times))
    return [
        Number("page", "from a tap to “kept”, p99", p99, "ms", f"< {KEPT_MS:.0f} ms", p99 < KEPT_MS, [half], detail)
    ]
